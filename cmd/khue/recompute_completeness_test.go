package main

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/api/format"
	"khue/demo"
	"khue/indicators"
)

// at is the moment whose knowledge is compared.
func (c *comparison) at() time.Time {
	if !c.asOf.IsZero() {
		return c.asOf
	}
	return c.now
}

// dueEvents says by which events each measure of attendance is expected.
var dueEvents = map[string]func(*rawFact) bool{
	"visitors":        func(e *rawFact) bool { return e.format == "onsite" || e.format == "hybrid" },
	"online_visitors": func(e *rawFact) bool { return e.format == "online" || e.format == "hybrid" },
	"revenue":         func(e *rawFact) bool { return e.access == "ticketed" },
}

// returns are those that were due and those of them that are there, by cell. A cell
// in which none was due is in neither.
type returns struct{ due, there figures }

func newReturns() returns { return returns{figures{}, figures{}} }

func (r returns) add(at string, there bool) {
	r.due[at]++
	r.there[at] += 0
	if there {
		r.there[at]++
	}
}

// heardOf tells in which month each event was last counted.
func (raw *rawCity) heardOf() map[string]time.Time {
	last := map[string]time.Time{}
	for i := range raw.attendance {
		f := &raw.attendance[i]
		if month := f.day.AddDate(0, 0, 1-f.day.Day()); month.After(last[f.event]) {
			last[f.event] = month
		}
	}
	return last
}

// attendanceReports counts every event that is over once, where it begins; it has
// reported when visitors of its first month or a later one were counted.
func (raw *rawCity) attendanceReports(s split, due func(*rawFact) bool, at time.Time) returns {
	out, last := newReturns(), raw.heardOf()
	for i := range raw.events {
		e := &raw.events[i]
		if !due(e) || e.over.After(at) {
			continue
		}
		month, heard := last[e.id]
		if cell, ok := s.cell(e.day, e); ok {
			out.add(cell, heard && !month.Before(e.day.AddDate(0, 0, 1-e.day.Day())))
		}
	}
	return out
}

// workbookReports counts the areas of which each month's workbook has a line: of 30
// districts until June 2025, of 126 wards and communes since. Who never wrote
// before the first workbook was not asked to.
func (raw *rawCity) workbookReports(today time.Time) returns {
	areas := map[time.Time]map[string]bool{}
	first := today
	for i := range raw.statistics {
		f := &raw.statistics[i]
		if areas[f.day] == nil {
			areas[f.day] = map[string]bool{}
		}
		areas[f.day][f.area] = true
		if f.day.Before(first) {
			first = f.day
		}
	}
	out := newReturns()
	for month := first; !month.AddDate(0, 1, 0).After(today); month = month.AddDate(0, 1, 0) {
		at, expected := named(month, "month"), 126
		if month.Before(time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC)) {
			expected = 30
		}
		out.due[at], out.there[at] = float64(expected), float64(len(areas[month]))
	}
	return out
}

// completeness compares how many of the reports that were due are there, of events
// and of the monthly workbooks.
func (c *comparison) completeness() {
	c.t.Helper()
	gaps := 0.0
	names := slices.Sorted(maps.Keys(dueEvents))
	for _, s := range []split{{}, {grain: "year"}, {grain: "month"}, {discipline: true}, {area: true}, {grain: "quarter", discipline: true}} {
		a, err := c.service.Ask(c.t.Context(), indicators.Question{Measures: append(slices.Clone(names), "events"), By: s.by(), AsOf: c.asOf, Scope: khue.Everything})
		require.NoError(c.t, err, "%v", s.by())
		for slot, name := range names {
			want, got := c.raw.attendanceReports(s, dueEvents[name], c.at()), newReturns()
			for _, row := range a.Rows {
				codes := make([]string, len(row.Keys))
				for i, k := range row.Keys {
					codes[i] = format.KeyCode(k)
				}
				got.take(strings.Join(codes, "|"), row.Completeness[slot])
			}
			gaps += c.compareReports(name, s, want, got)
		}
	}
	require.Positive(c.t, gaps, "without an event that has not reported this proves little")

	months := split{grain: "month"}
	end := time.Date(c.today().Year()+1, 1, 1, 0, 0, 0, 0, time.UTC)
	r, err := c.service.Reporting(c.t.Context(), indicators.ReportingQuestion{
		Expectation: "monthly_workbooks", From: end.AddDate(-9, 0, 0), To: end, AsOf: c.asOf, Scope: khue.Everything,
	})
	require.NoError(c.t, err)
	got := newReturns()
	for i, p := range r.Periods {
		got.take(p.String(), r.ByPeriod[i])
	}
	want := c.raw.workbookReports(c.today())
	c.compareReports("workbooks", months, want, got)
	require.EqualValues(c.t, 30, got.due["2025-06"])
	require.EqualValues(c.t, 126, got.due["2025-07"])
}

func (r returns) take(at string, c indicators.Completeness) {
	if c.Known {
		r.due[at], r.there[at] = float64(c.Expected), float64(c.Reported)
	}
}

// compareReports also tells how many due reports are missing.
func (c *comparison) compareReports(name string, s split, want, got returns) (missing float64) {
	c.t.Helper()
	c.compare(name+" due", s, want.due, got.due)
	c.compare(name+" reported", s, want.there, got.there)
	for at, n := range want.due {
		missing += n - want.there[at]
	}
	return missing
}

// Who has reported, worked out from the rows of the sources.
func TestCompletenessEqualsAPlainCountOfTheSourceRows(t *testing.T) {
	city := newStandingCity(t, 1)
	city.stand(time.Now())
	o := newObservatory(t, demo.Configuration(), city.variables)
	o.must("migrate")
	o.must("pull")
	now := time.Now()
	service, _ := o.service(now)
	c := &comparison{t: t, service: service, raw: readCity(t, city), now: now}
	c.completeness()
	c.agree(1_000)

	// One event and one workbook line less must show, or agreement means nothing.
	blind := &comparison{t: t, service: service, raw: c.raw.withoutAReport(), now: now}
	blind.completeness()
	require.NotEmpty(t, blind.differences)
	require.True(t, slices.ContainsFunc(blind.differences, func(d string) bool { return strings.HasPrefix(d, "visitors reported by") }))
	require.True(t, slices.ContainsFunc(blind.differences, func(d string) bool { return strings.HasPrefix(d, "workbooks reported by") }))
}

// withoutAReport leaves out what one event and one area of one month reported.
func (raw *rawCity) withoutAReport() *rawCity {
	out := *raw
	held := map[string]bool{}
	for i := range raw.events {
		if dueEvents["visitors"](&raw.events[i]) {
			held[raw.events[i].id] = true
		}
	}
	first := slices.IndexFunc(raw.attendance, func(f rawFact) bool { return held[f.event] })
	event, line := raw.attendance[first].event, raw.statistics[0]
	out.attendance = slices.DeleteFunc(slices.Clone(raw.attendance), func(f rawFact) bool { return f.event == event })
	out.statistics = slices.DeleteFunc(slices.Clone(raw.statistics), func(f rawFact) bool { return f.area == line.area && f.day.Equal(line.day) })
	return &out
}
