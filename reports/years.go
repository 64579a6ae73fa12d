package reports

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
	"khue/reports/document"
)

// portraitYears is how many years stand beside each other on an upright page.
const portraitYears = 5

// yearsFigures are measures by year and over all the years of the report.
type yearsFigures struct {
	years  []khue.Period
	byYear map[string]map[khue.Period]indicators.Value
	whole  map[string]indicators.Value // counted over all years at once
	until  map[string]time.Time        // end of the days of each measure, not included
	mark   string
	first  indicators.Answer
	all    []indicators.Answer
}

// spanYears are the years that the report tells of.
func (p *paper) spanYears() []khue.Period {
	return khue.Periods(khue.Year, p.definition.begins(p.period), p.period.End())
}

// yearly tells the headline measures year by year. Each reaches as far as it does in
// the headlines, so that the last year is the same in both.
func (p *paper) yearly(ctx context.Context, _ Section) error {
	f, err := p.yearsFigures(ctx)
	if err != nil {
		return err
	}
	p.part("Kết quả qua từng năm", "Results year by year")
	sentence := p.spanSentence(f)
	if sentence != "" {
		p.findings = slices.Insert(p.findings, 0, []document.Run{{Text: sentence, Note: p.cite(f.first.Evidence, f.mark)}})
		p.add(document.Text("%s", sentence))
	}
	p.add(p.yearsTable(f))
	visits := p.visitsByYear(f)
	last := f.years[len(f.years)-1]
	p.add(visits, &document.Chart{
		Title: p.say("Khách tại chỗ qua các năm", "On-site visits over the years"), Kind: document.Bar, Table: visits, Unit: p.say("lượt", "visits"),
		Alt:    fmt.Sprintf(p.say("Cột khách tại chỗ từng năm từ %s đến %s. ", "Bars of on-site visits in each year from %s to %s. "), f.years[0], last) + sentence,
		Series: []document.Series{{Name: p.say("Khách tại chỗ", "On-site visits"), Column: 1, Tone: document.Now}},
	}, &document.Chart{
		Title: p.say("Sự kiện qua các năm", "Events over the years"), Kind: document.Bar, Table: visits, Unit: p.say("sự kiện", "events"),
		Alt:    fmt.Sprintf(p.say("Cột số sự kiện từng năm từ %s đến %s.", "Bars of events in each year from %s to %s."), f.years[0], last),
		Series: []document.Series{{Name: p.say("Sự kiện", "Events"), Column: 3, Tone: document.Now}},
	})
	return nil
}

// yearsFigures asks for the headline measures by year: those that reach to the same
// day together.
func (p *paper) yearsFigures(ctx context.Context) (yearsFigures, error) {
	f := yearsFigures{
		years: p.spanYears(), byYear: map[string]map[khue.Period]indicators.Value{}, whole: map[string]indicators.Value{}, until: map[string]time.Time{},
	}
	groups, ends := map[time.Time][]string{}, []time.Time{}
	for _, name := range p.definition.headlines() {
		figure, ok := p.headlineFigures[name]
		if !ok {
			continue
		}
		end := figure.window.to
		if groups[end] == nil {
			ends = append(ends, end)
		}
		groups[end], f.until[name] = append(groups[end], name), end
	}
	from := p.definition.begins(p.period)
	for _, end := range ends {
		names := groups[end]
		about := p.say("Kết quả từng năm, ", "Results by year, ") + p.span(from, end)
		byYear, err := p.reporter.ask.Ask(ctx, p.question(from, end, string(khue.Year), names...))
		if err != nil {
			return f, fmt.Errorf("asking for %v by year: %w", names, err)
		}
		mark := p.ledger.add(about, byYear.Evidence)
		whole, err := p.reporter.ask.Ask(ctx, p.question(from, end, "", names...))
		if err != nil {
			return f, fmt.Errorf("asking for %v of all years: %w", names, err)
		}
		p.ledger.add(about, whole.Evidence)
		for i, name := range names {
			f.byYear[name], f.whole[name] = map[khue.Period]indicators.Value{}, first(whole, len(names))[i]
			for _, row := range byYear.Rows {
				f.byYear[name][row.Keys[0].Period] = row.Values[i]
			}
		}
		if f.mark == "" {
			f.mark, f.first = mark, byYear
		}
		f.all = append(f.all, byYear)
	}
	return f, nil
}

// cut tells that the last year ends after the days of a measure.
func (f yearsFigures) cut(name string) bool {
	return f.until[name].Before(f.years[len(f.years)-1].End())
}

func (p *paper) yearsTable(f yearsFigures) *document.Table {
	t := &document.Table{
		ID: "years", Sheet: p.say("Qua từng năm", "By year"), Annex: len(f.years) > portraitYears,
		Title:   fmt.Sprintf(p.say("Các chỉ số qua từng năm, %s", "Measures year by year, %s"), p.definition.spanText(p.lang, p.period)),
		Columns: []document.Column{{Title: p.say("Chỉ số", "Measure"), Width: 2.6}, {Title: p.say("Đơn vị", "Unit"), Width: 1.4}},
	}
	for _, y := range f.years {
		t.Columns = append(t.Columns, document.Column{Title: y.String(), Kind: document.Number, Width: 1.3})
	}
	t.Columns = append(t.Columns, document.Column{Title: p.say("Cả giai đoạn", "All years"), Kind: document.Number, Width: 1.4})
	remarks, withheld := []string{}, false
	for _, name := range p.definition.headlines() {
		if f.byYear[name] == nil {
			continue
		}
		m := p.measures[name]
		label, unit, decimals, scaled := m.Label.In(p.lang), m.Unit.In(p.lang), m.Decimals, func(v indicators.Value) indicators.Value { return v }
		if name == "revenue" {
			unit, decimals, scaled = p.say("triệu đồng", "million dong"), 1, millions
		}
		if f.cut(name) {
			mark := "*"
			if !f.until[name].Equal(p.window.to) {
				mark = "**"
			}
			label += " " + mark
			if remark := fmt.Sprintf(p.say("%s Năm %s tính đến hết ngày %s.", "%s %s until the end of %s."), mark, f.years[len(f.years)-1], locale.Date(p.lang, f.until[name].AddDate(0, 0, -1))); !slices.Contains(remarks, remark) {
				remarks = append(remarks, remark)
			}
		}
		row := document.Row{Cells: []document.Cell{document.W(label), document.W(unit)}}
		for _, y := range f.years {
			v := f.byYear[name][y]
			withheld = withheld || v.Suppressed
			row.Cells = append(row.Cells, openCell(scaled(v), decimals))
		}
		whole := document.None()
		if m.Kind != "stock" {
			withheld = withheld || f.whole[name].Suppressed
			whole = cell(scaled(f.whole[name]), decimals)
		}
		t.Rows = append(t.Rows, document.Row{Cells: append(row.Cells, whole)})
	}
	remarks = append(remarks, p.say("– là chưa có số liệu chính thức.", "– is where there is no official figure."), p.say("Thành viên là số có mặt vào cuối năm; thành viên có hoạt động của cả giai đoạn được đếm không trùng.", "Members are those at the end of a year; members active in all years are counted once."))
	t.Source = p.source(f.mark, append([]string{p.complete(f.all...)}, append(remarks, p.withheldNote(withheld))...)...)
	return t
}

// visitsByYear is visits and events with their change on the year before.
func (p *paper) visitsByYear(f yearsFigures) *document.Table {
	t := &document.Table{
		ID: "year-visits", Sheet: p.say("Khách qua các năm", "Visits by year"), Title: p.say("Khách tại chỗ và sự kiện qua các năm", "On-site visits and events over the years"),
		Columns: []document.Column{
			{Title: p.say("Năm", "Year"), Width: 1.6},
			{Title: p.say("Khách tại chỗ", "On-site visits"), Kind: document.Number, Width: 2},
			{Title: p.say("So với năm trước", "On the year before"), Kind: document.Percent, Width: 1.8},
			{Title: p.say("Sự kiện", "Events"), Kind: document.Number, Width: 1.6},
			{Title: p.say("So với năm trước", "On the year before"), Kind: document.Percent, Width: 1.8},
		},
	}
	note := ""
	for i, y := range f.years {
		last := i == len(f.years)-1
		row, label := document.Row{}, y.String()
		if last && f.cut("visitors") {
			row.Partial, label = true, label+" *"
			note = fmt.Sprintf(p.say("* Đến hết ngày %s; năm chưa trọn vẹn nên không so với cả năm trước.", "* Until the end of %s; a year that is not whole is not set against a whole one."), locale.Date(p.lang, p.window.last()))
		}
		row.Cells = []document.Cell{document.W(label)}
		for _, name := range []string{"visitors", "events"} {
			now, change := f.byYear[name][y], document.None()
			if i > 0 {
				change = document.Cell{Kind: document.Unknown, Words: p.say("chưa đủ kỳ", "not over")}
				if !row.Partial {
					change = p.changeCell(now, f.byYear[name][f.years[i-1]], true)
				}
			}
			row.Cells = append(row.Cells, cell(now, 0), change)
		}
		t.Rows = append(t.Rows, row)
	}
	t.Source = p.source(f.mark, note)
	return t
}

// spanSentence tells what all years came to, and how the last whole one stands to
// the first.
func (p *paper) spanSentence(f yearsFigures) string {
	whole := f.whole["visitors"]
	if !whole.Known || len(f.years) < 2 {
		return ""
	}
	name := upperFirst(p.definition.spanText(p.lang, p.period))
	words := fmt.Sprintf(p.say("%s, các sự kiện đón %s lượt khách tại chỗ", "In %s, events received %s on-site visits"), name, locale.Number(p.lang, whole.Number, 0))
	last := f.years[len(f.years)-1]
	if f.cut("visitors") {
		last = f.years[len(f.years)-2]
	}
	was, is := f.byYear["visitors"][f.years[0]], f.byYear["visitors"][last]
	if last == f.years[0] || !was.Known || !is.Known || was.Number == 0 {
		return words + "."
	}
	ratio := is.Number / was.Number
	switch {
	case ratio >= 2:
		return words + fmt.Sprintf(p.say("; năm %s gấp %s lần năm %s.", "; %s had %s times as many as %s."), last, locale.Number(p.lang, ratio, 1), f.years[0])
	case ratio >= 1:
		return words + fmt.Sprintf(p.say("; năm %s tăng %s so với năm %s.", "; %s was up %s on %s."), last, locale.Percent(p.lang, ratio-1, 1), f.years[0])
	}
	return words + fmt.Sprintf(p.say("; năm %s giảm %s so với năm %s.", "; %s was down %s on %s."), last, locale.Percent(p.lang, 1-ratio, 1), f.years[0])
}

// disciplinesByYear tells visits by creative field and year.
func (p *paper) disciplinesByYear(ctx context.Context) error {
	from, years := p.definition.begins(p.period), p.spanYears()
	q := p.question(from, p.window.to, "discipline", "visitors")
	q.By = append(q.By, string(khue.Year))
	a, err := p.reporter.ask.Ask(ctx, q)
	if err != nil {
		return fmt.Errorf("asking for visits by discipline and year: %w", err)
	}
	mark := p.ledger.add(p.say("Khách tại chỗ theo lĩnh vực và năm, ", "On-site visits by discipline and year, ")+p.span(from, p.window.to), a.Evidence)
	t := &document.Table{
		ID: "discipline-years", Sheet: p.say("Lĩnh vực qua các năm", "Disciplines by year"), Unit: p.say("lượt khách tại chỗ", "on-site visits"), Annex: len(years) > portraitYears,
		Title:   p.say("Khách tại chỗ theo lĩnh vực qua các năm", "On-site visits by discipline over the years"),
		Columns: []document.Column{{Title: p.say("Lĩnh vực", "Discipline"), Width: 2.6}},
	}
	for _, y := range years {
		t.Columns = append(t.Columns, document.Column{Title: y.String(), Kind: document.Number, Width: 1.3})
	}
	t.Columns = append(t.Columns, document.Column{Title: p.say("Cộng", "Total"), Kind: document.Number, Width: 1.4})
	t.Rows = p.yearMatrix(a.Rows, years)
	note := ""
	if p.window.to.Before(p.period.End()) {
		note = fmt.Sprintf(p.say("Năm %s tính đến hết ngày %s.", "%s until the end of %s."), p.period.Start().Format("2006"), locale.Date(p.lang, p.window.last()))
	}
	t.Source = p.source(mark, p.complete(a), p.say("– là chưa có số liệu chính thức. Lĩnh vực là lĩnh vực chính của sự kiện.", "– is where there is no official figure. The discipline is the event's main one."), note)
	p.part("Khách tại chỗ theo lĩnh vực qua các năm", "On-site visits by discipline over the years")
	p.add(t, &document.Chart{
		Title: p.say("Khách tại chỗ theo lĩnh vực, cộng các năm", "On-site visits by discipline, all years"), Kind: document.Bar, Horizontal: true, Table: t, Unit: p.say("lượt", "visits"),
		Alt:    fmt.Sprintf(p.say("Thanh ngang khách tại chỗ của từng lĩnh vực, cộng từ năm %s.", "Bars of on-site visits in each discipline, added up since %s."), strconv.Itoa(from.Year())),
		Series: []document.Series{{Name: p.say("Cộng các năm", "All years"), Column: len(years) + 1, Tone: document.Now}},
	})
	return nil
}

// yearLine is one value of a dimension with its figure of each year.
type yearLine struct {
	key    indicators.Key
	byYear map[khue.Period]indicators.Value
	total  sum
}

// yearMatrix sets rows by a dimension and year as lines of years with their total,
// the largest first; what has no code comes last, then the sum of all.
func (p *paper) yearMatrix(rows []indicators.Row, years []khue.Period) []document.Row {
	var lines []*yearLine
	totals := make([]sum, len(years)+1)
	for _, row := range rows {
		i := slices.IndexFunc(lines, func(l *yearLine) bool { return l.key.Code == row.Keys[0].Code })
		if i < 0 {
			i = len(lines)
			lines = append(lines, &yearLine{key: row.Keys[0], byYear: map[khue.Period]indicators.Value{}})
		}
		lines[i].byYear[row.Keys[1].Period] = row.Values[0]
		lines[i].total.add(row.Values[0])
		totals[slices.Index(years, row.Keys[1].Period)].add(row.Values[0])
		totals[len(years)].add(row.Values[0])
	}
	slices.SortStableFunc(lines, func(a, b *yearLine) int {
		if (a.key.Code == "") != (b.key.Code == "") {
			return cmp.Compare(len(b.key.Code), len(a.key.Code))
		}
		return cmp.Compare(b.total.n, a.total.n)
	})
	var out []document.Row
	for _, l := range lines {
		row := document.Row{Cells: []document.Cell{document.W(l.key.Name.In(p.lang))}}
		for _, y := range years {
			row.Cells = append(row.Cells, openCell(l.byYear[y], 0))
		}
		out = append(out, document.Row{Cells: append(row.Cells, cell(l.total.value(), 0))})
	}
	bottom := document.Row{Total: true, Cells: []document.Cell{document.W(p.say("Cộng", "Total"))}}
	for _, s := range totals {
		bottom.Cells = append(bottom.Cells, cell(s.value(), 0))
	}
	return append(out, bottom)
}
