package indicators

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"khue"
	"khue/warehouse"
)

// part is one Select: the measures that share a dataset, a way of lying in time
// and a limit of their own.
type part struct {
	ask   warehouse.Select
	slots []int // measure of the question that each aggregate fills

	lenses []lens // how rows under labels are to be read; none when the Select gives the answer's keys
	others []int  // places in By of the keys that come before the labels
	width  int    // how many keys By has
}

// plan makes as few Selects as the question allows: one a dataset, and one more
// where a dataset gives flows and stocks, or measures with a limit of their own.
func (a *inquiry) plan() []part {
	var parts []part
	index := make(map[string]int)
	for slot, m := range a.measures {
		if m.Aggregate == fromClaims || (a.gathers != nil && !a.gathers(m)) {
			continue
		}
		where := a.top.exclude(filters(a.where, m.Where))
		key := m.Dataset + "|" + m.Kind + "|" + fmt.Sprint(where)
		if a.recasts() && m.Aggregate == "distinct" {
			key += "|distinct" // recast by the warehouse, not after it
		}
		i, ok := index[key]
		if !ok {
			i = len(parts)
			index[key] = i
			parts = append(parts, part{ask: warehouse.Select{
				Dataset: m.Dataset, By: a.question.By, Where: where,
				From: a.question.From, To: a.end(m), AsOf: a.question.AsOf, Limit: a.limit, Windows: a.windows, FromJournal: a.question.FromJournal, CiteJournal: a.question.CiteJournal,
			}})
		}
		p := &parts[i]
		p.ask.Aggregates = append(p.ask.Aggregates, warehouse.Aggregate{Name: m.Name, Func: m.Aggregate, Column: m.Column})
		p.slots = append(p.slots, slot)
	}
	return parts
}

// end is where a measure's days end. A stock holds on days that have come; of
// later ones nothing is known yet, so it ends with today.
func (a *inquiry) end(m Measure) time.Time {
	tomorrow := a.today.AddDate(0, 0, 1)
	if m.Kind == "stock" && (a.question.To.IsZero() || a.question.To.After(tomorrow)) {
		return tomorrow
	}
	return a.question.To
}

// filters joins the question's limits with a measure's own, in a fixed order.
// Where both limit a dimension, only values that both allow remain.
func filters(asked, own map[string][]string) []warehouse.Filter {
	limits := maps.Clone(asked)
	for dim, values := range own {
		if others, both := limits[dim]; both {
			values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return !slices.Contains(others, v) })
		}
		limits[dim] = values
	}
	out := make([]warehouse.Filter, 0, len(limits))
	for _, dim := range slices.Sorted(maps.Keys(limits)) {
		out = append(out, warehouse.Filter{Dim: dim, Values: limits[dim]})
	}
	return out
}

// result is the answer while it grows: rows by their keys.
type result struct {
	asked   *inquiry
	rows    []*Row
	byKey   map[string]*Row        // the first rows by their codes, as many as indexed
	indexed int                    // most answers look none up
	id      []byte                 // room for the codes of one row; see joined
	spare   spareRows              // see fresh
	periods map[string]khue.Period // by their first days
	columns []column               // of the keys, from nameKeys to sort
	traces  []warehouse.Trace
	others  bool // a row holds all values that are not among the top
	// ranked tells that the rows are those of the ranking, and compared holds what was
	// read with them for changes.
	ranked   bool
	compared figuresOf
	// derived holds, for each row, the figures of each derivation by what is wanted.
	derived map[*Row][][]Value
}

func newResult(a *inquiry) *result {
	return &result{asked: a, periods: make(map[string]khue.Period)}
}

// row finds or makes the row with these codes; a time key must be a period's first day.
func (r *result) row(codes []string) (*Row, error) {
	if r.byKey == nil {
		r.byKey = make(map[string]*Row, len(r.rows))
	}
	for ; r.indexed < len(r.rows); r.indexed++ {
		row := r.rows[r.indexed]
		r.id = r.id[:0]
		for i := range row.Keys {
			r.id = append(append(r.id, row.Keys[i].Code...), 0)
		}
		r.byKey[string(r.id)] = row
	}
	r.id = joined(r.id[:0], codes)
	if row := r.byKey[string(r.id)]; row != nil {
		return row, nil
	}
	return r.add(codes)
}

// add makes the row with these codes, which no row has yet.
func (r *result) add(codes []string) (*Row, error) {
	row := r.fresh(len(codes))
	for i, code := range codes {
		row.Keys[i] = Key{Code: code}
		if i != r.asked.timeKey {
			continue
		}
		period, known := r.periods[code]
		if !known {
			day, err := time.Parse(time.DateOnly, code)
			if err != nil {
				return nil, fmt.Errorf("reading the period that begins on %q: %w", code, err)
			}
			period = khue.PeriodOf(day, r.asked.grain)
			r.periods[code] = period
		}
		row.Keys[i].Period = period
	}
	r.rows = append(r.rows, row)
	return row, nil
}

// joined writes codes one after the other for look-ups, in room that is given.
func joined(room []byte, codes []string) []byte {
	for _, code := range codes {
		room = append(append(room, code...), 0)
	}
	return room
}

// spareRows are rows in the making: many at a time are a few allocations.
type spareRows struct {
	rows   []Row
	keys   []Key
	values []Value
}

// expect makes room for more rows.
func (r *result) expect(more int) {
	keys, values := len(r.asked.by), len(r.asked.measures)
	r.spare = spareRows{make([]Row, more), make([]Key, more*keys), make([]Value, more*values)}
	r.rows = slices.Grow(r.rows, more)
}

// fresh is a row of which nothing is known yet.
func (r *result) fresh(keys int) *Row {
	s, values := &r.spare, len(r.asked.measures)
	if len(s.rows) == 0 || len(s.keys) < keys {
		r.expect(16)
	}
	row := &s.rows[0]
	row.Keys, row.Values = s.keys[:keys:keys], s.values[:values:values]
	s.rows, s.keys, s.values = s.rows[1:], s.keys[keys:], s.values[values:]
	return row
}

// gather runs the parts and merges their rows on the keys, in the order of the parts.
func (s *Service) gather(ctx context.Context, a *inquiry, parts []part) (*result, error) {
	r := newResult(a)
	rows, traces := make([][]warehouse.Row, len(parts)), make([]warehouse.Trace, len(parts))
	if err := atOnce(ctx, len(parts), func(ctx context.Context, i int) (err error) {
		if rows[i], traces[i], err = s.facts.Select(ctx, parts[i].ask); err != nil {
			return fmt.Errorf("asking dataset %s: %w", parts[i].ask.Dataset, err)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	r.traces = traces
	for i, p := range parts {
		if err := r.merge(p, rows[i]); err != nil {
			return nil, err
		}
	}
	if len(a.by) == 0 {
		if _, err := r.row(nil); err != nil { // a total is one row, known or not
			return nil, err
		}
	}
	return r, r.checkSize(len(r.rows))
}

// merge puts the rows of a part into the answer.
func (r *result) merge(p part, rows []warehouse.Row) error {
	a := r.asked
	a.strays.watch(a, p, rows)
	rows, err := p.recastRows(a, rows)
	if err != nil {
		return fmt.Errorf("recasting dataset %s: %w", p.ask.Dataset, err)
	}
	makeRow := r.row
	if len(r.rows) == 0 {
		r.expect(len(rows))
		if rising(rows) {
			makeRow = r.add // each has codes of its own
		}
	}
	end := p.ask.To.Format(time.DateOnly)
	for _, found := range rows {
		if a.timeKey >= 0 && !p.ask.To.IsZero() && found.Keys[a.timeKey] >= end {
			continue // a source that lists whole periods may add some after the days asked for
		}
		row, err := makeRow(found.Keys)
		if err != nil {
			return err
		}
		for i, slot := range p.slots {
			row.Values[slot] = Value{Number: found.Values[i], Known: found.Known[i]}
			if p.ask.Aggregates[i].Func == "distinct" && found.Values[i] == 0 {
				row.Values[slot] = Value{} // none counted means that no fact was there
			}
		}
	}
	return nil
}

// rising tells that rows come in the order of their keys, no two with the same.
func rising(rows []warehouse.Row) bool {
	for n := 1; n < len(rows); n++ {
		if slices.Compare(rows[n-1].Keys, rows[n].Keys) >= 0 {
			return false
		}
	}
	return true
}

func (r *result) checkSize(rows int) error {
	if rows <= r.asked.limit {
		return nil
	}
	return khue.Errorf(khue.Invalid,
		"kết quả vượt quá %d dòng; hãy rút ngắn kỳ, dùng kỳ dài hơn, bớt chiều hoặc thêm bộ lọc",
		"the answer has more than %d rows; shorten the period, use longer ones, split by fewer dimensions or add a filter", r.asked.limit).Coded("too_many_rows", "limit")
}

// fillPeriods adds, for every combination of the other keys, the periods
// between From and To that have no facts. An open end is that of the facts.
func (r *result) fillPeriods() error {
	t := r.asked.timeKey
	if t < 0 {
		return nil
	}
	from, to := r.span()
	if from.IsZero() || to.IsZero() || !from.Before(to) {
		return nil
	}
	groups, groupOf := r.groups(t)
	if len(groups) == 0 && len(r.asked.by) == 1 {
		groups = [][]string{{""}} // a plain series stands even when it has no fact at all
	}
	periods := khue.Periods(r.asked.grain, from, to)
	if err := r.checkSize(len(groups) * len(periods)); err != nil {
		return err
	}
	first, place := make([]string, len(periods)), make(map[string]int, len(periods))
	for i, p := range periods {
		first[i] = p.Start().Format(time.DateOnly)
		place[first[i]], r.periods[first[i]] = i, p
	}
	there, missing := make([]bool, len(groups)*len(periods)), len(groups)*len(periods)
	for n, row := range r.rows {
		if at, inside := place[row.Keys[t].Code]; inside {
			there[groupOf[n]*len(periods)+at] = true
			missing--
		}
	}
	r.expect(max(missing, 0))
	for at, known := range there {
		if known {
			continue
		}
		codes := groups[at/len(periods)]
		codes[t] = first[at%len(periods)]
		if _, err := r.add(codes); err != nil {
			return err
		}
	}
	return nil
}

// groups are the combinations of all keys but one, and for each row which it has.
func (r *result) groups(without int) (groups [][]string, of []int) {
	seen := make(map[string]int)
	of = make([]int, len(r.rows))
	var id []byte
	for n, row := range r.rows {
		id = id[:0]
		for i, k := range row.Keys {
			if i != without {
				id = append(append(id, k.Code...), 0)
			}
		}
		at, known := seen[string(id)]
		if !known {
			at = len(groups)
			seen[string(id)], groups = at, append(groups, row.codes())
		}
		of[n] = at
	}
	return groups, of
}

// span is the days that a series covers.
func (r *result) span() (from, to time.Time) {
	from, to = r.asked.question.From, r.asked.question.To
	var last khue.Period
	for _, row := range r.rows {
		p := row.Keys[r.asked.timeKey].Period
		if r.asked.question.From.IsZero() && (from.IsZero() || p.Start().Before(from)) {
			from = p.Start()
		}
		if p.Start().After(last.Start()) {
			last = p
		}
	}
	if r.asked.question.To.IsZero() && !last.IsZero() {
		to = last.End()
	}
	return from, to
}

func (row *Row) codes() []string {
	out := make([]string, len(row.Keys))
	for i, k := range row.Keys {
		out[i] = k.Code
	}
	return out
}

// markPartial marks rows that must not be compared with whole periods. A total
// is partial when its days are not over.
func (s *Service) markPartial(ctx context.Context, r *result) error {
	a := r.asked
	reach, err := s.settleReach(ctx, a)
	if err != nil {
		return err
	}
	from, to := a.question.From, a.question.To
	over := a.today // the first day of which not everything can be known
	for _, one := range reach {
		if end := one.Until.AddDate(0, 0, 1); a.datedByReach(one) && end.Before(over) {
			over = end
		}
	}
	var last *Key // rows of a period lie together more often than not
	partial := a.timeKey < 0 && !to.IsZero() && to.After(over)
	for _, row := range r.rows {
		if a.timeKey >= 0 {
			if key := &row.Keys[a.timeKey]; last == nil || key.Code != last.Code {
				p := key.Period
				partial = p.Partial(over) || (!from.IsZero() && p.Start().Before(from)) || (!to.IsZero() && p.End().After(to))
				last = key
			}
		}
		row.Partial = partial
	}
	return nil
}
