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
)

// aSmallCity is told by hand: each line of visits is day, event, visitors, of
// activities day and member, of members the day of acceptance.
func aSmallCity(t *testing.T, now string, visits [][3]string, activities, members [][2]string) *Service {
	t.Helper()
	at := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		require.NoError(t, err)
		return d.Add(3 * time.Hour)
	}
	recorded := at("2019-01-02")
	loads := []load{{At: recorded, Source: "s", Dataset: "events"}, {At: recorded, Source: "s", Dataset: "attendance"}, {At: recorded, Source: "s", Dataset: "activities"}, {At: recorded, Source: "s", Dataset: "members"}}
	seen := map[string]bool{}
	for i, v := range visits {
		var n int
		_, err := fmt.Sscan(v[2], &n)
		require.NoError(t, err)
		organiser, discipline, _ := strings.Cut(v[1], "/")
		id := v[1] + " " + v[0]
		if !seen[id] {
			seen[id] = true
			loads[0].Rows = append(loads[0].Rows, map[string]any{"id": id, "title": "Sự kiện", "disciplines": []any{discipline}, "organiser": organiser, "starts_at": at(v[0]), "format": "onsite"})
		}
		loads[1].Rows = append(loads[1].Rows, map[string]any{"id": fmt.Sprint(i), "event": id, "occurred_at": at(v[0]), "visitors": n})
	}
	for i, v := range activities {
		loads[2].Rows = append(loads[2].Rows, map[string]any{"id": fmt.Sprint(i), "member": v[1], "kind": "talk", "discipline": "design", "starts_on": at(v[0]).Truncate(24 * time.Hour)})
	}
	for i, v := range members {
		loads[3].Rows = append(loads[3].Rows, map[string]any{"id": fmt.Sprint(i), "name": v[1], "kind": "private", "disciplines": []any{"design"}, "status": "accepted", "accepted_on": at(v[0]).Truncate(24 * time.Hour)})
	}
	clock := func() time.Time { return at(now) }
	return NewService(loaded(t), &memory{loads: loads, now: clock}, Options{Now: clock})
}

// asked writes an answer one line a row: codes, then figures; an unknown that
// says why is written with it.
func asked(t *testing.T, s *Service, q Question) []string {
	t.Helper()
	q.Scope = khue.Everything
	a, err := s.Ask(t.Context(), q)
	require.NoError(t, err)
	out := make([]string, 0, len(a.Rows))
	for _, row := range a.Rows {
		var cells []string
		for _, k := range row.Keys {
			cells = append(cells, k.Code)
		}
		require.Len(t, row.Values, len(a.Columns)-len(row.Keys))
		for i, v := range row.Values {
			cell := shownValue(v, a.Columns[len(row.Keys)+i].Decimals)
			if !v.Known && v.Reason.EN != "" {
				require.NotEmpty(t, v.Reason.VI)
				cell = "? " + v.Reason.EN
			}
			cells = append(cells, cell)
		}
		out = append(out, strings.Join(cells, " | "))
	}
	return out
}

func days(from, to string) (time.Time, time.Time) {
	return khue.MustParsePeriod(from).Start(), khue.MustParsePeriod(to).End()
}

func TestChangesCompareLikeWithLike(t *testing.T) {
	s := aSmallCity(t, "2026-03-10", [][3]string{
		{"2025-01-05", "A/design", "100"},
		{"2025-02-05", "A/design", "50"},
		{"2025-03-05", "A/design", "10"},
		{"2025-12-05", "A/design", "80"},
		{"2026-01-05", "A/design", "120"},
		{"2026-03-05", "A/design", "5"},
	}, nil, nil)
	q := Question{Measures: []string{"visitors"}, By: []string{"month"}, Derive: []Derivation{ChangePrevious, ChangeYear}}
	q.From, q.To = days("2026-01", "2026-03")
	require.Equal(t, []string{
		"2026-01 | 120 | 50.0 | 20.0",
		"2026-02 | ? | ? no facts | ? no facts",
		"2026-03 | 5 | ? the period is not whole | ? the period is not whole",
	}, asked(t, s, q))
	q.From = q.From.AddDate(0, 0, 9) // cuts January
	require.Equal(t, "2026-01 | ? | ? the period is not whole | ? the period is not whole", asked(t, s, q)[0])

	q = Question{Measures: []string{"visitors"}, By: []string{"discipline"}, Derive: []Derivation{ChangePrevious, ChangeYear}}
	q.From, q.To = days("2026-01", "2026-01")
	require.Equal(t, []string{"design | 120 | 50.0 | 20.0"}, asked(t, s, q), "a span without periods is compared as a whole")
}

func TestAWeekIsComparedWithTheWeekOfItsNumberAndAWeek53WithNone(t *testing.T) {
	s := aSmallCity(t, "2026-03-10", [][3]string{
		{"2019-12-24", "A/design", "10"},
		{"2020-12-22", "A/design", "30"},
		{"2020-12-29", "A/design", "7"},
		{"2021-01-04", "A/design", "1"}, // the facts reach beyond week 53
	}, nil, nil)
	q := Question{Measures: []string{"visitors"}, By: []string{"week"}, Derive: []Derivation{ChangeYear}}
	q.From, q.To = days("2020-W52", "2020-W53")
	require.Equal(t, []string{"2020-W52 | 30 | 200.0", "2020-W53 | 7 | ? the year before has no such period"}, asked(t, s, q))
	q.By = []string{"day"}
	q.From, q.To = days("2020-02-29", "2020-02-29")
	require.Equal(t, []string{"2020-02-29 | ? | ? the year before has no such period"}, asked(t, s, q))
}

func TestMovingYearsAndYearsToDateCountDistinctMembersAnew(t *testing.T) {
	s := aSmallCity(t, "2026-03-10", nil, [][2]string{
		{"2025-03-01", "M1"},
		{"2025-04-01", "M9"},
		{"2025-05-01", "M1"},
		{"2025-06-01", "M1"},
		{"2025-07-01", "M1"},
		{"2025-08-01", "M1"},
		{"2025-09-01", "M1"},
		{"2025-10-01", "M1"},
		{"2025-11-01", "M1"},
		{"2025-12-01", "M2"},
		{"2026-01-01", "M1"},
		{"2026-02-01", "M1"},
		{"2026-02-02", "M3"},
		{"2026-03-02", "M4"},
	}, nil)
	q := Question{Measures: []string{"active_members", "activities"}, By: []string{"month"}, Derive: []Derivation{MovingYear, Cumulative}}
	q.From, q.To = days("2026-01", "2026-03")
	require.Equal(t, []string{
		"2026-01 | 1 | ? a period of these days has no facts | 1 | 1 | ? a period of these days has no facts | 1",
		"2026-02 | 2 | 4 | 2 | 2 | 13 | 3",
		"2026-03 | 1 | ? the period is not whole | 3 | 1 | ? the period is not whole | 4",
	}, asked(t, s, q))
	q.By = []string{"quarter"}
	q.From, q.To = days("2025-Q4", "2025-Q4")
	require.Equal(t, []string{"2025-Q4 | 2 | 3 | 3 | 3 | 10 | 10"}, asked(t, s, q))
}

func TestAWindowThatBeginsBeforeTheFirstFactIsUnknown(t *testing.T) {
	s := aSmallCity(t, "2026-03-10", [][3]string{{"2025-02-05", "A/design", "10"}, {"2025-03-05", "A/design", "20"}}, nil, nil)
	q := Question{Measures: []string{"visitors"}, By: []string{"month"}, Derive: []Derivation{Cumulative}}
	q.From, q.To = days("2025-03", "2025-03")
	require.Equal(t, []string{"2025-03 | 20 | ? a period of these days has no facts"}, asked(t, s, q), "January said nothing: that is no zero")
}

func TestAValueWithoutFactsInAPeriodOthersReportAddsNothing(t *testing.T) {
	s := aSmallCity(t, "2026-03-10", [][3]string{{"2025-01-05", "A/design", "10"}, {"2025-02-05", "A/design", "20"}, {"2025-02-06", "B/music", "5"}}, nil, nil)
	q := Question{Measures: []string{"visitors"}, By: []string{"month", "discipline"}, Derive: []Derivation{Cumulative}}
	q.From, q.To = days("2025-02", "2025-02")
	require.Equal(t, []string{"2025-02 | design | 20 | 30", "2025-02 | music | 5 | 5"}, asked(t, s, q))
}

func TestStocksAreWhatTheyAreAtTheEnd(t *testing.T) {
	s := aSmallCity(t, "2026-03-10", nil, nil, [][2]string{{"2024-06-01", "a"}, {"2025-01-10", "b"}, {"2025-02-10", "c"}, {"2025-02-11", "d"}})
	q := Question{Measures: []string{"members"}, By: []string{"month"}, Derive: []Derivation{ChangePrevious, ChangeYear, MovingYear, Cumulative}}
	q.From, q.To = days("2025-01", "2025-02")
	require.Equal(t, []string{
		"2025-01 | 2 | 100.0 | ? no facts of the period compared with | 2 | 2",
		"2025-02 | 4 | 100.0 | ? no facts of the period compared with | 4 | 4",
	}, asked(t, s, q))
	q.By, q.Derive = nil, []Derivation{ChangePrevious}
	q.From, q.To = days("2025-02", "2025-02")
	require.Equal(t, []string{"4 | 100.0"}, asked(t, s, q))
}

func TestARatioIsThatOfTheSumsInEveryCellAndWindow(t *testing.T) {
	s := aSmallCity(t, "2026-03-10", [][3]string{
		{"2025-01-05", "A/design", "100"}, {"2025-01-06", "A/design", "0"}, {"2025-02-05", "A/design", "20"}, {"2025-02-06", "B/music", "40"},
	}, nil, nil)
	q := Question{Measures: []string{"visitors_per_event", "visitors"}, By: []string{"month"}, Derive: []Derivation{Cumulative}}
	q.From, q.To = days("2025-01", "2025-03")
	require.Equal(t, []string{
		"2025-01 | 50.0 | 50.0 | 100 | 100",
		"2025-02 | 30.0 | 40.0 | 60 | 160",
		"2025-03 | ? the numerator or the denominator is not known | ? the numerator or the denominator is not known | ? | ? a period of these days has no facts",
	}, asked(t, s, q), "40 is (100+60)/4, not the mean of 50 and 30")
	a, err := s.Ask(t.Context(), Question{Measures: []string{"visitors_per_event"}, Scope: khue.Everything})
	require.NoError(t, err)
	require.Equal(t, khue.Text{VI: "lượt khách mỗi sự kiện", EN: "visits per event"}, a.Columns[0].Unit)
	require.Equal(t, 1, a.Columns[0].Decimals)
	require.InDelta(t, 40, a.Rows[0].Values[0].Number, 0)
}

func TestSharesAreOfATotalThatIsAskedForItself(t *testing.T) {
	s := aSmallCity(t, "2026-03-10", [][3]string{
		{"2025-01-05", "A/design", "60"}, {"2025-01-06", "A/music", "30"}, {"2025-01-07", "B/music", "10"},
	}, nil, nil)
	q := Question{Measures: []string{"visitors", "organisers"}, By: []string{"discipline"}, Derive: []Derivation{ShareOfTotal}}
	require.Equal(t, []string{"design | 60 | 60.0 | 1 | 50.0", "music | 40 | 40.0 | 2 | 100.0"}, asked(t, s, q), "A organises in both fields")
	q = Question{Measures: []string{"visitors"}, By: []string{"discipline", "organiser"}, Derive: []Derivation{ShareOfTotal, "share:organiser"}}
	require.Equal(t, []string{"design | A | 60 | 60.0 | 100.0", "music | A | 30 | 30.0 | 75.0", "music | B | 10 | 10.0 | 25.0"}, asked(t, s, q))
	q = Question{Measures: []string{"visitors"}, By: []string{"day"}, Derive: []Derivation{ShareOfTotal}}
	require.Equal(t, []string{"2025-01-05 | 60 | 60.0", "2025-01-06 | 30 | 30.0", "2025-01-07 | 10 | 10.0"}, asked(t, s, q))
}

func TestTheLargestStandAloneAndAllOthersTogether(t *testing.T) {
	s := aSmallCity(t, "2026-03-10", [][3]string{
		{"2025-01-05", "C/design", "60"},
		{"2025-01-06", "B/music", "50"},
		{"2025-01-07", "A/music", "50"},
		{"2025-01-08", "D/film", "5"},
		{"2025-02-28", "E/film", "5"},
		{"2025-02-28", "/film", "500"},
	}, nil, nil)
	q := Question{Measures: []string{"visitors", "organisers", "visitors_per_event"}, By: []string{"organiser"}, Top: &Top{Dim: "organiser", N: 2}}
	require.Equal(t, []string{"A | 50 | 1 | 50.0", "C | 60 | 1 | 60.0", "~other | 560 | 3 | 140.0"}, asked(t, s, q),
		"A comes before B by name, the unknown organiser does not rank, and the others are three")
	q.By, q.Top, q.Derive = []string{"month", "organiser"}, &Top{Dim: "organiser", N: 1, By: "visitors"}, []Derivation{ShareOfTotal, ChangePrevious}
	q.Measures = []string{"visitors"}
	q.From, q.To = days("2025-01", "2025-02")
	require.Equal(t, []string{
		"2025-01 | C | 60 | 36.4 | ? no facts of the period compared with",
		"2025-01 | ~other | 105 | 63.6 | ? no facts of the period compared with",
		"2025-02 | C | ? | ? no facts | ? no facts",
		"2025-02 | ~other | 505 | 100.0 | 381.0",
	}, asked(t, s, q))
	q.Top.N = 9
	q.Where = map[string][]string{"organiser": {"A", "B"}}
	q.By, q.Derive = []string{"organiser"}, nil
	require.Equal(t, []string{"A | 50", "B | 50"}, asked(t, s, q), "where none is left there are no others")
}

func TestPublishedFiguresAnswerByYearAlone(t *testing.T) {
	s := aSmallCity(t, "2026-03-10", nil, nil, nil)
	q := Question{Measures: []string{"creative_spaces"}, By: []string{"year"}}
	require.Contains(t, asked(t, s, q), "2023 | 124")
	q.By = nil
	q.From, q.To = days("2023", "2023")
	require.Equal(t, []string{"124"}, asked(t, s, q))
	for _, by := range [][]string{{"month"}, {"year", "year"}, {"discipline"}} {
		_, err := s.Ask(t.Context(), Question{Measures: []string{"creative_spaces"}, By: by, Scope: khue.Everything})
		require.Error(t, err)
	}
	_, err := s.Ask(t.Context(), Question{Measures: []string{"creative_spaces"}, By: []string{"month"}, Scope: khue.Everything})
	require.Equal(t, khue.Invalid, khue.KindOf(err))
	require.Contains(t, khue.MessageOf(err).EN, "published figures")
}

func TestWhatCannotBeDerivedOrRankedIsRefused(t *testing.T) {
	s := aSmallCity(t, "2026-03-10", nil, nil, nil)
	from, to := days("2025-01", "2025-01")
	for words, q := range map[string]Question{
		"a share needs a question that is split":       {Measures: []string{"visitors"}, Derive: []Derivation{ShareOfTotal}},
		"is no amount, so it has no share":             {Measures: []string{"visitors_per_event"}, By: []string{"month"}, Derive: []Derivation{ShareOfTotal}},
		"needs a split by periods of time":             {Measures: []string{"visitors"}, Derive: []Derivation{MovingYear}},
		"needs a split by periods, or a first day":     {Measures: []string{"visitors"}, Derive: []Derivation{ChangeYear}},
		"one whole year, half-year":                    {Measures: []string{"visitors"}, Derive: []Derivation{ChangePrevious}, From: from, To: to.AddDate(0, 0, 3)},
		"is given twice":                               {Measures: []string{"visitors"}, By: []string{"month"}, Derive: []Derivation{Cumulative, Cumulative}},
		"there is no derivation “moving”":              {Measures: []string{"visitors"}, By: []string{"month"}, Derive: []Derivation{"moving"}},
		"must be 1 or more":                            {Measures: []string{"visitors"}, By: []string{"area"}, Top: &Top{Dim: "area"}},
		"must be split by it":                          {Measures: []string{"visitors"}, By: []string{"month"}, Top: &Top{Dim: "month", N: 1}},
		"which the question does not ask for":          {Measures: []string{"visitors"}, By: []string{"area"}, Top: &Top{Dim: "area", By: "events", N: 1}},
		"there is no measure “visitorz”; did you mean": {Measures: []string{"visitorz"}},
	} {
		q.Scope = khue.Everything
		_, err := s.Ask(t.Context(), q)
		require.Error(t, err, words)
		require.Contains(t, khue.MessageOf(err).EN, words)
		require.NotEmpty(t, khue.MessageOf(err).VI)
	}
}

// The warehouse and the plain counting in memory must derive the same, over
// corrections, retractions and earlier moments.
func TestTheWarehouseDerivesAsRowByRowCountingDoes(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 5))
	c := loaded(t)
	now := func() time.Time { return randomNow }
	loads := randomLoads(r)
	var moments []time.Time
	for _, l := range loads {
		moments = append(moments, l.At, l.At.Add(time.Minute))
	}
	inEngine := NewService(c, inWarehouse(t, loads, randomNow), Options{Now: now})
	plain := NewService(c, &memory{loads: loads, now: now}, Options{Now: now})
	answered, known := 0, 0
	for i := range 120 {
		q := randomQuestion(r, c, moments)
		q.Measures = q.Measures[:1]
		if r.IntN(4) == 0 {
			q.Measures = []string{"visitors_per_event"}
		}
		for _, d := range Derivations() {
			if r.IntN(2) == 0 && (d != ShareOfTotal || q.Measures[0] != "visitors_per_event") {
				q.Derive = append(q.Derive, d)
			}
		}
		if at := slices.IndexFunc(q.By, func(dim string) bool { _, err := khue.ParseGrain(dim); return err != nil }); at >= 0 && r.IntN(2) == 0 {
			q.Top = &Top{Dim: q.By[at], N: 1 + r.IntN(3)}
		}
		want, wantErr := plain.Ask(t.Context(), q)
		got, gotErr := inEngine.Ask(t.Context(), q)
		if wantErr != nil {
			require.Equal(t, khue.MessageOf(wantErr), khue.MessageOf(gotErr), "question %d: %+v", i, q)
			continue
		}
		require.NoError(t, gotErr, "question %d: %+v", i, q)
		if m, err := c.Measure(q.Measures[0]); err == nil && m.Kind == "stock" {
			continue // rows of nothing differ, as told in lines
		}
		require.Equal(t, want.Columns, got.Columns)
		require.Equal(t, shown(t, want, nil), shown(t, got, nil), "question %d: %+v", i, q)
		answered++
		for _, row := range got.Rows {
			if row.Values[len(row.Values)-1].Known {
				known++
			}
		}
	}
	require.Greater(t, answered, 40, "too few questions could be answered to mean anything")
	require.Greater(t, known, 100)
}

func TestWhatIsDerivedFromWithheldFiguresIsWithheld(t *testing.T) {
	loads := earningLoads(earnings(rand.New(rand.NewPCG(3, 9)), 60, 6))
	clock := func() time.Time { return guardedNow }
	s := NewService(loaded(t), &memory{loads: loads, now: clock}, Options{Now: clock})
	q := Question{
		Measures: []string{guardedMeasure}, By: []string{"month", "discipline"}, Derive: []Derivation{ShareOfTotal, ChangePrevious, Cumulative},
		Top: &Top{Dim: "discipline", N: 1}, Scope: khue.Scope{All: true},
	}
	public, err := s.Ask(t.Context(), q)
	require.NoError(t, err)
	q.Scope = khue.Everything
	whole, err := s.Ask(t.Context(), q)
	require.NoError(t, err)
	withheld, seen := 0, map[string]Row{}
	for _, row := range whole.Rows {
		seen[keyOf(row.Keys)] = row
	}
	for _, row := range public.Rows {
		all, same := seen[keyOf(row.Keys)]
		for i, v := range row.Values {
			if v.Suppressed {
				withheld++
				require.False(t, v.Known)
				require.Zero(t, v.Number)
			}
			if i > 0 && row.Values[0].Suppressed && i < 3 {
				require.False(t, v.Known, "a share or change of a withheld figure would give it away")
			}
			if v.Known && same {
				require.InDelta(t, all.Values[i].Number, v.Number, 1e-9)
			}
		}
	}
	require.NotZero(t, withheld)
}
