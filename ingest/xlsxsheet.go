package ingest

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"khue"
)

// sheetLines reads a sheet row by row. Cells come with the values that the
// workbook stores, not as it shows them: a date is its day number.
type sheetLines struct {
	book       *xlsxBook
	part       io.ReadCloser
	meter      *meter
	xml        *xml.Decoder
	skipHidden bool
	merges     *merges

	line  int
	cells []Value
	ended bool // the end of the data was seen
}

func (b *xlsxBook) open(s sheetEntry, skipHidden bool) (*sheetLines, error) {
	m, err := b.findMerges(s.part)
	if err != nil {
		return nil, err
	}
	r, err := b.part(s.part)
	if err != nil {
		return nil, notAWorkbook(err)
	}
	l := &sheetLines{book: b, part: r, skipHidden: skipHidden, merges: m, meter: &meter{from: r, most: maxUnpacked}}
	l.xml = xml.NewDecoder(l.meter)
	return l, nil
}

// move implements lines.
func (l *sheetLines) move() (int, error) {
	for !l.ended {
		token, err := l.xml.RawToken()
		if errors.Is(err, io.EOF) {
			return 0, notAWorkbook(khue.Errorf(khue.Invalid, "trang tính kết thúc sau dòng %d mà không có thẻ đóng", "the sheet ends after row %d without its closing mark", l.line))
		}
		if err != nil {
			return 0, notAWorkbook(khue.While(err, "sau dòng %d", "after row %d", l.line))
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local != "row" {
				continue
			}
			hidden, err := l.row(t)
			if err != nil {
				return 0, notAWorkbook(khue.While(err, "sau dòng %d", "after row %d", l.line))
			}
			l.meter.start = l.meter.read
			l.merges.at(l.line, l.cells)
			if hidden && l.skipHidden {
				continue
			}
			return l.line, nil
		case xml.EndElement:
			l.ended = t.Name.Local == "sheetData" || t.Name.Local == "worksheet"
		}
	}
	return 0, io.EOF
}

// row reads one row into cells.
func (l *sheetLines) row(start xml.StartElement) (hidden bool, err error) {
	l.line++
	for _, a := range start.Attr {
		switch a.Name.Local {
		case "r":
			n, err := strconv.Atoi(a.Value)
			if err != nil || n < l.line || n > maxLines {
				return false, fmt.Errorf("a row is numbered %q", a.Value)
			}
			l.line = n
		case "hidden":
			hidden = a.Value == "1" || a.Value == "true"
		}
	}
	l.cells = l.cells[:0]
	for {
		token, err := l.xml.RawToken()
		if err != nil {
			return hidden, noMore(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local == "c" {
				if err := l.oneCell(t); err != nil {
					return hidden, err
				}
			}
		case xml.EndElement:
			if t.Name.Local == "row" {
				return hidden, nil
			}
		}
	}
}

// The bounds of a sheet.
const (
	maxLines   = 1 << 20
	maxColumns = 1 << 14
)

// noMore is what the end of a part within an element is.
func noMore(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// sheetCell is a cell as the file writes it.
type sheetCell struct {
	kind, value, inline, formula string
	hasFormula                   bool
}

func (l *sheetLines) oneCell(start xml.StartElement) error {
	var c sheetCell
	column := len(l.cells)
	for _, a := range start.Attr {
		switch a.Name.Local {
		case "r":
			if n, ok := columnOfName(a.Value); ok {
				column = n
			}
		case "t":
			c.kind = a.Value
		}
	}
	if column >= maxColumns || column < len(l.cells) {
		return fmt.Errorf("cell %d stands out of its order", column+1)
	}
	for len(l.cells) <= column {
		l.cells = append(l.cells, Value{})
	}
	in, phonetic := "", 0
	for {
		token, err := l.xml.RawToken()
		if err != nil {
			return noMore(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			in = t.Name.Local
			switch in {
			case "f":
				c.hasFormula = true
			case "rPh":
				phonetic++
			}
		case xml.CharData:
			switch in {
			case "v":
				c.value += string(t)
			case "f":
				c.formula += string(t)
			case "t":
				if phonetic == 0 {
					c.inline += string(t)
				}
			}
		case xml.EndElement:
			in = ""
			switch t.Name.Local {
			case "rPh":
				phonetic--
			case "c":
				l.cells[column] = l.meaning(c)
				return nil
			}
		}
	}
}

// meaning is the value of a cell by its type.
func (l *sheetLines) meaning(c sheetCell) Value {
	switch c.kind {
	case "s":
		n, err := strconv.Atoi(strings.TrimSpace(c.value))
		if err != nil || n < 0 || n >= len(l.book.strings) {
			return unfit(c.value, "chữ có trong sổ tính", "a text that the workbook holds")
		}
		return textOrNull(l.book.strings[n])
	case "inlineStr":
		return textOrNull(c.inline)
	case "str", "d":
		return textOrNull(c.value)
	case "b":
		return boolean(strings.TrimSpace(c.value) == "1")
	case "e":
		return unfit(c.value, "một giá trị; ô báo lỗi công thức", "a value; the cell holds an error")
	}
	s := strings.TrimSpace(c.value)
	switch {
	case s != "":
		return numberOf(s)
	case c.hasFormula:
		return unfit("="+c.formula, "kết quả của công thức; hãy mở và lưu lại tệp bằng chương trình bảng tính",
			"the result of the formula; open and save the file in a spreadsheet program")
	}
	return Value{}
}

func textOrNull(s string) Value {
	if s == "" {
		return Value{}
	}
	return text(s)
}

// numberOf reads a number as a workbook keeps it.
func numberOf(s string) Value {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return integer(n)
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) || len(s) > 60 {
		return text(s)
	}
	d, err := decimal.NewFromString(s)
	if err != nil || d.Exponent() < -400 || d.Exponent() > 400 {
		return text(s)
	}
	if d.IsInteger() && d.Abs().LessThan(maxWhole) {
		return integer(d.IntPart())
	}
	return Value{Kind: Exact, Ref: d}
}

// columnOfName is the column of a cell name such as C7, from 0.
func columnOfName(name string) (int, bool) {
	n := 0
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 'A' && c <= 'Z':
			n = n*26 + int(c-'A') + 1
		case c >= 'a' && c <= 'z':
			n = n*26 + int(c-'a') + 1
		default:
			return n - 1, i > 0 && n <= maxColumns
		}
		if n > maxColumns {
			return 0, false
		}
	}
	return n - 1, n > 0
}

func (l *sheetLines) width() int { return len(l.cells) }

func (l *sheetLines) text(column int) string {
	var m mapping
	return m.textOf(&l.cells[column])
}

func (l *sheetLines) value(column int) Value { return l.cells[column] }

func (l *sheetLines) covered(column int) (Value, bool) { return l.merges.over(column) }

func (l *sheetLines) spans() bool { return len(l.merges.open) > 0 }

func (l *sheetLines) describe(p *Page) {
	p.Written, p.Serials, p.Epoch1904 = true, true, l.book.is1904
}

func (l *sheetLines) close() error { return l.part.Close() }
