package disclosure

import (
	"cmp"
	"slices"
)

// search withholds cells until nothing can be worked out. It only ever adds, so
// it ends; when all is withheld nothing is known.
type search struct {
	*table
	status []Status
	queue  []int32 // lines to look at again
	queued []bool
	tries  map[int32]int // how often a cell was found exposed
}

func newSearch(t *table) *search {
	s := &search{table: t, status: make([]Status, len(t.cells)), queued: make([]bool, len(t.lines)), tries: map[int32]int{}}
	for i := range s.status {
		s.status[i] = Shown
	}
	return s
}

func (s *search) withhold(c int32, as Status) {
	s.status[c] = as
	for _, l := range s.of[c] {
		if !s.queued[l] {
			s.queued[l] = true
			s.queue = append(s.queue, l)
		}
	}
}

// nothing tells that no cell is shown, so that there is nothing to work with.
func (s *search) nothing() bool {
	return !slices.Contains(s.status, Shown)
}

func (s *search) shown(c int32) bool { return s.status[c] == Shown }

func (s *search) primaries() {
	for i, c := range s.cells {
		if !s.rule.safe(c.spread) {
			s.withhold(int32(i), Primary)
		}
	}
}

// settle mends lines until none gives anything away, those of the largest totals
// first: what is decided high up is then taken as given below.
func (s *search) settle() {
	for len(s.queue) > 0 {
		lines := s.queue
		s.queue = nil
		slices.SortFunc(lines, func(a, b int32) int {
			return cmp.Or(
				cmp.Compare(s.cells[s.lines[b].total].spread.total, s.cells[s.lines[a].total].spread.total),
				cmp.Compare(a, b))
		})
		for _, l := range lines {
			s.queued[l] = false
			s.mend(s.lines[l])
		}
	}
}

// mend withholds more of a line until what is withheld of it can stand: what
// the reader gets by taking the shown cells off a shown total must be a safe sum
// of several cells, and a total is not withheld while all that makes it is shown.
func (s *search) mend(l line) {
	var hidden []int32
	for _, c := range l.inners {
		if !s.shown(c) {
			hidden = append(hidden, c)
		}
	}
	if !s.shown(l.total) {
		if len(hidden) == 0 {
			if next, ok := s.cheapest(l, nil); ok {
				s.withhold(next, Secondary)
			}
		}
		return
	}
	for len(hidden) == 1 || (len(hidden) > 0 && !s.standsAlone(hidden)) {
		next, ok := s.cheapest(l, hidden)
		if !ok {
			if len(hidden) == 1 { // the total is the cell
				s.withhold(l.total, Secondary)
			}
			return
		}
		s.withhold(next, Secondary)
		hidden = append(hidden, next)
	}
}

// standsAlone tells whether the sum of cells is safe to be known. Safe cells
// need not be looked at in detail, since the rules are subadditive.
func (s *search) standsAlone(cells []int32) bool {
	excess, most := 0.0, 0
	for _, c := range cells {
		excess += s.rule.excess(s.cells[c].spread)
		most = max(most, s.cells[c].spread.count)
	}
	if excess <= 0 && most >= s.rule.Minimum {
		return true
	}
	return s.rule.safe(s.spreadOf(cells))
}

// cheapest chooses which shown cell of a line to withhold beside the hidden
// ones: of those that make their sum safe the one that troubles the fewest other
// lines, then the smallest, then the first. When none makes it safe alone, the
// one that comes nearest.
func (s *search) cheapest(l line, hidden []int32) (int32, bool) {
	var shown []int32
	for _, c := range l.inners {
		if s.shown(c) {
			shown = append(shown, c)
		}
	}
	if len(shown) == 0 {
		return 0, false
	}
	slices.SortFunc(shown, s.byCost)
	if len(hidden) == 0 {
		return shown[0], true
	}
	both := append(slices.Clone(hidden), 0)
	for _, c := range shown {
		both[len(hidden)] = c
		if s.standsAlone(both) {
			return c, true
		}
	}
	return slices.MaxFunc(shown, func(a, b int32) int {
		return cmp.Or(cmp.Compare(s.cells[a].spread.count, s.cells[b].spread.count),
			cmp.Compare(s.cells[a].spread.total, s.cells[b].spread.total), cmp.Compare(b, a))
	}), true
}

func (s *search) byCost(a, b int32) int {
	return cmp.Or(cmp.Compare(s.trouble(a), s.trouble(b)),
		cmp.Compare(s.cells[a].spread.total, s.cells[b].spread.total), cmp.Compare(a, b))
}

// trouble is how many lines of a cell are still whole: each will need another
// cell once this one is withheld.
func (s *search) trouble(c int32) int {
	n := 0
	for _, l := range s.of[c] {
		if s.whole(s.lines[l]) {
			n++
		}
	}
	return n
}

func (s *search) whole(l line) bool {
	return s.shown(l.total) && !slices.ContainsFunc(l.inners, func(c int32) bool { return !s.shown(c) })
}

// repair withholds more near every exposed cell and tells whether there was
// anything to do: one cell at first, twice as many each time that the same cell
// stays exposed. Exposed cells that share a line are helped together.
func (s *search) repair(exposed []int32) bool {
	helped := make(map[int32]bool) // lines near which one was withheld in this round
	changed := false
	for _, c := range exposed {
		if slices.ContainsFunc(s.of[c], func(l int32) bool { return helped[l] }) {
			continue
		}
		near := s.near(c)
		if len(near) == 0 {
			continue
		}
		slices.SortFunc(near, s.byCost)
		for _, more := range near[:min(len(near), 1<<s.tries[c])] {
			s.withhold(more, Secondary)
		}
		s.tries[c] = min(s.tries[c]+1, 20)
		changed = true
		for _, l := range s.of[c] {
			helped[l] = true
		}
	}
	return changed
}

// near lists the shown cells that share a line with a cell; where there are
// none, those that share one with its neighbours, and so on outward.
func (s *search) near(c int32) []int32 {
	seen, passed := map[int32]bool{c: true}, map[int32]bool{}
	for ring := []int32{c}; len(ring) > 0; {
		var near, next []int32
		for _, at := range ring {
			for _, l := range s.of[at] {
				if passed[l] {
					continue
				}
				passed[l] = true
				for _, other := range append([]int32{s.lines[l].total}, s.lines[l].inners...) {
					if seen[other] {
						continue
					}
					seen[other] = true
					next = append(next, other)
					if s.shown(other) {
						near = append(near, other)
					}
				}
			}
		}
		if len(near) > 0 {
			return near
		}
		ring = next
	}
	return nil
}
