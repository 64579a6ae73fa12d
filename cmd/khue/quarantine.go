package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"khue"
	"khue/ingest"
	"khue/warehouse"
)

// quarantineFlags choose quarantined rows.
type quarantineFlags struct {
	filter warehouse.QuarantineFilter
	since  string
}

func (q *quarantineFlags) register(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&q.filter.Source, "source", "", "only of this source")
	f.StringVar(&q.filter.Dataset, "dataset", "", "only of this dataset")
	f.StringVar(&q.filter.Reason, "reason", "", "only with this reason: type, required, code, area, discipline, …")
	f.StringVar(&q.filter.Field, "field", "", "only with a fault in this field")
	f.StringVar(&q.filter.Text, "text", "", "only with this text in the place, the value or the id; case and diacritics do not matter")
	f.StringVar(&q.since, "since", "", "only seen on this day or later (2025-03-01)")
}

func (q *quarantineFlags) chosen(zone *time.Location) (warehouse.QuarantineFilter, error) {
	f := q.filter
	if q.since == "" {
		return f, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, q.since, zone)
	if err != nil {
		return f, khue.Errorf(khue.Invalid, "--since phải là ngày dạng 2025-03-01, không phải %q", "--since must be a day such as 2025-03-01, not %q", q.since)
	}
	f.Since = t
	return f, nil
}

func newQuarantine(s *shared) *cobra.Command {
	var q quarantineFlags
	var limit int
	var summary bool
	var export string
	c := &cobra.Command{
		Use:   "quarantine [ROW]",
		Short: "List rejected rows with their place and reason, or one row as it was read",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.opened(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				if err := o.Ready(ctx); err != nil {
					return err
				}
				f, err := q.chosen(o.Zone)
				switch {
				case err != nil:
					return err
				case len(args) == 1:
					return showQuarantined(ctx, cmd.OutOrStdout(), o, args[0])
				case summary:
					return sumQuarantine(ctx, cmd.OutOrStdout(), o, f)
				case export != "":
					return exportQuarantine(ctx, cmd.OutOrStdout(), o, f, export)
				}
				return listQuarantine(ctx, cmd.OutOrStdout(), o, f, limit)
			})
		},
	}
	q.register(c)
	c.Flags().IntVar(&limit, "limit", 100, "most rows listed")
	c.Flags().BoolVar(&summary, "summary", false, "count by source, dataset, field and reason")
	c.Flags().StringVar(&export, "export", "", "write all of them to a CSV file that spreadsheets open")
	c.AddCommand(newQuarantineRetry(s))
	return c
}

func newQuarantineRetry(s *shared) *cobra.Command {
	var q quarantineFlags
	c := &cobra.Command{
		Use:   "retry",
		Short: "Run rejected rows through the mapping and the dictionaries again, after either was corrected",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.opened(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				if err := o.Ready(ctx); err != nil {
					return err
				}
				f, err := q.chosen(o.Zone)
				if err != nil {
					return err
				}
				retried, err := o.Puller.Retry(ctx, f)
				lang := o.lang()
				t := newTable(
					khue.Text{VI: "Nguồn", EN: "Source"}, khue.Text{VI: "Bộ dữ liệu", EN: "Dataset"}, khue.Text{VI: "Thử lại", EN: "Tried"},
					khue.Text{VI: "Nhận", EN: "Accepted"}, khue.Text{VI: "Vẫn giữ lại", EN: "Still rejected"},
					khue.Text{VI: "Đã có bản mới hơn", EN: "Superseded"}, khue.Text{VI: "Không thử được", EN: "Cannot be tried"},
				)(lang)
				for _, r := range retried {
					t.AppendRow(table.Row{r.Source, r.Dataset, r.Tried, r.Accepted, r.Rejected, r.Superseded, r.Left})
				}
				fmt.Fprintln(cmd.OutOrStdout(), t.Render())
				return err
			})
		},
	}
	q.register(c)
	return c
}

// quarantineHeader is the list's heading, on the screen and in a file.
func quarantineHeader() []khue.Text {
	return []khue.Text{
		{VI: "Nguồn", EN: "Source"},
		{VI: "Bộ dữ liệu", EN: "Dataset"},
		{VI: "Vị trí", EN: "Place"},
		{VI: "Trường", EN: "Field"},
		{VI: "Giá trị đọc được", EN: "Value read"},
		{VI: "Lý do", EN: "Reason"},
		{VI: "Cần có", EN: "Expected"},
		{VI: "Dòng", EN: "Row"},
	}
}

// expected is what would have passed; rows from before both languages were kept have one.
func expected(r warehouse.QuarantinedRow) khue.Text {
	return khue.Text{VI: r.ExpectedVI, EN: r.Expected}
}

func listQuarantine(ctx context.Context, out io.Writer, o *Observatory, f warehouse.QuarantineFilter, limit int) error {
	f.Limit = limit + 1
	rows, err := o.Warehouse.Quarantine(ctx, f)
	if err != nil {
		return err
	}
	more := len(rows) > limit
	if more {
		rows = rows[:limit]
	}
	lang, reasons := o.lang(), ingest.Reasons()
	t := newTable(quarantineHeader()...)(lang)
	for _, r := range rows {
		t.AppendRow(table.Row{r.Source, r.Dataset, ingest.PlaceText(r.Place).In(lang), r.Field, r.Value, reasons[r.Reason].In(lang), expected(r).In(lang), r.ID})
	}
	fmt.Fprintln(out, t.Render())
	if more {
		fmt.Fprintf(out, khue.Text{VI: "Còn nữa; hãy tăng --limit (%d).\n", EN: "There are more; raise --limit (%d).\n"}.In(lang), limit)
	}
	return nil
}

func sumQuarantine(ctx context.Context, out io.Writer, o *Observatory, f warehouse.QuarantineFilter) error {
	totals, err := o.Warehouse.QuarantineTotals(ctx, f)
	if err != nil {
		return err
	}
	lang, reasons := o.lang(), ingest.Reasons()
	t := newTable(
		khue.Text{VI: "Nguồn", EN: "Source"}, khue.Text{VI: "Bộ dữ liệu", EN: "Dataset"}, khue.Text{VI: "Trường", EN: "Field"},
		khue.Text{VI: "Lý do", EN: "Reason"}, khue.Text{VI: "Số dòng", EN: "Rows"}, khue.Text{VI: "Thấy lần cuối", EN: "Last seen"},
	)(lang)
	sum := int64(0)
	for _, q := range totals {
		t.AppendRow(table.Row{q.Source, q.Dataset, q.Field, reasons[q.Reason].In(lang), count(lang, q.Rows), o.moment(q.Newest)})
		sum += q.Rows
	}
	t.AppendFooter(table.Row{"", "", "", "", count(lang, sum), ""})
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 5, Align: text.AlignRight, AlignFooter: text.AlignRight}})
	fmt.Fprintln(out, t.Render())
	return nil
}

func showQuarantined(ctx context.Context, out io.Writer, o *Observatory, id string) error {
	r, err := o.Warehouse.QuarantineFault(ctx, id)
	if err != nil {
		return err
	}
	lang := o.lang()
	for i, v := range []string{r.Source, r.Dataset, ingest.PlaceText(r.Place).In(lang), r.Field, r.Value, ingest.Reasons()[r.Reason].In(lang), expected(r).In(lang)} {
		fmt.Fprintf(out, "%s: %s\n", quarantineHeader()[i].In(lang), v)
	}
	fmt.Fprintf(out, "%s: %s\n%s: %s\n%s: %s\n", khue.Text{VI: "Mã bản ghi", EN: "Record id"}.In(lang), r.RecordID,
		khue.Text{VI: "Thấy lần cuối", EN: "Last seen"}.In(lang), o.moment(r.SeenAt), khue.Text{VI: "Lần chạy", EN: "Run"}.In(lang), r.BatchID)
	fmt.Fprintln(out, r.Raw)
	return nil
}

// exportQuarantine writes a CSV that spreadsheets take as it is: with a mark of its
// encoding, and without cells that they would run as formulas.
func exportQuarantine(ctx context.Context, out io.Writer, o *Observatory, f warehouse.QuarantineFilter, path string) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("exporting the quarantine: %w", err)
	}
	defer func() {
		if closing := file.Close(); err == nil && closing != nil {
			err = fmt.Errorf("exporting the quarantine: %w", closing)
		}
	}()
	if _, err := file.WriteString("\ufeff"); err != nil {
		return fmt.Errorf("exporting the quarantine: %w", err)
	}
	w := csv.NewWriter(file)
	lang, reasons := o.lang(), ingest.Reasons()
	var line []string
	for _, h := range append(quarantineHeader(), khue.Text{VI: "Mã bản ghi", EN: "Record id"}, khue.Text{VI: "Thấy lần cuối", EN: "Last seen"}, khue.Text{VI: "Dữ liệu gốc", EN: "Raw"}) {
		line = append(line, h.In(lang))
	}
	_ = w.Write(line) // Flush tells of every fault
	total := 0
	for f.Limit = 5_000; ; f.Offset += f.Limit {
		rows, err := o.Warehouse.Quarantine(ctx, f)
		if err != nil {
			return err
		}
		for _, r := range rows {
			line = []string{
				r.Source, r.Dataset, ingest.PlaceText(r.Place).In(lang), r.Field, r.Value, reasons[r.Reason].In(lang), expected(r).In(lang), r.ID, r.RecordID,
				r.SeenAt.In(o.Zone).Format("2006-01-02 15:04:05"), r.Raw,
			}
			for i := range line {
				line[i] = harmless(line[i])
			}
			_ = w.Write(line)
		}
		total += len(rows)
		if len(rows) < f.Limit {
			break
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return fmt.Errorf("exporting the quarantine: %w", err)
	}
	fmt.Fprintf(out, khue.Text{VI: "%d dòng đã ghi vào %s\n", EN: "%d rows written to %s\n"}.In(lang), total, path)
	return nil
}

// harmless is a cell that no spreadsheet takes for a formula.
func harmless(cell string) string {
	if strings.IndexAny(cell, "=+-@\t\r") == 0 {
		return "'" + cell
	}
	return cell
}
