package reports

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"khue"
	"khue/indicators"
	"khue/locale"
	"khue/reports/document"
)

// editionMeasures are what an edition of a series of events is told by.
var editionMeasures = []string{"events", "visitors", "online_visitors"}

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
	from, last, held := locale.Date(p.lang, now.from), locale.Date(p.lang, now.to.AddDate(0, 0, -1)), p.many(now.events.Number, khue.Text{VI: "sự kiện", EN: "events"})
	if now.ongoing {
		p.found(fmt.Sprintf(p.say("Kỳ %s khai mạc ngày %s, đang diễn ra, dự kiến đến %s, với %s; chưa kết thúc nên không so với kỳ trước.",
			"The %s edition opened on %s, is under way until %s as planned, with %s; it is not over and is not set against the one before."), now.code, from, last, held), "")
	} else {
		p.found(fmt.Sprintf(p.say("Kỳ %s diễn ra trong %s, từ %s đến %s, với %s.", "The %s edition ran for %s, from %s to %s, with %s."),
			now.code, p.many(float64(now.days()), khue.Text{VI: "ngày", EN: "days"}), from, last, held), "")
	}
	switch {
	case !before.visits.Known || !now.visits.Known || before.visits.Number == 0:
		if now.visits.Known {
			p.found(fmt.Sprintf(p.say("Đã đón %s.", "It received %s."), p.many(now.visits.Number, visitWords)), note)
		} else {
			p.found(p.say("Chưa có số liệu chính thức về lượt khách tại chỗ.", "There is no official figure for on-site visits."), note)
		}
	default:
		p.found(fmt.Sprintf(p.say("Đã đón %s, %s kỳ %s (%s).", "It received %s, %s the %s edition (%s)."),
			p.many(now.visits.Number, visitWords), p.against(now.visits.Number/before.visits.Number-1), before.code, locale.Number(p.lang, before.visits.Number, 0)), note)
	}
	best := -1
	for i, v := range now.byDay {
		if v.Known && (best < 0 || v.Number > now.byDay[best].Number) {
			best = i
		}
	}
	if best >= 0 && now.days() > 2 {
		p.found(fmt.Sprintf(p.say("Ngày đông nhất là %s với %s.", "The busiest day was %s with %s."),
			locale.Date(p.lang, now.from.AddDate(0, 0, best)), p.many(now.byDay[best].Number, visitWords)), "")
	}
}

// many is a number with its unit: "9 days", "1 event".
func (p *paper) many(n float64, unit khue.Text) string {
	return locale.Number(p.lang, n, 0) + " " + counted(p.lang, n, unit)
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
