package indicators

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/locale"
)

// rowsAtRandom is a result of months by a dimension whose codes have ranks, names or neither.
func rowsAtRandom(t *testing.T, r *rand.Rand) *result {
	t.Helper()
	found := newResult(&inquiry{by: []Dimension{{Name: "venue"}, {Grain: khue.Month}}, timeKey: 1, grain: khue.Month, limit: 1000, measures: make([]Measure, 1)})
	codes := []string{"", OtherCode, "b", "a", "ă", "z", "đ", "d", "e"}
	for range r.IntN(60) {
		day := time.Date(2024, time.Month(1+r.IntN(14)), 1, 0, 0, 0, 0, time.UTC)
		row, err := found.row([]string{codes[r.IntN(len(codes))], day.Format(time.DateOnly)})
		require.NoError(t, err)
		row.Values[0] = Value{Number: 1, Known: true}
	}
	return found
}

func nameThem(found *result, ranks map[string]int) {
	for i := range 2 {
		c := columnOf(found.rows, i)
		if i == 1 {
			c.namePeriods()
		}
		for at := range c.keys {
			if rank, known := ranks[c.keys[at].Code]; known {
				c.ranks[at] = rank
			}
			c.keys[at].Name.VI = cmp.Or(c.keys[at].Name.VI, c.keys[at].Code)
		}
		for n, row := range found.rows {
			row.Keys[i] = c.keys[c.of[n]]
		}
		found.columns = append(found.columns, c)
	}
}

func TestRowsAreSortedAsTheirKeysAreComparedOneByOne(t *testing.T) {
	r, ranks := rand.New(rand.NewPCG(1, 9)), map[string]int{"z": 0, "e": 1}
	collator := locale.Collator()
	class := func(k Key) int {
		_, ranked := ranks[k.Code]
		switch {
		case ranked:
			return 0
		case k.Code == "":
			return 2
		case k.Code == OtherCode:
			return 3
		}
		return 1
	}
	for range 100 {
		found := rowsAtRandom(t, r)
		nameThem(found, ranks)
		want := slices.Clone(found.rows)
		slices.SortStableFunc(want, func(x, y *Row) int {
			a, b := x.Keys[0], y.Keys[0]
			return cmp.Or(cmp.Compare(class(a), class(b)), cmp.Compare(ranks[a.Code], ranks[b.Code]), collator.CompareString(a.Name.VI, b.Name.VI),
				x.Keys[1].Period.Start().Compare(y.Keys[1].Period.Start()))
		})
		found.sort()
		require.Equal(t, want, found.rows)
	}
}

func TestEachSeriesIsFilledWithTheMonthsThatItLacks(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 9))
	for range 100 {
		found := rowsAtRandom(t, r)
		want := map[string]bool{}
		from, to := found.span()
		for _, row := range found.rows {
			for month := from; month.Before(to); month = month.AddDate(0, 1, 0) {
				want[fmt.Sprint(row.Keys[0].Code, month.Format(time.DateOnly))] = true
			}
		}
		before := slices.Clone(found.rows)
		require.NoError(t, found.fillPeriods())
		require.Equal(t, before, found.rows[:len(before)])
		got := map[string]bool{}
		for n, row := range found.rows {
			require.Equal(t, n < len(before), row.Values[0].Known, "only what was not there is added")
			require.Equal(t, row.Keys[1].Code, row.Keys[1].Period.Start().Format(time.DateOnly))
			got[row.Keys[0].Code+row.Keys[1].Code] = true
		}
		require.Equal(t, want, got)
		require.Len(t, found.rows, len(want), "each once")
	}
}
