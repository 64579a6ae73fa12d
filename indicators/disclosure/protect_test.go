package disclosure

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var strict = Rule{Minimum: 3, Percent: 10}

// levels is a dimension of three levels: "a1" and "a2" make "a", which with "b"
// makes the total.
func levels(name string) Dimension {
	return Dimension{Name: name, Parent: func(code string) (string, bool) {
		switch len(code) {
		case 2:
			return code[:1], true
		case 1:
			return Total, code != Total
		}
		return "", false
	}}
}

// trees is a dimension of several trees without a common total, as years are.
func trees(name string) Dimension {
	return Dimension{Name: name, Parent: func(code string) (string, bool) { return code[:1], len(code) == 2 }}
}

// shape is a kind of random table: which dimensions, with how many codes each.
type shape struct {
	name  string
	dims  []Dimension
	codes [][]string
}

func shapes() []shape {
	flat := func(n int) []string {
		var out []string
		for i := range n {
			out = append(out, string(rune('a'+i)))
		}
		return out
	}
	deep := []string{"a1", "a2", "a3", "b1", "b2", "c1"}
	return []shape{
		{"1-D", []Dimension{Flat("x")}, [][]string{flat(7)}},
		{"1-D with levels", []Dimension{levels("x")}, [][]string{deep}},
		{"2-D", []Dimension{Flat("x"), Flat("y")}, [][]string{flat(5), flat(5)}},
		{"2-D with levels", []Dimension{levels("x"), Flat("y")}, [][]string{deep, flat(4)}},
		{"3-D", []Dimension{Flat("x"), Flat("y"), Flat("z")}, [][]string{flat(3), flat(3), flat(4)}},
		{"3-D of several trees", []Dimension{trees("t"), Flat("y"), Flat("z")}, [][]string{{"a1", "a2", "b1", "b2"}, flat(3), flat(3)}},
	}
}

// facts makes a random table: some inner cells empty, some with one contributor,
// some with many, contributors that have part in several cells, zeros.
func (s shape) facts(r *rand.Rand) []Contribution {
	var out []Contribution
	organisers, density := 3+r.IntN(25), 0.3+0.7*r.Float64()
	crowd := 1 + r.IntN(9)
	var fill func(codes []string)
	fill = func(codes []string) {
		if len(codes) < len(s.codes) {
			for _, c := range s.codes[len(codes)] {
				fill(append(slices.Clone(codes), c))
			}
			return
		}
		if r.Float64() > density {
			return
		}
		for range 1 + r.IntN(crowd) {
			v := float64(r.IntN(100))
			if r.IntN(10) == 0 {
				v *= 100
			}
			out = append(out, Contribution{Codes: codes, Contributor: fmt.Sprint("o", r.IntN(organisers)), Value: v})
		}
	}
	fill(nil)
	return out
}

// Every table is also asked of a reader written apart, who eliminates with exact
// fractions.
func TestNoWithheldCellCanBeWorkedOutFromTheOthers(t *testing.T) {
	const tables = 700 // of each shape
	for n, s := range shapes() {
		t.Run(s.name, func(t *testing.T) {
			var cells, primary, secondary, needless int
			for seed := range uint64(tables) {
				facts := s.facts(rand.New(rand.NewPCG(seed, uint64(n))))
				p, err := Protect(s.dims, facts, strict)
				require.NoError(t, err)
				r := newReader(s.dims, facts, p.Status)
				for _, name := range r.names() {
					switch codes := strings.Split(name, "|"); p.Status(codes...) {
					case Shown:
						require.True(t, r.knows(name))
						require.True(t, strict.Safe(contributionsTo(s.dims, facts, name)...), "table %d shows %s, which is unsafe", seed, name)
					case Empty:
						require.Fail(t, "a cell with contributions is taken for empty", "table %d, %s", seed, name)
					default:
						require.False(t, r.knows(name), "table %d gives %s away", seed, name)
					}
				}
				c := p.Counts()
				cells += c.Shown + c.Primary + c.Secondary
				primary, secondary = primary+c.Primary, secondary+c.Secondary
				needless += needlesslyWithheld(s.dims, facts, p)
			}
			t.Logf("%d tables, %d cells: %.1f%% primary, %.1f%% secondary; %.1f%% of the secondary could each alone be shown",
				tables, cells, pct(primary, cells), pct(secondary, cells), pct(needless, secondary))
			require.Less(t, secondary, cells/2, "more than half of the cells are withheld for the others' sake")
		})
	}
}

func pct(part, of int) float64 { return 100 * float64(part) / float64(max(of, 1)) }

// contributionsTo adds up by contributor what makes a cell, from the facts.
func contributionsTo(dims []Dimension, facts []Contribution, name string) []float64 {
	sums := map[string]float64{}
	for _, f := range facts {
		if slices.Contains(coarser(dims, f.Codes), name) {
			sums[f.Contributor] += f.Value
		}
	}
	var out []float64
	for _, v := range sums {
		out = append(out, v)
	}
	return out
}

// needlesslyWithheld counts secondary cells that, shown in addition to the
// others, would give no withheld cell away.
func needlesslyWithheld(dims []Dimension, facts []Contribution, p *Pattern) int {
	if len(facts) > 60 {
		return 0 // exact fractions over many unknowns take long; small tables tell enough
	}
	n := 0
	base := newReader(dims, facts, p.Status)
	for _, extra := range base.names() {
		if p.Status(strings.Split(extra, "|")...) != Secondary {
			continue
		}
		more := newReader(dims, facts, func(codes ...string) Status {
			if strings.Join(codes, "|") == extra {
				return Shown
			}
			return p.Status(codes...)
		})
		harm := false
		for _, name := range more.names() {
			if name != extra && p.Status(strings.Split(name, "|")...) != Shown && more.knows(name) {
				harm = true
				break
			}
		}
		if !harm {
			n++
		}
	}
	return n
}
