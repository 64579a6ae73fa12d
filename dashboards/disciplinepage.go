package dashboards

import (
	"context"
	"math"
	"slices"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// disciplinesPath is where the page on disciplines is, and disciplineMeasure
// what it shows where nothing is chosen.
const (
	disciplinesPage   = "disciplines"
	disciplinesPath   = "/disciplines"
	disciplineMeasure = "events"
)

// disciplinePage is how the city's culture is made up by discipline, over time
// and in the classifications of others.
func disciplinePage() page {
	return page{
		name: disciplinesPage, path: disciplinesPath, title: text("Lĩnh vực", "Disciplines"), style: "disciplinepage.css",
		takes:   []string{periodName, disciplineName, areaName, measureFilter, grainName, countingName, classificationName},
		finding: disciplineFinding,
		parts: []part{
			partOf("discipline-shares", 8, text("Tỷ trọng các lĩnh vực theo thời gian", "Shares of disciplines over time"), (*visit).gatherShares, (*visit).drawShares),
			partOf("diversity", 4, text("Mức đa dạng", "Diversity"), (*visit).gatherShares, (*visit).drawDiversity),
			partOf("crosswalk", 8, text("Lĩnh vực của ta trong danh mục khác", "Our disciplines in another classification"), (*visit).gatherFlows, (*visit).drawFlows),
			partOf("counting", 4, text("Cách tính lĩnh vực", "How disciplines are counted"), (*visit).gatherCounting, (*visit).drawCounting),
			industryPart("industries-2025", "industry_2025", text("Theo 10 ngành công nghiệp văn hóa, 2025", "By the 10 cultural industries of 2025")),
			industryPart("industries-2016", "industry_2016", text("Theo 12 ngành công nghiệp văn hóa, 2016", "By the 12 cultural industries of 2016")),
		},
	}
}

// disciplineQuestion asks for the page's measure. A share needs its whole, so the
// filter on disciplines only says which of them stands out.
func (v *visit) disciplineQuestion(s span, by ...string) indicators.Question {
	fr := v.frame
	fr.filter.discipline = ""
	q := fr.question(s, by, fr.filter.measureOr(disciplineMeasure))
	q.Counting = indicators.Counting(fr.filter.picks.counting)
	if q.Counting == indicators.CountMain {
		q.Counting = "" // what says nothing new is the same question
	}
	return q
}

// gatherNow asks for the period's figures by some classification and, where like
// stands against like, for those of the year before.
func (v *visit) gatherNow(ctx context.Context, by string) (mixture, error) {
	questions := []indicators.Question{v.disciplineQuestion(v.frame.shown, by)}
	if !v.frame.before.empty() && !v.frame.long {
		questions = append(questions, v.disciplineQuestion(v.frame.before, by))
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

// disciplineFinding says which discipline leads, how its share moved and how
// spread the whole is.
func disciplineFinding(ctx context.Context, v *visit, lang khue.Lang) (finding, error) {
	m, err := v.gatherNow(ctx, disciplineName)
	if err != nil {
		return finding{}, err
	}
	parts, fr := partsOf(m.now, m.before), v.frame
	measure := fr.filter.measureOr(disciplineMeasure)
	days := capital(spanIn(lang, fr.shown)) + placeOf(lang, fr.filter.area)
	total, chosen := totalOf(parts), fr.filter.discipline
	at := slices.IndexFunc(parts, func(p portion) bool { return p.now.Known && (chosen == "" || p.key.Code == chosen) })
	if total == 0 || at < 0 {
		return finding{Before: days + textf(" chưa có số liệu %s theo lĩnh vực.", " there are no figures of %s by discipline.", amountOf(measure).In(lang)).In(lang)}, nil
	}
	p := parts[at]
	lead := text(" dẫn đầu với ", " leads with ")
	if chosen != "" {
		lead = text(" chiếm ", " makes up ")
	}
	share := p.now.Number / total
	f := finding{Before: days + ", " + khue.Text{VI: "lĩnh vực " + p.key.Name.VI, EN: p.key.Name.EN}.In(lang) + lead.In(lang)}
	f.Figure = textf("%[1]s %[2]s", "%[1]s of %[2]s", shareWords(lang, share), fr.filter.wholeOf(measure).In(lang)).In(lang)
	if before := totalOf(partsOf(m.before, indicators.Answer{})); before > 0 && p.before.Known {
		f.After = pointsMoved(lang, 100*(share-p.before.Number/before), fr.beforeName(lang))
	}
	if d, ok := simpson(parts); ok {
		f.After += textf("; chọn ngẫu nhiên hai %[2]s thì có %[1]s khả năng thuộc hai lĩnh vực khác nhau", "; two %[2]s drawn at random belong to different disciplines with a probability of %[1]s",
			locale.Percent(lang, d, 0), amountOf(measure).In(lang)).In(lang)
	}
	f.After += "."
	return f, nil
}

// pointsMoved says how a share moved, in percentage points.
func pointsMoved(lang khue.Lang, points float64, than string) string {
	n := locale.Number(lang, math.Abs(points), 1)
	switch {
	case math.Abs(points) < 0.05:
		return textf(", ngang với %s", ", level with %s", than).In(lang)
	case points > 0:
		return textf(", tăng %[1]s điểm phần trăm so với %[2]s", ", up %[1]s percentage points on %[2]s", n, than).In(lang)
	}
	return textf(", giảm %[1]s điểm phần trăm so với %[2]s", ", down %[1]s percentage points on %[2]s", n, than).In(lang)
}

// placeOf names the area that a sentence is limited to.
func placeOf(lang khue.Lang, code string) string {
	a, ok := khue.AreaOf(code)
	if !ok {
		return ""
	}
	return textf(" tại %s", " in %s", a.Name.In(lang)).In(lang)
}

// notesOf are what a reader must know to read an answer rightly.
func notesOf(lang khue.Lang, a indicators.Answer) []string {
	var out []string
	for _, n := range a.Notes {
		out = append(out, n.In(lang))
	}
	return out
}
