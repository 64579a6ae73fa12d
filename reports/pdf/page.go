package pdf

import (
	"math"

	"github.com/carlos7ags/folio/content"

	"khue/reports/document"
)

// mm is a millimetre in points.
const mm = 72 / 25.4

// sheet is a page's measures in points: A4 with the margins of Decree
// 30/2020/NĐ-CP, appendix I (top and bottom 20–25 mm, left 30–35, right 15–20).
type sheet struct {
	width, height            float64
	top, bottom, left, right float64 // margins
}

var (
	upright = sheet{210 * mm, 297 * mm, 20 * mm, 20 * mm, 30 * mm, 15 * mm}
	// lying is for tables that are wider than an upright page holds; the side
	// that is bound is then the top one.
	lying = sheet{297 * mm, 210 * mm, 30 * mm, 15 * mm, 20 * mm, 20 * mm}
)

const (
	numberAt = 10 * mm // from the upper edge to the top of the page number
	noticeAt = 9 * mm  // from the lower edge to the foot of the notice
)

func (s sheet) textWidth() float64  { return s.width - s.left - s.right }
func (s sheet) textHeight() float64 { return s.height - s.top - s.bottom }

// ink is a colour, its parts from 0 to 255.
type ink struct{ r, g, b uint8 }

var (
	black   = ink{}
	linkInk = ink{0x2c, 0x4a, 0x7c}
	quiet   = ink{0x40, 0x3c, 0x38}
	lacquer = ink{0x9b, 0x2c, 0x2c}
	rule    = ink{0x8c, 0x85, 0x7a}
	headInk = ink{0xf1, 0xec, 0xe2}
	sumInk  = ink{0xf8, 0xf5, 0xee}
	codeInk = ink{0xf6, 0xf3, 0xec}
	warnInk = ink{0xfb, 0xf5, 0xe6}
	warnBar = ink{0xb7, 0x79, 0x1f}
)

// page is a page being drawn. Heights are measured from its upper edge down.
type page struct {
	sheet
	index  int
	number int
	stream *content.Stream
	owners []*node // of the page's marked contents, by their number
	links  []link
	faces  *[cuts]*face
}

// link is a place on a page that leads to another.
type link struct {
	left, top, right, bottom float64
	target                   *mark  // in this document; nil leads out of it
	address                  string // on the web
	node                     *node
}

// says is where the link leads, in words.
func (l link) says() string {
	if l.target == nil {
		return l.address
	}
	return l.target.text
}

func round(v float64) float64 { return math.Round(v*100) / 100 }

// up turns a height from the upper edge into the file's, from the lower edge.
func (p *page) up(y float64) float64 { return round(p.height - y) }

// tagged draws what belongs to a node of the document's structure.
func (p *page) tagged(n *node, draw func()) {
	id := len(p.owners)
	p.owners = append(p.owners, n)
	n.content(p.index, id)
	p.stream.BeginMarkedContentWithID(n.tag, id)
	draw()
	p.stream.EndMarkedContent()
}

// artifact draws what is no part of the text: rules, grounds, repeated heads.
func (p *page) artifact(draw func()) {
	p.stream.BeginMarkedContent("Artifact")
	draw()
	p.stream.EndMarkedContent()
}

func (p *page) fill(c ink) {
	p.stream.SetFillColorRGB(channel(c.r), channel(c.g), channel(c.b))
}

func channel(v uint8) float64 { return math.Round(float64(v)/255*1000) / 1000 }

// ground fills a rectangle.
func (p *page) ground(left, top, right, bottom float64, c ink) {
	p.fill(c)
	p.stream.Rectangle(round(left), p.up(bottom), round(right-left), round(bottom-top))
	p.stream.Fill()
}

// stroke draws a straight line.
func (p *page) stroke(x1, y1, x2, y2, thick float64, c ink) {
	p.stream.SetStrokeColorRGB(channel(c.r), channel(c.g), channel(c.b))
	p.stream.SetLineWidth(thick)
	p.stream.MoveTo(round(x1), p.up(y1))
	p.stream.LineTo(round(x2), p.up(y2))
	p.stream.Stroke()
}

// alignment of a line in its place.
type alignment int

const (
	toLeft alignment = iota
	toRight
	centred
	justified
)

// put draws a line whose upper edge is at top, in a place from left of a width.
// Each piece is drawn as its own node, or as the one given.
func (p *page) put(l line, owner *node, left, top, width, height float64, a alignment) {
	if len(l.letters) == 0 {
		return
	}
	x, stretch := left, 0.0
	switch {
	case a == toRight:
		x = left + width - l.width
	case a == centred:
		x = left + (width-l.width)/2
	case a == justified && !l.last && l.blanks > 0:
		stretch = (width - l.width) / float64(l.blanks)
	}
	size := 0.0
	for _, c := range l.letters {
		if c.piece.look.rise == 0 {
			size = math.Max(size, c.piece.look.size)
		}
	}
	f := p.faces[regular]
	base := top + (height-(f.ascent()+f.descent())*size)/2 + f.ascent()*size
	for start := 0; start < len(l.letters); {
		end := start
		for end < len(l.letters) && l.letters[end].piece == l.letters[start].piece {
			end++
		}
		run := l.letters[start:end]
		n := run[0].piece.node
		if n == nil {
			n = owner
		}
		from := x
		if n == nil {
			x += p.run(run, x, base, stretch)
		} else {
			p.tagged(n, func() { x += p.run(run, x, base, stretch) })
		}
		if address := run[0].piece.link; address != "" {
			p.artifact(func() { p.stroke(from, base+1.5, x, base+1.5, 0.5, linkInk) })
			p.links = append(p.links, link{left: from, top: top, right: x, bottom: top + height, address: address, node: n})
		}
		start = end
	}
}

// run draws letters of one look and says how far they reached.
func (p *page) run(run []letter, x, base, stretch float64) float64 {
	k := run[0].piece.look
	f := p.faces[k.cut]
	reach := 0.0
	var elements []content.TextArrayElement
	var text []rune
	flush := func() {
		if len(text) > 0 {
			elements = append(elements, content.TextArrayElement{HexData: f.embedded.EncodeString(string(text))})
			text = nil
		}
	}
	for _, c := range run {
		sign := c.sign
		switch sign {
		case '\n', '\u00A0': // a break is a blank to those who copy or hear the text
			sign = ' '
		}
		text = append(text, sign)
		reach += c.width
		if stretch != 0 && blank(c.sign) {
			flush()
			elements = append(elements, content.TextArrayElement{IsAdjustment: true, Adjustment: round(-stretch / k.size * 1000)})
			reach += stretch
		}
	}
	flush()
	if len(elements) == 0 {
		return reach
	}
	p.fill(k.ink)
	p.stream.BeginText()
	p.stream.SetFont(f.name, k.size)
	p.stream.SetTextMatrix(1, 0, 0, 1, round(x), p.up(base-k.rise))
	p.stream.ShowTextArrayHex(elements)
	p.stream.EndText()
	return reach
}

// paragraph draws lines one under another.
func (p *page) paragraph(lines []line, owner *node, left, top, width, height float64, a alignment) {
	for i, l := range lines {
		p.put(l, owner, left, top+float64(i)*height, width, height, a)
	}
}

// mark is a place that others lead to, such as a heading.
type mark struct {
	level int
	text  string
	quiet bool // a bookmark leads here, the list of contents does not
	page  int  // from 1; 0 before pages are known
	top   float64
}

func clean(s string) string { return document.Clean(s) }
