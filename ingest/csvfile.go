package ingest

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"khue"
)

// csvLines reads a CSV file line by line.
type csvLines struct {
	file   *textFile
	reader *csv.Reader
	cells  []string
}

func openCSV(path string, packed bool, o tableOptions) (table, error) {
	f, err := openText(path, packed, o)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(f.Reader)
	r.ReuseRecord, r.LazyQuotes, r.FieldsPerRecord = true, true, -1
	if r.Comma, err = delimiterOf(f.Reader, o.set.Delimiter); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return newGrid(&csvLines{file: f, reader: r}, o, ""), nil
}

// delimiterOf is the one configured, else the one that parts the first lines most often.
func delimiterOf(b *bufio.Reader, configured string) (rune, error) {
	switch configured {
	case "":
	case `\t`:
		return '\t', nil
	default:
		return []rune(configured)[0], nil
	}
	head, err := b.Peek(4 << 10)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return 0, err
	}
	best, most := ',', 0
	for _, c := range []rune{',', ';', '\t', '|'} {
		if n := strings.Count(string(head), string(c)); n > most {
			best, most = c, n
		}
	}
	return best, nil
}

func (l *csvLines) move() (int, error) {
	cells, err := l.reader.Read()
	if err != nil {
		if !errors.Is(err, io.EOF) {
			line, _ := l.reader.FieldPos(0)
			err = khue.While(err, "sau dòng %d", "after row %d", line)
		}
		return 0, err
	}
	l.file.record()
	l.cells = cells
	line, _ := l.reader.FieldPos(0)
	return line, nil
}

func (l *csvLines) width() int             { return len(l.cells) }
func (l *csvLines) text(column int) string { return l.cells[column] }

func (l *csvLines) value(column int) Value {
	if s := l.cells[column]; s != "" {
		return text(s)
	}
	return Value{}
}

func (l *csvLines) covered(int) (Value, bool) { return Value{}, false }
func (l *csvLines) spans() bool               { return false }
func (l *csvLines) describe(p *Page)          { p.Written = true }
func (l *csvLines) close() error              { return l.file.close() }
