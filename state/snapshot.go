package state

import (
	"bytes"
	"io"
	"os"
	"sync"
)

// snapshot names what a reader who begins now sees of a state file: the header of its
// WAL index, which every reader of SQLite takes its snapshot from and every commit of
// any process changes (https://sqlite.org/walformat.html, section 2.1). To read it costs
// a hundredth of a statement.
type snapshot [48]byte

// Places in the header.
const (
	whole  = 12 // one byte: the index is there
	frames = 16 // four bytes: how many frames of the WAL are valid
)

// snapshot reads the name; ok is false where there is none: in PostgreSQL, while a
// commit writes the header, and when the WAL is empty. Only what is in a WAL bears the
// random numbers that tell one WAL from the next.
func (s *Store) snapshot() (of snapshot, ok bool) {
	if s.index == "" {
		return of, false
	}
	f, err := os.Open(s.index) // anew each time: SQLite removes it when nobody has the file open
	if err != nil {
		return of, false
	}
	defer func() { _ = f.Close() }()
	var both [2 * len(of)]byte
	if _, err := io.ReadFull(f, both[:]); err != nil {
		return of, false
	}
	copy(of[:], both[:])
	torn := !bytes.Equal(both[:len(of)], both[len(of):])
	empty := bytes.Equal(of[frames:frames+4], make([]byte, 4))
	return of, !torn && !empty && of[whole] == 1
}

// remembered are rows that were read from a snapshot, for as long as it is the newest.
type remembered[T any] struct {
	mu   sync.Mutex
	of   snapshot
	rows map[string]T
}

// mostRemembered bounds what is held.
const mostRemembered = 1_000

func (r *remembered[T]) row(of snapshot, key string) (row T, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == of {
		row, known = r.rows[key]
	}
	return row, known
}

// keep remembers a row that was read while this was the newest snapshot.
func (r *remembered[T]) keep(of snapshot, key string, row T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rows == nil || r.of != of || len(r.rows) >= mostRemembered {
		r.of, r.rows = of, map[string]T{}
	}
	r.rows[key] = row
}
