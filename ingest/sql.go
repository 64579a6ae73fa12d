package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"khue"
)

// The SQL drivers.
const (
	driverSQLite   = "sqlite"
	driverPostgres = "postgres"
)

// sqlSource reads a table or query page by page in the order of (cursor, id): a
// page begins after the last row of the one before, so that rows are neither
// skipped nor read twice while the table changes, and a broken connection costs
// one page. No snapshot is held open at the source longer than a page takes.
type sqlSource struct {
	name   string
	config SourceConfig
	set    DatasetConfig
	zone   *time.Location // of times written without one
	log    *slog.Logger
}

// database is a read-only connection of one driver.
type database interface {
	// query runs a page's query and calls row with the cells of each row; they are
	// valid until it returns.
	query(ctx context.Context, text string, args []any, row func([]Value) error) error
	// placeholder writes the n-th bound parameter, from 1.
	placeholder(n int) string
	// argument turns a value of the source into one that can be bound.
	argument(v Value) any
	// now is the database's own clock; zero when it has none but ours.
	now(ctx context.Context) (time.Time, error)
	// retryable tells whether the same query may succeed if asked again.
	retryable(err error) bool
	close(ctx context.Context) error
}

// sqlMark is what a SQL source stores: either all up to Until has been read, or,
// while a long reading is under way, all up to a row.
type sqlMark struct {
	Until  time.Time `json:"until,omitzero"`
	Cursor string    `json:"cursor,omitempty"` // of that row, as keyText writes it
	ID     string    `json:"id,omitempty"`
	Last   string    `json:"last,omitempty"` // greatest cursor read, where it is no time
}

const (
	defaultPageSize     = 100_000
	defaultQueryTimeout = 10 * time.Minute
)

// open connects to the source.
func (s *sqlSource) open(ctx context.Context) (database, error) {
	dsn, err := s.config.DSN.reveal(s.config.DSNFile)
	if err != nil {
		return nil, err
	}
	driver := s.config.Driver
	if driver == "" {
		driver = driverSQLite
		if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
			driver = driverPostgres
		}
	}
	timeout := s.config.Timeout
	if timeout == 0 {
		timeout = defaultQueryTimeout
	}
	var db database
	if driver == driverPostgres {
		db, err = openPostgres(ctx, dsn, timeout, s.zone)
	} else {
		db, err = openSQLite(ctx, dsn, timeout)
	}
	if err != nil {
		return nil, khue.Errorf(khue.Unavailable, "không kết nối được cơ sở dữ liệu nguồn (%s)",
			"the source database (%s) cannot be reached", driver).Because(err)
	}
	return db, nil
}

// Read implements Source.
func (s *sqlSource) Read(ctx context.Context, q Request, yield func(*Page) error) (string, error) {
	db, err := s.connect(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = db.close(context.WithoutCancel(ctx)) }()
	w := &sqlWalk{sqlSource: s, db: db, request: q, yield: yield, page: &Page{Columns: q.Columns}}
	if err := w.prepare(ctx); err != nil {
		return "", err
	}
	w.page.Place = w.place
	for {
		rows, err := w.pageWithRetries(ctx)
		if err != nil {
			return "", err
		}
		if rows < w.size {
			return w.finalMark(), nil
		}
	}
}

func (s *sqlSource) connect(ctx context.Context) (database, error) {
	return backoff.Retry(ctx, func() (database, error) {
		db, err := s.open(ctx)
		if err != nil && refusedForGood(err) {
			return nil, backoff.Permanent(err)
		}
		return db, err
	}, s.retries()...)
}

func (s *sqlSource) retries() []backoff.RetryOption {
	r := s.config.Retry.complete()
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = r.Wait, r.MaxWait
	return []backoff.RetryOption{backoff.WithBackOff(b), backoff.WithMaxTries(uint(r.Max) + 1)}
}

// sqlWalk is one reading from the first page to the last.
type sqlWalk struct {
	*sqlSource
	db       database
	request  Request
	yield    func(*Page) error
	page     *Page
	size     int
	until    time.Time
	from     Value // rows after this cursor; Null reads from the beginning
	to       Value // and up to this one; Null does not bound
	at       bool  // the last row's position is known:
	cursor   Value
	id       Value
	last     Value
	cursorAt int // column of the cursor, -1 without one
	idAt     int
	yieldErr error
}

func (w *sqlWalk) place(row, _ int) string {
	id := w.page.Row(row)[w.idAt]
	return fmt.Sprintf("%s %s=%s", w.table(), w.set.ID, (&mapping{}).textOf(&id))
}

func (w *sqlWalk) table() string {
	if w.set.Table != "" {
		return w.set.Table
	}
	return w.name
}

// quote writes the name of a column or table; the parts of a name with a schema on their own.
func quote(name string) string {
	parts := strings.Split(name, ".")
	for i, p := range parts {
		parts[i] = `"` + strings.ReplaceAll(p, `"`, `""`) + `"`
	}
	return strings.Join(parts, ".")
}

func (w *sqlWalk) relation() string {
	if w.set.Table != "" {
		return quote(w.set.Table)
	}
	return "(" + strings.TrimRight(strings.TrimSpace(w.set.Query), ";") + ") AS q"
}

// statement is the query of the next page. Names are quoted, values are bound.
func (w *sqlWalk) statement() (string, []any) {
	columns := make([]string, len(w.page.Columns))
	for i, c := range w.page.Columns {
		columns[i] = quote(c)
	}
	var where []string
	var args []any
	bind := func(v Value) string {
		args = append(args, w.db.argument(v))
		return w.db.placeholder(len(args))
	}
	order := quote(w.set.ID)
	id := order
	if w.cursorAt >= 0 {
		cursor := quote(w.set.Cursor)
		order = cursor + ", " + id
		switch {
		case w.at:
			where = append(where, fmt.Sprintf("(%s, %s) > (%s, %s)", cursor, id, bind(w.cursor), bind(w.id)))
		case w.from.Kind != Null:
			where = append(where, cursor+" > "+bind(w.from))
		}
		if w.to.Kind != Null {
			where = append(where, cursor+" <= "+bind(w.to))
		}
	} else if w.at {
		where = append(where, id+" > "+bind(w.id))
	}
	q := "SELECT " + strings.Join(columns, ", ") + " FROM " + w.relation()
	if len(where) > 0 {
		q += " WHERE " + strings.Join(where, " AND ")
	}
	return q + " ORDER BY " + order + " LIMIT " + strconv.Itoa(w.size), args
}

// pageWithRetries reads one page of the database. What was given out before a
// connection broke stays: the next try begins after it.
func (w *sqlWalk) pageWithRetries(ctx context.Context) (int, error) {
	want, got := w.size, 0
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		n, err := w.readPage(ctx)
		got += n
		if err == nil || w.yieldErr != nil || ctx.Err() != nil || !w.db.retryable(err) {
			if err != nil {
				return struct{}{}, backoff.Permanent(err)
			}
			return struct{}{}, nil
		}
		w.log.Warn("the source database broke off; going on after the last row", "dataset", w.name, "error", err)
		if again, openErr := w.open(ctx); openErr == nil {
			_ = w.db.close(ctx)
			w.db = again
		}
		if n > 0 {
			got = want // a short page after a break is not the last one
		}
		return struct{}{}, err
	}, w.retries()...)
	if w.yieldErr != nil {
		return got, w.yieldErr
	}
	if err != nil {
		return got, khue.Errorf(khue.Unavailable, "không đọc được bảng nguồn %s", "the source table %s cannot be read", w.table()).Because(err)
	}
	return got, nil
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
			return w.give()
		}
		return nil
	})
	if err == nil || w.yieldErr == nil && w.page.Len() > 0 {
		err = errors.Join(err, w.give())
	}
	return n, err
}

// give hands a page on and remembers where it ended.
func (w *sqlWalk) give() error {
	if w.page.Len() == 0 {
		return nil
	}
	row := w.page.Row(w.page.Len() - 1)
	w.at, w.id = true, row[w.idAt]
	if w.cursorAt >= 0 {
		w.cursor = row[w.cursorAt]
	}
	w.page.Mark = w.midMark
	if err := w.yield(w.page); err != nil {
		w.yieldErr = err
		return err
	}
	w.page.reset()
	return nil
}
