package docx

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/beevik/etree"

	"khue/reports/document"
)

// contentsMark names the bookmark of the n-th part, from 1, that the list of contents leads to.
func contentsMark(n int) string { return fmt.Sprintf("_Toc%09d", n) }

// partTitles are the headings of the document's parts and annexes, as they read with
// their numbers.
func (b *builder) partTitles() []string {
	var out []string
	for _, block := range b.doc.Blocks {
		h, ok := block.(document.Heading)
		if !ok || h.Level > 1 {
			continue
		}
		text := h.Text
		if h.Numbered {
			text = b.partNumber(len(out)+1) + ". " + text
		}
		out = append(out, text)
	}
	if len(b.doc.Filters)+len(b.doc.Terms) > 0 {
		out = append(out, b.termsTitle())
	}
	if len(b.doc.Evidence) > 0 {
		out = append(out, b.doc.EvidenceAt)
	}
	return out
}

// partNumber is the number of a part as the numbering of the layout writes it.
func (b *builder) partNumber(n int) string {
	if b.doc.Layout == document.Official {
		return document.Roman(n)
	}
	return strconv.Itoa(n)
}

// contents writes the list of contents as a field that Word can make anew. The
// pages are those of the same report as PDF; each is a field too, so that programs
// which count pages as they lay them out show their own.
func (b *builder) contents() {
	titles := b.partTitles()
	if len(b.pages) != len(titles) {
		return
	}
	p, _ := b.paragraph(b.body, "ContentsTitle")
	b.run(p, b.say("Mục lục", "Contents"), look{})
	for i, title := range titles {
		if b.doc.Layout == document.Official {
			title = strings.ToUpper(title)
		}
		p, pr := b.paragraph(b.body, "TOC1")
		tabs := add(pr, "w:tabs")
		add(tabs, "w:tab", "w:val", "right", "w:leader", "dot", "w:pos", twips(textWidth))
		if i == 0 {
			fieldChar(p, "begin")
			instruction(p, ` TOC \o "1-1" \h \z \u `)
			fieldChar(p, "separate")
		}
		link := add(p, "w:hyperlink", "w:anchor", contentsMark(i+1), "w:history", "1")
		b.run(link, title, look{})
		add(add(link, "w:r"), "w:tab")
		fieldChar(link, "begin")
		instruction(link, " PAGEREF "+contentsMark(i+1)+` \h `)
		fieldChar(link, "separate")
		b.run(link, strconv.Itoa(b.pages[i]), look{})
		fieldChar(link, "end")
		if i == len(titles)-1 {
			fieldChar(p, "end")
		}
	}
}

func fieldChar(parent *etree.Element, kind string) {
	add(add(parent, "w:r"), "w:fldChar", "w:fldCharType", kind)
}

func instruction(parent *etree.Element, text string) {
	add(add(parent, "w:r"), "w:instrText", "xml:space", "preserve").SetText(text)
}

// marked puts the text of a part's heading under the bookmark that the list of
// contents leads to.
func (b *builder) marked(p *etree.Element, text string) {
	b.heads++
	id := strconv.Itoa(b.heads)
	add(p, "w:bookmarkStart", "w:id", id, "w:name", contentsMark(b.heads))
	b.run(p, text, look{})
	add(p, "w:bookmarkEnd", "w:id", id)
}
