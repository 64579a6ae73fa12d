package warehouse

import (
	"context"
	"fmt"

	"khue"
)

// Imbalance is a broken promise of the books: what should be equal and is not.
type Imbalance struct {
	Dataset string
	Message string
}

// Check proves the invariant: the journal nets every record to none or one, its
// net equals the current state row by row, and each rollup equals the journal's sums.
func (w *Warehouse) Check(ctx context.Context) ([]Imbalance, error) {
	var found []Imbalance
	for _, d := range khue.Datasets() {
		l, err := layoutOf(d.Name)
		if err != nil {
			return nil, err
		}
		checks := []struct{ promise, sql string }{
			{"records the journal does not net to none or one", fmt.Sprintf(
				`SELECT count() FROM (SELECT source, record_id, sum(toInt64(sign)) AS net FROM %s GROUP BY source, record_id HAVING net NOT IN (0, 1))`, l.journal())},
			{"versions in which journal and current state differ", fmt.Sprintf(
				`SELECT count() FROM (SELECT source, record_id, row_hash, sum(n) AS net FROM (
    SELECT source, record_id, row_hash, toInt64(sign) AS n FROM %s
    UNION ALL SELECT source, record_id, row_hash, -1 AS n FROM %s FINAL
) GROUP BY source, record_id, row_hash HAVING net != 0)`, l.journal(), l.current())},
		}
		for _, r := range rollups[d.Name] {
			checks = append(checks, struct{ promise, sql string }{"keys in which the rollup " + r.table + " and the journal differ", "SELECT count() FROM (" + r.difference(l, "1") + ")"})
		}
		for _, c := range checks {
			var n uint64
			if err := w.conn.QueryRow(ctx, c.sql).Scan(&n); err != nil {
				return nil, fmt.Errorf("checking %s: %w", d.Name, err)
			}
			if n > 0 {
				found = append(found, Imbalance{d.Name, fmt.Sprintf("%d %s", n, c.promise)})
			}
		}
	}
	return found, nil
}
