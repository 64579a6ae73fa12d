package pdf

import (
	"math"
	"strings"

	"khue/reports/document"
)

// look is how a piece of text is set.
type look struct {
	cut  cut
	size float64 // points
	ink  ink
	rise float64 // points above the line
}

// piece is text of one look. A note hangs on its end. Its node is what it is to
// those who cannot see; nil is the paragraph's own.
type piece struct {
	text string
	look look
	note *footnote
	node *node
	link string // address on the web that it leads to
}

// letter is one sign of a text with its width in points.
type letter struct {
	sign  rune
	width float64
	piece *piece
	note  *footnote // hangs here
}

// line is a line of text: letters from the left, blanks at its end not counted
// in its width.
type line struct {
	letters []letter
	width   float64
	blanks  int  // that can be stretched
	last    bool // of its paragraph, or before a break: never stretched
	notes   []*footnote
}

// blank tells apart what may be stretched and broken at.
func blank(r rune) bool { return r == ' ' }

// printable is the sign that stands for a letter on paper; letters that only
// steer the breaking of lines are not printed.
func printable(r rune) (rune, bool) {
	switch r {
	case '\u00AD', '\u200B', '\u200C', '\u200D', '\u2060', '\uFEFF', '\r':
		return 0, false
	case '\u2009', '\u202F', '\u2007':
		return '\u00A0', true
	case '\u2010', '\u2011':
		return '-', true
	}
	return r, true
}

// letters takes pieces apart, composed as readers type them.
func (b *builder) letters(pieces []piece) []letter {
	var out []letter
	for i := range pieces {
		p := &pieces[i]
		f := b.faces[p.look.cut]
		for _, r := range strings.ReplaceAll(document.Clean(p.text), "\t", "    ") {
			sign, ok := printable(r)
			if !ok {
				continue
			}
			l := letter{sign: sign, piece: p}
			if sign != '\n' {
				l.width = f.width(sign) * p.look.size
			}
			out = append(out, l)
		}
		if p.note != nil && len(out) > 0 {
			out[len(out)-1].note = p.note
		}
	}
	return out
}

// lines breaks pieces into lines of at most so many points; the first may be
// shorter. Lines break at blanks; a word that is longer than a line breaks after
// a sign that joins words, or else anywhere, so that nothing is ever cut.
func (b *builder) lines(pieces []piece, width, indent float64) []line {
	text := b.letters(pieces)
	var out []line
	room := width - indent
	for start := 0; start < len(text); {
		end, hard := fill(text, start, room)
		out = append(out, newLine(text[start:end], hard || end == len(text)))
		start, room = end, width
	}
	return out
}

// fill finds where the line that begins at start ends.
func fill(text []letter, start int, room float64) (end int, hard bool) {
	const slack = 0.01 // of rounding, in points
	used, atBlank, atSign := 0.0, -1, -1
	for i := start; i < len(text); i++ {
		sign := text[i].sign
		if sign == '\n' {
			return i + 1, true
		}
		if blank(sign) {
			used += text[i].width
			atBlank = i + 1
			continue
		}
		if used+text[i].width > room+slack && i > start {
			switch {
			case atBlank > 0:
				return atBlank, false
			case atSign > 0:
				return atSign, false
			}
			return i, false
		}
		used += text[i].width
		if strings.ContainsRune("-/_.,;:)=&–", sign) && i+1 < len(text) && text[i+1].note == nil {
			atSign = i + 1
		}
	}
	return len(text), true
}

func newLine(text []letter, last bool) line {
	l := line{letters: text, last: last}
	end := len(text)
	for end > 0 && (blank(text[end-1].sign) || text[end-1].sign == '\n') {
		end--
	}
	for i, c := range text {
		if i < end {
			l.width += c.width
			if blank(c.sign) {
				l.blanks++
			}
		}
		if c.note != nil {
			l.notes = append(l.notes, c.note)
		}
	}
	return l
}

// words is the widest unbroken part of a text in points: narrower than that, a
// column would have to break a word.
func (b *builder) words(pieces []piece) float64 {
	most, used := 0.0, 0.0
	for _, l := range b.letters(pieces) {
		if blank(l.sign) || l.sign == '\n' {
			used = 0
			continue
		}
		used += l.width
		most = math.Max(most, used)
	}
	return most
}

// leading is the height of a line whose letters are of a size, in points: that
// of Times New Roman at single spacing.
func leading(size float64) float64 { return 1.15 * size }
