package warehouse

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// The states of a batch.
const (
	StateStaging  = "staging"
	StatePosting  = "posting"
	StateComplete = "complete"
	StateAborted  = "aborted"
)

// bookEntry is a batch's newest line in the batch book.
type bookEntry struct {
	BatchID    string    `ch:"batch_id"`
	Source     string    `ch:"source"`
	Dataset    string    `ch:"dataset"`
	State      string    `ch:"state"`
	Owner      string    `ch:"owner"`
	StartedAt  time.Time `ch:"started_at"`
	UpdatedAt  time.Time `ch:"updated_at"`
	RecordedAt time.Time `ch:"recorded_at"`
	Watermark  string    `ch:"watermark"`
	Cause      string    `ch:"cause"`
	Error      string    `ch:"error"`
	ErrorVI    string    `ch:"error_vi"`
	Read       int64     `ch:"read"`
	Accepted   int64     `ch:"accepted"`
	Rejected   int64     `ch:"rejected"`
	Duplicates int64     `ch:"duplicates"`
	Added      int64     `ch:"added"`
	Corrected  int64     `ch:"corrected"`
	Retracted  int64     `ch:"retracted"`
	Unchanged  int64     `ch:"unchanged"`
}

func (e bookEntry) outcome() Outcome {
	return Outcome{
		BatchID: e.BatchID, Source: e.Source, Dataset: e.Dataset, Read: e.Read, Accepted: e.Accepted,
		Rejected: e.Rejected, Duplicates: e.Duplicates, Added: e.Added, Corrected: e.Corrected,
		Retracted: e.Retracted, Unchanged: e.Unchanged, RecordedAt: e.RecordedAt,
	}
}

// writeBook adds the batch's newest line; lines of one batch never share a moment.
func (w *Warehouse) writeBook(ctx context.Context, e bookEntry) error {
	// One at a time: a line that came into the book after one with a later moment would
	// go unnoticed by whoever looks for the newest.
	w.writing.Lock()
	defer w.writing.Unlock()
	w.loading.Lock()
	e.UpdatedAt = time.Now().UTC() // the order of lines, not a fact: the real clock
	if !e.UpdatedAt.After(w.lastLine) {
		e.UpdatedAt = w.lastLine.Add(time.Microsecond)
	}
	w.lastLine = e.UpdatedAt
	if w.active == nil {
		w.active = map[string]bool{}
	}
	w.active[e.BatchID] = e.State == StateStaging || e.State == StatePosting
	w.loading.Unlock()
	if err := w.counted(func() error { return w.insertLine(ctx, &e) }); err != nil {
		return fmt.Errorf("writing batch %s into the book: %w", e.BatchID, err)
	}
	return nil
}

func (w *Warehouse) insertLine(ctx context.Context, e *bookEntry) error {
	insert, err := w.conn.PrepareBatch(clickhouse.Context(ctx, clickhouse.WithQueryID(bookPrefix+newBatchID())), "INSERT INTO batches")
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	if err := insert.AppendStruct(e); err != nil {
		return err
	}
	return insert.Send()
}

// forget marks a batch as no longer worked on by this process.
func (w *Warehouse) forget(id string) {
	w.loading.Lock()
	defer w.loading.Unlock()
	delete(w.active, id)
}

func (w *Warehouse) isActive(id string) bool {
	w.loading.Lock()
	defer w.loading.Unlock()
	return w.active[id]
}

// Recover finishes or clears every batch that a process left when it ended.
func (w *Warehouse) Recover(ctx context.Context) error {
	sources, err := queryStrings(ctx, w.conn,
		"SELECT DISTINCT source FROM batches FINAL WHERE state IN ('staging', 'posting')")
	if err != nil {
		return fmt.Errorf("looking for unfinished batches: %w", err)
	}
	for _, s := range sources {
		lock := w.lockSource(s)
		if !lock.TryLock() {
			continue // its own Begin recovers it
		}
		err := w.recoverSource(ctx, s)
		lock.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

// RecoverSource does so for one source. A conflict tells that somebody loads it, who
// has done so first.
func (w *Warehouse) RecoverSource(ctx context.Context, source string) error {
	lock := w.lockSource(source)
	if !lock.TryLock() {
		return busySource(source)
	}
	defer lock.Unlock()
	return w.recoverSource(ctx, source)
}

// recoverSource runs under the source's lock.
func (w *Warehouse) recoverSource(ctx context.Context, source string) error {
	var open []bookEntry
	err := w.conn.Select(ctx, &open,
		"SELECT * FROM batches FINAL WHERE source = $1 AND state IN ('staging', 'posting') ORDER BY started_at", source)
	if err != nil {
		return fmt.Errorf("looking for unfinished batches of %s: %w", source, err)
	}
	for _, e := range open {
		lives, err := w.ownerLives(ctx, e.Owner, e.UpdatedAt)
		if err != nil {
			return fmt.Errorf("asking whether %s still works on batch %s: %w", e.Owner, e.BatchID, err)
		}
		if lives || w.isActive(e.BatchID) {
			return busySource(source)
		}
		if e.State == StatePosting {
			w.log.Info("finishing a batch that was cut off", "batch", e.BatchID, "source", source)
			if err := w.finish(ctx, &e); err != nil {
				return err
			}
			continue
		}
		w.log.Info("clearing a batch that was cut off", "batch", e.BatchID, "source", source)
		if err := w.dropTables(ctx, e.BatchID); err != nil {
			return err
		}
		e.State, e.Error, e.ErrorVI = StateAborted, "cut off while staging", "bị cắt ngang khi đang nhận dữ liệu"
		if err := w.writeBook(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// staleOwner is how long a batch of another machine may stay without a new line.
const staleOwner = 2 * time.Hour

func thisProcess() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s/%d", host, os.Getpid())
}

// ownerLives tells whether the process that opened a batch may still work on it.
// Of this process's own batches only the active ones are worked on.
func (w *Warehouse) ownerLives(ctx context.Context, owner string, updated time.Time) (bool, error) {
	if owner == thisProcess() {
		return false, nil
	}
	host, pid, _ := strings.Cut(owner, "/")
	if here, _ := os.Hostname(); host != here {
		if w.working != nil {
			return w.working(ctx, owner)
		}
		return time.Since(updated) < staleOwner, nil
	}
	n, err := strconv.Atoi(pid)
	if err != nil {
		return false, nil //nolint:nilerr // no process of ours wrote that
	}
	return syscall.Kill(n, 0) == nil, nil
}

// Watermark is what the last completed batch of a source and dataset left to
// continue from; "" when there is none.
func (w *Warehouse) Watermark(ctx context.Context, source, dataset string) (string, error) {
	var mark string
	err := w.conn.QueryRow(ctx, `SELECT argMax(watermark, batch_id) FROM batches FINAL
WHERE source = $1 AND dataset = $2 AND state = 'complete' AND cause = ''`, source, dataset).Scan(&mark)
	if err != nil {
		return "", fmt.Errorf("reading the watermark of %s/%s: %w", source, dataset, err)
	}
	return mark, nil
}

func queryStrings(ctx context.Context, conn driver.Conn, sql string, args ...any) ([]string, error) {
	rows, err := conn.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// BatchState is what the book says of a batch; "" when it knows none.
func (w *Warehouse) BatchState(ctx context.Context, batch string) (string, error) {
	states, err := queryStrings(ctx, w.conn, "SELECT state FROM batches FINAL WHERE batch_id = $1", batch)
	if err != nil || len(states) == 0 {
		return "", err
	}
	return states[0], nil
}
