package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
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
		w.resume(mark)
		return nil
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
	if err := w.bounds(ctx, mark); err != nil {
		return err
	}
	if w.request.Since.IsZero() && w.request.To.IsZero() {
		w.resume(mark)
	}
	return nil
}

// resume goes on after the row at which an earlier reading was cut.
func (w *sqlWalk) resume(mark sqlMark) {
	if mark.ID == "" {
		return
	}
	w.at, w.cursor, w.id = true, valueOfKey(mark.Cursor), valueOfKey(mark.ID)
}

// bounds turns moments into values of the cursor's own type, which the newest row shows.
func (w *sqlWalk) bounds(ctx context.Context, mark sqlMark) error {
	newest, err := w.newest(ctx)
	if err != nil {
		return err
	}
	w.last = valueOfKey(mark.Last)
	if newest.Kind == Null {
		return nil // nothing there, and so nothing to tell the cursor's type by
	}
	if newest.Kind == Integer || newest.Kind == Text && w.layout(newest) == "" {
		if !w.request.Since.IsZero() || !w.request.To.IsZero() {
			return khue.Errorf(khue.Invalid, "cột %s không phải thời gian nên không kéo lại theo thời gian được",
				"the column %s holds no times, so a stretch of time cannot be pulled again", w.set.Cursor)
		}
		if newest.Kind == Text {
			return khue.Errorf(khue.Invalid, "cột %s chứa %q; hãy khai báo cursor_format", "the column %s holds %q; give its form as cursor_format", w.set.Cursor, newest.S)
		}
		w.from, w.to = w.last, newest // a counter: all that there is now
		return nil
	}
	since := w.request.Since
	if since.IsZero() && !mark.Until.IsZero() {
		since = mark.Until.Add(-w.set.LookBack)
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

// moment writes a time the way the cursor does. Text compares as text, so the
// form must be the column's own; a text without an offset is UTC.
func (w *sqlWalk) moment(t time.Time, newest Value) Value {
	if newest.Kind == Text {
		return text(t.UTC().Format(w.layout(newest)))
	}
	return instant(t)
}

func (w *sqlWalk) newest(ctx context.Context) (v Value, err error) {
	err = w.db.query(ctx, "SELECT max("+quote(w.set.Cursor)+") FROM "+w.relation(), nil, func(row []Value) error {
		v = row[0]
		v.S = strings.Clone(v.S)
		return nil
	})
	if err != nil {
		return v, fmt.Errorf("looking for the newest %s of %s: %w", w.set.Cursor, w.table(), err)
	}
	return v, nil
}

func (w *sqlWalk) midMark() string {
	return writeMark(sqlMark{Cursor: keyText(w.cursor), ID: keyText(w.id), Last: keyText(w.last)})
}

// finalMark says that all was read; a table without cursor is read whole each time.
func (w *sqlWalk) finalMark() string {
	if w.cursorAt < 0 {
		return writeMark(sqlMark{})
	}
	if w.to.Kind == Integer {
		return writeMark(sqlMark{Last: keyText(w.to)})
	}
	return writeMark(sqlMark{Until: w.until.UTC(), Last: keyText(w.last)})
}

func writeMark(m sqlMark) string {
	b, _ := json.Marshal(m) //nolint:errchkjson // times and texts always can be written
	return string(b)
}

// keyText and valueOfKey write a position down and read it back with its type.
func keyText(v Value) string {
	switch v.Kind {
	case Integer:
		return "i" + strconv.FormatInt(v.N, 10)
	case Instant:
		return "t" + strconv.FormatInt(v.N, 10)
	case Day:
		return "d" + strconv.FormatInt(v.N, 10)
	case Text:
		return "s" + v.S
	}
	return ""
}

func valueOfKey(s string) Value {
	if s == "" {
		return Value{}
	}
	n, err := strconv.ParseInt(s[1:], 10, 64)
	switch {
	case s[0] == 's':
		return text(s[1:])
	case err != nil:
		return Value{}
	case s[0] == 't':
		return Value{Kind: Instant, N: n}
	case s[0] == 'd':
		return Value{Kind: Day, N: n}
	}
	return integer(n)
}
