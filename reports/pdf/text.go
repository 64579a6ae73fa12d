package pdf

import (
	"fmt"
	"strconv"
	"strings"

	"khue/reports/document"
)

// style is how a paragraph stands on the page, in points.
type style struct {
	size         float64
	line         float64 // height of a line
	above, below float64
	left, right  float64 // from the margins
	indent       float64 // of the first line
	align        alignment
}

// The styles of text; sizes as Decree 30/2020/NĐ-CP asks, distances as in the
// Word file.
var (
	bodyText = style{size: 14, line: 1.1 * leading(14), above: 3, below: 6, align: justified}
	listText = style{size: 14, line: 1.1 * leading(14), above: 2, below: 4, left: 9 * mm, align: justified}
	partHead = style{size: 14, line: leading(14), above: 12, below: 6}
	sectHead = style{size: 14, line: leading(14), above: 9, below: 4}
	callText = style{size: 13, line: leading(13), above: 6, below: 8, left: 14, right: 8, align: justified}
	caption  = style{size: 13, line: leading(13), above: 10, below: 3, align: centred}
	unitText = style{size: 12, line: leading(12), below: 2, align: toRight}
	source   = style{size: 11, line: leading(11), above: 3, below: 10, align: justified}
	plain10  = style{size: 10, line: leading(10), above: 2, below: 2}
)

// paragraph sets pieces as boxes of one line each; few lines stay together, and
// no page begins or ends with a single line of a longer paragraph.
func (b *builder) paragraph(n *node, pieces []piece, s style) []*box {
	left, width := s.left, b.sheet.textWidth()-s.left-s.right
	lines := b.lines(pieces, width, s.indent)
	out := make([]*box, len(lines))
	for i, l := range lines {
		indent := 0.0
		if i == 0 {
			indent = s.indent
		}
		x := &box{height: s.line, notes: l.notes}
		x.draw = func(p *page, top float64) {
			p.put(l, n, p.left+left+indent, top, width-indent, s.line, s.align)
		}
		if i == 0 {
			x.above = s.above
		}
		x.keep = i < len(lines)-1 && (i == 0 || i == len(lines)-2 || len(lines) <= 3)
		out[i] = x
	}
	if len(out) > 0 {
		out[len(out)-1].height += s.below
	}
	b.boxes = append(b.boxes, out...)
	return out
}

// runs makes pieces of a document's runs, with their notes.
func (b *builder) runs(n *node, runs []document.Run, size float64) []piece {
	var out []piece
	for _, r := range runs {
		k := look{size: size}
		switch {
		case r.Bold && r.Italic:
			k.cut = boldItalic
		case r.Bold:
			k.cut = bold
		case r.Italic:
			k.cut = italic
		}
		one := piece{text: r.Text, look: k, link: r.Link}
		if r.Link != "" {
			one.look.ink, one.node = linkInk, n.child("Link")
		}
		out = append(out, one)
		if r.Note != "" {
			out = append(out, b.note(n, r.Note, size))
		}
	}
	return out
}

// note makes a footnote and gives its mark in the text.
func (b *builder) note(n *node, text string, size float64) piece {
	b.notes++
	number := strconv.Itoa(b.notes)
	f := &footnote{number: b.notes, node: n.child("Note")}
	label := f.node.child("Lbl")
	f.lines = b.lines([]piece{
		{text: number, look: look{size: noteSize * 0.65, rise: noteSize * 0.33}, node: label},
		{text: " " + text, look: look{size: noteSize}},
	}, upright.textWidth(), 0)
	return piece{text: number, look: look{size: size * 0.65, rise: size * 0.33}, note: f, node: n.child("Reference")}
}

func (b *builder) block(block document.Block) error {
	if t, ok := block.(*document.Table); ok {
		b.captioned(t)
		return nil
	}
	b.stand(upright)
	switch v := block.(type) {
	case document.Heading:
		b.heading(v)
	case document.Paragraph:
		n, s := b.root.child("P"), bodyText
		if b.official() {
			s.indent = 12.7 * mm
		}
		b.paragraph(n, b.runs(n, v.Runs, s.size), s)
	case document.Bullets:
		b.bullets(v)
	case document.Callout:
		b.callout(v)
	case document.Narrative:
		for _, inner := range v.Blocks {
			if err := b.block(inner); err != nil {
				return err
			}
		}
	case *document.Chart:
		if !v.Empty() {
			b.chart(v)
		}
	default:
		return fmt.Errorf("a block of type %T is not known", block)
	}
	return nil
}

func (b *builder) heading(h document.Heading) {
	level := min(max(h.Level, 1), 2)
	text := h.Text
	if level == 1 && b.official() {
		text = strings.ToUpper(text)
	}
	if number := b.number(h, level); number != "" {
		text = number + " " + text
	}
	b.headed(&mark{level: level, text: clean(text)})
}

// headed sets a heading that the bookmarks and the contents lead to.
func (b *builder) headed(m *mark) {
	s := []style{partHead, sectHead}[m.level-1]
	b.marks = append(b.marks, m)
	lines := b.paragraph(b.root.child(fmt.Sprintf("H%d", m.level+1)), []piece{{text: m.text, look: look{cut: bold, size: s.size}}}, s)
	for _, x := range lines {
		x.keep = true
	}
	if len(lines) > 0 {
		lines[0].marks = append(lines[0].marks, m)
	}
}

// number counts parts and sections the way the layout asks for.
func (b *builder) number(h document.Heading, level int) string {
	if !h.Numbered {
		return ""
	}
	if level == 1 {
		b.sections[0]++
		b.sections[1] = 0
		if b.official() {
			return document.Roman(b.sections[0]) + "."
		}
		return fmt.Sprintf("%d.", b.sections[0])
	}
	b.sections[1]++
	if b.official() {
		return fmt.Sprintf("%d.", b.sections[1])
	}
	return fmt.Sprintf("%d.%d.", b.sections[0], b.sections[1])
}

func (b *builder) bullets(v document.Bullets) {
	list := b.root.child("L")
	sign, signAt := "–", 3*mm
	if v.Numbered {
		list.numbered, signAt = true, 1*mm
	}
	for i, item := range v.Items {
		if v.Numbered {
			sign = strconv.Itoa(i+1) + "."
		}
		li := list.child("LI")
		label, body := li.child("Lbl"), li.child("LBody")
		boxes := b.paragraph(body, b.runs(body, item, listText.size), listText)
		if len(boxes) == 0 {
			continue
		}
		before := b.lines([]piece{{text: sign, look: look{size: listText.size}}}, listText.left, 0)[0]
		text := boxes[0].draw
		boxes[0].draw = func(p *page, top float64) {
			p.put(before, label, p.left+signAt, top, listText.left, listText.line, toLeft)
			text(p, top)
		}
	}
}

// callout sets a remark on a ground of its own, with a bar beside it.
func (b *builder) callout(v document.Callout) {
	n := b.root.child("P")
	boxes := b.paragraph(n, b.runs(n, v.Runs, callText.size), callText)
	for i, x := range boxes {
		text, pad := x.draw, 0.0
		if i == 0 {
			pad = 4
			x.height += pad
		}
		x.keep = i < len(boxes)-1
		x.draw = func(p *page, top float64) {
			foot := top + x.height
			if i == len(boxes)-1 {
				foot -= 4
			}
			p.artifact(func() {
				p.ground(p.left+2, top, p.width-p.right, foot, warnInk)
				p.ground(p.left+2, top, p.left+5, foot, warnBar)
			})
			text(p, top+pad)
		}
	}
}

// chart sets a drawing with its caption under it.
func (b *builder) chart(c *document.Chart) {
	b.figures++
	drawn := b.drawings[c]
	figure := b.root.child("Figure")
	figure.alt = c.Alt
	if figure.alt == "" {
		figure.alt = c.Title
	}
	width := b.sheet.textWidth()
	height := width / drawn.width * drawn.height
	if most := b.sheet.textHeight() - 6*caption.line; height > most {
		width, height = width*most/height, most
	}
	b.add(&box{above: 8, height: height, keep: true, draw: func(p *page, top float64) {
		left := p.left + (p.textWidth()-width)/2
		figure.box = [4]float64{left, p.up(top + height), left + width, p.up(top)}
		p.tagged(figure, func() { drawn.draw(p, left, top, width) })
	}})
	title := c.Title
	if c.Note != "" {
		title += " (" + c.Note + ")"
	}
	if c.Unit != "" {
		title += " – " + b.say("đơn vị: ", "unit: ") + c.Unit
	}
	s := caption
	s.above, s.below = 2, 8
	b.paragraph(figure.child("Caption"), []piece{{text: fmt.Sprintf("%s %d. %s", b.say("Hình", "Figure"), b.figures, title), look: look{cut: bold, size: s.size}}}, s)
}
