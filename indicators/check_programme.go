package indicators

import (
	"regexp"

	"khue"
	"khue/indicators/definitionfile"
)

func (c *Catalogue) checkProgramme(p definitionfile.Parsed[draftProgramme]) Programme {
	d, e := p.Value, p.At
	programme := d.Programme
	uniqueParts(d)
	if programme.Ends != 0 && programme.Ends < programme.Begins {
		e.Wrong("ends", "programme %q ends in %d, before it begins in %d", programme.ID, programme.Ends, programme.Begins)
	}
	for _, t := range d.targets {
		programme.Targets = append(programme.Targets, c.checkTarget(t, programme))
	}
	switch reason := programme.NoTargets != (khue.Text{}); {
	case len(d.targets) == 0 && !reason:
		e.Fault(e.Line, "programme %q has no target; say why in no_targets", programme.ID)
	case len(d.targets) > 0 && reason:
		e.Wrong("no_targets", "programme %q has targets, so no_targets cannot say why it has none", programme.ID)
	}
	for _, m := range d.milestones {
		checkYear(m.At, "year", m.Value.Year, programme)
		programme.Milestones = append(programme.Milestones, m.Value)
	}
	for _, commitment := range d.commitments {
		c.checkFeeding(commitment.At, commitment.Value.FedBy)
		programme.Commitments = append(programme.Commitments, commitment.Value)
	}
	c.checkPapers(d, &programme)
	c.checkFramework(d, &programme)
	return programme
}

func uniqueParts(d draftProgramme) {
	definitionfile.Unique(d.targets, "id", func(t draftTarget) string { return t.ID })
	definitionfile.Unique(d.commitments, "id", func(c Commitment) string { return c.ID })
	definitionfile.Unique(d.milestones, "id", func(m Milestone) string { return m.ID })
	definitionfile.Unique(d.documents, "id", func(x Document) string { return x.ID })
	definitionfile.Unique(d.groups, "id", func(g Group) string { return g.ID })
	definitionfile.Unique(d.themes, "id", func(t Theme) string { return t.ID })
	definitionfile.Unique(d.items, "id", func(i Item) string { return i.ID })
	definitionfile.Unique(d.items, "number", func(i Item) string { return trimmed(float64(i.Number)) })
	definitionfile.Unique(d.targets, "year", func(t draftTarget) string { return t.what() })
}

// checkPapers holds the groups of activities against the documents they stand in.
func (c *Catalogue) checkPapers(d draftProgramme, into *Programme) {
	var papers []string
	for _, x := range d.documents {
		if dated, told := x.Value.Dated, x.Value.Reported; !dated.IsZero() && !told.IsZero() && told.Before(dated) {
			x.At.Wrong("reported", "document %q was reported before the day it is dated", x.Value.ID)
		}
		papers = append(papers, x.Value.ID)
		into.Documents = append(into.Documents, x.Value)
	}
	for _, g := range d.groups {
		refer(g.At, "document", "document", g.Value.Document, papers)
		into.Groups = append(into.Groups, g.Value)
	}
}

// sdgTarget is how the 2030 Agenda numbers its targets.
var sdgTarget = regexp.MustCompile(`^(1[0-7]|[1-9])\.([1-9][0-9]?|[a-d])$`)

func (c *Catalogue) checkFramework(d draftProgramme, into *Programme) {
	var themes []string
	for _, t := range d.themes {
		for _, target := range t.Value.SDGTargets {
			if !sdgTarget.MatchString(target) {
				t.At.Wrong("sdg_targets", "%q is not a target of the 2030 Agenda; write 11.4 or 8.a", target)
			}
		}
		themes = append(themes, t.Value.ID)
		into.Themes = append(into.Themes, t.Value)
	}
	subjects := namesOf(c.subjects, func(s Code) string { return s.Code })
	for _, i := range d.items {
		refer(i.At, "theme", "theme", i.Value.Theme, themes)
		refer(i.At, "subject", "subject", i.Value.Subject, subjects)
		c.checkFeeding(i.At, i.Value.FedBy)
		into.Items = append(into.Items, i.Value)
	}
}

// checkFeeding holds a list of indicators against the catalogue.
func (c *Catalogue) checkFeeding(e definitionfile.Entry, indicators []string) {
	known := namesOf(c.indicators, func(i Indicator) string { return i.Name })
	seen := make(map[string]bool)
	for _, name := range indicators {
		if refer(e, "fed_by", "indicator", name, known) && seen[name] {
			e.Wrong("fed_by", "fed_by names indicator %q twice", name)
		}
		seen[name] = true
	}
}

// lastYear is the last that periods reach.
const lastYear = 2149

func checkYear(e definitionfile.Entry, key string, year int, p Programme) {
	switch {
	case year == 0: // absent or no number: said already
	case year < p.Begins:
		e.Wrong(key, "%s %d lies before programme %q begins in %d", key, year, p.ID, p.Begins)
	case year > lastYear:
		e.Wrong(key, "%s %d lies after %d, the last that can be shown", key, year, lastYear)
	case p.Ends != 0 && year > p.Ends:
		e.Wrong(key, "%s %d lies after programme %q ends in %d", key, year, p.ID, p.Ends)
	}
}

func (c *Catalogue) checkTarget(p definitionfile.Parsed[draftTarget], of Programme) Target {
	t, e := p.Value, p.At
	checkYear(e, "year", t.Year, of)
	u, known := c.unit(e, t.unit)
	if known {
		t.Unit = u.label
		checkRange(e, "value", t.Value, u)
	}
	if t.Upper != nil {
		if *t.Upper <= t.Value {
			e.Wrong("upper", "upper is %s; it must be greater than the value, %s", trimmed(*t.Upper), trimmed(t.Value))
		}
		if known {
			checkRange(e, "upper", *t.Upper, u)
		}
	}
	if b := t.Baseline; b != nil {
		if b.Year >= t.Year {
			t.baseline.Wrong("year", "the baseline year %d must lie before the target year %d", b.Year, t.Year)
		}
		if known {
			checkRange(t.baseline, "value", b.Value, u)
		}
		if (t.Direction == "up" && b.Value >= t.Value) || (t.Direction == "down" && b.Value <= t.Value) {
			t.baseline.Wrong("value", "the baseline %s already meets the target %s", trimmed(b.Value), trimmed(t.Value))
		}
	}
	c.checkReach(&t, e, of)
	for _, i := range c.indicators {
		if i.Name != t.Indicator {
			continue
		}
		if t.unit != "" && i.unit != t.unit {
			e.Wrong("unit", "the target is in %q but its indicator %q is in %q", t.unit, i.Name, i.unit)
		}
		if conflict(t.Direction, i.Direction) {
			e.Wrong("direction", "the target asks for %s, but for its indicator %q %s is better", t.Direction, i.Name, i.Direction)
		}
	}
	refer(e, "indicator", "indicator", t.Indicator, namesOf(c.indicators, func(i Indicator) string { return i.Name }))
	return t.Target
}
