package ingest

import (
	"context"
	"fmt"
	"time"

	"khue"
	"khue/warehouse"
)

// loader hands mapped rows to the store in batches. The order of writing, and
// what a crash leaves at each point:
//
//  1. rows and rejected rows stream into an open batch, raw rows into the archive:
//     nothing shows, the next pull reads them again;
//  2. the batch is committed with its mark: the archive's copy is made durable, then
//     the store does both or neither;
//  3. a new batch begins: a pull that dies in it goes on from the last mark.
type loader struct {
	store    Store
	load     warehouse.Load
	mapping  *mapping
	limits   limits
	progress func(Result)
	door     *door
	keeper   keeper

	batch    Batch
	rows     *warehouse.Rows
	rejected []warehouse.Rejected
	refused  warehouse.Sums // of the rejected rows of the open batch
	read     int64          // facts in the open batch
	result   *Result
	safe     [3]int64 // read, accepted and rejected of the committed batches
	whole    []string // parts that end in the open batch and were read from their beginning
	fixed    *string  // the mark to keep, where the pull must not move it
	uncut    bool     // the reading must be one batch
	partly   error    // why parts of the source were left out of the last batch
	wards    *wards   // for which the rows are handed in; nil otherwise
	unposted bool     // a batch could not be committed; the book knows of it
	// begun hears of each batch before a row of it can be posted; nil when nobody does.
	begun func(ctx context.Context, batch string) error

	raw     reckoning // of the open batch
	reading reckoning // of the batches of this reading that are committed
	told    *Totals   // by the source, of this reading
	sums    []string  // raw columns that the source gives sums of, beside those behind numbers

	kept    func() []warehouse.RawObject // of a batch that is loaded again; nil otherwise
	earlier []string                     // of a batch that is loaded again: those before it in its reading
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
	seen := *p // what is noted of this page is not noted of the source's next one
	l.door.page(l.mapping, &seen)
	if l.wards != nil {
		if err := l.wards.look(ctx, l.mapping, &seen); err != nil {
			return err
		}
	}
	l.raw.page(&seen)
	if err := l.keeper.page(ctx, l.load, l.batch, &seen); err != nil {
		return err
	}
	before := l.rows.Len()
	read := l.mapping.rows(&seen, l.rows, func(r warehouse.Rejected) {
		l.rejected = append(l.rejected, r)
		l.mapping.addRefused(l.refused)
	})
	if err := l.keeper.mapped(); err != nil {
		return err
	}
	if p.Whole {
		l.whole = append(l.whole, l.mapping.partOf())
	}
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
func (l *loader) mayCut() bool {
	return !l.uncut && !l.load.DryRun && (!l.load.Replace || l.mapping.byFile)
}

func (l *loader) begin(ctx context.Context) error {
	if l.rows == nil {
		l.rows = warehouse.NewRows(l.mapping.dataset, l.limits.append+pageRows)
		l.refused, l.raw = warehouse.Sums{}, l.mapping.reckon(l.sums...)
	}
	if l.batch != nil {
		return nil
	}
	if _, can := l.store.(Rehearser); l.load.DryRun && !can {
		return nil
	}
	b, err := l.store.Begin(ctx, l.load)
	if err != nil {
		return fmt.Errorf("beginning a batch: %w", err)
	}
	l.batch = b
	if l.begun != nil {
		if err := l.begun(ctx, b.ID()); err != nil {
			return err
		}
	}
	return l.keeper.settle(ctx, l.store, l.load)
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
	if l.load.DryRun {
		return l.preview(ctx)
	}
	b := l.batch
	b.Prove(l.account(mark))
	b.Failed(l.partly)
	outcome, err := b.Commit(ctx, mark, l.read)
	l.batch = nil
	if err != nil {
		l.keeper.discard()
		l.unposted = true
		return err
	}
	if err := l.keeper.posted(); err != nil {
		return err
	}
	l.raw.take(&l.reading)
	l.read, l.refused, l.whole = 0, warehouse.Sums{}, nil
	l.result.add(outcome)
	l.safe = [3]int64{l.result.Read, l.result.Accepted, l.result.Rejected}
	l.result.Watermark = mark
	return nil
}

// account is what the open batch is proven by.
func (l *loader) account(mark string) warehouse.Account {
	a := warehouse.Account{Rows: l.raw.rows, Columns: l.raw.sums(), Rejected: l.refused, Whole: l.whole, Earlier: l.earlier}
	if len(l.whole) > 0 {
		for _, b := range l.result.Batches {
			a.Earlier = append(a.Earlier, b.BatchID)
		}
	}
	if l.told != nil {
		a.Told = &warehouse.Told{Rows: l.told.Rows, Sums: l.told.Sums}
	}
	if l.kept != nil {
		a.Seal = func(time.Time) ([]warehouse.RawObject, error) { return l.kept(), nil }
	}
	if l.keeper.open() {
		read := l.read
		a.Seal = func(recorded time.Time) ([]warehouse.RawObject, error) {
			return l.keeper.seal(recorded, mark, read, a.Whole, a.Earlier)
		}
	}
	return a
}

// preview ends a dry run: what would change is told, and nothing of it stays.
func (l *loader) preview(ctx context.Context) error {
	if r, can := l.batch.(Rehearsal); can {
		changes, err := r.Preview(ctx)
		if err != nil {
			return fmt.Errorf("working out what would change: %w", err)
		}
		l.result.Changes = changes
		for _, c := range changes {
			if c.Dataset == l.load.Dataset {
				l.result.Added += c.Added
				l.result.Corrected += c.Corrected
				l.result.Retracted += c.Retracted
				l.result.Unchanged += c.Unchanged
			}
		}
	}
	return l.abort(ctx, nil)
}

// disagrees tells in what the source's own numbers differ from what was read.
func (l *loader) disagrees() error {
	total := reckoning{}
	l.reading.take(&total)
	open := l.raw
	open.columns = append([]reckoned(nil), l.raw.columns...)
	open.take(&total)
	return mismatch(l.told, &total)
}

// reread forgets what was counted of a reading that begins again.
func (l *loader) reread() {
	l.reading.clear()
	l.told = nil
}

// forget takes back the counts of what was read since the last commit, because
// it is going to be read again.
func (l *loader) forget() {
	l.result.Read, l.result.Accepted, l.result.Rejected = l.safe[0], l.safe[1], l.safe[2]
}

// abort throws the open batch away; the store's own watermark stays where it was.
func (l *loader) abort(ctx context.Context, because error) error {
	l.rejected = l.rejected[:0]
	if l.rows != nil {
		l.rows.Reset()
	}
	l.read, l.refused, l.whole = 0, warehouse.Sums{}, nil
	l.raw.clear()
	l.keeper.discard()
	if l.batch == nil {
		l.noteFailure(ctx, because)
		return nil
	}
	b := l.batch
	l.batch = nil
	b.Failed(because)
	if err := b.Abort(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("throwing away batch %s: %w", b.ID(), err)
	}
	return nil
}

// noteFailure gives a pull that failed while no batch was open a line of its own in
// the book of runs, so that nobody takes the source for a healthy one. It does so as
// well as it can: the failure itself is told by the pull.
func (l *loader) noteFailure(ctx context.Context, because error) {
	if because == nil || l.load.DryRun || l.unposted || ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	b, err := l.store.Begin(ctx, l.load)
	if err != nil {
		return
	}
	b.Failed(because)
	_ = b.Abort(ctx)
}

// addRefused adds the numbers of the row under way, which was rejected.
func (m *mapping) addRefused(into warehouse.Sums) {
	for _, f := range m.fields {
		if f == nil || f.Type != khue.IntegerField && f.Type != khue.DecimalField {
			continue
		}
		if v, ok := amountOf(&m.vals[f.index]); ok {
			into.Add(f.Name, v)
		}
	}
}
