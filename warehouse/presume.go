package warehouse

import (
	"context"
	"errors"
	"time"
)

// Presume does something that puts an answer together and writes it, with the line of
// the batch book that was newest when the state of the facts was last looked at. The
// book is read meanwhile, after the facts: when it has a later line, or do fails, do is
// done once more with the line as it stands then. So do must leave nothing behind until
// Presume has returned. An answer made so is the same as one made by reading the book
// first and going on after it, and does not wait for the book.
func (w *Warehouse) Presume(ctx context.Context, do func(context.Context) error) error {
	known := w.states.known.Load()
	if known == nil || lookOf(ctx) != nil { // nothing is known yet, or somebody else sees to it
		return do(ctx)
	}
	l := &look{presumed: *known}
	if line, still := w.lineStill(); still {
		l.presumed = line
	}
	err := do(context.WithValue(ctx, lookKey{}, l))
	if !l.relied() {
		return err
	}
	if err == nil {
		var line time.Time
		if line, err = w.confirmed(ctx, l); err == nil && line.Equal(l.presumed) {
			return nil
		}
	}
	if ctx.Err() != nil {
		return err
	}
	return do(OwnLook(ctx))
}

// errOvertaken is that a look presumes a line which others know to be old.
var errOvertaken = errors.New("the batch book has a later line than the one presumed")

// OwnLook has what is asked with the context it gives read the batch book itself: what
// others will be given must not rest on what one of them presumes.
func OwnLook(ctx context.Context) context.Context { return context.WithValue(ctx, lookKey{}, &look{}) }

// confirmed is the newest line by a reading that began after the last facts were read,
// or without one when it is known.
func (w *Warehouse) confirmed(ctx context.Context, l *look) (time.Time, error) {
	if line, still := w.lineStill(); still {
		return line, nil
	}
	l.mu.Lock()
	under, fact := l.under, l.fact
	l.mu.Unlock()
	if under != nil {
		if err := under.wait(ctx); err != nil {
			return time.Time{}, err
		}
		if under.began.After(fact) {
			return under.line, nil
		}
	}
	return w.lineAfterFacts(ctx, l)
}

// presumed gives the line that a look presumes, and has the reading that confirms it
// begin where one will be needed.
func (w *Warehouse) presumed(l *look) (time.Time, bool) {
	if l == nil {
		return time.Time{}, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.presumed.IsZero() {
		return time.Time{}, false
	}
	l.leant = true
	if _, still := w.lineStill(); !still && (l.under == nil || l.asked.Before(l.fact)) {
		l.under, l.asked = w.lines.next(w.readNewestLine), time.Now()
	}
	return l.presumed, true
}

// relied tells that something was answered by the line that is presumed.
func (l *look) relied() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.leant
}

// behind tells that a look presumes an older line than this.
func (l *look) behind(line time.Time) bool {
	return l != nil && !l.presumed.IsZero() && line.After(l.presumed)
}
