package reports

import (
	"context"
	"fmt"
	"slices"

	"khue"
	"khue/indicators"
	"khue/reports/document"
)

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
