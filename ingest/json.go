package ingest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/shopspring/decimal"
)

// jsonReader takes wanted values out of JSON records without building the rest
// of them: what nobody named is skipped byte by byte.
type jsonReader struct {
	top    *jsonNode
	texts  texts
	buffer []byte
}

// jsonNode is a place in the answer that is wanted, or on the way to one.
type jsonNode struct {
	kids    map[string]*jsonNode // by the name as it stands in JSON, with its quotes
	column  int                  // -1 when it is only on the way
	records *jsonNode            // set where the list of records is: the shape of one
	next    bool                 // where the next page's cursor is
}

func newNode() *jsonNode { return &jsonNode{kids: make(map[string]*jsonNode), column: -1} }

// at finds or makes the node under a path such as "owner.name".
func (n *jsonNode) at(path string) *jsonNode {
	if path == "" {
		return n
	}
	for name := range strings.SplitSeq(path, ".") {
		quoted := strconv.Quote(name)
		kid := n.kids[quoted]
		if kid == nil {
			kid = newNode()
			n.kids[quoted] = kid
		}
		n = kid
	}
	return n
}

// newJSONReader prepares to read columns, each a path in a record; list is the
// path of the records in the answer and next the one of the next cursor, or "".
func newJSONReader(columns []string, list, next string) *jsonReader {
	record := newNode()
	for i, c := range columns {
		record.at(c).column = i
	}
	top := newNode()
	top.at(list).records = record
	if next != "" {
		top.at(next).next = true
	}
	return &jsonReader{top: top}
}

// jsonAnswer is what was found beside the rows.
type jsonAnswer struct {
	found   bool // the list of records was there
	records int
	next    string
}

// read appends the records of an answer to the page.
func (r *jsonReader) read(body []byte, p *Page) (jsonAnswer, error) {
	var a jsonAnswer
	d := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err := r.value(d, r.top, p, nil, &a); err != nil {
		return a, err
	}
	return a, nil
}

// value reads one value that stands at a node.
func (r *jsonReader) value(d *jsontext.Decoder, n *jsonNode, p *Page, row []Value, a *jsonAnswer) error {
	kind := d.PeekKind()
	switch {
	case n.records != nil && kind == '[':
		a.found = true
		return r.list(d, n.records, p, a)
	case n.column >= 0 && row != nil:
		return r.cell(d, kind, &row[n.column])
	case n.next && (kind == '"' || kind == '0'):
		raw, err := d.ReadValue()
		if err != nil {
			return err
		}
		a.next, err = r.plain(raw)
		return err
	case kind == '{' && len(n.kids) > 0:
		return r.object(d, n, p, row, a)
	}
	return d.SkipValue()
}

func (r *jsonReader) object(d *jsontext.Decoder, n *jsonNode, p *Page, row []Value, a *jsonAnswer) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadValue()
		if err != nil {
			return err
		}
		kid := n.kids[string(name)]
		if kid == nil {
			if err := d.SkipValue(); err != nil {
				return err
			}
			continue
		}
		if err := r.value(d, kid, p, row, a); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

func (r *jsonReader) list(d *jsontext.Decoder, shape *jsonNode, p *Page, a *jsonAnswer) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != ']' {
		a.records++
		if kind := d.PeekKind(); kind != '{' {
			if kind == 0 || kind == '}' { // broken: let the decoder say how
				return d.SkipValue()
			}
			return &permanentError{fmt.Errorf("record %d of the answer is not an object", a.records)}
		}
		if err := r.object(d, shape, p, p.grow(), a); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// cell reads a value of a record.
func (r *jsonReader) cell(d *jsontext.Decoder, kind jsontext.Kind, v *Value) error {
	if kind == '[' {
		return r.listCell(d, v)
	}
	raw, err := d.ReadValue()
	if err != nil {
		return err
	}
	switch kind {
	case 'n':
		*v = Value{}
	case 't', 'f':
		*v = boolean(kind == 't')
	case '0':
		*v = r.number(raw)
	default:
		var s string
		s, err = r.plain(raw)
		*v = text(s)
	}
	return err
}

func (r *jsonReader) number(raw []byte) Value {
	n, whole, digits := int64(0), true, raw
	if raw[0] == '-' {
		digits = raw[1:]
	}
	for _, c := range digits {
		whole = whole && c >= '0' && c <= '9'
		n = n*10 + int64(c-'0')
	}
	if whole && len(digits) <= 18 {
		if raw[0] == '-' {
			n = -n
		}
		return integer(n)
	}
	x, err := decimal.NewFromString(string(raw))
	if err != nil {
		return text(r.texts.keep(raw)) // a number no one could mean, as 1e9999999999
	}
	return Value{Kind: Exact, Ref: x}
}

// plain is the text of a JSON string, or any other value as it was written.
func (r *jsonReader) plain(raw []byte) (string, error) {
	if raw[0] != '"' {
		return r.texts.keep(raw), nil
	}
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return r.texts.keep(inner), nil // letters that are not UTF-8 are found by the checks
	}
	unquoted, err := jsontext.AppendUnquote(r.buffer[:0], raw)
	r.buffer = unquoted
	if err != nil && !bytes.Contains(unquoted, []byte("\uFFFD")) {
		return "", err
	}
	return r.texts.keep(unquoted), nil
}

// listCell reads a list of single values; what is nested deeper stays as JSON.
func (r *jsonReader) listCell(d *jsontext.Decoder, v *Value) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	list := []string{}
	for d.PeekKind() != ']' {
		raw, err := d.ReadValue()
		if err != nil {
			return err
		}
		if raw.Kind() == 'n' {
			continue
		}
		s, err := r.plain(raw)
		if err != nil {
			return err
		}
		list = append(list, s)
	}
	*v = Value{Kind: List, Ref: list}
	_, err := d.ReadToken()
	return err
}
