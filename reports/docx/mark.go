package docx

import (
	"strconv"

	"github.com/beevik/etree"

	"khue/reports/document"
)

// The custom properties of a marked file, by which it is known again after people
// edited it: word processors keep them when they save.
const (
	// ReportProperty names the report for people.
	ReportProperty = "KhueReport"
	// DraftProperty is the mark of the draft.
	DraftProperty = "KhueDraft"
	// LanguageProperty is the language of the file.
	LanguageProperty = "KhueLanguage"
)

const (
	markPart = "docProps/custom.xml"
	markType = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
	// customSet is the set of properties that users define ([MS-OLEPS] 2.21).
	customSet = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
)

// mark adds the properties that name the draft, where it has a name.
func (b *builder) mark() {
	if b.doc.Mark == "" {
		return
	}
	doc := etree.NewDocument()
	doc.CreateProcInst("xml", `version="1.0" encoding="UTF-8" standalone="yes"`)
	all := doc.CreateElement("Properties")
	all.CreateAttr("xmlns", "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties")
	all.CreateAttr("xmlns:vt", "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes")
	for i, p := range []document.Pair{
		{Name: ReportProperty, Value: b.doc.ID + b.doc.Part + "_" + b.doc.Period.String()},
		{Name: DraftProperty, Value: b.doc.Mark},
		{Name: LanguageProperty, Value: string(b.doc.Lang)},
	} {
		one := add(all, "property", "fmtid", customSet, "pid", strconv.Itoa(i+2), "name", p.Name) // 0 and 1 are taken
		add(one, "vt:lpwstr").SetText(document.Clean(p.Value))
	}
	b.parts = append(b.parts, part{markPart, markType, mustBytes(doc)})
}
