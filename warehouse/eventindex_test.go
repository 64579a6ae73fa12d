package warehouse_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// randomReporting loads events and attendance of all sorts, in two rounds of which
// the second changes and takes back some of the first.
func randomReporting(t *testing.T, w *warehouse.Warehouse, r *rand.Rand) {
	t.Helper()
	disciplines, areas := []string{"design", "crafts", "film"}, []string{"001", "00004", ""}
	moment := func() string {
		return time.Date(2024, 11, 1, 0, 0, 0, 0, warehousetest.Zone()).Add(time.Duration(r.IntN(500*24*60)) * time.Minute).Format(time.RFC3339)
	}
	for round := range 2 {
		var announced []event
		var counted []visit
		for i := range 120 {
			announced = append(announced, event{
				id: fmt.Sprint("E", i), discipline: disciplines[r.IntN(3)], area: areas[r.IntN(3)], starts: moment(), deleted: round == 1 && r.IntN(8) == 0,
			})
		}
		for i := range 200 {
			counted = append(counted, visit{
				id: fmt.Sprint("V", i), event: fmt.Sprint("E", r.IntN(140)), at: moment(), visitors: int64(r.IntN(90)), revenue: -1, deleted: round == 1 && r.IntN(4) == 0,
			})
		}
		load(t, w, eventsLoad, events(t, announced...))
		load(t, w, visitsLoad, visits(t, counted...))
	}
}

// What is counted in memory now is what the tables say was known before a batch that
// brought nothing about events.
func TestReportsCountedInMemoryAreThoseOfTheTables(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	w := warehousetest.Open(t)
	randomReporting(t, w, r)
	before := time.Now()
	require.NoError(t, w.WriteByHand(t.Context(), "INSERT INTO batches (batch_id, source, dataset, state, recorded_at, updated_at) VALUES ('later', 'db', 'activities', 'complete', now64(3) + INTERVAL 1 SECOND, now64(6) + INTERVAL 1 SECOND)"))
	dims := []string{"discipline", "area", "format", "source", "event", "organiser", "venue", "international", "year", "half", "quarter", "month", "week", "day"}
	values := map[string][]string{"discipline": {"design", "film", ""}, "area": {"001", ""}, "source": {"db", "sheet"}, "event": {"E1", "E2", "E131"}, "format": {"onsite"}}
	cells := 0
	for i := range 150 {
		e := warehouse.Expecting{Over: time.Date(2025, time.Month(1+r.IntN(18)), 3, r.IntN(24), 0, 0, 0, time.UTC)}
		for _, at := range r.Perm(len(dims))[:r.IntN(4)] {
			e.By = append(e.By, dims[at])
		}
		if r.IntN(2) == 0 {
			e.From = time.Date(2025, time.Month(r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC)
		}
		if r.IntN(2) == 0 {
			e.To = time.Date(2025, time.Month(3+r.IntN(14)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC)
		}
		for dim, some := range values {
			if r.IntN(4) == 0 {
				f := warehouse.Filter{Dim: dim, Values: some[:r.IntN(len(some)+1)], Not: r.IntN(3) == 0}
				if dim == "format" {
					e.Only = append(e.Only, f)
				} else {
					e.Where = append(e.Where, f)
				}
			}
		}
		now, trace, err := w.EventReports(t.Context(), e)
		require.NoError(t, err)
		require.Contains(t, trace.SQL, "ORDER BY happened_on", "read from memory")
		e.AsOf = time.Now().Add(time.Hour)
		known, trace, err := w.EventReports(t.Context(), e)
		require.NoError(t, err)
		require.Contains(t, trace.SQL, "ORDER BY happened_on", "no line of the book is later than the moment")
		require.Equal(t, now, known)
		e.AsOf = before
		then, trace, err := w.EventReports(t.Context(), e)
		require.NoError(t, err)
		require.NotContains(t, trace.SQL, "ORDER BY happened_on", "asked of the tables")
		require.Equal(t, len(then), len(now), "question %d: %+v", i, e)
		for at := range then {
			require.Equal(t, then[at], now[at], "question %d: %+v", i, e)
		}
		cells += len(now)
	}
	require.Greater(t, cells, 500)
}

func TestANewBatchIsCountedAtOnce(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, eventsLoad, events(t, event{id: "E1", discipline: "design", area: "001", starts: "2025-03-01T00:30:00+07:00"}))
	require.Equal(t, map[string]string{"[]": "0/1+0"}, reportsBy(t, w, warehouse.Expecting{}))
	load(t, w, visitsLoad, visits(t, visit{id: "A1", event: "E1", at: "2025-03-01T00:45:00+07:00", visitors: 10}))
	require.Equal(t, map[string]string{"[]": "1/1+0"}, reportsBy(t, w, warehouse.Expecting{}))
	load(t, w, visitsLoad, visits(t, visit{id: "A1", deleted: true}))
	require.Equal(t, map[string]string{"[]": "0/1+0"}, reportsBy(t, w, warehouse.Expecting{}))
}

// A posting that is going on, or was cut off by a kill, leaves a rollup behind its
// journal: nothing is kept of it.
func TestNothingIsCountedInMemoryWhileABatchIsBeingPosted(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, eventsLoad, events(t, event{id: "E1", discipline: "design", area: "001", starts: "2025-03-01T00:30:00+07:00"}))
	read := func() string {
		_, trace, err := w.EventReports(t.Context(), warehouse.Expecting{Over: time.Now()})
		require.NoError(t, err)
		return trace.SQL
	}
	require.Contains(t, read(), "ORDER BY happened_on")
	line := func(state string) {
		require.NoError(t, w.WriteByHand(t.Context(), "INSERT INTO batches (batch_id, source, dataset, state, recorded_at, updated_at) VALUES ('cut', 'db', 'attendance', '"+state+"', now64(3), now64(6) + INTERVAL "+map[string]string{"posting": "1", "complete": "2"}[state]+" SECOND)"))
	}
	line("posting")
	require.NotContains(t, read(), "ORDER BY happened_on", "asked of the tables")
	line("complete")
	require.Contains(t, read(), "ORDER BY happened_on")
}
