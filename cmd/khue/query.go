package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"khue"
	"khue/api/format"
	"khue/indicators"
	"khue/locale"
)

type queryFlags struct {
	measures, by, where, derive  []string
	from, to, asOf, top, formats string
	limit                        int
	areaView, counting           string
	editions                     map[string]string
	completeness                 bool // the table tells how many of those who should have reported did
	confidential                 bool
}

func newQuery(s *shared) *cobra.Command {
	q := queryFlags{}
	c := &cobra.Command{
		Use:   "query",
		Short: "Ask for measures by period, discipline, area and more",
		Example: "  khue query --measure visitors --by month,discipline --from 2025-01 --to 2025-12\n" +
			"  khue query --measure visitors,visitors_per_event --by organiser --from 2025 --to 2025 --top 5:organiser --derive share,change_year",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			question, err := q.question()
			if err != nil {
				return err
			}
			if err := q.checkFormat(); err != nil {
				return err
			}
			return s.opened(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				if err := o.Ready(ctx); err != nil {
					return err
				}
				a, err := o.Service.Ask(ctx, question)
				if err != nil {
					return err
				}
				return q.write(ctx, o, cmd.OutOrStdout(), a)
			})
		},
	}
	f := c.Flags()
	f.StringSliceVar(&q.measures, "measure", nil, "measures and indicators, such as visitors,visitors_per_event (see the definitions)")
	f.StringSliceVar(&q.by, "by", nil, "dimensions: year, half, quarter, month, week, day, discipline, area, …")
	f.StringArrayVar(&q.where, "where", nil, "limit a dimension: discipline=design,crafts (repeatable)")
	f.StringVar(&q.from, "from", "", "first period: 2025, 2025-Q1, 2025-03 or 2025-03-04")
	f.StringVar(&q.to, "to", "", "last period, included")
	f.StringVar(&q.asOf, "as-of", "", "answer by what was known then: 2026-03-01 or 2026-03-01T08:00:00+07:00")
	f.StringSliceVar(&q.derive, "derive", nil, "work out beside each measure: share, share:DIMENSION, change_previous, change_year, moving_year, cumulative")
	f.StringVar(&q.top, "top", "", "keep the largest of a dimension, others in one row: 5:discipline, or 5:discipline:events to rank by events")
	f.StringVar(&q.formats, "format", tableFormat, tableFormat+", "+strings.Join(format.Names(), ", "))
	f.StringVar(&q.areaView, "area-view", "", "as_was: areas as they were on the day (default); as_now: areas of today, by the configured correspondences")
	f.StringVar(&q.counting, "counting", "", "facts with several disciplines: main (default), each or fractional")
	f.StringToStringVar(&q.editions, "edition", nil, "read all facts by one edition of a classification: uccn_field=2004")
	f.BoolVar(&q.completeness, "completeness", false, "show beside each number how many of those who should have reported did (other formats always do)")
	f.IntVar(&q.limit, "limit", 0, "most rows; more is an error")
	f.BoolVar(&q.confidential, "confidential", false, "show also what is withheld to protect those who reported: for staff only")
	return c
}

func (q queryFlags) question() (indicators.Question, error) {
	out := indicators.Question{Measures: q.measures, By: q.by, Where: map[string][]string{}, Limit: q.limit, Scope: khue.Public}
	if q.confidential {
		out.Scope = khue.Everything
	}
	out.AreaView, out.Counting, out.Editions = indicators.AreaView(q.areaView), indicators.Counting(q.counting), q.editions
	if len(q.measures) == 0 {
		return out, khue.Errorf(khue.Invalid, "cần ít nhất một --measure", "at least one --measure is needed")
	}
	if q.from != "" {
		p, err := khue.ParsePeriod(q.from)
		if err != nil {
			return out, err
		}
		out.From = p.Start()
	}
	if q.to != "" {
		p, err := khue.ParsePeriod(q.to)
		if err != nil {
			return out, err
		}
		out.To = p.End()
	}
	for _, w := range q.where {
		dim, values, ok := strings.Cut(w, "=")
		if !ok {
			return out, khue.Errorf(khue.Invalid, "--where phải có dạng chiều=giá_trị, không phải %q", "--where must be written dimension=value, not %q", w)
		}
		out.Where[dim] = append(out.Where[dim], strings.Split(values, ",")...)
	}
	if q.asOf != "" {
		t, err := parseMoment(q.asOf)
		if err != nil {
			return out, err
		}
		out.AsOf = t
	}
	for _, text := range q.derive {
		d, err := indicators.ParseDerivation(text)
		if err != nil {
			return out, err
		}
		out.Derive = append(out.Derive, d)
	}
	var err error
	out.Top, err = indicators.ParseTop(q.top)
	return out, err
}

// tableFormat is for people at a terminal; the others are those of the API.
const tableFormat = "table"

func (q queryFlags) checkFormat() error {
	if q.formats == tableFormat {
		return nil
	}
	_, err := format.Find(q.formats, tableFormat)
	return err
}

// write writes an answer in the form asked for.
func (q queryFlags) write(ctx context.Context, o *Observatory, out io.Writer, a indicators.Answer) error {
	if q.formats == tableFormat {
		return writeTableOf(out, a, o.lang(), q.completeness)
	}
	f, err := format.Find(q.formats)
	if err != nil {
		return err
	}
	simulated, err := o.simulated(ctx)
	if err != nil {
		return err
	}
	return f.Write(out, format.Sheet{
		Answer: a, Catalogue: o.Catalogue, Words: o.Service.InWords(a.Question), Lang: o.lang(), Zone: o.Zone, Simulated: simulated, Site: strings.TrimRight(o.Config.PublicURL, "/"), Total: len(a.Rows), Indented: true,
	})
}

// parseMoment reads an instant, or a day, which stands for its end in Hanoi.
func parseMoment(s string) (time.Time, error) {
	zone, err := time.LoadLocation(khue.DefaultZone)
	if err != nil {
		return time.Time{}, err
	}
	at, err := indicators.ParseMoment(s, zone)
	if err != nil {
		return time.Time{}, khue.Errorf(khue.Invalid,
			"--as-of phải là ngày 2026-03-01 hoặc thời điểm 2026-03-01T08:00:00+07:00, không phải %q",
			"--as-of must be a day 2026-03-01 or a moment 2026-03-01T08:00:00+07:00, not %q", s)
	}
	return at, nil
}

// writeTableOf writes numbers and names for people, with a column for each measure's
// reports where completeness says so.
func writeTableOf(out io.Writer, a indicators.Answer, lang khue.Lang, completeness bool) error {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	header := table.Row{}
	var columns []table.ColumnConfig
	for i, c := range a.Columns {
		label := c.Label.In(lang)
		if unit := c.Unit.In(lang); c.Measure && unit != "" {
			label += " (" + unit + ")"
		}
		header = append(header, label)
		if c.Measure {
			columns = append(columns, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
		}
	}
	reported := format.Reported(a)
	if !completeness {
		reported = nil
	}
	for _, i := range reported {
		label := a.Columns[len(a.Columns)-len(a.Completeness)+i].Label.In(lang)
		header = append(header, khue.Text{VI: "Đã báo cáo: ", EN: "Reported: "}.In(lang)+label)
		columns = append(columns, table.ColumnConfig{Number: len(header), Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.AppendHeader(header)
	t.SetColumnConfigs(columns)
	for _, r := range a.Rows {
		row := tableRow(a, r, lang)
		for _, i := range reported {
			row = append(row, shareText(r.Completeness[i], lang))
		}
		t.AppendRow(row)
	}
	if _, err := fmt.Fprintln(out, t.Render()); err != nil {
		return err
	}
	for _, note := range a.Notes {
		fmt.Fprintln(out, "* "+note.In(lang))
	}
	if err := writeReasons(out, a, lang); err != nil || !completeness || a.Evidence.DataUntil.IsZero() {
		return err
	}
	_, err := fmt.Fprintln(out, khue.Text{VI: "Số liệu đến ngày ", EN: "Data until "}.In(lang)+locale.Date(lang, a.Evidence.DataUntil))
	return err
}

// writeReasons tells under a table, once each, why figures in it are not known.
func writeReasons(out io.Writer, a indicators.Answer, lang khue.Lang) error {
	var told []string
	for _, r := range a.Rows {
		for _, v := range r.Values {
			if reason := v.Reason.In(lang); reason != "" && !slices.Contains(told, reason) {
				told = append(told, reason)
			}
		}
	}
	if len(told) == 0 {
		return nil
	}
	_, err := fmt.Fprintln(out, "– "+strings.Join(told, "; "))
	return err
}

func tableRow(a indicators.Answer, r indicators.Row, lang khue.Lang) table.Row {
	row := table.Row{}
	for i, k := range r.Keys {
		name := k.Name.In(lang)
		if !k.Period.IsZero() {
			name = locale.PeriodLabel(lang, k.Period)
			if r.Partial && i == firstPeriod(r) {
				name += khue.Text{VI: " (chưa đủ kỳ)", EN: " (partial)"}.In(lang)
			}
		}
		row = append(row, name)
	}
	for i, v := range r.Values {
		if v.Suppressed {
			row = append(row, locale.WithheldSign)
			continue
		}
		if !v.Known {
			row = append(row, "–")
			continue
		}
		row = append(row, locale.Number(lang, v.Number, a.Columns[len(r.Keys)+i].Decimals))
	}
	return row
}

func firstPeriod(r indicators.Row) int {
	for i, k := range r.Keys {
		if !k.Period.IsZero() {
			return i
		}
	}
	return -1
}
