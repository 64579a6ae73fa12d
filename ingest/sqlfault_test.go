package ingest

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/demo/mariadbtest"
	"khue/demo/postgrestest"
)

// as gives the DSN of another account of the same server.
func as(t *testing.T, dsn, user, password string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	u.User = url.UserPassword(user, password)
	return u.String()
}

func TestATableThatMayNotBeReadIsSaidSo(t *testing.T) {
	for driver, dsn := range map[string]string{"pgx": postgrestest.Start(t), "mysql": mariadbtest.Start(t)} {
		t.Run(driver, func(t *testing.T) {
			e := openEvents(t, driver, dsn, `CREATE TABLE lượt (id bigint PRIMARY KEY, su_kien integer, luc timestamp, khach numeric, doi timestamp, xoa integer)`)
			host := map[string]string{"pgx": `CREATE ROLE khach_xem LOGIN PASSWORD 'xem'`, "mysql": `CREATE OR REPLACE USER khach_xem@'127.0.0.1' IDENTIFIED BY 'xem'`}
			e.exec(host[driver])
			if driver == "mysql" {
				e.exec(`CREATE TABLE trong (id int); GRANT SELECT ON trong TO khach_xem@'127.0.0.1'`)
			}
			t.Cleanup(func() {
				drop := map[string]string{"pgx": "DROP ROLE khach_xem", "mysql": "DROP USER khach_xem@'127.0.0.1'"}[driver]
				_, _ = e.db.ExecContext(context.Background(), drop)
			})
			e.dsn = as(t, dsn, "khach_xem", "xem")
			_, err := puller(t, e.config("        cursor: doi\n"), newMemory(t), at(noon)).Pull(t.Context(), "db", PullOptions{})
			require.ErrorContains(t, err, "the account may not read the source table lượt; it needs SELECT")
			require.Equal(t, khue.Forbidden, khue.KindOf(err))

			e.dsn = as(t, dsn, "khach_xem", "hush-hush")
			_, err = puller(t, e.config("        cursor: doi\n"), newMemory(t), at(noon)).Pull(t.Context(), "db", PullOptions{})
			require.ErrorContains(t, err, "cannot be reached")
			require.NotContains(t, err.Error(), "hush-hush")
		})
	}
}

func TestAQueryThatTakesTooLongIsEndedAndSaidSo(t *testing.T) {
	for driver, query := range map[string]string{
		"pgx":    "SELECT g AS id, 1 AS su_kien, now() AS luc, 1 AS khach, 0 AS xoa FROM generate_series(1, 5) g, pg_sleep(20)",
		"mysql":  "SELECT id, 1 AS su_kien, now() AS luc, 1 AS khach, 0 AS xoa FROM (SELECT 1 AS id) n WHERE sleep(20) = 0",
		"sqlite": "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id, 1 AS su_kien, '2026-01-01' AS luc, 1 AS khach, 0 AS xoa FROM n WHERE id < 0",
	} {
		t.Run(driver, func(t *testing.T) {
			dsn := t.TempDir() + "/x.db"
			switch driver {
			case "pgx":
				dsn = postgrestest.Start(t)
			case "mysql":
				dsn = mariadbtest.Start(t)
			}
			e := openEvents(t, driver, dsn, `CREATE TABLE n (id integer)`)
			c := e.configWith("    timeout: 300ms\n", "table: lượt", fmt.Sprintf("query: %q", query))
			started := time.Now()
			m := newMemory(t)
			_, err := puller(t, c, m, at(noon)).Pull(t.Context(), "db", PullOptions{})
			require.ErrorContains(t, err, "took longer than 300ms (timeout)")
			require.Less(t, time.Since(started), 8*time.Second)
			require.Empty(t, m.watermarks)
		})
	}
}

func TestAConnectionThatTheServerEndsIsTakenUpAgain(t *testing.T) {
	dsn := postgrestest.Start(t)
	e := openEvents(t, "pgx", dsn, `CREATE TABLE lượt (id bigint PRIMARY KEY, su_kien integer, luc timestamp, khach numeric, doi timestamptz, xoa boolean)`)
	e.exec(`INSERT INTO lượt SELECT g, 7, '2026-01-01', 1, '2026-02-01'::timestamptz + g * interval '1 second', false FROM generate_series(1, 20000) g`)
	ended := 0
	rows, visitors, told, _ := readSQL(t, e.config("        cursor: doi\n        page_size: 6000\n"+summed), "", func() {
		if ended++; ended%5 == 0 { // a server that shuts down ends its sessions just so
			e.exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'khue'`)
		}
	})
	require.EqualValues(t, []int64{20000, 20000}, []int64{rows, visitors}, "each row once")
	require.EqualValues(t, 20000, told[0].Rows)
	require.Greater(t, ended, 19)
}

func TestAServerThatFallsSilentDoesNotHoldAPull(t *testing.T) {
	dsn := postgrestest.Start(t)
	db, err := openPostgres(t.Context(), dsn, time.Hour, time.UTC)
	require.NoError(t, err)
	require.NoError(t, db.close(t.Context()))
	c, err := pgx.ParseConfig(dsn)
	require.NoError(t, err)
	c.DialFunc = patientDialer(c.DialFunc, 200*time.Millisecond)
	conn, err := pgx.ConnectConfig(t.Context(), c)
	require.NoError(t, err)
	started := time.Now()
	_, err = conn.Exec(t.Context(), "SELECT pg_sleep(20)")
	require.Error(t, err)
	require.Less(t, time.Since(started), 5*time.Second)
	require.True(t, conn.IsClosed())

	again, err := pgx.ConnectConfig(t.Context(), c)
	require.NoError(t, err)
	defer func() { _ = again.Close(context.Background()) }()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = again.Exec(ctx, "SELECT pg_sleep(20)")
	require.ErrorIs(t, err, context.DeadlineExceeded, "and a caller's own limit still holds")
}

func TestAnIDThatIsEmptyWhereAPageEndsIsAFault(t *testing.T) {
	e := openEvents(t, "sqlite", t.TempDir()+"/x.db", `CREATE TABLE lượt (id INTEGER, su_kien INTEGER, luc TEXT, khach INTEGER, doi TEXT, xoa INTEGER)`)
	e.exec(`INSERT INTO lượt VALUES (NULL, 7, '2026-01-01', 1, NULL, 0), (NULL, 7, '2026-01-01', 1, NULL, 0), (3, 7, '2026-01-01', 1, NULL, 0)`)
	_, err := puller(t, e.config("        page_size: 2\n"), newMemory(t), at(noon)).Pull(t.Context(), "db", PullOptions{})
	require.ErrorContains(t, err, "it must be NOT NULL")
}
