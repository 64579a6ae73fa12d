package warehouse

import (
	"context"
	"time"

	"khue/warehouse/engine"
)

// keptLine is the newest line of the batch book, read while no line was being written
// by any process that shares the embedded engine. It is the newest for as long as
// nobody has begun to write one, which is known without a statement.
type keptLine struct {
	line  time.Time
	begun int64 // writes when it was read
	at    time.Time
}

// keptFor bounds how long a line is believed without a statement. Every line that
// Khuê writes is counted; one that is written by hand is seen after this.
const keptFor = time.Second

// writes is nil where the lines that are written are not counted: on a server.
func (w *Warehouse) writes() *engine.Writes {
	if w.engine == nil {
		return nil
	}
	return w.engine.Writes()
}

// counted writes a line of the book so that all who keep one know.
func (w *Warehouse) counted(write func() error) error {
	if writes := w.writes(); writes != nil {
		return writes.Do(write)
	}
	return write()
}

// lineStill is the newest line when it is known without a statement.
func (w *Warehouse) lineStill() (time.Time, bool) {
	kept := w.kept.Load()
	if kept == nil || time.Since(kept.at) > keptFor {
		return time.Time{}, false
	}
	begun, err := w.writes().Begun()
	return kept.line, err == nil && begun == kept.begun
}

// lineToKeep is for a reading that is about to begin; nil is that its line cannot be
// kept, because one may be on its way into the book.
func (w *Warehouse) lineToKeep() *keptLine {
	writes := w.writes()
	if writes == nil {
		return nil
	}
	at := time.Now()
	begun, quiet, err := writes.Quiet()
	if err != nil {
		return nil
	}
	if !quiet {
		w.settleWrites()
		return nil
	}
	return &keptLine{begun: begun, at: at}
}

// bookPrefix begins the ids of statements that write lines of the book.
const bookPrefix = "khue-book-"

// Settling holds off writers and readers for so long at most, and is tried so often.
const (
	longestSettling = time.Second
	settlePause     = 10 * time.Second
)

// settleWrites takes note of the ends of writes that were cut off. They are stopped
// first: the engine may go on with what a process sent that is no more.
func (w *Warehouse) settleWrites() {
	now, last := time.Now(), w.settledAt.Load()
	if last != nil && now.Sub(*last) < settlePause || !w.settledAt.CompareAndSwap(last, &now) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), longestSettling)
	defer cancel()
	err := w.writes().Settle(func() error {
		return w.conn.Exec(ctx, "KILL QUERY WHERE startsWith(query_id, $1) SYNC", bookPrefix)
	})
	if err != nil { // the book is asked meanwhile
		w.log.Warn("the ends of writes that were cut off are not known", "cause", err)
	}
}
