package edited

import (
	"regexp"
	"strings"
)

// token is a number with its separators, a blank, or a word without either. A number
// that begins within a word (E1, Q3) is of the word.
var token = regexp.MustCompile(`[\p{L}_]+[\p{L}\d_]*|[+\-−–]?\d+(?:[.,]\d+)*%?|\s+|.`)

var number = regexp.MustCompile(`^[+\-−–]?\d`)

// pieces tells word by word how a line became another.
func pieces(was, is string) []Piece {
	var out []Piece
	add := func(op Op, words []string) {
		if text := strings.Join(words, ""); text != "" {
			out = append(out, Piece{op, text})
		}
	}
	for _, r := range difference(token.FindAllString(was, -1), token.FindAllString(is, -1)) {
		if r.op == Same {
			add(Same, r.was)
			continue
		}
		add(Gone, r.was)
		add(Added, r.is)
	}
	return out
}

// numbersOf finds the numbers of a changed line that do not stand as they were: each
// beside the one that stands in its place.
func numbersOf(c Change) []Number {
	var out []Number
	var gone, added []string
	settle := func() {
		for i := range max(len(gone), len(added)) {
			n := Number{Place: c.Place}
			if i < len(gone) {
				n.Was = gone[i]
			}
			if i < len(added) {
				n.Is = added[i]
			}
			if n.Was != n.Is {
				out = append(out, n)
			}
		}
		gone, added = nil, nil
	}
	for _, p := range c.Pieces {
		switch p.Op {
		case Gone:
			gone = append(gone, numbersIn(p.Text)...)
		case Added:
			added = append(added, numbersIn(p.Text)...)
		default:
			if strings.TrimSpace(p.Text) != "" {
				settle()
			}
		}
	}
	settle()
	return out
}

func numbersIn(s string) []string {
	var out []string
	for _, t := range token.FindAllString(s, -1) {
		if number.MatchString(t) {
			out = append(out, t)
		}
	}
	return out
}
