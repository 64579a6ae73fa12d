package ingest

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"khue"
)

// document is what one file holds: a single table, or the sheets of a workbook.
type document struct {
	sheets []string // those to read; one "" where there are no sheets
	table  func(sheet string) (table, error)
	close  func() error
}

// table gives the rows of one file or sheet. Its columns are those that were
// asked for, whatever else there is.
type table interface {
	// head finds the wanted columns; names that start with '@' are not its business.
	// What is missing beside an error is told in the heading.
	head(wanted []string) (heading, error)
	// next reads the next row into cells, one for each wanted column, which come
	// empty. It gives the row's number, from 1. io.EOF ends the table.
	next(cells []Value) (line int, err error)
	// cell names a wanted column's cell within its sheet, as "C7"; -1 names the row.
	cell(column, line int) string
	// describe tells the page what kind of cells to expect.
	describe(p *Page)
	close() error
}

// heading is how the columns of a table were found.
type heading struct {
	line            int // 0 where the file itself names its columns
	unused, missing []string
}

// errNoRows is what head says of a table without a single row.
var errNoRows = khue.Errorf(khue.Invalid, "tệp trống", "the file is empty")

// openDocument opens a file by the ending of its name.
func openDocument(path string, o tableOptions) (*document, error) {
	name, packed := strings.CutSuffix(strings.ToLower(path), ".gz")
	switch ext := filepath.Ext(name); ext {
	case ".xlsx", ".xlsm":
		if !packed {
			return openWorkbook(path, o)
		}
	case ".csv", ".tsv", ".txt":
		return soleTable(func() (table, error) { return openCSV(path, packed, o) })
	case ".jsonl", ".ndjson":
		return soleTable(func() (table, error) { return openJSONLines(path, packed, o) })
	case ".parquet":
		if !packed {
			return soleTable(func() (table, error) { return openParquet(path, o) })
		}
	}
	return nil, khue.Errorf(khue.Invalid,
		"cần tệp .xlsx, .xlsm, .csv, .tsv, .txt, .jsonl, .ndjson (tệp văn bản có thể nén .gz) hoặc .parquet",
		"expected a file .xlsx, .xlsm, .csv, .tsv, .txt, .jsonl, .ndjson (texts may be packed as .gz) or .parquet")
}

// soleTable is a document of one table.
func soleTable(open func() (table, error)) (*document, error) {
	t, err := open()
	if err != nil {
		return nil, err
	}
	return &document{
		sheets: []string{""}, close: func() error { return nil },
		table: func(string) (table, error) { return t, nil },
	}, nil
}

// lines are the rows of a file whose columns are told by a header among them.
type lines interface {
	// move goes to the next row and gives its number; io.EOF ends the file.
	move() (line int, err error)
	width() int
	text(column int) string
	value(column int) Value
	// covered is the value of the merged cell that hides this one, where there is one.
	covered(column int) (Value, bool)
	// spans tells whether merged cells are known of in the row.
	spans() bool
	describe(p *Page)
	close() error
}

// grid is a table that stands somewhere among lines, below a header.
type grid struct {
	lines
	set     DatasetConfig
	numbers map[string]bool // columns that are added up, by heading
	stops   *phrases
	prefix  string // of places: "Biểu 1!"

	wanted  []string
	columns []int // of the lines, for each wanted column; -1 for those the source makes
	titles  []string
	down    []int // wanted columns that are filled from above
	above   []Value
	summed  []bool
	merges  bool
	garbled bool // letters stood above the table that are not UTF-8
}

func newGrid(l lines, o tableOptions, sheet string) *grid {
	g := &grid{lines: l, set: o.set, numbers: o.numbers, stops: newPhrases(o.set.StopWhen)}
	if sheet != "" {
		g.prefix = sheet + "!"
	}
	return g
}

// next implements table.
func (g *grid) next(cells []Value) (int, error) {
	for {
		line, err := g.move()
		if err != nil {
			return 0, err
		}
		if g.stops != nil && g.ended() {
			return 0, io.EOF
		}
		width := g.width()
		if g.merges = g.spans(); g.merges {
			for i, c := range g.columns {
				cells[i] = g.read(i, c)
			}
		} else {
			for i, c := range g.columns {
				if c >= 0 && c < width {
					cells[i] = g.value(c)
				}
			}
		}
		if g.isHeader(cells) {
			clear(cells)
			continue
		}
		if g.down != nil && !g.fillDown(cells) {
			clear(cells)
			continue
		}
		return line, nil
	}
}

// fillDown takes what is left empty from the rows above. A row that holds nothing
// else is the heading of a group, or empty: it is no row of the table.
func (g *grid) fillDown(cells []Value) bool {
	rest := false
	for i := range cells {
		rest = rest || !slices.Contains(g.down, i) && !isEmpty(&cells[i])
	}
	for n, i := range g.down {
		switch {
		case !isEmpty(&cells[i]):
			g.above[n] = cells[i]
		case rest:
			cells[i] = g.above[n]
		}
	}
	return rest
}

// read is the cell of a wanted column, or what the merged cell over it holds. A
// number is not spread over the rows it was merged across: it would be counted in each.
func (g *grid) read(i, column int) Value {
	if column < 0 {
		return Value{}
	}
	var v Value
	if column < g.width() {
		v = g.value(column)
	}
	if !isEmpty(&v) {
		return v
	}
	over, ok := g.covered(column)
	if !ok {
		return v
	}
	if g.summed[i] && (over.Kind == Integer || over.Kind == Exact) {
		return unfit("", "một số trong từng ô; ô này gộp với ô khác", "a number in each cell; this one is merged with others")
	}
	return over
}

// ended tells whether the row's first text begins what stands below the table.
func (g *grid) ended() bool {
	for c := range g.width() {
		if s := g.text(c); strings.TrimSpace(s) != "" {
			return g.stops.match(s)
		}
	}
	return false
}

// isHeader tells a header that is repeated further down, as printed tables do.
func (g *grid) isHeader(cells []Value) bool {
	some := false
	for i, v := range cells {
		if g.columns[i] < 0 {
			continue
		}
		if v.Kind != Text || v.S != g.titles[i] {
			return false
		}
		some = true
	}
	return some
}

// cell implements table.
func (g *grid) cell(column, line int) string {
	if column >= 0 {
		column = g.columns[column]
	}
	return g.prefix + cellName(column, line)
}

// found settles where the wanted columns are.
func (g *grid) found(wanted []string, columns []int, titles []string) error {
	g.wanted, g.columns = wanted, columns
	g.titles, g.summed = make([]string, len(wanted)), make([]bool, len(wanted))
	for i, w := range wanted {
		g.summed[i] = g.numbers[w]
		if columns[i] >= 0 {
			g.titles[i] = titles[columns[i]]
		}
	}
	for _, name := range g.set.FillDown {
		i := slices.Index(wanted, name)
		if i < 0 {
			return fmt.Errorf("fill_down names the column %q, which nothing is mapped from", name)
		}
		g.down = append(g.down, i)
	}
	g.above = make([]Value, len(g.down))
	return nil
}

// tableOptions are what reading a file takes beside its name.
type tableOptions struct {
	set     DatasetConfig
	numbers map[string]bool
	zone    *time.Location
	max     int64 // bytes, unpacked
}

// errTooLong says that one record takes more room than any sensible one.
var errTooLong = khue.Errorf(khue.Invalid, "một dòng dài hơn 16 MB; có thể dấu ngoặc kép chưa đóng, hoặc tệp là bom nén",
	"one row is longer than 16 MB; a quotation mark may be left open, or the file be a zip bomb")
