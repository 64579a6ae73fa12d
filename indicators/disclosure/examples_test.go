package disclosure

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// The example of the Handbook on Statistical Disclosure Control against the (1,k)
// rule: of 100,000 the two largest make 50,000 and 49,000.
func TestTheSecondLargestKnowsTheLargestWhereTheShareRuleSeesNoDanger(t *testing.T) {
	contributions := []float64{50_000, 49_000, 600, 400}
	require.True(t, Rule{Minimum: 3, Largest: 1, Share: 90}.Safe(contributions...))
	require.False(t, Rule{Minimum: 3, Percent: 10}.Safe(contributions...))
}

func TestRulesAtTheirEdges(t *testing.T) {
	for _, c := range []struct {
		rule          Rule
		contributions []float64
		safe          bool
		why           string
	}{
		{strict, nil, false, "nobody"},
		{strict, []float64{5, 5}, false, "two know each other"},
		{strict, []float64{5, 5, 5}, true, "three alike"},
		{strict, []float64{5, 5, 0}, false, "a zero hides nobody"},
		{strict, []float64{0, 0, 0}, false, "a sum of zeros tells that each had none"},
		{strict, []float64{100, 50, 10}, true, "the rest is just 10% of the largest"},
		{strict, []float64{100, 50, 9.99}, false, "the rest is less"},
		{Rule{Minimum: 3, Largest: 1, Share: 85}, []float64{85, 10, 5}, true, "just 85%"},
		{Rule{Minimum: 3, Largest: 1, Share: 85}, []float64{86, 9, 5}, false, "more"},
		{Rule{Minimum: 3, Largest: 2, Share: 90}, []float64{50, 41, 9}, false, "two of them"},
		{Rule{Minimum: 5}, []float64{1, 1, 1, 1}, false, "a higher threshold"},
	} {
		require.Equal(t, c.safe, c.rule.Safe(c.contributions...), c.why)
	}
}

func among(n int, total float64, prefix string, codes ...string) []Contribution {
	var out []Contribution
	for i := range n {
		out = append(out, Contribution{Codes: codes, Contributor: fmt.Sprint(prefix, i), Value: total / float64(n)})
	}
	return out
}

// The handbook's first table, turnover by region and industry with the number of
// respondents: 540 (12), 231 (15), 48 (2), 125 (8). Only the 48 is unsafe; with
// all totals shown a table of two by two must lose all four.
func TestOneUnsafeCellOfFourTakesTheOthersWithIt(t *testing.T) {
	facts := slices.Concat(among(12, 540, "a", "region 1", "A"), among(15, 231, "b", "region 1", "B"),
		among(2, 48, "c", "region 2", "A"), among(8, 125, "d", "region 2", "B"))
	p, err := Protect([]Dimension{Flat("region"), Flat("industry")}, facts, strict)
	require.NoError(t, err)
	require.Equal(t, Primary, p.Status("region 2", "A"))
	require.Equal(t, []string{"region 1 / A", "region 1 / B", "region 2 / A", "region 2 / B"}, p.Withheld())
	require.Equal(t, Counts{Shown: 5, Primary: 1, Secondary: 3}, p.Counts())
	value, _ := p.Cell(Total, Total)
	require.InDelta(t, 944, value, 1e-6)
}

func TestInAListTheSmallestIsWithheldBesideTheUnsafe(t *testing.T) {
	facts := slices.Concat(among(2, 40, "a", "film"), among(9, 900, "b", "music"), among(9, 300, "c", "design"), among(9, 500, "d", "crafts"))
	p, err := Protect([]Dimension{Flat("discipline")}, facts, strict)
	require.NoError(t, err)
	require.Equal(t, []string{"design", "film"}, p.Withheld())
}

// Two unsafe cells of the same two contributors protect each other only in form:
// their sum is as unsafe as each.
func TestTwoUnsafeCellsOfTheSameContributorsNeedAThird(t *testing.T) {
	facts := slices.Concat(among(2, 40, "a", "film"), among(2, 60, "a", "radio"), among(9, 300, "c", "design"), among(9, 500, "d", "crafts"))
	p, err := Protect([]Dimension{Flat("discipline")}, facts, strict)
	require.NoError(t, err)
	require.Equal(t, []string{"design", "film", "radio"}, p.Withheld())
}

func TestNothingIsWithheldWhereAllIsSafe(t *testing.T) {
	var facts []Contribution
	for _, x := range []string{"a", "b", "c"} {
		for _, y := range []string{"k", "l", "m", "n"} {
			facts = append(facts, among(6, 600, x+y, x, y)...)
		}
	}
	p, err := Protect([]Dimension{Flat("x"), Flat("y")}, facts, strict)
	require.NoError(t, err)
	require.Empty(t, p.Withheld())
	require.Equal(t, Empty, p.Status("a", "z"))
	require.Equal(t, Empty, p.Status("a"))
}

func TestTheDecisionDoesNotDependOnTheOrderOfTheFacts(t *testing.T) {
	for n, s := range shapes() {
		r := rand.New(rand.NewPCG(5, uint64(n)))
		facts := s.facts(r)
		first, err := Protect(s.dims, facts, strict)
		require.NoError(t, err)
		for range 5 {
			r.Shuffle(len(facts), func(i, j int) { facts[i], facts[j] = facts[j], facts[i] })
			again, err := Protect(s.dims, facts, strict)
			require.NoError(t, err)
			require.Equal(t, first.Withheld(), again.Withheld(), s.name)
		}
	}
}

func TestFactsThatMakeNoTableAreRefused(t *testing.T) {
	for want, facts := range map[string][]Contribution{
		"a table of 1 dimensions": {{Codes: []string{"a", "b"}, Value: 1}},
		"is negative":             {{Codes: []string{"a"}, Contributor: "x", Value: -1}},
		"a total of others":       {{Codes: []string{"a"}, Value: 1}, {Codes: []string{Total}, Value: 1}},
	} {
		_, err := Protect([]Dimension{Flat("x")}, facts, strict)
		require.ErrorContains(t, err, want)
	}
	_, err := Protect(nil, nil, strict)
	require.Error(t, err)
}
