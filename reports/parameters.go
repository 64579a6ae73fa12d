package reports

import (
	"slices"
	"strings"

	"khue"
	"khue/locale"
)

// Parameters narrow what a report is about, beside its period. A definition says
// which of them it needs; empty ones are not given.
type Parameters struct {
	Area      string `json:"area,omitempty"`      // code of the ward, commune or district that it is of
	Edition   string `json:"edition,omitempty"`   // series and edition of events that it is of: festival-design/2024
	Programme string `json:"programme,omitempty"` // in the place of the programme that its definition names
}

// parameterNames are those that a definition may need.
var parameterNames = []string{areaParameter, editionParameter}

const (
	areaParameter    = "area"
	editionParameter = "edition"
	seriesDimension  = "series"
)

// Words are the given parameters for people, in a fixed order.
func (p Parameters) Words(lang khue.Lang) []string {
	var out []string
	if p.Area != "" {
		out = append(out, areaName(p.Area).In(lang))
	}
	if p.Edition != "" {
		out = append(out, editionName(p).In(lang))
	}
	if p.Programme != "" {
		out = append(out, p.Programme)
	}
	return out
}

// inFileName are the given parameters as a part of the name of a file; "" when
// there are none.
func (p Parameters) inFileName() string {
	out := ""
	for _, given := range []string{p.Area, p.Edition, p.Programme} {
		if given != "" {
			out += "_" + strings.Map(func(r rune) rune {
				if r == '-' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
					return r
				}
				return '-'
			}, given)
		}
	}
	return out
}

func areaName(code string) khue.Text {
	if a, known := khue.AreaOf(code); known {
		return a.Name
	}
	return khue.Text{VI: code, EN: code}
}

// editionName is the name of the edition of a report: "Lễ hội …, kỳ 2024".
func editionName(p Parameters) khue.Text {
	series, code, ok := p.edition()
	if !ok {
		return khue.Text{VI: p.Edition, EN: p.Edition}
	}
	name, known := khue.SeriesName(series)
	if !known {
		name = khue.Text{VI: series, EN: series}
	}
	return khue.Text{VI: name.VI + ", kỳ " + code, EN: name.EN + ", edition " + code}
}

// edition splits the edition of a series from the series; false when it is not
// written as SERIES/EDITION.
func (p Parameters) edition() (series, edition string, ok bool) {
	series, edition, ok = strings.Cut(p.Edition, "/")
	return series, edition, ok && series != "" && edition != ""
}

// with is the definition of a report with those parameters; what it does not need,
// or needs and is not given, is Invalid, a name that nothing has is a NotFound.
func (d Definition) with(p Parameters, period khue.Period, meaning Meaning) (Definition, error) {
	if err := d.suitsArea(p.Area, period); err != nil {
		return d, err
	}
	if err := d.suitsEdition(p); err != nil {
		return d, err
	}
	if p.Programme == "" {
		return d, nil
	}
	if d.programme == "" {
		return d, khue.Errorf(khue.Invalid, "báo cáo này không lập theo chương trình", "this report is not made for a programme")
	}
	if _, err := meaning.Programme(p.Programme); err != nil {
		return d, err
	}
	d.sections = slices.Clone(d.sections)
	for i := range d.sections {
		if d.sections[i].Programme == d.programme {
			d.sections[i].Programme = p.Programme
		}
	}
	d.programme = p.Programme
	return d, nil
}

// Needs tells whether a report cannot be made without a parameter.
func (d Definition) Needs(parameter string) bool { return slices.Contains(d.needs, parameter) }

func (d Definition) suitsArea(code string, period khue.Period) error {
	switch {
	case !d.Needs(areaParameter) && code == "":
		return nil
	case !d.Needs(areaParameter):
		return khue.Errorf(khue.Invalid, "báo cáo này lập cho cả thành phố, không theo địa bàn", "this report is made for the whole city, not for an area")
	case code == "":
		return khue.Errorf(khue.Invalid, "báo cáo này lập cho một địa bàn; hãy ghi mã phường, xã", "this report is made for one area; give the code of the ward or commune")
	}
	a, known := khue.AreaOf(code)
	if !known || a.Kind == khue.City {
		return khue.Errorf(khue.NotFound, "không có phường, xã hay quận, huyện nào mang mã %q", "there is no ward, commune or district with the code %q", code)
	}
	first, end := period.Start(), period.End()
	if !a.To.IsZero() && !first.Before(a.To) {
		return khue.Errorf(khue.Invalid, "%[1]s không còn từ ngày %[2]s", "%[3]s ended on %[4]s",
			a.Name.VI, locale.Date(khue.Vietnamese, a.To), a.Name.EN, locale.Date(khue.English, a.To))
	}
	if !a.From.IsZero() && !end.After(a.From) {
		return khue.Errorf(khue.Invalid, "%[1]s mới có từ ngày %[2]s", "%[3]s exists since %[4]s only",
			a.Name.VI, locale.Date(khue.Vietnamese, a.From), a.Name.EN, locale.Date(khue.English, a.From))
	}
	return nil
}

func (d Definition) suitsEdition(p Parameters) error {
	switch {
	case !d.Needs(editionParameter) && p.Edition == "":
		return nil
	case !d.Needs(editionParameter):
		return khue.Errorf(khue.Invalid, "báo cáo này không lập theo kỳ lễ hội", "this report is not made for an edition of a festival")
	}
	if _, _, ok := p.edition(); !ok {
		return khue.Errorf(khue.Invalid,
			"báo cáo này lập cho một kỳ của chuỗi sự kiện; hãy ghi CHUỖI/KỲ, ví dụ festival-design/2024, thay cho %q",
			"this report is made for one edition of a series of events; give SERIES/EDITION, such as festival-design/2024, instead of %q", p.Edition)
	}
	return nil
}
