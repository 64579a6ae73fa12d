package docx_test

import (
	"archive/zip"
	"bytes"
	"io"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/unicode/norm"

	"khue"
	"khue/reports/document"
	"khue/reports/document/documenttest"
	"khue/reports/docx"
)

// file is a written document, taken apart.
type file struct {
	t     *testing.T
	raw   []byte
	parts map[string][]byte
}

func write(t *testing.T, d document.Document) file {
	t.Helper()
	return writePaged(t, d, nil)
}

// writePaged writes a document whose parts begin on those pages.
func writePaged(t *testing.T, d document.Document, pages []int) file {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, docx.Write(&out, d, pages))
	f := file{t, out.Bytes(), map[string][]byte{}}
	r, err := zip.NewReader(bytes.NewReader(f.raw), int64(len(f.raw)))
	require.NoError(t, err)
	for _, entry := range r.File {
		rc, err := entry.Open()
		require.NoError(t, err)
		f.parts[entry.Name], err = io.ReadAll(rc)
		require.NoError(t, err)
	}
	return f
}

func (f file) xml(name string) *etree.Document {
	f.t.Helper()
	require.Contains(f.t, f.parts, name)
	doc := etree.NewDocument()
	require.NoError(f.t, doc.ReadFromBytes(f.parts[name]))
	return doc
}

func (f file) body() *etree.Document { return f.xml("word/document.xml") }

func number(t *testing.T, e *etree.Element, attribute string) int {
	t.Helper()
	require.NotNil(t, e)
	n, err := strconv.Atoi(e.SelectAttrValue(attribute, "none"))
	require.NoError(t, err)
	return n
}

func TestEveryRelationLeadsToAPartAndEveryPartHasAType(t *testing.T) {
	f := write(t, documenttest.Sample(khue.Vietnamese))
	for name := range f.parts {
		if !strings.HasSuffix(name, ".rels") {
			continue
		}
		base := path.Dir(path.Dir(name))
		for _, r := range f.xml(name).FindElements("//Relationship") {
			require.Contains(t, f.parts, path.Join(base, r.SelectAttrValue("Target", "")), name)
		}
	}
	types := f.xml("[Content_Types].xml")
	extensions := map[string]bool{}
	for _, d := range types.FindElements("//Default") {
		extensions[d.SelectAttrValue("Extension", "")] = true
	}
	for _, o := range types.FindElements("//Override") {
		require.Contains(t, f.parts, strings.TrimPrefix(o.SelectAttrValue("PartName", ""), "/"))
	}
	for name := range f.parts {
		require.True(t, name == "[Content_Types].xml" || extensions[strings.TrimPrefix(path.Ext(name), ".")], name)
	}
	used := map[string]bool{}
	for _, r := range f.xml("word/_rels/document.xml.rels").FindElements("//Relationship") {
		used[r.SelectAttrValue("Id", "")] = true
	}
	for _, e := range f.body().FindElements("//[@r:id]") {
		require.True(t, used[e.SelectAttrValue("r:id", "")], e.Tag)
	}
}

func TestMarginsArePutAsTheDecreeAsks(t *testing.T) {
	margins := write(t, documenttest.Sample(khue.Vietnamese)).body().FindElement("//w:sectPr/w:pgMar")
	for attribute, mm := range map[string][2]int{"w:top": {20, 25}, "w:bottom": {20, 25}, "w:left": {30, 35}, "w:right": {15, 20}} {
		twips := number(t, margins, attribute)
		require.GreaterOrEqual(t, twips, mm[0]*1440*10/254, attribute)
		require.LessOrEqual(t, twips, mm[1]*1440*10/254+1, attribute)
	}
	size := write(t, documenttest.Sample(khue.Vietnamese)).body().FindElement("//w:sectPr/w:pgSz")
	require.Equal(t, 11906, number(t, size, "w:w"))
	require.Equal(t, 16838, number(t, size, "w:h"))
}

func TestThePageNumberIsCentredAndNotOnTheFirstPage(t *testing.T) {
	f := write(t, documenttest.Sample(khue.Vietnamese))
	section := f.body().FindElement("//w:sectPr")
	require.NotNil(t, section.SelectElement("w:titlePg"))
	targets := map[string]string{}
	for _, r := range f.xml("word/_rels/document.xml.rels").FindElements("//Relationship") {
		targets[r.SelectAttrValue("Id", "")] = "word/" + r.SelectAttrValue("Target", "")
	}
	numbered := map[string]bool{}
	for _, h := range section.SelectElements("w:headerReference") {
		part := f.xml(targets[h.SelectAttrValue("r:id", "")])
		field := part.FindElement("//w:fldSimple")
		numbered[h.SelectAttrValue("w:type", "")] = field != nil && strings.TrimSpace(field.SelectAttrValue("w:instr", "")) == "PAGE"
	}
	require.Equal(t, map[string]bool{"default": true, "first": false}, numbered)
	require.Contains(t, string(f.parts["word/styles.xml"]), `w:styleId="Header"><w:name w:val="header"/><w:basedOn w:val="Normal"/><w:uiPriority w:val="99"/><w:pPr><w:jc w:val="center"/>`)
}

func TestSimulatedDataIsSaidOnEveryPageAndOnlyThen(t *testing.T) {
	d := documenttest.Sample(khue.Vietnamese)
	f := write(t, d)
	footers := f.body().FindElements("//w:footerReference")
	require.Len(t, footers, 2, "first and other pages")
	require.Contains(t, string(f.parts["word/footer1.xml"]), d.Simulated)
	require.Contains(t, string(f.parts["word/footer2.xml"]), d.Simulated)
	d.Simulated = ""
	require.Empty(t, write(t, d).body().FindElements("//w:footerReference"))
}

func TestTableHeadsRepeatAndRowsAreNotSplit(t *testing.T) {
	tables := write(t, documenttest.Sample(khue.Vietnamese)).body().FindElements("//w:tbl")
	figures := 0
	for _, table := range tables {
		for i, row := range table.SelectElements("w:tr") {
			require.NotNil(t, row.FindElement("w:trPr/w:cantSplit"))
			if table.FindElement("w:tblPr/w:tblStyle") != nil {
				require.Equal(t, i == 0, row.FindElement("w:trPr/w:tblHeader") != nil)
			}
		}
		if table.FindElement("w:tblPr/w:tblStyle") == nil {
			continue
		}
		figures++
		sum := 0
		for _, c := range table.FindElements("w:tblGrid/w:gridCol") {
			sum += number(t, c, "w:w")
		}
		require.Equal(t, number(t, table.FindElement("w:tblPr/w:tblW"), "w:w"), sum)
	}
	require.Equal(t, 5, figures, "three tables, the definitions and the evidence")
}

func TestEveryFootnoteReferenceHasItsNote(t *testing.T) {
	f := write(t, documenttest.Sample(khue.Vietnamese))
	notes := map[string]string{}
	for _, n := range f.xml("word/footnotes.xml").FindElements("//w:footnote") {
		text := ""
		for _, part := range n.FindElements(".//w:t") {
			text += part.Text()
		}
		notes[n.SelectAttrValue("w:id", "")] = text
	}
	references := f.body().FindElements("//w:footnoteReference")
	require.Len(t, references, 2)
	for _, r := range references {
		require.NotEmpty(t, notes[r.SelectAttrValue("w:id", "")])
	}
	require.Len(t, notes, 2+2, "and the two separators")
	require.Equal(t, " Căn cứ E1.", notes["1"])
}

func TestHeadingsAreRealAndOutlined(t *testing.T) {
	f := write(t, documenttest.Sample(khue.Vietnamese))
	styles := f.xml("word/styles.xml")
	for level, id := range []string{"Heading1", "Heading2"} {
		require.Equal(t, level, number(t, styles.FindElement("//w:style[@w:styleId='"+id+"']/w:pPr/w:outlineLvl"), "w:val"))
		require.NotEmpty(t, f.body().FindElements("//w:pStyle[@w:val='"+id+"']"))
	}
	formats := map[khue.Lang]string{khue.Vietnamese: "upperRoman", khue.English: "decimal"}
	for lang, format := range formats {
		numbering := write(t, documenttest.Sample(lang)).xml("word/numbering.xml")
		require.Equal(t, format, numbering.FindElement("//w:lvl[@w:ilvl='0']/w:numFmt").SelectAttrValue("w:val", ""))
	}
	declared := map[string]bool{}
	for _, s := range styles.FindElements("//w:style") {
		declared[s.SelectAttrValue("w:styleId", "")] = true
	}
	for _, tag := range []string{"w:pStyle", "w:rStyle", "w:tblStyle"} {
		for _, e := range f.body().FindElements("//" + tag) {
			require.True(t, declared[e.SelectAttrValue("w:val", "")], e.SelectAttrValue("w:val", ""))
		}
	}
}

func TestEveryRunOfTextNamesItsLanguage(t *testing.T) {
	for lang, tag := range map[khue.Lang]string{khue.Vietnamese: "vi-VN", khue.English: "en-GB"} {
		for _, text := range write(t, documenttest.Sample(lang)).body().FindElements("//w:t") {
			l := text.Parent().FindElement("w:rPr/w:lang")
			require.NotNil(t, l, text.Text())
			require.Equal(t, tag, l.SelectAttrValue("w:val", ""))
		}
	}
}

func TestTextIsComposedAndKeepsItsSigns(t *testing.T) {
	f := write(t, documenttest.Sample(khue.Vietnamese))
	all := ""
	for _, text := range f.body().FindElements("//w:t") {
		all += text.Text() + "\n"
	}
	require.True(t, norm.NFC.IsNormalString(all))
	require.Contains(t, all, "Lễ hội")
	require.Contains(t, all, `<b>&"'`)
	require.Contains(t, all, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
	require.Contains(t, all, "Nơi nhận:")
	require.Contains(t, all, "lượt khách đếm được", "definitions are in the annex")
	require.NotContains(t, string(write(t, documenttest.Sample(khue.English)).parts["word/document.xml"]), "CỘNG HÒA")
}

func TestChartsAreNativeWithFiguresAltTextAndWorkbook(t *testing.T) {
	d := documenttest.Sample(khue.Vietnamese)
	f := write(t, d)
	drawings := f.body().FindElements("//wp:docPr")
	require.Len(t, drawings, 2)
	for _, p := range drawings {
		require.NotEmpty(t, p.SelectAttrValue("descr", ""))
	}
	chart := f.xml("word/charts/chart1.xml")
	series := chart.FindElements("//ser")
	require.Len(t, series, 2)
	require.Equal(t, "2025", series[0].FindElement("tx/strRef/strCache/pt/v").Text())
	require.Equal(t, "69000", series[0].FindElement("val/numRef/numCache/pt[@idx='0']/v").Text())
	require.Nil(t, series[1].FindElement("val/numRef/numCache/pt[@idx='1']"), "what is not known is a gap, not a zero")
	require.Len(t, series[0].FindElements("cat/strRef/strCache/pt"), 12, "the total is not drawn")
	book, err := excelize.OpenReader(bytes.NewReader(f.parts["word/embeddings/chart1.xlsx"]))
	require.NoError(t, err)
	defer book.Close()
	value, err := book.GetCellValue("Data", "B2", excelize.Options{RawCellValue: true})
	require.NoError(t, err)
	require.Equal(t, "69000", value)
}

func TestTheSameDocumentIsTheSameBytes(t *testing.T) {
	first := write(t, documenttest.Sample(khue.Vietnamese)).raw
	for range 3 {
		require.True(t, bytes.Equal(first, write(t, documenttest.Sample(khue.Vietnamese)).raw))
	}
}

func TestADocumentThatContradictsItselfIsRefused(t *testing.T) {
	d := documenttest.Sample(khue.Vietnamese)
	d.Tables()[0].Rows[0].Cells = d.Tables()[0].Rows[0].Cells[:2]
	require.ErrorContains(t, docx.Write(io.Discard, d, nil), "2 cells for 4 columns")
}
