package warehouse

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"khue"
)

// Expecting asks which events should have reported attendance, and which did. An
// event is expected once, in the period in which it begins, when it is over. It
// has reported when a row of attendance is there, dated in the month in which the
// event begins or later.
type Expecting struct {
	By       []string  // year, half, quarter, month, week, day, or dimensions of events; "event" is the event itself
	Only     []Filter  // which events are expected at all, such as those with visitors on site
	Where    []Filter  // dimensions of events, as the question limits them
	From, To time.Time // first days of events; calendar days, midnight UTC, To excluded; zero is open
	Over     time.Time // events that have ended by then are expected
	AsOf     time.Time // what was known then; zero is now
	Limit    int       // most rows; one more is an error of kind Invalid; 0 is no limit
}

// Reports is one cell of the answer: how many events were expected, how many of
// them reported, and how many events that nobody knows of did.
type Reports struct {
	Keys       []string // a time key is the first day of its period, "2006-01-02"
	Expected   int64
	Reported   int64 // never more than Expected
	Unexpected int64 // by the days of their rows; their event is unknown or was retracted
}

// hearing is how reports are looked up: in the rollup of attendance by day and
// event, taken back where an earlier moment is asked for, or in the journal.
type hearing struct {
	ask        Expecting
	attendance plan
}

// heard answers from the rollup where that can be, and once more from the journal
// when a batch came between.
func (w *Warehouse) heard(ctx context.Context, e Expecting, read func(hearing) error) error {
	if err := e.validate(); err != nil {
		return err
	}
	l, err := layoutOf("attendance")
	if err != nil {
		return err
	}
	s := Select{Dataset: "attendance", Aggregates: []Aggregate{{Func: "count"}}, By: []string{"month", "source", "event"}, AsOf: e.AsOf}
	p, before, err := w.choose(ctx, covering(l, s))
	if err != nil {
		return err
	}
	if err := read(hearing{e, p}); err != nil {
		return err
	}
	late, err := w.overtaken(ctx, p, before)
	if err == nil && late {
		return read(hearing{e, plan{layout: l, ask: s}})
	}
	return err
}

// EventReports counts expected and reported events by the keys asked for.
func (w *Warehouse) EventReports(ctx context.Context, e Expecting) ([]Reports, Trace, error) {
	if err := e.validate(); err != nil {
		return nil, Trace{}, err
	}
	if out, trace, read, err := w.indexed(ctx, e); err != nil || read {
		if err == nil && e.Limit > 0 && len(out) > e.Limit {
			err = tooManyRows(e.Limit)
		}
		return out, trace, err
	}
	var trace Trace
	var cells map[string]*Reports
	err := w.heard(ctx, e, func(h hearing) error {
		trace = Trace{From: h.attendance.from(), Parameters: map[string]any{}}
		cells = map[string]*Reports{}
		expected, err := h.expected()
		if err != nil {
			return err
		}
		for _, q := range []query{expected, h.unexpected()} {
			if q.sql == "" {
				continue
			}
			if err := w.runReports(ctx, q, cells, &trace); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, trace, err
	}
	if e.Limit > 0 && len(cells) > e.Limit {
		return nil, trace, tooManyRows(e.Limit)
	}
	out := make([]Reports, 0, len(cells))
	for _, id := range slices.Sorted(maps.Keys(cells)) {
		out = append(out, *cells[id])
	}
	return out, trace, nil
}

// runReports sends a query whose numbers are expected, reported and unexpected.
func (w *Warehouse) runReports(ctx context.Context, q query, into map[string]*Reports, trace *Trace) error {
	started := time.Now()
	progress := clickhouse.WithProgress(func(p *clickhouse.Progress) { trace.RowsRead += p.Rows })
	rows, err := w.conn.Query(clickhouse.Context(ctx, clickhouse.WithParameters(q.parameters), progress), q.sql)
	if err != nil {
		return fmt.Errorf("asking who has reported attendance: %w", err)
	}
	defer func() { _ = rows.Close() }()
	keys, numbers := make([]string, q.keys), make([]int64, 3)
	targets := make([]any, 0, q.keys+3)
	for i := range keys {
		targets = append(targets, &keys[i])
	}
	for i := range numbers {
		targets = append(targets, &numbers[i])
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return fmt.Errorf("reading who has reported attendance: %w", err)
		}
		id := strings.Join(keys, "\x00")
		if into[id] == nil {
			into[id] = &Reports{Keys: slices.Clone(keys)}
		}
		into[id].Expected += numbers[0]
		into[id].Reported += numbers[1]
		into[id].Unexpected += numbers[2]
	}
	if trace.SQL != "" {
		trace.SQL += ";\n"
	}
	trace.SQL += q.sql
	for name, value := range q.parameters {
		trace.Parameters[name] = value
	}
	trace.Elapsed += time.Since(started)
	lookOf(ctx).readFacts()
	return rows.Err()
}

// eventColumns are what a known event is read with.
var eventColumns = []string{"source", "record_id", "happened_on", "title", "area", "discipline", "format", "access", "series", "edition", "organiser", "venue", "initiative", "international", "starts_at", "ends_at"}

func (e Expecting) validate() error {
	known := append([]string{"event"}, dimensions["events"]...)
	check := func(dim string) error {
		if grainDay[dim] != "" || slices.Contains(known, dim) {
			return nil
		}
		return khue.Errorf(khue.NotFound, "sự kiện không có chiều %q; có: %s", "events have no dimension %q; they have: %s", dim, strings.Join(known, ", "))
	}
	for _, dim := range e.By {
		if err := check(dim); err != nil {
			return err
		}
	}
	for _, f := range append(slices.Clone(e.Where), e.Only...) {
		if err := check(f.Dim); err != nil {
			return err
		}
	}
	return nil
}

// asEvents writes the event's own id for the dimension that attendance names it by.
func asEvents(dims []string) []string {
	out := slices.Clone(dims)
	for i, dim := range out {
		if dim == "event" {
			out[i] = "record_id"
		}
	}
	return out
}

func filtersOfEvents(filters []Filter) []Filter {
	out := slices.Clone(filters)
	for i, f := range out {
		if f.Dim == "event" {
			out[i].Dim = "record_id"
		}
	}
	return out
}

// expectedEvents selects the events that should have reported, as they are known,
// and whether they have.
func (h hearing) expectedEvents() (string, clickhouse.Parameters, error) {
	e := h.ask
	l, err := layoutOf("events")
	if err != nil {
		return "", nil, err
	}
	limits := append(filtersOfEvents(e.Only), filtersOfEvents(e.Where)...)
	events := plan{layout: l, ask: Select{Where: limits, From: e.From, To: e.To, AsOf: e.AsOf}}
	where, parameters := events.conditions("happened_on", true)
	where += " AND ifNull(ends_at, starts_at) <= {over:DateTime64(3, 'UTC')}"
	parameters["over"] = e.Over.UTC().Format(momentForm)
	names := strings.Join(eventColumns, ", ")
	known := fmt.Sprintf("SELECT %s FROM events_current FINAL WHERE %s", names, where)
	if !e.AsOf.IsZero() {
		// Of all versions of a record the one stays that was not taken back by then.
		known = fmt.Sprintf("SELECT %[1]s FROM events_journal WHERE %[2]s GROUP BY %[1]s HAVING sum(toInt64(sign)) > 0", names, events.known(where, parameters))
	}
	r := h.attendance.relation([]string{"source", "event"}, []string{"facts"})
	if !e.From.IsZero() {
		r.where += " AND " + r.day + " >= toStartOfMonth({from:Date})"
	}
	maps.Copy(parameters, r.parameters)
	sql := fmt.Sprintf(`SELECT e.*, r.last >= toStartOfMonth(e.happened_on) AS reported
  FROM (%s) AS e
  LEFT JOIN (SELECT source, event, max(heard) AS last FROM (
    SELECT source, event, toStartOfMonth(%s) AS heard, %s AS n FROM %s WHERE %s GROUP BY source, event, heard HAVING n > 0
  ) GROUP BY source, event) AS r ON r.source = e.source AND r.event = e.record_id`, known, r.day, r.net(), r.sql, r.where)
	return sql, parameters, nil
}

func (h hearing) expected() (query, error) {
	events, parameters, err := h.expectedEvents()
	if err != nil {
		return query{}, err
	}
	l, err := layoutOf("events")
	if err != nil {
		return query{}, err
	}
	selected, grouped := plan{layout: l, ask: Select{By: asEvents(h.ask.By)}}.keyExpressions(relation{day: "happened_on"})
	selected = append(selected, "toInt64(count()) AS expected", "toInt64(countIf(reported)) AS met", "toInt64(0) AS strangers")
	sql := fmt.Sprintf("SELECT %s\nFROM (%s)%s\nHAVING expected > 0", strings.Join(selected, ", "), events, clause("\nGROUP BY ", grouped))
	return query{sql: sql, parameters: parameters, keys: len(h.ask.By)}, nil
}

// strays reads the attendance of events that nobody knows of: nothing was
// inherited from them, and every event has a format.
func (h hearing) strays() (r relation, possible bool) {
	e, p := h.ask, h.attendance
	p.ask.From, p.ask.To, p.ask.Where = e.From, e.To, []Filter{
		{Dim: "discipline", Values: []string{""}}, {Dim: "area", Values: []string{""}}, {Dim: "format", Values: []string{""}},
	}
	for _, f := range e.Where {
		switch {
		case f.Dim == "source" || f.Dim == "event":
			p.ask.Where = append(p.ask.Where, f)
		case slices.Contains(f.Values, "") == f.Not:
			return relation{}, false // their dimensions are all unknown
		}
	}
	return p.relation([]string{"source", "event"}, []string{"facts"}), true
}

func (h hearing) unexpected() query {
	r, possible := h.strays()
	if !possible {
		return query{}
	}
	var keys, names []string
	for i, dim := range h.ask.By {
		name, expression := fmt.Sprintf("k%d", i), "''"
		switch form := grainDay[dim]; {
		case form != "":
			expression = "toString(toDate(" + fmt.Sprintf(form, r.day) + "))"
		case dim == "source" || dim == "event":
			expression = "toString(" + dim + ")"
		}
		keys, names = append(keys, expression+" AS "+name), append(names, name)
	}
	inner := fmt.Sprintf("SELECT %s\n  FROM %s WHERE %s\n  GROUP BY %s HAVING %s > 0",
		strings.Join(append(slices.Clone(keys), "toString(source) AS stray_source", "event AS stray"), ", "), r.sql, r.where,
		strings.Join(append(slices.Clone(names), "stray_source", "stray"), ", "), r.net())
	selected := append(slices.Clone(names), "toInt64(0) AS expected", "toInt64(0) AS met", "toInt64(count()) AS strangers")
	return query{
		sql:        fmt.Sprintf("SELECT %s\nFROM (%s)%s\nHAVING strangers > 0", strings.Join(selected, ", "), inner, clause("\nGROUP BY ", names)),
		parameters: r.parameters, keys: len(h.ask.By),
	}
}
