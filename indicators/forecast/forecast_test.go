package forecast

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// years is a yearly series from 2015 on.
func years(values ...float64) Series {
	s := Series{Season: 1}
	for i, v := range values {
		s.Points = append(s.Points, Point{2015 + i, v})
	}
	return s
}

func refused(t *testing.T, s Series, until int) Reason {
	t.Helper()
	f, err := Make(s, until)
	var r *Refusal
	require.ErrorAs(t, err, &r, "%+v", f)
	require.NotEmpty(t, r.Text().VI)
	require.NotEmpty(t, r.Text().EN)
	return r.Reason
}

func TestAStraightLineGoesOnWithoutError(t *testing.T) {
	f, err := Make(years(10, 12, 14, 16, 18, 20), 2023)
	require.NoError(t, err)
	require.Equal(t, Linear, f.Method)
	require.Len(t, f.Steps, 3)
	for i, s := range f.Steps {
		require.Equal(t, 2021+i, s.Index)
		require.InDelta(t, 22+2*float64(i), s.Point, 1e-9)
		require.InDelta(t, s.Point, s.Low, 1e-6)
		require.InDelta(t, s.Point, s.High, 1e-6)
	}
	require.InDelta(t, 0, f.Trial.MAE, 1e-9)
	require.InDelta(t, 1, f.Trial.Coverage, 0)
	require.Equal(t, 6, f.Trial.Forecasts, "3 origins: 3, 2 and 1 held-back years")
	require.InDelta(t, 10.0/3, f.Trial.NaiveMAE, 1e-9, "(2+4+6 + 2+4 + 2) / 6")
}

func TestASeriesThatNeverMovesStaysWhereItIs(t *testing.T) {
	f, err := Make(years(7, 7, 7, 7, 7), 2022)
	require.NoError(t, err)
	require.Equal(t, Smoothing, f.Method, "the plainest of equal methods")
	require.InDelta(t, 7, f.Steps[2].Point, 1e-9)
	require.InDelta(t, 7, f.Steps[2].Low, 1e-9)
	require.InDelta(t, 0, f.Trial.MASE, 0)
}

// lineAndSeason is a monthly series whose every term is known.
func lineAndSeason(months int, noise func() float64) Series {
	s := Series{Season: 12}
	for i := range months {
		index := 2019*12 + i
		s.Points = append(s.Points, Point{index, lineAndSeasonAt(index) + noise()})
	}
	return s
}

func lineAndSeasonAt(index int) float64 {
	return 1000 + 5*float64(index-2019*12) + 200*math.Sin(float64(index%12)*math.Pi/6)
}

func TestALineWithASeasonGoesOnMonthByMonthAndByTheYear(t *testing.T) {
	f, err := Make(lineAndSeason(30, func() float64 { return 0 }), 2019*12+47)
	require.NoError(t, err)
	require.Equal(t, Linear, f.Method)
	total := 0.0
	for _, s := range f.Steps {
		require.InDelta(t, lineAndSeasonAt(s.Index), s.Point, 1e-6)
		if s.Index >= 2022*12 {
			total += s.Point
		}
	}
	require.InDelta(t, total, f.Sum(2022*12, 2022*12+11).Point, 1e-6)
	require.Equal(t, "linear trend (least squares), with seasonal terms", f.Method.Name(true).EN)
}

func TestTheLinesRangeIsTheTextbooks(t *testing.T) {
	// By hand: the mean of x is 4 and Sxx 28; t(0.9) with 5 degrees of freedom is
	// 1.475884 in printed tables.
	values := []float64{3.1, 4.9, 7.2, 8.8, 11.1, 12.9, 15.3}
	var sxy, mean float64
	for i, v := range values {
		sxy += (float64(i+1) - 4) * v
		mean += v / 7
	}
	slope := sxy / 28
	var rest float64
	for i, v := range values {
		e := v - mean - slope*(float64(i+1)-4)
		rest += e * e
	}
	sigma := math.Sqrt(rest / 5)
	f, err := Make(years(values...), 2024)
	require.NoError(t, err)
	require.Equal(t, Linear, f.Method)
	for i, s := range f.Steps {
		x := float64(8 + i)
		half := 1.475884 * sigma * math.Sqrt(1+1.0/7+(x-4)*(x-4)/28) * f.Trial.Widened
		require.InDelta(t, mean+slope*(x-4), s.Point, 1e-9)
		require.InDelta(t, s.Point-half, s.Low, 1e-5)
		require.InDelta(t, s.Point+half, s.High, 1e-5)
	}
}

func TestTheRangeOfASumIsWiderThanItsMonthsApartOnlyAsFarAsErrorsGoTogether(t *testing.T) {
	line, ok := fitLinear(years(1, 3, 2, 4, 3, 5, 4, 6))
	require.True(t, ok)
	m := line.(linear)
	one, two, both := m.spread([]float64{1}), m.spread([]float64{0, 1}), m.spread([]float64{1, 1})
	require.Greater(t, both*both, one*one+two*two, "the doubt about the line is shared")
	require.Less(t, both, one+two, "the noise is not")
	walk := naive{lag: 1, sigma: 2}
	require.InDelta(t, 2*math.Sqrt(1+4), walk.spread([]float64{1, 1}), 1e-12, "the first shock moves both")
}

// smoothedByBruteForce looks for the best simple smoothing in the plainest way.
func smoothedByBruteForce(values []float64) (alpha, level, square float64) {
	square = math.Inf(1)
	low, high := values[0], values[0]
	for _, v := range values {
		low, high = math.Min(low, v), math.Max(high, v)
	}
	for a := 0.0; a <= 1; a += 0.005 {
		for start := low; start <= high; start += (high - low) / 400 {
			l, sum := start, 0.0
			for _, y := range values {
				e := y - l
				sum += e * e
				l += a * e
			}
			if sum < square {
				alpha, level, square = a, l, sum
			}
		}
	}
	return alpha, level, square
}

func TestSimpleSmoothingFindsWhatAnExhaustiveSearchFinds(t *testing.T) {
	values := []float64{44, 51, 39, 60, 47, 55, 41, 62, 58, 66, 49, 71}
	alpha, level, square := smoothedByBruteForce(values)
	m, ok := fitSmoothing(years(values...), false)
	require.True(t, ok)
	found := m.(smoothing)
	require.InDelta(t, alpha, found.alpha, 0.02)
	require.InDelta(t, level, m.at(1), 0.3)
	require.InDelta(t, math.Sqrt(square/10), found.sigma, 0.01)
	require.InDelta(t, m.at(1), m.at(9), 1e-12, "without a trend all periods ahead are alike")
}

func TestTheDampedTrendsSpreadIsTheBooks(t *testing.T) {
	// Forecasting: Principles and Practice (3rd edition), table 8.8, ETS(A,Ad,N),
	// where the book's β is our α β.
	a, p := 0.4, 0.85
	b := a * 0.3
	m := smoothing{rates: rates{alpha: a, beta: 0.3, phi: p}, sigma: 3}
	for h := 1; h <= 12; h++ {
		n := float64(h)
		variance := 1 + a*a*(n-1) + b*p*n/((1-p)*(1-p))*(2*a*(1-p)+b*p) -
			b*p*(1-math.Pow(p, n))/((1-p)*(1-p)*(1-p*p))*(2*a*(1-p*p)+b*p*(1+2*p-math.Pow(p, n)))
		weights := make([]float64, h)
		weights[h-1] = 1
		require.InDelta(t, 3*math.Sqrt(variance), m.spread(weights), 1e-9)
	}
}

func TestBoundsOfTheUnitHold(t *testing.T) {
	none, all := 0.0, 100.0
	falling := years(40, 33, 23, 16, 5)
	falling.Min = &none
	f, err := Make(falling, 2024)
	require.NoError(t, err)
	rising := years(60, 71, 80, 89, 99)
	rising.Max = &all
	g, err := Make(rising, 2024)
	require.NoError(t, err)
	for i := range f.Steps {
		require.GreaterOrEqual(t, f.Steps[i].Low, 0.0)
		require.LessOrEqual(t, g.Steps[i].High, 100.0)
		require.LessOrEqual(t, g.Steps[i].Point, g.Steps[i].High)
	}
	require.InDelta(t, 0, f.Steps[4].Point, 0)
	require.InDelta(t, 100, g.Steps[4].Point, 0)
}

func TestThinDataAreRefused(t *testing.T) {
	require.Equal(t, Thin, refused(t, Series{Season: 1}, 2030))
	require.Equal(t, Thin, refused(t, years(1, 2, 3, 4), 2020))
	require.Equal(t, Thin, refused(t, lineAndSeason(23, func() float64 { return 0 }), 2019*12+30))
	_, err := Make(years(1, 2), 2020)
	require.EqualError(t, err, "Too little data for a forecast: there are 2 whole years, at least 5 are needed.")
	_, err = Make(Series{Season: 12, Points: []Point{{24000, 1}}}, 24001)
	var r *Refusal
	require.True(t, errors.As(err, &r))
	require.Equal(t, "Số liệu quá ít để dự báo: có 1 tháng trọn vẹn, cần ít nhất 24.", r.Text().VI)
}

func TestAHorizonBeyondTheHistoryOrTenYearsIsRefused(t *testing.T) {
	line := years(1, 2, 3, 4, 5, 6)
	_, err := Make(line, 2026)
	require.NoError(t, err)
	require.Equal(t, Far, refused(t, line, 2027))
	long := years(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
	_, err = Make(long, 2036)
	require.NoError(t, err)
	require.Equal(t, Far, refused(t, long, 2037))
	require.Equal(t, Passed, refused(t, line, 2020))
	require.Equal(t, Far, refused(t, lineAndSeason(36, func() float64 { return 0 }), 2022*12+36))
}

func TestTooManyGapsAreRefusedAndAFewAreBridged(t *testing.T) {
	s := years(10, 12, 14, 16, 18, 20, 22, 24, 26, 28)
	s.Points = append(s.Points[:3:3], s.Points[4:]...)
	f, err := Make(s, 2026)
	require.NoError(t, err)
	require.InDelta(t, 32, f.Steps[1].Point, 1e-9)
	s.Points = append(s.Points[:1:1], s.Points[3:]...)
	require.Equal(t, Gaps, refused(t, s, 2026))
}

func TestFiguresBeforeABreakAreNotUsed(t *testing.T) {
	s := years(900, 950, 900, 10, 12, 14, 16, 18, 20)
	s.Breaks = []int{2018}
	f, err := Make(s, 2025)
	require.NoError(t, err)
	require.Equal(t, 6, f.Used)
	require.InDelta(t, 24, f.Steps[1].Point, 1e-9)
	s.Breaks = append(s.Breaks, 2020)
	_, err = Make(s, 2025)
	require.ErrorContains(t, err, "there are 4 whole years")
	require.ErrorContains(t, err, "Figures before a break in the series are not used.")
}

func TestWhatNoMethodForetellsBetterThanTheNaiveIsRefused(t *testing.T) {
	require.Equal(t, Unproven, refused(t, years(10, 20, 5, 20, 5, 5, 5, 5), 2025), "it jumped, then stood still")
}

func TestFiguresThatAreNoNumbersAreRefused(t *testing.T) {
	require.Equal(t, Unfit, refused(t, years(1, 2, math.NaN(), 4, 5, 6), 2023))
	require.Equal(t, Unfit, refused(t, years(1, 2, math.Inf(1), 4, 5, 6), 2023))
	twice := years(1, 2, 3, 4, 5)
	twice.Points = append(twice.Points, Point{2016, 3})
	require.Equal(t, Unfit, refused(t, twice, 2023))
}

// coverage makes many series and counts how often the range at a step held what
// then came.
func coverage(t *testing.T, series int, make func(r *rand.Rand) (Series, []float64), ahead int) (held, made float64) {
	t.Helper()
	r := rand.New(rand.NewPCG(2026, 11))
	var inside, counted, refusals int
	for range series {
		s, future := make(r)
		f, err := Make(s, s.last()+ahead)
		if err != nil {
			refusals++
			continue
		}
		counted++
		step := f.Steps[ahead-1]
		if v := future[ahead-1]; v >= step.Low && v <= step.High {
			inside++
		}
	}
	return float64(inside) / float64(counted), float64(counted) / float64(series)
}

func TestRangesHoldWhatComesAboutAsOftenAsTheySay(t *testing.T) {
	noisyLine := func(n int) func(r *rand.Rand) (Series, []float64) {
		return func(r *rand.Rand) (Series, []float64) {
			var values, future []float64
			for i := range n + 5 {
				v := 100 + 8*float64(i) + 6*r.NormFloat64()
				if i < n {
					values = append(values, v)
				} else {
					future = append(future, v)
				}
			}
			return years(values...), future
		}
	}
	level := func(n int) func(r *rand.Rand) (Series, []float64) {
		return func(r *rand.Rand) (Series, []float64) {
			var values, future []float64
			l := 100.0
			for i := range n + 5 {
				e := 5 * r.NormFloat64()
				v := l + e
				l += 0.3 * e
				if i < n {
					values = append(values, v)
				} else {
					future = append(future, v)
				}
			}
			return years(values...), future
		}
	}
	for name, c := range map[string]struct {
		make  func(r *rand.Rand) (Series, []float64)
		ahead int
	}{
		"line of 7 years, 1 ahead":   {noisyLine(7), 1},
		"line of 7 years, 5 ahead":   {noisyLine(7), 5},
		"line of 20 years, 5 ahead":  {noisyLine(20), 5},
		"level of 8 years, 3 ahead":  {level(8), 3},
		"level of 20 years, 3 ahead": {level(20), 3},
	} {
		held, made := coverage(t, 400, c.make, c.ahead)
		t.Logf("%s: %.3f held, %.2f forecast", name, held, made)
		require.InDelta(t, Level, held, 0.08, name)
	}
	monthly := func(r *rand.Rand) (Series, []float64) {
		s := lineAndSeason(42, func() float64 { return 40 * r.NormFloat64() })
		var future []float64
		for i := range 12 {
			index := s.last() + 1 + i
			future = append(future, lineAndSeasonAt(index)+40*r.NormFloat64())
		}
		return s, future
	}
	held, made := coverage(t, 60, monthly, 6)
	t.Logf("months: %.3f held, %.2f forecast", held, made)
	require.InDelta(t, Level, held, 0.08)
}

func FuzzForecastsAreNumbersWithinTheirRanges(f *testing.F) {
	f.Add([]byte{10, 20, 30, 40, 50, 60}, 1, 3, true)
	f.Add([]byte{0, 0, 0, 0, 0, 0, 1}, 1, 5, false)
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyz"), 12, 14, true)
	f.Add([]byte{255, 1, 255, 1, 255, 1, 7, 7, 7}, 4, 2, true)
	f.Fuzz(func(t *testing.T, figures []byte, season, ahead int, bounded bool) {
		s := Series{Season: season}
		for i, b := range figures {
			if b%16 == 3 {
				continue // a gap
			}
			s.Points = append(s.Points, Point{2000 + i, math.Pow(10, float64(b%7)) * float64(int(b)-60)})
		}
		if bounded {
			least, most := -50.0, 1e6
			s.Min, s.Max = &least, &most
		}
		end := 2000 + len(figures)
		got, err := Make(s, end+ahead%200)
		if err != nil {
			var r *Refusal
			require.ErrorAs(t, err, &r)
			return
		}
		for _, v := range []float64{got.Trial.MAE, got.Trial.MASE, got.Trial.NaiveMAE, got.Trial.Coverage, got.Trial.Widened} {
			require.False(t, math.IsNaN(v) || math.IsInf(v, 0))
		}
		for _, step := range got.Steps {
			for _, v := range []float64{step.Low, step.Point, step.High} {
				require.False(t, math.IsNaN(v) || math.IsInf(v, 0), "%+v", step)
			}
			require.LessOrEqual(t, step.Low, step.Point)
			require.LessOrEqual(t, step.Point, step.High)
			if bounded {
				require.GreaterOrEqual(t, step.Low, -50.0)
				require.LessOrEqual(t, step.High, 1e6)
			}
		}
	})
}
