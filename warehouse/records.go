package warehouse

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/shopspring/decimal"
)

// Record is one current record: field -> string, int64, float64, bool,
// time.Time, []string or nil, beside "source" and "record_id".
type Record map[string]any

// Records lists records as they are now, or as they were known at a moment.
// Limit 0 means 10,000; one more is an error.
func (w *Warehouse) Records(ctx context.Context, dataset string, where []Filter, asOf time.Time, limit int) ([]Record, error) {
	l, err := layoutOf(dataset)
	if err != nil {
		return nil, err
	}
	s := Select{Dataset: dataset, Where: where, AsOf: asOf}
	if err := s.validate(l); err != nil {
		return nil, err
	}
	if limit == 0 {
		limit = 10_000
	}
	condition, parameters := plan{layout: l, ask: s}.conditions("happened_on", false)
	table := l.current() + " FINAL"
	if !asOf.IsZero() {
		// The newest +1 row of each record whose rows up to that moment net to one.
		table = l.journal()
		parameters["as_of"] = asOf.UTC().Format(momentForm)
		condition += " AND (source, record_id) IN (SELECT source, record_id FROM " + l.journal() +
			" WHERE recorded_at <= {as_of:DateTime64(3, 'UTC')} GROUP BY source, record_id HAVING sum(toInt64(sign)) > 0) AND sign > 0" +
			" ORDER BY recorded_at DESC LIMIT 1 BY source, record_id"
	}
	names := append([]string{"source", "record_id"}, l.columns()...)
	sql := fmt.Sprintf("SELECT * FROM (SELECT %s FROM %s WHERE %s) ORDER BY source, record_id LIMIT %d",
		strings.Join(names, ", "), table, condition, limit+1)
	rows, err := w.conn.Query(clickhouse.Context(ctx, clickhouse.WithParameters(parameters)), sql)
	if err != nil {
		return nil, fmt.Errorf("listing records of %s: %w", dataset, err)
	}
	defer func() { _ = rows.Close() }()
	var out []Record
	types := rows.ColumnTypes()
	for rows.Next() {
		targets := make([]any, len(types))
		for i, t := range types {
			targets[i] = reflect.New(t.ScanType()).Interface()
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, fmt.Errorf("reading records of %s: %w", dataset, err)
		}
		r := Record{}
		for i, name := range names {
			r[name] = plain(reflect.ValueOf(targets[i]).Elem())
		}
		out = append(out, r)
	}
	if len(out) > limit {
		return nil, tooManyRows(limit)
	}
	lookOf(ctx).readFacts()
	return out, rows.Err()
}

// plain unwraps what the driver scanned.
func plain(v reflect.Value) any {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem())
	}
	if d, ok := v.Interface().(decimal.Decimal); ok {
		return d.InexactFloat64()
	}
	return v.Interface()
}
