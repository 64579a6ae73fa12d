package warehouse

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Rejected is a record that failed a check, with all that is needed to mend it.
type Rejected struct {
	RecordID string
	Place    string // where a person finds it: "bao-cao.xlsx › Biểu 1!C7", "members page 3 record 17"
	Field    string
	Value    string // as read
	Reason   string // code of the check
	Expected string // what would have passed, a sentence in English
	// ExpectedVI is the same in Vietnamese; rows kept before both were have none.
	ExpectedVI string
	Raw        string // the record as read, JSON
	Scope      string // what it is part of, as the scope of accepted rows; "" when that cannot be told
	Part       string // the part of the source it stood in, such as a file; "" where there are none
}

// Reject puts records in quarantine. It holds at once, whatever becomes of the batch.
func (b *Batch) Reject(ctx context.Context, rejected []Rejected) error {
	b.book.Rejected += int64(len(rejected))
	if err := b.spare(ctx, rejected); err != nil {
		return err
	}
	if len(rejected) == 0 || b.load.DryRun {
		return nil
	}
	insert, err := b.w.conn.PrepareBatch(ctx,
		"INSERT INTO quarantine (source, dataset, record_id, place, field, reason, value, expected, expected_vi, raw, batch_id, scope, part, seen_at, closed, version)")
	if err != nil {
		return fmt.Errorf("putting rows of batch %s in quarantine: %w", b.ID(), err)
	}
	defer func() { _ = insert.Close() }()
	now := b.w.now().UTC()
	if r := b.load.Replay; r != nil {
		now = r.RecordedAt.UTC()
	}
	for _, r := range rejected {
		if b.bounded {
			r.RecordID = "" // it is told by its place, so that it takes the place of nobody else's row of that id
		}
		err := insert.Append(b.load.Source, b.load.Dataset, r.RecordID, r.Place, r.Field, r.Reason, r.Value, r.Expected, r.ExpectedVI, r.Raw,
			b.ID(), r.Scope, r.Part, now, uint8(0), uint64(time.Now().UnixNano()))
		if err != nil {
			return fmt.Errorf("putting rows of batch %s in quarantine: %w", b.ID(), err)
		}
	}
	if err := insert.Send(); err != nil {
		return fmt.Errorf("putting rows of batch %s in quarantine: %w", b.ID(), err)
	}
	return nil
}

// closeQuarantine closes the faults that this batch has done with: those of records
// it accepts at last, and those that a scope it replaces, or a part of the source it
// has read to its end, no longer has.
func (b *Batch) closeQuarantine(ctx context.Context) error {
	if b.staged == 0 && len(b.proof.account.Whole) == 0 && !(b.load.Replace && len(b.load.Scopes) > 0) {
		return nil
	}
	var open uint64
	err := b.w.conn.QueryRow(ctx, "SELECT count() FROM quarantine WHERE source = $1 AND dataset = $2", b.load.Source, b.load.Dataset).Scan(&open)
	if err != nil {
		return fmt.Errorf("counting quarantined rows: %w", err)
	}
	if open == 0 {
		return nil
	}
	if b.staged > 0 && !b.bounded { // an id says nothing of whose row it was
		err := b.closeFaults(ctx, "closing mended rows", "record_id != '' AND record_id IN (SELECT record_id FROM "+stageName(b.ID())+")", nil)
		if err != nil {
			return err
		}
	}
	if b.load.Replace {
		if err := b.closeReplaced(ctx); err != nil {
			return err
		}
	}
	return b.closeWhole(ctx)
}

// closeReplaced closes what was wrong in scopes that this batch replaces and did not reject again.
func (b *Batch) closeReplaced(ctx context.Context) error {
	if b.staged == 0 && len(b.load.Scopes) == 0 {
		return nil
	}
	p := clickhouse.Parameters{"batch": b.ID()}
	in := []string{"scope IN (SELECT scope FROM " + stageName(b.ID()) + ")"}
	for i, scope := range b.load.Scopes {
		name := fmt.Sprintf("scope%d", i)
		in = append(in, "scope = {"+name+":String}")
		p[name] = escaped(scope)
	}
	return b.closeFaults(ctx, "closing rows of replaced scopes",
		"scope != '' AND batch_id != {batch:String} AND ("+strings.Join(in, " OR ")+")", p)
}

// closeWhole closes what was wrong in parts that were read whole and was not
// rejected again in this reading.
func (b *Batch) closeWhole(ctx context.Context) error {
	p := clickhouse.Parameters{}
	bind := func(values []string) string {
		names := make([]string, len(values))
		for i, v := range values {
			name := fmt.Sprintf("p%d", len(p))
			names[i], p[name] = "{"+name+":String}", escaped(v)
		}
		return strings.Join(names, ", ")
	}
	const step = 500
	for parts := range slices.Chunk(b.proof.account.Whole, step) {
		clear(p)
		where := "part IN (" + bind(parts) + ") AND batch_id NOT IN (" + bind(append([]string{b.ID()}, b.proof.account.Earlier...)) + ")"
		if err := b.closeFaults(ctx, "closing rows of parts that were read again", where, p); err != nil {
			return err
		}
	}
	return nil
}

// closeFaults closes the open faults of the batch's dataset that meet a condition.
func (b *Batch) closeFaults(ctx context.Context, doing, condition string, p clickhouse.Parameters) error {
	bound := clickhouse.Parameters{"source": escaped(b.load.Source), "dataset": b.load.Dataset, "version": fmt.Sprint(time.Now().UnixNano())}
	maps.Copy(bound, p)
	return b.execWith(ctx, doing, bound, `INSERT INTO quarantine
SELECT * REPLACE (1 AS closed, {version:UInt64} AS version) FROM (
    SELECT * FROM quarantine FINAL
    WHERE source = {source:String} AND dataset = {dataset:String} AND closed = 0 AND `+condition+`)`)
}

// LastRecorded tells when each of these records was last set or retracted; those
// that were never here are left out.
func (w *Warehouse) LastRecorded(ctx context.Context, source, dataset string, ids []string) (map[string]time.Time, error) {
	out := make(map[string]time.Time, len(ids))
	l, err := layoutOf(dataset)
	if err != nil || len(ids) == 0 {
		return out, err
	}
	const step = 10_000
	for len(ids) > 0 {
		some := ids[:min(step, len(ids))]
		ids = ids[len(some):]
		rows, err := w.conn.Query(ctx, "SELECT record_id, max(version) FROM "+l.current()+" WHERE source = $1 AND record_id IN ($2) GROUP BY record_id", source, some)
		if err != nil {
			return nil, fmt.Errorf("looking for newer versions: %w", err)
		}
		for rows.Next() {
			var id string
			var version uint64
			if err := rows.Scan(&id, &version); err != nil {
				_ = rows.Close()
				return nil, fmt.Errorf("looking for newer versions: %w", err)
			}
			out[id] = time.UnixMilli(int64(version / 2)).UTC()
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, fmt.Errorf("looking for newer versions: %w", err)
		}
	}
	return out, nil
}

// CloseQuarantine closes faults that need no more work.
func (w *Warehouse) CloseQuarantine(ctx context.Context, rows []QuarantinedRow) error {
	if len(rows) == 0 {
		return nil
	}
	insert, err := w.conn.PrepareBatch(ctx,
		"INSERT INTO quarantine (source, dataset, record_id, place, field, reason, value, expected, expected_vi, raw, batch_id, scope, part, seen_at, closed, version)")
	if err != nil {
		return fmt.Errorf("closing quarantined rows: %w", err)
	}
	defer func() { _ = insert.Close() }()
	for _, r := range rows {
		err := insert.Append(r.Source, r.Dataset, r.RecordID, r.Place, r.Field, r.Reason, r.Value, r.Expected, r.ExpectedVI, r.Raw,
			r.BatchID, r.Scope, r.Part, r.SeenAt, uint8(1), uint64(time.Now().UnixNano()))
		if err != nil {
			return fmt.Errorf("closing quarantined rows: %w", err)
		}
	}
	if err := insert.Send(); err != nil {
		return fmt.Errorf("closing quarantined rows: %w", err)
	}
	return nil
}

func sparedName(id string) string { return "spared_" + id }

// spare notes which records a replacing batch rejected: what they were stays, for
// what they are now is not known.
func (b *Batch) spare(ctx context.Context, rejected []Rejected) error {
	if !b.load.Replace {
		return nil
	}
	var ids []string
	for _, r := range rejected {
		if r.RecordID != "" {
			ids = append(ids, r.RecordID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	if err := b.w.conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS "+sparedName(b.ID())+" (record_id String) ENGINE = MergeTree ORDER BY record_id"); err != nil {
		return fmt.Errorf("noting rejected records of batch %s: %w", b.ID(), err)
	}
	insert, err := b.w.conn.PrepareBatch(ctx, "INSERT INTO "+sparedName(b.ID())+" (record_id)")
	if err == nil {
		defer func() { _ = insert.Close() }()
		err = insert.Column(0).Append(ids)
	}
	if err == nil {
		err = insert.Send()
	}
	if err != nil {
		return fmt.Errorf("noting rejected records of batch %s: %w", b.ID(), err)
	}
	b.spares = true
	return nil
}
