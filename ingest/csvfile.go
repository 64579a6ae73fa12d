package ingest

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// csvTable reads a CSV file line by line.
type csvTable struct {
	file   *os.File
	reader *csv.Reader
}

// encodingOf finds an encoding that office programs of the region have written.
func encodingOf(name string) (encoding.Encoding, error) {
	switch strings.ToLower(name) {
	case "utf-8":
		return unicode.UTF8, nil
	case "utf-16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), nil
	case "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), nil
	case "windows-1258":
		return charmap.Windows1258, nil
	case "windows-1252":
		return charmap.Windows1252, nil
	}
	return nil, fmt.Errorf("encoding is utf-8, utf-16le, utf-16be, windows-1258 or windows-1252, not %q", name)
}

func openCSV(path string, set DatasetConfig) (*csvTable, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	b := bufio.NewReaderSize(f, 256<<10)
	if b, err = decoded(b, set.Encoding); err != nil {
		_ = f.Close()
		return nil, err
	}
	r := csv.NewReader(b)
	r.ReuseRecord, r.LazyQuotes, r.FieldsPerRecord = true, true, -1
	if r.Comma, err = delimiterOf(b, set.Delimiter); err != nil {
		_ = f.Close()
		return nil, err
	}
	return &csvTable{f, r}, nil
}

// decoded drops a byte order mark and turns other encodings into UTF-8. A mark
// says more than the configuration does.
func decoded(b *bufio.Reader, name string) (*bufio.Reader, error) {
	var enc encoding.Encoding
	mark, _ := b.Peek(3) // a shorter file has no mark
	switch {
	case strings.HasPrefix(string(mark), "\xEF\xBB\xBF"):
		_, err := b.Discard(3)
		return b, err
	case strings.HasPrefix(string(mark), "\xFF\xFE"), strings.HasPrefix(string(mark), "\xFE\xFF"):
		enc = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case name != "" && !strings.EqualFold(name, "utf-8"):
		var err error
		if enc, err = encodingOf(name); err != nil {
			return nil, err
		}
	default:
		return b, nil
	}
	return bufio.NewReaderSize(transform.NewReader(b, enc.NewDecoder()), 256<<10), nil
}

// delimiterOf is the one configured, else the one that parts the first lines most often.
func delimiterOf(b *bufio.Reader, configured string) (rune, error) {
	switch configured {
	case "":
	case `\t`:
		return '\t', nil
	default:
		return rune(configured[0]), nil
	}
	head, err := b.Peek(4 << 10)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return 0, err
	}
	best, most := ',', 0
	for _, c := range []rune{',', ';', '\t'} {
		if n := strings.Count(string(head), string(c)); n > most {
			best, most = c, n
		}
	}
	return best, nil
}

func (t *csvTable) next() ([]string, int, error) {
	cells, err := t.reader.Read()
	if err != nil {
		return nil, 0, err
	}
	line, _ := t.reader.FieldPos(0)
	return cells, line, nil
}

func (t *csvTable) cell(column, line int) string { return cellName(column, line) }

func (t *csvTable) value(s string, _, _ int) Value {
	if s == "" {
		return Value{}
	}
	return text(s)
}

func (t *csvTable) describe(*Page) {}
func (t *csvTable) sheet() string  { return "" }
func (t *csvTable) close() error   { return t.file.Close() }
