package xlsx

import (
	"strconv"

	"github.com/xuri/excelize/v2"

	"khue/reports/document"
)

// narrativeWidth is that of the column of texts, in characters.
const narrativeWidth = 100.0

func (b *book) narratives() []document.Narrative {
	var out []document.Narrative
	for _, block := range b.doc.Blocks {
		if n, ok := block.(document.Narrative); ok {
			out = append(out, n)
		}
	}
	return out
}

// narrativeName is the sheet of what staff wrote, which no table has.
func (b *book) narrativeName() string {
	name := b.say("Lời văn", "Texts")
	for _, t := range b.doc.Tables() {
		if t.Sheet == name {
			return name + " +"
		}
	}
	return name
}

// narrativeSheet writes what staff wrote, a row for each paragraph and each item.
func (b *book) narrativeSheet() {
	texts := b.narratives()
	if len(texts) == 0 {
		return
	}
	name := b.narrativeName()
	b.newSheet(name, 0)
	b.try(b.file.SetColWidth(name, "A", "A", narrativeWidth))
	row := 1
	for _, n := range texts {
		b.words(name, 1, row, n.Title, style{bold: true, size: 13, colour: lacquer, wrap: true})
		b.height(name, row, n.Title, narrativeWidth, 13)
		row++
		for _, block := range n.Blocks {
			switch v := block.(type) {
			case document.Paragraph:
				b.rich(name, row, "", v.Runs, style{wrap: true})
				row++
			case document.Callout:
				b.rich(name, row, "", v.Runs, style{wrap: true, fill: amber})
				row++
			case document.Bullets:
				for i, item := range v.Items {
					sign := "• "
					if v.Numbered {
						sign = strconv.Itoa(i+1) + ". "
					}
					b.rich(name, row, sign, item, style{wrap: true})
					row++
				}
			}
		}
		row++
	}
}

// rich writes runs with their looks; the address of a link stands behind its words,
// since a cell has one link at most.
func (b *book) rich(sheet string, row int, sign string, runs []document.Run, st style) {
	font := func(bold, italic bool) *excelize.Font {
		return &excelize.Font{Family: "Calibri", Size: 11, Bold: bold, Italic: italic, Color: ink}
	}
	var list []excelize.RichTextRun
	whole := sign
	if sign != "" {
		list = append(list, excelize.RichTextRun{Text: sign, Font: font(false, false)})
	}
	for i, r := range runs {
		text := document.Clean(r.Text)
		if r.Link != "" && r.Link != text {
			text += " (" + r.Link + ")"
		}
		if i == 0 && sign == "" {
			text = Neutral(text)
		}
		whole += text
		list = append(list, excelize.RichTextRun{Text: text, Font: font(r.Bold, r.Italic)})
	}
	at := cellName(1, row)
	b.paint(sheet, 1, row, st)
	b.try(b.file.SetCellRichText(sheet, at, list))
	b.height(sheet, row, whole, narrativeWidth, 0)
}
