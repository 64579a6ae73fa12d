package main

import (
	"math"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/api/format"
	"khue/indicators"
)

// asked gives the known numbers of one measure by their keys.
func (c *comparison) asked(q indicators.Question) figures {
	c.t.Helper()
	q.AsOf, q.Scope = c.asOf, khue.Everything
	a, err := c.service.Ask(c.t.Context(), q)
	require.NoError(c.t, err, "%+v", q)
	out := figures{}
	for _, row := range a.Rows {
		codes := make([]string, len(row.Keys))
		for i, k := range row.Keys {
			codes[i] = format.KeyCode(k)
		}
		if row.Values[0].Known {
			out[strings.Join(codes, "|")] = row.Values[0].Number
		}
	}
	return out
}

// underEach repeats every row under each of its disciplines; with only it keeps the
// rows that have so many.
func underEach(rows []rawFact, only int) []rawFact {
	var out []rawFact
	for _, f := range rows {
		if only > 0 && len(f.fields) != only {
			continue
		}
		for _, field := range f.fields {
			f.discipline = field
			out = append(out, f)
		}
	}
	return out
}

func (raw *rawCity) underEach(only int) *rawCity {
	return &rawCity{
		attendance: underEach(raw.attendance, only), events: underEach(raw.events, only), activities: underEach(raw.activities, only), members: underEach(raw.members, only),
	}
}

// severalFields compares what is counted under every discipline of a fact, wholly
// or by equal parts.
func (c *comparison) severalFields() {
	c.t.Helper()
	s := split{grain: "year", discipline: true}
	every := c.raw.underEach(0)
	for _, name := range []string{"visitors", "events", "activities", "organisers", "active_members", "members", "new_members"} {
		got := c.asked(indicators.Question{Measures: []string{name}, By: s.by(), Counting: indicators.CountEach})
		c.compare(name+" under each", s, plainMeasures[name].work(every, s, c.today()), got)
	}
	var parts []*rawCity // those with one discipline, with two, …
	for n := 1; n <= 4; n++ {
		parts = append(parts, c.raw.underEach(n))
	}
	for _, name := range []string{"visitors", "events", "activities", "members"} {
		want := figures{}
		for n, part := range parts {
			for at, v := range plainMeasures[name].work(part, s, c.today()) {
				want[at] += v / float64(n+1)
			}
		}
		got := c.asked(indicators.Question{Measures: []string{name}, By: s.by(), Counting: indicators.CountFractional})
		c.divided(name+" by equal parts", s, want, got, plainMeasures[name].work(c.raw, split{grain: "year"}, c.today()))
	}
}

// divided compares parts that are rounded to the digits shown: none may be a digit
// away from its exact value, and together they must be the whole.
func (c *comparison) divided(name string, s split, want, got, wholes figures) {
	c.t.Helper()
	sums := figures{}
	for at, exact := range want {
		given, known := got[at]
		if known && math.Abs(given-exact) < 1 {
			got[at] = exact
		}
		year, _, _ := strings.Cut(at, "|")
		sums[year] += given
	}
	c.compare(name, s, want, got)
	for year, sum := range sums {
		sums[year] = math.Round(sum*1e6) / 1e6
	}
	c.compare(name+" together", split{grain: "year"}, wholes, sums)
}

// uccnFields is the table of the crosswalk as it was agreed: what has no line has
// no counterpart, and what lies in a field in part is undetermined.
var uccnFields = map[string]string{
	"design": "design", "fashion": "design", "crafts": "crafts_folk_art", "music": "music", "film": "film", "publishing": "literature",
	"software_games": "media_arts", "cuisine": "gastronomy", "tv_radio": "undetermined",
}

// otherViews compares creative fields of UNESCO's network, which has Architecture
// since 2025, and areas as they are now: districts lead nowhere unless somebody
// configures where to.
func (c *comparison) otherViews() {
	c.t.Helper()
	recast := func(rows []rawFact, change func(*rawFact)) []rawFact {
		out := make([]rawFact, len(rows))
		copy(out, rows)
		for i := range out {
			change(&out[i])
		}
		return out
	}
	city := func(change func(*rawFact)) *rawCity {
		return &rawCity{
			attendance: recast(c.raw.attendance, change), events: recast(c.raw.events, change), activities: recast(c.raw.activities, change), members: recast(c.raw.members, change),
		}
	}
	architecture := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	uccn := city(func(f *rawFact) {
		to, known := uccnFields[f.discipline]
		switch {
		case f.discipline == "architecture" && !f.day.Before(architecture):
			to = "architecture"
		case f.discipline == "":
			to = ""
		case !known:
			to = "none"
		}
		f.discipline = to
	})
	now := city(func(f *rawFact) {
		if a, known := khue.AreaOf(f.area); known && !a.ValidOn(c.today()) {
			f.area = "unconverted"
		}
	})
	byField, byArea := split{grain: "quarter", discipline: true}, split{grain: "quarter", area: true}
	for _, name := range []string{"visitors", "revenue", "events", "activities", "organisers", "active_members"} {
		got := c.asked(indicators.Question{Measures: []string{name}, By: []string{"quarter", "uccn_field"}})
		c.compare(name+" by UCCN field", byField, plainMeasures[name].work(uccn, byField, c.today()), got)
		got = c.asked(indicators.Question{Measures: []string{name}, By: byArea.by(), AreaView: indicators.AreasAsNow})
		c.compare(name+" by areas of today", byArea, plainMeasures[name].work(now, byArea, c.today()), got)
	}
}
