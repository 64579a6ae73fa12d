package dashboards

import (
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"khue"
	"khue/locale"
)

// Spreadsheet writes a part's table as a workbook. The pages are given one, since
// workbooks are made where reports are.
type Spreadsheet func(w io.Writer, s Sheet) error

// Sheet is a part's table on its way into a workbook.
type Sheet struct {
	Lang            khue.Lang
	Title, Subtitle string
	Simulated       string // the notice of simulated data; "" without
	Head            []string
	Rows            [][]SheetCell // each as wide as Head
	About           []SheetFact
	Made            time.Time // when the figures were taken, in the observatory's zone
}

// SheetFact is a name with what it says.
type SheetFact struct{ Name, Value string }

// SheetCell is one value; a figure that is unknown or withheld is its sign alone.
type SheetCell struct {
	Text     string
	Number   float64 // when Figure; a ratio when Percent
	Figure   bool
	Percent  bool
	Signed   bool // a change, written with its sign
	Decimals int
	Unknown  bool // a figure's place without a figure
}

// sheet is the table with its figures as numbers.
func (t *table) sheet() Sheet {
	s := Sheet{Head: append([]string(nil), t.Head...)}
	noted := t.noted()
	if noted {
		s.Head = append(s.Head, "")
	}
	for _, r := range t.Rows {
		row := make([]SheetCell, 0, len(s.Head))
		for _, c := range r.Cells {
			row = append(row, c.sheet())
		}
		for len(row) < len(t.Head) {
			row = append(row, SheetCell{})
		}
		if noted {
			row = append(row, SheetCell{Text: r.Note})
		}
		s.Rows = append(s.Rows, row[:len(s.Head)])
	}
	return s
}

// sheet reads a cell's figure from what files take, and its form from what a
// reader sees.
func (c cell) sheet() SheetCell {
	out := SheetCell{Text: c.Text}
	if !c.Number {
		return out
	}
	v, err := strconv.ParseFloat(c.raw, 64)
	if err != nil { // "" is unknown, c is withheld
		out.Unknown = true
		if c.raw == locale.WithheldSign {
			out.Text = c.raw
		}
		return out
	}
	out.Number, out.Figure = v, true
	out.Percent = strings.HasSuffix(c.Text, "%")
	shown := c.raw
	if out.Percent {
		shown = strings.TrimSuffix(c.Text, "%")
		out.Signed = strings.ContainsAny(c.Text, "+−")
	}
	if at := strings.LastIndexAny(shown, ".,"); at >= 0 {
		out.Decimals = utf8.RuneCountInString(shown[at+1:])
	}
	return out
}
