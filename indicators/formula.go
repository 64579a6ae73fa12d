package indicators

import (
	"maps"
	"slices"
	"strings"

	"khue"
)

// Formula is how a figure is made, for people and as symbols.
type Formula struct {
	Words   khue.Text
	Symbols []string // the indicator's own line first, then one for each measure in it
}

// Formula writes out how an indicator is reckoned.
func (c *Catalogue) Formula(i Indicator) Formula {
	switch {
	case i.Claims != "":
		return c.published(i)
	case i.Measure != "":
		m, _ := c.Measure(i.Measure)
		return Formula{Words: c.measureWords(m), Symbols: []string{c.measureSymbols(m)}}
	}
	above, _ := c.Measure(i.Numerator)
	below, _ := c.Measure(i.Denominator)
	f := Formula{
		Words: khue.Text{
			VI: "“" + above.Label.VI + "” chia cho “" + below.Label.VI + "”",
			EN: "“" + above.Label.EN + "” divided by “" + below.Label.EN + "”",
		},
		Symbols: []string{above.Name + " ÷ " + below.Name, c.measureSymbols(above), c.measureSymbols(below)},
	}
	if i.Factor != 1 {
		by := trimmed(i.Factor)
		f.Words = khue.Text{VI: f.Words.VI + ", nhân với " + by, EN: f.Words.EN + ", times " + by}
		f.Symbols[0] = by + " × " + f.Symbols[0]
	}
	f.Words = stop(f.Words)
	return f
}

func (c *Catalogue) published(i Indicator) Formula {
	label := khue.Text{VI: i.Claims, EN: i.Claims}
	for _, s := range c.subjects {
		if s.Code == i.Claims {
			label = s.Label
		}
	}
	return Formula{
		Words: khue.Text{
			VI: "Số “thực hiện” mới nhất đã công bố về “" + label.VI + "”. Hai số trái nhau cho cùng một kỳ thì không lấy số nào; số ước tính và chỉ tiêu không được tính.",
			EN: "The latest figure published as actual on “" + label.EN + "”. Two that contradict each other for one period give none; estimates and targets do not count.",
		},
		Symbols: []string{"latest(claims | subject = " + i.Claims + ", kind = actual, unit = " + i.unit + ")"},
	}
}

// measureWords says in a sentence what a measure does with the facts.
func (c *Catalogue) measureWords(m Measure) khue.Text {
	of, _ := khue.DatasetOf(m.Dataset)
	var words khue.Text
	switch m.Aggregate {
	case "count":
		words = sentence("Đếm số bản ghi của bộ dữ liệu “%[1]s” thuộc kỳ", "The number of records in the dataset “%[2]s” that fall into the period", of.Label.VI, of.Label.EN)
	case "distinct":
		column := khue.Text{VI: m.Column, EN: m.Column}
		if d, err := c.Dimension(m.Column); err == nil {
			column = d.Label
		}
		words = sentence("Đếm số giá trị “%[3]s” khác nhau trong bộ dữ liệu “%[1]s” thuộc kỳ", "The number of different values of “%[4]s” in the dataset “%[2]s” in the period",
			of.Label.VI, of.Label.EN, column.VI, column.EN)
	case "stock":
		words = khue.Text{
			VI: "Số thành viên đã được chấp thuận và chưa rời đi, tính vào ngày cuối kỳ",
			EN: "Members accepted by the last day of the period that have not left by then",
		}
		if m.Column == "certified" {
			words = khue.Text{
				VI: "Số thành viên đã được cấp chứng nhận và chưa rời đi, tính vào ngày cuối kỳ",
				EN: "Members certified by the last day of the period that have not left by then",
			}
		}
	default:
		words = sentence("Cộng “%[3]s” của mọi bản ghi trong bộ dữ liệu “%[1]s” thuộc kỳ", "The sum of “%[4]s” over all records of the dataset “%[2]s” in the period",
			of.Label.VI, of.Label.EN, m.Label.VI, m.Label.EN)
	}
	return stop(c.limited(words, m))
}

// limited adds what a measure's own filters keep.
func (c *Catalogue) limited(words khue.Text, m Measure) khue.Text {
	for _, dim := range slices.Sorted(maps.Keys(m.Where)) {
		d, err := c.Dimension(dim)
		if err != nil {
			continue
		}
		var vi, en []string
		for _, code := range m.Where[dim] {
			label := khue.Text{VI: code, EN: code}
			for _, v := range c.namedCodes(d) {
				if v.Code == code {
					label = v.Label
				}
			}
			vi, en = append(vi, label.VI), append(en, label.EN)
		}
		words.VI += ", chỉ lấy “" + d.Label.VI + "” là " + strings.Join(vi, " hoặc ")
		words.EN += ", only those whose “" + d.Label.EN + "” is " + strings.Join(en, " or ")
	}
	return words
}

// namedCodes are the codes of a dimension that have names without asking the facts.
func (c *Catalogue) namedCodes(d Dimension) []Code {
	switch d.Name {
	case "area":
		return codesNamed(khue.Areas(), func(a khue.Area) Code { return Code{a.Code, a.Name} })
	case "discipline":
		return codesNamed(khue.Disciplines(), func(x khue.Discipline) Code { return Code{x.Code, x.Name} })
	}
	return d.Values
}

func codesNamed[T any](all []T, of func(T) Code) []Code {
	out := make([]Code, len(all))
	for i, x := range all {
		out[i] = of(x)
	}
	return out
}

func stop(t khue.Text) khue.Text { return khue.Text{VI: t.VI + ".", EN: t.EN + "."} }

// measureSymbols writes a measure as a formula: "trainings = count(activities | kind = training)".
func (c *Catalogue) measureSymbols(m Measure) string {
	inside := m.Dataset
	if m.Column != "" {
		inside += "." + m.Column
	}
	var limits []string
	for _, dim := range slices.Sorted(maps.Keys(m.Where)) {
		limits = append(limits, dim+" = "+strings.Join(m.Where[dim], " or "))
	}
	if len(limits) > 0 {
		inside += " | " + strings.Join(limits, ", ")
	}
	return m.Name + " = " + m.Aggregate + "(" + inside + ")"
}
