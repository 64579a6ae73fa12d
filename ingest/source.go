// Package ingest brings facts from source systems to the warehouse. A row's way:
// a Source reads pages of raw cells (rest.go, sql.go, files.go), a mapping turns
// them into the fields of a dataset's contract (mapping.go), named checks reject
// what breaks the contract (checks.go), a loader hands the rest on in batches
// (loader.go), and a Puller does so for every dataset of a source and moves its
// watermark (pull.go). All of it is driven by khue.yaml (config.go).
package ingest

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"khue"
)

// Source reads one dataset of one source system. A new kind of source is one
// file with this method and a case in open.
type Source interface {
	// Read calls yield with page after page of raw rows, those of r.Columns only:
	// a field that nobody named never enters the observatory. It reads what changed
	// since r.Mark, and not beyond r.Until where the source can be bounded.
	//
	// The page belongs to the source and is used again once yield has returned; its
	// texts stay valid. An error of yield ends the reading and is returned as it is.
	//
	// It returns the mark that stands for having read all of it, to be stored with
	// the last batch. A *SkippedError beside a mark says that parts were left out
	// and will be tried again; any other error means that the reading is not whole.
	// A *BrokenError asks the caller to throw the open batch away and to read again
	// with that part in r.Skip.
	//
	// Reading the same again must be harmless: rows are upserts by record id.
	Read(ctx context.Context, r Request, yield func(*Page) error) (mark string, err error)
}

// Request says what to read.
type Request struct {
	// Columns are the raw columns that the mapping needs, each once. Names that
	// start with '@' are made by the source: @file, @sheet.
	Columns []string
	// Mark is what the last committed batch stored; "" reads from the beginning.
	Mark string
	// Since, when set, takes the place of the mark: read what changed after it.
	Since time.Time
	// Until is the moment the pull began. A source takes its safety lag off it, so
	// that rows being committed now are read by the next pull rather than missed.
	Until time.Time
	// To, when set, bounds a backfill: rows changed after it are not wanted.
	To time.Time
	// Skip names parts (files) that broke earlier in this pull.
	Skip map[string]bool
	// Told, when set, hears what the source itself says of the rows it was to give:
	// the pull is held to it. A source that says nothing does not call it.
	Told func(Totals)
	// Seen, when set, hears of every part that was opened, and of what became of it.
	Seen func(Part)
}

// Part is a file, or one sheet of it, as a source found it.
type Part struct {
	File, Sheet string
	Header      int      // line of the header, or of the last one of several; 0 when there is none
	Unused      []string // headings that nothing is mapped from
	Missing     []string // columns that are mapped and were not found
	Err         error    // why it could not be read
}

// Totals are what a source says of the rows between the bounds of a reading.
// Rows and sums are those at the source, deleted and faulty records included.
type Totals struct {
	Rows int64
	Sums map[string]decimal.Decimal // by raw column; nil when the source gives none
	By   string                     // how it was learned, for people: "count(*)", "meta.total"
}

// Page is some raw rows, flat and row after row, so that a page costs no
// allocation once the first has been filled.
type Page struct {
	Columns []string
	Cells   []Value // len(Columns) for each row
	// Place says where a row came from, for people: "thang-3.xlsx › Biểu 1!C7",
	// "members page 3 record 17". A column of -1 means the whole row.
	Place func(row, column int) string
	// Cell, when set, names a cell within its sheet: "C7".
	Cell func(row, column int) string
	// Mark, when set, gives what may be stored once this page and all before it are
	// committed: a pull that dies later goes on from here. It is called before the
	// next page is read, or not at all.
	Mark func() string
	// File is the part the rows came from, where there are parts; it is the scope
	// of datasets that say "scope: file".
	File string
	// Whole tells that this page ends its File, all of which was given in this reading.
	Whole bool
	// Original opens the file that the rows came from, where there is one.
	Original func() (io.ReadCloser, error)
	// Hashed are the columns that hold a keyed hash already.
	Hashed []string
	// Only, when set, is the one of the unpivoted columns to look at: the others of
	// its rows have been taken before.
	Only string
	// Wards are the areas for which the rows were handed in: they may be of no other.
	// None are those of rows that come from a source itself.
	Wards []string
	// Written tells that texts were written by people, who write 1234 as 1.234 or as 1,234.
	Written bool
	// Serials tells that a bare number in a date column is a spreadsheet's day number.
	Serials bool
	// Epoch1904 tells that those day numbers count from 1904 rather than 1900.
	Epoch1904 bool
}

// Len is the number of rows.
func (p *Page) Len() int {
	if len(p.Columns) == 0 {
		return 0
	}
	return len(p.Cells) / len(p.Columns)
}

// Row is the cells of a row.
func (p *Page) Row(i int) []Value {
	w := len(p.Columns)
	return p.Cells[i*w : (i+1)*w : (i+1)*w]
}

// grow adds an empty row and returns its cells.
func (p *Page) grow() []Value {
	w, n := len(p.Columns), len(p.Cells)
	if n+w <= cap(p.Cells) {
		p.Cells = p.Cells[:n+w]
		clear(p.Cells[n:])
	} else {
		p.Cells = append(p.Cells, make([]Value, w)...)
	}
	return p.Cells[n : n+w : n+w]
}

// shrink takes the last row away again.
func (p *Page) shrink() { p.Cells = p.Cells[:len(p.Cells)-len(p.Columns)] }

// reset empties the page and keeps its room.
func (p *Page) reset() { p.Cells, p.Mark, p.Whole = p.Cells[:0], nil, false }

// pageRows is how many rows sources put in a page: enough to make a call per
// page cheap, few enough to stay in the processor's cache.
const pageRows = 1024

// Kind is the type of a raw value.
type Kind uint8

// The kinds of raw value.
const (
	Null    Kind = iota
	Text         // S
	Integer      // N
	Float        // Ref is a float64
	Exact        // Ref is a decimal.Decimal
	Boolean      // N is 0 or 1
	Instant      // N is microseconds since 1970 UTC
	Day          // N is microseconds since 1970 of that day's midnight UTC
	List         // Ref is a []string
	Unfit        // S is what was read, Ref the khue.Text of what was expected of the cell
)

// Value is one raw cell, or a field's value on its way through the checks. It is
// a plain struct and not an interface: millions of them pass each second.
type Value struct {
	Kind Kind
	N    int64
	S    string
	Ref  any
}

func text(s string) Value        { return Value{Kind: Text, S: s} }
func integer(n int64) Value      { return Value{Kind: Integer, N: n} }
func instant(t time.Time) Value  { return Value{Kind: Instant, N: t.UnixMicro()} }
func civilDay(t time.Time) Value { return Value{Kind: Day, N: t.UnixMicro()} }
func (v *Value) time() time.Time { return time.UnixMicro(v.N).UTC() }
func (v *Value) list() []string  { l, _ := v.Ref.([]string); return l }
func unfit(read, vi, en string) Value {
	return Value{Kind: Unfit, S: read, Ref: khue.Text{VI: vi, EN: en}}
}

func boolean(b bool) (v Value) {
	v.Kind = Boolean
	if b {
		v.N = 1
	}
	return v
}

// SkippedError lists parts of a source that could not be read while the rest was.
type SkippedError struct{ Parts []error }

func (e *SkippedError) Error() string {
	lines := make([]string, len(e.Parts))
	for i, p := range e.Parts {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the errors of the parts.
func (e *SkippedError) Unwrap() []error { return e.Parts }

// BrokenError says that a part turned out unreadable after some of its rows had been given out.
type BrokenError struct {
	Part string
	Err  error
}

func (e *BrokenError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *BrokenError) Unwrap() error { return e.Err }

// texts keeps many small texts in few allocations. The builder never moves what
// it holds: a new one is begun before it would have to grow.
type texts struct {
	b       strings.Builder
	scratch [24]byte
}

const textsChunk = 64 << 10

func (t *texts) keep(p []byte) string {
	if len(p) == 0 {
		return ""
	}
	if t.b.Cap()-t.b.Len() < len(p) {
		t.b.Reset()
		t.b.Grow(max(textsChunk, len(p)))
	}
	start := t.b.Len()
	t.b.Write(p)
	return t.b.String()[start:]
}

func (t *texts) number(n int64) string { return t.keep(strconv.AppendInt(t.scratch[:0], n, 10)) }
