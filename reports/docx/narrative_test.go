package docx_test

import (
	"bytes"
	"testing"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/reports/document/documenttest"
	"khue/reports/docx"
)

// runOf finds the run of a text.
func runOf(t *testing.T, f file, text string) *etree.Element {
	t.Helper()
	for _, e := range f.body().FindElements("//w:t") {
		if e.Text() == text {
			return e.Parent()
		}
	}
	t.Fatalf("no run says %q", text)
	return nil
}

func TestWhatStaffWroteIsBoldItalicLinkedAndListed(t *testing.T) {
	f := write(t, documenttest.Narrative(khue.Vietnamese))
	for text, want := range map[string][2]bool{"Thường, ": {}, "đậm": {true, false}, "nghiêng": {false, true}, "cả hai": {true, true}} {
		look := runOf(t, f, text).SelectElement("w:rPr")
		require.Equal(t, want, [2]bool{look.SelectElement("w:b") != nil, look.SelectElement("w:i") != nil}, text)
	}
	link := runOf(t, f, "trang của Sở").Parent()
	require.Equal(t, "w:hyperlink", link.FullTag())
	led := false
	for _, r := range f.xml("word/_rels/document.xml.rels").FindElements("//Relationship") {
		if r.SelectAttrValue("Id", "") == link.SelectAttrValue("r:id", "none") {
			led = true
			require.Equal(t, "https://sovhtt.hanoi.gov.vn/?a=1&b=2", r.SelectAttrValue("Target", ""))
			require.Equal(t, "External", r.SelectAttrValue("TargetMode", ""))
		}
	}
	require.True(t, led)

	list := func(text string) string {
		return runOf(t, f, text).Parent().FindElement("w:pPr/w:numPr/w:numId").SelectAttrValue("w:val", "")
	}
	require.Nil(t, runOf(t, f, "Gạch một").Parent().FindElement("w:pPr/w:numPr"), "dashes come with the style")
	require.Equal(t, list("Số một"), list("Số hai"))
	require.NotEqual(t, list("Số một"), list("Lại số một"), "each numbered list begins anew")
	numbering := f.xml("word/numbering.xml")
	for _, text := range []string{"Số một", "Lại số một"} {
		num := numbering.FindElement("//w:num[@w:numId='" + list(text) + "']")
		require.NotNil(t, num, text)
		abstract := num.SelectElement("w:abstractNumId").SelectAttrValue("w:val", "")
		require.Equal(t, "decimal", numbering.FindElement("//w:abstractNum[@w:abstractNumId='"+abstract+"']/w:lvl/w:numFmt").SelectAttrValue("w:val", ""))
		require.Equal(t, "1", num.FindElement("w:lvlOverride/w:startOverride").SelectAttrValue("w:val", ""))
	}
	last := ""
	for _, e := range numbering.Root().ChildElements() {
		require.False(t, last == "num" && e.Tag == "abstractNum", "what lists look like comes before the lists")
		last = e.Tag
	}
	var again bytes.Buffer
	require.NoError(t, docx.Write(&again, documenttest.Narrative(khue.Vietnamese), nil))
	require.Equal(t, f.raw, again.Bytes())
}
