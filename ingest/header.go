package ingest

import (
	"errors"
	"io"
	"slices"
	"strings"

	"khue"
)

// headerRows is how far down the header is looked for.
const headerRows = 30

// headingMark parts the names of a header of several rows: "Khách › Trong nước".
const headingMark = "›"

// head finds the row, or rows, that hold all wanted columns, below whatever titles.
func (g *grid) head(wanted []string) (heading, error) {
	depth := g.depth(wanted)
	var window []headerRow
	var bestMissing []string
	for {
		line, err := g.move()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return heading{}, err
		}
		if g.set.HeaderRow > 0 && line < g.set.HeaderRow {
			continue
		}
		if len(window) == depth {
			window = window[1:]
		}
		if window = append(window, g.headerRow(depth > 1)); len(window) < depth {
			continue
		}
		titles := joined(window)
		columns, missing, err := matchHeader(titles, wanted)
		if err != nil {
			return heading{}, khue.While(err, "dòng %d", "row %d", line)
		}
		if len(missing) == 0 {
			return heading{line: line, unused: unused(titles, columns)}, g.found(wanted, columns, titles)
		}
		if bestMissing == nil || len(missing) < len(bestMissing) {
			bestMissing = missing
		}
		if g.set.HeaderRow > 0 || line >= headerRows+depth-1 {
			break
		}
	}
	if bestMissing == nil && len(window) == 0 {
		return heading{missing: askedOf(wanted)}, errNoRows
	}
	if bestMissing == nil {
		bestMissing = askedOf(wanted)
	}
	if g.garbled {
		return heading{missing: bestMissing}, khue.Errorf(khue.Invalid,
			"không tìm thấy dòng tiêu đề; chữ không theo UTF-8, hãy khai báo encoding: windows-1258, tcvn3 … ; thiếu cột %q",
			"no header was found; the text is not UTF-8, declare encoding: windows-1258, tcvn3 …; these columns are missing: %q", bestMissing)
	}
	return heading{missing: bestMissing}, khue.Errorf(khue.Invalid, "không tìm thấy dòng tiêu đề trong %d dòng đầu; thiếu cột %q",
		"no header was found in the first %d rows; these columns are missing: %q", headerRows, bestMissing)
}

// askedOf are the wanted columns that a file is to have.
func askedOf(wanted []string) []string {
	var out []string
	for _, w := range wanted {
		if !strings.HasPrefix(w, "@") {
			out = append(out, w)
		}
	}
	return out
}

// depth is how many rows the header has: as many as the names of columns have parts.
func (g *grid) depth(wanted []string) int {
	if g.set.HeaderRows > 0 {
		return g.set.HeaderRows
	}
	depth := 1
	for _, w := range wanted {
		depth = max(depth, strings.Count(w, headingMark)+1)
	}
	return depth
}

// headerRow is one row of what may be the header.
type headerRow struct {
	texts  []string
	merged bool // merged cells are known, so that an empty one is empty
}

func (g *grid) headerRow(several bool) headerRow {
	r := headerRow{texts: make([]string, g.width()), merged: several && g.spans()}
	for c := range r.texts {
		r.texts[c] = strings.Join(strings.Fields(g.text(c)), " ")
		if _, ok := cleanText(r.texts[c]); !ok {
			g.garbled = true
		}
	}
	for c := 0; r.merged && c < max(len(r.texts), maxHeaderColumns); c++ {
		v, ok := g.covered(c)
		if !ok {
			continue
		}
		for len(r.texts) <= c {
			r.texts = append(r.texts, "")
		}
		if v.Kind == Text {
			r.texts[c] = strings.Join(strings.Fields(v.S), " ")
		}
	}
	return r
}

// maxHeaderColumns is how far right merged headings are followed.
const maxHeaderColumns = 256

// joined are the names of the columns below a header of some rows. Where merged
// cells are not known, as in CSV, an empty cell above a name belongs to the one
// on its left, unless that one stands alone over its column.
func joined(rows []headerRow) []string {
	width := 0
	for _, r := range rows {
		width = max(width, len(r.texts))
	}
	at := func(r, c int) string {
		if c < 0 || c >= len(rows[r].texts) {
			return ""
		}
		return rows[r].texts[c]
	}
	below := func(r, c int) bool {
		for r++; r < len(rows); r++ {
			if at(r, c) != "" {
				return true
			}
		}
		return false
	}
	names := make([]string, width)
	for r := range rows {
		left := "" // what an empty cell takes over
		for c := range width {
			s := at(r, c)
			switch {
			case s != "":
				left = s
				if !below(r, c) {
					left = ""
				}
			case r < len(rows)-1 && !rows[r].merged && below(r, c):
				s = left
			}
			if s != "" && s != names[c] && !strings.HasSuffix(names[c], headingMark+" "+s) {
				names[c] = strings.TrimPrefix(names[c]+" "+headingMark+" "+s, " "+headingMark+" ")
			}
		}
	}
	return names
}

// unused are the headings that no column was taken from.
func unused(cells []string, columns []int) []string {
	var out []string
	for i, c := range cells {
		if c = strings.TrimSpace(c); c != "" && !slices.Contains(columns, i) {
			out = append(out, c)
		}
	}
	return out
}

// matchHeader says where each wanted column stands in a row, and which are not there.
func matchHeader(cells, wanted []string) (columns []int, missing []string, err error) {
	at := make(map[string]int, len(cells))
	twice := make(map[string]bool)
	for i, c := range cells {
		key := plain(c)
		if _, seen := at[key]; seen {
			twice[key] = true
			continue
		}
		at[key] = i
	}
	for _, w := range wanted {
		key := plain(w)
		i, ok := at[key]
		switch {
		case strings.HasPrefix(w, "@"):
			columns = append(columns, -1)
		case !ok:
			missing = append(missing, w)
		case twice[key]:
			return nil, nil, khue.Errorf(khue.Invalid, "có hai cột cùng tên %q", "two columns are called %q", w)
		default:
			columns = append(columns, i)
		}
	}
	return columns, missing, nil
}
