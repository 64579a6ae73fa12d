package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"khue"
	"khue/warehouse"
)

// Retried is what became of quarantined rows that were tried again.
type Retried struct {
	Source, Dataset string
	Tried           int64 // rows
	Accepted        int64 // records that are in now
	Rejected        int64 // rows that stay, with their newest reason
	Superseded      int64 // rows of records of which something newer was accepted since; they are closed
	Left            int64 // rows that cannot be tried: their source, or what was read, is not there any more
	Batch           string
}

// quarantineStore is a store whose quarantine can be worked on.
type quarantineStore interface {
	Quarantine(ctx context.Context, f warehouse.QuarantineFilter) ([]warehouse.QuarantinedRow, error)
	LastRecorded(ctx context.Context, source, dataset string, ids []string) (map[string]time.Time, error)
	CloseQuarantine(ctx context.Context, rows []warehouse.QuarantinedRow) error
}

// retryLimit is how many quarantined rows are tried at a time.
const retryLimit = 200_000

// Retry runs the quarantined rows that meet the filter through the mapping and the
// dictionaries as they are now. What passes is loaded and its faults are closed;
// what does not stays with its newest reason. A row is never loaded over something
// of the same record that was accepted after the row was refused.
func (p *Puller) Retry(ctx context.Context, f warehouse.QuarantineFilter) ([]Retried, error) {
	store, ok := p.store.(quarantineStore)
	if !ok {
		return nil, fmt.Errorf("this store has no quarantine")
	}
	f.Limit = retryLimit
	rows, err := store.Quarantine(ctx, f)
	if err != nil {
		return nil, err
	}
	groups := make(map[[2]string][]warehouse.QuarantinedRow)
	for _, r := range rows {
		key := [2]string{r.Source, r.Dataset}
		groups[key] = append(groups[key], r)
	}
	keys := make([][2]string, 0, len(groups))
	for k := range groups {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return slices.Compare(keys[i][:], keys[j][:]) < 0 })
	var out []Retried
	var faults []error
	for _, k := range keys {
		r := &retry{puller: p, store: store, Retried: Retried{Source: k[0], Dataset: k[1]}}
		if err := r.run(ctx, groups[k]); err != nil {
			faults = append(faults, khue.While(err, "thử lại các dòng bị giữ của %s/%s", "trying quarantined rows of %s/%s again", k[0], k[1]))
		}
		out = append(out, r.Retried)
	}
	return out, errors.Join(faults...)
}

type retry struct {
	Retried
	puller  *Puller
	store   quarantineStore
	mapping *mapping
	loader  *loader
}

// attempt is one fact of a quarantined row with what the mapping makes of it now.
type attempt struct {
	row  warehouse.QuarantinedRow
	page *Page
	id   string // of the record it would load; "" when it still fails
	new  warehouse.Rejected
}

// fails tells whether it still has the fault it was quarantined for.
func (a attempt) fails() bool {
	return a.id == "" && a.row.RecordID == a.new.RecordID && a.row.Field == a.new.Field && a.row.Reason == a.new.Reason
}

func (r *retry) run(ctx context.Context, rows []warehouse.QuarantinedRow) error {
	if err := r.prepare(); err != nil || r.mapping == nil {
		r.Left = int64(len(rows))
		return err
	}
	attempts, stale, err := r.look(ctx, rows)
	if err != nil {
		return err
	}
	for _, a := range attempts {
		if err := r.loader.page(ctx, a.page); err != nil {
			return errors.Join(err, r.loader.abort(ctx, err))
		}
	}
	if len(attempts) > 0 {
		if err := r.loader.commit(ctx, ""); err != nil {
			return errors.Join(err, r.loader.abort(ctx, err))
		}
		result := r.loader.result
		r.Tried, r.Accepted, r.Rejected, r.Batch = int64(len(attempts)), result.Accepted, result.Rejected, result.Batches[0].BatchID
	}
	fails := make(map[string]bool)
	for _, a := range attempts {
		fails[a.row.ID] = fails[a.row.ID] || a.fails()
	}
	var closed []warehouse.QuarantinedRow
	for _, a := range append(attempts, stale...) {
		if !fails[a.row.ID] {
			closed = append(closed, a.row)
			fails[a.row.ID] = true // once is enough
		}
	}
	return r.store.CloseQuarantine(ctx, closed)
}

// prepare compiles the mapping; it stays nil when the source is not configured any more.
func (r *retry) prepare() error {
	c, ok := r.puller.config[r.Source]
	set, feeds := c.Datasets[r.Dataset]
	d, known := khue.DatasetOf(r.Dataset)
	if !ok || !feeds || !known {
		return nil
	}
	zone, err := c.zone(r.puller.options.Zone)
	if err != nil {
		return err
	}
	if r.mapping, err = r.puller.mapping(d, &set, zone, nil); err != nil {
		return err
	}
	set.Replace = false // these rows are not all there is to say of their scope
	r.loader, err = r.puller.loader(c, set, r.mapping, PullOptions{}, &Result{Source: r.Source, Dataset: r.Dataset})
	if err != nil {
		return err
	}
	r.loader.load.Cause, r.loader.uncut = warehouse.CauseQuarantine, true
	return nil
}

// look maps every row once, and sets apart what must not be loaded: records of
// which something newer was accepted, or is among the rows.
func (r *retry) look(ctx context.Context, rows []warehouse.QuarantinedRow) (try, stale []attempt, err error) {
	seen := make(map[string]bool)
	var ids []string
	for _, row := range rows { // newest first
		if row.RecordID != "" && seen[row.RecordID] {
			continue // an older reading of the same record, or its second fault
		}
		attempts := r.attempts(row)
		if len(attempts) == 0 {
			r.Left++
		}
		for _, a := range attempts {
			if a.id != "" && seen[a.id] {
				stale = append(stale, a)
				continue
			}
			if a.id != "" {
				seen[a.id] = true
				ids = append(ids, a.id)
			}
			try = append(try, a)
		}
		if row.RecordID != "" {
			seen[row.RecordID] = true
		}
	}
	last, err := r.store.LastRecorded(ctx, r.Source, r.Dataset, ids)
	if err != nil {
		return nil, nil, err
	}
	all := try
	try = nil
	for _, a := range all {
		if at, ok := last[a.id]; ok && a.id != "" && at.After(a.row.SeenAt) {
			stale = append(stale, a)
			continue
		}
		try = append(try, a)
	}
	r.Superseded = int64(len(stale))
	return try, stale, nil
}

// attempts maps the facts of one row; none when what was read cannot be read any more.
func (r *retry) attempts(row warehouse.QuarantinedRow) []attempt {
	var cells map[string]json.RawMessage
	if err := json.Unmarshal([]byte(row.Raw), &cells); err != nil {
		return nil
	}
	var head pageHead
	if said, ok := cells[rawContext]; ok {
		if err := json.Unmarshal(said, &head); err != nil {
			return nil
		}
	}
	place := func(int, int) string { return row.Place }
	page := Page{
		Columns: r.mapping.columns, File: head.File, Serials: head.Serials, Epoch1904: head.Epoch1904, Only: head.Only, Hashed: head.Hashed, Wards: head.Wards,
		Place: place, Cell: place,
	}
	to := page.grow()
	for i, name := range r.mapping.columns {
		if cell, ok := cells[name]; ok {
			v, err := readRaw(cell)
			if err != nil {
				return nil
			}
			to[i] = v
		}
	}
	facts := []string{page.Only}
	if r.mapping.pivot != nil && page.Only == "" {
		facts = r.mapping.pivot.names // what was wrong is in all of them
	}
	var out []attempt
	for _, fact := range facts {
		one := page
		one.Only, one.Cells = fact, slices.Clone(page.Cells)
		a := attempt{row: row, page: &one}
		probe := one
		probe.Cells = slices.Clone(page.Cells)
		r.loader.door.page(r.mapping, &probe)
		mapped := warehouse.NewRows(r.mapping.dataset, 1)
		r.mapping.rows(&probe, mapped, func(x warehouse.Rejected) { a.new = x })
		if mapped.Len() == 1 {
			a.id = mapped.RecordID[0]
		}
		if a.id != "" || a.new.Reason != "" {
			out = append(out, a)
		}
	}
	return out
}
