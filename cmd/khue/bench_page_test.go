package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/indicators"
	"khue/state"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// fillLarge writes ten million attendance rows, 60,000 events, 40,000 activities
// and 500 members straight into the journals; the views fill state and rollups.
func fillLarge(b *testing.B, w *warehouse.Warehouse) {
	disciplines := `['design','crafts','visual_arts','music','performing_arts','architecture','film','publishing','fashion','cuisine','software_games','advertising']`
	for _, sql := range []string{
		`INSERT INTO attendance_journal (source, record_id, happened_on, event, occurred_at, visitors, online_visitors, revenue_vnd, discipline, area, format, organiser, row_hash, sign, recorded_at, batch_id)
SELECT 'load', toString(number), toDate('2019-01-01') + number % 2880, concat('E', toString(number % 60000)), toDateTime64('2019-01-01 03:00:00', 3, 'UTC') + INTERVAL number % 2880 DAY,
	number % 300, number % 20, (number % 300) * 50000, ` + disciplines + `[number % 12 + 1], if(number % 2880 < 2373, leftPad(toString(number % 9 + 1), 3, '0'), leftPad(toString(intDiv(number, 7) % 26 * 3 + 4), 5, '0')),
	'onsite', concat('M-', toString(number % 500)), cityHash64(number), 1, now64(3), 'bench' FROM numbers(10000000) SETTINGS max_partitions_per_insert_block = 0`,
		`INSERT INTO events_journal (source, record_id, happened_on, title, disciplines, discipline, area, starts_at, format, organiser, row_hash, sign, recorded_at, batch_id)
SELECT 'load', concat('E', toString(number)), toDate('2019-01-01') + number % 2880, 'Sự kiện', [` + disciplines + `[number % 12 + 1]], ` + disciplines + `[number % 12 + 1], leftPad(toString(number % 9 + 1), 3, '0'),
	toDateTime64('2019-01-01 03:00:00', 3, 'UTC') + INTERVAL number % 2880 DAY, 'onsite', 'M-1', cityHash64(number), 1, now64(3), 'bench' FROM numbers(60000) SETTINGS max_partitions_per_insert_block = 0`,
		`INSERT INTO activities_journal (source, record_id, happened_on, member, kind, discipline, area, starts_on, participants, row_hash, sign, recorded_at, batch_id)
SELECT 'load', toString(number), toDate('2019-01-01') + number % 2880, concat('M-', toString(number % 500)), 'talk', ` + disciplines + `[number % 12 + 1], '001', toDate('2019-01-01') + number % 2880, 10, cityHash64(number), 1, now64(3), 'bench'
FROM numbers(40000) SETTINGS max_partitions_per_insert_block = 0`,
		`INSERT INTO members_journal (source, record_id, happened_on, name, kind, disciplines, discipline, area, accepted_on, certified_on, status, row_hash, sign, recorded_at, batch_id)
SELECT 'load', concat('M-', toString(number)), toDate('2025-06-01') + number % 300, 'Không gian', 'private', ['design'], 'design', '00004', toDate('2025-06-01') + number % 300, toDate('2025-12-10'), 'certified', cityHash64(number), 1, now64(3), 'bench'
FROM numbers(500)`,
	} {
		require.NoError(b, w.Conn().Exec(b.Context(), sql))
	}
}

// BenchmarkOverview gives the overview page over ten million attendance rows,
// with nothing remembered and then from memory. "x-of-one-question" is the time
// of the whole page in units of one rollup question asked of the engine directly
// in the same run.
func BenchmarkOverview(b *testing.B) {
	const rounds = 60
	w := warehousetest.Open(b)
	fillLarge(b, w)
	store, err := state.Open(b.Context(), filepath.Join(b.TempDir(), "state.db"))
	require.NoError(b, err)
	defer func() { _ = store.Close() }()
	catalogue, err := indicators.Load("")
	require.NoError(b, err)
	now := func() time.Time { return time.Date(2026, 11, 18, 9, 0, 0, 0, time.UTC) }
	o := &Observatory{
		Config: defaults(), Log: slog.New(slog.DiscardHandler), Zone: warehousetest.Zone(), Now: now, Warehouse: w, State: store,
		Catalogue: catalogue, Service: indicators.NewService(catalogue, w, indicators.Options{Now: now, Zone: warehousetest.Zone()}),
	}
	question := percentile(rounds, 0.5, func() time.Duration {
		started := time.Now()
		rows, err := w.Conn().Query(b.Context(), `SELECT toString(month), discipline, sum(visitors) FROM attendance_monthly
			WHERE month >= '2026-01-01' AND month < '2027-01-01' GROUP BY month, discipline`)
		require.NoError(b, err)
		for rows.Next() {
			var month, discipline string
			var visitors int64
			require.NoError(b, rows.Scan(&month, &discipline, &visitors))
		}
		require.NoError(b, rows.Close())
		return time.Since(started)
	})
	page := func(h http.Handler) time.Duration {
		request := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil)
		answer := httptest.NewRecorder()
		started := time.Now()
		h.ServeHTTP(answer, request)
		took := time.Since(started)
		require.Equal(b, http.StatusOK, answer.Code)
		return took
	}
	for b.Loop() {
		for name, p := range map[string]float64{"p50": 0.5, "p95": 0.95} {
			fresh := percentile(rounds, p, func() time.Duration {
				server, err := o.server(b.Context(), &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}) // a new site remembers nothing
				require.NoError(b, err)
				return page(server.Handler)
			})
			b.ReportMetric(float64(fresh.Microseconds())/1000, "ms-fresh-"+name)
			if name == "p50" {
				b.ReportMetric(float64(fresh)/float64(question), "x-of-one-question")
			}
		}
		server, err := o.server(b.Context(), &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		require.NoError(b, err)
		remembered := percentile(rounds, 0.95, func() time.Duration { return page(server.Handler) })
		b.ReportMetric(float64(remembered.Microseconds())/1000, "ms-remembered-p95")
	}
}

// percentile takes the p-th of n timings.
func percentile(n int, p float64, once func() time.Duration) time.Duration {
	took := make([]time.Duration, n)
	for i := range took {
		took[i] = once()
	}
	slices.Sort(took)
	return took[int(p*float64(n-1))]
}
