package warehouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// BatchOrigin is a batch with what is kept of what it was read from.
type BatchOrigin struct {
	Run
	Raw []RawObject
}

// Origins gives batches by their ids, with what is kept of each; ids that no batch
// has are left out. However many there are, two questions are asked.
func (w *Warehouse) Origins(ctx context.Context, ids []string) (map[string]BatchOrigin, error) {
	out := make(map[string]BatchOrigin, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(id) + "'"
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithParameters(clickhouse.Parameters{"ids": "[" + strings.Join(quoted, ",") + "]"}))
	var entries []bookEntry
	if err := w.conn.Select(ctx, &entries, "SELECT * FROM batches FINAL WHERE batch_id IN {ids:Array(String)}"); err != nil {
		return nil, fmt.Errorf("looking up batches: %w", err)
	}
	for _, e := range entries {
		out[e.BatchID] = BatchOrigin{Run: e.run()}
	}
	rows, err := w.conn.Query(ctx, `SELECT batch_id, path, kind, sha256, bytes, rows, kept_at, pruned_at FROM raw_objects FINAL
WHERE batch_id IN {ids:Array(String)} ORDER BY batch_id, path`)
	if err != nil {
		return nil, fmt.Errorf("looking up what is kept of batches: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var o RawObject
		if err := rows.Scan(&o.BatchID, &o.Path, &o.Kind, &o.SHA256, &o.Bytes, &o.Rows, &o.KeptAt, &o.PrunedAt); err != nil {
			return nil, fmt.Errorf("looking up what is kept of batches: %w", err)
		}
		if !o.PrunedAt.After(epoch) {
			o.PrunedAt = time.Time{}
		}
		if of, known := out[o.BatchID]; known {
			of.Raw = append(of.Raw, o)
			out[o.BatchID] = of
		}
	}
	return out, rows.Err()
}
