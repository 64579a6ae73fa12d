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
		require.NoError(t, s.EndHandIn(t.Context(), "a1", khue.Text{VI: "bận", EN: "busy"}, began.Add(time.Minute)))

		// Tried again, it begins anew; a later one comes first.
		h.At = began.Add(2 * time.Minute)
		require.NoError(t, s.BeginHandIn(t.Context(), h))
		require.NoError(t, s.HandInBegun(t.Context(), "a1", "batch"))
		require.NoError(t, s.EndHandIn(t.Context(), "a1", khue.Text{}, began.Add(3*time.Minute)))
		later := h
		later.ID, later.At = "b2", began.Add(4*time.Minute)
		require.NoError(t, s.BeginHandIn(t.Context(), later))
		cut := khue.Text{VI: "bị ngắt", EN: "cut off"}
		require.NoError(t, s.CutOffHandIn(t.Context(), "a1", cut, began.Add(time.Hour)), "it has ended: nothing is said of it")
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

		// Of a file with a batch the batch book knows more; of one without, nobody does.
		require.NoError(t, s.HandInBegun(t.Context(), "b2", "another"))
		require.NoError(t, s.CutOffHandIn(t.Context(), "b2", cut, began.Add(time.Hour)))
		one, err = s.HandIns(t.Context(), "hoa", "b2", 1)
		require.NoError(t, err)
		require.Zero(t, one[0].EndedAt)
		require.Equal(t, "another", one[0].Batch)
		require.NoError(t, s.BeginHandIn(t.Context(), later))
		require.NoError(t, s.CutOffHandIn(t.Context(), "b2", cut, began.Add(time.Hour)))
		one, err = s.HandIns(t.Context(), "hoa", "b2", 1)
		require.NoError(t, err)
		require.Equal(t, cut, one[0].Failure)
		require.Equal(t, began.Add(time.Hour), one[0].EndedAt)
	})
}
