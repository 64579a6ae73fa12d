package dashboards

import (
	"fmt"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// span is a stretch of calendar days, midnight UTC; To is not included.
type span struct{ From, To time.Time }

func (s span) empty() bool { return !s.From.Before(s.To) }

func (s span) months() []khue.Period { return khue.Periods(khue.Month, s.From, s.To) }

func (s span) yearBefore() span { return span{s.From.AddDate(-1, 0, 0), s.To.AddDate(-1, 0, 0)} }

// frame is the filters held against the calendar and against how far the facts
// reach: the days that every figure of the page speaks of.
type frame struct {
	filter filter
	today  time.Time
	named  span // what the filter names, cut to the days on which its area exists
	whole  span // the whole months of it that are over and reported; empty when there is none
	shown  span // what the figures are of: whole, or what there is of a first month
	now    span // what is compared: shown, or the last whole year of several
	before span // with what; empty when there is nothing alike
	long   bool // more than a year: the last whole year stands against the first
}

// graceDays is how close to its end a month's facts must come for the month to
// count as reported: on quiet last days nothing may have happened.
const graceDays = 3

// frameOf works out the days of a page.
func frameOf(f filter, today time.Time, fresh []indicators.Freshness) frame {
	fr := frame{filter: f, today: today}
	fr.named.From, fr.named.To = f.span(today)
	area, hasArea := khue.AreaOf(f.area)
	if hasArea && !area.To.IsZero() && area.To.Before(fr.named.To) {
		fr.named.To = area.To
	}
	if hasArea && area.From.After(fr.named.From) {
		fr.named.From = area.From
	}
	fr.whole = fr.named
	if end := completeMonths(today, fresh); end.Before(fr.whole.To) {
		fr.whole.To = end
	}
	if fr.whole.empty() {
		fr.whole = span{}
		fr.shown = span{fr.named.From, minTime(fr.named.To, today)} // whole days only
		if fr.shown.empty() {
			fr.shown.To = fr.named.From.AddDate(0, 0, 1)
		}
		return fr
	}
	fr.shown = fr.whole
	fr.compared()
	if hasArea && !fr.before.empty() && (!area.ValidOn(fr.before.From) || !area.ValidOn(fr.before.To.AddDate(0, 0, -1))) {
		fr.before = span{}
	}
	return fr
}

// wholeYears are the last and the first whole calendar year of several.
func wholeYears(s span) (last, first span) {
	from := khue.PeriodOf(s.From, khue.Year)
	if from.Start().Before(s.From) {
		from = from.Shift(1)
	}
	to := khue.PeriodOf(s.To, khue.Year).Shift(-1)
	if !from.Start().Before(to.Start()) {
		return s, span{}
	}
	return span{to.Start(), to.End()}, span{from.Start(), from.End()}
}

// completeMonths is the first day that no whole, reported month covers: the
// start of this month, or an earlier one where the facts that flow in daily stop.
func completeMonths(today time.Time, fresh []indicators.Freshness) time.Time {
	end := khue.PeriodOf(today, khue.Month).Start()
	for _, f := range fresh {
		switch f.Dataset {
		case "attendance", "events", "activities":
			if f.DataUntil.IsZero() {
				continue // nothing of it anywhere, so its figures are unknown throughout
			}
			reach := f.DataUntil.AddDate(0, 0, 1+graceDays)
			end = minTime(end, khue.PeriodOf(reach, khue.Month).Start())
		}
	}
	return end
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// spanName names days as they stand in a sentence: "mười tháng đầu năm 2026",
// "năm 2025", "từ tháng 11/2025 đến tháng 10/2026".
func spanName(lang khue.Lang, s span) string {
	last := s.To.AddDate(0, 0, -1)
	for _, g := range []khue.Grain{khue.Year, khue.HalfYear, khue.Quarter, khue.Month} {
		if p := khue.PeriodOf(s.From, g); p.Start().Equal(s.From) && p.End().Equal(s.To) {
			if g == khue.HalfYear {
				break // read as its months
			}
			return locale.PeriodName(lang, p)
		}
	}
	months := len(s.months())
	aligned := s.From.Day() == 1 && s.To.Day() == 1
	switch {
	case aligned && s.From.Month() == time.January && s.From.Year() == last.Year():
		return textf("%[1]s tháng đầu năm %[3]d", "the first %[2]s months of %[3]d",
			spell(khue.Vietnamese, months), spell(khue.English, months), last.Year()).In(lang)
	case aligned && s.From.Month() == time.January && last.Month() == time.December:
		return textf("giai đoạn %d–%d", "%d–%d", s.From.Year(), last.Year()).In(lang)
	case aligned:
		return khue.Text{
			VI: fmt.Sprintf("từ tháng %d/%d đến hết tháng %d/%d", s.From.Month(), s.From.Year(), last.Month(), last.Year()),
			EN: fmt.Sprintf("%s %d to %s %d", s.From.Month(), s.From.Year(), last.Month(), last.Year()),
		}.In(lang)
	}
	return textf("từ ngày %[1]s đến hết ngày %[2]s", "%[3]s to %[4]s", locale.Date(khue.Vietnamese, s.From), locale.Date(khue.Vietnamese, last),
		locale.Date(khue.English, s.From), locale.Date(khue.English, last)).In(lang)
}

// spanIn is spanName with the preposition that opens an English sentence.
func spanIn(lang khue.Lang, s span) string {
	name := spanName(lang, s)
	if lang != khue.English {
		return name
	}
	last := s.To.AddDate(0, 0, -1)
	calendar := s.From.Day() == 1 && s.To.Day() == 1 && s.From.Month() == time.January &&
		(s.From.Year() == last.Year() || last.Month() == time.December)
	if p := khue.PeriodOf(s.From, khue.Quarter); p.End().Equal(s.To) {
		calendar = true
	}
	if len(s.months()) == 1 && s.From.Day() == 1 && s.To.Day() == 1 {
		calendar = true
	}
	if calendar {
		return "in " + name
	}
	return "from " + name
}

// beforeName names what a comparison is with: "cùng kỳ năm 2025", "năm 2024".
func (fr frame) beforeName(lang khue.Lang) string {
	b := fr.before
	if b.empty() {
		return ""
	}
	last := b.To.AddDate(0, 0, -1)
	switch {
	case fr.filter.step() < 12:
		return spanName(lang, b)
	case fr.long, khue.PeriodOf(b.From, khue.Year).Start().Equal(b.From) && khue.PeriodOf(b.From, khue.Year).End().Equal(b.To):
		return locale.PeriodName(lang, khue.PeriodOf(b.From, khue.Year))
	case b.From.Year() == last.Year():
		return textf("cùng kỳ năm %d", "the same months of %d", last.Year()).In(lang)
	}
	return text("cùng kỳ một năm trước", "the same months a year before").In(lang)
}

// reach is what readers of the pages may see, and so which ids they may open.
func reach() khue.Scope { return khue.Public }

// question asks for measures with the page's filters.
func (fr frame) question(s span, by []string, measures ...string) indicators.Question {
	return indicators.Question{
		Measures: measures, By: by, Where: fr.filter.where(), From: s.From, To: s.To, Scope: reach(),
	}
}

// partialMonth is the month under way, or not yet reported, when the period
// named reaches into it.
func (fr frame) partialMonth() (khue.Period, bool) {
	end := fr.whole.To
	if fr.whole.empty() {
		end = fr.named.From
	}
	if !end.Before(fr.named.To) || end.After(fr.today) {
		return khue.Period{}, false
	}
	return khue.PeriodOf(end, khue.Month), true
}
