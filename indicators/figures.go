package indicators

import (
	"context"
	"fmt"
	"time"

	"khue"
)

// YearFigure is an indicator's figure for one year of the whole city, or the
// absence of one.
type YearFigure struct {
	Year     khue.Period
	Period   khue.Period // that the figure holds for: Year, or a shorter one of a published figure; zero when there is none
	Value    Value
	Partial  bool // the year is not over
	Conflict int  // how many published figures of the year contradict each other; 0 when none do
}

// YearlyFigures gives the latest years of an indicator, the newest first: the
// current year and those before it, as many as asked for, as known at asOf (zero
// is now). A year without an official figure is there, with Known false.
func (s *Service) YearlyFigures(ctx context.Context, name string, years int, asOf time.Time, scope khue.Scope) ([]YearFigure, error) {
	i, err := s.catalogue.Indicator(name)
	if err != nil {
		return nil, err
	}
	today := s.Today()
	if !asOf.IsZero() {
		today = s.dayOf(asOf)
	}
	this := khue.PeriodOf(today, khue.Year)
	out := make([]YearFigure, years)
	for n := range out {
		year := this.Shift(-n)
		out[n] = YearFigure{Year: year, Partial: year.Partial(today)}
	}
	if i.Claims != "" {
		return out, s.publishedByYear(ctx, i, out, asOf)
	}
	return out, s.reckonedByYear(ctx, i, out, asOf, scope)
}

func (s *Service) publishedByYear(ctx context.Context, i Indicator, into []YearFigure, asOf time.Time) error {
	claims, err := s.ClaimsOf(ctx, i.Claims, asOf)
	if err != nil {
		return fmt.Errorf("listing the years of %s: %w", i.Name, err)
	}
	for n := range into {
		y := &into[n]
		var within []Claim
		for _, c := range claims {
			if p, err := khue.ParsePeriod(c.Period); err == nil && !p.Start().Before(y.Year.Start()) {
				within = append(within, c)
			}
		}
		f := latestActual(within, i.unit, y.Year.Start().Year())
		y.Value, y.Period, y.Conflict = f.value, f.period, f.conflict
		y.Partial = y.Partial && !y.Value.Known // what is published stands, whatever is left of the year
	}
	return nil
}

func (s *Service) reckonedByYear(ctx context.Context, i Indicator, into []YearFigure, asOf time.Time, scope khue.Scope) error {
	if len(into) == 0 {
		return nil
	}
	measures := []string{i.Measure}
	if i.Measure == "" {
		measures = []string{i.Numerator, i.Denominator}
	}
	answer, err := s.Ask(ctx, Question{
		Measures: measures, By: []string{string(khue.Year)}, From: into[len(into)-1].Year.Start(), To: into[0].Year.End(), AsOf: asOf, Scope: scope,
	})
	if err != nil {
		return fmt.Errorf("asking for the years of %s: %w", i.Name, err)
	}
	for _, row := range answer.Rows {
		for n := range into {
			if y := &into[n]; y.Year == row.Keys[0].Period {
				y.Value, y.Partial = i.of(row.Values), row.Partial
				if y.Value.Known {
					y.Period = y.Year
				}
			}
		}
	}
	return nil
}
