// Package docx writes a report as a Word file: real headings, native tables
// and charts, footnotes, and the paper layout of Decree 30/2020/NĐ-CP where
// the document asks for it.
package docx

import (
	"archive/zip"
	_ "embed"
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"

	"khue"
	"khue/reports/document"
)

// MediaType is the type to serve the file with.
const MediaType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

//go:embed parts/styles.xml
var stylesPart string

//go:embed parts/settings.xml
var settingsPart string

//go:embed parts/numbering.xml
var numberingPart string

// The page, in millimetres: A4 with the margins of Decree 30/2020/NĐ-CP,
// appendix I (top and bottom 20–25, left 30–35, right 15–20).
const (
	pageWidth, pageHeight                            = 210.0, 297.0
	marginTop, marginBottom, marginLeft, marginRight = 20.0, 20.0, 30.0, 15.0
	headerAt, footerAt                               = 10.0, 9.0
	textWidth                                        = pageWidth - marginLeft - marginRight
)

// twips is a length in twentieths of a point, the unit of the format.
func twips(mm float64) string { return strconv.Itoa(int(math.Round(mm * 1440 / 25.4))) }

// Write writes the document. pages are those on which its parts and annexes begin,
// for the list of contents; none writes no list. The same document and pages give
// the same bytes.
func Write(w io.Writer, d document.Document, pages []int) error {
	if err := d.Check(); err != nil {
		return err
	}
	b := newBuilder(d)
	b.pages = pages
	if err := b.build(); err != nil {
		return fmt.Errorf("writing the text document: %w", err)
	}
	return b.pack(w)
}

// part is one file of the package.
type part struct {
	name        string
	contentType string // "" when the extension's default covers it
	data        []byte
}

// relation ties the main part to another.
type relation struct {
	id, kind, target string
	outside          bool // the target is an address on the web
}

// builder holds a document under construction.
type builder struct {
	doc       document.Document
	lang      string // BCP 47, on every run
	body      *etree.Element
	footnotes *etree.Element
	notes     int
	pages     []int // on which parts begin
	heads     int   // parts and annexes begun
	tables    int
	figures   int
	drawings  int
	lists     int               // that are numbered
	links     map[string]string // relations by the address that they lead to
	parts     []part
	relations []relation
}

func newBuilder(d document.Document) *builder {
	lang := map[khue.Lang]string{khue.Vietnamese: "vi-VN", khue.English: "en-GB"}[d.Lang]
	return &builder{doc: d, lang: lang}
}

func (b *builder) say(vi, en string) string { return khue.Text{VI: vi, EN: en}.In(b.doc.Lang) }

func (b *builder) build() error {
	main, document := root("w:document")
	document.CreateAttr("xmlns:wp", nsWP)
	document.CreateAttr("xmlns:a", nsA)
	document.CreateAttr("xmlns:c", nsC)
	notes, footnotes := root("w:footnotes")
	b.footnotes = footnotes
	b.separators()
	b.body = add(document, "w:body")

	b.static()
	b.opening()
	b.contents()
	for _, block := range b.doc.Blocks {
		if err := b.block(block); err != nil {
			return err
		}
	}
	b.closing()
	b.terms()
	b.evidence()
	b.section()
	b.numbering()

	if err := b.xmlPart("word/document.xml", wordType("document.main"), "", main); err != nil {
		return err
	}
	if err := b.xmlPart("word/footnotes.xml", wordType("footnotes"), "footnotes", notes); err != nil {
		return err
	}
	b.properties()
	b.mark()
	return nil
}

func wordType(kind string) string {
	return "application/vnd.openxmlformats-officedocument.wordprocessingml." + kind + "+xml"
}

// xmlPart adds a part; relation names its kind when the main part refers to it.
func (b *builder) xmlPart(name, contentType, relation string, doc *etree.Document) error {
	data, err := doc.WriteToBytes()
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	b.parts = append(b.parts, part{name, contentType, data})
	if relation != "" {
		b.relate(relation, strings.TrimPrefix(name, "word/"))
	}
	return nil
}

func (b *builder) relate(kind, target string) string {
	id := fmt.Sprintf("rId%d", len(b.relations)+1)
	b.relations = append(b.relations, relation{id: id, kind: relations + kind, target: target})
	return id
}

// static adds the parts that depend on language and layout only.
func (b *builder) static() {
	official := b.doc.Layout == document.Official
	pick := func(yes bool, a, c string) string {
		if yes {
			return a
		}
		return c
	}
	vietnamese := b.doc.Lang == khue.Vietnamese
	fill := strings.NewReplacer(
		"LANG", b.lang,
		"FIRSTLINE", pick(official, twips(12.7), "0"),
		"PARTFORMAT", pick(official, "upperRoman", "decimal"),
		"SECTIONTEXT", pick(official, "%2.", "%1.%2."),
		"POINT", pick(vietnamese, ",", "."),
		"LIST", pick(vietnamese, ";", ","),
	)
	for _, p := range []struct{ name, text string }{
		{"styles", stylesPart}, {"settings", settingsPart}, {"numbering", numberingPart},
	} {
		b.parts = append(b.parts, part{"word/" + p.name + ".xml", wordType(p.name), []byte(fill.Replace(p.text))})
		b.relate(p.name, p.name+".xml")
	}
}

// properties adds the description of the file.
func (b *builder) properties() {
	doc := etree.NewDocument()
	doc.CreateProcInst("xml", `version="1.0" encoding="UTF-8" standalone="yes"`)
	core := doc.CreateElement("cp:coreProperties")
	core.CreateAttr("xmlns:cp", "http://schemas.openxmlformats.org/package/2006/metadata/core-properties")
	core.CreateAttr("xmlns:dc", "http://purl.org/dc/elements/1.1/")
	core.CreateAttr("xmlns:dcterms", "http://purl.org/dc/terms/")
	core.CreateAttr("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
	made := b.doc.AsOf.UTC().Format(time.RFC3339)
	add(core, "dc:title").SetText(document.Clean(b.doc.Title))
	add(core, "dc:creator").SetText("Khuê")
	add(core, "dc:language").SetText(b.lang)
	add(core, "dcterms:created", "xsi:type", "dcterms:W3CDTF").SetText(made)
	add(core, "dcterms:modified", "xsi:type", "dcterms:W3CDTF").SetText(made)
	data, err := doc.WriteToBytes()
	if err != nil {
		panic(err) // writing to memory
	}
	b.parts = append(b.parts, part{"docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml", data})
}

// fixedTime stands in every entry, so that equal documents are equal bytes.
var fixedTime = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

// pack writes all parts in a fixed order.
func (b *builder) pack(w io.Writer) error {
	sort.Slice(b.parts, func(i, j int) bool { return b.parts[i].name < b.parts[j].name })
	top := []relation{
		{id: "rId1", kind: relations + "officeDocument", target: "word/document.xml"},
		{id: "rId2", kind: "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties", target: "docProps/core.xml"},
	}
	if b.doc.Mark != "" {
		top = append(top, relation{id: "rId3", kind: relations + "custom-properties", target: markPart})
	}
	all := append([]part{
		{name: "[Content_Types].xml", data: b.contentTypes()},
		{name: "_rels/.rels", data: relationships(top)},
		{name: "word/_rels/document.xml.rels", data: relationships(b.relations)},
	}, b.parts...)
	out := zip.NewWriter(w)
	for _, p := range all {
		entry, err := out.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate, Modified: fixedTime})
		if err != nil {
			return fmt.Errorf("packing %s: %w", p.name, err)
		}
		if _, err := entry.Write(p.data); err != nil {
			return fmt.Errorf("packing %s: %w", p.name, err)
		}
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("packing the text document: %w", err)
	}
	return nil
}

func (b *builder) contentTypes() []byte {
	doc := etree.NewDocument()
	doc.CreateProcInst("xml", `version="1.0" encoding="UTF-8" standalone="yes"`)
	types := doc.CreateElement("Types")
	types.CreateAttr("xmlns", "http://schemas.openxmlformats.org/package/2006/content-types")
	for _, d := range [][2]string{
		{"rels", "application/vnd.openxmlformats-package.relationships+xml"},
		{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		{"xml", "application/xml"},
	} {
		add(types, "Default", "Extension", d[0], "ContentType", d[1])
	}
	for _, p := range b.parts {
		if p.contentType != "" {
			add(types, "Override", "PartName", "/"+p.name, "ContentType", p.contentType)
		}
	}
	return mustBytes(doc)
}

func relationships(list []relation) []byte {
	doc := etree.NewDocument()
	doc.CreateProcInst("xml", `version="1.0" encoding="UTF-8" standalone="yes"`)
	all := doc.CreateElement("Relationships")
	all.CreateAttr("xmlns", "http://schemas.openxmlformats.org/package/2006/relationships")
	for _, r := range list {
		e := add(all, "Relationship", "Id", r.id, "Type", r.kind, "Target", r.target)
		if r.outside {
			e.CreateAttr("TargetMode", "External")
		}
	}
	return mustBytes(doc)
}

func mustBytes(doc *etree.Document) []byte {
	data, err := doc.WriteToBytes()
	if err != nil {
		panic(err) // writing to memory
	}
	return data
}
