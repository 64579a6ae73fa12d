package dashboards

import (
	"context"
	"encoding/json"
	"time"

	"khue"
	"khue/charts"
	"khue/indicators"
	"khue/locale"
)

// membership is the members at the ends of months.
type membership struct{ series indicators.Answer }

// membersSpan reaches two years back for a period of a year or less, so that a
// line can be seen.
func (fr frame) membersSpan() span {
	from := khue.PeriodOf(fr.named.From, khue.Month).Start()
	if !fr.long {
		from = from.AddDate(-2, 0, 0)
	}
	return span{from, minTime(fr.named.To, khue.PeriodOf(fr.today, khue.Month).End())}
}

func (v *visit) gatherMembers(ctx context.Context) (membership, error) {
	a, err := v.ask(ctx, v.frame.question(v.frame.membersSpan(), []string{string(khue.Month)}, "certified_members", "members"))
	return membership{a}, err
}

// lastKnown is the newest value of a stock.
func (m membership) lastKnown(measure int) indicators.Value {
	for i := len(m.series.Rows) - 1; i >= 0; i-- {
		if row := m.series.Rows[i]; row.Values[measure].Known {
			return row.Values[measure]
		}
	}
	return indicators.Value{}
}

// atStart is the stock as the period began.
func (m membership) atStart(from time.Time) indicators.Value {
	return monthOf(m.series, from.AddDate(0, -1, 0))
}

func (v *visit) membersCard(lang khue.Lang, m membership) card {
	c := card{
		ID: "members", Title: text("Thành viên Mạng lưới", "Members of the Network").In(lang),
		Subtitle: text("Số thành viên vào cuối mỗi tháng", "Members at the end of each month").In(lang),
		Source:   v.sourceLine(lang, m.series), Evidence: []evidence{v.evidenceOf(lang, m.series)}, Complete: v.completeLine(lang, m.series.Completeness...),
		Chart: v.addressOf(lang, "members"), CSV: v.addressOf(lang, "members.csv"),
	}
	certified := m.lastKnown(0)
	accepted := m.lastKnown(1)
	if accepted.Number == 0 && certified.Number == 0 {
		c.Chart, c.Empty = "", text("Sổ thành viên chưa có ai với bộ lọc này.", "The register has no member for these filters.").In(lang)
		return c
	}
	n := locale.Number(lang, certified.Number, 0)
	c.Title = textf("%[1]s thành viên đã được cấp chứng nhận", "%[1]s certified "+plural(int(certified.Number), "member", "members"), n).In(lang)
	if start := m.atStart(v.frame.named.From); start.Known && start.Number > 0 && certified.Known {
		if more := certified.Number - start.Number; more > 0 {
			c.Title += textf(", thêm %s so với đầu kỳ", ", %s more than at the start", locale.Number(lang, more, 0)).In(lang)
		} else if more < 0 {
			c.Title += textf(", bớt %s so với đầu kỳ", ", %s fewer than at the start", locale.Number(lang, -more, 0)).In(lang)
		}
	}
	t := &table{Caption: c.Subtitle, Head: []string{text("Cuối tháng", "End of").In(lang)}}
	for _, col := range m.series.Columns {
		if col.Measure {
			t.Head = append(t.Head, col.Label.In(lang))
		}
	}
	for i, row := range m.series.Rows {
		r := tableRow{Cells: []cell{
			named(locale.PeriodLabel(lang, row.Keys[0].Period)).leading(v.toMembers(row.Keys[0].Period)),
			counted(lang, row.Values[0], 0).linked(whyOf(m.series, i, 0)), counted(lang, row.Values[1], 0).linked(whyOf(m.series, i, 1)),
		}}
		if row.Partial {
			r.Note = text("đến hôm nay", "until today").In(lang)
		}
		t.Rows = append(t.Rows, r)
	}
	c.Table = t
	c.Summary = text("Biểu đồ bậc thang. ", "Step chart. ").In(lang) + c.Title + "."
	return c
}

func (v *visit) membersOption(lang khue.Lang, m membership) (json.RawMessage, error) {
	s := charts.Stock{Lang: lang, FontFamily: screenFont, Series: []charts.Series{
		{Name: columnOf(m.series, "certified_members").Label.In(lang), Tone: charts.Now},
		{Name: columnOf(m.series, "members").Label.In(lang), Tone: charts.Older},
	}}
	var ways []string
	for _, row := range m.series.Rows {
		ways = append(ways, v.toMembers(row.Keys[0].Period))
		s.Categories = append(s.Categories, locale.PeriodLabel(lang, row.Keys[0].Period))
		for i := range s.Series {
			s.Series[i].Points = append(s.Series[i].Points, charts.Point{Value: row.Values[i].Number, Known: row.Values[i].Known})
		}
	}
	option, err := charts.StockLine(s)
	return led(option, err, charts.Ways{s.Series[0].Name: ways, s.Series[1].Name: ways})
}
