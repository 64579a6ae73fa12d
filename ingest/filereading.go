package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"

	"github.com/xuri/excelize/v2"

	"khue"
)

// fileReading is one file being read.
type fileReading struct {
	*filesSource
	entry
	from     folder
	request  Request
	mark     *filesMark
	yield    func(*Page) error
	yieldErr error
	path     string // where it can be read here
	given    int    // rows given out
	rows     int    // rows read, of all sheets
	lines    []int
	own      []int // columns that the source makes
	table    table
	sheet    string
}

var errChanged = khue.Errorf(khue.Unavailable, "tệp thay đổi trong lúc đang đọc", "the file changed while it was being read")

func (r *fileReading) read(ctx context.Context) error {
	state, err := r.from.look(ctx, r.entry)
	if err != nil {
		return err
	}
	r.state = state
	if !r.due() {
		return nil
	}
	if r.state.Size > r.limit() {
		return tooLarge(r.limit())
	}
	path, done, err := r.from.fetch(ctx, r.entry)
	if err != nil {
		return err
	}
	defer done()
	r.path = path
	if changed, err := r.changed(); !changed || err != nil {
		return err
	}
	doc, err := openDocument(r.path, tableOptions{set: r.set, numbers: r.numbers, zone: r.zone, max: r.limit()})
	if err != nil {
		return err
	}
	defer func() { _ = doc.close() }()
	return r.document(ctx, doc)
}

// due tells whether the file may have changed since it was last read.
func (r *fileReading) due() bool {
	if r.trial {
		return true
	}
	if r.config.Settle > 0 && r.request.Until.Sub(r.state.Changed) < r.config.Settle {
		return false // somebody may still be writing it
	}
	if !r.request.Since.IsZero() || !r.request.To.IsZero() {
		return r.state.Changed.After(r.request.Since) && (r.request.To.IsZero() || !r.state.Changed.After(r.request.To))
	}
	known, ok := r.mark.Files[r.name]
	return !ok || !known.same(r.state)
}

// changed tells whether a file that is due says anything new.
func (r *fileReading) changed() (bool, error) {
	if r.trial || !r.request.Since.IsZero() || !r.request.To.IsZero() {
		return true, nil
	}
	sum, err := hashFile(r.path)
	if err != nil {
		return false, err
	}
	r.state.SHA256 = sum
	if known, ok := r.mark.Files[r.name]; ok && known.SHA256 == sum {
		r.mark.Files[r.name] = r.state // copied or touched, with the same content
		return false, nil
	}
	return true, nil
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// document reads all that is wanted of the file.
func (r *fileReading) document(ctx context.Context, doc *document) error {
	p := &Page{Columns: r.request.Columns, File: r.name, Place: r.place, Cell: r.cell, Original: r.original}
	for i, name := range r.request.Columns {
		if strings.HasPrefix(name, "@") {
			r.own = append(r.own, i)
		}
	}
	start := 0
	if r.mark.Reading == r.name && r.mark.Begun.same(r.state) {
		start = r.mark.Rows
	}
	for _, name := range doc.sheets {
		if err := r.give(p); err != nil { // places are those of the sheet that is open
			return err
		}
		if err := r.oneTable(ctx, doc, name, p, start); err != nil {
			if len(doc.sheets) > 1 {
				return khue.While(err, "%s", "%s", name)
			}
			return err
		}
	}
	if r.rows == 0 {
		return khue.Errorf(khue.Invalid, "tệp có dòng tiêu đề nhưng không có dòng dữ liệu", "the file has a header and no rows")
	}
	now, err := r.from.look(ctx, r.entry)
	if err != nil {
		return err
	}
	if !now.same(fileState{Size: r.state.Size, Changed: r.state.Changed, ETag: r.state.ETag}) {
		return errChanged
	}
	p.Whole = start == 0
	p.Mark = func() string {
		r.finish()
		return r.mark.text()
	}
	err = r.give(p)
	r.finish()
	return err
}

// oneTable reads one sheet, or the whole of a file without sheets.
func (r *fileReading) oneTable(ctx context.Context, doc *document, name string, p *Page, start int) (err error) {
	r.sheet = name
	if r.table, err = doc.table(name); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.table.close()) }()
	h, err := r.table.head(r.request.Columns)
	if errors.Is(err, errNoRows) && r.set.Sheets == allSheets && len(doc.sheets) > 1 {
		return nil // a sheet that nobody wrote on
	}
	if err != nil {
		r.seen(Part{Unused: h.unused, Missing: h.missing})
		return err
	}
	r.seen(Part{Header: h.line, Unused: h.unused})
	r.table.describe(p)
	for {
		row := p.grow()
		line, err := r.table.next(row)
		if errors.Is(err, io.EOF) {
			p.shrink()
			return r.give(p)
		}
		if err != nil {
			return err
		}
		if r.rows++; r.rows <= start {
			p.shrink()
			continue
		}
		r.lines = append(r.lines, line)
		r.made(row)
		if p.Len() < pageRows {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if !r.set.Replace { // a file that replaces a scope is one batch
			rows := r.rows
			p.Mark = func() string { return r.partial(rows) }
		}
		if err := r.give(p); err != nil {
			return err
		}
	}
}

// original opens the file as it lies there.
func (r *fileReading) original() (io.ReadCloser, error) { return os.Open(r.path) }

// made fills the columns that the source makes.
func (r *fileReading) made(row []Value) {
	for _, i := range r.own {
		switch r.request.Columns[i] {
		case "@file":
			row[i] = text(r.name)
		case "@sheet":
			row[i] = text(r.sheet)
		}
	}
}

// seen tells whoever asked of the table that was opened.
func (r *fileReading) seen(p Part) {
	if r.request.Seen != nil {
		p.File, p.Sheet = r.name, r.sheet
		r.request.Seen(p)
	}
}

// give hands a page over; an empty one only when its mark says something.
func (r *fileReading) give(p *Page) error {
	if p.Len() == 0 && p.Mark == nil {
		return nil
	}
	r.given += p.Len()
	if err := r.yield(p); err != nil {
		r.yieldErr = err
		return err
	}
	p.reset()
	r.lines = r.lines[:0]
	return nil
}

func (r *fileReading) place(row, column int) string {
	if column >= 0 && strings.HasPrefix(r.request.Columns[column], "@") {
		column = -1
	}
	return r.name + " › " + r.table.cell(column, r.lines[row])
}

// cell names a cell within its sheet, as "C7"; "" for those that the source makes.
func (r *fileReading) cell(row, column int) string {
	if column < 0 || strings.HasPrefix(r.request.Columns[column], "@") {
		return ""
	}
	return strings.TrimPrefix(r.table.cell(column, r.lines[row]), r.sheet+"!")
}

func (r *fileReading) partial(rows int) string {
	m := filesMark{Files: maps.Clone(r.mark.Files), Reading: r.name, Begun: r.state, Rows: rows}
	return m.text()
}

func (r *fileReading) finish() {
	r.mark.Files[r.name] = r.state
	if r.mark.Reading == r.name {
		r.mark.Reading, r.mark.Begun, r.mark.Rows = "", fileState{}, 0
	}
}

// cellName is A1 notation; a column of -1 names the row.
func cellName(column, line int) string {
	if column < 0 {
		return fmt.Sprintf("row %d", line)
	}
	name, err := excelize.CoordinatesToCellName(column+1, line)
	if err != nil {
		return fmt.Sprintf("row %d", line)
	}
	return name
}
