package reports

import (
	"context"
	"fmt"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
	"khue/reports/document"
)

// headlineMeasures are those of the headline table where a definition names none.
var headlineMeasures = []string{
	"visitors", "online_visitors", "events", "activities", "active_members", "revenue", "members", "certified_members",
}

// cell is a value, the words that none is known, or the sign that it is withheld.
func cell(v indicators.Value, decimals int) document.Cell {
	if v.Suppressed {
		return document.Withheld()
	}
	if !v.Known {
		return document.Missing()
	}
	return document.N(v.Number, decimals)
}

// changeCell is the change on the year before, or why there is none.
func (p *paper) changeCell(now, before indicators.Value, comparable bool) document.Cell {
	change := indicators.Change(now, before)
	switch {
	case change.Suppressed:
		return document.Withheld()
	case change.Known && comparable:
		return document.Change(change.Number)
	case p.window.elsewhere && !comparable:
		return document.Cell{Kind: document.Unknown, Words: p.say("không so", "not compared")}
	case !comparable:
		return document.Cell{Kind: document.Unknown, Words: p.say("chưa đủ kỳ", "not over")}
	case before.Known && before.Number == 0 && now.Known && now.Number == 0:
		return document.Change(0)
	}
	return document.Cell{Kind: document.Unknown, Words: "–"}
}

// openCell shows a dash where there is no figure: for narrow columns, whose table
// says what it means.
func openCell(v indicators.Value, decimals int) document.Cell {
	if !v.Known && !v.Suppressed {
		return document.Cell{Kind: document.Unknown, Words: "–"}
	}
	return cell(v, decimals)
}

// beforeCell is a figure of the year before; where the area was another then, nothing
// stands there.
func (p *paper) beforeCell(v indicators.Value, decimals int) document.Cell {
	if p.window.elsewhere && !v.Known {
		return document.Cell{Kind: document.Unknown, Words: "–"}
	}
	return cell(v, decimals)
}

// millions tells large money in millions, so that a column stays readable.
func millions(v indicators.Value) indicators.Value {
	v.Number /= 1e6
	return v
}

// headlines asks for all headline measures at once, so that all cover the same
// days, and opens the summary with them.
func (p *paper) headlines(ctx context.Context) error {
	var names, open []string
	for _, name := range p.definition.headlines() {
		m, ok := p.measures[name]
		if !ok {
			continue
		}
		if names = append(names, name); !p.guarded(m) {
			open = append(open, name)
		}
	}
	c, err := p.reporter.ask.Compare(ctx, p.question(p.period.Start(), p.period.End(), "", open...))
	if err != nil {
		return fmt.Errorf("comparing with the year before: %w", err)
	}
	p.window = window{
		period: p.period, from: calendarDay(c.From), to: calendarDay(c.To), beforeFrom: calendarDay(c.BeforeFrom), beforeTo: calendarDay(c.BeforeTo),
		cut: c.Cut || !c.Comparable, comparable: c.Comparable,
	}
	if !c.Comparable { // not one day is complete: what is there so far, against nothing
		p.window.to = p.period.End()
		if today := calendarDay(p.asOf).AddDate(0, 0, 1); today.Before(p.window.to) {
			p.window.to = today
		}
		p.window.beforeFrom, p.window.beforeTo = c.From.AddDate(-1, 0, 0), p.window.to.AddDate(-1, 0, 0)
	}
	before := first(c.Before, len(open))
	if p.window.elsewhere = c.Elsewhere(0); p.window.elsewhere {
		p.window.comparable, before = false, make([]indicators.Value, len(open))
	}
	about := p.say("Các con số chính, ", "Headline figures, ")
	mark := p.ledger.add(about+p.window.head(p.lang, false), c.Now.Evidence)
	if p.window.comparable {
		p.ledger.add(about+p.window.head(p.lang, true), c.Before.Evidence)
	}
	figures := map[string]headlineFigure{}
	for i, name := range open {
		figures[name] = headlineFigure{
			window: p.window, mark: mark, evidence: c.Now.Evidence,
			now: first(c.Now, len(open))[i], before: before[i],
		}
	}
	reported := []indicators.Answer{c.Now}
	if err := p.guardedHeadlines(ctx, names, figures, &reported); err != nil {
		return err
	}

	p.headlineFigures = figures
	p.part("Các con số chính", "Headline figures")
	p.add(p.headlineTable(names, mark, reported))
	return nil
}

// headlineTable sets the headlines beside the year before, and tells them in the summary.
func (p *paper) headlineTable(names []string, mark string, reported []indicators.Answer) *document.Table {
	t := &document.Table{
		ID: "headlines", Sheet: p.say("Con số chính", "Headlines"), Title: p.say("Các con số chính", "Headline figures"),
		Columns: []document.Column{
			{Title: p.say("Chỉ số", "Measure"), Width: 4.6},
			{Title: p.say("Đơn vị", "Unit"), Width: 1.5},
			{Title: p.window.head(p.lang, false), Kind: document.Number, Width: 1.8},
			{Title: p.window.head(p.lang, true), Kind: document.Number, Width: 1.8},
			{Title: p.say("Thay đổi", "Change"), Kind: document.Percent, Width: 1.3},
		},
		Source: p.source(mark, p.say("Thành viên là số có mặt vào ngày cuối của kỳ.", "Members are those present on the last day.")),
	}
	withheld, months := false, ""
	for _, name := range names {
		f := p.headlineFigures[name]
		m, a, b, decimals, unit := p.measures[name], f.now, f.before, p.measures[name].Decimals, p.measures[name].Unit.In(p.lang)
		change, label := p.changeCell(a, b, f.window.comparable), m.Label.In(p.lang)
		withheld = withheld || a.Suppressed || b.Suppressed
		if !f.window.to.Equal(p.window.to) {
			label += " *"
			months = fmt.Sprintf(p.say("* Chỉ tính các tháng trọn vẹn: %s.", "* Whole months only: %s."), f.window.head(p.lang, false))
			if !f.window.comparable && !f.window.elsewhere {
				months = fmt.Sprintf(p.say("* Đến hết ngày %s; chưa có tháng trọn vẹn nào để so sánh.", "* Until the end of %s; there is no whole month yet to compare."), locale.Date(p.lang, f.window.last()))
			}
		}
		if name == "revenue" {
			a, b, decimals, unit = millions(a), millions(b), 1, p.say("triệu đồng", "million dong")
		}
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			document.W(label), document.W(unit), cell(a, decimals), p.beforeCell(b, decimals), change,
		}})
		for _, told := range findings {
			if told.measure == name {
				if p.order.Area != "" && told.area != (khue.Text{}) {
					told.many, told.one = told.area, told.area.EN
				}
				p.found(told.tell(p.lang, f.window, f.now, f.before), p.cite(f.evidence, f.mark))
			}
		}
	}
	for _, remark := range []string{p.complete(reported...), months, p.withheldNote(withheld)} {
		if remark != "" {
			t.Source += " " + remark
		}
	}
	return t
}

// first gives the values of a total; unknown ones where there is no row.
func first(a indicators.Answer, n int) []indicators.Value {
	if len(a.Rows) == 0 {
		return make([]indicators.Value, n)
	}
	return a.Rows[0].Values
}

// monthFigure is a month beside the same month a year before.
type monthFigure struct {
	period      khue.Period
	now, before indicators.Value
	partial     bool
}

// months tells visits by month. All months together cover the days of the
// report, so a month that is not complete stands beside the same days of the
// year before and the total is that of the headlines.
// From the beginning of the year they are told up to the end of the report's days.
func (p *paper) months(ctx context.Context, s Section) error {
	if s.SinceYear {
		year := khue.PeriodOf(p.period.Start(), khue.Year)
		return p.monthsBetween(ctx, year.Start(), year.YearBefore().Start(), year.String())
	}
	return p.monthsBetween(ctx, p.window.from, p.window.beforeFrom, "")
}

func (p *paper) monthsBetween(ctx context.Context, from, beforeFrom time.Time, since string) error {
	ask := func(year khue.Period, from, to time.Time) (indicators.Answer, string, error) {
		a, err := p.reporter.ask.Ask(ctx, p.question(from, to, string(khue.Month), "visitors"))
		if err != nil {
			return a, "", fmt.Errorf("asking for visits by month of %s: %w", year, err)
		}
		return a, p.ledger.add(p.say("Khách tại chỗ theo tháng, ", "On-site visits by month, ")+p.span(from, to), a.Evidence), nil
	}
	now, mark, err := ask(p.period, from, p.window.to)
	if err != nil {
		return err
	}
	before, _, err := ask(p.period.YearBefore(), beforeFrom, p.window.beforeTo)
	if err != nil {
		return err
	}
	earlier := map[khue.Period]indicators.Value{}
	for _, row := range before.Rows {
		earlier[row.Keys[0].Period] = row.Values[0]
	}
	var months []monthFigure
	for _, row := range now.Rows {
		month := row.Keys[0].Period
		months = append(months, monthFigure{
			period: month, now: row.Values[0], before: earlier[month.YearBefore()],
			partial: row.Partial || month.End().After(p.window.to),
		})
	}
	year, last := p.years()
	table, total := p.monthTable(months, mark, p.complete(now))
	chart := &document.Chart{
		Title: p.say("Khách tại chỗ theo tháng", "On-site visits by month"), Kind: document.Bar, Table: table, Unit: p.say("lượt", "visits"),
		Series: []document.Series{{Name: year, Column: 1, Tone: document.Now}, {Name: last, Column: 2, Tone: document.Before}},
	}
	sentence := busiest(p.lang, months, total, since)
	chart.Alt = fmt.Sprintf(p.say("Cột khách tại chỗ từng tháng năm %s cạnh năm %s. %s", "Bars of on-site visits in each month of %s beside %s. %s"), year, last, sentence)
	for _, m := range months {
		if m.partial {
			chart.Note = p.say("gạch chéo: tháng chưa trọn vẹn", "hatched: not a whole month")
		}
	}
	p.found(sentence, p.cite(now.Evidence, mark))
	p.part("Khách tham dự theo tháng", "Visits by month")
	if sentence != "" {
		p.add(document.Text("%s", sentence))
	}
	p.add(table, chart)
	return nil
}

// years are the year of the report and the one before, as heads of columns.
func (p *paper) years() (now, before string) {
	return p.period.Start().Format("2006"), p.period.YearBefore().Start().Format("2006")
}

func (p *paper) monthTable(months []monthFigure, mark, reported string) (*document.Table, float64) {
	year, last := p.years()
	t := &document.Table{
		ID: "months", Sheet: p.say("Theo tháng", "By month"), Unit: p.say("lượt khách tại chỗ", "on-site visits"),
		Title: fmt.Sprintf(p.say("Khách tại chỗ theo tháng, năm %s và năm %s", "On-site visits by month, %s and %s"), year, last),
		Columns: []document.Column{
			{Title: p.say("Tháng", "Month"), Width: 2},
			{Title: year, Kind: document.Number, Width: 2},
			{Title: last, Kind: document.Number, Width: 2},
			{Title: p.say("Thay đổi", "Change"), Kind: document.Percent, Width: 1.6},
		},
	}
	var now, before sum
	partial := false
	for _, m := range months {
		name := locale.MonthLabel(p.lang, m.period.Start().Month())
		if m.partial {
			partial = true
			name += " *"
		}
		before.add(m.before)
		now.add(m.now)
		t.Rows = append(t.Rows, document.Row{Partial: m.partial, Cells: []document.Cell{
			document.W(name), cell(m.now, 0), p.beforeCell(m.before, 0), p.changeCell(m.now, m.before, p.window.comparable || p.sameArea(m.period.YearBefore())),
		}})
	}
	note := ""
	if partial {
		note = fmt.Sprintf(p.say("* Tháng chưa trọn vẹn: tính đến hết ngày %s, đặt cạnh đúng những ngày đó của năm trước.",
			"* Not a whole month: until the end of %s, beside the same days of the year before."), locale.Date(p.lang, p.window.last()))
	}
	if p.window.elsewhere { // a sum of a part of the days says nothing beside one of all
		before = sum{}
	}
	t.Rows = append(t.Rows, document.Row{Total: true, Cells: []document.Cell{
		document.W(p.say("Cộng", "Total")), cell(now.value(), 0), p.beforeCell(before.value(), 0), p.changeCell(now.value(), before.value(), p.window.comparable),
	}})
	t.Source = p.source(mark, reported, note)
	return t, now.n
}

// sum adds what is known; it is unknown when nothing is.
type sum struct {
	n       float64
	known   bool
	unknown int
}

func (s *sum) add(v indicators.Value) {
	if !v.Known {
		s.unknown++
		return
	}
	s.n, s.known = s.n+v.Number, true
}

func (s *sum) value() indicators.Value { return indicators.Value{Number: s.n, Known: s.known} }
