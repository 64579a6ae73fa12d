package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"khue"
	"khue/dashboards"
	"khue/locale"
	"khue/warehouse"
)

func newRuns(s *shared) *cobra.Command {
	var f warehouse.RunFilter
	var format string
	var all bool
	c := &cobra.Command{
		Use:   "runs [RUN]",
		Short: "List what was loaded when, or one run with the proof of its numbers",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := tableOrJSON(format); err != nil {
				return err
			}
			return s.opened(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				if err := o.Ready(ctx); err != nil {
					return err
				}
				if len(args) == 1 {
					d, err := o.Warehouse.Run(ctx, args[0])
					if err != nil {
						return err
					}
					return showRun(cmd.OutOrStdout(), o, d, format)
				}
				f.Changed = !all
				runs, err := o.Warehouse.Runs(ctx, f)
				if err != nil {
					return err
				}
				return listRuns(cmd.OutOrStdout(), o, runs, format)
			})
		},
	}
	c.Flags().StringVar(&f.Source, "source", "", "only of this source")
	c.Flags().StringVar(&f.Dataset, "dataset", "", "only of this dataset")
	c.Flags().StringVar(&f.Cause, "cause", "", "only of this cause: backfill, wide, keys, quarantine, dry-run")
	c.Flags().IntVar(&f.Limit, "limit", 50, "most runs listed")
	c.Flags().BoolVar(&all, "all", false, "also runs that found nothing to read")
	c.Flags().StringVar(&format, "format", "table", "table or json")
	return c
}

func newTable(header ...khue.Text) func(lang khue.Lang) table.Writer {
	return func(lang khue.Lang) table.Writer {
		t := table.NewWriter()
		t.SetStyle(table.StyleLight)
		t.Style().Format.Header = text.FormatDefault
		row := make(table.Row, len(header))
		for i, h := range header {
			row[i] = h.In(lang)
		}
		t.AppendHeader(row)
		return t
	}
}

// rightFrom aligns columns of numbers, counted from 1, to the right.
func rightFrom(first, last int) []table.ColumnConfig {
	var right []table.ColumnConfig
	for n := first; n <= last; n++ {
		right = append(right, table.ColumnConfig{Number: n, Align: text.AlignRight})
	}
	return right
}

func listRuns(out io.Writer, o *Observatory, runs []warehouse.Run, format string) error {
	if format == "json" {
		list := make([]runJSON, len(runs))
		for i, r := range runs {
			list[i] = runAsJSON(r)
		}
		return printJSON(out, list)
	}
	lang := o.lang()
	t := newTable(
		khue.Text{VI: "Bắt đầu", EN: "Started"}, khue.Text{VI: "Nguồn", EN: "Source"}, khue.Text{VI: "Bộ dữ liệu", EN: "Dataset"},
		khue.Text{VI: "Cách đọc", EN: "Way of reading"}, khue.Text{VI: "Kết quả", EN: "Outcome"}, khue.Text{VI: "Đọc", EN: "Read"},
		khue.Text{VI: "Nhận", EN: "Accepted"}, khue.Text{VI: "Giữ lại", EN: "Rejected"}, khue.Text{VI: "Thêm", EN: "Added"},
		khue.Text{VI: "Sửa", EN: "Corrected"}, khue.Text{VI: "Rút", EN: "Retracted"}, khue.Text{VI: "Không đổi", EN: "Unchanged"},
		khue.Text{VI: "Lần chạy", EN: "Run"},
	)(lang)
	for _, r := range runs {
		t.AppendRow(table.Row{
			locale.Moment(lang, r.StartedAt.In(o.Zone)), r.Source, r.Dataset, dashboards.ReadingText(r.Cause).In(lang), runOf(r).Said().Text().In(lang),
			count(lang, r.Read), count(lang, r.Accepted), count(lang, r.Rejected), count(lang, r.Added), count(lang, r.Corrected),
			count(lang, r.Retracted), count(lang, r.Unchanged), r.BatchID,
		})
	}
	t.SetColumnConfigs(rightFrom(6, 12))
	_, err := fmt.Fprintln(out, t.Render())
	return err
}

func count(lang khue.Lang, n int64) string { return locale.Number(lang, float64(n), 0) }

// stepNames are the steps of the reckoning, for people.
func stepNames() map[string]khue.Text {
	return map[string]khue.Text{
		warehouse.StepTold: {VI: "nguồn nói", EN: "told"}, warehouse.StepRead: {VI: "đọc", EN: "read"},
		warehouse.StepAccepted: {VI: "nhận", EN: "accepted"}, warehouse.StepRejected: {VI: "giữ lại", EN: "rejected"},
		warehouse.StepDuplicates: {VI: "trùng", EN: "duplicates"}, warehouse.StepUnchanged: {VI: "không đổi", EN: "unchanged"},
		warehouse.StepAdded: {VI: "thêm", EN: "added"}, warehouse.StepCorrected: {VI: "sửa thành", EN: "corrected"},
		warehouse.StepCorrectedFrom: {VI: "sửa từ", EN: "corrected from"}, warehouse.StepRetracted: {VI: "rút", EN: "retracted"},
	}
}

func showRun(out io.Writer, o *Observatory, d warehouse.RunDetail, format string) error {
	if format == "json" {
		return printJSON(out, detailAsJSON(d))
	}
	if err := listRuns(out, o, []warehouse.Run{d.Run}, format); err != nil {
		return err
	}
	if why := d.Error.In(o.lang()); why != "" {
		fmt.Fprintln(out, why)
	}
	lang, names := o.lang(), stepNames()
	header := []khue.Text{{VI: "Đại lượng", EN: "Measure"}}
	for _, step := range warehouse.ProofSteps() {
		header = append(header, names[step])
	}
	t := newTable(header...)(lang)
	for _, line := range d.Proof {
		name := line.Measure
		if line.Column {
			name = khue.Text{VI: "cột ", EN: "column "}.In(lang) + name
		}
		row := table.Row{name}
		for _, step := range warehouse.ProofSteps() {
			cell := ""
			if v := line.Steps[step]; v.Known {
				cell = locale.Number(lang, v.Amount.InexactFloat64(), int(max(0, min(6, -v.Amount.Exponent()))))
			}
			row = append(row, cell)
		}
		t.AppendRow(row)
	}
	t.SetColumnConfigs(rightFrom(2, len(header)))
	fmt.Fprintln(out, t.Render())
	for _, r := range d.Raw {
		state := ""
		if !r.PrunedAt.IsZero() {
			state = khue.Text{VI: " (đã xóa theo hạn lưu)", EN: " (pruned)"}.In(lang)
		}
		fmt.Fprintf(out, "%s  %s  %d B%s\n", r.Path, r.SHA256, r.Bytes, state)
	}
	return nil
}

type runJSON struct {
	Run        string    `json:"run"`
	Source     string    `json:"source"`
	Dataset    string    `json:"dataset"`
	Cause      string    `json:"cause,omitempty"`
	State      string    `json:"state"`
	Error      string    `json:"error,omitempty"` // in English
	StartedAt  time.Time `json:"started_at"`
	EndedAt    time.Time `json:"ended_at"`
	RecordedAt time.Time `json:"recorded_at"`
	Read       int64     `json:"read"`
	Accepted   int64     `json:"accepted"`
	Rejected   int64     `json:"rejected"`
	Duplicates int64     `json:"duplicates"`
	Added      int64     `json:"added"`
	Corrected  int64     `json:"corrected"`
	Retracted  int64     `json:"retracted"`
	Unchanged  int64     `json:"unchanged"`
}

func runAsJSON(r warehouse.Run) runJSON {
	return runJSON{
		Run: r.BatchID, Source: r.Source, Dataset: r.Dataset, Cause: r.Cause, State: r.State, Error: r.Error.EN,
		StartedAt: r.StartedAt, EndedAt: r.EndedAt, RecordedAt: r.RecordedAt, Read: r.Read, Accepted: r.Accepted, Rejected: r.Rejected,
		Duplicates: r.Duplicates, Added: r.Added, Corrected: r.Corrected, Retracted: r.Retracted, Unchanged: r.Unchanged,
	}
}

type detailJSON struct {
	runJSON
	Proof []proofJSON `json:"proof"`
	Raw   []rawJSON   `json:"raw"`
}

type proofJSON struct {
	Measure string            `json:"measure"`
	Column  bool              `json:"column,omitempty"`
	Steps   map[string]string `json:"steps"` // exact numbers as texts
}

type rawJSON struct {
	Path   string `json:"path"`
	Kind   string `json:"kind"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
	Rows   int64  `json:"rows"`
	Pruned bool   `json:"pruned,omitempty"`
}

func detailAsJSON(d warehouse.RunDetail) detailJSON {
	out := detailJSON{runJSON: runAsJSON(d.Run), Proof: []proofJSON{}, Raw: []rawJSON{}}
	for _, line := range d.Proof {
		p := proofJSON{line.Measure, line.Column, map[string]string{}}
		for step, v := range line.Steps {
			if v.Known {
				p.Steps[step] = v.Amount.String()
			}
		}
		out.Proof = append(out.Proof, p)
	}
	for _, r := range d.Raw {
		out.Raw = append(out.Raw, rawJSON{r.Path, r.Kind, r.SHA256, r.Bytes, r.Rows, !r.PrunedAt.IsZero()})
	}
	return out
}

func printJSON(out io.Writer, content any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(content)
}
