package main

import (
	"context"
	"errors"
	"math/big"
	"slices"
	"time"

	"khue"
	"khue/access"
	"khue/dashboards"
	"khue/dashboards/pending"
	"khue/ingest"
	"khue/state"
	"khue/warehouse"
)

// withFormer adds to wards the areas that ended and went wholly into them, by the
// correspondences that the office has given. One that was split among these and others
// is none of theirs: nobody can tell of which part a row is.
func (o *Observatory) withFormer(wards []string) []string {
	out := slices.Clone(wards)
	within := map[string]*big.Rat{}
	for _, c := range o.Catalogue.Correspondences() {
		for _, e := range c.Entries {
			if within[e.From] == nil {
				within[e.From] = new(big.Rat)
			}
			if slices.Contains(wards, e.To) {
				within[e.From].Add(within[e.From], e.Weight)
			}
		}
	}
	for _, from := range sortedKeys(within) {
		if within[from].Cmp(big.NewRat(1, 1)) == 0 && !slices.Contains(out, from) {
			out = append(out, from)
		}
	}
	return out
}

// HandIn implements dashboards.HandIns.
func (u uploads) HandIn(ctx context.Context, t dashboards.UploadTarget, f pending.File, by access.Caller) error {
	h := ingest.HandIn{Source: t.Source, Dataset: t.Dataset, File: f.Path, SHA256: f.SHA256, Wards: u.o.withFormer(by.Wards)}
	err := u.o.State.BeginHandIn(ctx, state.HandIn{
		ID: f.ID, Person: by.Login, Source: t.Source, Dataset: t.Dataset, Name: f.Name, SHA256: f.SHA256, Areas: by.Wards, At: u.o.Now(),
	})
	if err != nil {
		return err
	}
	_, err = begun(ctx, func() ([]string, error) { return nil, u.handIn(u.works, f.ID, h) })
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return dashboards.ErrGoesOn // whoever went away finds it in their list
	}
	return err
}

// handIn loads a file once no other load of its source is under way, and notes what
// became of it.
func (u uploads) handIn(ctx context.Context, id string, h ingest.HandIn) error {
	r, err := u.handInOnce(ctx, h)
	batch, failure := "", khue.Text{}
	if len(r.Batches) > 0 {
		batch = r.Batches[0].BatchID
	}
	if err != nil {
		failure = khue.MessageOf(err)
	}
	kept, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeWithin)
	defer cancel()
	return errors.Join(err, u.o.State.EndHandIn(kept, id, batch, failure, u.o.Now()))
}

func (u uploads) handInOnce(ctx context.Context, h ingest.HandIn) (ingest.Result, error) {
	giveUp := time.Now().Add(uploadWait)
	for {
		r, err := u.o.Puller.HandIn(ctx, h)
		if khue.KindOf(err) != khue.Conflict || !time.Now().Before(giveUp) {
			return r, err
		}
		select {
		case <-ctx.Done():
			return r, ctx.Err()
		case <-time.After(uploadRetry):
		}
	}
}

// HandedIn implements dashboards.HandIns.
func (u uploads) HandedIn(ctx context.Context, by access.Caller, id string, most int) ([]dashboards.HandedIn, error) {
	all, err := u.o.State.HandIns(ctx, by.Login, id, most)
	if err != nil {
		return nil, err
	}
	var out []dashboards.HandedIn
	for _, h := range all {
		if slices.ContainsFunc(h.Areas, func(code string) bool { return !slices.Contains(by.Wards, code) }) {
			continue // of a ward that is theirs no more
		}
		one := dashboards.HandedIn{
			ID: h.ID, Name: h.Name, SHA256: h.SHA256, Source: h.Source, Dataset: h.Dataset, Areas: h.Areas, At: h.At, EndedAt: h.EndedAt, Failure: h.Failure,
		}
		if h.Batch != "" {
			if err := u.addRun(ctx, &one, h.Batch); err != nil {
				return nil, err
			}
		}
		out = append(out, one)
	}
	return out, nil
}

func (u uploads) addRun(ctx context.Context, h *dashboards.HandedIn, batch string) error {
	runs, err := u.o.Warehouse.Runs(ctx, warehouse.RunFilter{Batch: batch, Limit: 1})
	if err != nil || len(runs) == 0 {
		return err
	}
	if h.Run = runOf(runs[0]); h.Run.Rejected == 0 {
		return nil
	}
	totals, err := u.o.Warehouse.QuarantineTotals(ctx, warehouse.QuarantineFilter{Source: h.Source, Dataset: h.Dataset, Batch: batch})
	for _, t := range totals {
		h.Waiting += t.Rows
	}
	return err
}
