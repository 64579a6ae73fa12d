package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"khue"
)

// jsonLines reads a file of JSON records, one a line. Columns are paths in a
// record, as "owner.name"; a record that lacks one has no value there.
type jsonLines struct {
	file   *textFile
	reader *jsonReader
	long   []byte
	line   int
}

func openJSONLines(path string, packed bool, o tableOptions) (table, error) {
	f, err := openText(path, packed, o)
	if err != nil {
		return nil, err
	}
	return &jsonLines{file: f}, nil
}

// head implements table: the columns are looked for in each record.
func (t *jsonLines) head(wanted []string) (heading, error) {
	paths := make([]string, len(wanted))
	copy(paths, wanted)
	t.reader = newJSONReader(paths, DatasetConfig{})
	if _, err := t.file.Peek(1); errors.Is(err, io.EOF) {
		return heading{}, errNoRows
	}
	return heading{}, nil
}

// next implements table.
func (t *jsonLines) next(cells []Value) (int, error) {
	for {
		body, err := t.read()
		if err != nil {
			return 0, err
		}
		t.line++
		if body = bytes.TrimSpace(body); len(body) == 0 {
			continue
		}
		t.file.record()
		if err := t.record(body, cells); err != nil {
			return 0, khue.Errorf(khue.Invalid, "dòng %d không phải một bản ghi JSON trọn vẹn; tệp có thể bị cụt",
				"line %d is no whole JSON record; the file may be cut off", t.line).Because(err)
		}
		return t.line, nil
	}
}

// read gives the next line; it is used again.
func (t *jsonLines) read() ([]byte, error) {
	t.long = t.long[:0]
	for {
		part, err := t.file.ReadSlice('\n')
		switch {
		case err == nil && len(t.long) == 0:
			return part, nil
		case err == nil || errors.Is(err, io.EOF) && len(t.long)+len(part) > 0:
			return append(t.long, part...), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			if errors.Is(err, errTooLong) {
				err = khue.While(err, "dòng %d", "line %d", t.line+1)
			}
			return nil, err
		}
		t.long = append(t.long, part...)
	}
}

func (t *jsonLines) record(body []byte, cells []Value) error {
	d := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if kind := d.PeekKind(); kind != '{' {
		if kind == 0 {
			return d.SkipValue()
		}
		return khue.Errorf(khue.Invalid, "đó không phải là một đối tượng", "it is not an object")
	}
	if err := t.reader.into(d, cells); err != nil {
		return err
	}
	if d.PeekKind() != 0 {
		return khue.Errorf(khue.Invalid, "dòng có nhiều hơn một giá trị", "there is more than one value on the line")
	}
	return nil
}

func (t *jsonLines) cell(_, line int) string { return fmt.Sprintf("line %d", line) }
func (t *jsonLines) describe(*Page)          {}
func (t *jsonLines) close() error            { return t.file.close() }
