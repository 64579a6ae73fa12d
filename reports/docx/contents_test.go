package docx_test

import (
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/reports/document"
	"khue/reports/document/documenttest"
)

// words is the text of an element, without the instructions of fields.
func words(e *etree.Element) string {
	var out strings.Builder
	for _, t := range e.FindElements(".//w:t") {
		out.WriteString(t.Text())
	}
	return out.String()
}

func TestTheListOfContentsLeadsToEveryPartWithItsNumberAndPage(t *testing.T) {
	for lang, want := range map[khue.Lang]string{khue.Vietnamese: "I. ", khue.English: "1. "} {
		d := documenttest.Sample(lang)
		var pages []int
		for _, heading := range write(t, d).body().FindElements("//w:pPr/w:pStyle") {
			if heading.SelectAttrValue("w:val", "") == "Heading1" {
				pages = append(pages, 2+len(pages))
			}
		}
		require.Greater(t, len(pages), 2)
		f := writePaged(t, d, pages)
		marks, entries := map[string]string{}, []string{}
		for _, p := range f.body().FindElements("//w:p") {
			if mark := p.FindElement("w:bookmarkStart"); mark != nil {
				marks[mark.SelectAttrValue("w:name", "")] = words(p)
			}
		}
		for _, link := range f.body().FindElements("//w:hyperlink") {
			at := marks[link.SelectAttrValue("w:anchor", "")]
			require.NotEmpty(t, at, "the entry leads to a heading")
			entry := words(link)
			require.Contains(t, entry, at, "and reads as it does")
			entries = append(entries, entry)
		}
		require.Len(t, entries, len(pages))
		require.True(t, strings.HasPrefix(entries[0], want), entries[0])
		require.True(t, strings.HasSuffix(entries[0], "2") && strings.HasSuffix(entries[1], "3"))
		fields := map[string]int{}
		for _, c := range f.body().FindElements("//w:fldChar") {
			fields[c.SelectAttrValue("w:fldCharType", "")]++
		}
		require.Equal(t, fields["begin"], fields["end"])
		require.Equal(t, fields["begin"], fields["separate"])
		require.Contains(t, string(f.parts["word/document.xml"]), `TOC \o &quot;1-1&quot;`)
	}
}

func TestAShortDocumentHasNoListOfContents(t *testing.T) {
	require.NotContains(t, string(write(t, documenttest.Sample(khue.Vietnamese)).parts["word/document.xml"]), "TOC")
}

func TestFiguresThatWouldBreakAreSetSmaller(t *testing.T) {
	d := documenttest.Sample(khue.English)
	style := func(number float64) string {
		table := &document.Table{ID: "wide", Sheet: "Wide", Title: "Wide", Columns: []document.Column{{Title: "Name", Width: 9}, {Title: "N", Kind: document.Number, Width: 1}}, Rows: []document.Row{
			{Cells: []document.Cell{document.W("a"), document.N(number, 0)}},
		}}
		d.Blocks = []document.Block{table}
		cell := write(t, d).body().FindElement("//w:tbl[2]//w:tc//w:pStyle")
		if d.Layout != document.Official {
			cell = write(t, d).body().FindElement("//w:tbl[1]//w:tc//w:pStyle")
		}
		return cell.SelectAttrValue("w:val", "")
	}
	require.Equal(t, "TableText", style(1234))
	require.Equal(t, "AnnexText", style(1_234_567_890))
}
