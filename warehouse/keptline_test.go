package warehouse_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// sharing gives two warehouses as two processes have them that share an embedded engine.
func sharing(t *testing.T) (mine, theirs *warehouse.Warehouse) {
	t.Helper()
	dir := t.TempDir()
	open := func() *warehouse.Warehouse {
		w, err := warehouse.Open(t.Context(), warehouse.Options{DSN: "embedded://" + dir, Zone: warehousetest.Zone()})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, w.Close()) })
		return w
	}
	mine = open()
	_, err := mine.Migrate(t.Context())
	require.NoError(t, err)
	return mine, open()
}

func requireStill(t *testing.T, w *warehouse.Warehouse) {
	t.Helper()
	read, err := w.ReadLine(t.Context())
	require.NoError(t, err)
	line, still := w.LineStill()
	require.True(t, still, "nobody writes")
	require.Equal(t, read, line)
}

func requireUnknown(t *testing.T, w *warehouse.Warehouse) {
	t.Helper()
	_, still := w.LineStill()
	require.False(t, still)
}

func TestALineIsKnownWithoutAStatementUntilAnyProcessWritesOne(t *testing.T) {
	mine, theirs := sharing(t)
	requireStill(t, mine)
	load(t, mine, eventsLoad, events(t, someEvents...))
	requireUnknown(t, mine)
	requireStill(t, mine)
	for i := range 20 {
		requireStill(t, mine)
		load(t, theirs, visitsLoad, visits(t, visit{id: fmt.Sprint("V", i), event: "E1", at: "2025-03-01T00:45:00+07:00", visitors: 1, revenue: -1}))
		requireUnknown(t, mine)
		n, err := rowsOf(t.Context(), mine, "attendance")
		require.NoError(t, err)
		require.EqualValues(t, i+1, n, "at once")
	}
}

func TestNoLineIsKeptThatWasReadWhileOneIsBeingWritten(t *testing.T) {
	mine, theirs := sharing(t)
	requireStill(t, mine)
	var wait sync.WaitGroup
	wait.Go(func() {
		err := theirs.WriteByHand(t.Context(), `INSERT INTO batches (batch_id, source, dataset, state, recorded_at, updated_at)
SELECT 'slow', 'db', 'attendance', 'complete', now64(3), now64(6) FROM numbers(1) WHERE sleepEachRow(1) = 0`)
		if err != nil {
			t.Error(err)
		}
	})
	require.Eventually(t, func() bool { _, still := mine.LineStill(); return !still }, 10*time.Second, time.Millisecond)
	before, err := mine.ReadLine(t.Context())
	require.NoError(t, err)
	requireUnknown(t, mine)
	wait.Wait()
	requireUnknown(t, mine)
	requireStill(t, mine)
	after, _ := mine.LineStill()
	require.True(t, after.After(before))
}

func TestAWriteThatWasCutOffIsSettledByTheNextReading(t *testing.T) {
	mine, theirs := sharing(t)
	requireStill(t, mine)
	require.NoError(t, theirs.CutOffWrite())
	requireUnknown(t, mine)
	_, err := mine.ReadLine(t.Context()) // before it is settled: a line might have come
	require.NoError(t, err)
	requireUnknown(t, mine)
	requireStill(t, mine)
}

func TestALineWrittenByHandIsSeenBeforeLong(t *testing.T) {
	mine, theirs := sharing(t)
	requireStill(t, mine)
	require.NoError(t, theirs.Conn().Exec(t.Context(), `INSERT INTO batches (batch_id, source, dataset, state, recorded_at, updated_at) VALUES ('hand', 'db', 'attendance', 'complete', now64(3), now64(6))`))
	time.Sleep(warehouse.KeptFor + 50*time.Millisecond)
	states, err := mine.States(t.Context())
	require.NoError(t, err)
	for _, s := range states {
		if s.Dataset == "attendance" {
			require.Equal(t, "hand", s.LastBatch)
		}
	}
}

// On a server that other machines write to, nothing is known without asking.
func TestNoLineIsKeptOfAServer(t *testing.T) {
	mine, _ := sharing(t)
	w, err := warehouse.Open(t.Context(), warehouse.Options{DSN: mine.ServerDSN(), Zone: warehousetest.Zone()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	_, err = w.ReadLine(t.Context())
	require.NoError(t, err)
	requireUnknown(t, w)
}
