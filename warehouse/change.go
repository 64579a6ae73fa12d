package warehouse

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"khue"
)

// Interval lies between two moments of knowledge: what was recorded after From, and
// at To or before.
type Interval struct{ From, To time.Time }

// Why a record differs between the two ends of a window, by its state at each.
const (
	ChangeNew       = "new"       // not known before; its period was not over yet
	ChangeLate      = "late"      // not known before although its period was over
	ChangeCorrected = "corrected" // known at both ends, with other values
	ChangeRetracted = "retracted" // known before, gone after
)

// Effect is what the changed records of one cause add to one cell.
type Effect struct {
	Keys    []string
	Cause   string
	Values  []float64 // one for each aggregate; zero where the records cancel out
	Records []int64   // how many records changed what they give to the cell
}

// Effects tells, cell by cell and cause by cause, what the journal rows of a
// window add to sums and counts. Added to the answer as of the window's From they
// give the answer as of its To, in each cell. Only rows of the window are read:
// a record's first row there tells whether it was known before, its last one
// whether it still is. The question's AsOf plays no part.
func (w *Warehouse) Effects(ctx context.Context, s Select, in Interval) ([]Effect, error) {
	l, err := s.forWindow()
	if err != nil {
		return nil, err
	}
	s.AsOf = time.Time{}
	p := plan{layout: l, ask: s}
	selected, keys := p.keyExpressions(relation{day: "happened_on"})
	var perRecord, sums, counts, touched []string
	for i, a := range s.Aggregates {
		if a.Func != "sum" && a.Func != "count" {
			return nil, fmt.Errorf("%s(%s) does not add up, so causes have no effects on it", a.Func, a.Column)
		}
		value, _ := p.sum(relation{}, a)
		perRecord = append(perRecord, fmt.Sprintf("%s AS v%d", value, i))
		sums = append(sums, fmt.Sprintf("toFloat64(sum(v%d))", i))
		counts = append(counts, fmt.Sprintf("toInt64(countIf(v%d != 0))", i))
		touched = append(touched, fmt.Sprintf("countIf(v%d != 0) > 0", i))
	}
	condition, parameters := p.conditions("happened_on", true)
	w.bind(parameters, in)
	byRecord, byCause := append(slices.Clone(keys), "cause", "source", "record_id"), append(slices.Clone(keys), "cause")
	sql := fmt.Sprintf("SELECT %s, [%s], [%s]\nFROM (\n    SELECT %s\n    FROM (SELECT * FROM %s WHERE %s AND %s) AS j\n    INNER JOIN (%s) AS c USING (source, record_id)\n    GROUP BY %s\n)\nGROUP BY %s\nHAVING %s\nORDER BY %s",
		strings.Join(byCause, ", "), strings.Join(sums, ", "), strings.Join(counts, ", "),
		strings.Join(append(append(selected, "cause", "source", "record_id"), perRecord...), ", "), l.journal(), inInterval, condition,
		l.changed(p.grain()), strings.Join(byRecord, ", "), strings.Join(byCause, ", "), strings.Join(touched, " OR "), strings.Join(byCause, ", "))
	rows, err := w.conn.Query(spilling(ctx, parameters), atMost(sql, s.Limit))
	if err != nil {
		return nil, fmt.Errorf("asking what changed in %s: %w", s.Dataset, err)
	}
	defer func() { _ = rows.Close() }()
	var out []Effect
	for rows.Next() {
		e := Effect{Keys: make([]string, len(s.By))}
		if err := rows.Scan(append(pointers(e.Keys), &e.Cause, &e.Values, &e.Records)...); err != nil {
			return nil, fmt.Errorf("reading what changed in %s: %w", s.Dataset, err)
		}
		out = append(out, e)
	}
	if s.Limit > 0 && len(out) > s.Limit {
		return nil, tooManyRows(s.Limit)
	}
	return out, rows.Err()
}

// forWindow checks a question about a window.
func (s Select) forWindow() (layout, error) {
	l, err := layoutOf(s.Dataset)
	if err != nil {
		return layout{}, err
	}
	if slices.Contains(s.By, windowKey) {
		return layout{}, fmt.Errorf("what changed between two moments is not split by windows of days")
	}
	return l, s.validate(l)
}

// inInterval finds the rows of a window by the journal's small index of moments.
const inInterval = "recorded_at > {window_from:DateTime64(3, 'UTC')} AND recorded_at <= {window_to:DateTime64(3, 'UTC')}"

// bind gives a query the ends of a window, and the day it was at its beginning.
func (w *Warehouse) bind(parameters clickhouse.Parameters, in Interval) {
	parameters["window_from"] = in.From.UTC().Format(momentForm)
	parameters["window_to"] = in.To.UTC().Format(momentForm)
	parameters["window_day"] = in.From.In(w.zone).Format(time.DateOnly)
	if in.From.Before(epoch) {
		parameters["window_from"], parameters["window_day"] = epoch.Format(momentForm), epoch.Format(time.DateOnly)
	}
}

// grain is the length of the periods that the question splits by; "" for none.
func (p plan) grain() khue.Grain {
	for _, dim := range p.ask.By {
		if _, isTime := grainDay[dim]; isTime {
			return khue.Grain(dim)
		}
	}
	return ""
}

// grainEnd is the first day after the period that holds a day.
var grainEnd = map[khue.Grain]string{
	khue.Year: "addYears(toStartOfYear(%s), 1)", khue.HalfYear: "addMonths(toStartOfInterval(%s, INTERVAL 6 MONTH), 6)",
	khue.Quarter: "addMonths(toStartOfQuarter(%s), 3)", khue.Month: "addMonths(toStartOfMonth(%s), 1)",
	khue.Week: "addDays(toMonday(%s), 7)", khue.Day: "addDays(%s, 1)", "": "addDays(%s, 1)",
}

// periodEnd is the first day after the period that a record itself is of, where
// its contract has one: a figure for a year is not late while the year lasts.
const periodEnd = `multiIf(length(%[1]s) = 4, addYears(%[2]s, 1), position(%[1]s, '-S') > 0, addMonths(%[2]s, 6), position(%[1]s, '-Q') > 0, addMonths(%[2]s, 3), ` +
	`position(%[1]s, '-W') > 0, addDays(%[2]s, 7), length(%[1]s) = 7, addMonths(%[2]s, 1), addDays(%[2]s, 1))`

// over tells that the period of a record was over when the window began.
func (l layout) over(grain khue.Grain) string {
	ends := "toDate(" + fmt.Sprintf(grainEnd[grain], "last_day") + ")"
	if f, ok := l.dataset.Field(l.dataset.Dated); ok && f.Type == khue.PeriodField {
		ends = "greatest(" + ends + ", toDate(" + fmt.Sprintf(periodEnd, "last_period", "last_day") + "))"
	}
	return "last_day > toDate(0) AND " + ends + " <= {window_day:Date}"
}

// changed selects the records that a window's rows leave different from what they
// were, each with its cause. Where a moment holds two rows of a record, the one
// that takes the old values back counts as the earlier: the first row of a record
// that was known takes its values back, the last row of one that stays sets them.
// A record that went back to what it was, or came and went, is not changed.
func (l layout) changed(grain khue.Grain) string {
	const order = "(recorded_at, sign)"
	ends := []string{
		"argMin(sign, " + order + ") AS first_sign", "argMax(sign, " + order + ") AS last_sign",
		"argMin(row_hash, " + order + ") AS first_hash", "argMax(row_hash, " + order + ") AS last_hash", "argMax(happened_on, " + order + ") AS last_day",
	}
	if f, ok := l.dataset.Field(l.dataset.Dated); ok && f.Type == khue.PeriodField {
		ends = append(ends, fmt.Sprintf("argMax(%s, %s) AS last_period", f.Name, order))
	}
	return fmt.Sprintf(`SELECT source, record_id, multiIf(first_sign < 0 AND last_sign > 0, '%s', first_sign < 0, '%s', %s, '%s', '%s') AS cause
    FROM (SELECT source, record_id, %s FROM %s WHERE %s GROUP BY source, record_id)
    WHERE NOT (first_sign > 0 AND last_sign < 0) AND NOT (first_sign < 0 AND last_sign > 0 AND first_hash = last_hash)`,
		ChangeCorrected, ChangeRetracted, l.over(grain), ChangeLate, ChangeNew, strings.Join(ends, ", "), l.journal(), inInterval)
}

// spilling lets a query over a wide window use the disk: its first window may
// hold every record there is.
func spilling(ctx context.Context, p clickhouse.Parameters) context.Context {
	return clickhouse.Context(ctx, clickhouse.WithParameters(p), clickhouse.WithSettings(clickhouse.Settings{
		"max_bytes_before_external_group_by": 1 << 30,
		"max_bytes_before_external_sort":     1 << 30,
		"join_algorithm":                     "grace_hash,hash",
	}))
}

func atMost(sql string, limit int) string {
	if limit <= 0 {
		return sql
	}
	return sql + fmt.Sprintf("\nLIMIT %d", limit+1)
}

func pointers(texts []string) []any {
	out := make([]any, len(texts))
	for i := range texts {
		out[i] = &texts[i]
	}
	return out
}
