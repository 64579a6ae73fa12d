package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"khue/ingest"
)

func newJobs(s *shared) *cobra.Command {
	c := &cobra.Command{
		Use:   "jobs",
		Short: "List the jobs with their next due time and last result",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.opened(cmd.Context(), func(ctx context.Context, o *Observatory) error { return listJobs(ctx, cmd, o) })
		},
	}
	c.AddCommand(&cobra.Command{
		Use:   "run NAME",
		Short: "Run a job now",
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
	})
	return c
}

func listJobs(ctx context.Context, cmd *cobra.Command, o *Observatory) error {
	jobs, err := o.scheduler()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "JOB\tSCHEDULE\tNEXT DUE\tLAST STARTED\tOUTCOME\tCAUSE")
	for _, j := range o.jobs() {
		next, err := jobs.Next(ctx, j.Name)
		if err != nil {
			return err
		}
		runs, err := o.State.JobRuns(ctx, j.Name, 1)
		if err != nil {
			return err
		}
		started, outcome, cause := "never", "", ""
		if len(runs) > 0 {
			started, outcome, cause = runs[0].DueAt.In(o.Zone).Format("2006-01-02 15:04:05"), runs[0].Outcome, runs[0].Cause
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", j.Name, j.Spec, next.In(o.Zone).Format("2006-01-02 15:04"), started, outcome, cause)
	}
	return w.Flush()
}

// pull runs one source by hand and writes the run into the ledger.
func (o *Observatory) pull(ctx context.Context, source string, options ingest.PullOptions) ([]ingest.Result, error) {
	var results []ingest.Result
	err := o.recorded(ctx, pullJob(source), func(ctx context.Context) error {
		var err error
		results, err = o.Puller.Pull(ctx, source, options)
		return err
	})
	return results, err
}
