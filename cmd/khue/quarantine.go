package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"khue"
	"khue/ingest"
	"khue/warehouse"
)

func newQuarantine(s *shared) *cobra.Command {
	var source, dataset string
	var limit int
	c := &cobra.Command{
		Use:   "quarantine",
		Short: "List rejected rows with their place and reason",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.opened(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				if err := o.Ready(ctx); err != nil {
					return err
				}
				rows, err := o.Warehouse.Quarantine(ctx, warehouse.QuarantineFilter{Source: source, Dataset: dataset, Limit: limit + 1})
				if err != nil {
					return err
				}
				more := len(rows) > limit
				if more {
					rows = rows[:limit]
				}
				lang, reasons := o.lang(), ingest.Reasons()
				t := table.NewWriter()
				t.SetStyle(table.StyleLight)
				t.Style().Format.Header = text.FormatDefault
				t.AppendHeader(table.Row{
					khue.Text{VI: "Nguồn", EN: "Source"}.In(lang), khue.Text{VI: "Bộ dữ liệu", EN: "Dataset"}.In(lang),
					khue.Text{VI: "Vị trí", EN: "Place"}.In(lang), khue.Text{VI: "Trường", EN: "Field"}.In(lang),
					khue.Text{VI: "Giá trị đọc được", EN: "Value read"}.In(lang), khue.Text{VI: "Lý do", EN: "Reason"}.In(lang),
					khue.Text{VI: "Cần có", EN: "Expected"}.In(lang),
				})
				for _, r := range rows {
					t.AppendRow(table.Row{r.Source, r.Dataset, r.Place, r.Field, r.Value, reasons[r.Reason].In(lang), khue.Text{VI: cmp.Or(r.ExpectedVI, r.Expected), EN: r.Expected}.In(lang)})
				}
				fmt.Fprintln(cmd.OutOrStdout(), t.Render())
				if more {
					fmt.Fprintf(cmd.OutOrStdout(), khue.Text{VI: "Còn nữa; hãy tăng --limit (%d).\n", EN: "There are more; raise --limit (%d).\n"}.In(lang), limit)
				}
				return nil
			})
		},
	}
	c.Flags().StringVar(&source, "source", "", "only of this source")
	c.Flags().StringVar(&dataset, "dataset", "", "only of this dataset")
	c.Flags().IntVar(&limit, "limit", 100, "most rows listed")
	return c
}
