// Package pending keeps files that somebody has handed in and nobody has
// accepted yet: each in a private folder of its own, for a while.
package pending

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"khue"
)

// Options bound what a Store keeps; zero values are fit for use.
type Options struct {
	MaxBytes int64            // of one file; 32 MiB when zero
	MaxFiles int              // waiting at once; 40 when zero
	Life     time.Duration    // how long a file waits; one hour when zero
	Now      func() time.Time // the clock; time.Now when nil
}

// Store is a folder of files that wait.
type Store struct {
	dir string
	o   Options
	mu  sync.Mutex
}

// File is one that waits.
type File struct {
	ID     string    `json:"id"`
	Name   string    `json:"name"`  // as it will be called, cleaned
	Owner  string    `json:"owner"` // who may see it
	For    string    `json:"for"`   // what it is for, in the caller's words
	Size   int64     `json:"size"`
	SHA256 string    `json:"sha256"`
	At     time.Time `json:"at"`
	Path   string    `json:"-"` // where its content is; the base name is Name
}

const book = ".upload.json"

var idForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

// Open makes the folder, for this user alone, and clears what expired while no
// program ran.
func Open(dir string, o Options) (*Store, error) {
	if o.MaxBytes == 0 {
		o.MaxBytes = 32 << 20
	}
	if o.MaxFiles == 0 {
		o.MaxFiles = 40
	}
	if o.Life == 0 {
		o.Life = time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of waiting files: %w", err)
	}
	s := &Store{dir: dir, o: o}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.sweep()
	return s, err
}

// MaxBytes is the size of the largest file taken.
func (s *Store) MaxBytes() int64 { return s.o.MaxBytes }

// Life is how long a file waits.
func (s *Store) Life() time.Duration { return s.o.Life }

// ErrTooLarge tells that a file was larger than the store takes.
var ErrTooLarge = errors.New("the file is larger than what is taken")

// Keep stores a file under a clean name. What is not whole leaves nothing behind.
func (s *Store) Keep(ctx context.Context, name, owner, purpose string, content io.Reader) (_ File, err error) {
	s.mu.Lock()
	waiting, err := s.sweep()
	s.mu.Unlock()
	if err != nil {
		return File{}, err
	}
	if waiting >= s.o.MaxFiles {
		return File{}, khue.Errorf(khue.Conflict, "đang có %d tệp chờ duyệt; hãy nhận hoặc bỏ bớt rồi tải lại",
			"%d files are waiting already; accept or cancel some first", waiting)
	}
	clean, err := CleanName(name)
	if err != nil {
		return File{}, err
	}
	f := File{ID: newID(), Name: clean, Owner: owner, For: purpose, At: s.o.Now().UTC()}
	folder := filepath.Join(s.dir, f.ID)
	if err := os.Mkdir(folder, 0o700); err != nil {
		return File{}, fmt.Errorf("making a folder for a waiting file: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}()
	f.Path = filepath.Join(folder, clean)
	if f.Size, f.SHA256, err = write(f.Path, io.LimitReader(content, s.o.MaxBytes+1)); err != nil {
		return File{}, err
	}
	if f.Size > s.o.MaxBytes {
		return File{}, ErrTooLarge
	}
	line, err := json.Marshal(f)
	if err != nil {
		return File{}, fmt.Errorf("noting a waiting file: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return File{}, err
	}
	if err := os.WriteFile(filepath.Join(folder, book), line, 0o600); err != nil {
		return File{}, fmt.Errorf("noting a waiting file: %w", err)
	}
	time.AfterFunc(s.o.Life+time.Second, func() { _, _ = s.Of(f.ID, f.Owner) }) // clears it when nobody asks again
	return f, nil
}

func write(path string, content io.Reader) (size int64, sum string, err error) {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, "", fmt.Errorf("storing a waiting file: %w", err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	h := sha256.New()
	if size, err = io.Copy(io.MultiWriter(out, h), content); err != nil {
		return 0, "", fmt.Errorf("storing a waiting file: %w", err)
	}
	return size, hex.EncodeToString(h.Sum(nil)), out.Sync()
}

func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// Of gives a waiting file to its owner; to anybody else, and once it has expired,
// it does not exist.
func (s *Store) Of(id, owner string) (File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := s.read(id)
	switch {
	case err != nil || f.Owner != owner:
		return File{}, gone()
	case s.expired(f):
		return File{}, errors.Join(gone(), s.Drop(id))
	}
	return f, nil
}

func gone() error {
	return khue.Errorf(khue.NotFound, "Không còn tệp này trong khu chờ: tệp đã được nhận, đã bỏ hoặc chờ quá lâu. Hãy tải lên lại.",
		"This file no longer waits: it was accepted, cancelled, or it waited too long. Upload it again.")
}

func (s *Store) read(id string) (File, error) {
	if !idForm.MatchString(id) {
		return File{}, gone()
	}
	line, err := os.ReadFile(filepath.Join(s.dir, id, book))
	if err != nil {
		return File{}, fmt.Errorf("reading the note of a waiting file: %w", err)
	}
	var f File
	if err := json.Unmarshal(line, &f); err != nil {
		return File{}, fmt.Errorf("reading the note of a waiting file: %w", err)
	}
	f.ID, f.Path = id, filepath.Join(s.dir, id, filepath.Base(f.Name))
	return f, nil
}

func (s *Store) expired(f File) bool { return s.o.Now().Sub(f.At) >= s.o.Life }

// IDs lists the files that wait, whoever owns them.
func (s *Store) IDs() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("listing waiting files: %w", err)
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() && idForm.MatchString(e.Name()) {
			out = append(out, e.Name())
		}
	}
	return out, nil
}

// Drop deletes a waiting file.
func (s *Store) Drop(id string) error {
	if !idForm.MatchString(id) {
		return gone()
	}
	if err := os.RemoveAll(filepath.Join(s.dir, id)); err != nil {
		return fmt.Errorf("deleting a waiting file: %w", err)
	}
	return nil
}

// sweep deletes what expired or was never whole, and counts what is left.
func (s *Store) sweep() (waiting int, err error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return 0, fmt.Errorf("listing waiting files: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() || !idForm.MatchString(e.Name()) {
			continue
		}
		f, readErr := s.read(e.Name())
		if readErr != nil { // still being written, or cut off while it was
			info, statErr := e.Info()
			if statErr != nil {
				continue
			}
			f.At = info.ModTime()
		}
		if s.expired(f) {
			err = errors.Join(err, s.Drop(e.Name()))
			continue
		}
		waiting++
	}
	return waiting, err
}
