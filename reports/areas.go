package reports

import (
	"context"
	"fmt"
	"time"

	"khue"
	"khue/indicators"
	"khue/reports/document"
)

// topAreas is how many areas are named; the rest is one row.
const topAreas = 10

// areas tells where the visits were. Districts and the wards that followed them
// do not nest, so a year that saw both gets a table for each.
func (p *paper) areas(ctx context.Context) error {
	p.part("Khách tham dự theo địa bàn", "Visits by area")
	from, to := p.window.from, p.window.to
	if from.Before(khue.DistrictEra) && to.After(khue.DistrictEra) {
		p.add(document.Text("%s", p.say(
			"Từ 01/07/2025 thành phố có 126 phường, xã thay cho 30 quận, huyện, thị xã. Hai hệ thống địa bàn không lồng vào nhau nên được trình bày riêng.",
			"On 1 July 2025, 126 wards and communes took the place of 30 districts and towns. The two do not nest, so they are told apart.")))
		if err := p.areaTable(ctx, "areas-districts", from, khue.DistrictEra, false); err != nil {
			return err
		}
		return p.areaTable(ctx, "areas", khue.DistrictEra, to, true)
	}
	return p.areaTable(ctx, "areas", from, to, true)
}

func (p *paper) areaTable(ctx context.Context, id string, from, to time.Time, tell bool) error {
	now, mark, answer, err := p.splits(ctx, p.say("Khách và sự kiện theo địa bàn", "Visits and events by area"), "area", from, to, "visitors", "events")
	if err != nil {
		return err
	}
	kind := khue.Text{VI: "phường, xã", EN: "wards and communes"}
	sheet := p.say("Theo phường, xã", "By ward")
	if !to.After(khue.DistrictEra) {
		kind, sheet = khue.Text{VI: "quận, huyện, thị xã", EN: "districts and towns"}, p.say("Theo quận, huyện", "By district")
	}
	t, shares, others, total := p.areaRows(id, sheet, fmt.Sprintf(p.say("Khách tại chỗ và sự kiện theo %s, %s", "On-site visits and events by %s, %s"), kind.In(p.lang), p.span(from, to)), now)
	remark := ""
	if total.unknown > 0 && total.known {
		remark = fmt.Sprintf(p.say("%d địa bàn có sự kiện nhưng chưa có số khách.", "%d areas had events but no figure of visits."), total.unknown)
	}
	t.Source = p.source(mark, p.complete(answer), remark)
	sentence := leaders(p.lang, append(shares, make([]share, others)...), total.n, len(shares), visitWords, khue.Text{VI: "địa bàn", EN: "areas"})
	if sentence != "" {
		by := fmt.Sprintf(p.say("Theo %s", "By %s"), kind.In(p.lang))
		if !from.Equal(p.window.from) || !to.Equal(p.window.to) {
			by += " (" + p.span(from, to) + ")"
		}
		sentence = by + ": " + sentence
		p.add(document.Text("%s", sentence))
	}
	if tell {
		p.found(sentence, p.cite(answer.Evidence, mark))
	}
	p.add(t)
	if len(shares) < 2 {
		return nil // nothing to compare
	}
	p.add(&document.Chart{
		Title: fmt.Sprintf(p.say("Khách tại chỗ theo %s, %s", "On-site visits by %s, %s"), kind.In(p.lang), p.span(from, to)), Kind: document.Bar, Horizontal: true,
		Table: t, First: len(shares), Unit: p.say("lượt", "visits"),
		Alt:    p.say("Thanh ngang khách tại chỗ của các địa bàn đông khách nhất. ", "Bars of on-site visits in the areas with the most. ") + sentence,
		Series: []document.Series{{Name: p.say("Khách tại chỗ", "On-site visits"), Column: 1, Tone: document.Now}},
	})
	return nil
}

// areaRows lists the areas with the most visits, the others as one row, and the sum.
func (p *paper) areaRows(id, sheet, title string, now []split) (t *document.Table, shares []share, others int, total sum) {
	var events sum
	for _, s := range now {
		total.add(s.now[0])
		events.add(s.now[1])
	}
	t = &document.Table{
		ID: id, Sheet: sheet,
		Title: title,
		Columns: []document.Column{
			{Title: p.say("Địa bàn", "Area"), Width: 3.4},
			{Title: p.say("Khách tại chỗ", "On-site visits"), Kind: document.Number, Width: 1.8},
			{Title: p.say("Tỷ trọng", "Share"), Kind: document.Percent, Width: 1.3},
			{Title: p.say("Sự kiện", "Events"), Kind: document.Number, Width: 1.3},
		},
	}
	row := func(name string, visits, held indicators.Value, isTotal bool) {
		t.Rows = append(t.Rows, document.Row{Total: isTotal, Cells: []document.Cell{document.W(name), cell(visits, 0), portion(visits, total.n), cell(held, 0)}})
	}
	var otherVisits, otherEvents sum
	for _, s := range now {
		switch {
		case s.key.Code == "":
		case len(shares) < topAreas:
			shares = append(shares, share{s.key.Name.In(p.lang), s.now[0].Number})
			row(s.key.Name.In(p.lang), s.now[0], s.now[1], false)
		default:
			others++
			otherVisits.add(s.now[0])
			otherEvents.add(s.now[1])
		}
	}
	if others > 0 {
		row(fmt.Sprintf(p.say("%d địa bàn khác", "%d other areas"), others), otherVisits.value(), otherEvents.value(), false)
	}
	for _, s := range now {
		if s.key.Code == "" {
			row(s.key.Name.In(p.lang), s.now[0], s.now[1], false)
		}
	}
	row(p.say("Cộng", "Total"), total.value(), events.value(), true)
	return t, shares, others, total
}
