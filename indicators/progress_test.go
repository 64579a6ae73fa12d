package indicators

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
)

var lateIn2026 = time.Date(2026, time.November, 23, 3, 0, 0, 0, time.UTC)

func serviceAt(t *testing.T, c *Catalogue, now time.Time, loads ...load) *Service {
	t.Helper()
	clock := func() time.Time { return now }
	return NewService(c, &memory{loads: loads, now: clock}, Options{Now: clock})
}

func claimLoad(rows ...map[string]any) load {
	return load{At: time.Date(2026, time.May, 1, 0, 0, 0, 0, time.UTC), Source: "claims-file", Dataset: "claims", Rows: rows}
}

func share(id, period string, value float64, note string) map[string]any {
	return map[string]any{
		"id": id, "subject": "gdp_share_cultural_industries_hanoi", "period": period, "value": value,
		"unit": "percent", "publisher": "Cục Thống kê (giả định)", "scope_note": note,
	}
}

func statuses(t *testing.T, s *Service, asOf time.Time) []string {
	t.Helper()
	progress, err := s.Progress(t.Context(), "nq09", asOf)
	require.NoError(t, err)
	var out []string
	for _, p := range progress {
		out = append(out, p.Status)
		require.NotEmpty(t, p.StatusLabel.VI)
		require.NotEmpty(t, p.Method.EN)
	}
	return out
}

func TestWithoutAnOfficialFigureProgressSaysSo(t *testing.T) {
	s := serviceAt(t, loaded(t), lateIn2026)
	progress, err := s.Progress(t.Context(), "nq09", time.Time{})
	require.NoError(t, err)
	require.Equal(t, []string{"no_figure", "not_due", "not_due"}, statuses(t, s, time.Time{}))
	require.Equal(t, "Chưa có số liệu chính thức", progress[0].StatusLabel.VI)
	for _, p := range progress {
		require.Equal(t, Value{}, p.Actual, "a missing figure must not read as zero")
		require.True(t, p.ActualPeriod.IsZero())
		require.Len(t, p.Claims, 3, "the published targets stand beside it")
	}
}

func TestNoTargetIsDueBeforeItsYearIsOver(t *testing.T) {
	newYearsEve := time.Date(2025, time.December, 31, 16, 59, 0, 0, time.UTC) // 23:59 in Hanoi
	require.Equal(t, "not_due", statuses(t, serviceAt(t, loaded(t), newYearsEve), time.Time{})[0])
	require.Equal(t, "no_figure", statuses(t, serviceAt(t, loaded(t), newYearsEve.Add(time.Minute)), time.Time{})[0])
}

func TestOnlyAFigureMarkedActualCounts(t *testing.T) {
	for note, want := range map[string]string{
		"actual; yearbook":    "met",
		"Actual (yearbook)":   "met",
		"estimate of a paper": "no_figure",
		"actually unclear":    "no_figure",
		"":                    "no_figure",
		"target":              "no_figure",
	} {
		s := serviceAt(t, loaded(t), lateIn2026, claimLoad(share("c1", "2025", 5.1, note)))
		require.Equal(t, want, statuses(t, s, time.Time{})[0], note)
	}
}

func TestAnActualInAnotherUnitIsNoFigureOfTheIndicator(t *testing.T) {
	inMoney := share("c1", "2025", 60_000, "actual")
	inMoney["unit"] = "vnd"
	require.Equal(t, "no_figure", statuses(t, serviceAt(t, loaded(t), lateIn2026, claimLoad(inMoney)), time.Time{})[0])
}

func TestAnActualIsSetAgainstTheTargetOfItsYear(t *testing.T) {
	judged := func(period string, value float64) string {
		return statuses(t, serviceAt(t, loaded(t), lateIn2026, claimLoad(share("c1", period, value, "actual"))), time.Time{})[0]
	}
	require.Equal(t, "met", judged("2025", 5))
	require.Equal(t, "attention", judged("2025", 4.7), "about 5 is reached only after rounding")
	require.Equal(t, "off_track", judged("2025", 4.4))
	require.Equal(t, "no_figure", judged("2024", 4.4), "the figure of an earlier year does not judge 2025")
	require.Equal(t, "no_figure", judged("2026", 6), "nor does that of a later year")
}

func TestContradictingActualsAreNotChosenFrom(t *testing.T) {
	s := serviceAt(t, loaded(t), lateIn2026, claimLoad(share("c1", "2025", 5.1, "actual"), share("c2", "2025", 4.2, "actual")))
	progress, err := s.Progress(t.Context(), "nq09", time.Time{})
	require.NoError(t, err)
	require.Equal(t, "no_figure", progress[0].Status)
	require.Equal(t, Value{}, progress[0].Actual)
	require.Contains(t, progress[0].Method.EN, "2 published figures contradict each other")
	require.Len(t, progress[0].Claims, 5)
}

func TestProgressAsOfAMomentKnowsOnlyWhatWasKnownThen(t *testing.T) {
	s := serviceAt(t, loaded(t), lateIn2026, claimLoad(share("c1", "2025", 5.1, "actual")))
	require.Equal(t, "met", statuses(t, s, time.Time{})[0])
	require.Equal(t, "no_figure", statuses(t, s, time.Date(2026, time.April, 30, 0, 0, 0, 0, time.UTC))[0])
}

const ownProgramme = `programme:
  id: own
  kind: plan
  title: {vi: Chương trình riêng, en: Own programme}
  description: {vi: Để thử., en: For a test.}
  citation: "Kế hoạch thử"
  mark: general
  begins: 2024
  targets:
    - {id: members-2025, indicator: certified_members, label: {vi: Thành viên, en: Members}, year: 2025, value: 2, unit: members, direction: up, clause: "1", citation: "x", mark: general}
    - {id: members-2028, indicator: certified_members, label: {vi: Thành viên, en: Members}, year: 2028, value: 40, unit: members, direction: up, clause: "1", citation: "x", mark: general, baseline: {year: 2024, value: 0}}
    - {id: active-2030, indicator: active_members, label: {vi: Hoạt động, en: Active}, year: 2030, value: 10, unit: members, direction: up, clause: "1", citation: "x", mark: general}
    - {id: visits-2026, indicator: visitors_per_event, label: {vi: Khách, en: Visitors}, year: 2025, value: 60, unit: visits_per_event, direction: down, clause: "1", citation: "x", mark: general}
`

func TestMeasuredIndicatorsAreJudgedByTheWarehousesFacts(t *testing.T) {
	c, err := Load(folder(t, map[string]string{"programmes/own.yaml": ownProgramme}))
	require.NoError(t, err)
	on := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	member := func(id string, certified time.Time) map[string]any {
		return map[string]any{"id": id, "name": id, "kind": "private", "disciplines": []any{"design"}, "status": "certified", "certified_on": certified}
	}
	at := on(2026, 11, 1)
	s := serviceAt(t, c, lateIn2026,
		load{At: at, Source: "r", Dataset: "members", Rows: []map[string]any{member("M1", on(2025, 12, 10)), member("M2", on(2025, 12, 31)), member("M3", on(2026, 3, 1))}},
		load{At: at, Source: "r", Dataset: "activities", Rows: []map[string]any{
			{"id": "H1", "member": "M1", "kind": "talk", "discipline": "design", "starts_on": on(2025, 5, 1)},
			{"id": "H2", "member": "M2", "kind": "talk", "discipline": "design", "starts_on": on(2026, 5, 1)},
		}},
		load{At: at, Source: "e", Dataset: "events", Rows: []map[string]any{
			{"id": "E1", "title": "a", "disciplines": []any{"design"}, "format": "onsite", "starts_at": on(2025, 2, 1)},
			{"id": "E2", "title": "b", "disciplines": []any{"design"}, "format": "onsite", "starts_at": on(2025, 3, 1)},
			{"id": "E3", "title": "c", "disciplines": []any{"design"}, "format": "onsite", "starts_at": on(2026, 2, 1)}, // so 2025 is all in
		}},
		load{At: at, Source: "e", Dataset: "attendance", Rows: []map[string]any{
			{"id": "A1", "event": "E1", "occurred_at": on(2025, 2, 1), "visitors": 101},
			{"id": "A2", "event": "E1", "occurred_at": on(2026, 2, 1), "visitors": 7},
		}},
	)
	progress, err := s.Progress(t.Context(), "own", time.Time{})
	require.NoError(t, err)
	require.Len(t, progress, 4)
	require.Equal(t, "met", progress[0].Status)
	require.Equal(t, Value{Number: 2, Known: true}, progress[0].Actual, "those there at the end of 2025")
	require.Equal(t, "2025", progress[0].ActualPeriod.String())
	require.Equal(t, "off_track", progress[1].Status, "3 of 40 after almost half the way: 16% of the pace needed")
	require.Equal(t, Value{Number: 3, Known: true}, progress[1].Actual)
	require.Equal(t, "2026-11-23", progress[1].ActualPeriod.String())
	require.Equal(t, "not_due", progress[2].Status, "no baseline to judge by")
	require.Equal(t, "2025", progress[2].ActualPeriod.String(), "the last whole year")
	require.Equal(t, Value{Number: 1, Known: true}, progress[2].Actual)
	require.Equal(t, "met", progress[3].Status)
	require.Equal(t, Value{Number: 50.5, Known: true}, progress[3].Actual)
	require.Equal(t, "Số thực hiện 50,5 lượt khách mỗi sự kiện, chỉ tiêu 60,0 lượt khách mỗi sự kiện.", progress[3].Method.VI)
}

func TestAnUnknownProgrammeIsNotFound(t *testing.T) {
	_, err := serviceAt(t, loaded(t), lateIn2026).Progress(t.Context(), "nq9", time.Time{})
	require.Equal(t, khue.NotFound, khue.KindOf(err))
	require.Contains(t, khue.MessageOf(err).EN, "did you mean nq09?")
}
