package state_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/state"
)

// told is a text as the book of texts hands it over.
func told(seen int, words, person string) state.Narrative {
	return state.Narrative{
		Definition: "uccn-monitoring", Period: "2027", Parameters: "{}", Section: "overview", Language: "vi",
		Revision: seen, Text: fmt.Sprintf(`{"type":"doc","x":%q}`, words), Person: person, Attempt: "a" + words,
	}
}

func TestATextKeepsEverySavingWithWhoAndWhen(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s, other := open(), open()
		first, err := s.SaveNarrative(t.Context(), told(0, "Hà Nội", "Lan"), t0)
		require.NoError(t, err)
		require.Equal(t, 1, first.Revision)
		second, err := other.SaveNarrative(t.Context(), told(1, "Hà Nội sáng tạo", "Minh"), t0.Add(time.Minute))
		require.NoError(t, err)
		require.Equal(t, 2, second.Revision)
		again, err := s.SaveNarrative(t.Context(), told(1, "Hà Nội sáng tạo", "Minh"), t0.Add(time.Hour))
		require.NoError(t, err, "a saving whose answer was lost is sent again")
		require.Equal(t, second, again)

		for period, parameters := range map[string]string{"2026": "{}", "2027": `{"area":"00004"}`} {
			elsewhere := told(0, "khác", "Lan")
			elsewhere.Period, elsewhere.Parameters = period, parameters
			_, err = s.SaveNarrative(t.Context(), elsewhere, t0)
			require.NoError(t, err)
		}
		english := told(0, "Hanoi", "Lan")
		english.Language = "en"
		_, err = s.SaveNarrative(t.Context(), english, t0)
		require.NoError(t, err)

		now, err := other.Narratives(t.Context(), "uccn-monitoring", "2027", "{}")
		require.NoError(t, err)
		require.Len(t, now, 2)
		require.Equal(t, "en", now[0].Language)
		require.Equal(t, second, now[1])
		all, err := s.NarrativeRevisions(t.Context(), told(0, "", ""), 10)
		require.NoError(t, err)
		require.Equal(t, []state.Narrative{second, first}, all)
		require.Equal(t, t0.UTC(), first.WrittenAt)
	})
}

func TestASecondWriterIsToldWhoWroteWhatMeanwhile(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s := open()
		first, err := s.SaveNarrative(t.Context(), told(0, "một", "Lan"), t0)
		require.NoError(t, err)
		newest, err := s.SaveNarrative(t.Context(), told(0, "hai", "Minh"), t0)
		require.Equal(t, khue.Conflict, khue.KindOf(err))
		require.Equal(t, first, newest, "the other's text comes back, whole")
		_, err = s.SaveNarrative(t.Context(), told(7, "hai", "Minh"), t0)
		require.Equal(t, khue.Conflict, khue.KindOf(err), "a revision that never was")
		back, err := s.SaveNarrative(t.Context(), told(1, "hai", "Minh"), t0.Add(-time.Hour))
		require.NoError(t, err)
		require.True(t, back.WrittenAt.After(first.WrittenAt), "the clock was set back")
	})
}

func TestOfManyWhoSaveATextAtOnceOneIsKept(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s := open()
		var all sync.WaitGroup
		faults := make([]error, 6)
		for i := range faults {
			other := open()
			all.Go(func() { _, faults[i] = other.SaveNarrative(t.Context(), told(0, fmt.Sprint("bản ", i), "Lan"), t0) })
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
		kept, err := s.NarrativeRevisions(t.Context(), told(0, "", ""), 10)
		require.NoError(t, err)
		require.Len(t, kept, 1)
	})
}
