package indicators

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators/forecast"
)

// plan judges the made-up plan by facts laid down for the test.
func plan(t *testing.T, now time.Time, loads ...load) map[string]TargetProgress {
	t.Helper()
	c, err := Load("testdata/definitions")
	require.NoError(t, err)
	all, err := serviceAt(t, c, now, loads...).Progress(t.Context(), "simulated-plan", time.Time{})
	require.NoError(t, err)
	out := make(map[string]TargetProgress)
	for _, p := range all {
		out[p.Target.ID] = p
	}
	return out
}

// monthlyVisits are on-site visits to two events a month: one of design, one of music.
func monthlyVisits(from, to string, of func(year int, month time.Month) (design, music int)) load {
	l := load{At: lateIn2026.AddDate(0, 0, -1), Source: "events", Dataset: "attendance"}
	for _, p := range khue.Periods(khue.Month, khue.MustParsePeriod(from).Start(), khue.MustParsePeriod(to).End()) {
		design, music := of(p.Start().Year(), p.Start().Month())
		for event, n := range map[string]int{"design": design, "music": music} {
			l.Rows = append(l.Rows, map[string]any{
				"id": fmt.Sprintf("%s-%s", event, p), "event": event, "occurred_at": p.End().AddDate(0, 0, -1), "visitors": n,
			})
		}
	}
	return l
}

func twoEvents() load {
	on := time.Date(2019, time.January, 1, 0, 0, 0, 0, time.UTC)
	return load{At: lateIn2026.AddDate(0, 0, -2), Source: "events", Dataset: "events", Rows: []map[string]any{
		{"id": "design", "title": "a", "disciplines": []any{"design"}, "format": "onsite", "starts_at": on},
		{"id": "music", "title": "b", "disciplines": []any{"music"}, "format": "onsite", "starts_at": on},
	}}
}

// growing is 50 design visits a month, and music visits that make the whole
// city's 1000 in 2019 and 120 more each year.
func growing(year int, _ time.Month) (design, music int) {
	return 50, (1000+120*(year-2019))/12 - 50 + (year-2019)%2
}

func TestATargetIsJudgedAndCarriedForwardFromWholeYears(t *testing.T) {
	got := plan(t, lateIn2026, twoEvents(), monthlyVisits("2019-01", "2026-10", func(year int, m time.Month) (int, int) {
		return 50, 10*(year-2019) + 33 + boolean(m <= 4)
	}))
	p := got["visitors-2030"]
	require.Equal(t, Value{Number: 1000 + 6*120, Known: true}, p.Actual)
	require.Equal(t, "2025", p.ActualPeriod.String(), "the running year is not judged")
	require.Equal(t, RuleGrowth, p.Rule)
	require.Equal(t, "attention", p.Status, "9.5% of 10.5% a year")
	require.InDelta(t, 3000, p.PathAt(2030).Number, 1e-9)
	f := p.Forecast
	require.NotNil(t, f, p.NoForecast.EN)
	require.Equal(t, khue.Year, f.Grain)
	require.Equal(t, 7, f.Used)
	require.Equal(t, 2026, f.Years[0].Year)
	require.InDelta(t, 1840, f.Years[0].Point, 1e-6)
	require.InDelta(t, 1000+11*120, f.Last().Point, 1e-6)
	require.InDelta(t, -680, f.Gap, 1e-6)
	require.InDelta(t, -680.0/3000, f.GapShare.Number, 1e-9)
	require.Equal(t, OutlookShort, f.Outlook)
	require.Equal(t, "Forecast for 2030: 2,320 visits; 80% range: 2,320 visits to 2,320 visits; 680 visits below the target (23% of it). No part of the range meets the target.", f.Text.EN)
	require.Equal(t, "Method: linear trend (least squares), from 7 whole years; tried on 10 known figures: mean error 0.0 visits (0%), MASE 0.00, 100% of them within the range.", f.Basis.EN)
	require.Contains(t, f.Text.VI, "thấp hơn chỉ tiêu 680 lượt khách (bằng 23% chỉ tiêu).")
}

func boolean(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func TestATargetOfOneFieldLooksAtThatFieldOnly(t *testing.T) {
	p := plan(t, lateIn2026, twoEvents(), monthlyVisits("2019-01", "2026-10", growing))["visitors-design-2028"]
	require.Equal(t, Value{Number: 600, Known: true}, p.Actual)
	require.Equal(t, "off_track", p.Status)
	require.InDelta(t, 0, p.Ratio.Number, 1e-12)
	require.InDelta(t, 600, p.Forecast.Last().Point, 1e-6, "it never moved")
}

func TestACumulativeTargetAddsUpWholeYearsAndTheForecastOfTheRest(t *testing.T) {
	p := plan(t, lateIn2026, twoEvents(), monthlyVisits("2019-01", "2026-10", func(year int, _ time.Month) (int, int) { return 50, 50 + 10*(year-2019) }))["visitors-2021-2030"]
	yearly := func(year int) float64 { return 1200 + 120*float64(year-2019) }
	var sofar, all float64
	for year := 2021; year <= 2030; year++ {
		if all += yearly(year); year <= 2025 {
			sofar = all
		}
	}
	require.Equal(t, Value{Number: sofar, Known: true}, p.Actual)
	require.Equal(t, "2025", p.ActualPeriod.String())
	require.Equal(t, RuleAmounts, p.Rule)
	require.InDelta(t, (sofar/5)/(20000.0/10), p.Ratio.Number, 1e-9)
	require.Equal(t, "attention", p.Status)
	require.InDelta(t, 10000, p.PathAt(2025).Number, 1e-9)
	require.InDelta(t, all, p.Forecast.Last().Point, 1e-6)
	require.InDelta(t, sofar+yearly(2026), p.Forecast.Years[0].Point, 1e-6)
}

func TestWhereYearsAreTooFewMonthsAreCarriedForwardAndAddedUp(t *testing.T) {
	season := func(year int, m time.Month) (int, int) { return 100 + 5*int(m), 200 + 2*(12*(year-2022)+int(m)) }
	got := plan(t, lateIn2026, twoEvents(), monthlyVisits("2022-06", "2026-10", season))
	f := got["visitors-design-2028"].Forecast
	require.NotNil(t, f, got["visitors-design-2028"].NoForecast.EN)
	require.Equal(t, khue.Month, f.Grain)
	require.Equal(t, 52, f.Used, "53 months with facts, the first of which may not be whole")
	require.Equal(t, []int{2026, 2027, 2028}, []int{f.Years[0].Year, f.Years[1].Year, f.Years[2].Year})
	for _, y := range f.Years {
		require.InDelta(t, 1200+5*78, y.Point, 1e-6, "known months of the running year are part of it")
	}
	require.Equal(t, OutlookReached, f.Outlook)
	require.Contains(t, f.Basis.EN, "with seasonal terms, from 52 whole months")
	require.Equal(t, "The end is too far away for a forecast: 230 months ahead, while the series spans 52 months (at most the length of the series, and never beyond 10 years).", got["far-2045"].NoForecast.EN)
}

func TestAForecastIsRefusedAloudInBothLanguages(t *testing.T) {
	got := plan(t, lateIn2026, twoEvents(), monthlyVisits("2025-01", "2026-10", growing))
	p := got["visitors-2030"]
	require.Nil(t, p.Forecast)
	require.Equal(t, "Too little data for a forecast: there are 21 whole months, at least 24 are needed.", p.NoForecast.EN)
	require.Contains(t, p.NoForecast.VI, "có 21 tháng trọn vẹn")
	members := got["members-2028"]
	require.Nil(t, members.Forecast)
	require.Equal(t, "Too little data for a forecast: there are 0 whole years, at least 5 are needed.", members.NoForecast.EN)
}

func TestAYearThatFactsDoNotFillIsNotCarriedForward(t *testing.T) {
	steady := func(year int, _ time.Month) (int, int) { return 50, 50 + 10*(year-2019) }
	p := plan(t, lateIn2026, twoEvents(), monthlyVisits("2018-08", "2025-10", steady))["visitors-2030"]
	require.NotNil(t, p.Forecast, p.NoForecast.EN)
	require.Equal(t, 6, p.Forecast.Used, "2018 begins in August and 2025 ends in October")
	require.Equal(t, 2025, p.Forecast.Years[0].Year)
}

func TestPublishedYearlyFiguresAreCarriedForwardAndDisputedOnesAreGaps(t *testing.T) {
	var rows []map[string]any
	for i, v := range []float64{3.0, 3.2, 3.4, 3.6, 3.8, 4.0, 4.2} {
		rows = append(rows, share(fmt.Sprint("c", i), fmt.Sprint(2018+i), v, "actual"))
	}
	rows = append(rows, share("half", "2025-S1", 9, "actual"), share("guess", "2025", 9, "estimate"))
	s := serviceAt(t, loaded(t), lateIn2026, claimLoad(rows...))
	progress, err := s.Progress(t.Context(), "nq09", time.Time{})
	require.NoError(t, err)
	require.Nil(t, progress[0].Forecast, "its year is over")
	require.Equal(t, khue.Text{}, progress[0].NoForecast)
	f := progress[1].Forecast
	require.NotNil(t, f, progress[1].NoForecast.EN)
	require.InDelta(t, 5.4, f.Last().Point, 1e-9)
	require.Contains(t, f.Text.EN, "2.6 percentage points below the target (32% of it)")
	require.Contains(t, progress[2].NoForecast.EN, "21 years ahead, while the series spans 7 years")

	disputed := serviceAt(t, loaded(t), lateIn2026, claimLoad(append(rows[:4], share("other", "2019", 5, "actual"))...))
	progress, err = disputed.Progress(t.Context(), "nq09", time.Time{})
	require.NoError(t, err)
	require.Contains(t, progress[1].NoForecast.EN, "there are 3 whole years")
}

func TestASeriesBeginsAnewWithTheFirstWholePeriodAfterABreak(t *testing.T) {
	day := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	l := look{indicator: Indicator{
		Since:  khue.MustParsePeriod("2019-01"),
		Breaks: []Break{{Date: day(2021, 1, 1)}, {Date: day(2023, 7, 2)}, {Date: day(2025, 7, 1), Affects: []string{"area"}}},
	}}
	require.Equal(t, []int{2019, 2021, 2024}, l.breaks(khue.Year))
	require.Equal(t, []int{2019 * 12, 2021 * 12, 2023*12 + 7}, l.breaks(khue.Month))
	l.target.Where = map[string][]string{"area": {"00070"}}
	require.Equal(t, []int{2019, 2021, 2024, 2026}, l.breaks(khue.Year), "a break of the areas touches targets of an area only")
}

func TestAForecastAsOfAMomentUsesOnlyWhatWasKnownThen(t *testing.T) {
	c, err := Load("testdata/definitions")
	require.NoError(t, err)
	s := serviceAt(t, c, lateIn2026, twoEvents(), monthlyVisits("2019-01", "2026-10", growing))
	before, err := s.Progress(t.Context(), "simulated-plan", lateIn2026.AddDate(0, 0, -2).Add(time.Hour))
	require.NoError(t, err)
	require.Nil(t, before[0].Forecast)
	require.Contains(t, before[0].NoForecast.EN, "there are 0 whole years")
}

func TestTheTestPlanIsNoPartOfOurDefinitions(t *testing.T) {
	_, err := loaded(t).Programme("simulated-plan")
	require.Equal(t, khue.NotFound, khue.KindOf(err))
	require.InDelta(t, 0.8, forecast.Level, 0)
}
