package ingest

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"khue"
	"khue/warehouse"
)

// hasType turns a raw value into the field's type; an empty text is no value.
func hasType(f *field, m *mapping, v *Value) khue.Text {
	if v.Kind == Text && f.Type != khue.DisciplinesList && f.Type != khue.TextList {
		s, ok := cleanText(v.S)
		if !ok {
			return unreadableLetters
		}
		if v.S = s; s == "" {
			*v = Value{}
		}
	}
	switch v.Kind {
	case Null:
		return content
	case Unfit:
		return v.Ref.(khue.Text)
	}
	switch f.Type {
	case khue.IntegerField:
		return toInteger(f, m, v)
	case khue.DecimalField:
		expected, _ := toDecimal(f, m, v)
		return expected
	case khue.BooleanField:
		b, ok := toBoolean(v)
		if *v = boolean(b); !ok {
			return says("có hoặc không: true, false, 1, 0, có, không", "yes or no: true, false, 1, 0, có, không")
		}
		return content
	case khue.DateField, khue.InstantField:
		return toTime(f, m, v)
	case khue.PeriodField:
		return toPeriod(f, m, v)
	case khue.DisciplinesList, khue.TextList:
		return toList(f, m, v)
	}
	if v.Kind == List {
		return says("một giá trị, không phải danh sách", "a single value, not a list")
	}
	if v.Kind != Text {
		*v = text(m.textOf(v))
	}
	return content
}

// textOf writes a value as text; "" for none.
func (m *mapping) textOf(v *Value) string {
	switch v.Kind {
	case Text, Unfit:
		return v.S
	case Integer:
		return m.texts.number(v.N)
	case Float:
		return strconv.FormatFloat(v.Ref.(float64), 'f', -1, 64)
	case Exact:
		return v.Ref.(decimal.Decimal).String()
	case Boolean:
		return strconv.FormatBool(v.N == 1)
	case Instant:
		return v.time().Format(time.RFC3339Nano)
	case Day:
		return v.time().Format(time.DateOnly)
	case List:
		return strings.Join(v.list(), "; ")
	}
	return ""
}

var (
	unreadableLetters = khue.Text{VI: "chữ theo UTF-8; có chữ không đọc được", EN: "text in UTF-8; some letters could not be read"}
	wholeNumber       = khue.Text{VI: "số nguyên", EN: "a whole number"}
	someNumber        = khue.Text{VI: "một số", EN: "a number"}
	somePeriod        = khue.Text{
		VI: "một kỳ như 2025, 2025-S1, 2025-Q1, 2025-03 hoặc 2025-03-31", EN: "a period such as 2025, 2025-S1, 2025-Q1, 2025-03 or 2025-03-31",
	}
	someDate = khue.Text{VI: "một ngày", EN: "a date"}
)

func toInteger(f *field, m *mapping, v *Value) khue.Text {
	switch v.Kind {
	case Integer:
		return content
	case Text:
		if n, err := strconv.ParseInt(v.S, 10, 64); err == nil {
			*v = integer(n)
			return content
		}
	case Boolean:
		return wholeNumber
	}
	if expected, unclear := toDecimal(f, m, v); expected != content {
		if unclear {
			return expected
		}
		if f.number != "" {
			return says("số nguyên viết kiểu %s", "a whole number written the %s way", f.number)
		}
		if expected == beyondDecimal {
			return says("số nguyên nhỏ hơn 10^18", "a whole number below 10^18")
		}
		return wholeNumber
	}
	d := v.Ref.(decimal.Decimal)
	if !d.IsInteger() || d.Abs().GreaterThan(maxWhole) {
		return wholeNumber
	}
	*v = integer(d.IntPart())
	return content
}

var (
	maxWhole      = decimal.NewFromInt(math.MaxInt64)
	maxDecimal    = decimal.New(1, 12)
	beyondDecimal = khue.Text{VI: "số nhỏ hơn 10^18", EN: "a number below 10^18"}
)

// toDecimal reads an exact number. unclear tells that a text could be more than
// one number, or needs to be declared: it is never guessed.
func toDecimal(f *field, m *mapping, v *Value) (expected khue.Text, unclear bool) {
	var d decimal.Decimal
	switch v.Kind {
	case Integer:
		d = decimal.NewFromInt(v.N)
	case Exact:
		d = v.Ref.(decimal.Decimal)
	case Float:
		x := v.Ref.(float64)
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return someNumber, false
		}
		d = decimal.NewFromFloat(x)
	case Text:
		var ok bool
		if f.number == "" && m.page.Written && strings.ContainsAny(v.S, ".,") {
			if vi, en := readable(v.S, "vi"), readable(v.S, "en"); vi && (en || strings.Contains(v.S, ",") || strings.Count(v.S, ".") > 1) || en && strings.Contains(v.S, ",") {
				return says("một số đọc được theo một cách; hãy khai báo number: vi (1.234,5) hoặc number: en (1,234.5) cho cột %q",
					"a number that reads one way; declare number: vi (1.234,5) or number: en (1,234.5) for the column %q", f.column), true
			}
		}
		if d, ok = readNumber(v.S, f.number); !ok {
			sample := map[string]string{"": "1234.5", "vi": "1.234,5", "en": "1,234.5"}[f.number]
			return says("một số như %s", "a number such as %s", sample), false
		}
	default:
		return someNumber, false
	}
	// The exponents first: to compare 1e-2000000000 it would be written out.
	if d.Exponent() > 30 || d.Exponent() < -60 || d.Abs().GreaterThanOrEqual(maxDecimal.Shift(6)) {
		return beyondDecimal, false
	}
	*v = Value{Kind: Exact, Ref: d}
	return content, false
}

// readNumber reads a text the way of a locale, or as digits with a point when that is "".
func readNumber(s, locale string) (decimal.Decimal, bool) {
	if len(s) > 60 {
		return decimal.Decimal{}, false
	}
	if locale != "" {
		s = tidyNumber.Replace(s)
		if spaced.MatchString(s) {
			s = strings.ReplaceAll(s, " ", "")
		}
		var ok bool
		if s, ok = plainNumber(s, locale); !ok {
			return decimal.Decimal{}, false
		}
	}
	d, err := decimal.NewFromString(s)
	return d, err == nil
}

func readable(s, locale string) bool {
	_, ok := readNumber(s, locale)
	return ok
}

func toBoolean(v *Value) (value, ok bool) {
	switch v.Kind {
	case Null:
		return false, true
	case Boolean, Integer:
		return v.N == 1, v.N == 0 || v.N == 1
	case Text:
		switch strings.ToLower(strings.TrimSpace(v.S)) {
		case "true", "t", "1", "yes", "y", "có", "x":
			return true, true
		case "false", "f", "0", "no", "n", "không", "":
			return false, true
		}
	}
	return false, false
}

func toList(f *field, m *mapping, v *Value) khue.Text {
	var raw []string
	switch {
	case v.Kind == List:
		raw = v.list()
	case f.split != "":
		raw = strings.Split(m.textOf(v), f.split)
	default:
		raw = []string{m.textOf(v)}
	}
	out := make([]string, 0, len(raw))
	for _, s := range raw {
		s, ok := cleanText(s)
		if !ok {
			return unreadableLetters
		}
		if to, known := f.values.find(s); known && f.split != "" {
			s = to
		}
		if s != "" {
			out = append(out, strings.Clone(s))
		}
	}
	*v = Value{Kind: List, Ref: out}
	return content
}

// put appends a checked value to its column.
func (f *field) put(v *Value, c *warehouse.Column) {
	if v.Kind == Null {
		putNothing(f.Field, c)
		return
	}
	switch f.Type {
	case khue.IntegerField:
		c.Integers = append(c.Integers, v.N)
	case khue.DecimalField:
		c.Decimals = append(c.Decimals, v.Ref.(decimal.Decimal).Round(6))
	case khue.BooleanField:
		c.Booleans = append(c.Booleans, v.N == 1)
	case khue.DateField, khue.InstantField:
		c.Times = append(c.Times, v.time())
	case khue.DisciplinesList, khue.TextList:
		c.Lists = append(c.Lists, v.list())
		return
	default:
		c.Strings = append(c.Strings, v.S)
		return
	}
	if !f.Required {
		c.Null = append(c.Null, false)
	}
}

// putNothing appends the absence of a value.
func putNothing(f khue.Field, c *warehouse.Column) {
	switch f.Type {
	case khue.IntegerField:
		c.Integers = append(c.Integers, 0)
	case khue.DecimalField:
		c.Decimals = append(c.Decimals, decimal.Zero)
	case khue.BooleanField:
		c.Booleans = append(c.Booleans, false)
	case khue.DateField, khue.InstantField:
		c.Times = append(c.Times, time.Unix(0, 0).UTC())
	case khue.DisciplinesList, khue.TextList:
		c.Lists = append(c.Lists, nil)
		return
	default:
		c.Strings = append(c.Strings, "")
		return
	}
	if !f.Required {
		c.Null = append(c.Null, true)
	}
}
