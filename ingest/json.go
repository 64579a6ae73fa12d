package ingest

import (
	"bytes"
	"errors"
	"hash/maphash"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"khue"
)

// jsonReader takes wanted values out of JSON records without building the rest
// of them: what nobody named is skipped byte by byte.
type jsonReader struct {
	top    *jsonNode
	shape  string
	key    int // column that takes a record's name in a map; -1 for none
	texts  texts
	buffer []byte
	seed   maphash.Seed
	body   []byte
	row    []Value // of the record under way; nil outside
	gather int     // how many lists we are in within a record
}

// The shapes in which records come.
const (
	shapeList   = "list"
	shapeMap    = "map"
	shapeObject = "object"
)

// keyColumn is the column that holds a record's name in a map.
const keyColumn = "@key"

// jsonNode is a place in the answer that is wanted, or on the way to one.
type jsonNode struct {
	kids    map[string]*jsonNode // by the name as it stands in JSON, with its quotes
	column  int                  // -1 when it is only on the way
	records *jsonNode            // set where the records are: the shape of one
	next    bool                 // where the next page's cursor is
	total   bool                 // where the length of the whole list is
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

// newJSONReader prepares to read columns, each a path in a record.
func newJSONReader(columns []string, set DatasetConfig) *jsonReader {
	r := &jsonReader{top: newNode(), shape: set.Shape, key: -1, seed: maphash.MakeSeed()}
	if r.shape == "" {
		r.shape = shapeList
	}
	record := newNode()
	for i, c := range columns {
		if c == keyColumn {
			r.key = i
			continue
		}
		record.at(c).column = i
	}
	r.top.at(set.Records).records = record
	if set.Paging.Next != "" {
		r.top.at(set.Paging.Next).next = true
	}
	if set.Paging.Total != "" {
		r.top.at(set.Paging.Total).total = true
	}
	return r
}

// jsonAnswer is what was found beside the rows.
type jsonAnswer struct {
	found   bool // the records were there
	records int
	next    string
	total   string
	sum     uint64 // of the records as they were written
}

// read appends the records of an answer to the page. With lines, each value of the
// answer is a record.
func (r *jsonReader) read(body []byte, p *Page, lines bool) (jsonAnswer, error) {
	a := jsonAnswer{found: lines}
	r.body, r.row, r.gather = body, nil, 0
	d := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if lines {
		shape := r.top.records
		if shape == nil {
			return a, &permanentError{khue.Errorf(khue.Invalid, "bản ghi theo dòng (lines) không đi cùng records", "records in lines have no path (records)")}
		}
		start := d.InputOffset()
		for d.PeekKind() != 0 {
			if err := r.record(d, shape, p, &a); err != nil {
				return a, err
			}
		}
		a.sum = maphash.Bytes(r.seed, body[start:])
	} else if err := r.value(d, r.top, p, &a); err != nil {
		return a, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = khue.Errorf(khue.Unavailable, "sau phần JSON còn nội dung khác, ở byte %d", "something stands after its end, at byte %d", d.InputOffset())
		}
		return a, err
	}
	return a, nil
}

// value reads one value that stands at a node.
func (r *jsonReader) value(d *jsontext.Decoder, n *jsonNode, p *Page, a *jsonAnswer) error {
	kind := d.PeekKind()
	if r.row != nil {
		return r.inRecord(d, n, kind, p, a)
	}
	switch {
	case n.records != nil && kind == 'n' && r.shape != shapeObject:
		a.found = true // how some systems write a list without anything in it
	case n.records != nil && r.isShape(kind):
		return r.recordsAt(d, n.records, p, a)
	case (n.next || n.total) && (kind == '"' || kind == '0'):
		raw, err := d.ReadValue()
		if err != nil {
			return err
		}
		s, err := r.plain(raw)
		if n.next {
			a.next = s
		} else {
			a.total = s
		}
		return err
	case kind == '{' && len(n.kids) > 0:
		return r.object(d, n, p, a)
	case kind == '[' && len(n.kids) > 0: // the records are in each of these
		return r.each(d, func() error { return r.value(d, n, p, a) })
	}
	return d.SkipValue()
}

func (r *jsonReader) isShape(kind jsontext.Kind) bool {
	return kind == '[' && r.shape == shapeList || kind == '{' && r.shape != shapeList
}

// recordsAt reads all the records that stand at one place.
func (r *jsonReader) recordsAt(d *jsontext.Decoder, shape *jsonNode, p *Page, a *jsonAnswer) error {
	a.found = true
	start := d.InputOffset()
	var err error
	switch r.shape {
	case shapeList:
		err = r.each(d, func() error { return r.record(d, shape, p, a) })
	case shapeObject:
		err = r.record(d, shape, p, a)
	case shapeMap:
		err = r.members(d, func(name jsontext.Value) error {
			key, err := r.plain(name)
			if err != nil {
				return err
			}
			if err := r.record(d, shape, p, a); err != nil {
				return err
			}
			if r.key >= 0 {
				p.Row(p.Len() - 1)[r.key] = text(key)
			}
			return nil
		})
	}
	a.sum = a.sum*31 + maphash.Bytes(r.seed, r.body[start:d.InputOffset()])
	return err
}

// record reads one record into a row of its own.
func (r *jsonReader) record(d *jsontext.Decoder, shape *jsonNode, p *Page, a *jsonAnswer) error {
	a.records++
	if kind := d.PeekKind(); kind != '{' {
		if kind == 0 || kind == '}' || kind == ']' { // broken: let the decoder say how
			return d.SkipValue()
		}
		return &permanentError{khue.Errorf(khue.Invalid, "bản ghi thứ %d trong câu trả lời không phải là đối tượng", "record %d of the answer is not an object", a.records)}
	}
	r.row = p.grow()
	err := r.object(d, shape, p, a)
	r.row = nil
	return err
}

// into reads one record, which is an object, into cells that are empty.
func (r *jsonReader) into(d *jsontext.Decoder, cells []Value) error {
	r.row, r.gather = cells, 0
	err := r.object(d, r.top.records, nil, nil)
	r.row = nil
	return err
}

func (r *jsonReader) object(d *jsontext.Decoder, n *jsonNode, p *Page, a *jsonAnswer) error {
	return r.members(d, func(name jsontext.Value) error {
		kid := n.kids[string(name)]
		if kid == nil {
			return d.SkipValue()
		}
		return r.value(d, kid, p, a)
	})
}

// members calls inner before each value of an object, with its name.
func (r *jsonReader) members(d *jsontext.Decoder, inner func(name jsontext.Value) error) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadValue()
		if err != nil {
			return err
		}
		if err := inner(name); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// each calls inner before each value of a list.
func (r *jsonReader) each(d *jsontext.Decoder, inner func() error) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != ']' {
		if err := inner(); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}
