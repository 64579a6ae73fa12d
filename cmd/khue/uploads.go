package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"khue"
	"khue/dashboards"
	"khue/ingest"
	"khue/warehouse"
)

// uploads lets the pages take files for sources that watch a folder.
type uploads struct {
	o     *Observatory
	works context.Context //nolint:containedctx // of the server: a pull begun on a page outlives its request, not the server
	// accepted holds the files of wards that are being loaded, by their id.
	accepted *singleflight.Group
}

// Targets implements dashboards.Uploads.
func (u uploads) Targets() []dashboards.UploadTarget {
	var out []dashboards.UploadTarget
	for _, name := range sortedKeys(u.o.Config.sources) {
		c := u.o.Config.sources[name]
		if c.Kind != "files" || c.Folder == "" || strings.Contains(c.Folder, "://") {
			continue
		}
		for _, d := range khue.Datasets() {
			set, feeds := c.Datasets[d.Name]
			if !feeds {
				continue
			}
			pattern := set.Pattern
			if pattern == "" {
				pattern = c.Pattern
			}
			out = append(out, dashboards.UploadTarget{
				Source: name, Dataset: d.Name, Label: c.Label, Folder: c.Folder, Pattern: pattern, Settle: c.Settle,
				Located: warehouse.Located(d.Name), Replaces: set.Replace,
			})
		}
	}
	return out
}

// Preview implements dashboards.Uploads.
func (u uploads) Preview(ctx context.Context, t dashboards.UploadTarget, path string, wards []string) (dashboards.Preview, error) {
	if wards != nil {
		wards = u.o.withFormer(wards)
	}
	trial, err := u.o.Puller.Try(ctx, t.Source, ingest.TryOptions{Dataset: t.Dataset, File: path, Wards: wards})
	return previewOf(trial, filepath.Base(path)), err
}

// previewOf gathers the facts of a trial by the row of the sheet they came from.
func previewOf(trial ingest.Trial, file string) dashboards.Preview {
	p := dashboards.Preview{Read: trial.Read, Accepted: trial.Accepted, Rejected: trial.Rejected, Skipped: trial.Skipped, Foreign: trial.Foreign, Omitted: trial.Omitted}
	for _, c := range trial.Columns {
		if !strings.HasPrefix(c, "@") {
			p.Columns = append(p.Columns, c)
		}
	}
	last := ""
	for _, r := range trial.Rows {
		if r.Place != last || len(p.Rows) == 0 {
			place := strings.TrimPrefix(strings.Replace(within(file, r.Place), "!row ", "!", 1), "row ")
			p.Rows = append(p.Rows, dashboards.PreviewRow{Place: place, Raw: r.Raw})
			last = r.Place
		}
		row := &p.Rows[len(p.Rows)-1]
		for _, f := range r.Faults {
			fault := dashboards.PreviewFault{
				Place: within(file, f.Place), Column: f.Column, Field: f.Field, Value: f.Value, Reason: f.Reason, Expected: f.Expected,
			}
			if !slices.Contains(row.Faults, fault) { // one cell may stand in several facts
				row.Faults = append(row.Faults, fault)
			}
		}
	}
	return p
}

// within is a place without the name of the file, of which there is one.
func within(file, place string) string { return strings.TrimPrefix(place, file+" › ") }

// Loaded implements dashboards.Uploads.
func (u uploads) Loaded(ctx context.Context, t dashboards.UploadTarget, sum string) (string, bool, error) {
	mark, err := u.o.Warehouse.Watermark(ctx, t.Source, t.Dataset)
	if err != nil {
		return "", false, err
	}
	return ingest.LoadedFile(mark, sum)
}

const (
	uploadWait  = 25 * time.Second       // longest that a page waits for its pull to end
	uploadRetry = 300 * time.Millisecond // between tries, while another pull of the source goes on
)

// Load implements dashboards.Uploads.
func (u uploads) Load(ctx context.Context, t dashboards.UploadTarget) ([]string, error) {
	return begun(ctx, func() ([]string, error) { return u.pull(u.works, t) })
}

// begun waits for work that a page began, for a while; it goes on by itself then.
func begun(ctx context.Context, work func() ([]string, error)) ([]string, error) {
	type outcome struct {
		batches []string
		err     error
	}
	done := make(chan outcome, 1)
	go func() {
		batches, err := work()
		done <- outcome{batches, err}
	}()
	select {
	case o := <-done:
		return o.batches, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(uploadWait):
		return nil, dashboards.ErrGoesOn
	}
}

// pull reads the folder once no other pull of the source does.
func (u uploads) pull(ctx context.Context, t dashboards.UploadTarget) ([]string, error) {
	giveUp := time.Now().Add(uploadWait)
	for {
		results, err := u.o.pull(ctx, t.Source, ingest.PullOptions{Datasets: []string{t.Dataset}})
		if khue.KindOf(err) == khue.Conflict && time.Now().Before(giveUp) {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(uploadRetry):
				continue
			}
		}
		var batches []string
		for _, r := range results {
			for _, b := range r.Batches {
				batches = append(batches, b.BatchID)
			}
		}
		return batches, err
	}
}

// formKey signs the tokens of forms; it is made once and kept in the data folder,
// so that a form that is open outlives a restart.
func (c Config) formKey() ([]byte, error) {
	path := filepath.Join(c.Data, "forms.key")
	key, err := os.ReadFile(path)
	if err == nil && len(key) >= 32 {
		return key, nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("reading the key of forms: %w", err)
	}
	key = make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	if err := os.WriteFile(path, key, 0o600); err != nil {
		return nil, fmt.Errorf("keeping the key of forms: %w", err)
	}
	return key, nil
}
