package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// Writes tells the processes that share an engine whether something they have read
// may have been overtaken, without asking the engine: each write is counted when it
// begins and once it has ended. What was read while all had ended is as it was for as
// long as none has begun since.
//
// A count is the length of a file beside the engine's data: one byte is appended for
// each, which the system does whole and in order whoever does it, and a length is
// read in a microsecond. The files are new at each start of an engine, since whoever
// has seen those of before has lost that engine, too.
type Writes struct {
	begun, ended *os.File
}

// Files in the data folder.
const (
	begunFile = "writes.begun"
	endedFile = "writes.ended"
)

// newWrites makes the files of an engine that is about to start.
func newWrites(dir string) (*Writes, error) {
	for _, name := range []string{begunFile, endedFile} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("counting the writes of the engine anew: %w", err)
		}
	}
	return openWrites(dir, os.O_CREATE|os.O_EXCL)
}

// openWrites opens the files; they are missing where an older program runs the engine.
func openWrites(dir string, flags int) (*Writes, error) {
	begun, err := os.OpenFile(filepath.Join(dir, begunFile), os.O_RDWR|os.O_APPEND|flags, 0o600)
	if err != nil {
		return nil, fmt.Errorf("counting the writes of the engine: %w", err)
	}
	ended, err := os.OpenFile(filepath.Join(dir, endedFile), os.O_RDWR|os.O_APPEND|flags, 0o600)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("counting the writes of the engine: %w", err), begun.Close())
	}
	return &Writes{begun, ended}, nil
}

// Close gives the files back.
func (w *Writes) Close() error {
	if w == nil {
		return nil
	}
	return errors.Join(w.begun.Close(), w.ended.Close())
}

// Begun is how many writes have begun.
func (w *Writes) Begun() (int64, error) { return length(w.begun) }

// Quiet is how many writes have begun; false is that not all of them have ended.
func (w *Writes) Quiet() (int64, bool, error) {
	ended, err := length(w.ended) // first: none of these can be one that begins after it
	if err != nil {
		return 0, false, err
	}
	begun, err := length(w.begun)
	return begun, begun == ended, err
}

func length(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, fmt.Errorf("counting the writes of the engine: %w", err)
	}
	return info.Size(), nil
}

// Do counts a write around doing it. One whose end is not certain, because it failed or
// its process was killed, stays a write that has not ended until Settle.
func (w *Writes) Do(write func() error) error {
	lock, err := w.lock(unix.LOCK_SH)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	if _, err := w.begun.Write([]byte{'.'}); err != nil {
		return fmt.Errorf("counting a write as begun: %w", err)
	}
	if err := write(); err != nil {
		return err
	}
	// What is written is written: an end that cannot be counted is no fault of it.
	_, _ = w.ended.Write([]byte{'.'})
	return nil
}

// Settle counts writes as ended whose end nobody counted, after stop has seen to it
// that nothing of them still runs in the engine. It does nothing while somebody
// writes, and nobody begins to while it runs.
func (w *Writes) Settle(stop func() error) error {
	lock, err := w.lock(unix.LOCK_EX | unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	begun, err := w.Begun()
	if err != nil {
		return err
	}
	ended, err := length(w.ended)
	if err != nil || begun == ended {
		return err
	}
	if err := stop(); err != nil {
		return err
	}
	if _, err := w.ended.Write(slices.Repeat([]byte{'.'}, int(begun-ended))); err != nil {
		return fmt.Errorf("counting writes as ended: %w", err)
	}
	return nil
}

// lock holds off Settle, or writers. The system takes it back from a process that is killed.
func (w *Writes) lock(how int) (*os.File, error) {
	// A lock belongs to an opening of the file: goroutines need one each.
	f, err := os.Open(w.begun.Name())
	if err != nil {
		return nil, fmt.Errorf("locking the count of writes: %w", err)
	}
	for {
		if err = unix.Flock(int(f.Fd()), how); !errors.Is(err, unix.EINTR) { //nolint:gosec // a descriptor is a small number
			break
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("locking the count of writes: %w", err), f.Close())
	}
	return f, nil
}
