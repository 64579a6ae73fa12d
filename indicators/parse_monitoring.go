package indicators

import (
	"go.yaml.in/yaml/v3"

	"khue"
)

// draftReport keeps the places of a report's parts.
type draftReport struct {
	MonitoringReport
	sections []parsed[draftSection]
}

type draftSection struct {
	ReportSection
	fields []parsed[ReportField]
}

func readMonitoringReport(doc document, n *yaml.Node) parsed[draftReport] {
	e := doc.entry(n, "monitoring report", "id", "programme", "milestone", "title", "citation", "mark", "note", "covers", "due", "sections")
	r := draftReport{MonitoringReport: MonitoringReport{
		ID: e.word("id"), Programme: e.word("programme"), Milestone: e.word("milestone"), Title: e.text("title"),
		Citation: e.word("citation"), Mark: e.choice("mark", marks...), Note: e.optionalText("note"), Due: e.day("due"),
	}}
	if covers := e.need("covers"); covers != nil {
		years := doc.entry(covers, "stretch of years", "from", "to", "mark")
		r.From, r.To, r.PeriodMark = years.whole("from"), years.whole("to"), years.choice("mark", marks...)
		if years.keys["from"] != nil && years.keys["to"] != nil && r.To < r.From {
			years.wrong("to", "the report covers %d to %d, which ends before it begins", r.From, r.To)
		}
	}
	e.need("sections")
	for _, s := range e.list("sections") {
		r.sections = append(r.sections, readReportSection(doc, s))
	}
	return parsed[draftReport]{r, e}
}

func readReportSection(doc document, n *yaml.Node) parsed[draftSection] {
	e := doc.entry(n, "section", "id", "number", "title", "note", "fields")
	s := draftSection{ReportSection: ReportSection{ID: e.word("id"), Number: e.whole("number"), Title: e.text("title"), Note: e.optionalText("note")}}
	e.need("fields")
	for _, f := range e.list("fields") {
		s.fields = append(s.fields, readReportField(doc, f))
	}
	return parsed[draftSection]{s, e}
}

func readReportField(doc document, n *yaml.Node) parsed[ReportField] {
	e := doc.entry(n, "field", "id", "title", "holds", "value", "citation", "mark", "fed_by", "commitments", "most", "note")
	f := ReportField{
		ID: e.word("id"), Title: e.text("title"), Holds: e.choice("holds", holdings...), Value: e.optionalText("value"),
		Citation: e.optional("citation"), FedBy: e.words("fed_by"), Commitments: e.words("commitments"), Note: e.optionalText("note"),
	}
	if e.keys["most"] != nil {
		if f.Most = e.whole("most"); f.Most < 1 {
			e.wrong("most", "most is %d; a template takes at least one entry", f.Most)
		}
	}
	if e.keys["mark"] != nil {
		f.Mark = e.choice("mark", anyMark...)
	}
	e.checkHolds(f)
	return parsed[ReportField]{f, e}
}

// checkHolds reports keys that a field needs by what it holds, and those that
// would say nothing.
func (e entry) checkHolds(f ReportField) {
	only := func(key, holds string) {
		if e.keys[key] != nil && f.Holds != "" && f.Holds != holds {
			e.wrong(key, "%s belongs to a field that holds %s, not to one that holds %s", key, holds, f.Holds)
		}
	}
	only("value", HoldsFact)
	only("mark", HoldsFact)
	only("citation", HoldsFact)
	only("commitments", HoldsActions)
	switch f.Holds {
	case HoldsFact:
		e.need("mark")
		switch known := f.Mark != "unknown"; {
		case known:
			e.need("value")
			e.need("citation")
		case f.Value != (khue.Text{}):
			e.wrong("value", "field %q gives a value that its mark says is unknown", f.ID)
		}
	case HoldsFigures:
		e.need("fed_by")
	case HoldsActions:
		e.need("commitments")
	case HoldsOutside:
		e.need("note") // which says where it may be found
		if len(f.FedBy) > 0 {
			e.wrong("fed_by", "field %q lies outside the observatory, so no indicator feeds it", f.ID)
		}
	}
}

// checkMonitoring holds a report against the programme that owes it.
func (c *Catalogue) checkMonitoring(p parsed[draftReport]) MonitoringReport {
	d, e := p.value, p.at
	report := d.MonitoringReport
	var owed Programme
	if refer(e, "programme", "programme", report.Programme, namesOf(c.programmes, func(p Programme) string { return p.ID })) {
		owed, _ = c.Programme(report.Programme) // not found: said already
	}
	if owed.ID != "" && refer(e, "milestone", "milestone of "+owed.ID, report.Milestone, namesOf(owed.Milestones, func(m Milestone) string { return m.ID })) {
		for _, m := range owed.Milestones {
			if m.ID == report.Milestone && !report.Due.IsZero() && report.Due.Year() != m.Year {
				e.wrong("due", "due lies in %d, but milestone %q is of %d", report.Due.Year(), m.ID, m.Year)
			}
		}
	}
	unique(d.sections, "id", func(s draftSection) string { return s.ID })
	unique(d.sections, "number", func(s draftSection) string { return trimmed(float64(s.Number)) })
	promised := namesOf(owed.Commitments, func(x Commitment) string { return x.ID })
	for _, s := range d.sections {
		section := s.value.ReportSection
		unique(s.value.fields, "id", func(f ReportField) string { return f.ID })
		for _, f := range s.value.fields {
			c.checkFeeding(f.at, f.value.FedBy)
			for _, id := range f.value.Commitments {
				if owed.ID != "" {
					refer(f.at, "commitments", "commitment of "+owed.ID, id, promised)
				}
			}
			section.Fields = append(section.Fields, f.value)
		}
		report.Sections = append(report.Sections, section)
	}
	return report
}
