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

// growth is the stock of members at the ends of months, and who came, was
// certified and left in them.
type growth struct {
	series indicators.Answer
	months []growthMonth // from the first with a member
}

type growthMonth struct {
	period                    khue.Period
	row                       int // of the series
	came, certified, left     int
	members, certifiedMembers indicators.Value
	partial                   bool
}

func (v *visit) gatherGrowth(ctx context.Context) (growth, error) {
	a, err := v.ask(ctx, v.frame.question(v.frame.membersSpan(), []string{string(khue.Month)}, "members", "certified_members"))
	if err != nil {
		return growth{}, err
	}
	register, err := v.register(ctx)
	if err != nil {
		return growth{}, err
	}
	g := growth{series: a}
	for i, row := range a.Rows {
		m := growthMonth{period: row.Keys[0].Period, row: i, members: row.Values[0], certifiedMembers: row.Values[1]}
		if m.partial = m.period.End().After(v.frame.today); len(g.months) == 0 && (!m.members.Known || m.members.Number == 0) {
			continue
		}
		for _, member := range register {
			m.came += within(m.period, member.Joined())
			m.certified += within(m.period, member.Certified)
			if !member.Joined().IsZero() {
				m.left += within(m.period, member.Left)
			}
		}
		g.months = append(g.months, m)
	}
	return g, nil
}

func within(p khue.Period, day time.Time) int {
	if !day.IsZero() && p.Contains(day) {
		return 1
	}
	return 0
}

// valueAt is a stock at the end of the month that begins on a day.
func (g growth) valueAt(measure string, month time.Time) indicators.Value {
	for _, m := range g.months {
		if m.period.Start().Equal(khue.PeriodOf(month, khue.Month).Start()) {
			if measure == "members" {
				return m.members
			}
			return m.certifiedMembers
		}
	}
	return indicators.Value{}
}

// lastOf is the newest stock at the end of a month that ends by a day, and its month.
func (g growth) lastOf(measure string, to time.Time) (indicators.Value, khue.Period) {
	for i := len(g.months) - 1; i >= 0; i-- {
		if m := g.months[i]; !m.period.End().After(to) {
			return g.valueAt(measure, m.period.Start()), m.period
		}
	}
	return indicators.Value{}, khue.Period{}
}

func (v *visit) drawGrowth(lang khue.Lang, g growth) drawn {
	c := card{
		Subtitle: text("Số thành viên cuối mỗi tháng; dưới là số được chấp thuận, được cấp chứng nhận và rời Mạng lưới trong tháng",
			"Members at the end of each month; below, those accepted, certified and gone in the month").In(lang),
		Source: v.sourceLine(lang, g.series), Evidence: []evidence{v.evidenceOf(lang, g.series)}, Complete: v.completeLine(lang, g.series.Completeness...),
		Chart: v.fileOf(lang, "network-growth"), CSV: v.fileOf(lang, "network-growth.csv"),
	}
	if len(g.months) == 0 {
		c.Chart, c.Empty = "", text("Sổ thành viên chưa có ai với kỳ và bộ lọc này.", "The register holds no member for this period and these filters.").In(lang)
		return drawn{card: c}
	}
	if now, at := g.lastOf("certified_members", v.frame.shown.To); now.Known {
		n := locale.Number(lang, now.Number, 0)
		c.Title = textf("Đến hết %[3]s có %[1]s thành viên đã được cấp chứng nhận", "%[1]s certified %[2]s at the end of %[4]s", n, plural(int(now.Number), "member", "members"),
			locale.PeriodName(khue.Vietnamese, at), locale.PeriodName(khue.English, at)).In(lang)
		if _, _, left := g.flows(v.frame.shown); left > 0 {
			c.Title += textf("; %[1]d nơi đã rời trong kỳ", "; %[1]d left in the period", left).In(lang)
		}
	}
	if last := g.months[len(g.months)-1]; last.partial {
		c.Notes = append(c.Notes, textf("Tháng %[1]d/%[2]d chưa hết: số thành viên là theo sổ đến hôm nay.", "%[3]s %[2]d is not over: its members are those of the register until today.",
			int(last.period.Start().Month()), last.period.Start().Year(), last.period.Start().Month().String()).In(lang))
	}
	c.Table = v.growthTable(lang, g, c.Subtitle)
	c.Summary = text("Biểu đồ bậc thang và thanh. ", "Step and bar chart. ").In(lang) + c.Title + "."
	return drawn{card: c, option: func() (json.RawMessage, error) { return v.growthOption(lang, g) }}
}

// flows adds up who came, was certified and left in some days, by whole months.
func (g growth) flows(s span) (came, certified, left int) {
	for _, m := range g.months {
		if !m.period.Start().Before(s.From) && m.period.Start().Before(s.To) {
			came, certified, left = came+m.came, certified+m.certified, left+m.left
		}
	}
	return came, certified, left
}

func (v *visit) growthTable(lang khue.Lang, g growth, caption string) *table {
	t := &table{Caption: caption, Head: []string{
		text("Tháng", "Month").In(lang), text("Được chấp thuận", "Accepted").In(lang), text("Được cấp chứng nhận", "Certified").In(lang), text("Rời Mạng lưới", "Left").In(lang),
		text("Thành viên cuối tháng", "Members at the end").In(lang), text("Trong đó đã có chứng nhận", "Of them certified").In(lang),
	}}
	for _, m := range g.months {
		r := tableRow{Cells: []cell{
			named(locale.PeriodLabel(lang, m.period)).leading(v.inMonth("network-growth", m.period)), whole(lang, int64(m.came)), whole(lang, int64(m.certified)), whole(lang, int64(m.left)),
			counted(lang, m.members, 0).linked(whyOf(g.series, m.row, 0)), counted(lang, m.certifiedMembers, 0).linked(whyOf(g.series, m.row, 1)),
		}}
		if m.partial {
			r.Note = text("tháng chưa hết", "not over").In(lang)
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

// whole is the cell of a number that was counted here.
func whole(lang khue.Lang, n int64) cell {
	return counted(lang, indicators.Value{Number: float64(n), Known: true}, 0)
}

func (v *visit) growthOption(lang khue.Lang, g growth) (json.RawMessage, error) {
	o := charts.Growth{Lang: lang, FontFamily: screenFont, Stock: []charts.Series{
		{Name: text("Đã có chứng nhận", "Certified").In(lang), Tone: charts.Now}, {Name: text("Thành viên", "Members").In(lang), Tone: charts.Older},
	}, Came: []charts.Series{
		{Name: text("Chấp thuận", "Accepted").In(lang), Tone: charts.Link}, {Name: text("Chứng nhận", "Newly certified").In(lang), Tone: charts.Now},
	}, Left: charts.Series{Name: text("Rời đi", "Left").In(lang), Tone: charts.Older}}
	flow := func(n int, m growthMonth) charts.Point {
		return charts.Point{Value: float64(n), Known: n != 0, Partial: m.partial}
	}
	var ways []string
	for _, m := range g.months {
		ways = append(ways, v.inMonth("network-growth", m.period))
		o.Categories = append(o.Categories, locale.PeriodLabel(lang, m.period))
		o.Stock[0].Points = append(o.Stock[0].Points, charts.Point{Value: m.certifiedMembers.Number, Known: m.certifiedMembers.Known})
		o.Stock[1].Points = append(o.Stock[1].Points, charts.Point{Value: m.members.Number, Known: m.members.Known})
		o.Came[0].Points = append(o.Came[0].Points, flow(m.came, m))
		o.Came[1].Points = append(o.Came[1].Points, flow(m.certified, m))
		o.Left.Points = append(o.Left.Points, flow(m.left, m))
	}
	option, err := charts.GrowthChart(o)
	return led(option, err, charts.Ways{o.Stock[0].Name: ways, o.Stock[1].Name: ways, o.Came[0].Name: ways, o.Came[1].Name: ways, o.Left.Name: ways})
}
