package demo

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"khue/demo/postgrestest"
)

// benchScale makes about a million counts of visitors.
const benchScale = 12

func benchmarkBuild(b *testing.B, open func() store) {
	m := newModel(DefaultSeed, benchScale, hanoi(b))
	var rows int64
	for b.Loop() {
		s := open()
		n, err := m.live(b.Context(), s, monday, func(int64, int64) {})
		require.NoError(b, err)
		rows += n
		require.NoError(b, s.Close())
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkBuildingTheEventDatabaseInSQLite(b *testing.B) {
	benchmarkBuild(b, func() store {
		s, err := openSQLite(b.Context(), filepath.Join(b.TempDir(), "events.db"))
		require.NoError(b, err)
		return s
	})
}

func BenchmarkBuildingTheEventDatabaseInPostgreSQL(b *testing.B) {
	benchmarkBuild(b, func() store {
		s, err := openPostgres(b.Context(), postgrestest.Start(b))
		require.NoError(b, err)
		return s
	})
}

func BenchmarkWorkingOutAnHourAhead(b *testing.B) {
	m := newModel(DefaultSeed, benchScale, hanoi(b))
	for b.Loop() {
		_, err := m.agendaOf(b.Context(), monday)
		require.NoError(b, err)
	}
}
