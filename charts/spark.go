package charts

import (
	"fmt"
	"math"
	"strings"
)

// Spark is a small line without axes, as the paths of an SVG of its size.
type Spark struct {
	Width, Height float64
	Line, Area    string  // path data; empty when fewer than two points are known
	EndX, EndY    float64 // of the last known point
}

// Sparkline lays points out from left to right, the scale beginning at zero so
// that a small rise looks small. A gap stays a gap.
func Sparkline(points []Point, width, height float64) Spark {
	const edge = 2 // keeps the stroke inside
	s := Spark{Width: width, Height: height}
	top, known := 0.0, 0
	for _, p := range points {
		if p.Known {
			known++
			top = math.Max(top, p.Value)
		}
	}
	if known < 2 {
		return s
	}
	var line, area strings.Builder
	open, last := false, 0.0
	shut := func() {
		if open {
			fmt.Fprintf(&area, "L%.1f %.1fZ", last, height)
		}
		open = false
	}
	for i, p := range points {
		if !p.Known {
			shut()
			continue
		}
		x := edge + (width-2*edge)*float64(i)/float64(len(points)-1)
		y := height - edge
		if top > 0 {
			y -= (height - 2*edge) * math.Max(p.Value, 0) / top
		}
		if open {
			fmt.Fprintf(&line, "L%.1f %.1f", x, y)
			fmt.Fprintf(&area, "L%.1f %.1f", x, y)
		} else {
			fmt.Fprintf(&line, "M%.1f %.1f", x, y)
			fmt.Fprintf(&area, "M%.1f %.1fL%.1f %.1f", x, height, x, y)
		}
		open, last, s.EndX, s.EndY = true, x, x, y
	}
	shut()
	s.Line, s.Area = line.String(), area.String()
	return s
}
