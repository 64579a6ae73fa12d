package warehouse

import (
	"slices"
	"time"
)

// covers tells whether a rollup answers the question exactly: days that it keeps
// apart, and only columns that it keeps.
func (r rollup) covers(l layout, s Select) bool {
	return r.coversDays(s) && r.coversColumns(s) && !slices.ContainsFunc(s.Aggregates, func(a Aggregate) bool { return !r.coversAggregate(l, a) })
}

func (r rollup) coversDays(s Select) bool {
	if !r.monthly() {
		return true
	}
	if !monthStart(s.From) || !monthStart(s.To) || slices.Contains(s.By, "week") || slices.Contains(s.By, "day") {
		return false
	}
	if slices.ContainsFunc(s.Recasts, func(c Recast) bool { return !c.onMonths() }) {
		return false
	}
	return !slices.ContainsFunc(s.Windows, func(w Window) bool { return !monthStart(w.From) || !monthStart(w.To) })
}

func monthStart(d time.Time) bool { return d.IsZero() || d.Day() == 1 }

func (r rollup) coversColumns(s Select) bool {
	if slices.ContainsFunc(s.Recasts, func(c Recast) bool { return c.Every }) {
		return false // only the journal holds all disciplines of a fact
	}
	for _, dim := range s.By {
		if !isTime(dim) && !slices.Contains(r.keys, s.dimension(dim)) {
			return false
		}
	}
	return !slices.ContainsFunc(s.Where, func(f Filter) bool { return !slices.Contains(r.keys, s.dimension(f.Dim)) })
}

func (r rollup) coversAggregate(l layout, a Aggregate) bool {
	switch a.Func {
	case "count":
		return !r.flows
	case "distinct":
		return !slices.ContainsFunc(l.identity(a.Column), func(column string) bool { return !slices.Contains(r.keys, column) })
	}
	return slices.Contains(r.sums, a.Column)
}
