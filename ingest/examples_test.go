package ingest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

func example(tb testing.TB, name string, variables map[string]string) Config {
	tb.Helper()
	path := filepath.Join("..", "docs", "examples", name)
	text, err := os.ReadFile(path)
	require.NoError(tb, err)
	c, faults := Parse(path, text, lookup(variables))
	require.NoError(tb, faults.Err())
	return c
}

func TestMuseumVisitorsComeInThroughTheirMappingAlone(t *testing.T) {
	c := example(t, "museums.yaml", map[string]string{"KHUE_MUSEUMS_DIR": filepath.Join(realData(t), "museums")})
	m := newMemory(t)
	results, err := puller(t, c, m, time.Now).Pull(t.Context(), "museums", PullOptions{})
	require.NoError(t, err)
	require.Len(t, results, 1)
	require.Empty(t, m.rejected)
	for museum, visitors := range map[string]int64{
		"la-avila-adobe": 1_419_638, "la-firehouse-museum": 381_897,
		"la-chinese-american-museum": 160_554, "la-america-tropical": 419_314,
	} {
		require.Equal(t, visitors, m.sum("attendance", "visitors", func(f fact) bool { return f.values["event"] == museum }), museum)
	}
	first := m.facts["attendance"]["la-avila-adobe|2014-01-01"]
	require.Equal(t, "2013-12-31T17:00:00Z", first.values["occurred_at"], "the first of the month begins at midnight here")
}

func TestConflictingClaimsStandSideBySide(t *testing.T) {
	c := example(t, "claims.yaml", map[string]string{"KHUE_CLAIMS_FILE": filepath.Join(realData(t), "hanoi", "claims.csv")})
	m := newMemory(t)
	results, err := puller(t, c, m, time.Now).Pull(t.Context(), "claims", PullOptions{})
	require.NoError(t, err)
	require.Empty(t, m.rejected)
	require.EqualValues(t, 29, results[0].Added)
	require.Len(t, m.facts["claims"], 29)
	festival := make(map[string]any)
	for _, f := range m.facts["claims"] {
		if f.values["subject"] == "festival_visitors" && f.values["period"] == "2023" {
			festival[f.values["value"].(string)] = f.values["publisher"]
		}
	}
	require.Equal(t, map[string]any{"200000": "kinhtedothi.vn; qdnd.vn", "30000": "kinhtedothi.vn; qdnd.vn", "60000": "nhadautu.vn"}, festival)
}

func TestRealFilesReachTheRealWarehouse(t *testing.T) {
	w := warehousetest.Open(t)
	museums := example(t, "museums.yaml", map[string]string{"KHUE_MUSEUMS_DIR": filepath.Join(realData(t), "museums")})
	claims := example(t, "claims.yaml", map[string]string{"KHUE_CLAIMS_FILE": filepath.Join(realData(t), "hanoi", "claims.csv")})
	museums["claims"] = claims["claims"]
	p := puller(t, museums, Into(w), time.Now)
	for _, source := range p.Sources() {
		_, err := p.Pull(t.Context(), source, PullOptions{})
		require.NoError(t, err)
	}
	require.EqualValues(t, 1_419_638+381_897+160_554+419_314, single[int64](t, w, "SELECT sum(sign * visitors) FROM attendance_journal"))
	require.EqualValues(t, 29, single[int64](t, w, "SELECT sum(toInt64(sign)) FROM claims_journal"))

	results, err := p.Pull(t.Context(), "museums", PullOptions{})
	require.NoError(t, err)
	require.Zero(t, results[0].Read, "nothing changed, so nothing is read")
}

// single reads one value from the warehouse.
func single[T any](tb testing.TB, w *warehouse.Warehouse, query string) (v T) {
	tb.Helper()
	require.NoError(tb, w.Conn().QueryRow(tb.Context(), query).Scan(&v))
	return v
}
