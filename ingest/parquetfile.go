package ingest

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
	"github.com/shopspring/decimal"

	"khue"
)

// parquetTable reads the wanted columns of a Parquet file, and of those a page at
// a time. Columns are named by their path, as "owner.name"; a list by its own name.
type parquetTable struct {
	file   *os.File
	parsed *parquet.File
	zone   *time.Location
	groups []parquet.RowGroup
	leaves []*parquetLeaf // one for each wanted column; nil for those the source makes
	names  []string
	left   int64 // rows left in the row group under way
	line   int
}

// parquetLeaf is one column being read.
type parquetLeaf struct {
	column *parquet.Column
	list   bool
	read   func(parquet.Value) Value
	pages  parquet.Pages
	page   parquet.Page
	values parquet.ValueReader
	buffer []parquet.Value
	at, n  int
}

func openParquet(path string, o tableOptions) (t table, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() == 0 {
		return nil, errNoRows
	}
	defer notParquet(&err)
	parsed, err := parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, noMore(err)
	}
	return &parquetTable{file: f, parsed: parsed, zone: o.zone, groups: parsed.RowGroups()}, nil
}

// notParquet tells an error of the library, or its panic over damaged pages, as
// what it means: the file cannot be read.
func notParquet(err *error) {
	if fault := recover(); fault != nil {
		*err = fmt.Errorf("%v", fault)
	}
	var told *khue.Error
	if *err != nil && !errors.Is(*err, io.EOF) && !errors.As(*err, &told) {
		*err = khue.Errorf(khue.Invalid, "không đọc được tệp Parquet: tệp hỏng hoặc bị cụt", "the Parquet file cannot be read: it is damaged or cut off").Because(*err)
	}
}

// head implements table.
func (t *parquetTable) head(wanted []string) (h heading, err error) {
	defer notParquet(&err)
	used := make(map[string]bool)
	t.names, t.leaves = wanted, make([]*parquetLeaf, len(wanted))
	for i, name := range wanted {
		if strings.HasPrefix(name, "@") {
			continue
		}
		c := columnAt(t.parsed.Root(), strings.Split(name, "."))
		if c == nil {
			h.missing = append(h.missing, name)
			continue
		}
		used[strings.Split(name, ".")[0]] = true
		if t.leaves[i], err = t.leaf(name, c); err != nil {
			return h, err
		}
	}
	for _, c := range t.parsed.Root().Columns() {
		if !used[c.Name()] {
			h.unused = append(h.unused, c.Name())
		}
	}
	if h.missing != nil {
		return h, khue.Errorf(khue.Invalid, "tệp không có cột %q", "these columns are missing: %q", h.missing)
	}
	return h, nil
}

// columnAt finds a column by its path: exactly, else without regard to case.
func columnAt(root *parquet.Column, path []string) *parquet.Column {
	for _, name := range path {
		columns := root.Columns()
		i := slices.IndexFunc(columns, func(c *parquet.Column) bool { return c.Name() == name })
		if i < 0 {
			i = slices.IndexFunc(columns, func(c *parquet.Column) bool { return plain(c.Name()) == plain(name) })
		}
		if i < 0 {
			return nil
		}
		root = columns[i]
	}
	return root
}

// leaf prepares to read a column of single values, or a list of them.
func (t *parquetTable) leaf(name string, c *parquet.Column) (*parquetLeaf, error) {
	list := c.Repeated()
	for !c.Leaf() {
		if len(c.Columns()) != 1 {
			return nil, khue.Errorf(khue.Invalid, "cột %q gồm nhiều phần; hãy nêu một phần, ví dụ %[1]s.%[2]s",
				"the column %[1]q has several parts; name one of them, as %[1]s.%[2]s", name, c.Columns()[0].Name())
		}
		c = c.Columns()[0]
		list = list || c.Repeated()
	}
	if c.MaxRepetitionLevel() > 1 {
		return nil, khue.Errorf(khue.Invalid, "cột %q là danh sách lồng nhau", "the column %q is a list of lists", name)
	}
	read := t.reader(c.Type())
	if read == nil {
		return nil, khue.Errorf(khue.Invalid, "không đọc được kiểu %[2]s của cột %[1]q", "the type %[2]s of the column %[1]q cannot be read", name, c.Type())
	}
	return &parquetLeaf{column: c, list: list || c.MaxRepetitionLevel() > 0, read: read, buffer: make([]parquet.Value, pageRows)}, nil
}

// reader is how a value of a type is read; nil for types that mean nothing here.
func (t *parquetTable) reader(typ parquet.Type) func(parquet.Value) Value {
	var logical any
	if l := typ.LogicalType(); l != nil {
		logical = l.Value
	}
	switch l := logical.(type) {
	case *format.DateType:
		return func(v parquet.Value) Value { return Value{Kind: Day, N: int64(v.Int32()) * 86_400_000_000} }
	case *format.TimestampType:
		return t.timestamp(l)
	case *format.DecimalType:
		return decimalReader(typ.Kind(), l.Scale)
	case *format.IntType:
		if !l.IsSigned {
			return unsigned(typ.Kind())
		}
	case *format.UUIDType:
		return func(v parquet.Value) Value {
			id, err := uuid.FromBytes(v.ByteArray())
			if err != nil {
				return Value{}
			}
			return text(id.String())
		}
	case *format.TimeType:
		return nil
	}
	switch typ.Kind() {
	case parquet.Boolean:
		return func(v parquet.Value) Value { return boolean(v.Boolean()) }
	case parquet.Int32:
		return func(v parquet.Value) Value { return integer(int64(v.Int32())) }
	case parquet.Int64:
		return func(v parquet.Value) Value { return integer(v.Int64()) }
	case parquet.Int96:
		return func(v parquet.Value) Value {
			p := v.Int96()
			nanos := int64(p[1])<<32 | int64(p[0])
			return instant(time.Unix((int64(p[2])-julianOf1970)*86_400, nanos).UTC())
		}
	case parquet.Float:
		return func(v parquet.Value) Value { return Value{Kind: Float, Ref: float64(v.Float())} }
	case parquet.Double:
		return func(v parquet.Value) Value { return Value{Kind: Float, Ref: v.Double()} }
	case parquet.ByteArray:
		return func(v parquet.Value) Value { return text(string(v.ByteArray())) }
	}
	return nil
}

// julianOf1970 is the Julian day number of 1 January 1970.
const julianOf1970 = 2_440_588

// timestamp reads moments; those that are not adjusted to UTC are a wall clock's.
func (t *parquetTable) timestamp(l *format.TimestampType) func(parquet.Value) Value {
	micros := func(n int64) int64 { return n }
	switch l.Unit.Value.(type) {
	case *format.MilliSeconds:
		micros = func(n int64) int64 {
			if n > math.MaxInt64/1000 || n < math.MinInt64/1000 {
				return math.MaxInt64
			}
			return n * 1000
		}
	case *format.NanoSeconds:
		micros = func(n int64) int64 { return n / 1000 }
	}
	if l.IsAdjustedToUTC {
		return func(v parquet.Value) Value { return Value{Kind: Instant, N: micros(v.Int64())} }
	}
	return func(v parquet.Value) Value {
		w := time.UnixMicro(micros(v.Int64())).UTC()
		y, mo, d := w.Date()
		return instant(time.Date(y, mo, d, w.Hour(), w.Minute(), w.Second(), w.Nanosecond(), t.zone))
	}
}

func decimalReader(kind parquet.Kind, scale int32) func(parquet.Value) Value {
	exact := func(n *big.Int) Value { return Value{Kind: Exact, Ref: decimal.NewFromBigInt(n, -scale)} }
	switch kind {
	case parquet.Int32:
		return func(v parquet.Value) Value { return exact(big.NewInt(int64(v.Int32()))) }
	case parquet.Int64:
		return func(v parquet.Value) Value { return exact(big.NewInt(v.Int64())) }
	}
	return func(v parquet.Value) Value { // two's complement, the highest byte first
		b := v.ByteArray()
		n := new(big.Int).SetBytes(b)
		if len(b) > 0 && b[0]&0x80 != 0 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
		return exact(n)
	}
}

func unsigned(kind parquet.Kind) func(parquet.Value) Value {
	if kind == parquet.Int32 {
		return func(v parquet.Value) Value { return integer(int64(v.Uint32())) }
	}
	return func(v parquet.Value) Value {
		if n := v.Uint64(); n > math.MaxInt64 {
			return Value{Kind: Exact, Ref: decimal.NewFromUint64(n)}
		}
		return integer(v.Int64())
	}
}

// next implements table.
func (t *parquetTable) next(cells []Value) (line int, err error) {
	defer notParquet(&err)
	for t.left == 0 {
		if len(t.groups) == 0 {
			return 0, io.EOF
		}
		if err := t.begin(t.groups[0]); err != nil {
			return 0, noMore(err)
		}
		t.groups = t.groups[1:]
	}
	t.left--
	t.line++
	for i, l := range t.leaves {
		if l == nil {
			continue
		}
		if cells[i], err = l.row(); err != nil {
			return 0, fmt.Errorf("row %d, column %s: %w", t.line, t.names[i], noMore(err))
		}
	}
	return t.line, nil
}

// begin opens the wanted columns of a row group.
func (t *parquetTable) begin(g parquet.RowGroup) error {
	if err := t.release(); err != nil {
		return err
	}
	t.left = g.NumRows()
	for _, l := range t.leaves {
		if l != nil {
			l.pages = g.ColumnChunks()[l.column.Index()].Pages()
		}
	}
	return nil
}

// row reads the value of one row, or all those of a list.
func (l *parquetLeaf) row() (Value, error) {
	v, err := l.peek()
	if err != nil {
		return Value{}, err
	}
	l.at++
	if !l.list {
		if v.IsNull() {
			return Value{}, nil
		}
		return l.read(v), nil
	}
	if v.IsNull() && v.DefinitionLevel() == 0 {
		return Value{}, nil
	}
	list := []string{}
	var m mapping
	for {
		if !v.IsNull() {
			one := l.read(v)
			list = append(list, m.textOf(&one))
		}
		if v, err = l.peek(); errors.Is(err, io.EOF) || err == nil && v.RepetitionLevel() == 0 {
			return Value{Kind: List, Ref: list}, nil
		}
		if err != nil {
			return Value{}, err
		}
		l.at++
	}
}

// peek is the next value of the column, from the next page when this one is done.
func (l *parquetLeaf) peek() (parquet.Value, error) {
	for l.at == l.n {
		l.at, l.n = 0, 0
		if l.values != nil {
			n, err := l.values.ReadValues(l.buffer)
			if l.n = n; n > 0 {
				break
			}
			if err != nil && !errors.Is(err, io.EOF) {
				return parquet.Value{}, err
			}
			l.drop()
		}
		page, err := l.pages.ReadPage()
		if err != nil {
			return parquet.Value{}, err
		}
		l.page, l.values = page, page.Values()
	}
	return l.buffer[l.at], nil
}

func (l *parquetLeaf) drop() {
	if l.page != nil {
		parquet.Release(l.page)
	}
	l.page, l.values = nil, nil
}

// release lets go of the row group under way.
func (t *parquetTable) release() error {
	var errs []error
	for _, l := range t.leaves {
		if l != nil && l.pages != nil {
			l.drop()
			errs = append(errs, l.pages.Close())
			l.pages, l.at, l.n = nil, 0, 0
		}
	}
	return errors.Join(errs...)
}

func (t *parquetTable) cell(column, line int) string {
	if column < 0 {
		return fmt.Sprintf("row %d", line)
	}
	return fmt.Sprintf("row %d, column %s", line, t.names[column])
}

func (t *parquetTable) describe(*Page) {}
func (t *parquetTable) close() error   { return errors.Join(t.release(), t.file.Close()) }
