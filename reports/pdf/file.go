package pdf

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/carlos7ags/folio/content"
	"github.com/carlos7ags/folio/core"
	pdffile "github.com/carlos7ags/folio/document"

	"khue"
)

// pages draws every page: its boxes, its notes, its number and its notice.
func (b *builder) pages(leaves []*leaf) []*page {
	out := make([]*page, len(leaves))
	for i, l := range leaves {
		p := &page{sheet: l.sheet, index: i, number: i + 1, stream: content.NewStream(), faces: &b.faces}
		for _, h := range l.heads {
			h.box.draw(p, h.top)
		}
		for _, x := range l.boxes {
			if x.box.draw != nil {
				x.box.draw(p, x.top)
			}
		}
		b.footnotes(p, l.notes)
		b.edges(p)
		out[i] = p
	}
	return out
}

func (b *builder) footnotes(p *page, notes []*footnote) {
	if len(notes) == 0 {
		return
	}
	top := p.height - p.bottom - notesHeight(notes) + noteAbove
	p.artifact(func() { p.stroke(p.left, top-noteAbove/2, p.left+noteRule, top-noteAbove/2, 0.5, black) })
	for _, n := range notes {
		p.paragraph(n.lines, n.node, p.left, top, upright.textWidth(), leading(noteSize), justified)
		top += n.height()
	}
}

// edges draws the page number, from the second page on, and the notice that data
// are simulated.
func (b *builder) edges(p *page) {
	write := func(text string, k look, top float64) {
		lines := b.lines([]piece{{text: text, look: k}}, p.textWidth(), 0)
		height := leading(k.size)
		if top > p.height/2 { // at the foot, lines grow upwards
			top -= float64(len(lines)) * height
		}
		p.artifact(func() {
			for i, l := range lines {
				p.put(l, nil, p.left, top+float64(i)*height, p.textWidth(), height, centred)
			}
		})
	}
	if p.number > 1 {
		write(strconv.Itoa(p.number), look{size: 13}, numberAt)
	}
	if b.doc.Simulated != "" {
		write(b.doc.Simulated, look{cut: bold, size: 11, ink: lacquer}, p.height-noticeAt)
	}
}

// opacity names the state in which fills and strokes let through what is behind.
func (p *page) opacity(o [2]float64) string {
	return fmt.Sprintf("A%d-%d", int(math.Round(o[0]*100)), int(math.Round(o[1]*100)))
}

// file writes all that was drawn.
func (b *builder) file(w io.Writer, pages []*page) error {
	out := pdffile.NewWriter("1.7")
	catalogue, tree := core.NewPdfDictionary(), core.NewPdfDictionary()
	root, treeRef := out.AddObject(catalogue), out.AddObject(tree)
	resources, err := b.resources(out)
	if err != nil {
		return err
	}
	resourcesRef := out.AddObject(resources)

	dicts := make([]*core.PdfDictionary, len(pages))
	refs := make([]*core.PdfIndirectReference, len(pages))
	kids := core.NewPdfArray()
	for i := range pages {
		dicts[i] = core.NewPdfDictionary()
		refs[i] = out.AddObject(dicts[i])
		kids.Add(refs[i])
	}
	links := b.links(out, pages, refs)
	for i, p := range pages {
		d := dicts[i]
		d.Set("Type", core.NewPdfName("Page"))
		d.Set("Parent", treeRef)
		d.Set("MediaBox", numbers(0, 0, p.width, p.height))
		d.Set("Resources", resourcesRef)
		d.Set("Contents", out.AddObject(core.NewPdfStreamCompressed(p.stream.Bytes())))
		d.Set("StructParents", core.NewPdfInteger(i))
		d.Set("Tabs", core.NewPdfName("S"))
		if len(links[i]) > 0 {
			a := core.NewPdfArray()
			for _, l := range links[i] {
				a.Add(l.ref)
			}
			d.Set("Annots", a)
		}
	}
	tree.Set("Type", core.NewPdfName("Pages"))
	tree.Set("Kids", kids)
	tree.Set("Count", core.NewPdfInteger(len(pages)))

	b.describe(out, catalogue)
	catalogue.Set("Type", core.NewPdfName("Catalog"))
	catalogue.Set("Pages", treeRef)
	catalogue.Set("StructTreeRoot", b.structure(out, pages, refs, links))
	if len(b.marks) > 0 {
		catalogue.Set("Outlines", b.bookmarks(out, pages, refs))
		catalogue.Set("PageMode", core.NewPdfName("UseOutlines"))
	}
	out.SetRoot(root)
	_, err = out.WriteToWithOptions(w, pdffile.WriteOptions{UseXRefStream: true, UseObjectStreams: true, Deterministic: true})
	return err
}

// describe says what the file is: language, title, and as its moment the one that
// the figures were known at.
func (b *builder) describe(out *pdffile.Writer, catalogue *core.PdfDictionary) {
	lang := map[khue.Lang]string{khue.Vietnamese: "vi-VN", khue.English: "en-GB"}[b.doc.Lang]
	catalogue.Set("Lang", core.NewPdfTextString(lang))
	catalogue.Set("MarkInfo", dictionary("Marked", core.NewPdfBoolean(true)))
	catalogue.Set("ViewerPreferences", dictionary("DisplayDocTitle", core.NewPdfBoolean(true)))
	catalogue.Set("Metadata", out.AddObject(b.metadata(lang)))
	moment := b.doc.AsOf.UTC().Format("D:20060102150405+00'00'")
	out.SetInfo(out.AddObject(dictionary(
		"Title", core.NewPdfTextString(clean(b.doc.Title)), "Creator", core.NewPdfTextString("Khuê"),
		"CreationDate", core.NewPdfLiteralString(moment), "ModDate", core.NewPdfLiteralString(moment),
	)))
}

func dictionary(pairs ...any) *core.PdfDictionary {
	d := core.NewPdfDictionary()
	for i := 0; i < len(pairs); i += 2 {
		d.Set(pairs[i].(string), pairs[i+1].(core.PdfObject))
	}
	return d
}

// resources are the letters used and the states of opacity, the same for all pages.
func (b *builder) resources(out *pdffile.Writer) (*core.PdfDictionary, error) {
	fonts, states := core.NewPdfDictionary(), core.NewPdfDictionary()
	for _, f := range b.faces {
		if len(f.widths) == 0 {
			continue
		}
		ref, err := f.objects(out.AddObject)
		if err != nil {
			return nil, err
		}
		fonts.Set(f.name, ref)
	}
	seen := map[string]bool{}
	var names []string
	values := map[string][2]float64{}
	for _, p := range b.drawings {
		for _, s := range p.shapes {
			name := (*page)(nil).opacity(s.opacity)
			if s.opacity != [2]float64{1, 1} && !seen[name] {
				seen[name], values[name] = true, s.opacity
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	for _, name := range names {
		states.Set(name, dictionary("Type", core.NewPdfName("ExtGState"),
			"ca", core.NewPdfReal(round(values[name][0])), "CA", core.NewPdfReal(round(values[name][1]))))
	}
	return dictionary("Font", fonts, "ExtGState", states), nil
}

// placedLink is a link of a page in the file.
type placedLink struct {
	link
	ref *core.PdfIndirectReference
	key int // in the tree that leads from links to the structure
}

func (b *builder) links(out *pdffile.Writer, pages []*page, refs []*core.PdfIndirectReference) [][]placedLink {
	all, key := make([][]placedLink, len(pages)), len(pages)
	for i, p := range pages {
		for _, l := range p.links {
			d := dictionary("Type", core.NewPdfName("Annot"), "Subtype", core.NewPdfName("Link"),
				"Rect", numbers(l.left, p.up(l.bottom), l.right, p.up(l.top)), "Border", numbers(0, 0, 0), "F", core.NewPdfInteger(4),
				"Contents", core.NewPdfTextString(l.says()), "StructParent", core.NewPdfInteger(key))
			if l.target == nil {
				d.Set("A", dictionary("Type", core.NewPdfName("Action"), "S", core.NewPdfName("URI"), "URI", core.NewPdfLiteralString(l.address)))
			} else {
				d.Set("Dest", destination(l.target, pages, refs))
			}
			all[i] = append(all[i], placedLink{l, out.AddObject(d), key})
			l.node.kids = append(l.node.kids, kid{link: all[i][len(all[i])-1].ref, page: i})
			key++
		}
	}
	return all
}

func destination(m *mark, pages []*page, refs []*core.PdfIndirectReference) *core.PdfArray {
	p := pages[m.page-1]
	return core.NewPdfArray(refs[m.page-1], core.NewPdfName("XYZ"), core.NewPdfNull(), core.NewPdfReal(p.up(math.Max(m.top-6, 0))), core.NewPdfNull())
}

// structure writes the tree of nodes and the way back to it from pages and links.
func (b *builder) structure(out *pdffile.Writer, pages []*page, refs []*core.PdfIndirectReference, links [][]placedLink) *core.PdfIndirectReference {
	top, dicts := core.NewPdfDictionary(), map[*node]*core.PdfDictionary{}
	ref := out.AddObject(top)
	b.root.reserve(out.AddObject, dicts)
	b.root.write(ref, refs, dicts)
	entries := core.NewPdfArray()
	for i, p := range pages {
		owners := core.NewPdfArray()
		for _, n := range p.owners {
			owners.Add(n.ref)
		}
		entries.Add(core.NewPdfInteger(i))
		entries.Add(out.AddObject(owners))
	}
	next := len(pages)
	for _, page := range links {
		for _, l := range page {
			entries.Add(core.NewPdfInteger(l.key))
			entries.Add(l.node.ref)
			next = l.key + 1
		}
	}
	standard := core.NewPdfDictionary()
	for name, stands := range roles {
		standard.Set(name, core.NewPdfName(stands))
	}
	top.Set("Type", core.NewPdfName("StructTreeRoot"))
	top.Set("K", core.NewPdfArray(b.root.ref))
	top.Set("RoleMap", standard)
	top.Set("ParentTree", out.AddObject(dictionary("Nums", entries)))
	top.Set("ParentTreeNextKey", core.NewPdfInteger(next))
	return ref
}

// bookmarks writes headings as the outline: sections under their parts.
func (b *builder) bookmarks(out *pdffile.Writer, pages []*page, refs []*core.PdfIndirectReference) *core.PdfIndirectReference {
	root := dictionary("Type", core.NewPdfName("Outlines"))
	ref := out.AddObject(root)
	type entry struct {
		dict *core.PdfDictionary
		ref  *core.PdfIndirectReference
		kids int
	}
	var part, last *entry // the open part, the last entry of the level being written
	var lastPart *entry
	count := 0
	for _, m := range b.marks {
		e := &entry{dict: dictionary("Title", core.NewPdfTextString(m.text), "Dest", destination(m, pages, refs))}
		e.ref = out.AddObject(e.dict)
		if m.level == 1 || part == nil {
			e.dict.Set("Parent", ref)
			if lastPart == nil {
				root.Set("First", e.ref)
			} else {
				lastPart.dict.Set("Next", e.ref)
				e.dict.Set("Prev", lastPart.ref)
			}
			root.Set("Last", e.ref)
			part, lastPart, last = e, e, nil
			count++
			continue
		}
		e.dict.Set("Parent", part.ref)
		if last == nil {
			part.dict.Set("First", e.ref)
		} else {
			last.dict.Set("Next", e.ref)
			e.dict.Set("Prev", last.ref)
		}
		part.kids++
		part.dict.Set("Last", e.ref)
		part.dict.Set("Count", core.NewPdfInteger(part.kids))
		last = e
		count++
	}
	root.Set("Count", core.NewPdfInteger(count))
	return ref
}

// metadata says title, language and moment again in the way that archives read.
func (b *builder) metadata(lang string) *core.PdfStream {
	var title strings.Builder
	_ = xml.EscapeText(&title, []byte(clean(b.doc.Title))) // into memory
	text := fmt.Sprintf(`<?xpacket begin="%s" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<dc:format>application/pdf</dc:format><dc:language><rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag></dc:language>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title>
<xmp:CreatorTool>Khuê</xmp:CreatorTool><xmp:CreateDate>%[4]s</xmp:CreateDate><xmp:ModifyDate>%[4]s</xmp:ModifyDate>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>`, "\uFEFF", lang, title.String(), b.doc.AsOf.UTC().Format(time.RFC3339))
	s := core.NewPdfStream([]byte(text))
	s.Dict.Set("Type", core.NewPdfName("Metadata"))
	s.Dict.Set("Subtype", core.NewPdfName("XML"))
	return s
}
