package dashboards

import (
	"context"
	"time"

	"khue"
)

// Jobs answers what the page on jobs shows and takes its orders.
type Jobs interface {
	// Jobs lists the jobs in their order.
	Jobs(ctx context.Context) ([]Job, error)
	// RunJob begins a run and does not wait for its end; a job that runs is a Conflict.
	RunJob(ctx context.Context, name string) error
	PauseJob(ctx context.Context, name string) error
	ResumeJob(ctx context.Context, name string) error
}

// Job is a piece of work with its schedule and how it went.
type Job struct {
	Name        string
	Label       khue.Text
	Spec        string    // cron, as configured
	NextDue     time.Time // zero while it is paused
	OverdueFrom time.Time // the earliest due time that no run has met; zero when all are met
	Paused      bool
	Running     bool
	Runs        []JobRun // the newest first
}

// JobRun is one line of the schedule ledger.
type JobRun struct {
	Trigger                   string // schedule, start, command …
	DueAt, StartedAt, EndedAt time.Time
	Outcome                   string // done, failed, skipped, running …
	Cause                     string
}
