package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPlannedReportsAreWatchedAsSourcesAre(t *testing.T) {
	o := &Observatory{Config: Config{ReportPlans: map[string]ReportPlan{"ban-tin": {}}}}
	watches := o.watches()
	require.Len(t, watches, 1)
	require.Equal(t, "report ban-tin", watches[0].Job)
	require.Equal(t, "Kế hoạch báo cáo ban-tin", watches[0].Name.VI)
	require.Zero(t, watches[0].StaleAfter, "its age says nothing: it waits for its sources")
}
