package dashboards

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// course is targets on one figure, with that figure year by year.
type course struct {
	way       way
	programme indicators.Programme
	indicator indicators.Indicator
	targets   []indicators.TargetProgress // by year
	years     indicators.Answer           // without rows for targets that count up over years
	first     int                         // first year shown
	last      int                         // last year shown
}

func (v *visit) gatherCourse(ctx context.Context, w way) (course, error) {
	all, err := v.gatherTargets(ctx)
	if err != nil {
		return course{}, err
	}
	c := course{way: w}
	for _, p := range all {
		for _, t := range p.Targets {
			if p.Programme.ID == resolutionID && slices.Contains(w.targets, t.Target.ID) {
				c.programme, c.targets = p.Programme, append(c.targets, t)
			}
		}
	}
	slices.SortStableFunc(c.targets, func(a, b indicators.TargetProgress) int { return a.Target.Year - b.Target.Year })
	if c.indicator, err = v.site.service.Catalogue().Indicator(c.targets[0].Target.Indicator); err != nil {
		return course{}, err
	}
	today := v.frame.today.Year()
	c.first, c.last = min(c.programme.Begins, today), max(c.targets[len(c.targets)-1].Target.Year, today)
	for _, t := range c.targets {
		if len(t.Path) > 0 {
			c.first = min(c.first, t.Path[0].Year)
		}
	}
	if t := c.targets[0].Target; t.Kind != indicators.TargetCumulative {
		c.years, err = v.ask(ctx, indicators.Question{
			Measures: []string{c.indicator.Name}, By: []string{string(khue.Year)}, Where: t.Where,
			From: civil(c.first, time.January, 1), To: civil(today+1, time.January, 1), Scope: reach(),
		})
	}
	return c, err
}

// figureOf is the official figure of a year, with the row it stands in; -1 is none.
func (c course) figureOf(year int) (row int, v indicators.Value, partial bool) {
	for i, r := range c.years.Rows {
		if r.Keys[0].Period.Start().Year() == year {
			return i, r.Values[0], r.Partial
		}
	}
	return -1, indicators.Value{}, false
}

// latest is the newest official figure that a target was held against.
func (c course) latest() (indicators.TargetProgress, bool) {
	var out indicators.TargetProgress
	for _, t := range c.targets {
		if t.Actual.Known && (!out.Actual.Known || t.ActualPeriod.End().After(out.ActualPeriod.End())) {
			out = t
		}
	}
	return out, out.Actual.Known
}

// forecast is the farthest look ahead; nil without one.
func (c course) forecast() *indicators.Forecast {
	for _, t := range slices.Backward(c.targets) {
		if t.Forecast != nil {
			return t.Forecast
		}
	}
	return nil
}

// courseView is what the template of a course draws.
type courseView struct {
	Card   *card
	Aims   []aim
	Claims *table
	Method string
}

// aim is one target in words.
type aim struct {
	Label, Status, Tone             string
	Goal, Actual, Why               string
	Known                           bool
	Way, Forecast, NoForecast       string
	Method, Basis, Standing, Remark string
	Clause, Citation                string
	Mark                            status
}

func (v *visit) courseDrawn(lang khue.Lang, c course) drawn {
	d := drawn{card: v.courseCard(lang, c), body: "course", option: func() (json.RawMessage, error) { return c.option(lang, v.frame.today) }}
	view := courseView{Card: &d.card, Method: indicators.StatusMethod().In(lang), Claims: claimsTable(lang, c.targets[0].Claims)}
	for _, t := range c.targets {
		view.Aims = append(view.Aims, v.aimOf(lang, c, t))
	}
	d.view = view
	return d
}

func (v *visit) aimOf(lang khue.Lang, c course, p indicators.TargetProgress) aim {
	l := targetLineOf(lang, p, c.indicator.Decimals, v.frame.today)
	a := aim{
		Label: l.Label, Status: l.Status, Tone: l.Tone, Goal: goalOf(lang, p.Target, c.indicator.Decimals), Actual: l.Actual, Known: l.HasFigure,
		Way: l.Way, Forecast: l.Forecast, NoForecast: l.NoForecast, Method: l.Method, Basis: l.Basis, Standing: l.Standing,
		Remark: p.Target.Note.In(lang), Clause: l.Clause, Citation: l.Citation, Mark: knownAs(lang, p.Target.Mark),
		Why: entryAddress(c.indicator.Name),
	}
	if !p.ActualPeriod.IsZero() {
		if row, _, _ := c.figureOf(p.ActualPeriod.Start().Year()); row >= 0 && whyOf(c.years, row, 0) != "" {
			a.Why = whyOf(c.years, row, 0)
		}
	}
	return a
}

func (v *visit) courseCard(lang khue.Lang, c course) card {
	k := card{
		ID: c.way.id, Title: c.title(lang, v.frame.today), Chart: v.addressOf(lang, c.way.id), CSV: v.addressOf(lang, c.way.id+".csv"),
		Subtitle: c.indicator.Label.In(lang) + ", " + c.indicator.Unit.In(lang) + text(", theo năm, toàn thành phố", ", by year, whole city").In(lang),
		Source:   text("Nguồn chỉ tiêu: ", "Source of the targets: ").In(lang) + c.programme.Citation,
		Notes:    c.notes(lang), about: []string{c.indicator.Name}, axes: [][]khue.Period{yearAxis(c.first, c.last)},
	}
	if source := c.indicator.Source.In(lang); source != "" {
		k.Source += text(" · nguồn số thực hiện: ", " · source of the actuals: ").In(lang) + source
	}
	if len(c.years.Columns) > 0 {
		k.Evidence, k.Complete = []evidence{v.evidenceOf(lang, c.years)}, v.completeLine(lang, c.years.Completeness...)
	}
	k.Table = c.table(lang, v.frame.today, k.Subtitle)
	k.Summary = text("Biểu đồ theo năm: ", "Chart by year: ").In(lang) + k.Title + ". " + text("Các chỉ tiêu: ", "Targets: ").In(lang) + listed(lang, c.goalWords(lang)) +
		text(". Bảng số liệu ở bên dưới.", ". The figures are in the table below.").In(lang)
	return k
}

func (c course) goalWords(lang khue.Lang) []string {
	var out []string
	for _, t := range c.targets {
		out = append(out, goalOf(lang, t.Target, c.indicator.Decimals))
	}
	return out
}

// title says what the latest figure is, or that there is none although it is due.
func (c course) title(lang khue.Lang, today time.Time) string {
	name := c.indicator.Label.In(lang)
	if t, known := c.latest(); known {
		return name + ": " + withUnit(lang, t.Actual.Number, c.indicator.Decimals, t.Target.Unit) + " (" + locale.PeriodName(lang, t.ActualPeriod) + ")" +
			"; " + targetsTally(lang, tallyOf(c.targets))
	}
	title := name + text(": chưa có số liệu chính thức", ": no official figure").In(lang)
	var due []string
	for _, t := range c.targets {
		if today.Year() > t.Target.Year {
			due = append(due, strconv.Itoa(t.Target.Year))
		}
	}
	if len(due) > 0 {
		title += textf(", dù chỉ tiêu năm %[1]s đã đến hạn", " although the target for %[1]s is due", listed(lang, due)).In(lang)
	}
	return title
}

// notes say what is drawn how, of what is there.
func (c course) notes(lang khue.Lang) []string {
	var out []string
	if !slices.ContainsFunc(c.targets, func(t indicators.TargetProgress) bool { return len(t.Path) > 0 }) {
		out = append(out, text("Văn bản không nêu mốc xuất phát nên không có lộ trình từng năm để vẽ; hình thoi là mức cần đạt.",
			"The document gives no baseline, so there is no way from year to year to draw; diamonds are what is to be reached.").In(lang))
	}
	if slices.ContainsFunc(c.years.Rows, func(r indicators.Row) bool { return r.Partial && r.Values[0].Known }) {
		out = append(out, text("Năm chưa hết được vẽ nét đứt và không đem so sánh với cả năm.", "The year that is not over is drawn dashed and never compared with whole years.").In(lang))
	}
	if c.forecast() != nil {
		out = append(out, text("Dải nhạt là khoảng dự báo 80%.", "The pale band is the 80% range of the forecast.").In(lang))
	}
	return out
}

// table holds everything that the chart draws.
func (c course) table(lang khue.Lang, today time.Time, caption string) *table {
	t := &table{Caption: caption, Head: []string{text("Năm", "Year").In(lang), text("Chỉ tiêu", "Target").In(lang), text("Lộ trình", "Way").In(lang), text("Thực hiện", "Actual").In(lang)}}
	f := c.forecast()
	if f != nil {
		t.Head = append(t.Head, text("Dự báo", "Forecast").In(lang), text("Khoảng 80%, thấp", "80% range, low").In(lang), text("Khoảng 80%, cao", "80% range, high").In(lang))
	}
	for year := c.first; year <= c.last; year++ {
		goal, way := c.goalIn(year), c.wayIn(year)
		row, actual, partial := c.figureOf(year)
		if actual = c.cumulated(year, actual); row < 0 && !goal.Known && !way.Known && !actual.Known && !aheadIn(f, year) {
			continue // far years that nothing is said of
		}
		line := tableRow{Cells: []cell{named(strconv.Itoa(year)), counted(lang, goal, c.indicator.Decimals), counted(lang, way, c.indicator.Decimals), counted(lang, actual, c.indicator.Decimals)}}
		switch {
		case row >= 0 && actual.Known:
			line.Cells[3] = line.Cells[3].linked(whyOf(c.years, row, 0))
		case !actual.Known && !actual.Suppressed && year < today.Year():
			line.Cells[3].Text = locale.Unknown(lang)
		}
		if f != nil {
			line.Cells = append(line.Cells, aheadCells(lang, f, year, c.indicator.Decimals)...)
		}
		if partial && actual.Known {
			line.Note = text("năm chưa hết", "the year is not over").In(lang)
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}

func (c course) goalIn(year int) indicators.Value {
	for _, t := range c.targets {
		if t.Target.Year == year {
			return indicators.Value{Number: t.Target.Value, Known: true}
		}
	}
	return indicators.Value{}
}

// wayIn is what the nearest target's way asks for.
func (c course) wayIn(year int) indicators.Value {
	for _, t := range c.targets {
		if v := t.PathAt(year); v.Known {
			return v
		}
	}
	return indicators.Value{}
}

// cumulated is the figure of a target that counts up over years, at the last year counted.
func (c course) cumulated(year int, otherwise indicators.Value) indicators.Value {
	for _, t := range c.targets {
		if t.Target.Kind == indicators.TargetCumulative && t.Actual.Known && t.ActualPeriod.Start().Year() == year {
			return t.Actual
		}
	}
	return otherwise
}

func aheadIn(f *indicators.Forecast, year int) bool {
	return f != nil && slices.ContainsFunc(f.Years, func(y indicators.ForecastYear) bool { return y.Year == year })
}

func aheadCells(lang khue.Lang, f *indicators.Forecast, year, decimals int) []cell {
	for _, y := range f.Years {
		if y.Year != year {
			continue
		}
		var out []cell
		for _, n := range []float64{y.Point, y.Low, y.High} {
			out = append(out, counted(lang, indicators.Value{Number: n, Known: true}, decimals))
		}
		return out
	}
	return []cell{{Text: "–", Number: true}, {Text: "–", Number: true}, {Text: "–", Number: true}}
}
