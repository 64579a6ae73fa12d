package warehouse

import (
	"slices"
	"strings"
)

// table gathers the rows of several queries. A query gives each combination of keys
// once and numbers of its own, so that rows need not be looked up while they come: those
// of one combination meet when all are sorted. The columns of all rows lie in one array
// each: an answer of a thousand rows is a few allocations, not thousands.
type table struct {
	by, width int // how many keys and values a row has
	rows      int
	keys      []string
	values    []float64
	known     []bool
}

func newTable(by, width int) *table { return &table{by: by, width: width} }

// add makes a row whose values are to be filled in before the next is made.
func (t *table) add(keys []string) Row {
	t.rows++
	t.keys = append(t.keys, keys...)
	t.values = append(t.values, make([]float64, t.width)...)
	t.known = append(t.known, make([]bool, t.width)...)
	return t.row(t.rows - 1)
}

func (t *table) row(at int) Row {
	keys, values := at*t.by, at*t.width
	return Row{
		Keys:   t.keys[keys : keys+t.by : keys+t.by],
		Values: t.values[values : values+t.width : values+t.width], Known: t.known[values : values+t.width : values+t.width],
	}
}

// sorted gives the rows in the order of their keys, those of equal keys as one.
func (t *table) sorted() []Row {
	order := make([]int, t.rows)
	for at := range order {
		order[at] = at
	}
	slices.SortFunc(order, func(a, b int) int {
		for i := range t.by {
			if c := strings.Compare(t.keys[a*t.by+i], t.keys[b*t.by+i]); c != 0 {
				return c
			}
		}
		return a - b
	})
	out := make([]Row, 0, t.rows)
	for _, at := range order {
		r := t.row(at)
		if n := len(out); n > 0 && slices.Equal(out[n-1].Keys, r.Keys) {
			out[n-1].take(r)
			continue
		}
		out = append(out, r)
	}
	return out
}

// take adds the values that another query gave for the same keys.
func (r Row) take(other Row) {
	for i, known := range other.Known {
		if known || other.Values[i] != 0 {
			r.Values[i], r.Known[i] = other.Values[i], known
		}
	}
}
