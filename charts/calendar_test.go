package charts_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/charts"
)

func calendarOf(days ...charts.CalendarDay) charts.Calendar {
	return charts.Calendar{
		Lang: khue.Vietnamese, Name: "Lượt khách", From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC),
		Days: days, Steps: []float64{10, 100}, FontFamily: "Tinos",
	}
}

func TestADayWithoutReportsIsADotAndNeverZero(t *testing.T) {
	c := calendarOf(
		charts.CalendarDay{Day: time.Date(2026, 3, 7, 0, 0, 0, 0, time.UTC), Label: "Thứ bảy 07/03/2026", Value: 120, Known: true},
		charts.CalendarDay{Day: time.Date(2026, 3, 8, 0, 0, 0, 0, time.UTC), Label: "Chủ nhật 08/03/2026", Value: 0, Known: true},
		charts.CalendarDay{Day: time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC), Label: "Thứ hai 09/03/2026"},
	)
	raw, err := charts.CalendarHeat(c)
	o := optionOf(t, raw, err)
	series := o["series"].([]any)
	filled, silent := series[0].(map[string]any)["data"].([]any), series[1].(map[string]any)["data"].([]any)
	require.Len(t, filled, 2, "a reported zero is filled")
	require.Len(t, silent, 1)
	require.Equal(t, []any{"2026-03-07", 120.0}, filled[0].(map[string]any)["value"])
	require.NotContains(t, silent[0], "amount", "the tooltip has no figure to tell")
	calendar := o["calendar"].(map[string]any)
	require.EqualValues(t, 1, calendar["dayLabel"].(map[string]any)["firstDay"], "weeks begin on Monday")
	require.Equal(t, "CN", calendar["dayLabel"].(map[string]any)["nameMap"].([]any)[0])
	narrow := o["media"].([]any)[0].(map[string]any)
	require.Equal(t, "vertical", narrow["option"].(map[string]any)["calendar"].(map[string]any)["orient"], "on a phone weeks go down the page")
	require.Contains(t, render(t, raw), "Th 12")
}

func TestTheFewLevelsOfACalendarEndWithTheStrongestFill(t *testing.T) {
	raw, err := charts.CalendarHeat(calendarOf())
	pieces := optionOf(t, raw, err)["visualMap"].(map[string]any)["pieces"].([]any)
	require.Len(t, pieces, 3)
	require.Equal(t, charts.DayFills[len(charts.DayFills)-1], pieces[2].(map[string]any)["color"])
	require.EqualValues(t, 100, pieces[2].(map[string]any)["gte"])
	none := calendarOf()
	none.Steps = nil
	raw, err = charts.CalendarHeat(none)
	require.Len(t, optionOf(t, raw, err)["visualMap"].(map[string]any)["pieces"], 1)
}

func TestACalendarOfMoreThanAYearOrBackwardsIsRefused(t *testing.T) {
	long := calendarOf()
	long.To = long.To.AddDate(1, 0, 0)
	back := calendarOf()
	back.To = back.From.AddDate(0, 0, -1)
	many := calendarOf()
	many.Steps = []float64{1, 2, 3, 4, 5}
	for _, c := range []charts.Calendar{long, back, many} {
		_, err := charts.CalendarHeat(c)
		require.Error(t, err)
	}
}

func TestCoursesOfDifferentLengthAreNamedWhereTheyEnd(t *testing.T) {
	short := charts.Series{Name: "2024", Tone: charts.Before, Points: append(known(5, 9), charts.Point{}, charts.Point{})}
	raw, err := charts.CoursesLine(charts.Months{
		Lang: khue.English, Categories: []string{"1", "2", "3", "4"}, FontFamily: "Tinos",
		Now: charts.Series{Name: "2026", Tone: charts.Now, Points: known(1, 2, 3, 4)}, Earlier: []charts.Series{short},
	}, "days from the opening")
	o := optionOf(t, raw, err)
	series := o["series"].([]any)
	require.Len(t, series, 2)
	require.Equal(t, "2026", series[1].(map[string]any)["name"], "the newest is drawn over the others")
	require.Equal(t, "-", series[0].(map[string]any)["data"].([]any)[2].(map[string]any)["value"], "a course that is over has no later days")
	for _, one := range series {
		require.Equal(t, true, one.(map[string]any)["endLabel"].(map[string]any)["show"])
	}
	require.Equal(t, "days from the opening", o["xAxis"].(map[string]any)["name"])
}
