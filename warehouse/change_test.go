package warehouse_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// ledger is a warehouse whose clock the test moves.
type ledger struct {
	*warehouse.Warehouse
	at time.Time
}

// changingCity brings events and visitors in February, March and April 2025, and
// gives the moments between.
func changingCity(t *testing.T) (l *ledger, endOfFebruary, endOfMarch, endOfApril time.Time) {
	t.Helper()
	l = &ledger{}
	l.Warehouse = warehousetest.OpenAt(t, func() time.Time { return l.at })
	on := func(month time.Month, day int) time.Time { return time.Date(2025, month, day, 3, 0, 0, 0, time.UTC) }
	post := func(at time.Time, dataset string, rows *warehouse.Rows) {
		l.at = at
		load(t, l.Warehouse, warehouse.Load{Source: "s", Dataset: dataset}, rows)
	}
	post(on(2, 20), "events", events(t,
		event{id: "E1", discipline: "design", area: "001", starts: "2025-02-01T09:00:00+07:00"},
		event{id: "E2", discipline: "music", area: "002", starts: "2025-02-02T09:00:00+07:00"}))
	post(on(2, 21), "attendance", visits(t,
		visit{id: "kept", event: "E1", at: "2025-02-01T00:30:00+07:00", visitors: 10, revenue: 5},
		visit{id: "mended", event: "E1", at: "2025-02-02T09:00:00+07:00", visitors: 20, revenue: -1},
		visit{id: "moved", event: "E1", at: "2025-02-03T09:00:00+07:00", visitors: 30, revenue: -1},
		visit{id: "gone", event: "E2", at: "2025-02-04T09:00:00+07:00", visitors: 40, revenue: -1},
		visit{id: "back", event: "E2", at: "2025-02-05T09:00:00+07:00", visitors: 50, revenue: -1}))
	endOfFebruary = on(2, 28)
	post(on(3, 10), "attendance", visits(t,
		visit{id: "mended", event: "E1", at: "2025-02-02T09:00:00+07:00", visitors: 25, revenue: 7},
		visit{id: "moved", event: "E1", at: "2025-03-03T09:00:00+07:00", visitors: 30, revenue: -1},
		visit{id: "gone", deleted: true}, visit{id: "back", deleted: true},
		visit{id: "late", event: "E2", at: "2025-02-06T09:00:00+07:00", visitors: 60, revenue: -1},
		visit{id: "new", event: "E1", at: "2025-03-07T09:00:00+07:00", visitors: 70, revenue: -1},
		visit{id: "fleeting", event: "E1", at: "2025-03-08T09:00:00+07:00", visitors: 80, revenue: -1}))
	post(on(3, 11), "attendance", visits(t,
		visit{id: "mended", event: "E1", at: "2025-02-02T09:00:00+07:00", visitors: 26, revenue: 7},
		visit{id: "back", event: "E2", at: "2025-02-05T09:00:00+07:00", visitors: 50, revenue: -1},
		visit{id: "fleeting", deleted: true}))
	endOfMarch = on(3, 31)
	post(on(4, 2), "events", events(t, event{id: "E2", discipline: "film", area: "002", starts: "2025-02-02T09:00:00+07:00"}))
	return l, endOfFebruary, endOfMarch, on(4, 30)
}

var visitorsAsked = warehouse.Select{
	Dataset: "attendance", Aggregates: []warehouse.Aggregate{{Name: "visitors", Func: "sum", Column: "visitors"}, {Name: "counts", Func: "count"}},
}

func effects(t *testing.T, w *ledger, s warehouse.Select, in warehouse.Interval) map[string]string {
	t.Helper()
	found, err := w.Effects(t.Context(), s, in)
	require.NoError(t, err)
	out := map[string]string{}
	for _, e := range found {
		out[fmt.Sprint(e.Keys, " ", e.Cause)] = fmt.Sprint(e.Values, e.Records)
	}
	return out
}

func TestEachCauseHasItsEffectInItsCell(t *testing.T) {
	w, february, march, april := changingCity(t)
	byMonth := visitorsAsked
	byMonth.By = []string{"month"}
	require.Equal(t, map[string]string{
		"[2025-02-01] corrected": "[-24 -1] [2 1]", // 20 to 26, and 30 that moved to March
		"[2025-03-01] corrected": "[30 1] [1 1]",
		"[2025-02-01] retracted": "[-40 -1] [1 1]",
		"[2025-02-01] late":      "[60 1] [1 1]",
		"[2025-03-01] new":       "[70 1] [1 1]",
	}, effects(t, w, byMonth, warehouse.Interval{From: february.AddDate(0, 0, 2), To: march}))

	// February is over on 1 March in Hanoi, whatever the hour; on its last day it is not.
	after := time.Date(2025, 3, 1, 0, 0, 0, 0, warehousetest.Zone())
	require.Contains(t, effects(t, w, byMonth, warehouse.Interval{From: after, To: march}), "[2025-02-01] late")
	require.Contains(t, effects(t, w, byMonth, warehouse.Interval{From: after.Add(-time.Millisecond), To: march}), "[2025-02-01] new")

	byDiscipline := visitorsAsked
	byDiscipline.By = []string{"discipline"}
	require.Equal(t, map[string]string{
		"[film] corrected": "[110 2] [2 2]", "[music] corrected": "[-110 -2] [2 2]",
	}, effects(t, w, byDiscipline, warehouse.Interval{From: march, To: april}), "an event that moves takes its visitors with it")
	byDiscipline.Where = []warehouse.Filter{{Dim: "discipline", Values: []string{"film"}}}
	require.Equal(t, map[string]string{"[film] corrected": "[110 2] [2 2]"},
		effects(t, w, byDiscipline, warehouse.Interval{From: march, To: april}), "what moved in is no new record")
	require.Empty(t, effects(t, w, byMonth, warehouse.Interval{From: april, To: april}))
}

func TestWhatEntersAndLeavesADistinctCountIsNamedWithItsCause(t *testing.T) {
	w, february, march, april := changingCity(t)
	s := warehouse.Select{Dataset: "attendance", By: []string{"discipline"}, Aggregates: []warehouse.Aggregate{{Func: "distinct", Column: "event"}}}
	moved, err := w.Movements(t.Context(), s, warehouse.Interval{From: march, To: april})
	require.NoError(t, err)
	require.Equal(t, []warehouse.Movement{
		{Keys: []string{"film"}, One: "E2", Enters: true, Causes: []string{"corrected"}},
		{Keys: []string{"music"}, One: "E2", Causes: []string{"corrected"}},
	}, moved)
	moved, err = w.Movements(t.Context(), s, warehouse.Interval{From: february, To: march})
	require.NoError(t, err)
	require.Empty(t, moved, "both events were counted before and are counted still")
	s.By = []string{"month"}
	moved, err = w.Movements(t.Context(), s, warehouse.Interval{From: february, To: march})
	require.NoError(t, err)
	require.Equal(t, []warehouse.Movement{{Keys: []string{"2025-03-01"}, One: "E1", Enters: true, Causes: []string{"corrected", "new"}}}, moved)
}

func TestChangedRecordsAreListedAsTheyWereAndAsTheyAre(t *testing.T) {
	w, february, march, _ := changingCity(t)
	s := warehouse.Select{Dataset: "attendance", By: []string{"month"}}
	in := warehouse.Interval{From: february, To: march}
	found, all, err := w.ChangedRecords(t.Context(), s, in, 0, 0)
	require.NoError(t, err)
	require.EqualValues(t, 5, all)
	var ids []string
	for _, r := range found {
		ids = append(ids, r.RecordID+" "+r.Cause)
	}
	require.Equal(t, []string{"gone retracted", "late new", "mended corrected", "moved corrected", "new new"}, ids, "on 28 February the month is not over")
	mended := found[2]
	require.Equal(t, int64(20), mended.Before["visitors"])
	require.Nil(t, mended.Before["revenue_vnd"], "what was not known is not zero")
	require.Equal(t, int64(26), mended.After["visitors"])
	require.Equal(t, int64(7), mended.After["revenue_vnd"])
	require.Equal(t, "design", mended.After["discipline"])
	require.Len(t, mended.Batches, 2)
	require.Equal(t, "2025-03-11", mended.RecordedAt.Format(time.DateOnly))
	require.Nil(t, found[0].After)
	require.Nil(t, found[1].Before)

	s.From, s.To = time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC)
	found, all, err = w.ChangedRecords(t.Context(), s, in, 1, 1)
	require.NoError(t, err)
	require.EqualValues(t, 2, all)
	require.Equal(t, "new", found[0].RecordID)
}

func TestANumberLeadsBackToItsRecordsAndTheirBatches(t *testing.T) {
	w, february, march, april := changingCity(t)
	s := visitorsAsked
	s.From, s.To = time.Date(2025, 2, 1, 0, 0, 0, 0, time.UTC), time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	for moment, want := range map[time.Time]float64{february: 150, march: 146, april: 146, {}: 146} {
		s.AsOf = moment
		answer, _, err := w.Select(t.Context(), s)
		require.NoError(t, err)
		require.Equal(t, want, answer[0].Values[0])
		grounds, all, err := w.Grounds(t.Context(), s, 100, 0)
		require.NoError(t, err)
		var sum float64
		for _, g := range grounds {
			n, _ := g.Record["visitors"].(int64)
			sum += float64(n)
			require.NotEmpty(t, g.Batch)
		}
		require.Equal(t, want, sum)
		shares, batches, records, err := w.GroundBatches(t.Context(), s, 100, 0)
		require.NoError(t, err)
		require.Equal(t, all, records)
		require.EqualValues(t, len(shares), batches)
		var of int64
		for _, share := range shares {
			of += share.Records
			require.Equal(t, "s", share.Source)
			require.False(t, moment.Before(share.RecordedAt) && !moment.IsZero())
		}
		require.Equal(t, all, of)
	}
	s.AsOf, s.Aggregates = time.Time{}, []warehouse.Aggregate{{Func: "sum", Column: "revenue_vnd"}}
	_, all, err := w.Grounds(t.Context(), s, 1, 0)
	require.NoError(t, err)
	require.EqualValues(t, 2, all, "a record without the figure is no ground of it")
}
