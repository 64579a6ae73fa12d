package warehouse

import (
	"context"
	"fmt"
)

// MarkSource notes whether a source is a simulation. The note stays with its
// facts, so that whoever reads them later still says so.
func (w *Warehouse) MarkSource(ctx context.Context, source string, simulated bool) error {
	flag := uint8(0)
	if simulated {
		flag = 1
	}
	if err := w.conn.Exec(ctx, "INSERT INTO sources (source, simulated) VALUES ($1, $2)", source, flag); err != nil {
		return fmt.Errorf("noting whether source %s is simulated: %w", source, err)
	}
	return nil
}

// Simulated tells whether any fact here comes from a simulated source.
func (w *Warehouse) Simulated(ctx context.Context) (bool, error) {
	var n uint64
	err := w.conn.QueryRow(ctx, `SELECT count() FROM sources FINAL WHERE simulated = 1
AND source IN (SELECT source FROM batches WHERE accepted > 0)`).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("asking whether facts are simulated: %w", err)
	}
	return n > 0, nil
}
