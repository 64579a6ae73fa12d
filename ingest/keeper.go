package ingest

import (
	"context"
	"time"

	"khue/warehouse"
)

// keeper keeps what a loader reads in the archive, batch by batch. Without an
// archive it does nothing.
type keeper struct {
	archive *Archive
	what    string // whole, rows or none
	kind    string // of the objects: rows unless said otherwise
	now     func() time.Time
	batch   *keeping
	file    string // the one kept whole last
}

func (k *keeper) active() bool { return k.archive != nil && k.what != keepNone }

func (k *keeper) open() bool { return k.batch != nil }

// page keeps a page of the open batch.
func (k *keeper) page(ctx context.Context, load warehouse.Load, b Batch, p *Page) error {
	if !k.active() || b == nil || load.DryRun || p.Len() == 0 {
		return nil
	}
	if err := k.start(load, b); err != nil {
		return err
	}
	if k.what == keepWhole && p.Original != nil && p.File != k.file {
		if err := k.batch.whole(ctx, p.Original); err != nil {
			return err
		}
		k.file = p.File
	}
	return k.batch.page(p)
}

func (k *keeper) start(load warehouse.Load, b Batch) error {
	if k.batch != nil {
		return nil
	}
	kind := k.kind
	if kind == "" {
		kind = rawRows
	}
	var err error
	k.batch, err = k.archive.begin(Manifest{
		Batch: b.ID(), Source: load.Source, Dataset: load.Dataset, Kind: kind, Cause: load.Cause, Replace: load.Replace, StartedAt: k.now().UTC(),
	})
	k.file = ""
	return err
}

func (k *keeper) mapped() error {
	if k.batch == nil {
		return nil
	}
	return k.batch.mapped()
}

func (k *keeper) seal(recorded time.Time, mark string, read int64, whole, earlier []string) ([]warehouse.RawObject, error) {
	k.batch.manifest.Whole, k.batch.manifest.Earlier = whole, earlier
	k.batch.manifest.Watermark, k.batch.manifest.Read = mark, read
	return k.batch.seal(recorded)
}

// posted settles the batch that was committed.
func (k *keeper) posted() error {
	if k.batch == nil {
		return nil
	}
	m := k.batch.manifest
	k.batch = nil
	return k.archive.settle(m, true)
}

func (k *keeper) discard() {
	if k.batch != nil {
		k.batch.discard()
		k.batch = nil
	}
}

// settle ends what a process that was killed left between archive and batch book.
func (k *keeper) settle(ctx context.Context, s Store, load warehouse.Load) error {
	book, ok := s.(interface {
		BatchState(ctx context.Context, batch string) (string, error)
	})
	if !k.active() || !ok {
		return nil
	}
	return k.archive.settlePending(load.Source, load.Dataset, func(batch string) (string, error) { return book.BatchState(ctx, batch) })
}
