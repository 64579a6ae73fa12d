package forecast

import "math"

// naive repeats the figure of a season before (Season 1: the latest figure).
type naive struct {
	lag   int
	tail  []float64 // the latest figure of each place in the season, oldest place first
	sigma float64
	free  float64
}

// fitNaive takes the changes over one lag as a random walk without drift.
func fitNaive(s Series, lag int) (model, bool) {
	m := naive{lag: lag, tail: make([]float64, lag)}
	known := make(map[int]float64, len(s.Points))
	for _, p := range s.Points {
		known[p.Index] = p.Value
	}
	last, first := s.last(), s.Points[0].Index
	for i := range m.tail {
		at, ok := last-lag+1+i, false
		for ; !ok && at >= first; at -= lag {
			m.tail[i], ok = known[at]
		}
		if !ok {
			return nil, false
		}
	}
	changes, square := changesOf(s, lag)
	if len(changes) == 0 {
		return nil, false
	}
	m.sigma, m.free = math.Sqrt(square/float64(len(changes))), float64(len(changes))
	return m, true
}

// changesOf lists the changes from each figure to the next in the same place of
// the season, with the sum of their squares, each divided by the lags it spans.
func changesOf(s Series, lag int) (changes []float64, square float64) {
	latest := make(map[int]Point, lag)
	for _, p := range s.Points {
		place := ((p.Index % lag) + lag) % lag
		if before, ok := latest[place]; ok {
			lags := float64((p.Index - before.Index) / lag)
			change := (p.Value - before.Value) / math.Sqrt(lags)
			changes = append(changes, change)
			square += change * change
		}
		latest[place] = p
	}
	return changes, square
}

func (m naive) at(h int) float64 { return m.tail[(h-1)%m.lag] }

func (m naive) spread(weights []float64) float64 {
	return m.sigma * shocks(weights, func(ahead int) float64 {
		if ahead%m.lag == 0 {
			return 1
		}
		return 0
	})
}

func (m naive) freedom() float64 { return m.free }

// shocks is the standard deviation of a weighted sum of the next periods when
// each period brings an independent shock of variance 1 that moves a period
// `ahead` of it by effect(ahead).
func shocks(weights []float64, effect func(ahead int) float64) float64 {
	var variance float64
	for k := range weights {
		var moved float64
		for h := k; h < len(weights); h++ {
			moved += weights[h] * effect(h-k)
		}
		variance += moved * moved
	}
	return math.Sqrt(variance)
}
