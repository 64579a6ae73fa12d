package reports

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
	"khue/reports/document"
)

// editionParts tells the edition by creative field and by area.
func (p *paper) editionParts(ctx context.Context) error {
	series, code, _ := p.order.edition()
	for _, part := range []struct {
		by, id string
		most   int
		title  khue.Text
		sheet  khue.Text
		head   khue.Text
	}{
		{"discipline", "edition-disciplines", 0, khue.Text{VI: "Khách tại chỗ và sự kiện theo lĩnh vực", EN: "On-site visits and events by discipline"}, khue.Text{VI: "Theo lĩnh vực", EN: "By discipline"}, khue.Text{VI: "Lĩnh vực", EN: "Discipline"}},
		{areaParameter, "edition-areas", topAreas, khue.Text{VI: "Khách tại chỗ và sự kiện theo địa bàn", EN: "On-site visits and events by area"}, khue.Text{VI: "Theo địa bàn", EN: "By area"}, khue.Text{VI: "Địa bàn", EN: "Area"}},
	} {
		visits, mark, answer, err := p.splits(ctx, part.title.In(p.lang), part.by, p.window.from, p.window.to, "visitors")
		if err != nil {
			return err
		}
		held, err := p.reporter.ask.Ask(ctx, p.narrowed(map[string][]string{seriesDimension: {series}, editionParameter: {code}}, time.Time{}, time.Time{}, part.by, "events"))
		if err != nil {
			return fmt.Errorf("asking for the events of edition %s by %s: %w", code, part.by, err)
		}
		p.ledger.add(part.title.In(p.lang), held.Evidence)
		p.part(part.title.VI, part.title.EN)
		p.add(p.editionPartTable(editionPart{part.id, part.sheet.In(p.lang), part.title.In(p.lang), part.head.In(p.lang), part.most}, visits, held, p.source(mark, p.complete(answer))))
	}
	return nil
}

// editionPart is how a split of an edition is told.
type editionPart struct {
	id, sheet, title, head string
	most                   int // rows named; 0 is all
}

func (p *paper) editionPartTable(part editionPart, visits []split, held indicators.Answer, source string) *document.Table {
	t := &document.Table{
		ID: part.id, Sheet: part.sheet, Title: part.title, Source: source,
		Columns: []document.Column{
			{Title: part.head, Width: 3.2},
			{Title: p.say("Khách tại chỗ", "On-site visits"), Kind: document.Number, Width: 1.8},
			{Title: p.say("Tỷ trọng", "Share"), Kind: document.Percent, Width: 1.3},
			{Title: p.say("Sự kiện", "Events"), Kind: document.Number, Width: 1.3},
		},
	}
	events := map[string]indicators.Value{}
	var allVisits, allEvents, otherVisits, otherEvents sum
	for _, row := range held.Rows {
		events[row.Keys[0].Code] = row.Values[0]
		allEvents.add(row.Values[0])
		if !slices.ContainsFunc(visits, func(s split) bool { return s.key.Code == row.Keys[0].Code }) {
			visits = append(visits, split{key: row.Keys[0], now: make([]indicators.Value, 1)})
		}
	}
	for _, s := range visits {
		allVisits.add(s.now[0])
	}
	others := 0
	for i, s := range visits {
		if part.most > 0 && i >= part.most {
			others++
			otherVisits.add(s.now[0])
			otherEvents.add(events[s.key.Code])
			continue
		}
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{document.W(s.key.Name.In(p.lang)), cell(s.now[0], 0), portion(s.now[0], allVisits.n), cell(events[s.key.Code], 0)}})
	}
	if others > 0 {
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{document.W(fmt.Sprintf(p.say("%d nơi khác", "%d others"), others)), cell(otherVisits.value(), 0), portion(otherVisits.value(), allVisits.n), cell(otherEvents.value(), 0)}})
	}
	t.Rows = append(t.Rows, document.Row{Total: true, Cells: []document.Cell{document.W(p.say("Cộng", "Total")), cell(allVisits.value(), 0), portion(allVisits.value(), allVisits.n), cell(allEvents.value(), 0)}})
	return t
}

// editions lists the editions of a series, the earliest first: of a report of one
// edition those up to it, else those that opened in its years.
func (p *paper) editions(ctx context.Context, s Section) error {
	all := p.course
	if s.Series != "" {
		found, err := p.editionsOf(ctx, s.Series)
		if err != nil {
			return err
		}
		first := p.definition.begins(p.period)
		all = slices.DeleteFunc(found, func(e edition) bool { return e.from.Before(first) || !e.from.Before(p.period.End()) })
	}
	p.part("Các kỳ lễ hội", "Festival editions")
	if len(all) == 0 {
		p.add(document.Text("%s", fmt.Sprintf(p.say("Không có kỳ lễ hội nào khai mạc trong %s.", "No edition of the festival opened in %s."), p.spanName())))
		return nil
	}
	t := &document.Table{
		ID: "editions", Sheet: p.say("Các kỳ lễ hội", "Festival editions"), Title: p.say("Các kỳ lễ hội", "Festival editions"),
		Columns: []document.Column{
			{Title: p.say("Kỳ", "Edition"), Width: 1.2},
			{Title: p.say("Thời gian", "Days"), Kind: document.Range, Width: 2.6},
			{Title: p.say("Số ngày", "Length"), Kind: document.Number, Width: 1.2},
			{Title: p.say("Sự kiện", "Events"), Kind: document.Number, Width: 1.3},
			{Title: p.say("Khách tại chỗ", "On-site visits"), Kind: document.Number, Width: 1.8},
		},
	}
	var marks, running []string
	for _, e := range all {
		code := e.code
		if e.ongoing {
			code += " *"
			running = append(running, e.code)
		}
		if !slices.Contains(marks, e.mark) {
			marks = append(marks, e.mark)
		}
		t.Rows = append(t.Rows, document.Row{Partial: e.ongoing, Cells: []document.Cell{
			document.W(code), document.Days(e.from, e.to.AddDate(0, 0, -1)), document.N(float64(e.days()), 0), cell(e.events, 0), cell(e.visits, 0),
		}})
	}
	remark := ""
	if len(running) > 0 {
		remark = fmt.Sprintf(p.say("* Kỳ chưa kết thúc, tính đến %s.", "* Not over; as of %s."), locale.Moment(p.lang, p.asOf))
	}
	t.Source = p.source(strings.Join(marks, ", "), remark)
	chart := &document.Chart{
		Title: p.say("Khách tại chỗ của các kỳ lễ hội", "On-site visits of festival editions"), Kind: document.Bar, Table: t, Unit: p.say("lượt", "visits"),
		Alt:    p.say("Cột khách tại chỗ của từng kỳ lễ hội.", "Bars of on-site visits of each edition."),
		Series: []document.Series{{Name: p.say("Khách tại chỗ", "On-site visits"), Column: 4, Tone: document.Now}},
	}
	p.add(t)
	if len(all) > 1 {
		p.add(chart)
	}
	return nil
}
