// Package pdf writes a report as PDF: paged by Decree 30/2020/NĐ-CP where the
// document asks for it, with footnotes, bookmarks, charts as vectors, letters
// embedded, and the structure of the text tagged. It starts no other program.
package pdf

import (
	"context"
	"fmt"
	"io"
	"slices"

	"khue"
	"khue/reports/document"
	"khue/reports/drawing"
)

// MediaType is the type to serve the file with.
const MediaType = "application/pdf"

// longPages is from how many pages on a document has a list of its contents.
const longPages = 8

// builder holds a document under construction.
type builder struct {
	doc      document.Document
	faces    [cuts]*face
	drawings map[*document.Chart]*picture
	contents []*mark // headings of an earlier round, with their pages; nil prints no list
	setting
}

// setting is what is counted while a document is set once.
type setting struct {
	root     *node
	boxes    []*box
	sheet    sheet // of the pages that boxes now go to
	marks    []*mark
	notes    int
	tables   int
	figures  int
	sections [2]int
}

// Write writes the document. The same document gives the same bytes.
func Write(ctx context.Context, w io.Writer, d document.Document, draw drawing.Renderer, l Letters) error {
	b, leaves, err := paged(ctx, d, draw, l)
	if err != nil {
		return err
	}
	pages := b.pages(leaves)
	if err := missingLetters(b.faces); err != nil {
		return err
	}
	if err := b.file(w, pages); err != nil {
		return fmt.Errorf("writing the PDF: %w", err)
	}
	return nil
}

// Pages are the pages on which the parts and annexes of a document begin; none where
// it is too short for a list of contents.
func Pages(ctx context.Context, d document.Document, draw drawing.Renderer, l Letters) ([]int, error) {
	b, _, err := paged(ctx, d, draw, l)
	if err != nil {
		return nil, err
	}
	var out []int
	for _, m := range b.contents {
		if m.level == 1 && !m.quiet {
			out = append(out, m.page)
		}
	}
	return out, nil
}

// paged sets a document on its pages.
func paged(ctx context.Context, d document.Document, draw drawing.Renderer, l Letters) (*builder, []*leaf, error) {
	if err := d.Check(); err != nil {
		return nil, nil, err
	}
	faces, err := newFaces(l)
	if err != nil {
		return nil, nil, fmt.Errorf("writing the PDF: %w", err)
	}
	b := &builder{doc: d, faces: faces, drawings: map[*document.Chart]*picture{}}
	if err := b.draw(ctx, draw); err != nil {
		return nil, nil, fmt.Errorf("writing the PDF: %w", err)
	}
	leaves, err := b.settle()
	return b, leaves, err
}

func (b *builder) say(vi, en string) string { return khue.Text{VI: vi, EN: en}.In(b.doc.Lang) }

func (b *builder) official() bool { return b.doc.Layout == document.Official }

// draw draws every chart once; rounds only place them.
func (b *builder) draw(ctx context.Context, draw drawing.Renderer) error {
	for _, block := range b.doc.Blocks {
		c, ok := block.(*document.Chart)
		if !ok || c.Empty() {
			continue
		}
		svg, err := drawing.Draw(ctx, draw, c, b.doc.Lang)
		if err != nil {
			return err
		}
		if b.drawings[c], err = readPicture(svg); err != nil {
			return fmt.Errorf("reading the drawing of chart %q: %w", c.Title, err)
		}
	}
	return nil
}

// settle sets the document until the page numbers in its list of contents are
// those of its pages.
func (b *builder) settle() ([]*leaf, error) {
	const rounds = 6
	for range rounds {
		if err := b.set(); err != nil {
			return nil, err
		}
		f := &flow{}
		f.lay(b.boxes, upright)
		long := len(f.leaves) >= longPages && len(b.marks) > 1
		if !long && b.contents == nil || samePages(b.contents, b.marks) {
			return f.leaves, nil
		}
		b.contents = b.marks
	}
	return nil, fmt.Errorf("writing the PDF: the pages of the contents do not settle")
}

func samePages(a, b []*mark) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].page != b[i].page {
			return false
		}
	}
	return true
}

// set sets the whole document as boxes, in the order of reading.
func (b *builder) set() error {
	b.setting = setting{root: &node{tag: "Document"}, sheet: upright}
	b.opening()
	b.listContents()
	for _, block := range b.doc.Blocks {
		if err := b.block(block); err != nil {
			return fmt.Errorf("writing the PDF: %w", err)
		}
	}
	b.stand(upright)
	b.closing()
	b.terms()
	b.evidence()
	return nil
}

// add appends a box.
func (b *builder) add(x *box) { b.boxes = append(b.boxes, x) }

// stand makes what follows go to pages of these measures, with the headings
// that stand right before it.
func (b *builder) stand(s sheet) {
	if b.sheet == s {
		return
	}
	b.sheet = s
	at := len(b.boxes)
	for at > 0 && b.boxes[at-1].keep {
		at--
	}
	b.boxes = slices.Insert(b.boxes, at, &box{turn: &s})
}

// keepLast ties the last box to what follows.
func (b *builder) keepLast() {
	if n := len(b.boxes); n > 0 {
		b.boxes[n-1].keep = true
	}
}
