package indicators

import (
	"context"
	"time"

	"khue"
	"khue/indicators/forecast"
)

// history is what is known of a target's indicator, in whole periods.
type history struct {
	years  forecast.Series
	months forecast.Series // empty where years do not add up from months
}

// historyOf gathers the whole years of an indicator, and its whole months where
// the indicator adds up over time.
//
// A stock counts at the end of each year, from the first year in which there is
// any. A flow's year is whole when facts reach its last day, and its first year
// only when they begin in its first quarter; its first month is left out, since
// nobody can tell whether it is whole. Of published figures only undisputed
// actual ones of whole years count.
//
// A break of the series, and the day since which figures mean what they mean
// today, begin a new series with the first whole period after them.
func (s *Service) historyOf(ctx context.Context, l look, claims []Claim) (history, error) {
	bounds := s.boundsOf(l.indicator)
	bounds.Breaks = l.breaks(khue.Year)
	if l.indicator.Claims != "" {
		bounds.Points = yearsOfClaims(claims, l.indicator.unit, l.today)
		return history{years: bounds}, nil
	}
	thisYear := khue.PeriodOf(l.today, khue.Year).Start()
	answer, err := s.Ask(ctx, l.question(time.Time{}, thisYear, string(khue.Year)))
	if err != nil {
		return history{}, err
	}
	h := history{years: bounds}
	if m, err := s.catalogue.Measure(l.indicator.Measure); err == nil && m.Kind == "stock" {
		h.years.Points = l.points(answer.Rows, time.Time{}, thisYear)
		for len(h.years.Points) > 0 && h.years.Points[0].Value == 0 {
			h.years.Points = h.years.Points[1:]
		}
		return h, nil
	}
	thisMonth := khue.PeriodOf(l.today, khue.Month).Start()
	monthly, err := s.Ask(ctx, l.question(time.Time{}, thisMonth, string(khue.Month)))
	if err != nil {
		return history{}, err
	}
	begin, end := wholeMonths(monthly)
	h.years.Points = l.points(answer.Rows, begin.AddDate(0, -3, 1), end)
	if m, err := s.catalogue.Measure(l.indicator.Measure); err == nil && m.addsUp() {
		h.months = bounds
		h.months.Season, h.months.Breaks = 12, l.breaks(khue.Month)
		h.months.Points = l.points(monthly.Rows, begin.AddDate(0, 1, 0), end)
	}
	return h, nil
}

// boundsOf is an empty yearly series with the bounds of the indicator's unit.
func (s *Service) boundsOf(i Indicator) forecast.Series {
	series := forecast.Series{Season: 1}
	for _, u := range s.catalogue.units {
		if u.code == i.unit {
			series.Min, series.Max = u.min, u.max
		}
	}
	return series
}

// breaks lists the first whole periods after each break of the figure itself, or of
// the areas or disciplines that the target is limited to.
func (l look) breaks(grain khue.Grain) []int {
	var days []time.Time
	if since := l.indicator.Since; !since.IsZero() {
		days = append(days, since.Start())
	}
	for _, b := range l.indicator.Breaks {
		touches := len(b.Affects) == 0
		for _, dim := range b.Affects {
			touches = touches || l.target.Where[dim] != nil
		}
		if touches {
			days = append(days, b.Date)
		}
	}
	var out []int
	for _, day := range days {
		p := khue.PeriodOf(day, grain)
		if p.Start().Before(day) {
			p = p.Shift(1) // the period of the break is partly old, partly new
		}
		out = append(out, indexOf(p))
	}
	return out
}

// points lists the known figures of the periods that begin at `from` or later and
// are over at `to`.
func (l look) points(rows []Row, from, to time.Time) []forecast.Point {
	var out []forecast.Point
	for _, r := range rows {
		p := r.Keys[0].Period
		if v := l.indicator.of(r.Values); v.Known && !p.Start().Before(from) && !p.End().After(to) {
			out = append(out, forecast.Point{Index: indexOf(p), Value: v.Number})
		}
	}
	return out
}

// indexOf numbers the periods of a grain one after the other.
func indexOf(p khue.Period) int {
	if p.Grain() == khue.Month {
		return p.Start().Year()*12 + int(p.Start().Month()) - 1
	}
	return p.Start().Year()
}

// wholeMonths tells the first day of the first month with facts, and the day on
// which the last whole month ended: the last month with facts counts only when
// they reach its end.
func wholeMonths(monthly Answer) (begin, end time.Time) {
	for _, r := range monthly.Rows {
		if !r.Values[0].Known {
			continue
		}
		if p := r.Keys[0].Period; begin.IsZero() {
			begin, end = p.Start(), p.Start()
		} else {
			end = p.Start()
		}
	}
	if next := end.AddDate(0, 1, 0); !monthly.Evidence.DataUntil.AddDate(0, 0, 1).Before(next) {
		end = next
	}
	return begin, end
}

// yearsOfClaims lists the actual figures of whole years. A year with figures that
// contradict each other has none.
func yearsOfClaims(claims []Claim, unit string, today time.Time) []forecast.Point {
	values, disputed := make(map[int]float64), make(map[int]bool)
	var order []int
	for _, c := range claims {
		p, err := khue.ParsePeriod(c.Period)
		if err != nil || p.Grain() != khue.Year || c.Kind != "actual" || c.unit != unit || p.Partial(today) {
			continue
		}
		year := indexOf(p)
		if v, ok := values[year]; !ok {
			order = append(order, year)
		} else if v != c.Value {
			disputed[year] = true
		}
		values[year] = c.Value
	}
	var out []forecast.Point
	for _, year := range order {
		if !disputed[year] {
			out = append(out, forecast.Point{Index: year, Value: values[year]})
		}
	}
	return out
}
