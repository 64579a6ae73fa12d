package main

import (
	"context"
	"fmt"
	"io"
	"math"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"khue"
	"khue/reports/archive"
	"khue/state"
)

func newReportDownloads(s *shared) *cobra.Command {
	return &cobra.Command{
		Use: "downloads N", Short: "Tell who took files of a report along, from the pages", Args: cobra.ExactArgs(1),
		Long: `Tell who took files of a report along, from the pages, the newest first.

A name is what whoever downloaded has told the browser; until there are accounts,
those who told none are listed as not named.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := reportNumber(args[0])
			if err != nil {
				return err
			}
			return s.besideArchive(cmd.Context(), func(ctx context.Context, o *Observatory, a *archive.Archive) error {
				if _, err := a.Report(ctx, id); err != nil {
					return err
				}
				list, _, err := o.State.ReportDownloads(ctx, id, math.MaxInt32)
				if err != nil {
					return err
				}
				if s.json {
					return printJSON(cmd.OutOrStdout(), downloadsAsJSON(list))
				}
				writeDownloads(cmd.OutOrStdout(), o, list)
				return nil
			})
		},
	}
}

// downloadJSON is one taking along for programs.
type downloadJSON struct {
	At       string `json:"at"`
	Person   string `json:"person"` // "" when none was given
	File     string `json:"file"`
	Language string `json:"language"`
	Format   string `json:"format"`
	Build    int    `json:"build"`
	SHA256   string `json:"sha256"`
}

func downloadsAsJSON(list []state.ReportDownload) []downloadJSON {
	out := make([]downloadJSON, len(list))
	for i, d := range list {
		out[i] = downloadJSON{d.At.UTC().Format("2006-01-02T15:04:05.000Z07:00"), d.Person, d.Name, d.Language, d.Format, d.Build, d.SHA256}
	}
	return out
}

func writeDownloads(out io.Writer, o *Observatory, list []state.ReportDownload) {
	lang := o.lang()
	if len(list) == 0 {
		fmt.Fprintln(out, khue.Text{VI: "Chưa ai tải tệp nào.", EN: "Nobody has taken a file along yet."}.In(lang))
		return
	}
	t := newTable(khue.Text{VI: "Lúc", EN: "When"}, khue.Text{VI: "Người", EN: "By"}, khue.Text{VI: "Tệp", EN: "File"}, khue.Text{VI: "SHA-256", EN: "SHA-256"})(lang)
	for _, d := range list {
		person := d.Person
		if person == "" {
			person = khue.Text{VI: "không ghi tên", EN: "not named"}.In(lang)
		}
		t.AppendRow(table.Row{o.moment(d.At), person, d.Name, d.SHA256})
	}
	fmt.Fprintln(out, t.Render())
}
