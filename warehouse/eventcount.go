package warehouse

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// count puts the events of a question into its cells, in the order of their keys. It
// goes over all events of the question's days, with numbers in the place of words: ten
// thousand take well below a millisecond.
func (x *eventIndex) count(e Expecting) []Reports {
	c := x.counting(e)
	if c.from >= c.to {
		return x.withStrangers(e, nil)
	}
	if cells, few := c.cells(); few {
		return x.withStrangers(e, c.inTable(cells))
	}
	return x.withStrangers(e, c.inOrder())
}

// counting is the counting of the events that a question expects reports of.
type counting struct {
	from, to int // the events of its days
	ends     []int64
	over     int64
	limits   []limit
	reported []bool
	keys     []countedKey
}

// countedKey is one of the keys that are counted by, with the places that events may
// have in it: the days of a question narrow its periods.
type countedKey struct {
	words
	first, size int
}

func (x *eventIndex) counting(e Expecting) counting {
	c := counting{to: len(x.days), ends: x.over, over: e.Over.UnixMilli(), limits: append(x.limitsOn(e.Only), x.limitsOn(e.Where)...), reported: x.reported}
	if !e.From.IsZero() {
		c.from, _ = slices.BinarySearch(x.days, dayNumber(e.From))
	}
	if !e.To.IsZero() {
		c.to, _ = slices.BinarySearch(x.days, dayNumber(e.To))
	}
	if c.from >= c.to {
		return c
	}
	for _, dim := range e.By {
		if periods, ok := x.periods[dim]; ok {
			first := int(periods.of[c.from])
			c.keys = append(c.keys, countedKey{periods, first, int(periods.of[c.to-1]) - first + 1})
			continue
		}
		k := x.keys[slices.Index(indexDims, dim)]
		c.keys = append(c.keys, countedKey{k, 0, len(k.different)})
	}
	return c
}

// expects tells that an event should have reported.
func (c *counting) expects(event int) bool {
	if c.ends[event] > c.over {
		return false
	}
	for _, l := range c.limits {
		if !l.allowed[l.of[event]] {
			return false
		}
	}
	return true
}

// cells is how many combinations of keys there may be; false where a table of them all
// would be mostly empty.
func (c *counting) cells() (n int, few bool) {
	most := 4*(c.to-c.from) + 1000
	n = 1
	for _, k := range c.keys {
		if n *= k.size; n > most {
			return 0, false
		}
	}
	return n, true
}

// nowhere is the place of an event that is not expected to report.
const nowhere = math.MaxUint32

// places tells for events in a row, from one on, where they stand in a table of all
// combinations of keys. There are fewer than nowhere: cells sees to it.
func (c *counting) places(out []uint32, from int) []uint32 {
	clear(out)
	for _, k := range c.keys {
		size, first := uint32(k.size), uint32(k.first) //nolint:gosec // not more than there are words
		for i, word := range k.of[from : from+len(out)] {
			out[i] = out[i]*size + word - first
		}
	}
	for i, end := range c.ends[from : from+len(out)] {
		if end > c.over {
			out[i] = nowhere
		}
	}
	for _, l := range c.limits {
		for i, word := range l.of[from : from+len(out)] {
			if !l.allowed[word] {
				out[i] = nowhere
			}
		}
	}
	return out
}

// inTable counts in a table of all combinations of keys, over a stretch of events at a
// time: each list is then read in a row, and the places stay at hand.
func (c *counting) inTable(cells int) []Reports {
	type count struct{ expected, reported int32 }
	counts, found := make([]count, cells), 0
	var stretch [1024]uint32
	for from := c.from; from < c.to; from += len(stretch) {
		to := min(from+len(stretch), c.to)
		reported := c.reported[from:to]
		for i, place := range c.places(stretch[:to-from], from) {
			if place == nowhere {
				continue
			}
			n := &counts[place]
			if n.expected == 0 {
				found++
			}
			n.expected++
			if reported[i] {
				n.reported++
			}
		}
	}
	out, room := make([]Reports, 0, found), make([]string, found*len(c.keys))
	for cell, n := range counts {
		if n.expected == 0 {
			continue
		}
		keys := room[:len(c.keys):len(c.keys)]
		room = room[len(c.keys):]
		for i := len(keys) - 1; i >= 0; i-- {
			k := &c.keys[i]
			keys[i], cell = k.different[k.first+cell%k.size], cell/k.size
		}
		out = append(out, Reports{Keys: keys, Expected: int64(n.expected), Reported: int64(n.reported)})
	}
	return out
}

// inOrder sorts the events by their keys; those of a cell then lie side by side.
func (c *counting) inOrder() []Reports {
	events := make([]int, 0, c.to-c.from)
	for event := c.from; event < c.to; event++ {
		if c.expects(event) {
			events = append(events, event)
		}
	}
	compare := func(a, b int) int {
		for i := range c.keys {
			if d := cmp.Compare(c.keys[i].of[a], c.keys[i].of[b]); d != 0 {
				return d
			}
		}
		return 0
	}
	slices.SortFunc(events, compare)
	var out []Reports
	for i, event := range events {
		if i == 0 || compare(events[i-1], event) != 0 {
			keys := make([]string, len(c.keys))
			for j, k := range c.keys {
				keys[j] = k.different[k.of[event]]
			}
			out = append(out, Reports{Keys: keys})
		}
		cell := &out[len(out)-1]
		cell.Expected++
		if c.reported[event] {
			cell.Reported++
		}
	}
	return out
}

// withStrangers adds what events that nobody knows of reported, in the order of the keys.
func (x *eventIndex) withStrangers(e Expecting, known []Reports) []Reports {
	all := known
	x.countStrangers(e, func(keys []string) {
		all = append(all, Reports{Keys: slices.Clone(keys), Unexpected: 1})
	})
	if len(all) == len(known) && known != nil {
		return known
	}
	slices.SortFunc(all, func(a, b Reports) int { return slices.Compare(a.Keys, b.Keys) })
	out := make([]Reports, 0, len(all))
	for i, r := range all {
		if i == 0 || !slices.Equal(all[i-1].Keys, r.Keys) {
			out = append(out, r)
			continue
		}
		cell := &out[len(out)-1]
		cell.Expected, cell.Reported, cell.Unexpected = cell.Expected+r.Expected, cell.Reported+r.Reported, cell.Unexpected+r.Unexpected
	}
	return out
}

// countStrangers counts events that nobody knows of, each once in a cell. They have
// no dimension but their source and their id.
func (x *eventIndex) countStrangers(e Expecting, add func([]string)) {
	if len(x.strange) == 0 {
		return
	}
	seen := map[string]bool{}
	keys := make([]string, len(e.By))
	for _, u := range x.strange {
		if (!e.From.IsZero() && u.day.Before(e.From)) || (!e.To.IsZero() && !u.day.Before(e.To)) || !u.allowed(e.Where) {
			continue
		}
		for i, dim := range e.By {
			switch {
			case grainDay[dim] != "":
				keys[i] = firstDayOf(dim, u.day)
			case dim == "source":
				keys[i] = u.source
			case dim == "event":
				keys[i] = u.event
			default:
				keys[i] = ""
			}
		}
		if id := strings.Join(append(slices.Clone(keys), u.source, u.event), "\x00"); !seen[id] {
			seen[id] = true
			add(keys)
		}
	}
}

func (u unknownDays) allowed(where []Filter) bool {
	for _, f := range where {
		value := ""
		switch f.Dim {
		case "source":
			value = u.source
		case "event":
			value = u.event
		}
		if slices.Contains(f.Values, value) == f.Not {
			return false
		}
	}
	return true
}

// limit is a filter: which words of a key it allows.
type limit struct {
	of      []uint32
	allowed []bool
}

func (x *eventIndex) limitsOn(filters []Filter) []limit {
	out := make([]limit, 0, len(filters))
	for _, f := range filters {
		key := x.keys[slices.Index(indexDims, f.Dim)]
		l := limit{of: key.of, allowed: make([]bool, len(key.different))}
		for i := range l.allowed {
			l.allowed[i] = f.Not
		}
		for _, v := range f.Values {
			if at, known := key.place(v); known {
				l.allowed[at] = !f.Not
			}
		}
		out = append(out, l)
	}
	return out
}
