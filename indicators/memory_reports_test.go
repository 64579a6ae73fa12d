package indicators

import (
	"context"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/warehouse"
)

// Until looks at every record that is known.
func (m *memory) Until(_ context.Context, dataset string, asOf, today time.Time) (time.Time, error) {
	var until time.Time
	for _, r := range m.known(dataset, asOf) {
		at := day(r, dataset)
		if at.After(today) {
			continue
		}
		if written := textOf(r, "period"); written != "" {
			if p, err := khue.ParsePeriod(written); err == nil {
				at = p.End().AddDate(0, 0, -1)
			}
		}
		if at.After(today) {
			at = today
		}
		if at.After(until) {
			until = at
		}
	}
	return until, nil
}

// EventReports goes through events and attendance one by one.
func (m *memory) EventReports(_ context.Context, e warehouse.Expecting) ([]warehouse.Reports, warehouse.Trace, error) {
	events, visits := m.known("events", e.AsOf), m.known("attendance", e.AsOf)
	known := make(map[string]bool)
	var out []warehouse.Reports
	cell := func(keys []string) *warehouse.Reports {
		for i := range out {
			if slices.Equal(out[i].Keys, keys) {
				return &out[i]
			}
		}
		out = append(out, warehouse.Reports{Keys: keys})
		return &out[len(out)-1]
	}
	for _, event := range events {
		id := idOf(event, "record_id")
		known[id] = true
		on := day(event, "events")
		end := event["ends_at"]
		if end == nil {
			end = event["starts_at"]
		}
		if !between(on, e.From, e.To) || end.(time.Time).After(e.Over) || !passes(asEvent(event), "events", e.Only) || !passes(asEvent(event), "events", e.Where) {
			continue
		}
		c := cell(keysOf(e.By, on, func(dim string) string { return textOf(asEvent(event), dim) }))
		c.Expected++
		month := khue.PeriodOf(on, khue.Month).Start()
		if slices.ContainsFunc(visits, func(v warehouse.Record) bool {
			return idOf(v, "event") == id && !day(v, "attendance").Before(month)
		}) {
			c.Reported++
		}
	}
	seen := make(map[string]bool)
	for _, v := range visits {
		on := day(v, "attendance")
		stranger := warehouse.Record{"source": v["source"], "event": v["event"]}
		if known[idOf(v, "event")] || !between(on, e.From, e.To) || !passes(stranger, "events", e.Where) {
			continue
		}
		keys := keysOf(e.By, on, func(dim string) string { return textOf(stranger, dim) })
		if once := strings.Join(append(slices.Clone(keys), idOf(v, "event")), "\x00"); !seen[once] {
			seen[once] = true
			cell(keys).Unexpected++
		}
	}
	return out, warehouse.Trace{SQL: "memory"}, nil
}

func idOf(r warehouse.Record, field string) string {
	return textOf(r, "source") + "\x00" + textOf(r, field)
}

// asEvent gives an event the dimension that attendance names it by.
func asEvent(r warehouse.Record) warehouse.Record {
	r["event"] = r["record_id"]
	return r
}

func between(d, from, to time.Time) bool {
	return (from.IsZero() || !d.Before(from)) && (to.IsZero() || d.Before(to))
}

func keysOf(by []string, on time.Time, of func(string) string) []string {
	keys := make([]string, len(by))
	for i, dim := range by {
		keys[i] = of(dim)
		if g, err := khue.ParseGrain(dim); err == nil {
			keys[i] = khue.PeriodOf(on, g).Start().Format(time.DateOnly)
		}
	}
	return keys
}

// MissingReports and StrayReports go by the same counting, event by event.
func (m *memory) MissingReports(ctx context.Context, e warehouse.Expecting, _ int) ([]warehouse.EventReport, error) {
	return m.single(ctx, e, func(r warehouse.Reports) bool { return r.Reported < r.Expected })
}

func (m *memory) StrayReports(ctx context.Context, e warehouse.Expecting, _ int) ([]warehouse.EventReport, error) {
	return m.single(ctx, e, func(r warehouse.Reports) bool { return r.Unexpected > 0 })
}

func (m *memory) single(ctx context.Context, e warehouse.Expecting, wanted func(warehouse.Reports) bool) ([]warehouse.EventReport, error) {
	e.By = []string{"source", "event"}
	cells, _, err := m.EventReports(ctx, e)
	var out []warehouse.EventReport
	for _, c := range cells {
		if !wanted(c) {
			continue
		}
		one := warehouse.EventReport{Source: c.Keys[0], Event: c.Keys[1]}
		for _, event := range m.known("events", e.AsOf) {
			if textOf(event, "source") == one.Source && textOf(event, "record_id") == one.Event {
				one.Title, one.Organiser, one.Area, one.On = textOf(event, "title"), textOf(event, "organiser"), textOf(event, "area"), day(event, "events")
			}
		}
		for _, v := range m.known("attendance", e.AsOf) {
			if on := day(v, "attendance"); one.Title == "" && idOf(v, "event") == one.Source+"\x00"+one.Event && between(on, e.From, e.To) {
				one.Rows++
				if one.On.IsZero() || on.Before(one.On) {
					one.On = on
				}
			}
		}
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b warehouse.EventReport) int {
		if a.Rows != b.Rows {
			return int(b.Rows - a.Rows)
		}
		if c := b.On.Compare(a.On); c != 0 && a.Rows == 0 {
			return c
		}
		return strings.Compare(a.Event, b.Event)
	})
	return out, err
}
