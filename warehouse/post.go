package warehouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Commit works out what the staged rows change, posts the difference to the
// journal and returns the counts. The same rows committed twice change nothing.
// The watermark is what the source wants to continue from next time.
func (b *Batch) Commit(ctx context.Context, watermark string, read int64) (Outcome, error) {
	defer b.release()
	defer b.w.forget(b.ID())
	out, err := b.commit(ctx, watermark, read)
	if err != nil {
		b.Failed(err)
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
	}
	if err := b.closeQuarantine(ctx); err != nil {
		return Outcome{}, err
	}
	if err := b.record(ctx); err != nil {
		return Outcome{}, err
	}
	return b.book.outcome(), nil
}

// record posts the difference that was worked out and closes the batch.
func (b *Batch) record(ctx context.Context) error {
	if b.load.DryRun {
		return fmt.Errorf("a rehearsal cannot be committed")
	}
	moment, err := b.moment(ctx)
	if err != nil {
		return err
	}
	if err := b.seal(ctx, moment); err != nil {
		return err
	}
	b.book.RecordedAt, b.book.State = moment, StatePosting
	if err := b.w.writeBook(ctx, b.book); err != nil {
		b.book.State = StateStaging
		return err
	}
	return b.w.post(ctx, &b.book)
}

// moment is when the batch is recorded.
func (b *Batch) moment(ctx context.Context) (time.Time, error) {
	if r := b.load.Replay; r != nil {
		return r.RecordedAt.UTC(), nil
	}
	return b.w.nextMoment(ctx, b.load.Source)
}

// seal makes everything durable that the batch must be able to show once it is posted.
func (b *Batch) seal(ctx context.Context, moment time.Time) error {
	if seal := b.proof.account.Seal; seal != nil {
		objects, err := seal(moment)
		if err != nil {
			return err
		}
		if err := b.w.registerRaw(ctx, objects); err != nil {
			return err
		}
	}
	return b.writeProof(ctx)
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

// post moves the diff tables into the journal and closes the batch. It is tried
// once: whatever cuts it off, finish looks at what has arrived and adds the rest.
func (w *Warehouse) post(ctx context.Context, e *bookEntry) error {
	diffs, err := w.diffsOf(ctx, e.BatchID)
	if err != nil {
		return err
	}
	for _, d := range diffs {
		if err := d.insert(ctx, w, e, "1"); err != nil {
			return err
		}
		if err := d.verify(ctx, w, e); err != nil {
			return err
		}
	}
	return w.close(ctx, e)
}

func (w *Warehouse) close(ctx context.Context, e *bookEntry) error {
	e.State = StateComplete
	if err := w.writeBook(ctx, *e); err != nil {
		return err
	}
	return w.dropTables(ctx, e.BatchID)
}

// difference is a table of rows that a batch is to bring to one dataset's journal.
type difference struct {
	table  string
	layout layout
}

func (w *Warehouse) diffsOf(ctx context.Context, batch string) ([]difference, error) {
	prefix := diffName(batch, "")
	tables, err := queryStrings(ctx, w.conn,
		"SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, $1) ORDER BY name", prefix)
	if err != nil {
		return nil, fmt.Errorf("listing the difference of batch %s: %w", batch, err)
	}
	diffs := make([]difference, len(tables))
	for i, table := range tables {
		l, err := layoutOf(strings.TrimPrefix(table, prefix))
		if err != nil {
			return nil, err
		}
		diffs[i] = difference{table, l}
	}
	return diffs, nil
}

// insert brings those rows of the difference that meet the condition into the
// journal, and through its views into the current state and the rollup.
func (d difference) insert(ctx context.Context, w *Warehouse, e *bookEntry, condition string) error {
	names := strings.Join(append([]string{"source", "record_id", "scope", "happened_on"}, d.layout.columns()...), ", ")
	err := w.conn.Exec(posting(ctx, e, clickhouse.Parameters{
		"recorded_at": e.RecordedAt.UTC().Format(momentForm),
	}), fmt.Sprintf(`INSERT INTO %s (%s, row_hash, sign, recorded_at, batch_id)
SELECT %s, row_hash, sign, {recorded_at:DateTime64(3, 'UTC')}, {batch_id:String} FROM %s WHERE %s`,
		d.layout.journal(), names, names, d.table, condition))
	if err != nil {
		return fmt.Errorf("posting batch %s to %s: %w", e.BatchID, d.layout.journal(), err)
	}
	return nil
}

// verify compares what arrived with what was to be posted: the number of rows, a
// checksum over records and versions, and the sum of every number.
func (d difference) verify(ctx context.Context, w *Warehouse, e *bookEntry) error {
	want, err := d.reckon(ctx, w, d.table, nil)
	if err != nil {
		return fmt.Errorf("adding up what batch %s is to post: %w", e.BatchID, err)
	}
	got, err := d.reckon(ctx, w, d.layout.journal()+" WHERE "+ofBatch, batchParameters(e))
	if err != nil {
		return fmt.Errorf("adding up what batch %s posted: %w", e.BatchID, err)
	}
	if want.rows != got.rows {
		return fmt.Errorf("batch %s should have posted %d rows to %s, the journal holds %d", e.BatchID, want.rows, d.layout.journal(), got.rows)
	}
	if differs := want.sums.differs(got.sums); differs != "" {
		return fmt.Errorf("batch %s should have posted other sums than %s holds: %s", e.BatchID, d.layout.journal(), differs)
	}
	if want.checksum != got.checksum {
		return fmt.Errorf("batch %s should have posted other rows than %s holds", e.BatchID, d.layout.journal())
	}
	return nil
}

// ofBatch finds a batch's rows in a journal. The moment comes first: the journal
// has a small index of moments, so that only what the batch touched is read.
const ofBatch = "recorded_at = {recorded_at:DateTime64(3, 'UTC')} AND batch_id = {batch_id:String}"

func batchParameters(e *bookEntry) clickhouse.Parameters {
	return clickhouse.Parameters{"batch_id": e.BatchID, "recorded_at": e.RecordedAt.UTC().Format(momentForm)}
}

// reckoning is what rows add up to.
type reckoning struct {
	rows, checksum uint64
	sums           Sums
}

func (d difference) reckon(ctx context.Context, w *Warehouse, from string, p clickhouse.Parameters) (reckoning, error) {
	var r reckoning
	var parts, texts []string
	for _, f := range numbers(d.layout.dataset) {
		parts = append(parts, "toString(sum(sign * "+wide(f.Name)+"))")
	}
	err := w.conn.QueryRow(clickhouse.Context(ctx, clickhouse.WithParameters(p)), fmt.Sprintf(
		"SELECT count(), sum(cityHash64(source, record_id, row_hash, sign)), [%s]::Array(String) FROM %s", strings.Join(parts, ", "), from)).
		Scan(&r.rows, &r.checksum, &texts)
	if err != nil {
		return r, err
	}
	r.sums, err = readSums(d.layout.dataset, texts)
	return r, err
}

// posting marks a statement as one of the batch's posting, so that finish can
// see to it that none of them is still running.
func posting(ctx context.Context, e *bookEntry, p clickhouse.Parameters) context.Context {
	p["batch_id"], p["source"] = e.BatchID, escaped(e.Source)
	return clickhouse.Context(ctx,
		clickhouse.WithQueryID(postingPrefix(e.BatchID)+newBatchID()),
		clickhouse.WithParameters(p),
		clickhouse.WithSettings(clickhouse.Settings{
			// What arrived is known by looking, not by the engine's memory of blocks:
			// two honest blocks may be alike.
			"insert_deduplicate":              0,
			"async_insert":                    0,
			"parallel_view_processing":        1,
			"max_partitions_per_insert_block": 0,
		}))
}

func postingPrefix(batch string) string { return "khue-posting-" + batch + "-" }
