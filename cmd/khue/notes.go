package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"khue"
	"khue/api"
	"khue/indicators"
	"khue/notes"
)

func newNotes(s *shared) *cobra.Command {
	var choice notes.Choice
	var period, asOf, format string
	c := &cobra.Command{
		Use:   "notes",
		Short: "List the notes beside figures; they are written on the pages (/notes)",
		Long: `List the notes that offices wrote beside figures: on an indicator, an event or
all figures of a period. They are written, changed and taken down on the pages.

With --as-of the list is as it stood then, which explains a report issued at the time.`,
		Example: "  khue notes --indicator visitors --period 2026\n  khue notes --as-of 2026-03-01 --format json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.json {
				format = "json"
			}
			if err := tableOrJSON(format); err != nil {
				return err
			}
			if period != "" {
				p, ok := notes.ParsePeriod(period)
				if !ok {
					return khue.Errorf(khue.Invalid, "không đọc được kỳ %q", "the period %q cannot be read", period)
				}
				choice.Period = p
			}
			q, err := (queryFlags{measures: []string{"-"}, asOf: asOf}).question()
			if err != nil {
				return err
			}
			return s.withState(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				all, err := o.State.Notes(ctx, q.AsOf)
				if err != nil {
					return err
				}
				all = slices.DeleteFunc(all, func(n notes.Note) bool { return !choice.Takes(n) })
				if format == "json" {
					return printJSON(cmd.OutOrStdout(), api.NotesOf(all))
				}
				catalogue, err := indicators.Load(o.Config.Definitions)
				if err != nil {
					return err
				}
				writeNotes(cmd.OutOrStdout(), o, catalogue, all)
				return nil
			})
		},
	}
	f := c.Flags()
	f.StringVar(&choice.Indicator, "indicator", "", "notes on this indicator or measure alone")
	f.StringVar(&choice.Event, "event", "", "notes on this event alone")
	f.StringVar(&period, "period", "", "notes on days of this period: 2026, 2026-Q4, 2026-12 or 2026-12-01")
	f.StringVar(&asOf, "as-of", "", "notes as they stood then: 2026-03-01 or 2026-03-01T08:00:00+07:00")
	f.StringVar(&format, "format", "table", "table or json")
	return c
}

// writeNotes lists notes for people, the newest first.
func writeNotes(out io.Writer, o *Observatory, catalogue *indicators.Catalogue, all []notes.Note) {
	lang := o.lang()
	if len(all) == 0 {
		fmt.Fprintln(out, khue.Text{VI: "Chưa có ghi chú nào.", EN: "There are no notes."}.In(lang))
		return
	}
	t := newTable(khue.Text{VI: "Số", EN: "No."}, khue.Text{VI: "Về", EN: "About"}, khue.Text{VI: "Kỳ", EN: "Period"}, khue.Text{VI: "Nội dung", EN: "Note"},
		khue.Text{VI: "Đơn vị ghi", EN: "By"}, khue.Text{VI: "Ghi lúc", EN: "Written"})(lang)
	for _, n := range all {
		t.AppendRow(table.Row{n.ID, noteSubject(catalogue, lang, n), notes.Days(lang, n), notes.Words(lang, n), n.Office, o.moment(n.WrittenAt)})
	}
	fmt.Fprintln(out, t.Render())
}

// noteSubject is what a note is about.
func noteSubject(catalogue *indicators.Catalogue, lang khue.Lang, n notes.Note) string {
	switch {
	case n.Event != "":
		return strings.TrimSpace(n.Event + " " + n.EventTitle)
	case n.Indicator == "":
		return khue.Text{VI: "mọi số liệu trong kỳ", EN: "all figures of the period"}.In(lang)
	}
	if i, err := catalogue.Indicator(n.Indicator); err == nil {
		return i.Label.In(lang)
	}
	if m, err := catalogue.Measure(n.Indicator); err == nil {
		return m.Label.In(lang)
	}
	return n.Indicator
}

// tellNotes says how many notes stand, and warns of those on figures that are
// defined no more: nobody would see them beside a chart.
func tellNotes(ctx context.Context, out io.Writer, o *Observatory) error {
	all, err := o.State.Notes(ctx, time.Time{})
	if err != nil || len(all) == 0 {
		return err
	}
	strangers := notes.Strangers(all, o.Catalogue.HasFigure)
	if len(strangers) == 0 {
		fmt.Fprintf(out, "notes          ok (%d)\n", len(all))
		return nil
	}
	for _, name := range strangers {
		var ids []string
		for _, n := range all {
			if n.Indicator == name {
				ids = append(ids, fmt.Sprint(n.ID))
			}
		}
		fmt.Fprintf(out, "notes          warning: no indicator or measure %q any more; change or take down %s\n", name, strings.Join(ids, ", "))
	}
	return nil
}
