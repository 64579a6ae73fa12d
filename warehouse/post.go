package warehouse

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"golang.org/x/sync/errgroup"
)

// chunkRows is about how many journal rows one insert brings: few enough to be
// held in memory as a single block, many enough to be fast.
const chunkRows = 250_000

// Commit works out what the staged rows change, posts the difference to the
// journal and returns the counts. The same rows committed twice change nothing.
// The watermark is what the source wants to continue from next time.
func (b *Batch) Commit(ctx context.Context, watermark string, read int64) (Outcome, error) {
	defer b.release()
	defer b.w.forget(b.ID())
	out, err := b.commit(ctx, watermark, read)
	if err != nil {
		_ = b.Abort(ctx)
		return Outcome{}, fmt.Errorf("committing batch %s of %s/%s: %w", b.ID(), b.load.Source, b.load.Dataset, err)
	}
	return out, nil
}

func (b *Batch) commit(ctx context.Context, watermark string, read int64) (Outcome, error) {
	b.book.Watermark, b.book.Read = watermark, read
	if b.staged > 0 || (b.load.Replace && len(b.load.Scopes) > 0) {
		if err := b.makeDiff(ctx); err != nil {
			return Outcome{}, err
		}
		if err := b.closeQuarantine(ctx); err != nil {
			return Outcome{}, err
		}
	}
	moment, err := b.w.nextMoment(ctx, b.load.Source)
	if err != nil {
		return Outcome{}, err
	}
	b.book.RecordedAt, b.book.State = moment, statePosting
	if err := b.w.writeBook(ctx, b.book); err != nil {
		b.book.State = stateStaging
		return Outcome{}, err
	}
	if err := b.w.post(ctx, &b.book); err != nil {
		return Outcome{}, err
	}
	return b.book.outcome(), nil
}

// nextMoment is when the batch is recorded: now, but always after the source's
// last batch, so that a clock set back cannot put two versions in one moment.
func (w *Warehouse) nextMoment(ctx context.Context, source string) (time.Time, error) {
	var last time.Time
	if err := w.conn.QueryRow(ctx, "SELECT max(recorded_at) FROM batches WHERE source = $1", source).Scan(&last); err != nil {
		return time.Time{}, fmt.Errorf("reading the last moment of %s: %w", source, err)
	}
	now := w.now().UTC().Truncate(time.Millisecond)
	if !now.After(last) {
		now = last.Add(time.Millisecond)
	}
	return now, nil
}

// post moves the diff tables into the journal and closes the batch. It may be
// repeated from the start at any point: each chunk is one block under one token.
func (w *Warehouse) post(ctx context.Context, e *bookEntry) error {
	tables, err := queryStrings(ctx, w.conn,
		"SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, $1) ORDER BY name", "diff_"+e.BatchID+"_")
	if err != nil {
		return fmt.Errorf("listing the difference of batch %s: %w", e.BatchID, err)
	}
	for _, table := range tables {
		l, err := layoutOf(strings.TrimPrefix(table, "diff_"+e.BatchID+"_"))
		if err != nil {
			return err
		}
		if err := w.postTable(ctx, e, table, l); err != nil {
			return err
		}
	}
	e.State = stateComplete
	if err := w.writeBook(ctx, *e); err != nil {
		return err
	}
	return w.dropTables(ctx, e.BatchID)
}

func (w *Warehouse) postTable(ctx context.Context, e *bookEntry, table string, l layout) error {
	var chunks []uint32
	rows, err := w.conn.Query(ctx, "SELECT DISTINCT chunk FROM "+table+" ORDER BY chunk")
	if err != nil {
		return fmt.Errorf("listing the chunks of %s: %w", table, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var c uint32
		if err := rows.Scan(&c); err != nil {
			return fmt.Errorf("listing the chunks of %s: %w", table, err)
		}
		chunks = append(chunks, c)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("listing the chunks of %s: %w", table, err)
	}
	group, each := errgroup.WithContext(ctx)
	group.SetLimit(min(runtime.GOMAXPROCS(0), 4))
	for _, c := range chunks {
		group.Go(func() error { return w.postChunk(each, e, table, l, c) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return w.verifyPosted(ctx, e, table, l)
}

// postChunk inserts one chunk as one block, under a token of its own, so that
// chunks may go side by side and in any order.
func (w *Warehouse) postChunk(ctx context.Context, e *bookEntry, table string, l layout, chunk uint32) error {
	names := strings.Join(append([]string{"source", "record_id", "scope", "happened_on"}, l.columns()...), ", ")
	token := fmt.Sprintf("%s/%s/%d", e.BatchID, l.dataset.Name, chunk)
	ctx = clickhouse.Context(ctx, onceOnly(token), clickhouse.WithParameters(clickhouse.Parameters{
		"recorded_at": e.RecordedAt.UTC().Format("2006-01-02 15:04:05.000"), "batch_id": e.BatchID, "chunk": fmt.Sprint(chunk),
	}))
	err := w.conn.Exec(ctx, fmt.Sprintf(
		`INSERT INTO %s (%s, row_hash, sign, recorded_at, batch_id)
SELECT %s, row_hash, sign, {recorded_at:DateTime64(3, 'UTC')}, {batch_id:String} FROM %s WHERE chunk = {chunk:UInt32}`,
		l.journal(), names, names, table))
	if err != nil {
		return fmt.Errorf("posting chunk %d of batch %s: %w", chunk, e.BatchID, err)
	}
	return nil
}

// verifyPosted compares what arrived with what was to be posted: an insert that
// the engine took for a repeat, or took twice, must not pass in silence.
func (w *Warehouse) verifyPosted(ctx context.Context, e *bookEntry, table string, l layout) error {
	var want, got uint64
	err := w.conn.QueryRow(ctx, fmt.Sprintf("SELECT (SELECT count() FROM %s), (SELECT count() FROM %s WHERE batch_id = $1)", table, l.journal()), e.BatchID).
		Scan(&want, &got)
	if err != nil {
		return fmt.Errorf("counting what batch %s posted: %w", e.BatchID, err)
	}
	if want != got {
		return fmt.Errorf("batch %s should have posted %d rows to %s, the journal holds %d", e.BatchID, want, l.journal(), got)
	}
	return nil
}
