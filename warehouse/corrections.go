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
const booked = `SELECT batch_id, source, dataset, cause, added, corrected, retracted, toDate(toTimeZone(recorded_at, {zone:String})) AS recorded_on
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
	for i := range out {
		days, can := lateAfter[out[i].Dataset]
		if !can || out[i].Added == 0 {
			continue
		}
		if out[i].Late, err = w.late(ctx, out[i], from, to, days); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// late counts the records that a month's batches added after their time. Only the
// journal knows their days; only rows of those batches are looked at one by one.
func (w *Warehouse) late(ctx context.Context, c Corrections, from, to time.Time, days int) (int64, error) {
	l, err := layoutOf(c.Dataset)
	if err != nil {
		return 0, err
	}
	parameters := clickhouse.Parameters{
		"zone": w.zone.String(), "from": from.Format(time.DateOnly), "to": to.Format(time.DateOnly), "dataset": escaped(c.Dataset),
		"month": c.Month.Format(time.DateOnly), "days": fmt.Sprint(days), "epoch": epoch.Format(time.DateOnly),
	}
	var n uint64
	err = w.conn.QueryRow(clickhouse.Context(ctx, clickhouse.WithParameters(parameters)), `SELECT count() FROM (
    SELECT source, record_id, batch_id, any(happened_on) AS day, toDate(toTimeZone(any(recorded_at), {zone:String})) AS recorded_on
    FROM `+l.journal()+`
    WHERE batch_id IN (
        SELECT batch_id FROM (`+booked+`) AS b INNER JOIN (`+firstDays+`) AS f ON f.source = b.source AND f.dataset = b.dataset
        WHERE b.dataset = {dataset:String} AND added > 0 AND cause != '`+CauseBackfill+`' AND recorded_on > first_day AND toStartOfMonth(recorded_on) = {month:Date})
    GROUP BY source, record_id, batch_id
    HAVING countIf(sign < 0) = 0 AND day > {epoch:Date} AND recorded_on >= toStartOfMonth(day) + INTERVAL 1 MONTH + INTERVAL {days:UInt16} DAY)`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting late records of %s: %w", c.Dataset, err)
	}
	return int64(n), nil
}
