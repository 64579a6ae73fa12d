package state_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/state"
)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// moved is a note as an office would write it.
func moved() state.Note {
	return state.Note{
		Indicator: "visitors", From: day(2026, 11, 1), To: day(2027, 1, 1), Office: "Phòng Quản lý văn hóa",
		Text: khue.Text{VI: "Lễ hội dời sang tháng 12", EN: "Festival moved to December"},
	}
}

func TestANoteKeepsAllThatItEverSaid(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s, other := open(), open()
		before, err := s.NotesMark(t.Context())
		require.NoError(t, err)
		added, err := s.AddNote(t.Context(), moved(), t0)
		require.NoError(t, err)
		require.Equal(t, 1, added.Revision)

		changed := added
		changed.Text, changed.From = khue.Text{VI: "Lễ hội dời sang ngày 12 tháng 12"}, day(2026, 12, 1)
		changed, err = other.ReviseNote(t.Context(), changed, t0.Add(time.Hour))
		require.NoError(t, err)
		down := changed
		down.TakenDown = true
		_, err = s.ReviseNote(t.Context(), down, t0.Add(2*time.Hour))
		require.NoError(t, err)

		for at, want := range map[time.Duration]string{
			-time.Minute: "", 0: "Lễ hội dời sang tháng 12", 59 * time.Minute: "Lễ hội dời sang tháng 12",
			time.Hour: "Lễ hội dời sang ngày 12 tháng 12", 2 * time.Hour: "", 90 * 24 * time.Hour: "",
		} {
			all, err := other.Notes(t.Context(), t0.Add(at))
			require.NoError(t, err)
			if want == "" {
				require.Empty(t, all, "%s", at)
				continue
			}
			require.Len(t, all, 1, "%s", at)
			require.Equal(t, want, all[0].Text.VI)
		}
		now, err := s.Notes(t.Context(), time.Time{})
		require.NoError(t, err)
		require.Empty(t, now)
		all, err := s.NoteRevisions(t.Context(), added.ID)
		require.NoError(t, err)
		require.Len(t, all, 3)
		require.Equal(t, added, all[2])
		require.Equal(t, changed, all[1])
		require.True(t, all[0].TakenDown)
		after, err := other.NotesMark(t.Context())
		require.NoError(t, err)
		require.NotEqual(t, before, after)
	})
}

func TestNotesThatCannotBeKeptAreRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s := open()
		added, err := s.AddNote(t.Context(), moved(), t0)
		require.NoError(t, err)
		_, err = s.AddNote(t.Context(), moved(), t0.Add(time.Minute))
		require.Equal(t, khue.Conflict, khue.KindOf(err), "the same words on the same figure and days")

		unknown := added
		unknown.ID = 99999
		_, err = s.ReviseNote(t.Context(), unknown, t0)
		require.Equal(t, khue.NotFound, khue.KindOf(err))
		_, err = s.NoteRevisions(t.Context(), 99999)
		require.Equal(t, khue.NotFound, khue.KindOf(err))

		first, err := s.ReviseNote(t.Context(), added, t0.Add(-time.Hour))
		require.NoError(t, err, "the clock was set back")
		require.True(t, first.WrittenAt.After(added.WrittenAt))
		_, err = s.ReviseNote(t.Context(), added, t0.Add(time.Hour))
		require.Equal(t, khue.Conflict, khue.KindOf(err), "somebody else changed it")

		first.TakenDown = true
		down, err := s.ReviseNote(t.Context(), first, t0.Add(time.Hour))
		require.NoError(t, err)
		down.TakenDown = false
		_, err = s.ReviseNote(t.Context(), down, t0.Add(2*time.Hour))
		require.Equal(t, khue.Conflict, khue.KindOf(err), "what is taken down stays down")
		again, err := s.AddNote(t.Context(), moved(), t0.Add(3*time.Hour))
		require.NoError(t, err, "the same may be written anew")
		require.NotEqual(t, added.ID, again.ID)
	})
}

func TestOfTwoWhoChangeANoteAtOnceOneIsTold(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s := open()
		added, err := s.AddNote(t.Context(), moved(), t0)
		require.NoError(t, err)
		var all sync.WaitGroup
		faults := make([]error, 6)
		for i := range faults {
			other := open()
			all.Go(func() { _, faults[i] = other.ReviseNote(t.Context(), added, t0.Add(time.Minute)) })
		}
		all.Wait()
		won := 0
		for _, err := range faults {
			if err == nil {
				won++
				continue
			}
			require.Equal(t, khue.Conflict, khue.KindOf(err), "%v", err)
		}
		require.Equal(t, 1, won)
	})
}
