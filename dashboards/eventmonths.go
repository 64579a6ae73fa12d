package dashboards

import (
	"context"
	"encoding/json"

	"khue"
	"khue/charts"
	"khue/indicators"
	"khue/locale"
)

// monthlyOf asks for one measure by month: the period and, for one of a year or
// less, the two years before it.
func (fr frame) monthlyOf(measure string) indicators.Question {
	q := fr.monthly()
	q.Measures = []string{measure}
	return q
}

// eventMonthsPart is a measure of events by month against the years before.
func eventMonthsPart(id, measure string) part {
	title := text("Sự kiện theo tháng", "Events by month")
	if measure == "visitors" {
		title = text("Lượt khách theo tháng", "Visitors by month")
	}
	return partOf(id, 6, title, func(v *visit, ctx context.Context) (indicators.Answer, error) {
		return v.ask(ctx, v.frame.monthlyOf(measure))
	}, func(v *visit, lang khue.Lang, a indicators.Answer) drawn {
		return drawn{
			card: v.eventMonthsCard(lang, id, measure, a),
			option: func() (json.RawMessage, error) {
				s := v.eventSeasons(lang, id, a)
				if len(s.months) == 1 {
					return s.oneMonth(lang, v.frame.filter.step())
				}
				return s.option(lang, v.frame.today)
			},
		}
	})
}

// eventSeasons are the months of a card: one of events leads to those that began in
// it, one of visitors to the page in it.
func (v *visit) eventSeasons(lang khue.Lang, id string, a indicators.Answer) seasons {
	return v.seasonsOf(lang, headline{series: a}).leading(func(p khue.Period) string { return v.eventMonthWay(id, p) })
}

func (v *visit) eventMonthWay(id string, p khue.Period) string {
	if id == "event-months" {
		return v.eventsIn(p)
	}
	return v.inMonth(id, p)
}

func (v *visit) eventMonthsCard(lang khue.Lang, id, measure string, a indicators.Answer) card {
	s, column := v.eventSeasons(lang, id, a), columnOf(a, measure)
	c := card{
		Title:    s.eventTitle(lang, v.frame.long, measure),
		Subtitle: column.Label.In(lang) + text(" theo tháng, ", " by month, ").In(lang) + column.Unit.In(lang),
		Source:   v.sourceLine(lang, a), Evidence: []evidence{v.evidenceOf(lang, a)},
		Complete: v.completeLine(lang, headline{series: a}.complete(v.frame.shown)[0]),
		Chart:    v.addressOf(lang, id), CSV: v.addressOf(lang, id+".csv"),
		Table: v.monthsTable(lang, s, column), Summary: s.summary(lang, column),
	}
	if len(s.months) > 1 { // one month is drawn as bars for the years
		c.axes = s.axes(v.frame.filter.step())
	}
	if note := v.partialNote(lang); note != "" {
		c.Notes = append(c.Notes, note)
	}
	for _, one := range s.now {
		if one.Known {
			return c
		}
	}
	c.Chart, c.Table = "", nil
	c.Empty = text("Kỳ và bộ lọc này chưa có số liệu nào. Hãy chọn kỳ khác hoặc bỏ bớt bộ lọc.",
		"There are no figures for this period and these filters. Choose another period or fewer filters.").In(lang)
	return c
}

// eventTitle says what the months show; of visitors as the overview does.
func (s seasons) eventTitle(lang khue.Lang, long bool, measure string) string {
	if measure == "visitors" {
		return s.title(lang, long)
	}
	switch {
	case long && s.peak >= 0:
		p := s.months[s.peak].Start()
		return textf("Nhiều nhất là tháng %[1]d/%[2]d với %[4]s sự kiện", "%[3]s %[2]d had most, with %[4]s events",
			int(p.Month()), p.Year(), p.Month().String(), locale.Number(lang, s.now[s.peak].Number, 0)).In(lang)
	case s.matched == 0:
		return text("Sự kiện theo tháng", "Events by month").In(lang)
	case s.matched == 1 && s.above == 1:
		return textf("Nhiều sự kiện hơn %[1]s", "More events than %[2]s", s.than.VI, s.than.EN).In(lang)
	case s.matched == 1:
		return textf("Số sự kiện không cao hơn %[1]s", "No more events than %[2]s", s.than.VI, s.than.EN).In(lang)
	case s.above == 0:
		return textf("Số sự kiện không cao hơn %[3]s ở %[1]s", "In %[2]s no more events than %[4]s", s.allMonths(khue.Vietnamese), s.allMonths(khue.English), s.than.VI, s.than.EN).In(lang)
	case s.above == s.matched:
		return textf("Nhiều sự kiện hơn %[3]s ở %[1]s", "More events than %[4]s in %[2]s", s.allMonths(khue.Vietnamese), s.allMonths(khue.English), s.than.VI, s.than.EN).In(lang)
	}
	return textf("Nhiều sự kiện hơn %[3]s ở %[1]d trên %[2]d tháng", "More events than %[4]s in %[1]d of %[2]d months", s.above, s.matched, s.than.VI, s.than.EN).In(lang)
}

// oneMonth is the chart of a single month: a bar for each that it stands against,
// the first of them step months earlier, since one point makes no line.
func (s seasons) oneMonth(lang khue.Lang, step int) (json.RawMessage, error) {
	r := charts.Ranking{Lang: lang, FontFamily: screenFont, Lead: []int{0}, Now: charts.Series{Name: locale.MonthLabel(lang, s.months[0].Start().Month()), Tone: charts.Now}}
	add := func(p khue.Period, value indicators.Value, partial bool) {
		r.Categories = append(r.Categories, capital(locale.PeriodName(lang, p)))
		r.Now.Points = append(r.Now.Points, charts.Point{Value: value.Number, Known: value.Known, Partial: partial})
	}
	add(s.months[0], s.now[0].Value, s.now[0].partial)
	for back, values := range [][]indicators.Value{s.before, s.older} {
		if len(values) > 0 && values[0].Known {
			add(s.months[0].Shift(-step*(back+1)), values[0], false)
		}
	}
	option, err := charts.RankingBars(r)
	return led(option, err, charts.Ways{r.Now.Name: s.ways})
}
