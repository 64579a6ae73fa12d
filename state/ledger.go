package state

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"khue"
)

// Planned is how far the due times of a job have rows.
type Planned struct {
	To      time.Time
	Paused  bool
	Pending int // rows that wait to run
}

// DueRow is a due time to be written.
type DueRow struct {
	Trigger   string
	DueAt     time.Time
	NotBefore time.Time // the due time and its jitter
	Outcome   string    // Due, Skipped or Missed
	Reason    string
	Cause     khue.Text
}

// Plan writes the due times that have come since the last plan. decide is told
// how far the ledger is and says what to add, how far that reaches, and when the
// job is due next. It may be called by several processes at once: one decides at
// a time, and a due time that has a row gets no other.
func (s *Store) Plan(ctx context.Context, job string, now time.Time, decide func(Planned) (rows []DueRow, to, next time.Time)) error {
	err := s.inTransaction(ctx, func(tx *sql.Tx) error {
		var p Planned
		var paused time.Time
		err := tx.QueryRowContext(ctx, s.in.sql("SELECT planned_to, paused_at FROM jobs WHERE job = $1"+s.in.locked()), job).Scan(moment{&p.To}, moment{&paused})
		if err != nil {
			return err
		}
		p.Paused = !paused.IsZero()
		if err := tx.QueryRowContext(ctx, s.in.sql("SELECT count(*) FROM runs WHERE job = $1 AND outcome = 'due'"), job).Scan(&p.Pending); err != nil {
			return err
		}
		rows, to, next := decide(p)
		for len(rows) > 0 {
			some := rows[:min(len(rows), 500)]
			rows = rows[len(some):]
			if err := s.addDue(ctx, tx, job, now, some); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, s.in.sql("UPDATE jobs SET planned_to = $1, next_due_at = $2 WHERE job = $3"), s.in.at(to), s.in.at(next), job)
		return err
	})
	if err != nil {
		return fmt.Errorf("planning job %s: %w", job, err)
	}
	return nil
}

// addDue writes rows. A due time that was only written off while the clock was
// wrong becomes due after all; one that has run stays as it is.
func (s *Store) addDue(ctx context.Context, tx *sql.Tx, job string, now time.Time, rows []DueRow) error {
	const columns = 9
	values, args := make([]string, len(rows)), make([]any, 0, len(rows)*columns)
	for i, r := range rows {
		marks := make([]string, columns)
		for c := range marks {
			marks[c] = fmt.Sprintf("$%d", i*columns+c+1)
		}
		values[i] = "(" + strings.Join(marks, ", ") + ")"
		var ended time.Time
		if r.Outcome != Due {
			ended = now
		}
		args = append(args, job, r.Trigger, s.in.at(r.DueAt), r.Outcome, s.in.at(r.NotBefore), s.in.at(ended), r.Reason, r.Cause.EN, r.Cause.VI)
	}
	_, err := tx.ExecContext(ctx, s.in.sql("INSERT INTO runs (job, trigger, due_at, outcome, not_before, ended_at, reason, cause, cause_vi) VALUES "+
		strings.Join(values, ", ")+` ON CONFLICT (job, due_at, attempt) WHERE trigger IN ('schedule', 'catch-up', 'chain')
DO UPDATE SET outcome = excluded.outcome, trigger = excluded.trigger, not_before = excluded.not_before, ended_at = NULL, reason = '', cause = '', cause_vi = ''
WHERE runs.outcome = 'missed' AND runs.reason = 'nobody' AND excluded.outcome = 'due'`), args...)
	return err
}

// Waiting is a row that may run now.
type Waiting struct {
	JobRun
	Paused bool // the job is paused
	Busy   bool // another run of the job is going
}

// Ready lists what may run now, the oldest due time of each job first.
func (s *Store) Ready(ctx context.Context, now time.Time) ([]Waiting, error) {
	rows, err := s.db.QueryContext(ctx, s.in.sql("SELECT "+runColumns+`, coalesce(j.paused_by, ''), j.paused_at, coalesce(g.claimed_by, '')
FROM runs r LEFT JOIN jobs j ON j.job = r.job LEFT JOIN runs g ON g.job = r.job AND g.outcome = 'running'
WHERE r.outcome = 'due' AND r.not_before <= $1 ORDER BY r.due_at, r.id LIMIT 2000`), s.in.at(now))
	if err != nil {
		return nil, fmt.Errorf("looking for what is due: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []Waiting
	for rows.Next() {
		var w Waiting
		var by, holder string
		var paused time.Time
		if err := rows.Scan(append(w.into(), &by, moment{&paused}, &holder)...); err != nil {
			return nil, fmt.Errorf("looking for what is due: %w", err)
		}
		w.Paused, w.Busy = !paused.IsZero(), holder != ""
		out = append(out, w)
	}
	return out, rows.Err()
}

// Claim takes a due row to run it. Exactly one caller gets it, and only while no
// other run of the job is going and the job is not paused.
func (s *Store) Claim(ctx context.Context, id int64, now, leaseUntil time.Time) (bool, error) {
	n, err := s.exec(ctx, `UPDATE runs SET outcome = 'running', claimed_by = $1, started_at = $2, lease_until = $3, reason = '', cause = '', cause_vi = ''
WHERE id = $4 AND outcome = 'due'
	AND NOT EXISTS (SELECT 1 FROM runs g WHERE g.job = runs.job AND g.outcome = 'running')
	AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.job = runs.job AND j.paused_at IS NOT NULL)`,
		s.holder, s.in.at(now), s.in.at(leaseUntil), id)
	if twice(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("claiming run %d: %w", id, err)
	}
	return n == 1, nil
}

// Begin starts a run by hand, also of a paused job. While another run of the job
// is going it refuses with Conflict and says whose.
func (s *Store) Begin(ctx context.Context, job, trigger string, now, leaseUntil time.Time) (int64, error) {
	var id int64
	err := s.db.QueryRowContext(ctx, s.in.sql(`INSERT INTO runs (job, trigger, due_at, outcome, not_before, claimed_by, started_at, lease_until)
VALUES ($1, $2, $3, 'running', $3, $4, $3, $5) RETURNING id`), job, trigger, s.in.at(now), s.holder, s.in.at(leaseUntil)).Scan(&id)
	if twice(err) {
		return 0, s.busy(ctx, job)
	}
	if err != nil {
		return 0, fmt.Errorf("writing a run of %s into the ledger: %w", job, err)
	}
	return id, nil
}

func (s *Store) busy(ctx context.Context, job string) error {
	going, err := s.Runs(ctx, RunFilter{Job: job, Outcomes: []string{Running}, Limit: 1})
	if err != nil {
		return err
	}
	if len(going) == 0 { // it ended just now
		return khue.Errorf(khue.Conflict, "công việc %s đang chạy", "job %s is already running", job)
	}
	since := going[0].StartedAt.Format(time.RFC3339)
	return khue.Errorf(khue.Conflict, "công việc %[1]s đang chạy từ %[2]s (%[3]s)", "job %[1]s is already running since %[2]s (%[3]s)",
		job, since, going[0].ClaimedBy)
}

// Renew lengthens the lease of a run of this process. It tells whether the run
// is still this process's.
func (s *Store) Renew(ctx context.Context, id int64, leaseUntil time.Time) (bool, error) {
	n, err := s.exec(ctx, "UPDATE runs SET lease_until = $1 WHERE id = $2 AND outcome = 'running' AND claimed_by = $3", s.in.at(leaseUntil), id, s.holder)
	if err != nil {
		return false, fmt.Errorf("renewing the lease of run %d: %w", id, err)
	}
	return n == 1, nil
}

// Ending is how a run ended.
type Ending struct {
	Outcome string // Done or Failed
	Reason  string
	Cause   khue.Text
	Again   bool // put the same due time up once more
}

// End writes how a run of this process ended. False means that the run was no
// longer this process's: its lease had passed and it counts as cut off.
func (s *Store) End(ctx context.Context, id int64, now time.Time, e Ending) (bool, error) {
	var ended bool
	err := s.inTransaction(ctx, func(tx *sql.Tx) error {
		var err error
		ended, err = s.finish(ctx, tx, id, s.holder, now, e)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("writing the end of run %d into the ledger: %w", id, err)
	}
	return ended, nil
}

func (s *Store) finish(ctx context.Context, tx *sql.Tx, id int64, holder string, now time.Time, e Ending) (bool, error) {
	r, err := tx.ExecContext(ctx, s.in.sql(`UPDATE runs SET outcome = $1, reason = $2, cause = $3, cause_vi = $4, ended_at = $5, lease_until = NULL
WHERE id = $6 AND outcome = 'running' AND claimed_by = $7`), e.Outcome, e.Reason, e.Cause.EN, e.Cause.VI, s.in.at(now), id, holder)
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	if err != nil || n == 0 || !e.Again {
		return n == 1, err
	}
	_, err = tx.ExecContext(ctx, s.in.sql(`INSERT INTO runs (job, trigger, due_at, attempt, outcome, not_before)
SELECT job, trigger, due_at, attempt + 1, 'due', not_before FROM runs WHERE id = $1
ON CONFLICT (job, due_at, attempt) WHERE trigger IN ('schedule', 'catch-up', 'chain') DO NOTHING`), id)
	return true, err
}

// CutOff ends the runs whose process has died: whose lease has passed or, with
// SQLite, whose process is gone. again says whether to take one again. It gives
// those that this call ended.
func (s *Store) CutOff(ctx context.Context, now time.Time, again func(JobRun) bool) ([]JobRun, error) {
	dead := func(r JobRun) bool {
		return !r.LeaseUntil.After(now) || r.ClaimedBy != s.holder && s.hold.gone(r.ClaimedBy)
	}
	running, err := s.Runs(ctx, RunFilter{Outcomes: []string{Running}, Limit: 1000})
	if err != nil {
		return nil, err
	}
	var ended []JobRun
	for _, r := range running {
		if !dead(r) {
			continue
		}
		err := s.inTransaction(ctx, func(tx *sql.Tx) error {
			still, err := s.selectRuns(ctx, tx, "SELECT "+runColumns+" FROM runs r WHERE r.id = $1 AND r.outcome = 'running'"+s.in.unclaimed(), r.ID)
			if err != nil || len(still) == 0 || !dead(still[0]) {
				return err // ended or renewed meanwhile, or another process sees to it
			}
			r = still[0]
			ok, err := s.finish(ctx, tx, r.ID, r.ClaimedBy, now, Ending{
				Outcome: Failed, Reason: ReasonCutOff, Again: again(r),
				Cause: khue.Text{
					VI: "bị cắt ngang: tiến trình " + r.ClaimedBy + " kết thúc khi đang chạy",
					EN: "cut off: the process " + r.ClaimedBy + " ended while it ran",
				},
			})
			if ok {
				ended = append(ended, r)
			}
			return err
		})
		if err != nil {
			return ended, fmt.Errorf("ending run %d of %s, which was cut off: %w", r.ID, r.Job, err)
		}
	}
	return ended, nil
}

// Working tells whether a process, "host/pid", runs a job now under a lease that
// holds. It may only be asked of a store that all processes share.
func (s *Store) Working(ctx context.Context, process string, now time.Time) (bool, error) {
	var n int
	err := s.db.QueryRowContext(ctx, s.in.sql(`SELECT count(*) FROM runs
WHERE outcome = 'running' AND lease_until > $1 AND substr(claimed_by, 1, length($2)) = $2`), s.in.at(now), process+"/").Scan(&n)
	if err != nil {
		return false, fmt.Errorf("asking whether %s works: %w", process, err)
	}
	return n > 0, nil
}

// Shared tells whether processes of several machines can share the store.
func (s *Store) Shared() bool { return s.in == postgres }

// Settle ends a row that will not run. It tells whether the row was still due.
func (s *Store) Settle(ctx context.Context, id int64, now time.Time, outcome, reason string, cause khue.Text) (bool, error) {
	n, err := s.exec(ctx, "UPDATE runs SET outcome = $1, reason = $2, cause = $3, cause_vi = $4, ended_at = $5 WHERE id = $6 AND outcome = 'due'",
		outcome, reason, cause.EN, cause.VI, s.in.at(now), id)
	if err != nil {
		return false, fmt.Errorf("settling run %d: %w", id, err)
	}
	return n == 1, nil
}

// Waits notes what a due row waits for.
func (s *Store) Waits(ctx context.Context, id int64, cause khue.Text) error {
	if _, err := s.exec(ctx, "UPDATE runs SET reason = $1, cause = $2, cause_vi = $3 WHERE id = $4 AND outcome = 'due'", ReasonWaiting, cause.EN, cause.VI, id); err != nil {
		return fmt.Errorf("noting what run %d waits for: %w", id, err)
	}
	return nil
}

// Reach is how far a job is.
type Reach struct {
	Done time.Time // newest due time, not later than now, for which it ended well
	Due  time.Time // newest due time of its own that is not later than asked for
	Open bool      // a run of it is due or going
}

// Reach tells how far a job is; times are zero where there is none.
func (s *Store) Reach(ctx context.Context, job string, by, now time.Time) (Reach, error) {
	var r Reach
	var open int
	err := s.db.QueryRowContext(ctx, s.in.sql(`SELECT
	(SELECT max(due_at) FROM runs WHERE job = $1 AND outcome = 'done' AND due_at <= $2),
	(SELECT max(due_at) FROM runs WHERE job = $1 AND trigger <> 'command' AND due_at <= $3),
	(SELECT count(*) FROM runs WHERE job = $1 AND outcome IN ('due', 'running'))`),
		job, s.in.at(now), s.in.at(by)).Scan(moment{&r.Done}, moment{&r.Due}, &open)
	if err != nil {
		return Reach{}, fmt.Errorf("reading how far job %s is: %w", job, err)
	}
	r.Open = open > 0
	return r, nil
}

// Forget removes rows of the ledger that ended before a moment; what was the
// last of a job stays.
func (s *Store) Forget(ctx context.Context, before time.Time) (int64, error) {
	n, err := s.exec(ctx, `DELETE FROM runs WHERE due_at < $1 AND outcome NOT IN ('due', 'running')
	AND id NOT IN (SELECT max(id) FROM runs WHERE outcome IN ('done', 'failed') GROUP BY job, outcome)`, s.in.at(before))
	if err != nil {
		return 0, fmt.Errorf("clearing old rows of the ledger: %w", err)
	}
	return n, nil
}
