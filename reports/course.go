package reports

import (
	"context"
	"fmt"
	"slices"
	"time"

	"khue"
	"khue/indicators"
)

// edition is one edition of a series of events. Counts of visitors bear the series
// and not the edition, so those from its opening until the next edition opens are
// its own.
type edition struct {
	code     string
	from, to time.Time // calendar days from its opening to its last day, To not included
	ongoing  bool      // it, or the counting of it, may not be over
	events   indicators.Value
	visits   indicators.Value
	online   indicators.Value
	byDay    []indicators.Value // visits, from its opening on
	evidence indicators.Evidence
	mark     string
}

func (e edition) days() int { return int(e.to.Sub(e.from) / (24 * time.Hour)) }

// mostEditions is how many editions are told of; a series with more is told by the latest.
const mostEditions = 12

// editionsOf asks for the editions of a series, the earliest first.
func (p *paper) editionsOf(ctx context.Context, series string) ([]edition, error) {
	of := map[string][]string{seriesDimension: {series}}
	listed, err := p.reporter.ask.Ask(ctx, p.narrowed(of, time.Time{}, time.Time{}, editionParameter, "events"))
	if err != nil {
		return nil, fmt.Errorf("asking for the editions of %s: %w", series, err)
	}
	mark := p.ledger.add(p.say("Các kỳ của chuỗi sự kiện ", "Editions of the series ")+series, listed.Evidence)
	today := calendarDay(p.asOf)
	var out []edition
	for _, row := range listed.Rows {
		e := edition{code: row.Keys[0].Code, events: row.Values[0], evidence: listed.Evidence, mark: mark}
		if e.code == "" {
			continue
		}
		days, err := p.reporter.ask.Ask(ctx, p.narrowed(map[string][]string{seriesDimension: {series}, editionParameter: {e.code}}, time.Time{}, time.Time{}, string(khue.Day), "events"))
		if err != nil {
			return nil, fmt.Errorf("asking for the days of edition %s of %s: %w", e.code, series, err)
		}
		for _, day := range days.Rows {
			if !day.Values[0].Known || day.Values[0].Number == 0 {
				continue
			}
			if e.from.IsZero() {
				e.from = day.Keys[0].Period.Start()
			}
			e.to = day.Keys[0].Period.End()
		}
		if !e.from.IsZero() && !e.from.After(today) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b edition) int { return a.from.Compare(b.from) })
	if len(out) > mostEditions {
		out = out[len(out)-mostEditions:]
	}
	for i := range out {
		next := today.AddDate(0, 0, 1)
		if i+1 < len(out) {
			next = out[i+1].from
		}
		if err := p.count(ctx, &out[i], of, next); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// narrowed is a question of a part of the city's facts.
func (p *paper) narrowed(where map[string][]string, from, to time.Time, by string, measures ...string) indicators.Question {
	q := p.question(from, to, by, measures...)
	q.Where = where
	return q
}

// count asks for the visitors of an edition until the next one opens.
func (p *paper) count(ctx context.Context, e *edition, of map[string][]string, next time.Time) error {
	a, err := p.reporter.ask.Ask(ctx, p.narrowed(of, e.from, next, string(khue.Day), "visitors", "online_visitors"))
	if err != nil {
		return fmt.Errorf("asking for the visitors of edition %s: %w", e.code, err)
	}
	var visits, online sum
	for _, row := range a.Rows {
		visits.add(row.Values[0])
		online.add(row.Values[1])
		if end := row.Keys[0].Period.End(); (row.Values[0].Known || row.Values[1].Known) && end.After(e.to) {
			e.to = end
		}
	}
	for _, row := range a.Rows {
		if row.Keys[0].Period.Start().Before(e.to) {
			e.byDay = append(e.byDay, row.Values[0])
		}
	}
	e.visits, e.online = visits.value(), online.value()
	e.ongoing = e.to.After(calendarDay(p.asOf))
	e.evidence, e.mark = a.Evidence, p.ledger.add(fmt.Sprintf(p.say("Khách của kỳ %s, ", "Visitors of edition %s, "), e.code)+p.span(e.from, next), a.Evidence)
	return nil
}

// steps are the visits of an edition by days, or by weeks from its opening.
func (e edition) steps(days int) []indicators.Value {
	var out []indicators.Value
	for at := 0; at < len(e.byDay); at += days {
		var s sum
		for _, v := range e.byDay[at:min(at+days, len(e.byDay))] {
			s.add(v)
		}
		out = append(out, s.value())
	}
	return out
}
