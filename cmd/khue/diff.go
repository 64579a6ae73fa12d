package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"khue"
	"khue/indicators"
)

// diffFlags are what `khue diff` is told.
type diffFlags struct {
	from, to, period, format string
	names, by, where         []string
	rows                     bool
	most, limit              int
}

func newDiff(s *shared) *cobra.Command {
	d := diffFlags{}
	c := &cobra.Command{
		Use:   "diff --from T1 [--to T2]",
		Short: "Tell what changed between two moments of knowledge, and why",
		Long: `Tell what changed between two moments of knowledge, by figure, period and cause.

Each figure that differs is shown as it was known at --from and at --to, with what each
cause adds to it: facts that are new, facts that came late, corrections, retractions,
and definitions that changed. For all that adds up, the causes make up the difference
exactly. With --rows also the records that changed, field by field, with the batches
and kept originals they came from.`,
		Example: "  khue diff --from 2025-05-31 --to 2025-06-30 --indicator visitors --by month,discipline\n" +
			"  khue diff --from 2025-05-31 --period 2025-01..2025-05 --rows --format csv",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			question, err := d.restatement()
			if err != nil {
				return err
			}
			write, ok := diffWriters[d.format]
			if !ok {
				return khue.Errorf(khue.Invalid, "không có định dạng %q; có: table, csv, json", "there is no format %q; there are: table, csv, json", d.format)
			}
			return s.opened(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				if err := o.Ready(ctx); err != nil {
					return err
				}
				r, err := o.Service.Restate(ctx, question)
				if err != nil {
					return err
				}
				return write(cmd.OutOrStdout(), r, d.rows, o.lang())
			})
		},
	}
	f := c.Flags()
	f.StringVar(&d.from, "from", "", "the earlier moment of knowledge: 2025-05-31 (its end) or 2025-05-31T08:00:00+07:00")
	f.StringVar(&d.to, "to", "", "the later moment (default now)")
	f.StringSliceVar(&d.names, "indicator", nil, "measures and indicators, such as visitors,visitors_per_event; all when none is named")
	f.StringSliceVar(&d.by, "by", nil, "year, quarter, month, …, discipline, area, …")
	f.StringArrayVar(&d.where, "where", nil, "limit a dimension: discipline=design,crafts (repeatable)")
	f.StringVar(&d.period, "period", "", "the periods the figures are of: 2025 or 2025-01..2025-05")
	f.StringVar(&d.format, "format", "table", "table, csv or json")
	f.BoolVar(&d.rows, "rows", false, "list the records that changed, with their batches")
	f.IntVar(&d.most, "most", 1000, "most records to list")
	f.IntVar(&d.limit, "limit", 0, "most cells of a figure; more is an error")
	return c
}

// restatement reads the flags.
func (d diffFlags) restatement() (indicators.Restatement, error) {
	if d.from == "" {
		return indicators.Restatement{}, khue.Errorf(khue.Invalid, "cần --from: thời điểm để so sánh", "--from is needed: the moment to compare with")
	}
	first, last, spans := strings.Cut(d.period, "..")
	if !spans {
		last = first
	}
	q, err := (queryFlags{measures: []string{"-"}, by: d.by, where: d.where, from: first, to: last}).question()
	if err != nil {
		return indicators.Restatement{}, err
	}
	r := indicators.Restatement{Names: d.names, By: d.by, Where: q.Where, FirstDay: q.From, EndDay: q.To, Limit: d.limit, Scope: khue.Everything}
	if d.rows {
		r.Rows = d.most
	}
	if r.From, err = parseMoment(d.from); err != nil {
		return r, err
	}
	if d.to != "" {
		r.To, err = parseMoment(d.to)
	}
	return r, err
}
