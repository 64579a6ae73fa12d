package charts

import (
	"encoding/json"
	"fmt"
	"math"

	echarts "github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"khue"
)

// Point is one value of a series.
type Point struct {
	Value   float64
	Known   bool // false leaves a gap: nothing was reported, which is not a zero
	Partial bool // the period is not over; drawn hatched
}

// Series is one measure over the categories.
type Series struct {
	Name   string
	Tone   Tone
	Points []Point // as many as there are categories
	// Mark draws a bar series as a thin mark across the bars of the series
	// before it, which is how a comparison is shown.
	Mark bool
}

// Spec is a bar or line chart before it is drawn.
type Spec struct {
	Lang       khue.Lang
	Categories []string
	Series     []Series
	Unit       string // of the value axis, e.g. "lượt khách"
	Decimals   int    // of labels on bars
	Horizontal bool   // bars grow to the right, the first category on top
	Labels     bool   // write the value at the end of each bar
	FontFamily string // CSS list; the first that the renderer knows is measured
	FontSize   int    // 12 when zero
	Tooltip    bool   // for screens
}

// Bar is the option of a bar chart.
func Bar(s Spec) (json.RawMessage, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	chart := echarts.NewBar()
	chart.SetGlobalOptions(s.global()...)
	chart.SetXAxis(s.Categories)
	for _, series := range s.Series {
		if series.Mark {
			continue
		}
		data := make([]opts.BarData, len(series.Points))
		for i, p := range series.Points {
			data[i] = opts.BarData{Value: p.json()}
		}
		chart.AddSeries(series.Name, data,
			echarts.WithBarChartOpts(opts.BarChart{BarGap: "15%", BarCategoryGap: "35%"}),
			echarts.WithItemStyleOpts(opts.ItemStyle{Color: series.Tone.Colour()}))
	}
	if s.Horizontal {
		chart.XYReversal()
	}
	chart.Validate()
	return s.finish(chart.JSON(), "bar")
}

// Line is the option of a line chart.
func Line(s Spec) (json.RawMessage, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	chart := echarts.NewLine()
	chart.SetGlobalOptions(s.global()...)
	chart.SetXAxis(s.Categories)
	for _, series := range s.Series {
		data := make([]opts.LineData, len(series.Points))
		for i, p := range series.Points {
			data[i] = opts.LineData{Value: p.json()}
		}
		width := float32(1.6)
		if series.Tone == Now {
			width = 2.6
		}
		chart.AddSeries(series.Name, data,
			echarts.WithLineChartOpts(opts.LineChart{Symbol: "circle", SymbolSize: 5, ShowSymbol: opts.Bool(series.Tone == Now)}),
			echarts.WithItemStyleOpts(opts.ItemStyle{Color: series.Tone.Colour()}),
			echarts.WithLineStyleOpts(opts.LineStyle{Color: series.Tone.Colour(), Width: width}))
	}
	chart.Validate()
	return s.finish(chart.JSON(), "line")
}

func (s Spec) check() error {
	for _, series := range s.Series {
		if len(series.Points) != len(s.Categories) {
			return fmt.Errorf("building a chart: series %q has %d points for %d categories",
				series.Name, len(series.Points), len(s.Categories))
		}
		if series.Tone == "" {
			return fmt.Errorf("building a chart: series %q has no tone", series.Name)
		}
	}
	if len(s.Series) == 0 || len(s.Categories) == 0 {
		return fmt.Errorf("building a chart: no series or no categories")
	}
	return nil
}

// json is the value as the charting library takes it; "-" is its gap.
func (p Point) json() any {
	if !p.Known || math.IsNaN(p.Value) || math.IsInf(p.Value, 0) {
		return "-"
	}
	return p.Value
}

func (s Spec) global() []echarts.GlobalOpts {
	return []echarts.GlobalOpts{
		echarts.WithAnimation(false),
		echarts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(s.Tooltip), Trigger: "axis"}),
		echarts.WithGridOpts(opts.Grid{Left: "8", Right: "24", Top: "40", Bottom: "8", ContainLabel: opts.Bool(true)}),
	}
}

// finish adds what go-echarts has no types for: axes by meaning rather than by
// side, hatching, marks, and formatters by name.
func (s Spec) finish(option map[string]any, kind string) (json.RawMessage, error) {
	raw, err := json.Marshal(option)
	if err != nil {
		return nil, fmt.Errorf("building a chart: %w", err)
	}
	var o map[string]any
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("building a chart: %w", err)
	}
	delete(o, "title")
	delete(o, "toolbox")
	names, values := s.axes()
	o["xAxis"], o["yAxis"] = names, values
	if s.Horizontal {
		o["xAxis"], o["yAxis"] = values, names
	}
	o["textStyle"] = map[string]any{"fontFamily": s.FontFamily, "color": Ink}
	o["legend"] = s.legend(kind)
	if s.Tooltip {
		o["tooltip"].(map[string]any)["valueFormatter"] = s.formatter("number")
	}
	series, _ := o["series"].([]any)
	s.decorate(series, kind)
	if kind == "bar" {
		for _, extra := range s.Series {
			if extra.Mark {
				series = append(series, s.mark(extra))
			}
		}
	}
	o["series"] = series
	return json.Marshal(o)
}

func (s Spec) fontSize() int {
	if s.FontSize == 0 {
		return 12
	}
	return s.FontSize
}

func (s Spec) formatter(kind string) string {
	lang := s.Lang
	if lang != khue.English {
		lang = khue.Vietnamese
	}
	return fmt.Sprintf("khue:%s:%s:%d", kind, lang, min(s.Decimals, 9))
}

func (s Spec) axes() (names, values map[string]any) {
	label := map[string]any{"color": Quiet, "fontSize": s.fontSize(), "interval": 0, "fontFamily": s.FontFamily}
	if !s.Horizontal {
		label["hideOverlap"] = true
		delete(label, "interval")
	}
	if room := s.labelRoom(); room > 0 {
		label["width"], label["overflow"], label["lineHeight"] = room, "break", s.LabelHeight()
		label["interval"] = 0
		delete(label, "hideOverlap")
	}
	names = map[string]any{
		"type": "category", "data": s.Categories, "inverse": s.Horizontal,
		"axisTick": map[string]any{"show": false},
		"axisLine": map[string]any{"lineStyle": map[string]any{"color": "#b8b0a3"}}, "axisLabel": label,
	}
	values = map[string]any{
		"type": "value", "min": 0, "name": s.Unit,
		"nameTextStyle": map[string]any{"color": Quiet, "fontSize": s.fontSize(), "align": "left", "fontFamily": s.FontFamily},
		"splitLine":     map[string]any{"lineStyle": map[string]any{"color": Hairline}},
		"axisLabel": map[string]any{
			"color": Quiet, "fontSize": s.fontSize(), "fontFamily": s.FontFamily,
			"formatter": s.formatter("axis"), "hideOverlap": true,
		},
	}
	if s.least() < 0 {
		delete(values, "min")
	}
	if s.Horizontal {
		values["nameLocation"], values["nameGap"] = "start", 6
		values["name"] = "" // the caption names the unit; under the axis it would collide with labels
		values["splitNumber"] = 4
	} else {
		values["nameTextStyle"].(map[string]any)["padding"] = []int{0, 0, 4, -30}
	}
	return names, values
}

func (s Spec) least() float64 {
	least := 0.0
	for _, series := range s.Series {
		for _, p := range series.Points {
			if p.Known {
				least = min(least, p.Value)
			}
		}
	}
	return least
}

func (s Spec) legend(kind string) map[string]any {
	var data []any
	for _, series := range s.Series {
		item := map[string]any{"name": series.Name}
		switch {
		case series.Mark:
			item["icon"] = "rect"
		case kind == "bar":
			item["icon"] = "roundRect"
		}
		data = append(data, item)
	}
	return map[string]any{
		"show": len(s.Series) > 1, "data": data, "top": 0, "right": 8, "itemWidth": 18, "itemHeight": 9,
		"textStyle": map[string]any{"color": Ink, "fontSize": s.fontSize(), "fontFamily": s.FontFamily},
	}
}

// hatch is drawn over bars whose period is not over.
var hatch = map[string]any{
	"symbol": "rect", "color": "rgba(255,255,255,0.55)", "rotation": -math.Pi / 4,
	"dashArrayX": []any{1, 0}, "dashArrayY": []any{3, 4},
}

func (s Spec) decorate(series []any, kind string) {
	shown := 0
	for _, spec := range s.Series {
		if kind == "bar" && spec.Mark {
			continue
		}
		one := series[shown].(map[string]any)
		shown++
		if kind == "bar" {
			one["barMaxWidth"] = 26
		}
		if s.Labels {
			position := "top"
			if s.Horizontal {
				position = "right"
			}
			one["label"] = map[string]any{
				"show": true, "position": position, "color": Ink, "fontSize": s.fontSize(),
				"fontFamily": s.FontFamily, "formatter": s.formatter("number"),
			}
			one["labelLayout"] = map[string]any{"hideOverlap": true} // twenty quarters side by side
		}
		data, _ := one["data"].([]any)
		for i, p := range spec.Points {
			if !p.Partial || !p.Known {
				continue
			}
			if kind == "bar" {
				data[i].(map[string]any)["itemStyle"] = map[string]any{"color": spec.Tone.Colour(), "decal": hatch}
			} else {
				data[i].(map[string]any)["symbol"] = "emptyCircle"
				data[i].(map[string]any)["symbolSize"] = 8
			}
		}
	}
	if kind == "line" {
		s.shade(series)
	}
}

// shade lays a grey band behind the categories that are not over.
func (s Spec) shade(series []any) {
	var bands []any
	for i, category := range s.Categories {
		for _, one := range s.Series {
			if one.Points[i].Partial {
				bands = append(bands, []any{map[string]any{"xAxis": category}, map[string]any{"xAxis": category}})
				break
			}
		}
	}
	if len(bands) > 0 {
		series[0].(map[string]any)["markArea"] = map[string]any{
			"silent": true, "data": bands, "itemStyle": map[string]any{"color": "rgba(120,110,95,0.12)"},
		}
	}
}

// mark is a comparison drawn as a thin stroke across each bar.
func (s Spec) mark(series Series) map[string]any {
	data := make([]any, len(series.Points))
	for i, p := range series.Points {
		pair := []any{s.Categories[i], p.json()}
		if s.Horizontal {
			pair = []any{p.json(), s.Categories[i]}
		}
		data[i] = map[string]any{"value": pair}
		if p.Known {
			data[i].(map[string]any)["amount"] = p.Value
		}
	}
	size := []int{22, 3}
	if s.Horizontal {
		size = []int{3, 22}
	}
	return map[string]any{
		"type": "scatter", "name": series.Name, "symbol": "rect", "symbolSize": size, "z": 5,
		"itemStyle": map[string]any{"color": series.Tone.Colour()}, "data": data,
	}
}
