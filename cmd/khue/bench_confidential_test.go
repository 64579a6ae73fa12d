package main

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
	"khue/warehouse/warehousetest"
)

// BenchmarkConfidentialQuestion asks for the months of three years over ten
// million attendance rows: "ms-first" is the first question after a batch, when it
// is judged what may be shown; "ms-later" any after it; "x-of-unguarded" the
// later ones in units of the same question by a caller with the right.
func BenchmarkConfidentialQuestion(b *testing.B) {
	const rounds = 40
	w := warehousetest.Open(b)
	warehousetest.FillCity(b, w, 10_000_000)
	catalogue, err := indicators.Load("")
	require.NoError(b, err)
	now := func() time.Time { return time.Date(2026, 11, 18, 9, 0, 0, 0, time.UTC) }
	ask := func(s *indicators.Service, scope khue.Scope) time.Duration {
		started := time.Now()
		_, err := s.Ask(b.Context(), indicators.Question{
			Measures: []string{"visitors", "events", "active_members", "activities", "revenue"}, By: []string{"month"}, Scope: scope,
			From: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC),
		})
		require.NoError(b, err)
		return time.Since(started)
	}
	for b.Loop() {
		s := indicators.NewService(catalogue, w, indicators.Options{Now: now, Zone: warehousetest.Zone()})
		b.ReportMetric(float64(ask(s, khue.Public).Microseconds())/1000, "ms-first")
		var open []time.Duration // in turn with the guarded ones, so that both meet the same machine
		later := percentile(rounds, 0.5, func() time.Duration {
			open = append(open, ask(s, khue.Everything))
			return ask(s, khue.Public)
		})
		slices.Sort(open)
		unguarded := open[len(open)/2]
		b.ReportMetric(float64(later.Microseconds())/1000, "ms-later")
		b.ReportMetric(float64(later)/float64(unguarded), "x-of-unguarded")
	}
}
