// Package scheduler runs jobs when they are due, one run of a job at a time,
// and writes every due time into the ledger, whether or not it ran.
package scheduler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"khue"
)

// Job is something that is done again and again.
type Job struct {
	Name    string
	Spec    string // five cron fields, or "@every 5m"; read in the scheduler's zone
	AtStart bool   // also run once when the scheduler starts
	Run     func(ctx context.Context) error
}

// Ledger remembers runs; state.Store is one.
type Ledger interface {
	StartRun(ctx context.Context, job, trigger string, due, started time.Time) (int64, error)
	SkipRun(ctx context.Context, job, trigger string, due time.Time, cause string) error
	EndRun(ctx context.Context, id int64, ended time.Time, failure error) error
}

// Options say how to run jobs.
type Options struct {
	Zone   *time.Location
	Now    func() time.Time
	Logger *slog.Logger
	// Patience is how long a stopping scheduler lets running jobs finish before
	// it cancels them; 0 means 20 seconds.
	Patience time.Duration
}

// Scheduler is a set of jobs and the clock that starts them.
type Scheduler struct {
	o      Options
	ledger Ledger
	jobs   map[string]*entry
	order  []string
}

type entry struct {
	job      Job
	schedule cron.Schedule
	running  sync.Mutex
}

// triggers of a run.
const (
	bySchedule = "schedule"
	byStart    = "start"
	byCommand  = "command"
)

// New makes a scheduler; jobs with a bad spec or the same name are all named in one error.
func New(ledger Ledger, o Options, jobs ...Job) (*Scheduler, error) {
	if o.Patience == 0 {
		o.Patience = 20 * time.Second
	}
	s := &Scheduler{o: o, ledger: ledger, jobs: map[string]*entry{}}
	var errs []error
	for _, j := range jobs {
		schedule, err := ParseSpec(j.Spec)
		if err != nil {
			errs = append(errs, fmt.Errorf("job %s: %w", j.Name, err))
			continue
		}
		if _, twice := s.jobs[j.Name]; twice {
			errs = append(errs, fmt.Errorf("job %s: the name is used twice", j.Name))
			continue
		}
		s.jobs[j.Name] = &entry{job: j, schedule: schedule}
		s.order = append(s.order, j.Name)
	}
	return s, errors.Join(errs...)
}

// ParseSpec reads a schedule: five cron fields or a descriptor such as "@daily" or "@every 5m".
func ParseSpec(spec string) (cron.Schedule, error) {
	schedule, err := cron.ParseStandard(spec)
	if err != nil {
		return nil, khue.Errorf(khue.Invalid,
			"lịch %q không hợp lệ; hãy viết năm trường cron như \"15 6 * * *\" hoặc \"@every 5m\"",
			"schedule %q is not valid; write five cron fields such as \"15 6 * * *\" or \"@every 5m\"", spec).Because(err)
	}
	return schedule, nil
}

// Run starts jobs when they are due, until ctx ends; then it starts no more,
// lets running ones finish for a while, and cancels what is left.
func (s *Scheduler) Run(ctx context.Context) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	clock := cron.New(cron.WithLocation(s.o.Zone), cron.WithLogger(quiet{s.o.Logger}))
	for _, name := range s.order {
		e := s.jobs[name]
		clock.Schedule(e.schedule, cron.FuncJob(func() { _ = s.fire(work, e, bySchedule, s.o.Now()) }))
	}
	var first sync.WaitGroup
	for _, name := range s.order {
		if e := s.jobs[name]; e.job.AtStart {
			first.Go(func() { _ = s.fire(work, e, byStart, s.o.Now()) })
		}
	}
	clock.Start()
	<-ctx.Done()
	drained := make(chan struct{})
	go func() {
		<-clock.Stop().Done()
		first.Wait()
		close(drained)
	}()
	select {
	case <-drained:
	case <-time.After(s.o.Patience):
		s.o.Logger.Warn("jobs are still running, cancelling them")
		cancel()
		<-drained
	}
	return nil
}

// RunNow runs a job at once and gives its error.
func (s *Scheduler) RunNow(ctx context.Context, name string) error {
	e, ok := s.jobs[name]
	if !ok {
		return khue.Errorf(khue.NotFound, "không có công việc %q", "there is no job %q", name)
	}
	return s.fire(ctx, e, byCommand, s.o.Now())
}

// Next tells when a job is due next.
func (s *Scheduler) Next(name string) time.Time {
	e, ok := s.jobs[name]
	if !ok {
		return time.Time{}
	}
	return e.schedule.Next(s.o.Now().In(s.o.Zone))
}

// fire runs a job unless its last run is still going. Its failure is logged,
// written into the ledger and returned.
func (s *Scheduler) fire(ctx context.Context, e *entry, trigger string, due time.Time) error {
	log := s.o.Logger.With("job", e.job.Name, "trigger", trigger)
	if !e.running.TryLock() {
		log.Warn("job is due while its last run is still going, skipped")
		if err := s.ledger.SkipRun(ctx, e.job.Name, trigger, due, "the last run was still going"); err != nil {
			log.Error("ledger not written", "cause", err)
		}
		return khue.Errorf(khue.Conflict, "công việc %s đang chạy", "job %s is already running", e.job.Name)
	}
	defer e.running.Unlock()
	id, err := s.ledger.StartRun(ctx, e.job.Name, trigger, due, s.o.Now())
	if err != nil {
		log.Error("ledger not written", "cause", err)
		return err
	}
	failure := call(ctx, e.job)
	if failure != nil {
		log.Error("job failed", "cause", failure)
	} else {
		log.Info("job done")
	}
	if err := s.ledger.EndRun(context.WithoutCancel(ctx), id, s.o.Now(), failure); err != nil {
		log.Error("ledger not written", "cause", err)
	}
	return failure
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

// quiet passes only errors of the cron library on; runs are logged by us.
type quiet struct{ log *slog.Logger }

func (q quiet) Info(string, ...any) {}
func (q quiet) Error(err error, msg string, keysAndValues ...any) {
	q.log.Error(msg, append(keysAndValues, "cause", err)...)
}
