package warehouse

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"khue"
)

// stock asks for comings and goings up to the end; adding them up over time
// gives how many were present at the end of each period.
func (p plan) stock(slots []int) query {
	var columns []string
	for _, slot := range slots {
		columns = append(columns, p.ask.Aggregates[slot].Column)
	}
	r := p.flows(columns)
	selected, grouped := p.keyExpressions(r)
	// Comings and goings that were taken back, and so never were, leave no group of
	// zeros; one who came and went leaves a true zero.
	flows := "sum(flows)"
	if !r.summed {
		flows = "sum(toInt64(sign))"
	}
	for i, slot := range slots {
		value := "sum(" + columns[i] + ")"
		if !r.summed {
			value = "sum(sign * flow." + columns[i] + ")"
		}
		selected = append(selected, fmt.Sprintf("toFloat64(%s) AS v%d", value, slot), fmt.Sprintf("toUInt8(1) AS n%d", slot))
	}
	sql := fmt.Sprintf("SELECT %s\nFROM %s\nWHERE %s%s\nHAVING %s != 0%s", strings.Join(selected, ", "), r.sql, r.where,
		clause("\nGROUP BY ", grouped), flows, clause("\nORDER BY ", grouped))
	return query{sql: sql, parameters: r.parameters, keys: len(p.ask.By), slots: slots, gather: newGatherer(p.ask)}
}

// flows gives the comings and goings to read. Where a rollup answers, they are
// already summed by month; in the journal they are worked out of its rows.
func (p plan) flows(sums []string) relation {
	if p.rollup != nil && !p.rewinds() {
		r := relation{sql: p.rollup.table, day: p.rollup.day(), summed: true}
		r.where, r.parameters = p.conditions(r.day, false)
		return r
	}
	rows, parameters := plan{layout: p.layout, ask: Select{Where: p.ask.Where}}.conditions("", false)
	days, bound := plan{layout: p.layout, ask: Select{To: p.ask.To}}.conditions("flow.day", false)
	maps.Copy(parameters, bound)
	if !p.rewinds() {
		return relation{sql: memberFlows(p.layout.journal(), p.known(rows, parameters)), day: "flow.day", where: days, parameters: parameters}
	}
	now, bound := p.conditions(p.rollup.day(), false)
	maps.Copy(parameters, bound)
	parameters["as_of"] = p.ask.AsOf.UTC().Format(momentForm)
	return relation{
		sql: p.less(slices.Compact(slices.Sorted(slices.Values(p.columns()))), append(slices.Clone(sums), "flows"), now, memberFlows(p.layout.journal(), rows+" AND "+recordedSince), days),
		day: p.rollup.day(), where: "1", summed: true, parameters: parameters,
	}
}

// gatherer adds up flows over time: a stock at the end of a period is all that
// came and went before that end, however long ago.
type gatherer struct {
	ask   Select
	time  int // index of the time key in By; -1 when there is none
	grain khue.Grain
	flows map[string]*series // by the other keys
}

type series struct {
	keys []string
	at   map[string][]float64 // flows by first day of their period
}

func newGatherer(s Select) *gatherer {
	g := &gatherer{ask: s, time: -1, flows: map[string]*series{}}
	for i, dim := range s.By {
		if _, isTime := grainDay[dim]; isTime {
			g.time, g.grain = i, khue.Grain(dim)
		}
	}
	return g
}

func (g *gatherer) add(keys []string, values []float64) {
	day, others := "", slices.Clone(keys)
	if g.time >= 0 {
		day, others[g.time] = keys[g.time], ""
	}
	id := strings.Join(others, "\x00")
	s, ok := g.flows[id]
	if !ok {
		s = &series{keys: others, at: map[string][]float64{}}
		g.flows[id] = s
	}
	s.at[day] = slices.Clone(values)
}

// fill writes the stocks into the answer, for each period from the question's
// first day to its end, or the last flow. Before the first flow nothing is known:
// a period then has no row, whether or not the question names a first day.
func (g *gatherer) fill(into *table, slots []int) {
	for _, s := range g.flows {
		if g.time < 0 {
			g.put(into, slots, s.keys, s.at[""])
			continue
		}
		first, last := s.span()
		from, to := g.ask.From, g.ask.To
		if from.Before(first) {
			from = first
		}
		if to.IsZero() {
			to = khue.PeriodOf(last, g.grain).End()
		}
		total := make([]float64, len(slots))
		if first.Before(from) {
			g.addBefore(total, s, khue.PeriodOf(from, g.grain).Start())
		}
		for _, p := range khue.Periods(g.grain, from, to) {
			day := p.Start().Format(time.DateOnly)
			for i, v := range s.at[day] {
				total[i] += v
			}
			keys := slices.Clone(s.keys)
			keys[g.time] = day
			g.put(into, slots, keys, total)
		}
	}
}

func (g *gatherer) addBefore(total []float64, s *series, start time.Time) {
	limit := start.Format(time.DateOnly)
	for day, values := range s.at {
		if day < limit {
			for i, v := range values {
				total[i] += v
			}
		}
	}
}

func (s *series) span() (first, last time.Time) {
	for day := range s.at {
		d, err := time.Parse(time.DateOnly, day)
		if err != nil {
			continue // the key is a date that the engine wrote
		}
		if first.IsZero() || d.Before(first) {
			first = d
		}
		if d.After(last) {
			last = d
		}
	}
	return first, last
}

func (g *gatherer) put(into *table, slots []int, keys []string, values []float64) {
	r := into.add(keys)
	for i, slot := range slots {
		r.Values[slot], r.Known[slot] = values[i], true
	}
}
