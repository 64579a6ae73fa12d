package indicators

import (
	"encoding/binary"

	"khue/warehouse"
)

// tally is the reports of one expectation by the cells of a question.
type tally struct {
	x     Expectation
	keys  []int               // which keys of a row the cells are told apart by
	cells []warehouse.Reports // several may have the same keys; they add up
	total Completeness
	known bool // cells can be told at all
}

// add counts into a cell and into the whole.
func (t *tally) add(r warehouse.Reports) {
	t.cells, t.total = append(t.cells, r), t.x.with(t.total, r)
}

// with counts reports into a completeness.
func (x Expectation) with(c Completeness, r warehouse.Reports) Completeness {
	return x.counted(c.Reported+int(r.Reported), c.Expected+int(r.Expected), c.Unexpected+int(r.Unexpected))
}

// fill gives every row the completeness of a measure.
func (t *tally) fill(r *result, slot int) {
	if !t.known {
		for _, row := range r.rows {
			row.Completeness[slot].Expectation = t.x.Name
		}
		return
	}
	columns := make([]*column, len(t.keys))
	for i, k := range t.keys {
		columns[i] = &r.columns[k]
	}
	sums := newSums(columns, len(r.rows))
	places, last := make([]int, len(columns)), make([]string, len(columns))
	for n, cell := range t.cells {
		asked := true
		for i, code := range cell.Keys {
			if n == 0 || code != last[i] { // cells come sorted by their keys
				at, known := columns[i].place[code]
				if !known {
					at = -1
				}
				places[i], last[i] = at, code
			}
			asked = asked && places[i] >= 0
		}
		if asked {
			c := sums.of(places)
			*c = t.x.with(*c, cell)
		}
	}
	for n, row := range r.rows {
		for i, c := range columns {
			places[i] = c.of[n]
		}
		row.Completeness[slot] = sums.at(places)
		row.Completeness[slot].Expectation = t.x.Name
	}
}

// sums are completeness by the places of keys in their columns: in a table of all
// combinations, or in a map where such a table would be mostly empty.
type sums struct {
	sizes  []int
	table  []int // one more than the place in found
	sparse map[string]int
	found  []Completeness
	room   []byte
}

func newSums(columns []*column, rows int) *sums {
	s, size, most := &sums{}, 1, 4*rows+1000
	for _, c := range columns {
		s.sizes = append(s.sizes, len(c.keys))
		if size <= most {
			size *= len(c.keys)
		}
	}
	if size <= most {
		s.table = make([]int, size)
	} else {
		s.sparse = make(map[string]int, rows)
	}
	s.found = make([]Completeness, 0, rows)
	return s
}

// of is the sum at these places, to be added to.
func (s *sums) of(places []int) *Completeness {
	at := s.find(places)
	if at < 0 {
		at = len(s.found)
		s.found = append(s.found, Completeness{})
		if s.sparse != nil {
			s.sparse[string(s.room)] = at
		} else {
			s.table[s.index(places)] = at + 1
		}
	}
	return &s.found[at]
}

// at is the sum at these places; nothing where there is none.
func (s *sums) at(places []int) Completeness {
	if at := s.find(places); at >= 0 {
		return s.found[at]
	}
	return Completeness{}
}

// find leaves the key of the map in room.
func (s *sums) find(places []int) int {
	if s.sparse == nil {
		return s.table[s.index(places)] - 1
	}
	s.room = s.room[:0]
	for _, p := range places {
		s.room = binary.AppendUvarint(s.room, uint64(p)) //nolint:gosec // a place is not negative
	}
	if at, known := s.sparse[string(s.room)]; known {
		return at
	}
	return -1
}

func (s *sums) index(places []int) int {
	at := 0
	for i, p := range places {
		at = at*s.sizes[i] + p
	}
	return at
}
