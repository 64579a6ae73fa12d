package warehouse

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// RunDay is the runs that began on one calendar day, by how they ended.
type RunDay struct {
	Day                        time.Time // midnight UTC
	Done, Faulty, Failed, Open int64     // Faulty runs are not among the Done ones
	Median, Longest            time.Duration
}

// RunDays counts runs by the day, in the observatory's zone, on which they began:
// those of [since, until). The last value is all of them together, of no day; days
// without a run are left out. Times are of runs that have ended.
func (w *Warehouse) RunDays(ctx context.Context, since, until time.Time) (days []RunDay, all RunDay, err error) {
	where, parameters := RunFilter{Since: since, Until: until}.conditions()
	parameters["zone"] = w.zone.String()
	const ended = "state IN ('" + StateComplete + "', '" + StateAborted + "')"
	const rehearsed = "(state = '" + StateAborted + "' AND cause = '" + CauseDryRun + "' AND error = '')"
	const faulty = "state = '" + StateComplete + "' AND (rejected > 0 OR error != '')"
	rows, err := w.conn.Query(clickhouse.Context(ctx, clickhouse.WithParameters(parameters)), `SELECT toDate(toTimeZone(started_at, {zone:String})) AS day, GROUPING(day) AS together,
    toInt64(countIf(state = '`+StateComplete+`' AND NOT (rejected > 0 OR error != '') OR `+rehearsed+`)), toInt64(countIf(`+faulty+`)),
    toInt64(countIf(state = '`+StateAborted+`' AND NOT `+rehearsed+`)), toInt64(countIf(NOT `+ended+`)),
    ifNotFinite(quantileExactIf(0.5)(took, `+ended+`), 0), maxIf(took, `+ended+`)
FROM (SELECT *, greatest(toFloat64(toUnixTimestamp64Micro(updated_at) - 1000 * toUnixTimestamp64Milli(started_at)) / 1e6, 0) AS took FROM batches FINAL WHERE `+where+`)
GROUP BY GROUPING SETS ((day), ()) ORDER BY together, day`)
	if err != nil {
		return nil, RunDay{}, fmt.Errorf("counting runs by day: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var d RunDay
		var together uint64
		var median, longest float64
		if err := rows.Scan(&d.Day, &together, &d.Done, &d.Faulty, &d.Failed, &d.Open, &median, &longest); err != nil {
			return nil, RunDay{}, fmt.Errorf("counting runs by day: %w", err)
		}
		d.Median, d.Longest = inSeconds(median), inSeconds(longest)
		d.Day = d.Day.UTC()
		if together == 1 {
			d.Day = time.Time{}
			all = d
			continue
		}
		days = append(days, d)
	}
	return days, all, rows.Err()
}

func inSeconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// QuarantineDay is the open faults of a source that were last read on one day.
type QuarantineDay struct {
	Source string
	Day    time.Time // midnight UTC, in the observatory's zone
	Rows   int64
}

// QuarantineDays counts open faults by source and by the day they were last read
// with, the newest first.
func (w *Warehouse) QuarantineDays(ctx context.Context) ([]QuarantineDay, error) {
	rows, err := w.conn.Query(clickhouse.Context(ctx, clickhouse.WithParameters(clickhouse.Parameters{"zone": w.zone.String()})),
		`SELECT source, toDate(toTimeZone(seen_at, {zone:String})) AS day, toInt64(count()) FROM quarantine FINAL WHERE closed = 0
GROUP BY source, day ORDER BY source, day DESC`)
	if err != nil {
		return nil, fmt.Errorf("counting the quarantine by day: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []QuarantineDay
	for rows.Next() {
		var q QuarantineDay
		if err := rows.Scan(&q.Source, &q.Day, &q.Rows); err != nil {
			return nil, fmt.Errorf("counting the quarantine by day: %w", err)
		}
		q.Day = q.Day.UTC()
		out = append(out, q)
	}
	return out, rows.Err()
}
