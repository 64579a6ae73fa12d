package indicators

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"khue/locale"
)

// column is one key of all rows of a result: each different value once, since an answer
// of a thousand rows has a dozen months and some hundred organisers to be named, put in
// order and looked up.
type column struct {
	keys  []Key          // the different ones
	ranks []int          // of keys: their order in the catalogue, or unranked
	place map[string]int // in keys, by the codes of the facts
	of    []int          // by row: its place in keys
}

// unranked is the rank of codes that go by name: past all that the catalogue has.
const unranked = math.MaxInt

func columnOf(rows []*Row, key int) column {
	c := column{place: make(map[string]int), of: make([]int, len(rows))}
	var first []int // the first row of each different key
	for n, row := range rows {
		code := row.Keys[key].Code
		if n > 0 && code == rows[n-1].Keys[key].Code {
			c.of[n] = c.of[n-1] // rows come sorted by codes
			continue
		}
		at, known := c.place[code]
		if !known {
			at = len(first)
			c.place[code], first = at, append(first, n)
		}
		c.of[n] = at
	}
	c.keys, c.ranks = make([]Key, len(first)), make([]int, len(first))
	for at, n := range first {
		c.keys[at], c.ranks[at] = rows[n].Keys[key], unranked
	}
	return c
}

// sort puts the rows in the order of By: time rising, codes in the catalogue's
// order, names by Vietnamese collation, then the unknown, and all others last.
func (r *result) sort() {
	keys := len(r.columns)
	places, order := make([]int, 0, len(r.rows)*keys), make([]int, len(r.rows))
	ordered := make([][]int, keys)
	for i, c := range r.columns {
		if i == r.asked.timeKey {
			ordered[i] = c.inTime()
		} else {
			ordered[i] = c.inWords()
		}
	}
	for n := range r.rows {
		order[n] = n
		for i, c := range r.columns {
			places = append(places, ordered[i][c.of[n]])
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		for i := range keys {
			if d := places[a*keys+i] - places[b*keys+i]; d != 0 {
				return d
			}
		}
		return a - b
	})
	sorted := make([]*Row, len(r.rows))
	for n, before := range order {
		sorted[n] = r.rows[before]
	}
	r.rows, r.columns = sorted, nil
}

// inTime gives the different periods their places, equal ones the same.
func (c *column) inTime() []int {
	return placesBy(len(c.keys), func(a, b int) int { return c.keys[a].Period.Start().Compare(c.keys[b].Period.Start()) })
}

// collationKeys are those of the names that answers are sorted by.
var collationKeys locale.CollationKeys

// inWords gives the different codes their places: in the catalogue's order, then by the
// collation keys of their names.
func (c *column) inWords() []int {
	last, names := make([]int, len(c.keys)), make([]string, len(c.keys))
	for at, key := range c.keys {
		switch {
		case key.Code == OtherCode:
			last[at] = 2
		case key.Code == "":
			last[at] = 1
		case c.ranks[at] == unranked:
			names[at] = collationKeys.Of(key.Name.VI)
		}
	}
	rank := func(at int) int {
		if last[at] > 0 {
			return unranked
		}
		return c.ranks[at]
	}
	return placesBy(len(c.keys), func(a, b int) int {
		return cmp.Or(cmp.Compare(last[a], last[b]), cmp.Compare(rank(a), rank(b)), strings.Compare(names[a], names[b]), strings.Compare(c.keys[a].Code, c.keys[b].Code))
	})
}

// placesBy gives each of n things its place in an order, equal ones the same.
func placesBy(n int, compare func(a, b int) int) []int {
	order, places := make([]int, n), make([]int, n)
	for at := range order {
		order[at] = at
	}
	slices.SortFunc(order, compare)
	for place := 1; place < n; place++ {
		places[order[place]] = places[order[place-1]]
		if compare(order[place-1], order[place]) != 0 {
			places[order[place]] = place
		}
	}
	return places
}
