package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/api/format"
	"khue/indicators"
)

// indicatorsBy asks for every indicator, those of published figures by year alone,
// and compares each cell.
func (c *comparison) indicatorsBy(s split) {
	c.t.Helper()
	var names []string
	for _, i := range c.service.Catalogue().Indicators() {
		plain, there := plainIndicators[i.Name]
		if !there {
			c.t.Fatalf("indicator %s has no plain calculation: add it to plainIndicators", i.Name)
		}
		if (i.Claims == "" && s.suits(plain)) || (s.grain == "year" && !s.discipline && !s.area) {
			names = append(names, i.Name)
		}
	}
	for n, got := range c.ask(names, s) {
		c.compare(names[n], s, plainIndicators[names[n]].work(c.raw, s, c.today()), got)
	}
}

// derivedFigures are those whose derivations are recomputed: sums, counts, different
// names, stocks and ratios of each dataset.
var derivedFigures = []string{
	"visitors", "revenue", "events", "organisers", "free_event_share", "visitors_per_event",
	"activities", "active_members", "participants", "participants_per_activity", "members", "active_member_share",
}

// quarterFrom is the first day of a quarter as it is written, and the first day after it.
func quarterFrom(name string) (from, to time.Time) {
	var y, q int
	_, _ = fmt.Sscanf(name, "%d-Q%d", &y, &q)
	from = time.Date(y, time.Month(3*q-2), 1, 0, 0, 0, 0, time.UTC)
	return from, time.Date(y, time.Month(3*q+1), 1, 0, 0, 0, 0, time.UTC)
}

// derivations asks by quarter for shares, changes, moving years and years to date,
// and works each out again over the rows of its own days.
func (c *comparison) derivations(s split) {
	c.t.Helper()
	s.grain = "quarter"
	derive := []indicators.Derivation{indicators.ChangePrevious, indicators.ChangeYear, indicators.MovingYear, indicators.Cumulative}
	for _, name := range derivedFigures {
		a, err := c.service.Ask(c.t.Context(), indicators.Question{Measures: []string{name}, By: s.by(), Derive: derive, AsOf: c.asOf, Scope: khue.Everything})
		require.NoError(c.t, err, name)
		over := c.windows(name, s)
		got, want := make([]figures, len(derive)), make([]figures, len(derive))
		for i := range derive {
			got[i], want[i] = figures{}, figures{}
		}
		for _, row := range a.Rows {
			quarter, group := format.KeyCode(row.Keys[0]), ""
			for _, k := range row.Keys[1:] {
				group = format.KeyCode(k)
			}
			at := strings.Trim(quarter+"|"+group, "|")
			for i := range derive {
				if v := row.Values[1+i]; v.Known {
					got[i][at] = v.Number
				}
				if n, known := over(derive[i], quarter, group); known {
					want[i][at] = n
				}
			}
		}
		for i, d := range derive {
			c.compare(name+" "+string(d), s, want[i], got[i])
		}
	}
}

// windows gives a way to work a figure out over the days that a derivation of a
// quarter looks at.
func (c *comparison) windows(name string, s split) func(d indicators.Derivation, quarter, group string) (float64, bool) {
	plain, parts := plainIndicators[name], plainIndicators[name].parts
	if m, there := plainMeasures[name]; there {
		plain, parts = m, []string{name}
	}
	var reported []figures // quarters in which each part has any fact; a stock needs none
	for _, part := range parts {
		if part != "members" && part != "certified_members" {
			reported = append(reported, plainMeasures[part].work(c.raw, split{grain: "quarter"}, c.today()))
		}
	}
	whole := c.whole(parts)
	memo := map[string]figures{}
	over := func(from, to time.Time, group string) (float64, bool) {
		key := from.String() + to.String()
		if memo[key] == nil {
			memo[key] = plain.work(c.raw, split{discipline: s.discipline, area: s.area, from: from, to: to}, c.today())
		}
		n, known := memo[key][group]
		return n, known
	}
	complete := func(from, to time.Time) bool {
		for q := from; q.Before(to); q = q.AddDate(0, 3, 0) {
			for _, quarters := range reported {
				if _, known := quarters[named(q, "quarter")]; !known {
					return false
				}
			}
		}
		return true
	}
	return func(d indicators.Derivation, quarter, group string) (float64, bool) {
		from, to := quarterFrom(quarter)
		now, known := over(from, to, group)
		switch d {
		case indicators.MovingYear, indicators.Cumulative:
			begin := time.Date(from.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
			if d == indicators.MovingYear {
				begin = to.AddDate(-1, 0, 0)
			}
			if (d == indicators.MovingYear && (to.After(whole) || !s.there(group, begin, to))) || !complete(begin, to) {
				return 0, false
			}
			return over(begin, to, group)
		}
		months := -3
		if d == indicators.ChangeYear {
			months = -12
		}
		before, knownBefore := over(from.AddDate(0, months, 0), to.AddDate(0, months, 0), group)
		if !s.there(group, from.AddDate(0, months, 0), to.AddDate(0, months, 0)) || !s.there(group, from, to) {
			return 0, false
		}
		if to.After(whole) || !known || !knownBefore || before == 0 {
			return 0, false
		}
		return 100 * (now - before) / before, true
	}
}

// there tells that the area of a group existed from a day to before another:
// districts, whose codes have three digits, to 30 June 2025, wards and communes since.
func (s split) there(group string, from, to time.Time) bool {
	turn := time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC)
	switch {
	case !s.area || group == "":
		return true
	case len(group) == 3:
		return !to.After(turn)
	}
	return !from.Before(turn)
}

// whole is the first day of which not everything can be known: today, or the day
// after the latest fact of what a figure is made of, when that is earlier. That
// nobody came to a register of members says nothing of how far it is kept.
func (c *comparison) whole(parts []string) time.Time {
	whole := c.today()
	for _, part := range parts {
		m, err := c.service.Catalogue().Measure(part)
		require.NoError(c.t, err)
		facts := map[string][]rawFact{"attendance": c.raw.attendance, "events": c.raw.events, "activities": c.raw.activities}[m.Dataset]
		var last time.Time
		for i := range facts {
			if day := facts[i].day; day.After(last) && !day.After(c.today()) {
				last = day
			}
		}
		if next := last.AddDate(0, 0, 1); !last.IsZero() && next.Before(whole) {
			whole = next
		}
	}
	return whole
}

// shares sets each discipline and area against the whole of its year.
func (c *comparison) shares() {
	c.t.Helper()
	for _, name := range []string{"visitors", "events", "organisers", "active_members", "members"} {
		for _, s := range []split{{grain: "year", discipline: true}, {grain: "year", area: true}, {discipline: true}} {
			a, err := c.service.Ask(c.t.Context(), indicators.Question{
				Measures: []string{name}, By: s.by(), Derive: []indicators.Derivation{indicators.ShareOfTotal}, AsOf: c.asOf, Scope: khue.Everything,
			})
			require.NoError(c.t, err, name)
			parts, totals := plainMeasures[name].work(c.raw, s, c.today()), plainMeasures[name].work(c.raw, split{grain: s.grain}, c.today())
			got, want := figures{}, figures{}
			for at, part := range parts {
				year := ""
				if s.grain != "" {
					year, _, _ = strings.Cut(at, "|")
				}
				if totals[year] != 0 {
					want[at] = 100 * part / totals[year]
				}
			}
			for _, row := range a.Rows {
				codes := make([]string, len(row.Keys))
				for i, k := range row.Keys {
					codes[i] = format.KeyCode(k)
				}
				if row.Values[1].Known {
					got[strings.Join(codes, "|")] = row.Values[1].Number
				}
			}
			c.compare(name+" share", s, want, got)
		}
	}
}

// largest asks for the five areas with most of something and all others, by year.
func (c *comparison) largest() {
	c.t.Helper()
	for _, names := range [][]string{{"visitors", "visitors_per_event"}, {"activities", "active_members"}, {"events", "organisers"}} {
		totals := plainMeasures[names[0]].work(c.raw, split{area: true}, c.today())
		delete(totals, "") // where nobody knows cannot rank
		s := split{grain: "year", area: true, top: map[string]bool{}}
		for range 5 {
			best := ""
			for area, n := range totals {
				if !s.top[area] && (best == "" || n > totals[best]) {
					best = area
				}
			}
			s.top[best] = true
		}
		a, err := c.service.Ask(c.t.Context(), indicators.Question{
			Measures: names, By: s.by(), Top: &indicators.Top{Dim: "area", N: 5}, AsOf: c.asOf, Scope: khue.Everything,
		})
		require.NoError(c.t, err, "%v", names)
		for i, name := range names {
			plain := plainIndicators[name]
			if m, there := plainMeasures[name]; there {
				plain = m
			}
			got := figures{}
			for _, row := range a.Rows {
				if row.Values[i].Known {
					got[format.KeyCode(row.Keys[0])+"|"+format.KeyCode(row.Keys[1])] = row.Values[i].Number
				}
			}
			c.compare(name+" of the five largest", s, plain.work(c.raw, s, c.today()), got)
		}
	}
}

// near tells that two numbers are one. Sums and counts are whole and are near only
// when they are equal; a quotient may differ in the last bits of a float.
func near(a, b float64) bool {
	if a == math.Trunc(a) && b == math.Trunc(b) {
		return a == b
	}
	return math.Abs(a-b) <= 1e-11*max(1, math.Abs(a))
}
