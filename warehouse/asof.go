package warehouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// rewound takes a rollup back to the question's moment: its sums, less what the
// journal recorded after that. Sums, counts, known values, distinct values (by
// the net of their facts) and stocks come out as the journal alone gives them.
func (p plan) rewound(columns, sums []string) relation {
	r := p.rollup
	now, parameters := p.conditions(r.day(), true)
	since, _ := p.conditions("happened_on", true)
	parameters["as_of"] = p.ask.AsOf.UTC().Format(momentForm)
	return relation{
		sql: p.less(columns, sums, now, p.layout.journal(), since+" AND "+recordedSince), day: r.day(), where: "1", summed: true, parameters: parameters,
	}
}

const recordedSince = "recorded_at > {as_of:DateTime64(3, 'UTC')}"

// less writes the rollup's rows beside those of the journal since, taken away.
func (p plan) less(columns, sums []string, now, journal, since string) string {
	r := p.rollup
	kept, taken := append([]string{r.day()}, columns...), append([]string{r.dayFromJournal() + " AS " + r.day()}, columns...)
	for i, s := range sums {
		// Under names of their own: one sum must not be taken for the column of another.
		kept, taken = append(kept, s), append(taken, fmt.Sprintf("-(%s) AS v%d", r.fromJournal(s), i))
	}
	return fmt.Sprintf("(SELECT %s FROM %s WHERE %s\n    UNION ALL SELECT %s FROM %s WHERE %s)",
		strings.Join(kept, ", "), r.table, now, strings.Join(taken, ", "), journal, since)
}

// standing is what the batch book says about taking a rollup back to a moment.
type standing struct {
	line    string // moment of the newest line about a posting
	posting uint64 // batches that are being posted, or were cut off in it
	later   uint64 // batches recorded after the moment
	since   int64  // rows that they recorded
	all     int64  // rows recorded ever
}

// standingOf reads the book for a dataset and those that restate it.
func (w *Warehouse) standingOf(ctx context.Context, p plan) (standing, error) {
	var s standing
	err := w.conn.QueryRow(clickhouse.Context(ctx, clickhouse.WithParameters(clickhouse.Parameters{
		"dataset": p.ask.Dataset, "parent": p.layout.parent, "as_of": p.ask.AsOf.UTC().Format(momentForm),
	})), `SELECT toString(max(line)), countIf(state = 'posting'), countIf(recorded > {as_of:DateTime64(3, 'UTC')}), sumIf(rows, recorded > {as_of:DateTime64(3, 'UTC')}), sum(rows) FROM (
    SELECT argMax(state, updated_at) AS state, max(updated_at) AS line, argMax(recorded_at, updated_at) AS recorded,
        argMax(added + 2 * corrected + retracted, updated_at) AS rows
    FROM batches WHERE dataset IN ({dataset:String}, {parent:String}) GROUP BY batch_id)
WHERE state IN ('posting', 'complete')`).Scan(&s.line, &s.posting, &s.later, &s.since, &s.all)
	if err != nil {
		return s, fmt.Errorf("reading in the batch book what was recorded since: %w", err)
	}
	return s, nil
}

// choose settles where a question about the past is answered. A rollup is taken
// back to the moment when nothing is being posted (a rollup may lag behind its
// journal while a batch goes in) and, by the batch book, less than half of the
// rows were recorded since: the moments of all rows are looked at either way,
// but only of the later ones more is read. Where no batch came since the moment, the rollup
// is as it was then and is read alone: whatever the journal holds came by a batch.
func (w *Warehouse) choose(ctx context.Context, p plan) (plan, standing, error) {
	if !p.ofPast() {
		return p, standing{}, nil
	}
	s, err := w.standingOf(ctx, p)
	if err != nil {
		return p, s, err
	}
	if s.posting > 0 || 2*s.since > s.all {
		p.rollup = nil
	}
	p.still = s.later == 0
	return p, s, nil
}

// overtaken tells that a batch was posted while a rollup was taken back, so that
// rollup and journal may have been read at two moments. The answer is then asked
// of the journal, in which later rows change nothing.
func (w *Warehouse) overtaken(ctx context.Context, p plan, before standing) (bool, error) {
	if !p.ofPast() {
		return false, nil
	}
	after, err := w.standingOf(ctx, p)
	return after != before, err
}
