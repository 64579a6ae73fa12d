package warehouse

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Corrections is what the batches of one calendar month did to one dataset, in
// records. The month is that of recording, in the observatory's zone.
type Corrections struct {
	Month   time.Time // its first day, midnight UTC
	Dataset string
	// Loaded were added on the first day on which their source had anything of the
	// dataset, or by a backfill: they tell nothing of how the source reports.
	Loaded    int64
	Added     int64 // by later pulls; Late ones are among them
	Late      int64 // recorded so long after the month they belong to that they count as late
	Corrected int64
	Retracted int64
}

// firstDays is the day on which each source first added anything of a dataset.
const firstDays = `SELECT source, dataset, min(toDate(toTimeZone(recorded_at, {zone:String}))) AS first_day
FROM batches FINAL WHERE state = 'complete' AND added > 0 GROUP BY source, dataset`

// booked are the batches that were recorded in the days asked for.
const booked = `SELECT batch_id, recorded_at, source, dataset, cause, added, corrected, retracted, toDate(toTimeZone(recorded_at, {zone:String})) AS recorded_on
FROM batches FINAL
WHERE state = 'complete' AND toDate(toTimeZone(recorded_at, {zone:String})) >= {from:Date} AND toDate(toTimeZone(recorded_at, {zone:String})) < {to:Date}`

// Corrections tells month by month, from the first day to the one that is not
// included any more, what was added, corrected and retracted. lateAfter gives for
// each dataset that can be late how many days after the end of its month a record
// may still come; records of datasets that it does not name are never late, nor are
// those that belong to no day.
func (w *Warehouse) Corrections(ctx context.Context, from, to time.Time, lateAfter map[string]int) ([]Corrections, error) {
	parameters := clickhouse.Parameters{"zone": w.zone.String(), "from": from.Format(time.DateOnly), "to": to.Format(time.DateOnly)}
	rows, err := w.conn.Query(clickhouse.Context(ctx, clickhouse.WithParameters(parameters)), `SELECT toStartOfMonth(recorded_on) AS month, b.dataset AS of,
    sumIf(added, recorded_on <= first_day OR cause = '`+CauseBackfill+`'), sumIf(added, recorded_on > first_day AND cause != '`+CauseBackfill+`'),
    sumIf(corrected, recorded_on > first_day), sumIf(retracted, recorded_on > first_day)
FROM (`+booked+`) AS b LEFT JOIN (`+firstDays+`) AS f ON f.source = b.source AND f.dataset = b.dataset
GROUP BY month, of ORDER BY month, of`)
	if err != nil {
		return nil, fmt.Errorf("adding up what batches changed: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []Corrections
	for rows.Next() {
		var c Corrections
		if err := rows.Scan(&c.Month, &c.Dataset, &c.Loaded, &c.Added, &c.Corrected, &c.Retracted); err != nil {
			return nil, fmt.Errorf("adding up what batches changed: %w", err)
		}
		c.Month = c.Month.UTC()
		out = append(out, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("adding up what batches changed: %w", err)
	}
	for dataset, days := range lateAfter {
		late, err := w.late(ctx, dataset, from, to, days)
		if err != nil {
			return nil, err
		}
		for i := range out {
			if out[i].Dataset == dataset {
				out[i].Late = late[out[i].Month]
			}
		}
	}
	return out, nil
}

// later are the batches of a dataset that came after its first day and added
// something.
const later = `SELECT batch_id, recorded_at FROM (` + booked + `) AS b INNER JOIN (` + firstDays + `) AS f ON f.source = b.source AND f.dataset = b.dataset
        WHERE b.dataset = {dataset:String} AND added > 0 AND cause != '` + CauseBackfill + `' AND recorded_on > first_day`

// late counts by month of recording the records that batches added after their
// time. Only the journal knows their days: its rows are found by the moments of
// those batches, so that a first load is not read again.
func (w *Warehouse) late(ctx context.Context, dataset string, from, to time.Time, days int) (map[time.Time]int64, error) {
	l, err := layoutOf(dataset)
	if err != nil {
		return nil, err
	}
	parameters := clickhouse.Parameters{
		"zone": w.zone.String(), "from": from.Format(time.DateOnly), "to": to.Format(time.DateOnly), "dataset": escaped(dataset),
		"days": fmt.Sprint(days), "epoch": epoch.Format(time.DateOnly),
	}
	rows, err := w.conn.Query(clickhouse.Context(ctx, clickhouse.WithParameters(parameters)), `SELECT toStartOfMonth(recorded_on) AS month, toInt64(count()) FROM (
    SELECT source, record_id, batch_id, any(happened_on) AS day, toDate(toTimeZone(any(j.recorded_at), {zone:String})) AS recorded_on
    FROM `+l.journal()+` AS j
    WHERE j.recorded_at >= (SELECT min(recorded_at) FROM (`+later+`)) AND j.recorded_at <= (SELECT max(recorded_at) FROM (`+later+`))
        AND batch_id IN (SELECT batch_id FROM (`+later+`))
    GROUP BY source, record_id, batch_id
    HAVING countIf(sign < 0) = 0 AND day > {epoch:Date} AND recorded_on >= toStartOfMonth(day) + INTERVAL 1 MONTH + INTERVAL {days:UInt16} DAY)
GROUP BY month`)
	if err != nil {
		return nil, fmt.Errorf("counting late records of %s: %w", dataset, err)
	}
	defer func() { _ = rows.Close() }()
	out := map[time.Time]int64{}
	for rows.Next() {
		var month time.Time
		var n int64
		if err := rows.Scan(&month, &n); err != nil {
			return nil, fmt.Errorf("counting late records of %s: %w", dataset, err)
		}
		out[month.UTC()] = n
	}
	return out, rows.Err()
}
