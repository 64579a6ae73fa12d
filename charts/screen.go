package charts

import (
	"encoding/json"
	"fmt"

	"khue"
)

// Faded is the colour of bars beside those that a chart is about.
const Faded = "#d3aca0"

// Screen settings that every chart of a page shares.
const (
	bandColour  = "rgba(120,110,95,0.10)"
	guideColour = "#b8b0a3"
)

// Months is a measure by month, this stretch over earlier ones, for a page.
type Months struct {
	Lang       khue.Lang
	Categories []string
	Now        Series
	Earlier    []Series // the nearest first
	Partial    string   // what stands over a month that is not over
	Peak       string   // what stands at the highest whole month of Now; empty for nothing
	Decimals   int
	FontFamily string
}

// MonthsLine is the option of such a chart: series are named at their ends, a
// month that is not over is reached by a dashed line and stands on a grey band.
func MonthsLine(m Months) (json.RawMessage, error) {
	spec := Spec{Lang: m.Lang, Categories: m.Categories, Decimals: m.Decimals, FontFamily: m.FontFamily, Tooltip: true}
	for i := len(m.Earlier) - 1; i >= 0; i-- {
		spec.Series = append(spec.Series, m.Earlier[i])
	}
	whole, begun := splitPartial(m.Now)
	spec.Series = append(spec.Series, whole)
	if begun != nil {
		spec.Series = append(spec.Series, *begun)
	}
	return adjust(spec, Line, func(o map[string]any) {
		o["tooltip"] = spec.screenTooltip("axis")
		series := o["series"].([]any)
		for i := range spec.Series {
			one := series[i].(map[string]any)
			one["connectNulls"] = false
			if spec.Series[i].Tone == Now && i == len(m.Earlier) && m.Peak != "" {
				markPeak(one, m.Peak, m.peakSide(), m.FontFamily)
			}
			switch {
			case begun != nil && i == len(spec.Series)-1:
				spec.nameEnd(one)
				m.drawPartial(one)
			case len(m.Earlier) > 0 && (begun == nil || spec.Series[i].Tone != Now): // a single line needs no name
				spec.nameEnd(one)
			}
		}
		right := 14
		if len(m.Earlier) > 0 {
			right = 46 // room for the names
		}
		o["grid"] = map[string]any{"left": 4, "right": right, "top": 26, "bottom": 4, "containLabel": true}
	})
}

// splitPartial parts a series into its whole points and the way to the partial
// one. The whole part keeps no partial mark: the band is drawn with the other.
func splitPartial(s Series) (whole Series, begun *Series) {
	whole = s
	whole.Points = append([]Point(nil), s.Points...)
	for i, p := range s.Points {
		if !p.Partial {
			continue
		}
		whole.Points[i] = Point{}
		if !p.Known {
			continue
		}
		if begun == nil {
			begun = &Series{Name: s.Name, Tone: s.Tone, Points: make([]Point, len(s.Points))}
			if i > 0 {
				begun.Points[i-1] = s.Points[i-1]
			}
		}
		begun.Points[i] = Point{Value: p.Value, Known: true}
	}
	return whole, begun
}

func (m Months) drawPartial(one map[string]any) {
	at := -1
	for i, p := range m.Now.Points {
		if p.Partial && p.Known {
			at = i
		}
	}
	one["name"] = m.Now.Name + " (" + m.Partial + ")"
	one["endLabel"].(map[string]any)["formatter"] = m.Now.Name
	one["lineStyle"] = map[string]any{"type": "dashed", "width": 2, "color": Now.Colour()}
	one["showSymbol"], one["symbol"], one["symbolSize"] = true, "emptyCircle", 8
	if data, ok := one["data"].([]any); ok && at > 0 {
		if from, ok := data[at-1].(map[string]any); ok {
			from["symbol"] = "none" // the whole month has its own point
		}
	}
	one["markArea"] = map[string]any{
		"silent": true, "itemStyle": map[string]any{"color": bandColour},
		"label": map[string]any{"show": true, "position": "insideBottom", "color": Quiet, "fontSize": 11, "fontFamily": m.FontFamily},
		"data":  []any{[]any{map[string]any{"name": m.Partial, "xAxis": max(at-1, 0)}, map[string]any{"xAxis": at}}},
	}
}

// peakSide is where the label of the highest whole month has room: beside the
// first months it would stand on the axis.
func (m Months) peakSide() string {
	peak := -1
	for i, p := range m.Now.Points {
		if p.Known && !p.Partial && (peak < 0 || p.Value > m.Now.Points[peak].Value) {
			peak = i
		}
	}
	if 3*peak < len(m.Now.Points) {
		return "right"
	}
	return "left"
}

// markPeak writes at a series' highest point what it is.
func markPeak(one map[string]any, label, side, family string) {
	one["markPoint"] = map[string]any{
		"silent": true, "symbol": "circle", "symbolSize": 9,
		"data": []any{map[string]any{"type": "max", "name": label}},
		"label": map[string]any{
			"show": true, "position": side, "distance": 8, "formatter": "{b}", "color": Now.Colour(),
			"fontSize": 13, "fontWeight": 700, "fontFamily": family,
		},
	}
}

// nameEnd writes a series' name at its last point.
func (s Spec) nameEnd(one map[string]any) {
	colour, _ := one["itemStyle"].(map[string]any)["color"].(string)
	if colour == Older.Colour() {
		colour = Quiet
	}
	one["endLabel"] = map[string]any{
		"show": true, "formatter": "{a}", "color": colour, "fontWeight": 600, "fontSize": 12,
		"distance": 6, "textBorderColor": "#ffffff", "textBorderWidth": 3, "fontFamily": s.FontFamily,
	}
	one["labelLayout"] = map[string]any{"moveOverlap": "shiftY"}
	one["emphasis"] = map[string]any{"disabled": true}
}

// Ranking is bars from the top down with a comparison mark, for a page.
type Ranking struct {
	Lang       khue.Lang
	Categories []string
	Now        Series
	Before     *Series // drawn as marks; nil without a comparison
	Lead       []int   // the bars that the title speaks of
	Decimals   int
	FontFamily string
}

// RankingBars is the option of such a chart.
func RankingBars(r Ranking) (json.RawMessage, error) {
	spec := Spec{
		Lang: r.Lang, Categories: r.Categories, Series: []Series{r.Now}, Decimals: r.Decimals, Horizontal: true,
		Labels: true, FontFamily: r.FontFamily, Tooltip: true,
	}
	if r.Before != nil {
		mark := *r.Before
		mark.Mark = true
		spec.Series = append(spec.Series, mark)
	}
	return adjust(spec, Bar, func(o map[string]any) {
		o["tooltip"] = spec.screenTooltip("axis")
		o["grid"] = map[string]any{"left": 4, "right": 48, "top": 4, "bottom": 4, "containLabel": true}
		values, names := o["xAxis"].(map[string]any), o["yAxis"].(map[string]any)
		values["show"] = false // every bar carries its number
		names["axisLine"] = map[string]any{"show": false}
		label := names["axisLabel"].(map[string]any)
		label["color"], label["width"], label["overflow"], label["lineHeight"] = Ink, 128, "break", 14
		bars := o["series"].([]any)[0].(map[string]any)
		bars["barMaxWidth"] = 16
		bars["itemStyle"] = map[string]any{"color": Faded, "borderRadius": 2}
		data := bars["data"].([]any)
		for _, i := range r.Lead {
			if i >= 0 && i < len(data) {
				data[i].(map[string]any)["itemStyle"] = map[string]any{"color": r.Now.Tone.Colour(), "borderRadius": 2}
			}
		}
		bars["emphasis"] = map[string]any{"disabled": true}
		if r.Before != nil {
			marks := o["series"].([]any)[1].(map[string]any)
			marks["itemStyle"] = map[string]any{"color": Ink}
			marks["emphasis"] = map[string]any{"disabled": true}
			o["series"] = append(o["series"].([]any), r.labels(bars))
		}
	})
}

// labels moves the numbers of the bars beyond the marks, which would strike them
// through: unseen bars carry them, as long as the longer of bar and mark.
func (r Ranking) labels(bars map[string]any) map[string]any {
	data := make([]any, len(r.Now.Points))
	for i, p := range r.Now.Points {
		data[i] = map[string]any{"value": max(p.Value, r.Before.Points[i].Value), "amount": p.Value}
		if !p.Known {
			data[i] = map[string]any{"value": "-"}
		}
	}
	label := bars["label"]
	delete(bars, "label")
	bars["barGap"] = "-100%"
	return map[string]any{
		"type": "bar", "name": "", "data": data, "label": label, "barGap": "-100%", "barMaxWidth": bars["barMaxWidth"], "silent": true,
		"itemStyle": map[string]any{"color": "transparent"}, "tooltip": map[string]any{"show": false}, "z": 1,
	}
}

// Stock is what holds at the ends of months, as steps.
type Stock struct {
	Lang       khue.Lang
	Categories []string
	Series     []Series // the first is what the chart is about
	FontFamily string
}

// StockLine is the option of such a chart.
func StockLine(s Stock) (json.RawMessage, error) {
	spec := Spec{Lang: s.Lang, Categories: s.Categories, Series: s.Series, FontFamily: s.FontFamily, Tooltip: true}
	return adjust(spec, Line, func(o map[string]any) {
		o["tooltip"] = spec.screenTooltip("axis")
		o["grid"] = map[string]any{"left": 4, "right": 34, "top": 12 + 21*len(s.Series), "bottom": 4, "containLabel": true}
		label := o["xAxis"].(map[string]any)["axisLabel"].(map[string]any)
		label["alignMinLabel"], label["alignMaxLabel"] = "left", "right"
		legend := o["legend"].(map[string]any)
		legend["show"], legend["left"], legend["right"], legend["orient"] = len(s.Series) > 1, 0, "auto", "vertical"
		for i := range s.Series {
			one := o["series"].([]any)[i].(map[string]any)
			one["step"], one["showSymbol"], one["symbol"] = "end", false, "circle"
			one["emphasis"] = map[string]any{"disabled": true}
			if i == 0 {
				one["areaStyle"] = map[string]any{"color": s.Series[0].Tone.Colour(), "opacity": 0.08}
			}
		}
	})
}

// screenTooltip shows values without writing markup into the page, which a
// strict content policy would refuse.
func (s Spec) screenTooltip(trigger string) map[string]any {
	return map[string]any{
		"show": true, "trigger": trigger, "renderMode": "richText", "confine": true,
		"backgroundColor": "#ffffff", "borderColor": Hairline, "padding": []int{8, 10},
		"textStyle":      map[string]any{"color": Ink, "fontSize": 12, "fontFamily": s.FontFamily},
		"axisPointer":    map[string]any{"type": "line", "lineStyle": map[string]any{"color": guideColour}},
		"valueFormatter": s.formatter("number"),
	}
}

// adjust builds a chart that paper shares and fits it to a page.
func adjust(spec Spec, build func(Spec) (json.RawMessage, error), change func(map[string]any)) (json.RawMessage, error) {
	raw, err := build(spec)
	if err != nil {
		return nil, err
	}
	var o map[string]any
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("fitting a chart to the page: %w", err)
	}
	o["legend"].(map[string]any)["show"] = false
	change(o)
	return json.Marshal(o)
}
