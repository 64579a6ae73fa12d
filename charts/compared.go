package charts

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"khue"
)

// Comparing is how things are set beside each other.
type Comparing string

// The ways of comparing.
const (
	AsLines   Comparing = "line"    // over periods
	AsColumns Comparing = "column"  // beside each other, from the left to the right
	AsStack   Comparing = "stacked" // on one another: parts that add up
	AsBars    Comparing = "bar"     // from the top down, with their numbers
)

// Compared is one figure of one or several things over the same categories, for a
// page. Things are told apart by colour, and by dashes or their order as well: there
// are at most Categories of them.
type Compared struct {
	Lang       khue.Lang
	Way        Comparing
	Categories []string
	Series     []Series // their tones are not looked at
	Unit       string
	Decimals   int
	FontFamily string
}

// ComparedChart is the option of such a chart. Periods that are not over are hatched
// in bars, and hollow points by themselves beside lines.
func ComparedChart(c Compared) (json.RawMessage, error) {
	if len(c.Series) > Categories {
		return nil, fmt.Errorf("building a chart: %d things have no colours of their own", len(c.Series))
	}
	spec := Spec{
		Lang: c.Lang, Categories: c.Categories, Unit: c.Unit, Decimals: c.Decimals, FontFamily: c.FontFamily, Tooltip: true,
		Horizontal: c.Way == AsBars, Labels: c.Way == AsBars || c.Way == AsColumns && len(c.Series)*len(c.Categories) <= 14,
	}
	var begun []Series // the points of periods that are not over, which no line joins to whole ones
	for _, one := range c.Series {
		one.Tone = Now
		if c.Way == AsLines {
			var apart Series
			one, apart = setApart(one)
			begun = append(begun, apart)
		}
		spec.Series = append(spec.Series, one)
	}
	spec.Series = append(spec.Series, begun...)
	build := Bar
	if c.Way == AsLines {
		build = Line
	}
	return adjust(spec, build, func(o map[string]any) {
		o["tooltip"] = spec.screenTooltip("axis")
		c.place(o)
		for i := range c.Series {
			c.draw(o["series"].([]any)[i].(map[string]any), i)
		}
		for i := range begun {
			c.drawBegun(o["series"].([]any)[len(c.Series)+i].(map[string]any), i)
		}
	})
}

// setApart parts a series into its whole periods and those that are not over.
func setApart(s Series) (whole, begun Series) {
	whole, begun = s, s
	whole.Points, begun.Points = make([]Point, len(s.Points)), make([]Point, len(s.Points))
	for i, p := range s.Points {
		if p.Partial {
			begun.Points[i] = Point{Value: p.Value, Known: p.Known}
		} else {
			whole.Points[i] = p
		}
	}
	return whole, begun
}

func (c Compared) drawBegun(one map[string]any, n int) {
	one["emphasis"], one["symbol"], one["symbolSize"], one["showSymbol"] = map[string]any{"disabled": true}, "emptyCircle", 9, true
	one["lineStyle"], one["itemStyle"] = map[string]any{"width": 0}, map[string]any{"color": Category(n)}
}

// place leaves room above the chart for the names of its things; on a narrow screen
// they take more lines.
func (c Compared) place(o map[string]any) {
	names := len(c.Series) > 1
	legend := o["legend"].(map[string]any)
	legend["show"], legend["left"], legend["right"], legend["selectedMode"], legend["top"] = names, 0, "auto", false, 0
	legend["data"] = legend["data"].([]any)[:len(c.Series)]
	grid := func(width int) map[string]any {
		top := 26
		if c.Way == AsBars {
			top = 6
		}
		if names {
			top += 22 * c.legendLines(width)
		}
		right := 14
		if c.Way == AsBars {
			right = 64 // the numbers behind the bars
		}
		return map[string]any{"left": 4, "right": right, "top": top, "bottom": 4, "containLabel": true}
	}
	o["grid"] = grid(640)
	o["media"] = []any{map[string]any{"query": map[string]any{"maxWidth": 560}, "option": map[string]any{"grid": grid(290)}}}
	if c.Way == AsBars {
		o["xAxis"].(map[string]any)["show"] = len(c.Series) > 1
		label := o["yAxis"].(map[string]any)["axisLabel"].(map[string]any)
		label["color"], label["width"], label["overflow"], label["lineHeight"] = Ink, 150, "break", 14
	}
}

// legendLines is how many lines the names take at a width in pixels.
func (c Compared) legendLines(width int) int {
	lines, at := 1, 0
	for _, one := range c.Series {
		wide := 38 + 7*utf8.RuneCountInString(one.Name)
		if at > 0 && at+wide > width {
			lines, at = lines+1, 0
		}
		at += wide
	}
	return lines
}

// dashes tell lines apart where colours do not.
var dashes = []any{"solid", "solid", "dashed", "dotted", []int{10, 4, 2, 4}, []int{2, 6}}

var lineSymbols = []string{"circle", "rect", "triangle", "diamond", "circle", "rect"}

func (c Compared) draw(one map[string]any, n int) {
	colour := Category(n)
	one["emphasis"] = map[string]any{"disabled": true}
	style := map[string]any{"color": colour}
	data := one["data"].([]any)
	switch c.Way {
	case AsLines:
		one["connectNulls"], one["symbol"], one["showSymbol"], one["symbolSize"] = false, lineSymbols[n], len(c.Categories) <= 40, 6
		one["lineStyle"] = map[string]any{"color": colour, "width": 2.2, "type": dashes[n]}
	case AsStack:
		one["stack"], one["barMaxWidth"], one["barCategoryGap"] = "all", 40, "24%"
		style["borderColor"], style["borderWidth"] = "#ffffff", 0.5
	case AsBars:
		one["barMaxWidth"], one["barCategoryGap"] = 18, "30%"
	case AsColumns:
		one["barMaxWidth"], one["barCategoryGap"] = 40, "28%"
	}
	one["itemStyle"] = style
	for i, p := range c.Series[n].Points {
		if p.Partial && p.Known && c.Way != AsLines {
			data[i].(map[string]any)["itemStyle"] = map[string]any{"color": colour, "decal": hatch}
		}
	}
}
