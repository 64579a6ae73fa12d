package dashboards_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestTheFindingReadsAsAPersonWouldWriteIt holds the first line of the page, and
// the titles below it, against testdata/findings.golden: many filters, moments
// and states of the data, in both languages.
func TestTheFindingReadsAsAPersonWouldWriteIt(t *testing.T) {
	var out strings.Builder
	moments := map[string]time.Time{
		"the middle of January": time.Date(2027, 1, 14, 23, 15, 0, 0, time.UTC),
		"the first of February": time.Date(2026, 1, 31, 23, 15, 0, 0, time.UTC),
	}
	for _, c := range []struct {
		name, query string
		change      func(*city)
	}{
		{"this year", "", nil},
		{"twelve months", "period=last-12-months", nil},
		{"a whole year", "period=2025", nil},
		{"the first year, nothing before", "period=2019", nil},
		{"the year of the closures", "period=2021", nil},
		{"after the closures", "period=2022", nil},
		{"a quarter", "period=2026-Q2", nil},
		{"a quarter under way", "period=2026-Q4", nil},
		{"a half-year", "period=2025-S2", nil},
		{"a month", "period=2026-09", nil},
		{"a month under way", "period=2026-11", nil},
		{"the resolution", "period=resolution", nil},
		{"since the designation", "period=uccn", nil},
		{"a discipline", "discipline=crafts", nil},
		{"a ward", "area=00070", nil},
		{"a ward and a discipline", "area=00070&discipline=music", nil},
		{"a district in its last year", "area=002&period=2025", nil},
		{"the middle of January", "", nil},
		{"the first of February", "", nil},
		{"the facts stop in September", "", func(c *city) { c.cut(civil(2026, 9, 12)) }},
		{"the facts stop on the last quiet day", "", func(c *city) { c.cut(civil(2026, 10, 30)) }},
		{"the facts begin in June of last year", "", func(c *city) { c.begin(civil(2025, 6, 1)) }},
		{"one visit", "", func(c *city) { c.only(civil(2026, 5, 5), 1) }},
		{"the same as the year before", "", func(c *city) { c.only(civil(2026, 5, 5), 300); c.put(civil(2025, 5, 5), 300) }},
		{"less than the year before", "", func(c *city) { c.only(civil(2026, 5, 5), 300); c.put(civil(2025, 1, 5), 1200) }},
		{"a known zero", "", func(c *city) { c.only(civil(2026, 5, 5), 0); c.put(civil(2025, 1, 5), 1200) }},
		{"an empty warehouse", "", func(c *city) { c.facts = map[string][]fact{}; c.members = nil; c.initiatives = nil }},
	} {
		at, other := moments[c.name]
		if !other {
			at = morning
		}
		place := lively(at)
		if c.change != nil {
			c.change(place)
		}
		h := open(t, place)
		fmt.Fprintf(&out, "## %s (%s)\n", c.name, place.now.In(hanoi(t)).Format(time.DateOnly))
		for _, lang := range []string{"vi", "en"} {
			w := get(h, "/?"+strings.TrimPrefix(c.query+"&lang="+lang, "&"))
			require.Equal(t, 200, w.Code, c.name)
			page := w.Body.String()
			fmt.Fprintf(&out, "%s: %s\n", lang, h1(t, page))
			for _, id := range []string{"visitors", "areas", "disciplines", "members"} {
				_, rest, _ := strings.Cut(page, `<h2 id="`+id+`-title">`)
				title, _, _ := strings.Cut(rest, "</h2>")
				fmt.Fprintf(&out, "    %s\n", title)
			}
		}
		out.WriteString("\n")
	}
	const golden = "testdata/findings.golden"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(out.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), out.String())
}

// cut ends the facts on a day.
func (c *city) cut(last time.Time) {
	for name, facts := range c.facts {
		var kept []fact
		for _, f := range facts {
			if !f.day.After(last) {
				kept = append(kept, f)
			}
		}
		c.facts[name] = kept
	}
}

// begin forgets the facts before a day.
func (c *city) begin(first time.Time) {
	for name, facts := range c.facts {
		var kept []fact
		for _, f := range facts {
			if !f.day.Before(first) {
				kept = append(kept, f)
			}
		}
		c.facts[name] = kept
	}
}

// only leaves one attendance fact, with enough around it for months to be whole.
func (c *city) only(day time.Time, visitors float64) {
	c.facts["attendance"] = nil
	c.put(civil(2024, 1, 2), 10)
	c.put(day, visitors)
	c.facts["attendance"] = append(c.facts["attendance"], fact{day: civil(2026, 11, 21), dims: map[string]string{}, counts: map[string]float64{}})
}

func (c *city) put(day time.Time, visitors float64) {
	c.facts["attendance"] = append(c.facts["attendance"],
		fact{day: day, dims: map[string]string{"discipline": "design", "area": "00070"}, counts: map[string]float64{"visitors": visitors}})
}
