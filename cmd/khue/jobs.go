package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"khue"
	"khue/ingest"
	"khue/locale"
	"khue/scheduler"
	"khue/state"
)

func newJobs(s *shared) *cobra.Command {
	c := &cobra.Command{
		Use:   "jobs",
		Short: "List the jobs: when they are due, how they went, how far behind they are",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withState(cmd.Context(), func(ctx context.Context, o *Observatory) error { return listJobs(ctx, cmd.OutOrStdout(), o) })
		},
	}
	c.AddCommand(newJobsHistory(s), newJobsRun(s), newJobsPause(s), newJobsResume(s))
	return c
}

func newJobsRun(s *shared) *cobra.Command {
	return &cobra.Command{
		Use:   "run NAME",
		Short: "Run a job now, unless it is running already",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.opened(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				if err := o.Ready(ctx); err != nil {
					return err
				}
				jobs, err := o.scheduler()
				if err != nil {
					return err
				}
				return jobs.RunNow(ctx, args[0])
			})
		},
	}
}

func newJobsPause(s *shared) *cobra.Command {
	return &cobra.Command{
		Use:   "pause NAME",
		Short: "Leave a job out until it is resumed; its due times are noted as paused",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withState(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				if _, err := o.knownJob(ctx, args[0]); err != nil {
					return err
				}
				by := "?"
				if u, err := user.Current(); err == nil {
					by = u.Username
				}
				return o.State.Pause(ctx, args[0], by, o.Now())
			})
		},
	}
}

func newJobsResume(s *shared) *cobra.Command {
	return &cobra.Command{
		Use:   "resume NAME",
		Short: "End the pause of a job; what was paused over is not made up for",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withState(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				j, err := o.knownJob(ctx, args[0])
				if err != nil {
					return err
				}
				if j.configured.Paused {
					return khue.Errorf(khue.Conflict,
						"công việc %s được tạm dừng trong tệp cấu hình; hãy bỏ paused ở đó", "job %s is paused in the configuration; remove paused there", args[0])
				}
				return o.State.Resume(ctx, args[0])
			})
		},
	}
}

// withState runs a command's work with the state alone open: no warehouse is
// started for a look at the ledger.
func (s *shared) withState(ctx context.Context, work func(ctx context.Context, o *Observatory) error) error {
	c, err := s.load()
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return fmt.Errorf("reading the time zone: %w", err)
	}
	o := &Observatory{Config: c, Log: logger(c), Zone: zone, Now: time.Now}
	if o.State, err = state.Open(ctx, c.StateDSN()); err != nil {
		return err
	}
	return errors.Join(work(ctx, o), o.State.Close())
}

// listedJob is a job as the ledger and the configuration know it together.
type listedJob struct {
	state.Job
	configured scheduler.Job
	next       time.Time
}

// listed are the jobs of the ledger and those that are configured but were never
// met by a scheduler.
func (o *Observatory) listed(ctx context.Context) ([]listedJob, error) {
	known, err := o.State.Jobs(ctx)
	if err != nil {
		return nil, err
	}
	var jobs []listedJob
	for _, j := range known {
		jobs = append(jobs, listedJob{Job: j})
	}
	for _, c := range o.jobs() {
		i := slices.IndexFunc(jobs, func(j listedJob) bool { return j.Name == c.Name })
		if i < 0 {
			j, err := o.State.Job(ctx, c.Name)
			if err != nil {
				return nil, err
			}
			j.Schedule, j.Follows = c.Spec, c.After
			jobs, i = append(jobs, listedJob{Job: j}), len(jobs)
		}
		jobs[i].configured = c
	}
	for i, j := range jobs {
		if j.Schedule != "" {
			if next, _, err := scheduler.Upcoming(j.Schedule, j.LastDue, o.Now(), o.Zone); err == nil {
				jobs[i].next = next
			}
		}
	}
	return jobs, nil
}

func (o *Observatory) knownJob(ctx context.Context, name string) (listedJob, error) {
	jobs, err := o.listed(ctx)
	if err != nil {
		return listedJob{}, err
	}
	i := slices.IndexFunc(jobs, func(j listedJob) bool { return j.Name == name })
	if i < 0 {
		return listedJob{}, khue.Errorf(khue.NotFound, "không có công việc %q", "there is no job %q", name)
	}
	return jobs[i], nil
}

func listJobs(ctx context.Context, out io.Writer, o *Observatory) error {
	jobs, err := o.listed(ctx)
	if err != nil {
		return err
	}
	lang := o.lang()
	t := newTable(khue.Text{VI: "Công việc", EN: "Job"}, khue.Text{VI: "Lịch", EN: "Schedule"}, khue.Text{VI: "Đến hạn tiếp", EN: "Next due"},
		khue.Text{VI: "Lần gần nhất", EN: "Last run"}, khue.Text{VI: "Kết quả", EN: "Result"}, khue.Text{VI: "Thành công cách đây", EN: "Last success"},
		khue.Text{VI: "Thường mất", EN: "Usually takes"}, khue.Text{VI: "Còn nợ", EN: "Behind"}, khue.Text{VI: "Lý do", EN: "Cause"})(lang)
	for _, j := range jobs {
		schedule := j.Schedule
		if len(j.Follows) > 0 {
			schedule = strings.TrimSpace(schedule + khue.Text{VI: " sau ", EN: " after "}.In(lang) + strings.Join(j.Follows, ", "))
		}
		next := o.moment(j.next)
		if j.Paused() || j.configured.Paused {
			next = khue.Text{VI: "tạm dừng", EN: "paused"}.In(lang)
		}
		last, result, cause, success, usual := "–", "–", "", "–", "–"
		if j.Last != nil {
			last, result, cause = o.moment(j.Last.StartedAt), state.OutcomeText(j.Last.Outcome).In(lang), shortCause(*j.Last, lang)
		}
		if j.Running != nil {
			last, result, cause = o.moment(j.Running.StartedAt), state.OutcomeText(state.Running).In(lang), j.Running.ClaimedBy
		}
		if j.LastSuccess != nil {
			success, usual = roughly(j.Lag(o.Now()), lang), roughly(j.Typical, lang)
		}
		t.AppendRow(table.Row{j.Name, schedule, next, last, result, success, usual, j.Behind, cause})
	}
	fmt.Fprintln(out, t.Render())
	return nil
}

func newJobsHistory(s *shared) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "history [NAME]",
		Short: "List the due times of a job, or of all, with what became of each",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withState(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				job := ""
				if len(args) > 0 {
					job = args[0]
				}
				runs, err := o.State.JobRuns(ctx, job, limit)
				if err != nil {
					return err
				}
				if len(runs) == 0 && job != "" {
					if _, err := o.knownJob(ctx, job); err != nil {
						return err
					}
				}
				jobHistory(cmd.OutOrStdout(), o, runs)
				return nil
			})
		},
	}
	c.Flags().IntVar(&limit, "limit", 50, "most rows listed")
	return c
}

// jobHistory lists rows of the ledger. The bars compare durations by eye.
func jobHistory(out io.Writer, o *Observatory, runs []state.JobRun) {
	lang := o.lang()
	var longest time.Duration
	for _, r := range runs {
		longest = max(longest, r.Duration())
	}
	t := newTable(khue.Text{VI: "Công việc", EN: "Job"}, khue.Text{VI: "Đến hạn", EN: "Due"}, khue.Text{VI: "Khởi chạy", EN: "Trigger"},
		khue.Text{VI: "Kết quả", EN: "Result"}, khue.Text{VI: "Bắt đầu", EN: "Started"}, khue.Text{VI: "Mất", EN: "Took"}, khue.Text{}, khue.Text{VI: "Lý do", EN: "Cause"})(lang)
	for _, r := range runs {
		took, bar := "–", ""
		if d := r.Duration(); d > 0 {
			took, bar = roughly(d, lang), strings.Repeat("▇", int(1+9*d/max(longest, 1)))
		}
		trigger := state.TriggerText(r.Trigger).In(lang)
		if r.Attempt > 1 {
			trigger += fmt.Sprintf(" ×%d", r.Attempt)
		}
		t.AppendRow(table.Row{r.Job, o.moment(r.DueAt), trigger, state.OutcomeText(r.Outcome).In(lang), o.moment(r.StartedAt), took, bar, shortCause(r, lang)})
	}
	fmt.Fprintln(out, t.Render())
}

// shortCause says in one line why a run did not run or end well.
func shortCause(r state.JobRun, lang khue.Lang) string {
	cause, _, _ := strings.Cut(r.Cause.In(lang), "\n")
	if long := []rune(cause); len(long) > 120 {
		cause = string(long[:120]) + "…"
	}
	switch r.Reason {
	case "", state.ReasonError:
		return cause
	case state.ReasonWaiting, state.ReasonNoData, state.ReasonTimeLimit, state.ReasonCutOff:
		return state.ReasonText(r.Reason).In(lang) + ": " + cause
	}
	return state.ReasonText(r.Reason).In(lang)
}

// moment writes a time in the observatory's zone.
func (o *Observatory) moment(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	if o.lang() == khue.English {
		return t.In(o.Zone).Format("2006-01-02 15:04:05")
	}
	return t.In(o.Zone).Format("15:04:05 02/01/2006")
}

// roughly writes a duration with the precision that matters.
func roughly(d time.Duration, lang khue.Lang) string {
	units := []struct {
		of     time.Duration
		vi, en string
	}{{24 * time.Hour, "ngày", "d"}, {time.Hour, "giờ", "h"}, {time.Minute, "phút", "min"}, {time.Second, "giây", "s"}}
	for _, u := range units {
		if d >= 2*u.of {
			return fmt.Sprintf("%d %s", d/u.of, khue.Text{VI: u.vi, EN: u.en}.In(lang))
		}
	}
	return locale.Number(lang, d.Seconds(), 1) + " " + khue.Text{VI: "giây", EN: "s"}.In(lang)
}

// pull runs one source by hand as a run of its job. A dry run loads nothing, so
// it is no run of the job.
func (o *Observatory) pull(ctx context.Context, source string, options ingest.PullOptions) ([]ingest.Result, error) {
	var results []ingest.Result
	work := func(ctx context.Context) error {
		var err error
		results, err = o.Puller.Pull(ctx, source, options)
		return err
	}
	if options.DryRun {
		err := work(ctx)
		return results, err
	}
	err := o.recorded(ctx, pullJob(source), work)
	return results, err
}
