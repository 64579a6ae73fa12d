package charts_test

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/charts"
)

// twelve is a chart of as many months.
func twelve(t *testing.T, months int) json.RawMessage {
	t.Helper()
	m := charts.Months{Lang: khue.Vietnamese, FontFamily: "sans-serif", Now: charts.Series{Name: "2026", Tone: charts.Now}}
	for i := range months {
		m.Categories = append(m.Categories, "Th "+strconv.Itoa(i+1))
		m.Now.Points = append(m.Now.Points, charts.Point{Value: float64(i), Known: true})
	}
	raw, err := charts.MonthsLine(m)
	require.NoError(t, err)
	return raw
}

// marksOf are the numbers over a chart with the category each stands at, and the
// strokes along several.
func marksOf(t *testing.T, raw json.RawMessage, err error) (numbers map[string]float64, strokes [][2]float64) {
	t.Helper()
	o := optionOf(t, raw, err)
	series := o["series"].([]any)
	last := series[len(series)-1].(map[string]any)
	require.Empty(t, last["data"], "no tip and no legend names it")
	numbers = map[string]float64{}
	for _, p := range last["markPoint"].(map[string]any)["data"].([]any) {
		one := p.(map[string]any)
		numbers[one["name"].(string)] = one["xAxis"].(float64)
	}
	for _, l := range last["markLine"].(map[string]any)["data"].([]any) {
		if pair, ok := l.([]any); ok {
			strokes = append(strokes, [2]float64{pair[0].(map[string]any)["xAxis"].(float64), pair[1].(map[string]any)["xAxis"].(float64)})
		}
	}
	return numbers, strokes
}

func TestANoteIsANumberOverItsMonth(t *testing.T) {
	plain := twelve(t, 12)
	raw, err := charts.WithPins(plain, []charts.Pin{{Number: 1, From: 0, To: 11}, {Number: 2, From: 4, To: 4}, {Number: 3, From: 11, To: 40}})
	numbers, strokes := marksOf(t, raw, err)
	require.Equal(t, map[string]float64{"1": 0, "2": 4, "3": 11}, numbers)
	require.Equal(t, [][2]float64{{0, 11}}, strokes, "what reaches beyond the chart ends at its edge")
	before, after := optionOf(t, plain, nil), optionOf(t, raw, nil)
	require.Greater(t, after["grid"].(map[string]any)["top"], before["grid"].(map[string]any)["top"], "the chart makes room for them")
	require.Len(t, after["series"], len(before["series"].([]any))+1)
}

func TestNumbersThatWouldStandOnOneAnotherShareAMark(t *testing.T) {
	raw, err := charts.WithPins(twelve(t, 12), []charts.Pin{{Number: 1, From: 3, To: 3}, {Number: 2, From: 3, To: 5}, {Number: 3, From: 4, To: 4}})
	numbers, strokes := marksOf(t, raw, err)
	require.Equal(t, map[string]float64{"1–2": 3, "3": 4}, numbers)
	require.Equal(t, [][2]float64{{3, 5}}, strokes)
	raw, err = charts.WithPins(twelve(t, 84), []charts.Pin{{Number: 1, From: 3, To: 3}, {Number: 2, From: 5, To: 5}, {Number: 3, From: 40, To: 40}})
	numbers, _ = marksOf(t, raw, err)
	require.Equal(t, map[string]float64{"1–2": 3, "3": 40}, numbers, "on a long chart, neighbours do too")
}

func TestAMarkOfSeveralNumbersKeepsItsDistance(t *testing.T) {
	raw, err := charts.WithPins(twelve(t, 25), []charts.Pin{{Number: 1, From: 3, To: 3}, {Number: 2, From: 5, To: 5}, {Number: 3, From: 5, To: 5}, {Number: 4, From: 9, To: 9}})
	numbers, _ := marksOf(t, raw, err)
	require.Equal(t, map[string]float64{"1–3": 3, "4": 9}, numbers)
}

func TestAChartWithoutNotesOrMonthsStaysWhatItIs(t *testing.T) {
	plain := twelve(t, 3)
	same, err := charts.WithPins(plain, nil)
	require.NoError(t, err)
	require.Equal(t, plain, same)
	ranking, err := charts.RankingBars(charts.Ranking{Lang: khue.Vietnamese, Categories: []string{"a"}, Now: charts.Series{Name: "n", Tone: charts.Now, Points: known(3)}})
	require.NoError(t, err)
	same, err = charts.WithPins(ranking, []charts.Pin{{Number: 1}})
	require.NoError(t, err)
	require.Equal(t, ranking, same, "bars from the top down have no days along the bottom")
	_, err = charts.WithPins(json.RawMessage("{"), []charts.Pin{{Number: 1}})
	require.Error(t, err)
}
