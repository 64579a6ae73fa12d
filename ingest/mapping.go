package ingest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/warehouse"
)

// mapping turns raw rows of one source into rows of a dataset's contract. It is
// compiled once per pull, so that a row costs no look-up by name. It is used by
// one goroutine at a time.
type mapping struct {
	dataset khue.Dataset
	columns []string // what the source is asked for
	zone    *time.Location
	today   time.Time // stands in as the day of a row that has none
	dict    *dictionaries
	texts   texts

	fields  []*field // in the order of the contract; nil where nothing is mapped
	order   []*field // the dated ones first: names of areas need the row's day
	id      int      // cell of the record id, -1 when a key makes it
	key     []part
	deleted int // cell, -1 when the source does not tell
	scope   []part
	byFile  bool
	skips   []skip
	where   *expression
	pivot   *pivot
	hashed  []int // columns of the page that are replaced by a keyed hash at the door

	// The row under way.
	vals   []Value
	faults []fault
	day    time.Time
	page   *Page

	// trace, when set, sees every row once it is mapped: m.vals, m.faults and m.page tell of it.
	trace func(row int, cells []Value, id string)
	left  int64 // rows left out because they are no data

	// Of rows that a ward hands in.
	held    map[string]string // areas of records that are here, by id; nil when nobody looked
	parents map[string]string // areas of the records that rows belong to; nil when nobody looked
	foreign int64             // rows that are not of the wards, or not known to be
}

// part is a piece of a key or scope: a field of the contract, else a raw column.
type part struct {
	field *field
	cell  int
}

// skip leaves out rows that are no data, such as totals.
type skip struct {
	cell  int
	words *phrases
}

// pivot makes a row of each of some columns: its two made-up cells stand before
// the raw ones in a row of its own.
type pivot struct {
	cells []int // in the page
	names []string
	row   []Value
}

const pivotCells = 2

// fault is a check that a field did not pass.
type fault struct {
	cell     int    // of the row; -1 when no single cell is to blame
	field    *field // nil for the record id
	name     string
	reason   string
	expected khue.Text
	raw      Value
}

// rows maps all rows of a page. It returns how many facts it read, those that
// fail a check included.
func (m *mapping) rows(p *Page, out *warehouse.Rows, reject func(warehouse.Rejected)) int64 {
	m.page = p
	read := int64(0)
	for i := range p.Len() {
		cells := p.Row(i)
		if m.skipped(cells) {
			m.left++
			continue
		}
		if m.pivot == nil {
			read += m.kept(i, cells, out, reject)
			continue
		}
		v := m.pivot
		copy(v.row[pivotCells:], cells)
		for n, c := range v.cells {
			if isEmpty(&cells[c]) || p.Only != "" && p.Only != v.names[n] {
				continue // nothing was said: that is neither a fact nor a fault
			}
			v.row[0], v.row[1] = text(v.names[n]), cells[c]
			read += m.kept(i, v.row, out, reject)
		}
	}
	return read
}

// kept maps a row unless the filter leaves it out, and says how many were read.
func (m *mapping) kept(i int, cells []Value, out *warehouse.Rows, reject func(warehouse.Rejected)) int64 {
	if m.where == nil {
		m.row(i, cells, out, reject)
		return 1
	}
	holds, err := m.where.eval(m, cells)
	yes, ok := holds.(bool)
	switch {
	case err == nil && !ok:
		err = fmt.Errorf("the filter gives %v, neither true nor false", holds)
		fallthrough
	case err != nil:
		clear(m.vals)
		m.faults = append(m.faults[:0], fault{-1, nil, "where", "expression", notWorked(err), m.readBy(m.where, cells)})
		if m.page.Wards != nil {
			m.foreign++ // it cannot be told whose row it is
		}
		if m.trace != nil {
			m.trace(i, cells, "")
		}
		reject(m.rejected(i, cells, ""))
		return 1
	case yes:
		m.row(i, cells, out, reject)
		return 1
	}
	m.left++
	return 0
}

func (m *mapping) skipped(cells []Value) bool {
	for _, s := range m.skips {
		if v := &cells[s.cell]; s.words.match(m.textOf(v)) {
			return true
		}
	}
	empty := true
	for i := range cells {
		if !isEmpty(&cells[i]) && !strings.HasPrefix(m.columns[i], "@") {
			empty = false
			break
		}
	}
	return empty
}

func isEmpty(v *Value) bool {
	return v.Kind == Null || v.Kind == Text && strings.TrimSpace(v.S) == ""
}

// row maps one row: all its fields are looked at, so that a person who mends the
// row sees everything at once.
func (m *mapping) row(i int, cells []Value, out *warehouse.Rows, reject func(warehouse.Rejected)) {
	m.faults, m.day = m.faults[:0], time.Time{}
	gone := m.deleted >= 0 && m.truth(&cells[m.deleted])
	for _, f := range m.order {
		v := &m.vals[f.index]
		if f.cell < 0 {
			if f.expression != nil {
				f.work(m, v, cells)
				continue
			}
			*v = f.constant
			continue
		}
		*v = cells[f.cell]
		f.check(m, v, &cells[f.cell])
	}
	id := m.recordID(cells)
	if gone && id != "" {
		m.faults = m.faults[:0] // a record that goes away may go with its faults
	}
	if m.page.Wards != nil {
		m.holdAgainstWards(cells, id, gone)
	}
	if m.trace != nil {
		m.trace(i, cells, id)
	}
	if len(m.faults) > 0 {
		reject(m.rejected(i, cells, id))
		return
	}
	out.RecordID = append(out.RecordID, id)
	out.Scope = append(out.Scope, m.scopeOf(cells))
	out.Deleted = append(out.Deleted, gone)
	for n := range out.Columns {
		if f := m.fields[n]; gone || f == nil {
			putNothing(m.dataset.Fields[n], &out.Columns[n])
		} else {
			f.put(&m.vals[n], &out.Columns[n])
		}
	}
}

// truth reads a mark of deletion; what is neither yes nor no is no.
func (m *mapping) truth(v *Value) bool {
	b, ok := toBoolean(v)
	return ok && b
}

// columnOf is the raw column behind a cell, or the pivot's made-up one.
func (m *mapping) columnOf(cell int) string {
	if m.pivot != nil {
		cell -= pivotCells
	}
	if cell < 0 {
		return ""
	}
	return m.columns[cell]
}

// pageColumn is the column of the page to point at for a cell of a row; -1 for none.
func (m *mapping) pageColumn(cell int, cells []Value) int {
	if cell < 0 {
		return -1
	}
	if m.pivot == nil || cell >= pivotCells {
		if m.pivot != nil {
			cell -= pivotCells
		}
		return cell
	}
	for n, name := range m.pivot.names {
		if name == cells[0].S {
			return m.pivot.cells[n]
		}
	}
	return -1
}

// rejected describes the row for quarantine: the first fault in full, the others in a line.
func (m *mapping) rejected(i int, cells []Value, id string) warehouse.Rejected {
	first := m.faults[0]
	expected := first.expected
	for _, f := range m.faults[1:] {
		var at khue.Text
		if column := m.pageColumn(f.cell, cells); column >= 0 && m.page.Cell != nil {
			at = khue.Text{VI: " ở " + m.page.Cell(i, column), EN: " at " + m.page.Cell(i, column)}
		}
		expected.VI += fmt.Sprintf("; và %s%s (đọc được %q): %s", f.name, at.VI, m.textOf(&f.raw), f.expected.VI)
		expected.EN += fmt.Sprintf("; also %s%s (read %q): %s", f.name, at.EN, m.textOf(&f.raw), f.expected.EN)
	}
	return warehouse.Rejected{
		RecordID: id, Place: m.wardOf(m.page.Place(i, m.pageColumn(first.cell, cells))), Field: first.name, Value: m.textOf(&first.raw),
		Reason: first.reason, Expected: expected.EN, ExpectedVI: expected.VI, Raw: m.raw(cells), Scope: m.faultyScope(cells), Part: m.partOf(),
	}
}

// rawContext is the key in a raw row under which its page's part of the story is.
const rawContext = "@page"

// raw is the row as it was read, as JSON that can be mapped again: only the columns
// that the mapping names.
func (m *mapping) raw(cells []Value) string {
	head := pageHead{File: m.page.File, Serials: m.page.Serials, Epoch1904: m.page.Epoch1904, Hashed: m.page.Hashed, Wards: m.page.Wards}
	if m.pivot != nil {
		if at := m.faults[0].cell; at >= 0 && at < pivotCells {
			head.Only = cells[0].S // else the fault is in all facts of the row
		}
		cells = cells[pivotCells:]
	}
	b := []byte{'{'}
	for i, name := range m.columns {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendRaw(append(appendText(b, name), ':'), &cells[i])
	}
	if context, err := json.Marshal(head); err == nil && string(context) != "{}" {
		b = append(append(append(b, `,"`+rawContext+`":`...), context...), '}')
		return string(b)
	}
	return string(append(b, '}'))
}

// rowDay is the civil day that the row is about, by the fields that the contract
// says place it in time; today when it has none.
func (m *mapping) rowDay() time.Time {
	if !m.day.IsZero() {
		return m.day
	}
	m.day = m.today
	for _, name := range append([]string{m.dataset.Dated}, m.dataset.DatedElse...) {
		for _, f := range m.order {
			if f.Name != name {
				continue
			}
			if day, ok := m.dayOf(&m.vals[f.index]); ok {
				m.day = day
				return day
			}
		}
	}
	return m.day
}

// undated tells that the row's own day could not be read, so that today stands in for it.
func (m *mapping) undated() bool {
	for _, f := range m.faults {
		if f.field != nil && (f.name == m.dataset.Dated || slices.Contains(m.dataset.DatedElse, f.name)) {
			return m.day.Equal(m.today)
		}
	}
	return false
}

func (m *mapping) dayOf(v *Value) (time.Time, bool) {
	switch v.Kind {
	case Day:
		return v.time(), true
	case Instant:
		return midnight(v.time().In(m.zone)), true
	case Text:
		p, err := khue.ParsePeriod(v.S)
		return p.Start(), err == nil
	}
	return time.Time{}, false
}
