package main

import (
	"context"
	"errors"
	"math/big"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

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
	note := state.HandIn{ID: f.ID, Person: by.Login, Source: t.Source, Dataset: t.Dataset, Name: f.Name, SHA256: f.SHA256, Areas: by.Wards, At: u.o.Now()}
	h := ingest.HandIn{Source: t.Source, Dataset: t.Dataset, File: f.Path, SHA256: f.SHA256, Wards: u.o.withFormer(by.Wards)}
	_, err := begun(ctx, func() ([]string, error) {
		// A form that is sent twice waits for the first one's end.
		_, err, _ := u.accepted.Do(f.ID, func() (any, error) { return nil, u.handIn(u.works, note, h) })
		return nil, err
	})
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return dashboards.ErrGoesOn // whoever went away finds it in their list
	}
	return err
}

// handIn loads a file once no other load of its source is under way, and notes what
// became of it. What an earlier acceptance of the same file has brought in is not loaded again.
func (u uploads) handIn(ctx context.Context, note state.HandIn, h ingest.HandIn) error {
	in, err := u.isIn(ctx, note)
	if in || err != nil {
		return err
	}
	if err := u.o.State.BeginHandIn(ctx, note); err != nil {
		return err
	}
	batch := ""
	h.Begun = func(ctx context.Context, id string) error {
		batch = id
		return u.o.State.HandInBegun(ctx, note.ID, id)
	}
	err = u.handInOnceFree(ctx, h)
	if err != nil && batch != "" {
		err = u.finish(ctx, note.Source, batch, err)
	}
	failure := khue.Text{}
	if err != nil {
		failure = khue.MessageOf(err)
	}
	kept, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeWithin)
	defer cancel()
	return errors.Join(err, u.o.State.EndHandIn(kept, note.ID, failure, u.o.Now()))
}

// isIn tells that a file was accepted before and is in.
func (u uploads) isIn(ctx context.Context, note state.HandIn) (bool, error) {
	before, err := u.o.State.HandIns(ctx, note.Person, note.ID, 1)
	if err != nil || len(before) == 0 || before[0].Batch == "" {
		return false, err
	}
	err = u.finish(ctx, note.Source, before[0].Batch, errNotIn)
	if errors.Is(err, errNotIn) {
		return false, nil
	}
	return err == nil, err
}

func (u uploads) handInOnceFree(ctx context.Context, h ingest.HandIn) error {
	giveUp := time.Now().Add(uploadWait)
	for {
		_, err := u.o.Puller.HandIn(ctx, h)
		if khue.KindOf(err) != khue.Conflict || !time.Now().Before(giveUp) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(uploadRetry):
		}
	}
}

const (
	finishWithin = 2 * time.Minute // longest to wait for an engine that is being started again
	finishRetry  = 5 * time.Second // longest between tries
)

var (
	errNotIn     = errors.New("the batch was not posted")
	errStillOpen = errors.New("the batch is neither complete nor aborted")
)

// finish asks the batch book what became of a batch whose load ended with a fault: one
// that was posting when its engine went away is finished, and is no failure. Otherwise
// the fault is what it was.
func (u uploads) finish(ctx context.Context, source, batch string, fault error) error {
	retries := backoff.NewExponentialBackOff()
	retries.MaxInterval = finishRetry
	became, err := backoff.Retry(ctx, func() (string, error) {
		if err := u.o.Warehouse.RecoverSource(ctx, source); err != nil && khue.KindOf(err) != khue.Conflict {
			return "", err
		}
		became, err := u.o.Warehouse.BatchState(ctx, batch)
		if err == nil && (became == warehouse.StateStaging || became == warehouse.StatePosting) {
			err = errStillOpen
		}
		return became, err
	}, backoff.WithBackOff(retries), backoff.WithMaxElapsedTime(finishWithin))
	switch {
	case err != nil:
		u.o.Log.Warn("what became of a file of a ward is not known yet", "source", source, "batch", batch, "error", err)
		return errors.Join(fault, err)
	case became == warehouse.StateComplete:
		return nil
	}
	return fault
}

var cutOff = khue.Text{
	VI: "chương trình bị ngắt trước khi nạp xong; chưa có gì được nạp, hãy nộp lại", EN: "the program was cut off before it had loaded the file; nothing was loaded, hand it in again",
}

// cutOffHandIns notes of files that wait that nobody is loading them any more: the
// program that was ended before it had begun a batch.
func (o *Observatory) cutOffHandIns(ctx context.Context, waiting *pending.Store) error {
	ids, err := waiting.IDs()
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := o.State.CutOffHandIn(ctx, id, cutOff, o.Now()); err != nil {
			return err
		}
	}
	return nil
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

// addRun adds what the batch book says of the batch that a file was loaded by: it knows
// better than whoever was cut off while loading.
func (u uploads) addRun(ctx context.Context, h *dashboards.HandedIn, batch string) error {
	runs, err := u.o.Warehouse.Runs(ctx, warehouse.RunFilter{Batch: batch, Limit: 1})
	if err != nil || len(runs) == 0 {
		return err
	}
	run := runs[0]
	switch run.State {
	case warehouse.StateAborted:
		if h.EndedAt.IsZero() {
			h.EndedAt, h.Failure = run.EndedAt, cutOff
		}
		return nil
	case warehouse.StateComplete:
		h.Run, h.EndedAt = runOf(run), run.EndedAt
	default:
		h.EndedAt = time.Time{} // somebody is going to finish it, whatever was thought of it
		return nil
	}
	if h.Run.Rejected == 0 {
		return nil
	}
	totals, err := u.o.Warehouse.QuarantineTotals(ctx, warehouse.QuarantineFilter{Source: h.Source, Dataset: h.Dataset, Batch: batch})
	for _, t := range totals {
		h.Waiting += t.Rows
	}
	return err
}
