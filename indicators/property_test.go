package indicators

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/warehouse"
)

// questionsVariable says how many random questions a campaign asks.
const questionsVariable = "KHUE_QUESTIONS"

// questionsAsked is that number, or what a usual run can bear.
func questionsAsked(t *testing.T, usual int) int {
	t.Helper()
	said := os.Getenv(questionsVariable)
	if said == "" {
		return usual
	}
	n, err := strconv.Atoi(said)
	require.NoError(t, err, questionsVariable)
	require.Positive(t, n, questionsVariable)
	return n
}

// seedVariable begins a campaign's dice elsewhere, so that it asks other questions.
const seedVariable = "KHUE_SEED"

// dice are those of a campaign; without the variable they fall as they always do.
func dice(t *testing.T, usual uint64) *rand.Rand {
	t.Helper()
	seed := usual
	if said := os.Getenv(seedVariable); said != "" {
		n, err := strconv.ParseUint(said, 10, 64)
		require.NoError(t, err, seedVariable)
		seed = n
	}
	return rand.New(rand.NewPCG(seed, usual))
}

// questionsOfACity is how many questions one random city answers before another is made.
const questionsOfACity = 500

// fromJournal is a warehouse that never uses a rollup.
type fromJournal struct{ Facts }

func (j fromJournal) Select(ctx context.Context, s warehouse.Select) ([]warehouse.Row, warehouse.Trace, error) {
	s.FromJournal = true
	return j.Facts.Select(ctx, s)
}

// settled is a warehouse that does not change: what a question asks beside its
// figures (how far the facts reach, who has reported) is read once.
type settled struct {
	Facts
	read map[string]any
}

// once gives what was read before for the same words.
func once[T any](s settled, read func() (T, error), words ...any) (T, error) {
	key := fmt.Sprintf("%+v", words)
	if v, known := s.read[key]; known {
		return v.(T), nil
	}
	v, err := read()
	if err == nil {
		s.read[key] = v
	}
	return v, err
}

func (s settled) States(ctx context.Context) ([]warehouse.DatasetState, error) {
	return once(s, func() ([]warehouse.DatasetState, error) { return s.Facts.States(ctx) }, "states")
}

func (s settled) Until(ctx context.Context, dataset string, asOf, today time.Time) (time.Time, error) {
	return once(s, func() (time.Time, error) { return s.Facts.Until(ctx, dataset, asOf, today) }, "until", dataset, asOf, today)
}

func (s settled) Records(ctx context.Context, dataset string, where []warehouse.Filter, asOf time.Time, limit int) ([]warehouse.Record, error) {
	return once(s, func() ([]warehouse.Record, error) { return s.Facts.Records(ctx, dataset, where, asOf, limit) }, "records", dataset, where, asOf, limit)
}

func (s settled) FindNames(ctx context.Context, n warehouse.NameSearch) ([]warehouse.Named, error) {
	return s.Facts.FindNames(ctx, n)
}

// EventReports has nothing to say: whether everybody has reported is not asked here.
func (s settled) EventReports(context.Context, warehouse.Expecting) ([]warehouse.Reports, warehouse.Trace, error) {
	return nil, warehouse.Trace{}, nil
}

// randomCity is a warehouse of random facts with the moments at which they came.
type randomCity struct {
	facts   settled
	moments []time.Time
}

func newRandomCity(t *testing.T, r *rand.Rand) randomCity {
	t.Helper()
	loads := randomLoads(r)
	city := randomCity{facts: settled{inWarehouse(t, loads, randomNow), map[string]any{}}}
	for _, l := range loads {
		city.moments = append(city.moments, l.At, l.At.Add(time.Minute))
	}
	return city
}

func randomService(c *Catalogue, facts Facts) *Service {
	return NewService(c, facts, Options{Now: func() time.Time { return randomNow }})
}

// A question has one answer, whichever table gives it: the rollup that covers it
// or the journal; and what is known at this very moment is what is known now.
func TestARollupTheJournalAndThisVeryMomentGiveOneAnswer(t *testing.T) {
	n := questionsAsked(t, 1000)
	r := dice(t, 10)
	c := loaded(t)
	var city randomCity
	from, answered := map[string]int{}, 0
	for i := range n {
		if i%questionsOfACity == 0 {
			t.Logf("%d of %d questions asked", i, n)
			city = newRandomCity(t, r)
		}
		q := randomQuestion(r, c, city.moments)
		if r.IntN(12) == 0 {
			q.Limit = 1 + r.IntN(40)
		}
		plain, err := randomService(c, city.facts).Ask(t.Context(), q)
		want := shown(t, plain, err)
		slow, journalErr := randomService(c, fromJournal{city.facts}).Ask(t.Context(), q)
		require.Equal(t, want, shown(t, slow, journalErr), "question %d of the journal: %+v", i, q)
		if q.AsOf.IsZero() {
			q.AsOf = randomNow
			now, nowErr := randomService(c, city.facts).Ask(t.Context(), q)
			require.Equal(t, want, shown(t, now, nowErr), "question %d as of now: %+v", i, q)
		}
		if err == nil {
			answered++
			from[plain.Evidence.From]++
		}
	}
	rollups := 0
	for way, times := range from {
		if strings.Contains(way, "rollup") {
			rollups += times
		}
	}
	t.Logf("%d questions, %d answered, %d of them from a rollup, no difference", n, answered, rollups)
	require.Greater(t, answered, n/3, "too few questions could be answered to mean anything")
	require.Greater(t, rollups, n/10, "too few questions were answered from a rollup to mean anything")
}

// partitions are ways of cutting the days and facts of a question into parts that
// leave nothing out and hold nothing twice.
var partitions = [][]string{
	{"discipline"}, {"area"}, {"month"}, {"quarter"}, {"half"}, {"day"}, {"discipline", "area"}, {"month", "discipline"}, {"area", "quarter"}, {"source"},
}

// partsAndWhole asks for one year as a whole and in parts.
func partsAndWhole(t *testing.T, s *Service, q Question, parts []string) (whole []Value, split []Row) {
	t.Helper()
	year := 2024 + len(q.Measures)%3
	q.From, q.To = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC)
	total, err := s.Ask(t.Context(), q)
	require.NoError(t, err)
	q.By = parts
	a, err := s.Ask(t.Context(), q)
	require.NoError(t, err)
	return total.Rows[0].Values, a.Rows
}

func TestPartsOfAWholeAddUpToItAndDistinctOnesLieBetweenTheirLargestAndTheirSum(t *testing.T) {
	r := rand.New(rand.NewPCG(20, 26))
	c := loaded(t)
	city := newRandomCity(t, r)
	s := randomService(c, city.facts)
	compared := 0
	for i := range questionsAsked(t, 200) / 5 {
		q := Question{Scope: khue.Everything}
		for _, m := range c.Measures() {
			if m.Kind == "flow" && isRandom(m.Dataset) && r.IntN(2) == 0 {
				q.Measures = append(q.Measures, m.Name)
			}
		}
		if len(q.Measures) == 0 {
			continue
		}
		if r.IntN(2) == 0 {
			q.Where = map[string][]string{"area": {randomAreas[r.IntN(4)], "00004"}}
		}
		if r.IntN(2) == 0 {
			q.AsOf = city.moments[r.IntN(len(city.moments))]
		}
		parts := partitions[i%len(partitions)]
		whole, split := partsAndWhole(t, s, q, parts)
		for m, name := range q.Measures {
			sum, largest, known := 0.0, 0.0, false
			for _, row := range split {
				sum, largest, known = sum+row.Values[m].Number, max(largest, row.Values[m].Number), known || row.Values[m].Known
			}
			about := fmt.Sprintf("%s by %v: %+v", name, parts, q)
			require.Equal(t, known, whole[m].Known, about)
			compared++
			if measure, _ := c.Measure(name); measure.Aggregate == "distinct" {
				require.GreaterOrEqual(t, whole[m].Number, largest, about)
				require.LessOrEqual(t, whole[m].Number, sum, about)
				continue
			}
			require.InDelta(t, sum, whole[m].Number, 0, about)
		}
	}
	require.Greater(t, compared, 50)
}

// isRandom tells that the random city has facts of a dataset.
func isRandom(dataset string) bool {
	return slices.Contains([]string{"members", "events", "attendance", "activities"}, dataset)
}

// A stock holds at the end: that of a year is that of its December, its last
// quarter, its last half and its last day.
func TestTheStockOfAYearIsThatOfItsLastMonthQuarterAndDay(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 12))
	c := loaded(t)
	compared := 0
	for range 3 {
		city := newRandomCity(t, r)
		s := randomService(c, city.facts)
		for _, by := range [][]string{nil, {"discipline"}, {"area", "kind"}} {
			at := func(grain khue.Grain) map[string]string {
				q := Question{
					Measures: []string{"members", "certified_members"}, By: append([]string{string(grain)}, by...), Scope: khue.Everything,
					From: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Limit: 100_000,
				}
				a, err := s.Ask(t.Context(), q)
				require.NoError(t, err)
				out := map[string]string{}
				for _, row := range a.Rows {
					p := row.Keys[0].Period
					if p.End().Month() != time.January || p.End().Day() != 1 { // only what ends with a year
						continue
					}
					codes := []string{p.End().Format("2006")}
					for _, k := range row.Keys[1:] {
						codes = append(codes, k.Code)
					}
					if row.Values[0].Known {
						out[strings.Join(codes, "|")] = fmt.Sprint(row.Values)
					}
				}
				return out
			}
			year := at(khue.Year)
			compared += len(year)
			for _, grain := range []khue.Grain{khue.HalfYear, khue.Quarter, khue.Month, khue.Day} {
				require.Equal(t, year, at(grain), "by %s and %v", grain, by)
			}
		}
	}
	require.Greater(t, compared, 20)
}

// What a source says may come in any order and in any number of batches.
func TestTheOrderOfRowsAndTheNumberOfBatchesChangeNoAnswer(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 8))
	c := loaded(t)
	first := randomLoads(r)[:4] // the first round has no record twice
	moments := []time.Time{first[3].At, randomNow}
	one := randomService(c, inWarehouse(t, first, randomNow))
	for range 2 {
		other := randomService(c, inWarehouse(t, shuffled(r, first), randomNow))
		for i := range 60 {
			q := randomQuestion(r, c, moments[1:])
			want, err := one.Ask(t.Context(), q)
			got, gotErr := other.Ask(t.Context(), q)
			require.Equal(t, shown(t, want, err), shown(t, got, gotErr), "question %d: %+v", i, q)
		}
	}
}

// shuffled gives the same rows in another order, cut into batches, visitors
// sometimes before the events that they came to.
func shuffled(r *rand.Rand, loads []load) []load {
	batches := map[string][]load{}
	for _, l := range loads {
		rows := slices.Clone(l.Rows)
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		for len(rows) > 0 {
			n := min(len(rows), 1+r.IntN(40))
			batches[l.Dataset] = append(batches[l.Dataset], load{Source: l.Source, Dataset: l.Dataset, Rows: rows[:n]})
			rows = rows[n:]
		}
	}
	var out []load
	at := loads[0].At
	for len(batches) > 0 {
		names := slices.Sorted(maps.Keys(batches))
		name := names[r.IntN(len(names))]
		l := batches[name][0]
		at = at.Add(time.Minute)
		l.At = at
		out = append(out, l)
		if batches[name] = batches[name][1:]; len(batches[name]) == 0 {
			delete(batches, name)
		}
	}
	return out
}
