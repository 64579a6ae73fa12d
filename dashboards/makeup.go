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

// makeup is the members at the end of the days shown by one dimension. It speaks of
// every value of it, also when the page is limited to one.
type makeup struct {
	now, before indicators.Answer
}

func stockBy(dim string) func(*visit, context.Context) (makeup, error) {
	return func(v *visit, ctx context.Context) (makeup, error) {
		fr := v.frame
		switch dim {
		case kindFilter:
			fr.filter.kind = ""
		case disciplineName:
			fr.filter.discipline = ""
		case areaName:
			fr.filter.area = ""
		}
		questions := []indicators.Question{fr.question(fr.shown, []string{dim}, "members")}
		if !fr.before.empty() && !fr.long {
			questions = append(questions, fr.question(fr.before, []string{dim}, "members"))
		}
		answers, err := v.askAll(ctx, questions...)
		if err != nil {
			return makeup{}, err
		}
		m := makeup{now: answers[0]}
		if len(answers) > 1 {
			m.before = answers[1]
		}
		return m, nil
	}
}

// makeupCard is the card around bars of members by something.
func (v *visit) makeupCard(lang khue.Lang, id string, m makeup, parts []portion, what khue.Text) card {
	c := card{
		Subtitle: textf("Số thành viên vào cuối kỳ, %[1]s", "Members at the end of the period, %[2]s", spanName(khue.Vietnamese, v.frame.shown), spanName(khue.English, v.frame.shown)).In(lang),
		Source:   v.sourceLine(lang, m.now), Evidence: []evidence{v.evidenceOf(lang, m.now)}, Complete: v.completeLine(lang, m.now.Completeness...),
		Chart: v.fileOf(lang, id), CSV: v.fileOf(lang, id+".csv"),
	}
	if len(m.before.Rows) > 0 && totalOf(partsOf(m.before, indicators.Answer{})) > 0 {
		c.Subtitle += textf("; vạch đứng là %s", "; the upright mark is %s", v.frame.beforeName(lang)).In(lang)
	}
	if totalOf(parts) == 0 {
		c.Chart, c.Empty = "", text("Sổ thành viên chưa có ai với kỳ và bộ lọc này.", "The register holds no member for this period and these filters.").In(lang)
		return c
	}
	c.Table = v.partsTable(lang, what.In(lang), columnOf(m.now, "members"), parts, c.Subtitle)
	return c
}

// present leaves the values that hold a member now or held one before, named ones first.
func (m makeup) present() []portion {
	return slices.DeleteFunc(partsOf(m.now, m.before), func(p portion) bool { return p.now.Number == 0 && p.before.Number == 0 })
}

func (v *visit) drawKinds(lang khue.Lang, m makeup) drawn {
	parts := leadOn(m.present(), v.oneOf("network-kinds", kindFilter))
	c := v.makeupCard(lang, "network-kinds", m, parts, text("Loại", "Kind"))
	if c.Chart == "" {
		return drawn{card: c}
	}
	c.Title = textf("%[1]s chiếm %[2]s số thành viên", "%[1]s: %[2]s of members", parts[0].key.Name.In(lang), locale.Percent(lang, parts[0].now.Number/totalOf(parts), 0)).In(lang)
	c.Summary = text("Biểu đồ thanh. ", "Bar chart. ").In(lang) + c.Title + "."
	return drawn{card: c, option: func() (json.RawMessage, error) {
		return v.makeupOption(lang, parts, []int{leadOf(parts, v.frame.filter.kind)})
	}}
}

// leadOf is the bar of the value chosen, else the first.
func leadOf(parts []portion, chosen string) int {
	if chosen == "" {
		return 0
	}
	return slices.IndexFunc(parts, func(p portion) bool { return p.key.Code == chosen })
}

func (v *visit) makeupOption(lang khue.Lang, parts []portion, lead []int) (json.RawMessage, error) {
	r := charts.Ranking{Lang: lang, FontFamily: screenFont, Lead: lead, Now: charts.Series{Name: spanName(lang, v.frame.shown), Tone: charts.Now}}
	before := charts.Series{Name: v.frame.beforeName(lang), Tone: charts.Older}
	compared := false
	for _, p := range parts[:min(len(parts), mostBars)] {
		r.Categories = append(r.Categories, p.key.Name.In(lang))
		r.Now.Points = append(r.Now.Points, charts.Point{Value: p.now.Number, Known: p.now.Known})
		before.Points = append(before.Points, charts.Point{Value: p.before.Number, Known: p.before.Known})
		compared = compared || p.before.Number > 0
	}
	if compared {
		r.Before = &before
	}
	option, err := charts.RankingBars(r)
	return led(option, err, charts.Ways{r.Now.Name: waysOfParts(parts[:len(r.Categories)])})
}

func (v *visit) drawMemberDisciplines(lang khue.Lang, m makeup) drawn {
	parts := leadOn(m.present(), v.oneOf("network-disciplines", disciplineName))
	c := v.makeupCard(lang, "network-disciplines", m, parts, text("Lĩnh vực chính", "Main discipline"))
	if c.Chart == "" {
		return drawn{card: c}
	}
	lead := v.leaders(parts)
	var names []string
	var sum float64
	for _, i := range lead {
		names, sum = append(names, parts[i].key.Name.In(lang)), sum+parts[i].now.Number
	}
	if len(names) > 0 {
		c.Title = textf("%[1]s chiếm %[2]s số thành viên", "%[1]s: %[2]s of members", listed(lang, names), locale.Percent(lang, sum/totalOf(parts), 0)).In(lang)
	}
	c.Summary = text("Biểu đồ thanh. ", "Bar chart. ").In(lang) + c.Title + "."
	return drawn{card: c, option: func() (json.RawMessage, error) { return v.makeupOption(lang, parts, lead) }}
}

// organisationTypes are the types that registers write most; another stands under
// the name that it has there.
var organisationTypes = map[string]khue.Text{
	"cafe": {VI: "Quán cà phê", EN: "Café"}, "company": {VI: "Công ty", EN: "Company"}, "coworking": {VI: "Không gian làm việc chung", EN: "Co-working space"},
	"craft_village": {VI: "Làng nghề", EN: "Craft village"}, "gallery": {VI: "Phòng tranh", EN: "Gallery"}, "heritage_site": {VI: "Di tích", EN: "Heritage site"},
	"library": {VI: "Thư viện", EN: "Library"}, "museum": {VI: "Bảo tàng", EN: "Museum"}, "online": {VI: "Không gian trực tuyến", EN: "Online space"},
	"school": {VI: "Trường học", EN: "School"}, "studio": {VI: "Xưởng sáng tác", EN: "Studio"}, "theatre": {VI: "Nhà hát", EN: "Theatre"},
	"": {VI: "Chưa rõ", EN: "Unknown"},
}

func typeLabel(lang khue.Lang, code string) string {
	if t, ok := organisationTypes[code]; ok {
		return t.In(lang)
	}
	return code
}

// types is the members at the end of the days shown by type of organisation, each
// type by kind.
type types struct {
	lines []typeLine // the largest first, the unknown last
	total int64
}

type typeLine struct {
	code   string
	total  int64
	byKind map[string]int64
}

func (v *visit) gatherTypes(ctx context.Context) (types, error) {
	register, err := v.register(ctx)
	if err != nil {
		return types{}, err
	}
	var t types
	for _, m := range register {
		if !m.In(v.frame.shown.To) {
			continue
		}
		at := slices.IndexFunc(t.lines, func(l typeLine) bool { return l.code == m.OrganisationType })
		if at < 0 {
			at = len(t.lines)
			t.lines = append(t.lines, typeLine{code: m.OrganisationType, byKind: map[string]int64{}})
		}
		t.lines[at].total++
		t.lines[at].byKind[m.Kind]++
		t.total++
	}
	slices.SortFunc(t.lines, func(a, b typeLine) int {
		switch {
		case (a.code == "") != (b.code == ""):
			return order(b.code == "")
		case a.total != b.total:
			return order(a.total > b.total)
		}
		return order(a.code < b.code)
	})
	return t, nil
}

// order is that of two things of which the first comes first or not.
func order(first bool) int {
	if first {
		return -1
	}
	return 1
}

func (v *visit) drawTypes(lang khue.Lang, t types) drawn {
	c := card{
		Subtitle: textf("Số thành viên vào cuối kỳ, %[1]s", "Members at the end of the period, %[2]s", spanName(khue.Vietnamese, v.frame.shown), spanName(khue.English, v.frame.shown)).In(lang),
		Source:   v.registerSource(lang, "members"), Chart: v.fileOf(lang, "network-types"), CSV: v.fileOf(lang, "network-types.csv"),
	}
	if t.total == 0 {
		c.Chart, c.Empty = "", text("Sổ thành viên chưa có ai với kỳ và bộ lọc này.", "The register holds no member for this period and these filters.").In(lang)
		return drawn{card: c}
	}
	var names []string
	var sum int64
	for _, l := range t.lines[:min(2, len(t.lines))] {
		names, sum = append(names, typeLabel(lang, l.code)), sum+l.total
	}
	if len(names) == 2 {
		names[1] = strings.ToLower(names[1])
	}
	c.Title = textf("%[1]s chiếm %[2]s số thành viên", "%[1]s: %[2]s of members", listed(lang, names), locale.Percent(lang, float64(sum)/float64(t.total), 0)).In(lang)
	c.Table = &table{Caption: c.Subtitle, Head: []string{text("Loại hình", "Type").In(lang), text("Thành viên", "Members").In(lang)}}
	for _, k := range memberKinds {
		c.Table.Head = append(c.Table.Head, k.name.In(lang))
	}
	for _, l := range t.lines {
		r := tableRow{Cells: []cell{named(typeLabel(lang, l.code)), whole(lang, l.total)}}
		for _, k := range memberKinds {
			r.Cells = append(r.Cells, whole(lang, l.byKind[k.code]))
		}
		c.Table.Rows = append(c.Table.Rows, r)
	}
	c.Summary = text("Biểu đồ thanh. ", "Bar chart. ").In(lang) + c.Title + "."
	return drawn{card: c, option: func() (json.RawMessage, error) { return t.option(lang, v) }}
}

func (t types) option(lang khue.Lang, v *visit) (json.RawMessage, error) {
	r := charts.Ranking{Lang: lang, FontFamily: screenFont, Lead: []int{0, 1}, Now: charts.Series{Name: spanName(lang, v.frame.shown), Tone: charts.Now}}
	for _, l := range t.lines[:min(len(t.lines), mostBars)] {
		r.Categories = append(r.Categories, typeLabel(lang, l.code))
		r.Now.Points = append(r.Now.Points, charts.Point{Value: float64(l.total), Known: true})
	}
	return charts.RankingBars(r)
}
