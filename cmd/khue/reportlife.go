package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"khue"
	"khue/reports"
	"khue/reports/archive"
	"khue/state"
)

// archived is the archive of reports. What only reads it or says yes to a report
// needs no warehouse.
func (o *Observatory) archived() (*archive.Archive, error) {
	return archive.New(archive.Options{Keeper: o.State, Maker: o.maker(), Now: o.Now, Zone: o.Zone, Program: programVersion(), To: o.recipientsOf, Page: o.Config.reportPage})
}

// maker makes reports by a version of the definitions. Those in force are kept, so
// that what was made by them can be made again when others are.
func (o *Observatory) maker() archive.Maker {
	return func(ctx context.Context, version string, confidential bool) (archive.Making, error) {
		service, assumed := o.Service, false
		if version == "" {
			if err := o.Ledger.keepContent(ctx, false); err != nil {
				return archive.Making{}, err
			}
		} else {
			under, definitions, err := o.Service.Under(ctx, version)
			if err != nil {
				return archive.Making{}, err
			}
			service, assumed = under, definitions.Assumed
		}
		r, err := o.reporterOn(ctx, service, confidential)
		return archive.Making{Reporter: r, Past: service, Definitions: service.Catalogue(), Now: o.Catalogue, Assumed: assumed}, err
	}
}

// inArchive runs work on the archive with the whole observatory open.
func (s *shared) inArchive(ctx context.Context, work func(ctx context.Context, o *Observatory, a *archive.Archive) error) error {
	return s.opened(ctx, func(ctx context.Context, o *Observatory) error {
		if err := o.Ready(ctx); err != nil {
			return err
		}
		a, err := o.archived()
		if err != nil {
			return err
		}
		return work(ctx, o, a)
	})
}

// besideArchive runs work on the archive that asks the warehouse nothing.
func (s *shared) besideArchive(ctx context.Context, work func(ctx context.Context, o *Observatory, a *archive.Archive) error) error {
	return s.withState(ctx, func(ctx context.Context, o *Observatory) error {
		a, err := o.archived()
		if err != nil {
			return err
		}
		return work(ctx, o, a)
	})
}

func reportNumber(s string) (int64, error) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id < 1 {
		return 0, khue.Errorf(khue.Invalid, "%q không phải là số của báo cáo; xem `khue report list --made`", "%q is not the number of a report; see `khue report list --made`", s)
	}
	return id, nil
}

func newReportDraft(s *shared) *cobra.Command {
	var period, by, languages string
	var confidential bool
	var parameters reports.Parameters
	c := &cobra.Command{
		Use:   "draft ID",
		Short: "Draft a report by what is known now",
		Long: `Draft a report by what is known now, in all its formats.

A draft of the same report and period is made again. When one was issued already,
the draft is to take its place, and ends with what changed since. A draft that
cannot be made, or lacks something, is kept and says why; it cannot be submitted.`,
		Example: "  khue report draft resolution-progress --period 2025 --languages vi,en --by \"Nguyễn Thị Lan\"",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := khue.ParsePeriod(period)
			if err != nil {
				return err
			}
			return s.inArchive(cmd.Context(), func(ctx context.Context, o *Observatory, a *archive.Archive) error {
				order := archive.Order{Definition: args[0], Period: p, Confidential: confidential, Parameters: parameters}
				if languages == "" {
					languages = o.Config.Language
				}
				for _, l := range strings.Split(languages, ",") {
					lang, err := khue.ParseLang(strings.TrimSpace(l))
					if err != nil {
						return err
					}
					order.Languages = append(order.Languages, lang)
				}
				r, err := a.Draft(ctx, order, by)
				if err != nil {
					return err
				}
				return writeReport(cmd.OutOrStdout(), o, r)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&period, "period", "", "the period it is about, such as 2025")
	parameterFlags(f, &parameters)
	f.StringVar(&by, "by", "", "who drafts it")
	f.StringVar(&languages, "languages", "", "its languages: vi, en or vi,en (default that of --lang)")
	f.BoolVar(&confidential, "confidential", false, "for the office's own use: with the figures that a published report withholds")
	demand(c, "period", "by")
	return c
}

func demand(c *cobra.Command, flags ...string) {
	for _, name := range flags {
		_ = c.MarkFlagRequired(name) // the flag is there: it was just defined
	}
}

// act is a command that does something to one report and shows it.
type act struct {
	use, short string
	remark     string // the flag that says more; "" when there is none
	about      string // what that flag is
	needed     bool   // it must be given
	makes      bool   // it makes the report again: the warehouse is needed
	do         func(ctx context.Context, a *archive.Archive, id int64, by, remark string) (state.Report, error)
}

func (d act) command(s *shared) *cobra.Command {
	var by, remark string
	c := &cobra.Command{
		Use: d.use + " N", Short: d.short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := reportNumber(args[0])
			if err != nil {
				return err
			}
			open := s.besideArchive
			if d.makes {
				open = s.inArchive
			}
			return open(cmd.Context(), func(ctx context.Context, o *Observatory, a *archive.Archive) error {
				r, err := d.do(ctx, a, id, by, remark)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), khue.Text{VI: "báo cáo số %d: %s\n", EN: "report %d: %s\n"}.In(o.lang()), r.ID, archive.StatusText(r.Status()).In(o.lang()))
				return nil
			})
		},
	}
	c.Flags().StringVar(&by, "by", "", "who does it")
	demand(c, "by")
	if d.remark != "" {
		c.Flags().StringVar(&remark, d.remark, "", d.about)
	}
	if d.needed {
		demand(c, d.remark)
	}
	return c
}

func newReportSubmit(s *shared) *cobra.Command {
	return act{use: "submit", short: "Hand a draft in for review", remark: "remark", about: "what the reviewer should know", makes: true, do: func(ctx context.Context, a *archive.Archive, id int64, by, remark string) (state.Report, error) {
		return a.Submit(ctx, id, by, remark)
	}}.command(s)
}

func newReportApprove(s *shared) *cobra.Command {
	return act{use: "approve", short: "Approve a report that somebody else made and submitted", remark: "remark", about: "what goes with the yes", do: func(ctx context.Context, a *archive.Archive, id int64, by, remark string) (state.Report, error) {
		return a.Approve(ctx, id, by, remark)
	}}.command(s)
}

func newReportReturn(s *shared) *cobra.Command {
	return act{use: "return", short: "Send a report back to its makers", remark: "because", about: "the reason", needed: true, do: func(ctx context.Context, a *archive.Archive, id int64, by, remark string) (state.Report, error) {
		return a.Return(ctx, id, by, remark)
	}}.command(s)
}

func newReportIssue(s *shared) *cobra.Command {
	return act{use: "issue", short: "Issue an approved report under the clerk's number", remark: "number", about: "the number that the clerk gave, such as 12/BC-SVHTT", needed: true, makes: true, do: func(ctx context.Context, a *archive.Archive, id int64, by, remark string) (state.Report, error) {
		return a.Issue(ctx, id, by, remark)
	}}.command(s)
}
