package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"khue"
	"khue/reports"
	"khue/state"
)

// Shared are the parameters of the reports of an order, as state.Report has them.
func (o Order) Shared() (string, error) {
	_, params, err := o.subject()
	return params, err
}

// Keep keeps a draft of an order up to date for a plan: it drafts what is not there,
// and again what lacks something or what would be otherwise now. What people have
// taken up, submitted or issued is theirs, and left. It tells whether it drafted.
func (a *Archive) Keep(ctx context.Context, o Order, plan string) (r state.Report, drafted bool, err error) {
	subject, _, err := o.subject()
	if err != nil {
		return r, false, err
	}
	siblings, err := a.Keeper.ReportsOf(ctx, subject)
	if err != nil {
		return r, false, err
	}
	if len(siblings) > 0 {
		r = siblings[0] // the newest
		if needed, err := a.needed(ctx, r, o, plan); err != nil || !needed {
			return r, false, err
		}
	}
	r, err = a.Draft(ctx, o, plan)
	return r, err == nil, err
}

// Planned tells whether a report is a draft that nobody but the plan has touched.
func Planned(r state.Report, plan string) bool {
	return r.Status() == state.ReportDraft && !slices.ContainsFunc(r.Steps, func(p state.ReportStep) bool { return !SamePerson(p.Person, plan) })
}

// needed tells whether the newest report of an order is to be drafted again.
func (a *Archive) needed(ctx context.Context, r state.Report, o Order, plan string) (bool, error) {
	if !Planned(r, plan) {
		return false, nil
	}
	lacks, err := Lacks(r)
	if err != nil {
		return false, err
	}
	m, err := a.Maker(ctx, "", o.Confidential)
	if err != nil {
		return false, err
	}
	definition, err := m.Reporter.Definition(o.Definition)
	if err != nil {
		return false, err
	}
	if len(lacks) > 0 || r.Build.DefinitionVersion != definition.Version || r.Build.Definitions != m.Definitions.Version() || r.Build.Program != a.Program ||
		!slices.Equal(r.Build.Languages, codes(o.Languages)) {
		return true, nil
	}
	now, err := m.Reporter.Freeze(ctx, reports.Order{ID: o.Definition, Period: o.Period, Parameters: o.Parameters})
	if err != nil {
		return false, err
	}
	var then reports.Frozen
	if err := json.Unmarshal([]byte(r.Build.Frozen), &then); err != nil {
		return false, fmt.Errorf("reading what report %d was made from: %w", r.ID, err)
	}
	if same, err := sameTexts(then, now); err != nil || !same {
		return !same, err
	}
	since, err := a.Since(ctx, r.ID, []string{string(khue.Month)}, 1)
	return len(since.Figures) > 0 || since.RowsOfAll > 0, err
}

// sameTexts tells whether what staff wrote is as it was.
func sameTexts(then, now reports.Frozen) (bool, error) {
	a, err := json.Marshal(then.Texts)
	if err != nil {
		return false, fmt.Errorf("comparing texts: %w", err)
	}
	b, err := json.Marshal(now.Texts)
	if err != nil {
		return false, fmt.Errorf("comparing texts: %w", err)
	}
	return len(then.Texts)+len(now.Texts) == 0 || bytes.Equal(a, b), nil
}

// Lacking is the error of a draft that lacks something; nil when it lacks nothing.
func Lacking(r state.Report) error {
	lacks, err := Lacks(r)
	if err != nil || len(lacks) == 0 {
		return err
	}
	return lacking(r, lacks)
}
