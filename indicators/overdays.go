package indicators

import (
	"context"
	"slices"
	"strconv"
	"time"

	"khue"
	"khue/warehouse"
)

// windowName is the dimension that numbers the windows of an inquiry.
const windowName = "window"

// overDays works out the derivations that look at other days than a row's own:
// each row has a window of days, the figures of all windows are asked for in one
// go, and the row's figure is set against its window's or replaced by it.
func (s *Service) overDays(ctx context.Context, r *result, d Derivation) (map[*Row][]Value, error) {
	var windows []warehouse.Window
	numbers := make(map[warehouse.Window]int)
	reasons, places := make(map[*Row]khue.Text), make(map[*Row]int)
	for _, row := range r.rows {
		window, reason := r.asked.windowOf(row, d)
		if reason == (khue.Text{}) && d != Cumulative && !s.sameGround(r.asked, row.Keys, r.asked.ownDays(row), window) {
			reason = otherGround
		}
		if reasons[row] = reason; reason != (khue.Text{}) {
			continue
		}
		n, seen := numbers[window]
		if !seen {
			n = len(windows)
			numbers[window], windows = n, append(windows, window)
		}
		places[row] = n
	}
	figures, err := s.overWindows(ctx, r, d, windows)
	if err != nil {
		return nil, err
	}
	missing, err := s.missing(ctx, r, d, windows)
	if err != nil {
		return nil, err
	}
	out := make(map[*Row][]Value, len(r.rows))
	for _, row := range r.rows {
		n, placed := places[row]
		if !placed {
			out[row] = slices.Repeat([]Value{{Reason: reasons[row]}}, len(r.asked.wanted))
			continue
		}
		values := make([]Value, len(r.asked.measures))
		copy(values, figures[r.asked.windowKey(row, n)])
		for slot, m := range r.asked.measures {
			switch {
			case m.Kind == "stock" && (d == MovingYear || d == Cumulative):
				values[slot] = row.Values[slot]
			case missing[n] != nil && missing[n][slot]:
				values[slot] = Value{Reason: khue.Text{VI: "thiếu số liệu của một kỳ trong khoảng", EN: "a period of these days has no facts"}}
			}
		}
		for _, w := range r.asked.wanted {
			out[row] = append(out[row], derived(d, w, row.Values, values))
		}
	}
	return out, nil
}

// derived is a row's figure of a derivation, from its own values and its window's.
func derived(d Derivation, w wanted, own, window []Value) Value {
	over := w.of(window)
	if d == MovingYear || d == Cumulative {
		if !over.Known && !over.Suppressed && over.Reason == (khue.Text{}) {
			over.Reason = noFacts
		}
		return over
	}
	now := w.of(own)
	switch {
	case now.Suppressed || over.Suppressed:
		return Value{Suppressed: true}
	case !now.Known:
		return Value{Reason: noFacts}
	case !over.Known:
		return Value{Reason: khue.Text{VI: "kỳ so sánh chưa có số liệu", EN: "no facts of the period compared with"}}
	case over.Number == 0:
		return Value{Reason: khue.Text{VI: "kỳ so sánh bằng 0", EN: "the period compared with is zero"}}
	}
	change := Change(now, over)
	change.Number *= 100
	return change
}

var notOver = khue.Text{VI: "kỳ chưa trọn", EN: "the period is not whole"}

// windowOf is the days that a row's derivation is about, or why there are none.
func (a *inquiry) windowOf(row *Row, d Derivation) (warehouse.Window, khue.Text) {
	from, to := a.spanOf(row)
	if row.Partial && d != Cumulative {
		return warehouse.Window{}, notOver
	}
	p := periodOfSpan(from, to)
	switch d {
	case ChangePrevious:
		p = p.Shift(-1)
		return warehouse.Window{From: p.Start(), To: p.End()}, khue.Text{}
	case ChangeYear:
		return a.yearBefore(from, to)
	case MovingYear:
		start := to.AddDate(-1, 0, 0)
		if a.grain == khue.Week {
			start = to.AddDate(0, 0, -52*7)
		}
		return warehouse.Window{From: start, To: to}, khue.Text{}
	}
	start := time.Date(from.Year(), time.January, 1, 0, 0, 0, 0, time.UTC)
	if a.grain == khue.Week {
		year, _ := from.ISOWeek()
		start = khue.PeriodOf(time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC), khue.Week).Start() // week 1 holds 4 January
	}
	if end := a.question.To; !end.IsZero() && end.Before(to) {
		to = end
	}
	return warehouse.Window{From: start, To: to}, khue.Text{}
}

// ownDays is the days that a row speaks of, within those asked for.
func (a *inquiry) ownDays(row *Row) warehouse.Window {
	from, to := a.spanOf(row)
	return warehouse.Window{From: from, To: to}
}

// yearBefore is the same period a year before, where there is one.
func (a *inquiry) yearBefore(from, to time.Time) (warehouse.Window, khue.Text) {
	if a.grain == "" {
		from, to = yearBefore(from, to, "")
		return warehouse.Window{From: from, To: to}, khue.Text{}
	}
	p := khue.PeriodOf(from, a.grain)
	before := p.YearBefore()
	if !p.HasYearBefore() {
		return warehouse.Window{}, khue.Text{VI: "năm trước không có kỳ này", EN: "the year before has no such period"}
	}
	return warehouse.Window{From: before.Start(), To: before.End()}, khue.Text{}
}

// windowKey finds a row's figures among those of a window.
func (a *inquiry) windowKey(row *Row, n int) string {
	keys := make([]Key, 0, len(row.Keys)+1)
	for i, k := range row.Keys {
		if i != a.timeKey {
			keys = append(keys, k)
		}
	}
	return windowKey(keys, n)
}

func windowKey(keys []Key, n int) string { return strconv.Itoa(n) + "\x00" + keyOf(keys) }

// overWindows gives the measures of each window, by the other dimensions.
func (s *Service) overWindows(ctx context.Context, r *result, d Derivation, windows []warehouse.Window) (map[string][]Value, error) {
	out := make(map[string][]Value)
	if len(windows) == 0 {
		return out, nil
	}
	if figures, read := r.foreseen(windows); read {
		return figures, nil
	}
	a := r.asked
	put := func(id string, values []Value, stock bool) {
		if out[id] == nil {
			out[id] = make([]Value, len(a.measures))
		}
		for slot, m := range a.measures {
			if (m.Kind == "stock") == stock {
				out[id][slot] = values[slot]
			}
		}
	}
	others := slices.DeleteFunc(slices.Clone(a.by), func(d Dimension) bool { return d.Grain != "" })
	if a.has(func(m Measure) bool { return m.Kind != "stock" }) {
		flows := a.splitBy(append([]Dimension{{Name: windowName}}, others...))
		flows.windows, flows.gathers = windows, func(m Measure) bool { return m.Kind != "stock" }
		flows.question.From, flows.question.To = hull(windows)
		rows, err := s.again(ctx, r, flows)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			n, err := strconv.Atoi(row.Keys[0].Code)
			if err != nil {
				return nil, err
			}
			put(windowKey(row.Keys[1:], n), row.Values, false)
		}
	}
	if d == MovingYear || d == Cumulative || !a.has(func(m Measure) bool { return m.Kind == "stock" }) {
		return out, nil // a stock is what it is at the end, which the row itself says
	}
	return out, s.stocksAt(ctx, r, windows, func(keys []Key, n int, values []Value) { put(windowKey(keys, n), values, true) })
}

func (a *inquiry) has(is func(Measure) bool) bool { return slices.ContainsFunc(a.measures, is) }

func hull(windows []warehouse.Window) (from, to time.Time) {
	from, to = windows[0].From, windows[0].To
	for _, w := range windows {
		if w.From.Before(from) {
			from = w.From
		}
		if w.To.After(to) {
			to = w.To
		}
	}
	return from, to
}

// stocksAt gives the stocks at the end of each window, which is a period of the
// question's grain, or its one span of days.
func (s *Service) stocksAt(ctx context.Context, r *result, windows []warehouse.Window, put func([]Key, int, []Value)) error {
	a := r.asked.splitBy(r.asked.by)
	a.gathers = func(m Measure) bool { return m.Kind == "stock" }
	a.question.From, a.question.To = hull(windows)
	rows, err := s.again(ctx, r, a)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if a.timeKey < 0 {
			put(row.Keys, 0, row.Values) // a question without periods has one window
			continue
		}
		p := row.Keys[a.timeKey].Period
		others := slices.Delete(slices.Clone(row.Keys), a.timeKey, a.timeKey+1)
		for n, w := range windows {
			if w.From.Equal(p.Start()) && w.To.Equal(p.End()) {
				put(others, n, row.Values)
			}
		}
	}
	return nil
}

// missing tells for each window which measures lack a period in it: one of the
// question's grain, or a month where the question splits by weeks or days.
func (s *Service) missing(ctx context.Context, r *result, d Derivation, windows []warehouse.Window) ([][]bool, error) {
	out := make([][]bool, len(windows))
	if len(windows) == 0 || (d != MovingYear && d != Cumulative) {
		return out, nil
	}
	grain := r.asked.grain
	if grain == khue.Week || grain == khue.Day {
		grain = khue.Month
	}
	asked := r.asked.splitBy(nil)
	asked.by, asked.question.By = []Dimension{{Name: string(grain), Grain: grain}}, []string{string(grain)}
	asked.grain, asked.timeKey = grain, 0
	from, to := hull(windows)
	asked.question.From, asked.question.To = khue.PeriodOf(from, grain).Start(), khue.PeriodOf(to.AddDate(0, 0, -1), grain).End()
	found, err := s.cells(ctx, asked)
	if err != nil {
		return nil, err
	}
	r.traces = append(r.traces, found.traces...)
	known := make(map[string][]Value)
	for _, row := range found.rows {
		known[row.Keys[0].Period.String()] = row.Values
	}
	for n, w := range windows {
		out[n] = make([]bool, len(asked.measures))
		for _, p := range khue.Periods(grain, w.From, w.To) {
			for slot, m := range asked.measures {
				values := known[p.String()]
				out[n][slot] = out[n][slot] || (m.Kind != "stock" && (values == nil || !(values[slot].Known || values[slot].Suppressed)))
			}
		}
	}
	return out, nil
}
