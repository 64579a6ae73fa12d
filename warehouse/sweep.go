package warehouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"khue"
)

// SweepRule guards a key sweep: what finds too much gone has more likely read too little.
type SweepRule struct {
	Began time.Time // records that were recorded since are left alone
	Limit int       // most records in a hundred that may go
	Force bool      // let it go beyond the limit
	// Gone hears of the records that are going to be retracted, before they are.
	Gone func(ids []string) error
}

func keysName(id string) string { return "keys_" + id }

// AppendKeys streams the ids of records that the source has, for CommitSweep.
func (b *Batch) AppendKeys(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	if b.staged == 0 {
		if err := b.w.conn.Exec(ctx, "CREATE TABLE "+keysName(b.ID())+" (record_id String) ENGINE = MergeTree ORDER BY record_id"); err != nil {
			return fmt.Errorf("making the table of keys of batch %s: %w", b.ID(), err)
		}
	}
	insert, err := b.w.conn.PrepareBatch(ctx, "INSERT INTO "+keysName(b.ID())+" (record_id)")
	if err != nil {
		return fmt.Errorf("staging keys of batch %s: %w", b.ID(), err)
	}
	defer func() { _ = insert.Close() }()
	if err := insert.Column(0).Append(ids); err != nil {
		return fmt.Errorf("staging keys of batch %s: %w", b.ID(), err)
	}
	if err := insert.Send(); err != nil {
		return fmt.Errorf("staging keys of batch %s: %w", b.ID(), err)
	}
	b.staged += int64(len(ids))
	return nil
}

// CommitSweep retracts the current records whose ids were not appended. It refuses
// to when nothing was read, or when more would go than the rule allows.
func (b *Batch) CommitSweep(ctx context.Context, read int64, rule SweepRule) (Outcome, error) {
	defer b.release()
	defer b.w.forget(b.ID())
	err := b.sweep(ctx, read, rule)
	if err == nil {
		err = b.record(ctx)
	}
	if err != nil {
		b.Failed(err)
		_ = b.Abort(ctx)
		return Outcome{}, fmt.Errorf("sweeping %s/%s in batch %s: %w", b.load.Source, b.load.Dataset, b.ID(), err)
	}
	return b.book.outcome(), nil
}

func (b *Batch) sweep(ctx context.Context, read int64, rule SweepRule) error {
	b.book.Read = read
	var current uint64
	err := b.w.conn.QueryRow(ctx, "SELECT count() FROM "+b.layout.current()+" FINAL WHERE source = $1", b.load.Source).Scan(&current)
	if err != nil {
		return fmt.Errorf("counting current records: %w", err)
	}
	if b.staged == 0 {
		if current == 0 {
			return nil
		}
		if !rule.Force {
			return khue.Errorf(khue.Conflict, "nguồn không đưa ra bản ghi nào trong khi ở đây có %d; không rút gì cả (dùng --force nếu nguồn thật sự trống)",
				"the source gave no record while there are %d here; nothing is retracted (use --force if the source really is empty)", current)
		}
		if err := b.w.conn.Exec(ctx, "CREATE TABLE "+keysName(b.ID())+" (record_id String) ENGINE = MergeTree ORDER BY record_id"); err != nil {
			return fmt.Errorf("making the table of keys: %w", err)
		}
	}
	if err := b.requireRows(ctx, keysName(b.ID()), uint64(b.staged)); err != nil {
		return err
	}
	if err := b.w.conn.Exec(ctx, diffTable(b.ID(), b.layout)); err != nil {
		return fmt.Errorf("making the diff table: %w", err)
	}
	err = b.execWith(ctx, "looking for what is gone", clickhouse.Parameters{
		"source": escaped(b.load.Source), "began": fmt.Sprint(rule.Began.UnixMilli() * 2),
	}, fmt.Sprintf(`INSERT INTO %s (%s, row_hash, sign)
SELECT %s, row_hash, -1 FROM %s FINAL
WHERE source = {source:String} AND version < {began:UInt64} AND record_id NOT IN (SELECT record_id FROM %s)`,
		diffName(b.ID(), b.load.Dataset), b.valueNames(), b.valueNames(), b.layout.current(), keysName(b.ID())))
	if err != nil {
		return err
	}
	if err := b.countDiff(ctx, 0); err != nil {
		return err
	}
	gone := b.book.Retracted
	if gone*100 > int64(current)*int64(rule.Limit) && !rule.Force {
		examples, err := queryStrings(ctx, b.w.conn, "SELECT record_id FROM "+diffName(b.ID(), b.load.Dataset)+" ORDER BY record_id LIMIT 5")
		if err != nil {
			return fmt.Errorf("listing what is gone: %w", err)
		}
		return khue.Errorf(khue.Conflict,
			"nguồn không còn %d trên %d bản ghi, quá mức %d%%; không rút gì cả. Ví dụ: %s. Hãy xem lại nguồn, hoặc dùng --force",
			"the source no longer has %d of %d records, more than %d%%; nothing is retracted. For example: %s. Look at the source, or use --force",
			gone, current, rule.Limit, strings.Join(examples, ", "))
	}
	b.book.Accepted, b.book.Unchanged = b.staged, int64(current)-gone
	b.proof.sums[StepUnchanged] = Sums{}
	if gone == 0 {
		return nil
	}
	if rule.Gone != nil {
		ids, err := queryStrings(ctx, b.w.conn, "SELECT record_id FROM "+diffName(b.ID(), b.load.Dataset)+" ORDER BY record_id")
		if err != nil {
			return fmt.Errorf("listing what is gone: %w", err)
		}
		if err := rule.Gone(ids); err != nil {
			return err
		}
	}
	return b.restateChildren(ctx)
}

// BackfillState is how far a backfill has come: up to what moment all has been
// read, or zero when none of that stretch is under way.
func (w *Warehouse) BackfillState(ctx context.Context, source, dataset string, from, to time.Time) (time.Time, error) {
	moments := clickhouse.Parameters{
		"source": escaped(source), "dataset": dataset, "from": from.UTC().Format(momentForm), "to": to.UTC().Format(momentForm),
	}
	var until time.Time
	err := w.conn.QueryRow(clickhouse.Context(ctx, clickhouse.WithParameters(moments)), `SELECT max(done_until) FROM backfills FINAL
WHERE source = {source:String} AND dataset = {dataset:String} AND state = 'open'
AND from_at = {from:DateTime64(3, 'UTC')} AND to_at = {to:DateTime64(3, 'UTC')}`).Scan(&until)
	if err != nil {
		return time.Time{}, fmt.Errorf("reading how far the backfill of %s/%s has come: %w", source, dataset, err)
	}
	if !until.After(epoch) {
		return time.Time{}, nil
	}
	return until.UTC(), nil
}

// NoteBackfill notes that all of a backfill up to a moment has been read; at its
// end it is done, and asking for the same stretch again begins anew.
func (w *Warehouse) NoteBackfill(ctx context.Context, source, dataset string, from, to, until time.Time) error {
	state := "open"
	if !until.Before(to) {
		state = "done"
	}
	insert, err := w.conn.PrepareBatch(ctx, "INSERT INTO backfills (source, dataset, from_at, to_at, done_until, state)")
	if err == nil {
		defer func() { _ = insert.Close() }()
		err = insert.Append(source, dataset, from.UTC(), to.UTC(), until.UTC(), state)
	}
	if err == nil {
		err = insert.Send()
	}
	if err != nil {
		return fmt.Errorf("noting how far the backfill of %s/%s has come: %w", source, dataset, err)
	}
	return nil
}
