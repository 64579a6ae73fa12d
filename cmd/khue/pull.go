package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"khue"
	"khue/ingest"
)

func newPull(s *shared) *cobra.Command {
	var since, backfill string
	var o ingest.PullOptions
	c := &cobra.Command{
		Use:   "pull [SOURCE…]",
		Short: "Pull sources now; all of them when none is named",
		RunE: func(cmd *cobra.Command, sources []string) error {
			if err := readSpan(&o, since, backfill); err != nil {
				return err
			}
			return s.opened(cmd.Context(), func(ctx context.Context, ob *Observatory) error {
				if err := ob.Ready(ctx); err != nil {
					return err
				}
				if err := ob.markSources(ctx); err != nil {
					return err
				}
				if len(sources) == 0 {
					sources = ob.Puller.Sources()
				}
				if onTerminal() {
					p := newProgress(ob.Log)
					defer p.end()
					ob.pageRead = func(r ingest.Result) { p.step(r.Source+"/"+r.Dataset, r.Read, -1) }
				}
				return pullAll(ctx, cmd.OutOrStdout(), ob, sources, o)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&since, "since", "", "read changes from this day on, whatever was read before (2025-03-01)")
	f.StringVar(&backfill, "backfill", "", "read changes of a span of days again (2025-01-01..2025-03-31)")
	f.BoolVar(&o.DryRun, "dry-run", false, "read and check, load nothing")
	f.StringSliceVar(&o.Datasets, "dataset", nil, "only these datasets")
	return c
}

func pullAll(ctx context.Context, out io.Writer, o *Observatory, sources []string, options ingest.PullOptions) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "source\tdataset\tread\taccepted\trejected\tadded\tcorrected\tretracted\tunchanged\t")
	var errs []error
	for _, source := range sources {
		results, err := o.pull(ctx, source, options)
		for _, r := range results {
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", source, r.Dataset, r.Read, r.Accepted, r.Rejected, r.Added, r.Corrected, r.Retracted, r.Unchanged)
		}
		errs = append(errs, err)
	}
	return errors.Join(append(errs, w.Flush())...)
}

// readSpan reads --since and --backfill, which are days in the observatory's zone.
func readSpan(o *ingest.PullOptions, since, backfill string) error {
	if since != "" && backfill != "" {
		return khue.Errorf(khue.Invalid, "chỉ dùng một trong --since và --backfill", "use either --since or --backfill")
	}
	if since != "" {
		t, err := time.Parse(time.DateOnly, since)
		if err != nil {
			return khue.Errorf(khue.Invalid, "--since phải là ngày dạng 2025-03-01, không phải %q", "--since must be a day such as 2025-03-01, not %q", since)
		}
		o.Since = t
	}
	if backfill != "" {
		var a, b string
		if n, err := fmt.Sscanf(backfill, "%10s..%10s", &a, &b); err != nil || n != 2 {
			return badSpan(backfill)
		}
		from, err1 := time.Parse(time.DateOnly, a)
		to, err2 := time.Parse(time.DateOnly, b)
		if err1 != nil || err2 != nil || to.Before(from) {
			return badSpan(backfill)
		}
		o.From, o.To = from, to.AddDate(0, 0, 1)
	}
	return nil
}

func badSpan(s string) error {
	return khue.Errorf(khue.Invalid, "--backfill phải có dạng 2025-01-01..2025-03-31, không phải %q", "--backfill must be written 2025-01-01..2025-03-31, not %q", s)
}
