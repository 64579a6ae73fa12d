package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"khue"
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
			write, ok := answerWriters[q.formats]
			if !ok {
				return khue.Errorf(khue.Invalid, "không có định dạng %q; có: table, csv, json", "there is no format %q; there are: table, csv, json", q.formats)
			}
			return s.opened(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				if err := o.Ready(ctx); err != nil {
					return err
				}
				a, err := o.Service.Ask(ctx, question)
				if err != nil {
					return err
				}
				if q.formats == "table" && q.completeness {
					write = writeTableWithCompleteness
				}
				return write(cmd.OutOrStdout(), a, o.lang())
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
	f.StringVar(&q.formats, "format", "table", "table, csv or json")
	f.StringVar(&q.areaView, "area-view", "", "as_was: areas as they were on the day (default); as_now: areas of today, by the configured correspondences")
	f.StringVar(&q.counting, "counting", "", "facts with several disciplines: main (default), each or fractional")
	f.StringToStringVar(&q.editions, "edition", nil, "read all facts by one edition of a classification: uccn_field=2004")
	f.BoolVar(&q.completeness, "completeness", false, "show beside each number how many of those who should have reported did (csv and json always do)")
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
	out.Top, err = parseTop(q.top)
	return out, err
}

// parseTop reads "5:discipline" or "5:discipline:events"; nothing is no top.
func parseTop(text string) (*indicators.Top, error) {
	if text == "" {
		return nil, nil
	}
	count, rest, _ := strings.Cut(text, ":")
	dim, by, _ := strings.Cut(rest, ":")
	n, err := strconv.Atoi(count)
	if err != nil || dim == "" {
		return nil, khue.Errorf(khue.Invalid,
			"--top phải có dạng số:chiều hoặc số:chiều:chỉ_số, như 5:discipline:events, không phải %q",
			"--top must be written number:dimension or number:dimension:measure, such as 5:discipline:events, not %q", text)
	}
	return &indicators.Top{Dim: dim, By: by, N: n}, nil
}

// parseMoment reads an instant, or a day, which stands for its end in Hanoi.
func parseMoment(s string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	zone, err := time.LoadLocation(khue.DefaultZone)
	if err != nil {
		return time.Time{}, err
	}
	d, err := time.ParseInLocation(time.DateOnly, s, zone)
	if err != nil {
		return time.Time{}, khue.Errorf(khue.Invalid,
			"--as-of phải là ngày 2026-03-01 hoặc thời điểm 2026-03-01T08:00:00+07:00, không phải %q",
			"--as-of must be a day 2026-03-01 or a moment 2026-03-01T08:00:00+07:00, not %q", s)
	}
	return d.AddDate(0, 0, 1).Add(-time.Millisecond), nil
}

var answerWriters = map[string]func(io.Writer, indicators.Answer, khue.Lang) error{
	"table": writeTable, "csv": writeCSV, "json": writeJSON,
}

// writeTable writes numbers and names for people.
func writeTable(out io.Writer, a indicators.Answer, lang khue.Lang) error {
	return writeTableOf(out, a, lang, false)
}

// writeTableWithCompleteness is writeTable with a column for each measure's reports.
func writeTableWithCompleteness(out io.Writer, a indicators.Answer, lang khue.Lang) error {
	return writeTableOf(out, a, lang, true)
}

// reportedColumns are the measures of an answer beside which it says who has
// reported: those asked for, not what was worked out from them.
func reportedColumns(a indicators.Answer) []int {
	var out []int
	for i := range a.Completeness {
		if a.Columns[len(a.Columns)-len(a.Completeness)+i].Derived == "" {
			out = append(out, i)
		}
	}
	return out
}

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
	reported := reportedColumns(a)
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

// writeCSV writes codes and plain numbers for programs; an unknown value is an
// empty cell, a withheld one the letter c.
func writeCSV(out io.Writer, a indicators.Answer, _ khue.Lang) error {
	w := csv.NewWriter(out)
	header := make([]string, 0, len(a.Columns)+1)
	for _, c := range a.Columns {
		header = append(header, c.Name)
	}
	header = append(header, "partial")
	reported := reportedColumns(a)
	for _, i := range reported {
		name := a.Columns[len(a.Columns)-len(a.Completeness)+i].Name
		header = append(header, name+"_reported", name+"_expected", name+"_unexpected")
	}
	_ = w.Write(header)
	for _, r := range a.Rows {
		line := make([]string, 0, len(header)+1)
		for _, k := range r.Keys {
			line = append(line, neutral(keyCode(k)))
		}
		for _, v := range r.Values {
			cell := ""
			if v.Suppressed {
				cell = locale.WithheldSign
			}
			if v.Known {
				cell = strconv.FormatFloat(v.Number, 'f', -1, 64)
			}
			line = append(line, cell)
		}
		line = append(line, strconv.FormatBool(r.Partial))
		for _, i := range reported {
			c, came, expected := r.Completeness[i], "", "" // nobody knows who should have reported
			if c.Known {
				came, expected = strconv.Itoa(c.Reported), strconv.Itoa(c.Expected)
			}
			line = append(line, came, expected, strconv.Itoa(c.Unexpected))
		}
		_ = w.Write(line)
	}
	w.Flush()
	return w.Error()
}

// neutral keeps a spreadsheet from reading a text cell as a formula.
func neutral(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func keyCode(k indicators.Key) string {
	if !k.Period.IsZero() {
		return k.Period.String()
	}
	return k.Code
}
