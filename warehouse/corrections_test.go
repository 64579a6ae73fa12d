package warehouse_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

func TestCorrectionsAreToldByTheMonthInWhichTheyWereRecorded(t *testing.T) {
	l, _, _, _ := changingCity(t)
	late := map[string]int{"events": 7, "attendance": 7}
	told, err := l.Corrections(t.Context(), day(2025, 1, 1), day(2025, 5, 1), late)
	require.NoError(t, err)
	require.Equal(t, []warehouse.Corrections{
		{Month: day(2025, 2, 1), Dataset: "attendance", Loaded: 5},
		{Month: day(2025, 2, 1), Dataset: "events", Loaded: 2},
		// Added: "late" and "back" of February, "new" and "fleeting" of March.
		{Month: day(2025, 3, 1), Dataset: "attendance", Added: 4, Late: 2, Corrected: 3, Retracted: 3},
		// That its attendance moved to another discipline is no correction of attendance.
		{Month: day(2025, 4, 1), Dataset: "events", Corrected: 1},
	}, told)

	told, err = l.Corrections(t.Context(), day(2025, 3, 11), day(2025, 3, 12), late)
	require.NoError(t, err)
	require.Equal(t, []warehouse.Corrections{{Month: day(2025, 3, 1), Dataset: "attendance", Added: 1, Late: 1, Corrected: 1, Retracted: 1}}, told, "days outside are not counted")

	told, err = l.Corrections(t.Context(), day(2025, 3, 1), day(2025, 4, 1), map[string]int{"attendance": 10})
	require.NoError(t, err)
	require.Equal(t, int64(1), told[0].Late, "with ten days, what came on 10 March is in time")
	told, err = l.Corrections(t.Context(), day(2025, 3, 1), day(2025, 4, 1), nil)
	require.NoError(t, err)
	require.Zero(t, told[0].Late, "a dataset without a time has nothing late")
}

func TestABackfillIsNoLateness(t *testing.T) {
	at := time.Date(2025, 1, 5, 17, 30, 0, 0, time.UTC) // 6 January in Hanoi
	w := warehousetest.OpenAt(t, func() time.Time { return at })
	load(t, w, eventsLoad, events(t, event{id: "A", discipline: "design", area: "001", starts: "2025-01-04T09:00:00+07:00"}))
	at = time.Date(2025, 3, 31, 17, 0, 0, 0, time.UTC) // midnight of 1 April
	backfill := eventsLoad
	backfill.Cause = warehouse.CauseBackfill
	load(t, w, backfill, events(t,
		event{id: "A", discipline: "film", area: "001", starts: "2025-01-04T09:00:00+07:00"},
		event{id: "B", discipline: "design", area: "001", starts: "2024-11-04T09:00:00+07:00"}))
	told, err := w.Corrections(t.Context(), day(2025, 1, 1), day(2025, 5, 1), map[string]int{"events": 7})
	require.NoError(t, err)
	require.Equal(t, []warehouse.Corrections{
		{Month: day(2025, 1, 1), Dataset: "events", Loaded: 1},
		{Month: day(2025, 4, 1), Dataset: "events", Loaded: 1, Corrected: 1},
	}, told)
}

func TestRunsAreCountedByTheDayOnWhichTheyBegan(t *testing.T) {
	at := time.Date(2025, 3, 1, 16, 59, 0, 0, time.UTC) // the last minute of 1 March in Hanoi
	w := warehousetest.OpenAt(t, func() time.Time { return at })
	load(t, w, eventsLoad, events(t, someEvents...))
	at = at.Add(time.Minute)
	refuse(t, w, eventsLoad, events(t), warehouse.Account{}, faultAt("line 3", "", ""))
	b, err := w.Begin(t.Context(), visitsLoad)
	require.NoError(t, err)
	require.NoError(t, b.Abort(t.Context()))
	zone := warehousetest.Zone()
	days, all, err := w.RunDays(t.Context(), time.Date(2025, 3, 1, 0, 0, 0, 0, zone), time.Date(2025, 3, 3, 0, 0, 0, 0, zone))
	require.NoError(t, err)
	require.Len(t, days, 2)
	for i, want := range []warehouse.RunDay{{Day: day(2025, 3, 1), Done: 1}, {Day: day(2025, 3, 2), Faulty: 1, Failed: 1}} {
		got := days[i]
		require.GreaterOrEqual(t, got.Longest, got.Median)
		got.Median, got.Longest = 0, 0
		require.Equal(t, want, got)
	}
	require.Equal(t, []int64{1, 1, 1, 0}, []int64{all.Done, all.Faulty, all.Failed, all.Open})
	for _, one := range []struct {
		filter warehouse.RunFilter
		want   int64
	}{{warehouse.RunFilter{State: "complete", Faulty: true}, all.Faulty}, {warehouse.RunFilter{Failed: true}, all.Failed}} {
		n, err := w.RunCount(t.Context(), one.filter)
		require.NoError(t, err)
		require.Equal(t, one.want, n, "the list of runs counts the same")
	}
	days, all, err = w.RunDays(t.Context(), at.Add(time.Hour), time.Time{})
	require.NoError(t, err)
	require.Empty(t, days)
	require.Zero(t, all, "no run is no fault")

	held, err := w.QuarantineDays(t.Context())
	require.NoError(t, err)
	require.Equal(t, []warehouse.QuarantineDay{{Source: eventsLoad.Source, Day: day(2025, 3, 2), Rows: 1}}, held)
}
