package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/demo"
)

// TestAWarehouseIsRebuiltFromItsArchive pulls a city twice, with half a year of
// corrections, deletions and replaced workbooks between, throws the warehouse
// away and makes it again: what is known now and what was known then are equal.
func TestAWarehouseIsRebuiltFromItsArchive(t *testing.T) {
	end := time.Now()
	begin := end.AddDate(0, -6, 0)
	var clock atomic.Pointer[time.Time]
	clock.Store(&begin)
	city := demoCity(t, demo.Options{Scale: 1, Now: func() time.Time { return *clock.Load() }})
	o := newObservatory(t, demo.Configuration(), city.Variables())
	if o.dsn != "" {
		t.Fatal("this test throws a warehouse away: it needs the embedded engine")
	}
	o.must("migrate")
	o.must("pull")
	then := time.Now().UTC().Format(time.RFC3339Nano)
	clock.Store(&end)
	require.NoError(t, city.Advance(t.Context()))
	o.must("pull", "--since", begin.Format(time.DateOnly))

	runs := o.must("runs", "--format", "json", "--limit", "500")
	var before []runJSON
	require.NoError(t, json.Unmarshal([]byte(runs), &before))
	changed := map[string]int64{}
	for _, r := range before {
		changed["corrected"] += r.Corrected
		changed["retracted"] += r.Retracted
	}
	require.Positive(t, changed["corrected"], "the city must correct something, or the test proves little")
	require.Positive(t, changed["retracted"], "the city must delete something, or the test proves little")
	require.Contains(t, o.must("check", "--deep"), "SHA-256")

	ask := func() map[string]map[string]int64 {
		out := map[string]map[string]int64{}
		for _, measure := range []string{"visitors", "events", "activities", "member_records"} {
			out[measure+" now"] = o.ask(measure, "year,discipline")
			out[measure+" then"] = o.ask(measure, "year,discipline", "--as-of", then)
		}
		return out
	}
	want := ask()
	require.NotEqual(t, want["visitors now"], want["visitors then"])
	quarantined := len(strings.Split(o.must("quarantine", "--limit", "100000"), "\n"))

	_, said, code := o.khue("rebuild")
	require.NotZero(t, code)
	require.Contains(t, said, "holds data already")

	require.NoError(t, os.RemoveAll(filepath.Join(o.data, "warehouse")))
	require.Contains(t, o.must("rebuild"), "batches loaded again")
	require.Contains(t, o.must("check", "--deep"), "books          ok")
	require.Equal(t, want, ask())
	require.Equal(t, quarantined, len(strings.Split(o.must("quarantine", "--limit", "100000"), "\n")))
	var after []runJSON
	require.NoError(t, json.Unmarshal([]byte(o.must("runs", "--format", "json", "--limit", "500")), &after))
	require.Equal(t, facts(before), facts(after), "every batch is itself again")

	again := o.results("pull")
	require.NotEmpty(t, again)
	for _, r := range again {
		require.Zero(t, r.Added+r.Corrected+r.Retracted, "a pull goes on where the marks are: %+v", r)
	}

	// Every damage is told at once, and nothing is loaded.
	damaged := damage(t, filepath.Join(o.data, "raw"))
	into := "embedded://" + t.TempDir()
	_, said, code = o.khue("rebuild", "--into", into)
	require.NotZero(t, code)
	for _, path := range damaged {
		require.Contains(t, said, path)
	}
	_, said, code = o.khue("check", "--deep")
	require.NotZero(t, code)
	for _, path := range damaged {
		require.Contains(t, said, path)
	}
}

// facts are what must be the same of a batch that was loaded again; when it began
// is known by its first row, when it ended is when it was loaded again. Batches
// of sources that were pulled side by side may change places by that.
func facts(runs []runJSON) []runJSON {
	out := make([]runJSON, len(runs))
	for i, r := range runs {
		r.StartedAt, r.EndedAt = time.Time{}, time.Time{}
		out[i] = r
	}
	slices.SortFunc(out, func(a, b runJSON) int { return strings.Compare(a.Run, b.Run) })
	return out
}

// damage spoils one kept batch by a byte and removes another; it tells which.
func damage(t *testing.T, dir string) []string {
	var rows []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".jsonl.zst") {
			rows = append(rows, path)
		}
		return err
	}))
	require.Greater(t, len(rows), 2)
	content, err := os.ReadFile(rows[0])
	require.NoError(t, err)
	content[len(content)/2] ^= 1
	require.NoError(t, os.WriteFile(rows[0], content, 0o600))
	require.NoError(t, os.Remove(rows[1]))
	out := make([]string, 2)
	for i := range out {
		name, err := filepath.Rel(dir, rows[i])
		require.NoError(t, err)
		out[i] = filepath.ToSlash(name)
	}
	return out
}

func TestARunShowsItsProof(t *testing.T) {
	city := demoCity(t, demo.Options{Scale: 1})
	o := newObservatory(t, demo.Configuration(), city.Variables())
	o.must("migrate")
	o.must("pull", "events", "--dataset", "events,attendance")
	var runs []runJSON
	require.NoError(t, json.Unmarshal([]byte(o.must("runs", "--source", "events", "--dataset", "attendance", "--format", "json")), &runs))
	require.NotEmpty(t, runs)
	r := runs[len(runs)-1]
	shown := o.must("runs", r.Run)
	for _, word := range []string{"visitors", "revenue_vnd", "column truc_tiep", "unchanged", ".jsonl.zst"} {
		require.Contains(t, shown, word)
	}
	var d detailJSON
	require.NoError(t, json.NewDecoder(bytes.NewBufferString(o.must("runs", r.Run, "--format", "json"))).Decode(&d))
	sums := map[string]map[string]string{}
	for _, line := range d.Proof {
		sums[line.Measure] = line.Steps
	}
	require.NotEmpty(t, sums["visitors"]["accepted"])
	require.Equal(t, sums["visitors"]["accepted"], sums["visitors"]["added"], "a first load adds what it accepts")
}
