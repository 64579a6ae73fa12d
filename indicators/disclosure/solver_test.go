package disclosure

import (
	"math/big"
	"slices"
	"strings"
)

// reader is somebody who sees every shown cell of a table, knows which inner
// cells somebody contributed to, and works out what they can. It shares nothing
// with the code under test: it goes by the inner cells alone, whose values are
// its unknowns, and eliminates with exact fractions.
type reader struct {
	inner []string         // codes joined
	sums  map[string][]int // every cell -> the inner cells it is made of
	basis [][]*big.Rat     // of what the shown cells tell, in echelon form
	pivot []int
}

func newReader(dims []Dimension, facts []Contribution, status func(...string) Status) *reader {
	r := &reader{sums: map[string][]int{}}
	for _, f := range facts {
		id := strings.Join(f.Codes, "|")
		if !slices.Contains(r.inner, id) {
			r.inner = append(r.inner, id)
		}
	}
	for i, id := range r.inner {
		for _, name := range coarser(dims, strings.Split(id, "|")) {
			r.sums[name] = append(r.sums[name], i)
		}
	}
	for _, name := range r.names() {
		if status(strings.Split(name, "|")...) == Shown {
			r.learn(r.vector(name))
		}
	}
	return r
}

func coarser(dims []Dimension, codes []string) []string {
	out := []string{""}
	for d, code := range codes {
		var next []string
		for {
			for _, before := range out {
				next = append(next, strings.TrimPrefix(before+"|"+code, "|"))
			}
			above, ok := dims[d].Parent(code)
			if !ok {
				break
			}
			code = above
		}
		out = next
	}
	return out
}

func (r *reader) names() []string {
	var out []string
	for name := range r.sums {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func (r *reader) vector(name string) []*big.Rat {
	v := make([]*big.Rat, len(r.inner))
	for i := range v {
		v[i] = new(big.Rat)
	}
	for _, i := range r.sums[name] {
		v[i].SetInt64(1)
	}
	return v
}

// reduce takes off all that is known; what stays zero was known.
func (r *reader) reduce(v []*big.Rat) int {
	for b, row := range r.basis {
		p := r.pivot[b]
		if v[p].Sign() == 0 {
			continue
		}
		factor := new(big.Rat).Quo(v[p], row[p])
		for i := range v {
			if row[i].Sign() != 0 {
				v[i].Sub(v[i], new(big.Rat).Mul(factor, row[i]))
			}
		}
	}
	return slices.IndexFunc(v, func(x *big.Rat) bool { return x.Sign() != 0 })
}

func (r *reader) learn(v []*big.Rat) {
	if p := r.reduce(v); p >= 0 {
		r.basis, r.pivot = append(r.basis, v), append(r.pivot, p)
	}
}

// knows tells whether the value of a cell follows from what is shown.
func (r *reader) knows(name string) bool { return r.reduce(r.vector(name)) < 0 }
