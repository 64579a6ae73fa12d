package xlsx

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"khue/locale"
	"khue/reports/document"
)

func (b *book) cover() {
	name := b.say("Bìa", "Cover")
	b.try(b.file.SetSheetName("Sheet1", name))
	b.page(name, "portrait", 0)
	b.try(b.file.SetColWidth(name, "A", "A", 4))
	b.try(b.file.SetColWidth(name, "B", "B", 110))
	row := 2
	put := func(s string, st style) {
		st.wrap = true
		b.words(name, 2, row, s, st)
		b.height(name, row, s, 110, st.size)
		row++
	}
	if b.doc.Layout == document.Official {
		put(b.doc.Letterhead.Parent, style{colour: quiet})
		put(b.doc.Letterhead.Issuer, style{bold: true})
		row++
	}
	put(b.doc.Kind, style{bold: true, colour: lacquer, size: 12})
	put(b.doc.Title, style{bold: true, size: 18})
	put(b.doc.AsOfNote, style{italic: true, colour: quiet})
	if b.doc.Simulated != "" {
		row++
		put(b.doc.Simulated, style{bold: true, fill: amber})
	}
	row++
	for _, block := range b.doc.Blocks {
		if list, ok := block.(document.Bullets); ok {
			for _, item := range list.Items {
				put("• "+plain(item), style{})
			}
			break // the summary; the rest is in the sheets
		}
	}
	row++
	put(b.say("Trong tệp này", "In this file"), style{bold: true, colour: lacquer, size: 12})
	for _, t := range b.doc.Tables() {
		b.link(name, row, t.Sheet, t.Title)
		row++
	}
	if len(b.narratives()) > 0 {
		b.link(name, row, b.narrativeName(), b.say("Lời văn do cán bộ viết", "What staff wrote"))
		row++
	}
	about := b.aboutName()
	b.link(name, row, about, b.say("Định nghĩa, phạm vi và căn cứ của số liệu", "Definitions, scope and evidence of the figures"))
}

func (b *book) link(sheet string, row int, target, text string) {
	b.words(sheet, 2, row, target+" – "+text, style{colour: "2C4A7C"})
	b.try(b.file.SetCellHyperLink(sheet, cellName(2, row), "'"+strings.ReplaceAll(target, "'", "''")+"'!A1", "Location"))
}

func plain(runs []document.Run) string {
	var s strings.Builder
	for _, r := range runs {
		s.WriteString(r.Text)
	}
	return s.String()
}

// height makes room for wrapped text; spreadsheets do not always do it by themselves.
func (b *book) height(sheet string, row int, s string, width, size float64) {
	if size == 0 {
		size = 11
	}
	lines := 0
	for _, part := range strings.Split(s, "\n") {
		lines += max(1, int(math.Ceil(float64(utf8.RuneCountInString(part))*size/11*1.05/width)))
	}
	if lines > 1 || size > 11 {
		b.try(b.file.SetRowHeight(sheet, row, min(float64(lines)*size*1.4, 400)))
	}
}

// table writes one table sheet: caption, unit, note, header, rows, chart.
func (b *book) table(t *document.Table) {
	pages := 0
	if len(t.Rows) <= 40 && len(b.doc.Charts(t)) <= 2 {
		pages = 1 // so that a chart is not cut in two
	}
	b.newSheet(t.Sheet, pages)
	columns := b.columns(t)
	widths := b.size(t, columns)
	b.above(t, widths)
	for i, c := range columns {
		b.words(t.Sheet, i+1, headerRow, c.title, style{bold: true, fill: head, border: true, wrap: true, centre: true})
	}
	for r, row := range t.Rows {
		column := 1
		for i, cell := range row.Cells {
			for _, one := range spread(t.Columns[i], cell) {
				b.value(t.Sheet, column, headerRow+1+r, one, row.Total, t.Columns[i].Right())
				column++
			}
		}
		b.rowHeight(t, headerRow+1+r, row, widths)
	}
	frozen := &excelize.Panes{Freeze: true, XSplit: 1, YSplit: headerRow, TopLeftCell: cellName(2, headerRow+1), ActivePane: "bottomRight"}
	b.try(b.file.SetPanes(t.Sheet, frozen))
	b.try(b.file.SetDefinedName(&excelize.DefinedName{
		Name: "_xlnm.Print_Titles", Scope: t.Sheet,
		RefersTo: fmt.Sprintf("'%s'!$%d:$%d", strings.ReplaceAll(t.Sheet, "'", "''"), headerRow, headerRow),
	}))
	at := headerRow + len(t.Rows) + 3
	for _, c := range b.doc.Charts(t) {
		if c.Empty() {
			continue
		}
		b.chart(t, c, at)
		at += 20
	}
}

// above writes what stands over a table, as wide as the table itself.
func (b *book) above(t *document.Table, widths []float64) {
	unit := b.doc.AsOfNote
	if t.Unit != "" {
		unit = b.say("Đơn vị: ", "Unit: ") + t.Unit + ". " + unit
	}
	whole := 0.0
	for _, w := range widths {
		whole += w
	}
	for i, line := range []struct {
		text string
		look style
	}{
		{t.Title, style{bold: true, size: 13, colour: lacquer, wrap: true}},
		{unit, style{italic: true, colour: quiet, wrap: true}},
		{t.Source, style{colour: quiet, wrap: true}},
		{b.doc.Simulated, style{bold: true, colour: lacquer, wrap: true}},
	} {
		if line.text == "" {
			continue
		}
		b.words(t.Sheet, 1, i+1, line.text, line.look)
		b.try(b.file.MergeCell(t.Sheet, cellName(1, i+1), cellName(len(widths), i+1)))
		b.height(t.Sheet, i+1, line.text, whole, line.look.size)
	}
}

// rowHeight makes room for the longest wrapped cell of a row.
func (b *book) rowHeight(t *document.Table, at int, row document.Row, widths []float64) {
	lines, column := 1, 0
	for i, cell := range row.Cells {
		for _, one := range spread(t.Columns[i], cell) {
			if one.Kind == document.Words || one.Kind == document.Unknown {
				n := float64(utf8.RuneCountInString(one.Text(b.doc.Lang)))
				lines = max(lines, int(math.Ceil(n*1.12/widths[column])))
			}
			column++
		}
	}
	if lines > 1 {
		b.try(b.file.SetRowHeight(t.Sheet, at, float64(lines)*15))
	}
}

// column is a column of the sheet: a stretch of days takes two.
type column struct {
	title string
}

func (b *book) columns(t *document.Table) []column {
	var out []column
	for _, c := range t.Columns {
		if c.Kind != document.Range {
			out = append(out, column{title: c.Title})
			continue
		}
		out = append(out, column{title: c.Title + b.say(": từ", ": from")}, column{title: c.Title + b.say(": đến", ": to")})
	}
	return out
}

// spread gives the cells of the sheet for one cell of the table.
func spread(c document.Column, cell document.Cell) []document.Cell {
	if c.Kind != document.Range {
		return []document.Cell{cell}
	}
	if cell.Kind != document.Range {
		return []document.Cell{cell, cell}
	}
	return []document.Cell{document.D(cell.Date), document.D(cell.To)}
}

func (b *book) value(sheet string, column, row int, c document.Cell, total, right bool) {
	st := style{border: true, bold: total, right: right, wrap: true}
	if total {
		st.fill = head
	}
	at := cellName(column, row)
	switch c.Kind {
	case document.Number, document.Percent:
		st.format, st.wrap = format(c), false
		b.try(b.file.SetCellFloat(sheet, at, c.Number, -1, 64))
	case document.Date, document.Moment:
		st.format, st.wrap, st.centre = format(c), false, true
		y, m, d := c.Date.Date()
		wall := time.Date(y, m, d, c.Date.Hour(), c.Date.Minute(), 0, 0, time.UTC) // spreadsheets know no zones
		b.try(b.file.SetCellValue(sheet, at, wall))
	case document.Unknown:
		st.italic, st.colour = true, quiet
		b.try(b.file.SetCellStr(sheet, at, Neutral(c.Text(b.doc.Lang))))
	case document.Words:
		b.try(b.file.SetCellStr(sheet, at, Neutral(c.Words)))
	}
	b.paint(sheet, column, row, st)
}

// size sets column widths by what stands in them and gives them back.
func (b *book) size(t *document.Table, columns []column) []float64 {
	longest := make([]int, len(columns))
	for i, c := range columns {
		for _, word := range strings.Fields(c.title) {
			longest[i] = max(longest[i], utf8.RuneCountInString(word))
		}
		longest[i] = max(longest[i], min(utf8.RuneCountInString(c.title), 16))
	}
	for _, row := range t.Rows {
		column := 0
		for i, cell := range row.Cells {
			for _, one := range spread(t.Columns[i], cell) {
				text := one.Text(b.doc.Lang)
				if one.Kind == document.Moment {
					text = "00/00/0000 00:00"
				}
				longest[column] = max(longest[column], utf8.RuneCountInString(text))
				column++
			}
		}
	}
	widths := make([]float64, len(longest))
	for i, n := range longest {
		widths[i] = min(max(float64(n)+3, 12), 46)
		letters, err := excelize.ColumnNumberToName(i + 1)
		b.try(err)
		b.try(b.file.SetColWidth(t.Sheet, letters, letters, widths[i]))
	}
	b.try(b.file.SetRowHeight(t.Sheet, headerRow, 34))
	return widths
}

func (b *book) aboutName() string { return b.say("Giới thiệu", "About") }

// about tells what the figures mean, what they are limited to and how to ask again.
func (b *book) about() {
	name := b.aboutName()
	b.newSheet(name, 0)
	for i, width := range []float64{24, 66, 34, 16, 20, 20} {
		letters := string(rune('A' + i))
		b.try(b.file.SetColWidth(name, letters, letters, width))
	}
	row := 1
	title := func(s string) {
		b.words(name, 1, row, s, style{bold: true, size: 13, colour: lacquer})
		row++
	}
	pair := func(p document.Pair) {
		b.words(name, 1, row, p.Name, style{bold: true, wrap: true})
		b.words(name, 2, row, p.Value, style{wrap: true})
		b.height(name, row, p.Value, 60, 0)
		row++
	}
	title(b.doc.Title)
	pair(document.Pair{Name: b.say("Kỳ báo cáo", "Period"), Value: locale.PeriodName(b.doc.Lang, b.doc.Period)})
	pair(document.Pair{Name: b.say("Thời điểm số liệu", "As of"), Value: locale.Moment(b.doc.Lang, b.doc.AsOf)})
	if b.doc.Simulated != "" {
		pair(document.Pair{Name: b.say("Lưu ý", "Note"), Value: b.doc.Simulated})
	}
	row++
	title(b.say("Phạm vi", "Scope"))
	for _, p := range b.doc.Filters {
		pair(p)
	}
	row++
	title(b.say("Định nghĩa", "Definitions"))
	for _, p := range b.doc.Terms {
		pair(p)
	}
	row++
	title(b.doc.EvidenceAt)
	b.evidence(name, row)
}

func (b *book) evidence(name string, row int) {
	heads := []string{
		b.say("Căn cứ", "Evidence"), b.say("Số liệu", "Figures"), b.say("Tham số", "Parameters"),
		b.say("Số liệu đến ngày", "Data until"), b.say("Lô dữ liệu", "Batch"), b.say("Phiên bản định nghĩa", "Definition version"),
	}
	for i, h := range heads {
		b.words(name, i+1, row, h, style{bold: true, fill: head, border: true, wrap: true, centre: true})
	}
	row++
	for _, e := range b.doc.Evidence {
		b.words(name, 1, row, e.ID, style{bold: true, border: true})
		b.words(name, 2, row, e.SQL, style{mono: true, size: 9, wrap: true, border: true})
		b.words(name, 3, row, e.From, style{wrap: true, border: true})
		for _, empty := range []int{4, 5} {
			b.paint(name, empty, row, style{border: true})
		}
		b.words(name, 6, row, e.DefinitionVersion, style{border: true})
		b.height(name, row, e.SQL, 66, 10)
		row++
		for _, u := range e.Uses {
			var bound []string
			for _, p := range u.Parameters {
				bound = append(bound, p.Name+" = "+p.Value)
			}
			parameters := strings.Join(bound, "\n")
			b.paint(name, 1, row, style{border: true})
			b.words(name, 2, row, u.About, style{wrap: true, border: true})
			b.words(name, 3, row, parameters, style{mono: true, size: 9, wrap: true, border: true})
			b.value(name, 4, row, document.D(u.DataUntil), false, false)
			b.words(name, 5, row, u.Batch, style{wrap: true, border: true})
			b.paint(name, 6, row, style{border: true})
			b.height(name, row, parameters, 34, 10)
			row++
		}
	}
}
