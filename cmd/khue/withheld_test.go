package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
	"khue/locale"
)

// partlyWithheld is an answer with one number of each kind: known, zero, not
// known and withheld.
func partlyWithheld() indicators.Answer {
	a := indicators.Answer{Columns: []indicators.Column{
		{Name: "discipline", Label: khue.Text{VI: "Lĩnh vực", EN: "Discipline"}},
		{Name: "revenue", Measure: true, Label: khue.Text{VI: "Doanh thu", EN: "Revenue"}},
	}, Notes: []khue.Text{{VI: locale.WithheldNote(khue.Vietnamese), EN: locale.WithheldNote(khue.English)}}}
	for _, of := range []struct {
		code  string
		value indicators.Value
	}{{"design", indicators.Value{Number: 7, Known: true}}, {"music", indicators.Value{Known: true}}, {"crafts", indicators.Value{}}, {"film", indicators.Value{Suppressed: true}}} {
		a.Rows = append(a.Rows, indicators.Row{Keys: []indicators.Key{{Code: of.code}}, Values: []indicators.Value{of.value}})
	}
	return a
}

func TestAWithheldNumberIsNeitherZeroNorUnknownInTheTable(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, writeTableOf(&b, partlyWithheld(), khue.Vietnamese, false))
	require.Contains(t, b.String(), "giữ kín để bảo vệ đơn vị cung cấp")
	require.Regexp(t, `film *│ *c │|│ *c │`, b.String())
}
