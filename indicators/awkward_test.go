package indicators

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
)

// Questions at awkward times. Every count of visitors is a 1 with its own number
// of zeros, so that an answer shows at a glance which of them it holds: 1010 is the
// second and the fourth.

var awkwardNow = time.Date(2026, time.March, 10, 5, 0, 0, 0, time.UTC) // noon in Hanoi, a Tuesday

func awkwardClock() time.Time { return awkwardNow }

// local is a moment on a Hanoi clock.
func local(t testing.TB, clock string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", clock, defaultZone())
	require.NoError(t, err)
	return at.UTC()
}

// civil is a calendar day.
func civil(t testing.TB, day string) time.Time {
	t.Helper()
	if day == "" {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, day)
	require.NoError(t, err)
	return d
}

// visits are counts of one event: by moment on a Hanoi clock, 1, 10, 100, …
func visits(t testing.TB, event string, moments ...string) []map[string]any {
	t.Helper()
	rows, n := make([]map[string]any, len(moments)), 1
	for i, m := range moments {
		rows[i] = map[string]any{"id": event + " " + m, "event": event, "occurred_at": local(t, m), "visitors": n}
		n *= 10
	}
	return rows
}

// awkwardCity loads events and their visitors on 1 March 2026 and members a day
// later. An event that nobody has come to until yesterday, 9 March, lets the facts
// reach that far: periods before are not cut off by the end of what is known.
func awkwardCity(t testing.TB, events []map[string]any, counts []map[string]any, members ...map[string]any) []load {
	t.Helper()
	events = append(events, happening(t, "CUOI", "00004", "2026-03-09 20:00"))
	counts = append(counts, map[string]any{"id": "cuoi", "event": "CUOI", "occurred_at": local(t, "2026-03-09 21:00"), "visitors": 0})
	loads := []load{
		{At: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Source: "su-kien", Dataset: "events", Rows: events},
		{At: time.Date(2026, 3, 1, 1, 0, 0, 0, time.UTC), Source: "su-kien", Dataset: "attendance", Rows: counts},
	}
	if len(members) > 0 {
		loads = append(loads, load{At: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), Source: "so", Dataset: "members", Rows: members})
	}
	return loads
}

// happening is an event in design at an area.
func happening(t testing.TB, id, area, starts string) map[string]any {
	t.Helper()
	return map[string]any{
		"id": id, "title": "Sự kiện " + id, "disciplines": []any{"design"}, "area": area, "starts_at": local(t, starts), "format": "onsite", "organiser": "BTC " + id,
	}
}

// awkward is a question with its answer, worked out by eye.
type awkward struct {
	why      string
	measures []string // visitors when empty
	by       []string
	from, to string // calendar days, the last not included
	asOf     time.Time
	want     []string
}

// brief writes rows as "codes: numbers", "?" for an unknown and "~" for a row that
// must not be compared with a whole period.
func brief(a Answer) []string {
	lines := make([]string, 0, len(a.Rows))
	for _, row := range a.Rows {
		var codes, values []string
		for _, k := range row.Keys {
			if !k.Period.IsZero() {
				codes = append(codes, k.Period.String())
				continue
			}
			codes = append(codes, k.Code)
		}
		for i, v := range row.Values {
			values = append(values, shownValue(v, a.Columns[len(row.Keys)+i].Decimals))
		}
		line := strings.TrimPrefix(strings.Join(codes, " ")+": "+strings.Join(values, " "), ": ")
		if row.Partial {
			line += " ~"
		}
		lines = append(lines, line)
	}
	return lines
}

// requireAwkward asks the warehouse by its rollups, the warehouse by its journal,
// and memory.
func requireAwkward(t *testing.T, loads []load, asks []awkward) {
	t.Helper()
	w := inWarehouse(t, loads, awkwardNow)
	for name, facts := range map[string]Facts{"rollups": w, "journal": fromJournal{w}, "memory": &memory{loads: loads, now: awkwardClock}} {
		s := NewService(loaded(t), facts, Options{Now: awkwardClock})
		for _, ask := range asks {
			q := Question{
				Measures: ask.measures, By: ask.by, From: civil(t, ask.from), To: civil(t, ask.to), AsOf: ask.asOf, Scope: khue.Everything,
			}
			if len(q.Measures) == 0 {
				q.Measures = []string{"visitors"}
			}
			a, err := s.Ask(t.Context(), q)
			require.NoError(t, err, "%s, from %s", ask.why, name)
			require.Equal(t, ask.want, brief(a), "%s, from %s", ask.why, name)
		}
	}
}

func TestTheDayOnWhichTheDistrictsEndBeginsAtMidnightInHanoi(t *testing.T) {
	counts := append(
		visits(t, "QUAN", "2025-06-30 23:59"),                                              // 1, the last minute of the districts; 16:59 UTC
		visits(t, "PHUONG", "2025-07-01 00:00", "2025-07-01 06:59", "2025-07-01 07:00")..., // 1, 10, 100; the first two are 30 June in UTC
	)
	counts = append(counts, map[string]any{"id": "sang", "event": "QUAN", "occurred_at": local(t, "2025-07-01 00:30"), "visitors": 1000}) // goes on past midnight
	requireAwkward(t, awkwardCity(t, []map[string]any{
		happening(t, "QUAN", "001", "2025-06-30 20:00"), happening(t, "PHUONG", "00004", "2025-07-01 00:00"),
	}, counts), []awkward{
		{why: "June has the one of its last minute, July the others", by: []string{"month"}, from: "2025-06-01", to: "2025-08-01", want: []string{"2025-06: 1", "2025-07: 1111"}},
		{why: "the half-years meet there", by: []string{"half"}, from: "2025-01-01", to: "2026-01-01", want: []string{"2025-S1: 1", "2025-S2: 1111"}},
		{why: "and so do the quarters", by: []string{"quarter"}, from: "2025-04-01", to: "2025-10-01", want: []string{"2025-Q2: 1", "2025-Q3: 1111"}},
		{why: "days over a month's end", by: []string{"day"}, from: "2025-06-29", to: "2025-07-03", want: []string{"2025-06-29: ?", "2025-06-30: 1", "2025-07-01: 1111", "2025-07-02: ?"}},
		{
			why: "a night that began in a district stays its visitors' place: nothing is moved to a ward unasked",
			by:  []string{"area", "month"}, from: "2025-06-01", to: "2025-08-01",
			want: []string{"001 2025-06: 1", "001 2025-07: 1000", "00004 2025-06: ?", "00004 2025-07: 111"},
		},
		{
			why: "events count on their first day", measures: []string{"events"}, by: []string{"month", "area"}, from: "2025-06-01", to: "2025-08-01",
			want: []string{"2025-06 001: 1", "2025-06 00004: ?", "2025-07 001: ?", "2025-07 00004: 1"},
		},
		{why: "the last day of the districts alone", from: "2025-06-30", to: "2025-07-01", want: []string{"1"}},
		{why: "the first day after them alone", from: "2025-07-01", to: "2025-07-02", want: []string{"1111"}},
	})
}

func TestTheHoursBeforeSevenBelongToTheirOwnDayMonthAndYear(t *testing.T) {
	loads := awkwardCity(t, []map[string]any{
		happening(t, "GIAOTHUA", "00004", "2025-12-31 20:00"), happening(t, "SANG", "00004", "2026-01-01 00:00"), happening(t, "THANG", "00004", "2026-02-01 05:15"),
	}, visits(t, "GIAOTHUA", "2025-12-31 23:59", "2026-01-01 00:00", "2026-01-01 06:59", "2026-01-01 07:00", "2026-01-31 23:59", "2026-02-01 00:00"))
	requireAwkward(t, loads, []awkward{
		{why: "one minute parts the years", by: []string{"year"}, want: []string{"2025: 1", "2026: 111110 ~"}},
		{why: "and the months", by: []string{"month"}, want: []string{"2025-12: 1", "2026-01: 11110", "2026-02: 100000", "2026-03: 0 ~"}},
		{why: "a filter cuts where a group does", from: "2026-01-01", to: "2026-02-01", want: []string{"11110"}},
		{why: "days across the year's end", by: []string{"day"}, from: "2025-12-31", to: "2026-01-02", want: []string{"2025-12-31: 1", "2026-01-01: 1110"}},
		{
			why: "a count of different names sees the same days, though its query is nested", measures: []string{"organisers"}, by: []string{"day"}, from: "2025-12-31", to: "2026-01-02",
			want: []string{"2025-12-31: 1", "2026-01-01: 1"},
		},
		{why: "events that begin at midnight and before seven", measures: []string{"events"}, by: []string{"month"}, want: []string{"2025-12: 1", "2026-01: 1", "2026-02: 1", "2026-03: 1 ~"}},
	})
}

// Weeks are those of ISO 8601: they begin on Monday and belong to the year of
// their Thursday. 2020 and 2026 begin or end so that they have 53.
func TestWeeksThatCrossTheYearBelongToTheYearOfTheirThursday(t *testing.T) {
	loads := awkwardCity(t, []map[string]any{happening(t, "E", "00004", "2020-12-27 10:00")}, append(
		// Sunday; Monday to Sunday of week 53; the Monday after it.
		visits(t, "E", "2020-12-27 10:00", "2020-12-28 00:00", "2021-01-03 23:59", "2021-01-04 00:00"),
		// Sunday; Monday 29 and Wednesday 31 December and Sunday 4 January are week 1 of 2026; the Monday after it.
		visits(t, "E", "2025-12-28 23:59", "2025-12-29 00:00", "2025-12-31 12:00", "2026-01-04 23:59", "2026-01-05 00:00")...,
	))
	requireAwkward(t, loads, []awkward{
		{why: "2020 has a week 53", by: []string{"week"}, from: "2020-12-21", to: "2021-01-11", want: []string{"2020-W52: 1", "2020-W53: 110", "2021-W01: 1000"}},
		{why: "the same days by year", by: []string{"year"}, from: "2020-01-01", to: "2022-01-01", want: []string{"2020: 11", "2021: 1100"}},
		{why: "the last days of December can be week 1", by: []string{"week"}, from: "2025-12-22", to: "2026-01-12", want: []string{"2025-W52: 1", "2026-W01: 1110", "2026-W02: 10000"}},
		{why: "a week that the question cuts is partial", by: []string{"week"}, from: "2026-01-01", to: "2026-01-12", want: []string{"2026-W01: 1000 ~", "2026-W02: 10000"}},
	})
}

func TestALeapDayIsADayOfItsFebruary(t *testing.T) {
	loads := awkwardCity(t, []map[string]any{happening(t, "E", "00004", "2024-02-28 10:00")},
		visits(t, "E", "2024-02-28 12:00", "2024-02-29 00:00", "2024-02-29 23:59", "2024-03-01 00:00", "2025-02-28 23:59", "2025-03-01 00:00"))
	requireAwkward(t, loads, []awkward{
		{why: "February 2024 has its 29th", by: []string{"month"}, from: "2024-02-01", to: "2024-04-01", want: []string{"2024-02: 111", "2024-03: 1000"}},
		{why: "day by day", by: []string{"day"}, from: "2024-02-28", to: "2024-03-02", want: []string{"2024-02-28: 1", "2024-02-29: 110", "2024-03-01: 1000"}},
		{why: "2025 has none", by: []string{"day"}, from: "2025-02-28", to: "2025-03-02", want: []string{"2025-02-28: 10000", "2025-03-01: 100000"}},
	})
	s := NewService(loaded(t), inWarehouse(t, loads, awkwardNow), Options{Now: awkwardClock})
	c := compared(t, s, Question{Measures: []string{"visitors"}, By: []string{"month"}, From: civil(t, "2025-02-01"), To: civil(t, "2025-03-01")})
	// A whole February stands against a whole one: 10000 against 111.
	require.Equal(t, []string{"2025-02: 10000", "2024-02: 111"}, append(brief(c.Now), brief(c.Before)...))
	require.Equal(t, fmt.Sprintf("%.4f", 10000.0/111-1), shownValue(c.Change(0, 0), 4))
}

// The festival of Tết moves: the first day of the year Ất Tỵ was 29 January 2025,
// that of Bính Ngọ 17 February 2026. A year before means the same calendar days.
func TestTetIsComparedOnCalendarDaysAsTheNoteSays(t *testing.T) {
	loads := awkwardCity(t, []map[string]any{happening(t, "E", "00004", "2025-01-29 09:00")},
		visits(t, "E", "2025-01-29 09:00", "2025-02-17 09:00", "2026-01-29 09:00", "2026-02-17 09:00", "2026-03-09 09:00"))
	requireAwkward(t, loads, []awkward{{
		why: "the festival lies in January of one year and in February of the other", by: []string{"month"}, from: "2025-01-01", to: "2026-03-01",
		want: []string{
			"2025-01: 1", "2025-02: 10", "2025-03: ?", "2025-04: ?", "2025-05: ?", "2025-06: ?", "2025-07: ?", "2025-08: ?", "2025-09: ?", "2025-10: ?",
			"2025-11: ?", "2025-12: ?", "2026-01: 100", "2026-02: 1000",
		},
	}})
	s := NewService(loaded(t), inWarehouse(t, loads, awkwardNow), Options{Now: awkwardClock})
	q := Question{Measures: []string{"visitors"}, By: []string{"month"}, From: civil(t, "2026-01-01"), To: civil(t, "2026-03-01")}
	c := compared(t, s, q)
	require.Equal(t, []string{"2026-01: 100", "2026-02: 1000"}, brief(c.Now))
	require.Equal(t, []string{"2025-01: 1", "2025-02: 10"}, brief(c.Before))
	require.Equal(t, "99 99", shownValue(c.Change(0, 0), 0)+" "+shownValue(c.Change(1, 0), 0))
	require.Equal(t, "Same days a year before: 1 Jan 2026–28 Feb 2026 against 1 Jan 2025–28 Feb 2025", c.Note.EN)
	q.By = nil // both months together hold one festival each
	c = compared(t, s, q)
	require.Equal(t, []string{"1100", "11"}, append(brief(c.Now), brief(c.Before)...))
	require.Equal(t, "99", shownValue(c.Change(0, 0), 0))
}

func compared(t *testing.T, s *Service, q Question) Comparison {
	t.Helper()
	q.Scope = khue.Everything
	c, err := s.Compare(t.Context(), q)
	require.NoError(t, err)
	return c
}

func TestAPeriodCutByTheQuestionOrByTodayIsPartial(t *testing.T) {
	loads := awkwardCity(t, []map[string]any{happening(t, "E", "00004", "2025-06-14 10:00")},
		visits(t, "E", "2025-06-14 23:59", "2025-06-15 00:00", "2025-07-31 23:59", "2025-08-10 23:59", "2025-08-11 00:00", "2026-03-10 00:01", "2026-03-31 08:00"))
	requireAwkward(t, loads, []awkward{
		{why: "from the middle of June to the tenth of August", by: []string{"month"}, from: "2025-06-15", to: "2025-08-11", want: []string{"2025-06: 10 ~", "2025-07: 100", "2025-08: 1000 ~"}},
		{why: "the same as a total is whole: its own days are over", from: "2025-06-15", to: "2025-08-11", want: []string{"1110"}},
		{why: "the same by half-year", by: []string{"half"}, from: "2025-06-15", to: "2025-08-11", want: []string{"2025-S1: 10 ~", "2025-S2: 1100 ~"}},
		{why: "this month is not over, and holds what is announced for its end", by: []string{"month"}, from: "2026-03-01", to: "2026-04-01", want: []string{"2026-03: 1100000 ~"}},
		{why: "today is not over", by: []string{"day"}, from: "2026-03-09", to: "2026-03-11", want: []string{"2026-03-09: 0", "2026-03-10: 100000 ~"}},
		{why: "a total up to the end of today is not over either", from: "2026-03-01", to: "2026-03-11", want: []string{"100000 ~"}},
		{why: "a total up to yesterday is", from: "2026-03-01", to: "2026-03-10", want: []string{"0"}},
	})
}

func TestWhatLiesAheadOrBeforeAllKnowledgeIsUnknownAndNeverZero(t *testing.T) {
	loads := awkwardCity(t, []map[string]any{happening(t, "E", "00004", "2026-02-01 10:00")}, visits(t, "E", "2026-02-01 10:00"),
		map[string]any{"id": "M", "name": "Không gian", "kind": "private", "disciplines": []any{"design"}, "area": "00004", "status": "accepted", "accepted_on": civil(t, "2025-06-20")})
	both := []string{"visitors", "members"}
	requireAwkward(t, loads, []awkward{
		{why: "next quarter has come to nobody", measures: both, by: []string{"quarter"}, from: "2026-04-01", to: "2026-10-01", want: []string{"2026-Q2: ? ? ~", "2026-Q3: ? ? ~"}},
		{why: "this year's stock is today's; the first quarter is under way", measures: both, by: []string{"quarter"}, from: "2026-01-01", to: "2026-07-01", want: []string{"2026-Q1: 1 1 ~", "2026-Q2: ? ? ~"}},
		{
			why: "before the first batch nothing was known", measures: both, by: []string{"year"}, from: "2025-01-01", to: "2027-01-01", asOf: local(t, "2026-02-20 00:00"),
			want: []string{"2025: ? ?", "2026: ? ? ~"},
		},
		{why: "a total too", measures: both, asOf: local(t, "2019-01-01 00:00"), want: []string{"? ?"}},
		{why: "between the batches visitors were known and members were not", measures: both, asOf: local(t, "2026-03-01 12:00"), want: []string{"1 ?"}},
	})
}

// Days of members are written as days: no clock moves them.
func TestStocksTurnOnTheirDay(t *testing.T) {
	member := func(id, accepted, certified, left string) map[string]any {
		m := map[string]any{"id": id, "name": "Không gian " + id, "kind": "private", "disciplines": []any{"design"}, "area": "00004", "status": "accepted"}
		for field, day := range map[string]string{"accepted_on": accepted, "certified_on": certified, "left_on": left} {
			if day != "" {
				m[field] = civil(t, day)
			}
		}
		return m
	}
	loads := awkwardCity(t, []map[string]any{happening(t, "E", "00004", "2026-02-01 10:00")}, visits(t, "E", "2026-02-01 10:00"),
		member("A", "2025-06-30", "2025-12-31", ""),           // there at the end of June; certified on the last day of the year
		member("B", "2025-07-01", "2026-01-01", "2026-02-28"), // comes a day later; certified in the new year; gone on the last day of February
		member("C", "2025-06-30", "", "2025-07-01"))           // one day only: there at the end of June, gone at the end of July
	stocks := []string{"members", "certified_members"}
	requireAwkward(t, loads, []awkward{
		{why: "June ends with A and C, July with A and B", measures: stocks, by: []string{"month"}, from: "2025-05-01", to: "2025-08-01", want: []string{"2025-05: ? ?", "2025-06: 2 0", "2025-07: 2 0"}},
		{
			why: "the year ends with A certified, the next begins with B", measures: stocks, by: []string{"day"}, from: "2025-12-30", to: "2026-01-02",
			want: []string{"2025-12-30: 2 0", "2025-12-31: 2 1", "2026-01-01: 2 2"},
		},
		{why: "half-years end where their last month does", measures: stocks, by: []string{"half"}, from: "2025-01-01", to: "2026-01-01", want: []string{"2025-S1: 2 0", "2025-S2: 2 1"}},
		{
			why: "B leaves on the last day of February and is not there at its end", measures: stocks, by: []string{"month"}, from: "2026-01-01", to: "2026-04-01",
			want: []string{"2026-01: 2 2", "2026-02: 1 1", "2026-03: 1 1 ~"},
		},
		{why: "a stock up to a day in the middle of a month", measures: stocks, from: "2025-06-01", to: "2025-07-01", want: []string{"2 0"}},
	})
}

// A week 53 and 29 February stand against nothing in a year that has none, also
// beside neighbours that do.
func TestWhatTheYearBeforeDidNotHaveIsComparedWithNothing(t *testing.T) {
	loads := awkwardCity(t, []map[string]any{happening(t, "E", "00004", "2019-12-24 10:00")}, visits(t, "E",
		"2019-12-24 10:00", "2020-12-22 10:00", "2020-12-29 10:00", // weeks 52 of 2019 and 2020, and week 53
		"2023-02-28 10:00", "2024-02-28 10:00", "2024-02-29 10:00"))
	s := NewService(loaded(t), inWarehouse(t, loads, awkwardNow), Options{Now: awkwardClock})
	c := compared(t, s, Question{Measures: []string{"visitors"}, By: []string{"week"}, From: civil(t, "2020-12-21"), To: civil(t, "2021-01-04")})
	require.Equal(t, []string{"2020-W52: 10", "2020-W53: 100"}, brief(c.Now))
	require.Equal(t, "9 ?", shownValue(c.Change(0, 0), 0)+" "+shownValue(c.Change(1, 0), 0), "10 after 1 is nine times more; week 53 has nothing to stand against")
	c = compared(t, s, Question{Measures: []string{"visitors"}, By: []string{"day"}, From: civil(t, "2024-02-28"), To: civil(t, "2024-03-01")})
	require.Equal(t, []string{"2024-02-28: 10000", "2024-02-29: 100000"}, brief(c.Now))
	require.Equal(t, "9 ?", shownValue(c.Change(0, 0), 0)+" "+shownValue(c.Change(1, 0), 0))

	a, err := s.Ask(t.Context(), Question{
		Measures: []string{"visitors"}, By: []string{"week"}, From: civil(t, "2020-12-21"), To: civil(t, "2021-01-04"),
		Derive: []Derivation{ChangeYear}, Scope: khue.Everything,
	})
	require.NoError(t, err)
	require.Equal(t, "900 ?", shownValue(a.Rows[0].Values[1], 0)+" "+shownValue(a.Rows[1].Values[1], 0), "the same in per cent")
}
