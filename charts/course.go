package charts

import (
	"encoding/json"
	"slices"

	"khue"
)

// Course is an indicator on its way to targets, by year, for a page.
type Course struct {
	Lang  khue.Lang
	Years []string
	// Actual holds the official figures; a year that is not over is drawn dashed.
	Actual Series
	// Published are figures that were published and do not count as official.
	Published     []Mark
	PublishedName string
	Paths         []Series // from each baseline to its target
	Goals         []Goal
	GoalName      string
	Expected      *Expected // nil without a forecast
	Today         int       // index of the running year
	TodayName     string
	Silent        *Stretch // years that are over and have no official figure; nil for none
	Decimals      int
	// FontFamily is the CSS list of families.
	FontFamily string
}

// Goal is a target at the end of its year.
type Goal struct {
	Year  int // index
	Value float64
	Upper float64 // end of a span from Value; 0 when there is none
	Label string
}

// Mark is one figure of a year; a year may have several.
type Mark struct {
	Year  int // index
	Value float64
}

// Expected is a forecast with its range.
type Expected struct {
	Name, LowName, HighName string
	Points, Low, High       []Point
}

// Stretch is some years with what stands over them.
type Stretch struct {
	From, To int // indexes
	Name     string
}

// CourseLine is the option of such a chart. Targets are diamonds on stems, the way
// to them is dotted, the forecast dashed inside its band.
func CourseLine(c Course) (json.RawMessage, error) {
	spec := Spec{Lang: c.Lang, Categories: c.Years, Decimals: c.Decimals, FontFamily: c.FontFamily, Tooltip: true, Series: slices.Clone(c.Paths)}
	whole, begun := splitPartial(c.Actual)
	spec.Series = append(spec.Series, whole)
	at := map[string]int{"actual": len(spec.Series) - 1}
	if begun != nil {
		at["begun"], spec.Series = len(spec.Series), append(spec.Series, *begun)
	}
	if e := c.Expected; e != nil {
		at["expected"] = len(spec.Series)
		spec.Series = append(spec.Series, Series{e.Name, Now, e.Points, false}, Series{e.LowName, Older, e.Low, false}, Series{e.HighName, Older, e.High, false})
	}
	return adjust(spec, Line, func(o map[string]any) {
		o["tooltip"] = spec.screenTooltip("axis")
		o["grid"] = map[string]any{"left": 4, "right": 34, "top": 34, "bottom": 4, "containLabel": true}
		series := o["series"].([]any)
		for i := range c.Paths {
			plain(series[i], map[string]any{"type": "dotted", "width": 2, "color": Quiet})
		}
		if i, there := at["begun"]; there {
			one := plain(series[i], map[string]any{"type": "dashed", "width": 2, "color": Now.Colour()})
			one["showSymbol"], one["showAllSymbol"], one["symbol"], one["symbolSize"] = true, true, "emptyCircle", 9
			joint(one["data"].([]any))
		}
		if i, there := at["expected"]; there {
			plain(series[i], map[string]any{"type": "dashed", "width": 2, "color": Now.Colour()})
			plain(series[i+1], map[string]any{"width": 0})
			plain(series[i+2], map[string]any{"width": 0})
			series = append(series, c.Expected.band()...)
		}
		actual := series[at["actual"]].(map[string]any)
		actual["symbolSize"], actual["showAllSymbol"], actual["connectNulls"], actual["emphasis"] = 7, true, false, map[string]any{"disabled": true}
		if len(c.Published) > 0 {
			series = append(series, c.published())
		}
		o["series"] = append(series, c.goals())
	})
}

// joint keeps the point from which a dashed line starts unmarked: the whole year has
// a mark of its own.
func joint(data []any) {
	for _, d := range data {
		if at, ok := d.(map[string]any); ok && at["value"] != "-" {
			at["symbol"] = "none"
			return
		}
	}
}

// plain makes a line without points or emphasis.
func plain(series any, line map[string]any) map[string]any {
	one := series.(map[string]any)
	one["lineStyle"], one["showSymbol"], one["symbol"], one["connectNulls"] = line, false, "none", false
	one["emphasis"] = map[string]any{"disabled": true}
	return one
}

// band fills the range between low and high: an unseen line carries what is
// stacked upon it.
func (e Expected) band() []any {
	low, height := make([]any, len(e.Low)), make([]any, len(e.Low))
	for i := range e.Low {
		low[i], height[i] = e.Low[i].json(), Point{Value: e.High[i].Value - e.Low[i].Value, Known: e.Low[i].Known && e.High[i].Known}.json()
	}
	layer := func(data []any, opacity float64) map[string]any {
		return map[string]any{
			"type": "line", "name": "", "data": data, "stack": "range", "stackStrategy": "all", "symbol": "none", "silent": true, "z": 1,
			"lineStyle": map[string]any{"width": 0}, "areaStyle": map[string]any{"color": Now.Colour(), "opacity": opacity},
			"tooltip": map[string]any{"show": false}, "emphasis": map[string]any{"disabled": true},
		}
	}
	return []any{layer(low, 0), layer(height, 0.14)}
}

// published are hollow squares, apart from the official line.
func (c Course) published() map[string]any {
	data := make([]any, len(c.Published))
	for i, m := range c.Published {
		data[i] = map[string]any{"value": []any{c.Years[m.Year], m.Value}, "amount": m.Value}
	}
	return map[string]any{
		"type": "scatter", "name": c.PublishedName, "symbol": "emptyRect", "symbolSize": 9, "data": data, "z": 3,
		"itemStyle": map[string]any{"color": Before.Colour()}, "emphasis": map[string]any{"disabled": true},
	}
}

// goals are the targets, with the mark of the running year and of the years
// without a figure.
func (c Course) goals() map[string]any {
	data := make([]any, len(c.Years))
	for i := range data {
		data[i] = "-"
	}
	label := func(colour string) map[string]any {
		return map[string]any{"show": true, "color": colour, "fontSize": 12, "fontFamily": c.FontFamily}
	}
	var marks []any
	for _, g := range c.Goals {
		words := label(Ink)
		words["formatter"], words["position"], words["distance"], words["fontWeight"] = g.Label, "top", 7, 600
		words["textBorderColor"], words["textBorderWidth"] = "#ffffff", 3
		switch beside := g.Upper > g.Value; { // its span stands above such a diamond
		case beside && g.Year*2 >= len(c.Years):
			words["position"] = "left"
		case beside:
			words["position"] = "right"
		case g.Year*5 >= len(c.Years)*4: // near the right edge the words end at the diamond
			words["align"], words["offset"] = "right", []int{14, 0}
		}
		data[g.Year] = map[string]any{"value": g.Value, "label": words}
		marks = append(marks, []any{
			map[string]any{"coord": []any{c.Years[g.Year], 0}, "lineStyle": map[string]any{"type": "solid", "width": 1, "color": guideColour}},
			map[string]any{"coord": []any{c.Years[g.Year], g.Value}},
		})
		if g.Upper > g.Value {
			marks = append(marks, []any{
				map[string]any{"coord": []any{c.Years[g.Year], g.Value}, "lineStyle": map[string]any{"type": "solid", "width": 5, "color": guideColour}},
				map[string]any{"coord": []any{c.Years[g.Year], g.Upper}},
			})
		}
	}
	if c.TodayName != "" {
		now := label(Quiet)
		now["formatter"], now["position"] = c.TodayName, "end"
		marks = append(marks, map[string]any{"xAxis": c.Years[c.Today], "label": now, "lineStyle": map[string]any{"type": "dashed", "width": 1, "color": Quiet}})
	}
	out := map[string]any{
		"type": "line", "name": c.GoalName, "data": data, "symbol": "diamond", "symbolSize": 13, "showSymbol": true, "z": 4,
		"showAllSymbol": true, // also of years that a narrow axis does not name
		"lineStyle":     map[string]any{"width": 0}, "itemStyle": map[string]any{"color": Ink}, "emphasis": map[string]any{"disabled": true},
		"markLine": map[string]any{"silent": true, "symbol": "none", "label": map[string]any{"show": false}, "data": marks},
	}
	if s := c.Silent; s != nil {
		words := label(Quiet)
		words["position"], words["width"], words["overflow"], words["lineHeight"] = "insideTop", 84, "break", 15
		out["markArea"] = map[string]any{
			"silent": true, "itemStyle": map[string]any{"color": bandColour}, "label": words,
			"data": []any{[]any{map[string]any{"name": s.Name, "xAxis": c.Years[s.From]}, map[string]any{"xAxis": c.Years[s.To]}}},
		}
	}
	return out
}
