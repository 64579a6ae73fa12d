package pdf

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// stripes are a pattern that the chart library hatches with: bands that run without
// end, one tile below the other. A pattern of another kind is an error.
type stripes struct {
	height float64 // of a tile
	matrix [6]float64
	bands  []band
}

// band is a stripe of a tile, from its upper to its lower edge.
type band struct {
	from, to float64
	fill     *ink
	opacity  float64
}

// extent is an upright rectangle.
type extent struct{ left, top, right, bottom float64 }

// around is the extent that holds a path; control points of curves are taken in, so it
// may be larger than what is seen.
func around(path []segment) extent {
	b := extent{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, s := range path {
		for i := 0; i+1 < 2*points(s.verb); i += 2 {
			b.left, b.right = min(b.left, s.at[i]), max(b.right, s.at[i])
			b.top, b.bottom = min(b.top, s.at[i+1]), max(b.bottom, s.at[i+1])
		}
	}
	return b
}

// points is how many points a step of a path has.
func points(verb byte) int {
	switch verb {
	case 'c':
		return 3
	case 'h':
		return 0
	}
	return 1
}

// readStripes reads a <pattern>.
func readStripes(e *etree.Element) (stripes, error) {
	r := reader{e: e}
	width, height := r.attribute("width"), r.attribute("height")
	m, err := readTransform(e.SelectAttrValue("patternTransform", ""))
	switch {
	case err != nil:
		return stripes{}, err
	case r.err != nil:
		return stripes{}, r.err
	case e.SelectAttrValue("patternUnits", "") != "userSpaceOnUse" || width <= 0 || height <= 0:
		return stripes{}, fmt.Errorf("a <pattern> is not of tiles in the measures of the drawing")
	}
	inner := &picture{}
	if err := inner.read(e, inherited{matrix: identity, values: map[string]string{}}); err != nil {
		return stripes{}, fmt.Errorf("reading a <pattern>: %w", err)
	}
	out := stripes{height: height, matrix: m}
	for _, s := range inner.shapes {
		b := around(moved(s.path, s.matrix))
		if b.right <= 0 || b.left >= width || b.bottom <= 0 || b.top >= height {
			continue // of the tiles beside it
		}
		if !upright4(s.path) || s.fill == nil || s.stroke != nil || b.left > 0 || b.right < width {
			return stripes{}, fmt.Errorf("a <pattern> is not of stripes from side to side")
		}
		out.bands = append(out.bands, band{max(b.top, 0), min(b.bottom, height), s.fill, s.opacity[0]})
	}
	return out, nil
}

// upright4 tells that a path is one upright rectangle.
func upright4(path []segment) bool {
	if len(path) < 4 {
		return false
	}
	b := around(path)
	for i, s := range path {
		corner := (s.at[0] == b.left || s.at[0] == b.right) && (s.at[1] == b.top || s.at[1] == b.bottom)
		if s.verb == 'c' || s.verb != 'h' && !corner || i > 4 {
			return false
		}
	}
	return true
}

// over are the stripes that fill a shape, cut to it.
func (t stripes) over(s shape) []shape {
	back := inverse(t.matrix)
	b, in := around(s.path), extent{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, corner := range [][2]float64{{b.left, b.top}, {b.right, b.top}, {b.left, b.bottom}, {b.right, b.bottom}} {
		at := moved([]segment{step('m', corner[0], corner[1])}, back)[0].at
		in.left, in.right = min(in.left, at[0]), max(in.right, at[0])
		in.top, in.bottom = min(in.top, at[1]), max(in.bottom, at[1])
	}
	cuts := append(slices.Clone(s.cuts), moved(s.path, s.matrix))
	var out []shape
	for row := math.Floor(in.top / t.height); row*t.height < in.bottom; row++ {
		for _, line := range t.bands {
			from, to := row*t.height+line.from, row*t.height+line.to
			out = append(out, shape{
				matrix: multiply(s.matrix, t.matrix), cuts: cuts, fill: line.fill, opacity: [2]float64{s.opacity[0] * line.opacity, 1}, thick: 1,
				path: []segment{step('m', in.left, from), step('l', in.right, from), step('l', in.right, to), step('l', in.left, to), step('h')},
			})
		}
	}
	return out
}

// inverse leads back from where a matrix leads to.
func inverse(m [6]float64) [6]float64 {
	d := m[0]*m[3] - m[1]*m[2]
	return [6]float64{
		m[3] / d, -m[1] / d, -m[2] / d, m[0] / d,
		(m[2]*m[5] - m[3]*m[4]) / d, (m[1]*m[4] - m[0]*m[5]) / d,
	}
}

// striped takes the name of the pattern that fills an element out of its values; ""
// when it is filled with a colour.
func (in inherited) striped() string {
	name, ok := strings.CutPrefix(in.values["fill"], "url(#")
	if !ok {
		return ""
	}
	in.values["fill"] = "none"
	return strings.TrimSuffix(name, ")")
}
