package indicators

import (
	"go.yaml.in/yaml/v3"

	"khue"
	"khue/indicators/definitionfile"
)

// draftReport keeps the places of a report's parts.
type draftReport struct {
	MonitoringReport
	sections []definitionfile.Parsed[draftSection]
}

type draftSection struct {
	ReportSection
	fields []definitionfile.Parsed[ReportField]
}

func readMonitoringReport(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[draftReport] {
	e := doc.Entry(n, "monitoring report", "id", "programme", "milestone", "title", "citation", "mark", "note", "covers", "due", "sections")
	r := draftReport{MonitoringReport: MonitoringReport{
		ID: e.Word("id"), Programme: e.Word("programme"), Milestone: e.Word("milestone"), Title: e.Text("title"),
		Citation: e.Word("citation"), Mark: e.Choice("mark", marks...), Note: e.OptionalText("note"), Due: dayOf(e, "due"),
	}}
	if covers := e.Need("covers"); covers != nil {
		years := doc.Entry(covers, "stretch of years", "from", "to", "mark")
		r.From, r.To, r.PeriodMark = years.Whole("from"), years.Whole("to"), years.Choice("mark", marks...)
		if years.Keys["from"] != nil && years.Keys["to"] != nil && r.To < r.From {
			years.Wrong("to", "the report covers %d to %d, which ends before it begins", r.From, r.To)
		}
	}
	e.Need("sections")
	for _, s := range e.List("sections") {
		r.sections = append(r.sections, readReportSection(doc, s))
	}
	return definitionfile.At(r, e)
}

func readReportSection(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[draftSection] {
	e := doc.Entry(n, "section", "id", "number", "title", "note", "fields")
	s := draftSection{ReportSection: ReportSection{ID: e.Word("id"), Number: e.Whole("number"), Title: e.Text("title"), Note: e.OptionalText("note")}}
	e.Need("fields")
	for _, f := range e.List("fields") {
		s.fields = append(s.fields, readReportField(doc, f))
	}
	return definitionfile.At(s, e)
}

func readReportField(doc definitionfile.Document, n *yaml.Node) definitionfile.Parsed[ReportField] {
	e := doc.Entry(n, "field", "id", "title", "holds", "value", "citation", "mark", "fed_by", "commitments", "most", "note")
	f := ReportField{
		ID: e.Word("id"), Title: e.Text("title"), Holds: e.Choice("holds", holdings...), Value: e.OptionalText("value"),
		Citation: e.Optional("citation"), FedBy: e.Words("fed_by"), Commitments: e.Words("commitments"), Note: e.OptionalText("note"),
	}
	if e.Keys["most"] != nil {
		if f.Most = e.Whole("most"); f.Most < 1 {
			e.Wrong("most", "most is %d; a template takes at least one entry", f.Most)
		}
	}
	if e.Keys["mark"] != nil {
		f.Mark = e.Choice("mark", anyMark...)
	}
	checkHolds(e, f)
	return definitionfile.At(f, e)
}

// checkHolds reports keys that a field needs by what it holds, and those that
// would say nothing.
func checkHolds(e definitionfile.Entry, f ReportField) {
	only := func(key, holds string) {
		if e.Keys[key] != nil && f.Holds != "" && f.Holds != holds {
			e.Wrong(key, "%s belongs to a field that holds %s, not to one that holds %s", key, holds, f.Holds)
		}
	}
	only("value", HoldsFact)
	only("mark", HoldsFact)
	only("citation", HoldsFact)
	only("commitments", HoldsActions)
	switch f.Holds {
	case HoldsFact:
		e.Need("mark")
		switch known := f.Mark != "unknown"; {
		case known:
			e.Need("value")
			e.Need("citation")
		case f.Value != (khue.Text{}):
			e.Wrong("value", "field %q gives a value that its mark says is unknown", f.ID)
		}
	case HoldsFigures:
		e.Need("fed_by")
	case HoldsActions:
		e.Need("commitments")
	case HoldsOutside:
		e.Need("note") // which says where it may be found
		if len(f.FedBy) > 0 {
			e.Wrong("fed_by", "field %q lies outside the observatory, so no indicator feeds it", f.ID)
		}
	}
}

// checkMonitoring holds a report against the programme that owes it.
func (c *Catalogue) checkMonitoring(p definitionfile.Parsed[draftReport]) MonitoringReport {
	d, e := p.Value, p.At
	report := d.MonitoringReport
	var owed Programme
	if refer(e, "programme", "programme", report.Programme, namesOf(c.programmes, func(p Programme) string { return p.ID })) {
		owed, _ = c.Programme(report.Programme) // not found: said already
	}
	if owed.ID != "" && refer(e, "milestone", "milestone of "+owed.ID, report.Milestone, namesOf(owed.Milestones, func(m Milestone) string { return m.ID })) {
		for _, m := range owed.Milestones {
			if m.ID == report.Milestone && !report.Due.IsZero() && report.Due.Year() != m.Year {
				e.Wrong("due", "due lies in %d, but milestone %q is of %d", report.Due.Year(), m.ID, m.Year)
			}
		}
	}
	definitionfile.Unique(d.sections, "id", func(s draftSection) string { return s.ID })
	definitionfile.Unique(d.sections, "number", func(s draftSection) string { return trimmed(float64(s.Number)) })
	promised := namesOf(owed.Commitments, func(x Commitment) string { return x.ID })
	for _, s := range d.sections {
		section := s.Value.ReportSection
		definitionfile.Unique(s.Value.fields, "id", func(f ReportField) string { return f.ID })
		for _, f := range s.Value.fields {
			c.checkFeeding(f.At, f.Value.FedBy)
			for _, id := range f.Value.Commitments {
				if owed.ID != "" {
					refer(f.At, "commitments", "commitment of "+owed.ID, id, promised)
				}
			}
			section.Fields = append(section.Fields, f.Value)
		}
		report.Sections = append(report.Sections, section)
	}
	return report
}
