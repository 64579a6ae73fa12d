package dashboards

import (
	"context"
	"encoding/json"

	"khue"
	"khue/indicators"
	"khue/locale"
)

func (v *visit) drawMemberAreas(lang khue.Lang, m makeup) drawn {
	all := leadOn(m.present(), v.toArea("members"))
	shown, others := ofTree(all, khue.WardTree)
	if totalOf(shown) == 0 {
		shown, others = ofTree(all, khue.DistrictTree)
	}
	c := v.makeupCard(lang, "network-areas", m, all, text("Địa bàn", "Area"))
	if c.Chart == "" {
		return drawn{card: c}
	}
	if totalOf(shown) == 0 {
		c.Chart, c.Empty = "", text("Sổ thành viên chưa ghi địa bàn của ai.", "The register does not say where any member is.").In(lang)
		return drawn{card: c}
	}
	top := shown[:min(3, len(shown))]
	c.Title = textf("%[1]s chiếm %[2]s số thành viên", "%[1]s: %[2]s of members", listed(lang, namesOf(lang, top)), locale.Percent(lang, totalOf(top)/totalOf(all), 0)).In(lang)
	if n := totalOf(others); n > 0 {
		c.Notes = append(c.Notes, textf("%[1]s thành viên được ghi theo cách chia địa bàn khác hoặc chưa rõ địa bàn; họ chỉ có trong bảng, không cộng chung.",
			"%[1]s members are recorded under the other division of the city or without an area; they are in the table alone and are not added to these.", locale.Number(lang, n, 0)).In(lang))
	}
	c.Notes = append(c.Notes, text("Theo nơi đặt trụ sở mà sổ thành viên ghi hiện nay.", "By the seat that the register has now.").In(lang))
	c.Notes = append(c.Notes, moreThanBars(lang, len(shown))...)
	c.Summary = text("Biểu đồ thanh. ", "Bar chart. ").In(lang) + c.Title + "."
	leads := []int{0, 1, 2} // those of the title, unless an area is chosen
	if v.frame.filter.area != "" {
		leads = []int{leadOf(shown, v.frame.filter.area)}
	}
	return drawn{card: c, option: func() (json.RawMessage, error) {
		return v.makeupOption(lang, shown, leads)
	}}
}

// ofTree parts the areas of one division of the city from the others.
func ofTree(parts []portion, tree khue.AreaTree) (of, others []portion) {
	for _, p := range parts {
		if p.key.Tree == tree {
			of = append(of, p)
		} else {
			others = append(others, p)
		}
	}
	return of, others
}

func namesOf(lang khue.Lang, parts []portion) []string {
	var out []string
	for _, p := range parts {
		out = append(out, p.key.Name.In(lang))
	}
	return out
}

// moreThanBars says that the table goes on where the chart ends.
func moreThanBars(lang khue.Lang, n int) []string {
	if n <= mostBars {
		return nil
	}
	return []string{textf("Biểu đồ chỉ vẽ %[1]d nơi đầu; bảng có đủ %[2]d nơi.", "The chart draws the first %[1]d; the table has all %[2]d.", mostBars, n).In(lang)}
}

// activityPlaces is where the activities of members took place, in the part of the
// days shown in which one division of the city was in force.
type activityPlaces struct {
	makeup
	days  span
	wards bool
}

func (v *visit) gatherActivityPlaces(ctx context.Context) (activityPlaces, error) {
	fr := v.frame
	fr.filter.area, fr.filter.kind = "", ""
	p := activityPlaces{}
	p.days, p.wards = fr.shown.era()
	questions := []indicators.Question{fr.question(p.days, []string{areaName}, "activities")}
	if !fr.before.empty() && !fr.long && p.days == fr.shown {
		if before, alike := fr.before.era(); alike == p.wards && before == fr.before {
			questions = append(questions, fr.question(fr.before, []string{areaName}, "activities"))
		}
	}
	if v.frame.filter.kind != "" { // activities know their member, not its kind
		ids, err := v.idsOfKind(ctx)
		if err != nil {
			return p, err
		}
		for i := range questions {
			questions[i].Where["member"] = ids
		}
	}
	answers, err := v.askAll(ctx, questions...)
	if err != nil {
		return p, err
	}
	p.now = answers[0]
	if len(answers) > 1 {
		p.before = answers[1]
	}
	return p, nil
}

func (v *visit) idsOfKind(ctx context.Context) ([]string, error) {
	other := *v
	other.frame.filter.discipline, other.frame.filter.area = "", ""
	register, err := other.register(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(register))
	for _, m := range register {
		ids = append(ids, m.ID)
	}
	return ids, nil
}

func (v *visit) drawActivityPlaces(lang khue.Lang, p activityPlaces) drawn {
	parts := leadOn(p.present(), v.toArea("activities"))
	units := text("quận, huyện đến 30/06/2025", "districts until 30 June 2025")
	if p.wards {
		units = text("phường, xã từ 01/07/2025", "wards and communes since 1 July 2025")
	}
	c := card{
		Subtitle: textf("Số hoạt động của thành viên theo nơi diễn ra, %[1]s; theo %[3]s", "Activities of members by place, %[2]s; by %[4]s",
			spanName(khue.Vietnamese, p.days), spanName(khue.English, p.days), units.VI, units.EN).In(lang),
		Source: v.sourceLine(lang, p.now), Evidence: []evidence{v.evidenceOf(lang, p.now)}, Complete: v.completeLine(lang, p.now.Completeness...),
		Chart: v.fileOf(lang, "network-places"), CSV: v.fileOf(lang, "network-places.csv"),
	}
	if p.days != v.frame.shown {
		c.Notes = areaNotes(lang, p.wards, true)
	}
	named, _ := ofTree(parts, map[bool]khue.AreaTree{true: khue.WardTree, false: khue.DistrictTree}[p.wards])
	if totalOf(named) == 0 {
		c.Chart, c.Empty = "", text("Kỳ và bộ lọc này chưa có hoạt động nào được ghi địa bàn.", "No activity with an area is recorded for this period and these filters.").In(lang)
		return drawn{card: c}
	}
	top := named[:min(3, len(named))]
	c.Title = textf("%[1]s đón %[2]s số hoạt động", "%[1]s: %[2]s of activities", listed(lang, namesOf(lang, top)), locale.Percent(lang, totalOf(top)/totalOf(parts), 0)).In(lang)
	if len(p.before.Rows) > 0 {
		c.Subtitle += textf("; vạch đứng là %s", "; the upright mark is %s", v.frame.beforeName(lang)).In(lang)
	}
	c.Notes = append(c.Notes, moreThanBars(lang, len(named))...)
	c.Table = v.partsTable(lang, text("Địa bàn", "Area").In(lang), columnOf(p.now, "activities"), parts, c.Subtitle)
	c.Summary = text("Biểu đồ thanh. ", "Bar chart. ").In(lang) + c.Title + "."
	return drawn{card: c, option: func() (json.RawMessage, error) { return v.makeupOption(lang, named, []int{0, 1, 2}) }}
}
