package forecast

import "math"

// mostOrigins bounds how many moments of the past are tried.
const mostOrigins = 24

// choose tries the methods on held-back periods and gives the one with the
// smallest mean absolute error, if that is smaller than the yardstick's. From
// each origin the series is carried forward as if nothing later were known (a
// rolling origin): 3 years of history at least, or 1½ seasons.
func choose(s Series, until int) (Method, Trial, error) {
	scale := scaleOf(s)
	yard, ok := try(s.yardstick(), s, until, scale)
	if !ok {
		return "", Trial{}, refusal(Unproven, s)
	}
	var best Method
	var least Trial
	for _, method := range candidates {
		trial, ok := try(method, s, until, scale)
		if !ok || trial.Forecasts != yard.Forecasts {
			continue // it could not be tried on the same values
		}
		if trial.NaiveMAE = yard.MAE; best == "" || trial.MAE < least.MAE*(1-1e-9) {
			best, least = method, trial
		}
	}
	// What repeats itself exactly cannot be beaten, and need not be.
	exact := yard.MAE <= 1e-9*size(s)
	if best == "" || !exact && least.MAE >= yard.MAE*(1-1e-9) {
		return "", Trial{}, refusal(Unproven, s)
	}
	return best, least, nil
}

// firstOrigin is the least number of figures that a trial starts from: a few, and
// a figure for every place in the season.
func firstOrigin(s Series) int {
	n := 3
	if s.Season > 1 {
		n = s.Season + s.Season/2 + 1
	}
	for ; n < len(s.Points); n++ {
		if _, ok := fitLinear(s.until(s.Points[n-1].Index)); ok {
			break
		}
	}
	return n
}

// try forecasts held-back values from rolling origins; ok is false when the
// method cannot be fitted at one of them.
func try(method Method, s Series, until int, scale float64) (t Trial, ok bool) {
	t.MAPE = 0
	var errors, variances float64
	inside := 0
	farthest := until - s.last()
	for n := max(firstOrigin(s), len(s.Points)-mostOrigins); n < len(s.Points); n++ {
		origin := s.until(s.Points[n-1].Index)
		m, ok := fit(method, origin)
		if !ok {
			return Trial{}, false
		}
		for _, p := range s.Points[n:] {
			h := p.Index - origin.last()
			if h > farthest {
				break
			}
			weights := make([]float64, h)
			weights[h-1] = 1
			spread := m.spread(weights)
			expected := s.bound(Range{Point: m.at(h)}, 1).Point
			wrong := math.Abs(p.Value - expected)
			t.Forecasts++
			t.Ahead = max(t.Ahead, h)
			t.MAE += wrong
			t.MAPE += wrong / math.Abs(p.Value) // NaN or infinite when the value is zero
			errors += wrong * wrong
			variances += spread * spread
			if wrong <= quantile(m.freedom())*spread+1e-9*size(s) {
				inside++
			}
		}
	}
	if t.Forecasts == 0 {
		return Trial{}, false
	}
	count := float64(t.Forecasts)
	t.MAE /= count
	if t.MAPE /= count; math.IsInf(t.MAPE, 0) {
		t.MAPE = math.NaN()
	}
	if scale > 0 {
		t.MASE = t.MAE / scale
	}
	t.Coverage = float64(inside) / count
	t.Widened = 1
	if variances > 0 {
		t.Widened = math.Min(widest, math.Max(1, math.Sqrt(errors/variances)))
	}
	return t, !math.IsNaN(t.MAE) && !math.IsInf(t.MAE, 0)
}

// widest bounds the widening: a few trials on a short series cannot tell more.
const widest = 3

// scaleOf is the mean absolute change that MASE is measured in.
func scaleOf(s Series) float64 {
	changes, _ := changesOf(s, s.Season)
	sum := 0.0
	for _, c := range changes {
		sum += math.Abs(c)
	}
	if len(changes) == 0 {
		return 0
	}
	return sum / float64(len(changes))
}

// size is the largest figure, against which rounding errors are nothing.
func size(s Series) float64 {
	most := 0.0
	for _, p := range s.Points {
		most = math.Max(most, math.Abs(p.Value))
	}
	return most
}
