package dashboards

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// sectorList is the dimension that reads disciplines as the resolution's sectors.
const sectorList = "hanoi_list"

// sectorMeasures is what is measured of each sector, the first of them as a bar.
var sectorMeasures = []string{"visitors", "events", "activities", "active_members", "certified_members"}

// sectors is what is measured of each sector, and the visitors of the days
// compared with; before has no rows when nothing is alike.
type sectors struct{ now, before indicators.Answer }

func (v *visit) gatherSectors(ctx context.Context) (sectors, error) {
	fr := v.frame
	questions := []indicators.Question{fr.question(fr.shown, []string{sectorList}, sectorMeasures...)}
	if !fr.before.empty() && !fr.long {
		questions = append(questions, fr.question(fr.before, []string{sectorList}, sectorMeasures[0]))
	}
	answers, err := v.askAll(ctx, questions...)
	if err != nil {
		return sectors{}, err
	}
	s := sectors{now: answers[0]}
	if len(answers) > 1 {
		s.before = answers[1]
	}
	return s, nil
}

// earlier is a sector's visitors of the days compared with.
func (s sectors) earlier(code string) indicators.Value {
	for _, row := range s.before.Rows {
		if row.Keys[0].Code == code {
			return row.Values[0]
		}
	}
	return indicators.Value{}
}

// sectorLine is one sector of the resolution.
type sectorLine struct {
	Name, Made  string  // Made are our disciplines in it
	Value, Why  string  // of the first measure
	Share, Mark float64 // percent of the longest: now, and the days compared with
	Facts       []sectorFact
	Rest, Known bool
}

// sectorFact is one further figure of a sector.
type sectorFact struct{ Value, Label, Why string }

type sectorsView struct {
	Lines []sectorLine
	Plan  []fact // how the city's plan groups the sectors
}

func (v *visit) sectorsDrawn(lang khue.Lang, s sectors) drawn {
	a := s.now
	column := columnOf(a, sectorMeasures[0])
	c := card{
		ID: "sectors", Source: v.sourceLine(lang, a), Evidence: []evidence{v.evidenceOf(lang, a)}, CSV: v.addressOf(lang, "sectors.csv"),
		Subtitle: textf("Thanh là %[1]s tại chỗ theo lĩnh vực chính của sự kiện, %[3]s", "Bars are on-site %[2]s by the main discipline of the event, %[4]s",
			column.Unit.VI, column.Unit.EN, spanName(khue.Vietnamese, v.frame.shown), spanName(khue.English, v.frame.shown)).In(lang),
	}
	for _, w := range v.completeLine(lang, a.Completeness...) { // one word is enough where several measures are not determined
		if !slices.ContainsFunc(c.Complete, func(said completeWords) bool { return said.Text == w.Text }) {
			c.Complete = append(c.Complete, w)
		}
	}
	if len(s.before.Rows) > 0 {
		c.Subtitle += textf("; vạch đứng là %s", "; the upright mark is %s", v.frame.beforeName(lang)).In(lang)
		c.Evidence = append(c.Evidence, v.evidenceOf(lang, s.before))
	}
	view := sectorsView{}
	edition, ok := v.sectorEdition()
	if !ok {
		c.Empty = text("Danh mục ngành của Nghị quyết không có trong định nghĩa đang dùng.", "The definitions in force hold no list of the resolution's sectors.").In(lang)
		return drawn{card: c, body: "sectors", view: view}
	}
	view.Lines = sectorLines(lang, s, edition)
	c.Title = sectorsTitle(lang, view.Lines, a, edition)
	c.Notes = append(c.Notes,
		text("Lĩnh vực nào thuộc ngành nào là cách hiểu của chúng tôi; không có bảng đối chiếu chính thức. Trang này chưa có doanh thu, lao động và giá trị tăng thêm của từng ngành.",
			"Which discipline belongs to which sector is our reading; there is no official table. Revenue, workers and value added of each sector are not on this page yet.").In(lang))
	for _, n := range a.Notes {
		c.Notes = append(c.Notes, n.In(lang))
	}
	if p, err := v.site.service.Catalogue().Programme(resolutionID); err == nil {
		for _, g := range p.Groups {
			view.Plan = append(view.Plan, fact{g.Title.In(lang), g.Contents.In(lang) + " (" + g.Citation + ")"})
		}
	}
	c.Table = sectorsTable(lang, s, edition, v.frame.beforeName(lang), c.Subtitle)
	return drawn{card: c, body: "sectors", view: view}
}

func (v *visit) sectorEdition() (indicators.Edition, bool) {
	w, err := v.site.service.Catalogue().Crosswalk(sectorList)
	if err != nil {
		return indicators.Edition{}, false
	}
	return w.InForce(v.frame.today), true
}

// sectorRows orders an answer: the sectors by visitors, the largest first, also
// those without any row, then what has no counterpart.
func sectorRows(a indicators.Answer, edition indicators.Edition) []int {
	rank := func(row int) int {
		code := a.Rows[row].Keys[0].Code
		if slices.ContainsFunc(edition.Codes, func(c indicators.Code) bool { return c.Code == code }) {
			return 0
		}
		return 1
	}
	rows := make([]int, len(a.Rows))
	for i := range rows {
		rows[i] = i
	}
	slices.SortStableFunc(rows, func(i, j int) int {
		return cmp.Or(rank(i)-rank(j), cmp.Compare(a.Rows[j].Values[0].Number, a.Rows[i].Values[0].Number))
	})
	return rows
}

func sectorLines(lang khue.Lang, s sectors, edition indicators.Edition) []sectorLine {
	a := s.now
	var out []sectorLine
	longest := 0.0
	for _, row := range a.Rows {
		longest = max(longest, row.Values[0].Number, s.earlier(row.Keys[0].Code).Number)
	}
	seen := map[string]bool{}
	for _, i := range sectorRows(a, edition) {
		row := a.Rows[i]
		seen[row.Keys[0].Code] = true
		l := sectorLine{
			Name: row.Keys[0].Name.In(lang), Made: madeOf(lang, edition, row.Keys[0].Code, row.Keys[0].Name.In(lang)), Value: figure(lang, row.Values[0], columnOf(a, sectorMeasures[0])), Known: row.Values[0].Known, Why: whyOf(a, i, 0),
			Rest: !slices.ContainsFunc(edition.Codes, func(c indicators.Code) bool { return c.Code == row.Keys[0].Code }),
		}
		if l.Known && longest > 0 {
			l.Share, l.Mark = round1(100*row.Values[0].Number/longest), round1(100*s.earlier(row.Keys[0].Code).Number/longest)
		}
		for m, name := range sectorMeasures[1:] {
			if value := row.Values[m+1]; value.Known || value.Suppressed {
				l.Facts = append(l.Facts, sectorFact{exact(lang, value, 0), lowered(columnOf(a, name).Label.In(lang)), whyOf(a, i, m+1)})
			}
		}
		out = append(out, l)
	}
	at := slices.IndexFunc(out, func(l sectorLine) bool { return l.Rest })
	if at < 0 {
		at = len(out)
	}
	for _, c := range edition.Codes {
		if !seen[c.Code] {
			out = slices.Insert(out, at, sectorLine{Name: c.Label.In(lang), Made: madeOf(lang, edition, c.Code, c.Label.In(lang)), Value: locale.Unknown(lang)})
			at++
		}
	}
	return out
}

// madeOf names the disciplines that an edition reads as a code, where they say
// more than its own name.
func madeOf(lang khue.Lang, edition indicators.Edition, code, name string) string {
	var names []string
	for _, d := range khue.Disciplines() {
		of := edition.Of(d.Code)
		here := slices.ContainsFunc(of.Shares, func(s indicators.Share) bool { return s.Code == code })
		if none := code == indicators.NoCounterpart && of.None != (khue.Text{}); here || none {
			names = append(names, d.Name.In(lang))
		}
	}
	if made := listed(lang, names); made != name {
		return made
	}
	return ""
}

func sectorsTitle(lang khue.Lang, lines []sectorLine, a indicators.Answer, edition indicators.Edition) string {
	total, silent, n := 0.0, 0, len(edition.Codes)
	for _, row := range a.Rows {
		total += row.Values[0].Number
	}
	for _, l := range lines {
		if !l.Rest && !l.Known {
			silent++
		}
	}
	if total == 0 {
		return textf("%[1]d ngành mà Nghị quyết nêu: kỳ này chưa có số liệu lượt khách", "The %[1]d sectors that the resolution names: no visitors reported for this period", n).In(lang)
	}
	first := a.Rows[sectorRows(a, edition)[0]]
	title := textf("%[1]s đông khách nhất trong %[2]d ngành của Nghị quyết, %[3]s lượt khách", "%[1]s drew the most of the resolution's %[2]d sectors, %[3]s of all visits",
		first.Keys[0].Name.In(lang), n, locale.Percent(lang, first.Values[0].Number/total, 0)).In(lang)
	if silent > 0 {
		title += textf("; %[1]d ngành chưa có số liệu lượt khách", "; %[1]d without visitor figures", silent).In(lang)
	}
	return title
}

func sectorsTable(lang khue.Lang, s sectors, edition indicators.Edition, before, caption string) *table {
	a := s.now
	t := &table{Caption: caption, Head: []string{text("Ngành", "Sector").In(lang)}}
	for _, name := range sectorMeasures {
		column := columnOf(a, name)
		t.Head = append(t.Head, fmt.Sprintf("%s (%s)", column.Label.In(lang), column.Unit.In(lang)))
	}
	if len(s.before.Rows) > 0 {
		t.Head = append(t.Head, columnOf(a, sectorMeasures[0]).Label.In(lang)+", "+before)
	}
	for _, i := range sectorRows(a, edition) {
		row := tableRow{Cells: []cell{named(a.Rows[i].Keys[0].Name.In(lang))}}
		for m := range sectorMeasures {
			row.Cells = append(row.Cells, counted(lang, a.Rows[i].Values[m], 0).linked(whyOf(a, i, m)))
		}
		if len(s.before.Rows) > 0 {
			row.Cells = append(row.Cells, counted(lang, s.earlier(a.Rows[i].Keys[0].Code), 0))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
