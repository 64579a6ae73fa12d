package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// museumConfig pulls one table from a folder of files.
const museumConfig = `
sources:
  so:
    kind: files
    label: {vi: Sổ bảo tàng, en: Museum book}
    folder: ${MUSEUM_DIR}
    pattern: "luot*.csv"
    settle: 0s
    datasets:
      attendance:
        key: [ma]
        fields:
          event: su_kien
          occurred_at: luc
          visitors: khach
`

func TestDiffTellsWhatChangedBetweenTwoMomentsDownToTheFile(t *testing.T) {
	folder := t.TempDir()
	write := func(name, content string) {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600))
	}
	o := newObservatory(t, []byte(museumConfig), map[string]string{"MUSEUM_DIR": folder})
	o.must("migrate")
	write("luot.csv", "ma,su_kien,luc,khach\nA1,E1,2025-03-01T00:30:00+07:00,100\nA2,E1,2025-03-02T10:00:00+07:00,40\n")
	o.must("pull", "so")
	first := time.Now()
	time.Sleep(5 * time.Millisecond)
	write("luot.csv", "ma,su_kien,luc,khach\nA1,E1,2025-03-01T00:30:00+07:00,130\nA2,E1,2025-04-02T10:00:00+07:00,40\nA3,E1,2025-03-09T10:00:00+07:00,7\n")
	o.must("pull", "so")

	from := first.UTC().Format(time.RFC3339Nano)
	lines, err := csv.NewReader(strings.NewReader(o.must("diff", "--from", from, "--indicator", "visitors", "--by", "month", "--format", "csv"))).ReadAll()
	require.NoError(t, err)
	require.Equal(t, [][]string{
		{"figure", "month", "before", "after", "difference", "new", "late", "corrected", "retracted", "definition_changed"},
		{"visitors", "2025-03", "140", "137", "-3", "", "7", "-10", "", ""},
		{"visitors", "2025-04", "", "40", "40", "", "", "40", "", ""},
	}, lines)

	var d diffJSON
	require.NoError(t, json.Unmarshal([]byte(o.must("diff", "--from", from, "--indicator", "visitors", "--rows", "--format", "json")), &d))
	require.EqualValues(t, 3, *d.RowsOfAll)
	for _, row := range d.Rows {
		require.Len(t, row.Batches, 1)
		require.NotEmpty(t, row.Batches[0].Raw, "the kept original is named")
		require.Len(t, row.Batches[0].Raw[0].SHA256, 64)
		require.True(t, row.Batches[0].Raw[0].Kept)
	}
	require.Equal(t, []fieldJSON{{"visitors", float64(100), float64(130)}}, d.Rows[0].Fields)

	shown := o.must("diff", "--from", from, "--by", "month", "--rows")
	for _, words := range []string{"On-site visitors", "Mar 2025", "Late", "A2", "occurred_at: 2025-03-02T10:00:00+07:00 → 2025-04-02T10:00:00+07:00", "batch"} {
		require.Contains(t, shown, words)
	}
	require.Contains(t, o.must("diff", "--from", time.Now().UTC().Format(time.RFC3339Nano)), "No figure changed.")
	_, errs, code := o.khue("diff")
	require.NotZero(t, code)
	require.Contains(t, errs, "--from is needed")
	_, errs, code = o.khue("diff", "--from", from, "--indicator", "visitor")
	require.NotZero(t, code)
	require.Contains(t, errs, "visitor")
}
