package warehouse

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// newestLine is the moment of the newest line in the batch book, as the look that it
// is asked in has read it already or presumes it, or as it stands now.
func (w *Warehouse) newestLine(ctx context.Context) (time.Time, error) {
	look := lookOf(ctx)
	if line, read := look.newest(); read {
		return line, nil
	}
	if line, presumed := w.presumed(look); presumed {
		return line, nil
	}
	began := time.Now() // before it: facts may be read by others of the look meanwhile
	if line, still := w.lineStill(); still {
		look.saw(line, began)
		return line, nil
	}
	return w.lineAfterFacts(ctx, look)
}

// lineAfterFacts reads the newest line.
func (w *Warehouse) lineAfterFacts(ctx context.Context, look *look) (time.Time, error) {
	r := w.lines.next(w.readNewestLine)
	if err := r.wait(ctx); err != nil {
		return time.Time{}, err
	}
	look.saw(r.line, r.began)
	return r.line, nil
}

// longestLine bounds a reading that several wait for.
const longestLine = 30 * time.Second

// readNewestLine asks the engine.
func (w *Warehouse) readNewestLine(ctx context.Context) (line time.Time, err error) {
	kept := w.lineToKeep()
	if err := w.conn.QueryRow(ctx, "SELECT max(updated_at) FROM batches").Scan(&line); err != nil {
		return line, fmt.Errorf("reading the batch book: %w", err)
	}
	if kept != nil {
		kept.line = line
		w.kept.Store(kept)
	}
	return line, nil
}

// lineReading is one reading of the newest line, which several may wait for.
type lineReading struct {
	done  chan struct{} // closed when the rest is set
	began time.Time
	line  time.Time
	err   error
}

// wait waits until a reading is made, and gives its fault.
func (r *lineReading) wait(ctx context.Context) error {
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return fmt.Errorf("reading the batch book: %w", ctx.Err())
	}
}

// lineReadings has readings follow one another. Whoever comes while one is under way
// waits for the one after it, together with all others who came: a reading that had
// begun before they came could tell less than they have seen.
type lineReadings struct {
	sync.Mutex
	running bool
	waiting *lineReading
}

// next is the first reading that begins after this call.
func (l *lineReadings) next(read func(context.Context) (time.Time, error)) *lineReading {
	l.Lock()
	defer l.Unlock()
	if l.waiting == nil {
		l.waiting = &lineReading{done: make(chan struct{})}
	}
	r := l.waiting
	if !l.running {
		l.running = true
		go l.serve(read)
	}
	return r
}

// serve makes readings until nobody waits for one.
func (l *lineReadings) serve(read func(context.Context) (time.Time, error)) {
	for {
		l.Lock()
		r := l.waiting
		l.waiting = nil
		if r == nil {
			l.running = false
			l.Unlock()
			return
		}
		l.Unlock()
		r.began = time.Now()
		r.take(read)
	}
}

func (r *lineReading) take(read func(context.Context) (time.Time, error)) {
	defer close(r.done)
	defer func() { // nobody above would catch it here
		if cause := recover(); cause != nil {
			r.err = fmt.Errorf("reading the batch book broke off: %v", cause)
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), longestLine)
	defer cancel()
	r.line, r.err = read(ctx)
}
