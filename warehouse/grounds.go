package warehouse

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Ground is a record that a number stands on, with the batch that brought it as
// it is.
type Ground struct {
	Record     Record
	Batch      string
	RecordedAt time.Time
}

// BatchShare is how many of the records that a number stands on one batch brought.
type BatchShare struct {
	Run
	Records int64
}

// Grounds lists the records behind a cell as known at the question's AsOf (zero
// is now), by source and id, with the number of all of them. The cell is the
// question's filters and days; its aggregate says which records count: those that
// have what it adds up or counts, or the members present at the end of the days.
func (w *Warehouse) Grounds(ctx context.Context, s Select, limit, offset int) ([]Ground, int64, error) {
	l, err := s.forWindow()
	if err != nil {
		return nil, 0, err
	}
	standing, parameters := standingRecords(l, s)
	names := l.columns()
	selected := make([]string, len(names))
	for i := range names {
		selected[i] = fmt.Sprintf("tupleElement(values, %d) AS x_%d", i+1, i)
	}
	sql := fmt.Sprintf("SELECT source, record_id, batch, moment, count() OVER () AS of_all, %s\nFROM (%s)\nORDER BY source, record_id\nLIMIT %d OFFSET %d",
		strings.Join(selected, ", "), standing, limit, max(offset, 0))
	rows, err := w.conn.Query(spilling(ctx, parameters), sql)
	if err != nil {
		return nil, 0, fmt.Errorf("listing the records behind a number of %s: %w", s.Dataset, err)
	}
	defer func() { _ = rows.Close() }()
	var out []Ground
	var all uint64
	for rows.Next() {
		var g Ground
		var source, id string
		values, err := scanTail(rows, []any{&source, &id, &g.Batch, &g.RecordedAt, &all})
		if err != nil {
			return nil, 0, fmt.Errorf("reading the records behind a number of %s: %w", s.Dataset, err)
		}
		g.Record = recordOf(source, id, names, values)
		out = append(out, g)
	}
	return out, int64(all), rows.Err()
}

// GroundBatches lists the batches that brought the records behind a cell, the
// newest first, with the number of all batches and of all records.
func (w *Warehouse) GroundBatches(ctx context.Context, s Select, limit, offset int) (shares []BatchShare, batches, records int64, err error) {
	l, err := s.forWindow()
	if err != nil {
		return nil, 0, 0, err
	}
	standing, parameters := standingRecords(l, s)
	sql := fmt.Sprintf(`SELECT b.*, s.n AS n, count() OVER () AS of_all, sum(s.n) OVER () AS of_records
FROM (SELECT batch, toInt64(count()) AS n FROM (%s) GROUP BY batch) AS s
LEFT JOIN (SELECT * FROM batches FINAL) AS b ON b.batch_id = s.batch
ORDER BY b.recorded_at DESC, b.batch_id
LIMIT %d OFFSET %d`, standing, limit, max(offset, 0))
	var found []struct {
		bookEntry
		N         int64  `ch:"n"`
		OfAll     uint64 `ch:"of_all"`
		OfRecords int64  `ch:"of_records"`
	}
	if err := w.conn.Select(spilling(ctx, parameters), &found, sql); err != nil {
		return nil, 0, 0, fmt.Errorf("listing the batches behind a number of %s: %w", s.Dataset, err)
	}
	for _, f := range found {
		shares = append(shares, BatchShare{Run: f.run(), Records: f.N})
		batches, records = int64(f.OfAll), f.OfRecords
	}
	return shares, batches, records, nil
}

// standingRecords selects the records of a cell whose rows up to the moment net
// to one, with their values and the batch that set them.
func standingRecords(l layout, s Select) (string, clickhouse.Parameters) {
	p := plan{layout: l, ask: Select{Dataset: s.Dataset, Where: s.Where, From: s.From, To: s.To, AsOf: s.AsOf}}
	condition, parameters := p.conditions("happened_on", true)
	condition = p.known(condition, parameters)
	for _, a := range s.Aggregates {
		switch a.Func {
		case "stock":
			present, more := p.present(a.Column)
			condition = present
			maps.Copy(parameters, more)
		case "distinct":
			condition += " AND " + dimensionColumn(s.Dataset, a.Column) + " != ''"
		case "sum":
			if f, ok := l.dataset.Field(a.Column); ok && nullable(f) {
				condition += " AND isNotNull(" + a.Column + ")"
			}
		}
	}
	return fmt.Sprintf(`SELECT source, record_id, argMax(tuple(%s), (recorded_at, sign)) AS values, argMax(toString(batch_id), (recorded_at, sign)) AS batch, max(recorded_at) AS moment
    FROM %s WHERE %s GROUP BY source, record_id HAVING sum(toInt64(sign)) > 0`,
		strings.Join(l.columns(), ", "), l.journal(), condition), parameters
}

// present limits rows of members to those present at the end of the days asked for.
func (p plan) present(column string) (string, clickhouse.Parameters) {
	whole := plan{layout: p.layout, ask: Select{Dataset: p.ask.Dataset, Where: p.ask.Where, AsOf: p.ask.AsOf}}
	condition, parameters := whole.conditions("", false)
	condition = whole.known(condition, parameters)
	came := "coalesce(accepted_on, certified_on)"
	if column == "certified" {
		came = "certified_on"
	}
	condition += " AND isNotNull(" + came + ")"
	if p.ask.To.IsZero() {
		return condition + " AND isNull(left_on)", parameters
	}
	parameters["to"] = p.ask.To.Format(time.DateOnly)
	return condition + " AND " + came + " < {to:Date} AND (isNull(left_on) OR left_on >= {to:Date})", parameters
}
