package pending

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Release puts a waiting file into a folder that others watch, whole at once:
// nobody ever sees a part of it. A file of the same name is replaced; what it was
// is kept beside it under a hidden name, which Release gives. changed becomes the
// moment of its last change.
func (s *Store) Release(f File, folder string, changed time.Time) (kept string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := os.Stat(f.Path); errors.Is(err, os.ErrNotExist) { // accepted twice at one moment
		return "", gone()
	}
	target := filepath.Join(folder, f.Name)
	part := filepath.Join(folder, "."+f.ID+".part") // hidden files are not watched
	if err := copyWhole(f.Path, part, changed); err != nil {
		return "", errors.Join(err, remove(part))
	}
	if kept, err = keepOld(target, s.o.Now()); err != nil {
		return "", errors.Join(err, remove(part))
	}
	if err := os.Rename(part, target); err != nil {
		return "", errors.Join(fmt.Errorf("putting %s into its folder: %w", f.Name, err), remove(part))
	}
	return kept, s.Drop(f.ID)
}

// keepOld gives the file at path a second, hidden name.
func keepOld(path string, now time.Time) (string, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("looking for a file of the same name: %w", err)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("putting %s into its folder: something that is no file has its name", filepath.Base(path))
	}
	name := "." + filepath.Base(path) + "." + now.UTC().Format("20060102T150405.000") + ".old"
	if err := copyWhole(path, filepath.Join(filepath.Dir(path), name), info.ModTime()); err != nil {
		return "", err
	}
	return name, nil
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// copyWhole copies a file, to the disk and not only to memory.
func copyWhole(from, to string, changed time.Time) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("copying %s: %w", filepath.Base(from), err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return fmt.Errorf("copying %s: %w", filepath.Base(from), err)
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("copying %s: %w", strings.TrimPrefix(filepath.Base(from), "."), err)
	}
	return os.Chtimes(to, changed, changed)
}

// Exists tells whether a folder has a file of this name, and of which content.
func Exists(folder, name string) (sum string, there bool, err error) {
	in, err := os.Open(filepath.Join(folder, name))
	if errors.Is(err, os.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("looking for a file of the same name: %w", err)
	}
	defer func() { _ = in.Close() }()
	sum, err = hash(in)
	return sum, err == nil, err
}
