package ingest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"

	"khue"
)

// workbookTable reads one sheet of a workbook row by row. Cells come with the
// values that the workbook stores, not as it shows them: a date is its day number.
type workbookTable struct {
	book    *excelize.File
	rows    *excelize.Rows
	name    string
	line    int
	serial4 bool
	// Columns with numbers of a locale: there a cell's own type tells the number
	// 1.234 from the text "1.234", which means something else.
	typed map[string]bool
	at    map[int]bool
}

// The most that a workbook may unpack to; a small file can hold a very large one.
const (
	maxUnpacked      = 1 << 30
	maxUnpackedSheet = 32 << 20 // above it, a sheet goes through a temporary file
)

func openWorkbook(path string, set DatasetConfig) (*workbookTable, error) {
	locked, err := isCompound(path)
	if err != nil {
		return nil, err
	}
	if locked {
		return nil, khue.Errorf(khue.Invalid, "sổ tính được bảo vệ bằng mật khẩu, hoặc theo định dạng .xls cũ",
			"the workbook is protected by a password, or is of the old kind .xls")
	}
	book, err := excelize.OpenFile(path, excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpackedSheet})
	if err != nil {
		return nil, khue.Errorf(khue.Invalid, "không đọc được sổ tính", "the workbook cannot be read").Because(err)
	}
	t := &workbookTable{book: book, typed: make(map[string]bool)}
	if t.name, err = sheetOf(book, set.Sheet); err == nil {
		t.rows, err = book.Rows(t.name)
	}
	if err != nil {
		_ = book.Close()
		return nil, err
	}
	if props, err := book.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		t.serial4 = *props.Date1904
	}
	for _, c := range numberColumns(set) {
		t.typed[plain(c)] = true
	}
	return t, nil
}

// isCompound tells a compound file, which wraps encrypted workbooks and those of
// old office programs, from the zip that a readable workbook is.
func isCompound(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }()
	mark := make([]byte, 4)
	if _, err := io.ReadFull(f, mark); err != nil {
		return false, nil //nolint:nilerr // a file so short is told of when it is unpacked
	}
	return string(mark) == "\xD0\xCF\x11\xE0", nil
}

// sheetOf is the sheet that was named, else the first that is not hidden.
func sheetOf(book *excelize.File, name string) (string, error) {
	list := book.GetSheetList()
	for _, s := range list {
		if name != "" {
			if plain(s) == plain(name) {
				return s, nil
			}
			continue
		}
		if visible, err := book.GetSheetVisible(s); err == nil && visible {
			return s, nil
		}
	}
	return "", khue.Errorf(khue.Invalid, "không có trang tính %[1]q; có %[2]q", "there is no sheet %[1]q; there are %[2]q", name, list)
}

func (t *workbookTable) next() ([]string, int, error) {
	if !t.rows.Next() {
		if err := t.rows.Error(); err != nil {
			return nil, 0, err
		}
		return nil, 0, io.EOF
	}
	t.line++
	cells, err := t.rows.Columns(excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, 0, fmt.Errorf("row %d: %w", t.line, err)
	}
	if len(t.typed) > 0 && t.at == nil {
		t.findTyped(cells)
	}
	return cells, t.line, nil
}

// findTyped notes, at the header row, which columns need their cells' types.
func (t *workbookTable) findTyped(cells []string) {
	at := make(map[int]bool)
	for i, c := range cells {
		if t.typed[plain(c)] {
			at[i] = true
		}
	}
	if len(at) > 0 {
		t.at = at
	}
}

func (t *workbookTable) value(s string, column, line int) Value {
	if s == "" {
		return Value{}
	}
	if t.at[column] && strings.ContainsAny(s, ".,") {
		kind, err := t.book.GetCellType(t.name, cellName(column, line))
		if err == nil && slices.Contains([]excelize.CellType{excelize.CellTypeUnset, excelize.CellTypeNumber}, kind) {
			if d, err := decimal.NewFromString(s); err == nil {
				return Value{Kind: Exact, Ref: d}
			}
		}
	}
	return text(s)
}

func (t *workbookTable) cell(column, line int) string { return t.name + "!" + cellName(column, line) }

func (t *workbookTable) describe(p *Page) { p.Serials, p.Epoch1904 = true, t.serial4 }

func (t *workbookTable) sheet() string { return t.name }

func (t *workbookTable) close() error {
	return errors.Join(t.rows.Close(), t.book.Close())
}
