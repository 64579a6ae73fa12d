package pdf

// box is what a page break cannot go through: a line of text, a row of a table,
// a chart.
type box struct {
	above  float64 // room above, left out at the top of a page
	height float64
	draw   func(p *page, top float64)
	notes  []*footnote
	keep   bool    // on one page with the box that follows, where one page can hold them
	head   *box    // drawn again above the box when it opens a page
	marks  []*mark // places that others lead to
	turn   *sheet  // opens a page of these measures, unless an empty one is open
}

// footnote is a note at the foot of the page that its mark is on.
type footnote struct {
	number int
	lines  []line
	node   *node
}

const (
	noteSize  = 10.0
	noteAbove = 8.0 // between the text and its notes, with the rule between
	noteRule  = 50 * mm
)

func (f *footnote) height() float64 { return float64(len(f.lines)) * leading(noteSize) }

// leaf is a page as the flow fills it.
type leaf struct {
	sheet
	boxes []placed
	heads []placed    // drawn again here
	notes []*footnote // those that stand here, or their parts
	used  float64     // by boxes
}

type placed struct {
	box *box
	top float64 // from the upper edge
}

func (l *leaf) empty() bool { return len(l.boxes) == 0 }

// notesHeight is what notes take at the foot of a page.
func notesHeight(notes []*footnote) float64 {
	if len(notes) == 0 {
		return 0
	}
	sum := noteAbove
	for _, n := range notes {
		sum += n.height()
	}
	return sum
}

// flow lays boxes on pages.
type flow struct {
	leaves []*leaf
	carry  []*footnote // parts of notes that the last page had no room for
}

func (f *flow) last() *leaf { return f.leaves[len(f.leaves)-1] }

func (f *flow) open(s sheet) {
	l := &leaf{sheet: s, notes: f.carry}
	f.carry = nil
	f.leaves = append(f.leaves, l)
}

// lay lays all boxes, first on a page of the sheet.
func (f *flow) lay(boxes []*box, s sheet) {
	f.open(s)
	for len(boxes) > 0 && boxes[len(boxes)-1].turn != nil { // nothing follows it
		boxes = boxes[:len(boxes)-1]
	}
	for start := 0; start < len(boxes); {
		if t := boxes[start].turn; t != nil {
			f.turn(*t)
			start++
			continue
		}
		end := start
		for end < len(boxes)-1 && boxes[end].keep && boxes[end+1].turn == nil {
			end++
		}
		f.group(boxes[start : end+1])
		start = end + 1
	}
	for len(f.carry) > 0 {
		f.open(f.last().sheet)
		f.fitNotes(nil)
	}
}

// turn goes on with pages of other measures, or with a new page of the same.
func (f *flow) turn(s sheet) {
	l := f.last()
	if l.empty() && len(l.notes) == 0 {
		l.sheet = s
		return
	}
	if l.empty() {
		f.fitNotes(nil)
	}
	f.open(s)
}

// group lays boxes that belong together on one page, or one by one where no
// page can hold them.
func (f *flow) group(boxes []*box) {
	if f.fits(boxes) {
		f.place(boxes)
		return
	}
	if !f.last().empty() {
		f.open(f.last().sheet)
	}
	if f.fits(boxes) {
		f.place(boxes)
		return
	}
	for _, b := range boxes {
		if !f.fits([]*box{b}) && !f.last().empty() {
			f.open(f.last().sheet)
		}
		f.place([]*box{b})
	}
}

// fits tells whether boxes have room on the last page, with their notes.
func (f *flow) fits(boxes []*box) bool {
	l := f.last()
	height := l.used
	notes := append([]*footnote(nil), l.notes...)
	for i, b := range boxes {
		if !l.empty() || i > 0 {
			height += b.above
		} else if b.head != nil {
			height += b.head.height
		}
		height += b.height
		notes = append(notes, b.notes...)
	}
	const slack = 0.01
	return height+notesHeight(notes) <= l.textHeight()+slack
}

// place puts boxes on the last page.
func (f *flow) place(boxes []*box) {
	l := f.last()
	for _, b := range boxes {
		if !l.empty() {
			l.used += b.above
		} else if b.head != nil {
			l.heads = append(l.heads, placed{b.head, l.top + l.used})
			l.used += b.head.height
		}
		l.boxes = append(l.boxes, placed{b, l.top + l.used})
		for _, m := range b.marks {
			m.page, m.top = len(f.leaves), l.top+l.used
		}
		l.used += b.height
		f.fitNotes(b.notes)
	}
}

// fitNotes puts notes at the foot of the last page; lines of theirs that have no
// room go on at the foot of the next one.
func (f *flow) fitNotes(notes []*footnote) {
	l := f.last()
	all := append(l.notes, notes...)
	l.notes = nil
	room := l.textHeight() - l.used - noteAbove
	for i, n := range all {
		whole := int((room + 0.01) / leading(noteSize))
		if whole >= len(n.lines) {
			l.notes = append(l.notes, n)
			room -= n.height()
			continue
		}
		whole = max(whole, 0)
		if whole > 0 {
			l.notes = append(l.notes, &footnote{n.number, n.lines[:whole], n.node})
		}
		f.carry = append(f.carry, &footnote{n.number, n.lines[whole:], n.node})
		f.carry = append(f.carry, all[i+1:]...)
		return
	}
}
