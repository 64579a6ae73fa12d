package dashboards

import (
	"context"
	"math"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// places is the visitors by area. Like mixture it speaks of every area.
type places struct {
	now, before indicators.Answer
}

// era is the part of some days in which the units of one kind existed. Days
// across the change are cut to the longer part: the units of the two do not nest
// and cannot stand in one list.
func (s span) era() (days span, wards bool) {
	before, since := s, s
	before.To, since.From = minTime(s.To, khue.DistrictEra), khue.DistrictEra
	if s.From.After(khue.DistrictEra) {
		since.From = s.From
	}
	if since.To.Sub(since.From) >= before.To.Sub(before.From) {
		return since, true
	}
	return before, false
}

func (v *visit) gatherPlaces(ctx context.Context) (places, error) {
	fr := v.frame
	area := fr.filter.area
	fr.filter.area = ""
	days, wards := fr.shown.era()
	questions := []indicators.Question{fr.question(days, []string{areaName}, "visitors")}
	if !fr.before.empty() && !fr.long && area == "" && days == fr.shown {
		if before, alike := fr.before.era(); alike == wards && before == fr.before {
			questions = append(questions, fr.question(fr.before, []string{areaName}, "visitors"))
		}
	}
	answers, err := v.askAll(ctx, questions...)
	if err != nil {
		return places{}, err
	}
	p := places{now: answers[0]}
	if len(answers) > 1 {
		p.before = answers[1]
	}
	return p, nil
}

// ranked is one line of the ranking beside the map.
type ranked struct {
	Rank         int
	Name, Value  string
	Link         string
	Share        float64 // of the largest, in percent, the width of its bar
	Mark         float64 // of the year before, likewise; 0 without
	Chosen, Rest bool
}

// areasView is the part about areas: the map, the ranking, what stands around.
type areasView struct {
	card
	Map     *tileMap // nil when the period has no wards
	Ranking []ranked
	Heading string // of the ranking, says which kind of unit
}

// rankedAreas is how many areas the ranking names.
const rankedAreas = 8

func (v *visit) areasView(lang khue.Lang, p places) areasView {
	fr := v.frame
	days, wards := fr.shown.era()
	column := columnOf(p.now, "visitors")
	all := leadOn(partsOf(p.now, p.before), v.areaWay)
	view := areasView{card: card{
		ID: "areas", Title: text("Lượt khách theo địa bàn", "Visitors by area").In(lang),
		Subtitle: column.Label.In(lang) + text(" theo nơi tổ chức, ", " by place, ").In(lang) + column.Unit.In(lang),
		Source:   v.sourceLine(lang, p.now), Evidence: []evidence{v.evidenceOf(lang, p.now)}, Complete: v.completeLine(lang, p.now.Completeness...),
		CSV: v.addressOf(lang, "areas.csv"),
	}}
	if len(p.before.Rows) > 0 {
		view.Subtitle += textf("; vạch đứng là %s", "; the upright mark is %s", fr.beforeName(lang)).In(lang)
	}
	if days != fr.shown {
		view.Subtitle += ", " + spanName(lang, days)
	}
	view.Notes = append(v.mapNote(lang, wards), areaNotes(lang, wards, days != fr.shown)...)
	if totalOf(all) == 0 {
		view.Empty = text("Kỳ và bộ lọc này chưa có số liệu theo địa bàn.", "No figures by area for this period and these filters.").In(lang)
		return view
	}
	view.Heading = text("Quận, huyện đông khách nhất", "Busiest districts").In(lang)
	if wards {
		view.Heading = text("Phường, xã đông khách nhất", "Busiest wards and communes").In(lang)
		view.Map = v.areaMap(lang, all, visitWords(lang))
		view.Drawn = view.Map != nil
	}
	view.Title = areaTitle(lang, all, wards)
	view.Ranking = v.ranking(lang, all)
	view.Table = v.partsTable(lang, text("Địa bàn", "Area").In(lang), column, all, view.Subtitle)
	view.Summary = text("Bản đồ và bảng xếp hạng. ", "Map and ranking. ").In(lang) + view.Title + "."
	if view.Map != nil {
		view.Map.Says = view.Summary
	}
	return view
}

func isWard(a khue.Area) bool { return a.Kind == khue.Ward || a.Kind == khue.Commune }

// mapNote says what the map is drawn of.
func (v *visit) mapNote(lang khue.Lang, wards bool) []string {
	if _, drawn := v.site.boundaries.of(treeOf(wards)); drawn {
		return []string{text("Ranh giới lấy từ tệp bản đồ được cấu hình, đã giản lược nét để hiển thị.",
			"Boundaries are those of the configured map file, simplified to be shown.").In(lang)}
	}
	if wards {
		return []string{text("Mỗi ô là một phường hoặc xã, cùng cỡ và đặt gần đúng vị trí; đây không phải là ranh giới.",
			"Each tile is a ward or commune, all of one size and about where it lies; these are not boundaries.").In(lang)}
	}
	return nil
}

// areaNotes say which division of the city is shown.
func areaNotes(lang khue.Lang, wards, cut bool) []string {
	var notes []string
	switch {
	case cut && wards:
		notes = append(notes, text("Kỳ này vắt qua ngày 01/07/2025. Quận, huyện cũ và phường, xã hiện nay không khớp nhau nên không cộng chung; ở đây chỉ có phần từ 01/07/2025. Chọn một kỳ trước đó để xem quận, huyện.",
			"This period spans 1 July 2025. The former districts and today's wards and communes do not nest and are not added up; only the part since then is shown. Choose an earlier period to see districts.").In(lang))
	case cut:
		notes = append(notes, text("Kỳ này vắt qua ngày 01/07/2025. Quận, huyện cũ và phường, xã hiện nay không khớp nhau nên không cộng chung; ở đây chỉ có phần đến 30/06/2025. Chọn một kỳ từ năm 2026 để xem phường, xã.",
			"This period spans 1 July 2025. The former districts and today's wards and communes do not nest and are not added up; only the part until 30 June 2025 is shown. Choose a period from 2026 to see wards and communes.").In(lang))
	case !wards:
		notes = append(notes, text("Theo quận, huyện, thị xã có đến hết ngày 30/06/2025.", "By the districts that existed until 30 June 2025.").In(lang))
	}
	return notes
}

func areaTitle(lang khue.Lang, parts []portion, wards bool) string {
	total, known := totalOf(parts), 0
	var top float64
	for i, p := range parts {
		if p.key.Code == "" {
			continue
		}
		known++
		if i < 3 {
			top += p.now.Number
		}
	}
	units := text("quận, huyện", "districts")
	if wards {
		units = text("phường, xã", "wards and communes")
	}
	if known < 4 || total == 0 {
		return text("Lượt khách theo ", "Visitors by ").In(lang) + text(units.VI, "area").In(lang)
	}
	share := locale.Percent(lang, top/total, 0)
	title := textf("Ba %[1]s đông nhất đón %[3]s lượt khách", "Three %[2]s receive %[3]s of all visits", units.VI, units.EN, share).In(lang)
	if missing := len(wardTiles()) - known; wards && missing > 0 {
		title += textf("; %[1]d %[2]s chưa có số liệu", "; %[1]d have no figures", missing, units.VI).In(lang)
	}
	return title
}

// linkTo leads to the page on areas, about an area; of the one that is chosen
// already, back to all. It is "" where the period has no day of the area.
func (v *visit) linkTo(area string) string {
	f := v.frame.filter
	if f.area = area; area == v.frame.filter.area {
		f.area = ""
	}
	if f.agrees(v.frame.today) != nil || f.picks.agrees(f.area) != nil {
		return ""
	}
	return address(areasPath, f.query(), "")
}

// areaWay is linkTo for what a source wrote as an area: a code that no area has
// leads nowhere.
func (v *visit) areaWay(code string) string {
	if _, known := khue.AreaOf(code); !known {
		return ""
	}
	return v.linkTo(code)
}

func (v *visit) ranking(lang khue.Lang, parts []portion) []ranked {
	var out []ranked
	if len(parts) == 0 {
		return nil
	}
	longest := parts[0].now.Number
	for _, p := range parts[:min(len(parts), rankedAreas)] {
		longest = math.Max(longest, p.before.Number)
	}
	rest, others := 0.0, 0
	for i, p := range parts {
		if len(out) >= rankedAreas || p.key.Code == "" {
			rest, others = rest+p.now.Number, others+1
			continue
		}
		r := ranked{
			Rank: i + 1, Name: p.key.Name.In(lang), Value: locale.Compact(lang, p.now.Number, 0), Link: v.linkTo(p.key.Code),
			Chosen: p.key.Code == v.frame.filter.area,
		}
		if longest > 0 {
			r.Share, r.Mark = round1(100*p.now.Number/longest), round1(100*p.before.Number/longest)
		}
		out = append(out, r)
	}
	if others > 0 {
		out = append(out, ranked{
			Rest: true, Value: locale.Compact(lang, rest, 0),
			Name: textf("%d nơi khác", "%d others", others).In(lang),
		})
	}
	return out
}

func round1(v float64) float64 { return math.Round(v*10) / 10 }
