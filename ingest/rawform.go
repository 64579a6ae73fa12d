package ingest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"khue"
)

// Raw cells are kept as JSON so that they come back as they were, type and all:
// plain JSON where that is exact, an object with one key that starts with '$' where
// it is not ({"$instant": "…"}, {"$day": "…"}, {"$exact": "1.50"}, {"$bytes": "…"});
// a cell that could not be read keeps what was expected of it beside "$unfit".

// appendRaw writes a cell.
func appendRaw(b []byte, v *Value) []byte {
	switch v.Kind {
	case Text:
		return appendText(b, v.S)
	case Integer:
		return strconv.AppendInt(b, v.N, 10)
	case Float:
		x := v.Ref.(float64)
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return appendTagged(b, "$float", strconv.FormatFloat(x, 'g', -1, 64))
		}
		start := len(b)
		b = strconv.AppendFloat(b, x, 'g', -1, 64)
		if !bytes.ContainsAny(b[start:], ".e") {
			b = append(b, ".0"...)
		}
		return b
	case Exact:
		return appendTagged(b, "$exact", v.Ref.(decimal.Decimal).String())
	case Boolean:
		return strconv.AppendBool(b, v.N == 1)
	case Instant:
		return appendTagged(b, "$instant", v.time().Format(time.RFC3339Nano))
	case Day:
		return appendTagged(b, "$day", v.time().Format(time.DateOnly))
	case Unfit:
		why, _ := v.Ref.(khue.Text)
		b = append(appendText(append(b, `{"$unfit":`...), v.S), `,"vi":`...)
		b = append(appendText(b, why.VI), `,"en":`...)
		return append(appendText(b, why.EN), '}')
	case List:
		b = append(b, '[')
		for i, s := range v.list() {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendText(b, s)
		}
		return append(b, ']')
	}
	return append(b, "null"...)
}

func appendTagged(b []byte, tag, s string) []byte {
	b = append(b, `{"`...)
	b = append(b, tag...)
	b = append(b, `":`...)
	b = appendText(b, s)
	return append(b, '}')
}

func appendText(b []byte, s string) []byte {
	plain := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			plain = false
			break
		}
	}
	if plain {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	if !utf8.ValidString(s) {
		return appendTagged(b, "$bytes", base64.StdEncoding.EncodeToString([]byte(s)))
	}
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20:
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// rawCell is a cell on its way back from JSON.
type rawCell struct{ Value }

// UnmarshalJSON implements json.Unmarshaler.
func (c *rawCell) UnmarshalJSON(b []byte) error {
	v, err := readRaw(b)
	c.Value = v
	return err
}

func readRaw(b []byte) (Value, error) {
	switch {
	case len(b) == 0:
		return Value{}, fmt.Errorf("an empty cell")
	case b[0] == 'n':
		return Value{}, nil
	case b[0] == 't' || b[0] == 'f':
		return boolean(b[0] == 't'), nil
	case b[0] == '"':
		var s string
		err := json.Unmarshal(b, &s)
		return text(s), err
	case b[0] == '[':
		var list []rawCell
		if err := json.Unmarshal(b, &list); err != nil {
			return Value{}, err
		}
		out := make([]string, len(list))
		for i, c := range list {
			out[i] = c.S
		}
		return Value{Kind: List, Ref: out}, nil
	case b[0] == '{':
		return readTagged(b)
	case bytes.ContainsAny(b, ".eE"):
		x, err := strconv.ParseFloat(string(b), 64)
		return Value{Kind: Float, Ref: x}, err
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	return integer(n), err
}

func readTagged(b []byte) (Value, error) {
	var tagged map[string]string
	if err := json.Unmarshal(b, &tagged); err != nil {
		return Value{}, err
	}
	if s, ok := tagged["$unfit"]; ok {
		return unfit(s, tagged["vi"], tagged["en"]), nil
	}
	for tag, s := range tagged {
		switch tag {
		case "$float":
			x, err := strconv.ParseFloat(s, 64)
			return Value{Kind: Float, Ref: x}, err
		case "$exact":
			d, err := decimal.NewFromString(s)
			return Value{Kind: Exact, Ref: d}, err
		case "$instant":
			t, err := time.Parse(time.RFC3339Nano, s)
			return instant(t), err
		case "$day":
			t, err := time.Parse(time.DateOnly, s)
			return civilDay(t), err
		case "$bytes":
			raw, err := base64.StdEncoding.DecodeString(s)
			return text(string(raw)), err
		}
	}
	return Value{}, fmt.Errorf("a cell of no known form: %s", b)
}
