package demo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"khue"
)

// lock holds a folder for one city at a time. The system lets go of it however
// the process ends.
type lock struct{ file *os.File }

func lockFolder(dir string) (*lock, error) {
	file, err := os.OpenFile(filepath.Join(dir, ".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, khue.Errorf(khue.Invalid, "không ghi được vào thư mục %s", "the folder %s cannot be written to", dir).Because(err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = khue.Errorf(khue.Conflict, "một thành phố mô phỏng khác đang dùng thư mục %s", "another simulated city is using the folder %s", dir)
	} else if err != nil {
		err = fmt.Errorf("locking %s: %w", dir, err)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &lock{file}, nil
}

// release may be called again, and on no lock at all.
func (l *lock) release() error {
	if l == nil {
		return nil
	}
	if err := l.file.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}
