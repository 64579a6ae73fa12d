package indicators

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"khue"
	"khue/indicators/disclosure"
)

// protect withholds the figures of confidential measures that would give away
// what one contributor reported, or would help to. It goes by cells that were
// judged together with all their totals, so a figure is withheld or not whatever
// question it stands in. A figure that is not the sum of such cells (shared out
// over other areas, or changed by a batch since) is withheld. What is withheld
// leaves no number behind.
func (s *Service) protect(ctx context.Context, r *result) error {
	a := r.asked
	for _, slot := range a.guarded(a.question.Scope) {
		figures := r.figures(slot)
		if len(figures) == 0 {
			continue
		}
		if a.states == nil { // after the facts: what is newer than they are is noticed
			states, err := s.facts.States(ctx)
			if err != nil {
				return fmt.Errorf("reading how far the facts reach: %w", err)
			}
			a.states = states
		}
		state := stateOf(a.states, a.measures[slot].Dataset)
		p, err := s.publication(ctx, state, a.measures[slot], a.question.AsOf, false)
		if err == nil {
			err = p.prepare(regionsOf(figures))
		}
		if err != nil {
			return err
		}
		if !p.agrees(figures) { // a batch came between the two
			if p, err = s.publication(ctx, state, a.measures[slot], a.question.AsOf, true); err == nil {
				err = p.prepare(regionsOf(figures))
			}
			if err != nil {
				return err
			}
		}
		for _, f := range figures {
			if total, shown := p.sum(f.region); !shown || !same(total, f.value.Number) {
				*f.value = Value{Suppressed: true}
			}
		}
	}
	return nil
}

// judgedFigure is a number of an answer with the cells that it is the sum of.
type judgedFigure struct {
	value  *Value
	region region
}

// figures lists the numbers of a measure.
func (r *result) figures(slot int) []judgedFigure {
	var out []judgedFigure
	for _, row := range r.rows {
		if v := &row.Values[slot]; v.Known {
			out = append(out, judgedFigure{v, r.region(row)})
		}
	}
	return out
}

func regionsOf(figures []judgedFigure) []region {
	out := make([]region, len(figures))
	for i, f := range figures {
		out[i] = f.region
	}
	return out
}

// agrees tells that the figures are those that were judged.
func (p *publication) agrees(figures []judgedFigure) bool {
	return !slices.ContainsFunc(figures, func(f judgedFigure) bool {
		total, _ := p.sum(f.region)
		return !same(total, f.value.Number)
	})
}

// same compares sums whose terms may have been added in another order.
func same(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Max(math.Abs(a), math.Abs(b)) }

// region is the part of a publication that a figure is the sum of.
type region struct {
	from, to time.Time // first days of months; zero is open
	codes    [][]string
}

// region tells which cells the figures of a row are made of: its keys, within
// the question's days and filters.
func (r *result) region(row *Row) region {
	a := r.asked
	out := region{from: a.question.From, to: a.question.To}
	if len(a.windows) > 0 {
		out.from, out.to = a.spanOf(row)
	}
	keyed := make(map[string]string)
	for i, k := range row.Keys {
		if i != a.timeKey {
			keyed[a.by[i].Name] = k.Code
			continue
		}
		if k.Period.Start().After(out.from) {
			out.from = k.Period.Start()
		}
		if out.to.IsZero() || k.Period.End().Before(out.to) {
			out.to = k.Period.End()
		}
	}
	for _, dim := range publicationDims {
		code, isKey := keyed[dim]
		values, limited := a.where[dim]
		switch {
		case isKey:
			out.codes = append(out.codes, []string{code})
		case a.top.others && a.top.dim == dim:
			out.codes = append(out.codes, a.top.below) // the row of all others
		case limited:
			out.codes = append(out.codes, values)
		default:
			out.codes = append(out.codes, []string{disclosure.Total})
		}
	}
	return out
}

// publication is what may be shown of a measure: every month, quarter and year
// by discipline and area, with all totals but those over several years, which are
// answered as sums of years.
type publication struct {
	years       map[int]*judgedYear
	first, last time.Time // months that have facts
}

// sum adds up the cells of a region by the longest periods that it holds whole,
// and tells whether all of them may be shown.
func (p *publication) sum(r region) (total float64, shown bool) {
	shown = true
	from, to := r.from, r.to
	if !from.After(p.first) { // before the facts begin it makes no difference
		from = khue.PeriodOf(p.first, khue.Year).Start()
	}
	if to.IsZero() || to.After(p.last) {
		to = khue.PeriodOf(p.last, khue.Year).End()
	}
	for from.Before(to) {
		period := longest(from, to)
		from = period.End()
		year, ok := p.years[period.Start().Year()]
		if !ok {
			continue
		}
		for _, discipline := range r.codes[0] {
			for _, area := range r.codes[1] {
				value, status := year.pattern.Cell(period.String(), discipline, area)
				total += value
				shown = shown && (status == disclosure.Shown || status == disclosure.Empty)
			}
		}
	}
	return total, shown
}

// longest is the longest judged period that begins on a day and ends by another.
func longest(from, to time.Time) khue.Period {
	for _, g := range []khue.Grain{khue.Year, khue.Quarter} {
		if p := khue.PeriodOf(from, g); p.Start().Equal(from) && !p.End().After(to) {
			return p
		}
	}
	return khue.PeriodOf(from, khue.Month)
}

// limitMoment allows the starts of months only, to callers who may not choose
// any moment.
func (s *Service) limitMoment(a *inquiry, m Measure) error {
	asOf := a.question.AsOf
	if asOf.IsZero() || a.question.Scope.Moments {
		return nil
	}
	y, month, _ := asOf.In(s.zone).Add(time.Millisecond).Date()
	start := time.Date(y, month, 1, 0, 0, 0, 0, s.zone)
	if asOf.Before(start.Add(-time.Millisecond)) || asOf.After(start) {
		return khue.Errorf(khue.Forbidden,
			"chỉ số %s được giữ kín cho từng đơn vị nên chỉ hỏi được theo điều biết đến đầu một tháng, ví dụ %s",
			"measure %s is confidential for each contributor, so it can be asked only as known at the start of a month, such as %s",
			m.Name, start.Format(time.RFC3339)).Coded("confidential", "as_of")
	}
	a.question.AsOf = start.Add(-time.Millisecond) // one moment, however it was written
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
