package warehouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// finish completes a posting that was cut off, from any state it may have left:
// an insert is not one step for the engine. A part of the journal can be there
// without its neighbour, and the journal without the current state or a rollup.
// So each table is compared with what it should hold and given what it lacks;
// doing that twice, or being cut off in it, changes nothing.
func (w *Warehouse) finish(ctx context.Context, e *bookEntry) error {
	if err := w.stopPosting(ctx, e.BatchID); err != nil {
		return err
	}
	diffs, err := w.diffsOf(ctx, e.BatchID)
	if err != nil {
		return err
	}
	for _, d := range diffs {
		// Within a batch a record is taken back at most once and set at most once.
		missing := fmt.Sprintf("(record_id, sign) NOT IN (SELECT record_id, sign FROM %s WHERE %s)", d.layout.journal(), ofBatch)
		if err := d.insert(ctx, w, e, missing); err != nil {
			return err
		}
		if err := d.verify(ctx, w, e); err != nil {
			return err
		}
		if err := w.restoreCurrent(ctx, e, d.layout); err != nil {
			return err
		}
		for _, r := range rollups[d.layout.dataset.Name] {
			if err := w.restoreRollup(ctx, e, d.layout, r); err != nil {
				return err
			}
		}
	}
	return w.close(ctx, e)
}

// stopPosting waits until no statement of the batch's posting runs any more: a
// process that ended may have left one behind on a server that lives on.
func (w *Warehouse) stopPosting(ctx context.Context, batch string) error {
	err := w.conn.Exec(ctx, "KILL QUERY WHERE startsWith(query_id, $1) SYNC", postingPrefix(batch))
	if err != nil {
		return fmt.Errorf("stopping what is left of the posting of batch %s: %w", batch, err)
	}
	return nil
}

// restoreCurrent writes the batch's versions into the current state again. A
// version that is there already is the same row, and the table keeps one of them.
func (w *Warehouse) restoreCurrent(ctx context.Context, e *bookEntry, l layout) error {
	names := strings.Join(append([]string{"source", "record_id", "scope", "happened_on"}, l.columns()...), ", ")
	err := w.conn.Exec(posting(ctx, e, batchParameters(e)), fmt.Sprintf(
		`INSERT INTO %s (%s, row_hash, version, is_deleted)
SELECT %s, row_hash, toUInt64(toUnixTimestamp64Milli(recorded_at)) * 2 + (sign > 0), sign < 0
FROM %s WHERE %s`, l.current(), names, names, l.journal(), ofBatch))
	if err != nil {
		return fmt.Errorf("restoring %s after batch %s: %w", l.current(), e.BatchID, err)
	}
	return nil
}

// restoreRollup adds what a rollup lacks of the source's sums. Its keys hold
// the source, and one batch of a source is worked on at a time, so nothing else
// moves these sums meanwhile.
func (w *Warehouse) restoreRollup(ctx context.Context, e *bookEntry, l layout, r rollup) error {
	err := w.conn.Exec(posting(ctx, e, clickhouse.Parameters{}), fmt.Sprintf("INSERT INTO %s (%s) %s",
		r.table, strings.Join(append(append([]string{}, r.keys...), r.sums...), ", "), r.difference(l, "source = {source:String}")))
	if err != nil {
		return fmt.Errorf("restoring %s after batch %s: %w", r.table, e.BatchID, err)
	}
	return nil
}
