package dashboards

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"khue"
	"khue/charts"
	"khue/indicators"
	"khue/locale"
)

// option is the chart of a course as the charting library takes it.
func (c course) option(lang khue.Lang, today time.Time) (json.RawMessage, error) {
	n := c.last - c.first + 1
	o := charts.Course{
		Lang: lang, FontFamily: screenFont, Decimals: c.indicator.Decimals, Today: today.Year() - c.first, TodayName: text("nay", "now").In(lang),
		GoalName: text("Chỉ tiêu", "Target").In(lang), PublishedName: text("Đã công bố, không phải số chính thức", "Published, not official").In(lang),
		Actual: charts.Series{Name: text("Thực hiện", "Actual").In(lang), Tone: charts.Now, Points: make([]charts.Point, n)},
	}
	silent := true
	for i := range n {
		year := c.first + i
		o.Years = append(o.Years, strconv.Itoa(year))
		_, v, partial := c.figureOf(year)
		v = c.cumulated(year, v)
		o.Actual.Points[i] = charts.Point{Value: v.Number, Known: v.Known, Partial: partial && v.Known}
		silent = silent && !v.Known
	}
	for _, t := range c.targets {
		goal := charts.Goal{Year: t.Target.Year - c.first, Value: t.Target.Value, Label: shortGoal(lang, t.Target, c.indicator.Decimals)}
		if t.Target.Upper != nil {
			goal.Upper = *t.Target.Upper
		}
		o.Goals = append(o.Goals, goal)
		if path, there := c.path(lang, t, n); there {
			o.Paths = append(o.Paths, path)
		}
	}
	if f := c.forecast(); f != nil {
		o.Expected = c.expected(lang, f, n)
	}
	o.Published = c.published()
	if over := today.Year() - 1 - c.first; silent && over > 0 {
		o.Silent = &charts.Stretch{From: 0, To: over, Name: locale.Unknown(lang)}
	}
	return charts.CourseLine(o)
}

// shortGoal is a goal without its year and unit, which the axes tell; a percent
// sign stays.
func shortGoal(lang khue.Lang, t indicators.Target, decimals int) string {
	unit := khue.Text{}
	if t.Unit.In(lang) == "%" {
		unit = t.Unit
	}
	write := func(v float64) string {
		return strings.TrimSpace(withUnit(lang, v, unitDecimals(v, decimals), unit))
	}
	goal := write(t.Value)
	if t.Upper != nil {
		goal += "–" + write(*t.Upper)
	}
	if t.Approximate {
		goal = text("khoảng ", "about ").In(lang) + goal
	}
	return goal
}

func (c course) path(lang khue.Lang, t indicators.TargetProgress, n int) (charts.Series, bool) {
	s := charts.Series{Name: textf("Lộ trình đến %d", "Way to %d", t.Target.Year).In(lang), Tone: charts.Older, Points: make([]charts.Point, n)}
	for _, p := range t.Path {
		if at := p.Year - c.first; at >= 0 && at < n {
			s.Points[at] = charts.Point{Value: p.Value, Known: true}
		}
	}
	return s, len(t.Path) > 0
}

func (c course) expected(lang khue.Lang, f *indicators.Forecast, n int) *charts.Expected {
	e := &charts.Expected{
		Name: text("Dự báo", "Forecast").In(lang), LowName: text("Khoảng 80%, thấp", "80% range, low").In(lang), HighName: text("Khoảng 80%, cao", "80% range, high").In(lang),
		Points: make([]charts.Point, n), Low: make([]charts.Point, n), High: make([]charts.Point, n),
	}
	for _, y := range f.Years {
		if at := y.Year - c.first; at >= 0 && at < n {
			e.Points[at], e.Low[at], e.High[at] = charts.Point{Value: y.Point, Known: true}, charts.Point{Value: y.Low, Known: true}, charts.Point{Value: y.High, Known: true}
		}
	}
	return e
}

// published are the figures that somebody published and that the line does not
// show: estimates, those of no known kind, and actual ones that contradict each
// other. Targets are drawn as such.
func (c course) published() []charts.Mark {
	var out []charts.Mark
	for _, claim := range c.targets[0].Claims {
		p, err := khue.ParsePeriod(claim.Period)
		if err != nil || claim.Kind == "target" || claim.Unit != c.indicator.Unit {
			continue
		}
		year := p.Start().Year()
		if _, v, _ := c.figureOf(year); year < c.first || year > c.last || (claim.Kind == "actual" && v.Known) {
			continue
		}
		out = append(out, charts.Mark{Year: year - c.first, Value: claim.Value})
	}
	return out
}
