package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"khue"
	"khue/indicators"
	"khue/locale"
)

func newAreas(s *shared) *cobra.Command {
	var on, search string
	c := &cobra.Command{
		Use:     "areas",
		Short:   "List the areas with the days they were in force, and where those that ended lead",
		Example: "  khue areas --on 2025-06-30\n  khue areas --search \"ba dinh\"",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var day time.Time
			if on != "" {
				var err error
				if day, err = time.Parse(time.DateOnly, on); err != nil {
					return khue.Errorf(khue.Invalid, "--on phải là một ngày như 2025-06-30, không phải %q", "--on must be a day such as 2025-06-30, not %q", on)
				}
			}
			config, catalogue, err := s.definitions()
			if err != nil {
				return err
			}
			return writeAreas(cmd.OutOrStdout(), areasFound(day, search), catalogue.Correspondences(), khue.Lang(config.Language))
		},
	}
	c.Flags().StringVar(&on, "on", "", "only those in force on this day")
	c.Flags().StringVar(&search, "search", "", "only those whose code or name holds this, with or without marks")
	return c
}

// definitions reads what needs no warehouse: the configuration and the catalogue.
func (s *shared) definitions() (Config, *indicators.Catalogue, error) {
	c, err := s.load()
	if err != nil {
		return Config{}, nil, err
	}
	catalogue, err := indicators.Load(c.Definitions)
	return c, catalogue, err
}

func areasFound(day time.Time, search string) []khue.Area {
	words := strings.Fields(locale.Fold(search))
	var out []khue.Area
	for _, a := range khue.Areas() {
		if !day.IsZero() && !a.ValidOn(day) {
			continue
		}
		text, holds := locale.Fold(a.Code+" "+a.Name.VI+" "+a.Name.EN), true
		for _, w := range words {
			holds = holds && strings.Contains(text, w)
		}
		if holds {
			out = append(out, a)
		}
	}
	return out
}

func writeAreas(out io.Writer, areas []khue.Area, correspondences []indicators.Correspondence, lang khue.Lang) error {
	if len(areas) == 0 {
		fmt.Fprintln(out, khue.Text{VI: "Không có địa bàn nào như vậy.", EN: "There is no such area."}.In(lang))
		return nil
	}
	t := newTable(
		khue.Text{VI: "Mã", EN: "Code"}, khue.Text{VI: "Tên", EN: "Name"}, khue.Text{VI: "Hệ thống", EN: "Division"},
		khue.Text{VI: "Hiệu lực", EN: "In force"}, khue.Text{VI: "Chuyển sang", EN: "Leads to"},
	)(lang)
	for _, a := range areas {
		t.AppendRow(table.Row{a.Code, a.Name.In(lang), treeNames[a.Tree()].In(lang), locale.Validity(lang, a.From, a.To), ledTo(a, correspondences, lang)})
	}
	_, err := fmt.Fprintln(out, t.Render())
	return err
}

var treeNames = map[khue.AreaTree]khue.Text{
	khue.CityTree:     {VI: "thành phố", EN: "city"},
	khue.DistrictTree: {VI: "30 quận, huyện, thị xã", EN: "30 districts"},
	khue.WardTree:     {VI: "126 phường, xã", EN: "126 wards and communes"},
}

// ledTo says where an area that ended leads by the configured correspondences.
func ledTo(a khue.Area, correspondences []indicators.Correspondence, lang khue.Lang) string {
	if a.To.IsZero() {
		return ""
	}
	var parts []string
	for _, c := range correspondences {
		for _, e := range c.Entries {
			if e.From != a.Code {
				continue
			}
			to, _ := khue.AreaOf(e.To)
			parts = append(parts, fmt.Sprintf("%s %s (%s)", e.Weight.RatString(), to.Name.In(lang), c.ID))
		}
	}
	if len(parts) == 0 {
		return khue.Text{VI: "chưa khai báo quy đổi", EN: "no correspondence configured"}.In(lang)
	}
	return strings.Join(parts, "\n")
}
