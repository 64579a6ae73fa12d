package charts_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/charts"
)

func years(n int) []charts.Point { return make([]charts.Point, n) }

func TestAWayToATargetKeepsActualPathAndForecastApart(t *testing.T) {
	actual := charts.Series{Name: "Thực hiện", Tone: charts.Now, Points: append(known(10, 12, 5), years(2)...)}
	actual.Points[2].Partial = true
	ahead, low, high := years(5), years(5), years(5)
	for i, v := range []float64{14, 16, 18} {
		ahead[2+i], low[2+i], high[2+i] = charts.Point{Value: v, Known: true}, charts.Point{Value: v - 2, Known: true}, charts.Point{Value: v + 3, Known: true}
	}
	raw, err := charts.CourseLine(charts.Course{
		Lang: khue.Vietnamese, Years: []string{"2024", "2025", "2026", "2027", "2028"}, Actual: actual, GoalName: "Chỉ tiêu",
		Published: []charts.Mark{{Year: 1, Value: 9}, {Year: 1, Value: 13}}, PublishedName: "Đã công bố",
		Paths:    []charts.Series{{Name: "Lộ trình", Tone: charts.Older, Points: known(10, 12, 14, 17, 20)}},
		Goals:    []charts.Goal{{Year: 4, Value: 20, Upper: 22, Label: "khoảng 20"}},
		Expected: &charts.Expected{Name: "Dự báo", LowName: "thấp", HighName: "cao", Points: ahead, Low: low, High: high},
		Today:    2, TodayName: "nay",
	})
	o := optionOf(t, raw, err)
	series := o["series"].([]any)
	require.Len(t, series, 10, "path, whole years, the year begun, forecast, low, high, two of the band, published, targets")
	at := func(i int) map[string]any { return series[i].(map[string]any) }
	require.Equal(t, "dotted", at(0)["lineStyle"].(map[string]any)["type"])
	require.Equal(t, "-", at(1)["data"].([]any)[2].(map[string]any)["value"], "the line of whole years ends before the year that is not over")
	require.Equal(t, "dashed", at(2)["lineStyle"].(map[string]any)["type"])
	require.EqualValues(t, 5, at(7)["data"].([]any)[2], "the band is as high as the range")
	require.Equal(t, "-", at(7)["data"].([]any)[0])
	require.Len(t, at(8)["data"], 2, "figures that contradict each other stand side by side")
	goals := at(9)
	require.EqualValues(t, 20, goals["data"].([]any)[4].(map[string]any)["value"])
	require.Equal(t, "-", goals["data"].([]any)[0])
	require.Len(t, goals["markLine"].(map[string]any)["data"], 3, "a stem, the span above it, the running year")
	require.Equal(t, true, goals["showAllSymbol"], "a target stays on a narrow screen whose axis leaves its year out")
	require.Nil(t, goals["markArea"])
	render(t, raw)
}

func TestTargetsWithoutAnyFigureAreStillDrawn(t *testing.T) {
	raw, err := charts.CourseLine(charts.Course{
		Lang: khue.English, Years: []string{"2024", "2025", "2026"}, Actual: charts.Series{Name: "Actual", Tone: charts.Now, Points: years(3)},
		Goals: []charts.Goal{{Year: 1, Value: 5, Label: "about 5%"}}, GoalName: "Target", TodayName: "today", Today: 2,
		Silent: &charts.Stretch{From: 0, To: 1, Name: "No official figure"},
	})
	require.NoError(t, err)
	svg := render(t, raw)
	require.Contains(t, svg, "about 5%")
	require.Contains(t, svg, "No official figure")
}
