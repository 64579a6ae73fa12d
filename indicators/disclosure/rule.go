package disclosure

import (
	"fmt"
	"slices"
)

// Rule says which sums are unsafe. The threshold always holds; of the two rules
// on concentration one is used, the p% rule when Percent is set, else the (n,k)
// rule when Largest is. Both are meaningful for contributions that are never
// negative, and both are subadditive: two safe sums make a safe sum.
type Rule struct {
	// Minimum is the fewest contributors of a safe sum. One whose contributions
	// are all zero is not counted: it hides nobody.
	Minimum int
	// Percent is p of the p% rule: a sum is unsafe when the second largest
	// contributor, taking its own part off, knows the largest to within p percent.
	Percent float64
	// Largest and Share are n and k of the (n,k) rule: a sum is unsafe when its n
	// largest contributors make up more than k percent of it.
	Largest int
	Share   float64
}

// String writes the rule as the literature does: "at least 3, p% rule with p = 10".
func (r Rule) String() string {
	switch {
	case r.Percent > 0:
		return fmt.Sprintf("at least %d, p%% rule with p = %g", r.Minimum, r.Percent)
	case r.Largest > 0:
		return fmt.Sprintf("at least %d, (n,k) rule with n = %d, k = %g", r.Minimum, r.Largest, r.Share)
	}
	return fmt.Sprintf("at least %d", r.Minimum)
}

// Safe tells whether a sum of these contributions, one for each contributor, may
// be shown. The order does not matter.
func (r Rule) Safe(contributions ...float64) bool {
	var s spread
	largest := slices.Clone(contributions)
	slices.SortFunc(largest, func(a, b float64) int {
		switch {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	for _, v := range largest {
		if v == 0 {
			continue
		}
		s.count, s.total = s.count+1, s.total+v
		if s.count <= r.tops() {
			s.top += v
		}
		if s.count == 1 {
			s.first = v
		}
	}
	return r.safe(s)
}

// spread is what the rules ask of a sum: how many contributed, how much, the
// largest contribution and the largest few together.
type spread struct {
	count             int
	total, first, top float64
}

// tops is how many of the largest contributions the rule looks at.
func (r Rule) tops() int {
	if r.Percent <= 0 && r.Largest > 0 {
		return r.Largest
	}
	return 2
}

func (r Rule) safe(s spread) bool { return s.count >= r.Minimum && r.excess(s) <= 0 }

// excess is by how much the largest contributions are too large; 0 or less is
// safe. It is subadditive, also where a contributor has part in both sums.
func (r Rule) excess(s spread) float64 {
	switch {
	case r.Percent > 0:
		return s.first*r.Percent/100 - (s.total - s.top)
	case r.Largest > 0:
		return s.top - s.total*r.Share/100
	}
	return 0
}
