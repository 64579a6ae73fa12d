package scheduler_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/scheduler"
	"khue/state"
)

func open(t *testing.T) *state.Store {
	s, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func options() scheduler.Options {
	return scheduler.Options{Zone: time.UTC, Now: time.Now, Logger: slog.New(slog.DiscardHandler), Patience: 3 * time.Second}
}

func TestADueJobRunsAndTheLedgerSaysSo(t *testing.T) {
	ledger := open(t)
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	var runs atomic.Int32
	// Every second would be due at the next whole one, which may be now: three leave two to
	// begin in.
	s, err := scheduler.New(ledger, options(), scheduler.Job{Name: "tick", Spec: "@every 3s", AtStart: true, Run: func(context.Context) error {
		if runs.Add(1) == 2 {
			stop()
		}
		return nil
	}})
	require.NoError(t, err)
	require.NoError(t, s.Run(ctx))
	require.GreaterOrEqual(t, runs.Load(), int32(2), "once when it is met and once when due")
	lines, err := ledger.Runs(t.Context(), state.RunFilter{Job: "tick", Outcomes: []string{state.Done}})
	require.NoError(t, err)
	require.Len(t, lines, int(runs.Load()))
	require.Equal(t, []string{state.BySchedule, state.ByStart}, []string{lines[len(lines)-2].Trigger, lines[len(lines)-1].Trigger})
}

func TestARunDoesNotOverlapItsPredecessorAndTheSkipIsWritten(t *testing.T) {
	ledger := open(t)
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	var together, most atomic.Int32
	skipped := func() int {
		lines, err := ledger.Runs(context.Background(), state.RunFilter{Outcomes: []string{state.Skipped}})
		if err != nil {
			t.Errorf("reading the ledger: %v", err)
		}
		return len(lines)
	}
	s, err := scheduler.New(ledger, options(), scheduler.Job{Name: "slow", Spec: "@every 1s", AtStart: true, Run: func(context.Context) error {
		most.Store(max(most.Load(), together.Add(1)))
		defer together.Add(-1)
		for skipped() < 2 && ctx.Err() == nil {
			time.Sleep(20 * time.Millisecond)
		}
		stop()
		return nil
	}})
	require.NoError(t, err)
	require.NoError(t, s.Run(ctx))
	require.EqualValues(t, 1, most.Load())
	lines, err := ledger.JobRuns(t.Context(), "slow", 10)
	require.NoError(t, err)
	require.Equal(t, []string{state.Done, state.Skipped, state.ReasonStillGoing}, []string{lines[len(lines)-1].Outcome, lines[len(lines)-2].Outcome, lines[len(lines)-2].Reason})
}

func TestAStoppingSchedulerLetsARunningJobFinish(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	finished := false
	o := options()
	o.Patience = patience
	s, err := scheduler.New(open(t), o, scheduler.Job{Name: "long", Spec: "@daily", AtStart: true, Run: func(work context.Context) error {
		stop()
		select {
		case <-time.After(300 * time.Millisecond):
			finished = true
		case <-work.Done():
		}
		return nil
	}})
	require.NoError(t, err)
	require.NoError(t, s.Run(ctx))
	require.True(t, finished)
}

func TestAFailureAndAPanicAreWrittenWithTheirCause(t *testing.T) {
	ledger := open(t)
	s, err := scheduler.New(ledger, options(),
		scheduler.Job{Name: "fails", Spec: "@daily", Run: func(context.Context) error { return errors.New("nguồn không trả lời") }},
		scheduler.Job{Name: "panics", Spec: "@daily", Run: func(context.Context) error { panic("hỏng") }})
	require.NoError(t, err)
	require.ErrorContains(t, s.RunNow(t.Context(), "fails"), "không trả lời")
	require.ErrorContains(t, s.RunNow(t.Context(), "panics"), "hỏng")
	require.Equal(t, khue.NotFound, khue.KindOf(s.RunNow(t.Context(), "nobody")))
	lines, err := ledger.JobRuns(t.Context(), "", 10)
	require.NoError(t, err)
	require.Len(t, lines, 2)
	require.Equal(t, state.Failed, lines[0].Outcome)
	require.Contains(t, lines[1].Cause.EN, "không trả lời")
}

func TestEveryBadScheduleIsNamedAtOnce(t *testing.T) {
	run := func(context.Context) error { return nil }
	_, err := scheduler.New(open(t), options(), scheduler.Job{Name: "a", Spec: "hằng ngày", Run: run}, scheduler.Job{Name: "b", Spec: "61 * * * *", Run: run})
	require.ErrorContains(t, err, "job a")
	require.ErrorContains(t, err, "job b")
}

func TestSchedulesAreReadInTheZone(t *testing.T) {
	zone, err := time.LoadLocation(khue.DefaultZone)
	require.NoError(t, err)
	o := options()
	o.Zone, o.Now = zone, func() time.Time { return time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC) } // 06:30 on the 23rd in Hanoi
	s, err := scheduler.New(open(t), o, scheduler.Job{Name: "early", Spec: "15 6 * * *", Run: func(context.Context) error { return nil }})
	require.NoError(t, err)
	next, err := s.Next(t.Context(), "early")
	require.NoError(t, err)
	require.Equal(t, "2026-11-24T06:15:00+07:00", next.Format(time.RFC3339))
}
