package dashboards

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"khue"
	"khue/charts"
	"khue/indicators"
	"khue/locale"
)

// mainFestival is the series that the page of events compares: the one festival
// of which published figures are kept.
const mainFestival = khue.DesignFestival

func seriesLabel(lang khue.Lang, code string) string {
	if name, ok := khue.SeriesName(code); ok {
		return name.In(lang)
	}
	return briefly(code).Shown
}

func seriesAddress(code string) string { return eventSeriesDir + url.PathEscape(code) }

const (
	mostEditions      = 8    // compared on a page; the list of events has all
	drawnEditions     = 5    // lines that can still be told apart
	mostEditionEvents = 1000 // of one edition, that one question can name
	longestCourse     = 60   // days from the opening that the chart draws
)

// editionCourse is one edition with what was counted at it.
type editionCourse struct {
	indicators.EventEdition
	events  indicators.Value
	why     string            // where events opens
	total   indicators.Answer // its visitors as one number; no rows when too many events
	days    indicators.Answer // its visitors by day
	ongoing bool
}

// editions is a series with its editions, the latest first.
type editions struct {
	series string
	all    int // editions that the series has
	shown  []editionCourse
	events indicators.Answer // by edition
	others indicators.Answer // events of all series in the days shown
}

// visitors is what was counted at the edition.
func (c editionCourse) visitors() indicators.Value {
	if len(c.total.Rows) == 0 {
		return indicators.Value{}
	}
	return c.total.Rows[0].Values[0]
}

func (v *visit) chosenSeries() string {
	if v.frame.filter.series != "" {
		return v.frame.filter.series
	}
	return mainFestival
}

// gatherEditions looks at whole editions, whatever the page's other filters are:
// an edition is compared with another from its opening to its last day.
func (v *visit) gatherEditions(ctx context.Context) (editions, error) {
	e := editions{series: v.chosenSeries()}
	of := v.frame
	of.filter = filter{}
	known, err := recall(ctx, v.site.memory, v.state, "editions "+e.series, func(ctx context.Context) ([]indicators.EventEdition, error) {
		return v.site.service.Editions(ctx, e.series, reach())
	})
	if err != nil && khue.KindOf(err) != khue.NotFound {
		return e, err
	}
	known = slices.DeleteFunc(slices.Clone(known), func(one indicators.EventEdition) bool { return one.Code == "" || one.From.After(v.frame.today) })
	e.all, known = len(known), known[:min(len(known), mostEditions)]
	byEdition := of.question(span{}, []string{"edition"}, "events")
	byEdition.Where[seriesName] = []string{e.series}
	questions := []indicators.Question{byEdition, of.question(v.frame.shown, []string{seriesName}, "events")}
	for _, one := range known {
		questions = append(questions, v.courseQuestions(of, one)...)
	}
	answers, err := v.askAll(ctx, questions...)
	if err != nil {
		return e, err
	}
	e.events, e.others = answers[0], answers[1]
	next := answers[2:]
	for _, one := range known {
		c := editionCourse{EventEdition: one, ongoing: !one.To.Before(v.frame.today)}
		if asked := len(v.courseQuestions(of, one)); asked > 0 {
			c.total, c.days, next = next[0], next[1], next[asked:]
		}
		for i, row := range e.events.Rows {
			if row.Keys[0].Code == one.Code {
				c.events, c.why = row.Values[0], whyOf(e.events, i, 0)
			}
		}
		e.shown = append(e.shown, c)
	}
	return e, nil
}

// courseQuestions ask for the visitors of one edition, whole and by day. Counts do
// not bear an edition, so its events are named; too many of them are not asked for.
func (v *visit) courseQuestions(of frame, one indicators.EventEdition) []indicators.Question {
	if len(one.Events) > mostEditionEvents {
		return nil
	}
	whole := of.question(span{}, nil, "visitors")
	whole.Where["event"], whole.Where["source"] = one.Events, one.Sources
	days := whole
	days.Where = maps.Clone(whole.Where)
	days.By, days.From, days.To = []string{string(khue.Day)}, one.From, minTime(one.To.AddDate(0, 0, 1), v.frame.today.AddDate(0, 0, 1))
	return []indicators.Question{whole, days}
}

// editionsView is the comparison: a table of editions over the chart of their days.
type editionsView struct {
	Card     *card
	Editions *table
	Page     string // of the series; "" on that page itself
	PageName string
	Others   []navLink
}

func editionsPart() part {
	return partOf("editions", 7, text("Các kỳ lễ hội", "Festival editions"), (*visit).gatherEditions, func(v *visit, lang khue.Lang, e editions) drawn {
		c := v.editionsCard(lang, e)
		view := editionsView{Card: &c, Editions: v.editionsTable(lang, e), Others: e.otherSeries(lang)}
		if v.path == eventsPath {
			view.Page, view.PageName = seriesAddress(e.series), seriesLabel(lang, e.series)
		}
		return drawn{card: c, body: "editions", view: view, option: func() (json.RawMessage, error) { return v.editionsOption(lang, e) }}
	})
}

// otherSeries lead to the pages of the other series of the days shown.
func (e editions) otherSeries(lang khue.Lang) []navLink {
	var out []navLink
	for _, row := range e.others.Rows {
		if code := row.Keys[0].Code; code != "" && code != e.series && row.Values[0].Known {
			out = append(out, navLink{Address: seriesAddress(code), Label: fmt.Sprintf("%s (%s)", seriesLabel(lang, code), locale.Number(lang, row.Values[0].Number, 0))})
		}
	}
	return out
}

func (v *visit) editionsCard(lang khue.Lang, e editions) card {
	c := card{
		ID: "editions", Title: seriesLabel(lang, e.series), CSV: v.addressOf(lang, "editions.csv"), Chart: v.addressOf(lang, "editions"),
		Subtitle: text("Lượt khách tại chỗ đã báo cáo, cộng dồn theo ngày kể từ khai mạc; không theo bộ lọc của trang", "On-site visits reported, added up by day from the opening; the page's filters do not act here").In(lang),
	}
	if len(e.shown) == 0 {
		c.Chart, c.Empty = "", text("Chưa có kỳ lễ hội nào được ghi nhận.", "No edition of a festival is on record.").In(lang)
		return c
	}
	for _, one := range e.shown {
		if len(one.days.Rows) == 0 {
			continue
		}
		c.Evidence = append(c.Evidence, v.evidenceOf(lang, one.total))
		if c.Source == "" {
			c.Source, c.Complete = v.sourceLine(lang, one.total), v.completeLine(lang, one.total.Completeness...)
		}
	}
	c.Evidence = c.Evidence[:min(len(c.Evidence), 1)] // that of the latest; each number opens its own
	if e.longest() <= shortCourse {
		c.Subtitle = text("Lượt khách tại chỗ đã báo cáo của mỗi kỳ; không theo bộ lọc của trang", "On-site visits reported of each edition; the page's filters do not act here").In(lang)
	}
	c.Title = e.title(lang)
	c.Notes = e.notes(lang)
	c.Table = e.daysTable(lang)
	c.Summary = text("Bảng các kỳ và biểu đồ đường theo ngày. ", "Table of editions, and lines by day. ").In(lang) + c.Title + "."
	if len(c.Evidence) == 0 {
		c.Chart, c.Table = "", nil
	}
	return c
}

func (e editions) title(lang khue.Lang) string {
	newest := e.shown[0]
	n := newest.visitors()
	if !n.Known {
		return textf("%[1]s: %[2]s kỳ được ghi nhận", "%[1]s: %[2]s %[3]s on record", seriesLabel(lang, e.series), locale.Number(lang, float64(e.all), 0), plural(e.all, "edition", "editions")).In(lang)
	}
	number := locale.Compact(lang, n.Number, 0)
	if newest.ongoing {
		return textf("Kỳ %[1]s đang diễn ra, đã đón %[2]s lượt khách", "The %[1]s edition is under way, with %[2]s visits so far", newest.Code, number).In(lang)
	}
	title := textf("Kỳ %[1]s đón %[2]s lượt khách", "The %[1]s edition received %[2]s visits", newest.Code, number).In(lang)
	if len(e.shown) > 1 {
		if was := e.shown[1].visitors(); was.Known && was.Number > 0 {
			title += textf(", %[2]s so với kỳ %[1]s", ", %[2]s on the %[1]s edition", e.shown[1].Code, locale.SignedPercent(lang, n.Number/was.Number-1, 0)).In(lang)
		}
	}
	return title
}

func (e editions) notes(lang khue.Lang) []string {
	var out []string
	if e.shown[0].ongoing {
		out = append(out, textf("Kỳ %[1]s chưa kết thúc nên không đem so tổng với các kỳ đã xong.", "The %[1]s edition is not over and its total is not compared with those that are.", e.shown[0].Code).In(lang))
	}
	for _, one := range e.shown {
		if len(one.days.Rows) > longestCourse {
			out = append(out, textf("Kỳ %[2]s dài %[3]d ngày; biểu đồ chỉ vẽ %[1]d ngày đầu, bảng số liệu có đủ mọi ngày.", "The %[2]s edition lasts %[3]d days; the chart draws the first %[1]d, the table has every day.",
				longestCourse, one.Code, one.Days()).In(lang))
			break
		}
	}
	if e.all > len(e.shown) {
		out = append(out, textf("Ở đây là %[1]d kỳ gần nhất trong %[2]d kỳ.", "These are the latest %[1]d of %[2]d editions.", len(e.shown), e.all).In(lang))
	}
	return out
}

// editionsTable is what each edition was: when, how long, how many.
func (v *visit) editionsTable(lang khue.Lang, e editions) *table {
	if len(e.shown) == 0 {
		return nil
	}
	t := &table{Caption: text("Các kỳ, mới nhất trước", "Editions, the latest first").In(lang), Head: []string{
		text("Kỳ", "Edition").In(lang), text("Khai mạc", "Opening").In(lang), text("Số ngày", "Days").In(lang), text("Sự kiện", "Events").In(lang), text("Lượt khách", "Visits").In(lang),
	}}
	for _, one := range e.shown {
		total := counted(lang, one.visitors(), 0)
		if len(one.total.Rows) > 0 {
			total = total.linked(whyOf(one.total, 0, 0))
		}
		r := tableRow{Cells: []cell{
			named(briefly(one.Code).Shown).leading(v.editionWay(e.series, one)), named(locale.Date(lang, one.From)),
			counted(lang, indicators.Value{Number: float64(one.Days()), Known: true}, 0), counted(lang, one.events, 0).linked(one.why), total,
		}}
		if one.ongoing {
			r.Note = textf("đang diễn ra, đến hết ngày %[1]s", "under way, until %[1]s", locale.Date(lang, one.To)).In(lang)
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

// longest is how many days the longest course has been counted for.
func (e editions) longest() int {
	most := 0
	for _, one := range e.shown {
		most = max(most, len(one.days.Rows))
	}
	return most
}

// daysTable is the visitors of every day from the opening, edition by edition.
func (e editions) daysTable(lang khue.Lang) *table {
	t := &table{Caption: text("Lượt khách tại chỗ theo ngày kể từ khai mạc", "On-site visits by day from the opening").In(lang), Head: []string{text("Ngày thứ", "Day").In(lang)}}
	for _, one := range e.shown {
		t.Head = append(t.Head, one.Code)
	}
	for d := range e.longest() {
		r := tableRow{Cells: []cell{named(fmt.Sprint(d + 1))}}
		for _, one := range e.shown {
			value := cell{Text: "", Number: true}
			if d < len(one.days.Rows) {
				value = counted(lang, one.days.Rows[d].Values[0], 0).linked(whyOf(one.days, d, 0))
			}
			r.Cells = append(r.Cells, value)
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

// shortCourse is the longest course that is too short for a line.
const shortCourse = 3

func (v *visit) editionsOption(lang khue.Lang, e editions) (json.RawMessage, error) {
	if e.longest() <= shortCourse {
		return v.totalsOption(lang, e)
	}
	days := min(e.longest(), longestCourse)
	m, ways := charts.Months{Lang: lang, FontFamily: screenFont}, charts.Ways{}
	for d := range days {
		m.Categories = append(m.Categories, fmt.Sprint(d+1))
	}
	tones := []charts.Tone{charts.Now, charts.Before}
	for i, one := range e.shown[:min(len(e.shown), drawnEditions)] {
		line := charts.Series{Name: one.Code, Tone: charts.Older, Points: make([]charts.Point, days)}
		if i < len(tones) {
			line.Tone = tones[i]
		}
		ways[one.Code] = slices.Repeat([]string{v.editionWay(e.series, one)}, days)
		sum, begun := 0.0, false
		for d, row := range one.days.Rows[:min(len(one.days.Rows), days)] {
			sum += row.Values[0].Number
			begun = begun || row.Values[0].Known
			line.Points[d] = charts.Point{Value: sum, Known: begun} // a day without reports adds nothing to what was reported
		}
		if i == 0 {
			m.Now = line
		} else {
			m.Earlier = append(m.Earlier, line)
		}
	}
	option, err := charts.CoursesLine(m, text("ngày kể từ khai mạc", "days from the opening").In(lang))
	return led(option, err, ways)
}

// editionWay is where an edition leads: to its event, or to the list of its events
// where there are several.
func (v *visit) editionWay(series string, one editionCourse) string {
	if len(one.Events) == 1 {
		return eventAddress(one.Events[0])
	}
	f := eventListFilter{filter: defaultFilter, only: map[string]string{seriesName: series, editionName: one.Code}}
	if f.setPeriod(khue.PeriodOf(one.From, khue.Year).String(), v.frame.today) != nil {
		return ""
	}
	return address(eventListPath, f.values(1), "")
}

// totalsOption is a bar for each edition, the latest on top: courses of a night or
// two have no days to compare.
func (v *visit) totalsOption(lang khue.Lang, e editions) (json.RawMessage, error) {
	r := charts.Ranking{Lang: lang, FontFamily: screenFont, Lead: []int{0}, Now: charts.Series{Name: text("Lượt khách", "Visits").In(lang), Tone: charts.Now}}
	var ways []string
	for _, one := range e.shown {
		ways = append(ways, v.editionWay(e.series, one))
		r.Categories = append(r.Categories, one.Code)
		r.Now.Points = append(r.Now.Points, charts.Point{Value: one.visitors().Number, Known: one.visitors().Known, Partial: one.ongoing})
	}
	option, err := charts.RankingBars(r)
	return led(option, err, charts.Ways{r.Now.Name: ways})
}
