package pdf

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// reader reads values of an element and keeps the first that cannot be read.
type reader struct {
	e   *etree.Element
	in  inherited
	err error
}

func (r *reader) number(s string) float64 {
	v, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(s), "px"), 64)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("%q is no number", s)
	}
	return v
}

// value is a measure that is 1 where nothing is said of it.
func (r *reader) value(name string) float64 {
	if s, ok := r.in.values[name]; ok && s != "" {
		return r.number(s)
	}
	return 1
}

func (r *reader) attribute(name string) float64 {
	if s := r.e.SelectAttrValue(name, ""); s != "" {
		return r.number(s)
	}
	return 0
}

// colour reads #rgb, #rrggbb, rgb() or none.
func (r *reader) colour(name, otherwise string) *ink {
	s := r.in.values[name]
	if s == "" {
		s = otherwise
	}
	if s == "none" || s == "transparent" {
		return nil
	}
	hex := strings.TrimPrefix(s, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	if v, err := strconv.ParseUint(hex, 16, 32); err == nil && len(hex) == 6 && s[0] == '#' {
		return &ink{uint8(v >> 16), uint8(v >> 8), uint8(v)}
	}
	var c ink
	if n, err := fmt.Sscanf(strings.ReplaceAll(s, " ", ""), "rgb(%d,%d,%d)", &c.r, &c.g, &c.b); err == nil && n == 3 {
		return &c
	}
	if r.err == nil {
		r.err = fmt.Errorf("%q is no colour that is drawn", s)
	}
	return nil
}

// plain makes paths of the simple shapes.
func (s *shape) plain(tag string, r *reader) error {
	switch tag {
	case "rect":
		if r.e.SelectAttr("rx") != nil || r.e.SelectAttr("ry") != nil {
			return fmt.Errorf("round corners are not drawn")
		}
		x, y, w, h := r.attribute("x"), r.attribute("y"), r.attribute("width"), r.attribute("height")
		s.path = []segment{step('m', x, y), step('l', x+w, y), step('l', x+w, y+h), step('l', x, y+h), step('h')}
	case "line":
		s.path = []segment{step('m', r.attribute("x1"), r.attribute("y1")), step('l', r.attribute("x2"), r.attribute("y2"))}
	case "circle", "ellipse":
		rx, ry := r.attribute("rx"), r.attribute("ry")
		if tag == "circle" {
			rx, ry = r.attribute("r"), r.attribute("r")
		}
		x, y := r.attribute("cx"), r.attribute("cy")
		b := &pathBuilder{}
		b.move(x+rx, y)
		b.arc(rx, ry, 0, false, true, x-rx, y)
		b.arc(rx, ry, 0, false, true, x+rx, y)
		b.close()
		s.path = b.out
	case "polyline", "polygon":
		list := strings.FieldsFunc(r.e.SelectAttrValue("points", ""), func(c rune) bool { return c == ',' || c == ' ' })
		for i := 0; i+1 < len(list); i += 2 {
			verb := byte('l')
			if i == 0 {
				verb = 'm'
			}
			s.path = append(s.path, step(verb, r.number(list[i]), r.number(list[i+1])))
		}
		if tag == "polygon" {
			s.path = append(s.path, step('h'))
		}
	default:
		return fmt.Errorf("it is not drawn")
	}
	return nil
}

func step(verb byte, at ...float64) segment {
	s := segment{verb: verb}
	copy(s.at[:], at)
	return s
}

// pathBuilder makes PDF's steps of SVG's.
type pathBuilder struct {
	out            []segment
	x, y           float64 // where the pen is
	startX, startY float64 // where the part began
	turnX, turnY   float64 // the last control point
	verb           byte    // the last step, in capitals
}

func (b *pathBuilder) move(x, y float64) {
	b.out = append(b.out, step('m', x, y))
	b.x, b.y, b.startX, b.startY = x, y, x, y
}

func (b *pathBuilder) line(x, y float64) {
	b.out = append(b.out, step('l', x, y))
	b.x, b.y = x, y
}

func (b *pathBuilder) curve(x1, y1, x2, y2, x, y float64) {
	b.out = append(b.out, step('c', x1, y1, x2, y2, x, y))
	b.x, b.y, b.turnX, b.turnY = x, y, x2, y2
}

func (b *pathBuilder) quadratic(x1, y1, x, y float64) {
	fromX, fromY := b.x, b.y
	b.curve(fromX+2*(x1-fromX)/3, fromY+2*(y1-fromY)/3, x+2*(x1-x)/3, y+2*(y1-y)/3, x, y)
	b.turnX, b.turnY = x1, y1
}

func (b *pathBuilder) close() {
	b.out = append(b.out, step('h'))
	b.x, b.y = b.startX, b.startY
}

// arc follows an ellipse in curves of at most a quarter each (SVG 1.1, appendix F.6).
func (b *pathBuilder) arc(rx, ry, turned float64, large, sweep bool, x, y float64) {
	if rx, ry = math.Abs(rx), math.Abs(ry); rx == 0 || ry == 0 {
		b.line(x, y)
		return
	}
	if b.x == x && b.y == y {
		return
	}
	sin, cos := math.Sincos(turned * math.Pi / 180)
	dx, dy := (b.x-x)/2, (b.y-y)/2
	px, py := cos*dx+sin*dy, -sin*dx+cos*dy
	if over := px*px/(rx*rx) + py*py/(ry*ry); over > 1 {
		rx, ry = rx*math.Sqrt(over), ry*math.Sqrt(over)
	}
	k := math.Sqrt(math.Max(0, (rx*rx*ry*ry-rx*rx*py*py-ry*ry*px*px)/(rx*rx*py*py+ry*ry*px*px)))
	if large == sweep {
		k = -k
	}
	cx, cy := k*rx*py/ry, -k*ry*px/rx
	middleX, middleY := cos*cx-sin*cy+(b.x+x)/2, sin*cx+cos*cy+(b.y+y)/2
	from := math.Atan2((py-cy)/ry, (px-cx)/rx)
	span := math.Atan2((-py-cy)/ry, (-px-cx)/rx) - from
	switch {
	case sweep && span < 0:
		span += 2 * math.Pi
	case !sweep && span > 0:
		span -= 2 * math.Pi
	}
	n := max(int(math.Ceil(math.Abs(span)/(math.Pi/2)-1e-9)), 1)
	part := span / float64(n)
	reach := 4 / 3.0 * math.Tan(part/4)
	at := func(angle, along float64) (float64, float64) {
		s, c := math.Sincos(angle)
		ex, ey := rx*(c-along*s), ry*(s+along*c)
		return middleX + cos*ex - sin*ey, middleY + sin*ex + cos*ey
	}
	for i := range n {
		x1, y1 := at(from+float64(i)*part, reach)
		x2, y2 := at(from+float64(i+1)*part, -reach)
		ex, ey := at(from+float64(i+1)*part, 0)
		if i == n-1 {
			ex, ey = x, y
		}
		b.curve(x1, y1, x2, y2, ex, ey)
	}
}

// arity is how many numbers each step of a path takes.
var arity = map[byte]int{'M': 2, 'L': 2, 'H': 1, 'V': 1, 'C': 6, 'S': 4, 'Q': 4, 'T': 2, 'A': 7, 'Z': 0}

// readPath reads an SVG path (SVG 1.1, section 8.3).
func readPath(d string) ([]segment, error) {
	b := &pathBuilder{}
	rest := strings.TrimLeft(d, " ,\n\t")
	var verb byte
	for rest != "" {
		if c := rest[0]; c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			verb, rest = c, rest[1:]
		} else if verb == 0 || verb == 'z' || verb == 'Z' {
			return nil, fmt.Errorf("a path goes on with %.20q", rest)
		}
		n, ok := arity[verb&^0x20]
		if !ok {
			return nil, fmt.Errorf("a path has the step %q", verb)
		}
		var v [7]float64
		for i := range n {
			flag := verb&^0x20 == 'A' && (i == 3 || i == 4)
			number, after, err := nextNumber(rest, flag)
			if err != nil {
				return nil, err
			}
			v[i], rest = number, after
		}
		b.step(verb, v)
		if verb == 'M' || verb == 'm' {
			verb--
		}
		rest = strings.TrimLeft(rest, " ,\n\t")
	}
	return b.out, nil
}

// nextNumber reads a number from the start of a path; flags are one digit long.
func nextNumber(s string, flag bool) (float64, string, error) {
	s = strings.TrimLeft(s, " ,\n\t")
	if flag && s != "" {
		return float64(s[0] - '0'), s[1:], nil
	}
	end, dot, exp := 0, false, false
	for end < len(s) {
		c := s[end]
		switch {
		case c >= '0' && c <= '9':
		case (c == '-' || c == '+') && (end == 0 || s[end-1] == 'e' || s[end-1] == 'E'):
		case c == '.' && !dot && !exp:
			dot = true
		case (c == 'e' || c == 'E') && !exp && end > 0:
			exp = true
		default:
			c = 0
		}
		if c == 0 {
			break
		}
		end++
	}
	v, err := strconv.ParseFloat(s[:end], 64)
	if err != nil {
		return 0, s, fmt.Errorf("a path goes on with %.20q", s)
	}
	return v, s[end:], nil
}

func (b *pathBuilder) step(verb byte, v [7]float64) {
	kind := verb &^ 0x20
	if verb != kind { // relative to the pen
		switch kind {
		case 'H':
			v[0] += b.x
		case 'V':
			v[0] += b.y
		case 'A':
			v[5], v[6] = v[5]+b.x, v[6]+b.y
		default:
			for i := range arity[kind] {
				v[i] += []float64{b.x, b.y}[i%2]
			}
		}
	}
	mirror := func(after string) (float64, float64) {
		if strings.IndexByte(after, b.verb) < 0 {
			return b.x, b.y
		}
		return 2*b.x - b.turnX, 2*b.y - b.turnY
	}
	switch kind {
	case 'M':
		b.move(v[0], v[1])
	case 'L':
		b.line(v[0], v[1])
	case 'H':
		b.line(v[0], b.y)
	case 'V':
		b.line(b.x, v[0])
	case 'C':
		b.curve(v[0], v[1], v[2], v[3], v[4], v[5])
	case 'S':
		x, y := mirror("CS")
		b.curve(x, y, v[0], v[1], v[2], v[3])
	case 'Q':
		b.quadratic(v[0], v[1], v[2], v[3])
	case 'T':
		x, y := mirror("QT")
		b.quadratic(x, y, v[0], v[1])
	case 'A':
		b.arc(v[0], v[1], v[2], v[3] != 0, v[4] != 0, v[5], v[6])
	case 'Z':
		b.close()
	}
	b.verb = kind
}

// multiply is the matrix that does n first, then m.
func multiply(m, n [6]float64) [6]float64 {
	return [6]float64{
		m[0]*n[0] + m[2]*n[1], m[1]*n[0] + m[3]*n[1], m[0]*n[2] + m[2]*n[3], m[1]*n[2] + m[3]*n[3],
		m[0]*n[4] + m[2]*n[5] + m[4], m[1]*n[4] + m[3]*n[5] + m[5],
	}
}

// moved is a path under a matrix.
func moved(path []segment, m [6]float64) []segment {
	out := slices.Clone(path)
	for i := range out {
		a := &out[i].at
		for j := 0; j < len(a); j += 2 {
			a[j], a[j+1] = m[0]*a[j]+m[2]*a[j+1]+m[4], m[1]*a[j]+m[3]*a[j+1]+m[5]
		}
	}
	return out
}

// readTransform reads translate, scale, rotate and matrix.
func readTransform(s string) ([6]float64, error) {
	out := identity
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimLeft(s, " ,") {
		name, rest, ok := strings.Cut(s, "(")
		list, after, ok2 := strings.Cut(rest, ")")
		if !ok || !ok2 {
			return out, fmt.Errorf("%q is no transform", s)
		}
		s = after
		var v []float64
		for _, f := range strings.FieldsFunc(list, func(c rune) bool { return c == ',' || c == ' ' }) {
			n, err := strconv.ParseFloat(f, 64)
			if err != nil {
				return out, fmt.Errorf("%q is no transform", list)
			}
			v = append(v, n)
		}
		m := identity
		switch name = strings.TrimSpace(name); {
		case name == "translate" && len(v) == 1:
			m[4] = v[0]
		case name == "translate" && len(v) == 2:
			m[4], m[5] = v[0], v[1]
		case name == "scale" && len(v) == 1:
			m[0], m[3] = v[0], v[0]
		case name == "scale" && len(v) == 2:
			m[0], m[3] = v[0], v[1]
		case name == "rotate" && len(v) == 1:
			sin, cos := math.Sincos(v[0] * math.Pi / 180)
			m = [6]float64{cos, sin, -sin, cos, 0, 0}
		case name == "matrix" && len(v) == 6:
			copy(m[:], v)
		default:
			return out, fmt.Errorf("%s(%s) is not drawn", name, list)
		}
		out = multiply(out, m)
	}
	return out, nil
}
