package indicators

import (
	"regexp"

	"khue"
)

func (c *Catalogue) checkProgramme(p parsed[draftProgramme]) Programme {
	d, e := p.value, p.at
	programme := d.Programme
	uniqueParts(d)
	if programme.Ends != 0 && programme.Ends < programme.Begins {
		e.wrong("ends", "programme %q ends in %d, before it begins in %d", programme.ID, programme.Ends, programme.Begins)
	}
	for _, t := range d.targets {
		programme.Targets = append(programme.Targets, c.checkTarget(t, programme))
	}
	switch reason := programme.NoTargets != (khue.Text{}); {
	case len(d.targets) == 0 && !reason:
		e.fault(e.line, "programme %q has no target; say why in no_targets", programme.ID)
	case len(d.targets) > 0 && reason:
		e.wrong("no_targets", "programme %q has targets, so no_targets cannot say why it has none", programme.ID)
	}
	for _, m := range d.milestones {
		m.at.checkYear("year", m.value.Year, programme)
		programme.Milestones = append(programme.Milestones, m.value)
	}
	for _, commitment := range d.commitments {
		c.checkFeeding(commitment.at, commitment.value.FedBy)
		programme.Commitments = append(programme.Commitments, commitment.value)
	}
	c.checkPapers(d, &programme)
	c.checkFramework(d, &programme)
	return programme
}

func uniqueParts(d draftProgramme) {
	unique(d.targets, "id", func(t draftTarget) string { return t.ID })
	unique(d.commitments, "id", func(c Commitment) string { return c.ID })
	unique(d.milestones, "id", func(m Milestone) string { return m.ID })
	unique(d.documents, "id", func(x Document) string { return x.ID })
	unique(d.groups, "id", func(g Group) string { return g.ID })
	unique(d.themes, "id", func(t Theme) string { return t.ID })
	unique(d.items, "id", func(i Item) string { return i.ID })
	unique(d.items, "number", func(i Item) string { return trimmed(float64(i.Number)) })
	unique(d.targets, "year", func(t draftTarget) string { return t.what() })
}

// checkPapers holds the groups of activities against the documents they stand in.
func (c *Catalogue) checkPapers(d draftProgramme, into *Programme) {
	var papers []string
	for _, x := range d.documents {
		if dated, told := x.value.Dated, x.value.Reported; !dated.IsZero() && !told.IsZero() && told.Before(dated) {
			x.at.wrong("reported", "document %q was reported before the day it is dated", x.value.ID)
		}
		papers = append(papers, x.value.ID)
		into.Documents = append(into.Documents, x.value)
	}
	for _, g := range d.groups {
		refer(g.at, "document", "document", g.value.Document, papers)
		into.Groups = append(into.Groups, g.value)
	}
}

// sdgTarget is how the 2030 Agenda numbers its targets.
var sdgTarget = regexp.MustCompile(`^(1[0-7]|[1-9])\.([1-9][0-9]?|[a-d])$`)

func (c *Catalogue) checkFramework(d draftProgramme, into *Programme) {
	var themes []string
	for _, t := range d.themes {
		for _, target := range t.value.SDGTargets {
			if !sdgTarget.MatchString(target) {
				t.at.wrong("sdg_targets", "%q is not a target of the 2030 Agenda; write 11.4 or 8.a", target)
			}
		}
		themes = append(themes, t.value.ID)
		into.Themes = append(into.Themes, t.value)
	}
	subjects := namesOf(c.subjects, func(s Code) string { return s.Code })
	for _, i := range d.items {
		refer(i.at, "theme", "theme", i.value.Theme, themes)
		refer(i.at, "subject", "subject", i.value.Subject, subjects)
		c.checkFeeding(i.at, i.value.FedBy)
		into.Items = append(into.Items, i.value)
	}
}

// checkFeeding holds a list of indicators against the catalogue.
func (c *Catalogue) checkFeeding(e entry, indicators []string) {
	known := namesOf(c.indicators, func(i Indicator) string { return i.Name })
	seen := make(map[string]bool)
	for _, name := range indicators {
		if refer(e, "fed_by", "indicator", name, known) && seen[name] {
			e.wrong("fed_by", "fed_by names indicator %q twice", name)
		}
		seen[name] = true
	}
}

// lastYear is the last that periods reach.
const lastYear = 2149

func (e entry) checkYear(key string, year int, p Programme) {
	switch {
	case year == 0: // absent or no number: said already
	case year < p.Begins:
		e.wrong(key, "%s %d lies before programme %q begins in %d", key, year, p.ID, p.Begins)
	case year > lastYear:
		e.wrong(key, "%s %d lies after %d, the last that can be shown", key, year, lastYear)
	case p.Ends != 0 && year > p.Ends:
		e.wrong(key, "%s %d lies after programme %q ends in %d", key, year, p.ID, p.Ends)
	}
}

func (c *Catalogue) checkTarget(p parsed[draftTarget], of Programme) Target {
	t, e := p.value, p.at
	e.checkYear("year", t.Year, of)
	u, known := c.unit(e, t.unit)
	if known {
		t.Unit = u.label
		e.checkRange("value", t.Value, u)
	}
	if t.Upper != nil {
		if *t.Upper <= t.Value {
			e.wrong("upper", "upper is %s; it must be greater than the value, %s", trimmed(*t.Upper), trimmed(t.Value))
		}
		if known {
			e.checkRange("upper", *t.Upper, u)
		}
	}
	if b := t.Baseline; b != nil {
		if b.Year >= t.Year {
			t.baseline.wrong("year", "the baseline year %d must lie before the target year %d", b.Year, t.Year)
		}
		if known {
			t.baseline.checkRange("value", b.Value, u)
		}
		if (t.Direction == "up" && b.Value >= t.Value) || (t.Direction == "down" && b.Value <= t.Value) {
			t.baseline.wrong("value", "the baseline %s already meets the target %s", trimmed(b.Value), trimmed(t.Value))
		}
	}
	c.checkReach(&t, e, of)
	for _, i := range c.indicators {
		if i.Name != t.Indicator {
			continue
		}
		if t.unit != "" && i.unit != t.unit {
			e.wrong("unit", "the target is in %q but its indicator %q is in %q", t.unit, i.Name, i.unit)
		}
		if conflict(t.Direction, i.Direction) {
			e.wrong("direction", "the target asks for %s, but for its indicator %q %s is better", t.Direction, i.Name, i.Direction)
		}
	}
	refer(e, "indicator", "indicator", t.Indicator, namesOf(c.indicators, func(i Indicator) string { return i.Name }))
	return t.Target
}
