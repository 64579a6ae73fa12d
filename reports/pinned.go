package reports

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// pinned asks for a report that must be made again later: every question cites the
// journal, and how things stood is told as of the report's moment. It looks on
// while the report is made and notes what was asked and what is lacking, whatever
// the report's definition.
type pinned struct {
	Asker
	past    Past
	frozen  Frozen
	order   Order
	meaning Meaning
	recount bool // every figure is counted from the journal

	asked []Asked
	lacks []khue.Text
}

// Ask asks by the journal.
func (p *pinned) Ask(ctx context.Context, q indicators.Question) (indicators.Answer, error) {
	q.CiteJournal, q.FromJournal = true, p.recount
	a, err := p.Asker.Ask(ctx, q)
	if err == nil {
		p.watch(a)
	}
	return a, err
}

// Compare asks by the journal for both sides.
func (p *pinned) Compare(ctx context.Context, q indicators.Question) (indicators.Comparison, error) {
	q.CiteJournal, q.FromJournal = true, p.recount
	c, err := p.Asker.Compare(ctx, q)
	if err == nil {
		p.watch(c.Now)
		if c.Comparable {
			p.watch(c.Before)
		}
	}
	return c, err
}

// Freshness tells how the datasets stood at the report's moment.
func (p *pinned) Freshness(ctx context.Context) ([]indicators.Freshness, error) {
	states, err := p.past.FreshnessAt(ctx, p.frozen.AsOf)
	if err != nil {
		return nil, err
	}
	states = slices.Clone(states)
	for i := range states {
		states[i].Quarantined = p.frozen.HeldBack[states[i].Dataset]
	}
	return states, nil
}

// watch notes what an answer was about and what keeps its figures from leaving the
// office: facts that are not there, too few reports for the definition's floor, a
// batch that was coming in.
func (p *pinned) watch(a indicators.Answer) {
	q := a.Question
	for _, name := range q.Measures {
		p.note(name, q)
	}
	if a.Evidence.ID == "" {
		p.lack("số liệu đang được nạp khi lập báo cáo; hãy lập lại dự thảo", "data were coming in while the report was made; draft it again")
	}
	for _, reach := range a.Evidence.Reach {
		if reach.Until.IsZero() {
			label := khue.Text{VI: reach.Dataset, EN: reach.Dataset}
			if d, ok := khue.DatasetOf(reach.Dataset); ok {
				label = d.Label
			}
			p.lackText(khue.Text{VI: "chưa có số liệu nào của bộ dữ liệu “" + label.VI + "”", EN: "there are no data of the dataset “" + label.EN + "”"})
		}
	}
	if q.From.Before(p.order.Period.Start()) || !p.own(q) {
		return // figures set beside those of the report, or a part of them
	}
	for i, c := range a.Completeness {
		p.watchShare(a, i, c)
	}
}

// own tells that a question is about all that the report is of, not a part of it.
func (p *pinned) own(q indicators.Question) bool {
	for dimension := range q.Where {
		switch {
		case p.order.Area != "" && dimension == areaParameter:
		case p.order.Edition != "" && (dimension == seriesDimension || dimension == editionParameter):
		default:
			return false
		}
	}
	return true
}

// note notes that a figure was asked for on some days.
func (p *pinned) note(name string, q indicators.Question) {
	dataset := p.measure(name).Dataset
	i := slices.IndexFunc(p.asked, func(a Asked) bool { return a.Dataset == dataset && maps.EqualFunc(a.Where, q.Where, slices.Equal) })
	if i < 0 {
		i = len(p.asked)
		p.asked = append(p.asked, Asked{Dataset: dataset, From: q.From, To: q.To, Where: maps.Clone(q.Where)})
	}
	a := &p.asked[i]
	if !slices.Contains(a.Measures, name) {
		a.Measures = append(a.Measures, name)
	}
	if q.From.Before(a.From) {
		a.From = q.From
	}
	if q.To.After(a.To) {
		a.To = q.To
	}
}

// measure finds a measure; one that is not defined has its name alone.
func (p *pinned) measure(name string) indicators.Measure {
	for _, m := range p.meaning.Measures() {
		if m.Name == name {
			return m
		}
	}
	return indicators.Measure{Name: name, Label: khue.Text{VI: name, EN: name}}
}

// watchShare notes a measure whose reports lie below the floor of its definition.
func (p *pinned) watchShare(a indicators.Answer, i int, c indicators.Completeness) {
	if i >= len(a.Question.Measures) || c.Expectation == "" {
		return
	}
	x, err := p.meaning.Expectation(c.Expectation)
	if err != nil || !x.Floored(c) {
		return
	}
	label := p.measure(a.Question.Measures[i]).Label
	in := func(lang khue.Lang, words string) string {
		return fmt.Sprintf(words, label.In(lang), locale.WholeShare(lang, c.Share()), x.Label.In(lang), locale.WholeShare(lang, x.Floor/100))
	}
	p.lackText(khue.Text{VI: in(khue.Vietnamese, "%s: mới có %s %s, dưới mức %s cần có"), EN: in(khue.English, "%s: only %s %s, below the floor of %s")})
}

func (p *pinned) lack(vi, en string) { p.lackText(khue.Text{VI: vi, EN: en}) }

func (p *pinned) lackText(t khue.Text) {
	if !slices.Contains(p.lacks, t) {
		p.lacks = append(p.lacks, t)
	}
}
