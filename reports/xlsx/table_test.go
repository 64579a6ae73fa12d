package xlsx_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"khue"
	"khue/reports/document"
	"khue/reports/xlsx"
)

func TestATableOfAPageIsAWorkbookOfTrueNumbers(t *testing.T) {
	table := xlsx.Table{
		Lang: khue.Vietnamese, Title: "Sự kiện theo lĩnh vực", Subtitle: "Số sự kiện", Simulated: "Dữ liệu mô phỏng", Made: time.Date(2026, 11, 23, 6, 15, 0, 0, time.UTC),
		Head:  []string{"Lĩnh vực", "Sự kiện", "Thay đổi"},
		Rows:  [][]document.Cell{{document.W("Thiết kế"), document.N(1204, 0), document.Change(0.142)}, {document.W("=cmd()"), {Kind: document.Unknown, Words: "–"}, document.Withheld()}},
		About: []document.Pair{{Name: "Địa chỉ", Value: "http://127.0.0.1/#disciplines"}, {Name: "Nguồn", Value: "@hệ thống"}},
	}
	var out, again bytes.Buffer
	require.NoError(t, xlsx.WriteTable(&out, table))
	require.NoError(t, xlsx.WriteTable(&again, table))
	require.Equal(t, out.Bytes(), again.Bytes())
	f, err := excelize.OpenReader(&out)
	require.NoError(t, err)
	defer f.Close()
	require.Equal(t, []string{"Số liệu", "Giới thiệu"}, f.GetSheetList())
	require.Equal(t, "1204", raw(t, f, "Số liệu", "B6"))
	kind, err := f.GetCellType("Số liệu", "B6")
	require.NoError(t, err)
	require.Contains(t, []excelize.CellType{excelize.CellTypeUnset, excelize.CellTypeNumber}, kind)
	require.Equal(t, "0.142", raw(t, f, "Số liệu", "C6"))
	require.Equal(t, "'=cmd()", raw(t, f, "Số liệu", "A7"), "a name is no formula")
	require.Equal(t, "–", raw(t, f, "Số liệu", "B7"), "unknown is no zero")
	require.Equal(t, "c", raw(t, f, "Số liệu", "C7"))
	panes, err := f.GetPanes("Số liệu")
	require.NoError(t, err)
	require.True(t, panes.Freeze)
	require.Equal(t, 5, panes.YSplit)
	require.Equal(t, "Dữ liệu mô phỏng", raw(t, f, "Số liệu", "A3"))
	require.Equal(t, "http://127.0.0.1/#disciplines", raw(t, f, "Giới thiệu", "B3"))
	require.Equal(t, "'@hệ thống", raw(t, f, "Giới thiệu", "B4"))
}
