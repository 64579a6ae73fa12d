package notes

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"khue"
)

// The fields of a note as forms, messages and the command line name them.
const (
	FieldIndicator = "indicator"
	FieldEvent     = "event"
	FieldPeriod    = "period"
	FieldFrom      = "from"
	FieldTo        = "to"
	FieldTextVI    = "text_vi"
	FieldTextEN    = "text_en"
	FieldOffice    = "office"
)

// Bounds of what is written, in characters.
const (
	LongestText   = 500
	LongestOffice = 120
	longestName   = 200 // of an indicator, an event or a period
)

// longestStretch bounds the days of a note, in years: a remark on more is none.
const longestStretch = 30

// Draft is a note as somebody wrote it, before it is checked.
type Draft struct {
	Indicator, Event string // at most one
	Period           string // 2026-11, 11/2026, 2026-Q4 …; or else
	From, To         string // the first and the last day, 2026-11-01 or 01/11/2026
	TextVI, TextEN   string
	Office           string
}

// DraftOf is a note as its form shows it again.
func DraftOf(n Note) Draft {
	d := Draft{Indicator: n.Indicator, Event: n.Event, TextVI: n.Text.VI, TextEN: n.Text.EN, Office: n.Office}
	if p := Period(n); !p.IsZero() {
		d.Period = p.String()
		return d
	}
	d.From, d.To = n.From.Format(time.DateOnly), n.To.AddDate(0, 0, -1).Format(time.DateOnly)
	return d
}

// Vocabulary knows what notes can be pinned to.
type Vocabulary interface {
	// HasFigure tells whether there is an indicator or a measure of this name.
	HasFigure(name string) bool
	// EventTitle is the title of an event; false when there is none with this id.
	EventTitle(ctx context.Context, id string) (string, bool, error)
}

// Fault is what is wrong with one field.
type Fault struct {
	Field   string
	Message khue.Text
}

// Faults are all that is wrong with a draft. They are an error of kind Invalid.
type Faults []Fault

// Of is what is wrong with a field; "" when nothing is.
func (fs Faults) Of(field string) khue.Text {
	for _, f := range fs {
		if f.Field == field {
			return f.Message
		}
	}
	return khue.Text{}
}

func (fs *Faults) add(field, vi, en string, args ...any) {
	*fs = append(*fs, Fault{field, khue.Text{VI: fmt.Sprintf(vi, args...), EN: fmt.Sprintf(en, args...)}})
}

// Error lists the faults in English.
func (fs Faults) Error() string { return fs.told(khue.English) }

// Unwrap gives what a reader is told, with the kind.
func (fs Faults) Unwrap() error {
	return &khue.Error{Kind: khue.Invalid, Message: khue.Text{VI: fs.told(khue.Vietnamese), EN: fs.told(khue.English)}}
}

func (fs Faults) told(lang khue.Lang) string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = FieldName(f.Field).In(lang) + ": " + f.Message.In(lang)
	}
	return strings.Join(lines, "; ")
}

// FieldName is a field as people know it.
func FieldName(field string) khue.Text {
	names := map[string]khue.Text{
		FieldIndicator: {VI: "Chỉ số", EN: "Indicator"}, FieldEvent: {VI: "Sự kiện", EN: "Event"}, FieldPeriod: {VI: "Kỳ", EN: "Period"},
		FieldFrom: {VI: "Từ ngày", EN: "From"}, FieldTo: {VI: "Đến hết ngày", EN: "To"}, FieldTextVI: {VI: "Nội dung", EN: "Text in Vietnamese"},
		FieldTextEN: {VI: "Nội dung tiếng Anh", EN: "Text in English"}, FieldOffice: {VI: "Đơn vị ghi", EN: "Office"},
	}
	return names[field]
}

// Check turns a draft into a note or tells all that is wrong with it, as Faults.
func (d Draft) Check(ctx context.Context, v Vocabulary) (Note, error) {
	var faults Faults
	n := Note{
		Text:   khue.Text{VI: faults.line(FieldTextVI, d.TextVI, LongestText), EN: faults.line(FieldTextEN, d.TextEN, LongestText)},
		Office: faults.line(FieldOffice, d.Office, LongestOffice),
	}
	if n.Text.VI == "" && faults.Of(FieldTextVI) == (khue.Text{}) {
		faults.add(FieldTextVI, "hãy viết nội dung bằng tiếng Việt", "write the note in Vietnamese")
	}
	if n.Office == "" && faults.Of(FieldOffice) == (khue.Text{}) {
		faults.add(FieldOffice, "hãy ghi tên phòng hoặc đơn vị", "write the name of the office or unit")
	}
	if err := d.pin(ctx, v, &n, &faults); err != nil {
		return Note{}, err
	}
	n.From, n.To = d.days(&faults)
	if len(faults) > 0 {
		return Note{}, faults
	}
	return n, nil
}

// pin finds what the note is about.
func (d Draft) pin(ctx context.Context, v Vocabulary, n *Note, faults *Faults) error {
	indicator, event := faults.line(FieldIndicator, d.Indicator, longestName), faults.line(FieldEvent, d.Event, longestName)
	if indicator != "" && event != "" {
		faults.add(FieldEvent, "ghi chú gắn với một chỉ số hoặc một sự kiện, không cả hai", "a note is about an indicator or an event, not both")
		return nil
	}
	if indicator != "" && !v.HasFigure(indicator) {
		faults.add(FieldIndicator, "không có chỉ số %q; hãy chọn trong danh sách", "there is no indicator %q; choose one from the list", brief(indicator))
	}
	n.Indicator = indicator
	if event == "" {
		return nil
	}
	title, there, err := v.EventTitle(ctx, event)
	if err != nil {
		return fmt.Errorf("looking for the event of a note: %w", err)
	}
	if !there {
		faults.add(FieldEvent, "không có sự kiện nào mang mã %q", "there is no event with the id %q", brief(event))
	}
	n.Event, n.EventTitle = event, title
	return nil
}

// days reads the stretch: a named period, or a first and a last day.
func (d Draft) days(faults *Faults) (from, to time.Time) {
	period, first, last := strings.TrimSpace(d.Period), strings.TrimSpace(d.From), strings.TrimSpace(d.To)
	switch {
	case period == "" && first == "" && last == "":
		faults.add(FieldPeriod, "hãy ghi kỳ, hoặc ngày đầu và ngày cuối", "write a period, or a first and a last day")
		return from, to
	case period != "" && (first != "" || last != ""):
		faults.add(FieldPeriod, "hãy ghi kỳ hoặc ngày đầu và ngày cuối, không cả hai", "write a period or a first and a last day, not both")
		return from, to
	case period != "":
		p, ok := ParsePeriod(period)
		if !ok {
			faults.add(FieldPeriod, "không đọc được kỳ %q; hãy viết như 2026, 2026-S1, 2026-Q4, 11/2026 hoặc 23/11/2026",
				"the period %q cannot be read; write it like 2026, 2026-S1, 2026-Q4, 2026-11 or 2026-11-23", brief(period))
			return from, to
		}
		return p.Start(), p.End()
	}
	from, knownFrom := parseDay(FieldFrom, first, faults)
	end, knownTo := parseDay(FieldTo, last, faults)
	if !knownFrom || !knownTo {
		return from, to
	}
	to = end.AddDate(0, 0, 1)
	switch {
	case end.Before(from):
		faults.add(FieldTo, "ngày cuối đứng trước ngày đầu", "the last day is before the first")
	case from.AddDate(longestStretch, 0, 0).Before(to):
		faults.add(FieldTo, "khoảng này dài hơn %d năm", "this is longer than %d years", longestStretch)
	}
	return from, to
}

// vietnamese are the forms in which periods are written here: 23/11/2026, 11/2026,
// Q4/2026, quý 4/2026.
var (
	dayForm     = regexp.MustCompile(`^(\d{1,2})/(\d{1,2})/(\d{4})$`)
	monthForm   = regexp.MustCompile(`^(?i:tháng\s+)?(\d{1,2})/(\d{4})$`)
	quarterForm = regexp.MustCompile(`^(?i:quý\s+|Q)([1-4])/(\d{4})$`)
)

// ParsePeriod reads a period as people write it: 2026, 2026-S1, 2026-Q4 or Q4/2026,
// 2026-11 or 11/2026, 2026-11-23 or 23/11/2026.
func ParsePeriod(s string) (khue.Period, bool) {
	s = norm.NFC.String(s)
	if m := dayForm.FindStringSubmatch(s); m != nil {
		s = m[3] + "-" + two(m[2]) + "-" + two(m[1])
	} else if m := monthForm.FindStringSubmatch(s); m != nil {
		s = m[2] + "-" + two(m[1])
	} else if m := quarterForm.FindStringSubmatch(s); m != nil {
		s = m[2] + "-Q" + m[1]
	}
	p, err := khue.ParsePeriod(s)
	return p, err == nil && p.Grain() != khue.Week
}

func two(digits string) string {
	if len(digits) == 1 {
		return "0" + digits
	}
	return digits
}

func parseDay(field, s string, faults *Faults) (time.Time, bool) {
	if s == "" {
		faults.add(field, "còn thiếu ngày này", "this day is missing")
		return time.Time{}, false
	}
	p, ok := ParsePeriod(s)
	if !ok || p.Grain() != khue.Day {
		faults.add(field, "không đọc được ngày %q; hãy viết như 23/11/2026", "the day %q cannot be read; write it like 2026-11-23", brief(s))
		return time.Time{}, false
	}
	return p.Start(), true
}

// line is a text as it is kept: NFC, on one line, without what cannot be seen.
func (fs *Faults) line(field, s string, most int) string {
	if !utf8.ValidString(s) {
		fs.add(field, "có ký tự không đọc được", "it has characters that cannot be read")
		return ""
	}
	s = norm.NFC.String(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' || r == '\t' || r == ' ' || r == '\u00a0' }), " "))
	if strings.ContainsFunc(s, unseen) {
		fs.add(field, "có ký tự điều khiển", "it has control characters")
		return ""
	}
	if n := utf8.RuneCountInString(s); n > most {
		fs.add(field, "dài %d ký tự; nhiều nhất %d", "it has %d characters; at most %d", n, most)
		return ""
	}
	return s
}

// unseen are control characters, those that turn the direction of writing, and
// those that mean nothing.
func unseen(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp) || r == utf8.RuneError
}

// brief is the beginning of what somebody wrote, to be told back to them.
func brief(s string) string {
	const most = 40
	if r := []rune(strings.ToValidUTF8(s, "")); len(r) > most {
		return string(r[:most]) + "…"
	}
	return strings.ToValidUTF8(s, "")
}
