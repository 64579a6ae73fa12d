package indicators

import (
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
)

// A district of two years, which ended in the middle of the second, and the ward
// that began on that day.
func districtAndWard(t *testing.T) *Service {
	t.Helper()
	count := func(event, clock string, visitors int) map[string]any {
		return map[string]any{"id": event + clock, "event": event, "occurred_at": local(t, clock), "visitors": visitors}
	}
	loads := awkwardCity(t, []map[string]any{
		happening(t, "QUAN24", "002", "2024-03-01 20:00"), happening(t, "QUAN25", "002", "2025-03-01 20:00"),
		happening(t, "DONGDA24", "006", "2024-03-01 20:00"), happening(t, "PHUONG25", "00070", "2025-09-01 20:00"),
		happening(t, "PHUONG26", "00070", "2026-01-10 20:00"),
	}, []map[string]any{
		count("QUAN24", "2024-03-01 20:00", 100), count("QUAN24", "2024-09-01 20:00", 100), count("DONGDA24", "2024-03-01 20:00", 40),
		count("QUAN25", "2025-03-01 20:00", 120), count("PHUONG25", "2025-09-01 20:00", 90), count("PHUONG26", "2026-01-10 20:00", 30),
		count("PHUONG25", "2025-12-01 20:00", 20),
	})
	return NewService(loaded(t), inWarehouse(t, loads, awkwardNow), Options{Now: awkwardClock})
}

func TestAnAreaThatWasThereForHalfOfAYearIsNotSetAgainstAWholeOne(t *testing.T) {
	s := districtAndWard(t)
	const nowhere = "? the area was not in force on all days compared"
	ask := func(from, to string, q Question) []string {
		q.Measures = []string{"visitors"}
		q.From, q.To = days(from, to)
		if len(q.Derive) == 0 {
			q.Derive = []Derivation{ChangeYear}
		}
		return asked(t, s, q)
	}
	require.Equal(t, []string{"002 | 120 | " + nowhere, "00070 | 110 | " + nowhere}, ask("2025", "2025", Question{By: []string{"area"}}), "a year across the change")
	require.Equal(t, []string{"002 | 120 | 20.0"}, ask("2025-S1", "2025-S1", Question{By: []string{"area"}}), "the half-year in which the districts were there")
	require.Equal(t, []string{"2025-12 | 00070 | 20 | " + nowhere}, ask("2025-12", "2025-12", Question{By: []string{"month", "area"}}), "a year before, there was no such ward")
	require.Equal(t, []string{"2025 | 120 | " + nowhere}, ask("2025", "2025", Question{By: []string{"year"}, Where: map[string][]string{"area": {"002"}}}), "a filter is no other thing than a row")
	require.Equal(t, []string{"2025 | 230 | 15.0"}, ask("2025", "2025", Question{By: []string{"year"}, Where: map[string][]string{"area": {"002", "00070"}}}), "areas that follow one another are there on every day")
	require.Equal(t, []string{"2025 | 230 | -4.2"}, ask("2025", "2025", Question{By: []string{"year"}}), "the city was there throughout")
	require.Equal(t, []string{"002 | 120 | " + nowhere, "~other | 110 | " + nowhere},
		ask("2025", "2025", Question{By: []string{"area"}, Top: &Top{Dim: "area", N: 1}}), "all others are districts of one year and wards of the next")
	require.Equal(t, []string{"2025-12 | 00070 | 20 | " + nowhere}, ask("2025-12", "2025-12", Question{By: []string{"month", "area"}, Derive: []Derivation{MovingYear}}), "twelve months of an area that is five months old")
	require.Equal(t, []string{"2025-S2 | 00070 | 110 | 110"}, ask("2025-S2", "2025-S2", Question{By: []string{"half", "area"}, Derive: []Derivation{Cumulative}}), "since January is since it was there")
}

func TestAComparisonWithTheYearBeforeKeepsToOneDivisionOfTheCity(t *testing.T) {
	s := districtAndWard(t)
	q := Question{Measures: []string{"visitors"}, By: []string{"area"}, From: civil(t, "2025-01-01"), To: civil(t, "2026-01-01")}
	c := compared(t, s, q)
	require.Equal(t, []string{"002: 120", "00070: 110"}, brief(c.Now))
	require.Equal(t, Value{Reason: otherGround}, c.Change(0, 0), "half a year of a district against a whole one")
	q.To = khue.DistrictEra
	c = compared(t, s, q)
	require.Equal(t, "0.2", shownValue(c.Change(0, 0), 1))
}

func TestInTheViewOfTodayANoteNamesTheRowInWhichFormerDistrictsStand(t *testing.T) {
	s := districtAndWard(t)
	q := Question{Measures: []string{"visitors"}, By: []string{"area"}, AreaView: AreasAsNow, From: civil(t, "2025-01-01"), To: civil(t, "2026-01-01"), Scope: khue.Everything}
	named := func() string {
		a, err := s.Ask(t.Context(), q)
		require.NoError(t, err)
		return a.Notes[0].EN
	}
	require.Contains(t, named(), "stand in the row “Not convertible to present areas”")
	q.Top = &Top{Dim: "area", N: 1}
	require.Contains(t, named(), "stand in the row “Other”")
}

func TestARatioSaysThatItsDenominatorRunsAheadOfItsNumerator(t *testing.T) {
	loads := awkwardCity(t, []map[string]any{happening(t, "E", "00004", "2026-02-01 20:00"), happening(t, "SAU", "00004", "2026-03-28 20:00")},
		visits(t, "E", "2026-02-01 20:00", "2026-03-02 20:00"))
	s := NewService(loaded(t), inWarehouse(t, loads, awkwardNow), Options{Now: awkwardClock})
	notes := func(from, to string) []khue.Text {
		q := Question{Measures: []string{"visitors_per_event"}, By: []string{"month"}, Scope: khue.Everything}
		q.From, q.To = days(from, to)
		a, err := s.Ask(t.Context(), q)
		require.NoError(t, err)
		return a.Notes
	}
	require.Empty(t, notes("2026-02", "2026-02"), "a month that is over")
	require.Len(t, notes("2026-02", "2026-03"), 1)
	require.Equal(t, "Visitors per event: in a period that is not over the denominator holds events announced for days to come, so the ratio falls short.", notes("2026-03", "2026-03")[0].EN)
	require.Contains(t, notes("2026-03", "2026-03")[0].VI, "trong kỳ chưa trọn")
}
