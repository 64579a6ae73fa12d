// Package xlsx writes a report as a workbook: a cover, a sheet for each table
// with true numbers, dates and a native chart, and a sheet that tells what the
// figures mean and where they come from.
package xlsx

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"github.com/beevik/etree"
	"github.com/xuri/excelize/v2"

	"khue"
	"khue/reports/document"
)

// MediaType is the type to serve the file with.
const MediaType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

const (
	paperA4   = 9
	headerRow = 5 // of every table sheet; title, unit, note and a gap stand above
)

// Write writes the document as a workbook. The same document gives the same bytes.
func Write(w io.Writer, d document.Document) error {
	if err := d.Check(); err != nil {
		return err
	}
	b := newBook(d)
	defer func() { _ = b.file.Close() }()
	b.cover()
	for _, t := range d.Tables() {
		b.table(t)
	}
	b.narrativeSheet()
	b.plotted()
	b.about()
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

// book is a workbook under construction. The first failure is kept and makes
// the rest do nothing, so that the writing reads as a list of steps.
type book struct {
	doc    document.Document
	file   *excelize.File
	styles map[style]int
	plots  []*document.Chart // whose figures have gaps and so a sheet of their own
	charts []*document.Chart // in the order of their parts: chart1.xml, chart2.xml, …
	err    error
}

func newBook(d document.Document) *book {
	return &book{doc: d, file: excelize.NewFile(), styles: map[style]int{}}
}

func (b *book) try(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *book) say(vi, en string) string { return khue.Text{VI: vi, EN: en}.In(b.doc.Lang) }

// Neutral makes a text harmless where a spreadsheet would read it as a formula,
// also after the file has been saved as CSV and opened again.
func Neutral(s string) string {
	s = document.Clean(s)
	if strings.HasPrefix(s, "'") || s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func cellName(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		panic(err) // columns and rows are counted by us, from 1
	}
	return name
}

// words writes a text; it is never taken for a formula.
func (b *book) words(sheet string, column, row int, s string, st style) {
	b.try(b.file.SetCellStr(sheet, cellName(column, row), Neutral(s)))
	b.paint(sheet, column, row, st)
}

func (b *book) paint(sheet string, column, row int, st style) {
	id, ok := b.styles[st]
	if !ok {
		var err error
		id, err = b.file.NewStyle(st.excel())
		b.try(err)
		b.styles[st] = id
	}
	at := cellName(column, row)
	b.try(b.file.SetCellStyle(sheet, at, at, id))
}

func (b *book) newSheet(name string, pages int) {
	_, err := b.file.NewSheet(name)
	b.try(err)
	b.page(name, "landscape", pages)
}

// page sets a sheet for printing: one page wide, and that many pages long (0
// for as many as it takes), with the notice of simulated data on each.
func (b *book) page(name, orientation string, pages int) {
	size, wide := paperA4, 1
	b.try(b.file.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &size, Orientation: &orientation, FitToWidth: &wide, FitToHeight: &pages}))
	fit := true
	b.try(b.file.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}))
	grid := false
	b.try(b.file.SetSheetView(name, 0, &excelize.ViewOptions{ShowGridLines: &grid}))
	footer := "&C&P/&N"
	if b.doc.Simulated != "" {
		footer = "&L&\"-,Bold\"" + strings.ReplaceAll(b.doc.Simulated, "&", "&&") + "&R&P/&N"
	}
	b.try(b.file.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddFooter: footer}))
}

func (b *book) properties() {
	made := b.doc.AsOf.UTC().Format(time.RFC3339)
	lang := map[khue.Lang]string{khue.Vietnamese: "vi-VN", khue.English: "en-GB"}[b.doc.Lang]
	b.try(b.file.SetDocProps(&excelize.DocProperties{
		Title: b.doc.Title, Creator: "Khuê", LastModifiedBy: "Khuê", Created: made, Modified: made, Language: lang,
	}))
	b.file.SetActiveSheet(0)
}

// fixedTime stands in every file we zip, so that equal reports are equal bytes.
var fixedTime = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

// repack writes the parts of a package again in a fixed order with fixed times;
// change may replace a part on the way.
func repack(w io.Writer, raw []byte, change func(name string, part []byte) ([]byte, error)) error {
	r, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return fmt.Errorf("reading the workbook back: %w", err)
	}
	files := append([]*zip.File(nil), r.File...)
	rank := func(name string) int {
		switch {
		case name == "[Content_Types].xml":
			return 0
		case strings.HasPrefix(name, "_rels/"):
			return 1
		}
		return 2
	}
	sort.Slice(files, func(i, j int) bool {
		if a, b := rank(files[i].Name), rank(files[j].Name); a != b {
			return a < b
		}
		return files[i].Name < files[j].Name
	})
	out := zip.NewWriter(w)
	for _, f := range files {
		part, err := readPart(f)
		if err != nil {
			return err
		}
		if f.Name == "[Content_Types].xml" {
			if part, err = sortTypes(part); err != nil {
				return err
			}
		}
		if change != nil {
			if part, err = change(f.Name, part); err != nil {
				return err
			}
		}
		entry, err := out.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: fixedTime})
		if err != nil {
			return fmt.Errorf("packing %s: %w", f.Name, err)
		}
		if _, err := entry.Write(part); err != nil {
			return fmt.Errorf("packing %s: %w", f.Name, err)
		}
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("packing the workbook: %w", err)
	}
	return nil
}

// sortTypes puts the list of content types, which excelize writes in the order
// of a map, in a fixed order.
func sortTypes(part []byte) ([]byte, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(part); err != nil {
		return nil, fmt.Errorf("reading the content types: %w", err)
	}
	types := doc.Root()
	entries := types.ChildElements()
	key := func(e *etree.Element) string {
		return e.Tag + e.SelectAttrValue("Extension", "") + e.SelectAttrValue("PartName", "")
	}
	sort.SliceStable(entries, func(i, j int) bool { return key(entries[i]) < key(entries[j]) })
	for _, e := range entries {
		types.RemoveChild(e)
		types.AddChild(e)
	}
	return doc.WriteToBytes()
}

func readPart(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", f.Name, err)
	}
	defer func() { _ = r.Close() }()
	part, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", f.Name, err)
	}
	return part, nil
}
