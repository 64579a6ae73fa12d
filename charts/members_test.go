package charts_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/charts"
)

// drawnOption is what the tests of grids and growth look at.
type drawnOption struct {
	Series []struct {
		Type string `json:"type"`
		Name string `json:"name"`
		Data []struct {
			Value     any            `json:"value"`
			Name      string         `json:"name"`
			Label     map[string]any `json:"label"`
			ItemStyle map[string]any `json:"itemStyle"`
		} `json:"data"`
	} `json:"series"`
}

func drawnOf(t *testing.T, raw json.RawMessage, err error) drawnOption {
	t.Helper()
	require.NoError(t, err)
	var o drawnOption
	require.NoError(t, json.Unmarshal(raw, &o))
	require.NotContains(t, string(raw), "function")
	return o
}

func TestAGridWritesEveryShareAndColoursNoneOfTooFew(t *testing.T) {
	raw, err := charts.HeatMap(charts.Heat{Lang: khue.Vietnamese, Columns: []string{"0", "1"}, Rows: []string{"a", "b"}, Cells: []charts.HeatCell{
		{Column: 0, Row: 0, Share: 0.97, Label: "97%", Name: "first"}, {Column: 1, Row: 0, Share: 0.2, Label: "20%", Partial: true}, {Column: 0, Row: 1, Share: 0.5, Label: "1/2", Few: true},
	}})
	o := drawnOf(t, raw, err)
	cells := o.Series[0].Data
	require.Equal(t, "heatmap", o.Series[0].Type)
	require.Equal(t, []any{0.0, 0.0, 0.97}, cells[0].Value)
	require.Equal(t, "first", cells[0].Name)
	require.Equal(t, "97%", cells[0].Label["formatter"])
	require.Equal(t, "#7f1f22", cells[0].ItemStyle["color"])
	require.Contains(t, cells[1].ItemStyle, "decal", "what is not over is hatched")
	require.Equal(t, "#f1eee8", cells[2].ItemStyle["color"])
	require.NotContains(t, cells[2].ItemStyle, "decal")
}

func TestAGridRefusesFieldsThatLieOutside(t *testing.T) {
	for _, h := range []charts.Heat{
		{},
		{Columns: []string{"0"}},
		{Columns: []string{"0"}, Rows: []string{"a"}, Cells: []charts.HeatCell{{Column: 1}}},
		{Columns: []string{"0"}, Rows: []string{"a"}, Cells: []charts.HeatCell{{Row: -1}}},
	} {
		_, err := charts.HeatMap(h)
		require.Error(t, err)
	}
}

func TestGrowthDrawsWhoLeftBelowTheLine(t *testing.T) {
	raw, err := charts.GrowthChart(charts.Growth{
		Lang: khue.English, Categories: []string{"Jan", "Feb"}, Stock: []charts.Series{{Name: "Members", Tone: charts.Now, Points: known(3, 2)}},
		Came: []charts.Series{{Name: "Accepted", Tone: charts.Link, Points: known(3, 0)}}, Left: charts.Series{Name: "Left", Tone: charts.Older, Points: known(0, 1)},
	})
	o := drawnOf(t, raw, err)
	require.Len(t, o.Series, 3)
	require.Equal(t, "line", o.Series[0].Type)
	require.Equal(t, "bar", o.Series[2].Type)
	require.Equal(t, "-", o.Series[2].Data[0].Value, "nobody who left is no bar")
	require.InDelta(t, -1, o.Series[2].Data[1].Value, 0)
	_, err = charts.GrowthChart(charts.Growth{Categories: []string{"Jan"}})
	require.Error(t, err)
}

func TestColumnsHatchWhatIsNotOverAndFadeWhatTheyAreNotAbout(t *testing.T) {
	points := known(1, 2, 3)
	points[2].Partial = true
	raw, err := charts.ColumnBars(charts.Columns{Lang: khue.English, Categories: []string{"a", "b", "c"}, Now: charts.Series{Name: "n", Tone: charts.Now, Points: points}, Faint: []int{0, 9}})
	o := drawnOf(t, raw, err)
	require.Equal(t, charts.Faded, o.Series[0].Data[0].ItemStyle["color"])
	require.Contains(t, o.Series[0].Data[2].ItemStyle, "decal")
}
