package pdf

import (
	"strconv"
	"strings"
)

// numberPlace is the room for page numbers in the list of contents.
const numberPlace = 12 * mm

// listContents sets the list of contents of a long document, with the pages of
// an earlier round; each entry leads to its heading.
func (b *builder) listContents() {
	if b.contents == nil {
		return
	}
	title := style{size: 14, line: leading(14), above: 10, below: 6, align: centred}
	for _, x := range b.paragraph(b.root.child("P"), []piece{{text: b.say("MỤC LỤC", "CONTENTS"), look: look{cut: bold, size: title.size}}}, title) {
		x.keep = true
	}
	list := b.root.child("TOC")
	for _, m := range b.contents {
		if m.quiet {
			continue
		}
		b.entry(list.child("TOCI"), m)
	}
	b.add(&box{above: bodyText.line})
}

func (b *builder) entry(item *node, m *mark) {
	s := style{size: 12, line: leading(12) * 1.08, above: 1.5}
	k := look{size: s.size}
	if m.level == 1 {
		s.above = 4
		k.cut = bold
	} else {
		s.left = 7 * mm
	}
	s.right = numberPlace
	n := item.child("Link")
	boxes := b.paragraph(n, []piece{{text: m.text, look: k}}, s)
	if len(boxes) == 0 {
		return
	}
	for _, x := range boxes[:len(boxes)-1] {
		x.keep = true
	}
	text := b.lines([]piece{{text: m.text, look: k}}, b.sheet.textWidth()-s.left-s.right, 0)
	reached := s.left + text[len(text)-1].width
	number := b.lines([]piece{{text: strconv.Itoa(m.page), look: look{cut: k.cut, size: s.size}}}, numberPlace, 0)[0]
	dots := b.leader(reached+4, b.sheet.textWidth()-number.width-4, s.size)
	for i, x := range boxes {
		draw, last := x.draw, i == len(boxes)-1
		x.draw = func(p *page, top float64) {
			draw(p, top)
			if last {
				p.artifact(func() { p.put(dots.line, nil, p.left+dots.left, top, dots.line.width, s.line, toLeft) })
				p.put(number, n, p.left, top, p.textWidth(), s.line, toRight)
			}
			p.links = append(p.links, link{left: p.left + s.left, top: top, right: p.width - p.right, bottom: top + s.line, target: m, node: n})
		}
	}
}

// leader is a row of dots from an entry to its number, all in step.
func (b *builder) leader(from, to, size float64) struct {
	line line
	left float64
} {
	step := b.faces[regular].textWidth(".", size) * 2
	first := float64(int(from/step)+1) * step
	n := max(int((to-first)/step), 0)
	dots := line{}
	if n > 0 {
		dots = b.lines([]piece{{text: strings.TrimSpace(strings.Repeat(".\u00A0", n)), look: look{size: size, ink: quiet}}}, to, 0)[0]
		dots.width = to - first
	}
	return struct {
		line line
		left float64
	}{dots, first}
}
