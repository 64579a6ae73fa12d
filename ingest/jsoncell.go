package ingest

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/shopspring/decimal"

	"khue"
)

// inRecord reads a value of a record that stands at a node. What has another shape
// than the columns below it expect is kept as a misfit, so that the row is
// rejected with it and not loaded without it.
func (r *jsonReader) inRecord(d *jsontext.Decoder, n *jsonNode, kind jsontext.Kind, p *Page, a *jsonAnswer) error {
	switch {
	case len(n.kids) == 0:
		return r.cell(d, kind, &r.row[n.column])
	case kind == 'n':
		return d.SkipValue()
	case n.column < 0 && kind == '{':
		return r.object(d, n, p, a)
	case n.column < 0 && kind == '[':
		r.gather++
		err := r.each(d, func() error { return r.value(d, n, p, a) })
		r.gather--
		return err
	}
	raw, err := d.ReadValue()
	if err != nil {
		return err
	}
	if n.column >= 0 && kind == '{' { // wanted both as it is and from within
		inner := jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
		r.row[n.column] = r.misfit(raw, wantsValue)
		return r.object(inner, n, p, a)
	}
	r.misfits(n, raw)
	if n.column >= 0 {
		inner := jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowInvalidUTF8(true))
		return r.cell(inner, kind, &r.row[n.column])
	}
	return nil
}

// What should have stood where a misfit was read.
var (
	wantsValue  = says("một giá trị, không phải đối tượng hay danh sách lồng nhau", "a single value, not an object or a list within a list")
	wantsObject = says("một đối tượng JSON có các trường đã khai báo", "a JSON object with the fields that are mapped")
	wantsOne    = says("một giá trị; bản ghi có hai trường cùng tên", "one value; the record has two under the same name")
)

// misfit is a value that no field can take.
func (r *jsonReader) misfit(raw []byte, wants khue.Text) Value {
	const most = 200
	return Value{Kind: Unfit, Ref: wants, S: strings.ToValidUTF8(string(raw[:min(len(raw), most)]), "")}
}

// misfits marks all columns below a node.
func (r *jsonReader) misfits(n *jsonNode, raw []byte) {
	for _, kid := range n.kids {
		if kid.column >= 0 {
			r.row[kid.column] = r.misfit(raw, wantsObject)
		}
		r.misfits(kid, raw)
	}
}

// cell reads a value of a record. In a list of objects the values come together.
func (r *jsonReader) cell(d *jsontext.Decoder, kind jsontext.Kind, v *Value) error {
	if kind == '[' && r.gather == 0 && v.Kind == Null {
		return r.listCell(d, v)
	}
	raw, err := d.ReadValue()
	if err != nil {
		return err
	}
	switch {
	case kind == '{' || kind == '[':
		*v = r.misfit(raw, wantsValue)
	case kind == 'n':
	case r.gather > 0:
		var s string
		if s, err = r.plain(raw); v.Kind == Null || v.Kind == List {
			*v = Value{Kind: List, Ref: append(v.list(), s)}
		}
	case v.Kind != Null:
		*v = r.misfit(raw, wantsOne)
	case kind == 't' || kind == 'f':
		*v = boolean(kind == 't')
	case kind == '0':
		*v = r.number(raw)
	default:
		var s string
		s, err = r.plain(raw)
		*v = text(s)
	}
	return err
}

// listCell reads a list of single values.
func (r *jsonReader) listCell(d *jsontext.Decoder, v *Value) error {
	list := []string{}
	var misfit *Value
	err := r.each(d, func() error {
		raw, err := d.ReadValue()
		if err != nil {
			return err
		}
		switch raw.Kind() {
		case 'n':
			return nil
		case '{', '[':
			m := r.misfit(raw, wantsValue)
			misfit = &m
			return nil
		}
		s, err := r.plain(raw)
		list = append(list, s)
		return err
	})
	*v = Value{Kind: List, Ref: list}
	if misfit != nil {
		*v = *misfit
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
	if err != nil || x.Exponent() > 60 || x.Exponent() < -60 {
		return text(r.texts.keep(raw)) // a number no one could mean, as 1e9999999999: it is never written out
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
