package reports

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
	"khue/reports/document"
)

// split is one value of a dimension with its figures.
type split struct {
	key         indicators.Key
	now, before []indicators.Value
}

// splits asks for measures by a dimension over days, largest first by the first
// measure; what has no code comes last.
func (p *paper) splits(ctx context.Context, about, by string, from, to time.Time, measures ...string) ([]split, string, indicators.Answer, error) {
	a, err := p.reporter.ask.Ask(ctx, p.question(from, to, by, measures...))
	if err != nil {
		return nil, "", a, fmt.Errorf("asking for %v by %s: %w", measures, by, err)
	}
	mark := p.ledger.add(about+", "+p.span(from, to), a.Evidence)
	out := make([]split, 0, len(a.Rows))
	for _, row := range a.Rows {
		out = append(out, split{key: row.Keys[0], now: row.Values})
	}
	slices.SortStableFunc(out, func(a, b split) int {
		if (a.key.Code == "") != (b.key.Code == "") {
			return cmp.Compare(len(b.key.Code), len(a.key.Code))
		}
		return cmp.Compare(b.now[0].Number, a.now[0].Number)
	})
	return out, mark, a, nil
}

func (p *paper) span(from, to time.Time) string {
	return locale.Date(p.lang, from) + " – " + locale.Date(p.lang, to.AddDate(0, 0, -1))
}

// disciplines tells visits and events by creative field.
func (p *paper) disciplines(ctx context.Context) error {
	about := p.say("Khách và sự kiện theo lĩnh vực", "Visits and events by discipline")
	now, mark, answer, err := p.splits(ctx, about, "discipline", p.window.from, p.window.to, "visitors", "events")
	if err != nil {
		return err
	}
	if p.window.comparable {
		before, _, _, err := p.splits(ctx, about, "discipline", p.window.beforeFrom, p.window.beforeTo, "visitors", "events")
		if err != nil {
			return err
		}
		now = paired(now, before)
	}
	t, shares, total := p.disciplineTable(now, p.source(mark, p.complete(answer), p.say("Lĩnh vực là lĩnh vực chính của sự kiện.", "The discipline is the event's main one.")))
	sentence := leaders(p.lang, shares, total, 3, visitWords, khue.Text{VI: "lĩnh vực", EN: "disciplines"})
	if sentence != "" {
		sentence = p.say("Theo lĩnh vực: ", "By discipline: ") + sentence
	}
	p.found(sentence, p.cite(answer.Evidence, mark))
	p.part("Khách và sự kiện theo lĩnh vực", "Visits and events by discipline")
	if sentence != "" {
		p.add(document.Text("%s", sentence))
	}
	p.add(t, &document.Chart{
		Title: p.say("Khách tại chỗ theo lĩnh vực", "On-site visits by discipline"), Kind: document.Bar, Horizontal: true, Table: t,
		Alt:  p.say("Thanh ngang khách tại chỗ từng lĩnh vực cạnh năm trước. ", "Bars of on-site visits in each discipline beside the year before. ") + sentence,
		Unit: p.say("lượt", "visits"),
		Series: []document.Series{
			{Name: p.window.head(p.lang, false), Column: 1, Tone: document.Now},
			{Name: p.window.head(p.lang, true), Column: 3, Tone: document.Before},
		},
	})
	return nil
}

// disciplineTable lists visits and events of disciplines with their sum.
func (p *paper) disciplineTable(now []split, source string) (t *document.Table, shares []share, total float64) {
	t = &document.Table{
		ID: "disciplines", Sheet: p.say("Theo lĩnh vực", "By discipline"), Title: p.say("Khách tại chỗ và sự kiện theo lĩnh vực", "On-site visits and events by discipline"),
		Columns: []document.Column{
			{Title: p.say("Lĩnh vực", "Discipline"), Width: 3.2},
			{Title: p.say("Khách ", "Visits ") + p.window.head(p.lang, false), Kind: document.Number, Width: 1.9},
			{Title: p.say("Tỷ trọng", "Share"), Kind: document.Percent, Width: 1.2},
			{Title: p.say("Khách ", "Visits ") + p.window.head(p.lang, true), Kind: document.Number, Width: 1.9},
			{Title: p.say("Thay đổi", "Change"), Kind: document.Percent, Width: 1.3},
			{Title: p.say("Sự kiện", "Events"), Kind: document.Number, Width: 1.1},
		},
		Source: source,
	}
	var all, allBefore, events sum
	for _, s := range now {
		all.add(s.now[0])
		events.add(s.now[1])
		allBefore.add(valueAt(s.before, 0))
	}
	open := false
	for _, s := range now {
		before := valueAt(s.before, 0)
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			document.W(s.key.Name.In(p.lang)), openCell(s.now[0], 0), portion(s.now[0], all.n), openCell(before, 0),
			p.changeCell(s.now[0], before, p.window.comparable), openCell(s.now[1], 0),
		}})
		open = open || !s.now[0].Known || !s.now[1].Known || (!before.Known && !before.Suppressed)
		if s.now[0].Known && s.key.Code != "" {
			shares = append(shares, share{s.key.Name.In(p.lang), s.now[0].Number})
		}
	}
	t.Rows = append(t.Rows, document.Row{Total: true, Cells: []document.Cell{
		document.W(p.say("Cộng", "Total")), cell(all.value(), 0), portion(all.value(), all.n), p.beforeCell(allBefore.value(), 0),
		p.changeCell(all.value(), allBefore.value(), p.window.comparable), cell(events.value(), 0),
	}})
	if open {
		t.Source += " " + p.say("– là chưa có số liệu chính thức.", "– is where there is no official figure.")
	}
	return t, shares, all.n
}

var visitWords = khue.Text{VI: "lượt khách tại chỗ", EN: "on-site visits"}

// paired sets the figures of the year before beside those of the same key, and
// keeps fields that have only the former.
func paired(now, before []split) []split {
	index := map[string]int{}
	for i, s := range now {
		index[s.key.Code] = i
	}
	for _, b := range before {
		if i, ok := index[b.key.Code]; ok {
			now[i].before = b.now
			continue
		}
		now = append(now, split{key: b.key, now: make([]indicators.Value, len(b.now)), before: b.now})
	}
	return now
}

func valueAt(values []indicators.Value, i int) indicators.Value {
	if i < len(values) {
		return values[i]
	}
	return indicators.Value{}
}

func portion(v indicators.Value, total float64) document.Cell {
	if !v.Known || total <= 0 {
		return document.Cell{Kind: document.Unknown, Words: "–"}
	}
	return document.P(v.Number / total)
}

// membersFrom is how many years the growth of the network is shown over.
const membersFrom = 6

// members tells how the network grew and how many of it are active.
func (p *paper) members(ctx context.Context) error {
	from := khue.PeriodOf(p.period.Start(), khue.Year).Shift(1 - membersFrom).Start()
	if p.definition.firstYear != 0 {
		from = p.definition.begins(p.period)
	}
	a, err := p.reporter.ask.Ask(ctx, p.question(from, p.period.End(), string(khue.Year), "certified_members", "members", "active_members"))
	if err != nil {
		return fmt.Errorf("asking for members by year: %w", err)
	}
	mark := p.ledger.add(p.say("Thành viên theo năm, ", "Members by year, ")+p.span(from, p.period.End()), a.Evidence)
	t := &document.Table{
		ID: "members", Sheet: p.say("Thành viên", "Members"), Unit: p.say("thành viên", "members"),
		Title: p.say("Thành viên Mạng lưới vào cuối năm và thành viên có hoạt động trong năm", "Members of the Network at the end of the year, and active during it"),
		Columns: []document.Column{
			{Title: p.say("Năm", "Year"), Width: 2},
			{Title: p.say("Đã được cấp chứng nhận", "Certified"), Kind: document.Number, Width: 2},
			{Title: p.say("Đã được chấp thuận", "Accepted"), Kind: document.Number, Width: 2},
			{Title: p.say("Có hoạt động", "Active"), Kind: document.Number, Width: 2},
		},
	}
	note := ""
	for _, row := range a.Rows {
		name := row.Keys[0].Period.String()
		partial := row.Partial || row.Keys[0].Period.End().After(p.period.End())
		if partial {
			until := calendarDay(p.asOf)
			if last := p.period.End().AddDate(0, 0, -1); last.Before(until) {
				until = last
			}
			name += " *"
			note = fmt.Sprintf(p.say("* Đến ngày %s; năm chưa kết thúc.", "* Until %s; the year is not over."), locale.Date(p.lang, until))
		}
		cells := []document.Cell{document.W(name)}
		for _, v := range row.Values {
			cells = append(cells, cell(v, 0))
		}
		t.Rows = append(t.Rows, document.Row{Cells: cells, Partial: partial})
	}
	t.Source = p.source(mark, p.complete(a), p.say("Thành viên có hoạt động được đếm không trùng trong cả năm.", "Active members are counted once over the whole year."), note)
	chart := &document.Chart{
		Title: p.say("Thành viên Mạng lưới qua các năm", "Members of the Network over the years"), Kind: document.Bar, Table: t,
		Unit: p.say("thành viên", "members"),
		Alt:  p.say("Cột số thành viên đã được cấp chứng nhận và đã được chấp thuận vào cuối mỗi năm.", "Bars of certified and accepted members at the end of each year."),
		Series: []document.Series{
			{Name: p.say("Đã được cấp chứng nhận", "Certified"), Column: 1, Tone: document.Now},
			{Name: p.say("Đã được chấp thuận", "Accepted"), Column: 2, Tone: document.Older},
		},
	}
	p.part("Thành viên Mạng lưới", "Members of the Network")
	p.add(t, chart)
	return p.membersByDiscipline(ctx)
}

// membersNow tells the members of the period by discipline alone.
func (p *paper) membersNow(ctx context.Context) error {
	p.part("Thành viên Mạng lưới", "Members of the Network")
	return p.membersByDiscipline(ctx)
}

func (p *paper) membersByDiscipline(ctx context.Context) error {
	now, mark, answer, err := p.splits(ctx, p.say("Thành viên theo lĩnh vực", "Members by discipline"), "discipline", p.window.from, p.window.to, "certified_members", "active_members")
	if err != nil {
		return err
	}
	t := &document.Table{
		ID: "member-disciplines", Sheet: p.say("Thành viên theo lĩnh vực", "Members by discipline"), Unit: p.say("thành viên", "members"),
		Title: fmt.Sprintf(p.say("Thành viên theo lĩnh vực, %s", "Members by discipline, %s"), p.window.head(p.lang, false)),
		Columns: []document.Column{
			{Title: p.say("Lĩnh vực", "Discipline"), Width: 3},
			{Title: p.say("Đã được cấp chứng nhận", "Certified"), Kind: document.Number, Width: 2},
			{Title: p.say("Có hoạt động thuộc lĩnh vực", "Active in the discipline"), Kind: document.Number, Width: 2},
		},
		Source: p.source(mark, p.complete(answer), p.say("Chứng nhận tính theo lĩnh vực chính của thành viên; một thành viên có thể hoạt động ở nhiều lĩnh vực nên cột sau không cộng dồn.",
			"Certificates count in a member's main discipline; a member may be active in several, so the last column does not add up.")),
	}
	for _, s := range now {
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{document.W(s.key.Name.In(p.lang)), cell(s.now[0], 0), cell(s.now[1], 0)}})
	}
	p.add(t, &document.Chart{
		Title: p.say("Thành viên được cấp chứng nhận theo lĩnh vực", "Certified members by discipline"), Kind: document.Bar, Horizontal: true, Table: t, Unit: p.say("thành viên", "members"),
		Alt: p.say("Thanh ngang số thành viên được cấp chứng nhận và có hoạt động của từng lĩnh vực.", "Bars of certified and of active members in each discipline."),
		Series: []document.Series{
			{Name: p.say("Đã được cấp chứng nhận", "Certified"), Column: 1, Tone: document.Now},
			{Name: p.say("Có hoạt động thuộc lĩnh vực", "Active in the discipline"), Column: 2, Tone: document.Older},
		},
	})
	return nil
}
