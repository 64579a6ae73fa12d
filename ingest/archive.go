package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"khue"
	"khue/warehouse"
)

// Archive is the folder in which what was read is kept, so that the warehouse can
// be made again from it:
//
//	SOURCE/DATASET/2026/08/BATCH.jsonl.zst  the raw rows of a batch, as read
//	SOURCE/DATASET/2026/08/BATCH.json       what the batch was, and the rows' SHA-256
//	files/SHA256.zst                        the files that rows came from
//	pending/BATCH.json                      batches that are being committed
//
// Everything is written under another name, synced to the disk and renamed, before
// the batch is posted: what is posted can always be loaded again.
type Archive struct {
	dir    string
	create func(path string) (*os.File, error) // os.Create; tests fill the disk here
}

// NewArchive keeps raw data below a folder, which is made when it is needed.
func NewArchive(dir string) *Archive { return &Archive{dir: dir, create: createNew} }

func createNew(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// What is kept of a source.
const (
	keepWhole = "whole" // its rows, and the files they came from
	keepRows  = "rows"
	keepNone  = "none"
)

// The kinds of kept object.
const (
	rawRows = "rows"
	rawFile = "file"
	rawKeys = "keys"
)

// Manifest is what a kept batch was.
type Manifest struct {
	Batch      string    `json:"batch"`
	Source     string    `json:"source"`
	Dataset    string    `json:"dataset"`
	Kind       string    `json:"kind"`
	Cause      string    `json:"cause,omitempty"`
	Replace    bool      `json:"replace,omitempty"`
	StartedAt  time.Time `json:"started_at"`
	RecordedAt time.Time `json:"recorded_at"`
	Watermark  string    `json:"watermark,omitempty"`
	Read       int64     `json:"read"`
	Rows       int64     `json:"rows"` // raw rows, or ids
	Path       string    `json:"path"` // of the rows, below the archive's folder
	SHA256     string    `json:"sha256"`
	Bytes      int64     `json:"bytes"`
	Files      []string  `json:"files,omitempty"` // SHA-256 of the files they came from
	// Whole are the parts that were read whole and end in this batch; Earlier are the
	// batches of the same reading before it.
	Whole   []string `json:"whole,omitempty"`
	Earlier []string `json:"earlier,omitempty"`
}

// keeping is one batch on its way into the archive.
type keeping struct {
	archive  *Archive
	manifest Manifest
	file     *os.File
	temp     string
	zip      *zstd.Encoder
	hash     *countingHash
	buffer   []byte
	last     pageHead
	places   []keptPlace
	objects  []warehouse.RawObject // files that are kept whole
	sealed   bool
}

// pageHead is what the rows after it share.
type pageHead struct {
	Columns   []string `json:"columns,omitempty"`
	File      string   `json:"file,omitempty"`
	Written   bool     `json:"written,omitempty"`
	Serials   bool     `json:"serials,omitempty"`
	Epoch1904 bool     `json:"epoch1904,omitempty"`
	Only      string   `json:"only,omitempty"`
	Hashed    []string `json:"hashed,omitempty"`
	Wards     []string `json:"wards,omitempty"`
}

func (h pageHead) same(p *Page) bool {
	if h.File != p.File || h.Only != p.Only || !slices.Equal(h.Hashed, p.Hashed) || !slices.Equal(h.Wards, p.Wards) || h.Written != p.Written || h.Serials != p.Serials || h.Epoch1904 != p.Epoch1904 || len(h.Columns) != len(p.Columns) {
		return false
	}
	for i := range h.Columns {
		if h.Columns[i] != p.Columns[i] {
			return false
		}
	}
	return true
}

// keptPlace is where a rejected row came from; the row is counted from the batch's first.
type keptPlace struct {
	Row    int64  `json:"row"`
	Column string `json:"column,omitempty"`
	Place  string `json:"place"`
}

type countingHash struct {
	io.Writer
	sum interface{ Sum([]byte) []byte }
	n   int64
}

func hashing(w io.Writer) *countingHash {
	h := sha256.New()
	return &countingHash{Writer: io.MultiWriter(w, h), sum: h}
}

func (h *countingHash) Write(p []byte) (int, error) {
	n, err := h.Writer.Write(p)
	h.n += int64(n)
	return n, err
}

func (h *countingHash) text() string { return hex.EncodeToString(h.sum.Sum(nil)) }

// cannotKeep is the failure of the archive; a batch that cannot be kept is not posted.
func cannotKeep(err error) error {
	return khue.Errorf(khue.Unavailable,
		"không lưu được dữ liệu gốc vào kho lưu trữ (đĩa đầy hoặc không ghi được?); chưa có gì được ghi sổ",
		"the raw data cannot be kept in the archive (disk full, or not writable?); nothing was posted").Because(err)
}

// begin opens the place of a batch's rows.
func (a *Archive) begin(m Manifest) (*keeping, error) {
	folder := filepath.Join(url.PathEscape(m.Source), m.Dataset, m.StartedAt.UTC().Format("2006"), m.StartedAt.UTC().Format("01"))
	m.Path = filepath.ToSlash(filepath.Join(folder, m.Batch+".jsonl.zst"))
	if err := os.MkdirAll(filepath.Join(a.dir, folder), 0o700); err != nil {
		return nil, cannotKeep(err)
	}
	k := &keeping{archive: a, manifest: m, temp: filepath.Join(a.dir, filepath.FromSlash(m.Path)) + ".part"}
	f, err := a.create(k.temp)
	if err != nil {
		return nil, cannotKeep(err)
	}
	k.file, k.hash = f, hashing(f)
	if k.zip, err = zstd.NewWriter(k.hash, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1)); err != nil {
		k.discard()
		return nil, cannotKeep(err)
	}
	return k, nil
}

// page keeps a page's rows. Places that are asked for while the page is mapped
// are kept as well: they are those of the rejected rows.
func (k *keeping) page(p *Page) error {
	if k.last.Columns == nil || !k.last.same(p) {
		k.last = pageHead{append([]string{}, p.Columns...), strings.Clone(p.File), p.Written, p.Serials, p.Epoch1904, p.Only, p.Hashed, p.Wards}
		if err := k.line("page", k.last); err != nil {
			return err
		}
	}
	first := k.manifest.Rows
	for i := range p.Len() {
		k.buffer = append(k.buffer, '[')
		for n := range p.Columns {
			if n > 0 {
				k.buffer = append(k.buffer, ',')
			}
			k.buffer = appendRaw(k.buffer, &p.Cells[i*len(p.Columns)+n])
		}
		k.buffer = append(k.buffer, ']', '\n')
	}
	k.manifest.Rows += int64(p.Len())
	if where := p.Place; where != nil {
		p.Place = func(row, column int) string {
			place := where(row, column)
			name := ""
			if column >= 0 {
				name = p.Columns[column]
			}
			k.places = append(k.places, keptPlace{first + int64(row), name, place})
			return place
		}
	}
	return k.flush()
}

// mapped writes the places that the mapping of the last page asked for.
func (k *keeping) mapped() error {
	if len(k.places) == 0 {
		return nil
	}
	err := k.line("places", k.places)
	k.places = k.places[:0]
	return err
}

// keys keeps ids that a key sweep retracts.
func (k *keeping) keys(ids []string) error {
	for _, id := range ids {
		k.buffer = append(appendText(append(k.buffer, '['), id), ']', '\n')
	}
	k.manifest.Rows += int64(len(ids))
	return k.flush()
}

func (k *keeping) line(name string, content any) error {
	b, err := json.Marshal(map[string]any{name: content})
	if err != nil {
		return fmt.Errorf("writing into the archive: %w", err)
	}
	k.buffer = append(append(k.buffer, b...), '\n')
	return k.flush()
}

func (k *keeping) flush() error {
	if len(k.buffer) == 0 {
		return nil
	}
	_, err := k.zip.Write(k.buffer)
	k.buffer = k.buffer[:0]
	if err != nil {
		return cannotKeep(err)
	}
	return nil
}

// whole keeps the file that the rows come from.
func (k *keeping) whole(ctx context.Context, open func() (io.ReadCloser, error)) error {
	sum, size, err := k.archive.keepFile(ctx, k.manifest.Batch, open)
	if err != nil {
		return cannotKeep(err)
	}
	for _, known := range k.manifest.Files {
		if known == sum {
			return nil
		}
	}
	k.manifest.Files = append(k.manifest.Files, sum)
	k.objects = append(k.objects, warehouse.RawObject{BatchID: k.manifest.Batch, Path: filePath(sum), Kind: rawFile, SHA256: sum, Bytes: size})
	return nil
}

func filePath(sum string) string { return "files/" + sum + ".zst" }

// keepFile compresses a file into the archive under the hash of its content.
func (a *Archive) keepFile(ctx context.Context, batch string, open func() (io.ReadCloser, error)) (sum string, size int64, err error) {
	from, err := open()
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = from.Close() }()
	if err := os.MkdirAll(filepath.Join(a.dir, "files"), 0o700); err != nil {
		return "", 0, err
	}
	temp := filepath.Join(a.dir, "files", batch+".part")
	_ = os.Remove(temp)
	to, err := a.create(temp)
	if err != nil {
		return "", 0, err
	}
	defer func() {
		_ = to.Close()
		_ = os.Remove(temp) // gone already when it was renamed
	}()
	zip, err := zstd.NewWriter(to, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return "", 0, err
	}
	content := hashing(zip)
	_, err = io.Copy(content, readerWith{ctx, from})
	if err = errors.Join(err, zip.Close()); err != nil {
		return "", 0, err
	}
	sum = content.text()
	final := filepath.Join(a.dir, filepath.FromSlash(filePath(sum)))
	if info, err := os.Stat(final); err == nil {
		return sum, info.Size(), nil
	}
	if err := syncRename(to, temp, final); err != nil {
		return "", 0, err
	}
	info, err := os.Stat(final)
	if err != nil {
		return "", 0, err
	}
	return sum, info.Size(), nil
}

// readerWith ends a long copy when its context does.
type readerWith struct {
	ctx  context.Context
	from io.Reader
}

func (r readerWith) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.from.Read(p)
}

// seal puts the rows and the manifest in place, durably, and tells what to register.
func (k *keeping) seal(recorded time.Time) ([]warehouse.RawObject, error) {
	a := k.archive
	if err := k.zip.Close(); err != nil {
		return nil, cannotKeep(err)
	}
	k.manifest.SHA256, k.manifest.Bytes, k.manifest.RecordedAt = k.hash.text(), k.hash.n, recorded.UTC()
	if err := syncRename(k.file, k.temp, filepath.Join(a.dir, filepath.FromSlash(k.manifest.Path))); err != nil {
		return nil, cannotKeep(err)
	}
	k.sealed = true
	if err := a.writeManifest(k.manifest); err != nil {
		return nil, cannotKeep(err)
	}
	m := k.manifest
	objects := append(k.objects, warehouse.RawObject{BatchID: m.Batch, Path: m.Path, Kind: m.Kind, SHA256: m.SHA256, Bytes: m.Bytes, Rows: m.Rows})
	for i := range objects {
		objects[i].KeptAt = recorded
	}
	return objects, nil
}
