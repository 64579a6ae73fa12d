package warehouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"khue"
)

// Causes of a batch, as the book keeps them; a regular pull has none. Only
// regular pulls move a source's mark.
const (
	CauseBackfill   = "backfill"   // a stretch of time read again
	CauseWide       = "wide"       // a wide sweep: the last days read again for what came late
	CauseKeys       = "keys"       // a key sweep: records that the source no longer has
	CauseQuarantine = "quarantine" // quarantined rows tried again
	CauseWard       = "ward"       // a file that a ward handed in for itself
	CauseDryRun     = "dry-run"    // a rehearsal, never posted
)

// Run is a batch as the run history shows it.
type Run struct {
	Outcome
	State     string // staging, posting, complete or aborted
	Cause     string // "" for a regular pull
	StartedAt time.Time
	EndedAt   time.Time // of its newest line in the book
	Watermark string
	Error     khue.Text // why it failed; the Vietnamese is empty where only the English is known
}

// Rehearsed tells that the run was a rehearsal that came to its end; it is aborted
// in the book, since nothing of it stays.
func (r Run) Rehearsed() bool {
	return r.Cause == CauseDryRun && r.State == StateAborted && r.Error.EN == ""
}

// RunFilter chooses runs; empty fields do not limit.
type RunFilter struct {
	Batch, Source, Dataset, State, Cause string
	Since                                time.Time // started at this moment or later
	Until                                time.Time // started before this moment
	Changed                              bool      // only those that read or changed something
	Faulty                               bool      // only those that rejected something, or could not read parts of their source
	Faultless                            bool      // only those that did not
	Open                                 bool      // only those that are still staging or posting
	Done                                 bool      // only those that came to their end, rehearsals included
	Failed                               bool      // only those that were aborted for a fault
	Limit, Offset                        int       // Limit 0 means 50
}

func (f RunFilter) conditions() (string, clickhouse.Parameters) {
	where, parameters := []string{"1"}, clickhouse.Parameters{}
	for _, c := range []struct{ column, value string }{
		{"batch_id", f.Batch}, {"source", f.Source}, {"dataset", f.Dataset}, {"state", f.State}, {"cause", f.Cause},
	} {
		if c.value != "" {
			where = append(where, fmt.Sprintf("%[1]s = {%[1]s:String}", c.column))
			parameters[c.column] = escaped(c.value)
		}
	}
	if !f.Since.IsZero() {
		where = append(where, "started_at >= {since:DateTime64(3, 'UTC')}")
		parameters["since"] = f.Since.UTC().Format(momentForm)
	}
	if !f.Until.IsZero() {
		where = append(where, "started_at < {until:DateTime64(3, 'UTC')}")
		parameters["until"] = f.Until.UTC().Format(momentForm)
	}
	if f.Faulty {
		where = append(where, "(rejected > 0 OR error != '')")
	}
	if f.Faultless {
		where = append(where, "rejected = 0 AND error = ''")
	}
	if f.Open {
		where = append(where, "state IN ('staging', 'posting')")
	}
	const rehearsed = "(state = '" + StateAborted + "' AND cause = '" + CauseDryRun + "' AND error = '')"
	if f.Done {
		where = append(where, "(state = '"+StateComplete+"' OR "+rehearsed+")")
	}
	if f.Failed {
		where = append(where, "state = '"+StateAborted+"' AND NOT "+rehearsed)
	}
	if f.Changed {
		where = append(where, "(read > 0 OR retracted > 0 OR error != '')")
	}
	return strings.Join(where, " AND "), parameters
}

// Runs lists batches, the newest first.
func (w *Warehouse) Runs(ctx context.Context, f RunFilter) ([]Run, error) {
	if f.Limit == 0 {
		f.Limit = 50
	}
	where, parameters := f.conditions()
	var entries []bookEntry
	err := w.conn.Select(clickhouse.Context(ctx, clickhouse.WithParameters(parameters)), &entries,
		fmt.Sprintf("SELECT * FROM batches FINAL WHERE %s ORDER BY started_at DESC, batch_id DESC LIMIT %d OFFSET %d", where, f.Limit, max(f.Offset, 0)))
	if err != nil {
		return nil, fmt.Errorf("listing runs: %w", err)
	}
	runs := make([]Run, len(entries))
	for i, e := range entries {
		runs[i] = e.run()
	}
	return runs, nil
}

func (e bookEntry) run() Run {
	return Run{
		Outcome: e.outcome(), State: e.State, Cause: e.Cause, StartedAt: e.StartedAt, EndedAt: e.UpdatedAt,
		Watermark: e.Watermark, Error: khue.Text{VI: e.ErrorVI, EN: e.Error},
	}
}

// RunCount is how many runs meet the filter; its limit does not count.
func (w *Warehouse) RunCount(ctx context.Context, f RunFilter) (int64, error) {
	where, parameters := f.conditions()
	var n uint64
	err := w.conn.QueryRow(clickhouse.Context(ctx, clickhouse.WithParameters(parameters)),
		"SELECT count() FROM batches FINAL WHERE "+where).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting runs: %w", err)
	}
	return int64(n), nil
}

// RunDetail is a run with the proof of its numbers and what is kept of its raw rows.
type RunDetail struct {
	Run
	Proof []ProofLine
	Raw   []RawObject
}

// Run is one batch in full.
func (w *Warehouse) Run(ctx context.Context, batch string) (RunDetail, error) {
	runs, err := w.Runs(ctx, RunFilter{Batch: batch, Limit: 1})
	if err != nil {
		return RunDetail{}, err
	}
	if len(runs) == 0 || batch == "" {
		return RunDetail{}, khue.Errorf(khue.NotFound, "không có lần chạy %q", "there is no run %q", batch)
	}
	d := RunDetail{Run: runs[0]}
	if d.Proof, err = w.proofOf(ctx, d.Run); err != nil {
		return RunDetail{}, err
	}
	d.Raw, err = w.RawObjects(ctx, batch)
	return d, err
}
