package demo

import (
	"context"
	"slices"
	"time"
)

// agendaLength is how far ahead the changes to come are worked out at once, so
// that a tick costs nothing while nothing is due, at any scale.
const agendaLength = time.Hour

// agenda lists what will change in the event database in the time to come.
type agenda struct {
	to  time.Time // the list is complete up to this moment
	due []dueRow  // in the order of their moments
}

// dueRow is one version of a row of either table.
type dueRow struct {
	at    time.Time
	event *event
	visit *visit
}

func (m *model) agendaOf(ctx context.Context, since time.Time) (agenda, error) {
	a := agenda{to: since.Add(agendaLength)}
	within := func(t time.Time) bool { return t.After(since) && !t.After(a.to) }
	for d := max(0, m.today(since)-tailDays); d <= m.today(a.to)+leadDays; d++ {
		if err := ctx.Err(); err != nil {
			return agenda{}, err
		}
		m.eventsOn(d, func(h *happening) {
			for i := range h.versions {
				if e := h.versions[i]; within(e.updated) {
					a.due = append(a.due, dueRow{at: e.updated, event: &e})
				}
			}
			if m.at(h.day, 0).After(a.to) {
				return
			}
			m.attendanceOf(h, func(versions []visit) {
				for _, v := range versions {
					if within(v.updated) {
						a.due = append(a.due, dueRow{at: v.updated, visit: &v})
					}
				}
			})
		})
	}
	slices.SortStableFunc(a.due, func(x, y dueRow) int { return x.at.Compare(y.at) })
	return a, nil
}

// ready counts the rows of the agenda that are due at a moment.
func (a *agenda) ready(now time.Time) int {
	n := 0
	for n < len(a.due) && !a.due[n].at.After(now) {
		n++
	}
	return n
}

// give passes on the first n rows, only the last version of each.
func (a *agenda) give(n int, r rows) error {
	last := make(map[int64]int, n) // ids of the two tables never meet
	for i, row := range a.due[:n] {
		last[row.id()] = i
	}
	for i, row := range a.due[:n] {
		if last[row.id()] != i {
			continue
		}
		var err error
		if row.event != nil {
			err = r.event(row.event)
		} else {
			err = r.visit(row.visit)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d dueRow) id() int64 {
	if d.event != nil {
		return d.event.id
	}
	return d.visit.id
}
