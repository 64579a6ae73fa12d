package ingest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"khue"
)

// Reasons lists, in the order in which they are looked for, why a row can be
// rejected: the code kept in quarantine and what it means.
func Reasons() map[string]khue.Text {
	return map[string]khue.Text{
		"expression": {VI: "biểu thức không tính được", EN: "an expression could not be worked out"},
		"type":       {VI: "không đọc được theo kiểu của trường", EN: "cannot be read as the field's type"},
		"required":   {VI: "trường bắt buộc để trống", EN: "a required field is empty"},
		"code":       {VI: "mã không có trong danh mục", EN: "not one of the allowed codes"},
		"area":       {VI: "không rõ địa bàn", EN: "unknown area"},
		"discipline": {VI: "không rõ lĩnh vực", EN: "unknown discipline"},
		"minimum":    {VI: "nhỏ hơn mức tối thiểu", EN: "below the minimum"},
		"ward":       {VI: "không thuộc địa bàn của người nộp", EN: "not of the areas of whoever handed it in"},
		"record_id":  {VI: "không có mã bản ghi", EN: "no record id"},
	}
}

// steps are the checks of a field, in order; the first that objects is the
// reason. run returns what was expected, as a sentence, or nothing when content.
var steps = []struct {
	name    string
	applies func(*field) bool
	run     step
}{
	{"type", always, hasType},
	{"required", func(f *field) bool { return f.Required }, isThere},
	{"code", func(f *field) bool { return f.Type == khue.CodeField && len(f.Codes) > 0 }, isAllowed},
	{"area", func(f *field) bool { return f.Type == khue.AreaField }, knowsArea},
	{"discipline", isDiscipline, knowsDiscipline},
	{"minimum", func(f *field) bool { return f.Min != nil }, reachesMinimum},
}

type step func(f *field, m *mapping, v *Value) (expected khue.Text)

// content is what a check says of a value that passes.
var content khue.Text

// says writes what was expected, in both languages with the same arguments.
func says(vi, en string, args ...any) khue.Text {
	if len(args) == 0 {
		return khue.Text{VI: vi, EN: en}
	}
	return khue.Text{VI: fmt.Sprintf(vi, args...), EN: fmt.Sprintf(en, args...)}
}

func always(*field) bool { return true }

func isDiscipline(f *field) bool {
	return f.Type == khue.DisciplineField || f.Type == khue.DisciplinesList
}

// field is one field of the contract with where it comes from.
type field struct {
	khue.Field
	index      int // in the contract
	cell       int // in the row; -1 for a constant
	column     string
	constant   Value
	expression *expression // instead of a cell
	values     *valueList
	match      *regexp.Regexp
	split      string
	layout     string        // of dates, Go's form; "" for ISO 8601
	epoch      time.Duration // the unit of a count since 1970; 0 for written dates
	number     string        // vi or en
	grain      khue.Grain
	steps      []namedStep
	memo       map[string]Value // texts that passed, where reading them is dear
	areas      []map[string]string
}

type namedStep struct {
	name string
	run  step
}

// compileSteps picks the checks that a field needs.
func (f *field) compileSteps() {
	for _, s := range steps {
		if s.applies(f) {
			f.steps = append(f.steps, namedStep{s.name, s.run})
		}
	}
	if f.Type == khue.AreaField {
		return // what a name means depends on the row's day
	}
	if f.match != nil || f.values != nil || f.split != "" || f.Type == khue.PeriodField || isDiscipline(f) {
		f.memo = make(map[string]Value)
	}
}

// memoLimit bounds what a field remembers; free texts would fill it for nothing.
const memoLimit = 4096

// check turns the raw value into the field's own and looks at it.
func (f *field) check(m *mapping, v *Value, raw *Value) {
	if v.Kind == Null && !f.Required {
		return
	}
	remember := f.memo != nil && v.Kind == Text
	if remember {
		if known, ok := f.memo[v.S]; ok {
			*v = known
			return
		}
	}
	f.prepare(m, v)
	for i := range f.steps {
		s := &f.steps[i]
		if expected := s.run(f, m, v); expected != content {
			m.faults = append(m.faults, fault{f.cell, f, f.Name, s.name, expected, *raw})
			*v = Value{}
			return
		}
	}
	if remember && len(f.memo) < memoLimit {
		f.memo[strings.Clone(raw.S)] = *v
	}
}

// prepare applies what the mapping says of the raw text before it is read.
func (f *field) prepare(m *mapping, v *Value) {
	if f.match != nil && v.Kind != Null && v.Kind != Unfit {
		if g := f.match.FindStringSubmatch(m.textOf(v)); g != nil {
			*v = text(g[1])
		}
	}
	if f.values == nil {
		return
	}
	if v.Kind == List {
		list := slices.Clone(v.list())
		for i, s := range list {
			if to, ok := f.values.find(strings.TrimSpace(s)); ok {
				list[i] = to
			}
		}
		v.Ref = list
		return
	}
	if f.split != "" {
		return // looked up piece by piece once it is split
	}
	if v.Kind == Unfit {
		return
	}
	if to, ok := f.values.find(strings.TrimSpace(m.textOf(v))); ok {
		*v = text(to)
	}
}

func isThere(f *field, _ *mapping, v *Value) khue.Text {
	if v.Kind == Null || v.Kind == List && len(v.list()) == 0 {
		return says("không được để trống %s", "%s must not be empty", f.Name)
	}
	return content
}

func isAllowed(f *field, _ *mapping, v *Value) khue.Text {
	if v.Kind == Null || slices.Contains(f.Codes, v.S) {
		return content
	}
	return says("một trong các mã %s", "one of %s", strings.Join(f.Codes, ", "))
}

// knowsArea replaces a name by the official code. What it found is remembered by
// name and by the stretch of days in which it means that.
func knowsArea(f *field, m *mapping, v *Value) khue.Text {
	if v.Kind == Null || m.dict.areaByCode[v.S] {
		return content
	}
	day := m.rowDay()
	era := m.dict.era(day)
	for len(f.areas) <= era {
		f.areas = append(f.areas, make(map[string]string))
	}
	code, ok := f.areas[era][v.S]
	if !ok {
		var more bool
		if code, more, ok = m.dict.area(v.S, day); !ok {
			if m.undated() && m.dict.everArea(v.S) {
				return content // the row is rejected for its day; which area it means cannot be told
			}
			if more {
				return says("tên mà chỉ một địa bàn mang vào ngày %s, hoặc mã chính thức",
					"a name that only one area bore on %s, or an official code", day.Format(time.DateOnly))
			}
			return says("mã chính thức của địa bàn, hoặc tên một địa bàn tồn tại vào ngày %s",
				"the official code of an area, or the name of one that existed on %s", day.Format(time.DateOnly))
		}
		if len(f.areas[era]) < memoLimit {
			f.areas[era][strings.Clone(v.S)] = code
		}
	}
	v.S = code
	return content
}

func knowsDiscipline(f *field, m *mapping, v *Value) khue.Text {
	if v.Kind == List {
		list := v.list()
		out := make([]string, len(list))
		for i, name := range list {
			code, ok := m.dict.discipline(name)
			if !ok {
				return unknownDiscipline(name)
			}
			out[i] = code
		}
		v.Ref = out
		return content
	}
	if v.Kind == Null {
		return content
	}
	code, ok := m.dict.discipline(v.S)
	if !ok {
		return unknownDiscipline(v.S)
	}
	v.S = code
	return content
}

func unknownDiscipline(name string) khue.Text {
	return says("mã hoặc tên lĩnh vực sáng tạo bằng tiếng Việt hay tiếng Anh; %q không phải",
		"a creative field's code or its name in Vietnamese or English; %q is none", name)
}

func reachesMinimum(f *field, _ *mapping, v *Value) khue.Text {
	switch {
	case v.Kind == Null, v.Kind == Integer && v.N >= *f.Min:
		return content
	case v.Kind == Exact && v.Ref.(decimal.Decimal).GreaterThanOrEqual(decimal.NewFromInt(*f.Min)):
		return content
	}
	return says("số không nhỏ hơn %d", "a number not below %d", *f.Min)
}
