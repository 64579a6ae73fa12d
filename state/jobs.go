package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Job is what the store knows of a job, and how its runs went.
type Job struct {
	Name      string
	Schedule  string   // as configured; "" when it only follows others
	CatchUp   string   // none, latest or all
	Follows   []string // jobs it waits for
	FirstSeen time.Time
	LastDue   time.Time // newest due time that has a row; zero before the first
	NextDue   time.Time // as the scheduler last worked it out; zero when it only follows others
	PausedAt  time.Time // zero when it is not paused
	PausedBy  string

	Running     *JobRun       // nil when it does not run now
	Last        *JobRun       // newest run that ended, well or not
	LastSuccess *JobRun       // newest run that ended well
	Pending     int           // due times that have come and wait to run
	Behind      int           // due times since that of the last success, whatever became of them
	Typical     time.Duration // middle duration of the last 20 runs that ended well; 0 when there is none
}

// Paused tells whether the job is paused.
func (j Job) Paused() bool { return !j.PausedAt.IsZero() }

// Lag is the time since the job last ended well; since it was first seen when it never did.
func (j Job) Lag(now time.Time) time.Duration {
	if j.LastSuccess != nil {
		return now.Sub(j.LastSuccess.EndedAt)
	}
	if j.FirstSeen.IsZero() {
		return 0
	}
	return now.Sub(j.FirstSeen)
}

// Jobs lists the jobs that are configured, by name.
func (s *Store) Jobs(ctx context.Context) ([]Job, error) {
	return s.jobs(ctx, "retired_at IS NULL AND planned_to IS NOT NULL")
}

func (s *Store) jobs(ctx context.Context, where string, args ...any) ([]Job, error) {
	rows, err := s.db.QueryContext(ctx, s.in.sql(`SELECT job, schedule, catch_up, follows, first_seen_at, planned_to, next_due_at, paused_at, paused_by
FROM jobs WHERE `+where+" ORDER BY job"), args...)
	if err != nil {
		return nil, fmt.Errorf("listing jobs: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var jobs []Job
	for rows.Next() {
		var j Job
		var follows string
		if err := rows.Scan(&j.Name, &j.Schedule, &j.CatchUp, &follows, moment{&j.FirstSeen}, moment{&j.LastDue},
			moment{&j.NextDue}, moment{&j.PausedAt}, &j.PausedBy); err != nil {
			return nil, fmt.Errorf("listing jobs: %w", err)
		}
		if follows != "" {
			j.Follows = strings.Split(follows, "\n")
		}
		jobs = append(jobs, j)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("listing jobs: %w", err)
	}
	for i := range jobs {
		if err := s.results(ctx, &jobs[i]); err != nil {
			return nil, fmt.Errorf("reading how job %s went: %w", jobs[i].Name, err)
		}
	}
	return jobs, nil
}

// Job gives one job; also one that is known by its runs only, such as a pull by
// hand of a source without a schedule.
func (s *Store) Job(ctx context.Context, name string) (Job, error) {
	jobs, err := s.jobs(ctx, "job = $1", name)
	if err != nil || len(jobs) > 0 {
		return append(jobs, Job{})[0], err
	}
	j := Job{Name: name}
	return j, s.results(ctx, &j)
}

// results fills in how a job's runs went.
func (s *Store) results(ctx context.Context, j *Job) error {
	newest := func(outcomes string, limit int) ([]JobRun, error) {
		return s.selectRuns(ctx, s.db, "SELECT "+runColumns+" FROM runs r WHERE r.job = $1 AND r.outcome IN ("+outcomes+
			") ORDER BY r.ended_at DESC, r.id DESC LIMIT $2", j.Name, limit)
	}
	running, err := s.selectRuns(ctx, s.db, "SELECT "+runColumns+" FROM runs r WHERE r.job = $1 AND r.outcome = 'running'", j.Name)
	if err != nil {
		return err
	}
	ended, err := newest("'done', 'failed'", 1)
	if err != nil {
		return err
	}
	done, err := newest("'done'", 20)
	if err != nil {
		return err
	}
	j.Running, j.Last, j.LastSuccess = first(running), first(ended), first(done)
	var durations []time.Duration
	for _, r := range done {
		durations = append(durations, r.Duration())
	}
	if len(durations) > 0 {
		slices.Sort(durations)
		j.Typical = durations[len(durations)/2]
	}
	var since time.Time
	if j.LastSuccess != nil {
		since = j.LastSuccess.DueAt
	}
	return s.db.QueryRowContext(ctx, s.in.sql(`SELECT coalesce(sum(CASE WHEN outcome = 'due' THEN 1 ELSE 0 END), 0),
	coalesce(sum(CASE WHEN outcome <> 'done' AND trigger IN ('schedule', 'catch-up', 'chain') AND attempt = 1 THEN 1 ELSE 0 END), 0)
FROM runs WHERE job = $1 AND due_at > $2`), j.Name, s.in.at(later(since, time.Unix(0, 0)))).Scan(&j.Pending, &j.Behind)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func first(runs []JobRun) *JobRun {
	if len(runs) == 0 {
		return nil
	}
	return &runs[0]
}

// Pause has every scheduler leave a job out until Resume. Its due times get
// rows that say so.
func (s *Store) Pause(ctx context.Context, job, by string, now time.Time) error {
	_, err := s.exec(ctx, `INSERT INTO jobs (job, paused_at, paused_by) VALUES ($1, $2, $3)
ON CONFLICT (job) DO UPDATE SET paused_at = excluded.paused_at, paused_by = excluded.paused_by`, job, s.in.at(now), by)
	if err != nil {
		return fmt.Errorf("pausing job %s: %w", job, err)
	}
	return nil
}

// Resume ends a pause; due times that passed in it are not made up for.
func (s *Store) Resume(ctx context.Context, job string) error {
	if _, err := s.exec(ctx, "UPDATE jobs SET paused_at = NULL, paused_by = '' WHERE job = $1", job); err != nil {
		return fmt.Errorf("resuming job %s: %w", job, err)
	}
	return nil
}

// Registration is what a scheduler says of a job it has been given.
type Registration struct {
	Job      string
	Schedule string
	CatchUp  string
	Follows  []string
	AtStart  bool // due at once when it is met for the first time
}

// Register notes the jobs that are configured. One that is new is planned from
// now on; so is one whose schedule was changed. One that is no longer there is
// retired, and what waits of it is skipped.
func (s *Store) Register(ctx context.Context, now time.Time, jobs ...Registration) error {
	err := s.alone(ctx, func(tx *sql.Tx) error {
		if err := s.retire(ctx, tx, now, jobs); err != nil {
			return err
		}
		for _, j := range jobs {
			if err := s.register(ctx, tx, now, j); err != nil {
				return fmt.Errorf("job %s: %w", j.Job, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("noting the jobs in the ledger: %w", err)
	}
	return nil
}

// retire notes the jobs that are known but not configured. Rows are changed job
// by job: a plan that goes on beside it holds one row of jobs at a time.
func (s *Store) retire(ctx context.Context, tx *sql.Tx, now time.Time, kept []Registration) error {
	rows, err := tx.QueryContext(ctx, "SELECT job FROM jobs WHERE retired_at IS NULL AND planned_to IS NOT NULL ORDER BY job")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var gone []string
	for rows.Next() {
		var job string
		if err := rows.Scan(&job); err != nil {
			return err
		}
		if !slices.ContainsFunc(kept, func(k Registration) bool { return k.Job == job }) {
			gone = append(gone, job)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, job := range gone {
		if _, err := tx.ExecContext(ctx, s.in.sql("UPDATE jobs SET retired_at = $1 WHERE job = $2"), s.in.at(now), job); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, s.in.sql(`UPDATE runs SET outcome = 'skipped', reason = $1, cause = 'the job is no longer configured',
    cause_vi = 'công việc không còn trong cấu hình', ended_at = $2
WHERE outcome = 'due' AND job = $3`), ReasonRetired, s.in.at(now), job)
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) register(ctx context.Context, tx *sql.Tx, now time.Time, j Registration) error {
	var schedule string
	var planned time.Time
	err := tx.QueryRowContext(ctx, s.in.sql("SELECT schedule, planned_to FROM jobs WHERE job = $1"), j.Job).Scan(&schedule, moment{&planned})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	isNew := planned.IsZero()
	if isNew || schedule != j.Schedule {
		planned = now
	}
	_, err = tx.ExecContext(ctx, s.in.sql(`INSERT INTO jobs (job, schedule, catch_up, follows, first_seen_at, planned_to) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (job) DO UPDATE SET schedule = excluded.schedule, catch_up = excluded.catch_up, follows = excluded.follows,
	first_seen_at = coalesce(jobs.first_seen_at, excluded.first_seen_at), planned_to = excluded.planned_to, retired_at = NULL`),
		j.Job, j.Schedule, j.CatchUp, strings.Join(j.Follows, "\n"), s.in.at(now), s.in.at(planned))
	if err != nil || !isNew || !j.AtStart {
		return err
	}
	_, err = tx.ExecContext(ctx, s.in.sql("INSERT INTO runs (job, trigger, due_at, outcome, not_before) VALUES ($1, $2, $3, 'due', $3)"),
		j.Job, ByStart, s.in.at(now))
	return err
}
