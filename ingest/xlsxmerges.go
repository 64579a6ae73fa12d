package ingest

import (
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// merges are the merged cells of a sheet, which stand in the file below its rows
// and are therefore looked for first.
type merges struct {
	ranges []merged // by their first row
	next   int      // the first range that begins below the row under way
	open   []*merged
	row    int
}

type merged struct {
	top, bottom, left, right int // rows from 1, columns from 0
	value                    Value
}

// maxMerges is more than a sheet for people has.
const maxMerges = 200_000

var mergePattern = regexp.MustCompile(`mergeCell\s+ref\s*=\s*["']([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})["']`)

// findMerges runs over a sheet's text for its merged cells, much quicker than
// reading it as XML.
func (b *xlsxBook) findMerges(part string) (*merges, error) {
	r, err := b.part(part)
	if err != nil {
		return nil, notAWorkbook(err)
	}
	defer func() { _ = r.Close() }()
	m := &merges{}
	from := &meter{from: r, most: maxUnpacked}
	buffer := make([]byte, 0, 128<<10)
	for {
		n, err := io.ReadFull(from, buffer[len(buffer):cap(buffer)])
		from.start = from.read
		buffer = buffer[:len(buffer)+n]
		end := 0
		for _, found := range mergePattern.FindAllSubmatchIndex(buffer, -1) {
			m.add(buffer, found)
			end = found[1]
		}
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			slices.SortFunc(m.ranges, func(a, b merged) int { return a.top - b.top })
			return m, nil
		case err != nil:
			return nil, notAWorkbook(err)
		case len(m.ranges) > maxMerges:
			return nil, notAWorkbook(errors.New("there are too many merged cells"))
		}
		keep := buffer[max(end, len(buffer)-100):] // one may be cut in two
		buffer = buffer[:copy(buffer[:cap(buffer)], keep)]
	}
}

func (m *merges) add(text []byte, at []int) {
	part := func(n int) string { return string(text[at[2*n]:at[2*n+1]]) }
	left, ok1 := columnOfName(part(1))
	right, ok2 := columnOfName(part(3))
	top, err1 := strconv.Atoi(part(2))
	bottom, err2 := strconv.Atoi(part(4))
	if ok1 && ok2 && err1 == nil && err2 == nil && top <= bottom && left <= right {
		m.ranges = append(m.ranges, merged{top: top, bottom: bottom, left: left, right: right})
	}
}

// at goes on to a row and takes the values of the merged cells that begin there.
func (m *merges) at(row int, cells []Value) {
	m.row = row
	m.open = slices.DeleteFunc(m.open, func(r *merged) bool { return r.bottom < row })
	for m.next < len(m.ranges) && m.ranges[m.next].top <= row {
		r := &m.ranges[m.next]
		m.next++
		if r.bottom < row {
			continue
		}
		if r.top == row && r.left < len(cells) {
			r.value = cells[r.left]
			r.value.S = strings.Clone(r.value.S)
		}
		m.open = append(m.open, r)
	}
}

// over is the value of the merged cell that hides a column of the row.
func (m *merges) over(column int) (Value, bool) {
	for _, r := range m.open {
		if column >= r.left && column <= r.right && (column > r.left || m.row > r.top) {
			return r.value, true
		}
	}
	return Value{}, false
}
