package ingest

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/unicode/norm"
)

// valueList says what the values of a source mean. A value is looked up as it is
// written; else without regard to case and spaces; else without diacritics too,
// where that leaves one meaning.
type valueList struct {
	exact       map[string]string
	cased, bare map[string]meant
}

type meant struct {
	to      string
	unclear bool
}

func newValueList(values map[string]string) *valueList {
	if len(values) == 0 {
		return nil
	}
	l := &valueList{exact: values, cased: make(map[string]meant), bare: make(map[string]meant)}
	for from, to := range values {
		key := squeezed(from)
		for _, c := range []struct {
			m   map[string]meant
			key string
		}{{l.cased, key}, {l.bare, unmarked(key)}} {
			if have, ok := c.m[c.key]; ok && have.to != to {
				c.m[c.key] = meant{unclear: true}
			} else {
				c.m[c.key] = meant{to: to}
			}
		}
	}
	return l
}

// find is what a value means.
func (l *valueList) find(s string) (string, bool) {
	if l == nil {
		return "", false
	}
	if to, ok := l.exact[s]; ok {
		return to, true
	}
	key := squeezed(s)
	if m, ok := l.cased[key]; ok {
		return m.to, !m.unclear
	}
	m, ok := l.bare[unmarked(key)]
	return m.to, ok && !m.unclear
}

// squeezed is a text in lower case and NFC without spaces, but for those between
// digits, which part numbers.
func squeezed(s string) string {
	runes := []rune(norm.NFC.String(strings.ToLower(strings.TrimSpace(s))))
	out := make([]rune, 0, len(runes))
	for i, r := range runes {
		if !unicode.IsSpace(r) {
			out = append(out, r)
			continue
		}
		if unicode.IsDigit(out[len(out)-1]) && i+1 < len(runes) && unicode.IsDigit(runes[i+1]) {
			out = append(out, ' ')
		}
	}
	return string(out)
}

// maxValueFile is the largest dictionary that is read.
const maxValueFile = 8 << 20

// readValues reads a dictionary: a YAML mapping, or a CSV file with a line of
// headings and two columns, what the source writes and what it means.
func readValues(path string) (map[string]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("the file %s cannot be read", filepath.Base(path))
	}
	if info.Size() > maxValueFile {
		return nil, fmt.Errorf("the file %s is too large for a dictionary", filepath.Base(path))
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the file %s cannot be read", filepath.Base(path))
	}
	b = bytes.TrimPrefix(b, []byte("\xEF\xBB\xBF"))
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yaml", ".yml":
		var m map[string]string
		if err := yaml.Unmarshal(b, &m); err != nil {
			return nil, fmt.Errorf("%s is no mapping of values: %w", filepath.Base(path), err)
		}
		return m, nil
	case ".csv":
		return readValueLines(path, b)
	}
	return nil, errors.New("a dictionary is a file .csv, .yaml or .yml")
}

func readValueLines(path string, b []byte) (map[string]string, error) {
	r := csv.NewReader(bytes.NewReader(b))
	first, _, _ := strings.Cut(string(b), "\n")
	if strings.Count(first, ";") > strings.Count(first, ",") {
		r.Comma = ';'
	}
	r.FieldsPerRecord = 2
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	m := make(map[string]string)
	for i, row := range rows {
		if i == 0 {
			continue
		}
		from, ok := cleanText(row[0])
		if !ok {
			return nil, fmt.Errorf("%s:%d: the text is not UTF-8", filepath.Base(path), i+1)
		}
		if to, twice := m[from]; twice && to != strings.TrimSpace(row[1]) {
			return nil, fmt.Errorf("%s:%d: %q has two meanings", filepath.Base(path), i+1, from)
		}
		m[from] = strings.TrimSpace(row[1])
	}
	return m, nil
}
