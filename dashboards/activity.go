package dashboards

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"khue"
	"khue/charts"
	"khue/indicators"
	"khue/locale"
)

// activity is how many of the members were active, by month or quarter.
type activity struct {
	grain khue.Grain
	lines []activityLine
	stock indicators.Answer
	did   indicators.MembershipAnswer
}

type activityLine struct {
	period             khue.Period
	members            indicators.Value // at the end of the period
	active, activities int64            // of those
	known              bool             // activities are in for some of it
	partial            bool
	row                int // of the stock
}

// share is the active part of the members at the end.
func (l activityLine) share() float64 { return float64(l.active) / l.members.Number }

// gatherActivity goes by quarter for periods of more than a year, by month for others.
func (v *visit) gatherActivity(ctx context.Context) (activity, error) {
	a := activity{grain: khue.Month}
	if v.frame.long {
		a.grain = khue.Quarter
	}
	last := minTime(v.frame.named.To, v.frame.today.AddDate(0, 0, 1)).AddDate(0, 0, -1)
	days := span{khue.PeriodOf(v.frame.named.From, a.grain).Start(), khue.PeriodOf(last, a.grain).End()}
	var err error
	if a.stock, err = v.ask(ctx, v.frame.question(days, []string{string(a.grain)}, "members")); err != nil {
		return a, err
	}
	if a.did, err = v.membership(ctx, a.grain); err != nil {
		return a, err
	}
	until := v.reportedUntil()
	for i, row := range a.stock.Rows {
		l := activityLine{period: row.Keys[0].Period, members: row.Values[0], row: i}
		if len(a.lines) == 0 && (!l.members.Known || l.members.Number == 0) {
			continue
		}
		did := a.did.Periods[l.period]
		l.active, l.activities = did.ActiveAtEnd, did.ActivitiesAtEnd
		l.partial = l.period.End().After(until)
		l.known = l.members.Known && l.members.Number > 0 && !l.period.Start().After(a.did.Until)
		a.lines = append(a.lines, l)
	}
	return a, nil
}

// lastWhole is the newest period that is over and reported.
func (a activity) lastWhole() (int, bool) {
	for i := len(a.lines) - 1; i >= 0; i-- {
		if l := a.lines[i]; l.known && !l.partial {
			return i, true
		}
	}
	return 0, false
}

func (v *visit) drawActivity(lang khue.Lang, a activity) drawn {
	c := card{
		Subtitle: text("Phần trăm thành viên cuối kỳ có ít nhất một hoạt động bắt đầu trong kỳ", "Percent of the members at the end that began at least one activity in the period").In(lang),
		Source:   v.registerSource(lang, "members", "active_members"), Evidence: []evidence{v.membershipEvidence(lang, a.did), v.evidenceOf(lang, a.stock)},
		Chart: v.fileOf(lang, "network-activity"), CSV: v.fileOf(lang, "network-activity.csv"),
	}
	if !a.did.Until.IsZero() {
		c.Source += " " + text("Số liệu đến ngày ", "Data until ").In(lang) + locale.Date(lang, a.did.Until)
	}
	if !slices.ContainsFunc(a.lines, func(l activityLine) bool { return l.known }) {
		c.Chart, c.Empty = "", text("Kỳ và bộ lọc này chưa có thành viên nào để tính.", "There is no member in this period with these filters.").In(lang)
		return drawn{card: c}
	}
	if last, ok := a.lastWhole(); ok {
		l := a.lines[last]
		c.Title = textf("%[1]d trên %[2]s thành viên có hoạt động trong %[3]s", "%[1]d of %[2]s members were active in %[4]s",
			l.active, locale.Number(lang, l.members.Number, 0), locale.PeriodName(khue.Vietnamese, l.period), locale.PeriodName(khue.English, l.period)).In(lang)
		if l.active > 0 {
			c.Title += textf(", trung bình %s hoạt động mỗi nơi", ", %s activities each", locale.Number(lang, float64(l.activities)/float64(l.active), 1)).In(lang)
		}
	}
	if slices.ContainsFunc(a.lines, func(l activityLine) bool { return l.partial && l.known }) {
		c.Notes = append(c.Notes, text("Kỳ chưa hết hoặc chưa đủ số liệu được gạch chéo và không đem so sánh.", "A period that is not over or not fully reported is hatched and not compared.").In(lang))
	}
	c.Notes = append(c.Notes, text("Chỉ tính hoạt động từ ngày được chấp thuận, của nơi còn là thành viên khi kỳ kết thúc. Vì vậy số này khác chỉ số “Thành viên có hoạt động”, vốn đếm mọi nơi có hoạt động.",
		"Only activities since acceptance count, of those still members when the period ends. The figure therefore differs from the indicator “Active members”, which counts every space with an activity.").In(lang))
	var axis []khue.Period
	for _, l := range a.lines {
		axis = append(axis, l.period)
	}
	c.about, c.axes = []string{"active_members", "members"}, [][]khue.Period{axis}
	c.Table = v.activityTable(lang, a, c.Subtitle)
	c.Summary = text("Biểu đồ cột. ", "Column chart. ").In(lang) + c.Title + "."
	return drawn{card: c, option: func() (json.RawMessage, error) { return v.activityOption(lang, a) }}
}

func (v *visit) activityTable(lang khue.Lang, a activity, caption string) *table {
	t := &table{Caption: caption, Head: []string{
		text("Kỳ", "Period").In(lang), text("Thành viên cuối kỳ", "Members at the end").In(lang), text("Có hoạt động", "Active").In(lang),
		text("Tỷ lệ", "Share").In(lang), text("Hoạt động", "Activities").In(lang), text("Hoạt động mỗi nơi", "Activities each").In(lang),
	}}
	for _, l := range a.lines {
		r := tableRow{Cells: []cell{named(locale.PeriodLabel(lang, l.period)).leading(v.activityWay(l)), counted(lang, l.members, 0).linked(whyOf(a.stock, l.row, 0))}}
		if l.known {
			r.Cells = append(r.Cells, whole(lang, l.active), percent(lang, l.share()), whole(lang, l.activities))
			r.Cells = append(r.Cells, counted(lang, indicators.Value{Number: float64(l.activities) / float64(max(l.active, 1)), Known: l.active > 0}, 1))
		} else {
			for range 4 {
				r.Cells = append(r.Cells, cell{Text: "–", Number: true})
			}
		}
		if l.partial {
			r.Note = text("chưa hết kỳ hoặc chưa đủ số liệu", "not over or not fully reported").In(lang)
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

// percent is the cell of a share; a file has it as a ratio.
func percent(lang khue.Lang, share float64) cell {
	return cell{Text: locale.Percent(lang, share, 1), Number: true, raw: fmt.Sprintf("%.4f", share)}
}

func (v *visit) activityOption(lang khue.Lang, a activity) (json.RawMessage, error) {
	o := charts.Columns{Lang: lang, FontFamily: screenFont, Labels: len(a.lines) <= 14, Top: 100, Now: charts.Series{Name: text("Có hoạt động, %", "Active, %").In(lang), Tone: charts.Now}}
	sameYear := len(a.lines) > 0 && a.lines[0].period.Start().Year() == a.lines[len(a.lines)-1].period.Start().Year()
	var ways []string
	for _, l := range a.lines {
		ways = append(ways, v.activityWay(l))
		label := locale.PeriodLabel(lang, l.period)
		if sameYear && a.grain == khue.Month {
			label = locale.MonthLabel(lang, l.period.Start().Month())
		}
		o.Categories = append(o.Categories, label)
		p := charts.Point{Known: l.known, Partial: l.partial}
		if l.known {
			p.Value = 100 * l.share()
		}
		o.Now.Points = append(o.Now.Points, p)
	}
	option, err := charts.ColumnBars(o)
	return led(option, err, charts.Ways{o.Now.Name: ways})
}

// activityWay is where a period leads of which something is known.
func (v *visit) activityWay(l activityLine) string {
	if !l.known {
		return ""
	}
	return v.inMonth("network-activity", l.period)
}

// membershipEvidence tells where counts of active members come from.
func (v *visit) membershipEvidence(lang khue.Lang, a indicators.MembershipAnswer) evidence {
	e := evidence{SQL: a.Evidence.SQL}
	say := func(vi, en, value string) { e.Facts = append(e.Facts, fact{text(vi, en).In(lang), value}) }
	say("Cách tính", "How it is counted", text("Hoạt động được tính khi bắt đầu từ ngày thành viên được chấp thuận đến trước ngày rời. Một mã có trong hai sổ thì không tính cho nơi nào.",
		"An activity counts when it begins between a member's acceptance and its leaving. An identifier that two registers use counts for neither.").In(lang))
	say("Lấy từ", "Read from", a.Evidence.From)
	say("Thời gian trả lời", "Time taken", locale.Number(lang, float64(a.Evidence.Elapsed)/float64(time.Millisecond), 1)+" ms")
	say("Số dòng đã đọc", "Rows read", locale.Number(lang, float64(a.Evidence.RowsRead), 0))
	for _, name := range slices.Sorted(maps.Keys(a.Evidence.Parameters)) {
		e.Parameters = append(e.Parameters, fact{name, fmt.Sprint(a.Evidence.Parameters[name])})
	}
	return e
}
