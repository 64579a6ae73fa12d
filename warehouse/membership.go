package warehouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"khue"
)

// Membership asks what members did while they were members, by the quarter in
// which they were accepted. One who was certified without a day of acceptance came
// in on the day of the certificate, as for the stock of members.
type Membership struct {
	Grain khue.Grain // of the periods of activities: month, quarter or year
	Where []Filter   // dimensions of members, as the register has them
	To    time.Time  // activities that begin before this calendar day count; midnight UTC
}

// CohortActivity is what the members accepted in one quarter did in one period.
// Only activities that begin between a member's acceptance and its leaving count.
// An identifier that two registers give to different members tells nothing of
// either, so its activities count for neither.
type CohortActivity struct {
	Cohort, Period time.Time // first days, midnight UTC
	Active         int64     // members with at least one activity that began in the period
	Activities     int64     // of those
	// The same of those who were still members when the period ended.
	ActiveAtEnd, ActivitiesAtEnd int64
}

// cohortPeriods gives the first day of a period and that of the next one.
var cohortPeriods = map[khue.Grain][2]string{
	khue.Month:   {"toStartOfMonth(a.starts_on)", "INTERVAL 1 MONTH"},
	khue.Quarter: {"toStartOfQuarter(a.starts_on)", "INTERVAL 3 MONTH"},
	khue.Year:    {"toStartOfYear(a.starts_on)", "INTERVAL 1 YEAR"},
}

// joinedDay is the day on which a record of the register became a member; NULL
// for one that never did.
const joinedDay = "coalesce(accepted_on, certified_on)"

// stillHere stands for a day of leaving that has not come; the last day that the
// engine's calendar holds.
const stillHere = "toDate('2149-06-06')"

// MemberCohorts counts, for each quarter of acceptance and each period since, the
// members with activities. Periods without any have no line. It reads the records
// as they are now.
func (w *Warehouse) MemberCohorts(ctx context.Context, m Membership) ([]CohortActivity, Trace, error) {
	sql, parameters, err := m.statement()
	if err != nil {
		return nil, Trace{}, err
	}
	trace := Trace{SQL: sql, Parameters: map[string]any{}, From: "members_current, activities_current"}
	for name, value := range parameters {
		trace.Parameters[name] = value
	}
	started := time.Now()
	rows, err := w.conn.Query(clickhouse.Context(ctx, clickhouse.WithParameters(parameters),
		clickhouse.WithProgress(func(p *clickhouse.Progress) { trace.RowsRead += p.Rows })), sql)
	if err != nil {
		return nil, trace, fmt.Errorf("asking what members did since they came: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []CohortActivity
	for rows.Next() {
		var c CohortActivity
		if err := rows.Scan(&c.Cohort, &c.Period, &c.Active, &c.Activities, &c.ActiveAtEnd, &c.ActivitiesAtEnd); err != nil {
			return nil, trace, fmt.Errorf("reading what members did since they came: %w", err)
		}
		out = append(out, c)
	}
	if err := rows.Err(); err != nil {
		return nil, trace, fmt.Errorf("reading what members did since they came: %w", err)
	}
	trace.Elapsed = time.Since(started)
	return out, trace, nil
}

func (m Membership) statement() (string, clickhouse.Parameters, error) {
	l, err := layoutOf("members")
	if err != nil {
		return "", nil, err
	}
	period, known := cohortPeriods[m.Grain]
	if !known {
		return "", nil, khue.Errorf(khue.Invalid, "không chia hoạt động của thành viên theo %q", "what members did cannot be split by %q", m.Grain)
	}
	s := Select{Dataset: "members", Where: m.Where}
	if err := s.validate(l); err != nil {
		return "", nil, err
	}
	where, parameters := plan{layout: l, ask: s}.conditions("happened_on", false)
	parameters["to"] = m.To.Format(time.DateOnly)
	return strings.Join([]string{
		"SELECT toStartOfQuarter(m.joined) AS cohort, " + period[0] + " AS period,",
		"    toInt64(uniqExact(m.source, m.record_id)) AS active, toInt64(count()) AS activities,",
		"    toInt64(uniqExactIf((m.source, m.record_id), m.gone >= " + period[0] + " + " + period[1] + ")) AS active_at_end,",
		"    toInt64(countIf(m.gone >= " + period[0] + " + " + period[1] + ")) AS activities_at_end",
		"FROM (SELECT member, starts_on FROM activities_current FINAL WHERE starts_on < {to:Date}) AS a",
		"INNER JOIN (SELECT source, record_id, assumeNotNull(" + joinedDay + ") AS joined, ifNull(left_on, " + stillHere + ") AS gone",
		"    FROM members_current FINAL WHERE isNotNull(" + joinedDay + ") AND " + where,
		"    AND record_id NOT IN (SELECT record_id FROM members_current FINAL GROUP BY record_id HAVING count() > 1)) AS m",
		"ON m.record_id = a.member",
		"WHERE a.starts_on >= m.joined AND a.starts_on < m.gone",
		"GROUP BY cohort, period ORDER BY cohort, period",
	}, "\n"), parameters, nil
}
