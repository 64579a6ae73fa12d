package indicators

import (
	"time"

	"khue"
)

// Indicator is what targets are set on. It draws on one of: a measure, the ratio
// of two measures times Factor, or the published figures of a subject.
type Indicator struct {
	Name        string
	Label       khue.Text
	Unit        khue.Text
	Description khue.Text
	Decimals    int
	Direction   string // up, down or neutral
	Measure     string
	Numerator   string
	Denominator string
	Factor      float64
	Claims      string // subject; only figures of kind "actual" count

	Topic       string      // code of the subject that the dictionary lists it under
	Frequency   Frequency   // how often a figure is due
	Responsible khue.Text   // the office that answers for the figure
	Source      khue.Text   // where it comes from; that of the measures when the definition gives none
	Method      khue.Text   // how it is reckoned; that of the measure when the definition gives none
	Over        Over        // how figures of parts make the figure of the whole
	Since       khue.Period // first period whose figures mean what today's mean; zero when not known
	Breaks      []Break     // where the series breaks, by date

	unit  string
	among bool // a ratio whose numerator counts such ones among the things of its denominator
}

// ratio is a numerator over a denominator times the indicator's factor: that of
// the sums of one cell, never a mean of ratios. It is unknown where either part
// is, or where the denominator is zero, and withheld where either part is. Where
// things were counted and none of them is such a one, the share of such ones is a
// true zero.
func (i Indicator) ratio(above, below Value) Value {
	if i.among && !above.Known && !above.Suppressed {
		above = Value{Known: below.Known}
	}
	switch {
	case above.Suppressed || below.Suppressed:
		return Value{Suppressed: true} // the other part is known, so the ratio would tell this one
	case !above.Known || !below.Known:
		return Value{Reason: khue.Text{VI: "thiếu tử số hoặc mẫu số", EN: "the numerator or the denominator is not known"}}
	case below.Number == 0:
		return Value{Reason: khue.Text{VI: "mẫu số bằng 0", EN: "the denominator is zero"}}
	}
	return Value{Number: above.Number / below.Number * i.Factor, Known: true}
}

// of is the indicator by the values of its measure, or of both its parts.
func (i Indicator) of(values []Value) Value {
	if len(values) == 1 {
		return values[0]
	}
	return i.ratio(values[0], values[1])
}

// counts tells of every ratio whether its numerator counts among its denominator.
func (c *Catalogue) counts() {
	for n := range c.indicators {
		i := &c.indicators[n]
		above, err := c.Measure(i.Numerator)
		if below, fault := c.Measure(i.Denominator); err == nil && fault == nil {
			i.among = above.Aggregate == "count" && above.Dataset == below.Dataset
		}
	}
}

// Frequency is how often a figure of an indicator is due: the word of a grain of
// time, or Irregular.
type Frequency string

// Irregular is the frequency of inventories and surveys that come when they come.
const Irregular Frequency = "irregular"

// frequencies in the order of their length, the longest first.
var frequencies = []string{string(khue.Year), string(khue.HalfYear), string(khue.Quarter), string(khue.Month), string(khue.Week), string(khue.Day), string(Irregular)}

var frequencyLabels = map[Frequency]khue.Text{
	Frequency(khue.Year):     {VI: "Hằng năm", EN: "Yearly"},
	Frequency(khue.HalfYear): {VI: "Sáu tháng một lần", EN: "Half-yearly"},
	Frequency(khue.Quarter):  {VI: "Hằng quý", EN: "Quarterly"},
	Frequency(khue.Month):    {VI: "Hằng tháng", EN: "Monthly"},
	Frequency(khue.Week):     {VI: "Hằng tuần", EN: "Weekly"},
	Frequency(khue.Day):      {VI: "Hằng ngày", EN: "Daily"},
	Irregular:                {VI: "Không định kỳ", EN: "Irregular"},
}

// Label is the frequency in words.
func (f Frequency) Label() khue.Text { return frequencyLabels[f] }

// Combining is the way from the figures of parts (months of a year, wards of a
// city, disciplines) to the figure of the whole.
type Combining string

// The ways of combining.
const (
	Sum      Combining = "sum"      // a flow: parts add up
	Last     Combining = "last"     // a stock: the last part is the whole
	Distinct Combining = "distinct" // counted anew over the whole; parts overlap and never add up
	Ratio    Combining = "ratio"    // numerator and denominator are combined first, then divided
	Whole    Combining = "none"     // only the whole is known; there are no parts
)

var combiningLabels = map[Combining]khue.Text{
	Sum:      {VI: "Cộng các phần (lưu lượng)", EN: "Parts add up (a flow)"},
	Last:     {VI: "Lấy số cuối kỳ (số dư)", EN: "The end of the period stands (a stock)"},
	Distinct: {VI: "Đếm lại không trùng; không cộng các phần", EN: "Counted anew without repeats; parts do not add up"},
	Ratio:    {VI: "Gộp tử số và mẫu số rồi mới chia; không lấy trung bình các phần", EN: "Both parts of the ratio are combined, then divided; shares are never averaged"},
	Whole:    {VI: "Chỉ có số chung, không chia nhỏ", EN: "Known for the whole alone"},
}

// Label is the way of combining in words.
func (c Combining) Label() khue.Text { return combiningLabels[c] }

// Over says how an indicator combines along each dimension.
type Over struct {
	Time, Area, Discipline Combining
}

// Break is a day from which figures of an indicator are not comparable with
// earlier ones, or not in the splits that it affects.
type Break struct {
	Date     time.Time // calendar day, midnight UTC
	Affects  []string  // area, discipline; empty when the figure itself breaks
	Text     khue.Text
	Citation string
	Mark     string
}

// marks of how well something is known, as readers see them.
var markLabels = map[string]khue.Text{
	"verified": {VI: "Có nguồn công bố", EN: "Published source"},
	"general":  {VI: "Hiểu biết chung", EN: "General knowledge"},
	"inferred": {VI: "Suy luận", EN: "Inferred"},
	"unknown":  {VI: "Chưa rõ", EN: "Not known"},
}

// MarkLabel says in words what a mark (verified, general, inferred or unknown)
// means; any other mark is its own label.
func MarkLabel(mark string) khue.Text {
	if label, ok := markLabels[mark]; ok {
		return label
	}
	return khue.Text{VI: mark, EN: mark}
}
