package reports

import (
	"context"
	"fmt"
	"slices"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
	"khue/reports/document"
)

// targets sets every dated target beside what is officially known, and the
// published figures side by side.
func (p *paper) targets(ctx context.Context, s Section) error {
	all, err := p.reporter.ask.Progress(ctx, s.Programme, p.asOf)
	if err != nil {
		return fmt.Errorf("asking how far the targets are: %w", err)
	}
	t := &document.Table{
		ID: "targets", Sheet: p.say("Chỉ tiêu", "Targets"), Title: p.say("Tiến độ đến các chỉ tiêu của Nghị quyết", "Progress to the targets of the resolution"),
		Columns: []document.Column{
			{Title: p.say("Chỉ tiêu", "Target"), Width: 2.6},
			{Title: p.say("Mức phải đạt", "To reach"), Width: 1.5},
			{Title: p.say("Thực hiện", "Actual"), Width: 2},
			{Title: p.say("Kỳ số liệu", "Period"), Width: 1.3},
			{Title: p.say("Tình trạng", "Status"), Width: 1.7},
			{Title: p.say("Điều khoản", "Clause"), Width: 2.6},
		},
		Source: p.say("Nguồn của từng chỉ tiêu và cách xét tình trạng được nêu dưới bảng.", "The source of each target and how its status was judged stand below."),
	}
	var labels []string
	var notes [][]document.Run
	var claims []indicators.Claim
	seen := map[string]bool{}
	for _, g := range all {
		labels = append(labels, g.StatusLabel.In(p.lang))
		p.aimedAt = append(p.aimedAt, g.Target.Indicator)
		t.Rows = append(t.Rows, p.targetRow(g))
		note := g.Target.Label.In(p.lang) + ": " + g.Method.In(p.lang)
		more := []khue.Text{g.NoForecast, g.Target.Standing, g.Target.Note}
		if g.Forecast != nil {
			more = append([]khue.Text{g.Forecast.Text, g.Forecast.Basis}, more...)
		}
		for _, more := range more {
			if more.VI != "" {
				note += " " + more.In(p.lang)
			}
		}
		notes = append(notes, []document.Run{{Text: note, Note: p.say("Nguồn: ", "Source: ") + g.Target.Citation + "."}})
		for _, c := range g.Claims {
			key := fmt.Sprint(c.Subject, "|", c.Period, "|", c.Value, "|", c.Publisher, "|", c.Note)
			if !seen[key] {
				seen[key] = true
				claims = append(claims, c)
			}
		}
	}
	p.found(targetsSentence(p.lang, labels), "")
	p.part("Tiến độ đến các chỉ tiêu", "Progress to the targets")
	if s.Short {
		// On one page a target stands on one line: its period and clause are in the progress report.
		withoutColumns(t, 3, 5)
		for i, width := range []float64{4.1, 1.8, 1.5, 2.6} {
			t.Columns[i].Width = width
		}
		for _, row := range t.Rows {
			if row.Cells[2].Kind == document.Unknown {
				row.Cells[2].Words = "–" // the status says it in words
			}
		}
		t.Source = p.say("Cách xét tình trạng, nguồn và căn cứ của từng chỉ tiêu: xem báo cáo tiến độ thực hiện.", "How each status was judged, sources and grounds: see the progress report.")
		p.add(t)
		return nil
	}
	p.add(t, document.Bullets{Items: notes})
	if slices.ContainsFunc(all, func(g indicators.TargetProgress) bool { return g.Rule != "" }) {
		p.add(document.Paragraph{Runs: []document.Run{{Text: indicators.StatusMethod().In(p.lang)}}})
	}
	if len(claims) > 0 {
		p.add(p.claimTable("claims", p.say("Số liệu đã công bố", "Published figures"), claims))
	}
	return nil
}

func (p *paper) targetRow(g indicators.TargetProgress) document.Row {
	unit := g.Target.Unit.In(p.lang)
	with := func(v float64) string {
		decimals := 0
		if v != float64(int64(v)) {
			decimals = 2
		}
		if unit == "%" {
			return locale.Number(p.lang, v, decimals) + "%"
		}
		return locale.Number(p.lang, v, decimals) + " " + unit
	}
	actual, period := document.Missing(), document.Cell{Kind: document.Unknown, Words: "–"}
	if g.Actual.Known {
		actual, period = document.W(with(g.Actual.Number)), document.W(locale.PeriodLabel(p.lang, g.ActualPeriod))
	}
	return document.Row{Cells: []document.Cell{
		document.W(g.Target.Label.In(p.lang)), document.W(g.Target.Goal().In(p.lang)), actual, period, document.W(g.StatusLabel.In(p.lang)), document.W(g.Target.Clause),
	}}
}

var claimKinds = map[string]khue.Text{
	"actual": {VI: "thực hiện", EN: "actual"}, "target": {VI: "mục tiêu", EN: "target"}, "estimate": {VI: "ước tính", EN: "estimate"},
}

// claimTable lists published figures as published; they may contradict each other.
func (p *paper) claimTable(id, sheet string, claims []indicators.Claim) *document.Table {
	t := &document.Table{
		ID: id, Sheet: sheet, Title: p.say("Các số liệu đã công bố, đặt cạnh nhau", "Published figures, side by side"), Annex: true,
		Columns: []document.Column{
			{Title: p.say("Nội dung", "Subject"), Width: 2.6},
			{Title: p.say("Kỳ", "Period"), Width: 1},
			{Title: p.say("Giá trị", "Value"), Kind: document.Number, Width: 1},
			{Title: p.say("Đơn vị", "Unit"), Width: 1},
			{Title: p.say("Loại", "Kind"), Width: 1.1},
			{Title: p.say("Nơi công bố", "Publisher"), Width: 2.2},
			{Title: p.say("Ghi chú", "Note"), Width: 2.2},
		},
		Source: p.say("Chép nguyên như đã công bố; các số có thể khác nhau về phạm vi và cách tính. Loại “mục tiêu” không phải là kết quả đo được.",
			"Kept as published; figures may differ in scope and method. Those of kind “target” are not measured results."),
	}
	for _, c := range claims {
		decimals := 0
		if c.Value != float64(int64(c.Value)) {
			decimals = 2
		}
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			document.W(c.SubjectLabel.In(p.lang)), document.W(c.Period), document.N(c.Value, decimals), document.W(c.Unit.In(p.lang)),
			document.W(claimKinds[c.Kind].In(p.lang)), document.W(c.Publisher), document.W(c.Note.In(p.lang)),
		}})
	}
	return t
}

// withoutColumns takes columns out of a table.
func withoutColumns(t *document.Table, which ...int) {
	for _, at := range slices.Backward(which) {
		t.Columns = slices.Delete(t.Columns, at, at+1)
		for i := range t.Rows {
			t.Rows[i].Cells = slices.Delete(t.Rows[i].Cells, at, at+1)
		}
	}
}

var levels = map[string]khue.Text{
	"local": {VI: "Địa phương", EN: "Local"}, "international": {VI: "Quốc tế", EN: "International"},
}

// commitments tells what was promised to UNESCO and what was done in the period.
func (p *paper) commitments(ctx context.Context, s Section) error {
	programme, err := p.reporter.options.Meaning.Programme(s.Programme)
	if err != nil {
		return err
	}
	all, err := p.reporter.ask.Initiatives(ctx, s.Programme, p.asOf)
	if err != nil {
		return fmt.Errorf("asking for the initiatives: %w", err)
	}
	own := commitmentWords[s.Level]
	t := &document.Table{
		ID: own.id, Sheet: own.sheet.In(p.lang), Title: own.title.In(p.lang), Annex: true,
		Columns: []document.Column{
			{Title: p.say("Mã", "Code"), Width: 0.7},
			{Title: p.say("Cấp", "Level"), Width: 1.2},
			{Title: p.say("Cam kết", "Commitment"), Width: 2.6},
			{Title: p.say("Tình trạng theo nguồn đã công bố", "Standing by published sources"), Width: 4.6},
			{Title: p.say("Nguồn", "Source"), Width: 2.2},
		},
		Source: p.say("Nguồn chung: ", "General source: ") + programme.Citation + ".",
	}
	promised := map[string]bool{}
	for _, c := range programme.Commitments {
		if s.Level != "" && c.Level != s.Level {
			continue
		}
		promised[c.ID] = true
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			document.W(c.ID), document.W(levels[c.Level].In(p.lang)), document.W(c.Title.In(p.lang)), document.W(c.KnownStatus.In(p.lang)), document.W(c.Citation),
		}})
	}
	all = slices.DeleteFunc(slices.Clone(all), func(i indicators.Initiative) bool { return !p.touches(i) || s.Level != "" && !promised[i.Commitment] })
	table, labels := p.initiativeTable(own.initiatives, own.initiativeSheet.In(p.lang), fmt.Sprintf(own.initiativeTitle.In(p.lang), p.spanName()), all)
	sentence := initiativesSentence(p.lang, p.spanName(), labels, late(all))
	if s.Level == "" {
		p.found(sentence, "")
	}
	p.part(own.heading.VI, own.heading.EN)
	if s.Level == "" {
		p.add(document.Text("%s", programme.Description.In(p.lang)))
	}
	p.add(t, document.Text("%s", sentence))
	if len(table.Rows) > 0 {
		p.add(table)
	}
	return nil
}

// commitmentSection is how commitments of a level are told of.
type commitmentSection struct {
	id, initiatives                  string // of the tables
	heading, title, sheet            khue.Text
	initiativeSheet, initiativeTitle khue.Text
}

// commitmentWords are by level; "" are all of them.
var commitmentWords = map[string]commitmentSection{
	"": {
		"commitments", "initiatives",
		khue.Text{VI: "Cam kết với UNESCO và các sáng kiến", EN: "Commitments to UNESCO and initiatives"},
		khue.Text{VI: "Các cam kết với UNESCO", EN: "Commitments to UNESCO"},
		khue.Text{VI: "Cam kết UNESCO", EN: "UNESCO commitments"},
		khue.Text{VI: "Sáng kiến", EN: "Initiatives"},
		khue.Text{VI: "Sáng kiến của %s: kế hoạch và thực tế", EN: "Initiatives of %s: planned and actual"},
	},
	"local": {
		"commitments-local", "initiatives-local",
		khue.Text{VI: "Sáng kiến ở địa phương", EN: "Local initiatives"},
		khue.Text{VI: "Cam kết ở địa phương", EN: "Local commitments"},
		khue.Text{VI: "Cam kết địa phương", EN: "Local commitments"},
		khue.Text{VI: "Sáng kiến địa phương", EN: "Local initiatives"},
		khue.Text{VI: "Sáng kiến ở địa phương của %s: kế hoạch và thực tế", EN: "Local initiatives of %s: planned and actual"},
	},
	"international": {
		"commitments-international", "initiatives-international",
		khue.Text{VI: "Sáng kiến hợp tác giữa các thành phố", EN: "Inter-city and international initiatives"},
		khue.Text{VI: "Cam kết ở cấp quốc tế", EN: "International commitments"},
		khue.Text{VI: "Cam kết quốc tế", EN: "International commitments"},
		khue.Text{VI: "Sáng kiến quốc tế", EN: "International initiatives"},
		khue.Text{VI: "Sáng kiến quốc tế của %s: kế hoạch và thực tế", EN: "International initiatives of %s: planned and actual"},
	},
}

// late counts those past their planned end.
func late(all []indicators.Initiative) int {
	n := 0
	for _, i := range all {
		if i.PastPlan {
			n++
		}
	}
	return n
}

// initiativeTable lists initiatives, and gives their status in words.
func (p *paper) initiativeTable(id, sheet, title string, all []indicators.Initiative) (*document.Table, []string) {
	t := &document.Table{
		ID: id, Sheet: sheet, Annex: true, Title: title,
		Columns: []document.Column{
			{Title: p.say("Cam kết", "For"), Width: 0.9},
			{Title: p.say("Sáng kiến", "Initiative"), Width: 2.9},
			{Title: p.say("Chủ trì", "Owner"), Width: 1.9},
			{Title: p.say("Kế hoạch", "Planned"), Kind: document.Range, Width: 1.5},
			{Title: p.say("Thực tế", "Actual"), Kind: document.Range, Width: 1.5},
			{Title: p.say("Kinh phí (triệu đồng)", "Budget (million dong)"), Kind: document.Number, Width: 1.2},
			{Title: p.say("Tình trạng", "Status"), Width: 1.5},
		},
		Source: p.say("Ngày bỏ trống là chưa được báo cáo. Kinh phí là số được giao hoặc báo cáo.", "A day left open has not been reported. Budgets are as set or reported."),
	}
	var labels []string
	for _, i := range all {
		status := i.StatusLabel.In(p.lang)
		labels = append(labels, status)
		if i.PastPlan {
			status += fmt.Sprintf(p.say(", quá hạn %d ngày", ", %d days past plan"), i.DaysPastPlan)
		}
		budget := document.Missing()
		if i.BudgetVND != nil {
			budget = document.N(float64(*i.BudgetVND)/1e6, 0)
		}
		owner := document.W(i.Owner)
		if i.Owner == "" {
			owner = document.Cell{Kind: document.Unknown, Words: "–"}
		}
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			document.W(i.Commitment), document.W(i.Title), owner, document.Days(i.PlannedFrom, i.PlannedTo), document.Days(i.ActualFrom, i.ActualTo), budget, document.W(status),
		}})
	}
	return t, labels
}

// touches tells whether an initiative was planned for or carried out in the days
// that the report tells of.
func (p *paper) touches(i indicators.Initiative) bool {
	in := func(from, to time.Time) bool {
		switch {
		case from.IsZero() && to.IsZero():
			return false
		case from.IsZero():
			from = to
		case to.IsZero():
			to = from
		}
		return from.Before(p.period.End()) && !to.Before(p.definition.begins(p.period))
	}
	return in(i.PlannedFrom, i.PlannedTo) || in(i.ActualFrom, i.ActualTo)
}

// quality is the annex on how far and how clean the facts are.
func (p *paper) quality(ctx context.Context) error {
	states, err := p.reporter.ask.Freshness(ctx)
	if err != nil {
		return fmt.Errorf("asking how fresh the facts are: %w", err)
	}
	t := &document.Table{
		ID: "quality", Sheet: p.say("Chất lượng dữ liệu", "Data quality"), Title: p.say("Dữ liệu mới và sạch đến đâu", "How fresh and how clean the data are"),
		Columns: []document.Column{
			{Title: p.say("Bộ dữ liệu", "Dataset"), Width: 2.6},
			{Title: p.say("Số liệu đến ngày", "Data until"), Kind: document.Date, Width: 1.6},
			{Title: p.say("Nhận lần cuối", "Last received"), Kind: document.Moment, Width: 2},
			{Title: p.say("Số dòng", "Rows"), Kind: document.Number, Width: 1.3},
			{Title: p.say("Dòng chờ xử lý", "Held back"), Kind: document.Number, Width: 1.3},
		},
		Source: fmt.Sprintf(p.say("Dòng chờ xử lý là dòng bị từ chối khi kiểm tra và chưa được sửa; chúng không nằm trong các con số. Tình trạng lúc lập báo cáo, %s.",
			"Rows held back failed a check and are not settled; the figures leave them out. As it stood when the report was made, %s."), locale.Moment(p.lang, p.asOf)),
	}
	for _, f := range states {
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{
			document.W(f.Label.In(p.lang)), document.D(f.DataUntil), document.M(f.LastPulled), document.N(float64(f.Rows), 0), document.N(float64(f.Quarantined), 0),
		}})
	}
	p.part("Chất lượng dữ liệu", "Data quality")
	p.add(t)
	return nil
}
