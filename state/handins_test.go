package state_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/access"
	"khue/state"
)

func TestWhatAClerkHandedInIsKeptWithWhatBecameOfIt(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s := open()
		book, err := access.Open(access.Options{Store: s, Now: func() time.Time { return t0 }})
		require.NoError(t, err)
		for _, login := range []string{"hoa", "mai"} {
			_, err := book.Add(t.Context(), access.AtConsole, login, "Họ tên "+login, []string{"clerk"}, []string{"00070"})
			require.NoError(t, err)
		}
		began := t0.UTC()
		h := state.HandIn{ID: "a1", Person: "hoa", Source: "books", Dataset: "events", Name: "su-kien.csv", SHA256: "00ff", Areas: []string{"00070"}, At: began}
		require.NoError(t, s.BeginHandIn(t.Context(), h))
		all, err := s.HandIns(t.Context(), "hoa", "", 10)
		require.NoError(t, err)
		require.Equal(t, []state.HandIn{h}, all, "it is being loaded")
		require.NoError(t, s.EndHandIn(t.Context(), "a1", "", khue.Text{VI: "bận", EN: "busy"}, began.Add(time.Minute)))

		// Tried again, it begins anew; a later one comes first.
		h.At = began.Add(2 * time.Minute)
		require.NoError(t, s.BeginHandIn(t.Context(), h))
		require.NoError(t, s.EndHandIn(t.Context(), "a1", "batch", khue.Text{}, began.Add(3*time.Minute)))
		later := h
		later.ID, later.At = "b2", began.Add(4*time.Minute)
		require.NoError(t, s.BeginHandIn(t.Context(), later))
		h.Batch, h.EndedAt = "batch", began.Add(3*time.Minute)
		all, err = s.HandIns(t.Context(), "hoa", "", 10)
		require.NoError(t, err)
		require.Equal(t, []state.HandIn{later, h}, all)
		one, err := s.HandIns(t.Context(), "hoa", "a1", 10)
		require.NoError(t, err)
		require.Equal(t, []state.HandIn{h}, one)
		none, err := s.HandIns(t.Context(), "mai", "a1", 10)
		require.NoError(t, err)
		require.Empty(t, none, "it is nobody else's")
	})
}
