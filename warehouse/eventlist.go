package warehouse

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// EventsWanted asks for single events as they are now, the latest first.
type EventsWanted struct {
	Where    []Filter  // dimensions of events
	ID       string    // of the record; "" is any
	Words    []string  // in lower case and without marks; all must stand in title, organiser or venue
	From, To time.Time // first days of events; calendar days, midnight UTC, To excluded; zero is open
	Offset   int
	Limit    int // most rows; 0 is no limit
}

// Event is one record of events.
type Event struct {
	Source, ID             string
	On                     time.Time // calendar day on which it begins
	Title, Series, Edition string
	Organiser, Venue, Area string
	Disciplines            []string // the main one first
	StartsAt               time.Time
	EndsAt                 *time.Time
	Format, Access         string
	Capacity               *int64
	International          *bool
	Initiative             string
}

// foldedEvent is what of an event is searched, without case and marks: what
// locale.Fold makes of words, in the engine's terms.
const foldedEvent = `replaceAll(replaceRegexpAll(normalizeUTF8NFD(lowerUTF8(toValidUTF8(concat(title, ' ', organiser, ' ', venue)))), '\\p{Mn}', ''), 'đ', 'd')`

const eventFieldsRead = `toString(source), record_id, happened_on, title, toString(series), toString(edition), organiser, venue, toString(area), disciplines,
starts_at, ends_at, toString(format), toString(access), capacity, international, initiative`

// Events lists events and tells how many there are in all.
func (w *Warehouse) Events(ctx context.Context, e EventsWanted) ([]Event, int64, error) {
	where, parameters, err := e.conditions()
	if err != nil {
		return nil, 0, err
	}
	var total uint64
	bound := clickhouse.Context(ctx, clickhouse.WithParameters(parameters))
	if err := w.conn.QueryRow(bound, "SELECT count() FROM events_current FINAL WHERE "+where).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("counting events: %w", err)
	}
	sql := "SELECT " + eventFieldsRead + "\nFROM events_current FINAL\nWHERE " + where + "\nORDER BY happened_on DESC, starts_at DESC, record_id DESC, source"
	if e.Limit > 0 {
		sql += fmt.Sprintf("\nLIMIT %d OFFSET %d", e.Limit, max(e.Offset, 0))
	}
	rows, err := w.conn.Query(bound, sql)
	if err != nil {
		return nil, 0, fmt.Errorf("listing events: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []Event
	for rows.Next() {
		one, err := scanEvent(rows)
		if err != nil {
			return nil, 0, err
		}
		out = append(out, one)
	}
	return out, int64(total), rows.Err() //nolint:gosec // no city has that many events
}

func scanEvent(rows driver.Rows) (Event, error) {
	var e Event
	if err := rows.Scan(&e.Source, &e.ID, &e.On, &e.Title, &e.Series, &e.Edition, &e.Organiser, &e.Venue, &e.Area, &e.Disciplines,
		&e.StartsAt, &e.EndsAt, &e.Format, &e.Access, &e.Capacity, &e.International, &e.Initiative); err != nil {
		return Event{}, fmt.Errorf("reading events: %w", err)
	}
	return e, nil
}

// conditions writes the limits with bound parameters only.
func (e EventsWanted) conditions() (string, clickhouse.Parameters, error) {
	l, err := layoutOf("events")
	if err != nil {
		return "", nil, err
	}
	s := Select{Dataset: "events", Where: e.Where, From: e.From, To: e.To}
	if err := s.validate(l); err != nil {
		return "", nil, err
	}
	where, parameters := plan{layout: l, ask: s}.conditions("happened_on", true)
	if e.ID != "" {
		where += " AND record_id = {id:String}"
		parameters["id"] = escaped(e.ID)
	}
	for i, word := range e.Words {
		name := fmt.Sprintf("w%d", i)
		where += " AND position(" + foldedEvent + ", {" + name + ":String}) > 0"
		parameters[name] = escaped(word)
	}
	return where, parameters, nil
}

// EventCount is one count of visitors at an event. Tickets and takings are
// confidential and are not read here.
type EventCount struct {
	ID       string
	At       time.Time
	Visitors int64
	Online   *int64
}

// EventCounts lists the counts of one event, the earliest first; one more than
// limit is an error. The event's own discipline, area and first day narrow what is
// read: its counts carry them too.
func (w *Warehouse) EventCounts(ctx context.Context, e Event, limit int) ([]EventCount, error) {
	parameters := clickhouse.Parameters{"source": escaped(e.Source), "event": escaped(e.ID), "area": escaped(e.Area), "discipline": ""}
	if len(e.Disciplines) > 0 {
		parameters["discipline"] = escaped(e.Disciplines[0])
	}
	rows, err := w.conn.Query(clickhouse.Context(ctx, clickhouse.WithParameters(parameters)), fmt.Sprintf(`SELECT record_id, occurred_at, visitors, online_visitors
FROM attendance_journal
WHERE discipline = {discipline:String} AND area = {area:String} AND source = {source:String} AND event = {event:String}
GROUP BY record_id, occurred_at, visitors, online_visitors
HAVING sum(toInt64(sign)) > 0
ORDER BY occurred_at, record_id
LIMIT %d`, limit+1))
	if err != nil {
		return nil, fmt.Errorf("listing the counts of an event: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []EventCount
	for rows.Next() {
		var c EventCount
		if err := rows.Scan(&c.ID, &c.At, &c.Visitors, &c.Online); err != nil {
			return nil, fmt.Errorf("reading the counts of an event: %w", err)
		}
		out = append(out, c)
	}
	if len(out) > limit {
		return nil, tooManyRows(limit)
	}
	return out, rows.Err()
}

// Posting is a moment at which a record's values came in, were corrected or taken back.
type Posting struct {
	At    time.Time
	Batch string
	Kept  bool // values came in; false for a record that was only taken back
}

// Postings lists what was posted of one record, the latest first.
func (w *Warehouse) Postings(ctx context.Context, dataset, source, id string) ([]Posting, error) {
	l, err := layoutOf(dataset)
	if err != nil {
		return nil, err
	}
	rows, err := w.conn.Query(ctx, "SELECT recorded_at, toString(batch_id), max(sign) > 0 FROM "+l.journal()+
		" WHERE source = $1 AND record_id = $2 GROUP BY recorded_at, batch_id ORDER BY recorded_at DESC, batch_id", source, id)
	if err != nil {
		return nil, fmt.Errorf("listing what was posted of a record of %s: %w", dataset, err)
	}
	defer func() { _ = rows.Close() }()
	var out []Posting
	for rows.Next() {
		var p Posting
		if err := rows.Scan(&p.At, &p.Batch, &p.Kept); err != nil {
			return nil, fmt.Errorf("reading what was posted of a record of %s: %w", dataset, err)
		}
		out = append(out, p)
	}
	return out, rows.Err()
}
