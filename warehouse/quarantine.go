package warehouse

import (
	"context"
	"fmt"
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
	Expected string // what would have passed, a sentence
	Raw      string // the record as read, JSON
}

// Reject puts records in quarantine. It holds at once, whatever becomes of the batch.
func (b *Batch) Reject(ctx context.Context, rejected []Rejected) error {
	if len(rejected) == 0 {
		return nil
	}
	insert, err := b.w.conn.PrepareBatch(ctx,
		"INSERT INTO quarantine (source, dataset, record_id, place, field, reason, value, expected, raw, batch_id, seen_at, closed, version)")
	if err != nil {
		return fmt.Errorf("putting rows of batch %s in quarantine: %w", b.ID(), err)
	}
	defer func() { _ = insert.Close() }()
	now := b.w.now().UTC()
	for _, r := range rejected {
		err := insert.Append(b.load.Source, b.load.Dataset, r.RecordID, r.Place, r.Field, r.Reason, r.Value, r.Expected, r.Raw,
			b.ID(), now, uint8(0), uint64(time.Now().UnixNano()))
		if err != nil {
			return fmt.Errorf("putting rows of batch %s in quarantine: %w", b.ID(), err)
		}
	}
	if err := insert.Send(); err != nil {
		return fmt.Errorf("putting rows of batch %s in quarantine: %w", b.ID(), err)
	}
	b.book.Rejected += int64(len(rejected))
	return nil
}

// closeQuarantine closes the faults of records that this batch accepts at last.
func (b *Batch) closeQuarantine(ctx context.Context) error {
	var open uint64
	err := b.w.conn.QueryRow(ctx, "SELECT count() FROM quarantine WHERE source = $1 AND dataset = $2", b.load.Source, b.load.Dataset).Scan(&open)
	if err != nil {
		return fmt.Errorf("counting quarantined rows: %w", err)
	}
	if open == 0 {
		return nil
	}
	return b.execWith(ctx, "closing mended rows", clickhouse.Parameters{
		"source": escaped(b.load.Source), "dataset": b.load.Dataset, "version": fmt.Sprint(time.Now().UnixNano()),
	}, fmt.Sprintf(`INSERT INTO quarantine
SELECT * REPLACE (1 AS closed, {version:UInt64} AS version) FROM (
    SELECT * FROM quarantine FINAL
    WHERE source = {source:String} AND dataset = {dataset:String} AND closed = 0 AND record_id != ''
    AND record_id IN (SELECT record_id FROM %s))`, stageName(b.ID())))
}

// QuarantinedRow is a rejected record as the quarantine shows it.
type QuarantinedRow struct {
	Source, Dataset string
	Rejected
	BatchID string
	SeenAt  time.Time
}

// Quarantine lists open faults, the newest first; empty names do not limit.
func (w *Warehouse) Quarantine(ctx context.Context, source, dataset string, limit int) ([]QuarantinedRow, error) {
	rows, err := w.conn.Query(ctx, `SELECT source, dataset, record_id, place, field, value, reason, expected, raw, batch_id, seen_at
FROM quarantine FINAL WHERE closed = 0 AND ($1 = '' OR source = $1) AND ($2 = '' OR dataset = $2)
ORDER BY seen_at DESC, source, dataset, record_id LIMIT $3`, source, dataset, limit)
	if err != nil {
		return nil, fmt.Errorf("listing the quarantine: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []QuarantinedRow
	for rows.Next() {
		var q QuarantinedRow
		if err := rows.Scan(&q.Source, &q.Dataset, &q.RecordID, &q.Place, &q.Field, &q.Value, &q.Reason, &q.Expected, &q.Raw, &q.BatchID, &q.SeenAt); err != nil {
			return nil, fmt.Errorf("listing the quarantine: %w", err)
		}
		out = append(out, q)
	}
	return out, rows.Err()
}
