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
