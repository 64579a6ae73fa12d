package indicators

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
)

func TestPulledClaimsStandBesideOursAndTheSameOneOnlyOnce(t *testing.T) {
	pulled := claimLoad(
		map[string]any{"id": "1", "subject": "gdp_share_cultural_industries_hanoi", "period": "2025", "value": 5, "unit": "percent", "publisher": "Resolution 09-NQ/TU (press)", "scope_note": "target"},
		map[string]any{"id": "2", "subject": "festival_visitors", "period": "2023", "value": 60000, "unit": "visitors", "publisher": "nhadautu.vn"},
		map[string]any{"id": "3", "subject": "festival_visitors", "period": "2023", "value": 60000, "unit": "visitors", "publisher": "another paper", "scope_note": "estimate"},
		map[string]any{"id": "4", "subject": "film_screens", "period": "2024", "value": 51, "unit": "count", "publisher": "somebody"},
	)
	s := NewService(loaded(t), inWarehouse(t, []load{pulled}, lateIn2026), Options{Now: func() time.Time { return lateIn2026 }})
	shares, err := s.ClaimsOf(t.Context(), "gdp_share_cultural_industries_hanoi", time.Time{})
	require.NoError(t, err)
	require.Len(t, shares, 3)
	visitors, err := s.ClaimsOf(t.Context(), "festival_visitors", time.Time{})
	require.NoError(t, err)
	var publishers []string
	for _, c := range visitors {
		if c.Value == 60000 {
			publishers = append(publishers, c.Publisher)
		}
	}
	require.Equal(t, []string{"another paper", "nhadautu.vn"}, publishers)
	screens, err := s.ClaimsOf(t.Context(), "film_screens", time.Time{})
	require.NoError(t, err)
	require.Equal(t, 51.0, screens[0].Value)
	require.Empty(t, screens[0].Kind, "nobody said what it is")
	_, err = s.ClaimsOf(t.Context(), "festival_visitor", time.Time{})
	require.Equal(t, khue.NotFound, khue.KindOf(err))
}

func TestInitiativesComeByCommitmentWithWhatWasPlannedAndWhatWasDone(t *testing.T) {
	on := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	rows := []map[string]any{
		{"id": "S2", "programme": "unesco-uccn", "commitment": "I2", "title": "Diễn đàn (mô phỏng)", "planned_from": on(2026, 1, 5), "planned_to": on(2026, 12, 31), "status": "under_way"},
		{"id": "S1", "programme": "unesco-uccn", "commitment": "L2", "title": "Mạng lưới (mô phỏng)", "owner": "Phòng A", "planned_from": on(2025, 4, 15), "planned_to": on(2025, 6, 30), "actual_from": on(2025, 5, 6), "actual_to": on(2025, 12, 10), "budget_vnd": 1600000000, "status": "done", "evidence": []any{"Biên bản"}},
		{"id": "S3", "programme": "unesco-uccn", "commitment": "L1", "title": "Kho tư liệu (mô phỏng)", "planned_to": on(2026, 11, 13), "status": "planned"},
		{"id": "S4", "programme": "khac", "commitment": "X", "title": "Việc khác (mô phỏng)", "status": "planned"},
	}
	l := load{At: on(2026, 11, 1), Source: "registry", Dataset: "initiatives", Rows: rows}
	s := NewService(loaded(t), inWarehouse(t, []load{l}, lateIn2026), Options{Now: func() time.Time { return lateIn2026 }})
	got, err := s.Initiatives(t.Context(), "unesco-uccn", time.Time{})
	require.NoError(t, err)
	require.Len(t, got, 3)
	require.Equal(t, []string{"S3", "S1", "S2"}, []string{got[0].ID, got[1].ID, got[2].ID})
	require.True(t, got[0].PastPlan)
	require.Equal(t, 10, got[0].DaysPastPlan)
	require.Nil(t, got[0].BudgetVND, "no budget is not a budget of nothing")
	done := got[1]
	require.Equal(t, int64(1600000000), *done.BudgetVND)
	require.Equal(t, on(2025, 6, 30), done.PlannedTo.UTC())
	require.Equal(t, on(2025, 12, 10), done.ActualTo.UTC())
	require.Equal(t, khue.Text{VI: "Hoàn thành", EN: "Done"}, done.StatusLabel)
	require.Equal(t, []string{"Biên bản"}, done.Evidence)
	require.False(t, done.PastPlan)
	require.True(t, got[2].ActualFrom.IsZero())

	all, err := s.Initiatives(t.Context(), "", time.Time{})
	require.NoError(t, err)
	require.Len(t, all, 4)
	before, err := s.Initiatives(t.Context(), "", on(2026, 10, 31))
	require.NoError(t, err)
	require.Empty(t, before)
	_, err = s.Initiatives(t.Context(), "unesco", time.Time{})
	require.Equal(t, khue.NotFound, khue.KindOf(err))
}

func TestAnswersCarryTheirEvidence(t *testing.T) {
	on := func(d int) time.Time { return time.Date(2026, time.November, d, 1, 0, 0, 0, time.UTC) }
	loads := []load{
		{At: on(10), Source: "e", Dataset: "events", Rows: []map[string]any{{"id": "E1", "title": "a", "disciplines": []any{"design"}, "format": "onsite", "starts_at": on(1)}}},
		{At: on(11), Source: "e", Dataset: "attendance", Rows: []map[string]any{{"id": "A1", "event": "E1", "occurred_at": on(3), "visitors": 9}}},
	}
	c := loaded(t)
	s := NewService(c, inWarehouse(t, loads, lateIn2026), Options{Now: func() time.Time { return lateIn2026 }})
	q := Question{Measures: []string{"visitors", "events"}, Where: map[string][]string{"discipline": {"design"}}, Scope: khue.Everything}
	a, err := s.Ask(t.Context(), q)
	require.NoError(t, err)
	e := a.Evidence
	require.Equal(t, c.Version(), e.DefinitionVersion)
	require.Equal(t, "rollup attendance_monthly; rollup events_monthly", e.From)
	require.Contains(t, e.SQL, ";\n")
	require.Contains(t, e.Parameters, "1.f0_0")
	require.Contains(t, e.Parameters, "2.f0_0")
	require.Equal(t, "design", e.Parameters["1.f0_0"])
	require.Equal(t, lateIn2026, e.AsOf.UTC())
	require.Equal(t, "2026-11-01", e.DataUntil.Format(time.DateOnly), "the day that both datasets reach")
	require.NotEmpty(t, e.LastBatch)

	q.AsOf = on(10).Add(time.Hour)
	a, err = s.Ask(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, "rollup attendance_monthly less journal attendance_journal; rollup events_monthly", a.Evidence.From)
	require.Empty(t, a.Evidence.LastBatch, "the newest batch came later")
	require.Equal(t, []Value{{}, {Number: 1, Known: true}}, a.Rows[0].Values)
}

func TestFreshnessListsEveryDatasetWithAndWithoutFacts(t *testing.T) {
	at := time.Date(2026, time.November, 20, 23, 30, 0, 0, time.UTC)
	l := load{At: at, Source: "e", Dataset: "events", Rows: []map[string]any{{"id": "E1", "title": "a", "disciplines": []any{"design"}, "format": "onsite", "starts_at": at}}}
	s := NewService(loaded(t), inWarehouse(t, []load{l}, lateIn2026), Options{Now: func() time.Time { return lateIn2026 }})
	got, err := s.Freshness(t.Context())
	require.NoError(t, err)
	require.Len(t, got, len(khue.Datasets()))
	for _, f := range got {
		require.NotEmpty(t, f.Label.VI)
		if f.Dataset != "events" {
			require.True(t, f.DataUntil.IsZero(), f.Dataset)
			require.True(t, f.LastPulled.IsZero(), f.Dataset)
			continue
		}
		require.Equal(t, "2026-11-21", f.DataUntil.Format(time.DateOnly), "06:30 on the 21st in Hanoi")
		require.Equal(t, "2026-11-21 06:30", f.LastPulled.Format("2006-01-02 15:04"))
		require.Equal(t, int64(1), f.Rows)
	}
}

func TestACallerWithoutAnyAreaSeesNothing(t *testing.T) {
	s := serviceAt(t, loaded(t), lateIn2026)
	_, err := s.Ask(t.Context(), Question{Measures: []string{"visitors"}})
	require.Equal(t, khue.Forbidden, khue.KindOf(err))
}

func TestADayThatIsNotMidnightUTCIsRefused(t *testing.T) {
	s := serviceAt(t, loaded(t), lateIn2026)
	for _, from := range []time.Time{
		time.Date(2026, 1, 1, 7, 0, 0, 0, time.UTC),
		time.Date(2026, 1, 1, 0, 0, 0, 0, defaultZone()),
	} {
		_, err := s.Ask(t.Context(), Question{Measures: []string{"visitors"}, From: from, Scope: khue.Everything})
		require.Equal(t, khue.Invalid, khue.KindOf(err))
	}
}

func TestAMeasuresOwnLimitHoldsBesideTheQuestions(t *testing.T) {
	c, err := Load(folder(t, map[string]string{"museums.yaml": museumVisits}))
	require.NoError(t, err)
	at := time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)
	event := func(id, discipline string) map[string]any {
		return map[string]any{"id": id, "title": id, "disciplines": []any{discipline}, "format": "onsite", "starts_at": at}
	}
	visit := func(id, event string, n int) map[string]any {
		return map[string]any{"id": id, "event": event, "occurred_at": at, "visitors": n}
	}
	loads := []load{
		{At: at, Source: "e", Dataset: "events", Rows: []map[string]any{event("E1", "heritage"), event("E2", "design")}},
		{At: at.Add(time.Hour), Source: "e", Dataset: "attendance", Rows: []map[string]any{visit("A1", "E1", 10), visit("A2", "E2", 5)}},
	}
	s := NewService(c, inWarehouse(t, loads, lateIn2026), Options{Now: func() time.Time { return lateIn2026 }})
	q := Question{Measures: []string{"visitors", "museum_visits"}, Scope: khue.Everything}
	a, err := s.Ask(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, []Value{{Number: 15, Known: true}, {Number: 10, Known: true}}, a.Rows[0].Values)
	q.Where = map[string][]string{"discipline": {"design"}}
	a, err = s.Ask(t.Context(), q)
	require.NoError(t, err)
	require.Equal(t, []Value{{Number: 5, Known: true}, {}}, a.Rows[0].Values, "no museum is among the designers")
}
