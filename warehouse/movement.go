package warehouse

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Movement is one thing that a distinct count counts in a cell at one end of a
// window and not at the other.
type Movement struct {
	Keys   []string
	One    string   // what is counted: a member, an organiser
	Enters bool     // counted at the end and not before; else the other way round
	Causes []string // of the changed records that speak of it in the cell
}

// Movements tells what entered and what left a distinct count, cell by cell. The
// question holds that one aggregate; its AsOf plays no part.
func (w *Warehouse) Movements(ctx context.Context, s Select, in Interval) ([]Movement, error) {
	l, err := s.forWindow()
	if err != nil {
		return nil, err
	}
	if len(s.Aggregates) != 1 || s.Aggregates[0].Func != "distinct" {
		return nil, fmt.Errorf("movements are asked of one distinct count at a time")
	}
	s.AsOf = time.Time{}
	p := plan{layout: l, ask: s}
	column := dimensionColumn(s.Dataset, s.Aggregates[0].Column)
	selected, keys := p.keyExpressions(relation{day: "happened_on"})
	selected = append(selected, "toString("+column+") AS one")
	byOne := append(slices.Clone(keys), "one")
	for i, c := range l.identity(column)[1:] { // what tells two things of one name apart
		selected = append(selected, fmt.Sprintf("toString(%s) AS apart%d", c, i))
		byOne = append(byOne, fmt.Sprintf("apart%d", i))
	}
	condition, parameters := p.conditions("happened_on", true)
	w.bind(parameters, in)
	group, shown := strings.Join(byOne, ", "), strings.Join(append(slices.Clone(keys), "one"), ", ")
	sql := fmt.Sprintf(`SELECT %[8]s, sum(net_before) <= 0 AS enters, arraySort(groupUniqArrayArray(causes))
FROM (
    SELECT %[2]s, sum(toInt64(sign)) AS net_before, toInt64(0) AS net_window, emptyArrayString() AS causes
    FROM %[3]s
    WHERE recorded_at <= {window_from:DateTime64(3, 'UTC')} AND %[4]s AND %[5]s != '' AND %[5]s IN (SELECT %[5]s FROM %[3]s WHERE %[6]s)
    GROUP BY %[1]s
    UNION ALL
    SELECT %[2]s, toInt64(0) AS net_before, sum(toInt64(sign)) AS net_window, groupUniqArrayIf(toString(c.cause), c.cause != '') AS causes
    FROM (SELECT * FROM %[3]s WHERE %[6]s AND %[4]s AND %[5]s != '') AS j
    LEFT JOIN (%[7]s) AS c USING (source, record_id)
    GROUP BY %[1]s
)
GROUP BY %[1]s
HAVING (sum(net_before) > 0) != (sum(net_before) + sum(net_window) > 0)
ORDER BY %[1]s`, group, strings.Join(selected, ", "), l.journal(), condition, column, inInterval, l.changed(p.grain()), shown)
	rows, err := w.conn.Query(spilling(ctx, parameters), atMost(sql, s.Limit))
	if err != nil {
		return nil, fmt.Errorf("asking what entered and left %s: %w", s.Dataset, err)
	}
	defer func() { _ = rows.Close() }()
	var out []Movement
	for rows.Next() {
		m := Movement{Keys: make([]string, len(s.By))}
		if err := rows.Scan(append(pointers(m.Keys), &m.One, &m.Enters, &m.Causes)...); err != nil {
			return nil, fmt.Errorf("reading what entered and left %s: %w", s.Dataset, err)
		}
		out = append(out, m)
	}
	if s.Limit > 0 && len(out) > s.Limit {
		return nil, tooManyRows(s.Limit)
	}
	return out, rows.Err()
}
