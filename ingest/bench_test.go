package ingest

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"khue/demo/postgrestest"
	"khue/warehouse"
)

// benchRows is enough for a steady rate and short enough to run often.
const benchRows = 1_000_000

// counting is a store that only counts, so that a benchmark measures us alone.
type counting struct{ rows, rejected atomic.Int64 }

func (c *counting) Begin(context.Context, warehouse.Load) (Batch, error)      { return c, nil }
func (c *counting) Watermark(context.Context, string, string) (string, error) { return "", nil }
func (c *counting) ID() string                                                { return "counted" }
func (c *counting) Prove(warehouse.Account)                                   {}

func (c *counting) Failed(error) {}

func (c *counting) Abort(context.Context) error { return nil }
func (c *counting) Append(_ context.Context, r *warehouse.Rows) error {
	c.rows.Add(int64(r.Len()))
	return nil
}

func (c *counting) Reject(_ context.Context, r []warehouse.Rejected) error {
	c.rejected.Add(int64(len(r)))
	return nil
}

func (c *counting) Commit(context.Context, string, int64) (o warehouse.Outcome, _ error) {
	return o, nil
}

// visit is a row of attendance as a source system might hold it.
type visit struct {
	id, event, visitors, online, paid, revenue int64
	at, changed                                time.Time
}

func visitOf(i int) visit {
	at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 37 * time.Second)
	return visit{int64(i + 1), int64(i%5000 + 1), int64(i % 900), int64(i % 40), int64(i % 300), int64(i%300) * 50_000, at, at.Add(6 * time.Hour)}
}

const attendanceFields = `
        fields: {event: event, occurred_at: occurred_at, visitors: visitors, online_visitors: online, paid_tickets: paid, revenue_vnd: revenue}`

func benchPull(b *testing.B, config string, variables map[string]string) {
	b.Helper()
	c, faults := Parse("khue.yaml", []byte(config), lookup(variables))
	require.NoError(b, faults.Err())
	previous := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(previous)
	b.ResetTimer()
	for range b.N {
		store := &counting{}
		p, err := New(c, store, Options{})
		require.NoError(b, err)
		results, err := p.Pull(b.Context(), "bench", PullOptions{})
		require.NoError(b, err)
		require.EqualValues(b, benchRows, store.rows.Load(), "%v", results[0].Sample)
	}
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkCSV(b *testing.B) {
	path := filepath.Join(b.TempDir(), "visits.csv")
	f, err := os.Create(path)
	require.NoError(b, err)
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "id,event,occurred_at,visitors,online,paid,revenue")
	for i := range benchRows {
		v := visitOf(i)
		fmt.Fprintf(w, "%d,%d,%s,%d,%d,%d,%d\n", v.id, v.event, v.at.Format(time.RFC3339), v.visitors, v.online, v.paid, v.revenue)
	}
	require.NoError(b, w.Flush())
	require.NoError(b, f.Close())
	benchPull(b, `
sources:
  bench:
    kind: files
    file: ${FILE}
    datasets:
      attendance:
        id: id`+attendanceFields, map[string]string{"FILE": path})
}

func BenchmarkPostgreSQL(b *testing.B) {
	dsn := postgrestest.Start(b)
	conn, err := pgx.Connect(b.Context(), dsn)
	require.NoError(b, err)
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(b.Context(), `CREATE TABLE visits (id bigint PRIMARY KEY, event bigint, occurred_at timestamptz, visitors bigint, online bigint, paid bigint, revenue bigint, changed timestamptz)`)
	require.NoError(b, err)
	_, err = conn.CopyFrom(b.Context(), pgx.Identifier{"visits"}, []string{"id", "event", "occurred_at", "visitors", "online", "paid", "revenue", "changed"},
		pgx.CopyFromSlice(benchRows, func(i int) ([]any, error) {
			v := visitOf(i)
			return []any{v.id, v.event, v.at, v.visitors, v.online, v.paid, v.revenue, v.changed}, nil
		}))
	require.NoError(b, err)
	_, err = conn.Exec(b.Context(), `CREATE INDEX ON visits (changed, id)`)
	require.NoError(b, err)
	_, err = conn.Exec(b.Context(), `VACUUM ANALYZE visits`)
	require.NoError(b, err)
	benchPull(b, sqlBench, map[string]string{"DSN": dsn})
}

const sqlBench = `
sources:
  bench:
    kind: sql
    dsn: ${DSN}
    datasets:
      attendance:
        table: visits
        id: id
        cursor: changed` + attendanceFields

func BenchmarkSQLite(b *testing.B) {
	path := filepath.Join(b.TempDir(), "visits.db")
	db, err := sql.Open("sqlite", path)
	require.NoError(b, err)
	defer func() { _ = db.Close() }()
	_, err = db.Exec(`CREATE TABLE visits (id INTEGER PRIMARY KEY, event INTEGER, occurred_at TEXT, visitors INTEGER, online INTEGER, paid INTEGER, revenue INTEGER, changed TEXT)`)
	require.NoError(b, err)
	tx, err := db.Begin()
	require.NoError(b, err)
	insert, err := tx.Prepare(`INSERT INTO visits VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
	require.NoError(b, err)
	defer func() { _ = insert.Close() }()
	for i := range benchRows {
		v := visitOf(i)
		_, err := insert.Exec(v.id, v.event, v.at.Format(momentForm), v.visitors, v.online, v.paid, v.revenue, v.changed.Format(momentForm))
		require.NoError(b, err)
	}
	require.NoError(b, tx.Commit())
	_, err = db.Exec(`CREATE INDEX visits_changed ON visits (changed, id)`)
	require.NoError(b, err)
	benchPull(b, sqlBench, map[string]string{"DSN": path})
}

func BenchmarkREST(b *testing.B) {
	const size = 5000
	pages := make([][]byte, 0, benchRows/size)
	for n := range benchRows / size {
		records := make([]map[string]any, size)
		for i := range records {
			v := visitOf(n*size + i)
			records[i] = map[string]any{
				"id": v.id, "event": v.event, "occurred_at": v.at, "visitors": v.visitors, "online": v.online, "paid": v.paid,
				"revenue": v.revenue, "note": "not wanted", "updated_at": v.changed,
			}
		}
		next := any(strconv.Itoa(n + 1))
		if n == benchRows/size-1 {
			next = nil
		}
		body, err := json.Marshal(map[string]any{"data": records, "next": next})
		require.NoError(b, err)
		pages = append(pages, body)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
		_, _ = w.Write(pages[n])
	}))
	defer server.Close()
	benchPull(b, `
sources:
  bench:
    kind: rest
    url: ${URL}
    datasets:
      attendance:
        path: /visits
        records: data
        paging: {kind: cursor, parameter: cursor, next: next}
        id: id`+attendanceFields, map[string]string{"URL": server.URL})
}
