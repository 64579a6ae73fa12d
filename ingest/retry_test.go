package ingest

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

const monthlyTable = `
sources:
  monthly:
    kind: files
    folder: %s
    pattern: "*.csv"
    datasets:
      discipline_statistics:
        unpivot: {columns: [Cơ sở, Lao động], name: what, value: n}
        key: [measure, discipline, period]
        scope: file
        replace: true
        fields:
          measure: {from: what, values: {Cơ sở: creative_establishments, Lao động: creative_workers}}
          unit: {from: what, values: {Cơ sở: count, Lao động: persons}}
          discipline: {from: Lĩnh vực%s}
          period: {from: "@file", match: '(\d{4}-\d{2})'}
          value: {from: n%s}
          status: {constant: A}
`

func monthlyConfig(t *testing.T, folder, discipline, value string) Config {
	return configure(t, fmt.Sprintf(monthlyTable, folder, discipline, value), nil)
}

func TestQuarantinedRowsAreTriedAgainOnceTheMappingIsCorrected(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "2026-03.csv"), []byte("Lĩnh vực,Cơ sở,Lao động\nÂm nhạc,5,70\nNhạc cụ lạ,3,11\nThiết kế,n/a,8\n"), 0o600))
	c := newClock(noon)
	w := warehousetest.OpenAt(t, c.now)
	p, a := archived(t, monthlyConfig(t, folder, "", ""), w, c.now)
	r := pullAll(t, p)[0]
	require.EqualValues(t, []int64{6, 3, 3}, []int64{r.Read, r.Accepted, r.Rejected})
	c.advance(time.Hour)

	// The dictionary learns the name; the number that is none stays what it is.
	config := monthlyConfig(t, folder, ", values: {Nhạc cụ lạ: crafts}", ", min: 1")
	p, err := New(config, Into(w), Options{Now: c.now, Zone: hanoi(t), Archive: a})
	require.NoError(t, err)
	retried, err := p.Retry(t.Context(), warehouse.QuarantineFilter{Source: "monthly"})
	require.NoError(t, err)
	require.Len(t, retried, 1)
	require.EqualValues(t, []int64{3, 2, 1, 0, 0}, []int64{retried[0].Tried, retried[0].Accepted, retried[0].Rejected, retried[0].Superseded, retried[0].Left})
	rows, err := w.Quarantine(t.Context(), warehouse.QuarantineFilter{})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, []string{"n/a", "2026-03.csv › B4"}, []string{rows[0].Value, strings.Replace(rows[0].Place, "2026-03!", "", 1)})
	records, err := w.Records(t.Context(), "discipline_statistics", nil, time.Time{}, 0)
	require.NoError(t, err)
	require.Len(t, records, 5, "what is retried takes nothing else of its scope away")
	requireBalanced(t, w)

	retried, err = p.Retry(t.Context(), warehouse.QuarantineFilter{})
	require.NoError(t, err)
	require.EqualValues(t, []int64{1, 0, 1}, []int64{retried[0].Tried, retried[0].Accepted, retried[0].Rejected})

	// What was retried is in the archive as well.
	again := warehousetest.Open(t)
	q, err := New(config, Into(again), Options{Now: c.now, Zone: hanoi(t), Archive: a})
	require.NoError(t, err)
	_, err = q.Rebuild(t.Context(), RebuildOptions{})
	require.NoError(t, err)
	records, err = again.Records(t.Context(), "discipline_statistics", nil, time.Time{}, 0)
	require.NoError(t, err)
	require.Len(t, records, 5)
	requireBalanced(t, again)
}

func TestARetriedRowNeverOverwritesWhatWasAcceptedLater(t *testing.T) {
	e := sqliteEvents(t)
	c := newClock(noon)
	w := warehousetest.OpenAt(t, c.now)
	strict := strings.NewReplacer("visitors: khach", "visitors: {from: khach, min: 100}")
	config := func(text string) Config {
		return configure(t, strict.Replace(text), map[string]string{"DSN": e.dsn})
	}
	loose := e.config(byChange)
	tight := config(`
sources:
  db:
    kind: sql
    dsn: ${DSN}
    datasets:
      attendance:
        table: lượt
        id: id
        deleted: xoa
        fields: {event: su_kien, occurred_at: luc, visitors: khach}
` + byChange)
	e.put(1, 50, noon.Add(-time.Hour), false) // refused: below 100
	e.put(2, 60, noon.Add(-time.Hour), false) // refused as well
	p, a := archived(t, tight, w, c.now)
	require.EqualValues(t, 2, pullAll(t, p)[0].Rejected)
	rows, err := w.Quarantine(t.Context(), warehouse.QuarantineFilter{Text: "id=1"})
	require.NoError(t, err)
	c.advance(time.Hour)
	e.put(1, 500, noon.Add(30*time.Minute), false)
	require.EqualValues(t, 1, pullAll(t, p)[0].Added)

	// Somebody puts the old fault of record 1 back, as a restored quarantine would.
	c.advance(-time.Hour)
	b, err := w.Begin(t.Context(), warehouse.Load{Source: "db", Dataset: "attendance", Cause: warehouse.CauseQuarantine})
	require.NoError(t, err)
	require.NoError(t, b.Reject(t.Context(), []warehouse.Rejected{rows[0].Rejected}))
	require.NoError(t, b.Abort(t.Context()))
	c.advance(2 * time.Hour)

	p, err = New(loose, Into(w), Options{Now: c.now, Zone: hanoi(t), Archive: a})
	require.NoError(t, err)
	retried, err := p.Retry(t.Context(), warehouse.QuarantineFilter{})
	require.NoError(t, err)
	require.EqualValues(t, []int64{1, 1, 1}, []int64{retried[0].Tried, retried[0].Accepted, retried[0].Superseded})
	require.EqualValues(t, 560, visitorsOf(t, w))
	n, err := w.QuarantineCount(t.Context(), warehouse.QuarantineFilter{})
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestAReplacedScopeKeepsARecordWhoseNewRowWasRejected(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "2026-03.csv")
	require.NoError(t, os.WriteFile(path, []byte("Lĩnh vực,Cơ sở,Lao động\nÂm nhạc,5,70\nThiết kế,6,8\n"), 0o600))
	w := warehousetest.Open(t)
	p, _ := archived(t, monthlyConfig(t, folder, "", ""), w, time.Now)
	require.EqualValues(t, 4, pullAll(t, p)[0].Added)
	require.NoError(t, os.WriteFile(path, []byte("Lĩnh vực,Cơ sở,Lao động\nÂm nhạc,không rõ,71\n"), 0o600))
	r := pullAll(t, p)[0]
	require.EqualValues(t, []int64{1, 1, 2}, []int64{r.Rejected, r.Corrected, r.Retracted}, "the rejected number keeps its old value; the rows that are gone go")
}

// TestOnlyTheHashOfAnIdentifierGetsIn looks for the identifier everywhere: facts,
// quarantine, archive, marks and logs.
func TestOnlyTheHashOfAnIdentifierGetsIn(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "khach.csv"),
		[]byte("cccd,phone,at,n,note\n001099012345,0912345678,2026-01-01T00:30:00+07:00,5,private words\n001099012346,0912345678,2026-01-01T06:59:00+07:00,-1,private words\n"), 0o600))
	key := &PrivacyKey{Path: filepath.Join(t.TempDir(), "privacy.key")}
	config := configure(t, `
sources:
  f:
    kind: files
    folder: `+folder+`
    datasets:
      attendance:
        id: cccd
        hash: {cccd: keyed}
        fields: {event: {from: phone, hash: keyed}, occurred_at: at, visitors: n}
`, nil)
	var said bytes.Buffer
	w := warehousetest.Open(t)
	a := NewArchive(t.TempDir())
	p, err := New(config, Into(w), Options{Zone: hanoi(t), Archive: a, Privacy: key, Logger: slogTo(&said)})
	require.NoError(t, err)
	r := pullAll(t, p)[0]
	require.EqualValues(t, []int64{1, 1}, []int64{r.Accepted, r.Rejected})

	records, err := w.Records(t.Context(), "attendance", nil, time.Time{}, 0)
	require.NoError(t, err)
	require.Len(t, records[0]["record_id"], 64)
	require.Len(t, records[0]["event"], 64)
	quarantined, err := w.Quarantine(t.Context(), warehouse.QuarantineFilter{})
	require.NoError(t, err)
	everything := fmt.Sprint(records, quarantined, r, said.String()) + unpacked(t, a.dir)
	require.Contains(t, everything, quarantined[0].RecordID)
	secret, err := os.ReadFile(key.Path)
	require.NoError(t, err)
	for _, private := range []string{"001099012345", "001099012346", "0912345678", "private words", strings.TrimSpace(string(secret))} {
		require.NotContains(t, everything, private)
	}
	info, err := os.Stat(key.Path)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())

	// The same key gives the same hash, also to rows that come back from the quarantine.
	retried, err := p.Retry(t.Context(), warehouse.QuarantineFilter{})
	require.NoError(t, err)
	require.EqualValues(t, 1, retried[0].Rejected)
	after, err := w.Quarantine(t.Context(), warehouse.QuarantineFilter{})
	require.NoError(t, err)
	require.Equal(t, quarantined[0].RecordID, after[0].RecordID)
	again := warehousetest.Open(t)
	q, err := New(config, Into(again), Options{Zone: hanoi(t), Archive: a, Privacy: key})
	require.NoError(t, err)
	_, err = q.Rebuild(t.Context(), RebuildOptions{})
	require.NoError(t, err)
	rebuilt, err := again.Records(t.Context(), "attendance", nil, time.Time{}, 0)
	require.NoError(t, err)
	require.Equal(t, records, rebuilt)

	require.NoError(t, os.Chmod(key.Path, 0o644))
	_, err = (&PrivacyKey{Path: key.Path}).load()
	require.ErrorContains(t, err, "0600")
}

// unpacked is all that lies in an archive, as text.
func unpacked(t *testing.T, dir string) string {
	var all strings.Builder
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		f, err := os.Open(path)
		require.NoError(t, err)
		defer func() { _ = f.Close() }()
		var from io.Reader = f
		if strings.HasSuffix(path, ".zst") {
			zip, err := zstd.NewReader(f)
			require.NoError(t, err)
			defer zip.Close()
			from = zip
		}
		_, err = io.Copy(&all, from)
		return err
	}))
	return all.String()
}

func slogTo(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
