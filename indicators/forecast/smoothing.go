package forecast

import "math"

// smoothing is exponential smoothing of a level, with a damped trend or without
// any: ETS(A,Ad,N) and ETS(A,N,N) in Hyndman and Athanasopoulos, "Forecasting:
// Principles and Practice" (3rd edition), chapter 8:
//
//	forecast  f = l + φ b
//	level     l' = f + α (y - f)
//	trend     b' = φ b + α β (y - f)
//
// A series with seasons is first freed of them by the seasonal terms of the
// linear method, which are put back in the end.
type smoothing struct {
	rates
	level, trend float64 // after the last figure
	sigma, free  float64
	origin       float64   // subtracted from the figures, so that large ones lose no digits
	season       []float64 // what to put back, by place; nil for none
	last         int
}

// rates are what the fit searches: how fast the level and the trend learn, and
// how fast the trend dies down. Without a trend, beta and phi are 0.
type rates struct{ alpha, beta, phi float64 }

// slowest and fastest damping, as the book advises: below, there is hardly a
// trend; above, a short series cannot tell it from an undamped one.
const slowest, fastest = 0.98, 0.8

func fitSmoothing(s Series, trended bool) (model, bool) {
	if len(s.Points) < 3 {
		return nil, false
	}
	values, season, ok := seasonless(s)
	if !ok {
		return nil, false
	}
	origin := values[0]
	for i := range values {
		values[i] -= origin
	}
	m := search(values, trended)
	estimated := 2.0 // the rate and the first level
	if trended {
		estimated = 5
	}
	square := 0.0
	m.level, m.trend, square = m.run(values)
	m.free = math.Max(1, float64(len(s.Points))-estimated-float64(len(season)))
	m.sigma, m.origin, m.season, m.last = math.Sqrt(square/m.free), origin, season, s.last()
	return m, !math.IsNaN(m.sigma) && !math.IsInf(m.sigma, 0)
}

// seasonless lists the figures period by period, NaN where there is none, freed
// of what their place in the season adds.
func seasonless(s Series) (values, season []float64, ok bool) {
	if s.Season > 1 {
		line, fitted := fitLinear(s)
		if !fitted {
			return nil, nil, false
		}
		season = make([]float64, s.Season)
		mean := 0.0
		for i := range season {
			season[i] = line.(linear).beta.AtVec(i)
			mean += season[i] / float64(s.Season)
		}
		for i := range season {
			season[i] -= mean
		}
	}
	first := s.Points[0].Index
	values = make([]float64, s.last()-first+1)
	for i := range values {
		values[i] = math.NaN()
	}
	for _, p := range s.Points {
		values[p.Index-first] = p.Value - placeIn(season, p.Index)
	}
	return values, season, true
}

func placeIn(season []float64, index int) float64 {
	if len(season) == 0 {
		return 0
	}
	n := len(season)
	return season[((index%n)+n)%n]
}

// search looks for the rates with the smallest one-step errors: over a grid, then
// around its best point in ever smaller steps. Of equal ones the slowest rates win.
func search(values []float64, trended bool) smoothing {
	best, least := smoothing{}, math.Inf(1)
	try := func(r rates) {
		r.alpha = math.Min(1, math.Max(0, r.alpha))
		if trended {
			r.beta = math.Min(1, math.Max(0, r.beta))
			r.phi = math.Min(slowest, math.Max(fastest, r.phi))
		}
		m := smoothing{rates: r}
		if _, _, square := m.run(values); square < least*(1-1e-9) || math.IsInf(least, 1) {
			best, least = m, square
		}
	}
	betas, phis := []float64{0}, []float64{0}
	if trended {
		betas, phis = []float64{0, 0.1, 0.2, 0.4, 0.6, 0.8, 1}, []float64{0.8, 0.86, 0.92, 0.98}
	}
	for a := 0; a <= 10; a++ {
		for _, b := range betas {
			for _, p := range phis {
				try(rates{float64(a) / 10, b, p})
			}
		}
	}
	for step := 0.05; step > 0.005; step /= 2 {
		at := best.rates
		for _, da := range []float64{0, -step, step} {
			try(rates{at.alpha + da, at.beta, at.phi})
			if trended {
				try(rates{at.alpha + da, at.beta - step, at.phi})
				try(rates{at.alpha + da, at.beta + step, at.phi})
				try(rates{at.alpha + da, at.beta, at.phi - step/2})
				try(rates{at.alpha + da, at.beta, at.phi + step/2})
			}
		}
	}
	return best
}

// path is one run of the recursion: where it stands, and its last error.
type path struct{ level, trend, wrong float64 }

func (p *path) step(r rates, y float64) {
	f := p.level + r.phi*p.trend
	p.wrong = y - f
	if math.IsNaN(y) { // nothing to learn from
		p.wrong = 0
	}
	p.level, p.trend = f+r.alpha*p.wrong, r.phi*p.trend+r.alpha*r.beta*p.wrong
}

// run finds the first level and trend with the smallest sum of squared one-step
// errors, and gives where the recursion from them ends. The errors are linear in
// both, so the best ones solve two equations: of the run from nothing, and of
// those that a first level of 1 and a first trend of 1 alone would make.
func (r rates) run(values []float64) (level, trend, square float64) {
	base, ofLevel, ofTrend := path{}, path{level: 1}, path{trend: 1}
	var ll, lt, tt, bl, bt, bb float64
	for _, y := range values {
		blank := y * 0 // 0, or NaN where nothing is known
		base.step(r, y)
		ofLevel.step(r, blank)
		ofTrend.step(r, blank)
		ll += ofLevel.wrong * ofLevel.wrong
		lt += ofLevel.wrong * ofTrend.wrong
		tt += ofTrend.wrong * ofTrend.wrong
		bl += base.wrong * ofLevel.wrong
		bt += base.wrong * ofTrend.wrong
		bb += base.wrong * base.wrong
	}
	first := -bl / ll // ll is at least 1: the first figure's error moves with the level
	slope := 0.0
	if determinant := ll*tt - lt*lt; r.phi > 0 && determinant > 1e-9*ll*tt {
		first, slope = (lt*bt-tt*bl)/determinant, (lt*bl-ll*bt)/determinant
	}
	square = bb + 2*first*bl + 2*slope*bt + first*first*ll + 2*first*slope*lt + slope*slope*tt
	return base.level + first*ofLevel.level + slope*ofTrend.level,
		base.trend + first*ofLevel.trend + slope*ofTrend.trend, math.Max(0, square)
}

func (m smoothing) at(h int) float64 {
	return m.origin + m.level + damping(m.phi, h)*m.trend + placeIn(m.season, m.last+h)
}

// damping is φ + φ² + … + φ^h: how much of the trend is added within h periods.
func damping(phi float64, h int) float64 {
	sum, power := 0.0, 1.0
	for range h {
		power *= phi
		sum += power
	}
	return sum
}

func (m smoothing) spread(weights []float64) float64 {
	return m.sigma * shocks(weights, func(ahead int) float64 {
		if ahead == 0 {
			return 1
		}
		return m.alpha * (1 + m.beta*damping(m.phi, ahead))
	})
}

func (m smoothing) freedom() float64 { return m.free }
