package scheduler

import (
	"context"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"khue"
	"khue/state"
)

var wasPaused = khue.Text{VI: "công việc đang tạm dừng", EN: "the job was paused"}

const (
	// grace is how late a due time may be found and still count as on time, and
	// how far the clocks of two processes may be apart.
	grace = time.Minute
	// mostListed bounds the rows that one gap gives: a clock that jumps to the
	// next century must not fill the ledger.
	mostListed = 10_000
)

// plan writes the due times of a job that have come. While none has, and the
// clock runs on, the ledger is not touched.
func (s *Scheduler) plan(ctx context.Context, e *entry, now time.Time) error {
	if e.schedule == nil {
		return s.planChain(ctx, e, now)
	}
	e.mu.Lock()
	idle := !e.next.IsZero() && now.Before(e.next) && !now.Before(e.planned.Add(-grace))
	e.mu.Unlock()
	if idle {
		return nil
	}
	var next time.Time
	err := s.ledger.Plan(ctx, e.job.Name, now, func(p state.Planned) ([]state.DueRow, time.Time, time.Time) {
		dues, to := s.dues(e, p.To, now)
		next = e.schedule.Next(to.In(s.o.Zone))
		return s.rows(e.job, p, dues, now), to, next
	})
	if err == nil {
		e.mu.Lock()
		e.next, e.planned = next, now
		e.mu.Unlock()
	}
	return err
}

// dues lists the due times after the last planned one, up to now, and says how
// far that is.
func (s *Scheduler) dues(e *entry, last, now time.Time) (dues []time.Time, to time.Time) {
	if last.After(now.Add(grace)) {
		last = before(e.schedule, last, now) // the clock was put back
	}
	if every := Interval(e.schedule, last.In(s.o.Zone)); every <= 24*time.Hour && now.Sub(last)/every > 2*mostListed {
		s.o.Logger.Warn("too many due times have passed to list them all", "job", e.job.Name, "since", last)
		dues = append(dues, e.schedule.Next(last.In(s.o.Zone))) // stands for those that are not listed
		last = before(e.schedule, last, now.Add(-mostListed*every))
	}
	for t := e.schedule.Next(last.In(s.o.Zone)); !t.IsZero() && !t.After(now); t = e.schedule.Next(t) {
		dues, last = append(dues, t), t
	}
	return dues, last
}

// before is where to plan on from when due times are not told one by one from
// the last one to a moment: that moment, but in step with "@every".
func before(schedule cron.Schedule, last, moment time.Time) time.Time {
	every, ok := schedule.(cron.ConstantDelaySchedule)
	if !ok {
		return moment
	}
	steps := moment.Sub(last) / every.Delay
	if last.Add(steps * every.Delay).After(moment) {
		steps-- // towards the past, not towards zero
	}
	return last.Add(steps * every.Delay)
}

// rows says what becomes of due times that have come: those just now are due,
// late ones go by the catch-up rule, and of a paused job all are skipped.
func (s *Scheduler) rows(j Job, p state.Planned, dues []time.Time, now time.Time) []state.DueRow {
	late := 0
	for late < len(dues) && dues[late].Before(now.Add(-grace)) {
		late++
	}
	made := 0 // of the late ones, how many run: the newest
	switch {
	case j.CatchUp == Latest && late == len(dues) && late > 0:
		made = 1
	case j.CatchUp == All:
		made = min(late, max(j.Cap-p.Pending, 0))
	}
	rows := make([]state.DueRow, len(dues))
	for i, t := range dues {
		r := state.DueRow{Trigger: state.BySchedule, DueAt: t, NotBefore: t.Add(j.delay(t)), Outcome: state.Due}
		switch {
		case p.Paused || j.Paused:
			r.Outcome, r.Reason, r.Cause = state.Skipped, state.ReasonPaused, wasPaused
		case i < late-made:
			r.Outcome, r.Reason = state.Missed, state.ReasonNobody
			r.Cause = khue.Text{
				VI: fmt.Sprintf("không có bộ lịch nào chạy khi đến hạn; cách chạy bù là %q", j.CatchUp),
				EN: fmt.Sprintf("no scheduler was running when it was due; catch-up is %q", j.CatchUp),
			}
			if j.CatchUp == All {
				r.Cause = khue.Text{
					VI: fmt.Sprintf("không có bộ lịch nào chạy khi đến hạn; chỉ chạy bù %d hạn mới nhất", j.Cap),
					EN: fmt.Sprintf("no scheduler was running when it was due; catch-up makes up for the newest %d", j.Cap),
				}
			}
		case i < late:
			r.Trigger = state.ByCatchUp
		case j.CatchUp == All && p.Pending+made+i-late >= j.Cap:
			r.Outcome, r.Reason = state.Skipped, state.ReasonStillGoing
			r.Cause = khue.Text{
				VI: fmt.Sprintf("đã có %d hạn đang chờ", j.Cap),
				EN: fmt.Sprintf("%d due times are waiting already", j.Cap),
			}
		}
		rows[i] = r
	}
	return rows
}

// planChain makes a job due that only follows others, once they have all ended
// well for a newer due time than its last.
func (s *Scheduler) planChain(ctx context.Context, e *entry, now time.Time) error {
	var reached time.Time
	for i, before := range e.job.After {
		r, err := s.ledger.Reach(ctx, before, now, now)
		if err != nil || r.Open { // what is under way may reach further
			return err
		}
		if i == 0 || r.Done.Before(reached) {
			reached = r.Done
		}
	}
	e.mu.Lock()
	idle := reached.IsZero() || reached.Equal(e.planned)
	e.mu.Unlock()
	if idle {
		return nil
	}
	err := s.ledger.Plan(ctx, e.job.Name, now, func(p state.Planned) ([]state.DueRow, time.Time, time.Time) {
		last := p.To
		if last.After(now.Add(grace)) {
			last = now
		}
		if !reached.After(last) {
			return nil, last, time.Time{}
		}
		row := state.DueRow{Trigger: state.ByChain, DueAt: reached, NotBefore: reached.Add(e.job.delay(reached)), Outcome: state.Due}
		if p.Paused || e.job.Paused {
			row.Outcome, row.Reason, row.Cause = state.Skipped, state.ReasonPaused, wasPaused
		}
		return []state.DueRow{row}, reached, time.Time{}
	})
	if err == nil {
		e.mu.Lock()
		e.planned = reached
		e.mu.Unlock()
	}
	return err
}

// Next makes an entry a schedule for the cron library's clock: it wakes the loop
// when the ledger says that the job is due.
func (e *entry) Next(t time.Time) time.Time {
	e.mu.Lock()
	next := e.next
	e.mu.Unlock()
	for range 1000 {
		switch {
		case next.IsZero():
			return e.schedule.Next(t)
		case next.After(t):
			return next
		}
		next = e.schedule.Next(next)
	}
	return e.schedule.Next(t)
}

// Upcoming reads, for a job whose newest planned due time is last, when it is
// due next after now, and how many due times have passed since without a row
// (at most 10,000 are counted): more than none means that no scheduler runs.
func Upcoming(spec string, last, now time.Time, zone *time.Location) (next time.Time, passed int, err error) {
	schedule, err := ParseSpec(spec)
	if err != nil {
		return time.Time{}, 0, err
	}
	if last.IsZero() {
		return schedule.Next(now.In(zone)), 0, nil
	}
	for t := schedule.Next(last.In(zone)); !t.After(now) && passed < mostListed; t = schedule.Next(t) {
		passed++
	}
	return schedule.Next(before(schedule, last, now).In(zone)), passed, nil
}
