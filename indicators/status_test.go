package indicators

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
)

var percentUnit = khue.Text{VI: "%", EN: "%"}

// judgedOn sets a figure of a period against a target late in 2026.
func judgedOn(t Target, period string, value float64) TargetProgress {
	f := figure{value: Value{Number: value, Known: true}, period: khue.MustParsePeriod(period)}
	return judge(t, Indicator{Decimals: 1}, f, time.Date(2026, time.November, 23, 0, 0, 0, 0, time.UTC))
}

func TestStatusIsOpenSDGsRatioOfGrowthMadeToGrowthNeeded(t *testing.T) {
	up := Target{Year: 2030, Value: 8, Direction: "up", Unit: percentUnit, Baseline: &Baseline{Year: 2020, Value: 3}}
	down := Target{Year: 2030, Value: 20, Direction: "down", Unit: percentUnit, Baseline: &Baseline{Year: 2020, Value: 40}}
	// After 5 of 10 years: the figure at which the growth made is a share r of the
	// growth needed, by the published formula turned round.
	at := func(base, target, r float64) float64 {
		needed := math.Pow(target/base, 1.0/10) - 1
		return base * math.Pow(1+r*needed, 5)
	}
	for _, c := range []struct {
		r      float64
		status string
	}{
		{1.2, "on_track"},
		{1, "on_track"},
		{0.951, "on_track"},
		{0.949, "attention"},
		{0.601, "attention"},
		{0.599, "off_track"},
		{0.001, "off_track"},
		{-0.001, "deteriorating"},
		{-2, "deteriorating"},
	} {
		for _, target := range []Target{up, down} {
			p := judgedOn(target, "2025", at(target.Baseline.Value, target.Value, c.r))
			require.Equal(t, c.status, p.Status, "%s at %v", target.Direction, c.r)
			require.Equal(t, RuleGrowth, p.Rule)
			require.InDelta(t, c.r, p.Ratio.Number, 1e-9)
			require.NotEmpty(t, p.StatusLabel.VI)
		}
	}
}

func TestTheMethodIsNamedWithItsFigures(t *testing.T) {
	target := Target{Year: 2030, Value: 8, Direction: "up", Unit: percentUnit, Baseline: &Baseline{Year: 2020, Value: 3}}
	p := judgedOn(target, "2025", 4)
	require.Equal(t, "Open SDG progress measure: from 3.0% at the end of 2020 to 4.0%, +5.9% a year on average; to reach 8.0% at the end of 2030, +10.3% a year is needed: 57% of the pace needed.", p.Method.EN)
	require.Equal(t, "Thước đo tiến độ Open SDG: từ 3,0% cuối năm 2020 đến 4,0%, bình quân +5,9% mỗi năm; để đạt 8,0% vào cuối năm 2030 cần +10,3% mỗi năm: đạt 57% nhịp cần có.", p.Method.VI)
	require.Contains(t, StatusMethod().EN, "Statistics Canada")
}

func TestWhereNoCompoundRateExistsAmountsAYearTakeItsPlace(t *testing.T) {
	fromNothing := Target{Year: 2028, Value: 40, Direction: "up", Baseline: &Baseline{Year: 2024, Value: 0}, Unit: khue.Text{VI: "thành viên", EN: "members"}}
	p := judgedOn(fromNothing, "2026", 20)
	require.Equal(t, RuleAmounts, p.Rule)
	require.Equal(t, "on_track", p.Status)
	require.InDelta(t, 1, p.Ratio.Number, 1e-12)
	require.Contains(t, p.Method.EN, "by yearly amounts as no compound rate exists")
	require.Equal(t, []PathPoint{{2024, 0}, {2025, 10}, {2026, 20}, {2027, 30}, {2028, 40}}, p.Path)

	toNothing := Target{Year: 2030, Value: 0, Direction: "down", Baseline: &Baseline{Year: 2020, Value: 10}}
	require.Equal(t, "attention", judgedOn(toNothing, "2025", 6).Status, "80% of the pace")
	fellToZero := Target{Year: 2030, Value: 20, Direction: "up", Baseline: &Baseline{Year: 2020, Value: 10}}
	require.Equal(t, "deteriorating", judgedOn(fellToZero, "2025", 0).Status)
}

func TestTheWayAsksForEqualGrowthYearByYear(t *testing.T) {
	p := judgedOn(Target{Year: 2024, Value: 160, Direction: "up", Baseline: &Baseline{Year: 2020, Value: 10}}, "2022", 1)
	want := []float64{10, 20, 40, 80, 160}
	require.Len(t, p.Path, 5)
	for i, point := range p.Path {
		require.Equal(t, 2020+i, point.Year)
		require.InDelta(t, want[i], point.Value, 1e-9)
	}
	require.InDelta(t, 40, p.PathAt(2022).Number, 1e-9)
	require.False(t, p.PathAt(2030).Known)
	require.Empty(t, judgedOn(Target{Year: 2030, Value: 8, Direction: "up"}, "2025", 3).Path, "no baseline, no way")
}

func TestAFigureOfTheBaselineYearJudgesNothing(t *testing.T) {
	target := Target{Year: 2030, Value: 8, Direction: "up", Baseline: &Baseline{Year: 2025, Value: 3}}
	p := judgedOn(target, "2025", 3)
	require.Equal(t, "not_due", p.Status)
	require.Contains(t, p.Method.EN, "no figure later than the baseline year 2025")
	require.False(t, p.Ratio.Known)
}

func TestADayOfTheYearIsPartOfAYear(t *testing.T) {
	require.InDelta(t, 2025, position(khue.MustParsePeriod("2025")), 1e-12)
	require.InDelta(t, 2025, position(khue.MustParsePeriod("2025-12-31")), 1e-12)
	require.InDelta(t, 2024+31.0/365, position(khue.MustParsePeriod("2025-01")), 1e-12)
	require.InDelta(t, 2024, position(khue.MustParsePeriod("2024-12-31")), 1e-12, "a leap year ends as others do")
}

func TestTheLowerEndOfASpanIsWhatMustBeReached(t *testing.T) {
	two := 2.0
	centres := Target{Year: 2030, Value: 1, Upper: &two, Direction: "up", Unit: khue.Text{VI: "trung tâm", EN: "centres"}}
	p := judgedOn(centres, "2025", 1)
	require.Equal(t, "met", p.Status)
	require.Equal(t, "The actual, 1.0 centres, reaches the lower value 1.0 centres and not yet the upper, 2.0 centres.", p.Method.EN)
	require.Equal(t, "not_due", judgedOn(centres, "2025", 0).Status)
	require.NotContains(t, judgedOn(centres, "2025", 2).Method.EN, "lower")
}
