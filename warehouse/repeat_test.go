package warehouse_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// TestTheSameBatchTenTimesInAnyOrderChangesNothing loads a batch that adds,
// corrects and retracts, then the same rows ten times more, shuffled and handed
// over in pieces of random sizes.
func TestTheSameBatchTenTimesInAnyOrderChangesNothing(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, eventsLoad, events(t, someEvents...))
	load(t, w, visitsLoad, manyVisits(t, 5_000, 0))
	batch := []visit{
		{id: "V3", event: "E1", at: "2025-06-30T23:59:00+07:00", visitors: 900, revenue: 1},    // a correction that moves to another month
		{id: "N1", event: "E2", at: "2026-01-01T00:30:00+07:00", visitors: 12, revenue: -1},    // new, in the first hour of a year
		{id: "N2", event: "E1", at: "2025-07-01T06:59:00+07:00", visitors: 0, revenue: 70_000}, // new, and nobody came
		{id: "V4", deleted: true},
		{id: "V5", event: "E2", at: "2023-01-01T10:15:00+07:00", visitors: 5, revenue: -1},
	}
	for i := range 400 {
		batch = append(batch, visit{id: "M" + string(rune('A'+i%26)) + string(rune('A'+i/26)), event: "E2", at: "2024-02-29T12:00:00+07:00", visitors: int64(i), revenue: -1})
	}
	first := load(t, w, visitsLoad, visits(t, batch...))
	require.EqualValues(t, 402, first.Added)
	require.EqualValues(t, 1, first.Retracted)
	require.NotZero(t, first.Corrected)
	journal := journalRows(t, w)
	sums := visitorsBy(t, w, time.Time{}, "month")

	shuffle := rand.New(rand.NewPCG(10, 10))
	for range 10 {
		shuffle.Shuffle(len(batch), func(i, k int) { batch[i], batch[k] = batch[k], batch[i] })
		b, err := w.Begin(t.Context(), visitsLoad)
		require.NoError(t, err)
		for from := 0; from < len(batch); {
			to := min(len(batch), from+1+shuffle.IntN(200))
			require.NoError(t, b.Append(t.Context(), visits(t, batch[from:to]...)))
			from = to
		}
		out, err := b.Commit(t.Context(), "mark", int64(len(batch)))
		require.NoError(t, err)
		require.Equal(t, []int64{0, 0, 0}, []int64{out.Added, out.Corrected, out.Retracted})
		require.EqualValues(t, len(batch)-1, out.Unchanged)
	}
	require.Equal(t, journal, journalRows(t, w))
	require.Equal(t, sums, visitorsBy(t, w, time.Time{}, "month"))
	requireBalanced(t, w)
}

func journalRows(t *testing.T, w *warehouse.Warehouse) uint64 {
	t.Helper()
	var n uint64
	require.NoError(t, w.Conn().QueryRow(t.Context(), "SELECT count() FROM attendance_journal").Scan(&n))
	return n
}
