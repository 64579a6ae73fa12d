package indicators

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/locale"
	"khue/warehouse"
)

// ReportingQuestion asks who has reported and who has not.
type ReportingQuestion struct {
	Expectation string     // name from the catalogue
	Grain       khue.Grain // of the table's periods; empty is months, or the reports' own frequency when that is longer
	From, To    time.Time  // calendar days, midnight UTC; To is not included
	AsOf        time.Time  // what was known at that moment; zero means now
	Most        int        // most missing and most unexpected reports listed; 0 is all
	Scope       khue.Scope // reach of the caller
}

// Reporting is the table of reporters by periods, with what is missing.
type Reporting struct {
	Expectation Expectation
	Periods     []khue.Period
	Reporters   []Reporter     // those expected at any time of it, by name
	ByPeriod    []Completeness // parallel to Periods
	Total       Completeness
	Missing     []MissingReport // latest first
	Unexpected  []UnexpectedReport
	DataUntil   time.Time // calendar day to which the dataset's facts reach
	AsOf        time.Time // moment of knowledge the answer holds for

	index map[string]int // of Reporters by code
}

// Reporter is somebody who reports: an area, a member, an organiser of events.
type Reporter struct {
	Code  string
	Name  khue.Text
	Cells []Completeness // parallel to the periods
	Total Completeness
}

// MissingReport is one that is due and not there.
type MissingReport struct {
	Reporter string
	Name     khue.Text
	Period   khue.Period // of a list; for an event the day on which it begins
	Event    string      // id and title of the event, where events report
	Title    string
	Source   string
	Area     khue.Text
}

// UnexpectedReport is one of nobody who was expected.
type UnexpectedReport struct {
	Reporter string
	Name     khue.Text
	Period   khue.Period
	Source   string
	Rows     int64 // 0 where they are not counted
}

// Floored tells that a completeness lies below the floor of its expectation.
func (x Expectation) Floored(c Completeness) bool {
	return c.Known && x.Floor > 0 && c.Share()*100 < x.Floor
}

// Reporting answers who has reported by periods. It is for callers without a limit
// of area; others are refused.
func (s *Service) Reporting(ctx context.Context, q ReportingQuestion) (Reporting, error) {
	if !q.Scope.All {
		return Reporting{}, khue.Errorf(khue.Forbidden, "chỉ tài khoản xem được toàn thành phố mới xem được danh sách báo cáo",
			"only accounts that may see the whole city may see who has reported")
	}
	x, err := s.catalogue.Expectation(q.Expectation)
	if err != nil {
		return Reporting{}, err
	}
	if q.From.IsZero() || q.To.IsZero() {
		return Reporting{}, khue.Errorf(khue.Invalid, "cần cả ngày đầu và ngày cuối", "both a first day and an end are needed")
	}
	grain := q.Grain
	if grain == "" {
		if grain = khue.Month; finer(grain, x.Frequency) {
			grain = x.Frequency
		}
	}
	if finer(grain, x.Frequency) {
		return Reporting{}, khue.Errorf(khue.Invalid, "báo cáo theo %s không chia nhỏ theo %s được", "reports by %s cannot be split by %s", x.Frequency, grain)
	}
	a := &inquiry{question: Question{From: q.From, To: q.To, AsOf: q.AsOf}, where: map[string][]string{}}
	if err := s.setMoment(a); err != nil {
		return Reporting{}, err
	}
	if err := checkDays(a); err != nil {
		return Reporting{}, err
	}
	r := Reporting{Expectation: x, Periods: khue.Periods(grain, q.From, q.To), AsOf: a.moment, Total: Completeness{Expectation: x.Name}, index: make(map[string]int)}
	if len(r.Periods) > mostPeriods {
		return Reporting{}, khue.Errorf(khue.Invalid, "bảng dài nhất %d kỳ; hãy rút ngắn hoặc dùng kỳ dài hơn",
			"the table takes at most %d periods; shorten it or use longer ones", mostPeriods)
	}
	if r.DataUntil, err = s.facts.Until(ctx, x.Dataset, q.AsOf, a.today); err != nil {
		return Reporting{}, fmt.Errorf("reading how far the facts of %s reach: %w", x.Dataset, err)
	}
	r.ByPeriod = make([]Completeness, len(r.Periods))
	for i := range r.ByPeriod {
		r.ByPeriod[i].Expectation = x.Name
	}
	switch x.Reporters {
	case "none":
		return r, nil
	case "events":
		err = s.eventReporting(ctx, a, &r, q.Most)
	default:
		err = s.listReporting(ctx, a, &r, q.Most)
	}
	if err != nil {
		return Reporting{}, fmt.Errorf("asking who has reported %s: %w", x.Name, err)
	}
	collator := locale.Collator()
	slices.SortStableFunc(r.Reporters, func(a, b Reporter) int {
		if (a.Code == "") != (b.Code == "") {
			return strings.Compare(b.Code, a.Code) // who is unknown comes last
		}
		return collator.CompareString(a.Name.VI, b.Name.VI)
	})
	return r, nil
}

// mostPeriods bounds the columns of the table.
const mostPeriods = 120

// put counts reports of a reporter in a period.
func (r *Reporting) put(code string, name khue.Text, day time.Time, reported, expected, unexpected int) {
	add := func(c *Completeness) {
		*c = r.Expectation.counted(c.Reported+reported, c.Expected+expected, c.Unexpected+unexpected)
	}
	add(&r.Total)
	column := slices.IndexFunc(r.Periods, func(p khue.Period) bool { return p.Contains(day) })
	if column >= 0 {
		add(&r.ByPeriod[column])
	}
	if expected == 0 {
		return // strangers are listed by themselves
	}
	i, known := r.index[code]
	if !known {
		i = len(r.Reporters)
		r.index[code] = i
		r.Reporters = append(r.Reporters, Reporter{Code: code, Name: name, Cells: make([]Completeness, len(r.Periods))})
	}
	add(&r.Reporters[i].Total)
	if column >= 0 {
		add(&r.Reporters[i].Cells[column])
	}
}

func (s *Service) eventReporting(ctx context.Context, a *inquiry, r *Reporting, most int) error {
	x := r.Expectation
	e := s.expecting(a, x, nil)
	e.By = []string{string(r.Periods[0].Grain()), x.Dimension}
	cells, _, err := s.facts.EventReports(ctx, e)
	if err != nil {
		return err
	}
	names, err := s.namesOf(ctx, x.Dimension, a.question.AsOf)
	if err != nil {
		return err
	}
	for _, c := range cells {
		day, err := time.Parse(time.DateOnly, c.Keys[0])
		if err != nil {
			return fmt.Errorf("reading the period that begins on %q: %w", c.Keys[0], err)
		}
		if day.Before(r.Periods[0].Start()) {
			day = r.Periods[0].Start()
		}
		r.put(c.Keys[1], names(c.Keys[1]), day, int(c.Reported), int(c.Expected), int(c.Unexpected))
	}
	missing, err := s.facts.MissingReports(ctx, e, most)
	if err != nil {
		return err
	}
	for _, m := range missing {
		one := MissingReport{
			Reporter: m.Organiser, Name: names(m.Organiser), Period: khue.PeriodOf(m.On, khue.Day), Event: m.Event, Title: m.Title, Source: m.Source, Area: unknownName,
		}
		if area, ok := khue.AreaOf(m.Area); ok {
			one.Area = area.Name
		}
		r.Missing = append(r.Missing, one)
	}
	strays, err := s.facts.StrayReports(ctx, e, most)
	for _, u := range strays {
		r.Unexpected = append(r.Unexpected, UnexpectedReport{
			Reporter: u.Event, Name: khue.Text{VI: u.Event, EN: u.Event}, Period: khue.PeriodOf(u.On, khue.Day), Source: u.Source, Rows: u.Rows,
		})
	}
	return err
}

func (s *Service) listReporting(ctx context.Context, a *inquiry, r *Reporting, most int) error {
	reports, err := s.reportsOf(ctx, a, r.Expectation, nil)
	if err != nil {
		return err
	}
	reporters, err := s.reportersOf(ctx, r.Expectation, a.question.AsOf)
	if err != nil {
		return err
	}
	names := make(map[string]khue.Text)
	for _, e := range reporters {
		names[e.Code] = e.Label
	}
	name := func(code string) khue.Text {
		switch n := names[code]; {
		case n.VI != "":
			return n
		case code == "":
			return unknownName
		}
		return khue.Text{VI: code, EN: code}
	}
	for _, one := range reports {
		switch {
		case one.stranger:
			r.put(one.code, name(one.code), one.period.Start(), 0, 0, 1)
			r.Unexpected = append(r.Unexpected, UnexpectedReport{Reporter: one.code, Name: name(one.code), Period: one.period})
		case one.there:
			r.put(one.code, name(one.code), one.period.Start(), 1, 1, 0)
		default:
			r.put(one.code, name(one.code), one.period.Start(), 0, 1, 0)
			r.Missing = append(r.Missing, MissingReport{Reporter: one.code, Name: name(one.code), Period: one.period})
		}
	}
	collator := locale.Collator()
	slices.SortStableFunc(r.Missing, func(a, b MissingReport) int {
		if c := b.Period.Start().Compare(a.Period.Start()); c != 0 {
			return c
		}
		return collator.CompareString(a.Name.VI, b.Name.VI)
	})
	slices.SortStableFunc(r.Unexpected, func(a, b UnexpectedReport) int {
		if c := b.Period.Start().Compare(a.Period.Start()); c != 0 {
			return c
		}
		return strings.Compare(a.Reporter, b.Reporter)
	})
	if most > 0 {
		r.Missing, r.Unexpected = r.Missing[:min(most, len(r.Missing))], r.Unexpected[:min(most, len(r.Unexpected))]
	}
	return nil
}

// namesOf gives the names of a dimension's codes; a code without one is its own.
func (s *Service) namesOf(ctx context.Context, dimension string, asOf time.Time) (func(string) khue.Text, error) {
	names := make(map[string]khue.Text)
	switch dimension {
	case "area":
		for _, a := range khue.Areas() {
			names[a.Code] = a.Name
		}
	case "discipline":
		for _, x := range khue.Disciplines() {
			names[x.Code] = x.Name
		}
	case "organiser", "member":
		records, err := s.facts.Records(ctx, "members", []warehouse.Filter{}, asOf, mostReporters)
		if err != nil {
			return nil, fmt.Errorf("looking up the names of members: %w", err)
		}
		for _, r := range records {
			names[textOf(r, "record_id")] = khue.Text{VI: textOf(r, "name"), EN: textOf(r, "name")}
		}
	default:
		d, err := s.catalogue.Dimension(dimension)
		if err != nil {
			return nil, err
		}
		for _, v := range d.Values {
			names[v.Code] = v.Label
		}
	}
	return func(code string) khue.Text {
		switch n := names[code]; {
		case code == "":
			return unknownName
		case n.VI != "":
			return n
		}
		return khue.Text{VI: code, EN: code}
	}, nil
}
