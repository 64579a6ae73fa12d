package pdf

import (
	"fmt"
	"math"
	"slices"

	"khue/reports/document"
)

// cellPad is the room between a cell's letters and its rules, in points.
const (
	cellPad  = 3.5
	cellAir  = 2.0 // above and below
	hairline = 0.5
)

// grid is a table made ready for pages: the sheet it needs, the size of its
// letters, and its columns.
type grid struct {
	sheet  sheet
	size   float64
	widths []float64
	codes  []int // columns set in letters of one width, which break after any sign
}

// wholeTable is the share of a page's height up to which a table is not divided
// among pages.
const wholeTable = 0.35

// sizes are what a table's letters may shrink to, so that words stay whole.
var sizes = []float64{12, 11, 10, 9, 8}

const smallest = 7.5 // on a lying page only

func (b *builder) captioned(t *document.Table) {
	g := b.fit(t)
	b.stand(g.sheet)
	b.tables++
	table := b.root.child("Table")
	title := fmt.Sprintf("%s %d. %s", b.say("Bảng", "Table"), b.tables, t.Title)
	for _, x := range b.paragraph(table.child("Caption"), []piece{{text: title, look: look{cut: bold, size: caption.size}}}, caption) {
		x.keep = true
	}
	if t.Unit != "" {
		for _, x := range b.paragraph(b.root.child("P"), []piece{{text: b.say("Đơn vị: ", "Unit: ") + t.Unit, look: look{cut: italic, size: unitText.size}}}, unitText) {
			x.keep = true
		}
	}
	b.table(t, table, g)
	if t.Source == "" {
		b.add(&box{above: source.below})
		return
	}
	b.keepLast()
	b.paragraph(b.root.child("P"), []piece{{text: t.Source, look: look{cut: italic, size: source.size, ink: quiet}}}, source)
}

// fit finds a sheet and a size of letters at which no word of the table has to be
// broken, the upright page and the larger letters first. Where even the smallest
// do not do, words are broken rather than cut off.
func (b *builder) fit(t *document.Table, codes ...int) grid {
	first := 0
	if t.Annex {
		first = 2
	}
	for _, s := range []sheet{upright, lying} {
		try := sizes[first:]
		if s == lying {
			try = append(append([]float64(nil), try...), smallest)
		}
		for _, size := range try {
			if widths, whole := b.columns(t, s.textWidth(), size, codes); whole {
				return grid{s, size, widths, codes}
			}
		}
	}
	widths, _ := b.columns(t, lying.textWidth(), smallest, codes)
	return grid{lying, smallest, widths, codes}
}

// columns divides a width among columns by their weights, but gives each at
// least what its longest word needs; whole tells whether there is room for that.
func (b *builder) columns(t *document.Table, width, size float64, codes []int) (widths []float64, whole bool) {
	need, weights, unbroken := make([]float64, len(t.Columns)), make([]float64, len(t.Columns)), make([]float64, len(t.Columns))
	sum, loose := 0.0, 0.0
	for i, c := range t.Columns {
		weights[i] = 1
		if c.Width > 0 {
			weights[i] = c.Width
		}
		need[i] = b.words([]piece{{text: c.Title, look: look{cut: bold, size: size}}})
		for _, r := range t.Rows {
			need[i] = math.Max(need[i], b.words([]piece{b.cell(r, i, size, slices.Contains(codes, i))}))
		}
		if slices.Contains(codes, i) {
			need[i] = math.Min(need[i], width*codeRoom)
		}
		need[i] += 2*cellPad + hairline
		unbroken[i] = math.Max(need[i], b.unbroken(t, i, size))
		sum += need[i]
		if unbroken[i] > need[i] || c.Right() {
			loose += unbroken[i]
		} else {
			loose += need[i] * wordsRoom
		}
	}
	if loose <= width {
		return share(width, weights, unbroken), true
	}
	if sum > width {
		for i := range need { // every column gives up the same share
			need[i] *= width / sum
		}
		return need, false
	}
	return share(width, weights, need), true
}

// codeRoom is the share of a table's width that a column of codes takes at most
// to keep them whole.
const codeRoom = 0.18

// wordsRoom is how much wider than its longest word a column of words is left
// when the columns of days and numbers take what their values need.
const wordsRoom = 1.6

// unbroken is what a column of days, moments or numbers needs to have each value
// on one line; 0 for columns of words, and of stretches of days, which read as well on two lines.
func (b *builder) unbroken(t *document.Table, column int, size float64) float64 {
	if k := t.Columns[column].Kind; k == "" || k == document.Words || k == document.Range {
		return 0
	}
	most := 0.0
	for _, r := range t.Rows {
		if c := r.Cells[column]; c.Kind != document.Unknown && c.Kind != document.Words {
			p := b.cell(r, column, size, false)
			most = math.Max(most, b.faces[p.look.cut].textWidth(p.text, size))
		}
	}
	return most + 2*cellPad + hairline
}

// share divides a width by weights where no part may be less than it needs.
func share(width float64, weights, need []float64) []float64 {
	out, fixed := make([]float64, len(weights)), make([]bool, len(weights))
	for {
		room, sum := width, 0.0
		for i := range weights {
			if fixed[i] {
				room -= out[i]
			} else {
				sum += weights[i]
			}
		}
		again := false
		for i := range weights {
			if fixed[i] {
				continue
			}
			out[i] = room * weights[i] / sum
			if out[i] < need[i] {
				out[i], fixed[i], again = need[i], true, true
			}
		}
		if !again {
			return out
		}
	}
}

// cell is what a cell holds, as a piece of text.
func (b *builder) cell(r document.Row, column int, size float64, code bool) piece {
	c := r.Cells[column]
	k := look{size: size}
	switch {
	case code:
		k.cut, k.size = mono, size*0.8
	case r.Total && c.Kind == document.Unknown:
		k.cut = boldItalic
	case r.Total:
		k.cut = bold
	case c.Kind == document.Unknown:
		k.cut = italic
	}
	return piece{text: c.Text(b.doc.Lang), look: k}
}

// rowCell is a cell of a row being set.
type rowCell struct {
	node  *node
	lines []line
	align alignment
}

// table sets a table: its head stands again on every page, rows are not split
// unless one is higher than a page.
func (b *builder) table(t *document.Table, table *node, g grid) {
	line := leading(g.size)
	head, body := table.child("THead").child("TR"), table.child("TBody")
	cells := make([]rowCell, len(t.Columns))
	for i, c := range t.Columns {
		n := head.child("TH")
		n.scope = "Column"
		cells[i] = rowCell{n, b.lines([]piece{{text: c.Title, look: look{cut: bold, size: g.size}}}, g.widths[i]-2*cellPad, 0), centred}
	}
	first := b.row(g, cells, line, headInk)
	first.keep = true
	again := b.row(g, untagged(cells), line, headInk)
	draw := again.draw
	again.draw = func(p *page, top float64) { p.artifact(func() { draw(p, top) }) }
	b.add(first)

	var rows []*box
	height := 0.0
	most := int((g.sheet.textHeight() - first.height - 2*cellAir - 2*source.line - source.above) / line)
	for at, r := range t.Rows {
		cells, tr := make([]rowCell, len(t.Columns)), body.child("TR")
		for i, c := range t.Columns {
			cells[i] = rowCell{tr.child("TD"), b.lines([]piece{b.cell(r, i, g.size, slices.Contains(g.codes, i))}, g.widths[i]-2*cellPad, 0), cellAlign(c)}
		}
		ground := ink{0xff, 0xff, 0xff}
		if r.Total {
			ground = sumInk
		}
		for _, part := range parts(cells, max(most, 1)) {
			x := b.row(g, part, line, ground)
			x.head = again
			// The last two rows stay together, so that no total stands alone.
			x.keep = at == len(t.Rows)-2
			rows, height = append(rows, x), height+x.height
		}
	}
	for i, x := range rows {
		x.keep = x.keep || i < len(rows)-1 && height <= wholeTable*g.sheet.textHeight()
		b.add(x)
	}
}

func cellAlign(c document.Column) alignment {
	switch {
	case c.Right():
		return toRight
	case c.Kind == document.Date, c.Kind == document.Range, c.Kind == document.Moment:
		return centred
	}
	return toLeft
}

// untagged is the row for pages where it only stands again.
func untagged(cells []rowCell) []rowCell {
	out := make([]rowCell, len(cells))
	for i, c := range cells {
		out[i] = rowCell{lines: c.lines, align: c.align}
	}
	return out
}

// parts splits a row that is higher than a page holds.
func parts(cells []rowCell, most int) [][]rowCell {
	var out [][]rowCell
	for {
		part, rest, more := make([]rowCell, len(cells)), make([]rowCell, len(cells)), false
		for i, c := range cells {
			n := min(len(c.lines), most)
			part[i], rest[i] = c, c
			part[i].lines, rest[i].lines = c.lines[:n], c.lines[n:]
			more = more || len(rest[i].lines) > 0
		}
		out = append(out, part)
		if !more {
			return out
		}
		cells = rest
	}
}

// row is a row's box: grounds and rules first, then the text of each cell in its
// middle.
func (b *builder) row(g grid, cells []rowCell, line float64, ground ink) *box {
	most := 1
	for _, c := range cells {
		most = max(most, len(c.lines))
	}
	x := &box{height: float64(most)*line + 2*cellAir}
	tagged := cells[0].node != nil
	x.draw = func(p *page, top float64) {
		rules := func() { b.rules(p, g, top, x.height, ground) }
		if tagged {
			p.artifact(rules)
		} else {
			rules()
		}
		left := p.left
		for i, c := range cells {
			middle := top + (x.height-float64(len(c.lines))*line)/2
			if c.node != nil && len(c.lines) == 0 {
				c.node.hang()
			}
			p.paragraph(c.lines, c.node, left+cellPad, middle, g.widths[i]-2*cellPad, line, c.align)
			left += g.widths[i]
		}
	}
	return x
}

func (b *builder) rules(p *page, g grid, top, height float64, ground ink) {
	right := p.left
	for _, w := range g.widths {
		right += w
	}
	if ground != (ink{0xff, 0xff, 0xff}) {
		p.ground(p.left, top, right, top+height, ground)
	}
	p.stroke(p.left, top, right, top, hairline, rule)
	p.stroke(p.left, top+height, right, top+height, hairline, rule)
	x := p.left
	p.stroke(x, top, x, top+height, hairline, rule)
	for _, w := range g.widths {
		x += w
		p.stroke(x, top, x, top+height, hairline, rule)
	}
}
