package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
)

func TestDerivedFiguresStandInTheTableWithTheirReasons(t *testing.T) {
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
	var out bytes.Buffer
	require.NoError(t, writeTableOf(&out, a, khue.Vietnamese, false))
	for _, want := range []string{"Khách tại chỗ, so với cùng kỳ năm trước (%)", "−12,3", "– kỳ chưa trọn"} {
		require.Contains(t, out.String(), want)
	}
}
