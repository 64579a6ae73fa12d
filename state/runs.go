package state

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Outcomes of a job's run.
const (
	Running = "running"
	Done    = "done"
	Failed  = "failed"
	Skipped = "skipped" // due while the run before it was still going
)

// JobRun is one line of the schedule ledger.
type JobRun struct {
	ID        int64
	Job       string
	Trigger   string // schedule, start or command
	DueAt     time.Time
	StartedAt time.Time // zero when it did not start
	EndedAt   time.Time // zero while it runs
	Outcome   string
	Cause     string // why it failed or was skipped
}

const instant = "2006-01-02T15:04:05.000Z"

// StartRun writes that a run began and gives its number.
func (s *Store) StartRun(ctx context.Context, job, trigger string, due, started time.Time) (int64, error) {
	return s.addRun(ctx, job, trigger, due, sql.NullString{String: started.UTC().Format(instant), Valid: true}, Running, "")
}

// SkipRun writes that a due run did not start, and why.
func (s *Store) SkipRun(ctx context.Context, job, trigger string, due time.Time, cause string) error {
	_, err := s.addRun(ctx, job, trigger, due, sql.NullString{}, Skipped, cause)
	return err
}

func (s *Store) addRun(ctx context.Context, job, trigger string, due time.Time, started sql.NullString, outcome, cause string) (int64, error) {
	r, err := s.db.ExecContext(ctx, "INSERT INTO job_runs (job, trigger, due_at, started_at, outcome, cause) VALUES (?, ?, ?, ?, ?, ?)",
		job, trigger, due.UTC().Format(instant), started, outcome, cause)
	if err != nil {
		return 0, fmt.Errorf("writing a run of %s into the ledger: %w", job, err)
	}
	return r.LastInsertId()
}

// EndRun writes how a run ended.
func (s *Store) EndRun(ctx context.Context, id int64, ended time.Time, failure error) error {
	outcome, cause := Done, ""
	if failure != nil {
		outcome, cause = Failed, failure.Error()
	}
	_, err := s.db.ExecContext(ctx, "UPDATE job_runs SET ended_at = ?, outcome = ?, cause = ? WHERE id = ?",
		ended.UTC().Format(instant), outcome, cause, id)
	if err != nil {
		return fmt.Errorf("writing the end of run %d into the ledger: %w", id, err)
	}
	return nil
}

// CloseCutOff marks the runs that a process left running when it ended; it is
// called by the one process that runs jobs, before it starts any.
func (s *Store) CloseCutOff(ctx context.Context, now time.Time) error {
	_, err := s.db.ExecContext(ctx, "UPDATE job_runs SET ended_at = ?, outcome = ?, cause = 'cut off' WHERE outcome = ? AND trigger != 'command'",
		now.UTC().Format(instant), Failed, Running)
	if err != nil {
		return fmt.Errorf("closing runs that were cut off: %w", err)
	}
	return nil
}

// JobRuns lists the newest runs first; an empty job lists all.
func (s *Store) JobRuns(ctx context.Context, job string, limit int) ([]JobRun, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, job, trigger, due_at, coalesce(started_at, ''), coalesce(ended_at, ''), outcome, cause
FROM job_runs WHERE ?1 = '' OR job = ?1 ORDER BY id DESC LIMIT ?2`, job, limit)
	if err != nil {
		return nil, fmt.Errorf("listing the ledger: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []JobRun
	for rows.Next() {
		var r JobRun
		var due, started, ended string
		if err := rows.Scan(&r.ID, &r.Job, &r.Trigger, &due, &started, &ended, &r.Outcome, &r.Cause); err != nil {
			return nil, fmt.Errorf("listing the ledger: %w", err)
		}
		r.DueAt, r.StartedAt, r.EndedAt = parseInstant(due), parseInstant(started), parseInstant(ended)
		out = append(out, r)
	}
	return out, rows.Err()
}

func parseInstant(s string) time.Time {
	t, _ := time.Parse(instant, s) // "" is the zero time
	return t
}
