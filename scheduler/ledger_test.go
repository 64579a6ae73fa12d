package scheduler_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/demo/postgrestest"
	"khue/scheduler"
	"khue/state"
)

// clock is a clock that stands until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}

// book notes for which due times a job ran.
type book struct {
	mu   sync.Mutex
	runs map[string][]time.Time
}

func (b *book) job(j scheduler.Job) scheduler.Job {
	j.Run = func(ctx context.Context) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.runs == nil {
			b.runs = map[string][]time.Time{}
		}
		b.runs[j.Name] = append(b.runs[j.Name], scheduler.DueAt(ctx))
		return nil
	}
	return j
}

func (b *book) of(job string) []time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.runs[job])
}

func hanoi(t *testing.T) *time.Location {
	zone, err := time.LoadLocation(khue.DefaultZone)
	require.NoError(t, err)
	return zone
}

// stores gives a way to open one more connection to one store.
func stores(t *testing.T, where string) func() *state.Store {
	return func() *state.Store {
		s, err := state.Open(t.Context(), where)
		require.NoError(t, err)
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
}

func file(t *testing.T) string { return filepath.Join(t.TempDir(), "state.db") }

// live runs a scheduler on a clock until the test ends or stop is called.
func live(t *testing.T, ledger *state.Store, c *clock, jobs ...scheduler.Job) (s *scheduler.Scheduler, stop func()) {
	t.Helper()
	o := options()
	o.Zone, o.Now, o.Poll, o.Lease = hanoi(t), c.now, 3*time.Millisecond, 1000*time.Hour
	s, err := scheduler.New(ledger, o, jobs...)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-done)
	})
	t.Cleanup(stop)
	return s, stop
}

// patience is for a busy machine and the race detector; nothing waits it out.
const patience = 2 * time.Minute

// quiet waits until every due time up to the clock has its row and nothing is due or running.
func quiet(t *testing.T, ledger *state.Store, c *clock, jobs int) {
	t.Helper()
	require.EventuallyWithT(t, func(t *assertT) {
		known, err := ledger.Jobs(context.Background())
		require.NoError(t, err)
		require.Len(t, known, jobs)
		for _, j := range known {
			require.True(t, j.Schedule == "" || j.NextDue.After(c.now()), "%s is planned", j.Name)
		}
		open, err := ledger.Runs(context.Background(), state.RunFilter{Outcomes: []string{state.Due, state.Running}})
		require.NoError(t, err)
		require.Zero(t, len(open), "rows are due or running")
	}, patience, 5*time.Millisecond)
}

func outcomes(t *testing.T, ledger *state.Store, job string) map[string]int {
	runs, err := ledger.Runs(t.Context(), state.RunFilter{Job: job, Limit: 100_000})
	require.NoError(t, err)
	counts := map[string]int{}
	for _, r := range runs {
		word := r.Outcome
		if r.Reason != "" {
			word += ": " + r.Reason
		}
		counts[word]++
	}
	return counts
}

// begin is a quarter of an hour before midnight in Hanoi: due times that follow lie at 00:00 to 06:59.
var begin = time.Date(2026, 11, 23, 16, 45, 0, 0, time.UTC)

func TestTwoReplicasRunEachDueTimeOnce(t *testing.T) {
	for name, where := range map[string]string{"sqlite": file(t), "postgres": postgrestest.Start(t)} {
		t.Run(name, func(t *testing.T) {
			open, c, b := stores(t, where), &clock{at: begin}, &book{}
			var jobs []scheduler.Job
			for i := range 4 {
				jobs = append(jobs, b.job(scheduler.Job{Name: fmt.Sprint("job ", i), Spec: "@every 1m", CatchUp: scheduler.All, Cap: 1000}))
			}
			ledger := open()
			live(t, open(), c, jobs...)
			live(t, open(), c, jobs...)
			quiet(t, ledger, c, len(jobs))
			minutes := 0
			for step := range 40 { // one due time, then several at once
				by := 1 + step%3
				c.move(time.Duration(by) * time.Minute)
				minutes += by
				quiet(t, ledger, c, len(jobs))
			}
			for _, j := range jobs {
				ran := b.of(j.Name)
				require.Len(t, ran, minutes, "each due time ran")
				slices.SortFunc(ran, time.Time.Compare)
				require.Len(t, slices.CompactFunc(ran, time.Time.Equal), minutes, "and none of them twice")
				require.Equal(t, map[string]int{state.Done: minutes}, outcomes(t, ledger, j.Name))
			}
			t.Logf("%d due times", minutes*len(jobs))
		})
	}
}

func TestAWeeksDowntimeGivesExactlyTheRunsOfTheCatchUpRule(t *testing.T) {
	for _, where := range []string{file(t), postgrestest.Start(t)} {
		open, c, b := stores(t, where), &clock{at: begin}, &book{}
		jobs := []scheduler.Job{
			b.job(scheduler.Job{Name: "none", Spec: "0 * * * *", CatchUp: scheduler.None}),
			b.job(scheduler.Job{Name: "latest", Spec: "0 * * * *"}),
			b.job(scheduler.Job{Name: "all", Spec: "0 * * * *", CatchUp: scheduler.All, Cap: 5}),
			b.job(scheduler.Job{Name: "all of them", Spec: "0 * * * *", CatchUp: scheduler.All, Cap: 200}),
		}
		ledger := open()
		_, stop := live(t, open(), c, jobs...)
		quiet(t, ledger, c, len(jobs))
		stop()
		c.move(7 * 24 * time.Hour)
		live(t, open(), c, jobs...)
		live(t, open(), c, jobs...)
		quiet(t, ledger, c, len(jobs))
		const dues = 7 * 24
		newest := c.now().Truncate(time.Hour)
		require.Empty(t, b.of("none"))
		require.Equal(t, map[string]int{"missed: nobody": dues}, outcomes(t, ledger, "none"))
		require.Len(t, b.of("latest"), 1)
		require.True(t, b.of("latest")[0].Equal(newest))
		require.Equal(t, map[string]int{"missed: nobody": dues - 1, "done": 1}, outcomes(t, ledger, "latest"))
		all := b.of("all")
		require.Len(t, all, 5)
		for i, at := range all {
			require.True(t, at.Equal(newest.Add(time.Duration(i-4)*time.Hour)), "the newest ones, the oldest of them first")
		}
		require.Equal(t, map[string]int{"missed: nobody": dues - 5, "done": 5}, outcomes(t, ledger, "all"))
		require.Equal(t, map[string]int{"done": dues}, outcomes(t, ledger, "all of them"))
		require.True(t, slices.IsSortedFunc(b.of("all of them"), time.Time.Compare))
		run, err := ledger.Runs(t.Context(), state.RunFilter{Job: "latest", Outcomes: []string{state.Done}})
		require.NoError(t, err)
		require.Equal(t, state.ByCatchUp, run[0].Trigger)
	}
}

func TestRestartsFasterThanTheIntervalDoNotStarveAJob(t *testing.T) {
	open, c, b := stores(t, file(t)), &clock{at: begin}, &book{}
	job := b.job(scheduler.Job{Name: "rare", Spec: "@every 10m"})
	ledger := open()
	for range 21 {
		_, stop := live(t, open(), c, job)
		quiet(t, ledger, c, 1)
		stop()
		c.move(3 * time.Minute)
	}
	require.Len(t, b.of("rare"), 6, "an hour has six due times")
}

func TestAClockThatJumpsAheadAndBackReplaysNothingAndStarvesNothing(t *testing.T) {
	for _, spec := range []string{"0 * * * *", "@every 1h"} {
		open, c, b := stores(t, file(t)), &clock{at: begin}, &book{}
		ledger := open()
		live(t, open(), c, b.job(scheduler.Job{Name: "hourly", Spec: spec}))
		quiet(t, ledger, c, 1)
		c.move(30 * 24 * time.Hour)
		quiet(t, ledger, c, 1)
		require.Len(t, b.of("hourly"), 1, "%s: 720 due times were jumped over, one is made up for", spec)
		c.move(-30 * 24 * time.Hour)
		require.Eventually(t, func() bool {
			jobs, err := ledger.Jobs(t.Context())
			return err == nil && jobs[0].NextDue.Before(c.now().Add(61*time.Minute))
		}, patience, 3*time.Millisecond, "%s: due within the hour, not in a month", spec)
		for range 5 {
			c.move(time.Hour)
			require.EventuallyWithT(t, func(t *assertT) {
				last, err := ledger.Runs(context.Background(), state.RunFilter{Outcomes: []string{state.Done}, Limit: 1000})
				require.NoError(t, err)
				now := c.now()
				require.True(t, slices.ContainsFunc(last, func(r state.JobRun) bool {
					return !r.DueAt.After(now) && r.DueAt.After(now.Add(-time.Hour))
				}), "%s: this hour's due time ran", spec)
			}, patience, 3*time.Millisecond)
		}
		ran := b.of("hourly")
		require.Len(t, ran, 6, spec)
		slices.SortFunc(ran, time.Time.Compare)
		require.Len(t, slices.CompactFunc(ran, time.Time.Equal), 6, "%s: none twice", spec)
	}
}

func TestAClockThatJumpsToTheNextCenturyDoesNotFillTheLedger(t *testing.T) {
	open, c, b := stores(t, file(t)), &clock{at: begin}, &book{}
	ledger := open()
	live(t, open(), c, b.job(scheduler.Job{Name: "often", Spec: "@every 1s"}))
	quiet(t, ledger, c, 1)
	c.move(80 * 365 * 24 * time.Hour)
	quiet(t, ledger, c, 1)
	require.Len(t, b.of("often"), 1)
	runs, err := ledger.Runs(t.Context(), state.RunFilter{Limit: 1_000_000})
	require.NoError(t, err)
	require.Less(t, len(runs), 11_000)
}

func TestJobsAreDueAtTheNightHoursOfTheZone(t *testing.T) {
	open, c, b := stores(t, file(t)), &clock{at: begin}, &book{}
	ledger := open()
	live(t, open(), c, b.job(scheduler.Job{Name: "on the hour", Spec: "0 0-6 * * *"}), b.job(scheduler.Job{Name: "before it", Spec: "59 0-6 * * *"}))
	quiet(t, ledger, c, 2)
	for range 24 * 2 {
		c.move(30 * time.Minute)
		quiet(t, ledger, c, 2)
	}
	for job, minute := range map[string]int{"on the hour": 0, "before it": 59} {
		var want []time.Time
		for hour := range 7 {
			want = append(want, time.Date(2026, 11, 24, hour, minute, 0, 0, hanoi(t)).UTC())
		}
		require.Equal(t, want, b.of(job))
	}
	require.Equal(t, begin.Add(15*time.Minute), b.of("on the hour")[0], "midnight in Hanoi is 17:00 of the day before in UTC")
}

func TestAPausedJobGetsRowsAndRunsNothing(t *testing.T) {
	open, c, b := stores(t, postgrestest.Start(t)), &clock{at: begin}, &book{}
	jobs := []scheduler.Job{b.job(scheduler.Job{Name: "a", Spec: "@every 10m"}), b.job(scheduler.Job{Name: "b", Spec: "@every 10m", Paused: true})}
	ledger := open()
	live(t, open(), c, jobs...)
	live(t, open(), c, jobs...)
	quiet(t, ledger, c, 2)
	require.NoError(t, ledger.Pause(t.Context(), "a", "lan", c.now()))
	for range 3 {
		c.move(10 * time.Minute)
		quiet(t, ledger, c, 2)
	}
	require.Empty(t, b.of("a"))
	require.Empty(t, b.of("b"))
	require.Equal(t, map[string]int{"skipped: paused": 3}, outcomes(t, ledger, "a"))
	require.Equal(t, map[string]int{"skipped: paused": 3}, outcomes(t, ledger, "b"))
	require.NoError(t, ledger.Resume(t.Context(), "a"))
	c.move(10 * time.Minute)
	quiet(t, ledger, c, 2)
	require.Len(t, b.of("a"), 1, "what was paused over is not made up for")
}

func TestDueTimesThatNobodyNotedAreCounted(t *testing.T) {
	zone := hanoi(t)
	last := time.Date(2026, 11, 23, 6, 15, 0, 0, zone)
	for _, c := range []struct {
		spec   string
		after  time.Duration
		passed int
		next   string
	}{
		{"15 6 * * *", 12 * time.Hour, 0, "2026-11-24 06:15"},
		{"15 6 * * *", 3*24*time.Hour + time.Hour, 3, "2026-11-27 06:15"},
		{"@every 10m", 35 * time.Minute, 3, "2026-11-23 06:55"},
	} {
		next, passed, err := scheduler.Upcoming(c.spec, last, last.Add(c.after), zone)
		require.NoError(t, err)
		require.Equal(t, c.passed, passed, c.spec)
		require.Equal(t, c.next, next.In(zone).Format("2006-01-02 15:04"), c.spec)
	}
	_, _, err := scheduler.Upcoming("hằng ngày", last, last, zone)
	require.Equal(t, khue.Invalid, khue.KindOf(err))
}
