package format_test

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"khue"
	"khue/api/format"
	"khue/indicators"
)

// awkward is an answer with a figure of each kind: known, of a period that is not over,
// not known, withheld, and one under a code that begins like a formula.
func awkward(t *testing.T) format.Sheet {
	t.Helper()
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	march := khue.MustParsePeriod("2026-03")
	name := khue.Text{VI: "=1+1 Xưởng", EN: "=1+1 Studio"}
	a := indicators.Answer{
		Question: indicators.Question{Measures: []string{"visitors"}, By: []string{"month", "organiser"}},
		Columns: []indicators.Column{
			{Name: "month", Label: khue.Text{VI: "Tháng", EN: "Month"}},
			{Name: "organiser", Label: khue.Text{VI: "Đơn vị tổ chức", EN: "Organiser"}},
			{Name: "visitors", Measure: true, Label: khue.Text{VI: "Khách tại chỗ", EN: "On-site visitors"}, Unit: khue.Text{VI: "lượt khách", EN: "visits"}, Decimals: 1},
		},
		Evidence: indicators.Evidence{ID: "K7F3Q9X2BC00", Knowledge: time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC), DataUntil: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), DefinitionVersion: "v1"},
	}
	for _, of := range []struct {
		period  khue.Period
		code    string
		value   indicators.Value
		partial bool
	}{
		{march, "=1+1", indicators.Value{Number: 7.5, Known: true}, false},
		{march, "", indicators.Value{Reason: khue.Text{VI: "không có báo cáo", EN: "no report"}}, false},
		{march, "@m/2", indicators.Value{Suppressed: true}, false},
		{march.Shift(1), "=1+1", indicators.Value{Known: true}, true},
		{march.Shift(1), indicators.OtherCode, indicators.Value{Number: 1e15, Known: true}, true},
	} {
		a.Rows = append(a.Rows, indicators.Row{Keys: []indicators.Key{{Code: of.period.String(), Period: of.period}, {Code: of.code, Name: name}}, Values: []indicators.Value{of.value}, Partial: of.partial})
	}
	return format.Sheet{Answer: a, Catalogue: catalogue, Lang: khue.English, Simulated: true, Site: "https://khue.example.vn"}
}

func written(t *testing.T, name string, s format.Sheet) []byte {
	t.Helper()
	f, err := format.Find(name)
	require.NoError(t, err)
	var out, again bytes.Buffer
	require.NoError(t, f.Write(&out, s))
	require.NoError(t, f.Write(&again, s))
	require.Equal(t, out.Bytes(), again.Bytes(), "the same answer is the same bytes")
	return out.Bytes()
}

func TestWithheldUnknownAndPartialFiguresAreToldApartInText(t *testing.T) {
	s := awkward(t)
	require.Equal(t, "month,organiser,visitors,partial,simulated\n2026-03,'=1+1,7.5,false,true\n2026-03,,,false,true\n2026-03,'@m/2,c,false,true\n2026-04,'=1+1,0,true,true\n2026-04,~other,1000000000000000,true,true\n",
		string(written(t, "csv", s)))
	require.Equal(t, "month,organiser,visitors,visitors_status,partial,simulated\n2026-03,=1+1,7.5,known,false,true\n2026-03,,,unknown,false,true\n2026-03,@m/2,,withheld,false,true\n2026-04,=1+1,0,known,true,true\n2026-04,~other,1000000000000000,known,true,true\n",
		string(written(t, "csv-raw", s)))
	s.Lang = khue.Vietnamese
	require.Equal(t, "\ufeffTháng;Đơn vị tổ chức;Khách tại chỗ (lượt khách);Chưa đủ kỳ;Dữ liệu mô phỏng\r\n2026-03;'=1+1 Xưởng;7,5;không;có\r\n2026-03;'=1+1 Xưởng;;không;có\r\n2026-03;'=1+1 Xưởng;c;không;có\r\n2026-04;'=1+1 Xưởng;0;có;có\r\n2026-04;'=1+1 Xưởng;1000000000000000;có;có\r\n",
		string(written(t, "csv-excel", s)))
	text := string(written(t, "json", s))
	for _, want := range []string{`"suppressed":[`, `"visitors":"không có báo cáo"`, `"visitors":7.5`, `"partial":true`, `"simulated":true`, `"link":"https://khue.example.vn/api/v1/evidence/K7F3Q9X2BC00"`} {
		require.Contains(t, text, want)
	}
	require.Equal(t, 1, strings.Count(text, `"suppressed"`))
}

// What SDMX allows in identifiers, and the codes of CL_OBS_STATUS and CL_CONF_STATUS.
var sdmxID = regexp.MustCompile(`^[A-Za-z0-9_@$-]+$`)

func TestSDMXHasTheCodesOfTheStandardAndIdentifiersThatItAllows(t *testing.T) {
	lines, err := csv.NewReader(bytes.NewReader(written(t, "sdmx-csv", awkward(t)))).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"STRUCTURE", "STRUCTURE_ID", "ACTION", "INDICATOR", "ORGANISER", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "CONF_STATUS", "UNIT_MEASURE", "DECIMALS", "EVIDENCE", "SIMULATED"}, lines[0])
	var got [][]string
	for _, l := range lines[1:] {
		require.Regexp(t, sdmxID, l[3])
		require.Regexp(t, sdmxID, l[4])
		got = append(got, []string{l[4], l[5], l[6], l[7], l[8]})
	}
	require.Equal(t, [][]string{
		{"$3D1$2B1", "2026-03", "7.5", "A", "F"},
		{"_U", "2026-03", "", "O", "F"},
		{"@m$2F2", "2026-03", "", "Q", "C"},
		{"$3D1$2B1", "2026-04", "0", "P", "F"},
		{"_O", "2026-04", "1000000000000000", "P", "F"},
	}, got)
}

func TestAStructureDefinesEveryCodeThatDataMayHave(t *testing.T) {
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	var by []string
	for _, d := range catalogue.Dimensions() {
		if d.Grain == "" {
			by = append(by, d.Name)
		}
	}
	s := format.StructureOf(catalogue, append(by, "month"))
	require.Equal(t, s, format.StructureOf(catalogue, append([]string{"quarter"}, by...)), "the length of periods is no part of a structure")
	again, known := format.StructureNamed(catalogue, s.ID())
	require.True(t, known)
	require.Equal(t, s, again)
	message := format.StructureMessage(catalogue, s, khue.Vietnamese, time.Unix(0, 0), false)
	data := message["data"].(map[string]any)
	lists := map[string]bool{}
	for _, list := range data["codelists"].([]map[string]any) {
		lists["urn:sdmx:org.sdmx.infomodel.codelist.Codelist=KHUE:"+list["id"].(string)+"(1.0)"] = true
		seen := map[any]bool{}
		for _, code := range list["codes"].([]map[string]any) {
			require.Regexp(t, sdmxID, code["id"])
			require.False(t, seen[code["id"]], "%s twice in %s", code["id"], list["id"])
			require.NotEmpty(t, code["name"])
			seen[code["id"]] = true
		}
	}
	concepts := map[string]bool{}
	for _, c := range data["conceptSchemes"].([]map[string]any)[0]["concepts"].([]map[string]any) {
		concepts["urn:sdmx:org.sdmx.infomodel.conceptscheme.Concept=KHUE:CS_KHUE(1.0)."+c["id"].(string)] = true
	}
	components := data["dataStructures"].([]map[string]any)[0]["dataStructureComponents"].(map[string]any)
	dimensions := components["dimensionList"].(map[string]any)["dimensions"].([]map[string]any)
	require.Len(t, dimensions, len(by)+1)
	for _, d := range append(dimensions, components["attributeList"].(map[string]any)["attributes"].([]map[string]any)...) {
		require.True(t, concepts[d["conceptIdentity"].(string)], "%v", d)
		if list, coded := d["localRepresentation"].(map[string]any)["enumeration"]; coded {
			require.True(t, lists[list.(string)], "%v", d)
		}
	}
}

func TestArrowHasNullsWithTheirReasonsAndSaysWhereItIsFrom(t *testing.T) {
	r, err := ipc.NewReader(bytes.NewReader(written(t, "arrow", awkward(t))))
	require.NoError(t, err)
	defer r.Release()
	meta := r.Schema().Metadata()
	for key, want := range map[string]string{"khue.evidence": "K7F3Q9X2BC00", "khue.data_until": "2026-04-01", "khue.known_at": "2026-04-02T00:00:00Z", "khue.simulated": "true"} {
		got, found := meta.GetValue(key)
		require.True(t, found)
		require.Equal(t, want, got)
	}
	require.True(t, r.Next())
	b := r.RecordBatch()
	status := b.Column(r.Schema().FieldIndices("visitors_status")[0]).(*array.String)
	values := b.Column(r.Schema().FieldIndices("visitors")[0]).(*array.Float64)
	var got []string
	for i := range int(b.NumRows()) {
		require.Equal(t, status.Value(i) == "known", values.IsValid(i))
		got = append(got, status.Value(i))
	}
	require.Equal(t, []string{"known", "unknown", "withheld", "known", "known"}, got)
}

func TestAWorkbookHasNoFormulaAndSaysThatDataAreSimulated(t *testing.T) {
	f, err := excelize.OpenReader(bytes.NewReader(written(t, "xlsx", awkward(t))))
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		require.NoError(t, err)
		for i, row := range rows {
			for j := range row {
				cell, err := excelize.CoordinatesToCellName(j+1, i+1)
				require.NoError(t, err)
				formula, err := f.GetCellFormula(sheet, cell)
				require.NoError(t, err)
				require.Empty(t, formula, "%s!%s", sheet, cell)
			}
		}
	}
	withheld, err := f.GetCellValue("Figures", "C8")
	require.NoError(t, err)
	require.Equal(t, "c", withheld)
	notice, err := f.GetCellValue("Figures", "A3")
	require.NoError(t, err)
	require.Contains(t, notice, "Simulated data")
}

func TestAnAnswerWithoutRowsIsWrittenInEveryForm(t *testing.T) {
	s := awkward(t)
	s.Answer.Rows = nil
	for _, name := range format.Names() {
		require.NotEmpty(t, written(t, name, s), name)
	}
}
