package charts

import (
	"math"
	"slices"
	"strconv"
)

// Shape is an area's boundary in WGS 84: its outer rings and the holes in them,
// each closed, [longitude, latitude].
type Shape struct {
	Code  string
	Rings [][][2]float64
}

// Outline is an area as a map draws it.
type Outline struct {
	Code string
	Path string  // of an SVG, in pixels; fill-rule evenodd
	X, Y float64 // about the middle of its largest ring
	// Width and Height are those of its largest ring, to know what finds room in it.
	Width, Height float64
}

// Outlines is a map of areas in one box.
type Outlines struct {
	Width, Height float64
	Areas         []Outline // in the order of the shapes
}

// coarseness is how far, in pixels, a simplified line may lie from the boundary.
const coarseness = 0.45

// OutlinesOf projects shapes onto a map of a width in pixels, a kilometre as long
// both ways, and simplifies them. A line that two areas share is simplified once,
// so that neighbours still fit together.
func OutlinesOf(shapes []Shape, width float64) Outlines {
	out := Outlines{Width: width}
	project, height := projection(shapes, width)
	out.Height = height
	drawn := make([][][]spot, len(shapes))
	for i, shape := range shapes {
		for _, ring := range shape.Rings {
			if r := onGrid(ring, project); len(r) >= 3 {
				drawn[i] = append(drawn[i], r)
			}
		}
	}
	joints := jointsOf(drawn)
	for i, shape := range shapes {
		one := Outline{Code: shape.Code}
		largest := 0.0
		for _, ring := range drawn[i] {
			one.Path += pathOf(simplified(ring, joints))
			if a := math.Abs(areaOf(ring)); a > largest {
				largest = a
				one.X, one.Y = middleOf(ring)
				one.Width, one.Height = sizeOf(ring)
			}
		}
		out.Areas = append(out.Areas, one)
	}
	return out
}

// spot is a point of the map in tenths of a pixel.
type spot struct{ x, y int }

// projection is equirectangular about the middle of the map; at the size of a
// city nobody sees the difference to any other.
func projection(shapes []Shape, width float64) (project func([2]float64) spot, height float64) {
	west, east, south, north := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, s := range shapes {
		for _, ring := range s.Rings {
			for _, p := range ring {
				west, east = math.Min(west, p[0]), math.Max(east, p[0])
				south, north = math.Min(south, p[1]), math.Max(north, p[1])
			}
		}
	}
	if east <= west || north <= south {
		return func([2]float64) spot { return spot{} }, 0
	}
	const margin = 2
	narrow := math.Cos((south + north) / 2 * math.Pi / 180)
	scale := (width - 2*margin) / ((east - west) * narrow)
	height = math.Ceil((north-south)*scale) + 2*margin
	return func(p [2]float64) spot {
		return spot{
			int(math.Round(10 * (margin + (p[0]-west)*narrow*scale))),
			int(math.Round(10 * (margin + (north-p[1])*scale))),
		}
	}, height
}

// onGrid projects a ring, without its closing point and points that fall together.
func onGrid(ring [][2]float64, project func([2]float64) spot) []spot {
	var out []spot
	for _, p := range ring {
		if s := project(p); len(out) == 0 || s != out[len(out)-1] {
			out = append(out, s)
		}
	}
	for len(out) > 1 && out[0] == out[len(out)-1] {
		out = out[:len(out)-1]
	}
	return out
}

// jointsOf are the spots at which lines begin or end: where the areas on either
// side change, so that the spot has other neighbours than two.
func jointsOf(drawn [][][]spot) map[spot]bool {
	neighbours := map[spot]map[spot]bool{}
	for _, rings := range drawn {
		for _, ring := range rings {
			for i, at := range ring {
				if neighbours[at] == nil {
					neighbours[at] = map[spot]bool{}
				}
				neighbours[at][ring[(i+1)%len(ring)]] = true
				neighbours[at][ring[(i+len(ring)-1)%len(ring)]] = true
			}
		}
	}
	joints := map[spot]bool{}
	for at, others := range neighbours {
		if len(others) != 2 {
			joints[at] = true
		}
	}
	return joints
}

// simplified takes the points out of a ring that its lines do not need.
func simplified(ring []spot, joints map[spot]bool) []spot {
	var cuts []int
	for i, at := range ring {
		if joints[at] {
			cuts = append(cuts, i)
		}
	}
	if len(cuts) < 2 {
		// An area of its own, or one that touches others at a single spot: cut at
		// the spots that any other ring through the same points would be cut at.
		cuts = append(cuts, extreme(ring, false), extreme(ring, true))
		slices.Sort(cuts)
		cuts = slices.Compact(cuts)
	}
	var out []spot
	for i, from := range cuts {
		to := cuts[(i+1)%len(cuts)]
		line := lineFrom(ring, from, to)
		kept := thin(line)
		out = append(out, kept[:len(kept)-1]...)
	}
	if len(out) < 3 {
		return ring
	}
	return out
}

func extreme(ring []spot, last bool) int {
	best := 0
	for i, s := range ring {
		before := s.x < ring[best].x || s.x == ring[best].x && s.y < ring[best].y
		if s != ring[best] && before != last {
			best = i
		}
	}
	return best
}

// lineFrom is the way along a ring from one index to another, both included.
func lineFrom(ring []spot, from, to int) []spot {
	line := []spot{ring[from]}
	for i := (from + 1) % len(ring); ; i = (i + 1) % len(ring) {
		line = append(line, ring[i])
		if i == to {
			return line
		}
	}
}

// thin is Douglas and Peucker's way, always walked in the same direction.
func thin(line []spot) []spot {
	backwards := less(line[len(line)-1], line[0])
	if backwards {
		line = slices.Clone(line)
		slices.Reverse(line)
	}
	keep := make([]bool, len(line))
	keep[0], keep[len(line)-1] = true, true
	thinBetween(line, keep, 0, len(line)-1)
	var out []spot
	for i, s := range line {
		if keep[i] {
			out = append(out, s)
		}
	}
	if backwards {
		slices.Reverse(out)
	}
	return out
}

func less(a, b spot) bool { return a.x < b.x || a.x == b.x && a.y < b.y }

func thinBetween(line []spot, keep []bool, from, to int) {
	far, at := 10*coarseness, -1
	for i := from + 1; i < to; i++ {
		if d := distance(line[i], line[from], line[to]); d > far {
			far, at = d, i
		}
	}
	if at < 0 {
		return
	}
	keep[at] = true
	thinBetween(line, keep, from, at)
	thinBetween(line, keep, at, to)
}

// distance is that of a spot from a stretch between two.
func distance(p, a, b spot) float64 {
	dx, dy := float64(b.x-a.x), float64(b.y-a.y)
	px, py := float64(p.x-a.x), float64(p.y-a.y)
	t := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		t = math.Min(math.Max((px*dx+py*dy)/length, 0), 1)
	}
	return math.Hypot(px-t*dx, py-t*dy)
}

// pathOf writes a ring with one decimal, each point relative to the one before.
func pathOf(ring []spot) string {
	if len(ring) == 0 {
		return ""
	}
	path := "M" + tenth(ring[0].x) + " " + tenth(ring[0].y) + "l"
	for i, s := range ring[1:] {
		x, y := tenth(s.x-ring[i].x), tenth(s.y-ring[i].y)
		if i > 0 && x[0] != '-' {
			path += " "
		}
		path += x
		if y[0] != '-' {
			path += " "
		}
		path += y
	}
	return path + "z"
}

func tenth(v int) string { return strconv.FormatFloat(float64(v)/10, 'f', -1, 64) }

// areaOf is twice the area inside a ring, signed by its direction.
func areaOf(ring []spot) float64 {
	sum := 0.0
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		sum += float64(a.x)*float64(b.y) - float64(b.x)*float64(a.y)
	}
	return sum
}

// middleOf is the centre of gravity of a ring, in pixels.
func middleOf(ring []spot) (x, y float64) {
	area := areaOf(ring)
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		cross := float64(a.x)*float64(b.y) - float64(b.x)*float64(a.y)
		x, y = x+float64(a.x+b.x)*cross, y+float64(a.y+b.y)*cross
	}
	if area == 0 {
		return float64(ring[0].x) / 10, float64(ring[0].y) / 10
	}
	return math.Round(x/(3*area)) / 10, math.Round(y/(3*area)) / 10
}

func sizeOf(ring []spot) (width, height float64) {
	low, high := ring[0], ring[0]
	for _, s := range ring {
		low.x, low.y, high.x, high.y = min(low.x, s.x), min(low.y, s.y), max(high.x, s.x), max(high.y, s.y)
	}
	return float64(high.x-low.x) / 10, float64(high.y-low.y) / 10
}
