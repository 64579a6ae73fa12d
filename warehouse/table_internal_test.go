package warehouse

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRowsOfSeveralQueriesMeetByTheirKeysInOrder(t *testing.T) {
	of := newTable(2, 2)
	put := func(slot int, number float64, known bool, keys ...string) {
		r := of.add(keys)
		r.Values[slot], r.Known[slot] = number, known
	}
	put(0, 3, true, "2025-02-01", "film")
	put(0, 1, true, "2025-01-01", "film")
	put(0, 2, true, "2025-01-01", "")
	put(0, 0, false, "2025-03-01", "film")
	put(1, 7, true, "2025-01-01", "film")
	put(1, 8, true, "2025-03-01", "film")
	put(1, 9, true, "2025-01-01", "music")
	put(1, 0, false, "2025-02-01", "film")
	require.Equal(t, []Row{
		{Keys: []string{"2025-01-01", ""}, Values: []float64{2, 0}, Known: []bool{true, false}},
		{Keys: []string{"2025-01-01", "film"}, Values: []float64{1, 7}, Known: []bool{true, true}},
		{Keys: []string{"2025-01-01", "music"}, Values: []float64{0, 9}, Known: []bool{false, true}},
		{Keys: []string{"2025-02-01", "film"}, Values: []float64{3, 0}, Known: []bool{true, false}},
		{Keys: []string{"2025-03-01", "film"}, Values: []float64{0, 8}, Known: []bool{false, true}},
	}, of.sorted())
}

func TestATotalIsOneRowWithoutKeys(t *testing.T) {
	of := newTable(0, 2)
	for slot := range 2 {
		r := of.add(nil)
		r.Values[slot], r.Known[slot] = float64(slot+1), true
	}
	rows := of.sorted()
	require.Len(t, rows, 1)
	require.Empty(t, rows[0].Keys)
	require.Equal(t, []float64{1, 2}, rows[0].Values)
	require.Empty(t, newTable(1, 1).sorted())
}
