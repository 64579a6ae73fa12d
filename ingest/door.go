package ingest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"khue"
)

// hashKeyed is what `hash` can be: the value is replaced by its HMAC-SHA-256 under
// the observatory's key, so that the same person or phone can be told again without
// being known.
const hashKeyed = "keyed"

// PrivacyKey is where the key of keyed hashes lies. It is made on first use; who
// loses it can no longer link new rows to old ones, who leaks it lets others try
// values out.
type PrivacyKey struct {
	Path string
	key  []byte
}

const privacyKeySize = 32

// load reads the key, or makes it.
func (k *PrivacyKey) load() ([]byte, error) {
	if k == nil || k.Path == "" {
		return nil, khue.Errorf(khue.Invalid, "có trường cần băm (hash: keyed) nhưng chưa biết tệp khóa; hãy khai báo privacy.key_file",
			"a field is to be hashed (hash: keyed) and no key file is known; set privacy.key_file")
	}
	if k.key != nil {
		return k.key, nil
	}
	text, err := os.ReadFile(k.Path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = k.make(); err == nil {
			text, err = os.ReadFile(k.Path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("reading the privacy key: %w", err)
	}
	if info, err := os.Stat(k.Path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, khue.Errorf(khue.Invalid, "tệp khóa %s để người khác đọc được; hãy đặt quyền 0600", "the key file %s can be read by others; set its mode to 0600", k.Path)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) < privacyKeySize {
		return nil, khue.Errorf(khue.Invalid, "tệp khóa %s phải chứa ít nhất %d byte viết ở hệ 16", "the key file %s must hold at least %d bytes in hexadecimal", k.Path, privacyKeySize)
	}
	k.key = key
	return key, nil
}

// make writes a new key; when two processes do so at once, the first one's stays.
func (k *PrivacyKey) make() error {
	key := make([]byte, privacyKeySize)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(k.Path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(k.Path), ".privacy-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(hex.EncodeToString(key) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), k.Path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(filepath.Dir(k.Path))
}

// door replaces what must not be known before anybody else sees the row: the
// archive, the checks and the quarantine get the hash only.
type door struct {
	key     []byte
	columns []int // of the page
	names   []string
	scratch [2 * sha256.Size]byte
}

func (m *mapping) door(k *PrivacyKey) (*door, error) {
	if len(m.hashed) == 0 {
		return nil, nil
	}
	key, err := k.load()
	d := &door{key: key, columns: m.hashed}
	for _, c := range m.hashed {
		d.names = append(d.names, m.columns[c])
	}
	return d, err
}

// page hashes cells in place and notes in the page that it did; nothing stays
// nothing, and what came hashed from the archive or the quarantine stays as it is.
func (d *door) page(m *mapping, p *Page) {
	if d == nil {
		return
	}
	mac := hmac.New(sha256.New, d.key)
	columns := make([]int, 0, len(d.columns))
	for _, c := range d.columns {
		if !slices.Contains(p.Hashed, p.Columns[c]) {
			columns = append(columns, c)
		}
	}
	for i := range p.Len() {
		row := p.Row(i)
		for _, c := range columns {
			if isEmpty(&row[c]) {
				continue
			}
			mac.Reset()
			_, _ = mac.Write([]byte(plainID(m.textOf(&row[c]))))
			hex.Encode(d.scratch[:], mac.Sum(nil))
			row[c] = text(string(d.scratch[:]))
		}
	}
	p.Hashed = d.names
}

// plainID is an identifier without what differs between two ways to write it.
func plainID(s string) string {
	clean, ok := cleanText(s)
	if !ok {
		return s
	}
	return clean
}
