package pdf_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/reports/document"
	"khue/reports/document/documenttest"
	"khue/reports/pdf/pdftest"
)

// longName is a name of 300 letters, as registers hold them.
var longName = strings.TrimSpace(string([]rune(strings.Repeat("Công ty trách nhiệm hữu hạn một thành viên phát triển không gian sáng tạo nghệ thuật đương đại Thăng Long ", 4))[:300]))

func table(columns, rows int, name func(row int) string) *document.Table {
	t := &document.Table{ID: "big", Sheet: "big", Title: "Bảng lớn", Source: "Nguồn: sổ đăng ký.", Columns: []document.Column{{Title: "Tên đơn vị", Width: 2}}}
	for c := 1; c < columns; c++ {
		t.Columns = append(t.Columns, document.Column{Title: fmt.Sprintf("Tháng %d năm 2025", c), Kind: document.Number})
	}
	for r := range rows {
		row := document.Row{Cells: []document.Cell{document.W(name(r))}}
		for c := 1; c < columns; c++ {
			row.Cells = append(row.Cells, document.N(float64(1_000_000+r*1000+c), 0))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func TestANameOfThreeHundredLettersIsWrappedAndWhole(t *testing.T) {
	d := documenttest.Sample(khue.Vietnamese)
	d.Letterhead.Issuer, d.Title, d.Letterhead.Recipients = strings.ToUpper(longName), longName, []string{longName, longName}
	big := table(3, 4, func(int) string { return longName })
	chart := &document.Chart{
		Title: longName, Kind: document.Bar, Horizontal: true, Table: big, Unit: "lượt",
		Series: []document.Series{{Name: "2025", Column: 1, Tone: document.Now}},
	}
	up := *chart
	up.Horizontal = false
	d.Blocks = append(d.Blocks, document.Heading{Level: 1, Text: longName, Numbered: true}, big, chart, &up)
	f := write(t, d)
	inside(t, f)
	tree := f.Structure()
	require.Equal(t, longName, pdftest.Flat(tree.All("H1")[0].Whole()))
	for _, row := range tree.All("Table")[3].Cells()[1:] {
		require.Equal(t, longName, row[0])
	}
	require.Contains(t, texts(tree.All("P")), "- "+longName+".")
}

func TestAWordLongerThanAPageIsBrokenNotCut(t *testing.T) {
	word := strings.Repeat("https://vanhoa.hanoi.gov.vn/su-kien/", 30)
	f := write(t, bare(khue.Vietnamese, document.Text("%s", word), table(6, 2, func(int) string { return word })))
	inside(t, f)
	tree := f.Structure()
	require.Equal(t, word, tree.All("Table")[0].Cells()[1][0])
	require.Contains(t, texts(tree.All("P")), word)
}

func TestATableOfFourteenColumnsLiesDownWithWholeNumbers(t *testing.T) {
	big := table(14, 30, func(r int) string { return fmt.Sprintf("Đơn vị %d", r) })
	f := write(t, bare(khue.Vietnamese, document.Text("Trước bảng."), big, document.Text("Sau bảng.")))
	inside(t, f)
	words, sheets := f.Words()
	onPage := map[string]int{}
	for _, w := range words {
		onPage[w.Text] = w.Page
	}
	require.Greater(t, sheets[onPage["1.000.013"]-1].Width, sheets[onPage["1.000.013"]-1].Height, "the table lies")
	require.Less(t, sheets[onPage["Trước"]-1].Width, sheets[onPage["Trước"]-1].Height, "text stands before it")
	require.Less(t, sheets[onPage["Sau"]-1].Width, sheets[onPage["Sau"]-1].Height, "and after it")
	for r := range 30 {
		for c := 1; c < 14; c++ {
			require.Contains(t, onPage, document.N(float64(1_000_000+r*1000+c), 0).Text(khue.Vietnamese), "each number is one word")
		}
	}
	require.Equal(t, Cells(big, khue.Vietnamese), f.Structure().All("Table")[0].Cells())
}

func TestALyingTableTakesItsHeadingAlongAndLeavesNoEmptyPage(t *testing.T) {
	big := table(14, 5, func(r int) string { return fmt.Sprintf("Đơn vị %d", r) })
	f := write(t, bare(khue.English, document.Text("Before."), document.Heading{Level: 1, Text: "Alone"}, document.Heading{Level: 2, Text: "Together"}, big))
	require.Equal(t, 2, f.Pages(), "one page that stands, one that lies")
	require.Contains(t, f.Text(2), "Alone Together Table 1.")
	_, sheets := f.Words()
	require.Greater(t, sheets[1].Width, sheets[1].Height)
}

func TestATableOfTwoHundredRowsRepeatsItsHeadAndSplitsNoRow(t *testing.T) {
	big := table(4, 200, func(r int) string {
		return fmt.Sprintf("Dòng%d %s Hết%d", r, longName[:strings.LastIndex(longName[:120], " ")], r)
	})
	f := write(t, bare(khue.Vietnamese, big))
	inside(t, f)
	require.Equal(t, Cells(big, khue.Vietnamese), f.Structure().All("Table")[0].Cells())
	words, sheets := f.Words()
	begins, ends, heads := map[string]int{}, map[string]int{}, map[int]int{}
	for _, w := range words {
		switch {
		case strings.HasPrefix(w.Text, "Dòng"):
			begins[w.Text[len("Dòng"):]] = w.Page
		case strings.HasPrefix(w.Text, "Hết"):
			ends[w.Text[len("Hết"):]] = w.Page
		case w.Text == "Tên":
			heads[w.Page]++
		}
	}
	require.Len(t, begins, 200)
	require.Equal(t, begins, ends, "each row begins and ends on the same page")
	require.Greater(t, len(sheets), 5)
	for _, page := range begins {
		require.Equal(t, 1, heads[page], "the head stands once on page %d", page)
	}
}

func TestARowHigherThanAPageGoesOnOnTheNext(t *testing.T) {
	var text strings.Builder
	for i := range 2500 {
		fmt.Fprintf(&text, "từ%d ", i)
	}
	big := table(3, 2, func(int) string { return strings.TrimSpace(text.String()) })
	f := write(t, bare(khue.Vietnamese, big))
	inside(t, f)
	require.Equal(t, Cells(big, khue.Vietnamese), f.Structure().All("Table")[0].Cells())
}

func TestALongDocumentListsItsContentsWithTheRightPages(t *testing.T) {
	for _, lang := range []khue.Lang{khue.Vietnamese, khue.English} {
		d := documenttest.Sample(lang)
		for i := range 40 {
			d.Blocks = append(d.Blocks, document.Heading{Level: 1 + i%2, Text: fmt.Sprintf("Mục thứ %d", i), Numbered: true})
			for range 3 + i%7 {
				d.Blocks = append(d.Blocks, document.Text("%s", longName))
			}
		}
		f := write(t, d)
		inside(t, f)
		pages := make([]string, f.Pages()+1)
		for n := 1; n < len(pages); n++ {
			pages[n] = f.Text(n)
		}
		var headings []pdftest.Bookmark
		for _, m := range f.Bookmarks() {
			require.Contains(t, pages[m.Page], pdftest.Flat(m.Text), "the bookmark leads to its heading")
			if !strings.HasPrefix(m.Text, "E1.") {
				headings = append(headings, m)
			}
		}
		entries := f.Structure().All("TOCI")
		require.Len(t, entries, len(headings), "queries are found by their bookmarks only")
		for i, e := range entries {
			require.Equal(t, fmt.Sprintf("%s%d", headings[i].Text, headings[i].Page), e.Whole())
		}
	}
}

func TestAShortDocumentHasNoListOfContents(t *testing.T) {
	require.Empty(t, write(t, documenttest.Sample(khue.Vietnamese)).Structure().All("TOC"))
}
