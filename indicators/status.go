package indicators

import (
	"math"
	"time"

	"khue"
	"khue/locale"
)

// Rules that tell how far progress on a target's way has come.
const (
	// RuleGrowth is the progress measure of Open SDG for indicators with a
	// quantitative target, made by Statistics Canada after Eurostat's method
	// ("Progress Measurement Methodology for the Sustainable Development Goals",
	// documentation of Open SDG). With the baseline y0 at the end of year t0, the
	// latest figure yi at ti and the target yT at the end of year tT, it sets the
	// compound annual growth so far against the growth needed to arrive on time:
	//
	//	CAGRi = (yi/y0)^(1/(ti-t0)) - 1     CAGRT = (yT/y0)^(1/(tT-t0)) - 1
	//	R     = d · CAGRi / |CAGRT|         d = +1 for a target that goes up, -1 down
	//
	//	R ≥ 95%        on track
	//	60% ≤ R < 95%  progress made but acceleration needed (attention)
	//	0% ≤ R < 60%   limited progress (off track)
	//	R < 0%         deterioration
	//
	// Here a stock's ti is the day it was counted on, so parts of a year count.
	RuleGrowth = "open_sdg"
	// RuleAmounts takes its place where no compound rate exists, because a figure
	// is zero or negative, and for cumulative targets, which begin with nothing:
	// the same ratio and thresholds, of amounts a year in place of growth rates.
	// (Open SDG puts 0.001 in the place of a zero, and warns that this number
	// decides the result; we do not choose one.)
	RuleAmounts = "amounts"
)

// Thresholds of both rules.
const (
	onTrackFrom   = 0.95
	attentionFrom = 0.6
)

// StatusMethod describes how targets on their way are judged, for people.
func StatusMethod() khue.Text {
	return khue.Text{
		VI: "Tình trạng của chỉ tiêu chưa đến hạn được xét theo thước đo tiến độ của Open SDG cho chỉ tiêu có trị số (Statistics Canada xây dựng theo phương pháp của Eurostat): lấy tốc độ tăng bình quân năm từ mốc xuất phát đến số mới nhất, chia cho tốc độ cần có để đạt chỉ tiêu đúng hạn. Từ 95% là đúng tiến độ; từ 60% đến dưới 95% là cần chú ý; từ 0% đến dưới 60% là chưa đạt tiến độ; âm là đi ngược chỉ tiêu. Khi có số bằng 0 hoặc âm, và với chỉ tiêu cộng dồn, dùng mức tăng bình quân mỗi năm thay cho tốc độ, cùng các ngưỡng đó. Không có mốc xuất phát thì không xét.",
		EN: "A target that is not due is judged by Open SDG's progress measure for indicators with a quantitative target (made by Statistics Canada after Eurostat's method): the average yearly growth from the baseline to the latest figure, over the growth needed to arrive on time. 95% and more is on track; 60% to 95% needs attention; 0% to 60% is off track; below 0 the figure moves away from the target. Where a figure is zero or negative, and for cumulative targets, average yearly amounts take the place of growth rates, with the same thresholds. Without a baseline nothing is judged.",
	}
}

var statusLabels = map[string]khue.Text{
	"met":           {VI: "Đạt", EN: "Met"},
	"on_track":      {VI: "Đúng tiến độ", EN: "On track"},
	"attention":     {VI: "Cần chú ý", EN: "Needs attention"},
	"off_track":     {VI: "Chưa đạt tiến độ", EN: "Off track"},
	"deteriorating": {VI: "Đi ngược chỉ tiêu", EN: "Moving away"},
	"no_figure":     {VI: locale.Unknown(khue.Vietnamese), EN: locale.Unknown(khue.English)},
	"not_due":       {VI: "Chưa đến hạn", EN: "Not due yet"},
}

// judge sets a figure against a target on a day.
func judge(t Target, i Indicator, f figure, today time.Time) TargetProgress {
	p := TargetProgress{Target: t, Actual: f.value, ActualPeriod: f.period, Claims: f.claims, Path: t.path()}
	p.verdict(i, f, today)
	p.StatusLabel = statusLabels[p.Status]
	switch {
	case f.value.Suppressed:
		p.StatusLabel = khue.Text{VI: locale.Withheld(khue.Vietnamese), EN: locale.Withheld(khue.English)}
	case p.Status == "no_figure" && !f.until.IsZero():
		p.StatusLabel = khue.Text{VI: "Số liệu chưa đủ", EN: "Figures not all in"}
		p.Actual, p.ActualPeriod = Value{}, khue.Period{} // a part of a year is not the year
	case due(t, today) && p.Status == "off_track":
		p.StatusLabel = khue.Text{VI: "Không đạt", EN: "Missed"}
	}
	return p
}

// due tells that the year of a target is over.
func due(t Target, today time.Time) bool { return today.Year() > t.Year }

func (p *TargetProgress) verdict(i Indicator, f figure, today time.Time) {
	t := p.Target
	target, actual := explain(t.Unit, i.Decimals, t.Value), explain(t.Unit, i.Decimals, f.value.Number)
	say := func(status string, method khue.Text) { p.Status, p.Method = status, method }
	switch {
	case f.conflict > 0 && due(t, today):
		say("no_figure", sentence("%d số liệu đã công bố mâu thuẫn nhau nên không chọn số nào.", "%d published figures contradict each other, so none is chosen.", f.conflict))
	case f.value.Suppressed:
		status := "not_due"
		if due(t, today) {
			status = "no_figure"
		}
		say(status, sentence("Số thực hiện được giữ kín để bảo vệ đơn vị cung cấp.", "The actual is withheld to protect those who reported."))
	case !f.value.Known && due(t, today):
		say("no_figure", sentence("Năm %d đã qua nhưng chưa có số liệu chính thức.", "The year %d is over but no official figure exists.", t.Year))
	case !f.value.Known:
		say("not_due", sentence("Hạn là hết năm %d; chưa có số liệu chính thức.", "Due at the end of %d; no official figure exists yet.", t.Year))
	case !f.until.IsZero() && !(f.rises && t.Direction == "up" && reaches(t, f.value.Number)):
		say("no_figure", both("Số liệu năm %d mới có đến ngày %s; khi đủ mới xét.", "The facts of %d reach %s only; it is judged once they are all in.", t.Year, dayText(f.until)))
	case reaches(t, f.value.Number):
		say("met", p.metMethod(i, actual, target))
	case due(t, today) && f.period.Start().Year() < t.Year:
		say("no_figure", sentence("Chưa có số liệu chính thức của năm %d; số mới nhất thuộc kỳ %s.", "No official figure for %d; the latest is for %s.", t.Year, f.period))
	case due(t, today) && t.Approximate && reaches(t, roundedLike(t.Value, f.value.Number)):
		say("attention", both("Số thực hiện %s chỉ đạt mức “khoảng” %s sau khi làm tròn.", "The actual, %s, reaches “about” %s only after rounding.", actual, target))
	case due(t, today):
		say("off_track", both("Số thực hiện %s, chỉ tiêu %s.", "The actual is %s, the target %s.", actual, target))
	default:
		p.onTheWay(i, f)
	}
}

func dayText(day time.Time) khue.Text {
	return khue.Text{VI: locale.Date(khue.Vietnamese, day), EN: locale.Date(khue.English, day)}
}

func (p *TargetProgress) metMethod(i Indicator, actual, target khue.Text) khue.Text {
	t := p.Target
	if t.Upper != nil && p.Actual.Number < *t.Upper {
		return both("Số thực hiện %s đạt mức thấp %s, chưa đến mức cao %s.", "The actual, %s, reaches the lower value %s and not yet the upper, %s.",
			actual, target, explain(t.Unit, i.Decimals, *t.Upper))
	}
	return both("Số thực hiện %s, chỉ tiêu %s.", "The actual is %s, the target %s.", actual, target)
}

// start is where the way to a target begins.
func (t Target) start() (Baseline, bool) {
	switch {
	case t.Kind == TargetCumulative:
		return Baseline{Year: t.Since - 1}, true
	case t.Baseline == nil:
		return Baseline{}, false
	}
	return *t.Baseline, true
}

// grows tells that compound rates exist on the way.
func (t Target) grows(from Baseline, actual float64) bool {
	return t.Kind != TargetCumulative && from.Value > 0 && t.Value > 0 && actual > 0
}

// path is the way from the baseline to the target, year by year: equal growth
// rates where they exist, else equal amounts.
func (t Target) path() []PathPoint {
	from, ok := t.start()
	if !ok {
		return nil
	}
	var out []PathPoint
	for year := from.Year; year <= t.Year; year++ {
		share := float64(year-from.Year) / float64(t.Year-from.Year)
		v := from.Value + share*(t.Value-from.Value)
		if t.grows(from, 1) {
			v = from.Value * math.Pow(t.Value/from.Value, share)
		}
		out = append(out, PathPoint{year, v})
	}
	return out
}

// onTheWay sets the progress made since the baseline against what is needed.
func (p *TargetProgress) onTheWay(i Indicator, f figure) {
	t := p.Target
	p.Status = "not_due"
	from, ok := t.start()
	if !ok {
		p.Method = sentence("Hạn là hết năm %d; văn bản không nêu mốc xuất phát để xét tiến độ.", "Due at the end of %d; the document gives no baseline to judge the way by.", t.Year)
		return
	}
	at := position(f.period)
	if at <= float64(from.Year) {
		p.Method = sentence("Hạn là hết năm %d; chưa có số liệu nào sau năm mốc %d để xét tiến độ.", "Due at the end of %d; no figure later than the baseline year %d to judge the way by.", t.Year, from.Year)
		return
	}
	passed, whole := at-float64(from.Year), float64(t.Year-from.Year)
	made, needed := (f.value.Number-from.Value)/passed, (t.Value-from.Value)/whole
	p.Rule = RuleAmounts
	if t.grows(from, f.value.Number) {
		p.Rule = RuleGrowth
		made, needed = math.Pow(f.value.Number/from.Value, 1/passed)-1, math.Pow(t.Value/from.Value, 1/whole)-1
	}
	towards := 1.0
	if t.Direction == "down" {
		towards = -1
	}
	p.Ratio = Value{Number: towards * made / math.Abs(needed), Known: true}
	switch r := p.Ratio.Number; {
	case r >= onTrackFrom:
		p.Status = "on_track"
	case r >= attentionFrom:
		p.Status = "attention"
	case r >= 0:
		p.Status = "off_track"
	default:
		p.Status = "deteriorating"
	}
	p.Method = p.explainRatio(i, from, made, needed)
}

// explainRatio says which rule was used, with its figures.
func (p *TargetProgress) explainRatio(i Indicator, from Baseline, made, needed float64) khue.Text {
	t := p.Target
	actual, target := explain(t.Unit, i.Decimals, p.Actual.Number), explain(t.Unit, i.Decimals, t.Value)
	ratio := percent(p.Ratio.Number)
	if p.Rule == RuleGrowth {
		return both(
			"Thước đo tiến độ Open SDG: từ %s cuối năm %d đến %s, bình quân %s mỗi năm; để đạt %s vào cuối năm %d cần %s mỗi năm: đạt %s nhịp cần có.",
			"Open SDG progress measure: from %s at the end of %d to %s, %s a year on average; to reach %s at the end of %d, %s a year is needed: %s of the pace needed.",
			explain(t.Unit, i.Decimals, from.Value), from.Year, actual, signed(made), target, t.Year, signed(needed), ratio)
	}
	decimals := i.Decimals
	if math.Abs(needed) < 100 {
		decimals = max(decimals, 1) // a few members a year are told in tenths
	}
	return both(
		"Thước đo tiến độ Open SDG, tính theo mức tăng mỗi năm vì không có tốc độ tăng kép: từ %s cuối năm %d đến %s, bình quân %s mỗi năm; để đạt %s vào cuối năm %d cần %s mỗi năm: đạt %s nhịp cần có.",
		"Open SDG progress measure, by yearly amounts as no compound rate exists: from %s at the end of %d to %s, %s a year on average; to reach %s at the end of %d, %s a year is needed: %s of the pace needed.",
		explain(t.Unit, i.Decimals, from.Value), from.Year, actual, explain(t.Unit, decimals, made), target, t.Year, explain(t.Unit, decimals, needed), ratio)
}

func signed(ratio float64) khue.Text {
	return khue.Text{VI: locale.SignedPercent(khue.Vietnamese, ratio, 1), EN: locale.SignedPercent(khue.English, ratio, 1)}
}

// position is the end of a period on a scale where the end of 2025 is 2025.
func position(p khue.Period) float64 {
	last := p.End().AddDate(0, 0, -1)
	year := yearOf(last.Year())
	return float64(last.Year()-1) + float64(last.YearDay())/float64(year.End().AddDate(0, 0, -1).YearDay())
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
