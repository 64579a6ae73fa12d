package indicators

import (
	"context"
	"fmt"
	"slices"
	"time"

	"khue"
)

// Readiness is how far a report could be filled in from what is known here.
type Readiness struct {
	Report    MonitoringReport
	Milestone Milestone
	DaysLeft  int // until Report.Due; negative once it is past; 0 when that day is not known
	Sections  []SectionReadiness
	Tally     map[string]int // fields by state
	Figures   Answer         // of every indicator that feeds the report, by the years that it covers
}

// SectionReadiness is the state of a section's fields.
type SectionReadiness struct {
	Section ReportSection
	Fields  []FieldReadiness
	Tally   map[string]int
}

// FieldReadiness is the state of a field with what there is for it.
type FieldReadiness struct {
	Field   ReportField
	State   string // FieldReady, FieldPartly, FieldNarrative or FieldMissing
	Figures []int  // of the indicators that feed it, in the order of FedBy: which of a row's Values in Readiness.Figures
	Actions []Initiative
}

// Readiness sets the template of a report against what is known at asOf (zero is
// now). A field of figures is ready when every indicator that feeds it has a
// figure for at least one year that the report covers; a field of actions when
// one that was not dropped is registered and lies in those years. Scope is the
// caller's: what they may not see is not at hand for them.
func (s *Service) Readiness(ctx context.Context, report string, asOf time.Time, scope khue.Scope) (Readiness, error) {
	r, err := s.catalogue.MonitoringReport(report)
	if err != nil {
		return Readiness{}, err
	}
	out := Readiness{Report: r, Tally: map[string]int{}}
	owed, err := s.catalogue.Programme(r.Programme)
	if err != nil {
		return Readiness{}, err
	}
	if at := slices.IndexFunc(owed.Milestones, func(m Milestone) bool { return m.ID == r.Milestone }); at >= 0 {
		out.Milestone = owed.Milestones[at]
	}
	today := s.Today()
	if !asOf.IsZero() {
		today = s.dayOf(asOf)
	}
	if !r.Due.IsZero() {
		out.DaysLeft = int(r.Due.Sub(today).Hours() / 24)
	}
	actions, err := s.Initiatives(ctx, r.Programme, asOf)
	if err != nil {
		return Readiness{}, fmt.Errorf("setting report %s against what is known: %w", r.ID, err)
	}
	if out.Figures, err = s.feeding(ctx, r, asOf, scope); err != nil {
		return Readiness{}, err
	}
	for _, section := range r.Sections {
		part := SectionReadiness{Section: section, Tally: map[string]int{}}
		for _, f := range section.Fields {
			one := FieldReadiness{Field: f, Actions: r.Within(f, actions)}
			for _, name := range f.FedBy {
				one.Figures = append(one.Figures, slices.Index(out.Figures.Question.Measures, name))
			}
			one.State = one.state(out.Figures.Rows)
			part.Tally[one.State]++
			out.Tally[one.State]++
			part.Fields = append(part.Fields, one)
		}
		out.Sections = append(out.Sections, part)
	}
	return out, nil
}

// feeding asks for the figures of all indicators that feed a report at once.
func (s *Service) feeding(ctx context.Context, r MonitoringReport, asOf time.Time, scope khue.Scope) (Answer, error) {
	q := Question{By: []string{string(khue.Year)}, From: yearOf(r.From).Start(), To: yearOf(r.To).End(), AsOf: asOf, Scope: scope}
	for _, section := range r.Sections {
		for _, f := range section.Fields {
			for _, name := range f.FedBy {
				if !slices.Contains(q.Measures, name) {
					q.Measures = append(q.Measures, name)
				}
			}
		}
	}
	if len(q.Measures) == 0 {
		return Answer{}, nil
	}
	answer, err := s.Ask(ctx, q)
	if err != nil {
		return Answer{}, fmt.Errorf("asking for what feeds report %s: %w", r.ID, err)
	}
	return answer, nil
}

// Within picks a field's actions that touch the years of the report. One whose
// days nobody has said is kept: it may lie in them.
func (r MonitoringReport) Within(f ReportField, actions []Initiative) []Initiative {
	from, to := yearOf(r.From).Start(), yearOf(r.To).End()
	var out []Initiative
	for _, i := range actions {
		begins, ends := first(i.ActualFrom, i.PlannedFrom), first(i.ActualTo, i.PlannedTo)
		early, late := !ends.IsZero() && ends.Before(from), !begins.IsZero() && !begins.Before(to)
		if slices.Contains(f.Commitments, i.Commitment) && i.Status != "dropped" && !early && !late {
			out = append(out, i)
		}
	}
	return out
}

// first gives the first day that is known.
func first(days ...time.Time) time.Time {
	for _, d := range days {
		if !d.IsZero() {
			return d
		}
	}
	return time.Time{}
}

func (f FieldReadiness) state(figures []Row) string {
	switch f.Field.Holds {
	case HoldsFact:
		if f.Field.Mark == "unknown" {
			return FieldMissing
		}
		return FieldReady
	case HoldsActions:
		if len(f.Actions) == 0 {
			return FieldMissing
		}
		return FieldReady
	case HoldsNarrative:
		return FieldNarrative
	case HoldsFigures:
		switch known := f.known(figures); {
		case known == 0:
			return FieldMissing
		case known < len(f.Figures):
			return FieldPartly
		}
		return FieldReady
	}
	return FieldMissing
}

// known counts the feeding indicators that have a figure in any year.
func (f FieldReadiness) known(figures []Row) int {
	n := 0
	for _, at := range f.Figures {
		if slices.ContainsFunc(figures, func(r Row) bool { return r.Values[at].Known }) {
			n++
		}
	}
	return n
}
