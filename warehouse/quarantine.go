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
	Expected string // what would have passed, a sentence in English
	// ExpectedVI is the same in Vietnamese; rows kept before both were have none.
	ExpectedVI string
	Raw        string // the record as read, JSON
}

// Reject puts records in quarantine. It holds at once, whatever becomes of the batch.
func (b *Batch) Reject(ctx context.Context, rejected []Rejected) error {
	b.book.Rejected += int64(len(rejected))
	if len(rejected) == 0 || b.load.DryRun {
		return nil
	}
	insert, err := b.w.conn.PrepareBatch(ctx,
		"INSERT INTO quarantine (source, dataset, record_id, place, field, reason, value, expected, expected_vi, raw, batch_id, seen_at, closed, version)")
	if err != nil {
		return fmt.Errorf("putting rows of batch %s in quarantine: %w", b.ID(), err)
	}
	defer func() { _ = insert.Close() }()
	now := b.w.now().UTC()
	if r := b.load.Replay; r != nil {
		now = r.RecordedAt.UTC()
	}
	for _, r := range rejected {
		err := insert.Append(b.load.Source, b.load.Dataset, r.RecordID, r.Place, r.Field, r.Reason, r.Value, r.Expected, r.ExpectedVI, r.Raw,
			b.ID(), now, uint8(0), uint64(time.Now().UnixNano()))
		if err != nil {
			return fmt.Errorf("putting rows of batch %s in quarantine: %w", b.ID(), err)
		}
	}
	if err := insert.Send(); err != nil {
		return fmt.Errorf("putting rows of batch %s in quarantine: %w", b.ID(), err)
	}
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
