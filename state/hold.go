package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"khue"
)

// holdFile is a file that a process keeps locked for as long as it lives; the
// system lets go of it however the process ends. With it processes that share a
// SQLite file see at once that another one has died, and need not wait for its
// leases to end. Processes on PostgreSQL may be on other machines: they wait.
type holdFile struct {
	folder string
	file   *os.File
}

func newHoldFile(folder, holder string) (*holdFile, error) {
	refuse := func(err error) error {
		return khue.Errorf(khue.Unavailable, "không ghi được vào thư mục %s", "the folder %s cannot be written to", folder).Because(err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, refuse(err)
	}
	sweep(folder)
	file, err := os.OpenFile(filepath.Join(folder, holdName(holder)), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, refuse(err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("locking %s: %w", file.Name(), err), file.Close())
	}
	return &holdFile{folder: folder, file: file}, nil
}

// sweep removes what killed processes left. Young files are left alone: one may
// be made and not locked yet.
func sweep(folder string) {
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > time.Hour {
			(&holdFile{folder: folder}).gone(e.Name())
		}
	}
}

func holdName(holder string) string { return strings.ReplaceAll(holder, "/", "_") }

// gone tells whether the process that made a claim has certainly ended.
func (h *holdFile) gone(holder string) bool {
	if h == nil || holder == "" {
		return false
	}
	path := filepath.Join(h.folder, holdName(holder))
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return errors.Is(err, os.ErrNotExist)
	}
	defer func() { _ = file.Close() }()
	// A shared lock: those who ask at the same moment must not take each other for
	// the process, which holds the file alone.
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); err != nil {
		return false
	}
	_ = os.Remove(path) // nobody will lock it again: its name was made for one process
	return true
}

func (h *holdFile) release() error {
	if h == nil {
		return nil
	}
	if err := os.Remove(h.file.Name()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return h.file.Close()
}
