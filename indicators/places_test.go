package indicators

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
)

// severalDisciplines gives events and members of random loads up to four disciplines.
func severalDisciplines(r *rand.Rand, loads []load) []load {
	all := []any{"design", "crafts", "music", "film", "architecture", "performing_arts", "tv_radio", "heritage"}
	for _, l := range loads {
		for _, row := range l.Rows {
			if list, ok := row["disciplines"].([]any); ok {
				r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
				row["disciplines"] = append(slices.Clone(list), all[:r.IntN(4)]...)
				row["disciplines"] = slices.CompactFunc(row["disciplines"].([]any), func(a, b any) bool { return a == b })
			}
			if _, ok := row["area"]; ok {
				row["area"] = []string{"00004", "00070", "001", "002", "003", "250", ""}[r.IntN(7)]
			}
		}
	}
	return loads
}

// randomCorrespondence writes weights that add up to at most one, some of them no
// finite decimals, for some of the districts.
func randomCorrespondence(r *rand.Rand) string {
	wards := []string{"00004", "00008", "00025", "00070", "00082", "00091", "00097"}
	var out strings.Builder
	out.WriteString("correspondences:\n  - id: test-random\n    title: {vi: Thử, en: Test}\n    valid_on: 2025-07-01\n    basis: {vi: thử, en: test}\n    citation: thử\n    mark: assumed\n    entries:\n")
	for _, from := range []string{"001", "002", "250"} {
		r.Shuffle(len(wards), func(i, j int) { wards[i], wards[j] = wards[j], wards[i] })
		n := 1 + r.IntN(5)
		for _, to := range wards[:n] {
			fmt.Fprintf(&out, "      - {from: \"%s\", to: \"%s\", weight: %d/%d}\n", from, to, 1+r.IntN(3), 3*n+r.IntN(7))
		}
	}
	return out.String()
}

// exactSum adds up a measure over rows as the decimals that are shown.
func exactSum(t *testing.T, a Answer, measure int) string {
	sum := new(big.Rat)
	for _, row := range a.Rows {
		v, ok := new(big.Rat).SetString(fmt.Sprintf("%.*f", a.Columns[len(row.Keys)+measure].Decimals, row.Values[measure].Number))
		require.True(t, ok)
		sum.Add(sum, v)
	}
	return sum.FloatString(countDecimals)
}

var additiveMeasures = []string{"visitors", "online_visitors", "revenue", "events", "activities", "participants", "member_records"}

func requireSameTotals(t *testing.T, s *Service, q Question, why string) {
	t.Helper()
	split, err := s.Ask(t.Context(), q)
	require.NoError(t, err, why)
	q.By, q.AreaView, q.Counting = nil, "", ""
	total, err := s.Ask(t.Context(), q)
	require.NoError(t, err, why)
	for i, name := range q.Measures {
		require.Equal(t, exactSum(t, total, i), exactSum(t, split, i), "%s: %s", why, name)
	}
}

func TestTheViewOfTodayKeepsEveryTotalForRandomFactsAndCorrespondences(t *testing.T) {
	now := func() time.Time { return randomNow }
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 1656))
		c, err := Load(folder(t, map[string]string{"random.yaml": randomCorrespondence(r)}))
		require.NoError(t, err)
		s := NewService(c, &memory{loads: severalDisciplines(r, randomLoads(r)), now: now}, Options{Now: now})
		for _, by := range [][]string{{"area"}, {"area", "uccn_field"}, {"area", "discipline"}} {
			for _, counting := range []Counting{CountMain, CountFractional} {
				requireSameTotals(t, s, Question{
					Measures: additiveMeasures, By: by, AreaView: AreasAsNow, Counting: counting, Scope: khue.Everything,
				}, fmt.Sprint(seed, by, counting))
			}
		}
	}
}

func TestEveryClassificationKeepsTheTotal(t *testing.T) {
	now := func() time.Time { return randomNow }
	r := rand.New(rand.NewPCG(5, 6))
	c := loaded(t)
	s := NewService(c, &memory{loads: severalDisciplines(r, randomLoads(r)), now: now}, Options{Now: now})
	for _, w := range c.Crosswalks() {
		for _, counting := range []Counting{CountMain, CountFractional} {
			requireSameTotals(t, s, Question{Measures: additiveMeasures, By: []string{w.Name}, Counting: counting, Scope: khue.Everything}, w.Name+string(counting))
			stocks := Question{Measures: []string{"members", "certified_members"}, By: []string{w.Name}, Counting: counting, Scope: khue.Everything}
			requireSameTotals(t, s, stocks, w.Name+string(counting))
		}
	}
}

// The shares of each event are added up here by hand, as fractions.
func TestFractionalCountsAreThoseAddedUpByHand(t *testing.T) {
	now := func() time.Time { return randomNow }
	r := rand.New(rand.NewPCG(8, 9))
	facts := &memory{loads: severalDisciplines(r, randomLoads(r)), now: now}
	s := NewService(loaded(t), facts, Options{Now: now})
	want := make(map[string]*big.Rat)
	for _, e := range facts.known("events", time.Time{}) {
		list := inOrder(e["disciplines"].([]string))
		for _, d := range list {
			if want[d] == nil {
				want[d] = new(big.Rat)
			}
			want[d].Add(want[d], big.NewRat(1, int64(len(list))))
		}
	}
	a, err := s.Ask(t.Context(), Question{Measures: []string{"events"}, By: []string{"discipline"}, Counting: CountFractional, Scope: khue.Everything})
	require.NoError(t, err)
	require.Len(t, a.Rows, len(want))
	for _, row := range a.Rows {
		exact, _ := want[row.Keys[0].Code].Float64()
		require.InDelta(t, exact, row.Values[0].Number, 0.01, row.Keys[0].Code)
	}
}

func TestTheLargestRemainderKeepsSumsAndStaysWithinAUnit(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		parts, total := make([]*big.Rat, 1+r.IntN(9)), new(big.Rat)
		for i := range parts {
			parts[i] = big.NewRat(int64(r.IntN(1000)), int64(1+r.IntN(12)))
			total.Add(total, parts[i])
		}
		rounded, sum := largestRemainder(parts, 0), new(big.Rat)
		for i, v := range rounded {
			sum.Add(sum, v)
			require.Negative(t, new(big.Rat).Abs(new(big.Rat).Sub(v, parts[i])).Cmp(whole), "%v became %v", parts[i], v)
		}
		require.LessOrEqual(t, new(big.Rat).Abs(sum.Sub(sum, total)).Cmp(big.NewRat(1, 2)), 0)
	}
}

func TestTheWarehouseRecastsRandomQuestionsAsRowByRowCountingDoes(t *testing.T) {
	r := rand.New(rand.NewPCG(2486, 1755))
	c, err := Load(folder(t, map[string]string{"random.yaml": randomCorrespondence(r)}))
	require.NoError(t, err)
	now := func() time.Time { return randomNow }
	loads := severalDisciplines(r, randomLoads(r))
	var moments []time.Time
	for _, l := range loads {
		moments = append(moments, l.At.Add(time.Minute))
	}
	inEngine := NewService(c, inWarehouse(t, loads, randomNow), Options{Now: now})
	plain := NewService(c, &memory{loads: loads, now: now}, Options{Now: now})
	answered := 0
	for i := range 120 {
		q := randomQuestion(r, c, moments)
		q.AreaView = []AreaView{"", AreasAsNow}[r.IntN(2)]
		q.Counting = []Counting{"", CountEach, CountFractional}[r.IntN(3)]
		if walk := c.Crosswalks()[r.IntN(len(c.Crosswalks()))]; r.IntN(2) == 0 {
			q.By = append(q.By, walk.Name)
			if r.IntN(3) == 0 {
				q.Where = map[string][]string{walk.Name: {walk.Editions[0].Codes[0].Code, NoCounterpart}}
			}
		}
		want, wantErr := plain.Ask(t.Context(), q)
		got, gotErr := inEngine.Ask(t.Context(), q)
		if wantErr != nil {
			require.Equal(t, khue.MessageOf(wantErr), khue.MessageOf(gotErr), "question %d: %+v", i, q)
			continue
		}
		require.NoError(t, gotErr, "question %d: %+v", i, q)
		require.Equal(t, lines(t, c, want), lines(t, c, got), "question %d: %+v", i, q)
		answered++
	}
	require.Greater(t, answered, 30, "too few questions could be answered to mean anything")
}

func TestAreasThatGoWholeKeepDistinctCountsAndStocksExact(t *testing.T) {
	c, err := Load(folder(t, map[string]string{"whole.yaml": `correspondences:
  - id: test-whole
    title: {vi: Thử, en: Test}
    valid_on: 2025-07-01
    basis: {vi: thử, en: test}
    citation: thử
    mark: assumed
    entries:
      - {from: "001", to: "00004", weight: 1}
      - {from: "002", to: "00004", weight: 1}
`}))
	require.NoError(t, err)
	day := func(m time.Month, d int) time.Time { return time.Date(2025, m, d, 0, 0, 0, 0, time.UTC) }
	member := func(id, area string) map[string]any {
		return map[string]any{"id": id, "name": id, "kind": "private", "disciplines": []any{"design"}, "area": area, "accepted_on": day(3, 1), "status": "accepted"}
	}
	act := func(id, member, area string, on time.Time) map[string]any {
		return map[string]any{"id": id, "member": member, "kind": "talk", "discipline": "design", "area": area, "starts_on": on}
	}
	loads := []load{
		{At: day(9, 1), Source: "so", Dataset: "members", Rows: []map[string]any{member("M1", "001"), member("M2", "002"), member("M3", "003"), member("M4", "00004")}},
		{At: day(9, 2), Source: "so", Dataset: "activities", Rows: []map[string]any{
			act("H1", "M1", "001", day(4, 1)), act("H2", "M1", "002", day(5, 1)), act("H3", "M1", "00004", day(8, 1)), act("H4", "M2", "003", day(5, 1)), act("H5", "M2", "250", day(5, 1)),
		}},
	}
	now := func() time.Time { return day(10, 1) }
	q := Question{Measures: []string{"active_members", "members"}, By: []string{"area"}, AreaView: AreasAsNow, Scope: khue.Everything}
	for _, facts := range []Facts{inWarehouse(t, loads, now()), &memory{loads: loads, now: now}} {
		a, err := NewService(c, facts, Options{Now: now}).Ask(t.Context(), q)
		require.NoError(t, err)
		got := make(map[string][]float64)
		for _, row := range a.Rows {
			got[row.Keys[0].Code] = []float64{row.Values[0].Number, row.Values[1].Number}
		}
		require.Equal(t, map[string][]float64{"00004": {1, 3}, Unconverted: {1, 1}}, got, "one member active in three areas that became one is one")
	}
}

// The whole table is written down, so that a change of it is seen in review.
func TestEveryDisciplineHasItsCounterpartInEveryClassification(t *testing.T) {
	var out strings.Builder
	c := loaded(t)
	for _, w := range c.Crosswalks() {
		for _, e := range w.Editions {
			fmt.Fprintf(&out, "%s %s\n", w.Name, e.ID)
			for _, d := range khue.Disciplines() {
				fmt.Fprintf(&out, "  %s:", d.Code)
				sum := new(big.Rat)
				for _, s := range e.shares(d.Code) {
					fmt.Fprintf(&out, " %s", s.Code)
					sum.Add(sum, s.Weight)
				}
				require.Zero(t, sum.Cmp(whole), "%s of %s", d.Code, w.Name)
				if of := e.Of(d.Code); len(of.Several) > 0 {
					fmt.Fprintf(&out, " %v", of.Several)
				}
				out.WriteString("\n")
			}
		}
	}
	require.Empty(t, c.Correspondences(), "the product brings no correspondence of its own")
	const golden = "testdata/places/counterparts.txt"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(out.String()), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), out.String())
}

func TestArchitectureIsACreativeFieldOnlySince2025(t *testing.T) {
	walk, err := loaded(t).Crosswalk("uccn_field")
	require.NoError(t, err)
	for day, want := range map[time.Time]string{
		time.Date(2024, time.December, 31, 0, 0, 0, 0, time.UTC): NoCounterpart,
		time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC):   "architecture",
	} {
		require.Equal(t, []Share{{want, whole}}, walk.InForce(day).shares("architecture"), day)
	}
}

func TestANoteGivesNoFigureThatIsWithheld(t *testing.T) {
	at := time.Date(2025, time.September, 1, 0, 0, 0, 0, time.UTC)
	loads := []load{
		{At: at, Source: "s", Dataset: "events", Rows: []map[string]any{{
			"id": "E1", "title": "Sự kiện", "organiser": "O1", "disciplines": []any{"design"}, "area": "001", "starts_at": at, "format": "onsite",
		}}},
		{At: at.Add(time.Hour), Source: "s", Dataset: "attendance", Rows: []map[string]any{{"id": "A1", "event": "E1", "occurred_at": at, "visitors": 10, "revenue_vnd": 123457}}},
	}
	now := func() time.Time { return at.AddDate(0, 1, 0) }
	s := NewService(loaded(t), &memory{loads: loads, now: now}, Options{Now: now})
	for scope, told := range map[*khue.Scope]bool{&khue.Everything: true, &khue.Public: false} {
		a, err := s.Ask(t.Context(), Question{Measures: []string{"revenue"}, By: []string{"area"}, Scope: *scope})
		require.NoError(t, err)
		notes := fmt.Sprint(a.Notes)
		require.Contains(t, notes, "Quận Ba Đình")
		require.Equal(t, told, strings.Contains(notes, "123.457"), notes)
	}
}
