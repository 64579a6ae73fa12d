// Package forecast carries a series of whole periods forward and says how far
// that can be trusted. It knows numbers only: what they mean, and where they
// come from, belongs to its callers.
//
// Several simple methods are tried on periods held back from the series; the one
// with the smallest error is used, with that error as a part of the result. Where
// the data are too thin, or no method does better than repeating what was last
// seen, there is no forecast but a Refusal that says why.
package forecast

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Level is the probability that a range is made for.
const Level = 0.8

// Point is the figure of one whole period. Indexes of consecutive periods differ
// by one: a year is its own index, a month is 12 times its year and its number.
type Point struct {
	Index int
	Value float64
}

// Series is what is known. A period that is not over does not belong in it.
type Series struct {
	Points []Point  // in any order, one a period; a period without a figure is absent
	Season int      // periods that make a season: 12 for months, 4 for quarters; 0 or 1 for years
	Breaks []int    // first periods counted in a new way; figures before the last one are left out
	Min    *float64 // least value that the unit can take; nil when there is none
	Max    *float64 // greatest value that the unit can take
}

// Range is a figure to expect, with the range that holds it with probability Level.
type Range struct {
	Point, Low, High float64
}

// Step is the forecast of one period.
type Step struct {
	Index int
	Range
}

// Method is a way to carry a series forward.
type Method string

// The methods. Each is described by its Name.
const (
	Naive         Method = "naive"
	SeasonalNaive Method = "seasonal_naive"
	Linear        Method = "linear"
	Smoothing     Method = "level"
	Damped        Method = "damped"
)

// Trial is how a method did on the periods that were held back.
type Trial struct {
	Forecasts int     // held-back values that were forecast, over all origins
	Ahead     int     // farthest period ahead that could be tried
	MAE       float64 // mean absolute error, in the unit of the series
	NaiveMAE  float64 // that of the yardstick on the same values
	// MASE is MAE over the mean absolute change from one period to the next (for a
	// seasonal series: to the same period a season later), after Hyndman and
	// Koehler (2006), "Another look at measures of forecast accuracy"; the changes
	// are those of the whole series. It is 0 when the series never changes.
	MASE float64
	// MAPE is the mean absolute error as a share of the actual value (0.1 is 10%);
	// NaN when an actual value is zero.
	MAPE float64
	// Coverage is the share of held-back values that lay in the range given at
	// their origin, before any widening.
	Coverage float64
	// Widened is the factor by which ranges are widened because the errors on
	// held-back values were larger than the method's own variance says; 1 is none.
	Widened float64
}

// Forecast is a series carried forward.
type Forecast struct {
	Method Method
	Steps  []Step // from the period after the last known one to the horizon
	Trial  Trial
	Used   int // figures the method was fitted to

	series Series
	last   int
	model  model
}

// Make carries a series forward to a period, which is included. Its error is a
// *Refusal, unless a figure is not a number.
func Make(s Series, until int) (Forecast, error) {
	s, err := ready(s)
	if err != nil {
		return Forecast{}, err
	}
	if err := allow(s, until); err != nil {
		return Forecast{}, err
	}
	method, trial, err := choose(s, until)
	if err != nil {
		return Forecast{}, err
	}
	m, ok := fit(method, s)
	if !ok {
		return Forecast{}, refusal(Thin, s)
	}
	f := Forecast{Method: method, Trial: trial, Used: len(s.Points), series: s, last: s.last(), model: m}
	for i := f.last + 1; i <= until; i++ {
		f.Steps = append(f.Steps, Step{i, f.Sum(i, i)})
	}
	return f, nil
}

// ready sorts the figures and leaves out those before the last break.
func ready(s Series) (Series, error) {
	s.Season = min(max(s.Season, 1), longestSeason)
	s.Points = slices.Clone(s.Points)
	slices.SortFunc(s.Points, func(a, b Point) int { return cmp.Compare(a.Index, b.Index) })
	for i, p := range s.Points {
		if math.IsNaN(p.Value) || math.Abs(p.Value) > largest || p.Index < 0 || p.Index > farthestIndex || i > 0 && s.Points[i-1].Index == p.Index {
			return s, &Refusal{Reason: Unfit, Index: p.Index, Season: s.Season}
		}
	}
	if len(s.Breaks) > 0 {
		last := slices.Max(s.Breaks)
		s.Points = slices.DeleteFunc(s.Points, func(p Point) bool { return p.Index < last })
	}
	return s, nil
}

// largest keeps squares of figures and of their sums finite; the others keep
// counts of periods within reason.
const (
	largest       = 1e100
	farthestIndex = 1_000_000
	longestSeason = 366
)

func (s Series) last() int { return s.Points[len(s.Points)-1].Index }

// until gives the part of the series up to a period.
func (s Series) until(index int) Series {
	n, _ := slices.BinarySearchFunc(s.Points, index+1, func(p Point, i int) int { return cmp.Compare(p.Index, i) })
	s.Points = s.Points[:n]
	return s
}

// Sum is the forecast of the sum of the periods from to to, both included, which
// must lie after the last known one. Its range is that of the sum: errors of
// neighbouring periods go together, so it is not the sum of their ranges.
func (f Forecast) Sum(from, to int) Range {
	weights := make([]float64, to-f.last)
	var r Range
	for i := from; i <= to; i++ {
		weights[i-f.last-1] = 1
		r.Point += f.model.at(i - f.last)
	}
	half := quantile(f.model.freedom()) * f.model.spread(weights) * f.Trial.Widened
	r.Low, r.High = r.Point-half, r.Point+half
	return f.series.bound(r, float64(to-from+1))
}

// bound keeps a sum of n figures within what their unit can take.
func (s Series) bound(r Range, n float64) Range {
	keep := func(v float64) float64 {
		if s.Min != nil {
			v = math.Max(v, *s.Min*n)
		}
		if s.Max != nil {
			v = math.Min(v, *s.Max*n)
		}
		return v
	}
	return Range{keep(r.Point), keep(r.Low), keep(r.High)}
}

// quantile is the half width of a range, in standard deviations that were
// estimated with some degrees of freedom.
func quantile(freedom float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Quantile((1 + Level) / 2)
}
