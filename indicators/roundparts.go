package indicators

import (
	"math/big"
	"slices"
	"strings"
)

// roundParts rounds the exact parts of each number of a group by the largest
// remainder: all are rounded down, and the units that are then missing from the
// sum go to the parts that lost most, in the order of their codes where they
// lost the same. So the parts add up to the whole, to the last digit shown, and
// none is a whole unit away from its exact value.
func (g *group) roundParts(decimals []int) {
	parts := slices.Clone(g.portions)
	slices.SortFunc(parts, func(a, b *portion) int {
		for i := range a.codes {
			if c := strings.Compare(strings.Join(a.codes[i], "\x00"), strings.Join(b.codes[i], "\x00")); c != 0 {
				return c
			}
		}
		return 0
	})
	for i, d := range decimals {
		column := make([]*big.Rat, len(parts))
		for j, p := range parts {
			column[j] = p.values[i]
		}
		for j, rounded := range largestRemainder(column, d) {
			parts[j].values[i] = rounded
		}
	}
}

// largestRemainder rounds parts to some decimals so that they add up to their
// sum rounded to as many.
func largestRemainder(parts []*big.Rat, decimals int) []*big.Rat {
	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil))
	units, lost := make([]*big.Int, len(parts)), make([]*big.Rat, len(parts))
	sum, given := new(big.Rat), new(big.Int)
	for i, p := range parts {
		scaled := new(big.Rat).Mul(p, scale)
		sum.Add(sum, scaled)
		units[i] = floor(scaled)
		given.Add(given, units[i])
		lost[i] = scaled.Sub(scaled, new(big.Rat).SetInt(units[i]))
	}
	order := make([]int, len(parts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return lost[b].Cmp(lost[a]) })
	missing := new(big.Int).Sub(floor(sum.Add(sum, big.NewRat(1, 2))), given).Int64()
	for _, i := range order[:min(max(missing, 0), int64(len(order)))] {
		units[i].Add(units[i], big.NewInt(1))
	}
	out := make([]*big.Rat, len(parts))
	for i, u := range units {
		out[i] = new(big.Rat).Quo(new(big.Rat).SetInt(u), scale)
	}
	return out
}

// floor is the greatest whole number that is not above v.
func floor(v *big.Rat) *big.Int {
	return new(big.Int).Div(v.Num(), v.Denom()) // Euclidean: the denominator is positive
}

// toDecimals rounds one number to some decimals, halves up.
func toDecimals(v *big.Rat, decimals int) *big.Rat {
	return largestRemainder([]*big.Rat{v}, decimals)[0]
}
