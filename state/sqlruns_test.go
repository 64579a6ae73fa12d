package state_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/state"
)

func TestStatementsAreKeptForWhoRanThemAndForgottenAsTheyGrowOld(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s, other := open(), open()
		old := state.SQLRun{Login: "lan", ID: "old", Statement: "SELECT 1", Format: "json", StartedAt: t0.Add(-state.LongestSQLRun), Outcome: state.SQLDone}
		require.NoError(t, s.AddSQLRun(t.Context(), old))
		r := state.SQLRun{Login: "lan", ID: "a", Statement: "SELECT '\x00' -- Hà Nội", Format: "csv", StartedAt: t0.Add(time.Second), Outcome: state.SQLRunning}
		require.NoError(t, s.AddSQLRun(t.Context(), r))
		require.Equal(t, khue.Conflict, khue.KindOf(s.AddSQLRun(t.Context(), r)))
		r.Login = "hoa"
		require.NoError(t, s.AddSQLRun(t.Context(), r), "names are each person's own")
		r.Login, r.EndedAt, r.Outcome, r.Code, r.Rows, r.RowsRead, r.Took = "lan", t0.Add(time.Minute), state.SQLFailed, "sql_syntax", 7, 1<<40, 1500*time.Millisecond
		require.NoError(t, other.EndSQLRun(t.Context(), r))
		got, err := s.SQLRun(t.Context(), "lan", "a")
		require.NoError(t, err)
		r.Statement, r.StartedAt, r.EndedAt = "SELECT '\uFFFD' -- Hà Nội", r.StartedAt.UTC(), r.EndedAt.UTC()
		require.Equal(t, r, got)
		_, err = s.SQLRun(t.Context(), "lan", "old")
		require.Equal(t, khue.NotFound, khue.KindOf(err))
		mine, err := s.SQLRun(t.Context(), "hoa", "a")
		require.NoError(t, err)
		require.Equal(t, state.SQLRunning, mine.Outcome)
		for i := range state.MostSQLRuns + 5 {
			require.NoError(t, s.AddSQLRun(t.Context(), state.SQLRun{Login: "lan", ID: fmt.Sprint("n", i), StartedAt: t0.Add(time.Duration(i+2) * time.Second), Outcome: state.SQLDone}))
		}
		list, err := s.SQLRuns(t.Context(), "lan", 1000)
		require.NoError(t, err)
		require.Len(t, list, state.MostSQLRuns)
		require.Equal(t, fmt.Sprint("n", state.MostSQLRuns+4), list[0].ID)
		list, err = s.SQLRuns(t.Context(), "hoa", 1000)
		require.NoError(t, err)
		require.Len(t, list, 1)
	})
}
