package disclosure

import "strings"

// Status is what is decided of a cell.
type Status uint8

// The decisions.
const (
	Empty     Status = iota // nothing was contributed to it
	Shown                   // its value may be seen
	Primary                 // withheld: of itself it would give a contributor away
	Secondary               // withheld: it would give a primary cell away
)

// Pattern is the decision on every cell of a table. It never changes and may be
// read by several goroutines.
type Pattern struct {
	table  *table
	status []Status
}

// Protect decides on every cell of the table that the contributions make. It
// fails only on facts that make no table: a wrong number of codes, a negative
// value, a contribution to a total.
func Protect(dims []Dimension, facts []Contribution, rule Rule) (*Pattern, error) {
	t, err := build(dims, facts, rule)
	if err != nil {
		return nil, err
	}
	s := newSearch(t)
	s.primaries()
	s.settle()
	for s.widen() || s.repair(s.exposed()) {
		s.settle()
	}
	t.work, t.lines, t.of, t.below = nil, nil, nil, nil // only the search needs them
	for i := range t.cells {
		t.cells[i].parts = nil
	}
	t.parts = nil
	return &Pattern{table: t, status: s.status}, nil
}

// Status gives the decision on the cell with these codes, one for each
// dimension, codes of totals included.
func (p *Pattern) Status(codes ...string) Status {
	_, status := p.Cell(codes...)
	return status
}

// Cell gives a cell's sum and the decision on it. The sum is for the caller to
// compare with, never to show where the decision is to withhold it.
func (p *Pattern) Cell(codes ...string) (float64, Status) {
	at := make([]int, len(codes))
	if len(codes) != len(p.table.dims) {
		return 0, Empty
	}
	for d, code := range codes {
		n, ok := p.table.dims[d].number[code]
		if !ok {
			return 0, Empty
		}
		at[d] = n
	}
	n, ok := p.table.index[p.table.key(at)]
	if !ok {
		return 0, Empty
	}
	return p.table.cells[n].spread.total, p.status[n]
}

// Counts is how many cells of a table, totals included, were decided which way.
type Counts struct{ Shown, Primary, Secondary int }

// Counts tells how the decisions fell.
func (p *Pattern) Counts() Counts {
	var c Counts
	for _, s := range p.status {
		switch s {
		case Shown:
			c.Shown++
		case Primary:
			c.Primary++
		case Secondary:
			c.Secondary++
		}
	}
	return c
}

// Withheld lists the cells that are not shown, each as its codes joined by " / ".
func (p *Pattern) Withheld() []string {
	var out []string
	for n, s := range p.status {
		if s == Shown {
			continue
		}
		codes := make([]string, len(p.table.dims))
		for d, c := range p.table.cells[n].at {
			codes[d] = p.table.dims[d].codes[c]
		}
		out = append(out, strings.Join(codes, " / "))
	}
	return out
}
