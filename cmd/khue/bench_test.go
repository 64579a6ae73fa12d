package main

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
	"github.com/stretchr/testify/require"

	"khue/demo/postgrestest"
	"khue/ingest"
	warehouseengine "khue/warehouse/engine"
	"khue/warehouse/warehousetest"
)

// benchRows is how many attendance rows each source serves.
const benchRows = 1_000_000

// benchRow is row i as every source serves it, and as the bare load writes it.
func benchRow(i int) (id int, event string, at time.Time, visitors, online, revenue int64) {
	at = time.Date(2019, 1, 1, 1, 0, 0, 0, time.UTC).Add(time.Duration(i) * 4 * time.Minute)
	return i + 1, "E" + strconv.Itoa(i%5000), at, int64(i % 400), int64(i % 50), int64(i%400) * 50_000
}

const stamp = "2006-01-02T15:04:05.000Z"

// BenchmarkFirstPull reads a million rows from each kind of source into an empty
// warehouse, journal, current state and rollups included. "x-of-limit" is the
// speed as a share of what clickhouse-go alone does with the same rows, columnar,
// into one empty table, measured in the same run.
func BenchmarkFirstPull(b *testing.B) {
	limit := bareLoad(b)
	b.Logf("limit: %.0f rows/s by a bare columnar batch", limit)
	for _, s := range []struct {
		name   string
		source func(b *testing.B) string
	}{{"csv", csvSource}, {"sqlite", sqliteSource}, {"postgres", postgresSource}, {"rest", restSource}} {
		b.Run(s.name, func(b *testing.B) {
			yaml := s.source(b)
			for b.Loop() {
				b.StopTimer()
				w := warehousetest.Open(b)
				config, faults := ingest.Parse("bench.yaml", []byte(yaml), os.LookupEnv)
				require.NoError(b, faults.Err())
				puller, err := ingest.New(config, ingest.Into(w), ingest.Options{Zone: warehousetest.Zone()})
				require.NoError(b, err)
				b.StartTimer()
				started := time.Now()
				results, err := puller.Pull(b.Context(), "bench", ingest.PullOptions{})
				require.NoError(b, err)
				rate := benchRows / time.Since(started).Seconds()
				b.StopTimer()
				require.EqualValues(b, benchRows, results[0].Added)
				b.ReportMetric(rate, "rows/s")
				b.ReportMetric(rate/limit, "x-of-limit")
				program, engine := peakMemory(b, yaml)
				b.ReportMetric(program, "program-MB")
				b.ReportMetric(engine, "engine-MB")
				b.StartTimer()
			}
		})
	}
}

// peakMemory runs the same pull as a program with an engine of its own and gives
// the most memory that each of the two processes held, in MB.
func peakMemory(b *testing.B, yaml string) (program, engine float64) {
	data := b.TempDir()
	config := filepath.Join(data, "khue.yaml")
	require.NoError(b, os.WriteFile(config, []byte(yaml), 0o600))
	run := func(watch bool, args ...string) {
		cmd := exec.CommandContext(b.Context(), os.Args[0], append(args, "--data", data, "--config", config)...)
		cmd.Env = append(os.Environ(), asProgram+"=1")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		require.NoError(b, cmd.Start())
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		for {
			select {
			case err := <-ended:
				require.NoError(b, err, out.String())
				return
			case <-time.After(20 * time.Millisecond):
				if !watch {
					continue
				}
				program = max(program, peakOf(cmd.Process.Pid))
				if address, err := os.ReadFile(filepath.Join(data, "warehouse", "engine.json")); err == nil {
					var a warehouseengine.Address
					if json.Unmarshal(address, &a) == nil {
						engine = max(engine, peakOf(a.PID))
					}
				}
			}
		}
	}
	run(false, "migrate")
	run(true, "pull")
	return program, engine
}

// peakOf reads the high-water mark of a process's resident memory, in MB; 0 when it is gone.
func peakOf(pid int) float64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, after, ok := strings.Cut(string(status), "VmHWM:")
	if !ok {
		return 0
	}
	var kb float64
	_, _ = fmt.Sscan(after, &kb)
	return kb / 1024
}

// bareLoad is the engine's own limit: columnar batches of 100,000 rows into one
// empty table with the attendance contract's columns, nothing else.
func bareLoad(b *testing.B) float64 {
	w := warehousetest.Open(b)
	require.NoError(b, w.Conn().Exec(b.Context(), `CREATE TABLE bare (record_id String, event String, occurred_at DateTime64(3, 'UTC'),
		visitors Int64, online_visitors Nullable(Int64), revenue_vnd Nullable(Int64)) ENGINE = MergeTree ORDER BY (event, occurred_at)`))
	const block = 100_000
	started := time.Now()
	for from := 0; from < benchRows; from += block {
		ids, events, ats := make([]string, block), make([]string, block), make([]time.Time, block)
		visitors, online, revenue := make([]int64, block), make([]*int64, block), make([]*int64, block)
		for i := range block {
			id, event, at, v, o, r := benchRow(from + i)
			ids[i], events[i], ats[i], visitors[i], online[i], revenue[i] = strconv.Itoa(id), event, at, v, &o, &r
		}
		batch, err := w.Conn().PrepareBatch(b.Context(), "INSERT INTO bare")
		require.NoError(b, err)
		for i, column := range []any{ids, events, ats, visitors, online, revenue} {
			require.NoError(b, batch.Column(i).Append(column))
		}
		require.NoError(b, batch.Send())
	}
	return benchRows / time.Since(started).Seconds()
}

const benchFields = `fields: {event: event, occurred_at: at, visitors: visitors, online_visitors: online, revenue_vnd: revenue}`

func csvSource(b *testing.B) string {
	path := filepath.Join(b.TempDir(), "attendance.csv")
	f, err := os.Create(path)
	require.NoError(b, err)
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "id,event,at,visitors,online,revenue")
	for i := range benchRows {
		id, event, at, v, o, r := benchRow(i)
		fmt.Fprintf(w, "%d,%s,%s,%d,%d,%d\n", id, event, at.Format(stamp), v, o, r)
	}
	require.NoError(b, w.Flush())
	require.NoError(b, f.Close())
	return fmt.Sprintf("sources: {bench: {kind: files, file: %q, datasets: {attendance: {id: id, %s}}}}", path, benchFields)
}

func sqliteSource(b *testing.B) string {
	path := filepath.Join(b.TempDir(), "attendance.db")
	db, err := sql.Open("sqlite", path)
	require.NoError(b, err)
	defer func() { _ = db.Close() }()
	tx, err := db.BeginTx(b.Context(), nil)
	require.NoError(b, err)
	_, err = tx.ExecContext(b.Context(), "CREATE TABLE visits (id INTEGER PRIMARY KEY, event TEXT, at TEXT, visitors INTEGER, online INTEGER, revenue INTEGER, changed TEXT); CREATE INDEX visits_changed ON visits (changed, id)")
	require.NoError(b, err)
	insert, err := tx.PrepareContext(b.Context(), "INSERT INTO visits VALUES (?, ?, ?, ?, ?, ?, ?)")
	require.NoError(b, err)
	defer func() { _ = insert.Close() }()
	for i := range benchRows {
		id, event, at, v, o, r := benchRow(i)
		_, err := insert.ExecContext(b.Context(), id, event, at.Format(stamp), v, o, r, at.Format(stamp))
		require.NoError(b, err)
	}
	require.NoError(b, tx.Commit())
	return fmt.Sprintf("sources: {bench: {kind: sql, driver: sqlite, dsn: %q, datasets: {attendance: {table: visits, id: id, cursor: changed, %s}}}}", path, benchFields)
}

func postgresSource(b *testing.B) string {
	dsn := postgrestest.Start(b)
	conn, err := pgx.Connect(b.Context(), dsn)
	require.NoError(b, err)
	defer func() { _ = conn.Close(b.Context()) }()
	_, err = conn.Exec(b.Context(), "CREATE TABLE visits (id bigint PRIMARY KEY, event text, at timestamptz, visitors bigint, online bigint, revenue bigint, changed timestamptz)")
	require.NoError(b, err)
	_, err = conn.CopyFrom(b.Context(), pgx.Identifier{"visits"}, []string{"id", "event", "at", "visitors", "online", "revenue", "changed"},
		pgx.CopyFromSlice(benchRows, func(i int) ([]any, error) {
			id, event, at, v, o, r := benchRow(i)
			return []any{id, event, at, v, o, r, at}, nil
		}))
	require.NoError(b, err)
	_, err = conn.Exec(b.Context(), "CREATE INDEX ON visits (changed, id); ANALYZE visits")
	require.NoError(b, err)
	return fmt.Sprintf("sources: {bench: {kind: sql, driver: postgres, dsn: %q, datasets: {attendance: {table: visits, id: id, cursor: changed, %s}}}}", dsn, benchFields)
}

func restSource(b *testing.B) string {
	const page = 10_000
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
		var s strings.Builder
		s.WriteString(`{"data":[`)
		for i := from; i < min(from+page, benchRows); i++ {
			if i > from {
				s.WriteByte(',')
			}
			id, event, at, v, o, revenue := benchRow(i)
			fmt.Fprintf(&s, `{"id":%d,"event":%q,"at":%q,"visitors":%d,"online":%d,"revenue":%d}`, id, event, at.Format(stamp), v, o, revenue)
		}
		s.WriteString(`],"next":`)
		next := any(nil)
		if from+page < benchRows {
			next = strconv.Itoa(from + page)
		}
		b, _ := json.Marshal(next)
		s.Write(b)
		s.WriteByte('}')
		_, _ = w.Write([]byte(s.String()))
	}))
	b.Cleanup(server.Close)
	return fmt.Sprintf("sources: {bench: {kind: rest, url: %q, datasets: {attendance: {path: /, records: data, paging: {kind: cursor, parameter: cursor, next: next}, id: id, %s}}}}", server.URL, benchFields)
}
