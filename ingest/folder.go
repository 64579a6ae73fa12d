package ingest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"khue"
)

// folder is where files are found: on this machine, or in a bucket.
type folder interface {
	// list gives the files, by name.
	list(ctx context.Context) ([]entry, error)
	// fetch makes a file readable here. done is called when it has been read.
	fetch(ctx context.Context, e entry) (path string, done func(), err error)
	// look tells how a file is now; errGone when it is no longer there.
	look(ctx context.Context, e entry) (fileState, error)
}

// entry is one file of a folder.
type entry struct {
	name  string // as people know it, and as the mark keeps it
	key   string // where it is
	state fileState
}

var errGone = khue.Errorf(khue.Unavailable, "tệp không còn ở đó", "the file is no longer there")

// wantedName leaves out hidden files and the locks of office programs.
func wantedName(pattern, name string) bool {
	match, _ := filepath.Match(pattern, name)
	return match && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "~$")
}

// localFolder is a folder of this machine, or a single file of it.
type localFolder struct{ folder, file, pattern string }

func (l localFolder) list(context.Context) ([]entry, error) {
	if l.file != "" {
		info, err := os.Stat(l.file)
		if err != nil {
			return nil, khue.Errorf(khue.Unavailable, "không mở được tệp nguồn %s", "the source file %s cannot be opened", l.file).Because(err)
		}
		return []entry{{filepath.Base(l.file), l.file, stateOf(info)}}, nil
	}
	entries, err := os.ReadDir(l.folder)
	if err != nil {
		return nil, khue.Errorf(khue.Unavailable, "không mở được thư mục nguồn %s", "the source folder %s cannot be opened", l.folder).Because(err)
	}
	var out []entry
	for _, e := range entries {
		if wantedName(l.pattern, e.Name()) && !e.IsDir() {
			out = append(out, entry{name: e.Name(), key: filepath.Join(l.folder, e.Name())})
		}
	}
	return out, nil
}

func stateOf(info fs.FileInfo) fileState {
	return fileState{Size: info.Size(), Changed: info.ModTime().UTC()}
}

func (l localFolder) look(_ context.Context, e entry) (fileState, error) {
	info, err := os.Stat(e.key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fileState{}, errGone
	case err != nil:
		return fileState{}, unopened(err)
	}
	return stateOf(info), nil
}

func (l localFolder) fetch(_ context.Context, e entry) (string, func(), error) {
	return e.key, func() {}, nil
}

// unopened tells a file that this program may not read from one that is damaged.
func unopened(err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return khue.Errorf(khue.Forbidden, "không có quyền đọc tệp", "there is no permission to read the file").Because(err)
	case errors.Is(err, fs.ErrNotExist):
		return errGone
	}
	return err
}
