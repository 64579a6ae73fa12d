package dashboards

import (
	"slices"

	"khue"
	"khue/locale"
)

// emptyAreas are the areas of the division shown without a recorded event.
func (s sight) emptyAreas() []khue.Area {
	seen := map[string]bool{}
	for _, r := range s.rows("events") {
		seen[r.key.Code] = r.now.Suppressed || r.now.Number > 0
	}
	if len(seen) == 0 || s.unconverted("events") > 0 {
		return nil // nothing is known of any area, or not where some events were
	}
	last := s.days.To.AddDate(0, 0, -1)
	var out []khue.Area
	for _, a := range khue.Areas() {
		if a.Tree() == treeOf(s.wards) && a.ValidOn(last) && !seen[a.Code] {
			out = append(out, a)
		}
	}
	collator := locale.Collator()
	slices.SortStableFunc(out, func(a, b khue.Area) int { return collator.CompareString(a.Name.VI, b.Name.VI) })
	return out
}

// namedArea is an area that a reader can open.
type namedArea struct{ Name, Link string }

func (v *visit) drawEmptyAreas(lang khue.Lang, s sight) drawn {
	units := unitsOf(s.wards)
	c := card{
		ID: "areas-empty", Subtitle: textf("%[1]s không có sự kiện nào trong sổ %[2]s", "%[1]s without an event on record %[2]s", capital(units.In(lang)), spanIn(lang, s.days)).In(lang),
		Source: v.sourceLine(lang, only(s.now, "events")), Evidence: []evidence{v.evidenceOf(lang, only(s.now, "events"))}, CSV: v.addressOf(lang, "areas-empty.csv"),
	}
	if len(s.rows("events")) == 0 {
		c.Empty = text("Kỳ và bộ lọc này chưa có sự kiện nào được ghi nhận ở bất cứ đâu.", "No event is on record anywhere for this period and these filters.").In(lang)
		return drawn{card: c, body: "areasempty"}
	}
	if lost := s.unconverted("events"); lost > 0 {
		c.Empty = textf("%s sự kiện của kỳ này thuộc các quận, huyện cũ và chưa quy đổi được, nên chưa thể nói nơi nào chưa có sự kiện. Hãy xem theo địa giới lúc phát sinh.",
			"%s events of this period were in the former districts and cannot be led on, so it cannot be said which areas have none. Show areas as they were then.", locale.Number(lang, lost, 0)).In(lang)
		return drawn{card: c, body: "areasempty"}
	}
	empty := s.emptyAreas()
	if len(empty) == 0 {
		c.Title = textf("Tất cả %s đều có sự kiện", "All %s have events", units.In(lang)).In(lang)
		c.Empty = text("Không nơi nào vắng sự kiện trong kỳ này.", "No area is without an event in this period.").In(lang)
		return drawn{card: c, body: "areasempty"}
	}
	c.Title = textf("%[1]d %[2]s chưa ghi nhận sự kiện nào", "%[1]d %[2]s have no event on record", len(empty), units.In(lang)).In(lang)
	c.Notes = append(c.Notes, text("Chưa ghi nhận không có nghĩa là không diễn ra: có thể nơi đó chưa báo cáo.", "Not on record does not mean that nothing took place: the area may not have reported.").In(lang))
	elsewhere := 0.0
	for _, r := range s.rows("events") {
		if r.foreign {
			elsewhere += r.now.Number
		}
	}
	if elsewhere > 0 {
		c.Notes = append(c.Notes, textf("%s sự kiện không ghi địa bàn hoặc ghi mã không có hiệu lực vào ngày đó, nên chưa biết ở đâu.", "%s events state no area, or a code that was not in force on the day, so where they were is not known.", locale.Number(lang, elsewhere, 0)).In(lang))
	}
	c.Table = &table{Caption: c.Subtitle, Head: []string{text("Mã", "Code").In(lang), text("Địa bàn", "Area").In(lang)}}
	var names []namedArea
	for _, a := range empty {
		names = append(names, namedArea{a.Name.In(lang), v.linkTo(a.Code)})
		c.Table.Rows = append(c.Table.Rows, tableRow{Cells: []cell{named(a.Code), named(a.Name.In(lang))}})
	}
	c.Summary = c.Title
	return drawn{card: c, body: "areasempty", view: names}
}
