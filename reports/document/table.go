package document

import (
	"time"

	"khue"
	"khue/locale"
)

// Kind is what a cell holds.
type Kind string

// The kinds of cell.
const (
	Words   Kind = "words"
	Number  Kind = "number"
	Percent Kind = "percent" // a ratio: 0.142 is 14.2%
	Date    Kind = "date"    // a calendar day
	Moment  Kind = "moment"  // an instant in the observatory's zone
	Range   Kind = "range"   // two calendar days, either may be missing
	Unknown Kind = "unknown" // nothing is officially known; never a zero
	Nothing Kind = "nothing" // the cell does not apply, e.g. the share of a total
)

// Cell is one typed value of a table.
type Cell struct {
	Kind     Kind
	Words    string
	Number   float64
	Decimals int
	Signed   bool // a change: written with its sign
	Date, To time.Time
}

// W is a cell of words.
func W(s string) Cell { return Cell{Kind: Words, Words: s} }

// N is a number with its decimals.
func N(v float64, decimals int) Cell { return Cell{Kind: Number, Number: v, Decimals: decimals} }

// P is a ratio shown as a percentage with one decimal.
func P(ratio float64) Cell { return Cell{Kind: Percent, Number: ratio, Decimals: 1} }

// Change is a ratio shown as a percentage with its sign.
func Change(ratio float64) Cell {
	return Cell{Kind: Percent, Number: ratio, Decimals: 1, Signed: true}
}

// D is a calendar day; the zero time is a day that is not known.
func D(t time.Time) Cell {
	if t.IsZero() {
		return Cell{Kind: Unknown, Words: "–"}
	}
	return Cell{Kind: Date, Date: t}
}

// M is an instant in the observatory's zone; the zero time is unknown.
func M(t time.Time) Cell {
	if t.IsZero() {
		return Cell{Kind: Unknown, Words: "–"}
	}
	return Cell{Kind: Moment, Date: t}
}

// Days is a stretch of calendar days.
func Days(from, to time.Time) Cell {
	if from.IsZero() && to.IsZero() {
		return Cell{Kind: Unknown, Words: "–"}
	}
	return Cell{Kind: Range, Date: from, To: to}
}

// Missing is where no official figure exists.
func Missing() Cell { return Cell{Kind: Unknown} }

// Withheld is where there is a figure that the reader may not see; the table's
// source line then says why.
func Withheld() Cell { return Cell{Kind: Unknown, Words: locale.WithheldSign} }

// None is where a figure would have no meaning.
func None() Cell { return Cell{Kind: Nothing} }

// Text is the cell as a reader of the language sees it.
func (c Cell) Text(lang khue.Lang) string {
	switch c.Kind {
	case Words:
		return c.Words
	case Number:
		if c.Signed {
			return locale.SignedNumber(lang, c.Number, c.Decimals)
		}
		return locale.Number(lang, c.Number, c.Decimals)
	case Percent:
		if c.Signed {
			return locale.SignedPercent(lang, c.Number, c.Decimals)
		}
		return locale.Percent(lang, c.Number, c.Decimals)
	case Date:
		return locale.Date(lang, c.Date)
	case Moment:
		return locale.Moment(lang, c.Date)
	case Range:
		return day(lang, c.Date) + " – " + day(lang, c.To)
	case Unknown:
		if c.Words != "" {
			return c.Words
		}
		return locale.Unknown(lang)
	}
	return ""
}

func day(lang khue.Lang, t time.Time) string {
	if t.IsZero() {
		return "…"
	}
	return locale.Date(lang, t)
}

// Column is the head of a table's column.
type Column struct {
	Title string
	Kind  Kind    // what most cells hold; decides alignment and the number format of files
	Width float64 // share of the page's width relative to the other columns
}

// Right tells whether the column's cells are set to the right.
func (c Column) Right() bool { return c.Kind == Number || c.Kind == Percent }

// Row is one line of a table.
type Row struct {
	Cells   []Cell
	Total   bool // sums the rows above: set bold, left out of charts
	Partial bool // its period is not over
}

// Table is a table with a caption. Tables of figures have the unit in it.
type Table struct {
	ID      string // names the worksheet; short, unique in the document
	Sheet   string // the worksheet's name, at most 31 characters
	Title   string
	Unit    string // of all its numbers, when they share one
	Columns []Column
	Rows    []Row
	Source  string // under the table: where the figures come from, what is partial
	// Annex tables are set smaller.
	Annex bool
}

// Figures are the rows that are not totals.
func (t *Table) Figures() []Row {
	var out []Row
	for _, r := range t.Rows {
		if !r.Total {
			out = append(out, r)
		}
	}
	return out
}
