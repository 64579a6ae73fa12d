package indicators

import (
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
)

// A rollup knows whole months. Days that it does not know are answered from what
// does, and none of them goes missing.
func TestDaysThatARollupDoesNotKeepAreAnsweredAllTheSame(t *testing.T) {
	loads := awkwardCity(t, []map[string]any{happening(t, "E", "00004", "2025-06-14 10:00")},
		visits(t, "E", "2025-05-31 23:59", "2025-06-01 00:00", "2025-06-15 00:00", "2025-06-30 23:59", "2025-07-01 00:00"))
	s := NewService(loaded(t), inWarehouse(t, loads, awkwardNow), Options{Now: awkwardClock})
	for _, ask := range []struct {
		from, to string
		want     float64
	}{
		{"2025-06-01", "2025-07-01", 1110}, // a whole month
		{"2025-06-02", "2025-07-01", 1100}, // begins within one
		{"2025-06-01", "2025-06-30", 110},  // ends within one
		{"2025-05-31", "2025-07-02", 11111},
		{"2025-06-15", "2025-06-16", 100},
	} {
		q := Question{Measures: []string{"visitors"}, From: civil(t, ask.from), To: civil(t, ask.to), Scope: khue.Everything}
		total, err := s.Ask(t.Context(), q)
		require.NoError(t, err)
		require.InDelta(t, ask.want, total.Rows[0].Values[0].Number, 0, "%s to %s from %s", ask.from, ask.to, total.Evidence.From)
		q.By = []string{"day"}
		days, err := s.Ask(t.Context(), q)
		require.NoError(t, err)
		require.Len(t, days.Rows, int(q.To.Sub(q.From).Hours()/24), "every day is there")
		sum := 0.0
		for _, row := range days.Rows {
			sum += row.Values[0].Number
		}
		require.InDelta(t, ask.want, sum, 0, "%s to %s by day from %s", ask.from, ask.to, days.Evidence.From)
	}
}

func TestAnAnswerWithMoreRowsThanAllowedIsRefusedAndNeverCut(t *testing.T) {
	loads := awkwardCity(t, []map[string]any{happening(t, "E", "00004", "2025-06-14 10:00")}, visits(t, "E", "2025-06-01 08:00", "2025-06-10 08:00"))
	facts := inWarehouse(t, loads, awkwardNow)
	q := Question{Measures: []string{"visitors"}, By: []string{"day"}, From: civil(t, "2025-06-01"), To: civil(t, "2025-06-11"), Limit: 10, Scope: khue.Everything}
	a, err := NewService(loaded(t), facts, Options{Now: awkwardClock}).Ask(t.Context(), q)
	require.NoError(t, err)
	require.Len(t, a.Rows, 10, "as many as allowed")
	for what, s := range map[string]*Service{
		"the question's limit": NewService(loaded(t), facts, Options{Now: awkwardClock}),
		"the product's limit":  NewService(loaded(t), facts, Options{Now: awkwardClock, Limit: 9}),
	} {
		q.Limit = 0
		if what == "the question's limit" {
			q.Limit = 9
		}
		a, err = s.Ask(t.Context(), q)
		require.Equal(t, khue.Invalid, khue.KindOf(err), what)
		require.Contains(t, khue.MessageOf(err).EN, "more than 9 rows", what)
		require.Empty(t, a.Rows, what)
	}
}

// Nobody reported a free event is not the same as: of five events none was free.
func TestAShareIsZeroWhereThingsWereCountedAndNoneIsSuchAOne(t *testing.T) {
	free := happening(t, "E1", "00004", "2025-05-10 10:00")
	free["access"] = "free"
	paid := happening(t, "E2", "00004", "2025-06-10 10:00")
	paid["access"] = "ticketed"
	loads := awkwardCity(t, []map[string]any{free, paid}, visits(t, "E1", "2025-05-10 10:00"))
	requireAwkward(t, loads, []awkward{
		{
			why: "all in May, none in June, and no events at all in July", measures: []string{"free_event_share", "events"}, by: []string{"month"}, from: "2025-05-01", to: "2025-08-01",
			want: []string{"2025-05: 100.0 1", "2025-06: 0.0 1", "2025-07: ? ?"},
		},
		{
			why: "a number that nobody reported stays unknown: no visitors were counted in June", measures: []string{"visitors_per_event"}, by: []string{"month"}, from: "2025-05-01", to: "2025-07-01",
			want: []string{"2025-05: 1.0", "2025-06: ?"},
		},
	})
	s := NewService(loaded(t), inWarehouse(t, loads, awkwardNow), Options{Now: awkwardClock})
	years, err := s.YearlyFigures(t.Context(), "free_event_share", 2, awkwardNow, khue.Everything)
	require.NoError(t, err)
	require.Equal(t, Value{Number: 0, Known: true}, years[0].Value, "2026 has one event, and it is not free")
	require.Equal(t, Value{Number: 50, Known: true}, years[1].Value)
}
