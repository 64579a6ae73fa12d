package pdf

import (
	"math"
	"strings"
)

// draw draws the picture with its upper left corner at a place, so wide.
func (p *picture) draw(page *page, left, top, width float64) {
	scale := width / p.width
	s := page.stream
	s.SaveState()
	s.ConcatMatrix(math.Round(scale*1e6)/1e6, 0, 0, math.Round(-scale*1e6)/1e6, round(left), page.up(top))
	for _, x := range p.shapes {
		s.SaveState()
		for _, c := range x.cuts {
			page.steps(c)
			s.ClipNonZero()
			s.EndPath()
		}
		if x.matrix != identity {
			s.ConcatMatrix(x.matrix[0], x.matrix[1], x.matrix[2], x.matrix[3], x.matrix[4], x.matrix[5])
		}
		if x.opacity != [2]float64{1, 1} {
			s.SetExtGState(page.opacity(x.opacity))
		}
		if x.text != "" {
			page.label(x)
		} else {
			page.outline(x)
		}
		s.RestoreState()
	}
	s.RestoreState()
}

// label draws text of a picture, whose heights grow downwards.
func (p *page) label(x shape) {
	f := p.faces[x.look.cut]
	width := f.textWidth(x.text, x.look.size)
	switch x.anchor {
	case "middle":
		x.x -= width / 2
	case "end":
		x.x -= width
	}
	switch x.baseline {
	case "central", "middle":
		x.y += (f.ascent() - f.descent()) / 2 * x.look.size
	case "hanging", "text-before-edge":
		x.y += f.ascent() * x.look.size
	case "text-after-edge":
		x.y -= f.descent() * x.look.size
	}
	if x.fill == nil {
		return
	}
	p.fill(*x.fill)
	p.stream.BeginText()
	p.stream.SetFont(f.name, x.look.size)
	p.stream.SetTextMatrix(1, 0, 0, -1, round(x.x), round(x.y))
	p.stream.ShowTextHex(f.embedded.EncodeString(strings.ReplaceAll(x.text, "\u00A0", " ")))
	p.stream.EndText()
}

func (p *page) outline(x shape) {
	s := p.stream
	stroked := x.stroke != nil && x.thick > 0
	if x.fill == nil && !stroked || len(x.path) == 0 {
		return
	}
	if x.fill != nil {
		p.fill(*x.fill)
	}
	if stroked {
		s.SetStrokeColorRGB(channel(x.stroke.r), channel(x.stroke.g), channel(x.stroke.b))
		s.SetLineWidth(x.thick)
		s.SetLineCap(x.cap)
		s.SetLineJoin(x.join)
		if len(x.dashes) > 0 {
			s.SetDashPattern(x.dashes, 0)
		}
	}
	p.steps(x.path)
	switch {
	case x.fill != nil && stroked && x.evenOdd:
		s.FillEvenOddAndStroke()
	case x.fill != nil && stroked:
		s.FillAndStroke()
	case x.fill != nil && x.evenOdd:
		s.FillEvenOdd()
	case x.fill != nil:
		s.Fill()
	default:
		s.Stroke()
	}
}

// steps writes a path.
func (p *page) steps(path []segment) {
	s := p.stream
	for _, g := range path {
		switch a := g.at; g.verb {
		case 'm':
			s.MoveTo(round(a[0]), round(a[1]))
		case 'l':
			s.LineTo(round(a[0]), round(a[1]))
		case 'c':
			s.CurveTo(round(a[0]), round(a[1]), round(a[2]), round(a[3]), round(a[4]), round(a[5]))
		case 'h':
			s.ClosePath()
		}
	}
}
