package forecast

import (
	"fmt"

	"khue"
)

// Reason is why there is no forecast.
type Reason string

// The reasons.
const (
	Thin     Reason = "thin"     // too few whole periods
	Gaps     Reason = "gaps"     // too many periods without a figure
	Far      Reason = "far"      // the horizon is too far away
	Passed   Reason = "passed"   // the horizon lies within what is known
	Unproven Reason = "unproven" // no method did better than the naive one
	Unfit    Reason = "unfit"    // a figure is no number, or a period has two
)

// The rules that a series must meet.
const (
	LeastYears   = 5  // whole years
	LeastSeasons = 2  // full seasons of months or quarters, so 24 months or 8 quarters
	MostMissing  = 5  // at most one period in so many may be without a figure
	MostYears    = 10 // ahead, and never farther than the series is long
)

// Refusal says why a series is not carried forward.
type Refusal struct {
	Reason Reason
	Have   int  // figures there are; for Far: periods that the series spans
	Need   int  // figures needed; for Far: periods ahead that were asked for
	Index  int  // for Unfit: the period
	Season int  // of the series, which names its periods
	Broken bool // figures before a break in the series were left out
}

func refusal(reason Reason, s Series) *Refusal {
	return &Refusal{Reason: reason, Have: len(s.Points), Season: s.Season, Broken: len(s.Breaks) > 0}
}

func (r *Refusal) Error() string { return r.Text().EN }

// Text is the reason for people.
func (r *Refusal) Text() khue.Text {
	t := r.plain()
	if r.Broken && r.Reason != Unfit {
		t.VI += " Số liệu trước điểm gãy của chuỗi không được dùng."
		t.EN += " Figures before a break in the series are not used."
	}
	return t
}

func (r *Refusal) plain() khue.Text {
	vi, en := r.periods()
	switch r.Reason {
	case Thin:
		return khue.Text{
			VI: fmt.Sprintf("Số liệu quá ít để dự báo: có %d %s trọn vẹn, cần ít nhất %d.", r.Have, vi, r.Need),
			EN: fmt.Sprintf("Too little data for a forecast: %s, at least %d are needed.", whole(r.Have, en), r.Need),
		}
	case Gaps:
		return khue.Text{
			VI: fmt.Sprintf("Chuỗi số liệu có quá nhiều chỗ trống để dự báo: chỉ %d trong %d %s có số.", r.Have, r.Need, vi),
			EN: fmt.Sprintf("The series has too many gaps for a forecast: only %d of %d %ss have a figure.", r.Have, r.Need, en),
		}
	case Far:
		return khue.Text{
			VI: fmt.Sprintf("Đích quá xa để dự báo: còn %d %s, trong khi chuỗi số liệu dài %d %s (tối đa bằng độ dài chuỗi và không quá %d năm).", r.Need, vi, r.Have, vi, MostYears),
			EN: fmt.Sprintf("The end is too far away for a forecast: %s ahead, while the series spans %s (at most the length of the series, and never beyond %d years).", count(r.Need, en), count(r.Have, en), MostYears),
		}
	case Unproven:
		return khue.Text{
			VI: "Không dự báo: khi thử trên các kỳ đã biết, không phương pháp nào sát hơn việc lặp lại số gần nhất.",
			EN: "No forecast: tried on periods that are known, no method came closer than repeating the latest figure.",
		}
	case Passed:
		return khue.Text{VI: "Kỳ cần dự báo đã có số liệu.", EN: "The period to forecast already has its figure."}
	}
	return khue.Text{
		VI: fmt.Sprintf("Chuỗi số liệu không dùng được: kỳ %d có hai số hoặc số không hợp lệ.", r.Index),
		EN: fmt.Sprintf("The series cannot be used: period %d has two figures or one that is no number.", r.Index),
	}
}

// periods names the periods of the series, in the singular.
func (r *Refusal) periods() (vi, en string) {
	switch r.Season {
	case 12:
		return "tháng", "month"
	case 4:
		return "quý", "quarter"
	case 0, 1:
		return "năm", "year"
	}
	return "kỳ", "period"
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func whole(n int, noun string) string {
	if n == 1 {
		return "there is 1 whole " + noun
	}
	return fmt.Sprintf("there are %d whole %ss", n, noun)
}

// allow holds a series and a horizon against the rules.
func allow(s Series, until int) error {
	least := LeastYears
	if s.Season > 1 {
		least = LeastSeasons * s.Season
	}
	if len(s.Points) < least {
		r := refusal(Thin, s)
		r.Need = least
		return r
	}
	span := s.last() - s.Points[0].Index + 1
	if (span-len(s.Points))*MostMissing > span {
		r := refusal(Gaps, s)
		r.Need = span
		return r
	}
	ahead := until - s.last()
	if ahead < 1 {
		return refusal(Passed, s)
	}
	if ahead > span || ahead > MostYears*s.Season {
		r := refusal(Far, s)
		r.Have, r.Need = span, ahead
		return r
	}
	return nil
}
