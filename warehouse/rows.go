package warehouse

import (
	"time"

	"github.com/shopspring/decimal"

	"khue"
)

// Column holds one field of many rows. Only the slice of the field's type is used:
//
//	text, code, period, area, discipline   Strings ("" is no value)
//	integer                                Integers
//	decimal                                Decimals
//	date (midnight UTC of the day), instant Times
//	boolean                                Booleans
//	disciplines, texts                     Lists
//
// Null marks rows without a value; it is as long as the column for optional
// numbers, booleans, dates and instants, and unused otherwise.
type Column struct {
	Strings  []string
	Integers []int64
	Decimals []decimal.Decimal
	Times    []time.Time
	Booleans []bool
	Lists    [][]string
	Null     []bool
}

// Rows are checked records of one dataset in columns, ready to be staged.
type Rows struct {
	Dataset  khue.Dataset
	RecordID []string
	Scope    []string // what part of the source said this, e.g. a file; "" where that means nothing
	Deleted  []bool   // true retracts the record; its other columns are not read
	Columns  []Column // in the order of Dataset.Fields
}

// NewRows makes empty columns with room for that many rows.
func NewRows(d khue.Dataset, capacity int) *Rows {
	r := &Rows{
		Dataset:  d,
		RecordID: make([]string, 0, capacity),
		Scope:    make([]string, 0, capacity),
		Deleted:  make([]bool, 0, capacity),
		Columns:  make([]Column, len(d.Fields)),
	}
	for i, f := range d.Fields {
		c := &r.Columns[i]
		switch f.Type {
		case khue.IntegerField:
			c.Integers = make([]int64, 0, capacity)
		case khue.DecimalField:
			c.Decimals = make([]decimal.Decimal, 0, capacity)
		case khue.DateField, khue.InstantField:
			c.Times = make([]time.Time, 0, capacity)
		case khue.BooleanField:
			c.Booleans = make([]bool, 0, capacity)
		case khue.DisciplinesList, khue.TextList:
			c.Lists = make([][]string, 0, capacity)
		default:
			c.Strings = make([]string, 0, capacity)
		}
		if nullable(f) {
			c.Null = make([]bool, 0, capacity)
		}
	}
	return r
}

// Len is the number of rows.
func (r *Rows) Len() int { return len(r.RecordID) }

// Reset empties the columns and keeps their room.
func (r *Rows) Reset() {
	r.RecordID, r.Scope, r.Deleted = r.RecordID[:0], r.Scope[:0], r.Deleted[:0]
	for i := range r.Columns {
		c := &r.Columns[i]
		c.Strings, c.Integers, c.Decimals = c.Strings[:0], c.Integers[:0], c.Decimals[:0]
		c.Times, c.Booleans, c.Lists, c.Null = c.Times[:0], c.Booleans[:0], c.Lists[:0], c.Null[:0]
	}
}

// column gives a field's values in the form that the driver appends.
func (r *Rows) column(i int) any {
	f, c := r.Dataset.Fields[i], &r.Columns[i]
	switch f.Type {
	case khue.IntegerField:
		return withNulls(c.Integers, c.Null)
	case khue.DecimalField:
		return withNulls(c.Decimals, c.Null)
	case khue.DateField, khue.InstantField:
		return withNulls(c.Times, c.Null)
	case khue.BooleanField:
		return withNulls(c.Booleans, c.Null)
	case khue.DisciplinesList, khue.TextList:
		return c.Lists
	}
	return c.Strings
}

// withNulls turns values beside a null mask into pointers, without copying them.
func withNulls[T any](values []T, null []bool) any {
	if len(null) == 0 {
		return values
	}
	out := make([]*T, len(values))
	for i := range values {
		if !null[i] {
			out[i] = &values[i]
		}
	}
	return out
}

// epoch stands for "no day known"; such a fact belongs to no period.
var epoch = time.Date(1970, time.January, 1, 0, 0, 0, 0, time.UTC)

// happenedOn works out the calendar day, in the observatory's zone, that each
// fact belongs to. It is the one place where instants become days.
func (r *Rows) happenedOn(zone *time.Location) []time.Time {
	out := make([]time.Time, r.Len())
	for i := range out {
		out[i] = epoch
	}
	names := append([]string{r.Dataset.Dated}, r.Dataset.DatedElse...)
	for n := len(names) - 1; n >= 0; n-- { // the first name is written last and wins
		for fi, f := range r.Dataset.Fields {
			if f.Name == names[n] {
				fillDays(out, f, &r.Columns[fi], r.Deleted, zone)
			}
		}
	}
	return out
}

func fillDays(out []time.Time, f khue.Field, c *Column, deleted []bool, zone *time.Location) {
	for i := range out {
		if deleted[i] || (len(c.Null) > 0 && c.Null[i]) {
			continue
		}
		switch f.Type {
		case khue.DateField:
			out[i] = c.Times[i]
		case khue.InstantField:
			y, m, d := c.Times[i].In(zone).Date()
			out[i] = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
		case khue.PeriodField:
			if p, err := khue.ParsePeriod(c.Strings[i]); err == nil {
				out[i] = p.Start()
			}
		}
	}
}
