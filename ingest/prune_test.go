package ingest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// inArchive lists what lies in an archive, by kind of file.
func inArchive(t *testing.T, a *Archive) (rows, manifests, files int) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(a.dir, func(path string, _ os.DirEntry, err error) error {
		switch {
		case strings.HasSuffix(path, ".jsonl.zst"):
			rows++
		case strings.HasSuffix(path, ".json"):
			manifests++
		case strings.HasSuffix(path, ".zst"):
			files++
		}
		return err
	}))
	return rows, manifests, files
}

func TestOnlyWhatIsOlderThanItIsToBeKeptIsPruned(t *testing.T) {
	folder := t.TempDir()
	c := newClock(noon)
	w := warehousetest.OpenAt(t, c.now)
	p, a := archived(t, monthlyConfig(t, folder, "", ""), w, c.now)
	// On three days a workbook says one thing, another, and the first again: the
	// first and the third batch came from the same file.
	const first, second = "Lĩnh vực,Cơ sở,Lao động\nÂm nhạc,5,70\n", "Lĩnh vực,Cơ sở,Lao động\nÂm nhạc,6,71\n"
	path := filepath.Join(folder, "2026-03.csv")
	for _, content := range []string{first, second, first} {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		require.NoError(t, os.Chtimes(path, c.now(), c.now()))
		require.EqualValues(t, 2, pullAll(t, p)[0].Read)
		c.advance(24 * time.Hour)
	}
	count := func() [3]int {
		rows, manifests, files := inArchive(t, a)
		return [3]int{rows, manifests, files}
	}
	require.Equal(t, [3]int{3, 3, 2}, count())
	cut := filepath.Join(a.dir, "files", "cut-off.part")
	fresh := filepath.Join(a.dir, "files", "being-written.part")
	for path, at := range map[string]time.Time{cut: c.now().Add(-25 * time.Hour), fresh: c.now().Add(-time.Hour)} {
		require.NoError(t, os.WriteFile(path, []byte("half"), 0o600))
		require.NoError(t, os.Chtimes(path, at, at))
	}

	prune := func(before time.Time) []warehouse.RawObject {
		t.Helper()
		objects, err := w.RawObjects(t.Context(), "")
		require.NoError(t, err)
		gone, err := a.Prune(t.Context(), objects, before, c.now())
		require.NoError(t, err)
		require.NoError(t, w.PrunedRaw(t.Context(), gone, c.now()))
		return gone
	}
	whole := func() {
		t.Helper()
		objects, err := w.RawObjects(t.Context(), "")
		require.NoError(t, err)
		faults := a.Check(t.Context(), objects, true)
		require.NoError(t, faults.Err(), "what was pruned is not missed")
		without, err := w.WithoutRaw(t.Context())
		require.NoError(t, err)
		require.Empty(t, without, "a batch whose rows were pruned is no hole")
	}
	require.Empty(t, prune(noon), "nothing is older than the moment itself")
	require.Equal(t, [3]int{3, 3, 2}, count())
	require.NoFileExists(t, cut)
	require.FileExists(t, fresh, "somebody may be writing it")

	gone := prune(noon.Add(12 * time.Hour))
	require.Len(t, gone, 1, "the rows of the first batch; its file is the third one's too")
	require.Equal(t, [3]int{2, 2, 2}, count())
	whole()
	require.Empty(t, prune(noon.Add(12*time.Hour)), "what is gone is pruned once")

	gone = prune(noon.Add(36 * time.Hour))
	require.Len(t, gone, 2, "the second batch's rows, and its file, which nobody else needs")
	require.Equal(t, [3]int{1, 1, 1}, count())
	whole()

	// What is left can be loaded again, and a registered object that goes by other hands is missed.
	again := warehousetest.Open(t)
	q, err := New(p.config, Into(again), Options{Now: c.now, Zone: hanoi(t), Archive: a})
	require.NoError(t, err)
	objects, err := w.RawObjects(t.Context(), "")
	require.NoError(t, err)
	built, err := q.Rebuild(t.Context(), RebuildOptions{Registered: objects})
	require.NoError(t, err)
	require.Equal(t, 1, built.Batches)
	for _, o := range objects {
		if o.PrunedAt.IsZero() && o.Kind == rawRows {
			require.NoError(t, os.Remove(filepath.Join(a.dir, filepath.FromSlash(o.Path))))
		}
	}
	faults := a.Check(t.Context(), objects, false)
	require.ErrorContains(t, faults.Err(), "missing")

	require.NotEmpty(t, prune(c.now()))
	require.Equal(t, [3]int{0, 0, 0}, count())
	whole()
}
