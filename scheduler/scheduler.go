// Package scheduler runs jobs when they are due, one run of a job at a time
// however many processes share the ledger, and gives every due time its row
// there, whether or not it ran. Due times follow from the ledger, not from the
// start of the process; robfig/cron reads the schedules and wakes it up.
package scheduler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"khue"
	"khue/state"
)

// Scheduler is a set of jobs and the clock that starts them.
type Scheduler struct {
	o      Options
	ledger *state.Store
	jobs   map[string]*entry
	order  []string
	wake   chan struct{}
	runs   sync.WaitGroup
}

type entry struct {
	job      Job
	schedule cron.Schedule // nil when the job only follows others

	mu      sync.Mutex
	next    time.Time // next due time, when it is known
	planned time.Time // the clock at the last plan; of a job that only follows others, what they had reached
}

// errStopping is why a run is cancelled when the scheduler stops.
var errStopping = errors.New("the scheduler is stopping")

// New makes a scheduler; every fault of the jobs is named in one error.
func New(ledger *state.Store, o Options, jobs ...Job) (*Scheduler, error) {
	s := &Scheduler{o: o.withDefaults(), ledger: ledger, jobs: map[string]*entry{}, wake: make(chan struct{}, 1)}
	var errs []error
	after := map[string][]string{}
	for _, j := range jobs {
		e := &entry{job: j.withDefaults()}
		if _, twice := s.jobs[j.Name]; twice {
			errs = append(errs, fmt.Errorf("job %s: the name is used twice", j.Name))
			continue
		}
		if j.Spec != "" || len(j.After) == 0 {
			schedule, err := ParseSpec(j.Spec)
			if err != nil {
				errs = append(errs, fmt.Errorf("job %s: %w", j.Name, err))
			}
			e.schedule = schedule
		}
		s.jobs[j.Name], after[j.Name] = e, j.After
		s.order = append(s.order, j.Name)
	}
	CheckOrder(after, func(job, format string, args ...any) {
		errs = append(errs, fmt.Errorf("job "+job+": "+format, args...))
	})
	return s, errors.Join(errs...)
}

// Run starts jobs when they are due, until ctx ends; then it starts no more,
// lets running ones finish for a while, and cancels what is left.
func (s *Scheduler) Run(ctx context.Context) error {
	if err := s.register(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	work, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	clock := cron.New(cron.WithLocation(s.o.Zone), cron.WithLogger(quiet{s.o.Logger}))
	for _, name := range s.order {
		if e := s.jobs[name]; e.schedule != nil {
			clock.Schedule(e, cron.FuncJob(s.poke))
		}
	}
	clock.Start()
	defer clock.Stop()
	s.loop(ctx, work)
	drained := make(chan struct{})
	go func() {
		s.runs.Wait()
		close(drained)
	}()
	select {
	case <-drained:
	case <-time.After(s.o.Patience):
		s.o.Logger.Warn("jobs are still running, cancelling them")
		cancel(errStopping)
		<-drained
	}
	return nil
}

// register tells the ledger which jobs there are.
func (s *Scheduler) register(ctx context.Context) error {
	jobs := make([]state.Registration, len(s.order))
	for i, name := range s.order {
		j := s.jobs[name].job
		jobs[i] = state.Registration{Job: name, Schedule: j.Spec, CatchUp: string(j.CatchUp), Follows: j.After, AtStart: j.AtStart && !j.Paused}
	}
	return s.ledger.Register(ctx, s.o.Now(), jobs...)
}

// loop works whenever a due time comes, a run ends, or others may have put
// something into the ledger.
func (s *Scheduler) loop(ctx, work context.Context) {
	poll := time.NewTicker(s.o.Poll)
	defer poll.Stop()
	var troubled bool
	var cleared time.Time
	for {
		err := s.step(ctx, work)
		if now := s.o.Now(); err == nil && now.Sub(cleared).Abs() > 24*time.Hour {
			cleared = now
			_, err = s.ledger.Forget(ctx, now.Add(-s.o.Keep))
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !troubled:
			s.o.Logger.Error("the schedule ledger cannot be worked on; trying again", "cause", err)
		case err == nil && troubled:
			s.o.Logger.Info("the schedule ledger can be worked on again")
		}
		troubled = err != nil
		select {
		case <-ctx.Done():
			return
		case <-poll.C:
		case <-s.wake:
		}
	}
}

// step brings the ledger up to the clock and starts what may run. One job's
// trouble does not keep the others.
func (s *Scheduler) step(ctx, work context.Context) error {
	now := s.o.Now()
	var errs []error
	errs = append(errs, s.cutOff(ctx, now))
	for _, chained := range []bool{false, true} {
		for _, name := range s.order {
			if e := s.jobs[name]; (e.schedule == nil) == chained {
				errs = append(errs, s.plan(ctx, e, now))
			}
		}
	}
	errs = append(errs, s.start(ctx, work, now))
	return errors.Join(errs...)
}

// cutOff ends the runs of processes that died.
func (s *Scheduler) cutOff(ctx context.Context, now time.Time) error {
	ended, err := s.ledger.CutOff(ctx, now, func(r state.JobRun) bool {
		e, ok := s.jobs[r.Job]
		return ok && s.takenAgain(e.job, r)
	})
	for _, r := range ended {
		s.o.Logger.Warn("a run was cut off", "job", r.Job, "run", r.ID, "due", r.DueAt, "by", r.ClaimedBy)
	}
	return err
}

func (s *Scheduler) takenAgain(j Job, r state.JobRun) bool {
	return !j.Leave && r.Trigger != state.ByCommand && r.Attempt < maxAttempts
}

// poke has the loop look at once.
func (s *Scheduler) poke() {
	select {
	case s.wake <- struct{}{}:
	default: // it is about to look anyway
	}
}

// Next tells when a job is due next; zero when it only follows others.
func (s *Scheduler) Next(ctx context.Context, name string) (time.Time, error) {
	e, ok := s.jobs[name]
	if !ok || e.schedule == nil {
		return time.Time{}, nil
	}
	known, err := s.ledger.Job(ctx, name)
	if err != nil {
		return time.Time{}, err
	}
	if known.Schedule != e.job.Spec {
		known.LastDue = time.Time{}
	}
	next, _, err := Upcoming(e.job.Spec, known.LastDue, s.o.Now(), s.o.Zone)
	return next, err
}

// Jobs gives the jobs in the order they were given in.
func (s *Scheduler) Jobs() []Job {
	jobs := make([]Job, len(s.order))
	for i, name := range s.order {
		jobs[i] = s.jobs[name].job
	}
	return jobs
}

func (s *Scheduler) known(name string) (*entry, error) {
	e, ok := s.jobs[name]
	if !ok {
		return nil, khue.Errorf(khue.NotFound, "không có công việc %q", "there is no job %q", name)
	}
	return e, nil
}

// quiet passes only errors of the cron library on; runs are logged by us.
type quiet struct{ log *slog.Logger }

func (q quiet) Info(string, ...any) {}
func (q quiet) Error(err error, msg string, keysAndValues ...any) {
	q.log.Error(msg, append(keysAndValues, "cause", err)...)
}
