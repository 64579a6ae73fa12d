package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"khue"
)

// The SQL drivers.
const (
	driverSQLite   = "sqlite"
	driverPostgres = "postgres"
	driverMySQL    = "mysql" // and MariaDB
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

// database is a read-only connection of one driver. A new system is one file with
// these methods and a case in open.
type database interface {
	// query runs a page's query and calls row with the cells of each row as they
	// come over the wire; they are valid until it returns.
	query(ctx context.Context, text string, args []any, row func([]Value) error) error
	// quote writes the name of a column or table, the parts of a name with a schema on their own.
	quote(name string) string
	// placeholder writes the n-th bound parameter, from 1.
	placeholder(n int) string
	// rowValues tells whether (a, b) > (x, y) is understood and served by an index.
	rowValues() bool
	// argument turns a value that was read from a column into one that can be bound.
	argument(column string, v Value) any
	// now is the database's own clock; zero when it has none but ours.
	now(ctx context.Context) (time.Time, error)
	// begin makes all queries until end see the database at one moment.
	begin(ctx context.Context) error
	end(ctx context.Context) error
	// retryable tells whether the same query may succeed if asked again.
	retryable(err error) bool
	// why tells what a person can do about an error.
	why(err error) reason
	close(ctx context.Context) error
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
		driver = driverOf(dsn)
	}
	var db database
	switch driver {
	case driverPostgres:
		db, err = openPostgres(ctx, dsn, s.timeout(), s.zone)
	case driverMySQL:
		db, err = openMySQL(ctx, dsn, s.timeout(), s.zone)
	default:
		db, err = openSQLite(ctx, dsn, s.timeout())
	}
	if err != nil {
		return nil, khue.Errorf(khue.Unavailable, "không kết nối được cơ sở dữ liệu nguồn (%s)",
			"the source database (%s) cannot be reached", driver).Because(err)
	}
	return db, nil
}

// driverOf tells the system by the form of the DSN.
func driverOf(dsn string) string {
	scheme, _, _ := strings.Cut(dsn, "://")
	switch scheme {
	case "postgres", "postgresql":
		return driverPostgres
	case "mysql", "mariadb":
		return driverMySQL
	}
	return driverSQLite
}

func (s *sqlSource) timeout() time.Duration {
	if s.config.Timeout == 0 {
		return defaultQueryTimeout
	}
	return s.config.Timeout
}

// Read implements Source. Rows with a cursor come first and those without one
// last: nothing tells when these changed, so they are read at every pull.
func (s *sqlSource) Read(ctx context.Context, q Request, yield func(*Page) error) (string, error) {
	db, err := s.connect(ctx)
	if err != nil {
		return "", err
	}
	w := &sqlWalk{sqlSource: s, db: db, request: q, yield: yield, page: &Page{Columns: q.Columns}}
	defer func() { _ = w.db.close(context.WithoutCancel(ctx)) }()
	w.page.Place = w.place
	if err := w.retrying(ctx, func() error { return w.prepare(ctx) }); err != nil {
		return "", err
	}
	if !w.empty {
		if err := w.pass(ctx); err != nil {
			return "", err
		}
	}
	if w.cursorAt >= 0 && q.Since.IsZero() && q.To.IsZero() {
		w.nulls, w.pos = true, position{}
		if err := w.pass(ctx); err != nil {
			return "", err
		}
	}
	if q.Told != nil && !w.untold {
		w.told.By = "count(*)"
		q.Told(w.told)
	}
	return w.finalMark(), nil
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
	return []backoff.RetryOption{backoff.WithBackOff(b), backoff.WithMaxTries(uint(r.Max) + 1), backoff.WithMaxElapsedTime(0)}
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
	counter  bool  // the cursor is a number that grows, no time
	empty    bool  // no row has a cursor
	before   sqlMark
	nulls    bool // the pass over rows without a cursor is under way
	pos      position
	last     Value
	cursorAt int // column of the cursor, -1 without one
	idAt     int
	yieldErr error
	given    int64 // rows handed on
	told     Totals
	untold   bool // the source could not say what it was to give
}

// position is that of the last row given out.
type position struct {
	known      bool
	cursor, id Value
}

func (w *sqlWalk) place(row, _ int) string {
	id := w.page.Row(row)[w.idAt]
	return fmt.Sprintf("%s %s=%s", w.table(), w.set.ID, (&mapping{}).textOf(&id))
}

func (s *sqlSource) table() string {
	if s.set.Table != "" {
		return s.set.Table
	}
	return s.name
}

func quoteParts(name, mark string) string {
	parts := strings.Split(name, ".")
	for i, p := range parts {
		parts[i] = mark + strings.ReplaceAll(p, mark, mark+mark) + mark
	}
	return strings.Join(parts, ".")
}

func (w *sqlWalk) relation() string {
	if w.set.Table != "" {
		return w.db.quote(w.set.Table)
	}
	return "(" + strings.TrimRight(strings.TrimSpace(w.set.Query), "; \n\t") + ") AS q"
}

// retrying runs something that reads the database, on a new connection if need be.
func (w *sqlWalk) retrying(ctx context.Context, try func() error) error {
	why := reasonOther
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := try()
		if err == nil {
			return struct{}{}, nil
		}
		why = w.db.why(err)
		if !w.mayRetry(ctx, err) {
			return struct{}{}, backoff.Permanent(err)
		}
		if openErr := w.reopen(ctx, err); openErr != nil {
			return struct{}{}, openErr
		}
		return struct{}{}, err
	}, w.retries()...)
	var said *khue.Error
	switch {
	case w.yieldErr != nil:
		return w.yieldErr
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil && !errors.As(err, &said):
		return w.explain(err, why)
	}
	return err
}

func (w *sqlWalk) mayRetry(ctx context.Context, err error) bool {
	return err != nil && w.yieldErr == nil && ctx.Err() == nil && w.db.retryable(err)
}

// reopen takes a new connection in place of one that broke; the broken one stays
// until there is one.
func (w *sqlWalk) reopen(ctx context.Context, why error) error {
	w.log.Warn("the source database broke off; going on after the last row", "dataset", w.name, "error", why)
	again, err := w.open(ctx)
	if err != nil {
		if refusedForGood(err) {
			return backoff.Permanent(err)
		}
		return err
	}
	_ = w.db.close(context.WithoutCancel(ctx))
	w.db = again
	return nil
}

// refusedForGood tells a refusal that asking again will not change, and that may
// lock an account if it is repeated: wrong credentials, no such database, no file.
func refusedForGood(err error) bool {
	return postgresRefusedForGood(err) || mysqlRefusedForGood(err) ||
		strings.Contains(err.Error(), "SQLITE_CANTOPEN") || strings.Contains(err.Error(), "unable to open database file")
}
