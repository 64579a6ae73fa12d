package dashboards

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
)

const (
	unescoName = "unesco"
	unescoPath = "/unesco"
)

// unescoPage shows what the city promised UNESCO, what was done when, and how
// ready the next report is.
func unescoPage() page {
	return page{
		name: unescoName, path: unescoPath, title: text("UNESCO", "UNESCO"), style: "unesco.css", finding: unescoFinding,
		parts: []part{
			partOf("undertakings", 12, text("Sáu cam kết", "Six commitments"), (*visit).gatherUndertakings, (*visit).undertakingsDrawn),
			partOf("timeline", 12, text("Các việc theo thời gian", "Actions over time"), (*visit).gatherInitiatives, (*visit).timelineDrawn),
			partOf("report", 12, text("Báo cáo giám sát thành viên", "Membership Monitoring Report"), (*visit).gatherReport, (*visit).reportDrawn),
			partOf("plans", 12, text("Kế hoạch và các mốc", "Plans and milestones"), (*visit).gatherPlans, (*visit).plansDrawn),
		},
	}
}

// unescoFinding puts the commitments and the next report in one sentence.
func unescoFinding(ctx context.Context, v *visit, lang khue.Lang) (finding, error) {
	all, err := v.gatherInitiatives(ctx)
	if err != nil {
		return finding{}, err
	}
	f := finding{Before: v.commitmentsView(lang, all).Title + "."}
	r, err := v.gatherReport(ctx)
	if err != nil || r.Report.ID == "" {
		return f, err
	}
	total := 0
	for _, n := range r.Tally {
		total += n
	}
	f.Before += textf(" Báo cáo đến hạn năm %[1]d: ", " The report due in %[1]d: ", r.Milestone.Year).In(lang)
	f.Figure = textf("%[1]d trên %[2]d mục", "%[1]d of %[2]d fields", r.Tally[indicators.FieldReady], total).In(lang)
	f.After = text(" đã có dữ liệu.", " have their data.").In(lang)
	return f, nil
}

// undertakings are the actions promised with figures that show something of the
// commitments.
type undertakings struct {
	initiatives []indicators.Initiative
	figures     indicators.Answer // by year; without rows when no indicator feeds a commitment
}

func (v *visit) gatherUndertakings(ctx context.Context) (undertakings, error) {
	all, err := v.gatherInitiatives(ctx)
	if err != nil {
		return undertakings{}, err
	}
	p, err := v.site.service.Catalogue().Programme(creativeCityID)
	if err != nil {
		return undertakings{initiatives: all}, nil //nolint:nilerr // the part says that the programme is not defined
	}
	q := indicators.Question{By: []string{string(khue.Year)}, From: civil(p.Begins, time.January, 1), To: civil(v.frame.today.Year()+1, time.January, 1), Scope: reach()}
	for _, c := range p.Commitments {
		for _, name := range c.FedBy {
			if !slices.Contains(q.Measures, name) {
				q.Measures = append(q.Measures, name)
			}
		}
	}
	u := undertakings{initiatives: all}
	if len(q.Measures) > 0 {
		u.figures, err = v.ask(ctx, q)
	}
	return u, err
}

// undertakingLine is one commitment with its figures.
type undertakingLine struct {
	commitmentLine
	Figures []fedFigure
	Mark    status
}

// fedFigure is the latest figure of an indicator that feeds a commitment.
type fedFigure struct {
	Label, Value, When, Why string
	Known                   bool
}

func (v *visit) undertakingsDrawn(lang khue.Lang, u undertakings) drawn {
	base := v.commitmentsView(lang, u.initiatives)
	c := base.card
	c.ID, c.CSV = "undertakings", v.addressOf(lang, "undertakings.csv")
	c.Title = strings.TrimPrefix(c.Title, "UNESCO: ")
	c.Title = capital(c.Title)
	if len(u.figures.Columns) > 0 {
		c.Evidence = []evidence{v.evidenceOf(lang, u.figures)}
	}
	programme, err := v.site.service.Catalogue().Programme(creativeCityID)
	if err != nil {
		return drawn{card: c, body: "undertakings"}
	}
	lines := make([]undertakingLine, len(base.Lines))
	for i, promise := range programme.Commitments {
		lines[i] = undertakingLine{commitmentLine: base.Lines[i], Mark: knownAs(lang, promise.Mark)}
		for _, name := range promise.FedBy {
			lines[i].Figures = append(lines[i].Figures, v.latestOf(lang, u.figures, name))
		}
	}
	c.Table = undertakingsTable(lang, lines, c.Subtitle)
	return drawn{card: c, body: "undertakings", view: lines}
}

// latestOf is an indicator's newest known year.
func (v *visit) latestOf(lang khue.Lang, a indicators.Answer, name string) fedFigure {
	column := columnOf(a, name)
	f := fedFigure{Label: column.Label.In(lang), Value: locale.Unknown(lang), Why: entryAddress(name)}
	at := slices.Index(a.Question.Measures, name)
	for i := len(a.Rows) - 1; i >= 0; i-- {
		row := a.Rows[i]
		if !row.Values[at].Known {
			continue
		}
		f.Known, f.Value, f.When = true, locale.Number(lang, row.Values[at].Number, column.Decimals)+" "+column.Unit.In(lang), locale.PeriodName(lang, row.Keys[0].Period)
		if row.Partial {
			f.When = textf("đến nay, %s", "so far, %s", f.When).In(lang)
		}
		if why := whyOf(a, i, at); why != "" {
			f.Why = why
		}
		break
	}
	return f
}

func undertakingsTable(lang khue.Lang, lines []undertakingLine, caption string) *table {
	t := &table{Caption: caption, Head: []string{
		text("Mã", "Id").In(lang), text("Cam kết", "Commitment").In(lang), text("Cấp", "Level").In(lang), text("Trạng thái", "State").In(lang), text("Tiến độ", "Progress").In(lang), text("Số liệu", "Figures").In(lang),
	}}
	for _, l := range lines {
		var figures []string
		for _, f := range l.Figures {
			said := f.Label + ": " + f.Value
			if f.When != "" {
				said += fmt.Sprintf(" (%s)", f.When)
			}
			figures = append(figures, said)
		}
		t.Rows = append(t.Rows, tableRow{Cells: []cell{named(l.ID), named(l.Title), named(l.Level), named(l.Status), named(l.Progress), named(strings.Join(figures, "; "))}})
	}
	return t
}
