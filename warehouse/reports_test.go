package warehouse_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// reportsBy writes the cells as "expected/reported+unexpected" by their keys.
func reportsBy(t *testing.T, w *warehouse.Warehouse, e warehouse.Expecting) map[string]string {
	t.Helper()
	if e.Over.IsZero() {
		e.Over = instant(t, "2026-06-01T00:00:00+07:00")
	}
	cells, trace, err := w.EventReports(t.Context(), e)
	require.NoError(t, err)
	require.NotEmpty(t, trace.SQL)
	out := map[string]string{}
	for _, c := range cells {
		require.LessOrEqual(t, c.Reported, c.Expected)
		out[fmt.Sprint(c.Keys)] = fmt.Sprintf("%d/%d+%d", c.Reported, c.Expected, c.Unexpected)
	}
	return out
}

func TestAnEventHasReportedOnceARowOfItIsThere(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, eventsLoad, events(
		t,
		event{id: "E1", discipline: "design", area: "001", starts: "2025-03-01T00:30:00+07:00"}, // 28 February in UTC
		event{id: "E2", discipline: "crafts", area: "002", starts: "2025-12-31T22:00:00+07:00"},
		event{id: "E3", discipline: "crafts", area: "002", starts: "2026-01-01T06:00:00+07:00"}, // the year before in UTC
	))
	month := warehouse.Expecting{By: []string{"month"}}
	require.Equal(t, map[string]string{"[2025-03-01]": "0/1+0", "[2025-12-01]": "0/1+0", "[2026-01-01]": "0/1+0"}, reportsBy(t, w, month))

	load(t, w, visitsLoad, visits(
		t,
		visit{id: "A1", event: "E1", at: "2025-03-01T00:45:00+07:00", visitors: 10},
		visit{id: "A2", event: "E1", at: "2025-03-01T01:45:00+07:00", visitors: 10}, // twice is still one report
		visit{id: "A3", event: "E2", at: "2026-01-01T00:30:00+07:00", visitors: 30}, // after midnight, of the evening before
		visit{id: "A4", event: "E9", at: "2026-01-01T05:00:00+07:00", visitors: 5},  // of no event that is known
	))
	require.Equal(t, map[string]string{"[2025-03-01]": "1/1+0", "[2025-12-01]": "1/1+0", "[2026-01-01]": "0/1+1"}, reportsBy(t, w, month))
	require.Equal(t, map[string]string{"[2025-01-01]": "2/2+0", "[2026-01-01]": "0/1+1"}, reportsBy(t, w, warehouse.Expecting{By: []string{"year"}}))
	require.Equal(t, map[string]string{"[design]": "1/1+0", "[crafts]": "1/2+0", "[]": "0/0+1"}, reportsBy(t, w, warehouse.Expecting{By: []string{"discipline"}}))
	require.Equal(t, map[string]string{"[]": "1/2+0"}, reportsBy(t, w, warehouse.Expecting{Where: []warehouse.Filter{{Dim: "area", Values: []string{"002"}}}}))
	requireBalanced(t, w)

	missing, err := w.MissingReports(t.Context(), warehouse.Expecting{Over: time.Now()}, 0)
	require.NoError(t, err)
	require.Len(t, missing, 1)
	require.Equal(t, "E3", missing[0].Event)
	strays, err := w.StrayReports(t.Context(), warehouse.Expecting{}, 0)
	require.NoError(t, err)
	require.Len(t, strays, 1)
	require.Equal(t, "E9", strays[0].Event)
	require.EqualValues(t, 1, strays[0].Rows)
}

func TestAnEventThatMovedOrWasCalledOffIsNotExpected(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, eventsLoad, events(
		t,
		event{id: "E1", discipline: "design", area: "001", starts: "2025-03-01T09:00:00+07:00"},
		event{id: "E2", discipline: "design", area: "001", starts: "2025-03-20T09:00:00+07:00"},
		event{id: "E3", discipline: "design", area: "001", starts: "2025-03-25T09:00:00+07:00"},
	))
	load(t, w, visitsLoad, visits(t, visit{id: "A3", event: "E3", at: "2025-03-25T10:00:00+07:00", visitors: 7}))
	before := time.Now()
	time.Sleep(2 * time.Millisecond)
	load(t, w, eventsLoad, events(
		t,
		event{id: "E1", discipline: "design", area: "001", starts: "2025-05-01T09:00:00+07:00"}, // moved
		event{id: "E2", deleted: true},
		event{id: "E3", deleted: true}, // though it has reported
	))
	month := warehouse.Expecting{By: []string{"month"}}
	require.Equal(t, map[string]string{"[2025-05-01]": "0/1+0", "[2025-03-01]": "0/0+1"}, reportsBy(t, w, month))
	month.AsOf = before
	require.Equal(t, map[string]string{"[2025-03-01]": "1/3+0"}, reportsBy(t, w, month), "as it was known then")
	month.AsOf = time.Now()
	require.Equal(t, map[string]string{"[2025-05-01]": "0/1+0", "[2025-03-01]": "0/0+1"}, reportsBy(t, w, month), "known now, read from the journal")

	load(t, w, visitsLoad, visits(t, visit{id: "A3", deleted: true}))
	month.AsOf = time.Time{}
	require.Equal(t, map[string]string{"[2025-05-01]": "0/1+0"}, reportsBy(t, w, month), "a report taken back is none")
	requireBalanced(t, w)
}

func TestAnEventIsExpectedOnlyOnceItIsOver(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, eventsLoad, events(t, event{id: "E1", discipline: "design", area: "001", starts: "2025-03-01T09:00:00+07:00"}))
	require.Empty(t, reportsBy(t, w, warehouse.Expecting{Over: instant(t, "2025-03-01T08:59:59+07:00")}))
	require.Equal(t, map[string]string{"[]": "0/1+0"}, reportsBy(t, w, warehouse.Expecting{Over: instant(t, "2025-03-01T09:00:00+07:00")}))
}

func TestTheDataReachTheLatestDayThatStillStands(t *testing.T) {
	w := warehousetest.Open(t)
	today := time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC)
	until := func(asOf time.Time) string {
		t.Helper()
		day, err := w.Until(t.Context(), "attendance", asOf, today)
		require.NoError(t, err)
		if day.IsZero() {
			return "none"
		}
		return day.Format(time.DateOnly)
	}
	require.Equal(t, "none", until(time.Time{}))
	load(t, w, eventsLoad, events(t, someEvents...))
	load(t, w, visitsLoad, visits(t, visit{id: "A1", event: "E1", at: "2024-03-01T10:00:00+07:00", visitors: 1}))
	require.Equal(t, "2024-03-01", until(time.Time{}), "a long time ago")
	first := time.Now()
	time.Sleep(2 * time.Millisecond)
	load(t, w, visitsLoad, visits(t,
		visit{id: "A2", event: "E2", at: "2026-01-01T06:30:00+07:00", visitors: 1},  // the year before in UTC
		visit{id: "A4", event: "E2", at: "2026-02-01T06:30:00+07:00", visitors: 1})) // in the future
	require.Equal(t, "2026-01-01", until(time.Time{}))
	require.Equal(t, "2024-03-01", until(first), "as it was known then")
	load(t, w, visitsLoad, visits(t, visit{id: "A2", deleted: true}))
	require.Equal(t, "2024-03-01", until(time.Time{}), "what was taken back does not count")
}
