package xlsx_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"khue"
	"khue/reports/document/documenttest"
	"khue/reports/xlsx"
)

func TestWhatStaffWroteHasASheetWithItsLooks(t *testing.T) {
	var out, again bytes.Buffer
	require.NoError(t, xlsx.Write(&out, documenttest.Narrative(khue.Vietnamese)))
	require.NoError(t, xlsx.Write(&again, documenttest.Narrative(khue.Vietnamese)))
	require.Equal(t, out.Bytes(), again.Bytes())
	f, err := excelize.OpenReader(&out)
	require.NoError(t, err)
	const sheet = "Lời văn"
	require.True(t, slices.Contains(f.GetSheetList(), sheet))
	rows, err := f.GetRows(sheet)
	require.NoError(t, err)
	var lines []string
	for _, r := range rows {
		if len(r) > 0 {
			lines = append(lines, r[0])
		}
	}
	require.Equal(t, []string{
		"Tổng quan", "Thường, đậm, nghiêng, cả hai, xem trang của Sở (https://sovhtt.hanoi.gov.vn/?a=1&b=2).",
		"• Gạch một", "• =1+1", "1. Số một", "2. Số hai", "1. Lại số một",
	}, lines)
	runs, err := f.GetCellRichText(sheet, "A2")
	require.NoError(t, err)
	looks := map[string][2]bool{}
	for _, r := range runs {
		if r.Font != nil {
			looks[r.Text] = [2]bool{r.Font.Bold, r.Font.Italic}
		}
	}
	require.Equal(t, [2]bool{true, false}, looks["đậm"])
	require.Equal(t, [2]bool{false, true}, looks["nghiêng"])
	require.Equal(t, [2]bool{true, true}, looks["cả hai"])
	formula, err := f.GetCellFormula(sheet, "A4")
	require.NoError(t, err)
	require.Empty(t, formula)
}
