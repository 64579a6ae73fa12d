package pdf

import (
	"strings"

	"khue/reports/document"
)

// annex opens an annex on a page of its own.
func (b *builder) annex(heading string) {
	s := upright
	b.sheet = s
	b.add(&box{turn: &s})
	if b.official() {
		heading = strings.ToUpper(heading)
	}
	b.headed(&mark{level: 1, text: clean(heading)})
}

// terms sets the annex on what the figures cover and mean.
func (b *builder) terms() {
	t := &document.Table{Annex: true, Columns: []document.Column{
		{Title: b.say("Nội dung", "Item"), Width: 3}, {Title: b.say("Phạm vi, định nghĩa, cách tính", "Scope, definition, method"), Width: 9},
	}}
	for _, p := range append(append([]document.Pair(nil), b.doc.Filters...), b.doc.Terms...) {
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{document.W(p.Name), document.W(p.Value)}})
	}
	if len(t.Rows) == 0 {
		return
	}
	b.annex(b.say("Phụ lục: phạm vi và định nghĩa", "Annex: scope and definitions"))
	b.annexTable(t)
}

// evidence sets the annex of queries: each once, with every asking of it.
func (b *builder) evidence() {
	if len(b.doc.Evidence) == 0 {
		return
	}
	b.annex(b.doc.EvidenceAt)
	for _, e := range b.doc.Evidence {
		b.headed(&mark{level: 2, text: clean(e.ID + ". " + e.From), quiet: true})
		for _, x := range b.paragraph(b.root.child("P"), []piece{{
			text: b.say("Phiên bản định nghĩa: ", "Definition version: ") + e.DefinitionVersion, look: look{size: plain10.size},
		}}, plain10) {
			x.keep = true
		}
		b.code(e.SQL)
		b.annexTable(e.Table(b.doc.Lang), 1, 3)
	}
}

func (b *builder) annexTable(t *document.Table, codes ...int) {
	g := b.fit(t, codes...)
	b.stand(g.sheet)
	b.table(t, b.root.child("Table"), g)
	b.stand(upright)
}

// shortCode is how many lines of a query stay on one page.
const shortCode = 25

// code sets a query with its own lines, in letters of one width.
func (b *builder) code(text string) {
	s := style{size: 8, line: 1.3 * 8, left: 5, right: 5}
	boxes := b.paragraph(b.root.child("P").child("Code"), []piece{{text: text, look: look{cut: mono, size: s.size}}}, s)
	for i, x := range boxes {
		draw, above, below := x.draw, 0.0, 0.0
		if i == 0 {
			above = 4
		}
		if i == len(boxes)-1 {
			below = 10
		}
		x.height += above + below
		x.keep = x.keep || i == len(boxes)-1 || len(boxes) <= shortCode
		x.draw = func(p *page, top float64) {
			foot := top + x.height
			if below > 0 {
				foot -= below - 4
			}
			p.artifact(func() { p.ground(p.left, top, p.width-p.right, foot, codeInk) })
			draw(p, top+above)
		}
	}
}
