package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"khue/indicators"
	"khue/state"
)

// ledger is the memory of questions and definitions, over the state store. What
// is asked is written a moment later, many questions at a time, so that no answer
// waits for a disk.
type ledger struct {
	store *state.Store
	log   *slog.Logger
	now   func() time.Time

	mu        sync.Mutex
	catalogue *indicators.Catalogue
	kept      bool // the catalogue's content is in the store
	waiting   map[string]state.Evidence
	due       *time.Timer // of the next writing; nil when nothing waits
	writing   sync.Mutex
}

const (
	writeAfter  = 100 * time.Millisecond
	mostWaiting = 2000 // beyond that an answer waits for the store after all
	writeWithin = 10 * time.Second
)

func newLedger(store *state.Store, c *indicators.Catalogue, now func() time.Time, log *slog.Logger) *ledger {
	return &ledger{store: store, catalogue: c, now: now, log: log, waiting: map[string]state.Evidence{}}
}

// Keep notes a question; it is found at once and written soon.
func (l *ledger) Keep(a indicators.Asked) {
	l.mu.Lock()
	l.waiting[a.ID] = state.Evidence{ID: a.ID, Question: string(a.Question), AsOf: a.AsOf, Version: a.Version, FirstAskedAt: a.FirstAskedAt}
	full := len(l.waiting) >= mostWaiting
	if l.due == nil && !full {
		l.due = time.AfterFunc(writeAfter, l.writeSoon)
	}
	l.mu.Unlock()
	if full {
		l.writeSoon()
	}
}

func (l *ledger) writeSoon() {
	ctx, cancel := context.WithTimeout(context.Background(), writeWithin)
	defer cancel()
	if err := l.write(ctx); err != nil {
		l.log.Warn("the ids of answers could not be noted; they are tried again", "error", err)
	}
}

// write puts what waits into the store. What could not be written waits on, unless
// too much does: then the oldest answers lose their ids rather than all their memory.
func (l *ledger) write(ctx context.Context) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	l.due = nil
	batch := make([]state.Evidence, 0, len(l.waiting))
	for _, e := range l.waiting {
		batch = append(batch, e)
	}
	kept := l.kept
	l.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	err := l.keepContent(ctx, kept)
	if err == nil {
		err = l.store.KeepEvidence(ctx, batch...)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil || len(l.waiting) > 5*mostWaiting {
		for _, e := range batch {
			delete(l.waiting, e.ID)
		}
	}
	if len(l.waiting) > 0 && l.due == nil {
		l.due = time.AfterFunc(10*writeAfter, l.writeSoon)
	}
	return err
}

// keepContent sees to it that the definitions behind an id can be read later.
func (l *ledger) keepContent(ctx context.Context, kept bool) error {
	if kept {
		return nil
	}
	packed, err := l.catalogue.Pack()
	if err != nil {
		return err
	}
	if err := l.store.KeepVersion(ctx, l.catalogue.Version(), packed, l.now()); err != nil {
		return err
	}
	l.mu.Lock()
	l.kept = true
	l.mu.Unlock()
	return nil
}

// noteInForce notes that the definitions of this program are in force from now on.
func (l *ledger) noteInForce(ctx context.Context) error {
	packed, err := l.catalogue.Pack()
	if err != nil {
		return err
	}
	return l.store.KeepDefinitions(ctx, l.catalogue.Version(), packed, l.now())
}

// Asked finds a question, also one that still waits to be written.
func (l *ledger) Asked(ctx context.Context, id string) (indicators.Asked, bool, error) {
	l.mu.Lock()
	e, found := l.waiting[id]
	l.mu.Unlock()
	if !found {
		var err error
		if e, found, err = l.store.Evidence(ctx, id); err != nil || !found {
			return indicators.Asked{}, false, err
		}
	}
	return indicators.Asked{ID: e.ID, Question: []byte(e.Question), AsOf: e.AsOf, Version: e.Version, FirstAskedAt: e.FirstAskedAt}, true, nil
}

// DefinitionsAt gives the definitions in force at a moment.
func (l *ledger) DefinitionsAt(ctx context.Context, at time.Time) (indicators.Definitions, bool, error) {
	d, found, err := l.store.DefinitionsAt(ctx, at)
	return indicators.Definitions{Version: d.Version, Since: d.Since, Packed: d.Content}, found, err
}

// Definitions gives a version of the definitions.
func (l *ledger) Definitions(ctx context.Context, version string) (indicators.Definitions, bool, error) {
	d, found, err := l.store.Definitions(ctx, version)
	return indicators.Definitions{Version: d.Version, Since: d.Since, Packed: d.Content}, found, err
}

// close writes what still waits.
func (l *ledger) close() error {
	l.mu.Lock()
	if l.due != nil {
		l.due.Stop()
	}
	l.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), writeWithin)
	defer cancel()
	if err := l.write(ctx); err != nil {
		return fmt.Errorf("noting the ids of answers: %w", err)
	}
	return nil
}
