package ingest

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/demo/mariadbtest"
	"khue/demo/postgrestest"
)

// eventsDB is a source database with one table, in one of three systems.
type eventsDB struct {
	t      *testing.T
	db     *sql.DB
	dsn    string
	driver string
}

func onEverySystem(t *testing.T, run func(t *testing.T, e *eventsDB)) {
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "nguồn 1%.db")
		run(t, openEvents(t, "sqlite", path, `CREATE TABLE "lượt" (id INTEGER PRIMARY KEY, su_kien INTEGER, luc TEXT, khach INTEGER, doi TEXT, xoa INTEGER)`))
	})
	t.Run("mariadb", func(t *testing.T) {
		run(t, openEvents(t, "mysql", mariadbtest.Start(t), `CREATE TABLE lượt (id bigint PRIMARY KEY, su_kien integer, luc datetime, khach decimal(20,2), doi timestamp(6) NULL, xoa tinyint(1))`))
	})
	t.Run("postgresql", func(t *testing.T) {
		run(t, openEvents(t, "pgx", postgrestest.Start(t), `CREATE TABLE "lượt" (id bigint PRIMARY KEY, su_kien integer, luc timestamp, khach numeric, doi timestamptz, xoa boolean)`))
	})
}

func openEvents(t *testing.T, driver, dsn, table string) *eventsDB {
	t.Helper()
	if driver == "mysql" {
		db := mariadbtest.Open(t, dsn)
		_, err := db.ExecContext(t.Context(), table)
		require.NoError(t, err)
		return &eventsDB{t, db, dsn, driver}
	}
	db, err := sql.Open(driver, dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	_, err = db.ExecContext(t.Context(), table)
	require.NoError(t, err)
	return &eventsDB{t, db, dsn, driver}
}

// exec runs a statement on the table lượt, in the system's own quotes.
func (e *eventsDB) exec(statement string) {
	e.t.Helper()
	_, err := e.db.ExecContext(e.t.Context(), statement)
	require.NoError(e.t, err)
}

// put writes a count that was last changed at a moment; the count lies at 06:30 of a local day.
func (e *eventsDB) put(id, visitors int, changed time.Time, deleted bool) {
	e.t.Helper()
	gone := 0
	if deleted {
		gone = 1
	}
	moment, otherwise := changed.UTC().Format(momentForm), "ON CONFLICT (id) DO UPDATE SET khach = excluded.khach, doi = excluded.doi, xoa = excluded.xoa"
	if e.driver == "mysql" { // a moment without zone is that of the session, which is UTC in the tests
		moment = changed.UTC().Format(mysqlMoment)
		otherwise = "ON DUPLICATE KEY UPDATE khach = values(khach), doi = values(doi), xoa = values(xoa)"
	}
	e.exec(fmt.Sprintf(`INSERT INTO lượt VALUES (%d, 7, '2026-01-01 06:30:00', %d, '%s', '%d') %s`, id, visitors, moment, gone, otherwise))
}

func (e *eventsDB) config(extra string) Config {
	e.t.Helper()
	return e.configWith(extra, "", "")
}

// configWith writes something else in place of a part of the configuration.
func (e *eventsDB) configWith(extra, from, to string) Config {
	e.t.Helper()
	text := `
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
` + extra
	if from != "" {
		text = strings.ReplaceAll(text, from, to)
	}
	return configure(e.t, text, map[string]string{"DSN": e.dsn})
}

const byChange = `        cursor: doi
        lag: 10s
        look_back: 1m
        page_size: 3
`

func TestATableIsReadByKeysWithALagAndALookBack(t *testing.T) {
	onEverySystem(t, func(t *testing.T, e *eventsDB) {
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
	onEverySystem(t, func(t *testing.T, e *eventsDB) {
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
	onEverySystem(t, func(t *testing.T, e *eventsDB) {
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
	onEverySystem(t, func(t *testing.T, e *eventsDB) {
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
	onEverySystem(t, func(t *testing.T, e *eventsDB) {
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
	onEverySystem(t, func(t *testing.T, e *eventsDB) {
		e.put(1, -4, noon.Add(-time.Hour), false)
		m := newMemory(t)
		pullAll(t, puller(t, e.config(byChange), m, at(noon)))
		require.Len(t, m.rejected, 1)
		r := m.rejected[0]
		require.Equal(t, []string{"1", "lượt id=1", "visitors", "-4", "minimum"}, []string{r.RecordID, r.Place, r.Field, r.Value, r.Reason})
	})
}

func TestASourceDatabaseCannotBeWrittenThroughUs(t *testing.T) {
	onEverySystem(t, func(t *testing.T, e *eventsDB) {
		e.put(1, 1, noon, false)
		s := &sqlSource{log: discard, config: e.config("")["db"], zone: time.UTC}
		db, err := s.open(t.Context())
		require.NoError(t, err)
		defer func() { _ = db.close(t.Context()) }()
		err = db.query(t.Context(), "DELETE FROM lượt", nil, func([]Value) error { return nil })
		require.ErrorContains(t, err, map[string]string{"pgx": "read-only", "sqlite": "readonly", "mysql": "READ ONLY"}[e.driver])
	})
}

func TestADatabaseThatIsNotThereIsSaidSoWithoutItsPassword(t *testing.T) {
	for dsn, driver := range map[string]string{
		"postgres://someone:hush-hush@127.0.0.1:1/nothing": "postgres",
		"mysql://someone:hush-hush@127.0.0.1:1/nothing":    "mysql",
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

// openTyped makes a table whose cursor has a type of its own.
func openTyped(t *testing.T, system, cursor string) *eventsDB {
	t.Helper()
	if system == "sqlite" {
		return openEvents(t, "sqlite", filepath.Join(t.TempDir(), "x.db"), `CREATE TABLE lượt (id INTEGER PRIMARY KEY, su_kien INTEGER, luc TEXT, khach INTEGER, doi `+cursor+`, xoa INTEGER)`)
	}
	return openEvents(t, "pgx", postgrestest.Start(t), `CREATE TABLE lượt (id bigint PRIMARY KEY, su_kien integer, luc timestamp, khach numeric, doi `+cursor+`, xoa boolean)`)
}

func TestACursorWithoutZoneIsComparedAsTheSourcesWallClock(t *testing.T) {
	e := openTyped(t, "postgresql", "timestamp")
	local := func(m time.Time) string { return m.In(hanoi(t)).Format("2006-01-02 15:04:05") }
	for i := 1; i <= 9; i++ {
		e.exec(fmt.Sprintf(`INSERT INTO lượt VALUES (%d, 7, '2026-01-01', 1, '%s', false)`, i, local(noon.Add(time.Duration(i-10)*time.Hour))))
	}
	e.exec(`INSERT INTO lượt VALUES (10, 7, '2026-01-01', 1, '` + local(noon.Add(time.Hour)) + `', false)`)
	rows, _, told, mark := readSQL(t, e.config("        cursor: doi\n        page_size: 2\n"), "", nil)
	require.EqualValues(t, 9, rows)
	require.EqualValues(t, 9, told[0].Rows)
	rows, _, _, _ = readSQL(t, e.config("        cursor: doi\n        page_size: 2\n        look_back: 150m\n"), mark, nil)
	require.EqualValues(t, 2, rows, "those of the last two and a half hours")
}

func TestACursorOfWholeDaysReadsItsLastDayAgain(t *testing.T) {
	for system, kind := range map[string]string{"sqlite": "TEXT", "postgresql": "date"} {
		t.Run(system, func(t *testing.T) {
			e := openTyped(t, system, kind)
			extra := "        cursor: doi\n"
			if system == "sqlite" {
				extra += "        cursor_format: yyyy-mm-dd\n"
			}
			e.exec(`INSERT INTO lượt VALUES (1, 7, '2026-01-01', 1, '2026-02-27', '0'), (2, 7, '2026-01-01', 1, '2026-03-01', '0')`)
			rows, _, _, mark := readSQL(t, e.config(extra), "", nil)
			require.EqualValues(t, 2, rows)
			e.exec(`INSERT INTO lượt VALUES (3, 7, '2026-01-01', 1, '2026-03-01', '0')`) // later on the same day
			rows, _, _, _ = readSQL(t, e.config(extra), mark, nil)
			require.EqualValues(t, 2, rows)
		})
	}
}

func TestNumbersBeyondWholeOnesServeAsCursorAndID(t *testing.T) {
	for system, kind := range map[string]string{"sqlite": "REAL", "postgresql": "numeric"} {
		t.Run(system, func(t *testing.T) {
			e := openTyped(t, system, kind)
			for i := 1; i <= 7; i++ {
				e.exec(fmt.Sprintf(`INSERT INTO lượt VALUES (%d, 7, '2026-01-01', 1, %d.25, '0')`, i, i))
			}
			c := e.config("        cursor: doi\n        page_size: 2\n")
			rows, _, told, mark := readSQL(t, c, "", nil)
			require.EqualValues(t, 7, rows)
			require.EqualValues(t, 7, told[0].Rows)
			e.exec(`INSERT INTO lượt VALUES (8, 7, '2026-01-01', 1, 7.5, '0')`)
			rows, _, _, _ = readSQL(t, c, mark, nil)
			require.EqualValues(t, 1, rows)
		})
	}
}

func TestACursorThatChangedItsTypeIsReadFromTheStartAgain(t *testing.T) {
	e := openTyped(t, "postgresql", "bigint")
	e.exec(`INSERT INTO lượt VALUES (1, 7, '2026-01-01', 1, 5, false), (2, 7, '2026-01-01', 1, 6, false)`)
	c := e.config("        cursor: doi\n        page_size: 1\n")
	_, _, _, mark := readSQL(t, c, "", nil)
	e.exec(`ALTER TABLE lượt ALTER doi TYPE timestamptz USING to_timestamp(doi)`)
	rows, _, _, mark := readSQL(t, c, mark, nil)
	require.EqualValues(t, 2, rows)
	e.exec(`ALTER TABLE lượt ALTER doi TYPE text USING to_char(doi, 'YYYY-MM-DD HH24:MI:SS')`)
	rows, _, _, _ = readSQL(t, c, `{"cursor":"t5000000","id":"i1"}`, nil)
	require.EqualValues(t, 2, rows, "a place to go on with that cannot be compared is dropped")
	rows, _, _, _ = readSQL(t, c, mark, nil)
	require.Zero(t, rows)
}

func TestWhatIsWrongWithATableIsSaid(t *testing.T) {
	onEverySystem(t, func(t *testing.T, e *eventsDB) {
		for name, c := range map[string]struct{ from, to, says string }{
			"no such column": {"visitors: khach", "visitors: so_khach", "the source table lượt is not as configured"},
			"no such table":  {"table: lượt", "table: luot", "the source table luot is not as configured"},
			"no such cursor": {"cursor: doi", "cursor: sua", "the source table lượt is not as configured"},
			"sum of texts":   {"sum: [khach]", "sum: [khong_co]", "the source table lượt is not as configured"},
		} {
			t.Run(name, func(t *testing.T) {
				m := newMemory(t)
				m.put("attendance", "1", fact{})
				_, err := puller(t, e.configWith("        cursor: doi\n"+summed, c.from, c.to), m, at(noon)).Pull(t.Context(), "db", PullOptions{})
				require.ErrorContains(t, err, c.says)
				require.Equal(t, []string{"1"}, m.ids("attendance"))
				require.Empty(t, m.watermarks)
			})
		}
	})
}
