package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
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

// completenessFlags are what `khue completeness` takes.
type completenessFlags struct {
	dataset, period, by, asOf, format string
	missing                           bool
	limit                             int
}

func newCompleteness(s *shared) *cobra.Command {
	f := completenessFlags{}
	c := &cobra.Command{
		Use:   "completeness",
		Short: "Tell who should have reported, who has and what is missing",
		Long: "Tell, for each list of expected reports, how many of those due are there. Shares are worked out\n" +
			"from the rows that are there and never exceed 100 %; where nobody can say who should have\n" +
			"reported, the share is not determined. --missing names each report that is due and not there.",
		Example: "  khue completeness\n  khue completeness --dataset attendance --period 2026 --by reporter\n  khue completeness --dataset discipline_statistics --period 2025-07 --missing",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.opened(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				if err := o.Ready(ctx); err != nil {
					return err
				}
				answers, err := f.ask(ctx, o)
				if err != nil {
					return err
				}
				if f.format == "json" {
					return f.writeJSON(cmd.OutOrStdout(), answers)
				}
				for _, r := range answers {
					f.writeTable(cmd.OutOrStdout(), r, o.lang())
				}
				return nil
			})
		},
	}
	l := c.Flags()
	l.StringVar(&f.dataset, "dataset", "", "one dataset (attendance, discipline_statistics, …) or one list by its name; default all")
	l.StringVar(&f.period, "period", "", "2025, 2025-Q1 or 2025-03; default this year")
	l.StringVar(&f.by, "by", "period", "period, or reporter")
	l.BoolVar(&f.missing, "missing", false, "name the reports that are missing, and those that nobody expected")
	l.StringVar(&f.asOf, "as-of", "", "as it was known then: 2026-03-01 or 2026-03-01T08:00:00+07:00")
	l.IntVar(&f.limit, "limit", 200, "most missing reports named for each list; 0 is all")
	l.StringVar(&f.format, "format", "table", "table or json")
	return c
}

// ask answers for every list that the flags choose.
func (f completenessFlags) ask(ctx context.Context, o *Observatory) ([]indicators.Reporting, error) {
	if f.by != "period" && f.by != "reporter" {
		return nil, khue.Errorf(khue.Invalid, "--by phải là period hoặc reporter, không phải %q", "--by must be period or reporter, not %q", f.by)
	}
	if f.format != "table" && f.format != "json" {
		return nil, khue.Errorf(khue.Invalid, "không có định dạng %q; có: table, json", "there is no format %q; there are: table, json", f.format)
	}
	q := indicators.ReportingQuestion{Most: f.limit, Scope: khue.Everything}
	if !f.missing {
		q.Most = 1
	}
	if f.asOf != "" {
		moment, err := parseMoment(f.asOf)
		if err != nil {
			return nil, err
		}
		q.AsOf = moment
	}
	period := khue.PeriodOf(o.Service.Today(), khue.Year)
	if f.period != "" {
		var err error
		if period, err = khue.ParsePeriod(f.period); err != nil {
			return nil, err
		}
	}
	q.From, q.To = period.Start(), period.End()
	chosen, err := f.expectations(o.Catalogue)
	if err != nil {
		return nil, err
	}
	var out []indicators.Reporting
	for _, x := range chosen {
		q.Expectation = x.Name
		r, err := o.Service.Reporting(ctx, q)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func (f completenessFlags) expectations(c *indicators.Catalogue) ([]indicators.Expectation, error) {
	var out []indicators.Expectation
	for _, x := range c.Expectations() {
		if f.dataset == "" || x.Dataset == f.dataset || x.Name == f.dataset {
			out = append(out, x)
		}
	}
	if len(out) == 0 {
		if _, known := khue.DatasetOf(f.dataset); known {
			return nil, khue.Errorf(khue.NotFound, "chưa khai báo ai phải báo cáo %s", "nothing says who should report %s", f.dataset)
		}
		_, err := c.Expectation(f.dataset)
		return nil, err
	}
	return out, nil
}

// shareText writes a completeness for people: "97% (145/150)".
func shareText(c indicators.Completeness, lang khue.Lang) string {
	out := khue.Text{VI: "không xác định", EN: "not determined"}.In(lang)
	if c.Known {
		out = fmt.Sprintf("%s (%s/%s)", locale.WholeShare(lang, c.Share()), locale.Number(lang, float64(c.Reported), 0), locale.Number(lang, float64(c.Expected), 0))
	}
	if c.Unexpected > 0 {
		out += fmt.Sprintf(" +%d", c.Unexpected)
	}
	return out
}

func (f completenessFlags) writeTable(out io.Writer, r indicators.Reporting, lang khue.Lang) {
	say := func(vi, en string) string { return khue.Text{VI: vi, EN: en}.In(lang) }
	x := r.Expectation
	fmt.Fprintf(out, "%s · %s: %s", x.Name, x.Dataset, shareText(r.Total, lang))
	if label := x.Label.In(lang); label != "" && r.Total.Known {
		fmt.Fprint(out, " ", label)
	}
	if !r.DataUntil.IsZero() {
		fmt.Fprint(out, "; ", say("số liệu đến ngày ", "data until "), locale.Date(lang, r.DataUntil))
	}
	fmt.Fprintln(out)
	if x.Reporters == "none" {
		fmt.Fprintln(out, "  "+x.Reason.In(lang))
		return
	}
	if r.Total.Unexpected > 0 {
		fmt.Fprintf(out, "  %s\n", fmt.Sprintf(say("%d báo cáo ngoài danh sách, không tính vào tỷ lệ", "%d reports of nobody who was expected, left out of the share"), r.Total.Unexpected))
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, Align: text.AlignRight, AlignHeader: text.AlignRight}})
	share := say("Đã báo cáo", "Reported")
	if f.by == "reporter" {
		t.AppendHeader(table.Row{say("Nơi báo cáo", "Reporter"), share})
		for _, one := range r.Reporters {
			t.AppendRow(table.Row{one.Name.In(lang), shareText(one.Total, lang)})
		}
	} else {
		t.AppendHeader(table.Row{say("Kỳ", "Period"), share})
		for i, p := range r.Periods {
			t.AppendRow(table.Row{locale.PeriodLabel(lang, p), shareText(r.ByPeriod[i], lang)})
		}
	}
	fmt.Fprintln(out, t.Render())
	if f.missing {
		f.writeMissing(out, r, lang)
	}
}

func (f completenessFlags) writeMissing(out io.Writer, r indicators.Reporting, lang khue.Lang) {
	say := func(vi, en string) string { return khue.Text{VI: vi, EN: en}.In(lang) }
	for _, m := range r.Missing {
		parts := []string{locale.PeriodLabel(lang, m.Period), m.Name.In(lang)}
		if m.Event != "" {
			parts = append(parts, m.Title, m.Area.In(lang), m.Source+"/"+m.Event)
		}
		fmt.Fprintln(out, say("thiếu  ", "missing  ")+strings.Join(parts, " · "))
	}
	if left := r.Total.Expected - r.Total.Reported - len(r.Missing); left > 0 {
		fmt.Fprintf(out, say("… và %d báo cáo thiếu khác; --limit 0 để xem hết\n", "… and %d more missing; --limit 0 lists all\n"), left)
	}
	for _, u := range r.Unexpected {
		parts := []string{locale.PeriodLabel(lang, u.Period), u.Name.In(lang)}
		if u.Source != "" {
			parts = append(parts, u.Source)
		}
		fmt.Fprintln(out, say("ngoài danh sách  ", "unexpected  ")+strings.Join(parts, " · "))
	}
}

func (f completenessFlags) writeJSON(out io.Writer, answers []indicators.Reporting) error {
	type line struct {
		Reporter string              `json:"reporter,omitempty"`
		Name     string              `json:"name,omitempty"`
		Period   string              `json:"period,omitempty"`
		Event    string              `json:"event,omitempty"`
		Source   string              `json:"source,omitempty"`
		Reports  format.Completeness `json:"reports"`
	}
	type list struct {
		Expectation string              `json:"expectation"`
		Dataset     string              `json:"dataset"`
		DataUntil   string              `json:"data_until,omitempty"`
		AsOf        time.Time           `json:"as_of"`
		Total       format.Completeness `json:"total"`
		Periods     []line              `json:"periods"`
		Reporters   []line              `json:"reporters"`
		Missing     []line              `json:"missing,omitempty"`
		Unexpected  []line              `json:"unexpected,omitempty"`
	}
	body := []list{}
	for _, r := range answers {
		one := list{Expectation: r.Expectation.Name, Dataset: r.Expectation.Dataset, AsOf: r.AsOf, Total: format.CompletenessOf(r.Total), Periods: []line{}, Reporters: []line{}}
		if !r.DataUntil.IsZero() {
			one.DataUntil = r.DataUntil.Format(time.DateOnly)
		}
		for i, p := range r.Periods {
			one.Periods = append(one.Periods, line{Period: p.String(), Reports: format.CompletenessOf(r.ByPeriod[i])})
		}
		for _, reporter := range r.Reporters {
			one.Reporters = append(one.Reporters, line{Reporter: reporter.Code, Name: reporter.Name.VI, Reports: format.CompletenessOf(reporter.Total)})
		}
		if f.missing {
			for _, m := range r.Missing {
				one.Missing = append(one.Missing, line{Reporter: m.Reporter, Name: m.Name.VI, Period: m.Period.String(), Event: m.Event, Source: m.Source, Reports: format.Completeness{Known: true, Expected: 1}})
			}
			for _, u := range r.Unexpected {
				one.Unexpected = append(one.Unexpected, line{Reporter: u.Reporter, Name: u.Name.VI, Period: u.Period.String(), Source: u.Source, Reports: format.Completeness{Unexpected: 1}})
			}
		}
		body = append(body, one)
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(body)
}
