package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/dashboards"
	"khue/ingest"
	"khue/scheduler"
	"khue/state"
	"khue/warehouse"
)

// dataPages hands the pages on data what they show of sources, runs and quarantine.
type dataPages struct{ o *Observatory }

// durationsShown is how many runs a line of durations looks back on.
const durationsShown = 30

// lateAfter is how long after a due time a pull counts as late: starting it takes a moment.
const lateAfter = 2 * time.Minute

// Sources implements dashboards.Data.
func (d dataPages) Sources(ctx context.Context) ([]dashboards.Source, error) {
	totals, err := d.o.Warehouse.QuarantineTotals(ctx, warehouse.QuarantineFilter{})
	if err != nil {
		return nil, err
	}
	held := map[string]int64{}
	for _, t := range totals {
		held[t.Source] += t.Rows
	}
	var out []dashboards.Source
	for _, name := range sortedKeys(d.o.Config.sources) {
		one, err := d.source(ctx, name, d.o.Config.sources[name])
		if err != nil {
			return nil, err
		}
		one.Quarantined = held[name]
		out = append(out, one)
	}
	return out, nil
}

func (d dataPages) source(ctx context.Context, name string, c ingest.SourceConfig) (dashboards.Source, error) {
	one := dashboards.Source{Name: name, Label: c.Label, Kind: c.Kind, Simulated: c.Simulated, Schedule: c.Schedule.Cron}
	for _, set := range khue.Datasets() {
		if _, feeds := c.Datasets[set.Name]; feeds {
			one.Datasets = append(one.Datasets, set.Name)
		}
	}
	job, err := d.o.State.Job(ctx, pullJob(name))
	if err != nil {
		return one, err
	}
	runs, err := d.o.State.JobRuns(ctx, job.Name, durationsShown)
	if err != nil {
		return one, err
	}
	now := d.o.Now()
	one.Running, one.NextDue = job.Running != nil, job.NextDue
	if job.Last != nil && job.Last.Outcome == state.Failed {
		one.Failure = job.Last.Cause
		one.FailedAt = job.Last.EndedAt
	}
	for i := len(runs) - 1; i >= 0; i-- {
		if r := runs[i]; r.Outcome == state.Done || r.Outcome == state.Failed {
			one.Durations = append(one.Durations, r.Duration())
		}
	}
	if !job.Paused() {
		one.OverdueFrom = overdue(job, runs, now)
	}
	if job.LastSuccess != nil {
		one.LastSuccess = job.LastSuccess.EndedAt
		one.RowsRead, err = d.rowsRead(ctx, name, *job.LastSuccess)
	}
	return one, err
}

// overdue is the earliest due time since the last success that nothing has met;
// zero when there is none worth telling.
func overdue(job state.Job, runs []state.JobRun, now time.Time) time.Time {
	var earliest time.Time
	consider := func(due time.Time) {
		if now.Sub(due) > lateAfter && (earliest.IsZero() || due.Before(earliest)) {
			earliest = due
		}
	}
	for _, r := range runs {
		after := job.LastSuccess == nil || r.DueAt.After(job.LastSuccess.DueAt)
		if after && r.Outcome != state.Done && r.Outcome != state.Running && r.Trigger != state.ByCommand {
			consider(r.DueAt)
		}
	}
	if !job.NextDue.IsZero() {
		consider(job.NextDue) // it has passed and nobody noted it: no scheduler runs
	}
	return earliest
}

// rowsRead is what the batches of a pull read.
func (d dataPages) rowsRead(ctx context.Context, source string, r state.JobRun) (int64, error) {
	batches, err := d.o.Warehouse.Runs(ctx, warehouse.RunFilter{Source: source, Since: r.StartedAt, Until: r.EndedAt, Limit: 1000})
	if err != nil {
		return 0, err
	}
	var rows int64
	for _, b := range batches {
		rows += b.Read
	}
	return rows, nil
}

// Runs implements dashboards.Data.
func (d dataPages) Runs(ctx context.Context, q dashboards.RunQuery) ([]dashboards.Run, int64, error) {
	f := warehouse.RunFilter{Source: q.Source, Dataset: q.Dataset, Since: q.From, Until: q.To, Limit: q.Limit, Offset: q.Offset}
	switch q.Outcome {
	case dashboards.RunDone:
		f.Done, f.Faultless = true, true
	case dashboards.RunFaulty:
		f.Done, f.Faulty = true, true
	case dashboards.RunFailed:
		f.Failed = true
	case dashboards.RunRunning:
		f.Open = true
	}
	total, err := d.o.Warehouse.RunCount(ctx, f)
	if err != nil || total == 0 || q.Limit == 0 {
		return nil, total, err
	}
	runs, err := d.o.Warehouse.Runs(ctx, f)
	if err != nil {
		return nil, 0, err
	}
	out := make([]dashboards.Run, len(runs))
	for i, r := range runs {
		out[i] = runOf(r)
	}
	return out, total, nil
}

func runOf(r warehouse.Run) dashboards.Run {
	out := dashboards.Run{
		Batch: r.BatchID, Source: r.Source, Dataset: r.Dataset, StartedAt: r.StartedAt, EndedAt: r.EndedAt,
		Read: r.Read, Accepted: r.Accepted, Rejected: r.Rejected, Duplicates: r.Duplicates,
		Added: r.Added, Corrected: r.Corrected, Retracted: r.Retracted, Unchanged: r.Unchanged,
		Watermark: r.Watermark, Cause: r.Error, Reading: r.Cause,
	}
	switch {
	case r.State == warehouse.StateComplete:
		out.Outcome, out.RecordedAt = dashboards.RunDone, r.RecordedAt
	case r.Rehearsed():
		out.Outcome = dashboards.RunDone
	case r.State == warehouse.StateAborted:
		out.Outcome = dashboards.RunFailed
	default:
		out.Outcome, out.EndedAt = dashboards.RunRunning, time.Time{}
	}
	return out
}

// Run implements dashboards.Data.
func (d dataPages) Run(ctx context.Context, batch string) (dashboards.RunProof, error) {
	r, err := d.o.Warehouse.Run(ctx, batch)
	if err != nil {
		return dashboards.RunProof{}, err
	}
	out := dashboards.RunProof{Run: runOf(r.Run)}
	used := map[string]bool{}
	for _, l := range r.Proof {
		line := dashboards.ProofLine{Measure: l.Measure, Column: l.Column, Amounts: map[string]dashboards.Amount{}}
		for step, a := range l.Steps {
			if !a.Known {
				continue
			}
			used[step] = true
			line.Amounts[step] = dashboards.Amount{Value: a.Amount.InexactFloat64(), Decimals: decimals(a.Amount.String())}
		}
		out.Lines = append(out.Lines, line)
	}
	for _, step := range warehouse.ProofSteps() {
		if used[step] {
			out.Steps = append(out.Steps, step)
		}
	}
	for _, o := range r.Raw {
		out.Raw = append(out.Raw, dashboards.RawObject{
			Path: o.Path, Kind: o.Kind, SHA256: o.SHA256, Bytes: o.Bytes, Rows: o.Rows, KeptAt: o.KeptAt, PrunedAt: o.PrunedAt,
		})
	}
	return out, nil
}

// decimals counts the digits behind the point.
func decimals(number string) int {
	_, behind, _ := strings.Cut(number, ".")
	return len(behind)
}

func quarantineFilter(q dashboards.QuarantineQuery) warehouse.QuarantineFilter {
	return warehouse.QuarantineFilter{Source: q.Source, Dataset: q.Dataset, Reason: q.Reason, Batch: q.Batch, Text: q.Text, Limit: q.Limit, Offset: q.Offset}
}

// Quarantined implements dashboards.Data.
func (d dataPages) Quarantined(ctx context.Context, q dashboards.QuarantineQuery) ([]dashboards.Quarantined, error) {
	rows, err := d.o.Warehouse.Quarantine(ctx, quarantineFilter(q))
	if err != nil {
		return nil, err
	}
	out := make([]dashboards.Quarantined, len(rows))
	for i, r := range rows {
		out[i] = dashboards.Quarantined{
			Source: r.Source, Dataset: r.Dataset, RecordID: r.RecordID, Place: ingest.PlaceText(r.Place), Field: r.Field, Value: r.Value, Reason: r.Reason,
			Expected: khue.Text{VI: r.ExpectedVI, EN: r.Expected}, Raw: r.Raw, Batch: r.BatchID, SeenAt: r.SeenAt,
		}
	}
	return out, nil
}

// QuarantineCounts implements dashboards.Data.
func (d dataPages) QuarantineCounts(ctx context.Context, q dashboards.QuarantineQuery) ([]dashboards.QuarantineCount, error) {
	totals, err := d.o.Warehouse.QuarantineTotals(ctx, quarantineFilter(q))
	if err != nil {
		return nil, err
	}
	out := make([]dashboards.QuarantineCount, len(totals))
	for i, t := range totals {
		out[i] = dashboards.QuarantineCount{Source: t.Source, Dataset: t.Dataset, Reason: t.Reason, Rows: t.Rows}
	}
	return out, nil
}

// RunDays implements dashboards.Data.
func (d dataPages) RunDays(ctx context.Context, since, until time.Time) ([]dashboards.RunDay, dashboards.RunDay, error) {
	days, all, err := d.o.Warehouse.RunDays(ctx, since, until)
	if err != nil {
		return nil, dashboards.RunDay{}, err
	}
	out := make([]dashboards.RunDay, len(days))
	for i, one := range days {
		out[i] = dashboards.RunDay(one)
	}
	return out, dashboards.RunDay(all), nil
}

// QuarantineDays implements dashboards.Data.
func (d dataPages) QuarantineDays(ctx context.Context) ([]dashboards.QuarantineDay, error) {
	days, err := d.o.Warehouse.QuarantineDays(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]dashboards.QuarantineDay, len(days))
	for i, one := range days {
		out[i] = dashboards.QuarantineDay(one)
	}
	return out, nil
}

// retry runs quarantined rows through the mapping as it is now, as a page asks.
func (d dataPages) retry(works context.Context) dashboards.Retry {
	return func(ctx context.Context, q dashboards.QuarantineQuery) ([]string, error) {
		return begun(ctx, func() ([]string, error) {
			tried, err := d.o.Puller.Retry(works, quarantineFilter(q))
			if err != nil {
				d.o.Log.Warn("quarantined rows could not all be tried again", "cause", err)
			}
			var batches []string
			for _, r := range tried {
				if r.Batch != "" {
					batches = append(batches, r.Batch)
				}
			}
			return batches, err
		})
	}
}

// Reasons implements dashboards.Data.
func (d dataPages) Reasons() map[string]khue.Text { return ingest.Reasons() }

// jobPages hands the page on jobs what it shows, and takes its orders.
type jobPages struct {
	*state.Store
	o     *Observatory
	works context.Context //nolint:containedctx // of the server: work begun on a page outlives its request, not the server
}

// Label implements dashboards.Jobs.
func (j jobPages) Label(job string) khue.Text {
	source, ok := strings.CutPrefix(job, pullJob(""))
	label := j.o.Config.sources[source].Label
	if !ok || label.VI == "" {
		return khue.Text{}
	}
	return khue.Text{VI: "Kéo: " + label.VI, EN: "Pull: " + label.In(khue.English)}
}

// Jobs lists the jobs; what khue.yaml pauses is paused, whatever the ledger says.
func (j jobPages) Jobs(ctx context.Context) ([]state.Job, error) {
	all, err := j.Store.Jobs(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if j.pausedInConfiguration(all[i].Name) {
			all[i].PausedAt, all[i].PausedBy = all[i].FirstSeen, dashboards.PausedInConfiguration
		}
	}
	return all, nil
}

func (j jobPages) pausedInConfiguration(name string) bool {
	return slices.ContainsFunc(j.o.jobs(), func(one scheduler.Job) bool { return one.Name == name && one.Paused })
}

// Resume implements dashboards.Jobs.
func (j jobPages) Resume(ctx context.Context, name string) error {
	if j.pausedInConfiguration(name) {
		return khue.Errorf(khue.Conflict, "công việc %s được tạm dừng trong tệp cấu hình; hãy bỏ paused ở đó",
			"job %s is paused in the configuration; remove paused there", name)
	}
	return j.Store.Resume(ctx, name)
}

// promptly is how long a page waits for work that it began to show in the ledger.
const promptly = 700 * time.Millisecond

// RunJob implements dashboards.Jobs.
func (j jobPages) RunJob(ctx context.Context, name string) error {
	known, err := j.Job(ctx, name)
	if err != nil {
		return err
	}
	if known.Running != nil {
		return khue.Errorf(khue.Conflict, "công việc %s đang chạy", "job %s is already running", name)
	}
	jobs, err := j.o.scheduler()
	if err != nil {
		return err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = jobs.RunNow(j.works, name) // the ledger says how it went
	}()
	select {
	case <-done:
	case <-ctx.Done():
	case <-time.After(promptly):
	}
	return nil
}
