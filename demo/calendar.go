package demo

import "time"

// A day is counted from 1 January 2019, which is day 0. Days before are negative.
type day = int

var origin = civil(2019, time.January, 1)

// lastYear is the last year whose lunar new year is in the table below.
const lastYear = 2030

func civil(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// date is the calendar day as midnight UTC, UTC only carrying the date.
func date(d day) time.Time { return origin.AddDate(0, 0, d) }

func dayOf(date time.Time) day { return int(date.Sub(origin) / (24 * time.Hour)) }

func on(y int, m time.Month, d int) day { return dayOf(civil(y, m, d)) }

// tet is the first day of each lunar new year as kept in Viet Nam.
var tet = []day{
	on(2019, 2, 5), on(2020, 1, 25), on(2021, 2, 12), on(2022, 2, 1), on(2023, 1, 22), on(2024, 2, 10),
	on(2025, 1, 29), on(2026, 2, 17), on(2027, 2, 6), on(2028, 1, 26), on(2029, 2, 13), on(2030, 2, 2),
}

// sinceTet counts days from the lunar new year of d's year; negative before it.
func sinceTet(d day) int {
	i := date(d).Year() - 2019
	if i < 0 {
		return -365
	}
	return d - tet[min(i, len(tet)-1)]
}

// tetFactor is how lively the days around Tết are: a quiet week, then the spring festivals.
func tetFactor(d day) float64 {
	switch n := sinceTet(d); {
	case n >= -3 && n <= 4:
		return 0.12
	case n >= 5 && n <= 26:
		return 1.35
	}
	return 1
}

func isSpringFestival(d day) bool { n := sinceTet(d); return n >= 5 && n <= 26 }

// closure is a stretch of days when the epidemic kept venues shut or half shut.
type closure struct {
	from, to day     // both included
	open     float64 // share of the usual events that happen
	online   float64 // share of those that move online
	crowd    float64 // share of the usual visitors
}

var closures = []closure{
	{on(2020, 2, 1), on(2020, 3, 21), 0.55, 0.05, 0.6},
	{on(2020, 3, 22), on(2020, 3, 31), 0.15, 0.60, 0.4},
	{on(2020, 4, 1), on(2020, 4, 30), 0.05, 1.00, 0.3},
	{on(2020, 5, 1), on(2020, 5, 31), 0.50, 0.20, 0.6},
	{on(2020, 8, 1), on(2020, 8, 31), 0.60, 0.15, 0.6},
	{on(2021, 2, 1), on(2021, 3, 5), 0.50, 0.20, 0.5},
	{on(2021, 5, 1), on(2021, 9, 30), 0.07, 0.97, 0.3},
	{on(2021, 10, 1), on(2021, 12, 31), 0.55, 0.30, 0.5},
	{on(2022, 1, 1), on(2022, 3, 15), 0.70, 0.15, 0.7},
}

// closureOn is the closure in force; in ordinary times everything is open.
func closureOn(d day) closure {
	for _, c := range closures {
		if d >= c.from && d <= c.to {
			return c
		}
	}
	return closure{from: d, to: d, open: 1, crowd: 1}
}

var (
	monthFactor   = [12]float64{0.95, 0.85, 1.05, 1.05, 0.95, 0.85, 0.85, 0.9, 1.05, 1.25, 1.2, 1.15}
	weekdayFactor = [7]float64{1.3, 0.45, 0.6, 0.7, 0.85, 1.25, 1.85} // from Sunday
)

// growth is the size of a year beside 2024: how many events, how many
// activities, how many come to each.
type growth struct{ events, activities, crowd float64 }

var growths = []growth{
	{0.66, 0.70, 0.80},
	{0.70, 0.74, 0.82},
	{0.76, 0.78, 0.84},
	{0.82, 0.84, 0.90},
	{0.91, 0.92, 0.95},
	{1.00, 1.00, 1.00},
	{1.08, 1.15, 1.03},
	{1.16, 1.32, 1.07},
}

func growthOf(year int) growth {
	i := max(year-2019, 0)
	if i < len(growths) {
		return growths[i]
	}
	g, further := growths[len(growths)-1], float64(i-len(growths)+1)
	return growth{g.events + 0.06*further, g.activities + 0.06*further, g.crowd + 0.02*further}
}

// rhythm is how lively a day is for onsite life of its year: season, weekday, Tết, closure.
func rhythm(d day) float64 {
	t := date(d)
	return monthFactor[t.Month()-1] * weekdayFactor[t.Weekday()] * tetFactor(d) * closureOn(d).open
}

// edition is a stretch of an edition of the city's design festival.
type edition struct {
	year     string
	from, to day // both included
	events   float64
	peak     bool
}

// editions are the festival's years. It became biennial after 2024 and no dates
// after 2026 are known, so none are simulated.
var editions = []edition{
	{"2021", on(2021, 12, 24), on(2022, 2, 20), 30, false},
	{"2022", on(2022, 11, 11), on(2022, 11, 18), 50, true},
	{"2023", on(2023, 11, 17), on(2023, 11, 28), 100, true},
	{"2024", on(2024, 11, 9), on(2024, 11, 17), 160, true},
	{"2026", on(2026, 1, 10), on(2026, 1, 11), 10, true},
	{"2026", on(2026, 1, 12), on(2026, 11, 5), 50, false},
	{"2026", on(2026, 11, 6), on(2026, 11, 22), 130, true},
	{"2026", on(2026, 11, 23), on(2026, 11, 30), 8, false},
}

func editionOn(d day) (edition, bool) {
	for _, e := range editions {
		if d >= e.from && d <= e.to {
			return e, true
		}
	}
	return edition{}, false
}
