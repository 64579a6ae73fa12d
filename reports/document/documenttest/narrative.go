package documenttest

import (
	"khue"
	"khue/reports/document"
)

// Narrative is a document of what staff wrote: every look and list that they may use.
func Narrative(lang khue.Lang) document.Document {
	d := Sample(lang)
	d.Blocks = append([]document.Block{
		document.Heading{Level: 1, Text: "Tổng quan", Numbered: true},
		document.Narrative{ID: "overview", Title: "Tổng quan", Blocks: []document.Block{
			document.Paragraph{Runs: []document.Run{
				{Text: "Thường, "},
				{Text: "đậm", Bold: true},
				{Text: ", "},
				{Text: "nghiêng", Italic: true},
				{Text: ", "},
				{Text: "cả hai", Bold: true, Italic: true},
				{Text: ", xem "},
				{Text: "trang của Sở", Link: "https://sovhtt.hanoi.gov.vn/?a=1&b=2"},
				{Text: "."},
			}},
			document.Bullets{Items: [][]document.Run{{{Text: "Gạch một"}}, {{Text: "=1+1", Italic: true}}}},
			document.Bullets{Numbered: true, Items: [][]document.Run{{{Text: "Số một"}}, {{Text: "Số hai"}}}},
			document.Bullets{Numbered: true, Items: [][]document.Run{{{Text: "Lại số một"}}}},
		}},
	}, d.Blocks...)
	return d
}
