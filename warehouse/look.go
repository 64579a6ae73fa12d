package warehouse

import (
	"context"
	"sync"
	"time"
)

// look is one reader's view of the batch book while it asks several things for one
// answer. Each of them must know the newest line of the book, read after the facts of
// the answer; asked one by one they would read the same line over and over, at the
// price of a statement each.
type look struct {
	mu   sync.Mutex
	line time.Time
	read time.Time // when the reading of line began; zero while there is none
	fact time.Time // when the last reading of facts ended

	presumed time.Time    // taken to be the newest line until it is confirmed; zero is nothing
	leant    bool         // something was answered by it
	under    *lineReading // the reading that is to confirm it
	asked    time.Time    // when that was asked for
}

type lookKey struct{}

// OneLook has all that is asked with the context it gives share readings of the batch
// book. A reading is shared only while no facts were read since it began, so that a
// batch that comes while an answer is put together is noticed as before. Within a
// look another one changes nothing.
func OneLook(ctx context.Context) context.Context {
	if lookOf(ctx) != nil {
		return ctx
	}
	return context.WithValue(ctx, lookKey{}, &look{})
}

func lookOf(ctx context.Context) *look {
	l, _ := ctx.Value(lookKey{}).(*look)
	return l
}

// newest is the line that was read after the last facts; false where there is none.
func (l *look) newest() (time.Time, bool) {
	if l == nil {
		return time.Time{}, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.line, !l.read.IsZero() && l.read.After(l.fact)
}

func (l *look) saw(line, began time.Time) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if began.After(l.read) {
		l.line, l.read = line, began
	}
}

// readFacts notes that facts were read until now.
func (l *look) readFacts() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fact = time.Now()
}
