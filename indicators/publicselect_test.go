package indicators

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/warehouse"
)

// published fills the table of a warehouse as the program does.
func published(t *testing.T, s *Service, w *warehouse.Warehouse) {
	t.Helper()
	edition, at, loading, err := s.PublicEdition(t.Context())
	require.NoError(t, err)
	require.False(t, loading)
	next, err := w.WritePublic(t.Context(), edition, at, true)
	require.NoError(t, err)
	require.NoError(t, s.PublicFigures(t.Context(), func(f []warehouse.PublicFigure) error { return next.Add(t.Context(), f) }))
	require.Positive(t, next.Rows())
	require.NoError(t, next.Swap(t.Context()))
	there, err := w.PublicEdition(t.Context())
	require.NoError(t, err)
	require.Equal(t, edition, there)
}

// publishable is a question of which most can be written over the published table.
func publishable(r *rand.Rand, c *Catalogue, fields, areas []string) Question {
	q := Question{Scope: khue.Public, Where: map[string][]string{}}
	all := c.Measures()
	for range 1 + r.IntN(2) {
		if m := all[r.IntN(len(all))]; !slices.Contains(q.Measures, m.Name) && (len(q.Measures) == 0 || m.Dataset == firstDataset(c, q)) {
			q.Measures = append(q.Measures, m.Name)
		}
	}
	grain := []khue.Grain{khue.Month, khue.Quarter, khue.Year}[r.IntN(3)]
	first := khue.PeriodOf(time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC).AddDate(0, r.IntN(18), 0), grain)
	if r.IntN(4) > 0 {
		q.By = append(q.By, string(grain))
		if r.IntN(2) == 0 {
			q.From, q.To = first.Start(), first.End().AddDate(1, 0, 0)
		}
	} else {
		q.From, q.To = first.Start(), first.End()
	}
	for dim, values := range map[string][]string{"discipline": fields, "area": areas} {
		if r.IntN(2) == 0 {
			q.By = append(q.By, dim)
		}
		switch r.IntN(4) {
		case 0:
			q.Where[dim] = []string{values[r.IntN(len(values))]}
		case 1:
			q.Where[dim] = values[:2]
		}
	}
	return q
}

func firstDataset(c *Catalogue, q Question) string {
	m, _ := c.Measure(q.Measures[0])
	return m.Dataset
}

// cellsInWords are the known and withheld figures of an answer, by their keys.
func cellsInWords(a Answer) map[string]string {
	out := map[string]string{}
	for _, row := range a.Rows {
		var keys []string
		for _, k := range row.Keys {
			code := k.Code
			if !k.Period.IsZero() {
				code = k.Period.String()
			} else if code == "" {
				code = PublicUnknown
			}
			keys = append(keys, code)
		}
		for i, v := range row.Values {
			if v.Known || v.Suppressed {
				out[strings.Join(append(keys, a.Columns[len(row.Keys)+i].Name), "|")] = fmt.Sprintf("%.6g %s", v.Number, publicStatus(v, row.Partial))
			}
		}
	}
	return out
}

// selected runs a statement over the published table of a test's warehouse.
func selected(t *testing.T, w *warehouse.Warehouse, q Question, sql string) map[string]string {
	t.Helper()
	rows, err := w.Conn().Query(t.Context(), strings.Replace(sql, "pub.figures", "public_figures", 1))
	require.NoError(t, err, sql)
	defer func() { _ = rows.Close() }()
	out := map[string]string{}
	for rows.Next() {
		keys, into := make([]string, len(q.By)), []any{}
		for i := range keys {
			into = append(into, &keys[i])
		}
		values, states := make([]*float64, len(q.Measures)), make([]string, len(q.Measures))
		for i := range values {
			into = append(into, &values[i], &states[i])
		}
		require.NoError(t, rows.Scan(into...), sql)
		for i, m := range q.Measures {
			v := 0.0
			if values[i] != nil {
				v = *values[i]
			}
			if states[i] != FigureUnknown {
				out[strings.Join(append(slices.Clone(keys), m), "|")] = fmt.Sprintf("%.6g %s", v, states[i])
			}
		}
	}
	require.NoError(t, rows.Err())
	return out
}

// Whatever question the published table can answer, it answers as the service does to
// somebody without rights, cell by cell, withheld ones included.
func TestAQuestionWrittenAsSQLGivesTheServicesAnswer(t *testing.T) {
	r := dice(t, 32)
	c := loaded(t)
	withheld, asked, cells := 0, 0, 0
	for city := range 2 {
		w := inWarehouse(t, earningLoads(earnings(r, 150, 7)), guardedNow)
		now, fields, areas := guardedNow, guardedFields, guardedAreas
		if city == 1 {
			w, now, fields, areas = inWarehouse(t, randomLoads(r), randomNow), randomNow, randomDisciplines, randomAreas
		}
		s := NewService(c, w, Options{Now: func() time.Time { return now }})
		published(t, s, w)
		for range questionsAsked(t, 250) {
			q := publishable(r, c, fields, areas)
			sql, why, ok := s.PublicSelect(q)
			if !ok {
				require.NotEmpty(t, why.VI)
				require.NotEmpty(t, why.EN)
				continue
			}
			a, err := s.Ask(t.Context(), q)
			require.NoError(t, err, "%+v", q)
			want := cellsInWords(a)
			require.Equal(t, want, selected(t, w, q, sql), "%+v\n%s", q, sql)
			asked++
			cells += len(want)
			for _, v := range want {
				if strings.HasSuffix(v, FigureWithheld) {
					withheld++
				}
			}
		}
	}
	require.Greater(t, asked, 100)
	require.Greater(t, cells, 1000)
	require.Greater(t, withheld, 20)
}

func TestAQuestionThatThePublishedTableDoesNotHoldSaysWhy(t *testing.T) {
	s := NewService(loaded(t), nil, Options{Now: func() time.Time { return guardedNow }})
	day := func(m, d int) time.Time { return time.Date(2025, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	for want, q := range map[string]Question{
		"what is known now":        {Measures: []string{"visitors"}, By: []string{"month"}, AsOf: day(3, 1)},
		"not split by organiser":   {Measures: []string{"visitors"}, By: []string{"month", "organiser"}},
		"not split by week":        {Measures: []string{"visitors"}, By: []string{"week"}},
		"not made of whole":        {Measures: []string{"visitors"}, By: []string{"month"}, From: day(3, 2)},
		"exactly one month":        {Measures: []string{"visitors"}, From: day(1, 1), To: day(3, 1)},
		"worked out of measures":   {Measures: []string{"visitors_per_event"}, By: []string{"month"}},
		"sum of several values":    {Measures: []string{"visitors"}, By: []string{"month"}, Where: map[string][]string{"area": {"00004", "00008"}}},
		"not filtered by format":   {Measures: []string{"visitors"}, By: []string{"month"}, Where: map[string][]string{"format": {"online"}}},
		"rankings and derived":     {Measures: []string{"visitors"}, By: []string{"month", "area"}, Top: &Top{}},
		"areas as they were":       {Measures: []string{"visitors"}, By: []string{"month"}, Counting: CountEach},
		"limited to the caller's":  {Measures: []string{"visitors"}, By: []string{"month"}, Scope: khue.Scope{Areas: []string{"00004"}}},
		"that have not begun":      {Measures: []string{"members"}, From: day(1, 1).AddDate(2, 0, 0), To: day(1, 1).AddDate(3, 0, 0)},
		"the whole city is the to": {Measures: []string{"visitors"}, By: []string{"month"}, Where: map[string][]string{"area": {khue.CityCode}}},
	} {
		if len(q.Scope.Areas) == 0 {
			q.Scope = khue.Public
		}
		_, why, ok := s.PublicSelect(q)
		require.False(t, ok, want)
		require.Contains(t, why.EN, want)
	}
	sql, _, ok := s.PublicSelect(Question{Measures: []string{"visitors"}, By: []string{"month", "discipline"}, From: day(1, 1), To: day(7, 1), Scope: khue.Public, Where: map[string][]string{"area": {"o'\\"}}})
	require.True(t, ok)
	require.Equal(t, `SELECT period,
    discipline,
    maxIf(value, measure = 'visitors') AS `+"`visitors`"+`,
    if(countIf(measure = 'visitors') = 0, 'O', anyIf(status, measure = 'visitors')) AS `+"`visitors_status`"+`
FROM pub.figures
WHERE measure IN ('visitors')
    AND grain = 'month'
    AND starts_on >= '2025-01-01'
    AND starts_on < '2025-07-01'
    AND discipline != '_T'
    AND area = 'o\'\\'
GROUP BY period, discipline
ORDER BY min(starts_on), discipline`, sql)
}

// A process that is ended while it writes leaves the table that is read as it was.
func TestATableOfFiguresThatWasNotFinishedIsNotReadAndIsClearedAway(t *testing.T) {
	r := dice(t, 33)
	w := inWarehouse(t, earningLoads(earnings(r, 40, 4)), guardedNow)
	s := NewService(loaded(t), w, Options{Now: func() time.Time { return guardedNow }})
	published(t, s, w)
	count := func(table string) (n uint64) {
		require.NoError(t, w.Conn().QueryRow(t.Context(), "SELECT count() FROM "+table).Scan(&n))
		return n
	}
	before := count("public_figures")
	next, err := w.WritePublic(t.Context(), "half", guardedNow, false)
	require.NoError(t, err)
	require.NoError(t, next.Add(t.Context(), []warehouse.PublicFigure{{Measure: "visitors", Grain: "year", Period: "2025", StartsOn: guardedNow, Discipline: PublicTotal, Area: PublicTotal, Status: FigureUnknown}}))
	require.Equal(t, before, count("public_figures"))
	require.EqualValues(t, 1, count("system.tables WHERE database = currentDatabase() AND startsWith(name, 'public_figures_next_')"))
	require.NoError(t, next.Drop(t.Context()))
	require.Zero(t, count("system.tables WHERE database = currentDatabase() AND startsWith(name, 'public_figures_next_')"))
	published(t, s, w)
	require.Equal(t, before, count("public_figures"), "the same facts give the same table")
}
