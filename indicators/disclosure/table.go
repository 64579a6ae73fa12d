package disclosure

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Total is the code that dimensions use for all of their codes together.
const Total = "*"

// Dimension is one way in which a table is split: a tree, or several trees, of
// codes. Contributions lie at codes without children; every code above them is a
// total that readers may see.
type Dimension struct {
	Name string
	// Parent gives the code right above one, and false where there is none.
	Parent func(code string) (string, bool)
}

// Flat is a dimension whose codes have one total above them.
func Flat(name string) Dimension {
	return Dimension{Name: name, Parent: func(code string) (string, bool) { return Total, code != Total }}
}

// Contribution is what one contributor put into an inner cell. Several of one
// contributor to one cell are added up. An unknown contributor is "": all that is
// unknown counts as one, since nobody can say that it is more.
type Contribution struct {
	Codes       []string // one for each dimension, without children
	Contributor string
	Value       float64 // never negative
}

// table is every cell, inner and total, with the lines that tie them together.
type table struct {
	rule  Rule
	dims  []axis
	parts []part // inner cells
	cells []cell
	index map[uint64]int32
	lines []line
	of    [][]int32 // lines of each cell
	below [][]int32 // the line that each cell is the total of, by dimension; -1 where it is none
	work  *scratch
}

// axis is a dimension with numbers for its codes.
type axis struct {
	codes  []string
	number map[string]int
	parent []int // -1 at a root
	leaf   []bool
}

// part is what each contributor put into an inner cell.
type part struct {
	who  []int32
	much []float64
}

// cell is a sum over inner cells.
type cell struct {
	at     []int // code in each dimension
	parts  []int32
	spread spread
}

// line says that a cell is the sum of others, which differ in one dimension only.
type line struct {
	total  int32
	inners []int32
}

func build(dims []Dimension, facts []Contribution, rule Rule) (*table, error) {
	if len(dims) == 0 {
		return nil, errors.New("a table needs at least one dimension")
	}
	t := &table{rule: rule, index: map[uint64]int32{}}
	for range dims {
		t.dims = append(t.dims, axis{number: map[string]int{}})
	}
	inner, contributors, err := t.read(dims, facts)
	if err != nil {
		return nil, err
	}
	t.work = newScratch(contributors)
	t.addCells(inner)
	t.addLines()
	for i := range t.cells {
		t.cells[i].spread = t.spreadOf([]int32{int32(i)})
	}
	return t, nil
}

// add numbers a code and all above it.
func (a *axis) add(d Dimension, code string) (int, error) {
	if n, ok := a.number[code]; ok {
		return n, nil
	}
	n := len(a.codes)
	a.number[code] = n
	a.codes, a.parent, a.leaf = append(a.codes, code), append(a.parent, -1), append(a.leaf, true)
	if above, ok := d.Parent(code); ok {
		if len(a.codes) > 1<<20 || above == code {
			return 0, fmt.Errorf("dimension %s has no end above %q", d.Name, code)
		}
		p, err := a.add(d, above)
		if err != nil {
			return 0, err
		}
		a.parent[n], a.leaf[p] = p, false
	}
	return n, nil
}

// read numbers codes and contributors and adds up the contributions by inner
// cell. It gives the codes of each inner cell and how many contributors there are.
func (t *table) read(dims []Dimension, facts []Contribution) (inner [][]int, contributors int, err error) {
	type entry struct{ cell, who int32 }
	found, names, sums := map[string]int32{}, map[string]int32{}, map[entry]float64{}
	var order []entry
	for _, f := range facts {
		if len(f.Codes) != len(dims) {
			return nil, 0, fmt.Errorf("a contribution with %d codes in a table of %d dimensions", len(f.Codes), len(dims))
		}
		if f.Value < 0 {
			return nil, 0, fmt.Errorf("the contribution of %q to %s is negative", f.Contributor, strings.Join(f.Codes, ", "))
		}
		id := strings.Join(f.Codes, "\x00")
		at, ok := found[id]
		if !ok {
			codes := make([]int, len(dims))
			for i, d := range dims {
				if codes[i], err = t.dims[i].add(d, f.Codes[i]); err != nil {
					return nil, 0, err
				}
			}
			at = int32(len(inner))
			found[id], inner, t.parts = at, append(inner, codes), append(t.parts, part{})
		}
		who, ok := names[f.Contributor]
		if !ok {
			who = int32(len(names))
			names[f.Contributor] = who
		}
		e := entry{at, who}
		if _, seen := sums[e]; !seen {
			order = append(order, e)
		}
		sums[e] += f.Value
	}
	for _, e := range order {
		p := &t.parts[e.cell]
		p.who, p.much = append(p.who, e.who), append(p.much, sums[e])
	}
	for _, codes := range inner {
		for d, n := range codes {
			if !t.dims[d].leaf[n] {
				return nil, 0, fmt.Errorf("contributions lie at %q of %s, which is a total of others", t.dims[d].codes[n], dims[d].Name)
			}
		}
	}
	return inner, len(names), nil
}

// addCells makes every total that an inner cell counts in. The order is that of
// the codes as written, so that it does not depend on the order of the facts.
func (t *table) addCells(inner [][]int) {
	var all []cell
	for i, codes := range inner {
		t.above(codes, 0, make([]int, len(codes)), func(at []int) {
			key := t.key(at)
			n, ok := t.index[key]
			if !ok {
				n = int32(len(all))
				t.index[key] = n
				all = append(all, cell{at: slices.Clone(at)})
			}
			all[n].parts = append(all[n].parts, int32(i))
		})
	}
	slices.SortFunc(all, func(x, y cell) int {
		for d := range x.at {
			if c := strings.Compare(t.dims[d].codes[x.at[d]], t.dims[d].codes[y.at[d]]); c != 0 {
				return c
			}
		}
		return 0
	})
	t.cells = all
	for n, c := range all {
		t.index[t.key(c.at)] = int32(n)
	}
}

// above visits every combination of the codes and those above them.
func (t *table) above(codes []int, d int, at []int, visit func([]int)) {
	if d == len(codes) {
		visit(at)
		return
	}
	for n := codes[d]; n >= 0; n = t.dims[d].parent[n] {
		at[d] = n
		t.above(codes, d+1, at, visit)
	}
}

func (t *table) key(at []int) uint64 {
	var k uint64
	for d, n := range at {
		k = k*uint64(len(t.dims[d].codes)) + uint64(n)
	}
	return k
}

func (t *table) addLines() {
	t.of, t.below = make([][]int32, len(t.cells)), make([][]int32, len(t.cells))
	for i := range t.below {
		t.below[i] = slices.Repeat([]int32{-1}, len(t.dims))
	}
	lines := map[uint64]int32{}
	at := make([]int, len(t.dims))
	for n, c := range t.cells {
		for d := range t.dims {
			p := t.dims[d].parent[c.at[d]]
			if p < 0 {
				continue
			}
			copy(at, c.at)
			at[d] = p
			total := t.index[t.key(at)]
			id := uint64(total)*uint64(len(t.dims)) + uint64(d)
			l, ok := lines[id]
			if !ok {
				l = int32(len(t.lines))
				lines[id] = l
				t.lines = append(t.lines, line{total: total})
				t.of[total] = append(t.of[total], l)
				t.below[total][d] = l
			}
			t.lines[l].inners = append(t.lines[l].inners, int32(n))
			t.of[n] = append(t.of[n], l)
		}
	}
}

// scratch adds up contributions by contributor, again and again in one place.
type scratch struct {
	much    []float64
	seen    []bool
	touched []int32
}

func newScratch(contributors int) *scratch {
	return &scratch{much: make([]float64, contributors), seen: make([]bool, contributors)}
}

// spreadOf is that of several cells that do not overlap, taken as one sum.
func (t *table) spreadOf(cells []int32) spread {
	w := t.work
	for _, c := range cells {
		for _, p := range t.cells[c].parts {
			for i, who := range t.parts[p].who {
				if !w.seen[who] {
					w.seen[who] = true
					w.touched = append(w.touched, who)
				}
				w.much[who] += t.parts[p].much[i]
			}
		}
	}
	var s spread
	tops := make([]float64, 0, 8)
	n := t.rule.tops()
	for _, who := range w.touched {
		v := w.much[who]
		w.much[who], w.seen[who] = 0, false
		if v == 0 {
			continue
		}
		s.count, s.total = s.count+1, s.total+v
		if len(tops) == n && v <= tops[n-1] {
			continue
		}
		at, _ := slices.BinarySearchFunc(tops, v, func(a, b float64) int {
			if a > b {
				return -1
			}
			return 1
		})
		tops = slices.Insert(tops, at, v)
		if len(tops) > n {
			tops = tops[:n]
		}
	}
	w.touched = w.touched[:0]
	for i, v := range tops {
		if i == 0 {
			s.first = v
		}
		s.top += v
	}
	return s
}
