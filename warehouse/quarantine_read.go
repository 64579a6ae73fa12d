package warehouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"khue"
)

// QuarantinedRow is a rejected record as the quarantine shows it.
type QuarantinedRow struct {
	ID              string // stable name of the fault, 16 hexadecimal digits
	Source, Dataset string
	Rejected
	BatchID string
	SeenAt  time.Time // when it was last read with this fault
}

// QuarantineFilter chooses open faults; empty fields do not limit.
type QuarantineFilter struct {
	ID                             string
	Source, Dataset, Reason, Field string
	Batch                          string    // that the row was last read in
	Since                          time.Time // seen at this moment or later
	// Text is looked for in the place, the value, the record id and the raw record,
	// whatever the case and the diacritics.
	Text          string
	Limit, Offset int // Limit 0 means 100
}

// faultID names a fault by what tells it from others, as the table's key does.
const faultID = "lower(hex(cityHash64(source, dataset, record_id, field, reason, if(record_id = '', place, ''))))"

// folded is a text without case and diacritics; đ is a letter of its own and
// does not fall apart by itself.
func folded(expression string) string {
	return `replaceAll(replaceRegexpAll(normalizeUTF8NFD(lowerUTF8(` + expression + `)), '\\p{Mn}', ''), 'đ', 'd')`
}

func (f QuarantineFilter) conditions() (string, clickhouse.Parameters) {
	where, parameters := []string{"closed = 0"}, clickhouse.Parameters{}
	for _, c := range []struct{ column, name, value string }{
		{faultID, "id", f.ID},
		{"source", "source", f.Source},
		{"dataset", "dataset", f.Dataset},
		{"reason", "reason", f.Reason},
		{"field", "field", f.Field},
		{"batch_id", "batch", f.Batch},
	} {
		if c.value != "" {
			where = append(where, fmt.Sprintf("%s = {%s:String}", c.column, c.name))
			parameters[c.name] = escaped(c.value)
		}
	}
	if !f.Since.IsZero() {
		where = append(where, "seen_at >= {since:DateTime64(3, 'UTC')}")
		parameters["since"] = f.Since.UTC().Format(momentForm)
	}
	if f.Text != "" {
		where = append(where, fmt.Sprintf("position(%s, %s) > 0", folded("concat(place, '\n', value, '\n', record_id, '\n', raw)"), folded("{text:String}")))
		parameters["text"] = escaped(f.Text)
	}
	return strings.Join(where, " AND "), parameters
}

// momentForm is how a moment is written as a parameter.
const momentForm = "2006-01-02 15:04:05.000"

// Quarantine lists open faults, the newest first.
func (w *Warehouse) Quarantine(ctx context.Context, f QuarantineFilter) ([]QuarantinedRow, error) {
	if f.Limit == 0 {
		f.Limit = 100
	}
	where, parameters := f.conditions()
	rows, err := w.conn.Query(clickhouse.Context(ctx, clickhouse.WithParameters(parameters)), fmt.Sprintf(
		`SELECT %s AS id, source, dataset, record_id, place, field, value, reason, expected, expected_vi, raw, scope, part, batch_id, seen_at
FROM quarantine FINAL WHERE %s ORDER BY seen_at DESC, source, dataset, record_id, field, reason, place LIMIT %d OFFSET %d`,
		faultID, where, f.Limit, max(f.Offset, 0)))
	if err != nil {
		return nil, fmt.Errorf("listing the quarantine: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []QuarantinedRow
	for rows.Next() {
		var q QuarantinedRow
		if err := rows.Scan(&q.ID, &q.Source, &q.Dataset, &q.RecordID, &q.Place, &q.Field, &q.Value, &q.Reason, &q.Expected, &q.ExpectedVI, &q.Raw, &q.Scope, &q.Part, &q.BatchID, &q.SeenAt); err != nil {
			return nil, fmt.Errorf("listing the quarantine: %w", err)
		}
		out = append(out, q)
	}
	return out, rows.Err()
}

// QuarantineCount is how many open faults meet the filter; its limit does not count.
func (w *Warehouse) QuarantineCount(ctx context.Context, f QuarantineFilter) (int64, error) {
	where, parameters := f.conditions()
	var n uint64
	err := w.conn.QueryRow(clickhouse.Context(ctx, clickhouse.WithParameters(parameters)),
		"SELECT count() FROM quarantine FINAL WHERE "+where).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting the quarantine: %w", err)
	}
	return int64(n), nil
}

// QuarantineFault is one open fault by its ID, with its raw record.
func (w *Warehouse) QuarantineFault(ctx context.Context, id string) (QuarantinedRow, error) {
	rows, err := w.Quarantine(ctx, QuarantineFilter{ID: id, Limit: 1})
	if err != nil {
		return QuarantinedRow{}, err
	}
	if len(rows) == 0 || id == "" {
		return QuarantinedRow{}, khue.Errorf(khue.NotFound, "không có dòng %q đang bị giữ lại", "there is no quarantined row %q", id)
	}
	return rows[0], nil
}

// QuarantineTotal counts the open faults of one source, dataset, field and reason.
type QuarantineTotal struct {
	Source, Dataset, Field, Reason string
	Rows                           int64
	Oldest, Newest                 time.Time // when the first and the last of them were seen
}

// QuarantineTotals counts the open faults that meet the filter, most first.
func (w *Warehouse) QuarantineTotals(ctx context.Context, f QuarantineFilter) ([]QuarantineTotal, error) {
	where, parameters := f.conditions()
	rows, err := w.conn.Query(clickhouse.Context(ctx, clickhouse.WithParameters(parameters)),
		`SELECT source, dataset, field, reason, count() AS n, min(seen_at), max(seen_at) FROM quarantine FINAL WHERE `+where+`
GROUP BY source, dataset, field, reason ORDER BY n DESC, source, dataset, field, reason`)
	if err != nil {
		return nil, fmt.Errorf("counting the quarantine: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []QuarantineTotal
	for rows.Next() {
		var t QuarantineTotal
		var n uint64
		if err := rows.Scan(&t.Source, &t.Dataset, &t.Field, &t.Reason, &n, &t.Oldest, &t.Newest); err != nil {
			return nil, fmt.Errorf("counting the quarantine: %w", err)
		}
		t.Rows = int64(n)
		out = append(out, t)
	}
	return out, rows.Err()
}
