package warehouse

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"khue"
)

// recentDays is where the latest fact is looked for first: in nearly every
// warehouse it is there, and older partitions need not be read.
const recentDays = 120

// Until is the latest day, not after today, of which a dataset holds a fact, by
// what was known at asOf (zero is now). Facts that were taken back do not count. A
// fact of a whole period reaches to the end of it. Zero when there is none.
func (w *Warehouse) Until(ctx context.Context, dataset string, asOf, today time.Time) (time.Time, error) {
	l, err := layoutOf(dataset)
	if err != nil {
		return time.Time{}, err
	}
	if l.ofPeriods() {
		return w.untilPeriod(ctx, l, asOf, today)
	}
	for _, from := range []time.Time{today.AddDate(0, 0, -recentDays), epoch} {
		where, parameters := untilCondition(asOf, today)
		where += " AND happened_on > {from:Date}"
		parameters["from"] = from.Format(time.DateOnly)
		rows, err := w.conn.Query(clickhouse.Context(ctx, clickhouse.WithParameters(parameters)), fmt.Sprintf(
			"SELECT happened_on FROM %s WHERE %s GROUP BY happened_on HAVING sum(toInt64(sign)) > 0 ORDER BY happened_on DESC LIMIT 1", l.journal(), where))
		if err != nil {
			return time.Time{}, fmt.Errorf("looking for the latest fact of %s: %w", dataset, err)
		}
		var until time.Time
		for rows.Next() {
			err = rows.Scan(&until)
		}
		if rows.Err() != nil {
			err = rows.Err()
		}
		_ = rows.Close()
		if err != nil || !until.IsZero() {
			return until, err
		}
	}
	return time.Time{}, nil
}

// ofPeriods tells that a dataset's facts are of whole periods.
func (l layout) ofPeriods() bool {
	f, _ := l.dataset.Field(l.dataset.Dated)
	return f.Type == khue.PeriodField
}

func untilCondition(asOf, today time.Time) (string, clickhouse.Parameters) {
	where, parameters := "happened_on <= {today:Date}", clickhouse.Parameters{"today": today.Format(time.DateOnly)}
	if !asOf.IsZero() {
		where += " AND recorded_at <= {as_of:DateTime64(3, 'UTC')}"
		parameters["as_of"] = asOf.UTC().Format(momentForm)
	}
	return where, parameters
}

// untilPeriod is Until for facts that are of a period: few periods are there.
func (w *Warehouse) untilPeriod(ctx context.Context, l layout, asOf, today time.Time) (time.Time, error) {
	where, parameters := untilCondition(asOf, today)
	rows, err := w.conn.Query(clickhouse.Context(ctx, clickhouse.WithParameters(parameters)), fmt.Sprintf(
		"SELECT toString(%[1]s) FROM %[2]s WHERE %[3]s GROUP BY %[1]s HAVING sum(toInt64(sign)) > 0", l.dataset.Dated, l.journal(), where))
	if err != nil {
		return time.Time{}, fmt.Errorf("looking for the latest period of %s: %w", l.dataset.Name, err)
	}
	defer func() { _ = rows.Close() }()
	var until time.Time
	for rows.Next() {
		var written string
		if err := rows.Scan(&written); err != nil {
			return time.Time{}, fmt.Errorf("reading the latest period of %s: %w", l.dataset.Name, err)
		}
		p, err := khue.ParsePeriod(written)
		if err != nil {
			continue // loading has refused what is no period; an older program may have kept it
		}
		if last := p.End().AddDate(0, 0, -1); last.After(until) {
			until = last
		}
	}
	if until.After(today) {
		until = today
	}
	return until, rows.Err()
}
