package dashboards

import (
	"encoding/json"
	"fmt"
	"time"

	"khue"
	"khue/charts"
	"khue/indicators"
	"khue/locale"
)

// screenFont is the family that charts on pages are drawn in.
const screenFont = "Be Vietnam Pro, sans-serif"

// seasons is the visitors by month as the chart shows them.
type seasons struct {
	months         []khue.Period // of the period named
	now            []monthValue
	before, older  []indicators.Value // a year and two years earlier; nil for long periods
	beforeWhys     []string           // where they open
	olderWhys      []string
	nowName        string
	beforeName     string
	olderName      string
	than           khue.Text   // the stretch compared with, in a word
	partial        khue.Period // zero when every month shown is whole
	peak           int         // index of the highest whole month; -1 when none
	ways           []string    // where each month leads; nil where none does
	above, matched int         // whole months above the year before, of those that can be compared
}

type monthValue struct {
	indicators.Value
	partial  bool
	complete indicators.Completeness
	why      string // where it opens
}

func (v *visit) seasonsOf(lang khue.Lang, h headline) seasons {
	fr := v.frame
	s := seasons{months: khue.Periods(khue.Month, fr.named.From, fr.named.To), peak: -1}
	s.partial, _ = fr.partialMonth()
	end := fr.named.To
	if fr.long { // a long period shows no months to come
		end = minTime(end, khue.PeriodOf(fr.today, khue.Month).End())
		s.months = khue.Periods(khue.Month, fr.named.From, end)
	}
	for i, p := range s.months {
		one := monthValue{Value: monthOf(h.series, p.Start()), why: whyMonth(h.series, p.Start()), complete: h.complete(span{p.Start(), p.End()})[0]}
		whole := !fr.whole.empty() && !p.Start().Before(khue.PeriodOf(fr.whole.From, khue.Month).Start()) && p.Start().Before(fr.whole.To)
		one.partial = !whole
		s.now = append(s.now, one)
		if whole && one.Known && (s.peak < 0 || one.Number > s.now[s.peak].Number) {
			s.peak = i
		}
		if fr.long || fr.filter.compare == compareNone {
			continue
		}
		earlier := p.Start().AddDate(0, -fr.filter.step(), 0)
		before := monthOf(h.series, earlier)
		s.before, s.beforeWhys = append(s.before, before), append(s.beforeWhys, whyMonth(h.series, earlier))
		if fr.filter.step() == 12 {
			earlier = p.Start().AddDate(-2, 0, 0)
			s.older, s.olderWhys = append(s.older, monthOf(h.series, earlier)), append(s.olderWhys, whyMonth(h.series, earlier))
		}
		if whole && one.Known && before.Known {
			s.matched++
			if one.Number > before.Number {
				s.above++
			}
		}
	}
	first, last := s.months[0].Start().Year(), s.months[len(s.months)-1].Start().Year()
	s.nowName, s.beforeName, s.olderName = yearsName(first, last, 0), yearsName(first, last, 1), yearsName(first, last, 2)
	if fr.filter.step() < 12 {
		s.nowName, s.beforeName = locale.PeriodLabel(lang, fr.filter.written), locale.PeriodLabel(lang, fr.filter.written.Shift(-1))
	}
	s.than = fr.filter.beforeWord()
	return s
}

func yearsName(first, last, back int) string {
	if first == last {
		return fmt.Sprint(first - back)
	}
	return fmt.Sprintf("%d–%02d", first-back, (last-back)%100)
}

func (s seasons) title(lang khue.Lang, long bool) string {
	switch {
	case long && s.peak >= 0:
		p := s.months[s.peak].Start()
		n := locale.Compact(lang, s.now[s.peak].Number, 0)
		return textf("Đông nhất là tháng %[1]d/%[2]d với %[4]s lượt khách", "%[3]s %[2]d was the busiest month, with %[4]s visits",
			int(p.Month()), p.Year(), p.Month().String(), n).In(lang)
	case s.matched == 0:
		return text("Lượt khách theo tháng", "Visitors by month").In(lang)
	case s.matched == 1 && s.above == 1:
		return textf("Lượt khách cao hơn %[1]s", "More visitors than %[2]s", s.than.VI, s.than.EN).In(lang)
	case s.matched == 1:
		return textf("Lượt khách không cao hơn %[1]s", "No more visitors than %[2]s", s.than.VI, s.than.EN).In(lang)
	case s.above == 0:
		return textf("Lượt khách không cao hơn %[3]s ở %[1]s", "In %[2]s no more visitors than %[4]s",
			s.allMonths(khue.Vietnamese), s.allMonths(khue.English), s.than.VI, s.than.EN).In(lang)
	case s.above == s.matched:
		return textf("Lượt khách cao hơn %[3]s ở %[1]s", "More visitors than %[4]s in %[2]s",
			s.allMonths(khue.Vietnamese), s.allMonths(khue.English), s.than.VI, s.than.EN).In(lang)
	}
	return textf("Lượt khách cao hơn %[3]s ở %[1]d trên %[2]d tháng", "More visitors than %[4]s in %[1]d of %[2]d months",
		s.above, s.matched, s.than.VI, s.than.EN).In(lang)
}

// allMonths says how many months are compared, and that there are others which
// cannot be.
func (s seasons) allMonths(lang khue.Lang) string {
	whole := 0
	for _, one := range s.now {
		if one.Known && !one.partial {
			whole++
		}
	}
	if whole > s.matched {
		return textf("cả %[1]d tháng so sánh được", "all %[1]d months that can be compared", s.matched).In(lang)
	}
	return textf("cả %[1]d tháng", "all %[1]d months", s.matched).In(lang)
}

// leading notes where the months lead of which something is known.
func (s seasons) leading(way func(khue.Period) string) seasons {
	s.ways = make([]string, len(s.months))
	for i, p := range s.months {
		if s.now[i].Known {
			s.ways[i] = way(p)
		}
	}
	return s
}

// visitorsByMonth are the seasons of the overview: a month leads to the overview in it.
func (v *visit) visitorsByMonth(lang khue.Lang, h headline) seasons {
	return v.seasonsOf(lang, h).leading(func(p khue.Period) string { return v.inMonth("visitors", p) })
}

func (v *visit) visitorsCard(lang khue.Lang, h headline) card {
	s := v.visitorsByMonth(lang, h)
	column := columnOf(h.series, headlineMeasures[0])
	c := card{
		ID: "visitors", Title: s.title(lang, v.frame.long), Source: v.sourceLine(lang, only(h.series, headlineMeasures[0])),
		Subtitle: column.Label.In(lang) + text(" theo tháng, ", " by month, ").In(lang) + column.Unit.In(lang),
		Chart:    v.addressOf(lang, "visitors"), CSV: v.addressOf(lang, "visitors.csv"),
		Evidence: []evidence{v.evidenceOf(lang, only(h.series, headlineMeasures[0]))},
		Complete: v.completeLine(lang, h.complete(v.frame.shown)[0]),
	}
	if note := v.partialNote(lang); note != "" {
		c.Notes = append(c.Notes, note)
	}
	c.axes = s.axes(v.frame.filter.step())
	c.Table = v.monthsTable(lang, s, column)
	c.Summary = s.summary(lang, column)
	known := false
	for _, one := range s.now {
		known = known || one.Known
	}
	if !known {
		c.Chart = ""
		c.Empty = text("Kỳ và bộ lọc này chưa có số liệu lượt khách nào. Hãy chọn kỳ khác hoặc bỏ bớt bộ lọc.",
			"No visitors have been reported for this period and these filters. Choose another period or fewer filters.").In(lang)
	}
	return c
}

// only narrows an answer's columns to one measure, for words about that measure.
func only(a indicators.Answer, measure string) indicators.Answer {
	var columns []indicators.Column
	for _, c := range a.Columns {
		if !c.Measure || c.Name == measure {
			columns = append(columns, c)
		}
	}
	a.Columns = columns
	return a
}

// partialNote says which month is not whole and that nothing is compared with it.
func (v *visit) partialNote(lang khue.Lang) string {
	p, ok := v.frame.partialMonth()
	if !ok {
		return ""
	}
	m := p.Start()
	return textf("Tháng %[1]d/%[2]d chưa trọn hoặc chưa đủ số liệu, nên được vẽ nét đứt và không đem so sánh.",
		"%[3]s %[2]d is not over or not fully reported; it is drawn dashed and never compared.", int(m.Month()), m.Year(), m.Month().String()).In(lang)
}

func (v *visit) monthsTable(lang khue.Lang, s seasons, column indicators.Column) *table {
	t := &table{Caption: column.Label.In(lang) + text(" theo tháng", " by month").In(lang)}
	t.Head = []string{text("Tháng", "Month").In(lang), s.nowName}
	if s.before == nil {
		t.Head[1] = column.Unit.In(lang)
	} else {
		t.Head = append(t.Head, text("Thay đổi", "Change").In(lang), s.beforeName)
		if s.older != nil {
			t.Head = append(t.Head, s.olderName)
		}
	}
	var reported []indicators.Completeness
	for _, one := range s.now {
		reported = append(reported, one.complete)
	}
	head, shares := completeHead(lang, reported)
	if shares {
		t.Head = append(t.Head, head)
	}
	for i, p := range s.months {
		now := s.now[i]
		r := tableRow{Cells: []cell{named(capital(locale.PeriodName(lang, p))), counted(lang, now.Value, 0).linked(now.why)}}
		if s.before != nil {
			r.Cells[0] = named(locale.MonthLabel(lang, p.Start().Month()))
			if s.months[0].Start().Year() != s.months[len(s.months)-1].Start().Year() {
				r.Cells[0] = named(locale.PeriodLabel(lang, p))
			}
			change := indicators.Change(now.Value, s.before[i])
			if now.partial {
				change = indicators.Value{}
			}
			r.Cells = append(r.Cells, changed(lang, change), counted(lang, s.before[i], 0).linked(s.beforeWhys[i]))
			if s.older != nil {
				r.Cells = append(r.Cells, counted(lang, s.older[i], 0).linked(s.olderWhys[i]))
			}
		}
		if s.ways != nil {
			r.Cells[0] = r.Cells[0].leading(s.ways[i])
		}
		if now.partial && now.Known {
			r.Note = text("chưa trọn tháng", "not a whole month").In(lang)
		}
		if shares {
			r.Cells, r.Note = append(r.Cells, completeCell(lang, now.complete)), joined(r.Note, v.lowNote(lang, now.complete))
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

func (s seasons) summary(lang khue.Lang, column indicators.Column) string {
	line := text("Biểu đồ đường: ", "Line chart: ").In(lang) + column.Label.In(lang) + text(" theo tháng, ", " by month, ").In(lang) + s.nowName
	if s.before != nil {
		line += textf(" so với %s", " beside %s", s.beforeName).In(lang)
	}
	if s.older != nil {
		line += textf(" và %s", " and %s", s.olderName).In(lang)
	}
	if s.peak >= 0 {
		line += textf(". Cao nhất %s: %s", ". Highest in %s: %s", locale.PeriodName(lang, s.months[s.peak]),
			exact(lang, s.now[s.peak].Value, 0)).In(lang)
	}
	return line + text(". Bảng số liệu ở bên dưới.", ". The figures are in the table below.").In(lang)
}

// option is the chart as the charting library takes it.
func (s seasons) option(lang khue.Lang, today time.Time) (json.RawMessage, error) {
	m := charts.Months{Lang: lang, FontFamily: screenFont, Partial: text("chưa trọn tháng", "not a whole month").In(lang)}
	oneYear := s.months[0].Start().Year() == s.months[len(s.months)-1].Start().Year()
	m.Now = charts.Series{Name: s.nowName, Tone: charts.Now}
	for i, p := range s.months {
		label := locale.PeriodLabel(lang, p)
		if oneYear {
			label = locale.MonthLabel(lang, p.Start().Month())
		}
		m.Categories = append(m.Categories, label)
		m.Now.Points = append(m.Now.Points, charts.Point{
			Value: s.now[i].Number, Known: s.now[i].Known && !p.Start().After(today), Partial: s.now[i].partial,
		})
	}
	if s.before != nil {
		m.Earlier = addEarlier(m.Earlier, s.beforeName, charts.Before, s.before)
		m.Earlier = addEarlier(m.Earlier, s.olderName, charts.Older, s.older)
	}
	if s.peak >= 0 {
		m.Peak = locale.Compact(lang, s.now[s.peak].Number, 0)
	}
	option, err := charts.MonthsLine(m)
	if err != nil || s.ways == nil {
		return option, err
	}
	return charts.Leading(option, charts.Ways{s.nowName: s.ways})
}

// addEarlier adds a line unless nothing of it is known.
func addEarlier(to []charts.Series, name string, tone charts.Tone, values []indicators.Value) []charts.Series {
	one, known := charts.Series{Name: name, Tone: tone}, false
	for _, v := range values {
		one.Points = append(one.Points, charts.Point{Value: v.Number, Known: v.Known})
		known = known || v.Known
	}
	if !known {
		return to
	}
	return append(to, one)
}
