package dashboards

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
)

func TestTheProofOfARunKeepsSumsOfConfidentialFieldsToItself(t *testing.T) {
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	amounts := func(v float64) map[string]Amount {
		return map[string]Amount{stepTold: {Value: v}, stepRead: {Value: v}, "corrected": {Value: v}}
	}
	proof := RunProof{Steps: []string{stepTold, stepRead, "corrected"}, Lines: []ProofLine{
		{Measure: "rows", Amounts: amounts(1)},
		{Measure: "visitors", Amounts: amounts(120)},
		{Measure: "revenue_vnd", Amounts: amounts(7654321)},
		{Measure: "doanh_thu", Column: true, Amounts: amounts(7654321)},
	}}
	cells := func(dataset string, reach khue.Scope) string {
		drawn, told := proofTable(khue.English, proof, catalogue.FieldsWithheld(dataset, reach))
		require.Equal(t, "Agrees with the source's own figures", told.Word)
		return fmt.Sprint(drawn.Rows)
	}
	public := cells("attendance", khue.Public)
	require.NotContains(t, public, "7,654,321", "one corrected row is what one organiser reported")
	require.Contains(t, public, "withheld to protect those who reported")
	require.Contains(t, public, "120", "visitors are for everybody")
	require.Contains(t, cells("attendance", khue.Everything), "7,654,321")
	require.Contains(t, cells("events", khue.Public), "7,654,321", "a dataset in which nothing is confidential")
}
