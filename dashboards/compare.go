package dashboards

import (
	"slices"

	"khue"
)

// compareName names the filter that says with what the figures of a period are
// compared. Every page with a period takes it.
const compareName = "compare"

// What a period is compared with; "" is the same months a year before.
const (
	comparePrevious = "previous" // the period right before it, of the same kind
	compareNone     = "none"
)

// withCompare adds the comparison to the filters of a page that has a period.
func withCompare(takes []string) []string {
	if slices.Contains(takes, periodName) && !slices.Contains(takes, compareName) {
		return append(slices.Clone(takes), compareName)
	}
	return takes
}

func (f *filter) setCompare(v string) error {
	switch v {
	case "", comparePrevious, compareNone:
		f.compare = v
	case "year":
		f.compare = ""
	default:
		return khue.Errorf(khue.Invalid, "Không có cách so sánh %q; hãy chọn year, previous hoặc none.",
			"There is no comparison %q; choose year, previous or none.", short(v))
	}
	return nil
}

// step is how many months lie between a period and the one that it is compared
// with: twelve, or the length of a half-year, quarter or month that is compared
// with the one before it. The period before a year, or before a stretch of
// twelve months, is the year before.
func (f filter) step() int {
	if f.compare != comparePrevious || f.written.IsZero() {
		return 12
	}
	switch f.written.Grain() {
	case khue.HalfYear:
		return 6
	case khue.Quarter:
		return 3
	case khue.Month:
		return 1
	}
	return 12
}

// compared works out which days stand against which.
func (fr *frame) compared() {
	fr.now = fr.whole
	fr.long = fr.whole.From.AddDate(1, 0, 0).Before(fr.whole.To)
	switch {
	case fr.filter.compare == compareNone:
	case fr.long:
		fr.now, fr.before = wholeYears(fr.whole)
		if fr.filter.compare == comparePrevious && !fr.before.empty() {
			fr.before = fr.now.yearBefore()
		}
	default:
		back := -fr.filter.step()
		fr.before = span{fr.whole.From.AddDate(0, back, 0), fr.whole.To.AddDate(0, back, 0)}
	}
}

// beforeWord is the stretch compared with in a word: "năm trước", "quý trước".
func (f filter) beforeWord() khue.Text {
	switch f.step() {
	case 6:
		return text("nửa năm trước", "half a year before")
	case 3:
		return text("quý trước", "a quarter before")
	case 1:
		return text("tháng trước", "a month before")
	}
	return text("năm trước", "a year before")
}

func compareChoices(lang khue.Lang, f filter) []choice {
	out := []choice{{"", text("cùng kỳ năm trước", "same period a year before").In(lang), f.compare == ""}}
	for _, c := range []struct {
		code  string
		label khue.Text
	}{
		{comparePrevious, text("kỳ liền trước", "previous period")},
		{compareNone, text("không so sánh", "nothing")},
	} {
		out = append(out, choice{c.code, c.label.In(lang), f.compare == c.code})
	}
	return out
}
