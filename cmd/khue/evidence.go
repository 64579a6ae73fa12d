package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"khue"
	"khue/api"
	"khue/indicators"
	"khue/locale"
)

func newEvidence(s *shared) *cobra.Command {
	var format string
	look := indicators.Look{Scope: khue.Everything, Changes: 200}
	c := &cobra.Command{
		Use:   "evidence ID",
		Short: "Open the id of a number: what it was, what it rests on, what became of it",
		Long: `Open the id printed beside a number, or that of a whole answer.

The number is worked out again by the definitions and the knowledge of then and shown
beside today's, with the causes of any difference, the definition and its version, the
query, the batches with the originals that are kept, and the records it stands on.`,
		Example: "  khue evidence K7F3Q9X2BC00.2025-03.design.visitors --rows 50",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := tableOrJSON(format); err != nil {
				return err
			}
			return s.opened(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				if err := o.Ready(ctx); err != nil {
					return err
				}
				e, err := o.Service.Explain(ctx, args[0], look)
				if err != nil {
					return err
				}
				if format == "json" {
					return printJSON(cmd.OutOrStdout(), api.EvidenceOf(e))
				}
				return writeEvidence(cmd.OutOrStdout(), e, o.lang())
			})
		},
	}
	f := c.Flags()
	f.StringVar(&format, "format", "table", "table or json")
	f.IntVar(&look.Rows, "rows", 10, "records to show")
	f.IntVar(&look.RowsFrom, "rows-from", 0, "leave out this many records first")
	f.IntVar(&look.Batches, "batches", 20, "batches to show")
	f.IntVar(&look.BatchesFrom, "batches-from", 0, "leave out this many batches first")
	return c
}

// writeEvidence tells it to people.
func writeEvidence(out io.Writer, e indicators.Explained, lang khue.Lang) error {
	say := func(vi, en, value string) {
		if value != "" {
			fmt.Fprintf(out, "%s: %s\n", khue.Text{VI: vi, EN: en}.In(lang), value)
		}
	}
	fmt.Fprintf(out, "%s\n%s\n", e.ID, e.Words.In(lang))
	say("Theo điều biết đến lúc", "As known at", locale.Moment(lang, e.AsOf))
	say("Hỏi lần đầu lúc", "First asked at", locale.Moment(lang, e.FirstAskedAt))
	if c := e.Cell; c != nil {
		say("Con số khi đó", "The number then", cellText(c.Value, c.Measure, lang))
		say("Con số hiện nay", "The number today", cellText(c.Now, c.Measure, lang))
	} else {
		if err := writeTableOf(out, e.Then, lang, false); err != nil {
			return err
		}
	}
	for _, d := range e.Defined {
		say("Định nghĩa", "Definition", d.Label.In(lang)+": "+d.Description.In(lang))
		say("Công thức", "Formula", d.Formula.In(lang))
		say("Cách tính", "Method", d.Method.In(lang))
		if d.Changed != nil {
			for _, f := range d.Changed.Fields {
				say("Đã đổi", "Changed since", f.Field+": "+plainField(f.Old)+" → "+plainField(f.New))
			}
		}
	}
	say("Phiên bản định nghĩa", "Version of the definitions", e.Definitions.Version)
	say("Lấy từ", "Read from", e.Then.Evidence.From)
	if e.Cell != nil {
		writeCause(out, e.Cell, lang)
		writeGrounds(out, e.Cell, lang)
	}
	fmt.Fprintf(out, "\n%s\n", e.Then.Evidence.SQL)
	for _, name := range slices.Sorted(maps.Keys(e.Then.Evidence.Parameters)) {
		fmt.Fprintf(out, "  %s = %v\n", name, e.Then.Evidence.Parameters[name])
	}
	return nil
}

func cellText(v indicators.Value, c indicators.Column, lang khue.Lang) string {
	if !v.Known {
		return locale.Unknown(lang)
	}
	return locale.Number(lang, v.Number, c.Decimals) + " " + c.Unit.In(lang)
}

func writeCause(out io.Writer, c *indicators.ExplainedCell, lang khue.Lang) {
	if c.Restated == nil {
		return
	}
	for _, cell := range c.Restated.Cells {
		for _, e := range cell.Causes {
			fmt.Fprintf(out, "  %s %s (%s %s)\n", indicators.CauseText(e.Cause).In(lang), locale.SignedNumber(lang, e.Effect, c.Measure.Decimals),
				count(lang, e.Records), khue.Text{VI: "bản ghi", EN: "records"}.In(lang))
		}
	}
	writeMovements(out, *c.Restated, lang)
	for _, row := range c.Changed {
		fmt.Fprintf(out, "  %s %s › %s › %s\n", indicators.CauseText(row.Cause).In(lang), row.Source, row.Dataset, row.RecordID)
		for _, f := range row.Fields {
			fmt.Fprintf(out, "    %s: %s → %s\n", f.Field, plainField(f.Old), plainField(f.New))
		}
	}
}

func writeGrounds(out io.Writer, c *indicators.ExplainedCell, lang khue.Lang) {
	for _, g := range c.Grounds {
		fmt.Fprintf(out, "\n%s: %s %s, %s %s\n", g.Label.In(lang), count(lang, g.RecordsOf), khue.Text{VI: "bản ghi", EN: "records"}.In(lang),
			count(lang, g.BatchesOf), khue.Text{VI: "lô", EN: "batches"}.In(lang))
		for _, b := range g.Batches {
			fmt.Fprintf(out, "  %s %s %s: %s\n", b.Source, locale.Moment(lang, b.RecordedAt), b.ID, count(lang, b.Records))
			for _, raw := range b.Raw {
				state := ""
				if !raw.PrunedAt.IsZero() {
					state = khue.Text{VI: " (đã xóa theo hạn)", EN: " (removed at the end of its time)"}.In(lang)
				}
				fmt.Fprintf(out, "    %s SHA-256 %s%s\n", raw.Path, raw.SHA256, state)
			}
		}
		for _, r := range g.Records {
			fmt.Fprintf(out, "  %s › %s", r.Source, r.RecordID)
			for _, f := range r.Fields {
				fmt.Fprintf(out, " · %s %s", f.Field, plainField(f.Value))
			}
			fmt.Fprintln(out)
		}
	}
}
