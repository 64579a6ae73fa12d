package xlsx_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"khue"
	"khue/reports/document/documenttest"
	"khue/reports/xlsx"
)

func write(t *testing.T, lang khue.Lang) ([]byte, *excelize.File) {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, xlsx.Write(&out, documenttest.Sample(lang)))
	f, err := excelize.OpenReader(bytes.NewReader(out.Bytes()))
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return out.Bytes(), f
}

func raw(t *testing.T, f *excelize.File, sheet, cell string) string {
	t.Helper()
	v, err := f.GetCellValue(sheet, cell, excelize.Options{RawCellValue: true})
	require.NoError(t, err)
	return v
}

func TestThereIsACoverASheetForEachTableAndOneAboutThem(t *testing.T) {
	_, vi := write(t, khue.Vietnamese)
	require.Equal(t, []string{"Bìa", "Theo tháng", "Lĩnh vực", "Sáng kiến", "Số liệu biểu đồ", "Giới thiệu"}, vi.GetSheetList())
	_, en := write(t, khue.English)
	require.Equal(t, []string{"Cover", "By month", "Fields", "Initiatives", "Chart data", "About"}, en.GetSheetList())
}

func TestFiguresAreNumbersAndDaysAreDates(t *testing.T) {
	_, f := write(t, khue.Vietnamese)
	kind, err := f.GetCellType("Theo tháng", "B6")
	require.NoError(t, err)
	require.Contains(t, []excelize.CellType{excelize.CellTypeUnset, excelize.CellTypeNumber}, kind)
	require.Equal(t, "69000", raw(t, f, "Theo tháng", "B6"))
	shown, err := f.GetCellValue("Theo tháng", "B6")
	require.NoError(t, err)
	require.Equal(t, "69,000", shown)
	days, err := f.GetCellValue("Sáng kiến", "B6")
	require.NoError(t, err)
	require.Equal(t, "01/03/2025", days)
	serial := raw(t, f, "Sáng kiến", "D6")
	at, err := excelize.ExcelDateToTime(45000, false)
	require.NoError(t, err)
	require.Equal(t, time.Date(2023, 3, 15, 0, 0, 0, 0, time.UTC), at)
	require.Equal(t, "46001", serial, "10 December 2025 as a serial day")
	pulled, err := f.GetCellValue("Sáng kiến", "E6")
	require.NoError(t, err)
	require.Equal(t, "23/11/2026 05:45", pulled, "moments are told by the clock of the observatory's zone")
}

func TestNoTextIsEverAFormula(t *testing.T) {
	_, f := write(t, khue.Vietnamese)
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		require.NoError(t, err)
		for i, row := range rows {
			for j, text := range row {
				cell, err := excelize.CoordinatesToCellName(j+1, i+1)
				require.NoError(t, err)
				formula, err := f.GetCellFormula(sheet, cell)
				require.NoError(t, err)
				require.Empty(t, formula, "%s!%s", sheet, cell)
				kind, err := f.GetCellType(sheet, cell)
				require.NoError(t, err)
				if kind == excelize.CellTypeSharedString && text != "" {
					require.NotContains(t, "=+-@\t\r", text[:1], "%s!%s", sheet, cell)
				}
			}
		}
	}
	require.Equal(t, "'"+documenttest.Formula, raw(t, f, "Lĩnh vực", "A7"))
	for text, want := range map[string]string{"=1": "'=1", "+1": "'+1", "-1": "'-1", "@a": "'@a", "\t=1": "'\t=1", "'=1": "''=1", "Thiết kế": "Thiết kế", "": ""} {
		require.Equal(t, want, xlsx.Neutral(text))
	}
}

func TestUnknownIsWordsInTheTableAndAGapInTheChart(t *testing.T) {
	file, f := write(t, khue.Vietnamese)
	require.Equal(t, "Chưa có số liệu chính thức", raw(t, f, "Theo tháng", "C7"))
	require.Equal(t, "", raw(t, f, "Số liệu biểu đồ", "C5"))
	chart := part(t, file, "xl/charts/chart1.xml")
	values := chart.FindElements("//ser")[1].FindElement("val/numRef")
	require.Equal(t, "'Số liệu biểu đồ'!$C$4:$C$15", values.SelectElement("f").Text())
	require.Nil(t, values.FindElement("numCache/pt[@idx='1']"))
	require.NotNil(t, values.FindElement("numCache/pt[@idx='2']"))
}

func part(t *testing.T, file []byte, name string) *etree.Document {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	rc, err := r.Open(name)
	require.NoError(t, err)
	content, err := io.ReadAll(rc)
	require.NoError(t, err)
	doc := etree.NewDocument()
	require.NoError(t, doc.ReadFromBytes(content))
	return doc
}

func TestHeadersAreFrozenAndRepeatedInPrint(t *testing.T) {
	_, f := write(t, khue.Vietnamese)
	for _, sheet := range []string{"Theo tháng", "Lĩnh vực", "Sáng kiến"} {
		panes, err := f.GetPanes(sheet)
		require.NoError(t, err)
		require.True(t, panes.Freeze)
		require.Equal(t, 5, panes.YSplit)
	}
	titles := 0
	for _, n := range f.GetDefinedName() {
		if n.Name == "_xlnm.Print_Titles" {
			titles++
		}
	}
	require.Equal(t, 3, titles)
}

func TestSimulatedDataIsSaidOnEverySheet(t *testing.T) {
	_, f := write(t, khue.English)
	for _, sheet := range f.GetSheetList() {
		footer, err := f.GetHeaderFooter(sheet)
		require.NoError(t, err)
		require.Contains(t, footer.OddFooter, "Simulated data", sheet)
	}
}

func TestTheAboutSheetHoldsScopeDefinitionsAndQueries(t *testing.T) {
	_, f := write(t, khue.English)
	rows, err := f.GetRows("About")
	require.NoError(t, err)
	var all strings.Builder
	for _, row := range rows {
		all.WriteString(strings.Join(row, " | ") + "\n")
	}
	for _, want := range []string{"06:00 on 23 Nov 2026", "the whole city", "visits counted", "SELECT sum(sign * visitors)", "from = 2025-01-01", "abc123", "b-17"} {
		require.Contains(t, all.String(), want)
	}
}

func TestTheSameDocumentIsTheSameBytes(t *testing.T) {
	first, _ := write(t, khue.Vietnamese)
	for range 5 {
		again, _ := write(t, khue.Vietnamese)
		require.True(t, bytes.Equal(first, again))
	}
}
