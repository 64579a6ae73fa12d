package indicators

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"golang.org/x/text/collate"

	"khue"
	"khue/locale"
	"khue/warehouse"
)

// unknownName stands for the code "": a fact whose source did not say.
var unknownName = khue.Text{VI: "Chưa rõ", EN: "Unknown"}

// nameKeys gives every code the name that people read and remembers the order
// of the catalogue's codes. A code without a name is its own name.
func (s *Service) nameKeys(ctx context.Context, r *result) error {
	for i, d := range r.asked.by {
		if d.Grain != "" {
			namePeriods(r, i)
			continue
		}
		ordered, err := s.codesOf(ctx, r, i, d)
		if err != nil {
			return err
		}
		names, rank := make(map[string]khue.Text), make(map[string]int)
		for n, c := range ordered {
			names[c.Code], rank[c.Code] = c.Label, n
		}
		if d.Name != "member" && d.Name != "organiser" {
			r.ranks[i] = rank // members and organisers go by name
		}
		for _, row := range r.rows {
			key := &row.Keys[i]
			if area, ok := khue.AreaOf(key.Code); ok && d.Name == "area" {
				key.Tree = area.Tree()
			}
			switch name, known := names[key.Code]; {
			case key.Code == "":
				key.Name = unknownName
			case key.Code == OtherCode:
				key.Name = otherName
			case known:
				key.Name = name
			default:
				key.Name = khue.Text{VI: key.Code, EN: key.Code}
			}
		}
	}
	return nil
}

func namePeriods(r *result, i int) {
	named := make(map[khue.Period]Key) // a year by discipline and area names its twelve months once
	for _, row := range r.rows {
		key := &row.Keys[i]
		one, known := named[key.Period]
		if !known {
			one = Key{Code: key.Period.String(), Name: periodName(key.Period)}
			named[key.Period] = one
		}
		key.Code, key.Name = one.Code, one.Name
	}
}

func periodName(p khue.Period) khue.Text {
	return khue.Text{VI: locale.PeriodLabel(khue.Vietnamese, p), EN: locale.PeriodLabel(khue.English, p)}
}

// codesOf gives the named codes of a dimension in their order.
func (s *Service) codesOf(ctx context.Context, r *result, i int, d Dimension) ([]Code, error) {
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
		return s.membersNamed(ctx, r, i)
	default:
		return d.Values, nil
	}
	return out, nil
}

// membersNamed looks up the members among the codes of one key. Two sources may
// use one identifier for different members; then neither name is given.
func (s *Service) membersNamed(ctx context.Context, r *result, i int) ([]Code, error) {
	var wanted []string
	for _, row := range r.rows {
		if code := row.Keys[i].Code; code != "" && code != OtherCode {
			wanted = append(wanted, code)
		}
	}
	wanted = distinct(wanted)
	if len(wanted) == 0 {
		return nil, nil
	}
	if register, ok := s.facts.(namedRegister); ok && r.asked.question.AsOf.IsZero() {
		names, err := register.MemberNames(ctx)
		if err != nil {
			return nil, fmt.Errorf("looking up the names of members: %w", err)
		}
		return named(wanted, names), nil
	}
	where := []warehouse.Filter{{Dim: "member", Values: wanted}}
	if len(wanted) > mostFiltered {
		where = nil
	}
	records, err := s.facts.Records(ctx, "members", where, r.asked.question.AsOf, mostMembers)
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
	var out []Code
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

// sort puts the rows in the order of By: time rising, codes in the catalogue's
// order, names by Vietnamese collation, then the unknown, and all others last.
func (r *result) sort() {
	places := make([]map[string]int, len(r.asked.by))
	for i := range places {
		if i != r.asked.timeKey {
			places[i] = r.placesOf(i)
		}
	}
	slices.SortStableFunc(r.rows, func(x, y *Row) int {
		for i := range x.Keys {
			a, b := x.Keys[i], y.Keys[i]
			switch {
			case a.Code == b.Code:
				continue
			case i == r.asked.timeKey:
				return a.Period.Start().Compare(b.Period.Start())
			}
			return places[i][a.Code] - places[i][b.Code]
		}
		return 0
	})
}

// placesOf puts the codes of a dimension in order. Names are compared once for each
// code: by the rules of a language that costs more than all the rest of the sorting.
func (r *result) placesOf(i int) map[string]int {
	type placed struct {
		code string
		last int // 1 for the unknown, 2 for all others
		rank int // in the catalogue; past all of them when it is not there
		name []byte
	}
	collator, buffer := locale.Collator(), collate.Buffer{}
	seen := make(map[string]int)
	var codes []placed
	for _, row := range r.rows {
		key := row.Keys[i]
		if _, there := seen[key.Code]; there {
			continue
		}
		seen[key.Code] = 0
		one := placed{code: key.Code, rank: math.MaxInt}
		rank, known := r.ranks[i][key.Code]
		switch {
		case key.Code == OtherCode:
			one.last = 2
		case key.Code == "":
			one.last = 1
		case known:
			one.rank = rank
		default:
			one.name = collator.KeyFromString(&buffer, key.Name.VI)
		}
		codes = append(codes, one)
	}
	slices.SortFunc(codes, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.last, b.last), cmp.Compare(a.rank, b.rank), bytes.Compare(a.name, b.name), strings.Compare(a.code, b.code))
	})
	for n, one := range codes {
		seen[one.code] = n
	}
	return seen
}

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
	out := make([]Row, len(r.rows))
	for i, row := range r.rows {
		shown := *row
		shown.Values = make([]Value, 0, len(r.asked.wanted)*(1+len(r.asked.question.Derive)))
		for w, wanted := range r.asked.wanted {
			shown.Values = append(shown.Values, wanted.of(row.Values))
			for _, figures := range r.derived[row] {
				shown.Values = append(shown.Values, figures[w])
			}
		}
		shown.Completeness = r.asked.byColumn(row.Completeness)
		out[i] = shown
	}
	return out
}

// byColumn gives each figure the completeness of the facts behind it: a ratio that
// of its less complete part. That of derived figures, which look at other days, is
// not stated.
func (a *inquiry) byColumn(of []Completeness) []Completeness {
	if len(of) == 0 {
		return nil
	}
	out := make([]Completeness, 0, len(a.wanted)*(1+len(a.question.Derive)))
	for _, w := range a.wanted {
		c := of[w.slot]
		if w.below >= 0 && of[w.below].lessThan(c) {
			c = of[w.below]
		}
		out = append(append(out, c), make([]Completeness, len(a.question.Derive))...)
	}
	return out
}
