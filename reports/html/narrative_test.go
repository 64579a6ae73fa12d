package html_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/reports/document/documenttest"
	"khue/reports/html"
)

func TestWhatStaffWroteIsBoldItalicLinkedAndListed(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, html.Write(context.Background(), &out, documenttest.Narrative(khue.Vietnamese), &drawn{}))
	for _, want := range []string{
		`<p>Thường, <strong>đậm</strong>, <em>nghiêng</em>, <em><strong>cả hai</strong></em>, xem <a href="https://sovhtt.hanoi.gov.vn/?a=1&amp;b=2">trang của Sở</a>.</p>`,
		`<li>Gạch một</li><li><em>=1&#43;1</em></li></ul>`, `<ol><li>Số một</li><li>Số hai</li></ol>`, `<ol><li>Lại số một</li></ol>`,
	} {
		require.Contains(t, out.String(), want)
	}
}
