package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"khue"
	"khue/ingest"
)

func newSource(s *shared) *cobra.Command {
	c := &cobra.Command{Use: "source", Short: "List the sources, and try one without loading anything"}
	c.AddCommand(newSourceList(s), newSourceTry(s))
	return c
}

func newSourceList(s *shared) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the sources with their kind, datasets and schedule",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := s.load()
			if err != nil {
				return err
			}
			listSources(cmd.OutOrStdout(), c, khue.Lang(c.Language))
			return nil
		},
	}
}

func listSources(out io.Writer, c Config, lang khue.Lang) {
	t := headedTable(lang, khue.Text{VI: "Nguồn", EN: "Source"}, khue.Text{VI: "Tên gọi", EN: "Label"}, khue.Text{VI: "Loại", EN: "Kind"},
		khue.Text{VI: "Bộ dữ liệu", EN: "Datasets"}, khue.Text{VI: "Lịch", EN: "Schedule"}, khue.Text{VI: "Mô phỏng", EN: "Simulated"})
	for _, name := range sortedKeys(c.sources) {
		source := c.sources[name]
		schedule, simulated := whenPulled(source.Schedule, lang), khue.Text{VI: "không", EN: "no"}
		if source.Simulated {
			simulated = khue.Text{VI: "có", EN: "yes"}
		}
		t.AppendRow(table.Row{name, source.Label.In(lang), source.Kind, strings.Join(sortedKeys(source.Datasets), ", "), schedule, simulated.In(lang)})
	}
	fmt.Fprintln(out, t.Render())
}

// whenPulled says in few words what starts a source's pulls.
func whenPulled(s ingest.Schedule, lang khue.Lang) string {
	var parts []string
	if s.Cron != "" {
		parts = append(parts, s.Cron)
	}
	if len(s.After) > 0 {
		parts = append(parts, khue.Text{VI: "sau ", EN: "after "}.In(lang)+strings.Join(s.After, ", "))
	}
	if len(parts) == 0 {
		parts = append(parts, khue.Text{VI: "khi được gọi", EN: "when asked"}.In(lang))
	}
	if s.Paused {
		parts = append(parts, khue.Text{VI: "(tạm dừng)", EN: "(paused)"}.In(lang))
	}
	return strings.Join(parts, " ")
}

func newSourceTry(s *shared) *cobra.Command {
	o := ingest.TryOptions{Rows: 10}
	c := &cobra.Command{
		Use:   "try NAME",
		Short: "Show the first rows of a source raw, mapped and rejected; nothing is loaded",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.load()
			if err != nil {
				return err
			}
			zone, err := time.LoadLocation(c.Zone)
			if err != nil {
				return fmt.Errorf("reading the time zone: %w", err)
			}
			puller, err := ingest.New(c.sources, nil, ingest.Options{
				Zone: zone, Logger: logger(c), Aliases: c.aliases, Privacy: &ingest.PrivacyKey{Path: c.PrivacyKeyFile()},
			})
			if err != nil {
				return fmt.Errorf("preparing the sources: %w", err)
			}
			trial, err := puller.Try(cmd.Context(), args[0], o)
			if len(trial.Parts)+len(trial.Rows) > 0 || err == nil {
				showTrial(cmd.OutOrStdout(), trial, khue.Lang(c.Language))
			}
			return err
		},
	}
	c.Flags().StringVar(&o.Dataset, "dataset", "", "the dataset to try, where the source feeds several")
	c.Flags().StringVar(&o.File, "file", "", "a file to read in place of the source's own")
	c.Flags().IntVar(&o.Rows, "rows", o.Rows, "rows to look at; 0 looks at all")
	return c
}

func showTrial(out io.Writer, t ingest.Trial, lang khue.Lang) {
	showParts(out, t, lang)
	heading(out, khue.Text{VI: "Đọc được", EN: "As read"}.In(lang))
	raw := plainTable(append([]string{khue.Text{VI: "Vị trí", EN: "Place"}.In(lang)}, t.Columns...))
	mapped := plainTable(append([]string{khue.Text{VI: "Vị trí", EN: "Place"}.In(lang)}, t.Fields...))
	rejected := headedTable(lang, khue.Text{VI: "Vị trí", EN: "Place"}, khue.Text{VI: "Trường", EN: "Field"}, khue.Text{VI: "Cột", EN: "Column"},
		khue.Text{VI: "Giá trị đọc được", EN: "Value read"}, khue.Text{VI: "Lý do", EN: "Reason"}, khue.Text{VI: "Cần có", EN: "Expected"})
	reasons := ingest.Reasons()
	last := ""
	for _, r := range t.Rows {
		cells := table.Row{ingest.PlaceText(r.Place).In(lang)}
		if r.Place != last { // a wide row gives several facts and is shown once
			for _, column := range t.Columns {
				cells = append(cells, r.Raw[column])
			}
			raw.AppendRow(cells)
			last = r.Place
		}
		for _, f := range r.Faults {
			rejected.AppendRow(table.Row{ingest.PlaceText(f.Place).In(lang), f.Field, f.Column, f.Value, reasons[f.Reason].In(lang), f.Expected.In(lang)})
		}
		if len(r.Faults) > 0 {
			continue
		}
		cells = table.Row{ingest.PlaceText(r.Place).In(lang)}
		for _, field := range t.Fields {
			cells = append(cells, r.Mapped[field].In(lang))
		}
		mapped.AppendRow(cells)
	}
	fmt.Fprintln(out, raw.Render())
	if mapped.Length() > 0 {
		heading(out, khue.Text{VI: "Sẽ nạp", EN: "Would be loaded"}.In(lang))
		fmt.Fprintln(out, mapped.Render())
	}
	if rejected.Length() > 0 {
		heading(out, khue.Text{VI: "Bị từ chối", EN: "Rejected"}.In(lang))
		fmt.Fprintln(out, rejected.Render())
	}
	fmt.Fprintf(out, khue.Text{
		VI: "Đã xem %d dòng: nhận %d, từ chối %d, bỏ qua %d. Không nạp gì.\n",
		EN: "Rows looked at: %d; accepted %d, rejected %d, skipped %d. Nothing was loaded.\n",
	}.In(lang), t.Read, t.Accepted, t.Rejected, t.Skipped)
	if t.More {
		fmt.Fprintln(out, khue.Text{VI: "Nguồn còn nữa; dùng --rows để xem thêm.", EN: "The source has more; --rows shows more."}.In(lang))
	}
	if t.Omitted > 0 {
		fmt.Fprintf(out, khue.Text{VI: "%d dòng đã đếm nhưng không in ra.\n", EN: "%d rows were counted and are not shown.\n"}.In(lang), t.Omitted)
	}
}

// showParts tells which files and sheets were opened and how their columns were found.
func showParts(out io.Writer, t ingest.Trial, lang khue.Lang) {
	if len(t.Parts) == 0 {
		return
	}
	w := headedTable(lang, khue.Text{VI: "Tệp", EN: "File"}, khue.Text{VI: "Trang tính", EN: "Sheet"}, khue.Text{VI: "Dòng tiêu đề", EN: "Header row"},
		khue.Text{VI: "Cột không dùng", EN: "Columns not used"}, khue.Text{VI: "Cột thiếu", EN: "Columns missing"}, khue.Text{VI: "Lỗi", EN: "Fault"})
	for _, p := range t.Parts {
		header, fault := "", ""
		if p.Header > 0 {
			header = fmt.Sprint(p.Header)
		}
		if p.Err != nil {
			fault = messageOf(p.Err, lang)
		}
		w.AppendRow(table.Row{filepath.Base(p.File), p.Sheet, header, strings.Join(p.Unused, ", "), strings.Join(p.Missing, ", "), fault})
	}
	fmt.Fprintln(out, w.Render())
}

// messageOf is what a person at the terminal is told: there, the log is in sight.
func messageOf(err error, lang khue.Lang) string {
	var told *khue.Error
	if errors.As(err, &told) {
		return told.Message.In(lang)
	}
	return err.Error()
}

func heading(out io.Writer, s string) { fmt.Fprintf(out, "\n%s\n", s) }

func headedTable(lang khue.Lang, headings ...khue.Text) table.Writer {
	row := make([]string, len(headings))
	for i, h := range headings {
		row[i] = h.In(lang)
	}
	return plainTable(row)
}

func plainTable(headings []string) table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	row := make(table.Row, len(headings))
	for i, h := range headings {
		row[i] = h
	}
	t.AppendHeader(row)
	return t
}
