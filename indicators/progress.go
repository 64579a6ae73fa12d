package indicators

import (
	"context"
	"fmt"
	"math"
	"time"

	"khue"
	"khue/locale"
)

// TargetProgress is how far a target is reached.
type TargetProgress struct {
	Target       Target
	Actual       Value       // the latest figure that may be set against the target
	ActualPeriod khue.Period // that Actual holds for; zero when there is none
	Status       string      // met, on_track, attention, off_track, no_figure or not_due
	StatusLabel  khue.Text
	Method       khue.Text // how the status came about, in one sentence
	Claims       []Claim   // published figures of the indicator, when it draws on them
}

// Progress judges every target of a programme by what is known at asOf (zero is
// now). The figures are those of the whole city.
//
//	met        the actual reaches the value
//	on_track   not due; the actual lies on or above the straight way from the baseline
//	attention  not due, up to a tenth of the way behind it; or due, and an "about" value is
//	           reached only after rounding
//	off_track  due and not reached, or further behind
//	no_figure  due, and no official figure exists for the target's year
//	not_due    the year is not over, and there is no figure or no baseline to judge by
func (s *Service) Progress(ctx context.Context, programme string, asOf time.Time) ([]TargetProgress, error) {
	p, err := s.catalogue.Programme(programme)
	if err != nil {
		return nil, err
	}
	moment := s.now()
	if !asOf.IsZero() {
		moment = asOf
	}
	out := make([]TargetProgress, 0, len(p.Targets))
	for _, t := range p.Targets {
		indicator, err := s.catalogue.Indicator(t.Indicator)
		if err != nil {
			return nil, err
		}
		f, err := s.latestFigure(ctx, indicator, t.Year, s.dayOf(moment), asOf)
		if err != nil {
			return nil, fmt.Errorf("judging target %s of %s: %w", t.ID, p.ID, err)
		}
		out = append(out, judge(t, indicator, f, s.dayOf(moment)))
	}
	return out, nil
}

// figure is what may be set against a target.
type figure struct {
	value    Value
	period   khue.Period
	claims   []Claim
	conflict int // how many actual figures of one period contradict each other
}

// latestFigure finds the newest figure of an indicator up to the end of a year.
func (s *Service) latestFigure(ctx context.Context, i Indicator, year int, today, asOf time.Time) (figure, error) {
	if i.Claims != "" {
		claims, err := s.ClaimsOf(ctx, i.Claims, asOf)
		if err != nil {
			return figure{}, err
		}
		return latestActual(claims, i.unit, year), nil
	}
	names := []string{i.Measure}
	if i.Measure == "" {
		names = []string{i.Numerator, i.Denominator}
	}
	period := khue.PeriodOf(time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC), khue.Year)
	if period.Partial(today) {
		period = khue.PeriodOf(today, khue.Year).Shift(-1) // the last whole year
		if m, err := s.catalogue.Measure(i.Measure); err == nil && m.Kind == "stock" {
			period = khue.PeriodOf(today, khue.Day) // what is there today
		}
	}
	answer, err := s.Ask(ctx, Question{Measures: names, From: period.Start(), To: period.End(), AsOf: asOf, Scope: khue.Everything})
	if err != nil {
		return figure{}, err
	}
	f := figure{value: answer.Rows[0].Values[0], period: period}
	if len(names) == 2 {
		below := answer.Rows[0].Values[1]
		if f.value.Known = f.value.Known && below.Known && below.Number != 0; f.value.Known {
			f.value.Number *= i.Factor / below.Number
		} else {
			f.value.Number = 0
		}
	}
	if !f.value.Known {
		f.period = khue.Period{}
	}
	return f, nil
}

// latestActual picks the newest figure of kind "actual" that ends with the year
// or before. Figures of one period that contradict each other give none: which
// is right is not for us to say.
func latestActual(claims []Claim, unit string, year int) figure {
	f := figure{claims: claims}
	end := time.Date(year+1, time.January, 1, 0, 0, 0, 0, time.UTC)
	values := make(map[float64]bool)
	for _, c := range claims {
		p, err := khue.ParsePeriod(c.Period)
		if err != nil || c.Kind != "actual" || c.unit != unit || p.End().After(end) {
			continue
		}
		if f.period.IsZero() || p.End().After(f.period.End()) {
			f.period, f.value = p, Value{Number: c.Value, Known: true}
			values = make(map[float64]bool)
		}
		if p == f.period {
			values[c.Value] = true
		}
	}
	if len(values) > 1 {
		f.conflict, f.value, f.period = len(values), Value{}, khue.Period{}
	}
	return f
}

var statusLabels = map[string]khue.Text{
	"met":       {VI: "Đạt", EN: "Met"},
	"on_track":  {VI: "Đúng tiến độ", EN: "On track"},
	"attention": {VI: "Cần chú ý", EN: "Needs attention"},
	"off_track": {VI: "Chưa đạt tiến độ", EN: "Off track"},
	"no_figure": {VI: locale.Unknown(khue.Vietnamese), EN: locale.Unknown(khue.English)},
	"not_due":   {VI: "Chưa đến hạn", EN: "Not due yet"},
}

// judge sets a figure against a target on a day.
func judge(t Target, i Indicator, f figure, today time.Time) TargetProgress {
	p := TargetProgress{Target: t, Actual: f.value, ActualPeriod: f.period, Claims: f.claims}
	p.Status, p.Method = verdict(t, i, f, today)
	p.StatusLabel = statusLabels[p.Status]
	if due(t, today) && p.Status == "off_track" {
		p.StatusLabel = khue.Text{VI: "Không đạt", EN: "Missed"}
	}
	return p
}

// due tells that the year of a target is over.
func due(t Target, today time.Time) bool { return today.Year() > t.Year }

// attentionWithin is how much of the way may be missing before a target that is
// not due counts as off track.
const attentionWithin = 0.1

func verdict(t Target, i Indicator, f figure, today time.Time) (string, khue.Text) {
	target := explain(t.Unit, i.Decimals, t.Value)
	actual := explain(t.Unit, i.Decimals, f.value.Number)
	switch {
	case f.conflict > 0 && due(t, today):
		return "no_figure", sentence("%d số liệu đã công bố mâu thuẫn nhau nên không chọn số nào.", "%d published figures contradict each other, so none is chosen.", f.conflict)
	case !f.value.Known && due(t, today):
		return "no_figure", sentence("Năm %d đã qua nhưng chưa có số liệu chính thức.", "The year %d is over but no official figure exists.", t.Year)
	case !f.value.Known:
		return "not_due", sentence("Hạn là hết năm %d; chưa có số liệu chính thức.", "Due at the end of %d; no official figure exists yet.", t.Year)
	case reaches(t, f.value.Number):
		return "met", both("Số thực hiện %s, chỉ tiêu %s.", "The actual is %s, the target %s.", actual, target)
	case due(t, today) && f.period.Start().Year() < t.Year:
		return "no_figure", sentence("Chưa có số liệu chính thức của năm %d; số mới nhất thuộc kỳ %s.", "No official figure for %d; the latest is for %s.", t.Year, f.period)
	case due(t, today) && t.Approximate && reaches(t, roundedLike(t.Value, f.value.Number)):
		return "attention", both("Số thực hiện %s chỉ đạt mức “khoảng” %s sau khi làm tròn.", "The actual, %s, reaches “about” %s only after rounding.", actual, target)
	case due(t, today):
		return "off_track", both("Số thực hiện %s, chỉ tiêu %s.", "The actual is %s, the target %s.", actual, target)
	case t.Baseline == nil:
		return "not_due", sentence("Hạn là hết năm %d; văn bản không nêu mốc xuất phát để xét tiến độ.", "Due at the end of %d; the document gives no baseline to judge the way by.", t.Year)
	}
	return onTheWay(t, i, f)
}

// onTheWay sets an actual against the straight line from baseline to target.
func onTheWay(t Target, i Indicator, f figure) (string, khue.Text) {
	whole := t.Value - t.Baseline.Value
	years := float64(t.Year - t.Baseline.Year)
	end := f.period.End().AddDate(0, 0, -1)
	passed := float64(end.Year()-1-t.Baseline.Year) + float64(end.YearDay())/365
	expected := math.Min(1, math.Max(0, passed/years))
	behind := expected - (f.value.Number-t.Baseline.Value)/whole
	method := both("Số thực hiện %s; đường thẳng từ mốc xuất phát đến chỉ tiêu ứng với %s.", "The actual is %s; the straight way from the baseline stands at %s.",
		explain(t.Unit, i.Decimals, f.value.Number), explain(t.Unit, i.Decimals, t.Baseline.Value+expected*whole))
	switch {
	case behind <= 0:
		return "on_track", method
	case behind <= attentionWithin:
		return "attention", method
	}
	return "off_track", method
}

func reaches(t Target, v float64) bool {
	if t.Direction == "down" {
		return v <= t.Value
	}
	return v >= t.Value
}

// roundedLike rounds v to as many decimals as the target is stated with.
func roundedLike(target, v float64) float64 {
	scale := 1.0
	for decimals := 0; decimals < 6 && math.Abs(target*scale-math.Round(target*scale)) > 1e-9; decimals++ {
		scale *= 10
	}
	return math.Round(v*scale) / scale
}

func sentence(vi, en string, args ...any) khue.Text {
	return khue.Text{VI: fmt.Sprintf(vi, args...), EN: fmt.Sprintf(en, args...)}
}

// both fills a sentence in each language with texts of that language.
func both(vi, en string, a, b khue.Text) khue.Text {
	return khue.Text{VI: fmt.Sprintf(vi, a.VI, b.VI), EN: fmt.Sprintf(en, a.EN, b.EN)}
}

// explain writes a value with its unit.
func explain(unit khue.Text, decimals int, v float64) khue.Text {
	write := func(lang khue.Lang) string {
		number := locale.Number(lang, v, decimals)
		if unit.In(lang) == "%" {
			return number + "%"
		}
		return number + " " + unit.In(lang)
	}
	return khue.Text{VI: write(khue.Vietnamese), EN: write(khue.English)}
}
