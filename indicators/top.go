package indicators

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"khue"
	"khue/warehouse"
)

// Top keeps the N values of a dimension that are largest over the whole question,
// and puts all others in one row with the code OtherCode. The others are asked
// for together, so that distinct counts and ratios of them are right too. Values
// that are equally large go by the order of their names. Facts whose value is not
// known never rank: they are among the others.
type Top struct {
	Dim string // one of the question's By, no grain of time
	By  string // measure or indicator to rank by; empty is the question's first
	N   int    // at least 1
}

// ParseTop reads "5:discipline" or "5:discipline:events"; an empty text is no top.
func ParseTop(text string) (*Top, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no top is no fault
	}
	count, rest, _ := strings.Cut(text, ":")
	dim, by, _ := strings.Cut(rest, ":")
	n, err := strconv.Atoi(count)
	if err != nil || dim == "" {
		return nil, khue.Errorf(khue.Invalid,
			"top phải có dạng số:chiều hoặc số:chiều:chỉ_số, như 5:discipline:events, không phải %q",
			"top must be written number:dimension or number:dimension:measure, such as 5:discipline:events, not %q", text).Coded("bad_top", "top")
	}
	return &Top{Dim: dim, By: by, N: n}, nil
}

// OtherCode is the code of the row that holds what is not among the top.
const OtherCode = "~other"

var otherName = khue.Text{VI: "Còn lại", EN: "Other"}

// top is how an inquiry is narrowed to the largest values of a dimension.
type top struct {
	dim    string
	codes  []string            // the largest first
	rest   bool                // there are others
	whole  map[string][]string // the filters before the table was limited to the codes
	areas  []string            // the areas of the answer asked for before that
	below  []string            // all other codes
	others bool                // this inquiry is about all others
	// ranking is the table of all values, by which they were ranked.
	ranking *result
}

// exclude takes the codes of the top out of the filters of an inquiry about the others.
func (t top) exclude(filters []warehouse.Filter) []warehouse.Filter {
	if !t.others {
		return filters
	}
	if at := slices.IndexFunc(filters, func(f warehouse.Filter) bool { return f.Dim == t.dim }); at >= 0 {
		filters[at].Values = slices.DeleteFunc(slices.Clone(filters[at].Values), func(v string) bool { return slices.Contains(t.codes, v) })
		return filters
	}
	return append(filters, warehouse.Filter{Dim: t.dim, Values: t.codes, Not: true})
}

func checkTop(a *inquiry) error {
	t := a.question.Top
	if t == nil {
		return nil
	}
	at := slices.IndexFunc(a.by, func(d Dimension) bool { return d.Name == t.Dim })
	switch {
	case t.N < 1:
		return khue.Errorf(khue.Invalid, "số hạng đầu phải từ 1 trở lên, không phải %d", "the number of the largest must be 1 or more, not %d", t.N).Coded("bad_top", "top")
	case at < 0 || a.by[at].Grain != "":
		return khue.Errorf(khue.Invalid,
			"muốn xếp hạng theo %q thì câu hỏi phải chia theo chiều đó, và đó không phải là thời gian",
			"to rank by %q the question must be split by it, and it must not be time", t.Dim).Coded("top_not_split", "top")
	case t.By != "" && !slices.Contains(a.question.Measures, t.By):
		return khue.Errorf(khue.Invalid,
			"xếp hạng theo %q nhưng câu hỏi không có chỉ số đó", "the ranking goes by %q, which the question does not ask for", t.By).Coded("top_not_asked", "top")
	}
	return nil
}

// rankTop finds the largest values by a question without the other dimensions,
// and limits the inquiry to them.
func (s *Service) rankTop(ctx context.Context, a *inquiry) error {
	t := a.question.Top
	if t == nil {
		return nil
	}
	ranking := a.splitBy(slices.DeleteFunc(slices.Clone(a.by), func(d Dimension) bool { return d.Name != t.Dim }))
	found, err := s.cells(ctx, ranking)
	if err != nil {
		return err
	}
	if err := s.nameKeys(ctx, found); err != nil {
		return err
	}
	found.sort() // by name, which settles equal values
	by := 0
	if t.By != "" {
		by = slices.Index(a.question.Measures, t.By)
	}
	of := func(row *Row) Value { return a.wanted[by].of(row.Values) }
	ranked := slices.DeleteFunc(slices.Clone(found.rows), func(row *Row) bool { return !ranks(row.Keys[0].Code) || !of(row).Known })
	slices.SortStableFunc(ranked, func(x, y *Row) int {
		return order(of(x).Number > of(y).Number, of(y).Number > of(x).Number)
	})
	a.top = top{dim: t.Dim, whole: maps.Clone(a.where), areas: a.areasAsked, codes: []string{}, ranking: found}
	for _, row := range ranked[:min(t.N, len(ranked))] {
		a.top.codes = append(a.top.codes, row.Keys[0].Code)
	}
	for _, row := range found.rows {
		if code := row.Keys[0].Code; !slices.Contains(a.top.codes, code) {
			a.top.below = append(a.top.below, code)
		}
	}
	a.top.rest = len(a.top.below) > 0
	if a.areasOfToday() && t.Dim == "area" {
		a.areasAsked = a.top.codes // the filter is on areas of the answer, not of the facts
	} else {
		a.where[t.Dim] = a.top.codes
	}
	return nil
}

// wholeWhere is the filters before the table was limited to the largest.
func (a *inquiry) wholeWhere() map[string][]string {
	if a.top.dim == "" {
		return a.where
	}
	return a.top.whole
}

// ranks tells that a code is a value: what is not known, has no counterpart in a
// classification or in the areas of today is none.
func ranks(code string) bool {
	return !slices.Contains([]string{"", NoCounterpart, Undetermined, Unconverted}, code)
}

func (a *inquiry) areasOfToday() bool { return a.question.AreaView == AreasAsNow }

// splitBy is an inquiry for the same facts by other dimensions. Without the
// dimension of the top it is about all values of it again.
func (a *inquiry) splitBy(by []Dimension) *inquiry {
	v := *a
	v.by, v.question.By, v.grain, v.timeKey = by, make([]string, len(by)), "", -1
	for i, d := range by {
		v.question.By[i] = d.Name
		if d.Grain != "" {
			v.grain, v.timeKey = d.Grain, i
		}
	}
	v.where, v.limit = maps.Clone(a.where), a.limit*moreForSteps
	v.strays, v.decimals = strays{}, nil // what is noted is noted of the table itself
	if a.top.dim != "" && !slices.Contains(v.question.By, a.top.dim) {
		v.where, v.areasAsked, v.top = maps.Clone(a.top.whole), a.top.areas, top{}
	}
	return &v
}

// moreForSteps is how many times the rows of the answer its steps may read: a
// ranking sees all values, a change also those that are no longer there.
const moreForSteps = 10

// aboutOthers is an inquiry for all values but the top.
func (a *inquiry) aboutOthers() *inquiry {
	v := a.splitBy(slices.DeleteFunc(slices.Clone(a.by), func(d Dimension) bool { return d.Name == a.top.dim }))
	v.top, v.limit, v.strays = a.top, a.limit, a.strays
	v.top.others = true
	if a.areasOfToday() && a.top.dim == "area" {
		v.areasAsked, v.top.others = a.top.below, false
	}
	return v
}

// addOthers puts the row of all other values beside the top, for each
// combination of the other dimensions.
func (s *Service) addOthers(ctx context.Context, r *result) error {
	rows, err := s.othersOf(ctx, r, r.asked)
	if err != nil || len(rows) == 0 {
		return err
	}
	r.others = true
	for _, other := range rows {
		row, err := r.row(other.codes())
		if err != nil {
			return err
		}
		row.Values, row.Partial = other.Values, other.Partial
	}
	if err := r.fillPeriods(); err != nil { // the others may reach further
		return err
	}
	if err := s.markPartial(ctx, r); err != nil {
		return err
	}
	return r.checkSize(len(r.rows))
}

// othersOf asks an inquiry about all values but the top; the rows have OtherCode
// where the dimension stands. Those of fillPeriods in which all is unknown count
// too: a series is whole.
func (s *Service) othersOf(ctx context.Context, r *result, a *inquiry) ([]*Row, error) {
	if !a.top.rest || !slices.Contains(a.question.By, a.top.dim) {
		return nil, nil
	}
	if other, added := r.othersOfRanking(); added && a == r.asked {
		return []*Row{other}, nil
	}
	found, err := s.cells(ctx, a.aboutOthers())
	if err != nil {
		return nil, err
	}
	r.traces = append(r.traces, found.traces...)
	at := slices.Index(a.question.By, a.top.dim)
	for _, row := range found.rows {
		row.Keys = slices.Insert(row.Keys, at, Key{Code: OtherCode})
	}
	return found.rows, nil
}

// again asks another inquiry for a result's steps, others included.
func (s *Service) again(ctx context.Context, r *result, a *inquiry) ([]*Row, error) {
	found, err := s.cells(ctx, a)
	if err != nil {
		return nil, err
	}
	r.traces = append(r.traces, found.traces...)
	others, err := s.othersOf(ctx, r, a)
	if err != nil {
		return nil, err
	}
	return append(found.rows, others...), nil
}

// spanOf is the days that a row speaks of; zero where they are open.
func (a *inquiry) spanOf(row *Row) (from, to time.Time) {
	switch {
	case a.timeKey >= 0:
		p := row.Keys[a.timeKey].Period
		return p.Start(), p.End()
	case len(a.windows) > 0:
		at := slices.IndexFunc(a.by, func(d Dimension) bool { return d.Name == windowName })
		if n, err := strconv.Atoi(row.Keys[at].Code); err == nil {
			return a.windows[n].From, a.windows[n].To
		}
	}
	return a.question.From, a.question.To
}
