package pdf_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/charts"
	"khue/reports/document"
	"khue/reports/document/documenttest"
	"khue/reports/pdf"
	"khue/reports/pdf/pdftest"
)

var (
	once     sync.Once
	letters  pdf.Letters
	renderer *charts.Renderer
)

// written is a document as bytes. KHUE_KEEP_PDF names a folder to keep it in,
// for eyes.
func written(t *testing.T, d document.Document) []byte {
	t.Helper()
	once.Do(func() {
		letters = pdftest.Letters(t)
		renderer = pdftest.Charts(t, letters)
	})
	var out bytes.Buffer
	require.NoError(t, pdf.Write(context.Background(), &out, d, renderer, letters))
	if folder := os.Getenv("KHUE_KEEP_PDF"); folder != "" {
		require.NoError(t, os.WriteFile(filepath.Join(folder, t.Name()+".pdf"), out.Bytes(), 0o600))
	}
	return out.Bytes()
}

func write(t *testing.T, d document.Document) pdftest.File {
	t.Helper()
	return pdftest.Open(t, written(t, d))
}

// bare is a document of the blocks only.
func bare(lang khue.Lang, blocks ...document.Block) document.Document {
	d := documenttest.Sample(lang)
	d.Blocks, d.Terms, d.Filters, d.Evidence = blocks, nil, nil, nil
	return d
}

func TestLettersAreEmbeddedAsSubsetsThatReadAsUnicode(t *testing.T) {
	fonts := write(t, documenttest.Sample(khue.Vietnamese)).Fonts()
	require.Len(t, fonts, 5)
	for name, is := range fonts {
		require.Regexp(t, `^[A-Z]{6}\+(Tinos|JetBrainsMono)-`, name)
		require.Equal(t, [3]string{"yes", "yes", "yes"}, is, name)
	}
}

func TestTheFileSaysItsTitleAndThatItIsTagged(t *testing.T) {
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		d := documenttest.Sample(lang)
		info := write(t, d).Info()
		require.Equal(t, d.Title, info["Title"])
		require.Equal(t, "yes", info["Tagged"])
		require.Equal(t, "no", info["Suspects"])
		require.Contains(t, info["Page size"], "(A4)")
	}
}

func TestTheStructureHoldsAllPartsInTheOrderOfReading(t *testing.T) {
	d := documenttest.Sample(khue.Vietnamese)
	tree := write(t, d).Structure()
	require.Equal(t, d.Title, tree.All("H1")[0].Whole())
	require.Equal(t, []string{"I. TÓM TẮT", "PHỤ LỤC: PHẠM VI VÀ ĐỊNH NGHĨA", "PHỤ LỤC: CĂN CỨ SỐ LIỆU"}, texts(tree.All("H2")))
	require.Equal(t, []string{"1. Theo tháng", "E1. journal attendance"}, texts(tree.All("H3")))
	require.Len(t, tree.All("LI"), 2)
	require.Equal(t, []string{"Năm 2025 có 1.264.000 lượt khách.", `<b>&"'`}, texts(tree.All("LBody")))
	require.Len(t, tree.All("Figure"), 2)
	require.Equal(t, []string{"1 Căn cứ E1.", "2 N2"}, texts(tree.All("Note")))
	require.Equal(t, []string{"1", "2"}, texts(tree.All("Reference")))
	require.Contains(t, texts(tree.All("Code"))[0], "WHERE day >= {from:Date}")
}

func texts(nodes []*pdftest.Node) []string {
	var out []string
	for _, n := range nodes {
		out = append(out, pdftest.Flat(n.Whole()))
	}
	return out
}

func TestTablesHoldTheDocumentsCells(t *testing.T) {
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		d := documenttest.Sample(lang)
		tables := write(t, d).Structure().All("Table")
		require.Len(t, tables, 5, "three tables, the definitions and the evidence")
		for i, want := range d.Tables() {
			require.Equal(t, Cells(want, lang), tables[i].Cells())
		}
	}
}

// Cells are a table's texts as a reader sees them, head first.
func Cells(table *document.Table, lang khue.Lang) [][]string {
	var head []string
	for _, c := range table.Columns {
		head = append(head, pdftest.Flat(document.Clean(c.Title)))
	}
	out := [][]string{head}
	for _, r := range table.Rows {
		var cells []string
		for _, c := range r.Cells {
			cells = append(cells, pdftest.Flat(document.Clean(c.Text(lang))))
		}
		out = append(out, cells)
	}
	return out
}

func TestBookmarksAreTheHeadings(t *testing.T) {
	marks := write(t, documenttest.Sample(khue.Vietnamese)).Bookmarks()
	var got []string
	for _, m := range marks {
		got = append(got, fmt.Sprintf("%d %s", m.Depth, m.Text))
	}
	require.Equal(t, []string{
		"1 I. TÓM TẮT", "2 1. Theo tháng", "1 PHỤ LỤC: PHẠM VI VÀ ĐỊNH NGHĨA", "1 PHỤ LỤC: CĂN CỨ SỐ LIỆU", "2 E1. journal attendance",
	}, got)
	require.Equal(t, "1.1. By month", write(t, documenttest.Sample(khue.English)).Bookmarks()[1].Text)
}

func TestChartsAreVectorsWithTextThatCanBeSelected(t *testing.T) {
	f := write(t, documenttest.Sample(khue.Vietnamese))
	require.Zero(t, f.Pictures())
	figures := f.Structure().All("Figure")
	require.Contains(t, figures[0].Whole(), "Th 12")
	require.Contains(t, figures[1].Whole(), "Thủ công mỹ nghệ")
	require.Contains(t, figures[0].Whole(), "Hình 1. Khách theo tháng (cột nhạt: chưa đủ kỳ) – đơn vị: lượt")
}

func TestOfficialPapersHaveTheFrameOfTheDecreeAndPlainOnesNone(t *testing.T) {
	text := write(t, documenttest.Sample(khue.Vietnamese)).Text(0)
	for _, want := range []string{
		"UBND THÀNH PHỐ HÀ NỘI", "SỞ VĂN HÓA VÀ THỂ THAO", "Số: …/BC-SVHTT", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
		"Độc lập - Tự do - Hạnh phúc", "Hà Nội, ngày … tháng … năm …", "Nơi nhận:", "- UBND Thành phố;", "- Lưu: VT.", "GIÁM ĐỐC",
	} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, write(t, documenttest.Sample(khue.English)).Text(0), "CỘNG HÒA")
}

const mm = 72 / 25.4

func TestMarginsArePutAsTheDecreeAsks(t *testing.T) {
	words, sheets := write(t, documenttest.Sample(khue.Vietnamese)).Words()
	left, right := 1000.0, 0.0
	for _, w := range words {
		if s := sheets[w.Page-1]; w.Top > 18*mm && w.Foot < s.Height-15*mm {
			left, right = min(left, w.Left), max(right, w.Right)
			require.GreaterOrEqual(t, w.Left, 30*mm-0.1, w.Text)
			require.LessOrEqual(t, w.Right, (210-15)*mm+0.5, w.Text)
			require.GreaterOrEqual(t, w.Top, 20*mm-2, w.Text)
			require.LessOrEqual(t, w.Foot, (297-20)*mm+2, w.Text)
		}
	}
	require.InDelta(t, 30*mm, left, 0.5, "text begins at the margin")
	require.InDelta(t, (210-15)*mm, right, 0.5, "and reaches to the other")
}

func TestThePageNumberIsCentredAboveTheTextAndNotOnTheFirstPage(t *testing.T) {
	words, sheets := write(t, documenttest.Sample(khue.Vietnamese)).Words()
	numbers := map[int]string{}
	for _, w := range words {
		if w.Foot < 19*mm && w.Top < 18*mm {
			numbers[w.Page] += w.Text
			require.InDelta(t, (30+165/2.0)*mm, (w.Left+w.Right)/2, 1)
			require.InDelta(t, 13*1.1, w.Foot-w.Top, 2, "13 points")
		}
	}
	want := map[int]string{}
	for n := 2; n <= len(sheets); n++ {
		want[n] = strconv.Itoa(n)
	}
	require.Equal(t, want, numbers)
	require.Greater(t, len(sheets), 2)
}

func TestSimulatedDataIsSaidOnEveryPageAndOnlyThen(t *testing.T) {
	d := documenttest.Sample(khue.Vietnamese)
	f := write(t, d)
	for n := 1; n <= f.Pages(); n++ {
		require.Contains(t, f.Text(n), d.Simulated)
	}
	notice := d.Simulated
	d.Simulated = notice + " " + notice // two lines
	f = write(t, d)
	inside(t, f)
	require.Contains(t, f.Text(2), d.Simulated)
	d.Simulated = ""
	require.NotContains(t, write(t, d).Text(0), notice)
}

func TestANoteStandsAtTheFootOfThePageOfItsMark(t *testing.T) {
	var blocks []document.Block
	for i := range 60 {
		blocks = append(blocks, document.Paragraph{Runs: []document.Run{{
			Text: fmt.Sprintf("Đoạn số %d dẫn một căn cứ.", i), Note: fmt.Sprintf("Căn cứ thứ %d ở đây.", i),
		}}})
	}
	f := write(t, bare(khue.Vietnamese, blocks...))
	seen := 0
	for n := 1; n <= f.Pages(); n++ {
		text := f.Text(n)
		for i := range 60 {
			if strings.Contains(text, fmt.Sprintf("Đoạn số %d dẫn", i)) {
				require.Contains(t, text, fmt.Sprintf("Căn cứ thứ %d ở đây.", i), "page %d", n)
				seen++
			}
		}
	}
	require.Equal(t, 60, seen)
}

func TestANoteLongerThanAPageGoesOnAtTheFootOfTheNext(t *testing.T) {
	var note strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&note, "chữ%d ", i)
	}
	f := write(t, bare(khue.Vietnamese, document.Paragraph{Runs: []document.Run{{Text: "Một câu.", Note: note.String()}}}, document.Text("Câu sau.")))
	words, _ := f.Words()
	next := 0
	for _, w := range words {
		if w.Text == fmt.Sprintf("chữ%d", next) {
			next++
		}
	}
	require.Equal(t, 3000, next, "every word is there, in order")
	inside(t, f)
}

// inside holds that no word lies over a page's edges or over its foot.
func inside(t *testing.T, f pdftest.File) {
	t.Helper()
	words, sheets := f.Words()
	require.NotEmpty(t, words)
	for _, w := range words {
		s := sheets[w.Page-1]
		require.GreaterOrEqual(t, w.Left, 15*mm-1, "%q on page %d", w.Text, w.Page)
		require.LessOrEqual(t, w.Right, s.Width-15*mm+1, "%q on page %d", w.Text, w.Page)
		require.GreaterOrEqual(t, w.Top, 8*mm, "%q on page %d", w.Text, w.Page)
		require.LessOrEqual(t, w.Foot, s.Height-8*mm, "%q on page %d", w.Text, w.Page)
	}
}

func TestTheSameDocumentIsTheSameBytes(t *testing.T) {
	first := written(t, documenttest.Sample(khue.Vietnamese))
	for range 3 {
		require.True(t, bytes.Equal(first, written(t, documenttest.Sample(khue.Vietnamese))))
	}
}

func TestALetterThatCannotBePrintedIsAnError(t *testing.T) {
	written(t, documenttest.Sample(khue.Vietnamese))
	for name, d := range map[string]document.Document{
		"text":  bare(khue.Vietnamese, document.Text("Nhà hát 🎭 và 漢")),
		"a bar": bare(khue.Vietnamese, sole("漢"), &document.Chart{Title: "Biểu đồ", Kind: document.Bar, Table: nil}),
	} {
		if c, ok := d.Blocks[len(d.Blocks)-1].(*document.Chart); ok {
			c.Table = d.Blocks[0].(*document.Table)
			c.Series = []document.Series{{Name: "🎭", Column: 1, Tone: document.Now}, {Name: "b", Column: 1, Tone: document.Before}}
		}
		err := pdf.Write(context.Background(), io.Discard, d, renderer, letters)
		require.Equal(t, khue.Invalid, khue.KindOf(err), name)
		require.Contains(t, khue.MessageOf(err).VI, "'漢' (U+6F22)", name)
		require.Contains(t, khue.MessageOf(err).EN, "'🎭' (U+1F3AD)", name)
	}
}

func sole(name string) *document.Table {
	return &document.Table{
		ID: "t", Sheet: "t", Title: "Bảng", Columns: []document.Column{{Title: "Tên"}, {Title: "Số", Kind: document.Number}},
		Rows: []document.Row{{Cells: []document.Cell{document.W(name), document.N(1, 0)}}},
	}
}

func TestADocumentThatContradictsItselfIsRefused(t *testing.T) {
	d := documenttest.Sample(khue.Vietnamese)
	d.Tables()[0].Rows[0].Cells = d.Tables()[0].Rows[0].Cells[:2]
	require.ErrorContains(t, pdf.Write(context.Background(), io.Discard, d, renderer, letters), "2 cells for 4 columns")
	require.ErrorContains(t, pdf.Write(context.Background(), io.Discard, documenttest.Sample(khue.English), renderer, pdf.Letters{}), "no letters were given")
	require.ErrorContains(t, pdf.Write(context.Background(), io.Discard, documenttest.Sample(khue.English), nil, pdftest.Letters(t)), "no chart renderer was given")
}
