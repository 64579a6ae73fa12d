package indicators

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"khue"
)

// wanted is one name of a question: a measure, or an indicator worked out of the
// measures that are gathered for it.
type wanted struct {
	column    Column
	slot      int       // of the measure, or of a ratio's numerator, among the measures gathered
	below     int       // of a ratio's denominator; -1 when it is none
	indicator Indicator // when it is one
}

// of works a figure out of the gathered measures of a cell.
func (w wanted) of(values []Value) Value {
	if w.below < 0 {
		return values[w.slot]
	}
	return w.indicator.ratio(values[w.slot], values[w.below])
}

// adds tells that a figure is one of facts, of which a part can be a share.
func (a *inquiry) adds(w wanted) bool {
	return w.below < 0 && a.measures[w.slot].Aggregate != fromClaims
}

// fromClaims is the aggregate of an indicator that draws on published figures.
const fromClaims = "claims"

// want looks a name up, among the measures first and then among the indicators,
// and has gathered what it is worked out of.
func (s *Service) want(a *inquiry, name string) error {
	if m, err := s.catalogue.Measure(name); err == nil {
		a.wanted = append(a.wanted, wanted{
			column: Column{Name: m.Name, Measure: true, Label: m.Label, Unit: m.Unit, Decimals: m.Decimals}, slot: a.slotOf(m), below: -1,
		})
		return nil
	}
	i, err := s.catalogue.Indicator(name)
	if err != nil {
		return s.noSuchFigure(name)
	}
	w := wanted{column: Column{Name: i.Name, Measure: true, Label: i.Label, Unit: i.Unit, Decimals: i.Decimals}, below: -1, indicator: i}
	switch {
	case i.Claims != "":
		w.slot = a.slotOf(Measure{Name: i.Name, Label: i.Label, Unit: i.Unit, Dataset: "claims", Aggregate: fromClaims, Column: i.Claims, Kind: "flow"})
	case i.Measure != "":
		m, err := s.catalogue.Measure(i.Measure)
		if err != nil {
			return err
		}
		w.slot = a.slotOf(m)
	default:
		above, err := s.catalogue.Measure(i.Numerator)
		if err != nil {
			return err
		}
		below, err := s.catalogue.Measure(i.Denominator)
		if err != nil {
			return err
		}
		w.slot, w.below = a.slotOf(above), a.slotOf(below)
	}
	a.wanted = append(a.wanted, w)
	return nil
}

func (a *inquiry) slotOf(m Measure) int {
	if at := slices.IndexFunc(a.measures, func(other Measure) bool { return other.Name == m.Name && other.Aggregate == m.Aggregate }); at >= 0 {
		return at
	}
	a.measures = append(a.measures, m)
	return len(a.measures) - 1
}

func (s *Service) noSuchFigure(name string) error {
	var names []string
	for _, m := range s.catalogue.measures {
		names = append(names, m.Name)
	}
	for _, i := range s.catalogue.indicators {
		if !slices.Contains(names, i.Name) {
			names = append(names, i.Name)
		}
	}
	return notFound("chỉ số", "measure", name, names)
}

// checkClaims lets indicators of published figures be asked by year alone: a
// figure that somebody published for a year cannot be split or filtered.
func checkClaims(a *inquiry) error {
	for _, w := range a.wanted {
		if a.measures[w.slot].Aggregate != fromClaims {
			continue
		}
		byYear := len(a.by) == 1 && a.grain == khue.Year
		oneYear := len(a.by) == 0 && isYear(a.question.From, a.question.To)
		if len(a.where) > 0 || (!byYear && !oneYear) {
			return khue.Errorf(khue.Invalid,
				"chỉ tiêu %q lấy từ số liệu đã công bố: chỉ hỏi được theo năm (hoặc cho đúng một năm), không chia hay lọc theo chiều khác",
				"indicator %q draws on published figures: it can be asked by year (or for one year), not split or filtered by another dimension", w.column.Name).Coded("published_by_year_only", "by")
		}
	}
	return nil
}

func isYear(from, to time.Time) bool {
	return !from.IsZero() && from.YearDay() == 1 && to.Equal(from.AddDate(1, 0, 0))
}

// addClaims fills in the published figures: of each year the newest actual one
// for that year or a period in it, in the indicator's unit. Figures of one period
// that contradict each other give none. They speak of the whole city and have
// been published, so that every caller may see them.
func (s *Service) addClaims(ctx context.Context, r *result) error {
	for slot, m := range r.asked.measures {
		if m.Aggregate != fromClaims || (r.asked.gathers != nil && !r.asked.gathers(m)) {
			continue
		}
		i, err := s.catalogue.Indicator(m.Name)
		if err != nil {
			return err
		}
		claims, err := s.ClaimsOf(ctx, m.Column, r.asked.question.AsOf)
		if err != nil {
			return fmt.Errorf("asking for the published figures of %s: %w", m.Name, err)
		}
		if err := r.addFigures(slot, claims, i.unit); err != nil {
			return err
		}
	}
	return nil
}

// addFigures makes a row for each year that has a figure, within the days asked
// for, and fills the rows that are years.
func (r *result) addFigures(slot int, claims []Claim, unit string) error {
	a := r.asked
	figures := make(map[int]Value)
	for _, c := range claims {
		p, err := khue.ParsePeriod(c.Period)
		if err != nil {
			continue // the door lets no other period in
		}
		year := p.Start().Year()
		if _, seen := figures[year]; !seen {
			figures[year] = figureOf(claims, unit, year)
		}
	}
	for n := range a.windows {
		if _, err := r.row([]string{strconv.Itoa(n)}); err != nil {
			return err
		}
	}
	if a.grain == khue.Year {
		for year, v := range figures {
			first := time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC)
			if !v.Known || (!a.question.From.IsZero() && first.Before(a.question.From)) || (!a.question.To.IsZero() && !first.Before(a.question.To)) {
				continue
			}
			if _, err := r.row([]string{first.Format(time.DateOnly)}); err != nil {
				return err
			}
		}
	}
	for _, row := range r.rows {
		if from, to := a.spanOf(row); isYear(from, to) {
			row.Values[slot] = figures[from.Year()]
		}
	}
	return nil
}

func figureOf(claims []Claim, unit string, year int) Value {
	within := slices.DeleteFunc(slices.Clone(claims), func(c Claim) bool {
		p, err := khue.ParsePeriod(c.Period)
		return err != nil || p.Start().Year() != year
	})
	f := latestActual(within, unit, year)
	if f.conflict > 0 {
		return Value{Reason: sentence("%d số liệu đã công bố mâu thuẫn nhau", "%d published figures contradict each other", f.conflict)}
	}
	return f.value
}
