package main

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTargetsAreListedWithTheirWayAndTheReasonWhyThereIsNoForecast(t *testing.T) {
	folder, err := filepath.Abs("../../indicators/testdata/definitions")
	require.NoError(t, err)
	o := newObservatory(t, nil, map[string]string{"KHUE_DEFINITIONS": folder})
	o.must("migrate")
	said := o.must("targets", "nq09", "simulated-plan")
	for _, want := range []string{
		"about 8%", "Not due yet", "100–150 members", "20,000 visits in 2021–2030 together",
		"No official figure", "Too little data for a forecast: there are 0 whole years, at least 5 are needed.", "Open SDG's progress measure",
	} {
		require.Contains(t, said, want)
	}
	var got []targetJSON
	require.NoError(t, json.Unmarshal([]byte(o.must("targets", "simulated-plan", "--format", "json")), &got))
	require.Len(t, got, 5)
	require.Equal(t, "visitors-2030", got[0].Target)
	require.Equal(t, pathJSON{2019, 1000}, got[0].Path[0])
	require.Len(t, got[0].Path, 12)
	require.Nil(t, got[0].Actual, "nothing known is no zero")
	require.Nil(t, got[0].Forecast)
	require.Contains(t, got[0].NoForecast.VI, "Số liệu quá ít để dự báo")
	require.Equal(t, []string{"design"}, got[1].Where["discipline"])
	require.Contains(t, refused(t, o, "targets", "nq9"), "did you mean nq09?")
	require.Contains(t, refused(t, o, "targets", "--format", "xml"), "there are: table, json")
}
