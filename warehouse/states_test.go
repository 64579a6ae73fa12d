package warehouse_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/warehouse"
)

// stateAt is a dataset as it stood at a moment.
func stateAt(t *testing.T, l *ledger, dataset string, at time.Time) warehouse.DatasetState {
	t.Helper()
	states, err := l.StatesAt(t.Context(), at)
	require.NoError(t, err)
	for _, s := range states {
		if s.Dataset == dataset {
			return s
		}
	}
	t.Fatalf("no dataset %q", dataset)
	return warehouse.DatasetState{}
}

func TestHowADatasetStoodIsTheSameWheneverItIsAsked(t *testing.T) {
	l, february, march, april := changingCity(t)
	day := func(m time.Month, d int) time.Time { return time.Date(2025, m, d, 0, 0, 0, 0, time.UTC) }
	then := stateAt(t, l, "attendance", february)
	require.EqualValues(t, 5, then.Rows)
	require.Equal(t, day(2, 5), then.DataUntil.UTC())
	require.Equal(t, time.Date(2025, 2, 21, 3, 0, 0, 0, time.UTC), then.LastRecorded.UTC())
	require.NotEmpty(t, then.LastBatch)

	later := stateAt(t, l, "attendance", march)
	require.EqualValues(t, 6, later.Rows, "two came, one went, one came back")
	require.Equal(t, day(3, 7), later.DataUntil.UTC(), "a fact that was taken back does not count")
	require.NotEqual(t, then.LastBatch, later.LastBatch)

	l.at = april.AddDate(1, 0, 0)
	load(t, l.Warehouse, warehouse.Load{Source: "s", Dataset: "attendance"}, visits(t, visit{id: "a year on", event: "E1", at: "2026-04-07T09:00:00+07:00", visitors: 1, revenue: -1}))
	again := stateAt(t, l, "attendance", february)
	again.Quarantined, again.ChangedAt, again.Loading = then.Quarantined, then.ChangedAt, then.Loading
	require.Equal(t, then, again)

	before := stateAt(t, l, "attendance", time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))
	require.Zero(t, before.Rows)
	require.Empty(t, before.LastBatch)
	require.True(t, before.LastRecorded.IsZero())
	require.True(t, before.DataUntil.IsZero())

	now, err := l.States(t.Context())
	require.NoError(t, err)
	for _, s := range now {
		require.Equal(t, s, stateAt(t, l, s.Dataset, l.at), "at the moment of now it is what it is now")
	}
}
