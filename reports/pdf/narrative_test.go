package pdf_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/reports/document/documenttest"
	"khue/reports/pdf"
	"khue/reports/pdf/pdftest"
)

func TestWhatStaffWroteIsBoldItalicLinkedAndListed(t *testing.T) {
	d := documenttest.Narrative(khue.Vietnamese)
	f := write(t, bare(khue.Vietnamese, d.Blocks[:2]...))
	text := pdftest.Flat(f.Text(1))
	require.Contains(t, text, "Thường, đậm, nghiêng, cả hai, xem trang của Sở.")
	require.Contains(t, text, "– Gạch một – =1+1 1. Số một 2. Số hai 1. Lại số một")
	fonts := f.Fonts()
	for _, cut := range []string{"Tinos-Regular", "Tinos-Bold", "Tinos-Italic", "Tinos-BoldItalic"} {
		found := false
		for name := range fonts {
			found = found || len(name) > 7 && name[7:] == cut
		}
		require.True(t, found, "%s is used: %v", cut, fonts)
	}
	require.Equal(t, []string{"https://sovhtt.hanoi.gov.vn/?a=1&b=2"}, f.Addresses())
	links := f.Structure().All("Link")
	require.Len(t, links, 1)
	require.Equal(t, "trang của Sở", pdftest.Flat(links[0].Whole()))
	require.Len(t, f.Structure().All("L"), 3)
}

func TestLettersThatPaperCannotPrintAreTold(t *testing.T) {
	a, err := pdf.NewAlphabet(pdftest.Letters(t))
	require.NoError(t, err)
	require.Empty(t, a.Missing("Hà Nội: “sáng tạo” – ễ ữ Đ đ … • ₫ 10 %\nαβ Жя"))
	require.Equal(t, []rune{'😀', '漢'}, a.Missing("vui 😀 漢 😀"))
}
