package document

import (
	"fmt"
	"strings"

	"khue"
	"khue/locale"
)

// table compares two states of a table, or tells of one that only one side has.
func (w *revisionWriter) table(section string, was, is *readBlock) {
	if was == nil || is == nil {
		c := Revision{Section: section}
		if was != nil {
			c.Table, c.Was = was.Title, w.sizeOf(*was)
		} else {
			c.Table, c.Is = is.Title, w.sizeOf(*is)
		}
		w.say(c)
		w.wholeRows(c, was, is)
		return
	}
	at := Revision{Section: section, Table: is.Title}
	for _, one := range []struct{ vi, en, was, is string }{
		{"Tên bảng", "Title", was.Title, is.Title}, {"Đơn vị", "Unit", was.Unit, is.Unit}, {"Nguồn", "Source", was.Source, is.Source},
	} {
		c := at
		c.Row, c.Was, c.Is = w.words(one.vi, one.en), one.was, one.is
		w.say(c)
	}
	columns := paired(numbered(*was), numbered(*is), func(n columnAt) string { return n.title })
	for _, row := range paired(rowsOf(*was, w.lang), rowsOf(*is, w.lang), func(r rowAt) string { return r.name }) {
		w.row(at, row, columns)
	}
}

// wholeRows tells the rows of a table that only one side has.
func (w *revisionWriter) wholeRows(at Revision, was, is *readBlock) {
	if was != nil {
		for _, r := range rowsOf(*was, w.lang) {
			at.Row, at.Was, at.Is = r.name, r.line(w.lang), ""
			w.say(at)
		}
		return
	}
	for _, r := range rowsOf(*is, w.lang) {
		at.Row, at.Was, at.Is = r.name, "", r.line(w.lang)
		w.say(at)
	}
}

func (w *revisionWriter) row(at Revision, row pair[rowAt], columns []pair[columnAt]) {
	switch {
	case row.was == nil:
		at.Row, at.Is = row.is.name, row.is.line(w.lang)
		w.say(at)
		return
	case row.is == nil:
		at.Row, at.Was = row.was.name, row.was.line(w.lang)
		w.say(at)
		return
	}
	at.Row = row.is.name
	for _, column := range columns {
		c := at
		var before, after *Cell
		if column.was != nil {
			c.Column, before = column.was.title, row.was.at(column.was.number)
		}
		if column.is != nil {
			c.Column, after = column.is.title, row.is.at(column.is.number)
		}
		if before != nil {
			c.Was = before.Text(w.lang)
		}
		if after != nil {
			c.Is = after.Text(w.lang)
		}
		if before != nil && after != nil {
			c.By = differenceOf(w.lang, *before, *after)
		}
		w.say(c)
	}
}

// differenceOf is how much a number has changed; "" where there are not two.
func differenceOf(lang khue.Lang, was, is Cell) string {
	if was.Kind != is.Kind {
		return ""
	}
	switch is.Kind {
	case Number:
		return locale.SignedNumber(lang, is.Number-was.Number, max(was.Decimals, is.Decimals))
	case Percent:
		return locale.SignedNumber(lang, 100*(is.Number-was.Number), max(was.Decimals, is.Decimals)) +
			khue.Text{VI: " điểm phần trăm", EN: " percentage points"}.In(lang)
	}
	return ""
}

func (w *revisionWriter) sizeOf(t readBlock) string {
	return fmt.Sprintf(w.words("bảng có %d dòng, %d cột", "a table of %d rows and %d columns"), len(t.Rows), len(t.Columns))
}

// columnAt is a column with its place.
type columnAt struct {
	title  string
	number int
}

func numbered(t readBlock) []columnAt {
	out := make([]columnAt, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = columnAt{c.Title, i}
	}
	return out
}

// rowAt is a row by the name that readers find it by.
type rowAt struct {
	name  string
	cells []Cell
}

func rowsOf(t readBlock, lang khue.Lang) []rowAt {
	out := make([]rowAt, len(t.Rows))
	for i, r := range t.Rows {
		for _, c := range r.Cells {
			out[i].cells = append(out[i].cells, c.cell())
		}
		if len(out[i].cells) > 0 {
			out[i].name = out[i].cells[0].Text(lang)
		}
	}
	return out
}

func (r rowAt) at(column int) *Cell {
	if column < len(r.cells) {
		return &r.cells[column]
	}
	return nil
}

// line is what stands beside the name of a row.
func (r rowAt) line(lang khue.Lang) string {
	var texts []string
	for i, c := range r.cells {
		if i > 0 || len(r.cells) == 1 {
			texts = append(texts, c.Text(lang))
		}
	}
	return strings.Join(texts, " | ")
}

// pair is one thing on both sides; nil where a side has none.
type pair[T any] struct{ was, is *T }

// paired finds things again by their names, the second of a name as the second. They
// come in the order of the newer side; what is gone comes after what stood before it.
func paired[T any](was, is []T, name func(T) string) []pair[T] {
	keys := func(list []T) []string {
		seen, out := map[string]int{}, make([]string, len(list))
		for i, one := range list {
			n := name(one)
			seen[n]++
			out[i] = fmt.Sprint(n, "\x00", seen[n])
		}
		return out
	}
	before, after := keys(was), keys(is)
	at := make(map[string]int, len(after))
	for i, k := range after {
		at[k] = i
	}
	matched := make([]*T, len(is))
	gone := map[int][]*T{} // by the place on the newer side that they come after; -1 is the beginning
	place := -1
	for i, k := range before {
		if j, there := at[k]; there {
			matched[j], place = &was[i], j
			continue
		}
		gone[place] = append(gone[place], &was[i])
	}
	var out []pair[T]
	for i := -1; i < len(is); i++ {
		if i >= 0 {
			out = append(out, pair[T]{matched[i], &is[i]})
		}
		for _, g := range gone[i] {
			out = append(out, pair[T]{was: g})
		}
	}
	return out
}

// gap is what differs between two sentences that both sides have.
type gap struct{ was, is []string }

// gapsBetween are the gaps between the longest run of sentences that both have.
func gapsBetween(was, is []string) []gap {
	longest := make([][]int, len(was)+1)
	longest[len(was)] = make([]int, len(is)+1)
	for i := len(was) - 1; i >= 0; i-- {
		longest[i] = make([]int, len(is)+1)
		for j := len(is) - 1; j >= 0; j-- {
			if was[i] == is[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	var out []gap
	var g gap
	i, j := 0, 0
	for i < len(was) || j < len(is) {
		switch {
		case i < len(was) && j < len(is) && was[i] == is[j]:
			out, g = append(out, g), gap{}
			i, j = i+1, j+1
		case j == len(is) || i < len(was) && longest[i+1][j] >= longest[i][j+1]:
			g.was = append(g.was, was[i])
			i++
		default:
			g.is = append(g.is, is[j])
			j++
		}
	}
	return append(out, g)
}
