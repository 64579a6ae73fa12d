package warehouse

import (
	"slices"
	"strings"
	"time"

	"khue"
)

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
// first day, or the first flow, to its end, or the last flow.
func (g *gatherer) fill(into *table, slots []int) {
	for _, s := range g.flows {
		if g.time < 0 {
			g.put(into, slots, s.keys, s.at[""])
			continue
		}
		first, last := s.span()
		from, to := g.ask.From, g.ask.To
		if from.IsZero() {
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
	r := into.row(keys)
	for i, slot := range slots {
		r.Values[slot], r.Known[slot] = values[i], true
	}
}
