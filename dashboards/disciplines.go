package dashboards

import (
	"context"
	"encoding/json"
	"slices"

	"khue"
	"khue/charts"
	"khue/indicators"
	"khue/locale"
)

// mixture is the events by discipline. It speaks of every discipline, also when
// the page is limited to one: a share needs its whole.
type mixture struct {
	now, before indicators.Answer
}

func (v *visit) gatherMixture(ctx context.Context) (mixture, error) {
	fr := v.frame
	fr.filter.discipline = ""
	questions := []indicators.Question{fr.question(fr.shown, []string{disciplineName}, "events")}
	if !fr.before.empty() && !fr.long {
		questions = append(questions, fr.question(fr.before, []string{disciplineName}, "events"))
	}
	answers, err := v.askAll(ctx, questions...)
	if err != nil {
		return mixture{}, err
	}
	m := mixture{now: answers[0]}
	if len(answers) > 1 {
		m.before = answers[1]
	}
	return m, nil
}

// portion is one bar: a discipline or an area, and the same a year before.
type portion struct {
	key         indicators.Key
	now, before indicators.Value
	complete    indicators.Completeness
	why         string // where now opens
	whyBefore   string // where before opens
	way         string // where its bar and its row lead; "" nowhere
}

// partsOf sets the rows of two answers side by side, the largest first, what is
// not said last.
func partsOf(now, before indicators.Answer) []portion {
	var out []portion
	for i, row := range now.Rows {
		p := portion{key: row.Keys[0], now: row.Values[0], why: whyOf(now, i, 0)}
		if len(row.Completeness) > 0 {
			p.complete = row.Completeness[0]
		}
		for at, other := range before.Rows {
			if other.Keys[0].Code == p.key.Code {
				p.before, p.whyBefore = other.Values[0], whyOf(before, at, 0)
			}
		}
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b portion) int {
		if (a.key.Code == "") != (b.key.Code == "") {
			if a.key.Code == "" {
				return 1
			}
			return -1
		}
		switch {
		case a.now.Number > b.now.Number:
			return -1
		case a.now.Number < b.now.Number:
			return 1
		}
		return 0
	})
	return out
}

func totalOf(parts []portion) float64 {
	var sum float64
	for _, p := range parts {
		sum += p.now.Number
	}
	return sum
}

// leaders are the bars that the title speaks of: the discipline chosen, else as
// many of the largest as make up about half.
func (v *visit) leaders(parts []portion) []int {
	if chosen := v.frame.filter.discipline; chosen != "" {
		i := slices.IndexFunc(parts, func(p portion) bool { return p.key.Code == chosen })
		if i < 0 {
			return nil
		}
		return []int{i}
	}
	total, sum := totalOf(parts), 0.0
	var out []int
	for i, p := range parts {
		if p.key.Code == "" || len(out) == 3 || (len(out) > 0 && sum >= 0.4*total) {
			break
		}
		sum += p.now.Number
		out = append(out, i)
	}
	return out
}

func (v *visit) disciplinesCard(lang khue.Lang, m mixture) card {
	parts := leadOn(partsOf(m.now, m.before), v.oneOf("disciplines", disciplineName))
	column := columnOf(m.now, "events")
	c := card{
		ID: "disciplines", Title: text("Sự kiện theo lĩnh vực", "Events by discipline").In(lang),
		Subtitle: column.Label.In(lang) + text(" theo lĩnh vực chính", " by main discipline").In(lang),
		Source:   v.sourceLine(lang, m.now), Evidence: []evidence{v.evidenceOf(lang, m.now)}, Complete: v.completeLine(lang, m.now.Completeness...),
		Chart: v.addressOf(lang, "disciplines"), CSV: v.addressOf(lang, "disciplines.csv"),
	}
	if len(m.before.Rows) > 0 {
		c.Subtitle += textf("; vạch đứng là %s", "; the upright mark is %s", v.frame.beforeName(lang)).In(lang)
		c.Evidence = append(c.Evidence, v.evidenceOf(lang, m.before))
	}
	if v.frame.filter.discipline != "" {
		c.Notes = append(c.Notes, text("Biểu đồ này luôn gồm mọi lĩnh vực; lĩnh vực đang chọn được tô đậm.",
			"This chart always holds every discipline; the chosen one stands out.").In(lang))
	}
	total := totalOf(parts)
	if total == 0 {
		c.Chart, c.Empty = "", text("Kỳ và bộ lọc này chưa có sự kiện nào được ghi nhận.", "No events are recorded for this period and these filters.").In(lang)
		return c
	}
	var names []string
	var sum float64
	for _, i := range v.leaders(parts) {
		names = append(names, parts[i].key.Name.In(lang))
		sum += parts[i].now.Number
	}
	if len(names) > 0 {
		share := locale.Percent(lang, sum/total, 0)
		c.Title = textf("%[1]s chiếm %[2]s số sự kiện", "%[1]s: %[2]s of all events", listed(lang, names), share).In(lang)
	}
	c.Table = v.partsTable(lang, text("Lĩnh vực", "Discipline").In(lang), column, parts, c.Subtitle)
	c.Summary = text("Biểu đồ thanh. ", "Bar chart. ").In(lang) + c.Title + "."
	return c
}

// partsTable is the table behind bars.
func (v *visit) partsTable(lang khue.Lang, what string, column indicators.Column, parts []portion, caption string) *table {
	t := &table{Caption: caption, Head: []string{what, column.Label.In(lang), text("Tỷ trọng", "Share").In(lang)}}
	compared := slices.ContainsFunc(parts, func(p portion) bool { return p.before.Known })
	if compared {
		t.Head = append(t.Head, capital(v.frame.beforeName(lang)), text("Thay đổi", "Change").In(lang))
	}
	var reported []indicators.Completeness
	for _, p := range parts {
		reported = append(reported, p.complete)
	}
	head, shares := completeHead(lang, reported)
	if shares {
		t.Head = append(t.Head, head)
	}
	total := totalOf(parts)
	for _, p := range parts {
		r := tableRow{Cells: []cell{named(p.key.Name.In(lang)).leading(p.way), counted(lang, p.now, column.Decimals).linked(p.why), {Text: "–", Number: true}}}
		if p.now.Known && total > 0 {
			r.Cells[2] = cell{
				Text: locale.Percent(lang, p.now.Number/total, 1), Number: true,
				raw: counted(lang, indicators.Value{Number: p.now.Number / total, Known: true}, 4).raw,
			}
		}
		if compared {
			r.Cells = append(r.Cells, counted(lang, p.before, column.Decimals).linked(p.whyBefore), changed(lang, indicators.Change(p.now, p.before)))
		}
		if shares {
			r.Cells, r.Note = append(r.Cells, completeCell(lang, p.complete)), v.lowNote(lang, p.complete)
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

// mostBars keeps a chart readable; the table has every row.
const mostBars = 12

func (v *visit) disciplinesOption(lang khue.Lang, m mixture) (json.RawMessage, error) {
	parts := leadOn(partsOf(m.now, m.before), v.oneOf("disciplines", disciplineName))
	r := charts.Ranking{Lang: lang, FontFamily: screenFont, Lead: v.leaders(parts)}
	parts = parts[:min(len(parts), mostBars)]
	r.Now = charts.Series{Name: spanName(lang, v.frame.shown), Tone: charts.Now}
	before := charts.Series{Name: v.frame.beforeName(lang), Tone: charts.Older}
	for _, p := range parts {
		r.Categories = append(r.Categories, p.key.Name.In(lang))
		r.Now.Points = append(r.Now.Points, charts.Point{Value: p.now.Number, Known: p.now.Known})
		before.Points = append(before.Points, charts.Point{Value: p.before.Number, Known: p.before.Known})
	}
	if len(m.before.Rows) > 0 {
		r.Before = &before
	}
	option, err := charts.RankingBars(r)
	return led(option, err, charts.Ways{r.Now.Name: waysOfParts(parts)})
}
