package charts_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/charts"
)

func someColumns(t *testing.T) json.RawMessage {
	t.Helper()
	known := func(v float64) charts.Point { return charts.Point{Value: v, Known: true} }
	option, err := charts.StackedColumns(charts.Stacked{
		Lang: khue.English, Categories: []string{"Jan", "Feb", "Mar"},
		Series: []charts.Series{
			{Name: "late", Tone: charts.Before, Points: []charts.Point{known(1), {}, {Value: 3, Known: true, Partial: true}}},
			{Name: "gone", Tone: charts.Now, Points: []charts.Point{known(4), known(5), known(6)}},
		},
	})
	require.NoError(t, err)
	return option
}

// itemsOf are the items of each series of an option.
func itemsOf(t *testing.T, option json.RawMessage) (series []map[string]any, items [][]map[string]any) {
	t.Helper()
	var o struct{ Series []map[string]any }
	require.NoError(t, json.Unmarshal(option, &o))
	for _, s := range o.Series {
		var all []map[string]any
		for _, one := range s["data"].([]any) {
			all = append(all, one.(map[string]any))
		}
		items = append(items, all)
	}
	return o.Series, items
}

func TestColumnsStandOnEachOtherAndWhatIsNotOverIsHatched(t *testing.T) {
	series, items := itemsOf(t, someColumns(t))
	require.Equal(t, series[0]["stack"], series[1]["stack"])
	require.Equal(t, "-", items[0][1]["value"], "what is not known is a gap")
	require.Contains(t, items[0][2]["itemStyle"], "decal")
	require.NotContains(t, items[0][0], "itemStyle")
}

func TestItemsCarryTheAddressesTheyAreGiven(t *testing.T) {
	option, err := charts.Leading(someColumns(t), charts.Ways{"late": {"/a?month=1", "/a?month=2", ""}})
	require.NoError(t, err)
	_, items := itemsOf(t, option)
	require.Equal(t, "/a?month=1", items[0][0]["link"])
	require.NotContains(t, items[0][1], "link", "where nothing is drawn nothing leads on")
	require.NotContains(t, items[0][2], "link")
	require.NotContains(t, items[1][0], "link", "a series that is not named leads nowhere")
}

func TestALineThatLeadsToOnePlaceCanBeHitBetweenItsPoints(t *testing.T) {
	months := charts.Months{Lang: khue.English, Categories: []string{"1", "2"}, Now: charts.Series{
		Name: "2025", Tone: charts.Now, Points: []charts.Point{{Value: 1, Known: true}, {Value: 2, Known: true}},
	}}
	option, err := charts.MonthsLine(months)
	require.NoError(t, err)
	whole, err := charts.Leading(option, charts.Ways{"2025": {"/events/1", "/events/1"}})
	require.NoError(t, err)
	series, _ := itemsOf(t, whole)
	require.Equal(t, "/events/1", series[0]["link"])
	require.Equal(t, true, series[0]["triggerLineEvent"])
	apart, err := charts.Leading(option, charts.Ways{"2025": {"/events/1", "/events/2"}})
	require.NoError(t, err)
	series, _ = itemsOf(t, apart)
	require.NotContains(t, series[0], "link")
}

func TestAddressesOfOtherSitesAndOfNoItemAreRefused(t *testing.T) {
	for name, ways := range map[string]charts.Ways{
		"another site":         {"late": {"https://example.org/"}},
		"another host":         {"late": {"//example.org"}},
		"a backslash":          {"late": {`/\example.org`}},
		"a script":             {"late": {"javascript:alert(1)"}},
		"a line break":         {"late": {"/a\n/b"}},
		"no series of a name":  {"early": {"/a"}},
		"more than there are":  {"late": {"/a", "/b", "/c", "/d"}},
		"an address with none": {"gone": {"a"}},
	} {
		_, err := charts.Leading(someColumns(t), ways)
		require.Error(t, err, name)
	}
	_, err := charts.Leading(json.RawMessage(`{`), nil)
	require.Error(t, err)
}
