package delivery

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"

	"khue"
)

// intoFolder puts a parcel into a folder of its own below the recipient's. Whoever
// looks sees each file whole or not at all; one that is there with the same content
// is left as it is, so that a repeated try changes nothing.
func intoFolder(root string, p parcel) error {
	folder := filepath.Join(root, p.place())
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return khue.Errorf(khue.Unavailable, "không tạo được thư mục %s", "the folder %s cannot be made", folder).Because(err)
	}
	for _, f := range append(p.files[:len(p.files):len(p.files)], file{ReportFile: manifestFileOf(p), content: p.manifest}) {
		if err := place(folder, f); err != nil {
			return khue.Errorf(khue.Unavailable, "không ghi được tệp %s vào %s", "the file %s cannot be written to %s", f.Name, folder).Because(err)
		}
	}
	return settleFolder(folder)
}

// place writes a file beside its place, has it on the disk, and moves it there.
func place(folder string, f file) (err error) {
	path := filepath.Join(folder, filepath.Base(f.Name))
	if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, f.content) {
		return nil
	}
	draft, err := os.CreateTemp(folder, ".khue-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(draft.Name())
		}
	}()
	_, err = draft.Write(f.content)
	if err == nil {
		err = draft.Chmod(0o640)
	}
	if err == nil {
		err = draft.Sync()
	}
	if err = errors.Join(err, draft.Close()); err != nil {
		return err
	}
	return os.Rename(draft.Name(), path)
}

// settleFolder has the names of a folder on the disk.
func settleFolder(folder string) error {
	dir, err := os.Open(folder)
	if err == nil {
		err = errors.Join(dir.Sync(), dir.Close())
	}
	if err != nil {
		return khue.Errorf(khue.Unavailable, "không ghi xong được thư mục %s", "the folder %s cannot be settled", folder).Because(err)
	}
	return nil
}
