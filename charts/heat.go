package charts

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/go-echarts/go-echarts/v2/opts"

	echarts "github.com/go-echarts/go-echarts/v2/charts"

	"khue"
)

// HeatCell is one field of a grid of shares.
type HeatCell struct {
	Column, Row int     // places in Columns and Rows
	Share       float64 // 0 to 1
	Label       string  // what stands in it
	Name        string  // what it says under the pointer
	Few         bool    // of too few for a share to mean much: it has no colour
	Partial     bool    // its time is not over: hatched
}

// Heat is a grid of shares, the first row on top.
type Heat struct {
	Lang       khue.Lang
	Columns    []string
	Rows       []string
	Along      string // what the columns are
	Cells      []HeatCell
	FontFamily string
}

// heatRamp are the colours of shares, each from heatFrom on, with the ink that reads
// on them. It is the ramp of the maps.
var heatRamp = [5][2]string{
	{"#f3ddd4", heatInk}, {"#e5b7a7", heatInk}, {"#d08a77", heatInk}, {"#b5504a", "#fffefe"}, {"#7f1f22", "#fffefe"},
}

// Inks of the grid. They are not those of Ink and Quiet, which pages turn light in
// the dark: the fields keep their colours there.
const (
	heatInk  = "#2c2b29"
	fewPaper = "#f1eee8"
)

// heatFrom are the lower bounds of the colours: closer together where shares of
// those who stay lie.
var heatFrom = [5]float64{0, 0.5, 0.7, 0.85, 0.95}

// heatStep is the place of a share in the ramp.
func heatStep(share float64) int {
	for i := len(heatFrom) - 1; i > 0; i-- {
		if share >= heatFrom[i] {
			return i
		}
	}
	return 0
}

// HeatMap is the option of such a grid: every field carries its share in words, so
// that its colour says nothing that is not written.
func HeatMap(h Heat) (json.RawMessage, error) {
	if len(h.Columns) == 0 || len(h.Rows) == 0 {
		return nil, fmt.Errorf("building a grid: no columns or no rows")
	}
	chart := echarts.NewHeatMap()
	chart.SetGlobalOptions(echarts.WithAnimation(false), echarts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "item"}))
	chart.SetXAxis(h.Columns)
	chart.AddSeries("", nil)
	chart.Validate()
	raw, err := json.Marshal(chart.JSON())
	if err != nil {
		return nil, fmt.Errorf("building a grid: %w", err)
	}
	var o map[string]any
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("building a grid: %w", err)
	}
	delete(o, "title")
	delete(o, "toolbox")
	delete(o, "visualMap")
	spec := Spec{Lang: h.Lang, FontFamily: h.FontFamily}
	data := make([]any, len(h.Cells))
	for i, c := range h.Cells {
		if c.Column < 0 || c.Column >= len(h.Columns) || c.Row < 0 || c.Row >= len(h.Rows) {
			return nil, fmt.Errorf("building a grid: field %d lies outside", i)
		}
		data[i] = h.field(c)
	}
	o["legend"] = map[string]any{"show": false}
	o["tooltip"] = spec.screenTooltip("item")
	o["textStyle"] = map[string]any{"fontFamily": h.FontFamily, "color": Ink}
	o["grid"] = map[string]any{"left": 4, "right": 6, "top": 50, "bottom": 4, "containLabel": true}
	o["xAxis"] = h.axis(h.Columns, map[string]any{
		"position": "top", "name": h.Along, "nameLocation": "middle", "nameGap": 30,
		"nameTextStyle": map[string]any{"color": Quiet, "fontSize": 12, "fontFamily": h.FontFamily},
	})
	o["yAxis"] = h.axis(h.Rows, map[string]any{"inverse": true})
	o["series"] = []any{map[string]any{
		"type": "heatmap", "name": "", "data": data, "emphasis": map[string]any{"disabled": true},
		"itemStyle": map[string]any{"borderColor": "#ffffff", "borderWidth": 2, "borderRadius": 3},
	}}
	return json.Marshal(o)
}

func (h Heat) axis(names []string, more map[string]any) map[string]any {
	axis := map[string]any{
		"type": "category", "data": names, "axisTick": map[string]any{"show": false}, "axisLine": map[string]any{"show": false},
		"splitArea": map[string]any{"show": false}, "splitLine": map[string]any{"show": false},
		"axisLabel": map[string]any{"color": Ink, "fontSize": 12, "interval": 0, "fontFamily": h.FontFamily, "lineHeight": 15},
	}
	for name, value := range more {
		axis[name] = value
	}
	return axis
}

func (h Heat) field(c HeatCell) map[string]any {
	step := heatRamp[heatStep(c.Share)]
	colour, ink := step[0], step[1]
	if c.Few {
		colour, ink = fewPaper, heatInk
	}
	style := map[string]any{"color": colour}
	if c.Partial { // stripes of the colour on paper, pale enough to read on
		style = map[string]any{"color": fewPaper, "decal": map[string]any{
			"symbol": "rect", "color": colour + "55", "rotation": -math.Pi / 4, "dashArrayX": []any{1, 0}, "dashArrayY": []any{3, 4},
		}}
		ink = heatInk
	}
	return map[string]any{
		"value": []any{c.Column, c.Row, c.Share}, "name": c.Name, "itemStyle": style,
		"label": map[string]any{"show": true, "formatter": c.Label, "color": ink, "fontSize": 12, "fontWeight": 600, "fontFamily": h.FontFamily},
	}
}
