package warehouse

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// randomIndex holds events of random days with random words for keys.
func randomIndex(r *rand.Rand, events int) *eventIndex {
	x := &eventIndex{usable: true}
	lists := make([]wordList, len(indexDims))
	for range events {
		x.days = append(x.days, int32(19_000+r.IntN(900)))
		x.over = append(x.over, int64(r.IntN(10)))
		x.reported = append(x.reported, r.IntN(3) > 0)
		for k := range lists {
			lists[k].add(fmt.Sprint(r.IntN(1 + 3*k)))
		}
	}
	slices.Sort(x.days)
	for _, l := range lists {
		x.keys = append(x.keys, l.sorted())
	}
	x.periods = map[string]words{}
	for grain := range grainDay {
		x.periods[grain] = periodsOf(grain, x.days)
	}
	for range 40 {
		day := time.Unix(int64(19_000+r.IntN(900))*24*60*60, 0).UTC()
		x.strange = append(x.strange, unknownDays{day, fmt.Sprint("s", r.IntN(2)), fmt.Sprint("stranger ", r.IntN(10))})
	}
	return x
}

// plainly counts the known events of an index one by one.
func (x *eventIndex) plainly(e Expecting) map[string]Reports {
	out := map[string]Reports{}
	for event, number := range x.days {
		day := time.Unix(int64(number)*24*60*60, 0).UTC()
		if x.over[event] > e.Over.UnixMilli() || (!e.From.IsZero() && day.Before(e.From)) || (!e.To.IsZero() && !day.Before(e.To)) {
			continue
		}
		of := func(dim string) string {
			if grainDay[dim] != "" {
				return firstDayOf(dim, day)
			}
			k := x.keys[slices.Index(indexDims, dim)]
			return k.different[k.of[event]]
		}
		if slices.ContainsFunc(e.Where, func(f Filter) bool { return slices.Contains(f.Values, of(f.Dim)) == f.Not }) {
			continue
		}
		var keys []string
		for _, dim := range e.By {
			keys = append(keys, of(dim))
		}
		c := out[strings.Join(keys, "|")]
		c.Expected++
		if x.reported[event] {
			c.Reported++
		}
		out[strings.Join(keys, "|")] = c
	}
	return out
}

// Few combinations of keys are counted in a table, many by sorting events.
func TestEventsAreCountedInATableAsTheyAreInOrderAndOneByOne(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	dims := append(slices.Clone(indexDims), "year", "half", "quarter", "month", "week", "day")
	tables, sorted := 0, 0
	for range 200 {
		x := randomIndex(r, r.IntN([]int{400, 400, 400, 5000}[r.IntN(4)])) // more than a stretch, too
		e := Expecting{Over: time.UnixMilli(int64(r.IntN(10)))}
		for _, at := range r.Perm(len(dims))[:r.IntN(5)] {
			e.By = append(e.By, dims[at])
		}
		if r.IntN(2) == 0 {
			e.From = time.Unix(int64(19_000+r.IntN(800))*24*60*60, 0).UTC()
		}
		if r.IntN(2) == 0 {
			e.To = time.Unix(int64(19_100+r.IntN(900))*24*60*60, 0).UTC()
		}
		if r.IntN(3) == 0 {
			e.Where = []Filter{{Dim: dims[r.IntN(len(indexDims))], Values: []string{"0", "2", "none"}, Not: r.IntN(2) == 0}}
		}
		known := map[string]Reports{}
		counted := x.count(e)
		require.True(t, slices.IsSortedFunc(counted, func(a, b Reports) int { return slices.Compare(a.Keys, b.Keys) }))
		for _, cell := range counted {
			if cell.Expected > 0 {
				known[strings.Join(cell.Keys, "|")] = Reports{Expected: cell.Expected, Reported: cell.Reported}
			}
		}
		require.Equal(t, x.plainly(e), known, "%+v", e)
		c := x.counting(e)
		if c.from >= c.to {
			continue
		}
		if cells, few := c.cells(); few {
			require.ElementsMatch(t, c.inOrder(), c.inTable(cells))
			tables++
		} else {
			sorted++
		}
	}
	require.Greater(t, min(tables, sorted), 20)
}
