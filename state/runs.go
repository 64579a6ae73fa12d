package state

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"khue"
)

// Outcomes of a row of the ledger.
const (
	Due     = "due"     // its time has come (or its wait goes on); nobody runs it yet
	Running = "running" // claimed and running
	Done    = "done"
	Failed  = "failed"
	Skipped = "skipped" // left out on purpose: paused, or its predecessor was still going
	Missed  = "missed"  // could not run when it was due, and the job's rule does not make up for it
)

// Triggers of a run.
const (
	BySchedule = "schedule"
	ByCatchUp  = "catch-up" // the due time passed while nobody ran jobs
	ByChain    = "chain"    // the jobs it follows have succeeded
	ByStart    = "start"    // the first time a scheduler met the job
	ByCommand  = "command"
)

// Reasons of rows that did not run or did not end well.
const (
	ReasonError      = "error"       // the work failed; Cause says how
	ReasonCutOff     = "cut off"     // the process that ran it ended, or was stopped
	ReasonTimeLimit  = "time limit"  // it ran longer than it may
	ReasonPaused     = "paused"      // the job was paused
	ReasonStillGoing = "still going" // the run before it had not ended
	ReasonNobody     = "nobody"      // no scheduler was running when it was due
	ReasonWaiting    = "waiting"     // it waits for a job it follows
	ReasonNoData     = "no data"     // a job it follows did not succeed in time
	ReasonRetired    = "retired"     // the job is no longer configured
)

// JobRun is one row of the schedule ledger.
type JobRun struct {
	ID         int64
	Job        string
	Trigger    string
	DueAt      time.Time
	Attempt    int       // 1, or higher when a run that was cut off is taken again
	NotBefore  time.Time // the due time and its jitter
	ClaimedBy  string    // host/process/mark
	LeaseUntil time.Time // of a running one
	StartedAt  time.Time // zero when it did not start
	EndedAt    time.Time // zero while it is due or runs; of a skipped or missed one, when that was decided
	Outcome    string
	Reason     string    // one of the reasons above; "" when it is due or done
	Cause      khue.Text // the reason in full; the Vietnamese is empty where only the English is known
}

// Duration is how long it ran; 0 when it did not start or has not ended.
func (r JobRun) Duration() time.Duration {
	if r.StartedAt.IsZero() || r.EndedAt.IsZero() {
		return 0
	}
	return r.EndedAt.Sub(r.StartedAt)
}

const runColumns = "r.id, r.job, r.trigger, r.due_at, r.attempt, r.outcome, r.not_before, r.claimed_by, r.lease_until, r.started_at, r.ended_at, r.reason, r.cause, r.cause_vi"

func (r *JobRun) into() []any {
	return []any{
		&r.ID, &r.Job, &r.Trigger,
		moment{&r.DueAt},
		&r.Attempt, &r.Outcome,
		moment{&r.NotBefore},
		&r.ClaimedBy,
		moment{&r.LeaseUntil},
		moment{&r.StartedAt},
		moment{&r.EndedAt},
		&r.Reason, &r.Cause.EN, &r.Cause.VI,
	}
}

// JobRuns lists the newest rows first; an empty job lists all.
func (s *Store) JobRuns(ctx context.Context, job string, limit int) ([]JobRun, error) {
	return s.Runs(ctx, RunFilter{Job: job, Limit: limit})
}

// RunFilter chooses rows of the ledger; its zero value chooses all.
type RunFilter struct {
	Job      string
	Outcomes []string
	Since    time.Time // due at or after it
	Before   int64     // rows with a smaller number, to turn pages
	Limit    int       // 100 when 0
}

// Runs lists rows of the ledger, the newest first.
func (s *Store) Runs(ctx context.Context, f RunFilter) ([]JobRun, error) {
	where, args := []string{"1 = 1"}, []any{}
	add := func(condition string, value any) {
		args = append(args, value)
		where = append(where, fmt.Sprintf(condition, len(args)))
	}
	if f.Job != "" {
		add("r.job = $%d", f.Job)
	}
	if len(f.Outcomes) > 0 {
		marks := make([]string, len(f.Outcomes))
		for i, o := range f.Outcomes {
			args = append(args, o)
			marks[i] = fmt.Sprintf("$%d", len(args))
		}
		where = append(where, "r.outcome IN ("+strings.Join(marks, ", ")+")")
	}
	if !f.Since.IsZero() {
		add("r.due_at >= $%d", s.in.at(f.Since))
	}
	if f.Before > 0 {
		add("r.id < $%d", f.Before)
	}
	if f.Limit <= 0 {
		f.Limit = 100
	}
	args = append(args, f.Limit)
	runs, err := s.selectRuns(ctx, s.db, "SELECT "+runColumns+" FROM runs r WHERE "+strings.Join(where, " AND ")+
		fmt.Sprintf(" ORDER BY r.id DESC LIMIT $%d", len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("listing the ledger: %w", err)
	}
	return runs, nil
}

// Ended lists the runs of a job that ended, and the due times that waited for
// their data in vain, the newest end first: what tells how the job goes.
func (s *Store) Ended(ctx context.Context, job string, limit int) ([]JobRun, error) {
	runs, err := s.selectRuns(ctx, s.db, "SELECT "+runColumns+` FROM runs r WHERE r.job = $1
AND (r.outcome IN ('done', 'failed') OR r.outcome = 'missed' AND r.reason = 'no data') ORDER BY r.ended_at DESC, r.id DESC LIMIT $2`, job, limit)
	if err != nil {
		return nil, fmt.Errorf("listing how job %s went: %w", job, err)
	}
	return runs, nil
}

// querier is the store's connections or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func (s *Store) selectRuns(ctx context.Context, from querier, query string, args ...any) ([]JobRun, error) {
	rows, err := from.QueryContext(ctx, s.in.sql(query), args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []JobRun
	for rows.Next() {
		var r JobRun
		if err := rows.Scan(r.into()...); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}
