package dashboards

import (
	"fmt"
	"slices"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// sightView is the map with the ranking and, where small areas crowd, the core
// of the city enlarged.
type sightView struct {
	Map     *tileMap
	Heading string
	Ranking []ranked
}

// areaFigures is the measure as the map shows it: whole or divided.
type areaFigures struct {
	measure string
	per     base
	column  indicators.Column
}

func (v *visit) areaFigures(s sight) areaFigures {
	measure := v.frame.filter.measureOr(areaMeasure)
	return areaFigures{measure, base(v.frame.filter.picks.per), columnOf(s.now, measure)}
}

// decimals of a figure that is divided: visits come in hundreds, events in
// tenths.
func (f areaFigures) decimals() int {
	switch {
	case f.per == wholeFigures:
		return f.column.Decimals
	case f.measure == "visitors":
		return 1
	}
	return 2
}

func (f areaFigures) words(lang khue.Lang) mapWords {
	unit := amountOf(f.measure).In(lang) + f.per.unit().In(lang)
	return mapWords{decimals: f.decimals(), some: text("có số liệu", "with figures"), says: func(v indicators.Value) string {
		return exact(lang, v, f.decimals()) + " " + unit
	}}
}

func (v *visit) drawSight(lang khue.Lang, s sight) drawn {
	f := v.areaFigures(s)
	rows := s.rows(f.measure)
	parts := own(rows)
	if f.per != wholeFigures {
		parts = v.perArea(f.per, parts, s.lastDay())
	}
	c := card{
		ID: "area-map", Source: v.sourceLine(lang, only(s.now, f.measure)), CSV: v.addressOf(lang, "area-map.csv"),
		Evidence: []evidence{v.evidenceOf(lang, only(s.now, f.measure))}, Notes: v.sightNotes(lang, s),
	}
	if at := measureAt(f.measure); at < len(s.now.Completeness) {
		c.Complete = v.completeLine(lang, s.now.Completeness[at])
	}
	c.Subtitle = v.sightSubtitle(lang, s, f)
	c.Table = v.sightTable(lang, s, f, rows)
	if len(parts) == 0 {
		c.Empty = v.sightEmpty(lang, s, f)
		if len(rows) == 0 {
			c.Table = nil
		}
		return drawn{card: c, body: "areasight"}
	}
	c.Title = v.sightTitle(lang, s, f, parts, rows)
	c.Summary = text("Bản đồ và bảng xếp hạng. ", "Map and ranking. ").In(lang) + c.Title + "."
	view := sightView{Map: v.mapOfTree(lang, treeOf(s.wards), parts, f.words(lang))}
	c.Drawn = view.Map != nil
	most := len(parts) // without a map there is room for all districts
	if view.Map != nil {
		view.Map.Says, most = c.Summary, sightRanked
	}
	view.Ranking = v.sightRanking(lang, f, parts, most)
	view.Heading = textf("%[1]s đứng đầu", "Leading %[1]s", capital(unitsOf(s.wards).VI)).In(khue.Vietnamese)
	if lang == khue.English {
		view.Heading = "Leading " + unitsOf(s.wards).EN
	}
	d := drawn{card: c, body: "areasight", view: view}
	if view.Map != nil {
		d.drawing = view.Map.drawing
	}
	return d
}

// sightEmpty says why there is no map.
func (v *visit) sightEmpty(lang khue.Lang, s sight, f areaFigures) string {
	switch {
	case f.per != wholeFigures && len(s.rows(f.measure)) > 0 && !v.frame.filter.asNow():
		return v.missingBase(lang, f.per)
	case v.frame.filter.asNow() && len(s.rows(f.measure)) > 0:
		return text("Chưa có bảng quy đổi chính thức từ quận, huyện cũ sang phường, xã hiện nay, nên số liệu của kỳ này chưa phân được theo địa giới hiện nay. Hãy xem theo địa giới lúc phát sinh.",
			"There is no official table leading the former districts on to today's wards and communes, so the figures of this period cannot be shown by today's areas. Show areas as they were then.").In(lang)
	}
	return text("Kỳ và bộ lọc này chưa có số liệu theo địa bàn. Hãy chọn kỳ khác hoặc bỏ bớt bộ lọc.",
		"No figures by area for this period and these filters. Choose another period or fewer filters.").In(lang)
}

func (v *visit) sightSubtitle(lang khue.Lang, s sight, f areaFigures) string {
	sub := f.column.Label.In(lang) + f.per.words().In(lang)
	when := spanIn(lang, s.days)
	if f.measure == "members" {
		when = text("vào ", "on ").In(lang) + locale.Date(lang, s.days.To.AddDate(0, 0, -1))
	}
	sub += ", " + when
	if slices.ContainsFunc(s.before.Rows, func(r indicators.Row) bool { return r.Values[measureAt(f.measure)].Known }) {
		sub += textf("; vạch đứng là %s", "; the upright mark is %s", v.frame.beforeName(lang)).In(lang)
	}
	return sub
}

func (v *visit) sightNotes(lang khue.Lang, s sight) []string {
	notes := append(v.mapNote(lang, s.wards), areaNotes(lang, s.wards, s.cut)...)
	if v.frame.filter.asNow() && len(v.site.service.Catalogue().Correspondences()) == 0 && s.days.From.Before(khue.DistrictEra) {
		notes = append(notes, text("Theo địa giới hiện nay: chưa có bảng quy đổi chính thức, nên số liệu trước 01/07/2025 để riêng ở dòng “chưa quy đổi được”.",
			"By today's areas: there is no official table of conversion, so figures before 1 July 2025 stand apart as not convertible.").In(lang))
	}
	notes = append(notes, v.residentsNote(lang, own(s.rows(v.frame.filter.measureOr(areaMeasure))), s.lastDay()))
	return append(notes, notesOf(lang, s.now)...)
}

func (v *visit) sightTitle(lang khue.Lang, s sight, f areaFigures, parts []portion, rows []areaRow) string {
	units := unitsOf(s.wards)
	if f.per != wholeFigures {
		return textf("%[1]s cao nhất: %[2]s", "%[1]s has the most: %[2]s", parts[0].key.Name.In(lang),
			locale.Number(lang, parts[0].now.Number, f.decimals())+" "+amountOf(f.measure).In(lang)).In(lang) + f.per.words().In(lang)
	}
	total, top := 0.0, 0.0
	for _, r := range rows {
		total += r.now.Number
	}
	for _, p := range parts[:min(3, len(parts))] {
		top += p.now.Number
	}
	if len(parts) < 4 || total == 0 {
		return f.column.Label.In(lang) + text(" theo địa bàn", " by area").In(lang)
	}
	title := textf("Ba %[1]s đứng đầu chiếm %[3]s %[4]s", "Three %[2]s hold %[3]s of %[5]s", units.VI, units.EN, shareWords(lang, top/total), wholeOf(f.measure).VI, wholeOf(f.measure).EN).In(lang)
	if missing := countOf(s.wards, s.days.To.AddDate(0, 0, -1)) - len(parts); missing > 0 {
		title += textf("; %[1]d %[2]s chưa có số liệu", "; %[1]d have no figures", missing, units.VI).In(lang)
	}
	return title
}

// sightRanked is how many areas the ranking beside a map names.
const sightRanked = 12

// sightRanking names the leading areas, and the chosen one where it is not among them.
func (v *visit) sightRanking(lang khue.Lang, f areaFigures, parts []portion, most int) []ranked {
	longest := 0.0
	for _, p := range parts[:min(len(parts), most)] {
		longest = max(longest, p.now.Number, p.before.Number)
	}
	var out []ranked
	for i, p := range parts {
		chosen := p.key.Code == v.frame.filter.area
		if i >= most && !chosen {
			continue
		}
		value := locale.Compact(lang, p.now.Number, f.decimals())
		if p.now.Suppressed {
			value = locale.WithheldSign
		}
		r := ranked{Rank: i + 1, Name: p.key.Name.In(lang), Value: value, Link: v.linkTo(p.key.Code), Chosen: chosen}
		if longest > 0 {
			r.Share, r.Mark = round1(100*p.now.Number/longest), round1(100*p.before.Number/longest)
		}
		out = append(out, r)
	}
	if others := len(parts) - len(out); others > 0 {
		out = append(out, ranked{Rest: true, Name: textf("%d nơi khác, trong bảng số liệu", "%d others, in the table", others).In(lang)})
	}
	return out
}

// sightTable has every area with all that is known of it.
func (v *visit) sightTable(lang khue.Lang, s sight, f areaFigures, rows []areaRow) *table {
	t := &table{Caption: f.column.Label.In(lang) + ", " + spanIn(lang, s.days), Head: []string{
		text("Địa bàn", "Area").In(lang), f.column.Label.In(lang), text("Tỷ trọng", "Share").In(lang), "km²", text("Trên mỗi km²", "Per km²").In(lang),
	}}
	compared := slices.ContainsFunc(rows, func(r areaRow) bool { return r.before.Known })
	if compared {
		t.Head = append(t.Head, capital(v.frame.beforeName(lang)), text("Thay đổi", "Change").In(lang))
	}
	total := 0.0
	for _, r := range rows {
		total += r.now.Number
	}
	density := areaFigures{f.measure, perKM2, f.column}
	if v.site.residents != nil {
		t.Head = append(t.Head, residentsHead(lang)...)
	}
	for _, r := range rows {
		a, _ := khue.AreaOf(r.key.Code)
		way := ""
		if !r.foreign {
			way = v.areaWay(r.key.Code)
		}
		line := tableRow{Cells: []cell{named(r.key.Name.In(lang)).leading(way), counted(lang, r.now, f.column.Decimals).linked(r.why), {Text: "–", Number: true}, {Text: "–", Number: true}}}
		if r.now.Known && total > 0 {
			line.Cells[2] = portionCell(lang, r.now.Number/total)
		}
		if a.KM2 > 0 {
			line.Cells[3] = cell{Text: locale.Number(lang, a.KM2, 2), Number: true, raw: fmt.Sprintf("%.2f", a.KM2)}
		}
		line.Cells = append(line.Cells, counted(lang, v.dividedBy(perKM2, r.now, a, s.lastDay()), density.decimals()))
		if compared {
			line.Cells = append(line.Cells, counted(lang, r.before, f.column.Decimals).linked(r.whyBefore), changed(lang, indicators.Change(r.now, r.before)))
		}
		if v.site.residents != nil {
			line.Cells = append(line.Cells, v.residentsCells(lang, r.now, a, s.lastDay(), density.decimals())...)
		}
		if r.foreign {
			line.Note = v.foreignNote(lang, r)
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}

// foreignNote says why a row is not on the map.
func (v *visit) foreignNote(lang khue.Lang, r areaRow) string {
	switch r.key.Code {
	case "":
		return text("không ghi địa bàn", "no area stated").In(lang)
	case indicators.Unconverted:
		return text("của các quận, huyện cũ, chưa có bảng quy đổi chính thức", "of the former districts, without an official table of conversion").In(lang)
	}
	return text("mã địa bàn không có hiệu lực vào ngày phát sinh", "reported under a code that was not in force on the day").In(lang)
}
