package dashboards

import (
	"errors"
	"io/fs"
	"os"

	"khue"
)

// configuredFile is a kind of file that the operator may name: what it is, its form,
// and how many bytes it may have.
type configuredFile struct {
	name    khue.Text // "tệp ranh giới", "boundaries file"
	form    string    // GeoJSON, CSV
	largest int64
}

// read gives the whole of a file, or says what is wrong with it.
func (k configuredFile) read(path string) ([]byte, error) {
	unreadable := func(err error) error {
		return khue.Errorf(khue.Unavailable, "không đọc được %[1]s %[3]s", "the %[2]s %[3]s cannot be read", k.name.VI, k.name.EN, path).Because(err)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, khue.Errorf(khue.NotFound, "không có %[1]s %[3]s", "there is no %[2]s %[3]s", k.name.VI, k.name.EN, path)
	case err != nil:
		return nil, unreadable(err)
	case info.IsDir() || info.Size() > k.largest:
		return nil, khue.Errorf(khue.Invalid, "%[3]s không phải là %[1]s: cần một tệp %[4]s không quá %[5]d MB",
			"%[3]s is no %[2]s: a %[4]s file of at most %[5]d MB is needed", k.name.VI, k.name.EN, path, k.form, k.largest>>20)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, unreadable(err)
	}
	return content, nil
}
