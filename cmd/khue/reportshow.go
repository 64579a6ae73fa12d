package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"khue"
	"khue/indicators"
	"khue/reports/archive"
	"khue/state"
)

func listReports(ctx context.Context, out io.Writer, o *Observatory, issued bool) error {
	a, err := o.archived()
	if err != nil {
		return err
	}
	all, err := a.List(ctx, issued)
	if err != nil {
		return err
	}
	lang := o.lang()
	if len(all) == 0 {
		fmt.Fprintln(out, khue.Text{VI: "Chưa có báo cáo nào.", EN: "There are no reports."}.In(lang))
		return nil
	}
	t := newTable(khue.Text{VI: "Báo cáo", EN: "Report"}, khue.Text{VI: "Loại", EN: "Kind"}, khue.Text{VI: "Kỳ", EN: "Period"}, khue.Text{VI: "Tình trạng", EN: "Status"},
		khue.Text{VI: "Bản", EN: "Version"}, khue.Text{VI: "Số văn bản", EN: "Number"}, khue.Text{VI: "Số liệu đến", EN: "As of"}, khue.Text{VI: "Ban hành", EN: "Issued"})(lang)
	for _, r := range all {
		version, number, on := "", "", ""
		if r.Issue != nil {
			version, number, on = fmt.Sprint(r.Issue.Version), r.Issue.Number, o.moment(r.Issue.IssuedAt)
		}
		about, err := archive.About(r, lang)
		if err != nil {
			return err
		}
		t.AppendRow(table.Row{r.ID, strings.Join(append([]string{r.Definition}, about...), ", "), r.Period, archive.StatusText(r.Status()).In(lang), version, number, o.moment(r.Build.AsOf), on})
	}
	fmt.Fprintln(out, t.Render())
	return nil
}

func newReportShow(s *shared) *cobra.Command {
	return &cobra.Command{
		Use: "show N", Short: "Show a report: where it stands, its history and its files", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := reportNumber(args[0])
			if err != nil {
				return err
			}
			return s.besideArchive(cmd.Context(), func(ctx context.Context, o *Observatory, a *archive.Archive) error {
				r, err := a.Report(ctx, id)
				if err != nil {
					return err
				}
				return writeReport(cmd.OutOrStdout(), o, r)
			})
		},
	}
}

// writeReport shows a report for people.
func writeReport(out io.Writer, o *Observatory, r state.Report) error {
	lang := o.lang()
	say := func(vi, en string, args ...any) { fmt.Fprintf(out, khue.Text{VI: vi, EN: en}.In(lang)+"\n", args...) }
	about, err := archive.About(r, lang)
	if err != nil {
		return err
	}
	say("Báo cáo số %d: %s, kỳ %s", "Report %d: %s, %s", r.ID, strings.Join(append([]string{r.Definition}, about...), ", "), r.Period)
	say("Tình trạng: %s", "Status: %s", archive.StatusText(r.Status()).In(lang))
	if i := r.Issue; i != nil {
		say("Bản %d, số %s, ban hành %s", "Version %d, number %s, issued %s", i.Version, i.Number, o.moment(i.IssuedAt))
		if i.Supersedes != 0 {
			say("Thay báo cáo số %d", "Takes the place of report %d", i.Supersedes)
		}
	}
	say("Số liệu được biết đến %s; định nghĩa bản %s", "As known at %s; definitions %s", o.moment(r.Build.AsOf), r.Build.Definitions)
	lacks, err := archive.Lacks(r)
	if err != nil {
		return err
	}
	if len(lacks) > 0 {
		say("Chưa trình được vì:", "It cannot be submitted because:")
		for _, l := range lacks {
			fmt.Fprintln(out, "  - "+l.In(lang))
		}
	}
	history := newTable(khue.Text{VI: "Lúc", EN: "When"}, khue.Text{VI: "Việc", EN: "Act"}, khue.Text{VI: "Người", EN: "By"}, khue.Text{VI: "Ghi", EN: "Remark"})(lang)
	for _, p := range r.Steps {
		history.AppendRow(table.Row{o.moment(p.At), archive.ActText(p.Act).In(lang), p.Person, p.Remark})
	}
	fmt.Fprintln(out, history.Render())
	files := newTable(khue.Text{VI: "Tệp", EN: "File"}, khue.Text{VI: "Nguồn gốc", EN: "Origin"}, khue.Text{VI: "Cỡ", EN: "Size"}, khue.Text{EN: "SHA-256", VI: "SHA-256"})(lang)
	for _, f := range r.Build.Files {
		files.AppendRow(table.Row{f.Name, fileOrigin(r, f).In(lang), count(lang, f.Size), f.SHA256})
	}
	if len(r.Build.Files) > 0 {
		fmt.Fprintln(out, files.Render())
	}
	return nil
}

// fileOrigin says whether a file is as it was made, and whether it goes out.
func fileOrigin(r state.Report, f state.ReportFile) khue.Text {
	switch {
	case f.Edited != nil:
		return khue.Text{VI: f.Edited.Person + " sửa", EN: "edited by " + f.Edited.Person}
	case archive.Replaced(r.Build, f):
		return khue.Text{VI: "phần mềm lập, không ban hành", EN: "as made, not issued"}
	}
	return khue.Text{VI: "phần mềm lập", EN: "as made"}
}

func newReportFiles(s *shared) *cobra.Command {
	var folder string
	c := &cobra.Command{
		Use: "files N", Short: "Write the files of a report as they are kept", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := reportNumber(args[0])
			if err != nil {
				return err
			}
			return s.besideArchive(cmd.Context(), func(ctx context.Context, _ *Observatory, a *archive.Archive) error {
				r, err := a.Report(ctx, id)
				if err != nil {
					return err
				}
				return writeFiles(ctx, cmd.OutOrStdout(), a, r, folder)
			})
		},
	}
	c.Flags().StringVar(&folder, "out", ".", "folder to write to")
	return c
}

func writeFiles(ctx context.Context, said io.Writer, a *archive.Archive, r state.Report, folder string) error {
	if len(r.Build.Files) == 0 {
		return khue.Errorf(khue.Conflict, "báo cáo số %d chưa lập được nên chưa có tệp", "report %d could not be made, so it has no files", r.ID)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return khue.Errorf(khue.Unavailable, "không tạo được thư mục %s", "the folder %s cannot be made", folder).Because(err)
	}
	for _, f := range r.Build.Files {
		content, err := a.File(ctx, f)
		if err != nil {
			return err
		}
		path := filepath.Join(folder, f.Name)
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return khue.Errorf(khue.Unavailable, "không ghi được tệp %s", "the file %s cannot be written", path).Because(err)
		}
		fmt.Fprintln(said, path)
	}
	return nil
}

func newReportDiff(s *shared) *cobra.Command {
	var format string
	var by []string
	var rows bool
	var most int
	c := &cobra.Command{
		Use: "diff N", Short: "Tell what changed in the figures of a report since its moment of knowledge", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := reportNumber(args[0])
			if err != nil {
				return err
			}
			write, ok := diffWriters[format]
			if !ok {
				return khue.Errorf(khue.Invalid, "không có định dạng %q; có: table, csv, json", "there is no format %q; there are: table, csv, json", format)
			}
			return s.inArchive(cmd.Context(), func(ctx context.Context, o *Observatory, a *archive.Archive) error {
				if !rows {
					most = 0
				}
				r, err := a.Since(ctx, id, by, most)
				if err != nil {
					return err
				}
				return write(cmd.OutOrStdout(), r, rows, o.lang())
			})
		},
	}
	f := c.Flags()
	f.StringSliceVar(&by, "by", []string{string(khue.Month)}, "year, quarter, month, …, discipline, area, …")
	f.StringVar(&format, "format", "table", "table, csv or json")
	f.BoolVar(&rows, "rows", false, "list the records that changed, with their batches")
	f.IntVar(&most, "most", 1000, "most records to list")
	return c
}

func newReportVerify(s *shared) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "verify N",
		Short: "Make an issued report again from the journal as of its moment, and compare",
		Long: `Make an issued report again from the journal as of its moment of knowledge, by the
definitions of then, and compare every file with the one that was issued.

The exit code is 0 when all are the same to the byte and are kept as they were issued;
else it is 1, and what differs is listed: which file, which value of the document, and
which definition has changed.

A Word file that people edited is not made again: it is told who edited it and when,
and the exit code is 0 when it still has its SHA-256 and all other files are the same.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := reportNumber(args[0])
			if err != nil {
				return err
			}
			if err := tableOrJSON(format); err != nil {
				return err
			}
			return s.inArchive(cmd.Context(), func(ctx context.Context, o *Observatory, a *archive.Archive) error {
				v, err := a.Verify(ctx, id)
				if err != nil {
					return err
				}
				if format == "json" {
					if err := printJSON(cmd.OutOrStdout(), verificationAsJSON(v)); err != nil {
						return err
					}
				} else {
					writeVerification(cmd.OutOrStdout(), v, o.lang(), o.moment)
				}
				if !v.OK() {
					return khue.Errorf(khue.Conflict, "báo cáo số %d lập lại không giống hệt bản đã ban hành", "report %d, made again, is not what was issued", id)
				}
				return nil
			})
		},
	}
	c.Flags().StringVar(&format, "format", "table", "table or json")
	return c
}

// changeWords tells of one definition that is another now.
func changeWords(c indicators.DefinitionChange, lang khue.Lang) []string {
	switch {
	case c.Removed:
		return []string{c.Name + ": " + khue.Text{VI: "không còn định nghĩa", EN: "no longer defined"}.In(lang)}
	case c.Added:
		return []string{c.Name + ": " + khue.Text{VI: "mới được định nghĩa", EN: "newly defined"}.In(lang)}
	}
	var out []string
	for _, f := range c.Fields {
		out = append(out, fmt.Sprintf("%s, %s: %s → %s", c.Name, f.Field, plainField(f.Old), plainField(f.New)))
	}
	return out
}
