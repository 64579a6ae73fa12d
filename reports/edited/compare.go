package edited

import (
	"strings"
	"time"

	"github.com/sergi/go-diff/diffmatchpatch"

	"khue/state"
)

// Op is what became of a piece of text.
type Op string

// The operations.
const (
	Same  Op = "same"
	Gone  Op = "gone"
	Added Op = "added"
)

// Piece is a run of words of a line.
type Piece struct {
	Op   Op     `json:"op"`
	Text string `json:"text"`
}

// Change is a line that people changed, took out or put in.
type Change struct {
	Place
	Was    string  `json:"was"` // "" of a line that was put in
	Is     string  `json:"is"`  // "" of a line that was taken out
	Pieces []Piece `json:"pieces"`
	Moved  bool    `json:"moved,omitempty"` // the line stands elsewhere as it was
}

// Number is one that does not stand as it was printed.
type Number struct {
	Place
	Was string `json:"was"` // "" when people put it in
	Is  string `json:"is"`  // "" when it is gone
}

// Comparison is what people changed in a file.
type Comparison struct {
	Changes  []Change `json:"changes"`
	Numbers  []Number `json:"numbers"`
	Lines    int      `json:"lines"`    // that were compared: of the file as it was made
	Pictures int      `json:"pictures"` // more (or fewer, below 0) than it had
}

// Report is what people changed in one file of a report.
type Report struct {
	Language string
	File     state.ReportFile // as it was handed back
	Made     string           // name of the file as it was made
	Comparison
}

// Compare tells what people changed, line by line.
func Compare(was, is File) Comparison {
	c := Comparison{Changes: []Change{}, Numbers: []Number{}, Lines: len(was.lines), Pictures: is.pictures - was.pictures}
	at, to := 0, 0
	for _, run := range difference(texts(was.lines), texts(is.lines)) {
		switch run.op {
		case Same:
			at, to = at+len(run.was), to+len(run.is)
		default:
			c.hunk(was.lines[at:at+len(run.was)], is.lines[to:to+len(run.is)])
			at, to = at+len(run.was), to+len(run.is)
		}
	}
	c.findMoved()
	for _, one := range c.Changes {
		if !one.Moved {
			c.Numbers = append(c.Numbers, numbersOf(one)...)
		}
	}
	return c
}

func texts(lines []Line) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = l.Text
	}
	return out
}

// hunk tells of lines in the place of others.
func (c *Comparison) hunk(was, is []Line) {
	for _, pair := range match(was, is) {
		switch {
		case pair.is == nil:
			c.Changes = append(c.Changes, Change{Place: pair.was.Place, Was: pair.was.Text, Pieces: []Piece{{Gone, pair.was.Text}}})
		case pair.was == nil:
			c.Changes = append(c.Changes, Change{Place: pair.is.Place, Is: pair.is.Text, Pieces: []Piece{{Added, pair.is.Text}}})
		default:
			c.Changes = append(c.Changes, Change{Place: pair.was.Place, Was: pair.was.Text, Is: pair.is.Text, Pieces: pieces(pair.was.Text, pair.is.Text)})
		}
	}
}

// findMoved marks lines that were taken out at one place and put in at another.
func (c *Comparison) findMoved() {
	in := map[string][]int{}
	for i, one := range c.Changes {
		if one.Was == "" {
			in[one.Is] = append(in[one.Is], i)
		}
	}
	for i, one := range c.Changes {
		if there := in[one.Was]; one.Is == "" && len(there) > 0 {
			c.Changes[i].Moved, c.Changes[there[0]].Moved = true, true
			in[one.Was] = there[1:]
		}
	}
}

type pair struct{ was, is *Line }

// alignable bounds the pairs of lines that are weighed against each other.
const alignable = 40_000

// match finds which line became which: as many as there were stand for each other in
// their order; else those stand for each other that share most words.
func match(was, is []Line) []pair {
	var out []pair
	if len(was) == len(is) || len(was)*len(is) > alignable {
		for i := range max(len(was), len(is)) {
			var p pair
			if i < len(was) {
				p.was = &was[i]
			}
			if i < len(is) {
				p.is = &is[i]
			}
			out = append(out, p)
		}
		return out
	}
	best := weigh(was, is)
	for i, j := 0, 0; i < len(was) || j < len(is); {
		switch {
		case i < len(was) && j < len(is) && alike(was[i], is[j]) > 0 && best[i][j] == alike(was[i], is[j])+best[i+1][j+1]:
			out = append(out, pair{&was[i], &is[j]})
			i, j = i+1, j+1
		case i < len(was) && best[i][j] == best[i+1][j]:
			out = append(out, pair{was: &was[i]})
			i++
		default:
			out = append(out, pair{is: &is[j]})
			j++
		}
	}
	return out
}

// weigh gives the most likeness that the lines from i and j on can have.
func weigh(was, is []Line) [][]int {
	best := make([][]int, len(was)+1)
	for i := range best {
		best[i] = make([]int, len(is)+1)
	}
	for i := len(was) - 1; i >= 0; i-- {
		for j := len(is) - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1], alike(was[i], is[j])+best[i+1][j+1])
		}
	}
	return best
}

// alike is how much of two lines is the same, in percent; 0 below a third.
func alike(a, b Line) int {
	if a.Row != "" && a.Row == b.Row && a.Column == b.Column {
		return 100 // the same cell
	}
	count := map[string]int{}
	words := strings.Fields(a.Text)
	for _, w := range words {
		count[w]++
	}
	shared, others := 0, strings.Fields(b.Text)
	for _, w := range others {
		if count[w] > 0 {
			count[w]--
			shared++
		}
	}
	likeness := 200 * shared / max(len(words)+len(others), 1)
	if likeness < 34 {
		return 0
	}
	return likeness
}

// run is a stretch of two lists of texts that is the same, or stands in the place of another.
type run struct {
	op      Op // Same, or Gone for what differs
	was, is []string
}

// patience is how long the shortest difference is sought; after that a longer one is told.
const patience = 3 * time.Second

// difference compares two lists of texts. The library compares letters: each text is
// given one.
func difference(was, is []string) []run {
	letters, texts := map[string]rune{}, map[rune]string{}
	next := rune(1)
	write := func(list []string) []rune {
		out := make([]rune, len(list))
		for i, s := range list {
			r, known := letters[s]
			if !known {
				if next == 0xD800 { // no letters: halves of others
					next = 0xE000
				}
				r, next = next, next+1
				letters[s], texts[r] = r, s
			}
			out[i] = r
		}
		return out
	}
	read := func(s string) []string {
		var out []string
		for _, r := range s {
			out = append(out, texts[r])
		}
		return out
	}
	a, b := write(was), write(is)
	differ := diffmatchpatch.New()
	differ.DiffTimeout = patience
	var out []run
	for _, d := range differ.DiffMainRunes(a, b, false) {
		list := read(d.Text)
		if d.Type == diffmatchpatch.DiffEqual {
			out = append(out, run{Same, list, list})
			continue
		}
		if n := len(out); n == 0 || out[n-1].op == Same {
			out = append(out, run{op: Gone})
		}
		last := &out[len(out)-1]
		if d.Type == diffmatchpatch.DiffDelete {
			last.was = append(last.was, list...)
		} else {
			last.is = append(last.is, list...)
		}
	}
	return out
}
