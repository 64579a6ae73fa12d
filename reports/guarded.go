package reports

import (
	"context"
	"fmt"

	"khue/indicators"
	"khue/locale"
)

// headlineFigure is a figure beside that of the year before, with the days that
// both are of and where they come from.
type headlineFigure struct {
	window      window
	mark        string
	evidence    indicators.Evidence
	now, before indicators.Value
}

// guarded tells that this report may have to withhold figures of a measure.
func (p *paper) guarded(m indicators.Measure) bool {
	return m.Confidential != nil && !p.reporter.options.Confidential
}

// guardedHeadlines asks for the confidential measures apart: they are answered
// by whole months, which must not shorten the days of the others.
func (p *paper) guardedHeadlines(ctx context.Context, names []string, into map[string]headlineFigure, reported *[]indicators.Answer) error {
	var guarded []string
	for _, name := range names {
		if p.guarded(p.measures[name]) {
			guarded = append(guarded, name)
		}
	}
	if len(guarded) == 0 {
		return nil
	}
	c, err := p.reporter.ask.Compare(ctx, p.question(p.period.Start(), p.period.End(), "", guarded...))
	if err != nil {
		return fmt.Errorf("comparing confidential measures with the year before: %w", err)
	}
	w := window{
		period: p.period, from: calendarDay(c.From), to: calendarDay(c.To), beforeFrom: calendarDay(c.BeforeFrom), beforeTo: calendarDay(c.BeforeTo),
		cut: c.Cut || !c.Comparable, comparable: c.Comparable, whole: true,
	}
	if !c.Comparable { // no month is whole yet: what there is of the period
		if today := calendarDay(p.asOf).AddDate(0, 0, 1); today.Before(w.to) {
			w.to = today
		}
		w.beforeFrom, w.beforeTo = c.From.AddDate(-1, 0, 0), w.to.AddDate(-1, 0, 0)
	}
	now, before := first(c.Now, len(guarded)), first(c.Before, len(guarded))
	if w.elsewhere = c.Elsewhere(0); w.elsewhere {
		w.comparable, before = false, make([]indicators.Value, len(guarded))
	}
	about := p.say("Chỉ số giữ kín cho từng đơn vị, ", "Measures confidential for each contributor, ")
	mark := p.ledger.add(about+w.head(p.lang, false), c.Now.Evidence)
	if w.comparable {
		p.ledger.add(about+w.head(p.lang, true), c.Before.Evidence)
	}
	*reported = append(*reported, c.Now)
	for i, name := range guarded {
		into[name] = headlineFigure{window: w, mark: mark, evidence: c.Now.Evidence, now: now[i], before: before[i]}
	}
	return nil
}

// withheldNote explains the sign of withheld figures under a table that has one.
func (p *paper) withheldNote(has bool) string {
	if !has {
		return ""
	}
	return locale.WithheldNote(p.lang)
}
