package reports

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"khue"
	"khue/indicators"
	"khue/locale"
	"khue/reports/document"
)

// formFigures are what feeds a form, by year.
type formFigures struct {
	answer indicators.Answer
	mark   string
}

// form writes the parts that a template asks for, in its order: facts as they stand in
// it, registered actions, figures by year; what somebody has to write or look up
// elsewhere is left open in sight.
func (p *paper) form(ctx context.Context, s Section) error {
	template, err := p.reporter.options.Meaning.MonitoringReport(s.Form)
	if err != nil {
		return err
	}
	actions, err := p.reporter.ask.Initiatives(ctx, template.Programme, p.asOf)
	if err != nil {
		return fmt.Errorf("asking for the initiatives: %w", err)
	}
	figures, err := p.feeding(ctx, template)
	if err != nil {
		return err
	}
	open := 0
	for _, section := range template.Sections {
		p.add(document.Heading{Level: 1, Text: section.Title.In(p.lang), Numbered: true})
		for _, field := range section.Fields {
			if len(section.Fields) > 1 {
				p.add(document.Heading{Level: 2, Text: field.Title.In(p.lang)})
			}
			if !p.field(section, field, template.Within(field, actions), figures) {
				open++
			}
		}
	}
	if open > 0 {
		p.found(fmt.Sprintf(p.say("Còn %d mục của mẫu báo cáo chưa điền.", "Fields of the form that are still open: %d."), open), "")
	}
	return nil
}

// feeding asks for the figures that feed a template, for the years that it and the
// report cover.
func (p *paper) feeding(ctx context.Context, template indicators.MonitoringReport) (formFigures, error) {
	var names []string
	for _, section := range template.Sections {
		for _, field := range section.Fields {
			for _, name := range field.FedBy {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	if len(names) == 0 {
		return formFigures{}, nil
	}
	from := khue.MustParsePeriod(strconv.Itoa(template.From)).Start()
	// Some figures that feed a form are answered by whole months alone.
	q := p.question(from, khue.PeriodOf(p.window.to, khue.Month).Start(), string(khue.Year), names...)
	if !from.Before(q.To) {
		return formFigures{}, nil
	}
	a, err := p.reporter.ask.Ask(ctx, q)
	if err != nil {
		return formFigures{}, fmt.Errorf("asking for what feeds the form %s: %w", template.ID, err)
	}
	return formFigures{a, p.ledger.add(p.say("Số liệu cho mẫu báo cáo, ", "Figures for the form, ")+p.span(from, q.To), a.Evidence)}, nil
}

// field writes what there is for a field; false when something is left open.
func (p *paper) field(within indicators.ReportSection, f indicators.ReportField, actions []indicators.Initiative, figures formFigures) bool {
	filled := true
	switch f.Holds {
	case indicators.HoldsFact:
		if f.Value == (khue.Text{}) {
			if filled = p.writtenIn(within, f); !filled {
				p.leftOpen(p.say("chưa có thông tin chính thức", "no official information"), f.Note)
			}
			return filled
		}
		p.add(document.Paragraph{Runs: []document.Run{{Text: f.Value.In(p.lang), Note: p.say("Nguồn: ", "Source: ") + f.Citation + "."}}})
	case indicators.HoldsActions:
		if filled = len(actions) > 0; !filled {
			p.leftOpen(p.say("chưa ghi nhận sáng kiến nào", "no action is on record"), f.Note)
		} else {
			p.actions(f, actions)
		}
	case indicators.HoldsNarrative:
		if filled = p.writtenIn(within, f); !filled {
			p.leftOpen(p.say("phần cần viết", "to be written"), f.Note)
		}
	case indicators.HoldsOutside:
		if filled = p.writtenIn(within, f); !filled {
			p.leftOpen(p.say("không có trong dữ liệu, cần bổ sung", "not in the data, to be added"), f.Note)
		}
	}
	return p.fed(f, figures) && filled
}

// leftOpen says in sight what is not there yet, with what the template notes of it.
func (p *paper) leftOpen(what string, note khue.Text) {
	words := "[" + upperFirst(what) + "]"
	if note != (khue.Text{}) {
		words += " " + note.In(p.lang)
	}
	p.add(document.Callout{Runs: []document.Run{{Text: words}}})
}

// actions lists the actions of a field with their days and how they stand.
func (p *paper) actions(f indicators.ReportField, actions []indicators.Initiative) {
	var items [][]document.Run
	for _, i := range actions {
		from, to := i.ActualFrom, i.ActualTo
		if from.IsZero() {
			from, to = i.PlannedFrom, i.PlannedTo
		}
		items = append(items, []document.Run{{Text: fmt.Sprintf("%s (%s; %s; %s)", i.Title, i.Commitment, document.Days(from, to).Text(p.lang), lowered(i.StatusLabel.In(p.lang)))}})
	}
	p.add(document.Bullets{Items: items})
	if f.Most > 0 && len(actions) > f.Most {
		p.add(document.Callout{Runs: []document.Run{{Text: fmt.Sprintf(
			p.say("Mẫu báo cáo nhận nhiều nhất %d mục; ở đây có %d, cần chọn lại.", "The form takes %d entries at most; there are %d here, to be chosen from."), f.Most, len(actions))}}})
	}
}

// fed lists the figures of a field, year by year; false when one that it rests on
// is not known.
func (p *paper) fed(f indicators.ReportField, figures formFigures) bool {
	var items [][]document.Run
	known := true
	for _, name := range f.FedBy {
		column := slices.Index(figures.answer.Question.Measures, name)
		if column < 0 {
			continue
		}
		label, unit, decimals := p.figureName(name)
		var years []string
		for _, row := range figures.answer.Rows {
			years = append(years, p.yearUntil(row.Keys[0].Period, figures.answer.Question.To)+": "+openCell(row.Values[column], decimals).Text(p.lang))
		}
		if !slices.ContainsFunc(figures.answer.Rows, func(r indicators.Row) bool { return r.Values[column].Known }) {
			years, known = []string{lowered(locale.Unknown(p.lang))}, false
		}
		items = append(items, []document.Run{{Text: label + " (" + unit + "): " + strings.Join(years, "; ") + ".", Note: p.cite(figures.answer.Evidence, figures.mark)}})
	}
	if len(items) > 0 {
		p.add(document.Bullets{Items: items})
	}
	return known || f.Holds != indicators.HoldsFigures
}

// yearUntil names a year, with the day to which it is told where that is not its last.
func (p *paper) yearUntil(year khue.Period, end time.Time) string {
	if !end.Before(year.End()) {
		return year.String()
	}
	return year.String() + p.say(" (đến hết ", " (until ") + end.AddDate(0, 0, -1).Format(p.say("02/01", "2 Jan")) + ")"
}

// figureName is the name of a measure or an indicator, with its unit and decimals.
func (p *paper) figureName(name string) (label, unit string, decimals int) {
	if m, ok := p.measures[name]; ok {
		return m.Label.In(p.lang), m.Unit.In(p.lang), m.Decimals
	}
	if i, err := p.reporter.options.Meaning.Indicator(name); err == nil {
		return i.Label.In(p.lang), i.Unit.In(p.lang), i.Decimals
	}
	return name, "", 0
}
