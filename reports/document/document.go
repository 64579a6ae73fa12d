// Package document is the one model that every report is written from: what it
// says, in reading order, with typed figures and their evidence. It knows no
// file format and no charting library.
package document

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"khue"
)

// Layout is how the paper is set.
type Layout string

// The layouts.
const (
	// Official follows Decree 30/2020/NĐ-CP: letterhead, national title, signature block.
	Official Layout = "official"
	// Plain is a title, then the text, for readers outside the administration.
	Plain Layout = "plain"
)

// Document is a report ready to be written. All its text is in Lang and NFC.
type Document struct {
	ID       string // definition that made it, e.g. "resolution-progress"
	Part     string // in the name of its file: what it is of beside its period, "_00070"; "" for the whole city
	Lang     khue.Lang
	Layout   Layout
	Kind     string // type name in capitals, "BÁO CÁO"
	Title    string // what it is about (trích yếu)
	Period   khue.Period
	AsOf     time.Time // moment of knowledge, in the observatory's zone
	AsOfNote string    // the same, in words, under the title
	// Simulated is printed on every page while the data are simulated; empty otherwise.
	Simulated  string
	Letterhead Letterhead // of the official layout
	Blocks     []Block
	Filters    []Pair // what the figures are limited to
	Terms      []Pair // definitions of the measures used
	Evidence   []Evidence
	EvidenceAt string // heading of the evidence annex
	// Mark names the draft in a Word file, so that one which people edited is known
	// again; "" writes none. It is no part of what the document says.
	Mark string
}

// Letterhead is the formal frame of an official paper. What the clerk fills in
// by hand (number, date, signer) is left as dots or empty.
type Letterhead struct {
	Parent     string   // UBND THÀNH PHỐ HÀ NỘI
	Issuer     string   // SỞ VĂN HÓA VÀ THỂ THAO
	Number     string   // Số: …/BC-SVHTT
	PlaceDate  string   // Hà Nội, ngày … tháng … năm …
	SignerPost string   // GIÁM ĐỐC
	SignerName string   // empty: the clerk writes it
	Recipients []string // under "Nơi nhận:"
}

// Pair is a name with what stands beside it.
type Pair struct{ Name, Value string }

// Block is one thing in reading order: Heading, Paragraph, Bullets, *Table,
// *Chart, Callout or Narrative.
type Block interface{ block() }

// Heading opens a section. Level 1 is a part, level 2 a section of it.
type Heading struct {
	Level    int
	Text     string
	Numbered bool // writers number parts I, II, … and sections 1, 2, …
}

// Paragraph is running text.
type Paragraph struct{ Runs []Run }

// Bullets is a list of sentences.
type Bullets struct {
	Items    [][]Run
	Numbered bool // 1, 2, 3 instead of dashes
}

// Narrative is what staff wrote for a section: paragraphs, lists and callouts. Its
// heading stands before it.
type Narrative struct {
	ID     string // of the text in the report's definition
	Title  string
	Blocks []Block
}

// Callout is a remark that a reader must not miss, such as a period that is not over.
type Callout struct{ Runs []Run }

// Run is a piece of text of one style.
type Run struct {
	Text   string
	Bold   bool
	Italic bool
	Link   string // address on the web that it leads to; "" is none
	Note   string // a footnote hung on the end of the run; "" is none
}

func (Heading) block()   {}
func (Paragraph) block() {}
func (Bullets) block()   {}
func (Callout) block()   {}
func (Narrative) block() {}
func (*Table) block()    {}
func (*Chart) block()    {}

// Clean is text as every file format can hold it: NFC, without control
// characters other than tab and line feed. Writers pass all text through it.
func Clean(s string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r >= 0x20 && r != 0x7F && r != 0xFFFE && r != 0xFFFF {
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// Text is a paragraph of one plain run.
func Text(format string, args ...any) Paragraph {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	return Paragraph{Runs: []Run{{Text: format}}}
}

// Evidence is a query that figures of the report come from. Questions that
// differ only in what is bound to them share one Evidence.
type Evidence struct {
	ID                string // E1, E2, … as cited in the text
	SQL               string
	From              string // rollup or journal read
	DefinitionVersion string
	Uses              []Use
}

// Use is one asking of a query.
type Use struct {
	About      string // which figures
	Parameters []Pair
	AsOf       time.Time
	DataUntil  time.Time
	Batch      string
}

// FileName is the name of the report as a file: what, when, what was known, which language.
func (d Document) FileName(format string) string {
	return fmt.Sprintf("%s%s_%s_asof-%s_%s.%s", d.ID, d.Part, d.Period, d.AsOf.Format("20060102"), d.Lang, format)
}

// Tables lists the tables in reading order.
func (d Document) Tables() []*Table {
	var out []*Table
	for _, b := range d.Blocks {
		if t, ok := b.(*Table); ok {
			out = append(out, t)
		}
	}
	return out
}

// Charts lists the charts drawn from a table.
func (d Document) Charts(of *Table) []*Chart {
	var out []*Chart
	for _, b := range d.Blocks {
		if c, ok := b.(*Chart); ok && c.Table == of {
			out = append(out, c)
		}
	}
	return out
}

// Check finds what would make a document unreadable: rows of the wrong width,
// charts of columns that are not there. It reports a programmer's fault.
func (d Document) Check() error {
	known := map[*Table]bool{}
	ids := map[string]bool{}
	for _, t := range d.Tables() {
		if known[t] = true; ids[t.ID] || ids[t.Sheet] {
			return fmt.Errorf("checking the document: two tables are called %q or %q", t.ID, t.Sheet)
		}
		ids[t.ID], ids[t.Sheet] = true, true
		if n := utf8.RuneCountInString(t.Sheet); n == 0 || n > 31 || strings.ContainsAny(t.Sheet, `[]:*?/\`) {
			return fmt.Errorf("checking the document: %q cannot name a worksheet", t.Sheet)
		}
		for i, r := range t.Rows {
			if len(r.Cells) != len(t.Columns) {
				return fmt.Errorf("checking the document: table %q row %d has %d cells for %d columns", t.ID, i+1, len(r.Cells), len(t.Columns))
			}
		}
	}
	for _, b := range d.Blocks {
		c, ok := b.(*Chart)
		if !ok {
			continue
		}
		if !known[c.Table] {
			return fmt.Errorf("checking the document: chart %q draws a table that is not in the document", c.Title)
		}
		for _, s := range c.Series {
			if s.Column < 1 || s.Column >= len(c.Table.Columns) {
				return fmt.Errorf("checking the document: chart %q draws column %d of table %q", c.Title, s.Column, c.Table.ID)
			}
		}
	}
	return nil
}
