package warehouse

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// eventIndex holds who should have reported attendance and who did, event by
// event, as one line of the batch book leaves it. Nearly every question about
// attendance asks for counts of it by other keys: a city has some ten thousand
// events, which are counted in memory in a few milliseconds, and gathered from the
// rollup once after each batch. It is never changed once it is made.
type eventIndex struct {
	line   time.Time // of the batch book
	usable bool      // false while a batch is being posted, and where there are too many events
	// The events that were announced, by their days. Each of the lists is as long.
	days     []int32 // on which they begin; see dayNumber
	over     []int64 // when they end, in Unix milliseconds
	reported []bool
	keys     []words          // by indexDims
	periods  map[string]words // by grain: the first days of their periods

	strange []unknownDays // attendance of events that nobody knows of
	trace   Trace
}

// indexKeeper holds the newest index; one asks for it while others wait.
type indexKeeper struct {
	sync.Mutex
	index *eventIndex
}

// mostIndexed bounds the events that are held in memory, about 350 bytes each.
const mostIndexed = 400_000

// indexDims are the keys that an event is held with, "event" being its own id.
var indexDims = append([]string{"event"}, dimensions["events"]...)

// unknownDays is a day of attendance of an event that nobody knows of.
type unknownDays struct {
	day           time.Time
	source, event string
}

// indexed counts from memory; false is that it has to be asked for. What was known
// at a moment is what is known now when the batch book has no later line.
func (w *Warehouse) indexed(ctx context.Context, e Expecting) ([]Reports, Trace, bool, error) {
	if !e.onIndexed() {
		return nil, Trace{}, false, nil
	}
	x, err := w.eventIndex(ctx)
	if err != nil || !x.usable || (!e.AsOf.IsZero() && x.line.After(e.AsOf)) {
		return nil, Trace{}, false, err
	}
	return x.count(e), x.trace, true, nil
}

// onIndexed tells that all limits are on keys that events are held with.
func (e Expecting) onIndexed() bool {
	return !slices.ContainsFunc(append(slices.Clone(e.Only), e.Where...), func(f Filter) bool { return !slices.Contains(indexDims, f.Dim) })
}

// eventIndex is the index by the newest line. One that a batch overtook while it
// was being made is given as unusable and not kept.
func (w *Warehouse) eventIndex(ctx context.Context) (*eventIndex, error) {
	line, err := w.newestLine(ctx)
	if err != nil {
		return nil, err
	}
	k := &w.reporting
	k.Lock()
	defer k.Unlock()
	if k.index != nil && k.index.line.Equal(line) {
		return k.index, nil
	}
	x, err := w.indexAt(ctx, line)
	if err != nil {
		return nil, err
	}
	switch after, err := w.readNewestLine(ctx); {
	case err != nil:
		return nil, err
	case !after.Equal(line):
		return &eventIndex{}, nil
	}
	k.index = x
	return x, nil
}

// indexAt gathers everything. Nothing is gathered while a batch is being posted,
// since a rollup may lag behind its journal then.
func (w *Warehouse) indexAt(ctx context.Context, line time.Time) (*eventIndex, error) {
	x := &eventIndex{line: line}
	var posting, known uint64
	err := w.conn.QueryRow(ctx, `SELECT (SELECT count() FROM batches FINAL WHERE dataset IN ('events', 'attendance') AND state = 'posting'), (SELECT count() FROM events_current)`).Scan(&posting, &known)
	if err != nil {
		return nil, fmt.Errorf("reading in the batch book what is being posted: %w", err)
	}
	if posting > 0 || known > mostIndexed {
		return x, nil
	}
	l, err := layoutOf("attendance")
	if err != nil {
		return nil, err
	}
	p := covering(l, Select{Dataset: "attendance", Aggregates: []Aggregate{{Func: "count"}}, By: []string{"month", "source", "event"}})
	h := hearing{Expecting{Over: time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)}, p}
	x.trace.From, x.trace.Parameters = p.from(), map[string]any{}
	started := time.Now()
	if err := w.indexEvents(ctx, x, h); err != nil {
		return nil, err
	}
	if err := w.indexStrangers(ctx, x, h); err != nil {
		return nil, err
	}
	x.trace.Elapsed, x.usable = time.Since(started), true
	return x, nil
}

func (w *Warehouse) indexEvents(ctx context.Context, x *eventIndex, h hearing) error {
	events, parameters, err := h.expectedEvents()
	if err != nil {
		return err
	}
	selected := []string{"happened_on", "toDateTime64(ifNull(ends_at, starts_at), 3, 'UTC')", "toUInt8(reported)"}
	for _, dim := range asEvents(indexDims) {
		selected = append(selected, "toString("+dimensionColumn("events", dim)+")")
	}
	sql := fmt.Sprintf("SELECT %s\nFROM (%s)\nORDER BY happened_on", strings.Join(selected, ", "), events)
	rows, err := w.conn.Query(clickhouse.Context(ctx, clickhouse.WithParameters(parameters), clickhouse.WithProgress(func(p *clickhouse.Progress) { x.trace.RowsRead += p.Rows })), sql)
	if err != nil {
		return fmt.Errorf("reading which events have reported: %w", err)
	}
	defer func() { _ = rows.Close() }()
	lists := make([]wordList, len(indexDims))
	var day, over time.Time
	var reported uint8
	keys := make([]string, len(indexDims))
	targets := []any{&day, &over, &reported}
	for i := range keys {
		targets = append(targets, &keys[i])
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return fmt.Errorf("reading which events have reported: %w", err)
		}
		x.days, x.over, x.reported = append(x.days, dayNumber(day)), append(x.over, over.UnixMilli()), append(x.reported, reported != 0)
		for i, word := range keys {
			lists[i].add(word)
		}
	}
	for _, l := range lists {
		x.keys = append(x.keys, l.sorted())
	}
	x.periods = make(map[string]words, len(grainDay))
	for grain := range grainDay {
		x.periods[grain] = periodsOf(grain, x.days)
	}
	x.note(sql, parameters)
	return rows.Err()
}

func (w *Warehouse) indexStrangers(ctx context.Context, x *eventIndex, h hearing) error {
	h.ask.By = []string{"day", "source", "event"}
	q := h.unexpected()
	cells := map[string]*Reports{}
	if err := w.runReports(ctx, q, cells, &Trace{Parameters: map[string]any{}}); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(cells)) {
		keys := cells[id].Keys
		day, err := time.Parse(time.DateOnly, keys[0])
		if err != nil {
			return fmt.Errorf("reading the day %q of attendance: %w", keys[0], err)
		}
		x.strange = append(x.strange, unknownDays{day, keys[1], keys[2]})
	}
	x.note(q.sql, q.parameters)
	return nil
}

// note keeps how the index was read, for the evidence.
func (x *eventIndex) note(sql string, parameters clickhouse.Parameters) {
	if x.trace.SQL != "" {
		x.trace.SQL += ";\n"
	}
	x.trace.SQL += sql
	for name, value := range parameters {
		x.trace.Parameters[name] = value
	}
}
