package ingest

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"khue"
)

// where is the condition of the rows that are still to be read, after a position.
// Names are quoted, values are bound.
func (w *sqlWalk) where(after position) (string, []any) {
	var all []string
	var args []any
	id := w.db.quote(w.set.ID)
	bind := func(column string, v Value) string {
		args = append(args, w.db.argument(column, v))
		return w.db.placeholder(len(args))
	}
	if w.cursorAt < 0 || w.nulls {
		if w.nulls {
			all = append(all, w.db.quote(w.set.Cursor)+" IS NULL")
		}
		if after.known {
			all = append(all, id+" > "+bind(w.set.ID, after.id))
		}
	} else {
		cursor := w.db.quote(w.set.Cursor)
		switch {
		case after.known && w.db.rowValues():
			all = append(all, "("+cursor+", "+id+") > ("+bind(w.set.Cursor, after.cursor)+", "+bind(w.set.ID, after.id)+")")
		case after.known:
			all = append(all, cursor+" >= "+bind(w.set.Cursor, after.cursor),
				"("+cursor+" > "+bind(w.set.Cursor, after.cursor)+" OR "+id+" > "+bind(w.set.ID, after.id)+")")
		case w.from.Kind != Null:
			all = append(all, cursor+" > "+bind(w.set.Cursor, w.from))
		}
		if w.to.Kind != Null {
			all = append(all, cursor+" <= "+bind(w.set.Cursor, w.to))
		}
	}
	if len(all) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(all, " AND "), args
}

// statement is the query of the next page.
func (w *sqlWalk) statement() (string, []any) {
	columns := make([]string, len(w.page.Columns))
	for i, c := range w.page.Columns {
		columns[i] = w.db.quote(c)
	}
	order := w.db.quote(w.set.ID)
	if w.cursorAt >= 0 && !w.nulls {
		order = w.db.quote(w.set.Cursor) + ", " + order
	}
	where, args := w.where(w.pos)
	return "SELECT " + strings.Join(columns, ", ") + " FROM " + w.relation() + where + " ORDER BY " + order + " LIMIT " + strconv.Itoa(w.size), args
}

// pages reads page after page to the end of a pass, and calls after, where there
// is one, after each of them. What was given out before a connection broke stays:
// the next try begins after it, with all its tries again.
func (w *sqlWalk) pages(ctx context.Context, after func(last bool) error) error {
	for {
		rows, broke := 0, false
		err := w.retrying(ctx, func() error {
			n, err := w.readPage(ctx)
			rows, broke = rows+n, broke || err != nil
			if n > 0 && w.mayRetry(ctx, err) {
				return w.reopen(ctx, err)
			}
			return err
		})
		if err != nil {
			return err
		}
		last := rows < w.size && !broke // a short page after a break need not be the last
		if after != nil {
			if err := w.retrying(ctx, func() error { return after(last) }); err != nil {
				return err
			}
		}
		if last {
			return nil
		}
	}
}

// readPage runs one query and gives its rows out in smaller pages.
func (w *sqlWalk) readPage(ctx context.Context) (int, error) {
	text, args := w.statement()
	n := 0
	w.page.reset()
	err := w.db.query(ctx, text, args, func(cells []Value) error {
		copy(w.page.grow(), cells)
		n++
		if w.page.Len() == pageRows {
			return w.give(n == w.size)
		}
		return nil
	})
	if err == nil || w.mayRetry(ctx, err) {
		err = errors.Join(err, w.give(n == w.size))
	}
	return n, err
}

// give hands a page on and remembers where it ended.
func (w *sqlWalk) give(more bool) error {
	if w.page.Len() == 0 {
		return nil
	}
	row := w.page.Row(w.page.Len() - 1)
	if more && row[w.idAt].Kind == Null {
		w.yieldErr = khue.Errorf(khue.Invalid, "cột %s của %s có ô trống nên không thể đọc tiếp theo từng trang",
			"the column %s of %s has empty cells, so that the reading cannot go on after them; it must be NOT NULL", w.set.ID, w.table())
		return w.yieldErr
	}
	w.pos = position{known: true, id: keep(row[w.idAt])}
	if w.cursorAt >= 0 {
		w.pos.cursor = keep(row[w.cursorAt])
	}
	w.given += int64(w.page.Len())
	w.page.Mark = w.midMark
	if err := w.yield(w.page); err != nil {
		w.yieldErr = err
		return err
	}
	w.page.reset()
	return nil
}

// keep takes a value out of the page it lies in.
func keep(v Value) Value {
	v.S = strings.Clone(v.S)
	return v
}

// reason says what stands behind an error of a database.
type reason int

const (
	reasonOther reason = iota
	reasonColumn
	reasonDenied
	reasonSlow
	reasonStopping
)

// explain says what a person can do about an error of the database.
func (s *sqlSource) explain(err error, why reason) error {
	table := s.table()
	switch why {
	case reasonColumn:
		return khue.Errorf(khue.Invalid, "bảng nguồn %s không có đúng như khai báo (bảng hoặc cột); hãy kiểm tra cấu hình",
			"the source table %s is not as configured (its name or a column's); check the configuration", table).Because(err)
	case reasonDenied:
		return khue.Errorf(khue.Forbidden, "tài khoản không có quyền đọc bảng nguồn %s; cần quyền SELECT",
			"the account may not read the source table %s; it needs SELECT", table).Because(err)
	case reasonSlow:
		return khue.Errorf(khue.Unavailable, "truy vấn bảng nguồn %s quá %s (timeout); hãy tạo chỉ mục cho (cursor, id)",
			"a query of the source table %s took longer than %s (timeout); an index on (cursor, id) makes it quick", table, s.timeout()).Because(err)
	case reasonStopping:
		return khue.Errorf(khue.Unavailable, "máy chủ cơ sở dữ liệu nguồn đang tắt hoặc khởi động khi đọc %s",
			"the source's database server was stopping or starting while %s was read", table).Because(err)
	}
	return khue.Errorf(khue.Unavailable, "không đọc được bảng nguồn %s", "the source table %s cannot be read", table).Because(err)
}
