package reports_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
	"khue/reports"
	"khue/reports/document"
)

// ownPaper builds a report of one's own with a section, over the small city.
func ownPaper(t *testing.T, section, period string) (document.Document, *city) {
	t.Helper()
	definition := strings.Replace(ownReport, "    - section: text\n", "    - "+section+"\n    - section: text\n", 1)
	definition = strings.Replace(definition, "periods: [month]", "periods: [month, year]", 1)
	all, _, err := definitionsIn(t, map[string]string{"own.yaml": definition})
	require.NoError(t, err)
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	x := newCity(catalogue, date(2026, 11, 23))
	r, err := reports.New(x, reports.Options{Now: moment(2026, 11, 23), Meaning: x, Charts: sketch{}, Definitions: all})
	require.NoError(t, err)
	d, err := r.Build(context.Background(), reports.Order{ID: "ward-note", Period: khue.MustParsePeriod(period), Lang: khue.Vietnamese})
	require.NoError(t, err)
	return d, x
}

func TestABreakdownNamesTheLargestAndAddsUpTheRest(t *testing.T) {
	d, x := ownPaper(t, "{section: breakdown, measures: [activities], by: kind, top: 2}", "2025")
	counts, all, before := map[string]float64{}, 0.0, 0.0
	for _, f := range x.facts {
		switch {
		case f.kind == "activity" && f.day.Year() == 2025:
			counts[f.sort()]++
			all++
		case f.kind == "activity" && f.day.Year() == 2024:
			before++
		}
	}
	require.Len(t, counts, 3)
	table := tableOf(t, d, "by-activities-kind")
	require.Len(t, table.Rows, 4, "two that are named, the others, the sum")
	require.Equal(t, "1 nhóm khác", table.Rows[2].Cells[0].Words)
	require.Equal(t, all, table.Rows[0].Cells[1].Number+table.Rows[1].Cells[1].Number+table.Rows[2].Cells[1].Number)
	require.GreaterOrEqual(t, table.Rows[0].Cells[1].Number, table.Rows[1].Cells[1].Number)
	require.GreaterOrEqual(t, table.Rows[1].Cells[1].Number, table.Rows[2].Cells[1].Number)
	require.True(t, table.Rows[3].Total)
	require.Equal(t, all, table.Rows[3].Cells[1].Number)
	require.Equal(t, before, table.Rows[3].Cells[3].Number)
	charts := d.Charts(table)
	require.Len(t, charts, 1)
	require.Len(t, charts[0].Categories(), 2, "the others are many things and stand in no bar")
}

func TestATrendOfARunningYearMarksThePeriodThatIsNotWhole(t *testing.T) {
	d, x := ownPaper(t, "{section: trend, by: quarter, measures: [visitors, events]}", "2026")
	table := tableOf(t, d, "trend-quarter-visitors")
	require.Len(t, table.Rows, 4)
	want := [4]float64{}
	for _, f := range x.facts {
		if f.kind == "attendance" && f.day.Year() == 2026 {
			want[(int(f.day.Month())-1)/3] += f.visits
		}
	}
	for i, row := range table.Rows {
		require.Equal(t, want[i], row.Cells[1].Number)
		require.Equal(t, i == 3, row.Partial)
	}
	require.Equal(t, "QIV/2026 *", table.Rows[3].Cells[0].Words)
	require.Contains(t, table.Source, "tính đến hết ngày 22/11/2026")
	require.Len(t, d.Charts(table), 2, "one for each measure, whose units differ")
}

func TestTwoTrendsHaveSheetsOfTheirOwn(t *testing.T) {
	d, _ := ownPaper(t, "{section: trend, by: month, measures: [active_members]}\n    - {section: trend, by: quarter, measures: [active_members]}", "2025")
	require.NoError(t, d.Check())
	require.NotEqual(t, tableOf(t, d, "trend-month-active_members").Sheet, tableOf(t, d, "trend-quarter-active_members").Sheet)
}

// stumbling panics at the first question by discipline.
type stumbling struct {
	*city
	asked atomic.Int32
}

func (s *stumbling) Ask(ctx context.Context, q indicators.Question) (indicators.Answer, error) {
	if len(q.By) == 1 && q.By[0] == "discipline" && s.asked.Add(1) == 1 {
		panic("no such row")
	}
	return s.city.Ask(ctx, q)
}

func TestASectionThatPanicsWhileItAsksAheadIsAskedAgainInItsPlace(t *testing.T) {
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	x := newCity(catalogue, date(2026, 11, 23))
	x.promise()
	s := &stumbling{city: x}
	r, err := reports.New(s, reports.Options{Now: moment(2026, 11, 23), Meaning: x, Charts: sketch{}})
	require.NoError(t, err)
	d, err := r.Build(context.Background(), order(khue.Vietnamese))
	require.NoError(t, err)
	require.Greater(t, s.asked.Load(), int32(1))
	require.NotEmpty(t, tableOf(t, d, "disciplines").Rows)
}
