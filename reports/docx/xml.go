package docx

import "github.com/beevik/etree"

const (
	nsW  = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
	nsR  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	nsWP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
	nsA  = "http://schemas.openxmlformats.org/drawingml/2006/main"
	nsC  = "http://schemas.openxmlformats.org/drawingml/2006/chart"

	relations = nsR + "/"
)

// root makes the outermost element of a part.
func root(tag string) (*etree.Document, *etree.Element) {
	doc := etree.NewDocument()
	doc.CreateProcInst("xml", `version="1.0" encoding="UTF-8" standalone="yes"`)
	e := doc.CreateElement(tag)
	e.CreateAttr("xmlns:w", nsW)
	e.CreateAttr("xmlns:r", nsR)
	return doc, e
}

// add appends an element; attributes come as name, value, name, value.
func add(parent *etree.Element, tag string, attributes ...string) *etree.Element {
	e := parent.CreateElement(tag)
	for i := 0; i+1 < len(attributes); i += 2 {
		e.CreateAttr(attributes[i], attributes[i+1])
	}
	return e
}

// val appends an element with the one attribute that most of the format's elements have.
func val(parent *etree.Element, tag, value string) {
	add(parent, tag, "w:val", value)
}
