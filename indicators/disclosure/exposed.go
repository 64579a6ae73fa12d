package disclosure

import (
	"math"
	"math/rand/v2"
)

// The lines of a table are equations between cells. What a reader does not see
// is unknown; a withheld cell can be worked out exactly when every solution of
// the equations gives it the same value, that is when no change of the withheld
// cells that keeps all equations moves it (its unit vector lies in the row space
// of the equations). So: take numbers at random for the withheld cells and
// project them onto the changes that keep the equations. Where the projection is
// zero the cell is fixed; where it is not, the projection itself is a change that
// proves the cell free.
const (
	fixedBelow = 1e-5 // of a projection of numbers of about 1
	precision  = 1e-9 // to which the equations hold for the projection, a cell
	mostSteps  = 5_000
)

// exposed lists the withheld cells that can be worked out from those shown, in
// their order.
func (s *search) exposed() []int32 {
	if s.nothing() {
		return nil
	}
	e := s.equations()
	if len(e.cells) == 0 {
		return nil
	}
	var fixed []int
	for i, x := range e.freedom(1) {
		if math.Abs(x) < fixedBelow {
			fixed = append(fixed, i)
		}
	}
	if len(fixed) == 0 {
		return nil
	}
	again := e.freedom(2) // lest chance had put one near zero
	var out []int32
	for _, i := range fixed {
		if math.Abs(again[i]) < fixedBelow {
			out = append(out, e.cells[i])
		}
	}
	return out
}

// equations are the lines restricted to the withheld cells, each scaled to
// length one: sum over its terms of sign × cell = what is known.
type equations struct {
	cells []int32
	rows  []row
}

type row struct {
	at    []int32
	total bool // the first of at is the line's total
	scale float64
}

func (s *search) equations() equations {
	var e equations
	number := make([]int32, len(s.cells))
	for i := range s.cells {
		if !s.shown(int32(i)) {
			number[i] = int32(len(e.cells))
			e.cells = append(e.cells, int32(i))
		}
	}
	for _, l := range s.lines {
		r := row{}
		if !s.shown(l.total) {
			r.at, r.total = append(r.at, number[l.total]), true
		}
		for _, c := range l.inners {
			if !s.shown(c) {
				r.at = append(r.at, number[c])
			}
		}
		if len(r.at) > 0 {
			r.scale = 1 / math.Sqrt(float64(len(r.at)))
			e.rows = append(e.rows, r)
		}
	}
	return e
}

// apply works out the left side of every equation.
func (e equations) apply(x, out []float64) {
	for i, r := range e.rows {
		sum, at := 0.0, r.at
		if r.total {
			sum, at = -x[at[0]], at[1:]
		}
		for _, c := range at {
			sum += x[c]
		}
		out[i] = sum * r.scale
	}
}

// spread gives every cell the sum of the equations' numbers, by their signs.
func (e equations) spread(y, out []float64) {
	clear(out)
	for i, r := range e.rows {
		v, at := y[i]*r.scale, r.at
		if r.total {
			out[at[0]] -= v
			at = at[1:]
		}
		for _, c := range at {
			out[c] += v
		}
	}
}

// freedom projects random numbers onto the changes that keep every equation, by
// conjugate gradients on the least squares problem whose residual it is.
func (e equations) freedom(seed uint64) []float64 {
	random := rand.New(rand.NewPCG(seed, 19))
	rest := make([]float64, len(e.cells))
	for i := range rest {
		rest[i] = random.NormFloat64()
	}
	if !e.project(rest) {
		clear(rest) // no proof that any cell is free
	}
	return rest
}

// project tells whether it came near enough.
func (e equations) project(rest []float64) bool {
	left, step := make([]float64, len(e.rows)), make([]float64, len(e.rows))
	move := make([]float64, len(rest))
	e.apply(rest, left)
	copy(step, left)
	size := dot(left, left)
	enough := precision * precision * float64(len(rest))
	for range mostSteps {
		if size <= enough {
			return true
		}
		e.spread(step, move)
		alpha := size / dot(move, move)
		for i := range rest {
			rest[i] -= alpha * move[i]
		}
		e.apply(rest, left)
		next := dot(left, left)
		beta := next / size
		for i := range step {
			step[i] = left[i] + beta*step[i]
		}
		size = next
	}
	return false
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
