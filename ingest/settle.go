package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"khue/warehouse"
)

func (a *Archive) pending(batch string) string { return filepath.Join(a.dir, "pending", batch+".json") }

// manifestPath is beside the rows.
func (a *Archive) manifestPath(m Manifest) string {
	return filepath.Join(a.dir, filepath.FromSlash(strings.TrimSuffix(m.Path, ".jsonl.zst"))+".json")
}

func (a *Archive) writeManifest(m Manifest) error {
	if err := os.MkdirAll(filepath.Join(a.dir, "pending"), 0o700); err != nil {
		return err
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	temp := a.pending(m.Batch) + ".part"
	f, err := a.create(temp)
	if err != nil {
		return err
	}
	if _, err := f.Write(append(b, '\n')); err != nil {
		_ = f.Close()
		return err
	}
	return syncRename(f, temp, a.pending(m.Batch))
}

// settle ends what became of a batch that was being committed.
func (a *Archive) settle(m Manifest, posted bool) error {
	if posted {
		final := a.manifestPath(m)
		if err := os.Rename(a.pending(m.Batch), final); err != nil {
			return fmt.Errorf("settling batch %s in the archive: %w", m.Batch, err)
		}
		return syncFolder(filepath.Dir(final))
	}
	err := os.Remove(filepath.Join(a.dir, filepath.FromSlash(m.Path)))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err = errors.Join(err, os.Remove(a.pending(m.Batch))); err != nil {
		return fmt.Errorf("clearing batch %s from the archive: %w", m.Batch, err)
	}
	return nil
}

// discard removes what was written of a batch that is not going to be posted. One
// that was sealed stays pending: whether it was posted is for the batch book to say.
func (k *keeping) discard() {
	if k.sealed {
		return
	}
	if k.zip != nil {
		_ = k.zip.Close()
	}
	_ = k.file.Close()
	_ = os.Remove(k.temp)
}

// settlePending ends what became of the pending batches of a source's dataset.
// state is what the book says of a batch.
func (a *Archive) settlePending(source, dataset string, state func(batch string) (string, error)) error {
	paths, err := filepath.Glob(filepath.Join(a.dir, "pending", "*.json"))
	if err != nil {
		return fmt.Errorf("listing pending batches of the archive: %w", err)
	}
	for _, path := range paths {
		m, err := readManifest(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // another source, pulled at the same time, has settled its own since the listing
		}
		if err != nil {
			return err
		}
		if m.Source != source || m.Dataset != dataset {
			continue
		}
		is, err := state(m.Batch)
		if err != nil {
			return err
		}
		switch is {
		case warehouse.StateComplete:
			err = a.settle(m, true)
		case warehouse.StateAborted:
			err = a.settle(m, false)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func readManifest(path string) (m Manifest, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return m, fmt.Errorf("reading a manifest of the archive: %w", err)
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return m, fmt.Errorf("reading the manifest %s of the archive: %w", filepath.Base(path), err)
	}
	return m, nil
}

// syncRename makes a written file durable under its own name.
func syncRename(f *os.File, temp, final string) error {
	if err := f.Sync(); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(temp, final); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(final))
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
