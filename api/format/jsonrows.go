package format

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"khue/indicators"
)

// rowWriter writes rows byte for byte as encoding/json writes a Row, without a map for
// each: names of columns are put in order and quoted once for all rows. Maps were most
// of the work of a long answer.
type rowWriter struct {
	sheet    Sheet
	keys     []quotedColumn // of Row.Keys
	values   []quotedColumn // of Row.Values
	reported []quotedColumn // measures whose completeness is told
	names    []written      // of Row.Keys, in the row before
	out      []byte
}

// written is a text as it was written last: in rows that come sorted many follow one
// another that are equal.
type written struct {
	text   string
	quoted []byte
}

// quotedColumn is a column's place in a row, with its name ready to be written.
type quotedColumn struct {
	at   int
	name string
	head []byte // the name in quotes and a colon
}

func newRowWriter(s Sheet) *rowWriter {
	a := s.Answer
	w := &rowWriter{sheet: s}
	if len(a.Rows) == 0 {
		return w
	}
	keys, values := len(a.Rows[0].Keys), len(a.Rows[0].Values)
	w.keys, w.names = quoted(keys, func(i int) string { return a.Columns[i].Name }), make([]written, keys)
	w.values = quoted(values, func(i int) string { return a.Columns[keys+i].Name })
	reported := Reported(a)
	w.reported = quoted(len(reported), func(i int) string { return nameOfMeasure(a, reported[i]) })
	for i := range w.reported {
		w.reported[i].at = reported[w.reported[i].at]
	}
	return w
}

// quoted puts columns in the order in which maps are written.
func quoted(n int, nameOf func(int) string) []quotedColumn {
	at := make(map[string]int, n)
	for i := range n {
		at[nameOf(i)] = i
	}
	var out []quotedColumn
	for _, name := range slices.Sorted(maps.Keys(at)) {
		out = append(out, quotedColumn{at[name], name, append(appendText(nil, name), ':')})
	}
	return out
}

// rows writes all rows, in room that is given.
func (w *rowWriter) rows(room []byte) ([]byte, error) {
	w.out = append(room, '[')
	for i, r := range w.sheet.Answer.Rows {
		if i > 0 {
			w.raw(",")
		}
		if err := w.row(r); err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	return append(w.out, ']'), nil
}

func (w *rowWriter) row(r indicators.Row) error {
	w.raw(`{"keys":{`)
	w.each(w.keys, func(c quotedColumn) { w.code(r.Keys[c.at]) })
	w.raw(`},"names":{`)
	w.each(w.keys, func(c quotedColumn) { w.again(&w.names[c.at], r.Keys[c.at].Name.In(w.sheet.Lang)) })
	w.raw(`},"values":{`)
	var fault error
	w.each(w.values, func(c quotedColumn) {
		if v := r.Values[c.at]; v.Known {
			if err := w.number(v.Number); err != nil && fault == nil {
				fault = fmt.Errorf("writing %s: %w", c.name, err)
			}
			return
		}
		w.raw("null")
	})
	w.raw("}")
	w.withheld(r)
	w.raw(`,"partial":`)
	w.out = strconv.AppendBool(w.out, r.Partial)
	w.reasons(r)
	w.raw(`,"completeness":{`)
	if len(r.Completeness) > 0 {
		w.each(w.reported, func(c quotedColumn) {
			if err := w.completeness(r.Completeness[c.at]); err != nil && fault == nil {
				fault = fmt.Errorf("writing the completeness of %s: %w", c.name, err)
			}
		})
	}
	w.raw("}}")
	return fault
}

// withheld names the measures whose number is withheld, in the order of the columns.
func (w *rowWriter) withheld(r indicators.Row) {
	open := false
	for i, v := range r.Values {
		if !v.Suppressed {
			continue
		}
		w.raw(map[bool]string{false: `,"suppressed":[`, true: ","}[open])
		open = true
		w.text(w.sheet.Answer.Columns[len(r.Keys)+i].Name)
	}
	if open {
		w.raw("]")
	}
}

func (w *rowWriter) reasons(r indicators.Row) {
	open := false
	for _, c := range w.values {
		reason := r.Values[c.at].Reason.In(w.sheet.Lang)
		if reason == "" {
			continue
		}
		w.raw(map[bool]string{false: `,"reasons":{`, true: ","}[open])
		open = true
		w.out = append(w.out, c.head...)
		w.text(reason)
	}
	if open {
		w.raw("}")
	}
}

func (w *rowWriter) completeness(c indicators.Completeness) error {
	w.raw("{")
	if c.Expectation != "" {
		w.raw(`"expectation":`)
		w.text(c.Expectation)
		w.raw(",")
	}
	w.raw(`"known":`)
	w.out = strconv.AppendBool(w.out, c.Known)
	for _, n := range [...]struct {
		name string
		of   int
	}{{`,"reported":`, c.Reported}, {`,"expected":`, c.Expected}, {`,"unexpected":`, c.Unexpected}} {
		w.raw(n.name)
		w.out = strconv.AppendInt(w.out, int64(n.of), 10)
	}
	var err error
	if c.Known {
		w.raw(`,"share":`)
		err = w.number(c.Share())
	}
	w.raw("}")
	return err
}

func (w *rowWriter) raw(s string) { w.out = append(w.out, s...) }

// each writes the members of an object.
func (w *rowWriter) each(columns []quotedColumn, write func(quotedColumn)) {
	for i, c := range columns {
		if i > 0 {
			w.raw(",")
		}
		w.out = append(w.out, c.head...)
		write(c)
	}
}

// code writes a key as KeyCode gives it; periods need no escaping.
func (w *rowWriter) code(k indicators.Key) {
	if k.Period.IsZero() {
		w.text(k.Code)
		return
	}
	w.raw(`"`)
	w.out, _ = k.Period.AppendText(w.out)
	w.raw(`"`)
}

// again writes a text that is likely to be the one before.
func (w *rowWriter) again(last *written, s string) {
	if last.quoted == nil || last.text != s {
		last.text, last.quoted = s, appendText(last.quoted[:0], s)
	}
	w.out = append(w.out, last.quoted...)
}

func (w *rowWriter) text(s string) { w.out = appendText(w.out, s) }

// number writes a number; very large and very small ones, and what is none, are left
// to encoding/json.
func (w *rowWriter) number(f float64) error {
	switch size := math.Abs(f); {
	case size > 0 && size < 1<<53 && f == math.Trunc(f):
		w.out = strconv.AppendInt(w.out, int64(f), 10) // the same digits, sooner
		return nil
	case size == 0 || size >= 1e-6 && size < 1e21:
		w.out = strconv.AppendFloat(w.out, f, 'f', -1, 64)
		return nil
	}
	b, err := json.Marshal(f)
	w.out = append(w.out, b...)
	return err
}

// appendText quotes a text; one with anything to escape is left to encoding/json.
func appendText(out []byte, s string) []byte {
	if !plain(s) {
		b, err := json.Marshal(s)
		if err != nil {
			return strconv.AppendQuote(out, s) // a string can always be written
		}
		return append(out, b...)
	}
	out = append(out, '"')
	out = append(out, s...)
	return append(out, '"')
}

// What ends a line for JavaScript and not for JSON is escaped, too. Both begin alike.
const lineEnds, paragraphEnds = "\u2028", "\u2029"

// plain tells that nothing of a text is escaped.
func plain(s string) bool {
	ascii := true
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		case c == lineEnds[0] && (strings.HasPrefix(s[i:], lineEnds) || strings.HasPrefix(s[i:], paragraphEnds)):
			return false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return ascii || utf8.ValidString(s)
}
