package indicators

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"khue"
	"khue/warehouse"
)

// Completeness tells how many of the reports that were due are there. A report of
// somebody who was not expected is counted apart and fills no gap.
type Completeness struct {
	Reported, Expected int
	Unexpected         int    // reports of nobody who was expected
	Known              bool   // false where it is not known who should have reported, or nobody should
	Expectation        string // by which definition; empty where there is none
}

// Share is the part that has reported, from 0 to 1; 0 when nothing is known.
func (c Completeness) Share() float64 {
	if !c.Known || c.Expected == 0 {
		return 0
	}
	return float64(c.Reported) / float64(c.Expected)
}

// lessThan tells that fewer of those expected have reported, or that it is not known.
func (c Completeness) lessThan(other Completeness) bool {
	if c.Known != other.Known {
		return !c.Known
	}
	return c.Share() < other.Share()
}

// counted puts counts together; nobody expected is not "all have reported".
func (x Expectation) counted(reported, expected, unexpected int) Completeness {
	return Completeness{Reported: reported, Expected: expected, Unexpected: unexpected, Known: expected > 0, Expectation: x.Name}
}

// completeness adds to every row, for each measure, how complete the facts behind
// it are, by the same cells as the question asks for, and the same for the whole.
// It stands beside withheld figures too: it tells which rows are there, which
// measures that are never confidential (visitors, activities) tell anybody by the
// same keys, and nothing of what is in them.
func (s *Service) completeness(ctx context.Context, r *result) ([]Completeness, error) {
	a := r.asked
	counts, of := s.tallies(a)
	if err := atOnce(ctx, len(counts), func(ctx context.Context, i int) (err error) {
		if counts[i].tally, err = s.tallyOf(ctx, a, counts[i].x, counts[i].where); err != nil {
			return fmt.Errorf("counting the reports behind %s: %w", counts[i].first, err)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	total := make([]Completeness, len(a.measures))
	for slot, i := range of {
		if i >= 0 {
			total[slot] = counts[i].tally.total
		}
	}
	room := make([]Completeness, len(r.rows)*len(a.measures))
	for n, row := range r.rows {
		row.Completeness = room[n*len(a.measures) : (n+1)*len(a.measures) : (n+1)*len(a.measures)]
	}
	for slot, i := range of {
		if i >= 0 {
			counts[i].tally.fill(r, slot)
		}
	}
	return total, nil
}

// countingReports is one count of reports, which several measures may share.
type countingReports struct {
	x     Expectation
	where []warehouse.Filter
	first string // a measure that needs it
	tally *tally
}

// tallies are the counts of reports that a question's measures need, each once, and
// for each measure which of them is its own; -1 is that nobody is expected to report it.
func (s *Service) tallies(a *inquiry) (counts []countingReports, of []int) {
	index := make(map[string]int)
	for _, m := range a.measures {
		x, ok := s.catalogue.expectationOf(m)
		if !ok {
			of = append(of, -1)
			continue
		}
		where := filters(a.wholeWhere(), m.Where)
		key := x.Name + "|" + fmt.Sprint(where)
		i, ok := index[key]
		if !ok {
			i = len(counts)
			index[key], counts = i, append(counts, countingReports{x: x, where: where, first: m.Name})
		}
		of = append(of, i)
	}
	return counts, of
}

// tallyOf counts the reports that an expectation speaks of by the question's cells.
// A report speaks for everything in it: a dimension of the facts that reporters do
// not have, such as the age of visitors, does not split them. What splits or
// limits by a dimension that neither has leaves completeness unknown.
func (s *Service) tallyOf(ctx context.Context, a *inquiry, x Expectation, where []warehouse.Filter) (*tally, error) {
	t := &tally{x: x, total: Completeness{Expectation: x.Name}}
	if x.Reporters == "none" || a.readOtherwise() {
		return t, nil
	}
	ofReporters := func(dim string) (yes, can bool) {
		if slices.Contains(s.reporterDimensions(x), dim) {
			return true, true
		}
		d, err := s.catalogue.Dimension(dim)
		return false, err == nil && slices.Contains(d.Datasets, x.Dataset)
	}
	var by []string
	for i, d := range a.by {
		if d.Grain == "" {
			switch yes, can := ofReporters(d.Name); {
			case !can:
				return t, nil
			case !yes:
				continue
			}
		} else if finer(d.Grain, x.Frequency) {
			return t, nil
		}
		by, t.keys = append(by, d.Name), append(t.keys, i)
	}
	var limits []warehouse.Filter
	for _, f := range where {
		switch yes, can := ofReporters(f.Dim); {
		case !can:
			return t, nil
		case yes:
			limits = append(limits, f)
		}
	}
	t.known = true
	if x.Reporters == "events" {
		return t, s.tallyEvents(ctx, a, t, by, limits)
	}
	return t, s.tallyList(ctx, a, t, by, limits)
}

// readOtherwise tells that a question reads facts under keys that reporters do not
// have: another classification, areas of today, or every discipline of an event.
func (a *inquiry) readOtherwise() bool {
	_, limited := a.where["discipline"]
	everyDiscipline := a.question.Counting != CountMain && a.question.Counting != "" && (limited || slices.Contains(a.question.By, "discipline"))
	return everyDiscipline || len(a.crosswalks) > 0 || (a.question.AreaView == AreasAsNow && a.usesArea())
}

// reporterDimensions are those that reporters themselves have.
func (s *Service) reporterDimensions(x Expectation) []string {
	if x.Reporters != "events" {
		return []string{x.Dimension}
	}
	out := []string{"event"}
	for _, d := range s.catalogue.dimensions {
		if slices.Contains(d.Datasets, "events") {
			out = append(out, d.Name)
		}
	}
	return out
}

// finer tells that periods of a grain are shorter than those of a frequency.
func finer(grain, frequency khue.Grain) bool {
	order := []khue.Grain{khue.Year, khue.HalfYear, khue.Quarter, khue.Month, khue.Week, khue.Day}
	return frequency != "" && slices.Index(order, grain) > slices.Index(order, frequency)
}

// tallyEvents counts events, each in the period in which it begins, as the
// measure of events counts them.
func (s *Service) tallyEvents(ctx context.Context, a *inquiry, t *tally, by []string, where []warehouse.Filter) error {
	e := s.expecting(a, t.x, where)
	e.By = by
	cells, _, err := s.facts.EventReports(ctx, e)
	if err != nil {
		return err
	}
	strangers := 0
	t.cells = make([]warehouse.Reports, 0, len(cells))
	for _, c := range cells {
		t.add(c)
		strangers += int(c.Unexpected)
	}
	if strangers < 2 || len(by) == 0 {
		return nil
	}
	// A stranger whose rows lie in two periods is one stranger in the whole.
	e.By = nil
	whole, _, err := s.facts.EventReports(ctx, e)
	if err != nil {
		return err
	}
	for _, c := range whole {
		t.total.Unexpected = int(c.Unexpected)
	}
	return nil
}

func (s *Service) expecting(a *inquiry, x Expectation, where []warehouse.Filter) warehouse.Expecting {
	return warehouse.Expecting{
		Only: filters(x.Where, nil), Where: where, From: a.question.From, To: a.question.To,
		Over: a.moment.AddDate(0, 0, -x.DueDays), AsOf: a.question.AsOf,
	}
}

// tallyList counts the reports of those on a list, each in the period it is of.
func (s *Service) tallyList(ctx context.Context, a *inquiry, t *tally, by []string, where []warehouse.Filter) error {
	reports, err := s.reportsOf(ctx, a, t.x, where)
	if err != nil {
		return err
	}
	for _, r := range reports {
		codes := make([]string, len(by))
		for i, name := range by {
			codes[i] = r.code
			if g, err := khue.ParseGrain(name); err == nil {
				codes[i] = khue.PeriodOf(r.period.Start(), g).Start().Format(time.DateOnly)
			}
		}
		switch {
		case r.stranger:
			t.add(warehouse.Reports{Keys: codes, Unexpected: 1})
		case r.there:
			t.add(warehouse.Reports{Keys: codes, Expected: 1, Reported: 1})
		default:
			t.add(warehouse.Reports{Keys: codes, Expected: 1})
		}
	}
	return nil
}

// report is one that was expected of somebody on a list, or that came from nobody
// who was.
type report struct {
	code     string
	period   khue.Period
	there    bool
	stranger bool
}

// reportsOf lists all reports of a question's days that are due or came unasked.
// A report is expected when its period is over and its reporter was one on all
// days of it, beginning with the first period of which anybody has reported.
func (s *Service) reportsOf(ctx context.Context, a *inquiry, x Expectation, where []warehouse.Filter) ([]report, error) {
	asked := make(map[string][]string)
	for _, f := range where {
		asked[f.Dim] = f.Values
	}
	rows, _, err := s.facts.Select(ctx, warehouse.Select{
		Dataset: x.Dataset, Aggregates: []warehouse.Aggregate{{Name: "reports", Func: "count"}},
		By: []string{string(x.Frequency), x.Dimension}, Where: filters(x.Where, nil), AsOf: a.question.AsOf,
	})
	if err != nil {
		return nil, err
	}
	there := make(map[string]map[khue.Period]bool)
	var begins time.Time
	for _, row := range rows {
		day, err := time.Parse(time.DateOnly, row.Keys[0])
		if err != nil {
			return nil, fmt.Errorf("reading the period that begins on %q: %w", row.Keys[0], err)
		}
		if there[row.Keys[1]] == nil {
			there[row.Keys[1]] = make(map[khue.Period]bool)
		}
		there[row.Keys[1]][khue.PeriodOf(day, x.Frequency)] = true
		if begins.IsZero() || day.Before(begins) {
			begins = day
		}
	}
	if begins.IsZero() {
		return nil, nil // nobody has ever reported: the list is not in use
	}
	reporters, err := s.reportersOf(ctx, x, a.question.AsOf)
	if err != nil {
		return nil, err
	}
	if codes, limited := asked[x.Dimension]; limited {
		reporters = slices.DeleteFunc(reporters, func(e Expected) bool { return !slices.Contains(codes, e.Code) })
		maps.DeleteFunc(there, func(code string, _ map[khue.Period]bool) bool { return !slices.Contains(codes, code) })
	}
	return reportsDue(x, reporters, there, begins, a), nil
}

func reportsDue(x Expectation, reporters []Expected, there map[string]map[khue.Period]bool, begins time.Time, a *inquiry) []report {
	inside := func(p khue.Period) bool {
		from, to := a.question.From, a.question.To
		return (from.IsZero() || !p.Start().Before(from)) && (to.IsZero() || p.Start().Before(to))
	}
	over := a.today.AddDate(0, 0, 1-x.DueDays) // a period that ended yesterday is over today
	var out []report
	for _, p := range khue.Periods(x.Frequency, begins, over) {
		if !inside(p) || !p.End().Before(over) {
			continue
		}
		for _, e := range reporters {
			if e.wholly(p) {
				out = append(out, report{code: e.Code, period: p, there: there[e.Code][p]})
			}
		}
	}
	known := make(map[string][]Expected)
	for _, e := range reporters {
		known[e.Code] = append(known[e.Code], e)
	}
	for _, code := range slices.Sorted(maps.Keys(there)) {
		for p := range there[code] {
			if inside(p) && !slices.ContainsFunc(known[code], func(e Expected) bool { return e.touches(p) }) {
				out = append(out, report{code: code, period: p, stranger: true})
			}
		}
	}
	return out
}

// mostReporters bounds a list of reporters.
const mostReporters = 100_000

// reportersOf lists who is expected to report, with their days.
func (s *Service) reportersOf(ctx context.Context, x Expectation, asOf time.Time) ([]Expected, error) {
	var out []Expected
	switch x.Reporters {
	case "areas":
		for _, a := range khue.Areas() {
			if a.Kind != khue.City {
				out = append(out, Expected{Code: a.Code, Label: a.Name, From: a.From, To: a.To})
			}
		}
	case "members":
		records, err := s.facts.Records(ctx, "members", nil, asOf, mostReporters)
		if err != nil {
			return nil, fmt.Errorf("listing members: %w", err)
		}
		for _, r := range records {
			came := dayIn(r, "accepted_on")
			if came.IsZero() {
				came = dayIn(r, "certified_on")
			}
			if came.IsZero() {
				continue // has applied, no more
			}
			name := textOf(r, "name")
			out = append(out, Expected{Code: textOf(r, "record_id"), Label: khue.Text{VI: name, EN: name}, From: came, To: dayIn(r, "left_on")})
		}
	default:
		out = slices.Clone(x.List)
	}
	return out, nil
}
