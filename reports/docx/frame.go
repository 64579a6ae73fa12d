package docx

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"

	"khue/reports/document"
)

const (
	nation = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
	motto  = "Độc lập - Tự do - Hạnh phúc"
	// mottoWidth is how wide the motto sets at 13 pt bold Times New Roman; the
	// rule under it has the same length.
	mottoWidth = 56.1
	// letterheadLeft and its rest divide the head of an official paper, wide
	// enough for both names at 12 pt bold on one line.
	letterheadLeft = 68.0
)

// opening writes all above the text: letterhead where official, type, subject, as-of.
func (b *builder) opening() {
	official := b.doc.Layout == document.Official
	if official {
		b.letterhead()
	}
	p, _ := b.paragraph(b.body, "Title")
	b.run(p, b.doc.Kind, look{bold: true, size: 14})
	p, _ = b.paragraph(b.body, "Subtitle")
	b.run(p, b.doc.Title, look{bold: true})
	if official {
		b.rule(b.body, textWidth, 45)
	}
	if b.doc.AsOfNote != "" {
		p, _ = b.paragraph(b.body, "AsOf")
		b.run(p, b.doc.AsOfNote, look{italic: true})
	}
}

func (b *builder) letterhead() {
	head := b.doc.Letterhead
	left, right := b.twoColumns(letterheadLeft)
	b.line(left, head.Parent, look{size: 12})
	b.line(left, head.Issuer, look{bold: true, size: 12})
	b.rule(left, letterheadLeft, 0.4*float64(utf8.RuneCountInString(head.Issuer))*2.6)
	b.line(left, head.Number, look{size: 13})

	b.line(right, nation, look{bold: true, size: 12})
	b.line(right, motto, look{bold: true, size: 13})
	b.rule(right, textWidth-letterheadLeft, mottoWidth)
	b.line(right, head.PlaceDate, look{italic: true, size: 13})
}

// twoColumns opens a table without lines: the only layout that keeps two
// blocks side by side in every word processor.
func (b *builder) twoColumns(leftWidth float64) (left, right *etree.Element) {
	t := add(b.body, "w:tbl")
	pr := add(t, "w:tblPr")
	add(pr, "w:tblW", "w:w", twips(textWidth), "w:type", "dxa")
	add(pr, "w:tblLayout", "w:type", "fixed")
	grid := add(t, "w:tblGrid")
	add(grid, "w:gridCol", "w:w", twips(leftWidth))
	add(grid, "w:gridCol", "w:w", twips(textWidth-leftWidth))
	row, _ := b.row(t)
	cells := [2]*etree.Element{}
	for i, w := range []float64{leftWidth, textWidth - leftWidth} {
		cells[i] = add(row, "w:tc")
		add(add(cells[i], "w:tcPr"), "w:tcW", "w:w", twips(w), "w:type", "dxa")
	}
	return cells[0], cells[1]
}

func (b *builder) line(cell *etree.Element, text string, l look) {
	p, pr := b.paragraph(cell, "Normal")
	val(pr, "w:jc", "center")
	b.run(p, text, l)
}

// rule draws a short line in the middle of a width, both in millimetres.
func (b *builder) rule(parent *etree.Element, within, length float64) {
	_, pr := b.paragraph(parent, "Normal")
	border := add(pr, "w:pBdr")
	add(border, "w:top", "w:val", "single", "w:sz", "6", "w:space", "1", "w:color", "000000")
	add(pr, "w:spacing", "w:before", "40", "w:after", "60", "w:line", "120", "w:lineRule", "exact")
	side := twips((within - length) / 2)
	add(pr, "w:ind", "w:left", side, "w:right", side)
}

// closing writes who receives the paper and room for who signs it.
func (b *builder) closing() {
	if b.doc.Layout != document.Official {
		return
	}
	_, pr := b.paragraph(b.body, "Normal")
	add(pr, "w:keepNext")
	left, right := b.twoColumns(85)
	p, pr := b.paragraph(left, "Normal")
	add(pr, "w:keepNext")
	b.run(p, "Nơi nhận:", look{bold: true, italic: true, size: 12})
	for i, to := range b.doc.Letterhead.Recipients {
		end := ";"
		if i == len(b.doc.Letterhead.Recipients)-1 {
			end = "."
		}
		p, _ := b.paragraph(left, "Normal")
		b.run(p, "- "+to+end, look{size: 11})
	}
	b.line(right, b.doc.Letterhead.SignerPost, look{bold: true, size: 14})
	for range 4 { // room for signature and seal
		b.line(right, "", look{size: 14})
	}
	b.line(right, b.doc.Letterhead.SignerName, look{bold: true, size: 14})
}

// section writes the page: size, margins, page number from page 2 on, and the
// notice that data are simulated at the foot of every page.
func (b *builder) section() {
	section := add(b.body, "w:sectPr")
	reference := func(place, kind, id string) {
		add(section, "w:"+place+"Reference", "w:type", kind, "r:id", id)
	}
	reference("header", "default", b.header(true))
	reference("header", "first", b.header(false))
	if b.doc.Simulated != "" {
		reference("footer", "default", b.footer())
		reference("footer", "first", b.footer())
	}
	add(section, "w:pgSz", "w:w", twips(pageWidth), "w:h", twips(pageHeight))
	add(section, "w:pgMar", "w:top", twips(marginTop), "w:right", twips(marginRight), "w:bottom", twips(marginBottom),
		"w:left", twips(marginLeft), "w:header", twips(headerAt), "w:footer", twips(footerAt), "w:gutter", "0")
	add(section, "w:titlePg")
}

func (b *builder) header(numbered bool) string {
	doc, header := root("w:hdr")
	p, _ := b.paragraph(header, "Header")
	if numbered {
		field := add(p, "w:fldSimple", "w:instr", " PAGE ")
		b.run(field, "2", look{size: 13})
	}
	return b.frame("header", doc)
}

func (b *builder) footer() string {
	doc, footer := root("w:ftr")
	p, _ := b.paragraph(footer, "Footer")
	b.run(p, b.doc.Simulated, look{})
	return b.frame("footer", doc)
}

// frame adds a header or footer part and gives its relation.
func (b *builder) frame(kind string, doc *etree.Document) string {
	n := 1
	for _, p := range b.parts {
		if strings.HasPrefix(p.name, "word/"+kind) {
			n++
		}
	}
	name := fmt.Sprintf("%s%d.xml", kind, n)
	b.parts = append(b.parts, part{"word/" + name, wordType(kind), mustBytes(doc)})
	return b.relate(kind, name)
}
