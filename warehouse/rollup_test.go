package warehouse_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

var firstMoment = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// restlessCity loads four datasets in rounds an hour apart: new records,
// corrections that move between days, disciplines and organisers, and retractions.
func restlessCity(t *testing.T, r *rand.Rand) (w *warehouse.Warehouse, moments []time.Time) {
	clock := firstMoment
	w = warehousetest.OpenAt(t, func() time.Time { return clock })
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	day := func() time.Time { return time.Date(2024, 11, 20, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.IntN(460)) }
	maybe := func(n int64) any {
		if r.IntN(3) == 0 {
			return nil
		}
		return n
	}
	since := func(d time.Time, days int) any {
		if r.IntN(3) == 0 {
			return nil
		}
		return d.AddDate(0, 0, r.IntN(days))
	}
	made := map[string]func(i int) map[string]any{
		"events": func(int) map[string]any {
			return map[string]any{
				"title": "Sự kiện", "area": pick("", "001", "00004"), "disciplines": []string{pick("design", "music", "film")},
				"starts_at": day().Add(time.Duration(r.IntN(24)-7) * time.Hour), "format": pick("onsite", "online"), "organiser": pick("", "M-1", "M-2", "M-3"), "series": pick("", "S"),
			}
		},
		"attendance": func(int) map[string]any {
			return map[string]any{
				"event": fmt.Sprint("E", r.IntN(25)), "occurred_at": day().Add(time.Duration(r.IntN(24)-7) * time.Hour), "visitors": int64(r.IntN(300)),
				"online_visitors": maybe(int64(r.IntN(300))), "paid_tickets": maybe(int64(r.IntN(90))), "revenue_vnd": maybe(int64(r.IntN(9) * 1_000_000)), "sex": pick("", "female", "male"),
			}
		},
		"activities": func(int) map[string]any {
			return map[string]any{
				"member": fmt.Sprint("M-", r.IntN(9)), "kind": pick("workshop", "talk"), "discipline": pick("design", "music", "film"), "area": pick("", "001", "00004"),
				"starts_on": day(), "participants": maybe(int64(r.IntN(60))), "international_partners": maybe(int64(r.IntN(3))),
			}
		},
		"members": func(int) map[string]any {
			d := day()
			return map[string]any{
				"name": "Không gian", "kind": pick("public", "private"), "disciplines": []string{pick("design", "music")}, "area": pick("001", "00004"), "status": "accepted",
				"accepted_on": since(d, 1), "certified_on": since(d, 90), "left_on": since(d.AddDate(0, 4, 0), 200),
			}
		},
	}
	sizes := map[string]int{"events": 25, "attendance": 160, "activities": 70, "members": 20}
	for round := range 4 {
		for _, name := range []string{"events", "attendance", "activities", "members"} {
			for _, source := range []string{"a", "b"} {
				clock = clock.Add(time.Hour)
				moments = append(moments, clock, clock.Add(time.Minute))
				rows := warehouse.NewRows(dataset(t, name), sizes[name])
				for i := range sizes[name] {
					id := fmt.Sprint(name[:1], i)
					if name == "events" {
						id = fmt.Sprint("E", i)
					}
					switch {
					case round > 0 && r.IntN(5) > 0:
					case round > 0 && r.IntN(4) == 0:
						fill(t, rows, id, true, nil)
					default:
						fill(t, rows, id, false, made[name](i))
					}
				}
				load(t, w, warehouse.Load{Source: source, Dataset: name}, rows)
			}
		}
	}
	return w, moments
}

func randomSelect(r *rand.Rand, moments []time.Time) warehouse.Select {
	asks := map[string][]warehouse.Aggregate{
		"attendance": {
			{Name: "n", Func: "count"},
			{Name: "v", Func: "sum", Column: "visitors"},
			{Name: "o", Func: "sum", Column: "online_visitors"},
			{Name: "r", Func: "sum", Column: "revenue_vnd"},
			{Name: "e", Func: "distinct", Column: "event"},
			{Name: "g", Func: "distinct", Column: "organiser"},
		},
		"events":     {{Name: "n", Func: "count"}, {Name: "g", Func: "distinct", Column: "organiser"}},
		"activities": {{Name: "n", Func: "count"}, {Name: "m", Func: "distinct", Column: "member"}, {Name: "p", Func: "sum", Column: "participants"}, {Name: "i", Func: "sum", Column: "international_partners"}},
		"members":    {{Name: "a", Func: "stock", Column: "accepted"}, {Name: "c", Func: "stock", Column: "certified"}},
	}
	dims := map[string][]string{
		"attendance": {"discipline", "area", "format", "series", "organiser", "event", "source", "sex"}, "events": {"discipline", "area", "organiser", "source"},
		"activities": {"discipline", "area", "kind", "member", "source", "international"}, "members": {"discipline", "area", "kind", "source"},
	}
	s := warehouse.Select{Dataset: []string{"attendance", "attendance", "attendance", "events", "activities", "members"}[r.IntN(6)]}
	for len(s.Aggregates) == 0 {
		for _, a := range asks[s.Dataset] {
			if r.IntN(3) == 0 {
				s.Aggregates = append(s.Aggregates, a)
			}
		}
	}
	start := time.Date(2024, 10, 1, 0, 0, 0, 0, time.UTC)
	if r.IntN(2) == 0 {
		s.From = start.AddDate(0, r.IntN(8), r.IntN(2)*r.IntN(28))
	}
	if r.IntN(2) == 0 || s.Dataset == "members" {
		s.To = start.AddDate(0, 9+r.IntN(10), r.IntN(2)*r.IntN(28))
	}
	switch r.IntN(4) {
	case 0, 1:
		s.By = append(s.By, []string{"year", "half", "quarter", "month", "month", "week", "day"}[r.IntN(7)])
	case 2:
		if s.Dataset != "members" {
			s.By = append(s.By, "window")
			s.From, s.To = start, start.AddDate(3, 0, 0)
			if r.IntN(4) == 0 {
				s.Windows = []warehouse.Window{{From: s.From, To: s.To}}
			}
			for range r.IntN(6) + 1 - len(s.Windows) {
				from := start.AddDate(0, r.IntN(18), r.IntN(3)/2*r.IntN(28))
				s.Windows = append(s.Windows, warehouse.Window{From: from, To: from.AddDate(0, 1+r.IntN(12), 0)})
			}
		}
	}
	for _, dim := range dims[s.Dataset] {
		if r.IntN(6) == 0 {
			s.By = append(s.By, dim)
		}
	}
	if r.IntN(3) == 0 {
		s.Where = []warehouse.Filter{{Dim: "discipline", Values: []string{"design", "film"}[:1+r.IntN(2)], Not: r.IntN(3) == 0}}
	}
	if r.IntN(2) == 0 {
		s.AsOf = moments[r.IntN(len(moments))]
	}
	return s
}

func TestEveryRollupAnswersRandomQuestionsAsTheJournalDoes(t *testing.T) {
	r := rand.New(rand.NewPCG(2026, 8))
	w, moments := restlessCity(t, r)
	requireBalanced(t, w)
	ways := map[string]int{}
	for i := range 600 {
		s := randomSelect(r, moments)
		got, trace, err := w.Select(t.Context(), s)
		require.NoError(t, err, "question %d: %+v", i, s)
		s.FromJournal = true
		want, plain, err := w.Select(t.Context(), s)
		require.NoError(t, err, "question %d: %+v", i, s)
		require.True(t, strings.HasPrefix(plain.From, "journal "), plain.From)
		require.Equal(t, want, got, "question %d from %s: %+v\n%s\n%s", i, trace.From, s, trace.SQL, plain.SQL)
		ways[trace.From]++
	}
	t.Log(ways)
	for _, way := range []string{
		"rollup attendance_monthly", "rollup attendance_daily", "rollup activities_monthly", "rollup members_monthly", "rollup events_monthly",
		"rollup attendance_monthly less journal attendance_journal", "rollup attendance_daily less journal attendance_journal",
		"rollup activities_monthly less journal activities_journal", "rollup members_monthly less journal members_journal", "journal attendance_journal",
	} {
		require.NotZero(t, ways[way], "no question went by %s", way)
	}
}

// The nearer the moment, the shorter the way: the rollup alone when nothing came since,
// the rollup less what came, the journal when most of it came later.
func TestAMomentIsAskedOfTheShortestOfJournalAndRollup(t *testing.T) {
	w, moments := restlessCity(t, rand.New(rand.NewPCG(4, 4)))
	s := warehouse.Select{Dataset: "attendance", Aggregates: []warehouse.Aggregate{{Name: "v", Func: "sum", Column: "visitors"}}}
	var ways []string
	for _, at := range append([]time.Time{firstMoment.AddDate(1, 0, 0)}, reversed(moments)...) {
		s.AsOf = at
		_, trace, err := w.Select(t.Context(), s)
		require.NoError(t, err)
		ways = append(ways, trace.From)
	}
	require.Equal(t, []string{
		"rollup attendance_monthly", "rollup attendance_monthly less journal attendance_journal", "journal attendance_journal",
	}, slices.Compact(ways))
}

func reversed(moments []time.Time) []time.Time {
	out := slices.Clone(moments)
	slices.Reverse(out)
	return out
}

func TestNoRollupIsTakenBackWhileABatchGoesIn(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, eventsLoad, events(t, someEvents...))
	load(t, w, visitsLoad, manyVisits(t, 300, 0))
	moment := time.Now()
	leavePosting(t, w, manyVisits(t, 300, 1), "mark")
	arrive(t, w, "attendance_journal", "1") // the rollups lag behind
	rows, trace, err := w.Select(t.Context(), warehouse.Select{
		Dataset: "attendance", Aggregates: []warehouse.Aggregate{{Name: "v", Func: "sum", Column: "visitors"}}, AsOf: moment,
	})
	require.NoError(t, err)
	require.Equal(t, "journal attendance_journal", trace.From)
	require.InDelta(t, expectedVisitors(300, 0), rows[0].Values[0], 0)
}

func TestTheDailyRollupIsFilledFromAnOlderJournalOnceHoweverOften(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, eventsLoad, events(t, someEvents...))
	exec(t, w, "DROP VIEW attendance_to_daily")
	exec(t, w, "DROP TABLE attendance_daily SYNC")
	load(t, w, visitsLoad, manyVisits(t, 300, 0)) // under the older schema
	load(t, w, visitsLoad, manyVisits(t, 300, 1))
	for range 2 {
		exec(t, w, "DELETE FROM schema_steps WHERE name LIKE '0008%'")
		steps, err := w.Migrate(t.Context())
		require.NoError(t, err)
		require.Equal(t, 3, steps)
		requireBalanced(t, w)
		load(t, w, visitsLoad, manyVisits(t, 300, 2))
		requireBalanced(t, w)
	}
	var rows, facts int64
	require.NoError(t, w.Conn().QueryRow(t.Context(), "SELECT toInt64(uniqExact(day, event)), sum(facts) FROM attendance_daily").Scan(&rows, &facts))
	require.EqualValues(t, 300, facts)
	require.NotZero(t, rows)
}

func TestTheCheckNamesARollupThatStrays(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, eventsLoad, events(t, someEvents...))
	load(t, w, visitsLoad, visits(t, someVisits...))
	exec(t, w, "INSERT INTO attendance_daily (day, event, source, visitors) VALUES ('2025-03-01', 'E1', 'db', 1)")
	faults, err := w.Check(t.Context())
	require.NoError(t, err)
	require.Len(t, faults, 1)
	require.Contains(t, faults[0].Message, "attendance_daily")
}
