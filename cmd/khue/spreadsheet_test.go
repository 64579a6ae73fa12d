package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"khue"
	"khue/dashboards"
)

func TestATableOfAPageBecomesAWorkbookOfNumbersAndWords(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, pageSheet(&out, dashboards.Sheet{
		Lang: khue.English, Title: "Events by discipline", Head: []string{"Discipline", "Events", "Change", "Withheld"},
		Rows: [][]dashboards.SheetCell{{
			{Text: "+Design"},
			{Text: "1,204", Figure: true, Number: 1204},
			{Text: "+14.2%", Figure: true, Percent: true, Signed: true, Number: 0.1423, Decimals: 1},
			{Text: "c", Unknown: true},
		}},
		About: []dashboards.SheetFact{{Name: "Source", Value: "Event calendar"}},
	}))
	f, err := excelize.OpenReader(&out)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	for at, want := range map[string]string{"A6": "'+Design", "B6": "1204", "C6": "0.1423", "D6": "c"} {
		got, err := f.GetCellValue("Figures", at, excelize.Options{RawCellValue: true})
		require.NoError(t, err)
		require.Equal(t, want, got, at)
	}
	shown, err := f.GetCellValue("Figures", "C6")
	require.NoError(t, err)
	require.Equal(t, "+14.2%", shown)
	source, err := f.GetCellValue("About", "B3")
	require.NoError(t, err)
	require.Equal(t, "Event calendar", source)
}
