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
	// Prove hands over what the reader knows of the batch; before Commit.
	Prove(a warehouse.Account)
	// Failed notes why the batch is going to be aborted, or why it lacks parts of its
	// source; nil for no fault.
	Failed(because error)
	Abort(ctx context.Context) error
}

// Rehearser is a Store that can tell what a batch would change: it heeds
// Load.DryRun, and its batches are Rehearsals.
type Rehearser interface{ Rehearses() }

// Rehearsal is a Batch that tells what it would change.
type Rehearsal interface {
	Preview(ctx context.Context) ([]warehouse.Change, error)
}

// Into is the warehouse as a Store.
func Into(w *warehouse.Warehouse) Store { return warehouseStore{w} }

type warehouseStore struct{ *warehouse.Warehouse }

// Rehearses implements Rehearser.
func (warehouseStore) Rehearses() {}

func (s warehouseStore) Begin(ctx context.Context, load warehouse.Load) (Batch, error) {
	return s.Warehouse.Begin(ctx, load)
}
