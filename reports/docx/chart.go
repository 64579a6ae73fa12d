package docx

import (
	"fmt"
	"math"
	"strconv"

	"github.com/beevik/etree"

	"khue/reports/document"
	"khue/reports/xlsx"
)

const chartType = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"

// chart puts a native chart with its own workbook into the text; readers can
// restyle it and see its figures.
func (b *builder) chart(c *document.Chart) error {
	native, err := xlsx.NativeChart(c, b.doc.Lang)
	if err != nil {
		return err
	}
	b.figures++
	name := fmt.Sprintf("chart%d", b.figures)
	chart, err := embed(native.Part, b.lang)
	if err != nil {
		return fmt.Errorf("embedding chart %q: %w", c.Title, err)
	}
	b.parts = append(b.parts,
		part{"word/charts/" + name + ".xml", chartType, chart},
		part{"word/charts/_rels/" + name + ".xml.rels", "", relationships([]relation{
			{id: "rId1", kind: relations + "package", target: "../embeddings/" + name + ".xlsx"},
		})},
		part{"word/embeddings/" + name + ".xlsx", "", native.Workbook})
	id := b.relate("chart", "charts/"+name+".xml")

	height := 80.0
	if c.Horizontal {
		height = math.Min(30+float64(len(c.Categories()))*7.5, 150)
	}
	p, _ := b.paragraph(b.body, "Figure")
	b.drawing(p, id, c, textWidth, height)
	title := c.Title
	if c.Note != "" {
		title += " (" + c.Note + ")"
	}
	b.caption(b.say("Hình", "Figure"), "Figure", b.figures, title, false)
	return nil
}

func (b *builder) drawing(p *etree.Element, relation string, c *document.Chart, width, height float64) {
	emu := func(mm float64) string { return strconv.Itoa(int(mm * 36000)) }
	b.drawings++
	inline := add(add(add(p, "w:r"), "w:drawing"), "wp:inline", "distT", "0", "distB", "0", "distL", "0", "distR", "0")
	add(inline, "wp:extent", "cx", emu(width), "cy", emu(height))
	add(inline, "wp:docPr", "id", strconv.Itoa(b.drawings), "name", document.Clean(c.Title), "descr", document.Clean(c.Alt))
	add(inline, "wp:cNvGraphicFramePr")
	data := add(add(inline, "a:graphic"), "a:graphicData", "uri", nsC)
	add(data, "c:chart", "r:id", relation)
}

// embed fits a workbook's chart part, whose elements are in the chart
// namespace by default, into a text document: its figures come from the
// embedded workbook, its letters are the document's.
func embed(chart []byte, lang string) ([]byte, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(chart); err != nil {
		return nil, fmt.Errorf("reading the chart part: %w", err)
	}
	space := doc.Root()
	space.CreateAttr("xmlns:r", nsR)
	for _, tag := range []string{"printSettings", "txPr"} {
		if old := space.SelectElement(tag); old != nil {
			space.RemoveChild(old)
		}
	}
	if l := space.SelectElement("lang"); l != nil {
		l.CreateAttr("val", lang)
	}
	text := add(space, "txPr")
	add(text, "a:bodyPr")
	add(text, "a:lstStyle")
	paragraph := add(text, "a:p")
	font := add(add(paragraph, "a:pPr"), "a:defRPr", "sz", "1000")
	add(font, "a:latin", "typeface", "Times New Roman")
	add(paragraph, "a:endParaRPr", "lang", lang)
	add(add(space, "externalData", "r:id", "rId1"), "autoUpdate", "val", "0")
	return doc.WriteToBytes()
}
