package xlsx

import (
	"bytes"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"khue"
	"khue/reports/document"
)

// Table is one table as a workbook of its own: a sheet of figures and one that
// says what they are.
type Table struct {
	Lang      khue.Lang
	Title     string
	Subtitle  string
	Simulated string // the notice of simulated data; "" without
	Head      []string
	Rows      [][]document.Cell // as wide as Head
	About     []document.Pair
	Made      time.Time // when the figures were taken
	// Chart is drawn from a table of its own, on the sheet after the figures; nil, or one
	// without a known value, draws none.
	Chart *document.Chart
}

// WriteTable writes the workbook. The same table gives the same bytes.
func WriteTable(w io.Writer, t Table) error {
	b := newBook(document.Document{Lang: t.Lang, Title: t.Title, Simulated: t.Simulated, AsOf: t.Made})
	defer func() { _ = b.file.Close() }()
	b.figuresSheet(t)
	b.chartSheet(t.Chart)
	b.aboutSheet(t)
	b.properties()
	if b.err != nil {
		return fmt.Errorf("writing the workbook: %w", b.err)
	}
	var raw bytes.Buffer
	if err := b.file.Write(&raw); err != nil {
		return fmt.Errorf("writing the workbook: %w", err)
	}
	return repack(w, raw.Bytes(), b.finish)
}

// chartSheet draws a chart on a sheet with the figures that it is drawn from.
func (b *book) chartSheet(c *document.Chart) {
	if c == nil || c.Empty() {
		return
	}
	name := b.say("Biểu đồ", "Chart")
	b.newSheet(name, 1)
	b.words(name, 1, 1, c.Title, style{bold: true, size: 13, colour: lacquer})
	b.words(name, 1, 2, c.Note, style{italic: true, colour: quiet})
	if b.doc.Simulated != "" {
		b.words(name, 1, 3, b.doc.Simulated, style{bold: true, colour: lacquer})
	}
	b.try(b.file.SetColWidth(name, "A", "E", 26))
	b.figures(name, headerRow, c)
	b.charts = append(b.charts, c)
	below := headerRow + len(c.Categories()) + 3
	b.try(b.file.AddChart(name, cellName(1, below), excelChart(c, place(c, name, headerRow), b.doc.Lang, "Calibri")))
}

func (b *book) figuresSheet(t Table) {
	name := b.say("Số liệu", "Figures")
	b.try(b.file.SetSheetName("Sheet1", name))
	b.page(name, "landscape", 0)
	widths := b.tableWidths(name, t)
	whole := 0.0
	for _, width := range widths {
		whole += width
	}
	for i, line := range []struct {
		text string
		look style
	}{
		{t.Title, style{bold: true, size: 13, colour: lacquer, wrap: true}},
		{t.Subtitle, style{italic: true, colour: quiet, wrap: true}},
		{t.Simulated, style{bold: true, colour: lacquer, wrap: true}},
	} {
		if line.text == "" {
			continue
		}
		b.words(name, 1, i+1, line.text, line.look)
		if len(widths) > 1 {
			b.try(b.file.MergeCell(name, cellName(1, i+1), cellName(len(widths), i+1)))
		}
		b.height(name, i+1, line.text, whole, line.look.size)
	}
	for i, title := range t.Head {
		b.words(name, i+1, headerRow, title, style{bold: true, fill: head, border: true, wrap: true, centre: true})
	}
	for r, row := range t.Rows {
		for i, cell := range row {
			b.value(name, i+1, headerRow+1+r, cell, false, cell.Kind != document.Words)
		}
	}
	b.try(b.file.SetPanes(name, &excelize.Panes{
		Freeze: true, XSplit: 1, YSplit: headerRow, TopLeftCell: cellName(2, headerRow+1), ActivePane: "bottomRight",
	}))
	b.try(b.file.SetDefinedName(&excelize.DefinedName{
		Name: "_xlnm.Print_Titles", Scope: name, RefersTo: fmt.Sprintf("'%s'!$%d:$%d", name, headerRow, headerRow),
	}))
}

// tableWidths sets columns as wide as what stands in them, within reason.
func (b *book) tableWidths(sheet string, t Table) []float64 {
	widths := make([]float64, len(t.Head))
	for i, title := range t.Head {
		longest := min(utf8.RuneCountInString(title), 16)
		for _, row := range t.Rows {
			longest = max(longest, utf8.RuneCountInString(row[i].Text(t.Lang)))
		}
		widths[i] = min(max(float64(longest)+3, 12), 46)
		letters, err := excelize.ColumnNumberToName(i + 1)
		b.try(err)
		b.try(b.file.SetColWidth(sheet, letters, letters, widths[i]))
	}
	b.try(b.file.SetRowHeight(sheet, headerRow, 34))
	return widths
}

func (b *book) aboutSheet(t Table) {
	name := b.aboutName()
	b.newSheet(name, 0)
	b.try(b.file.SetColWidth(name, "A", "A", 26))
	b.try(b.file.SetColWidth(name, "B", "B", 96))
	b.words(name, 1, 1, t.Title, style{bold: true, size: 13, colour: lacquer})
	for i, p := range t.About {
		b.words(name, 1, i+3, p.Name, style{bold: true, wrap: true})
		b.words(name, 2, i+3, p.Value, style{wrap: true})
		b.height(name, i+3, p.Value, 90, 0)
	}
}
