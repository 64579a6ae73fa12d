package indicators

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators/disclosure"
	"khue/warehouse"
)

var (
	guardedNow     = time.Date(2026, time.March, 20, 5, 0, 0, 0, time.UTC)
	guardedMonths  = khue.Periods(khue.Month, time.Date(2025, time.July, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC))
	guardedFields  = []string{"design", "music", "crafts"}
	guardedAreas   = []string{"00004", "00008", "00025"}
	guardedMeasure = "revenue"
)

// earning is what one event of an organiser earned.
type earning struct {
	month             khue.Period
	field, area, who  string
	revenue, visitors int
}

// earnings are events of a few organisers, the first of them larger than the
// others; each tends to its own field and area.
func earnings(r *rand.Rand, events, organisers int) []earning {
	var out []earning
	for range events {
		who := r.IntN(organisers)
		e := earning{
			month: guardedMonths[r.IntN(len(guardedMonths))], who: fmt.Sprint("O", who), revenue: 1 + r.IntN(50), visitors: r.IntN(100),
			field: guardedFields[(who+r.IntN(2))%3], area: guardedAreas[(who/3+r.IntN(2))%3],
		}
		if who == 0 {
			e.revenue *= 20
		}
		out = append(out, e)
	}
	return out
}

func earningLoads(all []earning) []load {
	at := time.Date(2026, time.March, 15, 0, 0, 0, 0, time.UTC)
	events, visits := load{At: at, Source: "s", Dataset: "events"}, load{At: at.Add(time.Hour), Source: "s", Dataset: "attendance"}
	for i, e := range all {
		day := e.month.Start().Add(20*time.Hour + time.Duration(i%25)*24*time.Hour) // 03:00 of the next day in Hanoi
		id := fmt.Sprint("E", i)
		events.Rows = append(events.Rows, map[string]any{
			"id": id, "title": id, "organiser": e.who, "area": e.area, "disciplines": []any{e.field},
			"starts_at": day, "format": "onsite",
		})
		visits.Rows = append(visits.Rows, map[string]any{"id": "V" + id, "event": id, "occurred_at": day, "visitors": e.visitors, "revenue_vnd": e.revenue})
	}
	return []load{events, visits}
}

// publicQuestions are all that a reader may ask of the measure in small: every
// grain, split and filter that is allowed, over whole months.
func publicQuestions(r *rand.Rand) []Question {
	var out []Question
	first, end := guardedMonths[0].Start(), guardedMonths[len(guardedMonths)-1].End()
	for _, grain := range []string{"", "month", "quarter", "half", "year"} {
		for _, split := range [][]string{nil, {"discipline"}, {"area"}, {"discipline", "area"}} {
			by := slices.Clone(split)
			if grain != "" {
				by = append([]string{grain}, split...)
			}
			out = append(out, Question{By: by}, Question{By: by, From: first, To: end})
			for range 3 { // some days and filters, of which many differ by one month, field or area
				q := Question{By: by, Where: map[string][]string{}}
				a, b := r.IntN(len(guardedMonths)), r.IntN(len(guardedMonths))
				q.From, q.To = guardedMonths[min(a, b)].Start(), guardedMonths[max(a, b)].End()
				if r.IntN(2) == 0 {
					q.Where["discipline"] = guardedFields[:1+r.IntN(3)]
				}
				if r.IntN(2) == 0 {
					q.Where["area"] = guardedAreas[r.IntN(3):]
				}
				out = append(out, q)
			}
		}
	}
	for i := range out {
		out[i].Measures, out[i].Scope = []string{guardedMeasure}, khue.Public
	}
	return out
}

// attacker knows which month, field and area have events, sees every answer and
// solves the equations that they make, modulo a prime so large that chance plays
// no part.
type attacker struct {
	unknown map[string]int
	basis   [][]uint64
	pivot   []int
}

const prime = 1<<61 - 1

func times(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	_, rest := bits.Div64(high%prime, low, prime)
	return rest
}

func inverse(a uint64) uint64 {
	out := uint64(1)
	for e := uint64(prime - 2); e > 0; e >>= 1 {
		if e&1 == 1 {
			out = times(out, a)
		}
		a = times(a, a)
	}
	return out
}

func (a *attacker) reduce(v []uint64) int {
	for i, row := range a.basis {
		if factor := v[a.pivot[i]]; factor != 0 {
			for c, x := range row {
				if x != 0 {
					v[c] = (v[c] + prime - times(factor, x)) % prime
				}
			}
		}
	}
	return slices.IndexFunc(v, func(x uint64) bool { return x != 0 })
}

func (a *attacker) vector(cells []string) []uint64 {
	v := make([]uint64, len(a.unknown))
	for _, c := range cells {
		v[a.unknown[c]] = 1
	}
	return v
}

func (a *attacker) learn(cells []string) {
	v := a.vector(cells)
	p := a.reduce(v)
	if p < 0 {
		return
	}
	scale := inverse(v[p])
	for i := range v {
		v[i] = times(v[i], scale)
	}
	a.basis, a.pivot = append(a.basis, v), append(a.pivot, p)
}

func (a *attacker) knows(cells []string) bool { return a.reduce(a.vector(cells)) < 0 }

func (e earning) cell() string { return e.month.String() + "|" + e.field + "|" + e.area }

// within lists the earnings that a row of an answer is the sum of.
func within(all []earning, q Question, row Row) []earning {
	var out []earning
	for _, e := range all {
		fits := (q.From.IsZero() || !e.month.Start().Before(q.From)) && (q.To.IsZero() || e.month.Start().Before(q.To))
		for dim, code := range map[string]string{"discipline": e.field, "area": e.area} {
			if values := q.Where[dim]; len(values) > 0 {
				fits = fits && slices.Contains(values, code)
			}
			if i := slices.Index(q.By, dim); i >= 0 {
				fits = fits && row.Keys[i].Code == code
			}
		}
		for _, k := range row.Keys {
			fits = fits && (k.Period.IsZero() || k.Period.Contains(e.month.Start()))
		}
		if fits {
			out = append(out, e)
		}
	}
	return out
}

func cellsOf(all []earning) []string {
	var out []string
	for _, e := range all {
		out = append(out, e.cell())
	}
	return distinct(out)
}

func reportsOf(all []earning) []float64 {
	sums := map[string]float64{}
	for _, e := range all {
		sums[e.who] += float64(e.revenue)
	}
	var out []float64
	for _, who := range sortedKeys(sums) {
		out = append(out, sums[who])
	}
	return out
}

// askedSum is a sum that some question asked for.
type askedSum struct {
	of    []earning
	shown bool // in one question at least
	cell  bool // one of the cells that are judged, not a sum of several
}

// judgedTogether tells whether a row is one cell: no filter, and a whole month,
// quarter or year.
func judgedTogether(q Question) bool {
	return len(q.Where) == 0 && q.From.IsZero() && len(q.By) > 0 && slices.Contains([]string{"month", "quarter", "year"}, q.By[0])
}

// Every answer that a reader without the right can get goes into one system of
// equations. No cell that was withheld may follow from it; and whatever figure
// does follow, asked for or not, must be a safe sum.
func TestNoSetOfPublicAnswersGivesAContributorAway(t *testing.T) {
	for seed, size := range []struct{ events, organisers int }{{60, 4}, {150, 9}, {300, 20}, {700, 50}} {
		t.Run(fmt.Sprintf("%d events of %d organisers", size.events, size.organisers), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(seed), 2026))
			all := earnings(r, size.events, size.organisers)
			s := serviceAt(t, loaded(t), guardedNow, earningLoads(all)...)
			m, err := s.Catalogue().Measure(guardedMeasure)
			require.NoError(t, err)
			a := &attacker{unknown: map[string]int{}}
			for _, e := range all {
				if _, ok := a.unknown[e.cell()]; !ok {
					a.unknown[e.cell()] = len(a.unknown)
				}
			}
			figures := map[string]*askedSum{}
			for _, q := range publicQuestions(r) {
				answer, err := s.Ask(t.Context(), q)
				require.NoError(t, err)
				for _, row := range answer.Rows {
					of, v := within(all, q, row), row.Values[0]
					if len(of) == 0 {
						require.Equal(t, Value{}, v)
						continue
					}
					id := strings.Join(cellsOf(of), " ")
					if figures[id] == nil {
						figures[id] = &askedSum{of: of}
					}
					f := figures[id]
					require.NotEqual(t, v.Known, v.Suppressed)
					if judgedTogether(q) {
						require.True(t, !f.cell || f.shown == v.Known, "a cell is shown in one question and withheld in another: %s", id)
						f.cell = true
					}
					if f.shown = f.shown || v.Known; v.Known {
						a.learn(cellsOf(of))
					}
				}
			}
			shown := 0
			for id, f := range figures {
				known := a.knows(strings.Split(id, " "))
				if known {
					shown++
					require.True(t, m.Confidential.Rule.Safe(reportsOf(f.of)...), "an unsafe sum follows from the answers: %s", id)
				}
				require.False(t, known && f.cell && !f.shown, "a cell that was withheld follows from the answers: %s", id)
			}
			t.Logf("%d of %d different figures can be known", shown, len(figures))
			requireSafeDifferences(t, m.Confidential.Rule, figures)
		})
	}
}

// requireSafeDifferences takes every shown figure off every other that holds it:
// what is left may be known, so it must be a safe sum.
func requireSafeDifferences(t *testing.T, rule disclosure.Rule, figures map[string]*askedSum) {
	t.Helper()
	pairs := 0
	for big, whole := range figures {
		for small, part := range figures {
			if !whole.shown || !part.shown || len(small) >= len(big) {
				continue
			}
			if left := without(strings.Split(big, " "), strings.Split(small, " ")); left != nil {
				pairs++
				rest := slices.DeleteFunc(slices.Clone(whole.of), func(e earning) bool { return !slices.Contains(left, e.cell()) })
				require.True(t, rule.Safe(reportsOf(rest)...), "the difference of two answers is unsafe: %s", strings.Join(left, " "))
			}
		}
	}
	t.Logf("%d pairs of nested answers", pairs)
}

// without takes cells off others that hold them all; nil when they do not.
func without(all, some []string) []string {
	var out []string
	found := 0
	for _, c := range all {
		if slices.Contains(some, c) {
			found++
			continue
		}
		out = append(out, c)
	}
	if found < len(some) {
		return nil
	}
	return out
}

func TestAQuestionThatWouldIsolateAContributorIsRefusedWithWhatCanBeAsked(t *testing.T) {
	s := serviceAt(t, loaded(t), guardedNow, earningLoads(earnings(rand.New(rand.NewPCG(1, 1)), 50, 5))...)
	first := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	hanoi := defaultZone()
	for name, q := range map[string]Question{
		"by organiser":          {By: []string{"organiser"}},
		"by event":              {By: []string{"event"}},
		"of one organiser":      {Where: map[string][]string{"organiser": {"O1"}}},
		"of one source":         {Where: map[string][]string{"source": {"s"}}},
		"by day":                {By: []string{"day"}},
		"by week":               {By: []string{"week"}},
		"from inside a month":   {From: first.AddDate(0, 0, 1)},
		"to inside a month":     {From: first, To: first.AddDate(0, 0, 30)},
		"as of a moment":        {AsOf: time.Date(2026, time.March, 15, 1, 0, 0, 0, time.UTC)},
		"a second after midday": {AsOf: time.Date(2026, time.March, 1, 0, 0, 1, 0, hanoi)},
	} {
		t.Run(name, func(t *testing.T) {
			q.Measures, q.Scope = []string{"visitors", "revenue"}, khue.Public
			_, err := s.Ask(t.Context(), q)
			var coded *khue.Error
			require.True(t, errors.As(err, &coded), "%v", err)
			require.Equal(t, khue.Forbidden, coded.Kind)
			require.Contains(t, coded.Message.VI, "revenue được giữ kín")
			require.Contains(t, coded.Message.EN, "revenue is confidential")
			q.Measures = []string{"visitors"}
			_, err = s.Ask(t.Context(), q)
			require.NoError(t, err, "what is not confidential is answered")
			q.Measures, q.Scope = []string{"revenue"}, khue.Everything
			_, err = s.Ask(t.Context(), q)
			require.NoError(t, err, "a caller with the right is answered")
		})
	}
}

func TestTheStartOfAMonthCanBeAskedAboutHoweverItIsWritten(t *testing.T) {
	s := serviceAt(t, loaded(t), guardedNow, earningLoads(earnings(rand.New(rand.NewPCG(1, 1)), 50, 5))...)
	start := time.Date(2026, time.March, 1, 0, 0, 0, 0, defaultZone())
	for _, asOf := range []time.Time{start, start.UTC(), start.Add(-time.Millisecond)} {
		a, err := s.Ask(t.Context(), Question{Measures: []string{"revenue"}, AsOf: asOf, Scope: khue.Public})
		require.NoError(t, err)
		require.Equal(t, []Value{{}}, a.Rows[0].Values, "nothing had been recorded by then")
	}
	a, err := s.Ask(t.Context(), Question{Measures: []string{"revenue"}, AsOf: guardedNow, Scope: khue.Publication})
	require.NoError(t, err)
	require.True(t, a.Rows[0].Values[0].Known, "who publishes chooses the moment")
}

// One organiser alone: nothing of it may be left in an answer, in whatever form.
func TestWhatIsWithheldLeavesNoNumberBehind(t *testing.T) {
	all := []earning{
		{guardedMonths[0], "design", "00004", "O1", 7_654_321, 10},
		{guardedMonths[0], "music", "00004", "O2", 1_000, 10},
		{guardedMonths[0], "music", "00008", "O3", 1_100, 10},
		{guardedMonths[1], "crafts", "00008", "O4", 0, 10},
	}
	s := serviceAt(t, loaded(t), guardedNow, earningLoads(all)...)
	for _, by := range [][]string{nil, {"month"}, {"discipline"}, {"month", "area"}} {
		a, err := s.Ask(t.Context(), Question{Measures: []string{"revenue", "visitors"}, By: by, Scope: khue.Public})
		require.NoError(t, err)
		for _, row := range a.Rows {
			if v := row.Values[0]; v != (Value{}) {
				require.Equal(t, Value{Suppressed: true}, v)
			}
			require.False(t, row.Values[1].Suppressed, "visitors are for everybody")
		}
		require.NotContains(t, fmt.Sprintf("%+v", a), "7654321")
		require.NotContains(t, fmt.Sprintf("%+v", a), "7.654321e+06")
		require.NotContains(t, fmt.Sprintf("%+v", a), "7656421")
	}
	change := Change(Value{Suppressed: true}, Value{Number: 3, Known: true})
	require.Equal(t, Value{Suppressed: true}, change)
	require.Equal(t, Value{Suppressed: true}, Change(Value{Number: 3, Known: true}, Value{Suppressed: true}))
}

func TestACallerWithTheRightSeesEverything(t *testing.T) {
	all := earnings(rand.New(rand.NewPCG(3, 3)), 30, 3)
	s := serviceAt(t, loaded(t), guardedNow, earningLoads(all)...)
	a, err := s.Ask(t.Context(), Question{Measures: []string{"revenue"}, By: []string{"organiser"}, Scope: khue.Everything})
	require.NoError(t, err)
	require.Len(t, a.Rows, 3)
	for _, row := range a.Rows {
		require.True(t, row.Values[0].Known)
	}
}

func TestABatchThatAddsContributorsLiftsTheVeilAndOneThatTakesThemLowersIt(t *testing.T) {
	month := guardedMonths[0]
	few := []earning{{month, "design", "00004", "O1", 100, 1}, {month, "design", "00004", "O2", 100, 1}}
	loads := earningLoads(few)
	facts := &memory{loads: loads, now: func() time.Time { return guardedNow }}
	s := NewService(loaded(t), facts, Options{Now: facts.now})
	ask := func() Value {
		a, err := s.Ask(t.Context(), Question{Measures: []string{"revenue"}, Scope: khue.Public})
		require.NoError(t, err)
		return a.Rows[0].Values[0]
	}
	require.Equal(t, Value{Suppressed: true}, ask())
	facts.loads = earningLoads(append(few, earning{month, "design", "00004", "O3", 100, 1}))
	for i := range facts.loads {
		facts.loads[i].At = facts.loads[i].At.Add(24 * time.Hour)
	}
	require.Equal(t, Value{Number: 300, Known: true}, ask())
	facts.loads[1].Rows[2]["deleted"] = true
	facts.loads[1].At = facts.loads[1].At.Add(time.Hour)
	require.Equal(t, Value{Suppressed: true}, ask())
}

func TestAComparisonOfConfidentialMeasuresKeepsToWholeMonths(t *testing.T) {
	s := serviceAt(t, loaded(t), guardedNow, earningLoads(earnings(rand.New(rand.NewPCG(5, 5)), 400, 30))...)
	q := Question{
		Measures: []string{"visitors", "revenue"}, Scope: khue.Public,
		From: time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2027, time.January, 1, 0, 0, 0, 0, time.UTC),
	}
	c, err := s.Compare(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, time.February, 1, 0, 0, 0, 0, time.UTC), c.To, "facts end on 22 February")
	q.Scope = khue.Everything
	c, err = s.Compare(t.Context(), q)
	require.NoError(t, err)
	require.NotEqual(t, 1, c.To.Day())
}

func TestTheWarehouseIsProtectedAsMemoryIs(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	loads := earningLoads(earnings(r, 300, 14))
	inMemory := serviceAt(t, loaded(t), guardedNow, loads...)
	inEngine := NewService(loaded(t), inWarehouse(t, loads, guardedNow), Options{Now: func() time.Time { return guardedNow }})
	withheld := 0
	for _, q := range publicQuestions(r) {
		want, err := inMemory.Ask(t.Context(), q)
		require.NoError(t, err)
		got, err := inEngine.Ask(t.Context(), q)
		require.NoError(t, err)
		require.Equal(t, want.Rows, got.Rows, "%v", q)
		for _, row := range got.Rows {
			if row.Values[0].Suppressed {
				withheld++
			}
		}
	}
	require.NotZero(t, withheld)
}

func TestChangesOfAConfidentialMeasureAreToldToStaffOnly(t *testing.T) {
	facts := inWarehouse(t, earningLoads(earnings(rand.New(rand.NewPCG(9, 9)), 20, 3)), guardedNow)
	s := NewService(loaded(t), facts, Options{Now: func() time.Time { return guardedNow }})
	q := Restatement{Names: []string{"visitors", "revenue"}, From: guardedNow.AddDate(0, -1, 0), To: guardedNow, Scope: khue.Publication}
	_, err := s.Restate(t.Context(), q)
	require.Equal(t, khue.Forbidden, khue.KindOf(err))
	q.Names = []string{"visitors"}
	_, err = s.Restate(t.Context(), q)
	require.NoError(t, err)
}

func TestARatioOfAWithheldFigureIsWithheld(t *testing.T) {
	all := []earning{{guardedMonths[0], "design", "00004", "O1", 500, 10}, {guardedMonths[0], "design", "00004", "O2", 400, 10}}
	s := serviceAt(t, loaded(t), guardedNow, earningLoads(all)...)
	figures, err := s.YearlyFigures(t.Context(), "revenue", 2, time.Time{}, khue.Public)
	require.NoError(t, err)
	require.Equal(t, Value{Suppressed: true}, figures[1].Value)
	ratio := Indicator{Factor: 1, among: true}
	require.Equal(t, Value{Suppressed: true}, ratio.of([]Value{{Suppressed: true}, {Number: 2, Known: true}}))
	require.Equal(t, Value{Suppressed: true}, ratio.of([]Value{{Number: 2, Known: true}, {Suppressed: true}}))
}

func TestWhatIsJudgedAheadIsNotJudgedAgain(t *testing.T) {
	facts := &counting{Facts: &memory{loads: earningLoads(earnings(rand.New(rand.NewPCG(4, 4)), 100, 12)), now: func() time.Time { return guardedNow }}}
	s := NewService(loaded(t), facts, Options{Now: func() time.Time { return guardedNow }})
	require.NoError(t, s.Prepare(t.Context()))
	before := facts.selects
	_, err := s.Ask(t.Context(), Question{Measures: []string{"revenue"}, By: []string{"month"}, Scope: khue.Public})
	require.NoError(t, err)
	require.Equal(t, before+1, facts.selects, "the figures alone are asked for")
}

// counting counts the questions that the facts are asked.
type counting struct {
	Facts
	selects int
}

func (c *counting) Select(ctx context.Context, s warehouse.Select) ([]warehouse.Row, warehouse.Trace, error) {
	c.selects++
	return c.Facts.Select(ctx, s)
}

func TestEveryConfidentialMeasureIsAnsweredForThePublic(t *testing.T) {
	loads := earningLoads(earnings(rand.New(rand.NewPCG(6, 6)), 80, 9))
	trainings := load{At: loads[0].At, Source: "s", Dataset: "activities"}
	for i := range 60 {
		trainings.Rows = append(trainings.Rows, map[string]any{
			"id": fmt.Sprint("A", i), "member": fmt.Sprint("M", i%12), "kind": []string{"training", "talk"}[i%2], "discipline": guardedFields[i%3],
			"area": guardedAreas[i%2], "starts_on": guardedMonths[i%3].Start(), "participants": 5 + i%9, "funding_vnd": 1000 + i,
		})
	}
	s := serviceAt(t, loaded(t), guardedNow, append(loads, trainings)...)
	for _, m := range s.Catalogue().Measures() {
		if m.Confidential == nil {
			continue
		}
		a, err := s.Ask(t.Context(), Question{Measures: []string{m.Name}, By: []string{"month", "discipline"}, Scope: khue.Public})
		require.NoError(t, err, m.Name)
		all, err := s.Ask(t.Context(), Question{Measures: []string{m.Name}, By: []string{"month", "discipline"}, Scope: khue.Everything})
		require.NoError(t, err, m.Name)
		for i, row := range a.Rows {
			if row.Values[0].Known {
				require.Equal(t, all.Rows[i].Values, row.Values)
			} else {
				require.Equal(t, all.Rows[i].Values[0].Known, row.Values[0].Suppressed, m.Name)
			}
		}
	}
}
