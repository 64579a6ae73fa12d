package dashboards_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"khue"
	"khue/warehouse"
)

// silent tells that an event has not reported, though the figures of the tests
// hold it: one in forty.
func silent(event string) bool {
	sum := 0
	for _, r := range event {
		sum = (sum*31 + int(r)) % 1_000_003
	}
	return sum%40 == 0
}

func (c *city) Until(_ context.Context, dataset string, _, today time.Time) (time.Time, error) {
	if c.down.Load() || c.failing[dataset] {
		return time.Time{}, errAway
	}
	var until time.Time
	for _, f := range c.facts[dataset] {
		if f.day.After(until) && !f.day.After(today) {
			until = f.day
		}
	}
	return until, nil
}

// expected lists the events that should have reported.
func (c *city) expected(e warehouse.Expecting) []fact {
	var out []fact
	for _, f := range c.facts["events"] {
		inside := (e.From.IsZero() || !f.day.Before(e.From)) && (e.To.IsZero() || f.day.Before(e.To))
		if inside && !f.day.After(e.Over) && passes(f, e.Only) && passes(f, e.Where) && f.dims["event"] != "" {
			out = append(out, f)
		}
	}
	return out
}

func (c *city) EventReports(_ context.Context, e warehouse.Expecting) ([]warehouse.Reports, warehouse.Trace, error) {
	if c.down.Load() || c.failing["attendance"] {
		return nil, warehouse.Trace{}, errAway
	}
	cells, periods := map[string]*warehouse.Reports{}, map[time.Time]string{}
	for _, f := range c.expected(e) {
		keys := make([]string, len(e.By))
		for i, dim := range e.By {
			keys[i] = f.dims[dim]
			if g, err := khue.ParseGrain(dim); err == nil {
				if periods[f.day] == "" {
					periods[f.day] = khue.PeriodOf(f.day, g).Start().Format(time.DateOnly)
				}
				keys[i] = periods[f.day]
			}
		}
		id := strings.Join(keys, "\x00")
		if cells[id] == nil {
			cells[id] = &warehouse.Reports{Keys: keys}
		}
		cells[id].Expected++
		if f.dims["silent"] == "" {
			cells[id].Reported++
		}
	}
	var out []warehouse.Reports
	for _, id := range slices.Sorted(maps.Keys(cells)) {
		out = append(out, *cells[id])
	}
	return out, warehouse.Trace{SQL: "SELECT …"}, nil
}

func (c *city) MissingReports(_ context.Context, e warehouse.Expecting, limit int) ([]warehouse.EventReport, error) {
	var out []warehouse.EventReport
	for _, f := range c.expected(e) {
		if f.dims["silent"] != "" {
			out = append(out, warehouse.EventReport{
				Source: "mau", Event: f.dims["event"], Title: "Sự kiện mẫu " + f.dims["event"], Organiser: f.dims["organiser"], Area: f.dims["area"], On: f.day,
			})
		}
	}
	slices.Reverse(out)
	if limit > 0 && len(out) > limit {
		out = out[:limit]
	}
	return out, nil
}

func (c *city) StrayReports(context.Context, warehouse.Expecting, int) ([]warehouse.EventReport, error) {
	return []warehouse.EventReport{{Source: "mau", Event: "E-la", On: civil(2026, 11, 3), Rows: 4}}, nil
}
