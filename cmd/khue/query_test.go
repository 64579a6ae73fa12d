package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
)

func TestDerivedFiguresAreWrittenInEveryFormat(t *testing.T) {
	march := khue.MustParsePeriod("2026-03")
	a := indicators.Answer{
		Columns: []indicators.Column{
			{Name: "month", Label: khue.Text{VI: "Tháng", EN: "Month"}},
			{Name: "visitors", Measure: true, Label: khue.Text{VI: "Khách tại chỗ", EN: "On-site visitors"}, Unit: khue.Text{VI: "lượt khách", EN: "visits"}},
			{
				Name: "visitors_change_year", Measure: true, Derived: indicators.ChangeYear, Of: "visitors", Decimals: 1, Unit: khue.Text{VI: "%", EN: "%"},
				Label: khue.Text{VI: "Khách tại chỗ, so với cùng kỳ năm trước", EN: "On-site visitors, change on the year before"},
			},
		},
		Rows: []indicators.Row{
			{Keys: []indicators.Key{{Code: "2026-03", Period: march}}, Values: []indicators.Value{{Number: 1200, Known: true}, {Number: -12.345, Known: true}}},
			{
				Keys: []indicators.Key{{Code: "2026-04", Period: march.Shift(1)}}, Partial: true,
				Values: []indicators.Value{{Number: 5, Known: true}, {Reason: khue.Text{VI: "kỳ chưa trọn", EN: "the period is not whole"}}},
			},
		},
		Evidence: indicators.Evidence{AsOf: time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC)},
	}
	for format, want := range map[string][]string{
		"table": {"Khách tại chỗ, so với cùng kỳ năm trước (%)", "−12,3", "– kỳ chưa trọn"},
		"csv":   {"month,visitors,visitors_change_year,partial\n2026-03,1200,-12.345,false\n2026-04,5,,true\n"},
		"json":  {`"visitors_change_year": -12.345`, `"visitors_change_year": null`, `"visitors_change_year": "kỳ chưa trọn"`},
	} {
		var out bytes.Buffer
		require.NoError(t, answerWriters[format](&out, a, khue.Vietnamese))
		for _, w := range want {
			require.Contains(t, out.String(), w, format)
		}
	}
}

func TestTheLargestAreAskedForByNumberDimensionAndMeasure(t *testing.T) {
	for text, want := range map[string]*indicators.Top{
		"": nil, "5:discipline": {Dim: "discipline", N: 5}, "10:organiser:events": {Dim: "organiser", N: 10, By: "events"},
	} {
		got, err := parseTop(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"discipline", "five:discipline", "5", "5:"} {
		_, err := parseTop(text)
		require.Equal(t, khue.Invalid, khue.KindOf(err), text)
	}
}
