package indicators

import (
	"slices"
	"time"

	"khue"
)

// MonitoringReport is a report that a programme owes to somebody else, as the
// template by which it is written: its parts, and what of each can come from here.
type MonitoringReport struct {
	ID         string
	Programme  string
	Milestone  string // of the programme; its year is when the report is due
	Title      khue.Text
	Citation   string
	Mark       string // of the template: verified, general or inferred
	Note       khue.Text
	From, To   int       // first and last year that the report covers
	PeriodMark string    // how well those years are known
	Due        time.Time // calendar day of submission, midnight UTC; zero when not known
	Sections   []ReportSection
}

// ReportSection is a numbered part of the template.
type ReportSection struct {
	ID     string
	Number int
	Title  khue.Text
	Note   khue.Text
	Fields []ReportField
}

// ReportField is one thing that the template asks for.
type ReportField struct {
	ID          string
	Title       khue.Text
	Holds       string    // one of the constants that follow
	Value       khue.Text // of a fact; empty when its mark is unknown
	Citation    string    // of a fact
	Mark        string    // of a fact: verified, general, inferred or unknown
	FedBy       []string  // indicators whose figures stand in it, or support what is written there
	Commitments []string  // whose registered actions stand in it
	Most        int       // how many entries the template takes; 0 when no limit is known
	Note        khue.Text
}

// What a field of a report holds.
const (
	HoldsFact      = "fact"      // something that stands in the definition
	HoldsFigures   = "figures"   // figures of indicators
	HoldsActions   = "actions"   // actions registered under commitments
	HoldsNarrative = "narrative" // a text that somebody writes
	HoldsOutside   = "outside"   // something that no dataset here holds
)

var holdings = []string{HoldsFact, HoldsFigures, HoldsActions, HoldsNarrative, HoldsOutside}

// MonitoringReports lists the templates of reports that programmes owe.
func (c *Catalogue) MonitoringReports() []MonitoringReport { return c.monitoring }

// MonitoringReport finds a template by its identifier.
func (c *Catalogue) MonitoringReport(id string) (MonitoringReport, error) {
	return find(c.monitoring, id, "mẫu báo cáo giám sát", "monitoring report", func(r MonitoringReport) string { return r.ID })
}

// readiness states of a field, from what is there to what is not.
const (
	FieldReady     = "ready"     // what it asks for is here
	FieldPartly    = "partly"    // some of the figures it draws on are known, some are not
	FieldNarrative = "narrative" // somebody must write it
	FieldMissing   = "missing"   // nothing here holds it
)

var fieldStates = []string{FieldReady, FieldPartly, FieldNarrative, FieldMissing}

var fieldStateLabels = map[string]khue.Text{
	FieldReady:     {VI: "Có dữ liệu", EN: "Data at hand"},
	FieldPartly:    {VI: "Có một phần", EN: "In part"},
	FieldNarrative: {VI: "Cần người viết", EN: "To be written"},
	FieldMissing:   {VI: "Còn thiếu", EN: "Missing"},
}

// FieldStates lists the states of a field, from what is there to what is not.
func FieldStates() []string { return slices.Clone(fieldStates) }

// FieldStateLabel says in words how ready a field is.
func FieldStateLabel(state string) khue.Text { return fieldStateLabels[state] }

// ReportDue finds the next report that a programme owes in a year or later, else
// the last that it owed; false when it owes none.
func (c *Catalogue) ReportDue(programme string, year int) (MonitoringReport, bool) {
	var out MonitoringReport
	due := func(r MonitoringReport) int {
		p, err := c.Programme(r.Programme)
		if at := slices.IndexFunc(p.Milestones, func(m Milestone) bool { return m.ID == r.Milestone }); err == nil && at >= 0 {
			return p.Milestones[at].Year
		}
		return 0
	}
	for _, r := range c.monitoring {
		switch at, best := due(r), due(out); {
		case r.Programme != programme:
		case out.ID == "",
			at >= year && (best < year || at < best),
			at < year && best < year && at > best:
			out = r
		}
	}
	return out, out.ID != ""
}
