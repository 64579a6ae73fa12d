package pdf

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// picture is a drawing in the part of SVG that the chart library writes: groups,
// rectangles, circles, lines, paths and text, filled and stroked in plain
// colours, cut to paths. What is outside of it is an error, so that no chart is printed with
// something missing.
type picture struct {
	width, height float64
	shapes        []shape
	cuts          map[string][]segment // paths that others are cut to, by name
	patterns      map[string]stripes   // what shapes are filled with, by name
}

// shape is a path or a text, ready to draw.
type shape struct {
	matrix       [6]float64
	cuts         [][]segment // what it is cut to, in the picture's measures
	path         []segment
	fill, stroke *ink
	evenOdd      bool
	opacity      [2]float64 // of fill and stroke
	thick        float64
	cap, join    int
	dashes       []float64
	text         string
	look         look
	x, y         float64
	anchor       string
	baseline     string
}

// segment is a step of a path: m, l, c or h as PDF has them.
type segment struct {
	verb byte
	at   [6]float64
}

// inherited is what shapes take over from the groups around them.
type inherited struct {
	matrix [6]float64
	cuts   [][]segment
	values map[string]string
}

var identity = [6]float64{1, 0, 0, 1, 0, 0}

func readPicture(svg []byte) (*picture, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(svg); err != nil {
		return nil, fmt.Errorf("parsing it: %w", err)
	}
	root := doc.Root()
	if root == nil || root.Tag != "svg" {
		return nil, fmt.Errorf("it is no <svg> element")
	}
	p := &picture{cuts: map[string][]segment{}, patterns: map[string]stripes{}}
	var err error
	if p.width, err = strconv.ParseFloat(root.SelectAttrValue("width", ""), 64); err != nil || p.width <= 0 {
		return nil, fmt.Errorf("its width is %q", root.SelectAttrValue("width", ""))
	}
	if p.height, err = strconv.ParseFloat(root.SelectAttrValue("height", ""), 64); err != nil || p.height <= 0 {
		return nil, fmt.Errorf("its height is %q", root.SelectAttrValue("height", ""))
	}
	for _, c := range root.FindElements("//clipPath") {
		kids := c.ChildElements()
		if len(kids) != 1 || kids[0].Tag != "path" || kids[0].SelectAttr("transform") != nil {
			return nil, fmt.Errorf("a <clipPath> is not one path")
		}
		if p.cuts[c.SelectAttrValue("id", "")], err = readPath(kids[0].SelectAttrValue("d", "")); err != nil {
			return nil, err
		}
	}
	for _, e := range root.FindElements("//pattern") {
		if p.patterns[e.SelectAttrValue("id", "")], err = readStripes(e); err != nil {
			return nil, err
		}
	}
	if err := p.read(root, inherited{matrix: identity, values: map[string]string{}}); err != nil {
		return nil, err
	}
	return p, nil
}

// structural attributes say nothing of how a shape looks.
var structural = map[string]bool{
	"d": true, "transform": true, "style": true, "x": true, "y": true, "width": true, "height": true,
	"cx": true, "cy": true, "r": true, "rx": true, "ry": true, "x1": true, "y1": true, "x2": true, "y2": true, "points": true,
	"id": true, "class": true, "pointer-events": true, "space": true, "xlink": true, "xmlns": true, "version": true,
	"baseProfile": true, "viewBox": true, "cursor": true,
}

// known attributes and style names that drawing minds.
var known = map[string]bool{
	"fill": true, "fill-opacity": true, "fill-rule": true, "stroke": true, "stroke-opacity": true, "stroke-width": true,
	"stroke-linecap": true, "stroke-linejoin": true, "stroke-dasharray": true, "stroke-dashoffset": true, "stroke-miterlimit": true,
	"opacity": true, "dominant-baseline": true, "text-anchor": true, "font-size": true, "font-family": true, "font-weight": true,
	"font-style": true, "white-space": true, "paint-order": true, "clip-path": true,
}

func (p *picture) read(parent *etree.Element, in inherited) error {
	for _, e := range parent.ChildElements() {
		if e.Tag == "defs" || e.Tag == "pattern" {
			continue
		}
		own, err := in.with(e)
		if err != nil {
			return err
		}
		if name, ok := strings.CutPrefix(own.values["clip-path"], "url(#"); ok {
			path, found := p.cuts[strings.TrimSuffix(name, ")")]
			if !found {
				return fmt.Errorf("<%s> is cut to %q, which is not there", e.Tag, name)
			}
			own.cuts = append(slices.Clone(own.cuts), moved(path, own.matrix))
		}
		switch e.Tag {
		case "g", "svg":
			if err := p.read(e, own); err != nil {
				return err
			}
			continue
		case "title", "desc":
			continue
		case "text":
			if len(e.ChildElements()) > 0 {
				return fmt.Errorf("<text> holds <%s>", e.ChildElements()[0].Tag)
			}
		}
		pattern := own.striped()
		s, err := newShape(e, own)
		if err != nil {
			return fmt.Errorf("<%s>: %w", e.Tag, err)
		}
		p.shapes = append(p.shapes, s)
		if pattern == "" {
			continue
		}
		filled, found := p.patterns[pattern]
		if !found {
			return fmt.Errorf("<%s> is filled with %q, which is not there", e.Tag, pattern)
		}
		p.shapes = append(p.shapes, filled.over(s)...)
	}
	return nil
}

// with is what an element passes on.
func (in inherited) with(e *etree.Element) (inherited, error) {
	out := inherited{in.matrix, in.cuts, make(map[string]string, len(in.values))}
	for k, v := range in.values {
		if k != "opacity" && k != "clip-path" {
			out.values[k] = v
		}
	}
	set := func(name, value string) error {
		if structural[name] {
			return nil
		}
		if !known[name] {
			return fmt.Errorf("<%s> has %q, which is not drawn", e.Tag, name)
		}
		out.values[name] = strings.TrimSpace(value)
		return nil
	}
	for _, a := range e.Attr {
		if err := set(a.Key, a.Value); err != nil {
			return out, err
		}
	}
	for _, rule := range strings.Split(e.SelectAttrValue("style", ""), ";") {
		if name, value, ok := strings.Cut(rule, ":"); ok {
			if err := set(strings.TrimSpace(name), value); err != nil {
				return out, err
			}
		}
	}
	if e.Tag == "g" && out.values["opacity"] != "" && out.values["opacity"] != "1" {
		return out, fmt.Errorf("a group is %s opaque, which is not drawn", out.values["opacity"])
	}
	m, err := readTransform(e.SelectAttrValue("transform", ""))
	out.matrix = multiply(in.matrix, m)
	return out, err
}

func newShape(e *etree.Element, in inherited) (shape, error) {
	s := shape{matrix: in.matrix, cuts: in.cuts, thick: 1}
	r := reader{e: e, in: in}
	s.fill, s.stroke = r.colour("fill", "#000"), r.colour("stroke", "none")
	whole := r.value("opacity")
	s.opacity = [2]float64{whole * r.value("fill-opacity"), whole * r.value("stroke-opacity")}
	s.thick = r.value("stroke-width")
	s.evenOdd = in.values["fill-rule"] == "evenodd"
	s.cap = map[string]int{"round": 1, "square": 2}[in.values["stroke-linecap"]]
	s.join = map[string]int{"round": 1, "bevel": 2}[in.values["stroke-linejoin"]]
	if d := in.values["stroke-dasharray"]; d != "" && d != "none" {
		for _, f := range strings.FieldsFunc(d, func(c rune) bool { return c == ',' || c == ' ' }) {
			s.dashes = append(s.dashes, r.number(f))
		}
	}
	switch e.Tag {
	case "text":
		s.text, s.anchor, s.baseline = clean(e.Text()), in.values["text-anchor"], in.values["dominant-baseline"]
		s.x, s.y = r.attribute("x"), r.attribute("y")
		s.look.size = r.number(strings.TrimSuffix(in.values["font-size"], "px"))
		s.look.cut = cutOf(in.values["font-weight"], in.values["font-style"])
	case "path":
		path, err := readPath(e.SelectAttrValue("d", ""))
		if err != nil {
			return s, err
		}
		s.path = path
	default:
		if err := s.plain(e.Tag, &r); err != nil {
			return s, err
		}
	}
	return s, r.err
}

func cutOf(weight, slant string) cut {
	heavy := strings.HasPrefix(weight, "bold") || weight >= "600" && weight <= "900"
	switch {
	case heavy && slant == "italic":
		return boldItalic
	case heavy:
		return bold
	case slant == "italic":
		return italic
	}
	return regular
}
