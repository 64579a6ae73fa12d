package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"khue"
	"khue/indicators"
	"khue/locale"
)

func newTargets(s *shared) *cobra.Command {
	var asOf, format string
	c := &cobra.Command{
		Use:   "targets [PROGRAMME…]",
		Short: "Tell how far each target is: the way, the actual, the status, the forecast and the gap",
		Long: `Tell how far each target of a programme is (without a name: of every programme that has targets).

The status is that of Open SDG's progress measure; a forecast comes with its 80% range, or with the reason why there is none.`,
		Example: "  khue targets nq09\n  khue targets --as-of 2026-03-01 --format json",
		RunE: func(cmd *cobra.Command, programmes []string) error {
			write, ok := targetWriters[format]
			if !ok {
				return khue.Errorf(khue.Invalid, "không có định dạng %q; có: table, json", "there is no format %q; there are: table, json", format)
			}
			q, err := (queryFlags{measures: []string{"-"}, asOf: asOf}).question()
			if err != nil {
				return err
			}
			return s.opened(cmd.Context(), func(ctx context.Context, o *Observatory) error {
				if err := o.Ready(ctx); err != nil {
					return err
				}
				judged, err := judgedTargets(ctx, o.Service, programmes, q)
				if err != nil {
					return err
				}
				return write(cmd.OutOrStdout(), judged, o.lang())
			})
		},
	}
	c.Flags().StringVar(&asOf, "as-of", "", "as known then: 2026-03-01 or 2026-03-01T08:00:00+07:00")
	c.Flags().StringVar(&format, "format", "table", "table or json")
	return c
}

// judgedTarget is a target of a programme with its progress.
type judgedTarget struct {
	indicators.TargetProgress
	programme indicators.Programme
	indicator indicators.Indicator
	today     int // the year it is
}

func judgedTargets(ctx context.Context, service *indicators.Service, ids []string, q indicators.Question) ([]judgedTarget, error) {
	catalogue := service.Catalogue()
	if len(ids) == 0 {
		for _, p := range catalogue.Programmes() {
			ids = append(ids, p.ID)
		}
	}
	year := service.Today().Year()
	if !q.AsOf.IsZero() {
		year = q.AsOf.Year()
	}
	var out []judgedTarget
	for _, id := range ids {
		programme, err := catalogue.Programme(id)
		if err != nil {
			return nil, err
		}
		progress, err := service.Progress(ctx, id, q.AsOf)
		if err != nil {
			return nil, err
		}
		for _, p := range progress {
			indicator, err := catalogue.Indicator(p.Target.Indicator)
			if err != nil {
				return nil, err
			}
			out = append(out, judgedTarget{p, programme, indicator, year})
		}
	}
	return out, nil
}

var targetWriters = map[string]func(io.Writer, []judgedTarget, khue.Lang) error{
	"table": writeTargets, "json": writeTargetsJSON,
}

// writeTargets draws a table of figures, with the sentences that explain them below.
func writeTargets(out io.Writer, all []judgedTarget, lang khue.Lang) error {
	say := func(vi, en string) string { return khue.Text{VI: vi, EN: en}.In(lang) }
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(table.Row{
		say("Chỉ tiêu", "Target"), say("Năm", "Year"), say("Phải đạt", "To reach"), say("Lộ trình năm nay", "The way, this year"),
		say("Thực hiện", "Actual"), say("Tình trạng", "Status"), say("Dự báo (khoảng 80%)", "Forecast (80% range)"), say("Chênh lệch", "Gap"),
	})
	t.SetColumnConfigs([]table.ColumnConfig{
		wrapped(1, 34), wrapped(3, 44),
	})
	for _, j := range all {
		t.AppendRow(j.row(lang))
	}
	fmt.Fprintln(out, t.Render())
	for _, j := range all {
		fmt.Fprintf(out, "\n%s (%s): %s\n", j.Target.Label.In(lang), j.Target.ID, j.Method.In(lang))
		if j.Forecast != nil {
			fmt.Fprintln(out, j.Forecast.Text.In(lang), j.Forecast.Basis.In(lang))
		} else if reason := j.NoForecast.In(lang); reason != "" {
			fmt.Fprintln(out, reason)
		}
	}
	_, err := fmt.Fprintf(out, "\n%s\n", indicators.StatusMethod().In(lang))
	return err
}

func (j judgedTarget) row(lang khue.Lang) table.Row {
	number := func(v float64) string { return locale.Number(lang, v, j.indicator.Decimals) }
	known := func(v indicators.Value) string {
		if v.Suppressed {
			return locale.WithheldSign
		}
		if !v.Known {
			return "–"
		}
		return number(v.Number)
	}
	actual := known(j.Actual)
	if j.Actual.Known {
		actual += " (" + locale.PeriodLabel(lang, j.ActualPeriod) + ")"
	}
	expected, gap := "–", "–"
	if j.Forecast != nil {
		last := j.Forecast.Last()
		expected = fmt.Sprintf("%s (%s–%s)", number(last.Point), number(last.Low), number(last.High))
		gap = locale.SignedNumber(lang, j.Forecast.Gap, j.indicator.Decimals)
		if j.Forecast.GapShare.Known {
			gap += " (" + locale.SignedPercent(lang, j.Forecast.GapShare.Number, 0) + ")"
		}
	}
	return table.Row{
		j.Target.Label.In(lang), j.Target.Year, j.Target.Goal().In(lang), known(j.PathAt(j.today)), actual, j.StatusLabel.In(lang), expected, gap,
	}
}

type targetJSON struct {
	Programme   string              `json:"programme"`
	Target      string              `json:"target"`
	Label       khue.Text           `json:"label"`
	Indicator   string              `json:"indicator"`
	Where       map[string][]string `json:"where,omitempty"`
	Kind        string              `json:"kind"`
	Since       int                 `json:"since,omitempty"`
	Year        int                 `json:"year"`
	Value       float64             `json:"value"`
	Upper       *float64            `json:"upper,omitempty"`
	Approximate bool                `json:"approximate"`
	Unit        khue.Text           `json:"unit"`
	Path        []pathJSON          `json:"path"`
	Actual      *float64            `json:"actual"` // null where nothing is known
	Period      string              `json:"actual_period,omitempty"`
	Status      string              `json:"status"`
	Rule        string              `json:"rule,omitempty"`
	Ratio       *float64            `json:"ratio"`
	Method      khue.Text           `json:"method"`
	Forecast    *forecastJSON       `json:"forecast"`
	NoForecast  *khue.Text          `json:"no_forecast,omitempty"`
}

type pathJSON struct {
	Year  int     `json:"year"`
	Value float64 `json:"value"`
}

type forecastJSON struct {
	Years    []forecastYearJSON `json:"years"`
	Gap      float64            `json:"gap"`
	GapShare *float64           `json:"gap_share"`
	Outlook  string             `json:"outlook"`
	Method   khue.Text          `json:"method"`
	Grain    khue.Grain         `json:"grain"`
	Used     int                `json:"used"`
	Trial    trialJSON          `json:"trial"`
}

type forecastYearJSON struct {
	Year  int     `json:"year"`
	Point float64 `json:"point"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

type trialJSON struct {
	Forecasts int      `json:"forecasts"`
	MAE       float64  `json:"mae"`
	NaiveMAE  float64  `json:"naive_mae"`
	MASE      float64  `json:"mase"`
	MAPE      *float64 `json:"mape"` // null when a known figure is zero
	Coverage  float64  `json:"coverage"`
	Widened   float64  `json:"widened"`
}

func writeTargetsJSON(out io.Writer, all []judgedTarget, _ khue.Lang) error {
	body := make([]targetJSON, 0, len(all))
	for _, j := range all {
		body = append(body, j.json())
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(body)
}

func (j judgedTarget) json() targetJSON {
	t := j.Target
	b := targetJSON{
		Programme: j.programme.ID, Target: t.ID, Label: t.Label, Indicator: t.Indicator, Where: t.Where, Kind: t.Kind, Since: t.Since, Year: t.Year,
		Value: t.Value, Upper: t.Upper, Approximate: t.Approximate, Unit: t.Unit, Path: []pathJSON{}, Actual: orNull(j.Actual),
		Period: j.ActualPeriod.String(), Status: j.Status, Rule: j.Rule, Ratio: orNull(j.Ratio), Method: j.Method,
	}
	for _, p := range j.Path {
		b.Path = append(b.Path, pathJSON(p))
	}
	if j.NoForecast.VI != "" {
		b.NoForecast = &j.NoForecast
	}
	f := j.Forecast
	if f == nil {
		return b
	}
	b.Forecast = &forecastJSON{
		Gap: f.Gap, GapShare: orNull(f.GapShare), Outlook: f.Outlook, Method: f.Method, Grain: f.Grain, Used: f.Used,
		Trial: trialJSON{
			Forecasts: f.Trial.Forecasts, MAE: f.Trial.MAE, NaiveMAE: f.Trial.NaiveMAE, MASE: f.Trial.MASE,
			MAPE: orNull(indicators.Value{Number: f.Trial.MAPE, Known: !math.IsNaN(f.Trial.MAPE)}), Coverage: f.Trial.Coverage, Widened: f.Trial.Widened,
		},
	}
	for _, y := range f.Years {
		b.Forecast.Years = append(b.Forecast.Years, forecastYearJSON(y))
	}
	return b
}

// orNull is a number, or nothing where none is known.
func orNull(v indicators.Value) *float64 {
	if !v.Known {
		return nil
	}
	return &v.Number
}
