package indicators

import (
	"slices"

	"khue"
	"khue/indicators/definitionfile"
	"khue/indicators/disclosure"
)

// Confidential says that figures of a measure must not give away what one
// contributor reported.
type Confidential struct {
	Contributor string // the dimension that tells who reported: member or organiser
	Rule        disclosure.Rule
}

// contributors are the dimensions that tell whose a fact is, by dataset.
var contributors = map[string]string{"attendance": "organiser", "activities": "member"}

// fewest is the least that a threshold can be: of two contributors each knows
// the other.
const fewest = 3

// readConfidential reads the key of a measure; nil when it is absent.
func readConfidential(doc definitionfile.Document, of definitionfile.Entry) *Confidential {
	n := of.Keys["confidential"]
	if n == nil {
		return nil
	}
	e := doc.Entry(n, "confidential", "contributor", "minimum", "dominance")
	c := &Confidential{Contributor: e.Choice("contributor", "member", "organiser"), Rule: disclosure.Rule{Minimum: e.Whole("minimum")}}
	if e.Keys["minimum"] != nil && c.Rule.Minimum < fewest {
		e.Wrong("minimum", "minimum is %d; it must be at least %d, since of two contributors each knows the other", c.Rule.Minimum, fewest)
	}
	d := e.Need("dominance")
	if d == nil {
		return c
	}
	rule := doc.Entry(d, "dominance", "p", "n", "k")
	switch byPercent, byShare := rule.Keys["p"] != nil, rule.Keys["n"] != nil || rule.Keys["k"] != nil; {
	case rule.Keys == nil:
	case byPercent == byShare:
		rule.Fault(rule.Line, "dominance needs either p alone, or both n and k")
	case byPercent:
		if c.Rule.Percent = rule.Number("p"); c.Rule.Percent <= 0 || c.Rule.Percent > 100 {
			rule.Wrong("p", "p is %s; it must be greater than 0 and at most 100", trimmed(c.Rule.Percent))
		}
	default:
		c.Rule.Largest, c.Rule.Share = rule.Whole("n"), rule.Number("k")
		if rule.Keys["n"] != nil && c.Rule.Largest < 1 {
			rule.Wrong("n", "n is %d; it must be at least 1", c.Rule.Largest)
		}
		if rule.Keys["k"] != nil && (c.Rule.Share <= 0 || c.Rule.Share >= 100) {
			rule.Wrong("k", "k is %s; it must lie between 0 and 100", trimmed(c.Rule.Share))
		}
	}
	return c
}

// checkConfidential holds what a measure says of its contributors against its dataset.
func (c *Catalogue) checkConfidential(m Measure, e definitionfile.Entry) {
	if m.Confidential == nil {
		return
	}
	if m.Aggregate != "" && m.Aggregate != "sum" {
		e.Wrong("confidential", "only a sum can be confidential; a %s tells nothing of what one contributor reported", m.Aggregate)
	}
	dataset, known := khue.DatasetOf(m.Dataset)
	if !known {
		return
	}
	if by := m.Confidential.Contributor; by != "" && contributors[m.Dataset] != by {
		e.Wrong("confidential", "dataset %q has no contributor %q", m.Dataset, by)
	}
	if f, ok := dataset.Field(m.Column); ok && (f.Min == nil || *f.Min < 0) {
		e.Wrong("confidential", "column %q may be negative; the rules hold for values that never are", m.Column)
	}
}

// FieldsWithheld are the fields of a dataset that a caller may not see record by
// record, whatever number the records stand behind: each is what one contributor
// reported for a confidential measure.
func (c *Catalogue) FieldsWithheld(dataset string, scope khue.Scope) []string {
	if scope.Confidential {
		return nil
	}
	var out []string
	for _, m := range c.measures {
		if m.Dataset == dataset && m.Confidential != nil {
			out = append(out, m.Column)
		}
	}
	return out
}

// guarded lists the slots of the measures whose figures may have to be withheld
// from a caller.
func (a *inquiry) guarded(scope khue.Scope) []int {
	if scope.Confidential {
		return nil
	}
	var out []int
	for i, m := range a.measures {
		if m.Confidential != nil {
			out = append(out, i)
		}
	}
	return out
}

// publicationDims are the dimensions by which confidential measures are judged,
// beside the month, and so can be asked for.
var publicationDims = []string{"discipline", "area"}

// limitToPublication refuses questions whose answers are no sums of cells that
// were judged together: their difference from an allowed answer could be what
// one contributor reported.
func (s *Service) limitToPublication(a *inquiry) error {
	slots := a.guarded(a.question.Scope)
	if len(slots) == 0 {
		return nil
	}
	m := a.measures[slots[0]]
	for _, d := range a.by {
		if err := m.refuse(d); err != nil {
			return err
		}
	}
	for _, name := range sortedKeys(a.where) {
		if slices.Contains(publicationDims, name) {
			continue
		}
		d, err := s.catalogue.Dimension(name)
		if err != nil {
			return err
		}
		if err := m.refuse(d); err != nil {
			return err
		}
	}
	for _, d := range []struct {
		day  bool
		name string
	}{
		{!a.question.From.IsZero() && a.question.From.Day() != 1, a.question.From.Format("2006-01-02")},
		{!a.question.To.IsZero() && a.question.To.Day() != 1, a.question.To.AddDate(0, 0, -1).Format("2006-01-02")},
	} {
		if d.day {
			return khue.Errorf(khue.Forbidden,
				"chỉ số %[1]s được giữ kín cho từng đơn vị nên chỉ hỏi được theo trọn tháng; ngày %[2]s nằm giữa tháng, hãy hỏi từ đầu tháng đến hết tháng",
				"measure %[1]s is confidential for each contributor, so it can be asked for whole months only; %[2]s lies inside a month, ask from the first day of a month to the last of one",
				m.Name, d.name).Coded("confidential", "from")
		}
	}
	return s.limitMoment(a, m)
}

// refuse tells what can be asked instead of a dimension that is not judged.
func (m Measure) refuse(d Dimension) error {
	if d.Grain != khue.Week && d.Grain != khue.Day && (d.Grain != "" || slices.Contains(publicationDims, d.Name)) {
		return nil
	}
	return khue.Errorf(khue.Forbidden,
		"chỉ số %[1]s được giữ kín cho từng đơn vị nên không hỏi được theo %[2]s; hãy hỏi theo tháng, quý, nửa năm hoặc năm, theo lĩnh vực (discipline) và địa bàn (area)",
		"measure %[1]s is confidential for each contributor, so it cannot be asked by %[2]s; ask by month, quarter, half-year or year, by discipline and by area",
		m.Name, d.Name).Coded("confidential", "by")
}
