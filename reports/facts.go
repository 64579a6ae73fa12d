package reports

import (
	"context"
	"fmt"
	"slices"

	"khue"
	"khue/indicators"
	"khue/indicators/definitionfile"
	"khue/reports/document"
)

// Fact is something that a definition itself says, with its source. An empty value
// is printed as not known.
type Fact struct {
	Name, Value khue.Text
	Source      khue.Text
}

// facts reads the facts of a section.
func (r *reader) facts(e definitionfile.Entry) []Fact {
	if n := e.Need("facts"); n != nil && len(n.Content) == 0 {
		e.Wrong("facts", "a section of facts needs at least one")
	}
	var out []Fact
	for _, n := range e.List("facts") {
		one := e.Document.Entry(n, "fact", "name", "value", "source")
		out = append(out, Fact{Name: one.Text("name"), Value: one.OptionalText("value"), Source: one.OptionalText("source")})
	}
	return out
}

// factTable prints what the definition says.
func (p *paper) factTable(s Section) error {
	t := &document.Table{
		ID: "facts", Sheet: p.say("Thông tin chung", "General information"), Title: p.say("Thông tin chung", "General information"),
		Columns: []document.Column{
			{Title: p.say("Nội dung", "Item"), Width: 2.2},
			{Title: p.say("Thông tin", "Information"), Width: 4},
			{Title: p.say("Nguồn", "Source"), Width: 2.4},
		},
		Source: p.say("Do đơn vị lập báo cáo khai trong định nghĩa của báo cáo.", "As stated in the definition of the report."),
	}
	for _, f := range s.Facts {
		value, source := document.W(f.Value.In(p.lang)), document.W(f.Source.In(p.lang))
		if f.Value == (khue.Text{}) {
			value = document.Cell{Kind: document.Unknown, Words: p.say("chưa có thông tin", "not known")}
		}
		if f.Source == (khue.Text{}) {
			source = document.Cell{Kind: document.Unknown, Words: "–"}
		}
		t.Rows = append(t.Rows, document.Row{Cells: []document.Cell{document.W(f.Name.In(p.lang)), value, source}})
	}
	p.part("Thông tin chung", "General information")
	p.add(t)
	return nil
}

// published lists what was published of some subjects in the years of the report,
// as published.
func (p *paper) published(ctx context.Context, s Section) error {
	var claims []indicators.Claim
	for _, subject := range s.Subjects {
		found, err := p.reporter.ask.ClaimsOf(ctx, subject, p.asOf)
		if err != nil {
			return fmt.Errorf("asking for the published figures of %s: %w", subject, err)
		}
		claims = append(claims, slices.DeleteFunc(slices.Clone(found), func(c indicators.Claim) bool {
			period, err := khue.ParsePeriod(c.Period)
			return err != nil || !period.Start().Before(p.period.End()) || !period.End().After(p.definition.begins(p.period))
		})...)
	}
	p.part("Số liệu đã công bố", "Published figures")
	if len(claims) == 0 {
		p.add(document.Text("%s", fmt.Sprintf(p.say("Chưa lưu số liệu công bố nào về %s.", "No published figure of %s is kept."), p.definition.spanText(p.lang, p.period))))
		return nil
	}
	p.add(p.claimTable("published", p.say("Công bố của lễ hội, mạng lưới", "Published elsewhere"), claims))
	return nil
}

// ahead lists the initiatives that are planned beyond the period.
func (p *paper) ahead(ctx context.Context, s Section) error {
	all, err := p.reporter.ask.Initiatives(ctx, s.Programme, p.asOf)
	if err != nil {
		return fmt.Errorf("asking for the initiatives: %w", err)
	}
	later := slices.DeleteFunc(slices.Clone(all), func(i indicators.Initiative) bool {
		return i.PlannedFrom.Before(p.period.End()) && i.PlannedTo.Before(p.period.End())
	})
	p.part("Sáng kiến cho những năm tới", "Initiatives for the years ahead")
	if len(later) == 0 {
		p.add(document.Text("%s", fmt.Sprintf(p.say("Chưa ghi nhận sáng kiến nào có kế hoạch sau %s.", "No initiative planned beyond %s is on record."), p.periodName())))
		return nil
	}
	t, _ := p.initiativeTable("initiatives-ahead", p.say("Sáng kiến sắp tới", "Ahead"), fmt.Sprintf(p.say("Sáng kiến có kế hoạch sau %s", "Initiatives planned beyond %s"), p.periodName()), later)
	p.add(t)
	return nil
}
