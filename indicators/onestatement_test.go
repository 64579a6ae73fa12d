package indicators

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"khue/warehouse"
)

// counted is facts that know how often they were asked.
type counted struct {
	Facts
	asked int
}

func (c *counted) Select(ctx context.Context, s warehouse.Select) ([]warehouse.Row, warehouse.Trace, error) {
	c.asked++
	return c.Facts.Select(ctx, s)
}

func TestRankingsAndChangesAskOnceWhereOneStatementHoldsTheAnswer(t *testing.T) {
	s := aSmallCity(t, "2026-03-10", [][3]string{
		{"2024-05-05", "A/design", "40"},
		{"2024-05-05", "B/music", "30"},
		{"2025-01-05", "A/design", "100"},
		{"2025-02-05", "B/music", "50"},
		{"2025-03-05", "C/film", "10"},
		{"2025-12-05", "D/crafts", "80"},
		{"2026-02-05", "A/design", "1"},
	}, nil, nil)
	facts := &counted{Facts: s.facts}
	s.facts = facts
	for name, one := range map[string]struct {
		ask   Question
		times int
		rows  []string
	}{
		"a ranking and all others": {
			Question{Measures: []string{"visitors"}, By: []string{"organiser"}, Top: &Top{Dim: "organiser", N: 2}},
			1,
			[]string{"A | 100", "D | 80", "~other | 60"},
		},
		"others of whom some may be the same are counted": {
			Question{Measures: []string{"organisers"}, By: []string{"discipline"}, Top: &Top{Dim: "discipline", N: 2}},
			2,
			[]string{"design | 1", "crafts | 1", "~other | 2"},
		},
		"a ranking by month asks again": {
			Question{Measures: []string{"visitors"}, By: []string{"half", "organiser"}, Top: &Top{Dim: "organiser", N: 1}},
			3,
			[]string{"2025-S1 | A | 100", "2025-S1 | ~other | 60", "2025-S2 | A | ?", "2025-S2 | ~other | 80"},
		},
		"a change of a whole year": {
			Question{Measures: []string{"visitors"}, By: []string{"discipline"}, Derive: []Derivation{ChangeYear}},
			1,
			[]string{"design | 100 | 150.0", "crafts | 80 | ? no facts of the period compared with", "music | 50 | 66.7", "film | 10 | ? no facts of the period compared with"},
		},
		"changes in one go by period": {
			Question{Measures: []string{"visitors"}, By: []string{"half"}, Derive: []Derivation{ChangePrevious, ChangeYear}},
			1,
			[]string{"2025-S1 | 160 | ? no facts of the period compared with | 128.6", "2025-S2 | 80 | -50.0 | ? no facts of the period compared with"},
		},
		"a change of a whole that was nothing": {
			Question{Measures: []string{"revenue"}, Derive: []Derivation{ChangeYear}},
			1,
			[]string{"? | ? no facts"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			one.ask.From, one.ask.To = days("2025", "2025")
			facts.asked = 0
			require.Equal(t, one.rows, asked(t, s, one.ask))
			require.Equal(t, one.times, facts.asked)
		})
	}
	apart := Question{Measures: []string{"visitors"}, By: []string{"month"}, Derive: []Derivation{ChangeYear}}
	apart.From, apart.To = days("2025-05", "2025-05")
	facts.asked = 0
	require.Equal(t, []string{"2025-05 | ? | ? no facts"}, asked(t, s, apart))
	require.Equal(t, 2, facts.asked, "eleven months that nobody asks about are not read")
}
