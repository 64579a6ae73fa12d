package dashboards

import (
	"context"
	"time"

	"khue"
	"khue/charts"
	"khue/indicators"
	"khue/locale"
)

// headlineMeasures are the figures at the top, the first of them in the finding.
var headlineMeasures = []string{"visitors", "events", "active_members", "activities", "revenue"}

// headline is what the finding and the cards are made from.
type headline struct {
	total  indicators.Answer // over the days shown
	now    indicators.Answer // over the days compared
	before indicators.Answer // over the days compared with; no rows when there are none
	series indicators.Answer // by month
	alike  []bool            // by measure: the comparison is of like with like
}

// monthly is the question by month that the cards and the visitors chart share:
// the period and, for one of a year or less, the two years before it.
func (fr frame) monthly() indicators.Question {
	from := khue.PeriodOf(fr.named.From, khue.Month).Start()
	if !fr.long {
		from = from.AddDate(-2, 0, 0)
	}
	to := minTime(fr.named.To, khue.PeriodOf(fr.today, khue.Month).End())
	return fr.question(span{from, to}, []string{string(khue.Month)}, headlineMeasures...)
}

func (v *visit) gatherHeadline(ctx context.Context) (headline, error) {
	fr := v.frame
	questions := []indicators.Question{fr.question(fr.shown, nil, headlineMeasures...), fr.monthly()}
	compared := !fr.before.empty()
	if compared {
		questions = append(questions, fr.question(fr.now, nil, headlineMeasures...), fr.question(fr.before, nil, headlineMeasures...))
	}
	answers, err := v.askAll(ctx, questions...)
	if err != nil {
		return headline{}, err
	}
	h := headline{total: answers[0], series: answers[1], alike: make([]bool, len(headlineMeasures))}
	if compared {
		h.now, h.before = answers[2], answers[3]
		for i := range headlineMeasures {
			h.alike[i] = fr.long || !startsWithin(h.series, i, fr.before)
		}
	}
	return h, nil
}

// startsWithin tells that a measure's facts begin somewhere inside the days: a
// part of them then stands for the whole, and nothing can be compared with it.
func startsWithin(series indicators.Answer, measure int, s span) bool {
	for _, row := range series.Rows {
		p := row.Keys[0].Period
		if row.Values[measure].Known {
			return p.Start().After(s.From)
		}
		if !p.Start().Before(s.To) {
			break
		}
	}
	return false
}

// value is a measure's total over the days shown.
func valueOf(a indicators.Answer, measure int) indicators.Value {
	if len(a.Rows) == 0 {
		return indicators.Value{}
	}
	return a.Rows[0].Values[measure]
}

// change is how a measure moved, as a ratio; unknown without a like comparison.
func (h headline) change(measure int) indicators.Value {
	if !h.alike[measure] {
		return indicators.Value{}
	}
	return indicators.Change(valueOf(h.now, measure), valueOf(h.before, measure))
}

// headlineCard is one figure at the top.
type headlineCard struct {
	Label, Value, Exact string
	Unknown             bool
	Change, Against     string
	Tone                string // good, bad or flat
	Spark               charts.Spark
}

func (v *visit) headlineCards(lang khue.Lang, h headline) []headlineCard {
	var out []headlineCard
	for i, name := range headlineMeasures {
		column := columnOf(h.total, name)
		total := valueOf(h.total, i)
		c := headlineCard{Label: column.Label.In(lang), Value: figure(lang, total, column), Unknown: !total.Known, Tone: "flat"}
		if total.Known {
			c.Exact = exact(lang, total, column.Decimals) + " " + column.Unit.In(lang)
		}
		v.setChange(lang, &c, h, i)
		c.Spark = charts.Sparkline(v.sparkPoints(h.series, i), 96, 30)
		out = append(out, c)
	}
	return out
}

func (v *visit) setChange(lang khue.Lang, c *headlineCard, h headline, i int) {
	fr := v.frame
	change := h.change(i)
	switch {
	case fr.whole.empty():
		c.Against = text("chưa trọn tháng nào để so sánh", "no whole month to compare yet").In(lang)
		return
	case !change.Known && fr.before.empty():
		c.Against = text("không có kỳ tương ứng để so sánh", "nothing alike to compare with").In(lang)
		return
	case !change.Known:
		c.Against = textf("thiếu số liệu %[1]s để so sánh", "figures for %[2]s are lacking",
			fr.beforeName(khue.Vietnamese), fr.beforeName(khue.English)).In(lang)
		return
	}
	moved := change.Number
	c.Change = locale.SignedPercent(lang, moved, 1)
	if headlineMeasures[i] == "active_members" { // few enough to be counted one by one
		moved = valueOf(h.now, i).Number - valueOf(h.before, i).Number
		c.Change = locale.SignedNumber(lang, moved, 0)
	}
	c.Against = textf("so %s", "on %s", fr.shortBefore(khue.Vietnamese)).In(lang)
	if lang == khue.English {
		c.Against = "on " + fr.shortBefore(lang)
	}
	if direction := v.directionOf(headlineMeasures[i]); moved != 0 && direction != 0 {
		c.Tone = "bad"
		if (moved > 0) == (direction > 0) {
			c.Tone = "good"
		}
	}
}

// shortBefore is beforeName for a card.
func (fr frame) shortBefore(lang khue.Lang) string {
	if fr.long {
		last, first := fr.now.From.Year(), fr.before.From.Year()
		return textf("%[2]d (riêng %[1]d)", "%[2]d (%[1]d alone)", last, first).In(lang)
	}
	return text("cùng kỳ", "a year before").In(lang)
}

// directionOf tells which way is better: 1 up, -1 down, 0 neither.
func (v *visit) directionOf(measure string) int {
	m, err := v.site.service.Catalogue().Measure(measure)
	switch {
	case err != nil:
		return 0
	case m.Direction == "up":
		return 1
	case m.Direction == "down":
		return -1
	}
	return 0
}

// sparkPoints are the whole months of the period, or the last twelve when it has
// too few to make a line.
func (v *visit) sparkPoints(series indicators.Answer, measure int) []charts.Point {
	s := v.frame.whole
	if len(s.months()) < 6 {
		end := khue.PeriodOf(v.frame.today, khue.Month).Start()
		if !s.empty() {
			end = s.To
		}
		s = span{end.AddDate(-1, 0, 0), end}
	}
	var out []charts.Point
	for _, row := range series.Rows {
		if start := row.Keys[0].Period.Start(); start.Before(s.From.AddDate(0, 0, 1-s.From.Day())) || !start.Before(s.To) {
			continue
		}
		out = append(out, charts.Point{Value: row.Values[measure].Number, Known: row.Values[measure].Known})
	}
	return out
}

func columnOf(a indicators.Answer, name string) indicators.Column {
	for _, c := range a.Columns {
		if c.Name == name {
			return c
		}
	}
	return indicators.Column{Name: name, Label: khue.Text{VI: name, EN: name}}
}

// monthOf finds a month's value in an answer by month.
func monthOf(series indicators.Answer, measure int, month time.Time) indicators.Value {
	for _, row := range series.Rows {
		if row.Keys[0].Period.Start().Equal(month) {
			return row.Values[measure]
		}
	}
	return indicators.Value{}
}
