package document_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/reports/document"
)

// sample is a document with every kind of block and cell.
func sample() document.Document {
	day := time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	zone := time.FixedZone("+07", 7*60*60)
	table := &document.Table{
		ID: "months", Sheet: "Theo tháng", Title: "Khách", Columns: []document.Column{{Title: "Tháng", Width: 2}, {Title: "2025", Kind: document.Number, Width: 1}},
		Rows: []document.Row{
			{Cells: []document.Cell{document.W("Tháng 3"), document.N(1200, 0)}},
			{Cells: []document.Cell{document.W("Tháng 4"), document.Missing()}},
			{Cells: []document.Cell{document.W("Ngày"), document.D(day)}},
			{Cells: []document.Cell{document.W("Kỳ"), document.Days(day, time.Time{})}},
			{Total: true, Cells: []document.Cell{document.W("Cộng"), document.Change(0.142)}},
		},
	}
	return document.Document{
		ID: "bc", Lang: khue.Vietnamese, Layout: document.Official, Title: "Báo cáo <thử> & xem", Period: khue.MustParsePeriod("2025"), AsOf: time.Date(2026, 1, 5, 8, 0, 0, 0, zone),
		Letterhead: document.Letterhead{Number: "Số: 1", Recipients: []string{"Lưu: VT"}},
		Blocks: []document.Block{
			document.Heading{Level: 1, Text: "Một", Numbered: true},
			document.Text("Đoạn."),
			document.Bullets{Items: [][]document.Run{{{Text: "Ý", Note: "chú"}}}},
			document.Callout{Runs: []document.Run{{Text: "Lưu ý", Bold: true}}},
			table,
			&document.Chart{Title: "Hình", Kind: document.Bar, Table: table, Series: []document.Series{{Name: "2025", Column: 1, Tone: document.Now}}},
		},
		Terms:    []document.Pair{{Name: "Khách", Value: "Lượt"}},
		Evidence: []document.Evidence{{ID: "E1", SQL: "SELECT 1", From: "journal", DefinitionVersion: "abc", Uses: []document.Use{{About: "Khách", AsOf: day, Batch: "b1", Parameters: []document.Pair{{Name: "from", Value: "2025"}}}}}},
	}
}

func canonical(t *testing.T, d document.Document) []byte {
	t.Helper()
	require.NoError(t, d.Check())
	text, err := document.Canonical(d)
	require.NoError(t, err)
	return text
}

func TestEqualDocumentsAreEqualBytes(t *testing.T) {
	want := canonical(t, sample())
	for range 50 {
		require.Equal(t, string(want), string(canonical(t, sample())))
	}
	elsewhere := sample()
	elsewhere.AsOf = elsewhere.AsOf.UTC()
	require.Equal(t, string(want), string(canonical(t, elsewhere)), "a moment is the same in every zone")
	found, err := document.Differences(want, want)
	require.NoError(t, err)
	require.Empty(t, found)
}

func TestWhatTwoDocumentsDoNotShareIsToldByPlace(t *testing.T) {
	for name, c := range map[string]struct {
		change func(d *document.Document)
		want   []document.Difference
	}{
		"a figure": {
			func(d *document.Document) { d.Tables()[0].Rows[0].Cells[1].Number = 1300 },
			[]document.Difference{{Path: "blocks[months].rows[Tháng 3].cells[1].number", Was: "1200", Is: "1300"}},
		},
		"a figure that came to be known": {
			func(d *document.Document) { d.Tables()[0].Rows[1].Cells[1] = document.N(0, 0) },
			[]document.Difference{
				{Path: "blocks[months].rows[Tháng 4].cells[1].decimals", Is: "0"},
				{Path: "blocks[months].rows[Tháng 4].cells[1].kind", Was: `"unknown"`, Is: `"number"`},
				{Path: "blocks[months].rows[Tháng 4].cells[1].number", Is: "0"},
				{Path: "blocks[months].rows[Tháng 4].cells[1].signed", Is: "false"},
				{Path: "blocks[months].rows[Tháng 4].cells[1].words", Was: `""`},
			},
		},
		"a definition": {
			func(d *document.Document) { d.Evidence[0].DefinitionVersion = "def" },
			[]document.Difference{{Path: "evidence[E1].definition_version", Was: `"abc"`, Is: `"def"`}},
		},
		"a term":  {func(d *document.Document) { d.Terms[0].Value = "Người" }, []document.Difference{{Path: "terms[Khách].value", Was: `"Lượt"`, Is: `"Người"`}}},
		"a batch": {func(d *document.Document) { d.Evidence[0].Uses[0].Batch = "b2" }, []document.Difference{{Path: "evidence[E1].uses[0].batch", Was: `"b1"`, Is: `"b2"`}}},
		"a footnote": {
			func(d *document.Document) { d.Blocks[2].(document.Bullets).Items[0][0].Note = "khác" },
			[]document.Difference{{Path: "blocks[2].items[0][0].note", Was: `"chú"`, Is: `"khác"`}},
		},
		"a row that went": {
			func(d *document.Document) { d.Tables()[0].Rows = d.Tables()[0].Rows[:4] },
			[]document.Difference{{
				Path: "blocks[months].rows[Cộng]",
				Was:  `{"cells":[{"kind":"words","words":"Cộng"},{"decimals":1,"kind":"percent","number":0.142,"signed":true}],"partial":false,"total":true}`,
			}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			before, changed := canonical(t, sample()), sample()
			c.change(&changed)
			found, err := document.Differences(before, canonical(t, changed))
			require.NoError(t, err)
			require.Equal(t, c.want, found)
		})
	}
}
