package charts

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Pin is a note on the categories of a chart, by the number under which the note
// is told beside it.
type Pin struct {
	Number   int
	From, To int // indexes of the first and the last category that it is about
}

// Sizes of the row of numbers over a chart, in pixels.
const (
	pinRow  = 26 // by which the chart makes room
	pinLine = 13 // the middle of the row
	pinSize = 18
)

// pinsAcross is how many numbers a narrow chart has room for side by side.
const pinsAcross = 14

// WithPins marks notes on an option whose categories run along the bottom: a number
// in a row over the chart, a dotted line down from it, and for several categories a
// stroke along them. Numbers that would stand on one another share a mark. Any other
// option, and one without notes, stays what it is.
func WithPins(option json.RawMessage, pins []Pin) (json.RawMessage, error) {
	if len(pins) == 0 {
		return option, nil
	}
	var o map[string]any
	if err := json.Unmarshal(option, &o); err != nil {
		return nil, fmt.Errorf("marking notes on a chart: %w", err)
	}
	names, _ := o["xAxis"].(map[string]any)
	categories, _ := names["data"].([]any)
	grid, _ := o["grid"].(map[string]any)
	series, _ := o["series"].([]any)
	if names["type"] != "category" || len(categories) == 0 || grid == nil {
		return option, nil
	}
	grid["top"] = lengthOf(grid["top"]) + pinRow
	if legend, ok := o["legend"].(map[string]any); ok && legend["show"] == true {
		legend["top"] = lengthOf(legend["top"]) + pinRow
	}
	family, _ := o["textStyle"].(map[string]any)["fontFamily"].(string)
	o["series"] = append(series, pinSeries(pins, len(categories), family))
	return json.Marshal(o)
}

// lengthOf is a distance in pixels as options have it, a number or digits.
func lengthOf(v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case string:
		if n, err := strconv.ParseFloat(v, 64); err == nil {
			return n
		}
	}
	return 0
}

// pinSeries carries the marks and no data, so that no legend and no tip names it.
func pinSeries(pins []Pin, categories int, family string) map[string]any {
	var lines, points []any
	down := map[string]any{"type": "dotted", "width": 1, "color": Quiet}
	for _, group := range groupPins(pins, categories) {
		at := group[0].From
		lines = append(lines, map[string]any{"xAxis": at, "lineStyle": down})
		end := at
		for _, p := range group {
			end = max(end, p.To)
		}
		if end > at {
			along := map[string]any{"type": "solid", "width": 2, "color": guideColour}
			lines = append(lines, []any{
				map[string]any{"xAxis": at, "y": pinLine, "lineStyle": along}, map[string]any{"xAxis": end, "y": pinLine},
			})
		}
		label := strconv.Itoa(group[0].Number)
		if n := len(group); n > 1 {
			label += "–" + strconv.Itoa(group[n-1].Number)
		}
		points = append(points, map[string]any{
			"name": label, "xAxis": at, "y": pinLine, "symbolSize": []int{pinSize + 7*(utf8.RuneCountInString(label)-1), pinSize},
		})
	}
	return map[string]any{
		"type": "line", "name": "", "data": []any{}, "silent": true, "tooltip": map[string]any{"show": false}, "z": 6,
		"markLine": map[string]any{"silent": true, "symbol": "none", "animation": false, "label": map[string]any{"show": false}, "data": lines},
		"markPoint": map[string]any{
			"silent": true, "symbol": "roundRect", "itemStyle": map[string]any{"color": Ink}, "data": points, "animation": false,
			"label": map[string]any{"show": true, "formatter": "{b}", "position": "inside", "color": "#ffffff", "fontSize": 11, "fontWeight": 700, "fontFamily": family},
		},
	}
}

// groupPins puts pins together whose numbers would stand on one another, in the
// order of their numbers. Pins beyond the categories are cut to them.
func groupPins(pins []Pin, categories int) [][]Pin {
	pins = slices.Clone(pins)
	for i := range pins {
		pins[i].From = min(max(pins[i].From, 0), categories-1)
		pins[i].To = min(max(pins[i].To, pins[i].From), categories-1)
	}
	slices.SortStableFunc(pins, func(a, b Pin) int { return a.Number - b.Number })
	var out [][]Pin
	for _, p := range pins {
		out = append(out, []Pin{p})
		for n := len(out); n > 1 && tooClose(out[n-2], out[n-1], categories); n = len(out) {
			out[n-2] = append(out[n-2], out[n-1]...)
			out = out[:n-1]
		}
	}
	return out
}

// tooClose tells that the marks of two groups would touch on a narrow chart. Where
// categories stand close, a mark of several numbers needs more room.
func tooClose(a, b []Pin, categories int) bool {
	apart := (categories + pinsAcross - 1) / pinsAcross
	if apart > 1 && len(a)+len(b) > 2 {
		apart++
	}
	return b[0].From-a[0].From < apart
}
