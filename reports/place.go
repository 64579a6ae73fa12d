package reports

import (
	"context"
	"fmt"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
	"khue/reports/document"
)

// sameArea tells that the area of the report was in force throughout a period.
func (p *paper) sameArea(period khue.Period) bool {
	a, known := khue.AreaOf(p.order.Area)
	return known && a.ValidOn(period.Start()) && a.ValidOn(period.End().AddDate(0, 0, -1))
}

// areaDays are the days of the report on which its area was in force, the end not
// included.
func (p *paper) areaDays() (from, to time.Time) {
	a, _ := khue.AreaOf(p.order.Area)
	from, to = p.window.from, p.window.to
	if from.Before(a.From) {
		from = a.From
	}
	if !a.To.IsZero() && a.To.Before(to) {
		to = a.To
	}
	return from, to
}

// areaPartly says that the area of the report was in force on a part of its days;
// "" when it was on all, or when there is none.
func (p *paper) areaPartly() string {
	if p.order.Area == "" {
		return ""
	}
	from, to := p.areaDays()
	name := areaName(p.order.Area).In(p.lang)
	switch {
	case from.After(p.window.from):
		return fmt.Sprintf(p.say("%s có hiệu lực từ ngày %s: các con số chỉ gồm những ngày từ đó.", "%s is in force since %s: the figures are of the days since then alone."), name, locale.Date(p.lang, from))
	case to.Before(p.window.to):
		return fmt.Sprintf(p.say("%s có hiệu lực đến hết ngày %s: các con số chỉ gồm những ngày đến đó.", "%s was in force until the end of %s: the figures are of the days until then alone."), name, locale.Date(p.lang, to.AddDate(0, 0, -1)))
	}
	return ""
}

// standingMeasures are those by which an area is set beside the others. All add up
// over areas.
var standingMeasures = []string{"visitors", "events", "activities", "certified_members"}

// place is where an area stands among those of its division by one measure.
type place struct {
	own, city indicators.Value
	rank      int // from 1; 0 when the area has no figure
}

// standing sets the area of the report beside the whole city and tells its place
// among the areas of the same division.
func (p *paper) standing(ctx context.Context) error {
	from, to := p.areaDays()
	if !from.Before(to) {
		p.part("Vị trí trong toàn thành phố", "Standing within the city")
		p.add(document.Text("%s", p.say("Chưa có số liệu của những ngày địa bàn có hiệu lực.", "There are no figures yet of the days on which the area was in force.")))
		return nil
	}
	q := p.question(from, to, areaParameter, standingMeasures...)
	q.Where = nil
	a, err := p.reporter.ask.Ask(ctx, q)
	if err != nil {
		return fmt.Errorf("asking for the figures of all areas: %w", err)
	}
	mark := p.ledger.add(p.say("Các địa bàn, ", "All areas, ")+p.span(from, to), a.Evidence)
	own, _ := khue.AreaOf(p.order.Area)
	peers := 0
	for _, other := range khue.Areas() {
		if other.Tree() == own.Tree() && other.ValidOn(to.AddDate(0, 0, -1)) {
			peers++
		}
	}
	name := own.Name.In(p.lang)
	t := &document.Table{
		ID: "standing", Sheet: p.say("Vị trí", "Standing"), Title: fmt.Sprintf(p.say("%s trong toàn thành phố, %s", "%s within the city, %s"), name, p.span(from, to)),
		Columns: []document.Column{
			{Title: p.say("Chỉ số", "Measure"), Width: 3},
			{Title: name, Kind: document.Number, Width: 1.8},
			{Title: p.say("Toàn thành phố", "The whole city"), Kind: document.Number, Width: 1.8},
			{Title: p.say("Tỷ trọng", "Share"), Kind: document.Percent, Width: 1.3},
			{Title: p.say("Thứ hạng", "Place"), Width: 1.3},
		},
		Source: p.source(mark, p.complete(a), p.say("Toàn thành phố gồm cả số liệu chưa rõ địa bàn; thành viên là số có mặt vào ngày cuối.", "The whole city counts what has no area too; members are those present on the last day.")),
	}
	for i, measure := range standingMeasures {
		m, at := p.measures[measure], placeOf(a.Rows, i, own)
		rank := document.Cell{Kind: document.Unknown, Words: "–"}
		if at.rank > 0 {
			rank = document.W(fmt.Sprintf("%d/%d", at.rank, peers))
		}
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			document.W(m.Label.In(p.lang)), cell(at.own, m.Decimals), cell(at.city, m.Decimals), portion(at.own, at.city.Number), rank,
		}})
		if i == 0 && at.rank > 0 && at.city.Number > 0 {
			p.found(p.placeSentence(own, at, peers), p.cite(a.Evidence, mark))
		}
	}
	p.part("Vị trí trong toàn thành phố", "Standing within the city")
	p.add(t)
	return nil
}

// placeSentence tells where the area stands by visits.
func (p *paper) placeSentence(own khue.Area, at place, peers int) string {
	part := locale.Percent(p.lang, at.own.Number/at.city.Number, 1)
	if at.rank == 1 {
		return fmt.Sprintf(p.say("%s đứng đầu %d %s về lượt khách tại chỗ, chiếm %s của toàn thành phố.", "%s comes first of %d %s by on-site visits, with %s of the city's."),
			own.Name.In(p.lang), peers, unitsOf(own).In(p.lang), part)
	}
	return fmt.Sprintf(p.say("%s đứng thứ %d trong %d %s về lượt khách tại chỗ, chiếm %s của toàn thành phố.", "%s is number %d of %d %s by on-site visits, with %s of the city's."),
		own.Name.In(p.lang), at.rank, peers, unitsOf(own).In(p.lang), part)
}

// placeOf finds the place of an area by the measure of a column.
func placeOf(rows []indicators.Row, column int, own khue.Area) place {
	var city sum
	var out place
	for _, row := range rows {
		city.add(row.Values[column])
		if row.Keys[0].Code == own.Code {
			out.own = row.Values[column]
		}
	}
	out.city = city.value()
	if !out.own.Known || out.own.Number == 0 { // those without any share no place
		return out
	}
	out.rank = 1
	for _, row := range rows {
		if other, known := khue.AreaOf(row.Keys[0].Code); known && other.Tree() == own.Tree() && row.Values[column].Known && row.Values[column].Number > out.own.Number {
			out.rank++
		}
	}
	return out
}

func unitsOf(a khue.Area) khue.Text {
	if a.Tree() == khue.WardTree {
		return khue.Text{VI: "phường, xã", EN: "wards and communes"}
	}
	return khue.Text{VI: "quận, huyện, thị xã", EN: "districts and towns"}
}
