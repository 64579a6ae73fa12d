package forecast

import "khue"

// model is a method fitted to a series.
type model interface {
	// at is the point forecast h periods after the last known one, h from 1.
	at(h int) float64
	// spread is the standard deviation of the error of the weighted sum of the
	// next periods; weights[0] belongs to the first of them.
	spread(weights []float64) float64
	// freedom is the degrees of freedom that spread was estimated with, at least 1.
	freedom() float64
}

// yardstick is the method that others must beat.
func (s Series) yardstick() Method {
	if s.Season > 1 {
		return SeasonalNaive
	}
	return Naive
}

// candidates are the methods to choose from, the plainest first.
var candidates = []Method{Smoothing, Linear, Damped}

// fit fits a method; ok is false when the figures do not determine it.
func fit(method Method, s Series) (m model, ok bool) {
	switch method {
	case Naive:
		return fitNaive(s, 1)
	case SeasonalNaive:
		return fitNaive(s, s.Season)
	case Linear:
		return fitLinear(s)
	case Smoothing:
		return fitSmoothing(s, false)
	case Damped:
		return fitSmoothing(s, true)
	}
	return nil, false
}

// Name is the method's name for people. Seasonal tells that the series has
// seasons, which the method then takes into account.
func (m Method) Name(seasonal bool) khue.Text {
	name := map[Method]khue.Text{
		Naive:         {VI: "lặp lại số gần nhất", EN: "the latest figure repeated"},
		SeasonalNaive: {VI: "lặp lại số cùng kỳ", EN: "the figure of a season before repeated"},
		Linear:        {VI: "xu hướng tuyến tính (bình phương tối thiểu)", EN: "linear trend (least squares)"},
		Smoothing:     {VI: "san bằng mũ đơn giản", EN: "simple exponential smoothing"},
		Damped:        {VI: "san bằng mũ với xu hướng tắt dần", EN: "exponential smoothing with a damped trend"},
	}[m]
	if seasonal && m != Naive && m != SeasonalNaive {
		name.VI += ", có yếu tố mùa vụ"
		name.EN += ", with seasonal terms"
	}
	return name
}
