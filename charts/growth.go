package charts

import (
	"encoding/json"

	"khue"
)

// Growth is a stock with the comings and goings that made it, by month.
type Growth struct {
	Lang       khue.Lang
	Categories []string
	Stock      []Series // as steps above; the first is what the chart is about
	Came       []Series // as bars from the line up
	Left       Series   // as bars from the line down, given as what they are: not negative
	FontFamily string
}

// GrowthChart is the option of such a chart: steps above, flows below, one axis of
// months for both.
func GrowthChart(g Growth) (json.RawMessage, error) {
	flows := append([]Series(nil), g.Came...)
	left := g.Left
	left.Points = make([]Point, len(g.Left.Points))
	for i, p := range g.Left.Points {
		left.Points[i] = Point{Value: -p.Value, Known: p.Known && p.Value != 0, Partial: p.Partial}
	}
	flows = append(flows, left)
	lower, err := Bar(Spec{Lang: g.Lang, Categories: g.Categories, Series: flows, FontFamily: g.FontFamily, Tooltip: true})
	if err != nil {
		return nil, err
	}
	var bars map[string]any
	if err := json.Unmarshal(lower, &bars); err != nil {
		return nil, err
	}
	spec := Spec{Lang: g.Lang, Categories: g.Categories, Series: g.Stock, FontFamily: g.FontFamily, Tooltip: true}
	return adjust(spec, Line, func(o map[string]any) {
		for i := range g.Stock {
			one := o["series"].([]any)[i].(map[string]any)
			one["step"], one["showSymbol"], one["symbol"] = "end", false, "circle"
			one["emphasis"] = map[string]any{"disabled": true}
			if i == 0 {
				one["areaStyle"] = map[string]any{"color": g.Stock[0].Tone.Colour(), "opacity": 0.08}
			}
		}
		series := o["series"].([]any)
		for i, one := range bars["series"].([]any) {
			bar := one.(map[string]any)
			bar["xAxisIndex"], bar["yAxisIndex"], bar["barMaxWidth"], bar["barGap"] = 1, 1, 12, "10%"
			position := "top"
			if i == len(flows)-1 {
				position = "bottom"
			}
			bar["label"] = map[string]any{
				"show": true, "position": position, "distance": 2, "color": Quiet, "fontSize": 10, "fontFamily": g.FontFamily, "formatter": spec.formatter("number"),
			}
			bar["labelLayout"] = map[string]any{"hideOverlap": true}
			bar["emphasis"] = map[string]any{"disabled": true}
			series = append(series, bar)
		}
		o["series"] = series
		g.layOut(o, bars, spec, flows)
	})
}

// layOut gives the steps the upper part and the flows the lower, each with the
// names of its own series over it.
func (g Growth) layOut(o, bars map[string]any, spec Spec, flows []Series) {
	o["tooltip"] = spec.screenTooltip("axis")
	o["axisPointer"] = map[string]any{"link": []any{map[string]any{"xAxisIndex": "all"}}}
	upper, lower := o["xAxis"].(map[string]any), bars["xAxis"].(map[string]any)
	upper["axisLabel"] = map[string]any{"show": false}
	lower["gridIndex"] = 1
	lower["axisLine"].(map[string]any)["onZero"] = true
	label := lower["axisLabel"].(map[string]any)
	label["alignMinLabel"], label["alignMaxLabel"] = "left", "right"
	o["xAxis"] = []any{upper, lower}
	values := bars["yAxis"].(map[string]any)
	values["gridIndex"], values["splitNumber"] = 1, 3
	values["axisLabel"].(map[string]any)["formatter"] = spec.formatter("axis")
	o["yAxis"] = []any{o["yAxis"], values}
	o["grid"] = []any{
		map[string]any{"left": 38, "right": 12, "top": 30, "height": "44%"},
		map[string]any{"left": 38, "right": 12, "top": "66%", "bottom": 24},
	}
	names := func(list []Series, top any, icon string) map[string]any {
		var data []any
		for _, s := range list {
			data = append(data, map[string]any{"name": s.Name, "icon": icon})
		}
		return map[string]any{
			"show": true, "data": data, "top": top, "left": 0, "itemWidth": 14, "itemHeight": 8, "itemGap": 14, "selectedMode": false,
			"textStyle": map[string]any{"color": Ink, "fontSize": 12, "fontFamily": g.FontFamily},
		}
	}
	o["legend"] = []any{names(g.Stock, 0, "roundRect"), names(flows, "56%", "roundRect")}
}
