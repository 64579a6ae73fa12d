package ingest

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"khue"
)

// headerRows is how far down the header is looked for.
const headerRows = 30

// header finds the row that holds all wanted columns, below whatever titles.
func (r *fileReading) header() error {
	wanted := r.request.Columns
	var bestMissing []string
	for {
		cells, line, err := r.table.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if r.set.HeaderRow > 0 && line < r.set.HeaderRow {
			continue
		}
		columns, missing, err := matchHeader(cells, wanted)
		if err != nil {
			return fmt.Errorf("row %d: %w", line, err)
		}
		if len(missing) == 0 {
			r.columns = columns
			r.seen(Part{Header: line, Unused: unused(cells, columns)})
			return nil
		}
		if bestMissing == nil || len(missing) < len(bestMissing) {
			bestMissing = missing
		}
		if r.set.HeaderRow > 0 || line >= headerRows {
			break
		}
	}
	r.seen(Part{Missing: bestMissing})
	if bestMissing == nil {
		return errors.New("the file is empty")
	}
	return khue.Errorf(khue.Invalid, "không tìm thấy dòng tiêu đề trong %d dòng đầu; thiếu cột %q",
		"no header was found in the first %d rows; these columns are missing: %q", headerRows, bestMissing)
}

// seen tells whoever asked of the table that was opened.
func (r *fileReading) seen(p Part) {
	if r.request.Seen != nil {
		p.File, p.Sheet = r.name, r.table.sheet()
		r.request.Seen(p)
	}
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
			return nil, nil, fmt.Errorf("two columns are called %q", w)
		default:
			columns = append(columns, i)
		}
	}
	return columns, missing, nil
}
