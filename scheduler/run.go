package scheduler

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"khue"
	"khue/state"
)

// start starts what is due and may run.
func (s *Scheduler) start(ctx, work context.Context, now time.Time) error {
	waiting, err := s.ledger.Ready(ctx, now)
	if err != nil {
		return err
	}
	newest := map[string]int64{}
	for _, w := range waiting {
		newest[w.Job] = w.ID // they come in the order of their due times
	}
	var errs []error
	busy := map[string]bool{}
	for _, w := range waiting {
		if ctx.Err() != nil {
			break // stopping: nothing more is started
		}
		e, ok := s.jobs[w.Job]
		if !ok || busy[w.Job] && e.job.CatchUp == All {
			continue // another process knows the job; or its turn comes later
		}
		open, err := s.consider(ctx, work, e, w, newest[w.Job] == w.ID, now)
		busy[w.Job] = busy[w.Job] || open
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// consider decides about one due time: run it, let it wait, or say why it does
// not run. open tells that it runs (here or elsewhere) or waits.
func (s *Scheduler) consider(ctx, work context.Context, e *entry, w state.Waiting, newest bool, now time.Time) (open bool, err error) {
	settle := func(outcome, reason string, cause khue.Text) error {
		_, err := s.ledger.Settle(ctx, w.ID, now, outcome, reason, cause)
		return err
	}
	j, scheduled := e.job, w.Trigger == state.BySchedule && w.Attempt == 1
	switch {
	case w.Paused || j.Paused:
		return false, settle(state.Skipped, state.ReasonPaused, khue.Text{EN: "the job was paused"})
	case j.CatchUp == None && scheduled && w.Reason == "" && now.Sub(w.NotBefore) > 2*grace:
		return false, settle(state.Missed, state.ReasonNobody, khue.Text{EN: `no scheduler was running when it was due; catch-up is "none"`})
	case j.CatchUp != All && !newest:
		return false, settle(state.Skipped, state.ReasonStillGoing, khue.Text{EN: "a later due time takes its place"})
	case w.Busy && j.CatchUp != All && scheduled:
		return false, settle(state.Skipped, state.ReasonStillGoing, khue.Text{EN: "the last run was still going"})
	case w.Busy:
		return true, nil
	}
	if w.Trigger != state.ByChain && len(j.After) > 0 {
		missing, err := s.missing(ctx, j, w.JobRun, now)
		if err != nil {
			return false, err
		}
		if missing.EN != "" {
			if now.Sub(w.NotBefore) >= j.Wait {
				s.o.Logger.Error("a job did not run", "job", j.Name, "due", w.DueAt, "cause", missing.EN)
				s.ended()
				return false, settle(state.Missed, state.ReasonNoData, khue.Text{
					VI: fmt.Sprintf("đã chờ %s: %s", j.Wait, missing.VI), EN: fmt.Sprintf("waited %s for %s", j.Wait, missing.EN),
				})
			}
			if w.Cause != missing {
				return true, s.ledger.Waits(ctx, w.ID, missing)
			}
			return true, nil
		}
	}
	// A stop must not cut the claim off: one that was made and not heard of would
	// hold the job until its lease has passed.
	claiming, done := context.WithTimeout(context.WithoutCancel(ctx), claimTime)
	defer done()
	won, err := s.ledger.Claim(claiming, w.ID, now, s.o.Now().Add(s.o.Lease))
	if err != nil || !won {
		return true, err
	}
	s.runs.Go(func() {
		_ = s.run(work, j, w.JobRun)
		s.poke()
	})
	return true, nil
}

// claimTime bounds one claim.
const claimTime = 10 * time.Second

// missing names the jobs that a due time still waits for: each must have ended
// well for its own newest due time up to then, or for a later one.
func (s *Scheduler) missing(ctx context.Context, j Job, r state.JobRun, now time.Time) (khue.Text, error) {
	var vi, en []string
	for _, name := range j.After {
		reach, err := s.ledger.Reach(ctx, name, r.DueAt, now)
		if err != nil {
			return khue.Text{}, err
		}
		at := reach.Done.In(s.o.Zone)
		switch {
		case reach.Done.IsZero():
			vi = append(vi, name+" chưa lần nào thành công")
			en = append(en, name+", which has never ended well")
		case reach.Done.Before(reach.Due):
			vi = append(vi, fmt.Sprintf("%s thành công gần nhất cho hạn %s", name, at.Format("15:04 02/01/2006")))
			en = append(en, fmt.Sprintf("%s, which last ended well for %s", name, at.Format("2006-01-02 15:04")))
		}
	}
	return khue.Text{VI: strings.Join(vi, "; "), EN: strings.Join(en, "; ")}, nil
}

// RunNow runs a job at once, also a paused one, and gives its error.
func (s *Scheduler) RunNow(ctx context.Context, name string) error {
	e, err := s.known(name)
	if err != nil {
		return err
	}
	return s.byHand(ctx, e.job)
}

// Record runs work by hand as a run of a job, known to the scheduler or not:
// never beside another run of it, and with its row in the ledger.
func (s *Scheduler) Record(ctx context.Context, name string, work func(context.Context) error) error {
	return s.byHand(ctx, Job{Name: name, Run: work})
}

func (s *Scheduler) byHand(ctx context.Context, j Job) error {
	now := s.o.Now()
	if err := s.cutOff(ctx, now); err != nil {
		return err
	}
	id, err := s.ledger.Begin(ctx, j.Name, state.ByCommand, now, now.Add(s.o.Lease))
	if err != nil {
		return err
	}
	return s.run(ctx, j, state.JobRun{ID: id, Job: j.Name, Trigger: state.ByCommand, DueAt: now, Attempt: 1})
}

// run runs a claimed row to its end. Its failure is logged, written into the
// ledger and returned.
func (s *Scheduler) run(ctx context.Context, j Job, r state.JobRun) error {
	log := s.o.Logger.With("job", j.Name, "trigger", r.Trigger, "due", r.DueAt)
	held, release := s.holding(ctx, r.ID)
	limited, cancel := held, context.CancelFunc(func() {})
	if j.TimeLimit > 0 {
		limited, cancel = context.WithTimeoutCause(held, j.TimeLimit, errTimeLimit)
	}
	failure := call(context.WithValue(limited, dueKey{}, r.DueAt), j)
	why := context.Cause(limited)
	cancel()
	release()
	ending := s.ending(j, r, failure, why)
	if failure != nil {
		log.Error("job failed", "reason", ending.Reason, "cause", failure)
	} else {
		log.Info("job done")
	}
	ours, err := s.write(context.WithoutCancel(ctx), r.ID, ending)
	switch {
	case err != nil:
		log.Error("ledger not written", "cause", err)
	case !ours:
		log.Warn("the run had lost its lease and counts as cut off")
	}
	s.ended()
	return failure
}

type dueKey struct{}

// DueAt gives, inside a job, the due time that it runs for: what is made for a
// day is dated by when it was due, not by when it came to run. Zero elsewhere.
func DueAt(ctx context.Context) time.Time {
	t, _ := ctx.Value(dueKey{}).(time.Time)
	return t
}

var (
	errTimeLimit = errors.New("it ran longer than its time limit")
	errLeaseLost = errors.New("its lease was lost")
)

// ending says how a run is written down. A run that a stop cut short is taken
// again by whoever comes next.
func (s *Scheduler) ending(j Job, r state.JobRun, failure, why error) state.Ending {
	if failure == nil {
		return state.Ending{Outcome: state.Done}
	}
	said := khue.CauseOf(failure)
	switch {
	case errors.Is(why, errStopping), errors.Is(why, context.Canceled): // the latter of a run by hand
		stopped := khue.Text{VI: "dừng cùng tiến trình", EN: "stopped with its process: " + said.EN}
		return state.Ending{Outcome: state.Failed, Reason: state.ReasonCutOff, Cause: stopped, Again: s.takenAgain(j, r)}
	case errors.Is(why, errTimeLimit):
		late := khue.Text{VI: fmt.Sprintf("bị dừng sau %s", j.TimeLimit), EN: fmt.Sprintf("stopped after %s: %s", j.TimeLimit, said.EN)}
		return state.Ending{Outcome: state.Failed, Reason: state.ReasonTimeLimit, Cause: late}
	}
	return state.Ending{Outcome: state.Failed, Reason: state.ReasonError, Cause: said}
}

// holding renews the lease of a run until release is called. The context it
// gives ends when the lease is lost: another process may be running the job then.
func (s *Scheduler) holding(ctx context.Context, id int64) (held context.Context, release func()) {
	held, cancel := context.WithCancelCause(ctx)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(s.o.Lease / 4)
		defer tick.Stop()
		good := time.Now()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			asked := time.Now()
			within, done := context.WithTimeout(context.WithoutCancel(ctx), s.o.Lease/4)
			ours, err := s.ledger.Renew(within, id, s.o.Now().Add(s.o.Lease))
			done()
			switch {
			case err == nil && ours:
				good = asked
			case err == nil, time.Since(good) > s.o.Lease*3/4:
				s.o.Logger.Error("a run lost its lease and is cancelled", "run", id, "cause", err)
				cancel(errLeaseLost)
				return
			}
		}
	}()
	return held, func() {
		close(stop)
		<-stopped
		cancel(nil)
	}
}

// write writes the end of a run; a store that does not answer for a moment is
// asked again.
func (s *Scheduler) write(ctx context.Context, id int64, e state.Ending) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, s.o.Lease)
	defer cancel()
	return backoff.Retry(ctx, func() (bool, error) { return s.ledger.End(ctx, id, s.o.Now(), e) }, backoff.WithMaxElapsedTime(s.o.Lease))
}

func (s *Scheduler) ended() {
	if s.o.Ended != nil {
		s.o.Ended()
	}
}

// call turns a panic of a job into its failure: one bad job must not end the others.
func call(ctx context.Context, j Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("job %s panicked: %v\n%s", j.Name, p, debug.Stack())
		}
	}()
	return j.Run(ctx)
}
