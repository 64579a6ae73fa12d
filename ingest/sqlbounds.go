package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"khue"
)

// prepare works out the bounds of the reading.
func (w *sqlWalk) prepare(ctx context.Context) error {
	w.size, w.cursorAt = w.set.PageSize, -1
	if w.size == 0 {
		w.size = defaultPageSize
	}
	for i, c := range w.page.Columns {
		if c == w.set.ID {
			w.idAt = i
		}
		if c == w.set.Cursor && c != "" {
			w.cursorAt = i
		}
	}
	var mark sqlMark
	if w.request.Mark != "" {
		if err := json.Unmarshal([]byte(w.request.Mark), &mark); err != nil {
			return fmt.Errorf("reading the mark of %s: %w", w.name, err)
		}
	}
	if w.cursorAt < 0 {
		return w.resume(ctx, mark)
	}
	now, err := w.db.now(ctx)
	if err != nil {
		return fmt.Errorf("reading the source's clock: %w", err)
	}
	w.until = w.request.Until
	if !now.IsZero() && now.Before(w.until) {
		w.until = now
	}
	w.until = w.until.Add(-w.set.Lag)
	if w.set.NullCursor == nullCursorRefuse {
		if err := w.refuseNulls(ctx); err != nil {
			return err
		}
	}
	if err := w.bounds(ctx, mark); err != nil {
		return err
	}
	if w.request.Since.IsZero() && w.request.To.IsZero() {
		return w.resume(ctx, mark)
	}
	return nil
}

// resume goes on after the row at which an earlier reading was cut. A column that
// has another type by now cannot be compared with what was stored: then all is
// read again, which does no harm.
func (w *sqlWalk) resume(ctx context.Context, mark sqlMark) error {
	p := position{known: true, cursor: valueOfKey(mark.Cursor), id: valueOfKey(mark.ID)}
	if p.id.Kind == Null {
		return nil
	}
	id := w.db.quote(w.set.ID)
	var now Value
	err := w.db.query(ctx, "SELECT "+id+" FROM "+w.relation()+" WHERE "+id+" IS NOT NULL LIMIT 1", nil, func(row []Value) error {
		now = keep(row[0])
		return nil
	})
	if err != nil {
		return fmt.Errorf("looking at %s of %s: %w", w.set.ID, w.table(), err)
	}
	if !p.id.comparable(now) || !p.cursor.comparable(w.to) {
		w.log.Warn("a column changed its type in the middle of a long reading; reading from the start", "dataset", w.name)
		return nil
	}
	w.pos = p
	return nil
}

// comparable tells whether two values stand in one order; anything goes with nothing.
func (v Value) comparable(o Value) bool {
	return v.Kind == Null || o.Kind == Null || v.Kind == o.Kind || v.isNumber() && o.isNumber()
}

// What is done about rows whose cursor is NULL.
const (
	nullCursorRead   = "read"
	nullCursorRefuse = "refuse"
)

// refuseNulls counts the rows that no cursor would ever find.
func (w *sqlWalk) refuseNulls(ctx context.Context) error {
	n := int64(0)
	err := w.db.query(ctx, "SELECT count(*) FROM "+w.relation()+" WHERE "+w.db.quote(w.set.Cursor)+" IS NULL", nil, func(row []Value) error {
		n = row[0].N
		return nil
	})
	if err != nil {
		return fmt.Errorf("looking for rows without %s: %w", w.set.Cursor, err)
	}
	if n > 0 {
		return khue.Errorf(khue.Invalid, "%d dòng của %s không có %s nên không biết đổi khi nào; hãy sửa ở nguồn, hoặc đặt null_cursor: read",
			"%d rows of %s have no %s, so that nothing tells when they changed; mend them at the source, or set null_cursor: read", n, w.table(), w.set.Cursor)
	}
	return nil
}

// bounds turns moments into values of the cursor's own type, which the newest row shows.
func (w *sqlWalk) bounds(ctx context.Context, mark sqlMark) error {
	newest, err := w.newest(ctx)
	if err != nil {
		return err
	}
	w.last, w.empty, w.before = valueOfKey(mark.Last), newest.Kind == Null, mark
	if w.empty {
		return nil // nothing there, and so nothing to tell the cursor's type by
	}
	if !w.last.comparable(newest) {
		w.log.Warn("the cursor changed its type since the last pull; reading from the start", "dataset", w.name, "column", w.set.Cursor)
		w.last = Value{}
	}
	if newest.isNumber() {
		if !w.request.Since.IsZero() || !w.request.To.IsZero() {
			return khue.Errorf(khue.Invalid, "cột %s không phải thời gian nên không kéo lại theo thời gian được",
				"the column %s holds no times, so a stretch of time cannot be pulled again", w.set.Cursor)
		}
		w.counter, w.from, w.to = true, w.last, newest // all that there is now
		return nil
	}
	switch {
	case newest.Kind == Text && w.layout(newest) == "":
		return khue.Errorf(khue.Invalid, "cột %s chứa %q; hãy khai báo cursor_format", "the column %s holds %q; give its form as cursor_format", w.set.Cursor, newest.S)
	case newest.Kind != Text && newest.Kind != Instant && newest.Kind != Day:
		return khue.Errorf(khue.Invalid, "cột %s không dùng làm cursor được: cần thời gian hoặc số tăng dần",
			"the column %s cannot be the cursor: it needs times, or numbers that grow", w.set.Cursor)
	}
	since := w.request.Since
	if since.IsZero() && !mark.Until.IsZero() {
		// What is written in whole seconds or days may grow a row after it was read
		// that compares as equal: so the last one is read again.
		since = mark.Until.Add(-w.set.LookBack - w.step(newest))
	} else if newest.Kind == Day && !since.IsZero() {
		since = since.Add(-w.step(newest)) // its whole day belongs to the stretch
	}
	to := w.until
	if !w.request.To.IsZero() && w.request.To.Before(to) {
		to = w.request.To
	}
	w.to = w.moment(to, newest)
	if !since.IsZero() {
		w.from = w.moment(since, newest)
	}
	return nil
}

func (v Value) isNumber() bool { return v.Kind == Integer || v.Kind == Exact || v.Kind == Float }

// layout is the form in which a text cursor writes moments; "" when not known.
func (w *sqlWalk) layout(newest Value) string {
	if w.set.CursorFormat != "" {
		layout, _ := layoutOf(w.set.CursorFormat, true) // checked with the configuration
		return layout
	}
	for _, layout := range []string{momentForm, "2006-01-02T15:04:05Z", "2006-01-02 15:04:05"} {
		if _, err := time.Parse(layout, newest.S); err == nil && len(newest.S) == len(layout) {
			return layout
		}
	}
	return ""
}

// step is the least difference that the cursor's form can write.
func (w *sqlWalk) step(newest Value) time.Duration {
	const day = 24 * time.Hour
	if newest.Kind == Day {
		return day
	}
	if newest.Kind != Text {
		return 0
	}
	layout := w.layout(newest)
	switch {
	case strings.Contains(layout, ".000"):
		return time.Millisecond
	case strings.Contains(layout, "05"):
		return time.Second
	case strings.Contains(layout, "04"):
		return time.Minute
	case strings.Contains(layout, "15"):
		return time.Hour
	}
	return day
}

// moment writes a time the way the cursor does. Text compares as text, so the
// form must be the column's own; a text without an offset is UTC. A day is that
// of the source's zone.
func (w *sqlWalk) moment(t time.Time, newest Value) Value {
	switch newest.Kind {
	case Text:
		return text(t.UTC().Format(w.layout(newest)))
	case Day:
		return civilDay(midnight(t.In(w.zone)))
	}
	return instant(t)
}

func (w *sqlWalk) newest(ctx context.Context) (v Value, err error) {
	cursor := w.db.quote(w.set.Cursor)
	err = w.db.query(ctx, "SELECT max("+cursor+") AS "+cursor+" FROM "+w.relation(), nil, func(row []Value) error {
		v = keep(row[0])
		return nil
	})
	if err != nil {
		return v, fmt.Errorf("looking for the newest %s of %s: %w", w.set.Cursor, w.table(), err)
	}
	return v, nil
}
