package dashboards

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// gatherReport sets the next report to UNESCO against what is known; without an
// id when none is defined.
func (v *visit) gatherReport(ctx context.Context) (indicators.Readiness, error) {
	r, owed := v.site.service.Catalogue().ReportDue(creativeCityID, v.frame.today.Year())
	if !owed {
		return indicators.Readiness{}, nil
	}
	return recall(ctx, v.site.memory, v.state, "readiness "+r.ID, func(ctx context.Context) (indicators.Readiness, error) {
		return v.site.service.Readiness(ctx, r.ID, time.Time{}, reach())
	})
}

// reportView is the next report by its parts.
type reportView struct {
	Due, Left string // when it is due; how long until then, "" when no day is known
	Covers    status // the years that it covers, with how well they are known
	Mark      status // of the template
	Note      string
	Tally     []tallyPiece
	Sections  []reportSection
}

// tallyPiece is how many fields are in a state, and their part of the bar.
type tallyPiece struct {
	N           int
	Word, Tone  string
	From, Width float64
}

type reportSection struct {
	Number             int
	Title, Note, Tally string
	Fields             []reportField
}

type reportField struct {
	Title, Value, Note, Limit string
	State                     status
	Mark                      *status // of a fact
	Citation                  string
	Figures                   []fieldFigures
	Actions                   []action
}

// fieldFigures is an indicator with its figure in each year of the report.
type fieldFigures struct {
	Label, Address string
	Years          []fieldFigure
}

type fieldFigure struct {
	Year, Value, Why string
	Partial          bool
}

var fieldTones = map[string]string{
	indicators.FieldReady: "good", indicators.FieldPartly: "attention", indicators.FieldNarrative: "going", indicators.FieldMissing: "bad",
}

func (v *visit) reportDrawn(lang khue.Lang, r indicators.Readiness) drawn {
	c := card{ID: "report", Title: text("Báo cáo giám sát thành viên", "Membership Monitoring Report").In(lang), CSV: v.addressOf(lang, "report.csv")}
	if r.Report.ID == "" {
		c.Empty = text("Định nghĩa đang dùng không có mẫu của báo cáo nào phải nộp cho UNESCO.", "The definitions in force hold no template of a report owed to UNESCO.").In(lang)
		return drawn{card: c, body: "report"}
	}
	c.Title = reportTitle(lang, r)
	c.Subtitle = r.Report.Title.In(lang) + text(": mục nào đã có dữ liệu ở đây, mục nào cần người viết, mục nào còn thiếu", ": which fields have data here, which need writing, which are missing").In(lang)
	c.Source = text("Mẫu: ", "Template: ").In(lang) + r.Report.Citation
	if len(r.Figures.Columns) > 0 {
		c.Evidence = []evidence{v.evidenceOf(lang, r.Figures)}
	}
	view := reportView{
		Due: textf("năm %[1]d; ngày cụ thể chưa rõ", "%[1]d; the day is not known", r.Milestone.Year).In(lang), Note: r.Report.Note.In(lang), Mark: knownAs(lang, r.Report.Mark),
		Covers: status{markTones[r.Report.PeriodMark], fmt.Sprintf("%d–%d · %s", r.Report.From, r.Report.To, indicators.MarkLabel(r.Report.PeriodMark).In(lang))},
		Tally:  tallyPieces(lang, r.Tally),
	}
	if due := r.Report.Due; !due.IsZero() {
		view.Due, view.Left = locale.Date(lang, due), daysLeft(lang, r.DaysLeft)
	}
	for _, s := range r.Sections {
		view.Sections = append(view.Sections, v.reportSectionOf(lang, r, s))
	}
	c.Table = reportTable(lang, r, view, c.Subtitle)
	return drawn{card: c, body: "report", view: view}
}

func reportTitle(lang khue.Lang, r indicators.Readiness) string {
	var parts []string
	for _, p := range tallyPieces(lang, r.Tally) {
		parts = append(parts, fmt.Sprintf("%d %s", p.N, lowered(p.Word)))
	}
	return textf("Báo cáo phải nộp năm %[1]d: ", "The report due in %[1]d: ", r.Milestone.Year).In(lang) + listed(lang, parts)
}

func daysLeft(lang khue.Lang, days int) string {
	n := max(days, -days)
	vi, en := locale.Number(khue.Vietnamese, float64(n), 0), locale.Number(khue.English, float64(n), 0)
	switch {
	case days < 0:
		return textf("đã quá hạn %[1]s ngày", "%[2]s %[3]s past", vi, en, plural(n, "day", "days")).In(lang)
	case days == 0:
		return text("hạn là hôm nay", "due today").In(lang)
	}
	return textf("còn %[1]s ngày", "%[2]s %[3]s left", vi, en, plural(n, "day", "days")).In(lang)
}

// tallyPieces are the states that any field is in, with their part of a bar.
func tallyPieces(lang khue.Lang, tally map[string]int) []tallyPiece {
	total := 0
	for _, n := range tally {
		total += n
	}
	var out []tallyPiece
	at := 0.0
	for _, state := range indicators.FieldStates() {
		n := tally[state]
		if n == 0 {
			continue
		}
		width := 100 * float64(n) / float64(total)
		out = append(out, tallyPiece{n, indicators.FieldStateLabel(state).In(lang), fieldTones[state], round1(at), round1(width)})
		at += width
	}
	return out
}

func (v *visit) reportSectionOf(lang khue.Lang, r indicators.Readiness, s indicators.SectionReadiness) reportSection {
	out := reportSection{
		Number: s.Section.Number, Title: s.Section.Title.In(lang), Note: s.Section.Note.In(lang),
		Tally: textf("%[1]d trên %[2]d mục đã có dữ liệu", "%[1]d of %[2]d with data", s.Tally[indicators.FieldReady], len(s.Fields)).In(lang),
	}
	for _, f := range s.Fields {
		one := reportField{
			Title: f.Field.Title.In(lang), Value: f.Field.Value.In(lang), Note: f.Field.Note.In(lang), Citation: f.Field.Citation,
			State: status{fieldTones[f.State], indicators.FieldStateLabel(f.State).In(lang)},
		}
		if f.Field.Holds == indicators.HoldsFact {
			mark := knownAs(lang, f.Field.Mark)
			one.Mark = &mark
		}
		if f.Field.Most > 0 {
			one.Limit = textf("Mẫu nhận nhiều nhất %[1]d.", "The template takes %[1]d at most.", f.Field.Most).In(lang)
			if len(f.Actions) > f.Field.Most {
				one.Limit = textf("Mẫu nhận nhiều nhất %[1]d, cần chọn.", "The template takes %[1]d at most; a choice is needed.", f.Field.Most).In(lang)
			}
		}
		if n := len(f.Actions); n > 0 {
			one.Value = textf("%[1]d việc đã đăng ký trong %[3]d–%[4]d", "%[1]d registered %[2]s in %[3]d–%[4]d", n, plural(n, "action", "actions"), r.Report.From, r.Report.To).In(lang)
		}
		for _, i := range f.Actions {
			one.Actions = append(one.Actions, actionOf(lang, i, stateOfAction(i)))
		}
		for n, at := range f.Figures {
			one.Figures = append(one.Figures, v.fieldFiguresOf(lang, r.Figures, f.Field.FedBy[n], at))
		}
		out.Fields = append(out.Fields, one)
	}
	return out
}

func (v *visit) fieldFiguresOf(lang khue.Lang, a indicators.Answer, name string, at int) fieldFigures {
	column := columnOf(a, name)
	out := fieldFigures{Label: column.Label.In(lang), Address: entryAddress(name)}
	for i, row := range a.Rows {
		f := fieldFigure{Year: strconv.Itoa(row.Keys[0].Period.Start().Year()), Value: exact(lang, row.Values[at], column.Decimals)}
		if value := row.Values[at]; value.Known || value.Suppressed {
			f.Why, f.Partial = whyOf(a, i, at), row.Partial && value.Known
		}
		out.Years = append(out.Years, f)
	}
	return out
}

func reportTable(lang khue.Lang, r indicators.Readiness, view reportView, caption string) *table {
	t := &table{Caption: caption, Head: []string{
		text("Phần", "Section").In(lang), text("Mục", "Field").In(lang), text("Tình trạng", "State").In(lang), text("Có ở đây", "At hand").In(lang), text("Ghi chú", "Note").In(lang),
	}}
	for i, s := range view.Sections {
		for j, f := range s.Fields {
			value := f.Value
			for _, figures := range f.Figures {
				line := figures.Label + ":"
				for _, y := range figures.Years {
					line += " " + y.Year + ": " + y.Value + ";"
				}
				value = joined(value, line[:len(line)-1])
			}
			note := r.Sections[i].Fields[j].Field.Note.In(lang)
			t.Rows = append(t.Rows, tableRow{Cells: []cell{named(strconv.Itoa(s.Number) + ". " + s.Title), named(f.Title), named(f.State.Word), named(value), named(note)}})
		}
	}
	return t
}

// gatherPlans is the programme as it is defined; nothing is asked for.
func (v *visit) gatherPlans(context.Context) (indicators.Programme, error) {
	return v.site.service.Catalogue().Programme(creativeCityID)
}

// plansView is the documents that the commitments rest on, and dated facts.
type plansView struct {
	Description, Reason string
	Papers              []paperView
	Milestones          []milestoneLine
	Address             string
}

func (v *visit) plansDrawn(lang khue.Lang, p indicators.Programme) drawn {
	view := plansView{Description: p.Description.In(lang), Reason: p.NoTargets.In(lang), Milestones: milestonesOf(lang, p.Milestones), Address: programmeLink(lang, p).Address}
	for _, d := range p.Documents {
		view.Papers = append(view.Papers, paperOf(lang, p, d))
	}
	slices.Reverse(view.Papers) // the newest first
	c := card{
		ID: "plans", Title: textf("%[1]d văn bản và %[2]d mốc báo cáo", "%[1]d documents and %[2]d reports", len(view.Papers), len(view.Milestones)).In(lang),
		Subtitle: text("Văn bản thực hiện cam kết, mới nhất trước; nhãn cho biết từng điều được biết chắc đến đâu", "Documents that carry the commitments out, the newest first; a mark says how well each thing is known").In(lang),
		Source:   text("Nguồn: ", "Source: ").In(lang) + p.Citation,
	}
	return drawn{card: c, body: "plans", view: view}
}
