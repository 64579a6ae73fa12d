package reports

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
	"khue/reports/document"
)

// editionMeasures are what an edition of a series of events is told by.
var editionMeasures = []string{"events", "visitors", "online_visitors"}

// edition is one edition of a series of events. Counts of visitors bear the series
// and not the edition, so those from its opening until the next edition opens are
// its own.
type edition struct {
	code     string
	from, to time.Time // calendar days from its opening to its last day, To not included
	ongoing  bool      // it, or the counting of it, may not be over
	events   indicators.Value
	visits   indicators.Value
	online   indicators.Value
	byDay    []indicators.Value // visits, from its opening on
	evidence indicators.Evidence
	mark     string
}

func (e edition) days() int { return int(e.to.Sub(e.from) / (24 * time.Hour)) }

// mostEditions is how many editions are told of; a series with more is told by the latest.
const mostEditions = 12

// editionsOf asks for the editions of a series, the earliest first.
func (p *paper) editionsOf(ctx context.Context, series string) ([]edition, error) {
	of := map[string][]string{seriesDimension: {series}}
	listed, err := p.reporter.ask.Ask(ctx, p.narrowed(of, time.Time{}, time.Time{}, editionParameter, "events"))
	if err != nil {
		return nil, fmt.Errorf("asking for the editions of %s: %w", series, err)
	}
	mark := p.ledger.add(p.say("Các kỳ của chuỗi sự kiện ", "Editions of the series ")+series, listed.Evidence)
	today := calendarDay(p.asOf)
	var out []edition
	for _, row := range listed.Rows {
		e := edition{code: row.Keys[0].Code, events: row.Values[0], evidence: listed.Evidence, mark: mark}
		if e.code == "" {
			continue
		}
		days, err := p.reporter.ask.Ask(ctx, p.narrowed(map[string][]string{seriesDimension: {series}, editionParameter: {e.code}}, time.Time{}, time.Time{}, string(khue.Day), "events"))
		if err != nil {
			return nil, fmt.Errorf("asking for the days of edition %s of %s: %w", e.code, series, err)
		}
		for _, day := range days.Rows {
			if !day.Values[0].Known || day.Values[0].Number == 0 {
				continue
			}
			if e.from.IsZero() {
				e.from = day.Keys[0].Period.Start()
			}
			e.to = day.Keys[0].Period.End()
		}
		if !e.from.IsZero() && !e.from.After(today) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b edition) int { return a.from.Compare(b.from) })
	if len(out) > mostEditions {
		out = out[len(out)-mostEditions:]
	}
	for i := range out {
		next := today.AddDate(0, 0, 1)
		if i+1 < len(out) {
			next = out[i+1].from
		}
		if err := p.count(ctx, &out[i], of, next); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// narrowed is a question of a part of the city's facts.
func (p *paper) narrowed(where map[string][]string, from, to time.Time, by string, measures ...string) indicators.Question {
	q := p.question(from, to, by, measures...)
	q.Where = where
	return q
}

// count asks for the visitors of an edition until the next one opens.
func (p *paper) count(ctx context.Context, e *edition, of map[string][]string, next time.Time) error {
	a, err := p.reporter.ask.Ask(ctx, p.narrowed(of, e.from, next, string(khue.Day), "visitors", "online_visitors"))
	if err != nil {
		return fmt.Errorf("asking for the visitors of edition %s: %w", e.code, err)
	}
	var visits, online sum
	for _, row := range a.Rows {
		visits.add(row.Values[0])
		online.add(row.Values[1])
		if end := row.Keys[0].Period.End(); (row.Values[0].Known || row.Values[1].Known) && end.After(e.to) {
			e.to = end
		}
	}
	for _, row := range a.Rows {
		if row.Keys[0].Period.Start().Before(e.to) {
			e.byDay = append(e.byDay, row.Values[0])
		}
	}
	e.visits, e.online = visits.value(), online.value()
	e.ongoing = e.to.After(calendarDay(p.asOf))
	e.evidence, e.mark = a.Evidence, p.ledger.add(fmt.Sprintf(p.say("Khách của kỳ %s, ", "Visitors of edition %s, "), e.code)+p.span(e.from, next), a.Evidence)
	return nil
}

// edition opens a report of one edition: it finds its days and sets it beside the
// edition before.
func (p *paper) edition(ctx context.Context) error {
	series, code, _ := p.order.edition()
	all, err := p.editionsOf(ctx, series)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(e edition) bool { return e.code == code })
	if at < 0 {
		var codes []string
		for _, e := range all {
			codes = append(codes, e.code)
		}
		return khue.Errorf(khue.NotFound, "chuỗi sự kiện %q không có kỳ %q đã khai mạc; các kỳ đã có: %s", "the series %q has no edition %q that has opened; there are: %s", series, code, strings.Join(codes, ", "))
	}
	p.course = all[:at+1]
	now := all[at]
	if opened := khue.PeriodOf(now.from, khue.Year); opened != p.period {
		return khue.Errorf(khue.Invalid, "kỳ %[1]s khai mạc năm %[2]s; hãy lập báo cáo cho năm đó", "edition %[1]s opened in %[2]s; make the report for that year", code, opened)
	}
	p.where = map[string][]string{seriesDimension: {series}}
	p.window = window{period: p.period, from: now.from, to: now.to}
	p.compared = p.span(now.from, now.to)
	var before edition
	if at > 0 && !now.ongoing {
		before = all[at-1]
		p.window.comparable = true
		p.compared += p.say(" với ", " against ") + p.span(before.from, before.to)
	}
	p.editionSummary(now, before)
	p.part("Quy mô", "Scale")
	p.add(p.editionTable(now, before))
	return nil
}

// editionSummary tells an edition in sentences.
func (p *paper) editionSummary(now, before edition) {
	note := p.cite(now.evidence, now.mark)
	from, last, held := locale.Date(p.lang, now.from), locale.Date(p.lang, now.to.AddDate(0, 0, -1)), locale.Number(p.lang, now.events.Number, 0)
	if now.ongoing {
		p.found(fmt.Sprintf(p.say("Kỳ %s khai mạc ngày %s, đang diễn ra, dự kiến đến %s, với %s sự kiện; chưa kết thúc nên không so với kỳ trước.",
			"The %s edition opened on %s, is under way until %s as planned, with %s events; it is not over and is not set against the one before."), now.code, from, last, held), "")
	} else {
		p.found(fmt.Sprintf(p.say("Kỳ %s diễn ra trong %d ngày, từ %s đến %s, với %s sự kiện.", "The %s edition ran for %d days, from %s to %s, with %s events."), now.code, now.days(), from, last, held), "")
	}
	switch {
	case !before.visits.Known || !now.visits.Known || before.visits.Number == 0:
		if now.visits.Known {
			p.found(fmt.Sprintf(p.say("Đã đón %s lượt khách tại chỗ.", "It received %s on-site visits."), locale.Number(p.lang, now.visits.Number, 0)), note)
		} else {
			p.found(p.say("Chưa có số liệu chính thức về lượt khách tại chỗ.", "There is no official figure for on-site visits."), note)
		}
	default:
		p.found(fmt.Sprintf(p.say("Đã đón %s lượt khách tại chỗ, %s kỳ %s (%s).", "It received %s on-site visits, %s the %s edition (%s)."),
			locale.Number(p.lang, now.visits.Number, 0), p.against(now.visits.Number/before.visits.Number-1), before.code, locale.Number(p.lang, before.visits.Number, 0)), note)
	}
	best := -1
	for i, v := range now.byDay {
		if v.Known && (best < 0 || v.Number > now.byDay[best].Number) {
			best = i
		}
	}
	if best >= 0 && now.days() > 2 {
		p.found(fmt.Sprintf(p.say("Ngày đông nhất là %s với %s lượt khách tại chỗ.", "The busiest day was %s with %s on-site visits."),
			locale.Date(p.lang, now.from.AddDate(0, 0, best)), locale.Number(p.lang, now.byDay[best].Number, 0)), "")
	}
}

// against tells a change in words that the name of what it is set against follows.
func (p *paper) against(ratio float64) string {
	size := locale.Percent(p.lang, math.Abs(ratio), 1)
	switch {
	case math.Abs(ratio) < 0.0005:
		return p.say("gần như không đổi so với", "almost unchanged from")
	case ratio > 0:
		return p.say("tăng "+size+" so với", "up "+size+" on")
	}
	return p.say("giảm "+size+" so với", "down "+size+" on")
}

func (p *paper) editionTable(now, before edition) *document.Table {
	t := &document.Table{
		ID: "edition", Sheet: p.say("Quy mô", "Scale"), Title: p.say("Quy mô của kỳ này và kỳ trước", "Scale of this edition and the one before"),
		Columns: []document.Column{
			{Title: p.say("Chỉ số", "Measure"), Width: 3},
			{Title: p.say("Kỳ ", "Edition ") + now.code, Kind: document.Number, Width: 2},
		},
		Source: p.source(now.mark, p.say("Lượt khách của chuỗi sự kiện từ ngày khai mạc đến trước kỳ sau được tính cho kỳ này.", "Visits to the series from the opening until the next edition opens are those of the edition.")),
	}
	if before.code != "" {
		t.Columns = append(t.Columns, document.Column{Title: p.say("Kỳ ", "Edition ") + before.code, Kind: document.Number, Width: 2}, document.Column{Title: p.say("Thay đổi", "Change"), Kind: document.Percent, Width: 1.6})
	}
	days := func(e edition) indicators.Value { return indicators.Value{Number: float64(e.days()), Known: true} }
	for _, line := range []struct {
		name        string
		now, before indicators.Value
	}{
		{p.say("Số ngày", "Days"), days(now), days(before)},
		{p.measures["events"].Label.In(p.lang), now.events, before.events},
		{p.measures["visitors"].Label.In(p.lang), now.visits, before.visits},
		{p.measures["online_visitors"].Label.In(p.lang), now.online, before.online},
	} {
		row := document.Row{Cells: []document.Cell{document.W(line.name), cell(line.now, 0)}}
		if before.code != "" {
			row.Cells = append(row.Cells, cell(line.before, 0), p.changeCell(line.now, line.before, true))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// longestDaily is the longest edition, in days, that is told day by day; a longer
// one is told by weeks from its opening.
const longestDaily = 62

// steps are the visits of an edition by days, or by weeks from its opening.
func (e edition) steps(days int) []indicators.Value {
	var out []indicators.Value
	for at := 0; at < len(e.byDay); at += days {
		var s sum
		for _, v := range e.byDay[at:min(at+days, len(e.byDay))] {
			s.add(v)
		}
		out = append(out, s.value())
	}
	return out
}

// stepName names a day, or the days of a week, of an edition.
func (p *paper) stepName(e edition, step, days int) string {
	from, short := e.from.AddDate(0, 0, step*days), p.say("02/01", "2 Jan")
	if days == 1 {
		return from.Format(short)
	}
	last := from.AddDate(0, 0, days-1)
	if !last.Before(e.to) {
		last = e.to.AddDate(0, 0, -1)
	}
	return from.Format(short) + " – " + last.Format(short)
}

// editionDays tells the visits of each day, or week, beside the same of the edition before.
func (p *paper) editionDays(context.Context) error {
	now, days := p.course[len(p.course)-1], 1
	title, heading := p.say("Khách tại chỗ từng ngày kể từ khai mạc", "On-site visits by day from the opening"), khue.Text{VI: "Từng ngày", EN: "Day by day"}
	if now.days() > longestDaily {
		days = 7
		title, heading = p.say("Khách tại chỗ từng tuần kể từ khai mạc", "On-site visits by week from the opening"), khue.Text{VI: "Từng tuần", EN: "Week by week"}
	}
	t := &document.Table{
		ID: "edition-days", Sheet: heading.In(p.lang), Unit: p.say("lượt khách tại chỗ", "on-site visits"), Title: title,
		Columns: []document.Column{
			{Title: p.say("Ngày", "Days"), Width: 1.8},
			{Title: p.say("Kỳ ", "Edition ") + now.code, Kind: document.Number, Width: 2},
		},
		Source: p.source(now.mark, p.say("Những ngày không có số liệu được bỏ qua hoặc ghi “–”, không phải là không.", "Days without figures are left out or show “–”; that is no zero.")),
	}
	series := []document.Series{{Name: t.Columns[1].Title, Column: 1, Tone: document.Now}}
	var before edition
	if len(p.course) > 1 && !now.ongoing {
		before = p.course[len(p.course)-2]
		t.Columns = append(t.Columns, document.Column{Title: p.say("Kỳ ", "Edition ") + before.code, Kind: document.Number, Width: 2})
		series = append(series, document.Series{Name: t.Columns[2].Title, Column: 2, Tone: document.Before})
		t.Source += " " + p.say("Kỳ trước: ngày thứ mấy kể từ khai mạc của kỳ đó.", "The edition before: by the day counted from its own opening.")
	}
	earlier := before.steps(days)
	for i, v := range now.steps(days) {
		if !v.Known && (before.code == "" || !valueAt(earlier, i).Known) {
			continue
		}
		row := document.Row{Cells: []document.Cell{document.W(p.stepName(now, i, days)), openCell(v, 0)}}
		if before.code != "" {
			row.Cells = append(row.Cells, openCell(valueAt(earlier, i), 0))
		}
		t.Rows = append(t.Rows, row)
	}
	p.part(heading.VI, heading.EN)
	p.add(t)
	if len(t.Rows) <= mostDayBars {
		p.add(&document.Chart{
			Title: title, Kind: document.Bar, Table: t, Unit: p.say("lượt", "visits"), Series: series,
			Alt: p.say("Cột khách tại chỗ của từng dòng trong bảng, kỳ này cạnh kỳ trước.", "Bars of on-site visits for each row of the table, this edition beside the one before."),
		})
	}
	return nil
}

// mostDayBars is how many days can stand beside each other in a chart.
const mostDayBars = 31

// openCell shows a dash where there is no figure: for narrow columns, whose table
// says what it means.
func openCell(v indicators.Value, decimals int) document.Cell {
	if !v.Known && !v.Suppressed {
		return document.Cell{Kind: document.Unknown, Words: "–"}
	}
	return cell(v, decimals)
}

// editionParts tells the edition by creative field and by area.
func (p *paper) editionParts(ctx context.Context) error {
	series, code, _ := p.order.edition()
	for _, part := range []struct {
		by, id string
		most   int
		title  khue.Text
		sheet  khue.Text
		head   khue.Text
	}{
		{"discipline", "edition-disciplines", 0, khue.Text{VI: "Khách tại chỗ và sự kiện theo lĩnh vực", EN: "On-site visits and events by discipline"}, khue.Text{VI: "Theo lĩnh vực", EN: "By discipline"}, khue.Text{VI: "Lĩnh vực", EN: "Discipline"}},
		{areaParameter, "edition-areas", topAreas, khue.Text{VI: "Khách tại chỗ và sự kiện theo địa bàn", EN: "On-site visits and events by area"}, khue.Text{VI: "Theo địa bàn", EN: "By area"}, khue.Text{VI: "Địa bàn", EN: "Area"}},
	} {
		visits, mark, answer, err := p.splits(ctx, part.title.In(p.lang), part.by, p.window.from, p.window.to, "visitors")
		if err != nil {
			return err
		}
		held, err := p.reporter.ask.Ask(ctx, p.narrowed(map[string][]string{seriesDimension: {series}, editionParameter: {code}}, time.Time{}, time.Time{}, part.by, "events"))
		if err != nil {
			return fmt.Errorf("asking for the events of edition %s by %s: %w", code, part.by, err)
		}
		p.ledger.add(part.title.In(p.lang), held.Evidence)
		p.part(part.title.VI, part.title.EN)
		p.add(p.editionPartTable(editionPart{part.id, part.sheet.In(p.lang), part.title.In(p.lang), part.head.In(p.lang), part.most}, visits, held, p.source(mark, p.complete(answer))))
	}
	return nil
}

// editionPart is how a split of an edition is told.
type editionPart struct {
	id, sheet, title, head string
	most                   int // rows named; 0 is all
}

func (p *paper) editionPartTable(part editionPart, visits []split, held indicators.Answer, source string) *document.Table {
	t := &document.Table{
		ID: part.id, Sheet: part.sheet, Title: part.title, Source: source,
		Columns: []document.Column{
			{Title: part.head, Width: 3.2},
			{Title: p.say("Khách tại chỗ", "On-site visits"), Kind: document.Number, Width: 1.8},
			{Title: p.say("Tỷ trọng", "Share"), Kind: document.Percent, Width: 1.3},
			{Title: p.say("Sự kiện", "Events"), Kind: document.Number, Width: 1.3},
		},
	}
	events := map[string]indicators.Value{}
	var allVisits, allEvents, otherVisits, otherEvents sum
	for _, row := range held.Rows {
		events[row.Keys[0].Code] = row.Values[0]
		allEvents.add(row.Values[0])
		if !slices.ContainsFunc(visits, func(s split) bool { return s.key.Code == row.Keys[0].Code }) {
			visits = append(visits, split{key: row.Keys[0], now: make([]indicators.Value, 1)})
		}
	}
	for _, s := range visits {
		allVisits.add(s.now[0])
	}
	others := 0
	for i, s := range visits {
		if part.most > 0 && i >= part.most {
			others++
			otherVisits.add(s.now[0])
			otherEvents.add(events[s.key.Code])
			continue
		}
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{document.W(s.key.Name.In(p.lang)), cell(s.now[0], 0), portion(s.now[0], allVisits.n), cell(events[s.key.Code], 0)}})
	}
	if others > 0 {
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{document.W(fmt.Sprintf(p.say("%d nơi khác", "%d others"), others)), cell(otherVisits.value(), 0), portion(otherVisits.value(), allVisits.n), cell(otherEvents.value(), 0)}})
	}
	t.Rows = append(t.Rows, document.Row{Total: true, Cells: []document.Cell{document.W(p.say("Cộng", "Total")), cell(allVisits.value(), 0), portion(allVisits.value(), allVisits.n), cell(allEvents.value(), 0)}})
	return t
}

// editions lists the editions of a series, the earliest first: of a report of one
// edition those up to it, else those that opened in its years.
func (p *paper) editions(ctx context.Context, s Section) error {
	all := p.course
	if s.Series != "" {
		found, err := p.editionsOf(ctx, s.Series)
		if err != nil {
			return err
		}
		first := p.definition.begins(p.period)
		all = slices.DeleteFunc(found, func(e edition) bool { return e.from.Before(first) || !e.from.Before(p.period.End()) })
	}
	p.part("Các kỳ lễ hội", "Festival editions")
	if len(all) == 0 {
		p.add(document.Text("%s", fmt.Sprintf(p.say("Không có kỳ lễ hội nào khai mạc trong %s.", "No edition of the festival opened in %s."), p.spanName())))
		return nil
	}
	t := &document.Table{
		ID: "editions", Sheet: p.say("Các kỳ lễ hội", "Festival editions"), Title: p.say("Các kỳ lễ hội", "Festival editions"),
		Columns: []document.Column{
			{Title: p.say("Kỳ", "Edition"), Width: 1.2},
			{Title: p.say("Thời gian", "Days"), Kind: document.Range, Width: 2.6},
			{Title: p.say("Số ngày", "Length"), Kind: document.Number, Width: 1.2},
			{Title: p.say("Sự kiện", "Events"), Kind: document.Number, Width: 1.3},
			{Title: p.say("Khách tại chỗ", "On-site visits"), Kind: document.Number, Width: 1.8},
		},
	}
	var marks, running []string
	for _, e := range all {
		code := e.code
		if e.ongoing {
			code += " *"
			running = append(running, e.code)
		}
		if !slices.Contains(marks, e.mark) {
			marks = append(marks, e.mark)
		}
		t.Rows = append(t.Rows, document.Row{Partial: e.ongoing, Cells: []document.Cell{
			document.W(code), document.Days(e.from, e.to.AddDate(0, 0, -1)), document.N(float64(e.days()), 0), cell(e.events, 0), cell(e.visits, 0),
		}})
	}
	remark := ""
	if len(running) > 0 {
		remark = fmt.Sprintf(p.say("* Kỳ chưa kết thúc, tính đến %s.", "* Not over; as of %s."), locale.Moment(p.lang, p.asOf))
	}
	t.Source = p.source(strings.Join(marks, ", "), remark)
	chart := &document.Chart{
		Title: p.say("Khách tại chỗ của các kỳ lễ hội", "On-site visits of festival editions"), Kind: document.Bar, Table: t, Unit: p.say("lượt", "visits"),
		Alt:    p.say("Cột khách tại chỗ của từng kỳ lễ hội.", "Bars of on-site visits of each edition."),
		Series: []document.Series{{Name: p.say("Khách tại chỗ", "On-site visits"), Column: 4, Tone: document.Now}},
	}
	p.add(t)
	if len(all) > 1 {
		p.add(chart)
	}
	return nil
}
