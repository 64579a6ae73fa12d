package indicators

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
)

var (
	randomNow         = time.Date(2026, time.March, 10, 5, 0, 0, 0, time.UTC)
	randomDisciplines = []string{"design", "crafts", "music", "film"}
	randomAreas       = []string{"00004", "00070", "001", ""}
)

// randomLoads is a small city with corrections, retractions, unknown fields and
// facts in the first hours of days and years.
func randomLoads(r *rand.Rand) []load {
	pick := func(from []string) any { return from[r.IntN(len(from))] }
	dayOf := func() time.Time { return time.Date(2024, time.December, 1+r.IntN(460), 0, 0, 0, 0, time.UTC) }
	instantOf := func() time.Time { return dayOf().Add(time.Duration(r.IntN(24*60))*time.Minute - 7*time.Hour) }
	maybe := func(row map[string]any, field string, value any) {
		if r.IntN(3) > 0 {
			row[field] = value
		}
	}
	made := map[string]func(int) map[string]any{
		"events": func(i int) map[string]any {
			row := map[string]any{
				"id": fmt.Sprint("E", i), "title": "Sự kiện", "disciplines": []any{pick(randomDisciplines)}, "area": pick(randomAreas),
				"starts_at": instantOf(), "format": pick([]string{"onsite", "online", "hybrid"}), "organiser": pick([]string{"M1", "M2", "Khác", ""}),
			}
			maybe(row, "international", r.IntN(3) == 0)
			maybe(row, "access", pick([]string{"free", "ticketed"}))
			return row
		},
		"attendance": func(i int) map[string]any {
			row := map[string]any{"id": fmt.Sprint("A", i), "event": fmt.Sprint("E", r.IntN(30)), "occurred_at": instantOf(), "visitors": r.IntN(500)}
			maybe(row, "online_visitors", r.IntN(900))
			maybe(row, "revenue_vnd", r.IntN(9)*1_000_000)
			maybe(row, "paid_tickets", r.IntN(90))
			return row
		},
		"activities": func(i int) map[string]any {
			row := map[string]any{
				"id": fmt.Sprint("H", i), "member": fmt.Sprint("M", r.IntN(12)), "kind": pick([]string{"workshop", "talk", "training"}),
				"discipline": pick(randomDisciplines), "area": pick(randomAreas), "starts_on": dayOf(),
			}
			maybe(row, "participants", r.IntN(100))
			maybe(row, "international_partners", r.IntN(3))
			maybe(row, "funding_vnd", r.IntN(9)*5_000_000)
			return row
		},
		"members": func(i int) map[string]any {
			row := map[string]any{
				"id": fmt.Sprint("M", i), "name": fmt.Sprint("Thành viên ", i), "kind": pick([]string{"public", "private"}),
				"disciplines": []any{pick(randomDisciplines)}, "area": pick(randomAreas), "status": pick([]string{"accepted", "certified"}),
			}
			accepted := dayOf()
			maybe(row, "accepted_on", accepted)
			maybe(row, "certified_on", accepted.AddDate(0, 0, r.IntN(90)))
			if r.IntN(4) == 0 {
				row["left_on"] = accepted.AddDate(0, 0, 100+r.IntN(200))
			}
			return row
		},
	}
	var loads []load
	at := time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
	for round := range 3 {
		for _, dataset := range []string{"members", "events", "attendance", "activities"} {
			at = at.Add(time.Hour)
			l := load{At: at, Source: "s-" + dataset[:1], Dataset: dataset}
			if dataset == "attendance" {
				l.Source = "s-e" // visitors are counted by the source of the events
			}
			for i := range map[string]int{"members": 15, "events": 30, "attendance": 150, "activities": 60}[dataset] {
				switch {
				case round > 0 && r.IntN(4) > 0:
				case round == 2 && r.IntN(3) == 0:
					l.Rows = append(l.Rows, map[string]any{"id": made[dataset](i)["id"], "deleted": true})
				default:
					l.Rows = append(l.Rows, made[dataset](i))
				}
			}
			loads = append(loads, l)
		}
	}
	return loads
}

// randomQuestion asks for some measures, half of the time of one dataset, by some
// of the dimensions that they share; now and then by one that they do not.
func randomQuestion(r *rand.Rand, c *Catalogue, moments []time.Time) Question {
	q := Question{Scope: khue.Everything}
	only := []string{"", "", "", "events", "attendance", "activities", "members"}[r.IntN(7)]
	for len(q.Measures) == 0 {
		for _, m := range c.Measures() {
			if (only == "" && r.IntN(9) == 0) || (m.Dataset == only && r.IntN(2) == 0) {
				q.Measures = append(q.Measures, m.Name)
			}
		}
	}
	if r.IntN(3) > 0 {
		q.By = append(q.By, string([]khue.Grain{khue.Year, khue.HalfYear, khue.Quarter, khue.Month, khue.Week, khue.Day}[r.IntN(6)]))
	}
	for _, dim := range []string{"discipline", "area", "kind", "format", "organiser", "member", "event", "source", "international"} {
		if r.IntN(4) == 0 && (c.shares(q.Measures, dim) || r.IntN(20) == 0) {
			q.By = append(q.By, dim)
		}
	}
	r.Shuffle(len(q.By), func(i, j int) { q.By[i], q.By[j] = q.By[j], q.By[i] })
	q.Where = map[string][]string{}
	for _, limit := range []struct {
		dim    string
		values []string
	}{
		{"discipline", randomDisciplines},
		{"area", randomAreas},
		{"kind", []string{"workshop", "private"}},
		{"format", []string{"onsite", "hybrid"}},
		{"organiser", []string{"M1", ""}},
	} {
		if r.IntN(8) == 0 && c.shares(q.Measures, limit.dim) {
			q.Where[limit.dim] = limit.values[:1+r.IntN(len(limit.values)-1)]
		}
	}
	start := time.Date(2024, time.November, 1, 0, 0, 0, 0, time.UTC)
	if r.IntN(2) == 0 {
		q.From = start.AddDate(0, r.IntN(12), r.IntN(2)*r.IntN(28))
	}
	if r.IntN(2) == 0 {
		q.To = start.AddDate(0, 13+r.IntN(8), r.IntN(2)*r.IntN(28))
	}
	if r.IntN(3) == 0 {
		q.AsOf = moments[r.IntN(len(moments))]
	}
	if r.IntN(5) == 0 {
		q.Scope = khue.Scope{Areas: []string{"00004", "001"}, Confidential: true, Moments: true}
	}
	return q
}

// shares tells whether all measures have a dimension.
func (c *Catalogue) shares(measures []string, dim string) bool {
	d, err := c.Dimension(dim)
	return err == nil && !slices.ContainsFunc(measures, func(name string) bool {
		m, err := c.Measure(name)
		return err != nil || !slices.Contains(d.Datasets, m.Dataset)
	})
}

func TestTheWarehouseAnswersRandomQuestionsAsRowByRowCountingDoes(t *testing.T) {
	r := rand.New(rand.NewPCG(2019, 246))
	c := loaded(t)
	now := func() time.Time { return randomNow }
	loads := randomLoads(r)
	var moments []time.Time
	for _, l := range loads {
		moments = append(moments, l.At, l.At.Add(time.Minute))
	}
	inEngine := NewService(c, inWarehouse(t, loads, randomNow), Options{Now: now})
	plain := NewService(c, &memory{loads: loads, now: now}, Options{Now: now})
	answered := 0
	asked := questionsAsked(t, 1000) / 4
	for i := range asked {
		q := randomQuestion(r, c, moments)
		want, wantErr := plain.Ask(t.Context(), q)
		got, gotErr := inEngine.Ask(t.Context(), q)
		if wantErr != nil {
			require.Equal(t, khue.MessageOf(wantErr), khue.MessageOf(gotErr), "question %d: %+v", i, q)
			continue
		}
		require.NoError(t, gotErr, "question %d: %+v", i, q)
		require.Equal(t, want.Columns, got.Columns)
		require.Equal(t, lines(t, c, want), lines(t, c, got), "question %d: %+v", i, q)
		answered++
	}
	require.Greater(t, answered, asked/3, "too few questions could be answered to mean anything")
}

// lines writes an answer for comparison. A stock of zero is written as unknown
// and rows of nothing are left out where stocks were asked for: the rollup of
// members still holds groups whose comings and goings were all taken back.
func lines(t *testing.T, c *Catalogue, a Answer) []string {
	stock := false
	for _, name := range a.Question.Measures {
		m, err := c.Measure(name)
		require.NoError(t, err)
		stock = stock || m.Kind == "stock"
	}
	var out []string
	for _, row := range a.Rows {
		known := false
		for i, name := range a.Question.Measures {
			if m, _ := c.Measure(name); m.Kind == "stock" && row.Values[i].Number == 0 {
				row.Values[i].Known = false
			}
			known = known || row.Values[i].Known
		}
		if known || !stock {
			out = append(out, shown(t, Answer{Columns: a.Columns, Rows: []Row{row}}, nil))
		}
	}
	return out
}

// What a split gives must add up to the total, whatever the split.
func TestFlowsSplitAnyWayAddUpToTheirTotal(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	c := loaded(t)
	s := NewService(c, &memory{loads: randomLoads(r), now: func() time.Time { return randomNow }}, Options{Now: func() time.Time { return randomNow }})
	for _, by := range [][]string{{"month"}, {"week", "discipline"}, {"area", "day"}, {"discipline", "area", "year"}} {
		q := Question{Measures: []string{"visitors", "revenue", "events", "activities", "participants"}, Scope: khue.Everything}
		total, err := s.Ask(t.Context(), q)
		require.NoError(t, err)
		q.By = by
		split, err := s.Ask(t.Context(), q)
		require.NoError(t, err)
		sums := make([]float64, len(q.Measures))
		for _, row := range split.Rows {
			for m, v := range row.Values {
				sums[m] += v.Number
			}
		}
		for m := range q.Measures {
			require.InDelta(t, total.Rows[0].Values[m].Number, sums[m], 1e-6, "%s by %v", q.Measures[m], by)
		}
		require.True(t, slices.IsSortedFunc(split.Rows, func(a, b Row) int {
			for i, k := range a.Keys {
				if !k.Period.IsZero() && i == 0 {
					return k.Period.Start().Compare(b.Keys[i].Period.Start())
				}
			}
			return 0
		}))
	}
}
