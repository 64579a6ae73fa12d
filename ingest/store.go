package ingest

import (
	"context"

	"khue/warehouse"
)

// Store is where checked facts go. It is the warehouse; tests that ask only about
// reading and mapping keep facts in memory instead.
type Store interface {
	// Begin opens a batch; no fact of it shows before Commit.
	Begin(ctx context.Context, load warehouse.Load) (Batch, error)
	// Watermark is what the last completed batch of a source's dataset stored; ""
	// when there is none.
	Watermark(ctx context.Context, source, dataset string) (string, error)
}

// Batch takes the rows of one pull, or of a bounded part of it. *warehouse.Batch is one.
type Batch interface {
	ID() string
	// Append streams rows; the caller uses them again once it has returned.
	Append(ctx context.Context, rows *warehouse.Rows) error
	// Reject puts rows that failed a check into quarantine.
	Reject(ctx context.Context, rejected []warehouse.Rejected) error
	// Commit shows the batch and stores its watermark, both or neither.
	Commit(ctx context.Context, watermark string, read int64) (warehouse.Outcome, error)
	Abort(ctx context.Context) error
}

// Into is the warehouse as a Store.
func Into(w *warehouse.Warehouse) Store { return warehouseStore{w} }

type warehouseStore struct{ *warehouse.Warehouse }

func (s warehouseStore) Begin(ctx context.Context, load warehouse.Load) (Batch, error) {
	return s.Warehouse.Begin(ctx, load)
}
