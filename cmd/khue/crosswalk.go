package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"khue"
	"khue/indicators"
	"khue/locale"
)

func newCrosswalk(s *shared) *cobra.Command {
	return &cobra.Command{
		Use:     "crosswalk [NAME]",
		Short:   "List the classifications that disciplines can be read as, or one with every counterpart",
		Example: "  khue crosswalk uccn_field",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			config, catalogue, err := s.definitions()
			if err != nil {
				return err
			}
			lang := khue.Lang(config.Language)
			if len(args) == 0 {
				return listCrosswalks(cmd.OutOrStdout(), catalogue.Crosswalks(), lang)
			}
			walk, err := catalogue.Crosswalk(args[0])
			if err != nil {
				return err
			}
			return showCrosswalk(cmd.OutOrStdout(), walk, lang)
		},
	}
}

// markNames say how sure an entry is.
var markNames = map[string]khue.Text{
	"verified": {VI: "có nguồn công bố", EN: "published source"},
	"general":  {VI: "hiểu biết chung", EN: "general knowledge"},
	"inferred": {VI: "suy ra", EN: "inferred"},
	"assumed":  {VI: "giả định", EN: "assumed"},
}

func listCrosswalks(out io.Writer, walks []indicators.Crosswalk, lang khue.Lang) error {
	t := newTable(
		khue.Text{VI: "Tên chiều", EN: "Dimension"}, khue.Text{VI: "Danh mục", EN: "Classification"}, khue.Text{VI: "Phiên bản", EN: "Edition"},
		khue.Text{VI: "Hiệu lực", EN: "In force"}, khue.Text{VI: "Số mục", EN: "Codes"}, khue.Text{VI: "Mức chắc chắn", EN: "Sureness"},
	)(lang)
	t.SetColumnConfigs(rightFrom(5, 5))
	for _, w := range walks {
		for _, e := range w.Editions {
			t.AppendRow(table.Row{w.Name, w.Label.In(lang), e.ID + " · " + e.Label.In(lang), locale.Validity(lang, e.From, e.To), len(e.Codes), markNames[e.Mark].In(lang)})
		}
	}
	_, err := fmt.Fprintln(out, t.Render())
	return err
}

func showCrosswalk(out io.Writer, w indicators.Crosswalk, lang khue.Lang) error {
	fmt.Fprintf(out, "%s · %s\n", w.Label.In(lang), w.Description.In(lang))
	for _, e := range w.Editions {
		fmt.Fprintf(out, "\n%s · %s · %s · %s\n%s\n", e.ID, e.Label.In(lang), locale.Validity(lang, e.From, e.To), markNames[e.Mark].In(lang), e.Citation)
		if note := e.Note.In(lang); note != "" {
			fmt.Fprintln(out, note)
		}
		t := newTable(
			khue.Text{VI: "Lĩnh vực", EN: "Discipline"}, khue.Text{VI: "Mục tương ứng", EN: "Counterpart"},
			khue.Text{VI: "Mức chắc chắn", EN: "Sureness"}, khue.Text{VI: "Ghi chú", EN: "Note"},
		)(lang)
		t.SetColumnConfigs([]table.ColumnConfig{wrapped(2, 56), wrapped(4, 48)})
		for _, c := range e.Entries {
			d, _ := khue.DisciplineOf(c.From)
			t.AppendRow(table.Row{d.Name.In(lang), counterpart(e, c, lang), markNames[c.Mark].In(lang), c.Note.In(lang)})
		}
		if _, err := fmt.Fprintln(out, t.Render()); err != nil {
			return err
		}
	}
	return nil
}

// counterpart writes what a discipline is in an edition.
func counterpart(e indicators.Edition, c indicators.Counterpart, lang khue.Lang) string {
	name := func(code string) string {
		for _, known := range e.Codes {
			if known.Code == code {
				return code + " " + known.Label.In(lang)
			}
		}
		return code
	}
	var parts []string
	switch {
	case len(c.Several) > 0:
		for _, code := range c.Several {
			parts = append(parts, name(code))
		}
		return khue.Text{VI: "chưa rõ tỷ trọng: ", EN: "shares unknown: "}.In(lang) + strings.Join(parts, "; ")
	case len(c.Shares) == 0:
		return khue.Text{VI: "không có: ", EN: "none: "}.In(lang) + c.None.In(lang)
	}
	for _, s := range c.Shares {
		part := name(s.Code)
		if weight := s.Weight.RatString(); weight != "1" {
			part = weight + " × " + part
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}
