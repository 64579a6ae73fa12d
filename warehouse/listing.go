package warehouse

import (
	"context"
	"fmt"
	"time"

	"khue"
)

// RunQuery limits a list of runs; empty values do not limit.
type RunQuery struct {
	Source, Dataset string
	Outcome         string    // one of the outcomes below
	From, To        time.Time // started in [From, To)
	Limit, Offset   int       // Limit 0 counts only
}

// Outcomes by which runs can be asked for.
const (
	RunDone    = "done"    // all was posted; rows may have been refused
	RunFaulty  = "faulty"  // done, with refused rows
	RunFailed  = "failed"  // nothing of it was posted
	RunRunning = "running" // still staging or posting
)

const runCondition = ` FROM batches FINAL WHERE ($1 = '' OR source = $1) AND ($2 = '' OR dataset = $2)
AND ($3 = '' OR ($3 = 'done' AND state = 'complete') OR ($3 = 'faulty' AND state = 'complete' AND rejected > 0)
  OR ($3 = 'failed' AND state = 'aborted') OR ($3 = 'running' AND state IN ('staging', 'posting')))
AND ($4 = 0 OR started_at >= fromUnixTimestamp64Milli($4)) AND ($5 = 0 OR started_at < fromUnixTimestamp64Milli($5))`

func (q RunQuery) parameters() []any {
	milli := func(t time.Time) int64 {
		if t.IsZero() {
			return 0
		}
		return t.UnixMilli()
	}
	return []any{q.Source, q.Dataset, q.Outcome, milli(q.From), milli(q.To)}
}

// FindRuns lists the runs asked for, the newest first, with the number of all that match.
func (w *Warehouse) FindRuns(ctx context.Context, q RunQuery) ([]Run, int64, error) {
	var total uint64
	if err := w.conn.QueryRow(ctx, "SELECT count()"+runCondition, q.parameters()...).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("counting runs: %w", err)
	}
	if q.Limit == 0 || total == 0 {
		return nil, int64(total), nil
	}
	var entries []bookEntry
	err := w.conn.Select(ctx, &entries, "SELECT *"+runCondition+" ORDER BY batch_id DESC LIMIT $6 OFFSET $7",
		append(q.parameters(), q.Limit, q.Offset)...)
	if err != nil {
		return nil, 0, fmt.Errorf("listing runs: %w", err)
	}
	runs := make([]Run, len(entries))
	for i, e := range entries {
		runs[i] = e.run()
	}
	return runs, int64(total), nil
}

// RunOf gives one run by the id of its batch.
func (w *Warehouse) RunOf(ctx context.Context, batch string) (Run, error) {
	var entries []bookEntry
	if err := w.conn.Select(ctx, &entries, "SELECT * FROM batches FINAL WHERE batch_id = $1", batch); err != nil {
		return Run{}, fmt.Errorf("reading run %s: %w", batch, err)
	}
	if len(entries) == 0 {
		return Run{}, khue.Errorf(khue.NotFound, "không có lần chạy %q", "there is no run %q", batch)
	}
	return entries[0].run(), nil
}

func (e bookEntry) run() Run {
	return Run{Outcome: e.outcome(), State: e.State, StartedAt: e.StartedAt, EndedAt: e.UpdatedAt, Watermark: e.Watermark, Error: e.Error}
}

// QuarantineQuery limits a list of refused rows; empty values do not limit.
type QuarantineQuery struct {
	Source, Dataset, Reason, Batch string
	Text                           string // found in place, field, value, what was expected or the raw record, whatever its case and marks
	Limit, Offset                  int
}

// unmarked lowers a text and drops its marks, as locale.Fold does.
func unmarked(text string) string {
	return `replaceAll(replaceRegexpAll(normalizeUTF8NFD(lowerUTF8(` + text + `)), '\\p{Mn}', ''), 'đ', 'd')`
}

var quarantineCondition = ` FROM quarantine FINAL WHERE closed = 0 AND ($1 = '' OR source = $1) AND ($2 = '' OR dataset = $2)
AND ($3 = '' OR reason = $3) AND ($4 = '' OR batch_id = $4)
AND ($5 = '' OR position(` + unmarked(`concat(place, '\n', field, '\n', value, '\n', expected, '\n', record_id, '\n', raw)`) + `, ` + unmarked("$5") + `) > 0)`

func (q QuarantineQuery) parameters() []any { return []any{q.Source, q.Dataset, q.Reason, q.Batch, q.Text} }

// FindQuarantined lists open faults, the newest first.
func (w *Warehouse) FindQuarantined(ctx context.Context, q QuarantineQuery) ([]QuarantinedRow, error) {
	rows, err := w.conn.Query(ctx, `SELECT source, dataset, record_id, place, field, value, reason, expected, raw, batch_id, seen_at`+
		quarantineCondition+" ORDER BY seen_at DESC, source, dataset, place, record_id, field, reason LIMIT $6 OFFSET $7",
		append(q.parameters(), q.Limit, q.Offset)...)
	if err != nil {
		return nil, fmt.Errorf("searching the quarantine: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []QuarantinedRow
	for rows.Next() {
		var r QuarantinedRow
		if err := rows.Scan(&r.Source, &r.Dataset, &r.RecordID, &r.Place, &r.Field, &r.Value, &r.Reason, &r.Expected, &r.Raw, &r.BatchID, &r.SeenAt); err != nil {
			return nil, fmt.Errorf("searching the quarantine: %w", err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// QuarantineCount is how many open faults of a source and dataset have one reason.
type QuarantineCount struct {
	Source, Dataset, Reason string
	Rows                    int64
	Newest                  time.Time
}

// CountQuarantined counts open faults by source, dataset and reason, the most first.
func (w *Warehouse) CountQuarantined(ctx context.Context, q QuarantineQuery) ([]QuarantineCount, error) {
	rows, err := w.conn.Query(ctx, "SELECT source, dataset, reason, toInt64(count()), max(seen_at)"+quarantineCondition+
		" GROUP BY source, dataset, reason ORDER BY count() DESC, source, dataset, reason", q.parameters()...)
	if err != nil {
		return nil, fmt.Errorf("counting the quarantine: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []QuarantineCount
	for rows.Next() {
		var c QuarantineCount
		if err := rows.Scan(&c.Source, &c.Dataset, &c.Reason, &c.Rows, &c.Newest); err != nil {
			return nil, fmt.Errorf("counting the quarantine: %w", err)
		}
		out = append(out, c)
	}
	return out, rows.Err()
}
