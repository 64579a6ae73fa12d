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

	"khue"
)

// eventIndex holds who should have reported attendance and who did, event by
// event, as one line of the batch book leaves it. Nearly every question about
// attendance asks for counts of it by other keys: a city has some ten thousand
// events, which are counted in memory in a few milliseconds, and gathered from the
// rollup once after each batch. It is never changed once it is made.
type eventIndex struct {
	line    time.Time     // of the batch book
	usable  bool          // false while a batch is being posted, and where there are too many events
	events  []knownEvent  // by their days
	strange []unknownDays // attendance of events that nobody knows of
	trace   Trace
}

// indexKeeper holds the newest index; one asks for it while others wait.
type indexKeeper struct {
	sync.Mutex
	index *eventIndex
}

// mostIndexed bounds the events that are held in memory, about 300 bytes each.
const mostIndexed = 400_000

// indexDims are the keys that an event is held with, "event" being its own id.
var indexDims = append([]string{"event"}, dimensions["events"]...)

// knownEvent is an event that was announced.
type knownEvent struct {
	day      time.Time // on which it begins
	over     time.Time // when it ends
	keys     []string  // by indexDims
	reported bool
}

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

// newestLine is the moment of the newest line in the batch book.
func (w *Warehouse) newestLine(ctx context.Context) (line time.Time, err error) {
	if err := w.conn.QueryRow(ctx, "SELECT max(updated_at) FROM batches").Scan(&line); err != nil {
		return line, fmt.Errorf("reading the batch book: %w", err)
	}
	return line, nil
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
	switch after, err := w.newestLine(ctx); {
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
	words := map[string]string{} // a discipline of ten thousand events is held once
	once := func(s string) string {
		if held, ok := words[s]; ok {
			return held
		}
		words[s] = s
		return s
	}
	for rows.Next() {
		var one knownEvent
		var reported uint8
		one.keys = make([]string, len(indexDims))
		targets := []any{&one.day, &one.over, &reported}
		for i := range one.keys {
			targets = append(targets, &one.keys[i])
		}
		if err := rows.Scan(targets...); err != nil {
			return fmt.Errorf("reading which events have reported: %w", err)
		}
		for i := 1; i < len(one.keys); i++ {
			one.keys[i] = once(one.keys[i])
		}
		one.reported = reported != 0
		x.events = append(x.events, one)
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

// count puts the events of a question into its cells.
func (x *eventIndex) count(e Expecting) []Reports {
	cells := map[string]*Reports{}
	cell := func(keys []string) *Reports {
		id := strings.Join(keys, "\x00")
		if cells[id] == nil {
			cells[id] = &Reports{Keys: slices.Clone(keys)}
		}
		return cells[id]
	}
	keys := make([]string, len(e.By))
	first, _ := slices.BinarySearchFunc(x.events, e.From, func(k knownEvent, from time.Time) int { return k.day.Compare(from) })
	if e.From.IsZero() {
		first = 0
	}
	limits := append(limitsOn(e.Only), limitsOn(e.Where)...)
	places := placesOf(e.By)
	for _, k := range x.events[first:] {
		if !e.To.IsZero() && !k.day.Before(e.To) {
			break
		}
		if k.over.After(e.Over) || !limits.allow(k.keys) {
			continue
		}
		for i, place := range places {
			if place >= 0 {
				keys[i] = k.keys[place]
			} else {
				keys[i] = firstDayOf(e.By[i], k.day)
			}
		}
		c := cell(keys)
		c.Expected++
		if k.reported {
			c.Reported++
		}
	}
	x.countStrangers(e, cell)
	out := make([]Reports, 0, len(cells))
	for _, id := range slices.Sorted(maps.Keys(cells)) {
		out = append(out, *cells[id])
	}
	return out
}

// countStrangers counts events that nobody knows of, each once in a cell. They have
// no dimension but their source and their id.
func (x *eventIndex) countStrangers(e Expecting, cell func([]string) *Reports) {
	seen := map[string]bool{}
	keys := make([]string, len(e.By))
	for _, u := range x.strange {
		if (!e.From.IsZero() && u.day.Before(e.From)) || (!e.To.IsZero() && !u.day.Before(e.To)) || !u.allowed(e.Where) {
			continue
		}
		for i, dim := range e.By {
			switch {
			case grainDay[dim] != "":
				keys[i] = firstDayOf(dim, u.day)
			case dim == "source":
				keys[i] = u.source
			case dim == "event":
				keys[i] = u.event
			default:
				keys[i] = ""
			}
		}
		if id := strings.Join(append(slices.Clone(keys), u.source, u.event), "\x00"); !seen[id] {
			seen[id] = true
			cell(keys).Unexpected++
		}
	}
}

func (u unknownDays) allowed(where []Filter) bool {
	for _, f := range where {
		value := ""
		switch f.Dim {
		case "source":
			value = u.source
		case "event":
			value = u.event
		}
		if slices.Contains(f.Values, value) == f.Not {
			return false
		}
	}
	return true
}

// limit is a filter by the place of its dimension.
type limit struct {
	place  int
	values map[string]bool
	not    bool
}

type limits []limit

func limitsOn(filters []Filter) limits {
	out := make(limits, 0, len(filters))
	for _, f := range filters {
		l := limit{place: slices.Index(indexDims, f.Dim), values: make(map[string]bool, len(f.Values)), not: f.Not}
		for _, v := range f.Values {
			l.values[v] = true
		}
		out = append(out, l)
	}
	return out
}

func (ls limits) allow(keys []string) bool {
	for _, l := range ls {
		if l.values[keys[l.place]] == l.not {
			return false
		}
	}
	return true
}

// placesOf finds keys among indexDims; -1 is a grain of time.
func placesOf(by []string) []int {
	out := make([]int, len(by))
	for i, dim := range by {
		out[i] = slices.Index(indexDims, dim)
	}
	return out
}

// firstDayOf is the first day of the period of a grain that holds a day, as keys write it.
func firstDayOf(grain string, day time.Time) string {
	return khue.PeriodOf(day, khue.Grain(grain)).Start().Format(time.DateOnly)
}
