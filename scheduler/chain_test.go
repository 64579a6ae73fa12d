package scheduler_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/scheduler"
	"khue/state"
)

type assertT = assert.CollectT

func TestAReportWaitsForItsData(t *testing.T) {
	open, c, b := stores(t, file(t)), &clock{at: begin}, &book{}
	let, failing := make(chan struct{}), errors.New("nguồn không trả lời")
	pull := scheduler.Job{Name: "pull", Spec: "0 6 * * *", Run: func(context.Context) error {
		<-let
		return failing
	}}
	report := b.job(scheduler.Job{Name: "report", Spec: "5 6 * * *", After: []string{"pull"}, Wait: 2 * time.Hour})
	ledger := open()
	s, _ := live(t, open(), c, pull, report)
	quiet(t, ledger, c, 2)
	c.move(7 * time.Hour) // 06:45
	waiting := func() *state.JobRun {
		runs, err := ledger.JobRuns(t.Context(), "report", 1)
		require.NoError(t, err)
		return &runs[0]
	}
	require.Eventually(t, func() bool {
		runs, err := ledger.JobRuns(t.Context(), "report", 1)
		return err == nil && len(runs) == 1 && runs[0].Reason == state.ReasonWaiting
	}, patience, 3*time.Millisecond)
	require.Contains(t, waiting().Cause.EN, "pull")
	close(let)
	require.Eventually(t, func() bool { return outcomes(t, ledger, "pull")["failed: error"] == 1 }, patience, 3*time.Millisecond)
	require.Equal(t, state.Due, waiting().Outcome, "a pull that failed is no data")
	failing = nil
	require.NoError(t, s.RunNow(t.Context(), "pull"))
	quiet(t, ledger, c, 2)
	require.Len(t, b.of("report"), 1)
	require.Equal(t, "06:05", b.of("report")[0].In(hanoi(t)).Format("15:04"), "it is made for when it was due")

	failing = errors.New("lại hỏng")
	c.move(23*time.Hour + 30*time.Minute) // the next day, 06:15
	require.Eventually(t, func() bool { return waiting().Reason == state.ReasonWaiting }, patience, 3*time.Millisecond)
	c.move(2 * time.Hour)
	quiet(t, ledger, c, 2)
	require.Equal(t, []string{state.Missed, state.ReasonNoData}, []string{waiting().Outcome, waiting().Reason})
	require.Contains(t, waiting().Cause.EN, "waited 2h0m0s for pull, which last ended well for 2026-11-24 06:45")
	require.Len(t, b.of("report"), 1)
}

func TestAJobThatOnlyFollowsRunsOnceForEachSuccess(t *testing.T) {
	open, c, b := stores(t, file(t)), &clock{at: begin}, &book{}
	jobs := []scheduler.Job{
		b.job(scheduler.Job{Name: "a", Spec: "@every 10m"}), b.job(scheduler.Job{Name: "b", Spec: "@every 20m"}),
		b.job(scheduler.Job{Name: "sums", After: []string{"a", "b"}}),
	}
	ledger := open()
	live(t, open(), c, jobs...)
	live(t, open(), c, jobs...)
	quiet(t, ledger, c, 3)
	for range 8 {
		c.move(10 * time.Minute)
		quiet(t, ledger, c, 3)
	}
	require.Len(t, b.of("a"), 8)
	require.Eventually(t, func() bool { return len(b.of("sums")) == 4 }, patience, 3*time.Millisecond, "once for each due time that both have reached")
	time.Sleep(30 * time.Millisecond)
	require.Len(t, b.of("sums"), 4)
}

func TestOrdersThatCannotBeAreToldAtOnce(t *testing.T) {
	run := func(context.Context) error { return nil }
	_, err := scheduler.New(open(t), options(),
		scheduler.Job{Name: "a", Spec: "@daily", After: []string{"b"}, Run: run}, scheduler.Job{Name: "b", After: []string{"a"}, Run: run},
		scheduler.Job{Name: "c", Spec: "@daily", After: []string{"nobody"}, Run: run}, scheduler.Job{Name: "d", Spec: "0 0 30 2 *", Run: run})
	for _, want := range []string{"job a: it waits for itself: a after b after a", `job c: there is no job "nobody"`, "job d"} {
		require.ErrorContains(t, err, want)
	}
}

func TestARunByHandKeepsToTheOneRunAtATime(t *testing.T) {
	where, c := stores(t, file(t)), &clock{at: begin}
	began, let := make(chan struct{}), make(chan struct{})
	job := scheduler.Job{Name: "slow", Spec: "@daily", AtStart: true, Run: func(context.Context) error {
		close(began)
		<-let
		return nil
	}}
	live(t, where(), c, job)
	<-began
	o := options()
	o.Now = c.now
	other, err := scheduler.New(where(), o, job)
	require.NoError(t, err)
	err = other.RunNow(t.Context(), "slow")
	require.Equal(t, khue.Conflict, khue.KindOf(err))
	require.ErrorContains(t, err, "already running since")
	require.Equal(t, khue.Conflict, khue.KindOf(other.Record(t.Context(), "slow", func(context.Context) error { return nil })))
	close(let)
}

func TestARunThatTakesTooLongIsStoppedAndSaysSo(t *testing.T) {
	where, c := stores(t, file(t)), &clock{at: begin}
	o := options()
	o.Now = c.now
	ledger := where()
	s, err := scheduler.New(ledger, o, scheduler.Job{Name: "slow", Spec: "@daily", TimeLimit: 30 * time.Millisecond, Run: func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}})
	require.NoError(t, err)
	require.Error(t, s.RunNow(t.Context(), "slow"))
	require.Equal(t, map[string]int{"failed: time limit": 1}, outcomes(t, ledger, "slow"))
}

func TestARunThatAStopCutShortIsTakenAgainByWhoComesNext(t *testing.T) {
	where, c := stores(t, file(t)), &clock{at: begin}
	o := options()
	o.Now, o.Patience, o.Poll = c.now, time.Millisecond, 3*time.Millisecond
	began := make(chan struct{}, 2)
	ledger, stuck := where(), true
	job := scheduler.Job{Name: "slow", Spec: "@daily", AtStart: true, Run: func(ctx context.Context) error {
		began <- struct{}{}
		if stuck {
			<-ctx.Done()
		}
		return ctx.Err()
	}}
	s, err := scheduler.New(ledger, o, job)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		<-began
		stop()
	}()
	require.NoError(t, s.Run(ctx))
	stuck = false
	live(t, where(), c, job)
	quiet(t, ledger, c, 1)
	require.Equal(t, map[string]int{"failed: cut off": 1, "done": 1}, outcomes(t, ledger, "slow"))
}

func TestARunByHandThatIsStoppedIsCutOffAndNotTakenAgain(t *testing.T) {
	ledger := stores(t, file(t))()
	s, err := scheduler.New(ledger, options(), scheduler.Job{Name: "slow", Spec: "@daily", Run: func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}})
	require.NoError(t, err)
	ctx, stop := context.WithTimeoutCause(t.Context(), 30*time.Millisecond, context.Canceled) // as an interrupt does
	defer stop()
	require.Error(t, s.RunNow(ctx, "slow"))
	require.Equal(t, map[string]int{"failed: cut off": 1}, outcomes(t, ledger, "slow"))
}

func TestJitterIsTheSameInEveryProcessAndWithinItsBound(t *testing.T) {
	where, c, b := stores(t, file(t)), &clock{at: begin}, &book{}
	ledger := where()
	live(t, where(), c, b.job(scheduler.Job{Name: "spread", Spec: "@every 1m", CatchUp: scheduler.All, Jitter: 20 * time.Second}))
	quiet(t, ledger, c, 1)
	c.move(30 * time.Minute)
	require.Eventually(t, func() bool { return len(b.of("spread")) >= 29 }, patience, 3*time.Millisecond)
	runs, err := ledger.JobRuns(t.Context(), "spread", 100)
	require.NoError(t, err)
	different := map[time.Duration]bool{}
	for _, r := range runs {
		late := r.NotBefore.Sub(r.DueAt)
		require.GreaterOrEqual(t, late, time.Duration(0))
		require.Less(t, late, 20*time.Second)
		different[late] = true
	}
	require.Greater(t, len(different), 10)
}
