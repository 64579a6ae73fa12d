package ingest

import (
	"os"
	"path/filepath"
	"testing"

	"khue/warehouse"

	"github.com/stretchr/testify/require"
)

// Sources are pulled side by side, and each settles what a killed run left pending.
func TestASourceThatSettlesItsOwnBatchesDoesNotDisturbAnotherDoingTheSame(t *testing.T) {
	archive := NewArchive(t.TempDir())
	mine := Manifest{Batch: "a1", Source: "events", Dataset: "events", Path: "events/events/2026/a1.jsonl.zst"}
	theirs := Manifest{Batch: "a2", Source: "monthly", Dataset: "discipline_statistics", Path: "monthly/discipline_statistics/2026/a2.jsonl.zst"}
	for _, m := range []Manifest{mine, theirs} {
		require.NoError(t, os.MkdirAll(filepath.Dir(archive.manifestPath(m)), 0o700))
		require.NoError(t, archive.writeManifest(m))
	}

	// The other source settles its batch after ours has listed what is pending.
	err := archive.settlePending(mine.Source, mine.Dataset, func(string) (string, error) {
		return warehouse.StateComplete, archive.settle(theirs, true)
	})

	require.NoError(t, err)
	for _, m := range []Manifest{mine, theirs} {
		require.FileExists(t, archive.manifestPath(m))
		require.NoFileExists(t, archive.pending(m.Batch))
	}
}
