package indicators

import (
	"context"
	"fmt"
	"time"

	"khue"
	"khue/locale"
	"khue/warehouse"
)

// unknownName stands for the code "": a fact whose source did not say.
var unknownName = khue.Text{VI: "Chưa rõ", EN: "Unknown"}

// nameKeys gives every code the name that people read and remembers the order
// of the catalogue's codes. A code without a name is its own name.
func (s *Service) nameKeys(ctx context.Context, r *result) error {
	r.columns = make([]column, len(r.asked.by))
	for i, d := range r.asked.by {
		c := columnOf(r.rows, i)
		if d.Grain != "" {
			c.namePeriods()
		} else if err := s.nameCodes(ctx, &c, d, r.asked.question.AsOf); err != nil {
			return err
		}
		for n, row := range r.rows {
			row.Keys[i] = c.keys[c.of[n]]
		}
		r.columns[i] = c
	}
	return nil
}

func (c *column) namePeriods() {
	for at := range c.keys {
		key := &c.keys[at]
		key.Code, key.Name = key.Period.String(), periodName(key.Period)
	}
}

func periodName(p khue.Period) khue.Text {
	return khue.Text{VI: locale.PeriodLabel(khue.Vietnamese, p), EN: locale.PeriodLabel(khue.English, p)}
}

func (s *Service) nameCodes(ctx context.Context, c *column, d Dimension, asOf time.Time) error {
	ordered, err := s.codesOf(ctx, d, c, asOf)
	if err != nil {
		return err
	}
	for at := range c.keys {
		c.keys[at].Name = khue.Text{VI: c.keys[at].Code, EN: c.keys[at].Code}
	}
	byName := d.Name == "member" || d.Name == "organiser"
	for rank, code := range ordered {
		if at, there := c.place[code.Code]; there {
			c.keys[at].Name = code.Label
			if !byName {
				c.ranks[at] = rank
			}
		}
	}
	for at := range c.keys {
		key := &c.keys[at]
		if area, ok := khue.AreaOf(key.Code); ok && d.Name == "area" {
			key.Tree = area.Tree()
		}
		switch key.Code {
		case "":
			key.Name = unknownName
		case OtherCode:
			key.Name = otherName
		}
	}
	return nil
}

// codesOf gives the named codes of a dimension in their order.
func (s *Service) codesOf(ctx context.Context, d Dimension, c *column, asOf time.Time) ([]Code, error) {
	var out []Code
	switch d.Name {
	case "area":
		for _, a := range khue.Areas() {
			out = append(out, Code{a.Code, a.Name})
		}
		out = append(out, Code{Unconverted, unconvertedName})
	case "discipline":
		for _, x := range khue.Disciplines() {
			out = append(out, Code{x.Code, x.Name})
		}
	case "member", "organiser":
		var wanted []string
		for _, key := range c.keys {
			if key.Code != "" && key.Code != OtherCode {
				wanted = append(wanted, key.Code)
			}
		}
		return s.membersNamed(ctx, wanted, asOf)
	default:
		return d.Values, nil
	}
	return out, nil
}

// membersNamed looks up members by their codes, each of which is given once. Two
// sources may use one identifier for different members; then neither name is given.
func (s *Service) membersNamed(ctx context.Context, wanted []string, asOf time.Time) ([]Code, error) {
	if len(wanted) == 0 {
		return nil, nil
	}
	if register, ok := s.facts.(namedRegister); ok && asOf.IsZero() {
		names, err := register.MemberNames(ctx)
		if err != nil {
			return nil, fmt.Errorf("looking up the names of members: %w", err)
		}
		return named(wanted, names), nil
	}
	where := []warehouse.Filter{{Dim: "member", Values: distinct(wanted)}}
	if len(wanted) > mostFiltered {
		where = nil
	}
	records, err := s.facts.Records(ctx, "members", where, asOf, mostMembers)
	if err != nil {
		return nil, fmt.Errorf("looking up the names of members: %w", err)
	}
	names := make(map[string]string)
	for _, rec := range records {
		id, _ := rec["record_id"].(string)
		name, _ := rec["name"].(string)
		if before, seen := names[id]; seen && before != name {
			name = id
		}
		names[id] = name
	}
	return named(wanted, names), nil
}

// namedRegister gives the names of all members of now. *warehouse.Warehouse is one.
type namedRegister interface {
	MemberNames(ctx context.Context) (map[string]string, error)
}

var _ namedRegister = (*warehouse.Warehouse)(nil)

func named(ids []string, names map[string]string) []Code {
	out := make([]Code, 0, len(ids))
	for _, id := range ids {
		if name := names[id]; name != "" {
			out = append(out, Code{id, khue.Text{VI: name, EN: name}})
		}
	}
	return out
}

const (
	mostFiltered = 500     // identifiers in one filter; beyond that the whole register is read
	mostMembers  = 200_000 // more than any city's register holds
)

// order puts the one that is true first.
func order(a, b bool) int {
	switch {
	case a && !b:
		return -1
	case b && !a:
		return 1
	}
	return 0
}

// list gives the rows as the answer shows them: each figure that was asked for,
// and after it what was derived from it.
func (r *result) list() []Row {
	if r.asked.showsAll() {
		out := make([]Row, len(r.rows))
		for i, row := range r.rows {
			out[i] = *row
		}
		return out
	}
	figures := len(r.asked.wanted) * (1 + len(r.asked.question.Derive))
	out, values := make([]Row, len(r.rows)), make([]Value, 0, len(r.rows)*figures)
	complete := make([]Completeness, 0, len(r.rows)*figures)
	for i, row := range r.rows {
		shown := *row
		for w, wanted := range r.asked.wanted {
			values = append(values, wanted.of(row.Values))
			for _, figures := range r.derived[row] {
				values = append(values, figures[w])
			}
		}
		shown.Values, values = values[:len(values):len(values)], values[len(values):]
		if len(row.Completeness) > 0 {
			complete = r.asked.appendByColumn(complete, row.Completeness)
			shown.Completeness, complete = complete[:len(complete):len(complete)], complete[len(complete):]
		}
		out[i] = shown
	}
	return out
}

// showsAll tells that the columns are what was gathered, as it was gathered.
func (a *inquiry) showsAll() bool {
	for i, w := range a.wanted {
		if w.slot != i || w.below >= 0 {
			return false
		}
	}
	return len(a.wanted) == len(a.measures) && len(a.question.Derive) == 0
}

// byColumn gives each figure the completeness of the facts behind it: a ratio that
// of its less complete part. That of derived figures, which look at other days, is
// not stated.
func (a *inquiry) byColumn(of []Completeness) []Completeness {
	if len(of) == 0 {
		return nil
	}
	return a.appendByColumn(make([]Completeness, 0, len(a.wanted)*(1+len(a.question.Derive))), of)
}

func (a *inquiry) appendByColumn(out, of []Completeness) []Completeness {
	for _, w := range a.wanted {
		c := of[w.slot]
		if w.below >= 0 && of[w.below].lessThan(c) {
			c = of[w.below]
		}
		out = append(out, c)
		for range a.question.Derive {
			out = append(out, Completeness{})
		}
	}
	return out
}
