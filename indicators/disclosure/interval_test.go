package disclosure

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"
)

// bounds are the least and the greatest value that a cell can have, when all
// that is shown holds and nothing is negative.
func (r *reader) bounds(t *testing.T, name string, shown map[string]float64) (least, greatest float64) {
	t.Helper()
	fresh := &reader{inner: r.inner, sums: r.sums} // equations without doubles, as the simplex method wants them
	var rows [][]float64
	var right []float64
	for _, n := range r.names() {
		v, known := shown[n]
		if !known {
			continue
		}
		if before := len(fresh.basis); true {
			if fresh.learn(fresh.vector(n)); len(fresh.basis) == before {
				continue
			}
		}
		row := make([]float64, len(r.inner))
		for _, i := range r.sums[n] {
			row[i] = 1
		}
		rows, right = append(rows, row), append(right, v)
	}
	// A last unknown takes what is left under a bound that no table here reaches,
	// so that the greatest value exists even where nothing else bounds it.
	const sky = 1e7
	width := len(r.inner) + 1
	a := mat.NewDense(len(rows)+1, width, nil)
	for i, row := range rows {
		a.SetRow(i, append(row, 0))
	}
	for i := range width {
		a.Set(len(rows), i, 1)
	}
	right = append(right, sky)
	solve := func(sign float64) float64 {
		cost := make([]float64, width)
		for _, i := range r.sums[name] {
			cost[i] = sign
		}
		best, _, err := lp.Simplex(cost, a, right, 1e-9, nil)
		require.NoError(t, err)
		return sign * best
	}
	return solve(1), solve(-1)
}

// The largest contributor of a withheld cell must not be known to within p
// percent of it: the cell may not be held between bounds closer than that.
func TestNothingWithheldIsPinnedDownByValuesThatAreNeverNegative(t *testing.T) {
	for n, s := range shapes() {
		if len(s.dims) > 2 {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			primaries, wide := 0, 0
			for seed := range uint64(100) {
				facts := s.facts(rand.New(rand.NewPCG(seed, uint64(n)+100)))
				p, err := Protect(s.dims, facts, strict)
				require.NoError(t, err)
				r := newReader(s.dims, facts, p.Status)
				shown, truth := map[string]float64{}, map[string]float64{}
				for _, name := range r.names() {
					for _, v := range contributionsTo(s.dims, facts, name) {
						truth[name] += v
					}
					if p.Status(strings.Split(name, "|")...) == Shown {
						shown[name] = truth[name]
					}
				}
				for _, name := range r.names() {
					status := p.Status(strings.Split(name, "|")...)
					if status == Shown {
						continue
					}
					least, greatest := r.bounds(t, name, shown)
					require.LessOrEqual(t, least, truth[name]+1e-3)
					require.GreaterOrEqual(t, greatest, truth[name]-1e-3)
					require.Greater(t, greatest-least, 1e-3, "table %d holds %s to one value", seed, name)
					if status == Primary {
						primaries++
						if largest := largestOf(contributionsTo(s.dims, facts, name)); greatest-least >= largest*strict.Percent/100 {
							wide++
						}
					}
				}
			}
			t.Logf("%d of %d primary cells (%.1f%%) lie between bounds wider than %g%% of their largest contribution",
				wide, primaries, pct(wide, primaries), strict.Percent)
		})
	}
}

func largestOf(v []float64) float64 {
	most := 0.0
	for _, x := range v {
		most = math.Max(most, x)
	}
	return most
}
