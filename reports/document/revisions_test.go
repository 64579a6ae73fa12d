package document_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"khue/reports/document"
)

func TestWhatAReaderFindsDifferentIsToldBySectionRowAndColumn(t *testing.T) {
	table := func(d *document.Document) *document.Table { return d.Tables()[0] }
	for name, c := range map[string]struct {
		change func(d *document.Document)
		want   []document.Revision
	}{
		"a figure": {
			func(d *document.Document) { table(d).Rows[0].Cells[1].Number = 1300 },
			[]document.Revision{{Section: "Một", Table: "Khách", Row: "Tháng 3", Column: "2025", Was: "1.200", Is: "1.300", By: "+100"}},
		},
		"a figure that came to be known is no rise": {
			func(d *document.Document) { table(d).Rows[1].Cells[1] = document.N(0, 0) },
			[]document.Revision{{Section: "Một", Table: "Khách", Row: "Tháng 4", Column: "2025", Was: "Chưa có số liệu chính thức", Is: "0"}},
		},
		"a share": {
			func(d *document.Document) { table(d).Rows[4].Cells[1].Number = 0.12 },
			[]document.Revision{{Section: "Một", Table: "Khách", Row: "Cộng", Column: "2025", Was: "+14,2%", Is: "+12,0%", By: "−2,2 điểm phần trăm"}},
		},
		"a row that came in between moves nothing else": {
			func(d *document.Document) {
				table(d).Rows = slices.Insert(table(d).Rows, 0, document.Row{Cells: []document.Cell{document.W("Tháng 2"), document.N(7, 0)}})
			},
			[]document.Revision{{Section: "Một", Table: "Khách", Row: "Tháng 2", Is: "7"}},
		},
		"a row that went": {
			func(d *document.Document) { table(d).Rows = table(d).Rows[:4] },
			[]document.Revision{{Section: "Một", Table: "Khách", Row: "Cộng", Was: "+14,2%"}},
		},
		"a sentence": {
			func(d *document.Document) { d.Blocks[1] = document.Text("Đoạn khác.") },
			[]document.Revision{{Section: "Một", Was: "Đoạn.", Is: "Đoạn khác."}},
		},
		"a footnote": {
			func(d *document.Document) { d.Blocks[2].(document.Bullets).Items[0][0].Note = "khác" },
			[]document.Revision{{Section: "Một", Was: "Ý [chú]", Is: "Ý [khác]"}},
		},
		"a new section with all that is in it": {
			func(d *document.Document) {
				d.Blocks = append(d.Blocks, document.Heading{Level: 1, Text: "Hai"}, document.Heading{Level: 2, Text: "Nhỏ"}, document.Text("Mới."),
					&document.Table{ID: "new", Sheet: "Mới", Title: "Bảng mới", Columns: []document.Column{{Title: "A", Width: 1}, {Title: "B", Width: 1}}, Rows: []document.Row{{Cells: []document.Cell{document.W("x"), document.N(1, 0)}}}})
			},
			[]document.Revision{
				{Section: "Hai › Nhỏ", Is: "Mới."}, {Section: "Hai › Nhỏ", Table: "Bảng mới", Is: "bảng có 1 dòng, 2 cột"}, {Section: "Hai › Nhỏ", Table: "Bảng mới", Row: "x", Is: "1"},
			},
		},
		"the number of the paper": {
			func(d *document.Document) { d.Letterhead.Number = "Số: 2" },
			[]document.Revision{{Row: "Số văn bản", Was: "Số: 1", Is: "Số: 2"}},
		},
		"a term":  {func(d *document.Document) { d.Terms[0].Value = "Người" }, []document.Revision{{Section: "Định nghĩa", Row: "Khách", Was: "Lượt", Is: "Người"}}},
		"nothing": {func(*document.Document) {}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			before, changed := canonical(t, sample()), sample()
			c.change(&changed)
			found, err := document.RevisionsBetween(before, canonical(t, changed))
			require.NoError(t, err)
			require.Equal(t, c.want, found.List)
			require.Equal(t, len(c.want) == 0, found.Values == 0)
			require.Zero(t, found.Evidence)
		})
	}
}

func TestWhatDiffersInEvidenceAloneIsCountedAndNotHidden(t *testing.T) {
	changed := sample()
	changed.Evidence[0].Uses[0].Batch = "b2"
	found, err := document.RevisionsBetween(canonical(t, sample()), canonical(t, changed))
	require.NoError(t, err)
	require.Equal(t, document.Revisions{Evidence: 1, Values: 1}, found)
	_, err = document.RevisionsBetween([]byte("{"), canonical(t, changed))
	require.Error(t, err)
}
