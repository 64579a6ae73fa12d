package main

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
)

func TestTheDictionaryIsThereBeforeTheFirstPull(t *testing.T) {
	o := newObservatory(t, []byte("sources: {}\n"), nil)
	list := o.must("indicators")
	require.Contains(t, list, "Network and members")
	require.Contains(t, list, "grdp_share")
	records, err := csv.NewReader(strings.NewReader(o.must("indicators", "--search", "dao tao", "--format", "csv"))).ReadAll()
	require.NoError(t, err)
	require.Equal(t, [][]string{
		{"name", "topic", "label", "unit", "frequency", "responsible", "programmes"},
		{"trainings", "activity", "Trainings", "activities", "quarter", "Hanoi Department of Culture and Sports", "culture-2030"},
		{"training_participants", "activity", "Participants in trainings", "participants", "quarter", "Hanoi Department of Culture and Sports", "culture-2030"},
	}, records)
	var all struct {
		Version    string
		Indicators []struct {
			Name       string
			Programmes []string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(o.must("indicators", "--programme", "nq09", "--format", "json")), &all))
	require.Len(t, all.Version, 12)
	require.Len(t, all.Indicators, 1)
	require.Equal(t, []string{"nq09", "culture-2030"}, all.Indicators[0].Programmes)

	entry := o.must("indicators", "grdp_share")
	for _, words := range []string{"2025: about 5 %", "2045: about 10 %", "Published source", "Resolution 09-NQ/TU", "latest(claims"} {
		require.Contains(t, entry, words)
	}
	require.NotContains(t, entry, "No official figure", "there is no warehouse to ask yet")
	_, errs, code := o.khue("indicators", "grdp")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "did you mean grdp_share")
	_, errs, code = o.khue("indicators", "--programme", "nq9")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "did you mean nq09")
	_, errs, code = o.khue("indicators", "--format", "xml")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "there are: table, csv, json")
}

func TestAnEntryTellsTheYearsWithoutAnOfficialFigure(t *testing.T) {
	o := newObservatory(t, []byte("sources: {}\n"), nil)
	o.must("migrate")
	var entry struct {
		Name  string
		Over  map[string]string
		Unit  khue.Text
		Years []struct {
			Year    string
			Value   *float64
			Partial bool
		}
		Symbols []string
		Breaks  []struct{ Date string }
	}
	require.NoError(t, json.Unmarshal([]byte(o.must("indicators", "active_member_share", "--years", "3", "--format", "json")), &entry))
	require.Len(t, entry.Years, 3)
	for _, y := range entry.Years {
		require.Nil(t, y.Value)
	}
	require.Equal(t, map[string]string{"time": "ratio", "area": "ratio", "discipline": "ratio"}, entry.Over)
	require.Equal(t, "100 × active_members ÷ members", entry.Symbols[0])
	require.Equal(t, "2025-07-01", entry.Breaks[0].Date)
	require.Contains(t, o.must("indicators", "creative_spaces"), "124 spaces")
	require.Equal(t, 5, strings.Count(o.must("indicators", "grdp_share", "--years", "5"), "No official figure"))
}

func TestEveryLineOfTheListTellsOfOneIndicatorAndLongTextsBreakBetweenWords(t *testing.T) {
	o := newObservatory(t, []byte("sources: {}\n"), nil)
	var line string
	for _, l := range strings.Split(o.must("indicators"), "\n") {
		if strings.Contains(l, " certified_members ") {
			line = l
		}
	}
	require.Contains(t, line, "Certified members")
	require.NotContains(t, line, "New members", "the next one has its own line")
	require.Contains(t, line, "unesco-uccn")

	entry := o.must("indicators", "grdp_share")
	require.Regexp(t, `(?m)^│ +│ 2030: about 8 %`, entry, "each target of a programme begins a line")
	o.must("migrate")
	claims := o.must("claims", "gdp_share_cultural_industries_hanoi")
	require.Regexp(t, `8 │ % +│ target `, claims, "a target is not taken for what was reached")
	require.NotRegexp(t, `(?m)dates it to 20 │$`, claims)
}
