package dashboards

import (
	"context"
	"slices"
	"time"

	"khue"
	"khue/charts"
	"khue/indicators"
	"khue/locale"
)

// headlineMeasures are the figures at the top, the first of them in the finding.
var headlineMeasures = []string{"visitors", "events", "active_members", "activities", "revenue"}

// headline is what the finding and the cards are made from. Its lists are as
// long as headlineMeasures.
type headline struct {
	series indicators.Answer  // by month
	total  []indicators.Value // over the days shown
	now    []indicators.Value // over the days compared
	before []indicators.Value // over the days compared with
	alike  []bool             // the comparison is of like with like
	others []indicators.Answer
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
	questions := []indicators.Question{fr.monthly()}
	for _, s := range distinct(fr.shown, fr.now, fr.before) {
		asked := v.notInMonths(s)
		if s == fr.shown && len(asked) > 0 {
			asked = v.unguarded() // each figure shown is one that can be opened
		}
		if len(asked) > 0 && !s.empty() {
			questions = append(questions, fr.question(s, nil, asked...))
		}
	}
	answers, err := v.askAll(ctx, questions...)
	if err != nil {
		return headline{}, err
	}
	h := headline{series: answers[0], others: answers[1:], alike: make([]bool, len(headlineMeasures))}
	if err := v.askWithheld(ctx, &h); err != nil {
		return headline{}, err
	}
	h.total, h.now, h.before = h.over(fr.shown), h.over(fr.now), h.over(fr.before)
	for i := range headlineMeasures {
		h.alike[i] = !fr.before.empty() && (fr.long || !startsWithin(h.series, i, fr.before))
	}
	return h, nil
}

// askWithheld asks for the whole of what has a withheld month: the figure of a
// year may be shown although one of its months is not.
func (v *visit) askWithheld(ctx context.Context, h *headline) error {
	fr := v.frame
	var questions []indicators.Question
	for _, s := range distinct(fr.shown, fr.now, fr.before) {
		for i, name := range headlineMeasures {
			_, answered := h.answered(s, name)
			if aligned := s.From.Day() == 1 && s.To.Day() == 1; aligned && !answered && !s.empty() && h.sumOver(s, i).Suppressed {
				questions = append(questions, fr.question(s, nil, name))
			}
		}
	}
	if len(questions) == 0 {
		return nil
	}
	answers, err := v.askAll(ctx, questions...)
	h.others = append(h.others, answers...)
	return err
}

// distinct leaves out days that are named twice.
func distinct(spans ...span) []span {
	var out []span
	for _, s := range spans {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// notInMonths are the measures whose figure over some days is not the sum of
// the months asked for anyway: those that count distinct things, and all of them
// when the days begin or end inside a month. Confidential measures can be asked
// for whole months only and are the sum of those within the days.
func (v *visit) notInMonths(s span) []string {
	var out []string
	for _, name := range headlineMeasures {
		m, err := v.site.service.Catalogue().Measure(name)
		adds := err == nil && m.Kind == "flow" && (m.Aggregate == "sum" || m.Aggregate == "count")
		if m.Confidential != nil {
			continue
		}
		if !adds || s.From.Day() != 1 || s.To.Day() != 1 {
			out = append(out, name)
		}
	}
	return out
}

// unguarded are the headline measures that are not confidential.
func (v *visit) unguarded() []string {
	return slices.DeleteFunc(slices.Clone(headlineMeasures), func(name string) bool {
		m, err := v.site.service.Catalogue().Measure(name)
		return err != nil || m.Confidential != nil
	})
}

// over gives every measure over some days: as it was answered, else the sum of
// its months.
func (h headline) over(s span) []indicators.Value {
	out := make([]indicators.Value, len(headlineMeasures))
	if s.empty() {
		return out
	}
	for i, name := range headlineMeasures {
		if v, answered := h.answered(s, name); answered {
			out[i] = v
			continue
		}
		out[i] = h.sumOver(s, i)
	}
	return out
}

// sumOver adds up the months of some days; one that is withheld keeps the sum
// back as well.
func (h headline) sumOver(s span, measure int) indicators.Value {
	var out indicators.Value
	for _, row := range h.series.Rows {
		p, v := row.Keys[0].Period, row.Values[measure]
		switch {
		case p.Start().Before(s.From) || p.End().After(s.To):
		case v.Suppressed:
			return indicators.Value{Suppressed: true}
		case v.Known:
			out.Number, out.Known = out.Number+v.Number, true
		}
	}
	return out
}

func (h headline) answered(s span, measure string) (indicators.Value, bool) {
	for _, a := range h.others {
		if !a.Question.From.Equal(s.From) || !a.Question.To.Equal(s.To) || len(a.Rows) == 0 {
			continue
		}
		if i := slices.Index(a.Question.Measures, measure); i >= 0 {
			return a.Rows[0].Values[i], true
		}
	}
	return indicators.Value{}, false
}

// why is where a figure over some days opens.
func (h headline) why(s span, measure string) string {
	for _, a := range h.others {
		if i := slices.Index(a.Question.Measures, measure); i >= 0 && a.Question.From.Equal(s.From) && a.Question.To.Equal(s.To) {
			return whyOf(a, 0, i)
		}
	}
	return ""
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

// change is how a measure moved, as a ratio; unknown without a like comparison.
func (h headline) change(measure int) indicators.Value {
	if !h.alike[measure] {
		return indicators.Value{}
	}
	return indicators.Change(h.now[measure], h.before[measure])
}

// headlineCard is one figure at the top.
type headlineCard struct {
	Label, Value, Exact string
	Why                 string // where the figure opens; "" when it does not
	Unknown             bool
	Change, Against     string
	Tone                string // good, bad or flat
	Spark               charts.Spark
	Complete            completeWords
	Until               string // the day that its facts reach
}

func (v *visit) headlineCards(lang khue.Lang, h headline) []headlineCard {
	var out []headlineCard
	reported := h.complete(v.frame.shown)
	for i, name := range headlineMeasures {
		column := columnOf(h.series, name)
		total := h.total[i]
		c := headlineCard{Label: column.Label.In(lang), Value: figure(lang, total, column), Unknown: !total.Known, Tone: "flat"}
		if total.Suppressed {
			c.Against = locale.WithheldNote(lang)
			out = append(out, c)
			continue
		}
		if total.Known {
			c.Why = h.why(v.frame.shown, name)
			c.Exact = exact(lang, total, column.Decimals) + " " + column.Unit.In(lang)
		}
		c.Complete = v.completeWords(lang, reported[i])
		if until := v.reachOf(h.series, name); !until.IsZero() {
			c.Until = text("Số liệu đến ngày ", "Data until ").In(lang) + locale.Date(lang, until)
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
	case fr.filter.compare == compareNone:
		return
	case !change.Known && fr.before.empty():
		c.Against = text("không có kỳ tương ứng để so sánh", "nothing alike to compare with").In(lang)
		return
	case change.Suppressed:
		c.Against = textf("số liệu %[1]s được giữ kín", "figures for %[2]s are withheld",
			fr.beforeName(khue.Vietnamese), fr.beforeName(khue.English)).In(lang)
		return
	case !change.Known:
		c.Against = textf("thiếu số liệu %[1]s để so sánh", "figures for %[2]s are lacking",
			fr.beforeName(khue.Vietnamese), fr.beforeName(khue.English)).In(lang)
		return
	}
	moved := change.Number
	c.Change = locale.SignedPercent(lang, moved, 1)
	if headlineMeasures[i] == "active_members" { // few enough to be counted one by one
		moved = h.now[i].Number - h.before[i].Number
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
	if fr.filter.step() < 12 {
		return fr.filter.beforeWord().In(lang)
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

// whyMonth is where the first measure's value of a month opens.
func whyMonth(series indicators.Answer, month time.Time) string {
	for i, row := range series.Rows {
		if row.Keys[0].Period.Start().Equal(month) {
			return whyOf(series, i, 0)
		}
	}
	return ""
}

// monthOf finds the first measure's value of a month in an answer by month.
func monthOf(series indicators.Answer, month time.Time) indicators.Value {
	for _, row := range series.Rows {
		if row.Keys[0].Period.Start().Equal(month) {
			return row.Values[0]
		}
	}
	return indicators.Value{}
}
