package indicators

import (
	"context"
	"fmt"
	"time"

	"khue"
	"khue/locale"
)

// TargetProgress is how far a target is reached, and where its indicator is heading.
type TargetProgress struct {
	Target       Target
	Actual       Value       // the latest figure that may be set against the target
	ActualPeriod khue.Period // that Actual holds for; of a cumulative target, the last year counted
	Status       string      // met, on_track, attention, off_track, deteriorating, no_figure or not_due
	StatusLabel  khue.Text
	Method       khue.Text   // how the status came about, in one sentence
	Rule         string      // RuleGrowth or RuleAmounts where a rate of progress was judged, else ""
	Ratio        Value       // progress made over progress needed, by that rule
	Path         []PathPoint // what the way asks for at the end of each year; empty without a baseline
	Forecast     *Forecast   // nil where there is none
	NoForecast   khue.Text   // why not; empty when the target's year is over
	Claims       []Claim     // published figures of the indicator, when it draws on them
}

// PathPoint is what the way from the baseline to a target asks for at the end of a year.
type PathPoint struct {
	Year  int
	Value float64
}

// PathAt is what the way asks for at the end of a year.
func (p TargetProgress) PathAt(year int) Value {
	for _, point := range p.Path {
		if point.Year == year {
			return Value{Number: point.Value, Known: true}
		}
	}
	return Value{}
}

// Progress judges every target of a programme by what is known at asOf (zero is
// now), and carries its indicator forward to the target's year. Figures are those
// of the whole city, or of the part that the target names.
//
//	met            the actual reaches the value (the lower one of a span)
//	on_track       not due; at least 95% of the progress needed has been made
//	attention      not due, 60% to 95%; or due, and an "about" value is reached only
//	               after rounding
//	off_track      not due, 0% to 60%; or due and not reached
//	deteriorating  not due; the figure has moved away from the target
//	no_figure      due, and no official figure exists for the target's year, or its
//	               facts are not all in, or it is withheld
//	not_due        the year is not over, and there is no figure or no baseline to
//	               judge by
//
// How progress is measured is said at RuleGrowth.
func (s *Service) Progress(ctx context.Context, programme string, asOf time.Time) ([]TargetProgress, error) {
	p, err := s.catalogue.Programme(programme)
	if err != nil {
		return nil, err
	}
	moment := s.now()
	if !asOf.IsZero() {
		moment = asOf
	}
	out := make([]TargetProgress, 0, len(p.Targets))
	for _, t := range p.Targets {
		indicator, err := s.catalogue.Indicator(t.Indicator)
		if err != nil {
			return nil, err
		}
		l := look{target: t, indicator: indicator, today: s.dayOf(moment), asOf: asOf}
		f, err := s.latestFigure(ctx, l)
		if err != nil {
			return nil, fmt.Errorf("judging target %s of %s: %w", t.ID, p.ID, err)
		}
		judged := judge(t, indicator, f, l.today)
		if err := s.lookAhead(ctx, l, &judged); err != nil {
			return nil, fmt.Errorf("carrying target %s of %s forward: %w", t.ID, p.ID, err)
		}
		out = append(out, judged)
	}
	return out, nil
}

// look is a target with the moment from which it is looked at.
type look struct {
	target    Target
	indicator Indicator
	today     time.Time
	asOf      time.Time
}

// figure is what may be set against a target.
type figure struct {
	value    Value
	period   khue.Period
	claims   []Claim
	conflict int // how many actual figures of one period contradict each other
	// until is the day that the facts reach where they do not reach the end of the
	// target's own year; else zero. Value is then what is in so far.
	until time.Time
	rises bool // what is still to come can only add to Value
}

// latestFigure finds the newest figure of a target's indicator up to the end of
// its year.
func (s *Service) latestFigure(ctx context.Context, l look) (figure, error) {
	t, i := l.target, l.indicator
	if i.Claims != "" {
		claims, err := s.ClaimsOf(ctx, i.Claims, l.asOf)
		if err != nil {
			return figure{}, err
		}
		return latestActual(claims, i.unit, t.Year), nil
	}
	period := yearOf(t.Year)
	if period.Partial(l.today) {
		period = khue.PeriodOf(l.today, khue.Year).Shift(-1) // the last whole year
		if m, err := s.catalogue.Measure(i.Measure); err == nil && m.Kind == "stock" {
			period = khue.PeriodOf(l.today, khue.Day) // what is there today
		}
	}
	f, err := s.figureOfPeriod(ctx, l, period)
	if err == nil && !f.until.IsZero() && period.Start().Year() < t.Year { // the last year that is all in
		f, err = s.figureOfPeriod(ctx, l, period.Shift(-1))
		if !f.until.IsZero() {
			return figure{}, err
		}
	}
	return f, err
}

// figureOfPeriod asks for the figure of a target's indicator in a period, or from
// the year that a cumulative target counts from to the period's end.
func (s *Service) figureOfPeriod(ctx context.Context, l look, period khue.Period) (figure, error) {
	from := period.Start()
	if l.target.Kind == TargetCumulative {
		if from = yearOf(l.target.Since).Start(); !from.Before(period.End()) {
			return figure{}, nil // no year that counts is over
		}
	}
	answer, err := s.Ask(ctx, l.question(from, period.End()))
	if err != nil {
		return figure{}, err
	}
	row := answer.Rows[0]
	f := figure{value: l.indicator.of(row.Values), period: period}
	if row.Partial && period.Grain() == khue.Year {
		m, err := s.catalogue.Measure(l.indicator.Measure)
		f.until, f.rises = answer.Evidence.DataUntil, err == nil && m.addsUp()
	}
	if !f.value.Known {
		f.period = khue.Period{}
	}
	return f, nil
}

func yearOf(year int) khue.Period {
	return khue.PeriodOf(time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC), khue.Year)
}

// question asks for what a target's indicator draws on.
func (l look) question(from, to time.Time, by ...string) Question {
	names := []string{l.indicator.Measure}
	if l.indicator.Measure == "" {
		names = []string{l.indicator.Numerator, l.indicator.Denominator}
	}
	return Question{Measures: names, By: by, Where: l.target.Where, From: from, To: to, AsOf: l.asOf, Scope: khue.Publication}
}

// latestActual picks the newest figure of kind "actual" that ends with the year
// or before. Figures of one period that contradict each other give none: which
// is right is not for us to say.
func latestActual(claims []Claim, unit string, year int) figure {
	f := figure{claims: claims}
	end := time.Date(year+1, time.January, 1, 0, 0, 0, 0, time.UTC)
	values := make(map[float64]bool)
	for _, c := range claims {
		p, err := khue.ParsePeriod(c.Period)
		if err != nil || c.Kind != "actual" || c.unit != unit || p.End().After(end) {
			continue
		}
		if f.period.IsZero() || p.End().After(f.period.End()) {
			f.period, f.value = p, Value{Number: c.Value, Known: true}
			values = make(map[float64]bool)
		}
		if p == f.period {
			values[c.Value] = true
		}
	}
	if len(values) > 1 {
		f.conflict, f.value, f.period = len(values), Value{}, khue.Period{}
	}
	return f
}

func sentence(vi, en string, args ...any) khue.Text {
	return khue.Text{VI: fmt.Sprintf(vi, args...), EN: fmt.Sprintf(en, args...)}
}

// both fills a sentence in each language with texts of that language; other
// arguments stand in both.
func both(vi, en string, args ...any) khue.Text {
	in := func(lang khue.Lang) []any {
		out := make([]any, len(args))
		for i, a := range args {
			if t, ok := a.(khue.Text); ok {
				a = t.In(lang)
			}
			out[i] = a
		}
		return out
	}
	return khue.Text{VI: fmt.Sprintf(vi, in(khue.Vietnamese)...), EN: fmt.Sprintf(en, in(khue.English)...)}
}

// explain writes a value with its unit.
func explain(unit khue.Text, decimals int, v float64) khue.Text {
	write := func(lang khue.Lang) string {
		number := locale.Number(lang, v, decimals)
		if unit.In(lang) == "%" {
			return number + "%"
		}
		return number + " " + unit.In(lang)
	}
	return khue.Text{VI: write(khue.Vietnamese), EN: write(khue.English)}
}

// percent writes a ratio as a whole percentage.
func percent(ratio float64) khue.Text {
	return khue.Text{VI: locale.Percent(khue.Vietnamese, ratio, 0), EN: locale.Percent(khue.English, ratio, 0)}
}
