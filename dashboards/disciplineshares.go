package dashboards

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"khue"
	"khue/charts"
	"khue/indicators"
	"khue/locale"
)

// shares is a measure by discipline over years or quarters, as shares of each
// period's whole.
type shares struct {
	answer  indicators.Answer
	periods []sharePeriod
}

// sharePeriod is one bar.
type sharePeriod struct {
	period  khue.Period
	partial bool // not over, not fully reported, or cut by the life of the area
	total   float64
	rows    map[string]int // discipline -> row of the answer
}

// shareQuarters is how many quarters are shown at most.
const shareQuarters = 12

// sharesSpan is the years that the period touches, for a year or less all years
// since the first; or the quarters up to its end.
func (fr frame) sharesSpan() (span, khue.Grain) {
	last := minTime(fr.named.To.AddDate(0, 0, -1), fr.today)
	if fr.filter.picks.grain == string(khue.Quarter) {
		end := khue.PeriodOf(last, khue.Quarter)
		return span{end.Shift(1 - shareQuarters).Start(), end.End()}, khue.Quarter
	}
	s := span{civil(firstYear, 1, 1), khue.PeriodOf(last, khue.Year).End()}
	if first := khue.PeriodOf(fr.named.From, khue.Year).Start(); fr.long || first.Before(s.From) {
		s.From = first
	}
	return s, khue.Year
}

func (v *visit) gatherShares(ctx context.Context) (shares, error) {
	s, grain := v.frame.sharesSpan()
	area, limited := khue.AreaOf(v.frame.filter.area)
	if limited {
		s = cutTo(s, area, grain)
	}
	a, err := v.ask(ctx, v.disciplineQuestion(s, string(grain), disciplineName))
	if err != nil {
		return shares{}, err
	}
	out := shares{answer: a}
	for i, row := range a.Rows {
		p := row.Keys[0].Period
		if len(out.periods) == 0 || out.periods[len(out.periods)-1].period != p {
			out.periods = append(out.periods, sharePeriod{period: p, rows: map[string]int{}})
		}
		one := &out.periods[len(out.periods)-1]
		one.partial = one.partial || row.Partial || limited && (!area.ValidOn(p.Start()) || !area.ValidOn(p.End().AddDate(0, 0, -1)))
		if row.Values[0].Known {
			one.total += row.Values[0].Number
			one.rows[row.Keys[1].Code] = i
		}
	}
	out.periods = slices.DeleteFunc(out.periods, func(p sharePeriod) bool { return p.total == 0 })
	return out, nil
}

// cutTo leaves the periods in which an area existed.
func cutTo(s span, a khue.Area, grain khue.Grain) span {
	if a.From.After(s.From) {
		s.From = khue.PeriodOf(a.From, grain).Start()
	}
	if !a.To.IsZero() && a.To.Before(s.To) {
		s.To = khue.PeriodOf(a.To.AddDate(0, 0, -1), grain).End()
	}
	return s
}

// of is the share of a discipline in a period; nobody having reported any of it
// in a period that others reported for, it is nothing of the whole.
func (s shares) of(p sharePeriod, discipline string) float64 {
	if i, ok := p.rows[discipline]; ok {
		return s.answer.Rows[i].Values[0].Number / p.total
	}
	return 0
}

// whole are the periods that can be compared.
func (s shares) whole() []sharePeriod {
	return slices.DeleteFunc(slices.Clone(s.periods), func(p sharePeriod) bool { return p.partial })
}

// leaders are the disciplines with the largest shares on the average of the
// periods, the chosen one always among them.
func (s shares) leaders(chosen string) []string {
	average := map[string]float64{}
	for _, p := range s.periods {
		for code := range p.rows {
			if code != "" {
				average[code] += s.of(p, code)
			}
		}
	}
	var codes []string
	for _, d := range khue.Disciplines() {
		if average[d.Code] > 0 {
			codes = append(codes, d.Code)
		}
	}
	slices.SortStableFunc(codes, func(a, b string) int {
		switch {
		case average[a] > average[b]:
			return -1
		case average[a] < average[b]:
			return 1
		}
		return 0
	})
	if at := slices.Index(codes, chosen); at >= charts.Categories {
		codes[charts.Categories-1] = chosen
	}
	return codes[:min(len(codes), charts.Categories)]
}

func nameOfDiscipline(lang khue.Lang, code string) string {
	d, ok := khue.DisciplineOf(code)
	if !ok {
		return text("Chưa ghi lĩnh vực", "No discipline stated").In(lang)
	}
	return d.Name.In(lang)
}

func (v *visit) drawShares(lang khue.Lang, s shares) drawn {
	c := v.sharesCard(lang, s, "discipline-shares")
	if c.Empty == "" {
		c.Table = v.sharesTable(lang, s)
		c.Title = v.sharesTitle(lang, s)
		c.Summary = text("Biểu đồ cột chồng 100%. ", "Stacked bars of 100%. ").In(lang) + c.Title + "."
	}
	return drawn{card: c, option: func() (json.RawMessage, error) { return v.sharesOption(lang, s) }}
}

// sharesCard is what the two cards that rest on shares have in common.
func (v *visit) sharesCard(lang khue.Lang, s shares, id string) card {
	measure := v.frame.filter.measureOr(disciplineMeasure)
	c := card{
		ID: id, Source: v.sourceLine(lang, s.answer), Evidence: []evidence{v.evidenceOf(lang, s.answer)}, Complete: v.completeLine(lang, s.answer.Completeness...),
		Chart: v.addressOf(lang, id), CSV: v.addressOf(lang, id+".csv"),
	}
	c.Subtitle = textf("Tỷ trọng trong %[1]s, %%", "Share of %[2]s, %%", v.frame.filter.wholeOf(measure).VI, v.frame.filter.wholeOf(measure).EN).In(lang) + countedAs(lang, v.frame.filter.picks.counting)
	if len(s.periods) == 0 {
		c.Chart, c.Empty = "", text("Chưa có số liệu theo lĩnh vực cho bộ lọc này. Hãy chọn số đo khác hoặc bỏ bớt bộ lọc.",
			"No figures by discipline for these filters. Choose another measure or fewer filters.").In(lang)
		return c
	}
	c.axes = [][]khue.Period{nil}
	for _, p := range s.periods {
		c.axes[0] = append(c.axes[0], p.period)
		if p.partial {
			c.Notes = append(c.Notes, textf("%s chưa trọn kỳ nên được kẻ sọc và không đem so sánh.", "%s is not a whole period; it is hatched and never compared.",
				capital(locale.PeriodName(lang, p.period))).In(lang))
		}
	}
	return c
}

// countedAs names the rule of counting in a subtitle.
func countedAs(lang khue.Lang, rule string) string {
	switch indicators.Counting(rule) {
	case indicators.CountEach:
		return text("; tính ở mọi lĩnh vực, 100% là tổng các lần tính", "; counted under every discipline, 100% being the sum of all counts").In(lang)
	case indicators.CountFractional:
		return text("; chia đều cho các lĩnh vực", "; divided evenly among disciplines").In(lang)
	}
	return text("; theo lĩnh vực chính", "; by main discipline").In(lang)
}

// sharesTitle says how the leading or the chosen discipline moved from the first
// whole period to the last.
func (v *visit) sharesTitle(lang khue.Lang, s shares) string {
	whole, chosen := s.whole(), v.frame.filter.discipline
	if len(whole) == 0 {
		return ""
	}
	first, last := whole[0], whole[len(whole)-1]
	code := chosen
	if code == "" {
		for c := range last.rows {
			if c != "" && (code == "" || s.of(last, c) > s.of(last, code) || s.of(last, c) == s.of(last, code) && c < code) {
				code = c
			}
		}
	}
	now, before := shareWords(lang, s.of(last, code)), shareWords(lang, s.of(first, code))
	name := nameOfDiscipline(lang, code)
	title := textf("%[1]s chiếm %[2]s %[3]s", "%[1]s: %[2]s %[4]s", name, now, locale.PeriodName(khue.Vietnamese, last.period), "in "+locale.PeriodName(khue.English, last.period)).In(lang)
	if chosen == "" {
		title = textf("%[1]s dẫn đầu: %[2]s %[3]s", "%[1]s leads: %[2]s %[4]s", name, now, locale.PeriodName(khue.Vietnamese, last.period), "in "+locale.PeriodName(khue.English, last.period)).In(lang)
	}
	if len(whole) > 1 {
		title += textf(", %[1]s là %[3]s", ", %[3]s in %[2]s", locale.PeriodName(khue.Vietnamese, first.period), locale.PeriodName(khue.English, first.period), before).In(lang)
	}
	return title
}

// sharesTable lists every discipline in every period: the figure, which opens its
// evidence, and its share.
func (v *visit) sharesTable(lang khue.Lang, s shares) *table {
	column := s.answer.Columns[len(s.answer.Columns)-1]
	t := &table{Caption: column.Label.In(lang) + text(" theo kỳ và lĩnh vực", " by period and discipline").In(lang), Head: []string{
		text("Kỳ", "Period").In(lang), text("Lĩnh vực", "Discipline").In(lang), column.Label.In(lang), text("Tỷ trọng", "Share").In(lang),
	}}
	for _, p := range slices.Backward(s.periods) {
		order := make([]string, 0, len(p.rows))
		for code := range p.rows {
			order = append(order, code)
		}
		slices.SortFunc(order, func(a, b string) int {
			if x, y := s.of(p, a), s.of(p, b); x != y {
				if x > y {
					return -1
				}
				return 1
			}
			return strings.Compare(a, b)
		})
		for _, code := range order {
			i := p.rows[code]
			r := tableRow{Cells: []cell{
				named(locale.PeriodLabel(lang, p.period)).leading(v.shareWay(p.period, code)), named(nameOfDiscipline(lang, code)),
				counted(lang, s.answer.Rows[i].Values[0], column.Decimals).linked(whyOf(s.answer, i, 0)), portionCell(lang, s.of(p, code)),
			}}
			if p.partial {
				r.Note = text("chưa trọn kỳ", "not a whole period").In(lang)
			}
			t.Rows = append(t.Rows, r)
		}
	}
	return t
}

// portionCell is a share of a whole, with four digits in files.
func portionCell(lang khue.Lang, share float64) cell {
	return cell{Text: locale.Percent(lang, share, 1), Number: true, raw: counted(lang, indicators.Value{Number: share, Known: true}, 4).raw}
}

func (v *visit) sharesOption(lang khue.Lang, s shares) (json.RawMessage, error) {
	o := charts.Shares{Lang: lang, FontFamily: screenFont}
	leaders := s.leaders(v.frame.filter.discipline)
	for _, p := range s.periods {
		o.Categories = append(o.Categories, shortPeriod(lang, p.period))
	}
	rest := charts.Layer{Name: text("Các lĩnh vực khác", "Other disciplines").In(lang), Colour: charts.Others}
	for i, code := range leaders {
		l := charts.Layer{Name: nameOfDiscipline(lang, code), Colour: charts.Category(i)}
		for _, p := range s.periods {
			l.Points = append(l.Points, charts.Point{Value: s.of(p, code), Known: true, Partial: p.partial})
		}
		o.Layers = append(o.Layers, l)
		if code == v.frame.filter.discipline {
			o.Chosen = l.Name
		}
	}
	for i, p := range s.periods {
		left := 1.0
		for _, l := range o.Layers {
			left -= l.Points[i].Value
		}
		rest.Points = append(rest.Points, charts.Point{Value: max(left, 0), Known: true, Partial: p.partial})
	}
	if slices.ContainsFunc(rest.Points, func(p charts.Point) bool { return p.Value > 1e-9 }) {
		o.Layers = append(o.Layers, rest)
	}
	ways := charts.Ways{}
	for i, code := range leaders {
		for _, p := range s.periods {
			way := ""
			if s.of(p, code) > 0 {
				way = v.shareWay(p.period, code)
			}
			ways[o.Layers[i].Name] = append(ways[o.Layers[i].Name], way)
		}
	}
	option, err := charts.ShareBars(o)
	return led(option, err, ways)
}

// shareWay is where the share of a discipline in a period leads: the page about that
// discipline in that period; "" for what has no discipline.
func (v *visit) shareWay(p khue.Period, code string) string {
	if _, known := khue.DisciplineOf(code); !known || !v.begun(p) {
		return ""
	}
	return v.narrower("discipline-shares", func(f *filter) {
		v.during(p)(f)
		f.discipline = code
	})
}

// shortPeriod fits under a bar.
func shortPeriod(lang khue.Lang, p khue.Period) string {
	if p.Grain() == khue.Year {
		return p.Start().Format("2006")
	}
	return textf("Q%[1]d/%[2]s", "Q%[1]d %[2]s", (int(p.Start().Month())-1)/3+1, p.Start().Format("06")).In(lang)
}
