package indicators

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const yearsEndPlan = `
programme:
  id: own
  kind: plan
  title: {vi: Thử, en: Try}
  description: {vi: Thử, en: Try}
  citation: x
  mark: general
  begins: 2021
  targets:
    - {id: high, indicator: visitors, label: {vi: Khách, en: Visitors}, year: 2026, value: 900, unit: visits, direction: up, clause: "1", citation: x, mark: general}
    - {id: low, indicator: online_visitors, label: {vi: Khách, en: Visitors}, year: 2026, value: 100, unit: views, direction: up, clause: "2", citation: x, mark: general}
    - {id: later, indicator: visitors, label: {vi: Khách, en: Visitors}, year: 2030, value: 900, unit: visits, direction: up, clause: "3", citation: x, mark: general}
    - {id: money, indicator: revenue, label: {vi: Doanh thu, en: Revenue}, year: 2025, value: 900, unit: vnd, direction: up, clause: "4", citation: x, mark: general}
`

func TestAYearThatIsOverIsNotJudgedBeforeItsFactsAreAllIn(t *testing.T) {
	c, err := Load(folder(t, map[string]string{"programmes/own.yaml": yearsEndPlan}))
	require.NoError(t, err)
	on := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 3, 0, 0, 0, time.UTC) }
	now := on(2027, 1, 5)
	count := func(id string, day time.Time, visitors, revenue int) map[string]any {
		return map[string]any{"id": id, "event": "E", "occurred_at": day, "visitors": visitors, "online_visitors": visitors, "revenue_vnd": revenue}
	}
	event := load{At: on(2026, 12, 1), Source: "e", Dataset: "events", Rows: []map[string]any{
		{"id": "E", "title": "a", "disciplines": []any{"design"}, "format": "onsite", "organiser": "O", "starts_at": on(2025, 2, 1)},
	}}
	visits := load{At: on(2026, 12, 1), Source: "e", Dataset: "attendance", Rows: []map[string]any{
		count("A", on(2025, 2, 1), 700, 500), count("B", on(2025, 12, 31), 50, 500), count("C", on(2026, 11, 30), 640, 500),
	}}
	late := load{At: on(2027, 1, 4), Source: "e", Dataset: "attendance", Rows: []map[string]any{count("D", on(2026, 12, 31), 60, 500)}}

	progress, err := serviceAt(t, c, now, event, visits).Progress(t.Context(), "own", time.Time{})
	require.NoError(t, err)
	high, low, later, money := progress[0], progress[1], progress[2], progress[3]
	require.Equal(t, "no_figure", high.Status)
	require.Equal(t, "Figures not all in", high.StatusLabel.EN)
	require.Equal(t, "Số liệu năm 2026 mới có đến ngày 30/11/2026; khi đủ mới xét.", high.Method.VI)
	require.Equal(t, Value{}, high.Actual, "eleven months are no year")
	require.Equal(t, "met", low.Status, "more can come, what has come does not go")
	require.Equal(t, "2025", later.ActualPeriod.String(), "the last year that is all in")
	require.Equal(t, Value{Number: 750, Known: true}, later.Actual)
	require.Equal(t, "Withheld", money.StatusLabel.EN, "one organiser's revenue is not told to be unknown")
	require.Equal(t, "The actual is withheld to protect those who reported.", money.Method.EN)
	require.Equal(t, Value{Suppressed: true}, money.Actual)

	progress, err = serviceAt(t, c, now, event, visits, late).Progress(t.Context(), "own", time.Time{})
	require.NoError(t, err)
	require.Equal(t, "Missed", progress[0].StatusLabel.EN, "once they are all in")
	require.Equal(t, Value{Number: 700, Known: true}, progress[0].Actual)
}
