package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"khue"
	"khue/indicators"
	"khue/locale"
)

func newClaims(s *shared) *cobra.Command {
	var asOf string
	c := &cobra.Command{
		Use:   "claims [SUBJECT…]",
		Short: "List published figures side by side, each with its publisher; conflicting ones too",
		RunE: func(cmd *cobra.Command, subjects []string) error {
			q, err := (queryFlags{measures: []string{"-"}, asOf: asOf}).question()
			if err != nil {
				return err
			}
			return s.opened(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				if err := o.Ready(ctx); err != nil {
					return err
				}
				if len(subjects) == 0 {
					for _, claim := range o.Catalogue.Claims() {
						if !slices.Contains(subjects, claim.Subject) {
							subjects = append(subjects, claim.Subject)
						}
					}
				}
				var all []indicators.Claim
				for _, subject := range subjects {
					claims, err := o.Service.ClaimsOf(ctx, subject, q.AsOf)
					if err != nil {
						return err
					}
					all = append(all, claims...)
				}
				writeClaims(cmd.OutOrStdout(), all, o.lang())
				return nil
			})
		},
	}
	c.Flags().StringVar(&asOf, "as-of", "", "figures known then: 2026-03-01 or 2026-03-01T08:00:00+07:00")
	return c
}

func writeClaims(out io.Writer, claims []indicators.Claim, lang khue.Lang) {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(table.Row{
		khue.Text{VI: "Chủ đề", EN: "Subject"}.In(lang), khue.Text{VI: "Kỳ", EN: "Period"}.In(lang),
		khue.Text{VI: "Giá trị", EN: "Value"}.In(lang), khue.Text{VI: "Đơn vị", EN: "Unit"}.In(lang), khue.Text{VI: "Loại số", EN: "Kind"}.In(lang),
		khue.Text{VI: "Nơi công bố", EN: "Publisher"}.In(lang), khue.Text{VI: "Ghi chú", EN: "Note"}.In(lang),
	})
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 3, Align: text.AlignRight}, wrapped(6, 40), wrapped(7, 48)})
	for _, c := range claims {
		plain := strconv.FormatFloat(c.Value, 'f', -1, 64)
		decimals := 0
		if i := slices.Index([]byte(plain), '.'); i >= 0 {
			decimals = len(plain) - i - 1
		}
		t.AppendRow(table.Row{c.SubjectLabel.In(lang), c.Period, locale.Number(lang, c.Value, decimals), c.Unit.In(lang), c.KindLabel().In(lang), c.Publisher, c.Note.In(lang)})
	}
	fmt.Fprintln(out, t.Render())
}
