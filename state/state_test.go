package state_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/demo/postgrestest"
	"khue/state"
)

// onBoth runs a test on a SQLite file and on PostgreSQL. open gives one more
// process's connection to the same store.
func onBoth(t *testing.T, test func(t *testing.T, open func() *state.Store)) {
	t.Helper()
	for name, where := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "sổ trạng thái", "state.db") },
		"postgres": func(t *testing.T) string { return postgrestest.Start(t) },
	} {
		t.Run(name, func(t *testing.T) {
			at := where(t)
			test(t, func() *state.Store {
				s, err := state.Open(t.Context(), at)
				require.NoError(t, err)
				t.Cleanup(func() { _ = s.Close() })
				return s
			})
		})
	}
}

var (
	hanoi = time.FixedZone("+07", 7*60*60)
	t0    = time.Date(2026, 11, 23, 0, 30, 0, 0, hanoi)
)

func due(at time.Time) state.DueRow {
	return state.DueRow{Trigger: state.BySchedule, DueAt: at, NotBefore: at, Outcome: state.Due}
}

// plan writes rows whatever the ledger has.
func plan(t *testing.T, s *state.Store, job string, now time.Time, rows ...state.DueRow) {
	t.Helper()
	require.NoError(t, s.Plan(t.Context(), job, now, func(state.Planned) ([]state.DueRow, time.Time, time.Time) {
		return rows, now, now.Add(time.Hour)
	}))
}

func register(t *testing.T, s *state.Store, jobs ...string) {
	t.Helper()
	var all []state.Registration
	for _, j := range jobs {
		all = append(all, state.Registration{Job: j, Schedule: "@hourly", CatchUp: "latest"})
	}
	require.NoError(t, s.Register(t.Context(), t0, all...))
}

func TestProcessesThatOpenANewStoreTogetherTakeEachStepOnce(t *testing.T) {
	for name, at := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "state.db"), "postgres": postgrestest.Start(t)} {
		t.Run(name, func(t *testing.T) {
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					s, err := state.Open(t.Context(), at)
					if err != nil {
						t.Errorf("opening: %v", err)
						return
					}
					t.Cleanup(func() { _ = s.Close() })
				})
			}
			all.Wait()
			driver := map[string]string{"sqlite": "sqlite", "postgres": "pgx"}[name]
			db, err := sql.Open(driver, at)
			require.NoError(t, err)
			defer db.Close()
			var steps int
			require.NoError(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM schema_steps").Scan(&steps))
			files, err := filepath.Glob("migrations/" + name + "/*.sql")
			require.NoError(t, err)
			require.Len(t, files, steps)
		})
	}
}

func TestBothDatabasesTakeStepsOfTheSameNames(t *testing.T) {
	names := func(folder string) (out []string) {
		entries, err := os.ReadDir(folder)
		require.NoError(t, err)
		for _, e := range entries {
			out = append(out, e.Name())
		}
		return out
	}
	require.Equal(t, names("migrations/sqlite"), names("migrations/postgres"))
}

func TestALedgerOfTheFirstFormIsTakenOver(t *testing.T) {
	at := filepath.Join(t.TempDir(), "state.db")
	db, err := sql.Open("sqlite", at)
	require.NoError(t, err)
	first, err := os.ReadFile("migrations/sqlite/0001_job_runs.sql")
	require.NoError(t, err)
	for _, statement := range []string{
		"CREATE TABLE schema_steps (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL)",
		"INSERT INTO schema_steps VALUES ('migrations/0001_job_runs.sql', '2026-11-01T00:00:00Z')",
		string(first),
		`INSERT INTO job_runs (job, trigger, due_at, started_at, ended_at, outcome) VALUES
('pull a', 'start', '2026-11-01T00:00:00.000Z', '2026-11-01T00:00:00.000Z', '2026-11-01T00:00:05.000Z', 'done'),
('pull a', 'schedule', '2026-11-02T00:00:00.000Z', '2026-11-02T00:00:00.000Z', '2026-11-02T00:00:07.000Z', 'done'),
('pull a', 'schedule', '2026-11-03T00:00:00.000Z', '2026-11-03T00:00:00.000Z', NULL, 'running')`,
	} {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	require.NoError(t, db.Close())
	s, err := state.Open(t.Context(), at)
	require.NoError(t, err)
	defer s.Close()
	runs, err := s.JobRuns(t.Context(), "pull a", 10)
	require.NoError(t, err)
	require.Len(t, runs, 2)
	require.Equal(t, 7*time.Second, runs[0].Duration())
}

func TestABadAddressIsToldWithoutItsPassword(t *testing.T) {
	for _, dsn := range []string{"postgres://khue:s3cret@127.0.0.1:1/khue?sslmode=disable", "mysql://khue:s3cret@host/khue", "postgres://khue:s3cret@127.0.0.1:port/khue"} {
		_, err := state.Open(t.Context(), dsn)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "s3cret")
		require.NotEqual(t, khue.Internal, khue.KindOf(err))
	}
}

func TestADueTimeHasOneRowHoweverOftenItIsPlanned(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		a, b := open(), open()
		register(t, a, "pull a")
		plan(t, a, "pull a", t0, due(t0), due(t0.Add(-time.Hour)))
		plan(t, b, "pull a", t0, due(t0))
		runs, err := b.JobRuns(t.Context(), "pull a", 10)
		require.NoError(t, err)
		require.Len(t, runs, 2)
		require.True(t, runs[1].DueAt.Equal(t0), "moments come back as they were")
	})
}

func TestADueTimeIsClaimedOnceAndAJobRunsOnceAtATime(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		stores := []*state.Store{open(), open(), open()}
		register(t, stores[0], "pull a")
		plan(t, stores[0], "pull a", t0, due(t0), due(t0.Add(time.Minute)))
		waiting, err := stores[0].Ready(t.Context(), t0.Add(time.Hour))
		require.NoError(t, err)
		require.Len(t, waiting, 2)
		var mu sync.Mutex
		won := map[int64]int{}
		var all sync.WaitGroup
		for i := range 30 {
			s, id := stores[i%3], waiting[i%2].ID
			all.Go(func() {
				got, err := s.Claim(t.Context(), id, t0, t0.Add(time.Minute))
				if err != nil {
					t.Errorf("claiming: %v", err)
				}
				if got {
					mu.Lock()
					defer mu.Unlock()
					won[id]++
				}
			})
		}
		all.Wait()
		require.Len(t, won, 1, "the second due time cannot run beside the first")
		for _, n := range won {
			require.Equal(t, 1, n)
		}
		_, err = stores[1].Begin(t.Context(), "pull a", state.ByCommand, t0, t0.Add(time.Minute))
		require.Equal(t, khue.Conflict, khue.KindOf(err), "neither can a run by hand")
	})
}

func TestALeaseThatPassedIsCutOffOnceAndTheRunIsTakenAgainOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		a, b, c := open(), open(), open()
		register(t, a, "pull a")
		plan(t, a, "pull a", t0, due(t0))
		waiting, err := a.Ready(t.Context(), t0)
		require.NoError(t, err)
		got, err := a.Claim(t.Context(), waiting[0].ID, t0, t0.Add(time.Minute))
		require.NoError(t, err)
		require.True(t, got)
		again := func(state.JobRun) bool { return true }
		ended, err := b.CutOff(t.Context(), t0.Add(59*time.Second), again)
		require.NoError(t, err)
		require.Empty(t, ended, "its lease has not passed and its process lives")

		var mu sync.Mutex
		total := 0
		var all sync.WaitGroup
		for _, s := range []*state.Store{b, c, b, c} {
			all.Go(func() {
				ended, err := s.CutOff(t.Context(), t0.Add(2*time.Minute), again)
				if err != nil {
					t.Errorf("cutting off: %v", err)
				}
				mu.Lock()
				defer mu.Unlock()
				total += len(ended)
			})
		}
		all.Wait()
		require.Equal(t, 1, total)
		runs, err := a.JobRuns(t.Context(), "pull a", 10)
		require.NoError(t, err)
		require.Len(t, runs, 2)
		require.Equal(t, []any{state.Due, 2, state.Failed, state.ReasonCutOff}, []any{runs[0].Outcome, runs[0].Attempt, runs[1].Outcome, runs[1].Reason})
		ours, err := a.End(t.Context(), waiting[0].ID, t0.Add(3*time.Minute), state.Ending{Outcome: state.Done})
		require.NoError(t, err)
		require.False(t, ours, "who lost the lease does not write the end")
		ours, err = a.Renew(t.Context(), waiting[0].ID, t0.Add(9*time.Minute))
		require.NoError(t, err)
		require.False(t, ours)
	})
}

func TestAProcessWorksForAsLongAsItsLeaseHolds(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		a, b := open(), open()
		process := a.Holder()[:strings.LastIndex(a.Holder(), "/")]
		_, err := a.Begin(t.Context(), "pull a", state.ByCommand, t0, t0.Add(time.Minute))
		require.NoError(t, err)
		for at, want := range map[time.Duration]bool{30 * time.Second: true, 2 * time.Minute: false} {
			works, err := b.Working(t.Context(), process, t0.Add(at))
			require.NoError(t, err)
			require.Equal(t, want, works)
		}
		works, err := b.Working(t.Context(), process+"9", t0)
		require.NoError(t, err)
		require.False(t, works)
	})
}

func TestOnOneMachineADeadProcessIsSeenAtOnce(t *testing.T) {
	at := filepath.Join(t.TempDir(), "state.db")
	a, err := state.Open(t.Context(), at)
	require.NoError(t, err)
	b, err := state.Open(t.Context(), at)
	require.NoError(t, err)
	defer b.Close()
	_, err = a.Begin(t.Context(), "pull a", state.ByCommand, t0, t0.Add(time.Hour))
	require.NoError(t, err)
	never := func(state.JobRun) bool { return false }
	ended, err := b.CutOff(t.Context(), t0, never)
	require.NoError(t, err)
	require.Empty(t, ended)
	require.NoError(t, a.Close())
	ended, err = b.CutOff(t.Context(), t0, never)
	require.NoError(t, err)
	require.Len(t, ended, 1)
}

func TestAPausedJobCannotBeClaimedByAnybody(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		a, b := open(), open()
		register(t, a, "pull a")
		plan(t, a, "pull a", t0, due(t0))
		require.NoError(t, b.Pause(t.Context(), "pull a", "lan", t0))
		waiting, err := a.Ready(t.Context(), t0)
		require.NoError(t, err)
		require.True(t, waiting[0].Paused)
		got, err := a.Claim(t.Context(), waiting[0].ID, t0, t0.Add(time.Minute))
		require.NoError(t, err)
		require.False(t, got)
		require.NoError(t, b.Resume(t.Context(), "pull a"))
		got, err = a.Claim(t.Context(), waiting[0].ID, t0, t0.Add(time.Minute))
		require.NoError(t, err)
		require.True(t, got)
	})
}

func TestJobsTellHowTheyGo(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s := open()
		register(t, s, "pull a", "pull b")
		for i, took := range []time.Duration{2 * time.Second, 9 * time.Second, 4 * time.Second} {
			at := t0.Add(time.Duration(i) * time.Hour)
			id, err := s.Begin(t.Context(), "pull a", state.ByCommand, at, at.Add(time.Minute))
			require.NoError(t, err)
			_, err = s.End(t.Context(), id, at.Add(took), state.Ending{Outcome: state.Done})
			require.NoError(t, err)
		}
		failed := t0.Add(3 * time.Hour)
		id, err := s.Begin(t.Context(), "pull a", state.ByCommand, failed, failed.Add(time.Minute))
		require.NoError(t, err)
		_, err = s.End(t.Context(), id, failed.Add(time.Second), state.Ending{Outcome: state.Failed, Reason: state.ReasonError, Cause: khue.Text{EN: "nguồn không trả lời"}})
		require.NoError(t, err)
		plan(t, s, "pull a", failed.Add(2*time.Hour), due(failed.Add(time.Hour)), due(failed.Add(2*time.Hour)))
		jobs, err := s.Jobs(t.Context())
		require.NoError(t, err)
		require.Len(t, jobs, 2)
		a := jobs[0]
		require.Equal(t, "nguồn không trả lời", a.Last.Cause.EN)
		require.True(t, a.LastSuccess.DueAt.Equal(t0.Add(2*time.Hour)))
		require.Equal(t, []any{4 * time.Second, 2, 2}, []any{a.Typical, a.Pending, a.Behind})
		require.Equal(t, time.Hour, a.Lag(t0.Add(3*time.Hour+4*time.Second)))
		require.True(t, a.NextDue.Equal(failed.Add(3*time.Hour)))
		require.Nil(t, jobs[1].Last)
		only, err := s.Runs(t.Context(), state.RunFilter{Job: "pull a", Outcomes: []string{state.Done, state.Failed}, Since: t0.Add(time.Hour), Limit: 2})
		require.NoError(t, err)
		require.Len(t, only, 2)
		older, err := s.Runs(t.Context(), state.RunFilter{Job: "pull a", Before: only[1].ID})
		require.NoError(t, err)
		require.Len(t, older, 2)
	})
}

func TestAJobThatIsNoLongerConfiguredLeavesNothingWaiting(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s := open()
		register(t, s, "pull a", "pull b")
		plan(t, s, "pull a", t0, due(t0))
		register(t, s, "pull b")
		jobs, err := s.Jobs(t.Context())
		require.NoError(t, err)
		require.Len(t, jobs, 1)
		runs, err := s.JobRuns(t.Context(), "pull a", 1)
		require.NoError(t, err)
		require.Equal(t, []any{state.Skipped, state.ReasonRetired}, []any{runs[0].Outcome, runs[0].Reason})
	})
}

func TestOldRowsAreForgottenButTheLastOfAJobStay(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s := open()
		for i := range 3 {
			at := t0.Add(time.Duration(i) * time.Minute)
			id, err := s.Begin(t.Context(), "pull a", state.ByCommand, at, at.Add(time.Minute))
			require.NoError(t, err)
			_, err = s.End(t.Context(), id, at, state.Ending{Outcome: state.Done})
			require.NoError(t, err)
		}
		n, err := s.Forget(t.Context(), t0.Add(time.Hour))
		require.NoError(t, err)
		require.EqualValues(t, 2, n)
	})
}
