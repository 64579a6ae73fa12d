package indicators

import (
	"context"
	"errors"
	"math"

	"khue"
	"khue/indicators/forecast"
	"khue/locale"
)

// Forecast is a target's indicator carried forward to the target's year. Every
// range holds the figure to come with probability forecast.Level, as far as the
// past can tell: it knows nothing of what will be decided or built.
type Forecast struct {
	Method   khue.Text
	Grain    khue.Grain     // of the periods that were carried forward: year or month
	Years    []ForecastYear // from the first year that is not known to the target's
	Gap      float64        // the forecast for the target's year less its value, in the unit
	GapShare Value          // Gap over the value
	Outlook  string         // OutlookReached, OutlookOpen or OutlookShort
	Used     int            // whole periods that the method was fitted to
	Trial    forecast.Trial // how the method did on held-back periods
	Text     khue.Text      // the forecast, its range and its gap, for people
	Basis    khue.Text      // method and trial, for people
}

// ForecastYear is the figure to expect for a year: of a cumulative target, all
// that has come together by its end.
type ForecastYear struct {
	Year             int
	Point, Low, High float64
}

// What the range for the target's year says. No probability of reaching a target
// is given: a few years of figures do not support one.
const (
	OutlookReached = "reached" // the whole range meets the target
	OutlookOpen    = "open"    // the target lies within the range
	OutlookShort   = "short"   // no part of the range meets the target
)

// Last is the forecast for the target's year.
func (f *Forecast) Last() ForecastYear { return f.Years[len(f.Years)-1] }

// lookAhead carries the indicator of a target that is not due forward. Whole
// years are used; where there are too few of them and the indicator adds up over
// time, whole months, summed by the year: the running year is its months so far
// and the forecast of the rest.
func (s *Service) lookAhead(ctx context.Context, l look, p *TargetProgress) error {
	if due(l.target, l.today) {
		return nil
	}
	h, err := s.historyOf(ctx, l, p.Claims)
	if err != nil {
		return err
	}
	made, err := forecast.Make(h.years, l.target.Year)
	series, grain := h.years, khue.Year
	var refused *forecast.Refusal
	if errors.As(err, &refused) && refused.Reason == forecast.Thin && len(h.months.Points) > 0 {
		series, grain = h.months, khue.Month
		made, err = forecast.Make(h.months, l.target.Year*12+11)
	}
	if errors.As(err, &refused) {
		p.NoForecast = refused.Text()
		return nil
	}
	if err != nil {
		return err
	}
	p.Forecast = l.forecastOf(made, series, grain)
	return nil
}

// forecastOf sums what was carried forward by the year and sets it against the target.
func (l look) forecastOf(made forecast.Forecast, series forecast.Series, grain khue.Grain) *Forecast {
	t := l.target
	f := &Forecast{Method: made.Method.Name(grain == khue.Month), Grain: grain, Used: made.Used, Trial: made.Trial}
	per := 1
	if grain == khue.Month {
		per = 12
	}
	first := made.Steps[0].Index
	for year := first / per; year <= t.Year; year++ {
		begin, end := year*per, year*per+per-1
		if t.Kind == TargetCumulative {
			if year < t.Since {
				continue
			}
			begin = t.Since * per
		}
		sum := made.Sum(max(begin, first), end)
		known := 0.0
		for _, point := range series.Points {
			if point.Index >= begin && point.Index < first {
				known += point.Value
			}
		}
		f.Years = append(f.Years, ForecastYear{year, known + sum.Point, known + sum.Low, known + sum.High})
	}
	last := f.Last()
	f.Gap = last.Point - t.Value
	if t.Value != 0 {
		f.GapShare = Value{Number: f.Gap / math.Abs(t.Value), Known: true}
	}
	switch low, high := reaches(t, last.Low), reaches(t, last.High); {
	case low && high:
		f.Outlook = OutlookReached
	case low || high:
		f.Outlook = OutlookOpen
	default:
		f.Outlook = OutlookShort
	}
	f.Text, f.Basis = l.explainForecast(f), l.explainTrial(f)
	return f
}

var outlooks = map[string]khue.Text{
	OutlookReached: {VI: "Cả khoảng dự báo đều đạt chỉ tiêu.", EN: "The whole range meets the target."},
	OutlookOpen:    {VI: "Chỉ tiêu nằm trong khoảng dự báo: chưa thể nói sẽ đạt hay không.", EN: "The target lies within the range: whether it will be met is open."},
	OutlookShort:   {VI: "Cả khoảng dự báo đều không đạt chỉ tiêu.", EN: "No part of the range meets the target."},
}

func (l look) explainForecast(f *Forecast) khue.Text {
	t, last := l.target, f.Last()
	write := func(v float64) khue.Text { return explain(t.Unit, l.indicator.Decimals, v) }
	side := khue.Text{VI: "cao hơn", EN: "above"}
	if f.Gap < 0 {
		side = khue.Text{VI: "thấp hơn", EN: "below"}
	}
	share := khue.Text{}
	if f.GapShare.Known {
		size := percent(math.Abs(f.GapShare.Number))
		share = khue.Text{VI: " (bằng " + size.VI + " chỉ tiêu)", EN: " (" + size.EN + " of it)"}
	}
	return both("Dự báo cho năm %[1]d: %[2]s; khoảng 80%%: từ %[3]s đến %[4]s; %[5]s chỉ tiêu %[6]s%[7]s. %[8]s",
		"Forecast for %[1]d: %[2]s; 80%% range: %[3]s to %[4]s; %[6]s %[5]s the target%[7]s. %[8]s",
		t.Year, write(last.Point), write(last.Low), write(last.High), side, l.gap(f), share, outlooks[f.Outlook])
}

// gap writes the size of the gap; between percentages it is in points.
func (l look) gap(f *Forecast) khue.Text {
	if l.target.Unit.EN != "%" {
		return explain(l.target.Unit, l.indicator.Decimals, math.Abs(f.Gap))
	}
	return both("%s điểm phần trăm", "%s percentage points", khue.Text{
		VI: locale.Number(khue.Vietnamese, math.Abs(f.Gap), l.indicator.Decimals),
		EN: locale.Number(khue.English, math.Abs(f.Gap), l.indicator.Decimals),
	})
}

// explainTrial says which method was used and how far off it was on known figures.
func (l look) explainTrial(f *Forecast) khue.Text {
	periods := khue.Text{VI: "năm", EN: "years"}
	if f.Grain == khue.Month {
		periods = khue.Text{VI: "tháng", EN: "months"}
	}
	size := explain(l.target.Unit, max(1, l.indicator.Decimals), f.Trial.MAE)
	if !math.IsNaN(f.Trial.MAPE) {
		share := percent(f.Trial.MAPE)
		size = khue.Text{VI: size.VI + " (" + share.VI + ")", EN: size.EN + " (" + share.EN + ")"}
	}
	mase := khue.Text{VI: locale.Number(khue.Vietnamese, f.Trial.MASE, 2), EN: locale.Number(khue.English, f.Trial.MASE, 2)}
	return both("Phương pháp: %s, từ %d %s trọn vẹn; thử lại trên %d số đã biết, sai lệch bình quân %s, MASE %s, %s nằm trong khoảng.",
		"Method: %s, from %d whole %s; tried on %d known figures: mean error %s, MASE %s, %s of them within the range.",
		f.Method, f.Used, periods, f.Trial.Forecasts, size, mase, percent(f.Trial.Coverage))
}
