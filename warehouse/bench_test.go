package warehouse_test

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"

	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// fillLarge puts n counts into the journal, and by its views into the current
// state and the rollup, as pulls of half a million each would have.
func fillLarge(tb testing.TB, w *warehouse.Warehouse, n int) {
	const step = 500_000
	for from := 0; from < n; from += step {
		size := min(step, n-from)
		require.NoError(tb, w.Conn().Exec(tb.Context(), fmt.Sprintf(`INSERT INTO attendance_journal
(source, record_id, scope, happened_on, event, occurred_at, visitors, discipline, area, format, row_hash, sign, recorded_at, batch_id)
SELECT 'db', concat('V', toString(number)), '', toDate('2015-01-01') + number %% 3650, 'E1', toDateTime64('2015-01-01 03:00:00', 3, 'UTC') + toIntervalDay(number %% 3650),
    number %% 400, 'music', '00001', 'onsite', 1, 1, toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + toIntervalSecond(%d), '%032d'
FROM numbers(%d, %d)`, from/step, from/step, from, size)))
	}
	require.NoError(tb, w.Conn().Exec(tb.Context(), "OPTIMIZE TABLE attendance_current"))
}

// mixedVisits are 1,000 counts: 400 that change what is there, 300 that confirm
// it once they have been loaded, and 300 new ones, spread over the whole table.
func mixedVisits(tb testing.TB, n, round int) *warehouse.Rows {
	list := make([]visit, 0, 1000)
	at := time.Date(2020, 1, 1, 3, 0, 0, 0, time.UTC).Format(time.RFC3339)
	for i := range 1000 {
		v := visit{id: fmt.Sprint("V", (i*7919+13)*(n/8_000_000+1)%n), event: "E1", at: at, visitors: int64(i), revenue: -1}
		switch {
		case i < 400:
			v.visitors += int64(1000 + round)
		case i >= 700:
			v.id = fmt.Sprintf("N%d-%d", round, i)
		}
		list = append(list, v)
	}
	return visits(tb, list...)
}

// smallBatch loads 1,000 rows and tells how long it took and how many rows the
// engine read for it.
func smallBatch(tb testing.TB, w *warehouse.Warehouse, rows *warehouse.Rows) (out warehouse.Outcome, took time.Duration, read uint64) {
	tb.Helper()
	var n atomic.Uint64
	ctx := clickhouse.Context(context.WithoutCancel(tb.Context()), clickhouse.WithProgress(func(p *clickhouse.Progress) { n.Add(p.Rows) }))
	started := time.Now()
	b, err := w.Begin(ctx, visitsLoad)
	require.NoError(tb, err)
	require.NoError(tb, b.Append(ctx, rows))
	out, err = b.Commit(ctx, "mark", int64(rows.Len()))
	require.NoError(tb, err)
	return out, time.Since(started), n.Load()
}

// BenchmarkSmallBatchIntoALargeTable loads 1,000 mixed rows (new, corrected,
// unchanged) into tables of the sizes that warehousetest.BenchSizes gives. "rows-read/row-there" is what
// the engine read for it as a share of the table.
func BenchmarkSmallBatchIntoALargeTable(b *testing.B) {
	for _, n := range warehousetest.BenchSizes(b) {
		b.Run(strconv.Itoa(n), func(b *testing.B) { smallBatches(b, n) })
	}
}

func smallBatches(b *testing.B, n int) {
	w := warehousetest.Open(b)
	load(b, w, eventsLoad, events(b, someEvents...))
	fillLarge(b, w, n)
	smallBatch(b, w, mixedVisits(b, n, 0))
	round := 0
	var read uint64
	for b.Loop() {
		round++
		out, _, r := smallBatch(b, w, mixedVisits(b, n, round))
		require.EqualValues(b, []int64{300, 400, 300}, []int64{out.Added, out.Corrected, out.Unchanged})
		read += r
	}
	b.ReportMetric(float64(read)/float64(b.N), "rows-read/op")
	b.ReportMetric(float64(read)/float64(b.N)/float64(n), "rows-read/row-there")
}
