package warehouse

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"khue"
)

// Located tells whether rows of a dataset have an area: one of their own, or that of
// the record they belong to.
func Located(dataset string) bool {
	l, err := layoutOf(dataset)
	return err == nil && l.located()
}

func (l layout) located() bool {
	for _, c := range l.columns() {
		if c == "area" {
			return true
		}
	}
	return false
}

// AreaParent is the dataset whose records give those of a dataset their area, and the
// field that names them; "" where rows have one of their own or none.
func AreaParent(dataset string) (parent, field string) {
	l, err := layoutOf(dataset)
	if err != nil {
		return "", ""
	}
	for _, d := range l.derived {
		if d.name == "area" {
			return l.parent, l.parentField
		}
	}
	return "", ""
}

// AreasOf tells the areas of those of a source's records that are here now; "" is a
// record without one.
func (w *Warehouse) AreasOf(ctx context.Context, source, dataset string, ids []string) (map[string]string, error) {
	out := make(map[string]string, len(ids))
	l, err := layoutOf(dataset)
	if err != nil || len(ids) == 0 {
		return out, err
	}
	area := "area"
	if !l.located() {
		area = "''"
	}
	const step = 10_000
	for len(ids) > 0 {
		some := ids[:min(step, len(ids))]
		ids = ids[len(some):]
		rows, err := w.conn.Query(ctx, "SELECT record_id, toString("+area+") FROM "+l.current()+" FINAL WHERE source = $1 AND record_id IN ($2)", source, some)
		if err != nil {
			return nil, fmt.Errorf("looking up areas of records: %w", err)
		}
		for rows.Next() {
			var id, code string
			if err := rows.Scan(&id, &code); err != nil {
				return nil, errors.Join(fmt.Errorf("looking up areas of records: %w", err), rows.Close())
			}
			out[id] = code
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, fmt.Errorf("looking up areas of records: %w", err)
		}
	}
	return out, nil
}

// staysWithin refuses a ward's batch that touches what is not the ward's. It looks at
// the very rows that the journal is to get, old values and new ones, those of records
// that follow from others included. What is loaded again was looked at before.
func (b *Batch) staysWithin(ctx context.Context) error {
	if !b.bounded || b.load.Replay != nil {
		return nil
	}
	diffs, err := b.w.diffsOf(ctx, b.ID())
	if err != nil {
		return err
	}
	for _, d := range diffs {
		outside, p := "1", clickhouse.Parameters{}
		if d.layout.located() && len(b.load.Within) > 0 {
			names := make([]string, len(b.load.Within))
			for i, code := range b.load.Within {
				name := fmt.Sprintf("area%d", i)
				names[i], p[name] = "{"+name+":String}", escaped(code)
			}
			outside = "area NOT IN (" + strings.Join(names, ", ") + ")"
		}
		var n uint64
		var some []string
		err := b.w.conn.QueryRow(clickhouse.Context(ctx, clickhouse.WithParameters(p)), fmt.Sprintf(
			"SELECT uniqExact(record_id), arraySlice(arraySort(groupUniqArray(record_id)), 1, 3) FROM %s WHERE %s", d.table, outside)).Scan(&n, &some)
		if err != nil {
			return fmt.Errorf("holding batch %s against its areas: %w", b.ID(), err)
		}
		if n > 0 {
			label := d.layout.dataset.Label
			return khue.Errorf(khue.Forbidden,
				"tệp này sẽ đổi %[1]d bản ghi (%[2]s: %[4]s) không thuộc địa bàn của bạn; chưa có gì được nạp",
				"this file would change %[1]d records (%[3]s: %[4]s) that are not of your areas; nothing was loaded",
				n, label.VI, label.EN, strings.Join(some, ", "))
		}
	}
	return nil
}
