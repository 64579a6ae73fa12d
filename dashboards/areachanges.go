package dashboards

import (
	"context"
	"slices"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// movement is a measure by area in the longest days of the period that have like
// days a year before.
type movement struct {
	sight
	then span // the days a year before; empty when there are none alike
}

// comparable are the last days of the period, a year of them at most, whose areas
// already existed a year before: wards and communes only since 1 July 2026.
func (v *visit) comparable() (days span, wards bool) {
	fr := v.frame
	if fr.whole.empty() {
		return span{}, true
	}
	days, wards = fr.shown, true
	if v.alike(days.yearBefore(), true) && fr.filter.asNow() {
		return latest(days), true
	}
	if !fr.filter.asNow() {
		days, wards = fr.shown.era()
	}
	if first := khue.DistrictEra.AddDate(1, 0, 0); wards && days.From.Before(first) {
		days.From = first
	}
	return latest(days), wards
}

// latest is the last year of some days.
func latest(s span) span {
	if from := s.To.AddDate(-1, 0, 0); from.After(s.From) {
		s.From = from
	}
	return s
}

func (v *visit) gatherMovement(ctx context.Context) (movement, error) {
	days, wards := v.comparable()
	m := movement{sight: sight{days: days, wards: wards}}
	if days.empty() {
		return m, nil
	}
	m.then = days.yearBefore()
	answers, err := v.askAll(ctx, v.areaQuestion(days, areaMeasures...), v.areaQuestion(m.then, areaMeasures...))
	if err != nil {
		return movement{}, err
	}
	m.now, m.before = answers[0], answers[1]
	return m, nil
}

// mover is one area that rose or fell.
type mover struct{ Name, Link, Change, FromTo, Tone string }

// moverList is one side of the card.
type moverList struct {
	Heading, Nothing string
	Lines            []mover
}

// mostMovers is how many areas each side names.
const mostMovers = 6

func (v *visit) drawMovement(lang khue.Lang, m movement) drawn {
	c := card{ID: "area-changes", CSV: v.addressOf(lang, "area-changes.csv")}
	if m.then.empty() {
		c.Empty = text("Kỳ này chưa có những ngày nào so được với cùng kỳ năm trước theo từng địa bàn: phường, xã hiện nay chỉ có từ 01/07/2025 và không khớp với quận, huyện cũ.",
			"No days of this period can be compared with a year before area by area: today's wards and communes exist since 1 July 2025 and do not nest in the former districts.").In(lang)
		if v.frame.whole.empty() {
			c.Empty = text("Kỳ này chưa trọn tháng nào nên chưa so sánh với năm trước.", "This period has no whole month yet, so nothing is compared with the year before.").In(lang)
		}
		return drawn{card: c, body: "areachanges"}
	}
	f := v.areaFigures(m.sight)
	c.Source, c.Evidence = v.sourceLine(lang, only(m.now, f.measure)), []evidence{v.evidenceOf(lang, only(m.now, f.measure)), v.evidenceOf(lang, only(m.before, f.measure))}
	c.Subtitle = textf("%[1]s %[2]s, so với %[3]s", "%[1]s %[2]s, against %[3]s", f.column.Label.In(lang), spanIn(lang, m.days), spanName(lang, m.then)).In(lang)
	if f.measure == "members" { // a stock: what holds at the end
		c.Subtitle = textf("%[1]s vào %[2]s, so với %[3]s", "%[1]s on %[2]s, against %[3]s", f.column.Label.In(lang),
			locale.Date(lang, m.days.To.AddDate(0, 0, -1)), locale.Date(lang, m.then.To.AddDate(0, 0, -1))).In(lang)
	} else if m.days != v.frame.shown && m.wards {
		c.Notes = append(c.Notes, text("Chỉ so những tháng có phường, xã ở cả hai năm, tức từ 01/07.", "Only the months with wards and communes in both years are compared, those since 1 July.").In(lang))
	}
	rows := m.rows(f.measure)
	both := slices.DeleteFunc(own(rows), func(p portion) bool { return !p.now.Known || !p.before.Known })
	slices.SortStableFunc(both, func(a, b portion) int {
		return larger(a.now.Number-a.before.Number, b.now.Number-b.before.Number, a.key.Code, b.key.Code)
	})
	if len(both) == 0 {
		c.Empty = text("Chưa nơi nào có số liệu ở cả hai năm.", "No area has figures in both years.").In(lang)
		return drawn{card: c, body: "areachanges"}
	}
	c.Title = movementTitle(lang, m, f, both)
	c.Table = movementTable(lang, m, f, both)
	c.Summary = c.Title + "."
	return drawn{card: c, body: "areachanges", view: v.movers(lang, f, both)}
}

func movementTitle(lang khue.Lang, m movement, f areaFigures, both []portion) string {
	rose := 0
	for _, p := range both {
		if p.now.Number > p.before.Number {
			rose++
		}
	}
	return textf("%[1]d trên %[2]d %[3]s có %[5]s cao hơn năm trước", "%[1]d of %[2]d %[4]s have more %[6]s than a year before",
		rose, len(both), unitsOf(m.wards).VI, unitsOf(m.wards).EN, numberOf(f.measure).VI, amountOf(f.measure).EN).In(lang)
}

// movers are the areas that rose most and those that fell most.
func (v *visit) movers(lang khue.Lang, f areaFigures, both []portion) []moverList {
	up := moverList{Heading: text("Tăng nhiều nhất", "Rose most").In(lang), Nothing: text("Không nơi nào tăng.", "No area rose.").In(lang)}
	down := moverList{Heading: text("Giảm nhiều nhất", "Fell most").In(lang), Nothing: text("Không nơi nào giảm.", "No area fell.").In(lang)}
	line := func(p portion, tone string) mover {
		return mover{
			Name: p.key.Name.In(lang), Link: v.linkTo(p.key.Code), Tone: tone,
			Change: locale.SignedNumber(lang, p.now.Number-p.before.Number, f.column.Decimals),
			FromTo: exact(lang, p.before, f.column.Decimals) + " → " + exact(lang, p.now, f.column.Decimals),
		}
	}
	for _, p := range both {
		if p.now.Number > p.before.Number && len(up.Lines) < mostMovers {
			up.Lines = append(up.Lines, line(p, "good"))
		}
	}
	for _, p := range slices.Backward(both) {
		if p.now.Number < p.before.Number && len(down.Lines) < mostMovers {
			down.Lines = append(down.Lines, line(p, "bad"))
		}
	}
	return []moverList{up, down}
}

func movementTable(lang khue.Lang, m movement, f areaFigures, both []portion) *table {
	t := &table{Caption: f.column.Label.In(lang), Head: []string{
		text("Địa bàn", "Area").In(lang), capital(spanName(lang, m.days)), capital(spanName(lang, m.then)), text("Chênh lệch", "Difference").In(lang), text("Thay đổi", "Change").In(lang),
	}}
	for _, p := range both {
		difference := indicators.Value{Number: p.now.Number - p.before.Number, Known: true}
		d := counted(lang, difference, f.column.Decimals)
		d.Text = locale.SignedNumber(lang, difference.Number, f.column.Decimals)
		t.Rows = append(t.Rows, tableRow{Cells: []cell{
			named(p.key.Name.In(lang)), counted(lang, p.now, f.column.Decimals).linked(p.why),
			counted(lang, p.before, f.column.Decimals).linked(p.whyBefore), d, changed(lang, indicators.Change(p.now, p.before)),
		}})
	}
	return t
}
