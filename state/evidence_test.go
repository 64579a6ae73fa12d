package state_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/state"
)

func TestDefinitionsAreKnownByTheMomentTheyWereInForce(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s, other := open(), open()
		_, known, err := s.DefinitionsAt(t.Context(), t0)
		require.NoError(t, err)
		require.False(t, known, "nothing was noted yet")
		for day, version := range []string{"a", "a", "b", "a"} {
			require.NoError(t, other.KeepDefinitions(t.Context(), version, []byte("content of "+version), t0.AddDate(0, 0, day)))
		}
		for day, want := range map[int]string{0: "a", 1: "a", 2: "b", 3: "a", 90: "a"} {
			f, known, err := s.DefinitionsAt(t.Context(), t0.AddDate(0, 0, day))
			require.NoError(t, err)
			require.True(t, known)
			require.Equal(t, want, f.Version, "day %d", day)
			require.Equal(t, "content of "+want, string(f.Content))
		}
		_, known, err = s.DefinitionsAt(t.Context(), t0.Add(-time.Millisecond))
		require.NoError(t, err)
		require.False(t, known)
		f, known, err := s.Definitions(t.Context(), "b")
		require.NoError(t, err)
		require.True(t, known)
		require.True(t, f.Since.Equal(t0.AddDate(0, 0, 2)))
		_, known, err = s.Definitions(t.Context(), "c")
		require.NoError(t, err)
		require.False(t, known)
		require.NoError(t, s.KeepDefinitions(t.Context(), "d", []byte("d"), t0), "the clock was set back")
		f, _, err = s.DefinitionsAt(t.Context(), t0.AddDate(0, 0, 4))
		require.NoError(t, err)
		require.Equal(t, "d", f.Version)
	})
}

func TestEvidenceIsKeptAsItWasFirstNoted(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s, other := open(), open()
		first := state.Evidence{ID: "K7F3Q9X2BC00", Question: `{"Measures":["visitors"]}`, AsOf: t0, Version: "a", FirstAskedAt: t0.Add(time.Hour)}
		second := first
		second.FirstAskedAt = t0.Add(5 * time.Hour)
		require.NoError(t, s.KeepEvidence(t.Context(), first))
		require.NoError(t, other.KeepEvidence(t.Context(), second, second))
		got, known, err := other.Evidence(t.Context(), first.ID)
		require.NoError(t, err)
		require.True(t, known)
		require.True(t, got.FirstAskedAt.Equal(first.FirstAskedAt))
		require.True(t, got.AsOf.Equal(t0))
		require.Equal(t, first.Question, got.Question)
		_, known, err = s.Evidence(t.Context(), "NOTHING")
		require.NoError(t, err)
		require.False(t, known)
	})
}
