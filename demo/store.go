package demo

import (
	"context"
	"fmt"
	"time"

	"khue"
)

// origins tell what the tables of the event database were made from, and until
// which moment they are alive.
type origins struct {
	version int
	seed    uint64
	scale   int
	zone    string
	until   time.Time // zero when nothing was built yet
}

func (m *model) origins(until time.Time) origins {
	return origins{simulationVersion, m.seed, m.scale, m.zone.String(), until}
}

// continues tells whether the tables can be extended to a moment, rather than
// made anew: same simulation, and the clock did not go back.
func (o origins) continues(wanted origins) bool {
	return !o.until.IsZero() && !o.until.After(wanted.until) &&
		o.version == wanted.version && o.seed == wanted.seed && o.scale == wanted.scale && o.zone == wanted.zone
}

// store is the event database, in SQLite or PostgreSQL.
type store interface {
	// origins tells what the tables hold; a zero until when there are none of ours.
	origins(ctx context.Context) (origins, error)
	// rebuild replaces the tables by what feed gives, all or nothing.
	rebuild(ctx context.Context, o origins, feed func(rows) error) error
	// extend inserts or replaces the rows that feed gives, all or nothing.
	extend(ctx context.Context, o origins, feed func(rows) error) error
	Close() error
}

// rows takes the rows of both tables in any order.
type rows interface {
	event(e *event) error
	visit(v *visit) error
}

// live brings the store to a moment: it extends what is there or builds it anew.
// It returns the number of rows written.
func (m *model) live(ctx context.Context, s store, now time.Time, progress func(done, total int64)) (int64, error) {
	have, err := s.origins(ctx)
	if err != nil {
		return 0, err
	}
	want := m.origins(now)
	if have.continues(want) {
		return m.extend(ctx, s, have.until, now, progress)
	}
	var n int64
	err = s.rebuild(ctx, want, func(r rows) (err error) {
		n, err = m.changes(ctx, r, time.Time{}, now, progress)
		return err
	})
	if err != nil {
		return n, fmt.Errorf("building the event database: %w", err)
	}
	return n, nil
}

func (m *model) extend(ctx context.Context, s store, since, now time.Time, progress func(done, total int64)) (int64, error) {
	var n int64
	err := s.extend(ctx, m.origins(now), func(r rows) (err error) {
		n, err = m.changes(ctx, r, since, now, progress)
		return err
	})
	if err != nil {
		return n, fmt.Errorf("extending the event database: %w", err)
	}
	return n, nil
}

// changes gives every row whose visible version at now is not the one of since;
// a zero since gives all rows. Only events that began within tailDays can still change.
func (m *model) changes(ctx context.Context, r rows, since, now time.Time, progress func(done, total int64)) (int64, error) {
	from, to := 0, m.today(now)+leadDays
	if !since.IsZero() {
		from = max(0, m.today(since)-tailDays)
	}
	w := writer{rows: r, since: since, now: now}
	for d := from; d <= to; d++ {
		if err := ctx.Err(); err != nil {
			return w.n, err
		}
		m.eventsOn(d, func(h *happening) { w.happening(m, h) })
		if w.err != nil {
			return w.n, w.err
		}
		if d%32 == 0 || d == to {
			progress(int64(d-from+1), int64(to-from+1))
		}
	}
	return w.n, nil
}

// writer passes on the rows that changed between two moments.
type writer struct {
	rows       rows
	since, now time.Time
	n          int64
	err        error
}

func (w *writer) happening(m *model, h *happening) {
	moment := func(i int) time.Time { return h.versions[i].updated }
	if i, changed := w.changed(len(h.versions), moment); changed {
		w.keep(w.rows.event(&h.versions[i]))
	}
	if m.at(h.day, 0).After(w.now) { // nobody can have been counted yet
		return
	}
	m.attendanceOf(h, func(v []visit) {
		if i, changed := w.changed(len(v), func(i int) time.Time { return v[i].updated }); changed {
			w.keep(w.rows.visit(&v[i]))
		}
	})
}

// changed tells which version shows now, and whether another one or none showed before.
func (w *writer) changed(n int, moment func(int) time.Time) (int, bool) {
	i := latest(n, moment, w.now)
	if i < 0 || !w.since.IsZero() && !moment(i).After(w.since) {
		return 0, false
	}
	return i, true
}

func (w *writer) keep(err error) {
	w.n++
	if w.err == nil {
		w.err = err
	}
}

// foreign is the error for tables that bear our names and are not ours.
func foreign(table string) error {
	return khue.Errorf(khue.Conflict,
		"cơ sở dữ liệu đã có bảng %q không do thành phố mô phỏng tạo; hãy chọn cơ sở dữ liệu khác",
		"the database already has a table %q that the simulated city did not make; choose another database", table)
}
