package indicators

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/warehouse/warehousetest"
)

// typical are questions that leaders and analysts ask, and for each the best SQL
// that we can write for the same figures against the same tables: one statement,
// and right whatever corrections the facts went through.
func typical() []struct {
	name string
	ask  Question
	sql  string
} {
	year, quarter := khue.MustParsePeriod("2025"), khue.MustParsePeriod("2025-Q4")
	in := func(p khue.Period, q Question) Question {
		q.From, q.To, q.Scope = p.Start(), p.End(), khue.Everything
		return q
	}
	const y25 = "month >= '2025-01-01' AND month < '2026-01-01'"
	const d25 = "day >= '2025-01-01' AND day < '2026-01-01'"
	toDate := in(khue.MustParsePeriod("2026"), Question{Measures: []string{"visitors", "online_visitors", "paid_tickets", "revenue"}})
	toDate.To = time.Date(2026, 10, 18, 0, 0, 0, 0, time.UTC)
	asOf := in(khue.MustParsePeriod("2026"), Question{Measures: []string{"visitors"}, By: []string{"month"}})
	asOf.AsOf = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	asOfYear := asOf
	asOfYear.By, asOfYear.From = []string{"year", "discipline"}, time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)
	const since = "recorded_at > '2026-10-01 00:00:00.000'"
	return []struct {
		name string
		ask  Question
		sql  string
	}{
		{"visitors of a year", in(year, Question{Measures: []string{"visitors"}}), "SELECT sum(visitors), sum(facts) FROM attendance_monthly WHERE " + y25},
		{"visitors by month", in(year, Question{Measures: []string{"visitors"}, By: []string{"month"}}), "SELECT month, sum(visitors), sum(facts) FROM attendance_monthly WHERE " + y25 + " GROUP BY month ORDER BY month"},
		{"visitors by month and discipline", in(year, Question{Measures: []string{"visitors"}, By: []string{"month", "discipline"}}), "SELECT month, discipline, sum(visitors), sum(facts) FROM attendance_monthly WHERE " + y25 + " GROUP BY month, discipline ORDER BY month, discipline"},
		{"visitors by year since 2019", Question{Measures: []string{"visitors"}, By: []string{"year"}, Scope: khue.Everything}, "SELECT toStartOfYear(month) AS y, sum(visitors), sum(facts) FROM attendance_monthly GROUP BY y ORDER BY y"},
		{"visitors by week", in(year, Question{Measures: []string{"visitors"}, By: []string{"week"}}), "SELECT toMonday(day) AS w, sum(visitors), sum(facts) FROM attendance_daily WHERE " + d25 + " GROUP BY w ORDER BY w"},
		{"visitors by day of a quarter", in(quarter, Question{Measures: []string{"visitors"}, By: []string{"day"}}), "SELECT day, sum(visitors), sum(facts) FROM attendance_daily WHERE day >= '2025-10-01' AND day < '2026-01-01' GROUP BY day ORDER BY day"},
		{"visitors by area", in(quarter, Question{Measures: []string{"visitors"}, By: []string{"area"}}), "SELECT area, sum(visitors), sum(facts) FROM attendance_monthly WHERE month >= '2025-10-01' AND month < '2026-01-01' GROUP BY area"},
		{"crafts by month, one filter", in(year, Question{Measures: []string{"visitors", "revenue"}, By: []string{"month"}, Where: map[string][]string{"discipline": {"crafts"}}}), "SELECT month, sum(visitors), sum(facts), sum(revenue_vnd), sum(revenue_vnd_known) FROM attendance_monthly WHERE " + y25 + " AND discipline = 'crafts' GROUP BY month ORDER BY month"},
		{"visitors by quarter and format", in(year, Question{Measures: []string{"visitors"}, By: []string{"quarter", "format"}}), "SELECT toStartOfQuarter(day) AS q, format, sum(visitors), sum(facts) FROM attendance_daily WHERE " + d25 + " GROUP BY q, format ORDER BY q, format"},
		{"all sums of the year to date", toDate, "SELECT sum(visitors), sum(facts), sum(online_visitors), sum(online_visitors_known), sum(paid_tickets), sum(paid_tickets_known), sum(revenue_vnd), sum(revenue_vnd_known) FROM attendance_daily WHERE day >= '2026-01-01' AND day < '2026-10-18'"},
		{"ten largest organisers, others", in(year, Question{Measures: []string{"revenue"}, By: []string{"organiser"}, Top: &Top{Dim: "organiser", N: 10}}), `SELECT if(n <= 10, organiser, '~') AS o, sum(v), sum(k) FROM (
    SELECT organiser, sum(revenue_vnd) AS v, sum(revenue_vnd_known) AS k, row_number() OVER (ORDER BY v DESC) AS n FROM attendance_daily WHERE ` + d25 + ` GROUP BY organiser) GROUP BY o`},
		{"events with visitors, distinct", in(year, Question{Measures: []string{"events_with_visitors"}}), "SELECT count() FROM (SELECT event, source FROM attendance_daily WHERE " + d25 + " GROUP BY event, source HAVING sum(facts) > 0)"},
		{"active members, distinct", in(year, Question{Measures: []string{"active_members"}}), "SELECT count() FROM (SELECT member FROM activities_monthly WHERE " + y25 + " GROUP BY member HAVING sum(facts) > 0)"},
		{"active members by discipline", in(year, Question{Measures: []string{"active_members"}, By: []string{"discipline"}}), "SELECT discipline, count() FROM (SELECT discipline, member FROM activities_monthly WHERE " + y25 + " GROUP BY discipline, member HAVING sum(facts) > 0) GROUP BY discipline ORDER BY discipline"},
		{"events by month and discipline", in(year, Question{Measures: []string{"events"}, By: []string{"month", "discipline"}}), "SELECT month, discipline, sum(facts) FROM events_monthly WHERE " + y25 + " GROUP BY month, discipline ORDER BY month, discipline"},
		{"visitors per event by discipline", in(year, Question{Measures: []string{"visitors_per_event"}, By: []string{"discipline"}}), "SELECT discipline, v / e FROM (SELECT discipline, sum(visitors) AS v FROM attendance_monthly WHERE " + y25 + " GROUP BY discipline) AS a FULL JOIN (SELECT discipline, sum(facts) AS e FROM events_monthly WHERE " + y25 + " GROUP BY discipline) AS b USING discipline"},
		{"by month, as known a month ago", asOf, "SELECT month, sum(v) FROM (SELECT month, visitors AS v FROM attendance_monthly WHERE month >= '2026-01-01' AND month < '2027-01-01' UNION ALL SELECT toStartOfMonth(happened_on) AS month, -sign * visitors FROM attendance_journal WHERE happened_on >= '2026-01-01' AND happened_on < '2027-01-01' AND " + since + ") GROUP BY month ORDER BY month"},
		{"by year and discipline, a month ago", asOfYear, "SELECT toStartOfYear(month) AS y, discipline, sum(v) FROM (SELECT month, discipline, visitors AS v FROM attendance_monthly WHERE month < '2027-01-01' UNION ALL SELECT toStartOfMonth(happened_on), discipline, -sign * visitors FROM attendance_journal WHERE happened_on < '2027-01-01' AND " + since + ") GROUP BY y, discipline ORDER BY y, discipline"},
		{"by discipline, change on the year", in(year, Question{Measures: []string{"visitors"}, By: []string{"discipline"}, Derive: []Derivation{ChangeYear}}), "SELECT discipline, sumIf(visitors, " + y25 + ") AS now, sumIf(visitors, month < '2025-01-01') AS before, now / before - 1 FROM attendance_monthly WHERE month >= '2024-01-01' AND month < '2026-01-01' GROUP BY discipline ORDER BY discipline"},
		{"active members by week, no rollup", in(quarter, Question{Measures: []string{"active_members"}, By: []string{"week"}}), "SELECT w, count() FROM (SELECT toMonday(happened_on) AS w, member FROM activities_journal WHERE happened_on >= '2025-10-01' AND happened_on < '2026-01-01' GROUP BY w, member HAVING sum(sign) > 0) GROUP BY w ORDER BY w"},
	}
}

// BenchmarkTypicalQuestions asks twenty typical questions of facts of each size.
// "statements" is the time of those that the planner wrote, and is held against
// the same answer by hand: by their medians, and by the least of each, which other
// work on the machine disturbs least. "whole answer" adds names, completeness and
// evidence.
func BenchmarkTypicalQuestions(b *testing.B) {
	const rounds = 15
	before := map[string]float64{}
	for _, rows := range warehousetest.BenchSizes(b) {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			w := warehousetest.OpenAt(b, func() time.Time { return time.Date(2026, 11, 18, 2, 0, 0, 0, time.UTC) })
			started := time.Now()
			warehousetest.FillCity(b, w, rows)
			b.Logf("%d rows put in within %s", rows, time.Since(started).Round(time.Second))
			s := NewService(loaded(b), w, Options{Now: func() time.Time { return time.Date(2026, 11, 18, 2, 0, 0, 0, time.UTC) }})
			t := table.NewWriter()
			t.AppendHeader(table.Row{"question", "by hand p50", "p95", "statements p50", "p95", "ratio of p50", "of the least", "whole answer p50", "p95", "growth", "from"})
			var ratios []float64
			for b.Loop() {
				for _, q := range typical() {
					var hand, sent, whole []float64
					var from string
					for range rounds { // turn about, so that what else the machine does meets both
						at := time.Now()
						result, err := w.Conn().Query(b.Context(), q.sql)
						require.NoError(b, err, q.name)
						for result.Next() {
						}
						require.NoError(b, result.Err())
						_ = result.Close()
						hand = append(hand, ms(time.Since(at)))
						at = time.Now()
						a, err := s.Ask(b.Context(), q.ask)
						require.NoError(b, err, q.name)
						whole = append(whole, ms(time.Since(at)))
						sent = append(sent, ms(a.Evidence.Elapsed))
						from = a.Evidence.From
					}
					h50, h95 := at(hand, 0.5), at(hand, 0.95)
					s50, s95 := at(sent, 0.5), at(sent, 0.95)
					growth := ""
					if v := before[q.name]; v > 0 {
						growth = fmt.Sprintf("%.2f", s50/v)
					}
					before[q.name] = s50
					ratios = append(ratios, slices.Min(sent)/slices.Min(hand)) // the least is what other work on the machine disturbs least
					t.AppendRow(table.Row{
						q.name, show(h50), show(h95), show(s50), show(s95), fmt.Sprintf("%.2f", s50/h50), fmt.Sprintf("%.2f", slices.Min(sent)/slices.Min(hand)), show(at(whole, 0.5)), show(at(whole, 0.95)), growth, from,
					})
				}
			}
			fmt.Printf("\nmilliseconds over %d rows of attendance\n%s\n\n", rows, t.RenderMarkdown())
			b.ReportMetric(at(ratios, 0.5), "x-of-by-hand-median")
			b.ReportMetric(slices.Max(ratios), "x-of-by-hand-worst")
		})
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func at(took []float64, p float64) float64 {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[int(p*float64(len(sorted)-1)+0.5)]
}

func show(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
