package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"khue"
	"khue/warehouse"
)

// RebuildOptions say what to load again from the archive.
type RebuildOptions struct {
	Sources []string // only these; all that are kept when empty
	// Registered is what a warehouse that is still there knows to be kept: what is
	// missing of it is told before anything is loaded.
	Registered []warehouse.RawObject
	Progress   func(done, total int, m Manifest)
}

// Rebuilt is what came of a rebuild.
type Rebuilt struct {
	Batches  int
	Rows     int64 // raw rows read
	Rejected int64
}

// Rebuild loads every kept batch again, in the order in which they were recorded,
// through the mapping as it is now, each as the batch it was: its id, its moment and
// its mark. The store should be empty. Everything is verified first: what is
// damaged or missing is told at once, and nothing is loaded.
func (p *Puller) Rebuild(ctx context.Context, o RebuildOptions) (Rebuilt, error) {
	a := p.options.Archive
	if a == nil {
		return Rebuilt{}, khue.Errorf(khue.Invalid, "chưa khai báo kho lưu trữ dữ liệu gốc", "there is no archive of raw data")
	}
	manifests, err := a.manifests(o.Sources)
	if err != nil {
		return Rebuilt{}, err
	}
	var faults khue.Faults
	a.verify(ctx, manifests, &faults)
	faults = append(faults, a.missing(o.Registered, o.Sources)...)
	for _, m := range manifests {
		if _, ok := p.config[m.Source].Datasets[m.Dataset]; !ok {
			faults.Add(m.Path, 0, "the configuration has no dataset %s of a source %s any more", m.Dataset, m.Source)
		}
	}
	if err := errors.Join(faults.Err(), ctx.Err()); err != nil {
		return Rebuilt{}, err
	}
	if len(manifests) == 0 {
		return Rebuilt{}, khue.Errorf(khue.NotFound, "kho lưu trữ %s không có gì để nạp lại", "the archive %s holds nothing to load again", a.dir)
	}
	var out Rebuilt
	for i, m := range manifests {
		r, err := p.replay(ctx, m)
		if err != nil {
			return out, khue.While(err, "nạp lại lô %s của %s/%s", "loading batch %s of %s/%s again", m.Batch, m.Source, m.Dataset)
		}
		out.Batches, out.Rows, out.Rejected = out.Batches+1, out.Rows+m.Rows, out.Rejected+r.Rejected
		if o.Progress != nil {
			o.Progress(i+1, len(manifests), m)
		}
	}
	return out, nil
}

// replay loads one kept batch as the batch it was.
func (p *Puller) replay(ctx context.Context, m Manifest) (*Result, error) {
	c := p.config[m.Source]
	set := c.Datasets[m.Dataset]
	d, _ := khue.DatasetOf(m.Dataset)
	zone, err := c.zone(p.options.Zone)
	if err != nil {
		return nil, err
	}
	compiled, err := p.mappingAt(d, &set, zone, nil, m.StartedAt)
	if err != nil {
		return nil, err
	}
	door, err := compiled.door(p.options.Privacy) // for columns that were not hashed when they were read
	if err != nil {
		return nil, err
	}
	r := &Result{Source: m.Source, Dataset: m.Dataset}
	l := &loader{
		door:  door,
		store: p.store, mapping: compiled, limits: p.limits, result: r, uncut: true,
		load: warehouse.Load{
			Source: m.Source, Dataset: m.Dataset, Replace: m.Replace, Cause: m.Cause,
			Replay: &warehouse.Replay{BatchID: m.Batch, StartedAt: m.StartedAt, RecordedAt: m.RecordedAt},
		},
		kept: func() []warehouse.RawObject { return p.options.Archive.objects(m) },
	}
	err = p.options.Archive.rows(ctx, m, compiled.columns,
		func(page *Page) error { return l.page(ctx, page) },
		func(ids []string) error { return l.retract(ctx, ids) })
	if err == nil {
		l.read, l.whole, l.earlier = m.Read, m.Whole, m.Earlier
		err = l.commit(ctx, m.Watermark)
	}
	if err != nil {
		return r, errors.Join(err, l.abort(ctx, err))
	}
	return r, nil
}

// retract hands over records that are gone.
func (l *loader) retract(ctx context.Context, ids []string) error {
	if err := l.begin(ctx); err != nil {
		return err
	}
	for _, id := range ids {
		l.rows.RecordID, l.rows.Scope, l.rows.Deleted = append(l.rows.RecordID, id), append(l.rows.Scope, ""), append(l.rows.Deleted, true)
		for i, f := range l.rows.Dataset.Fields {
			putNothing(f, &l.rows.Columns[i])
		}
	}
	return l.send(ctx)
}

// manifests lists the kept batches in the order in which they were recorded. One
// that is still pending is the last of its dataset, and was read like the others.
func (a *Archive) manifests(sources []string) ([]Manifest, error) {
	var out []Manifest
	err := filepath.WalkDir(a.dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		m, err := readManifest(path)
		if err != nil {
			return err
		}
		if len(sources) == 0 || slices.Contains(sources, m.Source) {
			out = append(out, m)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing the archive: %w", err)
	}
	sort.Slice(out, func(i, j int) bool {
		if !out[i].RecordedAt.Equal(out[j].RecordedAt) {
			return out[i].RecordedAt.Before(out[j].RecordedAt)
		}
		return out[i].Batch < out[j].Batch
	})
	return out, nil
}

// objects is what a manifest's batch has in the archive.
func (a *Archive) objects(m Manifest) []warehouse.RawObject {
	out := []warehouse.RawObject{{BatchID: m.Batch, Path: m.Path, Kind: m.Kind, SHA256: m.SHA256, Bytes: m.Bytes, Rows: m.Rows, KeptAt: m.RecordedAt}}
	for _, sum := range m.Files {
		o := warehouse.RawObject{BatchID: m.Batch, Path: filePath(sum), Kind: rawFile, SHA256: sum, KeptAt: m.RecordedAt}
		if info, err := os.Stat(filepath.Join(a.dir, filepath.FromSlash(o.Path))); err == nil {
			o.Bytes = info.Size()
		}
		out = append(out, o)
	}
	return out
}

// verify hashes everything that the manifests name and notes what is damaged or missing.
func (a *Archive) verify(ctx context.Context, manifests []Manifest, faults *khue.Faults) {
	seen := make(map[string]bool)
	for _, m := range manifests {
		for _, o := range a.objects(m) {
			if !seen[o.Path] && ctx.Err() == nil {
				a.verifyObject(o, true, faults)
			}
			seen[o.Path] = true
		}
	}
}

// verifyObject looks at one object: that it is there with its size and, when deep,
// that it is still what it was.
func (a *Archive) verifyObject(o warehouse.RawObject, deep bool, faults *khue.Faults) {
	path := filepath.Join(a.dir, filepath.FromSlash(o.Path))
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		faults.Add(o.Path, 0, "missing; batch %s cannot be loaded again", o.BatchID)
		return
	case err != nil:
		faults.Add(o.Path, 0, "%v", err)
		return
	case info.Size() != o.Bytes:
		faults.Add(o.Path, 0, "damaged: %d bytes where %d were kept; batch %s", info.Size(), o.Bytes, o.BatchID)
		return
	case !deep:
		return
	}
	sum, err := hashObject(path, o.Kind == rawFile)
	if err != nil {
		faults.Add(o.Path, 0, "damaged: %v; batch %s", err, o.BatchID)
	} else if sum != o.SHA256 {
		faults.Add(o.Path, 0, "damaged: its SHA-256 is %s, not %s; batch %s", sum, o.SHA256, o.BatchID)
	}
}

// hashObject hashes an object as it lies there, or a kept file by its content.
func hashObject(path string, content bool) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	var from io.Reader = f
	if content {
		zip, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return "", err
		}
		defer zip.Close()
		from = zip
	}
	h := sha256.New()
	if _, err := io.Copy(h, from); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// missing notes registered objects that are not there.
func (a *Archive) missing(registered []warehouse.RawObject, sources []string) (faults khue.Faults) {
	for _, o := range registered {
		source, _, _ := strings.Cut(o.Path, "/")
		if !o.PrunedAt.IsZero() || o.Kind == rawFile || len(sources) > 0 && !slices.Contains(sources, source) {
			continue
		}
		path := filepath.Join(a.dir, filepath.FromSlash(o.Path))
		if _, err := os.Stat(path); err != nil {
			faults.Add(o.Path, 0, "missing; batch %s cannot be loaded again", o.BatchID)
			continue
		}
		manifest := strings.TrimSuffix(path, ".jsonl.zst") + ".json"
		_, settled := os.Stat(manifest)
		_, pending := os.Stat(a.pending(o.BatchID))
		if settled != nil && pending != nil {
			faults.Add(o.Path, 0, "its manifest %s is missing", filepath.Base(manifest))
		}
	}
	return faults
}

// Check looks at what is registered: that it is there, and, when deep, undamaged.
func (a *Archive) Check(ctx context.Context, registered []warehouse.RawObject, deep bool) khue.Faults {
	var faults khue.Faults
	seen := make(map[string]bool)
	for _, o := range registered {
		if !o.PrunedAt.IsZero() || seen[o.Path] || ctx.Err() != nil {
			continue
		}
		seen[o.Path] = true
		a.verifyObject(o, deep, &faults)
	}
	return faults
}

// Prune removes what was kept before a moment and tells what it removed. A file
// stays for as long as a younger batch came from it as well. Leftovers of writings
// that were cut off go after a day.
func (a *Archive) Prune(ctx context.Context, registered []warehouse.RawObject, before, now time.Time) ([]warehouse.RawObject, error) {
	young := make(map[string]bool)
	for _, o := range registered {
		if o.PrunedAt.IsZero() && !o.KeptAt.Before(before) {
			young[o.Path] = true
		}
	}
	var gone []warehouse.RawObject
	for _, o := range registered {
		if !o.PrunedAt.IsZero() || !o.KeptAt.Before(before) || young[o.Path] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return gone, err
		}
		path := filepath.Join(a.dir, filepath.FromSlash(o.Path))
		paths := []string{path}
		if o.Kind != rawFile {
			paths = append(paths, strings.TrimSuffix(path, ".jsonl.zst")+".json")
		}
		for _, path := range paths {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return gone, fmt.Errorf("pruning the archive: %w", err)
			}
		}
		gone = append(gone, o)
	}
	return gone, a.sweepLeftovers(now)
}

func (a *Archive) sweepLeftovers(now time.Time) error {
	return filepath.WalkDir(a.dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".part") {
			return err
		}
		info, err := e.Info()
		if err != nil || now.Sub(info.ModTime()) < 24*time.Hour {
			return nil //nolint:nilerr // it was renamed meanwhile
		}
		return os.Remove(path)
	})
}
