package definitionfile

import (
	"slices"
	"strings"

	"khue"
	"khue/locale"
)

// mostNamed keeps a message readable when many names are known.
const mostNamed = 12

// Suggestion names the known words nearest to a name, or what is known at all.
func Suggestion(name string, known []string) khue.Text {
	if near := nearest(name, known); len(near) > 0 {
		return khue.Text{
			VI: "có phải ý bạn là " + strings.Join(near, ", ") + "?",
			EN: "did you mean " + strings.Join(near, ", ") + "?",
		}
	}
	list := strings.Join(known[:min(len(known), mostNamed)], ", ")
	if len(known) > mostNamed {
		list += ", …"
	}
	return khue.Text{VI: "hiện có: " + list, EN: "known are " + list}
}

// nearest gives up to three known words that a person may have meant.
func nearest(name string, known []string) []string {
	type candidate struct {
		word     string
		distance int
	}
	asked := locale.Fold(name)
	var found []candidate
	for _, word := range known {
		w := locale.Fold(word)
		d := editDistance(asked, w)
		if d > max(1, len(w)/3) && (len(asked) < 3 || !strings.Contains(w, asked)) {
			continue
		}
		found = append(found, candidate{word, d})
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.distance - b.distance })
	var out []string
	for _, c := range found[:min(3, len(found))] {
		out = append(out, c.word)
	}
	return out
}

// editDistance counts the letters to insert, drop or replace to make b of a.
func editDistance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		before := row[0]
		row[0] = i + 1
		for j := range y {
			replace := before
			if x[i] != y[j] {
				replace++
			}
			before = row[j+1]
			row[j+1] = min(replace, row[j]+1, before+1)
		}
	}
	return row[len(y)]
}
