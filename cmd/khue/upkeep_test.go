package main

import (
	"database/sql"
	"encoding/json"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/locale"
	"khue/warehouse/warehousetest"
)

// tally is a table of counts in SQLite, as a small source system has one.
type tally struct {
	t  *testing.T
	db *sql.DB
}

const tallyConfig = `sources:
  gates:
    kind: sql
    driver: sqlite
    dsn: "file:${FILE}"
    datasets:
      attendance:
        table: luot
        id: id
        cursor: doi
        lag: 1s
        look_back: 1m
        fields: {event: su_kien, occurred_at: luc, visitors: khach}
`

func newTally(t *testing.T) (*tally, *observatory) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dem.db")
	db, err := sql.Open("sqlite", "file:"+file)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	s := &tally{t, db}
	s.exec(`CREATE TABLE luot (id INTEGER PRIMARY KEY, su_kien TEXT, luc TEXT, khach INTEGER, doi TEXT)`)
	return s, newObservatory(t, []byte(tallyConfig), map[string]string{"FILE": file})
}

func (s *tally) exec(statement string, args ...any) {
	s.t.Helper()
	_, err := s.db.ExecContext(s.t.Context(), statement, args...)
	require.NoError(s.t, err)
}

// put writes a count of a moment, local time, that was last changed at another.
func (s *tally) put(id, visitors int, at, changed time.Time) {
	s.t.Helper()
	s.exec(`INSERT INTO luot VALUES (?, 'E1', ?, ?, ?)`, id, at.Format("2006-01-02 15:04:05"), visitors, changed.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// months adds up what the table itself says of each month.
func (s *tally) months() map[string]int64 {
	s.t.Helper()
	out := map[string]int64{}
	independent{}.sum(s.t, s.db, out, `SELECT substr(luc, 1, 7), sum(khach) FROM luot GROUP BY 1`)
	return out
}

// results runs a command that tells what became of pulls, as JSON.
func (o *observatory) results(args ...string) []resultJSON {
	o.t.Helper()
	var out []resultJSON
	require.NoError(o.t, json.Unmarshal([]byte(o.must(append(args, "--format", "json")...)), &out))
	return out
}

// kept counts the batches whose raw rows are kept for good.
func (o *observatory) kept() int {
	o.t.Helper()
	n := 0
	require.NoError(o.t, filepath.WalkDir(filepath.Join(o.data, "raw", "gates"), func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".json") {
			n++
		}
		return err
	}))
	return n
}

// TestASourceIsKeptTrueFromTheCommandLine goes through the life of a source on one
// observatory: what would change, the first pull, rows that came late, rows that
// were deleted without a mark, years read again by a backfill that is killed in
// the middle, and a second warehouse made from the archive. After each step the
// observatory's months are those that the table itself adds up to.
func TestASourceIsKeptTrueFromTheCommandLine(t *testing.T) {
	s, o := newTally(t)
	zone := warehousetest.Zone()
	begin := time.Date(2024, 9, 1, 0, 0, 0, 0, zone)
	now := time.Now().In(zone).Truncate(time.Second)
	const perMonth, months = 10, 16
	for month := range months {
		for n := range perMonth { // the first at the very first moment of the month, local time
			at := begin.AddDate(0, month, n)
			s.put(1+month*perMonth+n, 10+n, at, at)
		}
	}
	for n := range 20 { // changed after the stretch that is read again below
		s.put(1000+n, 1, now.AddDate(0, 0, -40).Add(time.Duration(n)*time.Hour), now.AddDate(0, 0, -40).Add(time.Duration(n)*time.Hour))
	}
	s.put(2000, 3, now.Add(-time.Hour), now.Add(-time.Hour))
	agrees := func() {
		t.Helper()
		require.Equal(t, s.months(), o.ask("visitors", "month"))
	}
	o.must("migrate")

	t.Run("a dry run prints months and changes nothing", func(t *testing.T) {
		out := o.must("pull", "--dry-run")
		for month := range s.months() {
			p, err := khue.ParsePeriod(month)
			require.NoError(t, err)
			require.Contains(t, out, " "+locale.PeriodLabel(khue.English, p)+" ")
		}
		told := o.results("pull", "--dry-run")
		require.Len(t, told, 1)
		require.True(t, told[0].DryRun)
		require.EqualValues(t, months*perMonth+21, told[0].Added)
		require.Contains(t, told[0].Changes, changeJSON{Dataset: "attendance", Month: "2024-09", Added: perMonth})
		require.Empty(t, o.ask("visitors", "month"))
		require.NoDirExists(t, filepath.Join(o.data, "raw", "gates"))
		require.NotContains(t, o.must("jobs", "history"), "pull gates")
		require.EqualValues(t, months*perMonth+21, o.results("pull")[0].Added, "the pull does what was told")
		agrees()
		told = o.results("pull", "--dry-run")
		require.Zero(t, told[0].Added+told[0].Corrected+told[0].Retracted)
	})

	t.Run("a wide sweep reports what came late", func(t *testing.T) {
		s.put(3000, 7, now.AddDate(0, 0, -12), now.AddDate(0, 0, -10)) // committed long after its moment
		s.exec(`UPDATE luot SET khach = 50, doi = ? WHERE id = 1003`, now.AddDate(0, 0, -9).UTC().Format("2006-01-02T15:04:05.000Z"))
		require.Zero(t, o.results("pull")[0].Added, "a regular pull cannot see it")
		require.Contains(t, o.must("sweep", "--wide", "30d"), "gates/attendance: 2 records came late and had been missed by regular pulls")
		agrees()
		require.Contains(t, o.must("sweep", "--wide", "30d"), "gates/attendance: 0 records came late")
		require.Contains(t, refused(t, o, "sweep", "--wide", "soon"), "--wide must be days such as 90d")
	})

	t.Run("a key sweep retracts what was deleted hard and stops above its limit", func(t *testing.T) {
		s.exec(`DELETE FROM luot WHERE id IN (7, 1005)`)
		require.Zero(t, o.results("pull")[0].Retracted, "a regular pull cannot see it")
		swept := o.results("sweep", "gates", "--keys")
		require.EqualValues(t, 2, swept[0].Retracted)
		agrees()

		before := s.months()
		s.exec(`DELETE FROM luot WHERE id % 2 = 0 AND id < 160`)
		said := refused(t, o, "sweep", "--keys")
		require.Contains(t, said, "more than 20%")
		require.Contains(t, said, "--force")
		require.Equal(t, before, o.ask("visitors", "month"), "a sweep that stops retracts nothing")
		require.EqualValues(t, 79, o.results("sweep", "--keys", "--force")[0].Retracted)
		agrees()
		require.Zero(t, o.results("sweep", "--keys")[0].Retracted)
	})

	t.Run("a backfill that is killed goes on where it stopped and leaves the mark", func(t *testing.T) {
		s.exec(`UPDATE luot SET khach = khach + 100 WHERE id < 1000`) // their moments of change stay: no pull sees it
		require.Zero(t, o.results("pull")[0].Corrected)
		backfill := []string{"pull", "gates", "--backfill", "2024-09-01..2025-12-31", "--chunk", "1mo"}
		before := o.kept()
		killed := killWhen(t, o, func() bool { return o.kept() >= before+4 }, backfill...)
		require.True(t, killed, "the backfill was over before it could be killed: the test proves nothing")
		require.NotEqual(t, s.months(), o.ask("visitors", "month"), "the backfill was over when it was killed: the test proves nothing")

		rest := o.results(backfill...)
		require.LessOrEqual(t, len(rest), months-3, "chunks that were whole are not read again")
		require.NotEmpty(t, rest)
		for i, r := range rest {
			require.Equal(t, "backfill", r.Cause)
			require.Equal(t, begin.AddDate(0, months-len(rest)+i, 0).UTC(), r.From.UTC())
		}
		agrees()

		s.put(4000, 9, now.Add(-30*time.Minute), time.Now())
		time.Sleep(1100 * time.Millisecond) // the source's lag
		next := o.results("pull")[0]
		require.EqualValues(t, []int64{1, 0}, []int64{next.Added, next.Corrected})
		require.LessOrEqual(t, next.Read, int64(2), "the mark stayed: only its look-back is read beside what is new")
		agrees()
	})

	t.Run("the archive is whole and makes a second warehouse that says the same", func(t *testing.T) {
		checked := o.must("check", "--deep")
		require.Contains(t, checked, "books          ok")
		require.Contains(t, checked, "SHA-256")
		into := "embedded://" + t.TempDir()
		require.Contains(t, o.must("rebuild", "--into", into), "batches loaded again")
		second := *o
		second.t, second.dsn = t, into
		require.Equal(t, s.months(), second.ask("visitors", "month"))
	})

	t.Run("raw data go at the end of their time and are not missed", func(t *testing.T) {
		require.Positive(t, o.kept())
		o.variables = append(o.variables, "KHUE_RAW_KEEP_FOR=1s")
		o.must("jobs", "run", pruneJob)
		require.Zero(t, o.kept())
		require.Contains(t, o.must("check", "--deep"), "raw data       ok")
		agrees()
		require.Contains(t, refused(t, o, "rebuild", "--into", "embedded://"+t.TempDir()), "holds nothing to load again")
	})
}

// killWhen starts a command and kills it with SIGKILL once something holds, which
// is looked at every few milliseconds. It tells whether it was still running then.
func killWhen(t *testing.T, o *observatory, holds func() bool, args ...string) bool {
	t.Helper()
	cmd, _, _ := o.command(t.Context(), args...)
	require.NoError(t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	tooLong := time.After(2 * time.Minute)
	for {
		select {
		case <-ended:
			return false
		case <-look.C:
			if holds() {
				_ = cmd.Process.Kill()
				<-ended
				return true
			}
		case <-tooLong:
			_ = cmd.Process.Kill()
			<-ended
			t.Fatal("what the test waits for never came")
		}
	}
}
