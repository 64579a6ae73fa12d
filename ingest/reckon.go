package ingest

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"khue"
	"khue/warehouse"
)

// reckoning adds up what a source gives, raw, before anything is made of it.
type reckoning struct {
	rows    int64
	columns []reckoned
}

// reckoned is the exact total of one raw column.
type reckoned struct {
	name   string
	at     int    // in the page
	number string // how its texts write numbers: vi, en or ""
	whole  int64
	rest   decimal.Decimal
}

// reckon prepares the totals of the raw columns behind the contract's numbers,
// and of others that the source may speak of.
func (m *mapping) reckon(more ...string) reckoning {
	var r reckoning
	add := func(name, number string) {
		at := slices.Index(m.columns, name)
		if at >= 0 && !slices.ContainsFunc(r.columns, func(c reckoned) bool { return c.name == name }) && !slices.Contains(m.hashed, at) {
			r.columns = append(r.columns, reckoned{name: name, at: at, number: number})
		}
	}
	for _, f := range m.fields {
		if f == nil || f.cell < 0 || f.Type != khue.IntegerField && f.Type != khue.DecimalField {
			continue
		}
		if m.pivot != nil && f.cell == 1 {
			for _, name := range m.pivot.names {
				add(name, f.number)
			}
			continue
		}
		add(m.columnOf(f.cell), f.number)
	}
	for _, name := range more {
		add(name, "")
	}
	return r
}

func (r *reckoning) page(p *Page) {
	r.rows += int64(p.Len())
	width := len(p.Columns)
	for i := range r.columns {
		c := &r.columns[i]
		for at := c.at; at < len(p.Cells); at += width {
			c.add(&p.Cells[at])
		}
	}
}

func (c *reckoned) add(v *Value) {
	switch v.Kind {
	case Integer:
		c.addWhole(v.N)
	case Exact:
		c.rest = c.rest.Add(v.Ref.(decimal.Decimal))
	case Float:
		if x := v.Ref.(float64); !math.IsNaN(x) && !math.IsInf(x, 0) {
			c.rest = c.rest.Add(decimal.NewFromFloat(x))
		}
	case Text:
		s, ok := strings.TrimSpace(v.S), true
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			c.addWhole(n)
			return
		}
		if c.number != "" {
			s, ok = plainNumber(strings.ReplaceAll(s, "\u00a0", ""), c.number)
		}
		if d, err := decimal.NewFromString(s); err == nil && ok && len(s) <= 60 && d.Exponent() <= 30 {
			c.rest = c.rest.Add(d)
		}
	}
}

// amountOf is a checked value as an amount, where it is a number.
func amountOf(v *Value) (decimal.Decimal, bool) {
	switch v.Kind {
	case Integer:
		return decimal.NewFromInt(v.N), true
	case Exact:
		return v.Ref.(decimal.Decimal), true
	}
	return decimal.Zero, false
}

func (c *reckoned) addWhole(n int64) {
	if n > 0 && c.whole > math.MaxInt64-n || n < 0 && c.whole < math.MinInt64-n {
		c.rest, c.whole = c.rest.Add(decimal.NewFromInt(c.whole)), 0
	}
	c.whole += n
}

func (r *reckoning) sums() warehouse.Sums {
	s := make(warehouse.Sums, len(r.columns))
	for _, c := range r.columns {
		s[c.name] = c.rest.Add(decimal.NewFromInt(c.whole))
	}
	return s
}

// take moves what was added up so far to the reading's total and begins anew.
func (r *reckoning) take(into *reckoning) {
	into.rows += r.rows
	for i := range r.columns {
		if into.columns == nil {
			into.columns = slices.Clone(r.columns)
			for n := range into.columns {
				into.columns[n].whole, into.columns[n].rest = 0, decimal.Zero
			}
		}
		into.columns[i].addWhole(r.columns[i].whole)
		into.columns[i].rest = into.columns[i].rest.Add(r.columns[i].rest)
	}
	r.clear()
}

func (r *reckoning) clear() {
	r.rows = 0
	for i := range r.columns {
		r.columns[i].whole, r.columns[i].rest = 0, decimal.Zero
	}
}

// mismatch says in what a source's own numbers differ from what was read of it;
// nil when they agree, or where it says nothing.
func mismatch(t *Totals, r *reckoning) error {
	if t == nil {
		return nil
	}
	var vi, en []string
	if t.Rows != r.rows {
		vi = append(vi, fmt.Sprintf("nguồn có %d dòng, đọc được %d", t.Rows, r.rows))
		en = append(en, fmt.Sprintf("the source has %d rows, %d were read", t.Rows, r.rows))
	}
	read := r.sums()
	for _, name := range names(t.Sums) {
		got, known := read[name]
		if known && !got.Equal(t.Sums[name]) {
			vi = append(vi, fmt.Sprintf("tổng cột %s ở nguồn là %s, đọc được %s", name, t.Sums[name], got))
			en = append(en, fmt.Sprintf("the source's sum of %s is %s, what was read makes %s", name, t.Sums[name], got))
		}
	}
	if en == nil {
		return nil
	}
	return khue.Errorf(khue.Conflict, "số liệu đọc được không khớp với nguồn (%[2]s): %[1]s", "what was read does not agree with the source (%[2]s): %[3]s",
		strings.Join(vi, "; "), t.By, strings.Join(en, "; "))
}
