package dashboards

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"khue"
	"khue/charts"
	"khue/indicators"
	"khue/locale"
)

// eventDays is the visitors and events of each day of at most a year.
type eventDays struct {
	days   span // of the calendar
	answer indicators.Answer
}

// calendarSpan is the period as the calendar shows it: of a long one the last year.
func (fr frame) calendarSpan() (days span, cut bool) {
	days = span{fr.named.From, minTime(fr.named.To, khue.PeriodOf(fr.today, khue.Year).End())}
	if from := days.To.AddDate(-1, 0, 0); days.From.Before(from) {
		days.To = minTime(days.To, khue.PeriodOf(fr.today, khue.Month).End())
		return span{days.To.AddDate(-1, 0, 0), days.To}, true
	}
	return days, false
}

func (v *visit) gatherEventDays(ctx context.Context) (eventDays, error) {
	days, _ := v.frame.calendarSpan()
	asked := span{days.From, minTime(days.To, v.frame.today.AddDate(0, 0, 1))}
	a, err := v.ask(ctx, v.frame.question(asked, []string{string(khue.Day)}, "visitors", "events"))
	return eventDays{days, a}, err
}

// calendarView is the calendar with its key.
type calendarView struct {
	Card   *card
	Weeks  string // how tall it stands on a phone
	Legend []legendStep
}

func eventCalendarPart() part {
	return partOf("event-calendar", 12, text("Lượt khách từng ngày", "Visitors day by day"), (*visit).gatherEventDays, func(v *visit, lang khue.Lang, e eventDays) drawn {
		c := v.calendarCard(lang, e)
		view := calendarView{Card: &c, Weeks: e.height(), Legend: e.legend(lang)}
		return drawn{card: c, body: "eventcalendar", view: view, option: func() (json.RawMessage, error) { return charts.CalendarHeat(v.calendar(lang, e)) }}
	})
}

// height names how many weeks there are, roughly.
func (e eventDays) height() string {
	switch weeks := int(e.days.To.Sub(e.days.From) / (7 * 24 * time.Hour)); {
	case weeks > 30:
		return "weeks-year"
	case weeks > 16:
		return "weeks-half"
	case weeks > 6:
		return "weeks-quarter"
	}
	return "weeks-month"
}

// steps are the lower bounds of the levels, as the map takes them.
func (e eventDays) steps() []float64 {
	var parts []portion
	for i, row := range e.answer.Rows {
		parts = append(parts, portion{key: indicators.Key{Code: fmt.Sprint(i)}, now: row.Values[0]})
	}
	return stepsOf(parts, 0)
}

func (e eventDays) legend(lang khue.Lang) []legendStep {
	steps := e.steps()
	out := legendOf(lang, steps, visitWords(lang))
	for i := range out[:len(out)-1] {
		out[i].Class = fmt.Sprintf("tile-%d", charts.DayLevel(len(steps)-i, len(steps)))
	}
	out[len(out)-1] = legendStep{"heat-silent", text("chưa có báo cáo", "nothing reported").In(lang)}
	return out
}

func (v *visit) calendarCard(lang khue.Lang, e eventDays) card {
	c := card{
		ID: "event-calendar", Title: text("Lượt khách từng ngày", "Visitors day by day").In(lang),
		Subtitle: text("Lượt khách tại chỗ của mỗi ngày; tuần bắt đầu từ Thứ Hai", "On-site visits of each day; weeks begin on Monday").In(lang),
		Source:   v.sourceLine(lang, e.answer), Evidence: []evidence{v.evidenceOf(lang, e.answer)},
		Chart: v.addressOf(lang, "event-calendar"), CSV: v.addressOf(lang, "event-calendar.csv"),
		Notes: []string{text("Ngày chưa có báo cáo là một chấm, không phải là 0; ô trống là ngày chưa đến.",
			"A day of which nothing was reported is a dot, not zero; a blank day has not come yet.").In(lang)},
	}
	if len(e.answer.Completeness) > 0 {
		c.Complete = v.completeLine(lang, e.answer.Completeness[0])
	}
	if _, cut := v.frame.calendarSpan(); cut {
		c.Subtitle += ", " + spanName(lang, e.days)
		c.Notes = append(c.Notes, text("Kỳ dài hơn một năm: lịch chỉ vẽ một năm cuối.", "The period is longer than a year: the calendar shows its last year.").In(lang))
	}
	weekend, total, peak := 0.0, 0.0, -1
	for i, row := range e.answer.Rows {
		n := row.Values[0]
		if !n.Known {
			continue
		}
		if total += n.Number; isWeekend(row.Keys[0].Period.Start()) {
			weekend += n.Number
		}
		if peak < 0 || n.Number > e.answer.Rows[peak].Values[0].Number {
			peak = i
		}
	}
	if peak < 0 || total == 0 {
		c.Chart, c.Notes = "", nil
		c.Empty = text("Kỳ và bộ lọc này chưa có ngày nào được báo cáo lượt khách.", "No day of this period has visitors on record for these filters.").In(lang)
		return c
	}
	day, most := e.answer.Rows[peak].Keys[0].Period.Start(), locale.Number(lang, e.answer.Rows[peak].Values[0].Number, 0)
	c.Title = textf("Thứ Bảy và Chủ Nhật đón %[1]s lượt khách; đông nhất là %[2]s với %[3]s lượt", "%[1]s of visits fall on Saturday and Sunday; the busiest day was %[2]s with %[3]s",
		locale.Percent(lang, weekend/total, 0), dayName(lang, day), most).In(lang)
	c.Summary = text("Lịch tô màu theo ngày. ", "Calendar coloured by day. ").In(lang) + c.Title + text(". Bảng số liệu ở bên dưới.", ". The figures are in the table below.").In(lang)
	c.Table = v.daysTable(lang, e)
	return c
}

func isWeekend(d time.Time) bool {
	return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
}

// dayName writes a day with its weekday inside a sentence: "thứ bảy 14/11/2026", "Saturday 14 Nov 2026".
func dayName(lang khue.Lang, d time.Time) string {
	return textf("%[1]s %[2]s", "%[3]s %[4]s", weekdays[d.Weekday()].VI, locale.Date(khue.Vietnamese, d), weekdays[d.Weekday()].EN, locale.Date(khue.English, d)).In(lang)
}

// daysTable lists the days of which something is known, the latest first.
func (v *visit) daysTable(lang khue.Lang, e eventDays) *table {
	t := &table{Caption: text("Lượt khách và số sự kiện bắt đầu mỗi ngày", "Visitors, and events that began, by day").In(lang), Head: []string{text("Ngày", "Day").In(lang)}}
	for _, c := range e.answer.Columns {
		if c.Measure {
			t.Head = append(t.Head, c.Label.In(lang))
		}
	}
	for i, row := range e.answer.Rows {
		if !row.Values[0].Known && !row.Values[1].Known {
			continue
		}
		name := named(capital(dayName(lang, row.Keys[0].Period.Start())))
		name = name.leading(v.dayWay(row))
		name.raw = row.Keys[0].Period.Start().Format(time.DateOnly)
		r := tableRow{Cells: []cell{name}}
		for j, value := range row.Values {
			r.Cells = append(r.Cells, counted(lang, value, 0).linked(whyOf(e.answer, i, j)))
		}
		t.Rows = append(t.Rows, r)
	}
	slices.Reverse(t.Rows)
	return t
}

// dayWay is where a day leads: to the events that began on it, if any did.
func (v *visit) dayWay(row indicators.Row) string {
	if n := row.Values[1]; !n.Known || n.Number == 0 {
		return ""
	}
	return v.eventsOn(row.Keys[0].Period.Start())
}

func (v *visit) calendar(lang khue.Lang, e eventDays) charts.Calendar {
	c := charts.Calendar{
		Lang: lang, Name: columnOf(e.answer, "visitors").Label.In(lang), From: e.days.From, To: e.days.To.AddDate(0, 0, -1), Steps: e.steps(), FontFamily: screenFont,
	}
	for _, row := range e.answer.Rows {
		d := charts.CalendarDay{Day: row.Keys[0].Period.Start(), Value: row.Values[0].Number, Known: row.Values[0].Known}
		d.Label = capital(dayName(lang, d.Day))
		if n := row.Values[1]; n.Known {
			d.Label += textf(" · %[1]s sự kiện bắt đầu", " · %[1]s %[2]s began", locale.Number(lang, n.Number, 0), plural(int(n.Number), "event", "events")).In(lang)
		}
		d.Link = v.dayWay(row)
		c.Days = append(c.Days, d)
	}
	return c
}
