package ingest

import (
	"context"
	"fmt"

	"khue/warehouse"
)

// loader hands mapped rows to the store in batches. The order of writing, and
// what a crash leaves at each point:
//
//  1. rows and rejected rows stream into an open batch: nothing shows, the next
//     pull reads them again;
//  2. the batch is committed with its mark: the store does both or neither;
//  3. a new batch begins: a pull that dies in it goes on from the last mark.
type loader struct {
	store    Store
	load     warehouse.Load
	mapping  *mapping
	limits   limits
	dryRun   bool
	progress func(Result)

	batch    Batch
	rows     *warehouse.Rows
	rejected []warehouse.Rejected
	read     int64 // facts in the open batch
	result   *Result
	safe     [3]int64 // read, accepted and rejected of the committed batches
	fixed    *string  // the mark to keep, where the pull must not move it
}

// limits bound what is held in memory and what a crash can cost.
type limits struct {
	append int   // rows handed over at a time
	reject int   // rejected rows handed over at a time
	batch  int64 // facts after which a batch is committed, at the next mark
}

var defaultLimits = limits{append: 100_000, reject: 1_000, batch: 500_000}

// sampleSize is how many rejected rows a result shows.
const sampleSize = 20

// page takes a page of raw rows.
func (l *loader) page(ctx context.Context, p *Page) error {
	if err := l.begin(ctx); err != nil {
		return err
	}
	before := l.rows.Len()
	read := l.mapping.rows(p, l.rows, func(r warehouse.Rejected) { l.rejected = append(l.rejected, r) })
	l.read += read
	l.result.Read += read
	l.result.Accepted += int64(l.rows.Len() - before)
	if len(l.rejected) >= l.limits.reject {
		if err := l.sendRejected(ctx); err != nil {
			return err
		}
	}
	if l.rows.Len() >= l.limits.append {
		if err := l.send(ctx); err != nil {
			return err
		}
	}
	if l.read >= l.limits.batch && p.Mark != nil && l.mayCut() {
		if err := l.commit(ctx, p.Mark()); err != nil {
			return err
		}
	}
	if l.progress != nil {
		l.progress(*l.result)
	}
	return nil
}

// mayCut tells whether a batch may end here: the rows of a scope that is replaced
// must come in one, unless a part of the source is a scope and ends here.
func (l *loader) mayCut() bool { return !l.load.Replace || l.mapping.byFile }

func (l *loader) begin(ctx context.Context) error {
	if l.rows == nil {
		l.rows = warehouse.NewRows(l.mapping.dataset, l.limits.append+pageRows)
	}
	if l.batch != nil || l.dryRun {
		return nil
	}
	b, err := l.store.Begin(ctx, l.load)
	if err != nil {
		return fmt.Errorf("beginning a batch: %w", err)
	}
	l.batch = b
	return nil
}

func (l *loader) send(ctx context.Context) error {
	if l.batch != nil && l.rows.Len() > 0 {
		if err := l.batch.Append(ctx, l.rows); err != nil {
			return fmt.Errorf("handing over rows: %w", err)
		}
	}
	l.rows.Reset()
	return nil
}

func (l *loader) sendRejected(ctx context.Context) error {
	l.result.Rejected += int64(len(l.rejected))
	if room := sampleSize - len(l.result.Sample); room > 0 {
		l.result.Sample = append(l.result.Sample, l.rejected[:min(room, len(l.rejected))]...)
	}
	if l.batch != nil && len(l.rejected) > 0 {
		if err := l.batch.Reject(ctx, l.rejected); err != nil {
			return fmt.Errorf("handing over rejected rows: %w", err)
		}
	}
	l.rejected = l.rejected[:0]
	return nil
}

// commit closes the open batch. A pull that found nothing commits an empty one:
// it is the proof that the source was asked, and moves the mark.
func (l *loader) commit(ctx context.Context, mark string) error {
	if l.fixed != nil {
		mark = *l.fixed
	}
	if err := l.begin(ctx); err != nil {
		return err
	}
	if err := l.sendRejected(ctx); err != nil {
		return err
	}
	if err := l.send(ctx); err != nil {
		return err
	}
	if l.dryRun {
		return nil
	}
	b := l.batch
	l.batch = nil
	outcome, err := b.Commit(ctx, mark, l.read)
	if err != nil {
		return err
	}
	l.read = 0
	l.result.add(outcome)
	l.safe = [3]int64{l.result.Read, l.result.Accepted, l.result.Rejected}
	l.result.Watermark = mark
	return nil
}

// forget takes back the counts of what was read since the last commit, because
// it is going to be read again.
func (l *loader) forget() {
	l.result.Read, l.result.Accepted, l.result.Rejected = l.safe[0], l.safe[1], l.safe[2]
}

// abort throws the open batch away; the store's own watermark stays where it was.
func (l *loader) abort(ctx context.Context) error {
	l.rejected = l.rejected[:0]
	if l.rows != nil {
		l.rows.Reset()
	}
	l.read = 0
	if l.batch == nil {
		return nil
	}
	b := l.batch
	l.batch = nil
	if err := b.Abort(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("throwing away batch %s: %w", b.ID(), err)
	}
	return nil
}
