package main

import (
	"context"
	"errors"
	"slices"

	"khue"
	"khue/reports"
	"khue/reports/archive"
	"khue/scheduler"
	"khue/state"
)

// planJob names the job that drafts a planned report.
func planJob(plan string) string { return "report " + plan }

// planner is by whose name a plan drafts. It can do nothing but that: who has
// drafted may not approve, and nothing submits or issues in its name.
func planner(plan string) string { return "Kế hoạch báo cáo " + plan }

// reportPlans are the jobs of planned reports.
func (o *Observatory) reportPlans() []scheduler.Job {
	var jobs []scheduler.Job
	for _, name := range sortedKeys(o.Config.ReportPlans) {
		s := o.Config.ReportPlans[name].Schedule
		jobs = append(jobs, scheduler.Job{
			Name: planJob(name), Spec: s.Cron, CatchUp: scheduler.CatchUp(s.CatchUp), Cap: s.Cap, Jitter: s.Jitter, After: o.Config.follows(s.After), Wait: s.Wait,
			Paused: s.Paused, TimeLimit: s.TimeLimit, Leave: s.CutOff == "leave",
			Run: func(ctx context.Context) error { return o.draftPlanned(ctx, name) },
		})
	}
	return jobs
}

// draftPlanned drafts the report of the period that ended last, and those of earlier
// periods that lacked something when they were drafted. A draft that lacks something
// is a run that failed: it says what, and the next occasion tries again.
func (o *Observatory) draftPlanned(ctx context.Context, name string) error {
	a, err := o.archived()
	if err != nil {
		return err
	}
	orders, err := o.planned(ctx, name)
	if err != nil {
		return err
	}
	var faults []error
	for _, order := range orders {
		r, drafted, err := a.Keep(ctx, order, planner(name))
		if err != nil {
			faults = append(faults, khue.While(err, "lập dự thảo %[1]s kỳ %[2]s", "drafting %[1]s for %[2]s", order.Definition, order.Period))
			continue
		}
		if drafted {
			o.Log.Info("report drafted by plan", "plan", name, "report", r.ID, "period", r.Period)
		}
		if archive.Planned(r, planner(name)) {
			faults = append(faults, archive.Lacking(r))
		}
	}
	return errors.Join(faults...)
}

// planned are the orders of a plan: the period that ended last comes first.
func (o *Observatory) planned(ctx context.Context, name string) ([]archive.Order, error) {
	plan := o.Config.ReportPlans[name]
	d, err := o.Reports.Of(plan.Definition)
	if err != nil {
		return nil, err
	}
	grain := khue.Grain(plan.Period)
	if grain == "" {
		grain = d.Grains[0]
	}
	now := khue.PeriodOf(o.Now().In(o.Zone), grain)
	first, err := plan.order(now.Shift(-1))
	if err != nil {
		return nil, err
	}
	orders := []archive.Order{first}
	params, err := first.Shared()
	if err != nil {
		return nil, err
	}
	all, err := o.State.Reports(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if r.Definition != plan.Definition || r.Parameters != params || r.Period == first.Period.String() || !archive.Planned(r, planner(name)) {
			continue
		}
		period, err := khue.ParsePeriod(r.Period)
		if err != nil {
			return nil, err
		}
		earlier, err := plan.order(period)
		if err != nil {
			return nil, err
		}
		orders = append(orders, earlier)
	}
	return orders, nil
}

// order is what the plan has drafted for a period.
func (p ReportPlan) order(period khue.Period) (archive.Order, error) {
	o := archive.Order{
		Definition: p.Definition, Period: period, Confidential: p.Confidential, Parameters: reports.Parameters{Area: p.Area, Edition: p.Edition, Programme: p.Programme},
	}
	for _, l := range p.Languages {
		lang, err := khue.ParseLang(l)
		if err != nil {
			return o, err
		}
		o.Languages = append(o.Languages, lang)
	}
	if len(o.Languages) == 0 {
		o.Languages = []khue.Lang{khue.Vietnamese}
	}
	return o, nil
}

// recipientsOf names who an issued report goes to: those of its definition, and those
// of the plans that make such reports, whoever drafted this one.
func (o *Observatory) recipientsOf(r state.Report) []string {
	names := slices.Clone(o.Config.Delivery.Reports[r.Definition])
	for _, name := range sortedKeys(o.Config.ReportPlans) {
		plan := o.Config.ReportPlans[name]
		order, err := plan.order(khue.Period{})
		if err != nil || plan.Definition != r.Definition {
			continue
		}
		if params, err := order.Shared(); err != nil || params != r.Parameters {
			continue
		}
		period, err := khue.ParsePeriod(r.Period)
		if err != nil || plan.Period != "" && string(period.Grain()) != plan.Period {
			continue
		}
		names = append(names, plan.Recipients...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
