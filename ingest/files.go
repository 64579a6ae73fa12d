package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"khue"
)

// filesSource reads spreadsheets and CSV files of a folder, or one file. Only
// files that changed since the mark are read.
type filesSource struct {
	config SourceConfig
	set    DatasetConfig
	log    *slog.Logger
	trial  bool // read whatever is there, however lately it changed
}

// filesMark is what a source of files stores: every file it has read, and how far
// it got in one that is being read.
type filesMark struct {
	Files   map[string]fileState `json:"files"`
	Reading string               `json:"reading,omitempty"`
	Begun   fileState            `json:"begun,omitzero"`
	Rows    int                  `json:"rows,omitempty"`
}

// fileState tells one version of a file from another.
type fileState struct {
	Size    int64     `json:"size"`
	Changed time.Time `json:"changed"`
	SHA256  string    `json:"sha256,omitempty"`
}

func (s fileState) same(t fileState) bool { return s.Size == t.Size && s.Changed.Equal(t.Changed) }

// table is a file's rows, from the first line on.
type table interface {
	// next gives the cells of the next row and its number, from 1; the slice is used
	// again. io.EOF ends the file.
	next() (cells []string, line int, err error)
	// cell writes where a cell is, as "Biểu 1!C7".
	cell(column, line int) string
	// value turns a cell's text into a raw value.
	value(s string, column, line int) Value
	// describe tells the page what kind of cells to expect.
	describe(p *Page)
	sheet() string
	close() error
}

// Read implements Source.
func (s *filesSource) Read(ctx context.Context, q Request, yield func(*Page) error) (string, error) {
	var mark filesMark
	if q.Mark != "" {
		if err := json.Unmarshal([]byte(q.Mark), &mark); err != nil {
			return "", fmt.Errorf("reading the mark of the files: %w", err)
		}
	}
	if mark.Files == nil {
		mark.Files = make(map[string]fileState)
	}
	paths, err := s.list()
	if err != nil {
		return "", err
	}
	var skipped []error
	for _, path := range paths {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		name := filepath.Base(path)
		if q.Skip[name] {
			continue
		}
		r := &fileReading{filesSource: s, path: path, name: name, request: q, mark: &mark, yield: yield}
		switch err := r.read(ctx); {
		case err == nil:
		case r.yieldErr != nil:
			return "", r.yieldErr
		case r.given > 0:
			return "", &BrokenError{Part: name, Err: fmt.Errorf("reading %s: %w", name, err)}
		default:
			skipped = append(skipped, fmt.Errorf("reading %s: %w", name, err))
		}
	}
	final := mark.text()
	if skipped != nil {
		return final, &SkippedError{skipped}
	}
	return final, nil
}

func (m filesMark) text() string {
	b, _ := json.Marshal(m) //nolint:errchkjson // times and texts always can be written
	return string(b)
}

// list finds the files, by name; hidden files and the locks of office programs are left out.
func (s *filesSource) list() ([]string, error) {
	if s.config.File != "" {
		if _, err := os.Stat(s.config.File); err != nil {
			return nil, khue.Errorf(khue.Unavailable, "không mở được tệp nguồn %s", "the source file %s cannot be opened", s.config.File).Because(err)
		}
		return []string{s.config.File}, nil
	}
	entries, err := os.ReadDir(s.config.Folder)
	if err != nil {
		return nil, khue.Errorf(khue.Unavailable, "không mở được thư mục nguồn %s", "the source folder %s cannot be opened", s.config.Folder).Because(err)
	}
	pattern := s.set.Pattern
	if pattern == "" {
		pattern = s.config.Pattern
	}
	if pattern == "" {
		pattern = "*"
	}
	var out []string
	for _, e := range entries {
		name := e.Name()
		if match, _ := filepath.Match(pattern, name); !match || e.IsDir() || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$") {
			continue
		}
		out = append(out, filepath.Join(s.config.Folder, name))
	}
	return out, nil
}

// fileReading is one file being read.
type fileReading struct {
	*filesSource
	path, name string
	request    Request
	mark       *filesMark
	yield      func(*Page) error
	yieldErr   error
	given      int // rows given out
	state      fileState
	lines      []int
	columns    []int // of the file, for each of the page's; -1 for those we make
	table      table
}

func (r *fileReading) read(ctx context.Context) error {
	info, err := os.Stat(r.path)
	if err != nil {
		return err
	}
	r.state = fileState{Size: info.Size(), Changed: info.ModTime().UTC()}
	if wanted, err := r.wanted(); !wanted || err != nil {
		return err
	}
	if r.table, err = r.open(); err != nil {
		return err
	}
	defer func() { _ = r.table.close() }()
	if err := r.header(); err != nil {
		return err
	}
	if err := r.rows(ctx); err != nil {
		return err
	}
	again, err := os.Stat(r.path)
	if err != nil || again.Size() != info.Size() || !again.ModTime().Equal(info.ModTime()) {
		return errors.New("the file changed while it was being read")
	}
	return nil
}

// wanted tells whether the file changed since it was last read.
func (r *fileReading) wanted() (bool, error) {
	if r.trial {
		return true, nil
	}
	if r.config.Settle > 0 && r.request.Until.Sub(r.state.Changed) < r.config.Settle {
		return false, nil // somebody may still be writing it
	}
	if !r.request.Since.IsZero() || !r.request.To.IsZero() {
		return r.state.Changed.After(r.request.Since) && (r.request.To.IsZero() || !r.state.Changed.After(r.request.To)), nil
	}
	known, ok := r.mark.Files[r.name]
	if ok && known.same(r.state) {
		return false, nil
	}
	sum, err := hashFile(r.path)
	if err != nil {
		return false, err
	}
	r.state.SHA256 = sum
	if ok && known.SHA256 == sum {
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

func (r *fileReading) open() (table, error) {
	switch strings.ToLower(filepath.Ext(r.path)) {
	case ".xlsx", ".xlsm":
		return openWorkbook(r.path, r.set)
	case ".csv", ".tsv", ".txt":
		return openCSV(r.path, r.set)
	}
	return nil, errors.New("expected a file .xlsx, .xlsm, .csv, .tsv or .txt")
}

// rows gives out what stands below the header.
func (r *fileReading) rows(ctx context.Context) error {
	p := &Page{Columns: r.request.Columns, File: r.name, Place: r.place, Cell: r.cell, Original: r.original}
	r.table.describe(p)
	start := 0
	if r.mark.Reading == r.name && r.mark.Begun.same(r.state) {
		start = r.mark.Rows
	}
	for n := 0; ; n++ {
		cells, line, err := r.table.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if n < start {
			continue
		}
		r.fill(p, cells, line)
		if p.Len() < pageRows {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if !r.set.Replace { // a file that replaces a scope is one batch
			rows := n + 1
			p.Mark = func() string { return r.partial(rows) }
		}
		if err := r.give(p); err != nil {
			return err
		}
	}
	if r.given+p.Len()+start == 0 {
		return errors.New("the file has a header and no rows")
	}
	p.Mark = func() string {
		r.finish()
		return r.mark.text()
	}
	err := r.give(p)
	r.finish()
	return err
}

// original opens the file as it lies there.
func (r *fileReading) original() (io.ReadCloser, error) { return os.Open(r.path) }

func (r *fileReading) fill(p *Page, cells []string, line int) {
	r.lines = append(r.lines, line)
	row := p.grow()
	for i, c := range r.columns {
		switch {
		case c >= len(cells):
		case c >= 0:
			row[i] = r.table.value(cells[c], c, line)
		case p.Columns[i] == "@file":
			row[i] = text(r.name)
		case p.Columns[i] == "@sheet":
			row[i] = text(r.table.sheet())
		}
	}
}

func (r *fileReading) give(p *Page) error {
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
	c := -1
	if column >= 0 {
		c = r.columns[column]
	}
	return r.name + " › " + r.table.cell(c, r.lines[row])
}

// cell names a cell within its sheet, as "C7"; "" for those that the source makes.
func (r *fileReading) cell(row, column int) string {
	if column < 0 || r.columns[column] < 0 {
		return ""
	}
	return cellName(r.columns[column], r.lines[row])
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

// numberColumns are the headings whose numbers are written the way of a locale.
func numberColumns(set DatasetConfig) []string {
	var out []string
	for _, f := range set.Fields {
		if f.Number == "" {
			continue
		}
		if u := set.Unpivot; u != nil && f.From == u.Value {
			out = append(out, u.Columns...)
		}
		out = append(out, f.From)
	}
	slices.Sort(out)
	return out
}
