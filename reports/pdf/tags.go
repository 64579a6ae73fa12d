package pdf

import (
	"github.com/carlos7ags/folio/core"
)

// node is a part of the document's structure, for those who hear it read. Nodes
// hang themselves on their parents in the order in which they are first drawn,
// which is the order of reading.
type node struct {
	tag      string
	parent   *node
	alt      string
	scope    string // of a head cell: what it is the head of
	numbered bool   // a list of numbers
	kids     []kid
	hung     bool
	box      [4]float64 // where a figure stands on its page, when not zero
	ref      *core.PdfIndirectReference
}

// kid is a node, a marked content of a page, or a link on it.
type kid struct {
	node     *node
	page, id int
	link     *core.PdfIndirectReference
}

func (n *node) child(tag string) *node { return &node{tag: tag, parent: n} }

func (n *node) hang() {
	if n.hung || n.parent == nil {
		return
	}
	n.hung = true
	n.parent.hang()
	n.parent.kids = append(n.parent.kids, kid{node: n})
}

func (n *node) content(page, id int) {
	n.hang()
	n.kids = append(n.kids, kid{page: page, id: id})
}

// roles says what a name that is not a standard one stands for.
var roles = map[string]string{"Title": "H1"}

// reserve gives every node its place in the file.
func (n *node) reserve(add func(core.PdfObject) *core.PdfIndirectReference, dicts map[*node]*core.PdfDictionary) {
	dicts[n] = core.NewPdfDictionary()
	n.ref = add(dicts[n])
	for _, k := range n.kids {
		if k.node != nil {
			k.node.reserve(add, dicts)
		}
	}
}

// write fills what was reserved.
func (n *node) write(parent *core.PdfIndirectReference, pages []*core.PdfIndirectReference, dicts map[*node]*core.PdfDictionary) {
	d := dicts[n]
	d.Set("Type", core.NewPdfName("StructElem"))
	d.Set("S", core.NewPdfName(n.tag))
	d.Set("P", parent)
	if n.alt != "" {
		d.Set("Alt", core.NewPdfTextString(clean(n.alt)))
	}
	if n.scope != "" {
		a := core.NewPdfDictionary()
		a.Set("O", core.NewPdfName("Table"))
		a.Set("Scope", core.NewPdfName(n.scope))
		d.Set("A", a)
	}
	if n.box != [4]float64{} {
		a := core.NewPdfDictionary()
		a.Set("O", core.NewPdfName("Layout"))
		a.Set("BBox", numbers(n.box[:]...))
		d.Set("A", a)
	}
	if n.tag == "L" {
		a := core.NewPdfDictionary()
		a.Set("O", core.NewPdfName("List"))
		a.Set("ListNumbering", core.NewPdfName(map[bool]string{true: "Decimal", false: "Disc"}[n.numbered]))
		d.Set("A", a)
	}
	kids := core.NewPdfArray()
	home := -1 // the page that plain numbers refer to
	for _, k := range n.kids {
		switch {
		case k.node != nil:
			kids.Add(k.node.ref)
			k.node.write(n.ref, pages, dicts)
		case k.link != nil:
			o := core.NewPdfDictionary()
			o.Set("Type", core.NewPdfName("OBJR"))
			o.Set("Obj", k.link)
			o.Set("Pg", pages[k.page])
			kids.Add(o)
		case home < 0 || home == k.page:
			home = k.page
			kids.Add(core.NewPdfInteger(k.id))
		default:
			m := core.NewPdfDictionary()
			m.Set("Type", core.NewPdfName("MCR"))
			m.Set("Pg", pages[k.page])
			m.Set("MCID", core.NewPdfInteger(k.id))
			kids.Add(m)
		}
	}
	if home >= 0 {
		d.Set("Pg", pages[home])
	}
	d.Set("K", kids)
}

func numbers(values ...float64) *core.PdfArray {
	a := core.NewPdfArray()
	for _, v := range values {
		a.Add(core.NewPdfReal(round(v)))
	}
	return a
}
