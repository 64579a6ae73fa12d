package ingest

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/demo/postgrestest"
)

// eventsDB is a source database with one table, in one of two systems.
type eventsDB struct {
	t    *testing.T
	db   *sql.DB
	dsn  string
	real bool // PostgreSQL
}

func onBothSystems(t *testing.T, run func(t *testing.T, e *eventsDB)) {
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "nguồn 1%.db")
		run(t, openEvents(t, "sqlite", path, `CREATE TABLE "lượt" (id INTEGER PRIMARY KEY, su_kien INTEGER, luc TEXT, khach INTEGER, doi TEXT, xoa INTEGER)`))
	})
	t.Run("postgresql", func(t *testing.T) {
		run(t, openEvents(t, "pgx", postgrestest.Start(t), `CREATE TABLE "lượt" (id bigint PRIMARY KEY, su_kien integer, luc timestamp, khach numeric, doi timestamptz, xoa boolean)`))
	})
}

func openEvents(t *testing.T, driver, dsn, table string) *eventsDB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	_, err = db.ExecContext(t.Context(), table)
	require.NoError(t, err)
	return &eventsDB{t, db, dsn, driver == "pgx"}
}

// put writes a count that was last changed at a moment; the count lies at 06:30 of a local day.
func (e *eventsDB) put(id, visitors int, changed time.Time, deleted bool) {
	e.t.Helper()
	gone := 0
	if deleted {
		gone = 1
	}
	_, err := e.db.ExecContext(e.t.Context(), fmt.Sprintf(`INSERT INTO "lượt" VALUES (%d, 7, '2026-01-01 06:30:00', %d, '%s', '%d')
		ON CONFLICT (id) DO UPDATE SET khach = excluded.khach, doi = excluded.doi, xoa = excluded.xoa`,
		id, visitors, changed.UTC().Format(momentForm), gone))
	require.NoError(e.t, err)
}

func (e *eventsDB) config(extra string) Config {
	e.t.Helper()
	return configure(e.t, `
sources:
  db:
    kind: sql
    dsn: ${DSN}
    retry: {max: 2, wait: 1ms}
    datasets:
      attendance:
        table: lượt
        id: id
        deleted: xoa
        fields: {event: su_kien, occurred_at: luc, visitors: khach}
`+extra, map[string]string{"DSN": e.dsn})
}

const byChange = `        cursor: doi
        lag: 10s
        look_back: 1m
        page_size: 3
`

func TestATableIsReadByKeysWithALagAndALookBack(t *testing.T) {
	onBothSystems(t, func(t *testing.T, e *eventsDB) {
		c := newClock(noon)
		for i := 1; i <= 10; i++ { // many share a moment: the id decides
			e.put(i, i, noon.Add(-time.Hour).Add(time.Duration(i/4)*time.Second), false)
		}
		e.put(11, 100, noon.Add(-5*time.Second), false)
		m := newMemory(t)
		p := puller(t, e.config(byChange), m, c.now)
		pullAll(t, p)
		require.EqualValues(t, 55, m.sum("attendance", "visitors", nil), "what is within the lag waits")
		require.Equal(t, map[string]any{
			"event": "7", "occurred_at": "2025-12-31T23:30:00Z", "visitors": int64(1), "online_visitors": nil,
			"paid_tickets": nil, "revenue_vnd": nil, "sex": "", "age_band": "", "origin": "",
		}, m.facts["attendance"]["1"].values, "a time without zone is local")

		e.put(12, 1000, noon.Add(-40*time.Second), false) // committed late, with a moment already read
		e.put(3, 0, noon.Add(time.Second), true)
		c.advance(30 * time.Second)
		r := pullAll(t, p)[0]
		require.EqualValues(t, 55-3+100+1000, m.sum("attendance", "visitors", nil))
		require.EqualValues(t, []int64{3, 2, 1}, []int64{r.Read, r.Added, r.Retracted}, "only changes are read")
	})
}

func TestAPullThatDiesInALongTableGoesOnAfterItsLastBatch(t *testing.T) {
	onBothSystems(t, func(t *testing.T, e *eventsDB) {
		for i := 1; i <= 10; i++ {
			e.put(i, 1, noon.Add(-time.Hour), false)
		}
		m := newMemory(t)
		p := puller(t, e.config(byChange), m, at(noon))
		p.limits.batch = 3
		pullAll(t, p)
		require.Len(t, m.commits, 4)
		m.watermarks["db/attendance"] = m.commits[1] // as if it had died after the second
		require.EqualValues(t, 4, pullAll(t, p)[0].Read)
	})
}

func TestATableWithoutACursorIsReadWholeEachTime(t *testing.T) {
	onBothSystems(t, func(t *testing.T, e *eventsDB) {
		for i := 1; i <= 5; i++ {
			e.put(i, i, noon, false)
		}
		m := newMemory(t)
		p := puller(t, e.config("        page_size: 2\n"), m, at(noon))
		for range 2 {
			require.EqualValues(t, 5, pullAll(t, p)[0].Read)
		}
		require.EqualValues(t, 15, m.sum("attendance", "visitors", nil))
	})
}

func TestACounterServesAsCursor(t *testing.T) {
	onBothSystems(t, func(t *testing.T, e *eventsDB) {
		m := newMemory(t)
		p := puller(t, e.config("        cursor: id\n"), m, at(noon))
		require.Zero(t, pullAll(t, p)[0].Read, "an empty table is no fault")
		for i := 1; i <= 5; i++ {
			e.put(i, i, noon, false)
		}
		require.EqualValues(t, 5, pullAll(t, p)[0].Read)
		e.put(6, 6, noon, false)
		require.EqualValues(t, 1, pullAll(t, p)[0].Read)
		_, err := p.Pull(t.Context(), "db", PullOptions{Since: noon})
		require.ErrorContains(t, err, "holds no times")
	})
}

func TestABackfillReadsAStretchAgainAndLeavesTheWatermark(t *testing.T) {
	onBothSystems(t, func(t *testing.T, e *eventsDB) {
		for i := 1; i <= 9; i++ {
			e.put(i, i, noon.AddDate(0, 0, i-20), false)
		}
		m := newMemory(t)
		p := puller(t, e.config(byChange), m, at(noon))
		pullAll(t, p)
		mark := m.watermarks["db/attendance"]
		results, err := p.Pull(t.Context(), "db", PullOptions{From: noon.AddDate(0, 0, -18), To: noon.AddDate(0, 0, -15)})
		require.NoError(t, err)
		require.EqualValues(t, 3, results[0].Read)
		require.Equal(t, mark, m.watermarks["db/attendance"])
		results, err = p.Pull(t.Context(), "db", PullOptions{Since: noon.AddDate(0, 0, -12)})
		require.NoError(t, err)
		require.EqualValues(t, 1, results[0].Read)
		require.Equal(t, mark, m.watermarks["db/attendance"])
		_, err = p.Pull(t.Context(), "db", PullOptions{From: noon})
		require.ErrorContains(t, err, "a backfill needs a stretch")
	})
}

func TestARejectedRowNamesItsTableAndID(t *testing.T) {
	onBothSystems(t, func(t *testing.T, e *eventsDB) {
		e.put(1, -4, noon.Add(-time.Hour), false)
		m := newMemory(t)
		pullAll(t, puller(t, e.config(byChange), m, at(noon)))
		require.Len(t, m.rejected, 1)
		r := m.rejected[0]
		require.Equal(t, []string{"1", "lượt id=1", "visitors", "-4", "minimum"}, []string{r.RecordID, r.Place, r.Field, r.Value, r.Reason})
	})
}

func TestASourceDatabaseCannotBeWrittenThroughUs(t *testing.T) {
	onBothSystems(t, func(t *testing.T, e *eventsDB) {
		e.put(1, 1, noon, false)
		s := &sqlSource{config: e.config("")["db"], zone: time.UTC}
		db, err := s.open(t.Context())
		require.NoError(t, err)
		defer func() { _ = db.close(t.Context()) }()
		err = db.query(t.Context(), `DELETE FROM "lượt"`, nil, func([]Value) error { return nil })
		require.ErrorContains(t, err, map[bool]string{true: "read-only", false: "readonly"}[e.real])
	})
}

func TestADatabaseThatIsNotThereIsSaidSoWithoutItsPassword(t *testing.T) {
	for dsn, driver := range map[string]string{
		"postgres://someone:hush-hush@127.0.0.1:1/nothing": "postgres",
		filepath.Join(t.TempDir(), "missing.db"):           "sqlite",
	} {
		c := (&eventsDB{t: t, dsn: dsn}).config("")
		_, err := puller(t, c, newMemory(t), at(noon)).Pull(t.Context(), "db", PullOptions{})
		require.ErrorContains(t, err, "the source database ("+driver+") cannot be reached")
		require.NotContains(t, err.Error(), "hush-hush")
	}
}

func TestAnUnknownFormOfACursorIsNotGuessed(t *testing.T) {
	e := openEvents(t, "sqlite", filepath.Join(t.TempDir(), "x.db"), `CREATE TABLE "lượt" (id INTEGER PRIMARY KEY, su_kien INTEGER, luc TEXT, khach INTEGER, doi TEXT, xoa INTEGER)`)
	_, err := e.db.ExecContext(t.Context(), `INSERT INTO "lượt" VALUES (1, 7, '2026-01-01', 5, '20260101120000', 0), (2, 7, '2026-01-01', 6, '20260401120000', 0)`)
	require.NoError(t, err)
	_, err = puller(t, e.config("        cursor: doi\n"), newMemory(t), at(noon)).Pull(t.Context(), "db", PullOptions{})
	require.ErrorContains(t, err, "give its form as cursor_format")
	m := newMemory(t)
	pullAll(t, puller(t, e.config("        cursor: doi\n        cursor_format: yyyymmddhhmmss\n"), m, at(noon)))
	require.EqualValues(t, 5, m.sum("attendance", "visitors", nil))
}
