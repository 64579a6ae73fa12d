package warehouse

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"time"
)

// Change is what a batch would do to one month of a dataset, in records.
type Change struct {
	Dataset                                string
	Month                                  string // 2025-03; "" for facts without a day
	Added, Corrected, Retracted, Unchanged int64
}

// Preview works out what the staged rows would change if they were committed, by
// dataset and month, earliest first: rows of other datasets that follow from them,
// such as the attendance of an event that moved, too. The batch can then only be aborted.
func (b *Batch) Preview(ctx context.Context) ([]Change, error) {
	if b.staged == 0 && !(b.load.Replace && len(b.load.Scopes) > 0) {
		return nil, nil
	}
	if err := b.makeDiff(ctx); err != nil {
		return nil, fmt.Errorf("comparing batch %s: %w", b.ID(), err)
	}
	changes := map[[2]string]*Change{}
	at := func(dataset string, month time.Time) *Change {
		name := ""
		if month.After(epoch) {
			name = month.Format("2006-01")
		}
		key := [2]string{dataset, name}
		if changes[key] == nil {
			changes[key] = &Change{Dataset: dataset, Month: name}
		}
		return changes[key]
	}
	diffs, err := b.w.diffsOf(ctx, b.ID())
	if err != nil {
		return nil, err
	}
	for _, d := range diffs {
		if err := d.byMonth(ctx, b.w, at); err != nil {
			return nil, err
		}
	}
	if err := b.unchangedByMonth(ctx, at); err != nil {
		return nil, err
	}
	out := make([]Change, 0, len(changes))
	for _, c := range changes {
		out = append(out, *c)
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].Dataset != out[j].Dataset {
			return out[i].Dataset < out[j].Dataset
		}
		return out[i].Month < out[j].Month
	})
	return out, nil
}

// byMonth counts a difference by the month of the new values, or of the old ones
// where there are no new.
func (d difference) byMonth(ctx context.Context, w *Warehouse, at func(string, time.Time) *Change) error {
	rows, err := w.conn.Query(ctx, fmt.Sprintf(`SELECT toStartOfMonth(day) AS month,
    countIf(came AND NOT went) AS added, countIf(came AND went) AS corrected, countIf(went AND NOT came) AS retracted
FROM (SELECT record_id, max(sign > 0) AS came, max(sign < 0) AS went,
    if(came, maxIf(happened_on, sign > 0), maxIf(happened_on, sign < 0)) AS day FROM %s GROUP BY record_id) GROUP BY month`, d.table))
	if err != nil {
		return fmt.Errorf("counting changes of %s: %w", d.layout.dataset.Name, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var month time.Time
		var added, corrected, retracted uint64
		if err := rows.Scan(&month, &added, &corrected, &retracted); err != nil {
			return fmt.Errorf("counting changes of %s: %w", d.layout.dataset.Name, err)
		}
		c := at(d.layout.dataset.Name, month)
		c.Added, c.Corrected, c.Retracted = int64(added), int64(corrected), int64(retracted)
	}
	return rows.Err()
}

func (b *Batch) unchangedByMonth(ctx context.Context, at func(string, time.Time) *Change) error {
	from := stageName(b.ID())
	if b.book.Duplicates > 0 {
		from = "(SELECT * FROM " + from + " ORDER BY seq DESC LIMIT 1 BY record_id)"
	}
	rows, err := b.w.conn.Query(ctx, strings.Join([]string{
		"SELECT toStartOfMonth(happened_on) AS month, count() FROM " + from,
		"WHERE NOT deleted AND record_id NOT IN (SELECT record_id FROM " + diffName(b.ID(), b.load.Dataset) + " WHERE sign > 0)",
		"GROUP BY month",
	}, " "))
	if err != nil {
		return fmt.Errorf("counting unchanged records: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var month time.Time
		var n uint64
		if err := rows.Scan(&month, &n); err != nil {
			return fmt.Errorf("counting unchanged records: %w", err)
		}
		at(b.load.Dataset, month).Unchanged = int64(n)
	}
	return rows.Err()
}
