package indicators

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"khue"
	"khue/warehouse"
)

// recast rewrites the parts of a plan whose keys or filters ask for a dimension
// otherwise than the rows hold it. Parts that do not are left as they are.
func (s *Service) recast(a *inquiry, parts []part) error {
	for i := range parts {
		p := &parts[i]
		if err := s.putLenses(a, p); err != nil {
			return err
		}
		if len(p.lenses) == 0 {
			continue
		}
		if err := a.mayDivide(p); err != nil {
			return err
		}
		if p.ask.Aggregates[0].Func == "distinct" {
			p.askForCodes()
		} else {
			p.askForLabels()
		}
	}
	return nil
}

// mayDivide refuses measures that the lenses would divide and must not, and gives
// divided counts decimals of their own.
func (a *inquiry) mayDivide(p *part) error {
	for _, slot := range p.slots {
		m := a.measures[slot]
		for _, l := range p.lenses {
			if err := l.mayCount(m); err != nil {
				return err
			}
			if !l.splits() {
				continue
			}
			a.divided = append(a.divided, l.dim)
			if m.Aggregate == "count" || m.Kind == "stock" {
				a.finer(slot)
			}
		}
	}
	return nil
}

// askForCodes has the warehouse recast the keys itself. They go by names of
// their own there, since a filter on the facts may bear the name of the dimension.
func (p *part) askForCodes() {
	p.ask.By = slices.Clone(p.ask.By)
	for _, l := range p.lenses {
		p.ask.Recasts = append(p.ask.Recasts, l.asCodes()...)
		for _, v := range l.views {
			if v.at >= 0 {
				p.ask.By[v.at] = labelOf(v.name)
			}
			if v.only != nil {
				p.ask.Where = append(p.ask.Where, warehouse.Filter{Dim: labelOf(v.name), Values: v.only, Not: v.not})
			}
		}
	}
	p.lenses = nil // what comes back is recast already
}

// recastRoom is how many rows under labels stand for one of the answer at most:
// more areas than the city ever had.
const recastRoom = 200

// askForLabels takes the keys and filters of the lenses out of a Select and puts
// the labels in.
func (p *part) askForLabels() {
	var names []string
	for _, l := range p.lenses {
		for _, v := range l.views {
			names = append(names, v.name)
		}
	}
	by := make([]string, 0, len(p.ask.By)+len(p.lenses))
	for i, dim := range p.ask.By {
		if slices.Contains(names, dim) {
			continue
		}
		by, p.others = append(by, dim), append(p.others, i)
	}
	for _, l := range p.lenses {
		by = append(by, l.label)
		p.ask.Recasts = append(p.ask.Recasts, l.asLabel())
	}
	p.width, p.ask.By = len(p.ask.By), by
	p.ask.Limit *= recastRoom
}

// recastRows reads the rows of a Select under labels as rows under the keys that
// the question asks for. Whatever is divided is divided exactly and rounded last,
// so that the parts add up to what was divided: see roundParts.
func (p part) recastRows(a *inquiry, rows []warehouse.Row) ([]warehouse.Row, error) {
	if len(p.lenses) == 0 {
		return rows, nil
	}
	var groups []*group
	place := make(map[string]*group)
	for _, row := range rows {
		others := row.Keys[:len(p.others)]
		id := strings.Join(others, "\x00")
		g := place[id]
		if g == nil {
			g = &group{others: others, byCodes: make(map[string]*portion)}
			place[id], groups = g, append(groups, g)
		}
		if err := p.divide(a, g, row); err != nil {
			return nil, err
		}
	}
	var out []warehouse.Row
	for _, g := range groups {
		if p.splits() && !p.each() {
			g.roundParts(p.quanta(a))
		}
		out = append(out, p.collect(a, g)...)
	}
	return out, nil
}

// group is what shares all keys but those of the lenses.
type group struct {
	others   []string
	portions []*portion
	byCodes  map[string]*portion
}

// portion is the exact sum of what fell to one combination of codes.
type portion struct {
	codes  [][]string // for each lens, for each of its views
	values []*big.Rat
	known  []bool
}

func newPortion(codes [][]string, width int) *portion {
	p := &portion{codes: codes, values: make([]*big.Rat, width), known: make([]bool, width)}
	for i := range p.values {
		p.values[i] = new(big.Rat)
	}
	return p
}

// divide gives each combination of codes its part of a row.
func (p part) divide(a *inquiry, g *group, row warehouse.Row) error {
	combined := []struct {
		codes  [][]string
		weight *big.Rat
	}{{weight: whole}}
	for i, l := range p.lenses {
		era, codes, err := warehouse.ParseLabel(row.Keys[len(p.others)+i])
		if err != nil {
			return err
		}
		day := l.eraDay(era)
		if p.stock() {
			day = p.lastDay(a, row)
		}
		cells := l.cells(day, codes)
		next := combined[:0:0]
		for _, c := range combined {
			for _, x := range cells {
				weight := c.weight
				if x.weight.Cmp(whole) != 0 {
					weight = new(big.Rat).Mul(weight, x.weight)
				}
				c.codes = append(c.codes[:i:i], x.codes)
				next = append(next, struct {
					codes  [][]string
					weight *big.Rat
				}{c.codes, weight})
			}
		}
		combined = next
	}
	for _, c := range combined {
		target := g.portion(c.codes, len(row.Values))
		for i, v := range row.Values {
			exact, err := exactly(v)
			if err != nil {
				return err
			}
			target.values[i].Add(target.values[i], exact.Mul(exact, c.weight))
			target.known[i] = target.known[i] || row.Known[i]
		}
	}
	return nil
}

func (g *group) portion(codes [][]string, width int) *portion {
	var id strings.Builder
	for _, of := range codes {
		for _, code := range of {
			id.WriteString(code)
			id.WriteByte(0)
		}
	}
	target := g.byCodes[id.String()]
	if target == nil {
		target = newPortion(codes, width)
		g.byCodes[id.String()], g.portions = target, append(g.portions, target)
	}
	return target
}

// exactly takes a number as the decimal that it is written as.
func exactly(v float64) (*big.Rat, error) {
	exact, ok := new(big.Rat).SetString(strconv.FormatFloat(v, 'f', -1, 64))
	if !ok {
		return nil, fmt.Errorf("reading %v as an exact number", v)
	}
	return exact, nil
}

// collect drops what the filters do not let pass and adds up what ends under the
// same keys of the answer.
func (p part) collect(a *inquiry, g *group) []warehouse.Row {
	var order []string
	sums := make(map[string]*portion)
	keysOf := make(map[string][]string)
	for _, from := range g.portions {
		keys := make([]string, p.width)
		for i, at := range p.others {
			keys[at] = g.others[i]
		}
		passes := true
		for i, l := range p.lenses {
			passes = passes && l.passes(from.codes[i])
			for j, v := range l.views {
				if v.at >= 0 {
					keys[v.at] = from.codes[i][j]
				}
			}
		}
		if !passes {
			continue
		}
		id := strings.Join(keys, "\x00")
		sum := sums[id]
		if sum == nil {
			sum = newPortion(nil, len(from.values))
			sums[id], keysOf[id], order = sum, keys, append(order, id)
		}
		for i, v := range from.values {
			sum.values[i].Add(sum.values[i], v)
			sum.known[i] = sum.known[i] || from.known[i]
		}
	}
	out := make([]warehouse.Row, 0, len(order))
	for _, id := range order {
		row := warehouse.Row{Keys: keysOf[id], Values: make([]float64, len(sums[id].values)), Known: sums[id].known}
		for i, v := range sums[id].values {
			if p.each() && p.splits() {
				v = toDecimals(v, p.quanta(a)[i])
			}
			row.Values[i], _ = v.Float64()
		}
		out = append(out, row)
	}
	return out
}

func (p part) splits() bool { return slices.ContainsFunc(p.lenses, lens.splits) }

// each tells that a fact may count under several keys, so that parts need not add up.
func (p part) each() bool {
	return slices.ContainsFunc(p.lenses, func(l lens) bool { return l.every && l.count == CountEach })
}

func (p part) stock() bool { return p.ask.Aggregates[0].Func == "stock" }

// lastDay is the day on which the stocks of a row are taken.
func (p part) lastDay(a *inquiry, row warehouse.Row) time.Time {
	end := p.ask.To
	if i := slices.Index(p.others, a.timeKey); a.timeKey >= 0 && i >= 0 {
		if day, err := time.Parse(time.DateOnly, row.Keys[i]); err == nil {
			if of := khue.PeriodOf(day, a.grain).End(); end.IsZero() || of.Before(end) {
				end = of
			}
		}
	}
	return end.AddDate(0, 0, -1)
}

// quanta is, for each number, how many decimals its parts are rounded to: two
// for counts, those of the measure for sums of whole numbers, and all that are
// kept for sums of decimals.
func (p part) quanta(a *inquiry) []int {
	out := make([]int, len(p.slots))
	for i, slot := range p.slots {
		m := a.measures[slot]
		contract, _ := khue.DatasetOf(m.Dataset)
		field, _ := contract.Field(m.Column)
		switch {
		case m.Aggregate == "count" || m.Kind == "stock":
			out[i] = countDecimals
		case field.Type == khue.DecimalField:
			out[i] = keptDecimals
		default:
			out[i] = m.Decimals
		}
	}
	return out
}

const (
	countDecimals = 2 // of a count whose facts are divided
	keptDecimals  = 6 // of a decimal field
)
