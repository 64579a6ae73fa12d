package indicators

import (
	"context"
	"slices"
	"strconv"
	"time"

	"khue"
	"khue/warehouse"
)

// table works out the table of a question. Where what its later steps need is read
// in the same statement (the figures that changes are set against) or has been
// read by an earlier one (a ranking of all values), nothing is asked for twice:
// on rollups a statement takes longer to begin than to read twice the days.
func (s *Service) table(ctx context.Context, a *inquiry) (*result, error) {
	if r, err := a.tableOfRanking(); r != nil || err != nil {
		return r, err
	}
	if wide := a.withCompared(); wide != nil {
		return s.tableAndCompared(ctx, a, wide)
	}
	return s.cells(ctx, a)
}

// plain tells that a question's rows are those of its facts as they stand: not
// read through other classifications or areas, not protected, without published
// figures and without stocks, which belong to a day.
func (a *inquiry) plain() bool {
	return !a.recasts() && !a.byArea() && len(a.guarded(a.question.Scope)) == 0 &&
		!a.has(func(m Measure) bool { return m.Kind == "stock" || m.Aggregate == fromClaims })
}

// tableOfRanking makes the table out of the ranking when the question splits by
// nothing else: the ranking holds every row of it. nil is that it does not.
func (a *inquiry) tableOfRanking() (*result, error) {
	ranking := a.top.ranking
	if ranking == nil || len(a.by) != 1 || !a.plain() {
		return nil, nil
	}
	r := newResult(a)
	r.traces = ranking.traces
	for _, found := range ranking.rows {
		if !slices.Contains(a.top.codes, found.Keys[0].Code) {
			continue
		}
		row, err := r.row(found.codes())
		if err != nil {
			return nil, err
		}
		row.Values, row.Partial = found.Values, found.Partial
	}
	r.ranked = true
	return r, r.checkSize(len(r.rows))
}

// othersOfRanking adds up the values below the top, where they are whole numbers
// that may be added; false is that they have to be asked for.
func (r *result) othersOfRanking() (*Row, bool) {
	a := r.asked
	if !r.ranked || a.has(func(m Measure) bool { return !m.addsExactly() }) {
		return nil, false
	}
	other := &Row{Keys: []Key{{Code: OtherCode}}, Values: make([]Value, len(a.measures))}
	for _, row := range a.top.ranking.rows {
		if slices.Contains(a.top.codes, row.Keys[0].Code) {
			continue
		}
		other.Partial = row.Partial // by the days of the question, the same for all
		for slot, v := range row.Values {
			if v.Known {
				other.Values[slot] = Value{Number: other.Values[slot].Number + v.Number, Known: true}
			}
		}
	}
	return other, true
}

// addsExactly tells that sums of a measure's figures are what it would give over
// all their facts, to the last digit.
func (m Measure) addsExactly() bool {
	d, _ := khue.DatasetOf(m.Dataset)
	f, _ := d.Field(m.Column)
	return m.Aggregate == "count" || m.Aggregate == "sum" && f.Type == khue.IntegerField
}

// withCompared is an inquiry for the figures of a question and for those that its
// changes are set against; nil when they are better asked for apart.
func (a *inquiry) withCompared() *inquiry {
	q := a.question
	changes := slices.DeleteFunc(slices.Clone(q.Derive), func(d Derivation) bool { return d != ChangePrevious && d != ChangeYear })
	if len(changes) == 0 || q.Top != nil || q.From.IsZero() || q.To.IsZero() || !a.plain() {
		return nil
	}
	spans := a.ownSpans()
	for _, own := range slices.Clone(spans) {
		for _, d := range changes {
			window, reason := a.windowOf(a.rowOver(own), d)
			if reason == (khue.Text{}) && !slices.Contains(spans, window) {
				spans = append(spans, window)
			}
		}
	}
	if len(spans) == 0 {
		return nil
	}
	from, to := hull(spans)
	if !covered(spans, from, to) {
		return nil // in between lie days that nobody asks about
	}
	wide := a.splitBy(a.by)
	if a.timeKey < 0 {
		wide = a.splitBy(append([]Dimension{{Name: windowName}}, a.by...))
		wide.windows = spans
	}
	wide.question.From, wide.question.To = from, to
	return wide
}

// ownSpans are the days of a question's rows; none where a period of them is cut.
func (a *inquiry) ownSpans() []warehouse.Window {
	from, to := a.question.From, a.question.To
	if a.timeKey < 0 {
		return []warehouse.Window{{From: from, To: to}}
	}
	var spans []warehouse.Window
	for _, p := range khue.Periods(a.grain, from, to) {
		if p.Start().Before(from) || p.End().After(to) {
			return nil
		}
		spans = append(spans, warehouse.Window{From: p.Start(), To: p.End()})
	}
	return spans
}

// rowOver is a row without figures that speaks of these days.
func (a *inquiry) rowOver(span warehouse.Window) *Row {
	row := &Row{Keys: make([]Key, len(a.by))}
	if a.timeKey >= 0 {
		row.Keys[a.timeKey].Period = khue.PeriodOf(span.From, a.grain)
	}
	return row
}

// covered tells that spans leave no day out between two days.
func covered(spans []warehouse.Window, from, to time.Time) bool {
	sorted := slices.SortedFunc(slices.Values(spans), func(x, y warehouse.Window) int { return x.From.Compare(y.From) })
	for _, s := range sorted {
		if s.From.After(from) {
			return false
		}
		if s.To.After(from) {
			from = s.To
		}
	}
	return !from.Before(to)
}

// figuresOf are figures of a table's own days and of others, by those days and by the
// keys that are not time.
type figuresOf map[warehouse.Window]map[string][]Value

// tableAndCompared asks a wide inquiry and parts the question's own rows from
// those that they are set against.
func (s *Service) tableAndCompared(ctx context.Context, a, wide *inquiry) (*result, error) {
	found, err := s.gather(ctx, wide, wide.plan())
	if err != nil {
		return nil, err
	}
	r := newResult(a)
	r.traces, r.compared = found.traces, wide.spansAsked()
	for _, row := range found.rows {
		from, to := wide.spanOf(row)
		span, keys := warehouse.Window{From: from, To: to}, slices.Clone(row.Keys)
		own := span.From.Equal(a.question.From) && span.To.Equal(a.question.To)
		if a.timeKey >= 0 {
			own = !span.From.Before(a.question.From) && !span.To.After(a.question.To)
			keys = slices.Delete(keys, a.timeKey, a.timeKey+1)
		} else {
			keys = keys[1:]
		}
		r.compared[span][keyOf(keys)] = row.Values
		if !own {
			continue
		}
		codes := row.codes()
		if a.timeKey < 0 {
			codes = codes[1:] // without the window's number
		}
		mine, err := r.row(codes)
		if err != nil {
			return nil, err
		}
		mine.Values = slices.Clone(row.Values)
	}
	if len(a.by) == 0 {
		if _, err := r.row(nil); err != nil { // a total is one row, known or not
			return nil, err
		}
	}
	if err := r.fillPeriods(); err != nil {
		return nil, err
	}
	if err := s.markPartial(ctx, r); err != nil {
		return nil, err
	}
	return r, r.checkSize(len(r.rows))
}

// spansAsked are the days that a wide inquiry asks about, still without figures:
// nothing may be found of some.
func (a *inquiry) spansAsked() figuresOf {
	out := make(figuresOf)
	for _, w := range a.windows {
		out[w] = make(map[string][]Value)
	}
	if a.timeKey >= 0 {
		for _, p := range khue.Periods(a.grain, a.question.From, a.question.To) {
			out[warehouse.Window{From: p.Start(), To: p.End()}] = make(map[string][]Value)
		}
	}
	return out
}

// foreseen gives the figures of windows that the table's own statement read;
// false is that some were not.
func (r *result) foreseen(windows []warehouse.Window) (map[string][]Value, bool) {
	out := make(map[string][]Value)
	for n, w := range windows {
		figures, read := r.compared[w]
		if !read {
			return nil, false
		}
		for keys, values := range figures {
			out[strconv.Itoa(n)+"\x00"+keys] = values
		}
	}
	return out, len(windows) > 0
}
