// Package html writes a report as one self-contained page that prints well: no
// scripts, nothing fetched, charts as vector drawings.
package html

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"unicode"

	"khue"
	"khue/locale"
	"khue/reports/document"
	"khue/reports/drawing"
)

// MediaType is the type to serve the file with.
const MediaType = "text/html; charset=utf-8"

//go:embed page.gohtml
var pageText string

//go:embed page.css
var styleSheet string

// page is what the template sees.
type page struct {
	document.Document
	Style     template.CSS
	Margin    template.CSS // the notice for the margin of printed pages
	Official  bool
	AsOfText  string
	Summary   string
	Parts     []template.HTML
	Footnotes []string
}

// Write writes the document as HTML. The same document gives the same bytes.
func Write(ctx context.Context, w io.Writer, d document.Document, draw drawing.Renderer) error {
	if err := d.Check(); err != nil {
		return err
	}
	b := &builder{doc: d, draw: draw}
	tmpl, err := template.New("page").Funcs(b.functions()).Parse(pageText)
	if err != nil {
		return fmt.Errorf("reading the page template: %w", err)
	}
	b.tmpl = tmpl
	p := page{Document: d, Style: template.CSS(styleSheet), Margin: cssString(d.Simulated), Official: d.Layout == document.Official}
	for _, block := range d.Blocks {
		part, err := b.block(ctx, block)
		if err != nil {
			return err
		}
		p.Parts = append(p.Parts, part)
	}
	p.Footnotes = b.notes
	var out bytes.Buffer
	if err := tmpl.ExecuteTemplate(&out, "page", p); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	if _, err := io.WriteString(w, document.Clean(out.String())); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}

// cssString writes a text as a CSS string: everything but letters, digits and
// blanks by its code, so that no text can end the string.
func cssString(s string) template.CSS {
	var out strings.Builder
	for _, r := range s {
		if r == ' ' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			out.WriteRune(r)
			continue
		}
		fmt.Fprintf(&out, "\\%x ", r)
	}
	return template.CSS(`"` + out.String() + `"`)
}

type builder struct {
	doc      document.Document
	draw     drawing.Renderer
	tmpl     *template.Template
	notes    []string
	tables   int
	figures  int
	sections [2]int
}

func (b *builder) say(vi, en string) string { return khue.Text{VI: vi, EN: en}.In(b.doc.Lang) }

func (b *builder) functions() template.FuncMap {
	return template.FuncMap{
		"say":   b.say,
		"plus":  func(a, c int) int { return a + c },
		"note":  b.note,
		"align": align,
		"cell":  func(c document.Cell) string { return c.Text(b.doc.Lang) },
		"date":  func(c document.Use) string { return document.D(c.DataUntil).Text(b.doc.Lang) },
		"lines": func(pairs []document.Pair) string { return joined(pairs) },
		"moment": func(u document.Use) string {
			return locale.Moment(b.doc.Lang, u.AsOf)
		},
	}
}

func joined(pairs []document.Pair) string {
	lines := make([]string, len(pairs))
	for i, p := range pairs {
		lines[i] = p.Name + " = " + p.Value
	}
	return strings.Join(lines, "\n")
}

// note keeps a footnote and gives its number.
func (b *builder) note(text string) int {
	b.notes = append(b.notes, text)
	return len(b.notes)
}

func align(c document.Column, cell document.Cell) string {
	class := ""
	switch {
	case c.Right():
		class = "n"
	case c.Kind == document.Date || c.Kind == document.Range || c.Kind == document.Moment:
		class = "c"
	}
	if cell.Kind == document.Unknown {
		class += " unknown"
	}
	return strings.TrimSpace(class)
}

func (b *builder) block(ctx context.Context, block document.Block) (template.HTML, error) {
	name, data := "", any(block)
	switch v := block.(type) {
	case document.Heading:
		name, data = "heading", b.heading(v)
	case document.Paragraph:
		name = "paragraph"
	case document.Bullets:
		name = "bullets"
	case document.Callout:
		name = "callout"
	case document.Narrative:
		return b.narrative(ctx, v)
	case *document.Table:
		b.tables++
		name, data = "table", map[string]any{"T": v, "Number": b.tables}
	case *document.Chart:
		if v.Empty() {
			return "", nil
		}
		svg, err := drawing.Draw(ctx, b.draw, v, b.doc.Lang)
		if err != nil {
			return "", err
		}
		b.figures++
		// The drawing is the charting library's own output; text in it is escaped there.
		name, data = "chart", map[string]any{"C": v, "SVG": template.HTML(svg), "Number": b.figures}
	default:
		return "", fmt.Errorf("writing the page: a block of type %T is not known", block)
	}
	var out bytes.Buffer
	if err := b.tmpl.ExecuteTemplate(&out, name, data); err != nil {
		return "", fmt.Errorf("writing the page: %w", err)
	}
	return template.HTML(out.String()), nil
}

// narrative writes what staff wrote, as one part of the page.
func (b *builder) narrative(ctx context.Context, n document.Narrative) (template.HTML, error) {
	var out template.HTML
	for _, inner := range n.Blocks {
		one, err := b.block(ctx, inner)
		if err != nil {
			return "", err
		}
		out += one
	}
	return `<div class="narrative">` + out + "</div>\n", nil
}

type numbered struct {
	document.Heading
	Number string
}

// heading counts parts and sections the way the layout asks for.
func (b *builder) heading(h document.Heading) numbered {
	if !h.Numbered {
		return numbered{h, ""}
	}
	official := b.doc.Layout == document.Official
	if h.Level <= 1 {
		b.sections[0]++
		b.sections[1] = 0
		if official {
			return numbered{h, document.Roman(b.sections[0]) + "."}
		}
		return numbered{h, fmt.Sprintf("%d.", b.sections[0])}
	}
	b.sections[1]++
	if official {
		return numbered{h, fmt.Sprintf("%d.", b.sections[1])}
	}
	return numbered{h, fmt.Sprintf("%d.%d.", b.sections[0], b.sections[1])}
}
