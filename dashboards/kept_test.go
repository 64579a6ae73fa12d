package dashboards

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/indicators"
)

func TestAnswersToProgramsAreKeptUntilFactsOrTheDayChange(t *testing.T) {
	var asked int
	var unknown, long bool
	var away error
	fresh, today := []indicators.Freshness{{Dataset: "attendance", Rows: 1}}, time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
	kept := NewKept(10, time.Minute, func(context.Context) ([]indicators.Freshness, error) { return fresh, away }, func() time.Time { return today })
	q := indicators.Question{Measures: []string{"visitors"}}
	ask := func(q indicators.Question) {
		t.Helper()
		_, err := kept.Answer(t.Context(), q, func(context.Context, indicators.Question) (indicators.Answer, error) {
			asked++
			a := indicators.Answer{Evidence: indicators.Evidence{ID: "K"}}
			if unknown {
				a.Evidence.ID = ""
			}
			if long {
				a.Rows = make([]indicators.Row, mostKeptRows+1)
			}
			return a, nil
		})
		require.NoError(t, err)
	}
	expect := func(n int, why string) {
		t.Helper()
		require.Equal(t, n, asked, why)
		asked = 0
	}
	ask(q)
	ask(q)
	expect(1, "the second is that of the first")
	ask(indicators.Question{Measures: []string{"events"}})
	expect(1, "another question is asked")
	fresh = []indicators.Freshness{{Dataset: "attendance", Rows: 2}}
	ask(q)
	expect(1, "facts have changed")
	today = today.AddDate(0, 0, 1)
	ask(q)
	expect(1, "on another day other periods are over")
	away = errors.New("away")
	ask(q)
	expect(1, "where the state of the facts is not known, nothing kept is given")
	away, unknown = nil, true
	fresh = []indicators.Freshness{{Dataset: "attendance", Rows: 3}}
	ask(q)
	ask(q)
	expect(2, "what was answered while a batch came in is not kept")
	unknown, long = false, true
	ask(q)
	ask(q)
	expect(2, "long answers are not kept")
}
