package charts_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/charts"
)

func known(values ...float64) []charts.Point {
	var out []charts.Point
	for _, v := range values {
		out = append(out, charts.Point{Value: v, Known: true})
	}
	return out
}

func wards() []charts.Place {
	var out []charts.Place
	for _, a := range khue.Areas() {
		if a.Lon != 0 && a.Kind != khue.City {
			out = append(out, charts.Place{Code: a.Code, Lon: a.Lon, Lat: a.Lat})
		}
	}
	return out
}

func TestEveryPlaceHasATileOfItsOwnAboutWhereItLies(t *testing.T) {
	places := wards()
	tiles := charts.Tiles(places)
	require.Len(t, tiles, 126)
	require.Equal(t, tiles, charts.Tiles(places), "the same places give the same map")
	taken := map[[2]int]string{}
	for _, tile := range tiles {
		cell := [2]int{int(math.Round(tile.X * 2)), int(math.Round(tile.Y * 1000))}
		require.Empty(t, taken[cell], "two places on one tile")
		taken[cell] = tile.Code
	}
	right, pairs := 0, 0
	for i, a := range places {
		for j, b := range places[:i] {
			if math.Abs(a.Lon-b.Lon) > 0.15 { // far apart on the globe
				pairs++
				if (a.Lon < b.Lon) == (tiles[i].X < tiles[j].X) {
					right++
				}
			}
			if math.Abs(a.Lat-b.Lat) > 0.15 {
				pairs++
				if (a.Lat > b.Lat) == (tiles[i].Y < tiles[j].Y) {
					right++
				}
			}
		}
	}
	require.Greater(t, float64(right)/float64(pairs), 0.99, "east stays east and north stays north")
}

func TestTilesOfFewPlacesAreTiles(t *testing.T) {
	require.Empty(t, charts.Tiles(nil))
	require.Len(t, charts.Tiles([]charts.Place{{Code: "a", Lon: 105, Lat: 21}}), 1)
	two := charts.Tiles([]charts.Place{{Code: "a", Lon: 105, Lat: 21}, {Code: "b", Lon: 105, Lat: 21}})
	require.NotEqual(t, two[0].X*1000+two[0].Y, two[1].X*1000+two[1].Y)
}

func TestAGapInASparklineStaysAGap(t *testing.T) {
	points := known(4, 8, 0, 6, 2)
	points[2].Known = false
	s := charts.Sparkline(points, 100, 20)
	require.Equal(t, 2, strings.Count(s.Line, "M"), "two strokes")
	require.Equal(t, 2, strings.Count(s.Area, "Z"))
	require.InDelta(t, 98, s.EndX, 0.01)
	require.Empty(t, charts.Sparkline(known(3), 100, 20).Line, "one point makes no line")
	require.NotContains(t, charts.Sparkline(known(0, 0, 0), 100, 20).Line, "NaN")
}

func optionOf(t *testing.T, raw json.RawMessage, err error) map[string]any {
	t.Helper()
	require.NoError(t, err)
	var o map[string]any
	require.NoError(t, json.Unmarshal(raw, &o))
	return o
}

func TestAMonthThatIsNotOverIsDrawnApart(t *testing.T) {
	now := charts.Series{Name: "2026", Tone: charts.Now, Points: known(10, 30, 7)}
	now.Points[2].Partial = true
	raw, err := charts.MonthsLine(charts.Months{
		Lang: khue.Vietnamese, Categories: []string{"Th 1", "Th 2", "Th 3"}, Now: now, Partial: "chưa trọn tháng", Peak: "30",
		Earlier: []charts.Series{{Name: "2025", Tone: charts.Before, Points: known(9, 20, 21)}},
	})
	series := optionOf(t, raw, err)["series"].([]any)
	require.Len(t, series, 3)
	whole, begun := series[1].(map[string]any), series[2].(map[string]any)
	require.Equal(t, "-", whole["data"].([]any)[2].(map[string]any)["value"], "the line of whole months ends before it")
	require.NotNil(t, whole["markPoint"], "the peak is of whole months")
	require.Equal(t, "dashed", begun["lineStyle"].(map[string]any)["type"])
	require.EqualValues(t, 7, begun["data"].([]any)[2].(map[string]any)["value"])
	require.NotNil(t, begun["markArea"])
}

func TestABarsNumberStandsBeyondItsMark(t *testing.T) {
	before := charts.Series{Name: "2025", Tone: charts.Older, Points: known(9, 1)}
	raw, err := charts.RankingBars(charts.Ranking{
		Lang: khue.English, Categories: []string{"a", "b"}, Lead: []int{0},
		Now: charts.Series{Name: "2026", Tone: charts.Now, Points: known(5, 4)}, Before: &before,
	})
	series := optionOf(t, raw, err)["series"].([]any)
	require.Len(t, series, 3)
	first := series[2].(map[string]any)["data"].([]any)[0].(map[string]any)
	require.EqualValues(t, 9, first["value"], "as long as the mark")
	require.EqualValues(t, 5, first["amount"], "but it writes the bar's own number")
	require.Nil(t, series[0].(map[string]any)["label"])
}
