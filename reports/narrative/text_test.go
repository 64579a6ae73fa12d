package narrative_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/reports/document"
	"khue/reports/narrative"
)

func parsed(t *testing.T, from string) narrative.Text {
	t.Helper()
	text, err := narrative.Parse(from)
	require.NoError(t, err)
	return text
}

const rich = `{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Hà Nội "},{"type":"text","text":"sáng","marks":[{"type":"bold"},{"type":"italic"}]},{"type":"text","text":" tạo","marks":[{"type":"italic"},{"type":"bold"}]},` +
	`{"type":"text","text":", xem "},{"type":"text","text":"trang","marks":[{"type":"link","attrs":{"href":"https://sovhtt.hanoi.gov.vn/a?b=1&c=2"}}]}]},{"type":"paragraph"},` +
	`{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"một"}]}]},{"type":"listItem","content":[{"type":"paragraph"}]}]},` +
	`{"type":"orderedList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"hai"}]}]}]}]}`

func TestATextIsReadAsBlocksOfADocument(t *testing.T) {
	text := parsed(t, rich)
	require.Equal(t, []document.Block{
		document.Paragraph{Runs: []document.Run{{Text: "Hà Nội "}, {Text: "sáng tạo", Bold: true, Italic: true}, {Text: ", xem "}, {Text: "trang", Link: "https://sovhtt.hanoi.gov.vn/a?b=1&c=2"}}},
		document.Bullets{Items: [][]document.Run{{{Text: "một"}}}},
		document.Bullets{Items: [][]document.Run{{{Text: "hai"}}}, Numbered: true},
	}, text.Blocks())
	require.Equal(t, text, parsed(t, text.JSON()), "what is kept reads as what was sent")
	require.Equal(t, text.JSON(), parsed(t, text.JSON()).JSON())
}

func TestLettersAreComposedAndControlCharactersFallAway(t *testing.T) {
	text := parsed(t, `{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Ha\u0300 No\u0302\u0323i\u0000\u0007\nmo\u0301i\t\uffff"}]}]}`)
	require.Equal(t, "Hà Nội mói ", text.Plain())
	require.True(t, parsed(t, `{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":" \n\u0000 "}]}]}`).Empty())
}

func TestWordsAreCountedAsWordCountsThem(t *testing.T) {
	for words, want := range map[string]int{"": 0, "Hà Nội": 2, "thành phố sáng tạo": 4, "  hai   từ ": 2, "một – hai": 3, "UNESCO's network": 2, "2026, 1.264.000 lượt": 3} {
		text := parsed(t, `{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"`+words+`"}]}]}`)
		require.Equal(t, want, text.Words(), words)
	}
	require.Equal(t, 8, parsed(t, rich).Words(), "lists count too")
}

func TestWhatReportsCannotPrintIsRefusedByName(t *testing.T) {
	paragraph := func(inner string) string {
		return `{"type":"doc","content":[{"type":"paragraph","content":[` + inner + `]}]}`
	}
	link := func(href string) string {
		return paragraph(`{"type":"text","text":"x","marks":[{"type":"link","attrs":{"href":"` + href + `"}}]}`)
	}
	for name, c := range map[string]struct{ from, says string }{
		"a table":                   {`{"type":"doc","content":[{"type":"table"}]}`, `"table"`},
		"a picture":                 {paragraph(`{"type":"image"}`), `"image"`},
		"a heading":                 {`{"type":"doc","content":[{"type":"heading","content":[]}]}`, `"heading"`},
		"a list in a list":          {`{"type":"doc","content":[{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"bulletList"}]}]}]}`, `"bulletList"`},
		"an item without a list":    {`{"type":"doc","content":[{"type":"listItem"}]}`, `"listItem"`},
		"a colour":                  {paragraph(`{"type":"text","text":"x","marks":[{"type":"textStyle"}]}`), `"textStyle"`},
		"a script":                  {link("javascript:alert(1)"), "javascript:alert(1)"},
		"a mail address":            {link("mailto:a@example.org"), "mailto"},
		"an address with a name":    {link("https://user:pw@example.org/"), "user"},
		"an address without host":   {link("https:///x"), "https:///x"},
		"an address of this site":   {link("/reports"), "/reports"},
		"a link that leads nowhere": {paragraph(`{"type":"text","text":"x","marks":[{"type":"link"}]}`), `""`},
		"attributes":                {`{"type":"doc","content":[{"type":"paragraph","attrs":{"style":"x"}}]}`, "cannot be read"},
		"two documents":             {`{"type":"doc"}{"type":"doc"}`, "cannot be read"},
		"no document":               {`{"type":"paragraph"}`, "cannot be read"},
		"no JSON":                   {`<p>x</p>`, "cannot be read"},
		"nothing":                   {``, "cannot be read"},
		"depth without end":         {strings.Repeat(`{"type":"doc","content":[`, 8_000), "cannot be read"},
		"too much":                  {paragraph(`{"type":"text","text":"` + strings.Repeat("a", 41_000) + `"}`), "41000 characters"},
		"too many bytes":            {strings.Repeat(" ", 300<<10), "longer than 256 kB"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := narrative.Parse(c.from)
			require.Equal(t, khue.Invalid, khue.KindOf(err), "%v", err)
			require.Contains(t, khue.MessageOf(err).EN, c.says)
		})
	}
}

func TestALackSaysWhichTextInWhichLanguage(t *testing.T) {
	text := parsed(t, rich)
	for name, c := range map[string]struct {
		section narrative.Section
		text    narrative.Text
		want    string
	}{
		"missing":               {narrative.Section{Needed: true}, narrative.Text{}, "nothing is written yet"},
		"missing and not asked": {narrative.Section{Least: 5}, narrative.Text{}, ""},
		"within its limits":     {narrative.Section{Needed: true, Least: 8, Most: 8}, text, ""},
		"too short":             {narrative.Section{Needed: true, Least: 9}, text, "has 8 words, at least 9"},
		"too long":              {narrative.Section{Most: 7}, text, "has 8 words, at most 7"},
	} {
		t.Run(name, func(t *testing.T) {
			c.section.Title = khue.Text{VI: "Tổng quan", EN: "Overview"}
			lack, is := c.section.Lack(c.text, khue.English)
			require.Equal(t, c.want != "", is)
			if is {
				require.Equal(t, "the text “Overview” (English): "+c.want, lack.EN)
				require.Contains(t, lack.VI, "lời văn “Tổng quan” (tiếng Anh): ")
			}
		})
	}
}

func TestTheNameOfAWriterIsOneLine(t *testing.T) {
	name, err := narrative.Person("  Nguyễn   Thị Lan ")
	require.NoError(t, err)
	require.Equal(t, "Nguyễn Thị Lan", name)
	for _, bad := range []string{"", " ", "a\x07b", "a\nb", strings.Repeat("ễ", 101)} {
		_, err := narrative.Person(bad)
		require.Equal(t, khue.Invalid, khue.KindOf(err), "%q", bad)
	}
}
