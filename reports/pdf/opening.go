package pdf

import "math"

const (
	nation = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
	motto  = "Độc lập - Tự do - Hạnh phúc"
	// letterheadLeft and its rest divide the head of an official paper, wide
	// enough for both names at 12 pt bold on one line.
	letterheadLeft = 68 * mm
)

// part is a piece of a column: text, a rule, or empty room.
type part struct {
	height float64
	draw   func(p *page, left, top float64)
}

// opening sets all above the text: letterhead where official, type, subject, as-of.
func (b *builder) opening() {
	above := 0.0
	if b.official() {
		b.letterhead()
		above = 18
	}
	kind := style{size: 14, line: leading(14), above: above, align: centred}
	b.paragraph(b.root.child("P"), []piece{{text: b.doc.Kind, look: look{cut: bold, size: 14}}}, kind)
	title := style{size: 14, line: leading(14), below: 3, align: centred}
	b.paragraph(b.root.child("Title"), []piece{{text: b.doc.Title, look: look{cut: bold, size: 14}}}, title)
	if b.official() {
		b.add(&box{above: 2, height: 6, draw: func(p *page, top float64) {
			middle := p.left + p.textWidth()/2
			p.artifact(func() { p.stroke(middle-22.5*mm, top, middle+22.5*mm, top, 0.75, black) })
		}})
	}
	if b.doc.AsOfNote != "" {
		b.paragraph(b.root.child("P"), []piece{{text: b.doc.AsOfNote, look: look{cut: italic, size: 14}}},
			style{size: 14, line: leading(14), above: 4, below: 10, align: centred})
	}
}

func (b *builder) letterhead() {
	h := b.doc.Letterhead
	left, right := letterheadLeft, upright.textWidth()-letterheadLeft
	b.columnsOf(left, 0, [2][]part{
		{
			b.beside(h.Parent, look{size: 12}, left-6, centred),
			b.beside(h.Issuer, look{cut: bold, size: 12}, left-6, centred),
			b.ruled(h.Issuer, 12, left-6, 0.4),
			b.beside(h.Number, look{size: 13}, left-6, centred),
		}, {
			b.beside(nation, look{cut: bold, size: 12}, right, centred),
			b.beside(motto, look{cut: bold, size: 13}, right, centred),
			b.ruled(motto, 13, right, 1),
			b.beside(h.PlaceDate, look{cut: italic, size: 13}, right, centred),
		},
	})
}

// beside is text in a column.
func (b *builder) beside(text string, k look, width float64, a alignment) part {
	lines, height := b.lines([]piece{{text: text, look: k}}, width, 0), leading(k.size)
	n := b.root.child("P")
	return part{math.Max(float64(len(lines)), 1) * height, func(p *page, left, top float64) {
		p.paragraph(lines, n, left, top, width, height, a)
	}}
}

// ruled is a rule under the text of a column, a share of it in length.
func (b *builder) ruled(text string, size, width, share float64) part {
	length := math.Min(b.faces[bold].textWidth(clean(text), size), width) * share
	return part{8, func(p *page, left, top float64) {
		from := left + (width-length)/2
		p.artifact(func() { p.stroke(from, top+2, from+length, top+2, 0.75, black) })
	}}
}

// columnsOf sets two columns side by side, on one page unless none is that high.
func (b *builder) columnsOf(leftWidth, above float64, columns [2][]part) {
	heights := [2]float64{}
	for i, c := range columns {
		for _, q := range c {
			heights[i] += q.height
		}
	}
	height := math.Max(heights[0], heights[1])
	if height <= b.sheet.textHeight()/2 {
		b.add(&box{above: above, height: height, draw: func(p *page, top float64) {
			for i, c := range columns {
				y := top
				for _, q := range c {
					q.draw(p, p.left+float64(i)*leftWidth, y)
					y += q.height
				}
			}
		}})
		return
	}
	for row := range max(len(columns[0]), len(columns[1])) {
		x := &box{above: above}
		above = 0
		var drawn []func(p *page, top float64)
		for i, c := range columns {
			if row < len(c) {
				x.height = math.Max(x.height, c[row].height)
				drawn = append(drawn, func(p *page, top float64) { c[row].draw(p, p.left+float64(i)*leftWidth, top) })
			}
		}
		x.draw = func(p *page, top float64) {
			for _, d := range drawn {
				d(p, top)
			}
		}
		b.add(x)
	}
}

// closing sets who receives the paper and room for who signs it.
func (b *builder) closing() {
	if !b.official() {
		return
	}
	h := b.doc.Letterhead
	left, right := 85*mm, upright.textWidth()-85*mm
	to := []part{b.beside("Nơi nhận:", look{cut: boldItalic, size: 12}, left-6, toLeft)}
	for i, r := range h.Recipients {
		end := ";"
		if i == len(h.Recipients)-1 {
			end = "."
		}
		to = append(to, b.beside("- "+r+end, look{size: 11}, left-6, toLeft))
	}
	const seal = 4 * 16.1 // room for signature and seal
	sign := []part{
		b.beside(h.SignerPost, look{cut: bold, size: 14}, right, centred),
		{seal, func(*page, float64, float64) {}},
		b.beside(h.SignerName, look{cut: bold, size: 14}, right, centred),
	}
	if n := len(b.boxes); n > 0 && b.boxes[n-1].turn == nil {
		b.keepLast()
	}
	b.columnsOf(left, 16, [2][]part{to, sign})
}
