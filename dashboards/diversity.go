package dashboards

import (
	"encoding/json"

	"khue"
	"khue/charts"
	"khue/indicators"
	"khue/locale"
)

// simpson is the chance that two things drawn at random, the first being put
// back, are of different disciplines: 1 − Σp² (E. H. Simpson, Measurement of
// Diversity, Nature 163, 1949, in the form of Gini and Simpson). What states no
// discipline is left out; ok is false when nothing is left.
func simpson(parts []portion) (d float64, ok bool) {
	var amounts []float64
	for _, p := range parts {
		if p.key.Code != "" && p.now.Known {
			amounts = append(amounts, p.now.Number)
		}
	}
	return diversityOf(amounts)
}

func diversityOf(amounts []float64) (d float64, ok bool) {
	total := 0.0
	for _, n := range amounts {
		total += n
	}
	if total <= 0 {
		return 0, false
	}
	d = 1
	for _, n := range amounts {
		d -= n / total * (n / total)
	}
	return d, true
}

// mostDiverse is the highest that the index can be: all disciplines alike.
func mostDiverse() float64 { return 1 - 1/float64(len(khue.Disciplines())) }

// diversity of each period, as many as there are periods.
func (s shares) diversity() []indicators.Value {
	var out []indicators.Value
	for _, p := range s.periods {
		var amounts []float64
		for code, i := range p.rows {
			if code != "" {
				amounts = append(amounts, s.answer.Rows[i].Values[0].Number)
			}
		}
		d, ok := diversityOf(amounts)
		out = append(out, indicators.Value{Number: d, Known: ok})
	}
	return out
}

func (v *visit) drawDiversity(lang khue.Lang, s shares) drawn {
	c := v.sharesCard(lang, s, "diversity")
	measure := v.frame.filter.measureOr(disciplineMeasure)
	c.Subtitle = textf("Khả năng hai %[1]s chọn ngẫu nhiên thuộc hai lĩnh vực khác nhau", "Chance that two %[2]s drawn at random are of different disciplines",
		amountOf(measure).VI, amountOf(measure).EN).In(lang)
	if c.Empty != "" {
		return drawn{card: c}
	}
	values := s.diversity()
	c.Notes = append(c.Notes, textf(
		"Chỉ số Simpson: lấy 1 trừ tổng bình phương tỷ trọng các lĩnh vực (E. H. Simpson, Nature 163, 1949). 0%% là chỉ có một lĩnh vực; cao nhất có thể là %[1]s, khi %[2]d lĩnh vực bằng nhau. Chỉ số nói về độ trải rộng, không nói về chất lượng.",
		"Simpson's index: 1 less the sum of the squared shares of disciplines (E. H. Simpson, Nature 163, 1949). 0%% means one discipline only; the highest possible is %[1]s, all %[2]d disciplines being alike. It speaks of spread, not of quality.",
		locale.Percent(lang, mostDiverse(), 1), len(khue.Disciplines())).In(lang))
	t := &table{Caption: c.Subtitle, Head: []string{text("Kỳ", "Period").In(lang), text("Chỉ số Simpson", "Simpson's index").In(lang), text("Số lĩnh vực có mặt", "Disciplines present").In(lang)}}
	whole := -1
	first := -1
	for i, p := range s.periods {
		present := len(p.rows)
		if _, unsaid := p.rows[""]; unsaid {
			present--
		}
		r := tableRow{Cells: []cell{named(locale.PeriodLabel(lang, p.period)).leading(v.inMonth("diversity", p.period)), {Text: "–", Number: true}, counted(lang, indicators.Value{Number: float64(present), Known: true}, 0)}}
		if values[i].Known {
			r.Cells[1] = portionCell(lang, values[i].Number)
		}
		if p.partial {
			r.Note = text("chưa trọn kỳ", "not a whole period").In(lang)
		} else if values[i].Known {
			if first < 0 {
				first = i
			}
			whole = i
		}
		t.Rows = append(t.Rows, r)
	}
	c.Table = t
	if whole >= 0 {
		c.Title = diversityTitle(lang, s, values, first, whole)
	}
	c.Summary = text("Biểu đồ đường từ 0 đến 100%. ", "Line chart from 0 to 100%. ").In(lang) + c.Title + "."
	return drawn{card: c, option: func() (json.RawMessage, error) {
		x := charts.Index{Lang: lang, FontFamily: screenFont, Name: text("Chỉ số Simpson", "Simpson's index").In(lang), Ceiling: mostDiverse(), CeilingIs: text("cao nhất có thể", "highest possible").In(lang)}
		var ways []string
		for i, p := range s.periods {
			ways = append(ways, v.inMonth("diversity", p.period))
			x.Categories = append(x.Categories, shortPeriod(lang, p.period))
			x.Points = append(x.Points, charts.Point{Value: values[i].Number, Known: values[i].Known, Partial: p.partial})
		}
		option, err := charts.IndexLine(x)
		return led(option, err, charts.Ways{x.Name: ways})
	}}
}

// steadyPoints is how many percentage points of change are called none.
const steadyPoints = 1.0

func diversityTitle(lang khue.Lang, s shares, values []indicators.Value, first, last int) string {
	now, before := values[last].Number, values[first].Number
	n, b := locale.Percent(lang, now, 0), locale.Percent(lang, before, 0)
	vi, en := locale.PeriodName(khue.Vietnamese, s.periods[first].period), locale.PeriodName(khue.English, s.periods[first].period)
	switch points := 100 * (now - before); {
	case first == last:
		return textf("Mức đa dạng: %s", "Diversity: %s", n).In(lang)
	case points > steadyPoints:
		return textf("Đa dạng hơn: %[1]s, so với %[2]s %[3]s", "More diverse: %[1]s, against %[2]s in %[4]s", n, b, vi, en).In(lang)
	case points < -steadyPoints:
		return textf("Kém đa dạng hơn: %[1]s, so với %[2]s %[3]s", "Less diverse: %[1]s, against %[2]s in %[4]s", n, b, vi, en).In(lang)
	}
	return textf("Mức đa dạng giữ nguyên ở %[1]s từ %[2]s", "Diversity has held at %[1]s since %[3]s", n, vi, en).In(lang)
}
