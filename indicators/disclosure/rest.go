package disclosure

import "slices"

// A reader can take any shown cells off a shown total above them, however far
// below they lie. What is left is a sum of withheld cells, and it must be safe as
// well. It is enough to look at what is left when as much as possible is taken
// off, since what is taken off is safe itself and the rules are subadditive.

// widen withholds more wherever such a rest is unsafe, and tells whether it did.
func (s *search) widen() bool {
	changed := false
	ways := orders(len(s.dims))
	for x := range s.cells {
		for _, way := range ways {
			for s.shown(int32(x)) {
				var left, off []int32
				s.rest(int32(x), way, true, &left, &off)
				if len(left) == 0 || len(off) == 0 || s.standsAlone(left) {
					break
				}
				s.withhold(s.addition(left, off), Secondary)
				changed = true
			}
		}
	}
	return changed
}

// rest goes down from a total, by the dimensions in the order given: shown cells
// are taken off and withheld ones split further; those that cannot be are left.
func (s *search) rest(c int32, way []int, top bool, left, off *[]int32) {
	if !top && s.shown(c) {
		*off = append(*off, c)
		return
	}
	for _, d := range way {
		if l := s.below[c][d]; l >= 0 {
			for _, inner := range s.lines[l].inners {
				s.rest(inner, way, false, left, off)
			}
			return
		}
	}
	*left = append(*left, c)
}

// addition chooses which of the cells taken off to withhold as well: the
// cheapest that makes the rest safe, else the one with the most contributors.
func (s *search) addition(left, off []int32) int32 {
	slices.SortFunc(off, s.byCost)
	both := append(slices.Clone(left), 0)
	best := off[0]
	for _, c := range off {
		both[len(left)] = c
		if s.standsAlone(both) {
			return c
		}
		if s.cells[c].spread.count > s.cells[best].spread.count {
			best = c
		}
	}
	return best
}

// orders lists every way to go down: some of the dimensions, in some order.
func orders(dims int) [][]int {
	var out [][]int
	var add func(so []int)
	add = func(so []int) {
		if len(so) > 0 {
			out = append(out, slices.Clone(so))
		}
		for d := range dims {
			if !slices.Contains(so, d) {
				add(append(so, d))
			}
		}
	}
	add(nil)
	return out
}
