package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/warehouse"
)

// SweepOptions say what to look for beyond regular pulls. Without Keys and Wide,
// what the configuration names for each dataset is done.
type SweepOptions struct {
	Datasets []string
	Keys     bool          // read all ids and retract the records that are gone
	Wide     time.Duration // read so much of the past again for what came late
	Force    bool          // let a key sweep retract more than its limit
}

// defaultSweepLimit is how many records in a hundred a key sweep may retract.
const defaultSweepLimit = 20

// sweeper is a store that can retract what a source no longer has.
type sweeper interface {
	AppendKeys(ctx context.Context, ids []string) error
	CommitSweep(ctx context.Context, read int64, rule warehouse.SweepRule) (warehouse.Outcome, error)
}

// Sweep looks through a source beyond what regular pulls read. A key sweep reads
// the ids of all its records and retracts those that are gone. A wide sweep pulls
// first, then reads the last days again up to where that pull read: what it adds or
// corrects came late, and no regular pull would ever have read it.
func (p *Puller) Sweep(ctx context.Context, source string, o SweepOptions) ([]Result, error) {
	c, ok := p.config[source]
	if !ok {
		return nil, khue.Errorf(khue.NotFound, "không có nguồn %q; có %s", "there is no source %q; there are %s", source, strings.Join(p.Sources(), ", "))
	}
	if err := (PullOptions{Datasets: o.Datasets}).check(c); err != nil {
		return nil, err
	}
	var results []Result
	var faults []error
	for _, d := range khue.Datasets() {
		set, feeds := c.Datasets[d.Name]
		if !feeds || len(o.Datasets) > 0 && !slices.Contains(o.Datasets, d.Name) {
			continue
		}
		keys, wide := o.Keys, o.Wide
		if !o.Keys && o.Wide == 0 {
			keys, wide = set.Sweep.Keys != "", time.Duration(set.Sweep.Wide)
		}
		if keys {
			results = append(results, p.sweepKeys(ctx, source, c, d, set, o.Force))
		}
		if wide > 0 && c.incremental(&set) {
			results = append(results, p.sweepWide(ctx, source, c, d, set, wide)...)
		}
		if ctx.Err() != nil {
			break
		}
	}
	for _, r := range results {
		if r.Err != nil {
			faults = append(faults, khue.While(r.Err, "rà soát %s của %s", "sweeping %s of %s", r.Dataset, source))
		}
	}
	return results, errors.Join(faults...)
}

// incremental tells whether regular pulls of a dataset read changes only; others
// read everything each time and cannot miss what came late.
func (c SourceConfig) incremental(set *DatasetConfig) bool {
	switch c.Kind {
	case kindSQL:
		return set.Cursor != ""
	case kindREST:
		return set.Incremental.Parameter != ""
	}
	return false
}

// sweepWide pulls, and then reads the past up to that pull again.
func (p *Puller) sweepWide(ctx context.Context, source string, c SourceConfig, d khue.Dataset, set DatasetConfig, back time.Duration) []Result {
	lag := max(set.Lag, set.Incremental.Lag)
	began := p.options.Now()
	first := p.pullDataset(ctx, source, c, d, set, PullOptions{})
	if first.Err != nil {
		return []Result{first}
	}
	r := p.pullDataset(ctx, source, c, d, set, PullOptions{From: began.Add(-lag - back), To: began.Add(-lag), cause: warehouse.CauseWide})
	r.Late = r.Added + r.Corrected + r.Retracted
	if r.Late > 0 {
		p.options.Logger.Warn("rows came late: regular pulls had missed them; a longer look_back would not have", "source", source, "dataset", d.Name,
			"added", r.Added, "corrected", r.Corrected, "retracted", r.Retracted, "back", back)
	}
	return []Result{first, r}
}

// sweepKeys reads all ids of a dataset and retracts the records that are gone.
func (p *Puller) sweepKeys(ctx context.Context, source string, c SourceConfig, d khue.Dataset, set DatasetConfig, force bool) Result {
	r := Result{Source: source, Dataset: d.Name, Started: p.options.Now(), Cause: warehouse.CauseKeys}
	log := p.options.Logger.With("source", source, "dataset", d.Name)
	r.Err = p.readKeys(ctx, c, d, set, force, &r)
	r.Ended = p.options.Now()
	if r.Err != nil {
		log.Error("key sweep failed", "read", r.Read, "error", r.Err)
	} else {
		log.Info("keys swept", "read", r.Read, "retracted", r.Retracted, "unchanged", r.Unchanged, "took", r.Ended.Sub(r.Started))
	}
	return r
}

func (p *Puller) readKeys(ctx context.Context, c SourceConfig, d khue.Dataset, set DatasetConfig, force bool, r *Result) error {
	// All of it, whenever it changed.
	whole := set
	whole.Cursor, whole.CursorFormat, whole.NullCursor, whole.Lag, whole.LookBack = "", "", "", 0, 0
	whole.Incremental, whole.Reconcile.Sum = Incremental{}, nil
	zone, err := c.zone(p.options.Zone)
	if err != nil {
		return err
	}
	source, own := open(d.Name, c, whole, zone, p.links[r.Source], p.options.Logger)
	m, err := p.mapping(d, &whole, zone, own)
	if err != nil {
		return err
	}
	door, err := m.door(p.options.Privacy)
	if err != nil {
		return err
	}
	k := &keySweep{mapping: m, door: door, columns: m.keyColumns(), result: r}
	batch, err := p.store.Begin(ctx, warehouse.Load{Source: r.Source, Dataset: r.Dataset, Cause: warehouse.CauseKeys})
	if err != nil {
		return fmt.Errorf("beginning a batch: %w", err)
	}
	began := p.options.Now()
	if err := k.read(ctx, batch, source, Request{Columns: k.columns, Until: began, Skip: make(map[string]bool)}); err != nil {
		batch.Failed(err)
		return errors.Join(err, batch.Abort(context.WithoutCancel(ctx)))
	}
	load := warehouse.Load{Source: r.Source, Dataset: r.Dataset, Cause: warehouse.CauseKeys}
	keeper := keeper{archive: p.options.Archive, what: c.keeps(&set), kind: rawKeys, now: p.options.Now}
	limit := defaultSweepLimit
	if set.Sweep.Limit != nil {
		limit = *set.Sweep.Limit
	}
	rule := warehouse.SweepRule{Began: began, Limit: limit, Force: force, Gone: func(ids []string) error {
		if !keeper.active() {
			return nil
		}
		if err := keeper.start(load, batch); err != nil {
			return err
		}
		return keeper.batch.keys(ids)
	}}
	account := warehouse.Account{Rows: k.rows, Seal: func(recorded time.Time) ([]warehouse.RawObject, error) {
		if !keeper.open() {
			return nil, nil
		}
		return keeper.seal(recorded, "", r.Read, nil, nil)
	}}
	if k.told != nil {
		account.Told = &warehouse.Told{Rows: k.told.Rows}
	}
	batch.Prove(account)
	out, err := batch.(sweeper).CommitSweep(ctx, r.Read, rule)
	if err != nil {
		keeper.discard()
		return err
	}
	r.add(out)
	r.Accepted = out.Accepted
	return keeper.posted()
}

// keyColumns are the raw columns that record ids are made from, those that tell
// what is no record included.
func (m *mapping) keyColumns() []string {
	if m.id < 0 || m.pivot != nil {
		return m.columns // a key may be made from any field, and an area's name depends on the day
	}
	out := []string{m.columns[m.id]}
	add := func(cell int) {
		if cell >= 0 && !slices.Contains(out, m.columns[cell]) {
			out = append(out, m.columns[cell])
		}
	}
	add(m.deleted)
	for _, s := range m.skips {
		add(s.cell)
	}
	return out
}

// keySweep reads ids.
type keySweep struct {
	mapping *mapping
	door    *door
	columns []string
	result  *Result
	full    *Page // a page with all columns of the mapping, of which some are empty
	ids     []string
	unnamed int64
	rows    int64
	told    *Totals
}

// read reads all ids into the batch, once more if the source says otherwise. A
// reading that is not whole is an error: nothing may be taken for gone.
func (k *keySweep) read(ctx context.Context, b Batch, source Source, q Request) error {
	staged, ok := b.(sweeper)
	if !ok {
		return fmt.Errorf("this store cannot be swept")
	}
	q.Told = func(t Totals) { k.told = &t }
	_, err := source.Read(ctx, q, func(p *Page) error {
		k.page(p)
		if len(k.ids) < defaultLimits.append {
			return nil
		}
		return k.send(ctx, staged)
	})
	if err != nil {
		return fmt.Errorf("reading all ids: %w", err)
	}
	if wrong := mismatch(k.told, &reckoning{rows: k.rows}); wrong != nil {
		return wrong
	}
	if k.unnamed > 0 {
		return khue.Errorf(khue.Conflict, "%d dòng không rõ mã bản ghi, nên không biết được bản ghi nào đã mất; hãy sửa các dòng bị giữ lại trước",
			"%d rows have no record id, so it cannot be told which records are gone; mend the quarantined rows first", k.unnamed)
	}
	return k.send(ctx, staged)
}

func (k *keySweep) send(ctx context.Context, b sweeper) error {
	err := b.AppendKeys(ctx, k.ids)
	k.ids = k.ids[:0]
	return err
}

// page takes the ids of a page. A record that is marked as deleted is gone.
func (k *keySweep) page(p *Page) {
	m := k.mapping
	k.rows += int64(p.Len())
	seen := *k.widen(p) // what is noted of this page is not noted of the next one
	full := &seen
	k.door.page(m, full)
	m.page = full
	take := func(cells []Value, id string) {
		k.result.Read++
		switch {
		case m.deleted >= 0 && m.truth(&cells[m.deleted]):
		case id == "":
			k.unnamed++
		default:
			k.ids = append(k.ids, strings.Clone(id))
		}
	}
	if len(k.columns) == len(m.columns) {
		m.trace = func(_ int, cells []Value, id string) { take(cells, id) }
		rows := warehouse.NewRows(m.dataset, full.Len())
		m.rows(full, rows, func(warehouse.Rejected) {})
		return
	}
	for i := range full.Len() {
		cells := full.Row(i)
		if m.skipped(cells) {
			continue
		}
		m.faults = m.faults[:0]
		take(cells, m.recordID(cells))
	}
}

// widen lays the columns that were read where the mapping looks for them.
func (k *keySweep) widen(p *Page) *Page {
	if len(k.columns) == len(k.mapping.columns) {
		return p
	}
	if k.full == nil {
		k.full = &Page{Columns: k.mapping.columns}
	}
	f := k.full
	f.reset()
	f.Place, f.File = p.Place, p.File
	at := make([]int, len(k.columns))
	for i, c := range k.columns {
		at[i] = slices.Index(k.mapping.columns, c)
	}
	for i := range p.Len() {
		from, to := p.Row(i), f.grow()
		for n, v := range from {
			to[at[n]] = v
		}
	}
	return f
}
