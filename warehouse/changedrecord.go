package warehouse

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// ChangedRecord is a record at both ends of a window.
type ChangedRecord struct {
	Source, RecordID string
	Cause            string
	Before, After    Record    // fields and derived columns; nil where the record was not known
	Batches          []string  // that changed it in the window, the oldest first
	RecordedAt       time.Time // of the last of them
}

// ChangedRecords lists the records that a window leaves changed and of which a
// row of the window meets the question's filters and days, by source and id, with
// the number of all of them. Limit 0 means 10,000. The grain in By decides what
// counts as late; nothing else of By plays a part.
func (w *Warehouse) ChangedRecords(ctx context.Context, s Select, in Interval, limit, offset int) ([]ChangedRecord, int64, error) {
	l, err := s.forWindow()
	if err != nil {
		return nil, 0, err
	}
	if limit <= 0 {
		limit = 10_000
	}
	s.AsOf = time.Time{}
	p := plan{layout: l, ask: s}
	condition, parameters := plan{layout: l, ask: Select{Dataset: s.Dataset, Where: s.Where, From: s.From, To: s.To}}.conditions("happened_on", true)
	w.bind(parameters, in)
	names := l.columns()
	values := "tuple(" + strings.Join(names, ", ") + ")" // a tuple keeps what is absent, which argMin alone would pass over
	selected := make([]string, 0, 2*len(names))
	for _, end := range []string{"first", "last"} {
		for i := range names {
			selected = append(selected, fmt.Sprintf("tupleElement(v.%s_values, %d) AS %s_%d", end, i+1, end, i))
		}
	}
	touched := fmt.Sprintf("SELECT DISTINCT source, record_id FROM %s WHERE %s AND %s", l.journal(), inInterval, condition)
	sql := fmt.Sprintf(`SELECT source, record_id, toString(c.cause), v.batches, v.moment, count() OVER () AS of_all, %s
FROM (%s) AS c
INNER JOIN (
    SELECT source, record_id, argMin(%[3]s, (recorded_at, sign)) AS first_values, argMax(%[3]s, (recorded_at, sign)) AS last_values,
        arrayMap(b -> toString(b.2), arraySort(groupUniqArray((recorded_at, batch_id)))) AS batches, max(recorded_at) AS moment
    FROM %[4]s WHERE %[5]s AND (source, record_id) IN (%[6]s) GROUP BY source, record_id
) AS v USING (source, record_id)
ORDER BY source, record_id
LIMIT %[7]d OFFSET %[8]d`, strings.Join(selected, ", "), l.changed(p.grain()), values, l.journal(), inInterval, touched, limit, max(offset, 0))
	rows, err := w.conn.Query(spilling(ctx, parameters), sql)
	if err != nil {
		return nil, 0, fmt.Errorf("listing the changed records of %s: %w", s.Dataset, err)
	}
	defer func() { _ = rows.Close() }()
	var out []ChangedRecord
	var all uint64
	for rows.Next() {
		var r ChangedRecord
		ends, err := scanTail(rows, []any{&r.Source, &r.RecordID, &r.Cause, &r.Batches, &r.RecordedAt, &all})
		if err != nil {
			return nil, 0, fmt.Errorf("reading the changed records of %s: %w", s.Dataset, err)
		}
		if r.Cause == ChangeCorrected || r.Cause == ChangeRetracted {
			r.Before = recordOf(r.Source, r.RecordID, names, ends[:len(names)])
		}
		if r.Cause != ChangeRetracted {
			r.After = recordOf(r.Source, r.RecordID, names, ends[len(names):])
		}
		out = append(out, r)
	}
	return out, int64(all), rows.Err()
}

// scanTail reads the first columns of a row into places and gives the others as
// plain values.
func scanTail(rows driver.Rows, first []any) ([]any, error) {
	types := rows.ColumnTypes()
	targets := make([]any, len(types))
	copy(targets, first)
	for i := len(first); i < len(types); i++ {
		targets[i] = reflect.New(types[i].ScanType()).Interface()
	}
	if err := rows.Scan(targets...); err != nil {
		return nil, err
	}
	out := make([]any, 0, len(types)-len(first))
	for _, target := range targets[len(first):] {
		out = append(out, plain(reflect.ValueOf(target).Elem()))
	}
	return out, nil
}

func recordOf(source, id string, names []string, values []any) Record {
	r := Record{"source": source, "record_id": id}
	for i, name := range names {
		r[name] = values[i]
	}
	return r
}
