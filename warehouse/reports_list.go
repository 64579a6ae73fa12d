package warehouse

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// EventReport is one event as a reporter: one that has not reported, or one that
// reported and is not known.
type EventReport struct {
	Source, Event          string
	Title, Organiser, Area string    // empty when the event is not known
	On                     time.Time // calendar day on which it begins; of a stranger, the first day of its rows
	Rows                   int64     // rows of attendance; of strangers only
}

// MissingReports lists the events that should have reported and have not, the
// latest first; at most limit of them, 0 is all.
func (w *Warehouse) MissingReports(ctx context.Context, e Expecting, limit int) (out []EventReport, err error) {
	err = w.heard(ctx, e, func(h hearing) error {
		events, parameters, err := h.expectedEvents()
		if err != nil {
			return err
		}
		out, err = w.listReports(ctx, fmt.Sprintf(`SELECT toString(source), record_id, title, organiser, toString(area), happened_on, toInt64(0)
FROM (%s)
WHERE NOT reported
ORDER BY happened_on DESC, record_id, source%s`, events, longest(limit)), parameters)
		return err
	})
	return out, err
}

// StrayReports lists the events that nobody knows of and that have reported
// nevertheless: retracted since, or never announced.
func (w *Warehouse) StrayReports(ctx context.Context, e Expecting, limit int) (out []EventReport, err error) {
	err = w.heard(ctx, e, func(h hearing) error {
		r, possible := h.strays()
		if !possible {
			return nil
		}
		var err error
		out, err = w.listReports(ctx, fmt.Sprintf(`SELECT toString(source), event, '', '', '', min(seen), sum(n) AS many
FROM (SELECT source, event, %s AS seen, %s AS n FROM %s
  WHERE %s GROUP BY source, event, seen HAVING n > 0)
GROUP BY source, event
ORDER BY many DESC, event, source%s`, r.day, r.net(), r.sql, r.where, longest(limit)), r.parameters)
		return err
	})
	return out, err
}

func longest(limit int) string {
	if limit <= 0 {
		return ""
	}
	return fmt.Sprintf("\nLIMIT %d", limit)
}

func (w *Warehouse) listReports(ctx context.Context, sql string, parameters clickhouse.Parameters) ([]EventReport, error) {
	rows, err := w.conn.Query(clickhouse.Context(ctx, clickhouse.WithParameters(parameters)), sql)
	if err != nil {
		return nil, fmt.Errorf("listing reports of events: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []EventReport
	for rows.Next() {
		var r EventReport
		if err := rows.Scan(&r.Source, &r.Event, &r.Title, &r.Organiser, &r.Area, &r.On, &r.Rows); err != nil {
			return nil, fmt.Errorf("reading reports of events: %w", err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}
