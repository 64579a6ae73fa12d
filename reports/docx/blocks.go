package docx

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/beevik/etree"

	"khue"
	"khue/reports/document"
)

// paragraph opens a paragraph of a style.
func (b *builder) paragraph(parent *etree.Element, style string) (p, properties *etree.Element) {
	p = add(parent, "w:p")
	properties = add(p, "w:pPr")
	val(properties, "w:pStyle", style)
	return p, properties
}

// look is what a run differs in from its paragraph's style.
type look struct {
	bold, italic bool
	link         bool
	size         float64 // points
}

// run appends text; line breaks in it stay line breaks.
func (b *builder) run(p *etree.Element, text string, l look) {
	r := add(p, "w:r")
	pr := add(r, "w:rPr")
	if l.bold {
		add(pr, "w:b")
		add(pr, "w:bCs")
	}
	if l.italic {
		add(pr, "w:i")
		add(pr, "w:iCs")
	}
	if l.link {
		val(pr, "w:color", "2C4A7C")
	}
	if l.size > 0 {
		half := strconv.Itoa(int(math.Round(l.size * 2)))
		val(pr, "w:sz", half)
		val(pr, "w:szCs", half)
	}
	if l.link {
		val(pr, "w:u", "single")
	}
	val(pr, "w:lang", b.lang)
	for i, line := range strings.Split(document.Clean(text), "\n") {
		if i > 0 {
			add(r, "w:br")
		}
		add(r, "w:t", "xml:space", "preserve").SetText(line)
	}
}

func (b *builder) runs(p *etree.Element, runs []document.Run) {
	for _, r := range runs {
		at := p
		if r.Link != "" {
			at = add(p, "w:hyperlink", "r:id", b.leadTo(r.Link), "w:history", "1")
		}
		b.run(at, r.Text, look{bold: r.Bold, italic: r.Italic, link: r.Link != ""})
		if r.Note != "" {
			b.note(p, r.Note)
		}
	}
}

// note hangs a footnote on the paragraph.
func (b *builder) note(p *etree.Element, text string) {
	b.notes++
	id := strconv.Itoa(b.notes)
	reference := func(parent *etree.Element) *etree.Element {
		r := add(parent, "w:r")
		val(add(r, "w:rPr"), "w:rStyle", "FootnoteReference")
		return r
	}
	add(reference(p), "w:footnoteReference", "w:id", id)
	note := add(b.footnotes, "w:footnote", "w:id", id)
	np, _ := b.paragraph(note, "FootnoteText")
	add(reference(np), "w:footnoteRef")
	b.run(np, " "+text, look{})
}

// separators are the two notes that draw the line above footnotes.
func (b *builder) separators() {
	for id, kind := range []string{"separator", "continuationSeparator"} {
		n := add(b.footnotes, "w:footnote", "w:type", kind, "w:id", strconv.Itoa(id-1))
		add(add(add(n, "w:p"), "w:r"), "w:"+kind)
	}
}

func (b *builder) block(block document.Block) error {
	switch v := block.(type) {
	case document.Heading:
		b.heading(v)
	case document.Paragraph:
		p, _ := b.paragraph(b.body, "BodyText")
		b.runs(p, v.Runs)
	case document.Bullets:
		b.list(v)
	case document.Narrative:
		for _, inner := range v.Blocks {
			if err := b.block(inner); err != nil {
				return err
			}
		}
	case document.Callout:
		p, _ := b.paragraph(b.body, "Callout")
		b.runs(p, v.Runs)
	case *document.Table:
		b.captioned(v)
	case *document.Chart:
		if !v.Empty() {
			return b.chart(v)
		}
	default:
		return fmt.Errorf("a block of type %T is not known", block)
	}
	return nil
}

func (b *builder) heading(h document.Heading) {
	level := min(max(h.Level, 1), 2)
	p, pr := b.paragraph(b.body, fmt.Sprintf("Heading%d", level))
	if h.Numbered {
		num := add(pr, "w:numPr")
		val(num, "w:ilvl", strconv.Itoa(level-1))
		val(num, "w:numId", "1")
	}
	text := h.Text
	if level == 1 && b.doc.Layout == document.Official {
		text = strings.ToUpper(text)
	}
	if level > 1 {
		b.run(p, text, look{})
		return
	}
	b.marked(p, text)
}

// caption writes "Bảng 1. …" with a number that Word can count again.
func (b *builder) caption(label, sequence string, number int, title string, keepNext bool) {
	p, pr := b.paragraph(b.body, "Caption")
	if keepNext {
		add(pr, "w:keepNext")
	}
	b.run(p, label+" ", look{})
	field := add(p, "w:fldSimple", "w:instr", " SEQ "+sequence+` \* ARABIC `)
	b.run(field, strconv.Itoa(number), look{})
	b.run(p, ". "+title, look{})
}

func (b *builder) captioned(t *document.Table) {
	b.tables++
	b.caption(b.say("Bảng", "Table"), "Table", b.tables, t.Title, true)
	if t.Unit != "" {
		p, _ := b.paragraph(b.body, "Unit")
		b.run(p, b.say("Đơn vị: ", "Unit: ")+t.Unit, look{})
	}
	b.table(t)
	p, _ := b.paragraph(b.body, "Source")
	b.run(p, t.Source, look{})
}

// table writes a native table: the head repeats on every page, no row is split.
func (b *builder) table(t *document.Table) {
	widths, style := shares(t.Columns), "TableText"
	if t.Annex || tight(t, widths, b.doc.Lang) {
		style = "AnnexText"
	}
	table := add(b.body, "w:tbl")
	pr := add(table, "w:tblPr")
	val(pr, "w:tblStyle", "Figures")
	add(pr, "w:tblW", "w:w", twips(textWidth), "w:type", "dxa")
	val(pr, "w:jc", "center")
	add(pr, "w:tblLayout", "w:type", "fixed")
	add(pr, "w:tblLook", "w:val", "0020", "w:firstRow", "1", "w:lastRow", "0", "w:firstColumn", "0", "w:lastColumn", "0", "w:noHBand", "1", "w:noVBand", "1")
	if t.Title != "" {
		val(pr, "w:tblCaption", document.Clean(t.Title))
	}
	grid := add(table, "w:tblGrid")
	for _, w := range widths {
		add(grid, "w:gridCol", "w:w", w)
	}
	row, rowPr := b.row(table)
	add(rowPr, "w:tblHeader")
	for i, c := range t.Columns {
		p := b.cell(row, widths[i], style, "center", "F1ECE2")
		b.run(p, c.Title, look{bold: true})
	}
	for _, r := range t.Rows {
		row, _ := b.row(table)
		for i, cell := range r.Cells {
			align, fill := "left", ""
			switch {
			case t.Columns[i].Right():
				align = "right"
			case t.Columns[i].Kind == document.Date || t.Columns[i].Kind == document.Range:
				align = "center"
			}
			if r.Total {
				fill = "F8F5EE"
			}
			p := b.cell(row, widths[i], style, align, fill)
			b.run(p, cell.Text(b.doc.Lang), look{bold: r.Total, italic: cell.Kind == document.Unknown})
		}
	}
}

func (b *builder) row(table *etree.Element) (row, properties *etree.Element) {
	row = add(table, "w:tr")
	properties = add(row, "w:trPr")
	add(properties, "w:cantSplit")
	return row, properties
}

func (b *builder) cell(row *etree.Element, width, style, align, fill string) *etree.Element {
	c := add(row, "w:tc")
	pr := add(c, "w:tcPr")
	add(pr, "w:tcW", "w:w", width, "w:type", "dxa")
	if fill != "" {
		add(pr, "w:shd", "w:val", "clear", "w:color", "auto", "w:fill", fill)
	}
	val(pr, "w:vAlign", "center")
	p, properties := b.paragraph(c, style)
	val(properties, "w:jc", align)
	return p
}

// shares divides the text's width among the columns; the widths add up to it exactly.
func shares(columns []document.Column) []string {
	total, _ := strconv.Atoi(twips(textWidth))
	sum := 0.0
	for _, c := range columns {
		sum += weight(c)
	}
	out := make([]string, len(columns))
	used, run := 0, 0.0
	for i, c := range columns {
		run += weight(c)
		end := int(math.Round(run / sum * float64(total)))
		out[i] = strconv.Itoa(end - used)
		used = end
	}
	return out
}

// tight tells that a figure would be broken into lines at the size of running tables.
// A digit is half as wide as the letters are high, a mark a quarter.
func tight(t *document.Table, widths []string, lang khue.Lang) bool {
	const high, sides = 12.0, 7.0 // points; of both cell margins
	for i, c := range t.Columns {
		if !c.Right() {
			continue
		}
		width, _ := strconv.ParseFloat(widths[i], 64)
		for _, r := range t.Rows {
			if r.Cells[i].Kind == document.Unknown {
				continue
			}
			needed := 0.0
			for _, letter := range r.Cells[i].Text(lang) {
				if unicode.IsDigit(letter) || letter == '%' {
					needed += high / 2
				} else {
					needed += high / 4
				}
			}
			if needed > width/20-sides {
				return true
			}
		}
	}
	return false
}

func weight(c document.Column) float64 {
	if c.Width > 0 {
		return c.Width
	}
	return 1
}

// annex opens an annex on a page of its own.
func (b *builder) annex(heading string) {
	p, pr := b.paragraph(b.body, "Heading1")
	add(pr, "w:pageBreakBefore")
	if b.doc.Layout == document.Official {
		heading = strings.ToUpper(heading)
	}
	b.marked(p, heading)
}

func (b *builder) termsTitle() string {
	return b.say("Phụ lục: phạm vi và định nghĩa", "Annex: scope and definitions")
}

// terms writes the annex on what the figures cover and mean.
func (b *builder) terms() {
	t := &document.Table{Annex: true, Columns: []document.Column{
		{Title: b.say("Nội dung", "Item"), Width: 3}, {Title: b.say("Phạm vi, định nghĩa, cách tính", "Scope, definition, method"), Width: 9},
	}}
	for _, p := range append(append([]document.Pair(nil), b.doc.Filters...), b.doc.Terms...) {
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{document.W(p.Name), document.W(p.Value)}})
	}
	if len(t.Rows) > 0 {
		b.annex(b.termsTitle())
		b.table(t)
	}
}

// evidence writes the annex of queries: each once, with every asking of it.
func (b *builder) evidence() {
	if len(b.doc.Evidence) == 0 {
		return
	}
	b.annex(b.doc.EvidenceAt)
	for _, e := range b.doc.Evidence {
		p, _ := b.paragraph(b.body, "Heading2")
		b.run(p, e.ID+". "+e.From, look{})
		p, pr := b.paragraph(b.body, "AnnexText")
		add(pr, "w:keepNext")
		b.run(p, b.say("Phiên bản định nghĩa: ", "Definition version: ")+e.DefinitionVersion, look{})
		p, _ = b.paragraph(b.body, "Code")
		b.run(p, e.SQL, look{})
		b.table(e.Table(b.doc.Lang))
	}
}
