package dashboards

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"khue"
	"khue/charts"
	"khue/indicators"
)

// industryPart is the period's figures by a national list of cultural industries.
func industryPart(id, walk string, title khue.Text) part {
	return partOf(id, 6, title, func(v *visit, ctx context.Context) (mixture, error) { return v.gatherNow(ctx, walk) },
		func(v *visit, lang khue.Lang, m mixture) drawn { return v.drawIndustries(lang, id, walk, m) })
}

// industriesOf puts what a list cannot place after its industries.
func industriesOf(m mixture) []portion {
	parts := partsOf(m.now, m.before)
	slices.SortStableFunc(parts, func(a, b portion) int { return rankOf(a.key.Code) - rankOf(b.key.Code) })
	return parts
}

func rankOf(code string) int {
	switch code {
	case indicators.NoCounterpart:
		return 1
	case indicators.Undetermined:
		return 2
	case "":
		return 3
	}
	return 0
}

func (v *visit) drawIndustries(lang khue.Lang, id, walk string, m mixture) drawn {
	parts := industriesOf(m)
	measure := v.frame.filter.measureOr(disciplineMeasure)
	column := columnOf(m.now, measure)
	c := card{
		ID: id, Source: v.sourceLine(lang, m.now), Evidence: []evidence{v.evidenceOf(lang, m.now)}, Complete: v.completeLine(lang, m.now.Completeness...),
		Chart: v.addressOf(lang, id), CSV: v.addressOf(lang, id+".csv"),
		Subtitle: column.Label.In(lang) + " " + spanIn(lang, v.frame.shown),
	}
	if len(m.before.Rows) > 0 {
		c.Subtitle += textf("; vạch đứng là %s", "; the upright mark is %s", v.frame.beforeName(lang)).In(lang)
		c.Evidence = append(c.Evidence, v.evidenceOf(lang, m.before))
	}
	total := totalOf(parts)
	if total == 0 {
		c.Chart, c.Empty = "", text("Kỳ và bộ lọc này chưa có số liệu theo ngành.", "No figures by industry for this period and these filters.").In(lang)
		return drawn{card: c}
	}
	c.Title = v.industriesTitle(lang, walk, parts, total, measure)
	if w, err := v.site.service.Catalogue().Crosswalk(walk); err == nil {
		e := w.InForce(v.frame.shown.To.AddDate(0, 0, -1))
		c.Notes = append(c.Notes, strings.TrimSpace(e.Citation+". "+e.Note.In(lang)))
	}
	c.Notes = append(c.Notes, notesOf(lang, m.now)...)
	c.Table = v.partsTable(lang, text("Ngành", "Industry").In(lang), column, parts, c.Subtitle)
	c.Summary = text("Biểu đồ thanh. ", "Bar chart. ").In(lang) + c.Title + "."
	return drawn{card: c, option: func() (json.RawMessage, error) { return v.industriesOption(lang, column, m, parts) }}
}

// industriesTitle names the list, its largest industry and what it leaves out.
func (v *visit) industriesTitle(lang khue.Lang, walk string, parts []portion, total float64, measure string) string {
	list := text("10 ngành của năm 2025", "The 10 industries of 2025")
	if walk == "industry_2016" {
		list = text("12 ngành của năm 2016", "The 12 industries of 2016")
	}
	title := list.In(lang)
	if first := parts[0]; rankOf(first.key.Code) == 0 {
		title += textf(": %[1]s chiếm %[2]s", ": %[1]s makes up %[2]s", first.key.Name.In(lang), shareWords(lang, first.now.Number/total)).In(lang)
	}
	for _, p := range parts {
		if p.key.Code == indicators.NoCounterpart && p.now.Number > 0 {
			title += textf("; %[1]s %[2]s nằm ngoài danh mục", "; %[1]s of %[2]s lie outside the list", shareWords(lang, p.now.Number/total), v.frame.filter.wholeOf(measure).In(lang)).In(lang)
		}
	}
	return title
}

func (v *visit) industriesOption(lang khue.Lang, column indicators.Column, m mixture, parts []portion) (json.RawMessage, error) {
	r := charts.Ranking{Lang: lang, FontFamily: screenFont, Decimals: column.Decimals}
	r.Now = charts.Series{Name: spanName(lang, v.frame.shown), Tone: charts.Now}
	before := charts.Series{Name: v.frame.beforeName(lang), Tone: charts.Older}
	for i, p := range parts {
		if i == 0 && rankOf(p.key.Code) == 0 {
			r.Lead = []int{0}
		}
		r.Categories = append(r.Categories, p.key.Name.In(lang))
		r.Now.Points = append(r.Now.Points, charts.Point{Value: p.now.Number, Known: p.now.Known})
		before.Points = append(before.Points, charts.Point{Value: p.before.Number, Known: p.before.Known})
	}
	if len(m.before.Rows) > 0 {
		r.Before = &before
	}
	return charts.RankingBars(r)
}
