package ingest

import (
	"database/sql"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// mysqlReader turns what the driver gives into cells. Dates are taken as the
// server writes them, because the driver's own reading of them knows one zone for
// all columns: a DATETIME is the source's wall clock, a TIMESTAMP a moment.
type mysqlReader struct {
	zone    *time.Location
	local   map[string]bool // columns of type DATETIME
	texts   texts
	cells   []Value
	targets []any
}

const mysqlMoment = "2006-01-02 15:04:05.999999"

// mysqlCell is one column's place in the row under way.
type mysqlCell struct {
	reader *mysqlReader
	kind   string // as the driver names it: DECIMAL, UNSIGNED BIGINT, DATETIME …
	value  *Value
}

// prepare makes room for a row of such columns.
func (r *mysqlReader) prepare(types []*sql.ColumnType) ([]Value, []any) {
	r.cells, r.targets = make([]Value, len(types)), make([]any, len(types))
	for i, t := range types {
		r.local[t.Name()] = t.DatabaseTypeName() == "DATETIME"
		r.targets[i] = &mysqlCell{reader: r, kind: t.DatabaseTypeName(), value: &r.cells[i]}
	}
	return r.cells, r.targets
}

// Scan implements sql.Scanner; bytes are the driver's own until the next row.
func (c *mysqlCell) Scan(src any) error {
	switch x := src.(type) {
	case nil:
		*c.value = Value{}
	case int64:
		*c.value = integer(x)
	case uint64:
		*c.value = wholeOf(x)
	case float64:
		*c.value = Value{Kind: Float, Ref: x}
	case float32: // its own digits, not those of the nearest float64
		y, err := strconv.ParseFloat(strconv.FormatFloat(float64(x), 'g', -1, 32), 64)
		*c.value = Value{Kind: Float, Ref: y}
		return err
	case []byte:
		return c.bytes(x)
	case string:
		return c.bytes([]byte(x))
	default:
		return fmt.Errorf("a value of type %T is not known", src)
	}
	return nil
}

func wholeOf(n uint64) Value {
	if n > math.MaxInt64 {
		return Value{Kind: Exact, Ref: decimal.NewFromUint64(n)}
	}
	return integer(int64(n))
}

func (c *mysqlCell) bytes(b []byte) error {
	switch c.kind {
	case "DECIMAL":
		d, err := decimal.NewFromString(string(b))
		if err != nil {
			return fmt.Errorf("reading a decimal: %w", err)
		}
		*c.value = Value{Kind: Exact, Ref: d}
	case "BIT":
		n := uint64(0)
		for _, part := range b {
			n = n<<8 | uint64(part)
		}
		*c.value = wholeOf(n)
	case "DATE":
		*c.value = c.reader.moment(string(b), time.DateOnly, time.UTC)
		if c.value.Kind == Instant {
			c.value.Kind = Day
		}
	case "DATETIME":
		*c.value = c.reader.moment(string(b), mysqlMoment, c.reader.zone)
	case "TIMESTAMP":
		*c.value = c.reader.moment(string(b), mysqlMoment, time.UTC)
	default:
		if strings.Contains(c.kind, "INT") || c.kind == "YEAR" {
			if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
				*c.value = integer(n)
				return nil
			}
		}
		*c.value = text(c.reader.texts.keep(b))
	}
	return nil
}

// moment reads a time. The zero date stands for none in these systems; one with a
// zero day or month is no date, and stays as it is for the checks to say so.
func (r *mysqlReader) moment(s, layout string, zone *time.Location) Value {
	if strings.HasPrefix(s, "0000-00-00") {
		return Value{}
	}
	t, err := time.ParseInLocation(layout, s, zone)
	if err != nil {
		return text(s)
	}
	return instant(t)
}
