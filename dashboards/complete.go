package dashboards

import (
	"slices"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// completeWords says beside a figure how many of the reports that were due are in it.
type completeWords struct {
	Text string
	Low  bool   // below the floor of its definition: shown with a warning
	Why  string // why it is not determined, or what the floor is
}

// completeWords puts a completeness in words; a share rounded up would claim reports
// that are not there.
func (v *visit) completeWords(lang khue.Lang, c indicators.Completeness) completeWords {
	x, err := v.site.service.Catalogue().Expectation(c.Expectation)
	switch {
	case err != nil:
		return completeWords{Text: undetermined.In(lang), Why: text("Chưa khai báo ai phải báo cáo.", "Nothing says who should report.").In(lang)}
	case x.Reporters == "none":
		return completeWords{Text: undetermined.In(lang), Why: x.Reason.In(lang)}
	case !c.Known:
		return completeWords{Text: undetermined.In(lang), Why: text("Ở đây không có danh sách hay chưa có báo cáo nào đến hạn.", "There is no list for this, or no report is due yet.").In(lang)}
	}
	w := completeWords{Text: locale.WholeShare(lang, c.Share()) + " " + x.Label.In(lang)}
	if x.Floored(c) {
		w.Low, w.Text = true, text("Chưa đủ: ", "Too few: ").In(lang)+w.Text
		w.Why = textf("Dưới mức %[1]s mà định nghĩa đòi hỏi.", "Below the %[1]s that the definition asks for.", locale.WholeShare(lang, x.Floor/100)).In(lang)
	}
	return w
}

var undetermined = text("độ đầy đủ không xác định", "completeness not determined")

// completeLine is what stands under a card: one phrase for each way in which its
// measures are reported.
func (v *visit) completeLine(lang khue.Lang, all ...indicators.Completeness) []completeWords {
	var out []completeWords
	for _, c := range all {
		if w := v.completeWords(lang, c); !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// completeCell is a share in a table; what is not determined is a dash.
func completeCell(lang khue.Lang, c indicators.Completeness) cell {
	if !c.Known {
		return cell{Text: "–", Number: true}
	}
	return cell{Text: locale.WholeShare(lang, c.Share()), Number: true, raw: counted(lang, indicators.Value{Number: c.Share(), Known: true}, 4).raw}
}

// completeHead is the head of such a column; a table without shares needs none.
func completeHead(lang khue.Lang, all []indicators.Completeness) (head string, any bool) {
	known := func(c indicators.Completeness) bool { return c.Known }
	return text("Đầy đủ", "Complete").In(lang), slices.ContainsFunc(all, known)
}

// lowNote is the remark on a row below the floor; "" when it is not.
func (v *visit) lowNote(lang khue.Lang, c indicators.Completeness) string {
	if w := v.completeWords(lang, c); w.Low {
		return w.Text
	}
	return ""
}

// joined puts remarks on one row together.
func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// reachOf is how far the facts behind a measure go; zero when that is not known.
func (v *visit) reachOf(a indicators.Answer, measure string) time.Time {
	m, err := v.site.service.Catalogue().Measure(measure)
	if err != nil {
		return time.Time{}
	}
	for _, r := range a.Evidence.Reach {
		if r.Dataset == m.Dataset {
			return r.Until
		}
	}
	return time.Time{}
}

// complete is how much was reported of every headline measure over some days: as it
// was answered, else the sum of its months, which count each report once.
func (h headline) complete(s span) []indicators.Completeness {
	out := make([]indicators.Completeness, len(headlineMeasures))
	for i, name := range headlineMeasures {
		if c, answered := h.completeAnswer(s, name); answered {
			out[i] = c
			continue
		}
		for _, row := range h.series.Rows {
			if start := row.Keys[0].Period.Start(); i < len(row.Completeness) && !start.Before(s.From) && start.Before(s.To) {
				out[i] = addReports(out[i], row.Completeness[i])
			}
		}
	}
	return out
}

func (h headline) completeAnswer(s span, measure string) (indicators.Completeness, bool) {
	for _, a := range h.others {
		if !a.Question.From.Equal(s.From) || !a.Question.To.Equal(s.To) {
			continue
		}
		if i := slices.Index(a.Question.Measures, measure); i >= 0 && i < len(a.Completeness) {
			return a.Completeness[i], true
		}
	}
	return indicators.Completeness{}, false
}

func addReports(a, b indicators.Completeness) indicators.Completeness {
	b.Reported, b.Expected, b.Unexpected = a.Reported+b.Reported, a.Expected+b.Expected, a.Unexpected+b.Unexpected
	b.Known = b.Expected > 0
	return b
}
