package warehouse

import (
	"context"
	"fmt"
	"time"

	"khue"
)

// RawObject is something kept of what a batch was made from.
type RawObject struct {
	BatchID  string
	Path     string // below the archive's folder, with slashes
	Kind     string // "rows": the raw rows as read; "file": a file they came from; "keys": ids to retract
	SHA256   string // of the object as it lies there; of a file: of its original content
	Bytes    int64  // as it lies there
	Rows     int64
	KeptAt   time.Time
	PrunedAt time.Time // zero while it is there
}

// registerRaw notes what was kept for a batch.
func (w *Warehouse) registerRaw(ctx context.Context, objects []RawObject) error {
	if len(objects) == 0 {
		return nil
	}
	insert, err := w.conn.PrepareBatch(ctx, "INSERT INTO raw_objects (batch_id, path, kind, sha256, bytes, rows, kept_at, pruned_at)")
	if err != nil {
		return fmt.Errorf("registering kept raw data: %w", err)
	}
	defer func() { _ = insert.Close() }()
	for _, o := range objects {
		pruned := o.PrunedAt
		if pruned.IsZero() {
			pruned = epoch
		}
		if err := insert.Append(o.BatchID, o.Path, o.Kind, o.SHA256, o.Bytes, o.Rows, o.KeptAt.UTC(), pruned.UTC()); err != nil {
			return fmt.Errorf("registering kept raw data: %w", err)
		}
	}
	if err := insert.Send(); err != nil {
		return fmt.Errorf("registering kept raw data: %w", err)
	}
	return nil
}

// RawObjects lists what is kept of a batch, or of all batches that are complete when batch is "".
func (w *Warehouse) RawObjects(ctx context.Context, batch string) ([]RawObject, error) {
	rows, err := w.conn.Query(ctx, `SELECT batch_id, path, kind, sha256, bytes, rows, kept_at, pruned_at FROM raw_objects FINAL
WHERE ($1 != '' AND batch_id = $1) OR ($1 = '' AND batch_id IN (SELECT batch_id FROM batches FINAL WHERE state = 'complete'))
ORDER BY batch_id, path`, batch)
	if err != nil {
		return nil, fmt.Errorf("listing kept raw data: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []RawObject
	for rows.Next() {
		var o RawObject
		if err := rows.Scan(&o.BatchID, &o.Path, &o.Kind, &o.SHA256, &o.Bytes, &o.Rows, &o.KeptAt, &o.PrunedAt); err != nil {
			return nil, fmt.Errorf("listing kept raw data: %w", err)
		}
		if !o.PrunedAt.After(epoch) {
			o.PrunedAt = time.Time{}
		}
		out = append(out, o)
	}
	return out, rows.Err()
}

// PrunedRaw notes that objects were taken out of the archive at a moment.
func (w *Warehouse) PrunedRaw(ctx context.Context, objects []RawObject, at time.Time) error {
	for i := range objects {
		objects[i].PrunedAt = at
	}
	return w.registerRaw(ctx, objects)
}

// Empty tells whether the warehouse holds nothing: no fact and no finished batch.
func (w *Warehouse) Empty(ctx context.Context) (bool, error) {
	var n uint64
	if err := w.conn.QueryRow(ctx, "SELECT count() FROM batches WHERE state IN ('posting', 'complete')").Scan(&n); err != nil {
		return false, fmt.Errorf("looking for batches: %w", err)
	}
	for _, d := range khue.Datasets() {
		if n > 0 {
			return false, nil
		}
		l, err := layoutOf(d.Name)
		if err != nil {
			return false, err
		}
		if err := w.conn.QueryRow(ctx, "SELECT count() FROM (SELECT 1 FROM "+l.journal()+" LIMIT 1)").Scan(&n); err != nil {
			return false, fmt.Errorf("looking for facts of %s: %w", d.Name, err)
		}
	}
	return n == 0, nil
}

// WithoutRaw lists the finished batches that read rows and of which nothing was
// kept, from the first batch of their source that was: those are holes in the archive.
// A key sweep that found nothing gone has nothing to keep.
func (w *Warehouse) WithoutRaw(ctx context.Context) ([]Run, error) {
	var entries []bookEntry
	err := w.conn.Select(ctx, &entries, `SELECT * FROM batches FINAL WHERE state = 'complete' AND read > 0 AND NOT (cause = '`+CauseKeys+`' AND retracted = 0)
AND batch_id NOT IN (SELECT batch_id FROM raw_objects)
AND (source, batch_id) IN (SELECT b.source, b.batch_id FROM batches AS b
    INNER JOIN (SELECT source, min(batch_id) AS first FROM batches WHERE batch_id IN (SELECT batch_id FROM raw_objects) GROUP BY source) AS k
    ON k.source = b.source WHERE b.batch_id > k.first)
ORDER BY batch_id`)
	if err != nil {
		return nil, fmt.Errorf("looking for batches without raw data: %w", err)
	}
	runs := make([]Run, len(entries))
	for i, e := range entries {
		runs[i] = e.run()
	}
	return runs, nil
}
