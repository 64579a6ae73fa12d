package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"khue"
	"khue/indicators"
	"khue/reports/xlsx"
)

type indicatorFlags struct {
	search, programme, format string
	years                     int
}

func newIndicators(s *shared) *cobra.Command {
	f := indicatorFlags{}
	c := &cobra.Command{
		Use:     "indicators [NAME]",
		Short:   "The indicator dictionary: every indicator, or all that is said of one",
		Example: "  khue indicators --programme nq09\n  khue indicators active_member_share --lang en",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.format != "table" && f.format != "json" && f.format != "csv" {
				return khue.Errorf(khue.Invalid, "không có định dạng %q; có: table, csv, json", "there is no format %q; there are: table, csv, json", f.format)
			}
			c, err := s.load()
			if err != nil {
				return err
			}
			catalogue, err := indicators.Load(c.Definitions)
			if err != nil {
				return err
			}
			lang := khue.Lang(c.Language)
			if len(args) == 0 {
				chapters, err := catalogue.Dictionary(f.search, f.programme)
				if err != nil {
					return err
				}
				return writeDictionary(cmd.OutOrStdout(), f.format, catalogue, chapters, lang)
			}
			if f.search != "" || f.programme != "" {
				return khue.Errorf(khue.Invalid, "--search và --programme dùng cho danh sách, không dùng cùng một tên", "--search and --programme narrow the list; they do not go with a name")
			}
			i, err := catalogue.Indicator(args[0])
			if err != nil {
				return err
			}
			figures, err := s.yearlyFigures(cmd.Context(), c, i.Name, f.years)
			if err != nil {
				return err
			}
			return writeEntry(cmd.OutOrStdout(), f.format, entryOf(catalogue, i, figures), lang)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.search, "search", "", "words that an entry must have, with or without Vietnamese marks")
	flags.StringVar(&f.programme, "programme", "", "indicators that serve a programme, such as nq09")
	flags.StringVar(&f.format, "format", "table", "table, csv or json")
	flags.IntVar(&f.years, "years", 6, "how many of the latest years to show with one indicator; 0 asks for none")
	return c
}

// mostYears bounds the years of an entry.
const mostYears = 100

// yearlyFigures asks for the latest years; nil where no warehouse was ever made,
// so that the dictionary is there before the first pull.
func (s *shared) yearlyFigures(ctx context.Context, c Config, name string, years int) ([]indicators.YearFigure, error) {
	if years < 0 || years > mostYears {
		return nil, khue.Errorf(khue.Invalid, "--years phải từ 0 đến %d", "--years must lie between 0 and %d", mostYears)
	}
	if years == 0 {
		return nil, nil
	}
	if dir, ok := strings.CutPrefix(c.WarehouseDSN(), "embedded://"); ok {
		if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
			return nil, nil
		}
	}
	var figures []indicators.YearFigure
	err := s.opened(ctx, func(ctx context.Context, o *Observatory) error {
		if err := o.Ready(ctx); err != nil {
			return err
		}
		var err error
		figures, err = o.Service.YearlyFigures(ctx, name, years, time.Time{}, khue.Everything)
		return err
	})
	return figures, err
}

// listed is an indicator as the list tells of it to programs.
type listed struct {
	Name        string    `json:"name"`
	Topic       string    `json:"topic"`
	Label       khue.Text `json:"label"`
	Unit        khue.Text `json:"unit"`
	Frequency   string    `json:"frequency"`
	Responsible khue.Text `json:"responsible"`
	Programmes  []string  `json:"programmes"`

	topic khue.Text
	due   khue.Text
}

func writeDictionary(out io.Writer, format string, catalogue *indicators.Catalogue, chapters []indicators.Chapter, lang khue.Lang) error {
	list := []listed{}
	for _, chapter := range chapters {
		for _, i := range chapter.Indicators {
			l := listed{
				Name: i.Name, Topic: i.Topic, Label: i.Label, Unit: i.Unit, Frequency: string(i.Frequency), Responsible: i.Responsible,
				Programmes: []string{}, topic: chapter.Topic.Label, due: i.Frequency.Label(),
			}
			for _, serving := range catalogue.Serves(i.Name) {
				l.Programmes = append(l.Programmes, serving.Programme.ID)
			}
			list = append(list, l)
		}
	}
	switch format {
	case "json":
		return indented(out, map[string]any{"version": catalogue.Version(), "indicators": list})
	case "csv":
		lines := [][]string{{"name", "topic", "label", "unit", "frequency", "responsible", "programmes"}}
		for _, l := range list {
			lines = append(lines, []string{l.Name, l.Topic, xlsx.Neutral(l.Label.In(lang)), xlsx.Neutral(l.Unit.In(lang)), l.Frequency, xlsx.Neutral(l.Responsible.In(lang)), strings.Join(l.Programmes, " ")})
		}
		return csv.NewWriter(out).WriteAll(lines)
	}
	t := headedTable(lang, khue.Text{VI: "Nhóm", EN: "Subject"}, khue.Text{VI: "Tên", EN: "Name"}, khue.Text{VI: "Chỉ số", EN: "Indicator"},
		khue.Text{VI: "Đơn vị", EN: "Unit"}, khue.Text{VI: "Kỳ công bố", EN: "Frequency"}, khue.Text{VI: "Chương trình", EN: "Programmes"})
	t.SetColumnConfigs([]table.ColumnConfig{wrapped(3, 44), wrapped(6, 30)})
	topic := ""
	for _, l := range list {
		shown := l.topic.In(lang)
		if shown == topic {
			shown = "" // a subject stands on the first of its lines
		}
		topic = l.topic.In(lang)
		t.AppendRow(table.Row{shown, l.Name, l.Label.In(lang), l.Unit.In(lang), l.due.In(lang), strings.Join(l.Programmes, " ")})
	}
	_, err := fmt.Fprintln(out, t.Render())
	return err
}

func indented(out io.Writer, body any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(body)
}
