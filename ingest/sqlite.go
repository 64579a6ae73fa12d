package ingest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// sqliteDatabase reads a SQLite file that something else may be writing.
type sqliteDatabase struct {
	db      *sql.DB
	conn    *sql.Conn
	timeout time.Duration
	wal     bool // readers do not hold up writers
	cells   []Value
	scans   []any
	raw     []any
}

// openSQLite takes a path or a file: URL. The file must exist, and nothing we do
// on the connection can write.
func openSQLite(ctx context.Context, dsn string, timeout time.Duration) (*sqliteDatabase, error) {
	path, query, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(dsn, "sqlite:"), "file:"), "?")
	if dsn == path { // a plain path may hold letters that a URL may not
		path = (&url.URL{Path: path}).EscapedPath()
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, fmt.Errorf("reading the DSN: %w", err)
	}
	if values.Get("mode") == "" {
		values.Set("mode", "rw") // not rwc: a missing file is a fault; a reader of a WAL needs its index
	}
	values.Add("_pragma", "busy_timeout(10000)")
	values.Add("_pragma", "query_only(1)")
	db, err := sql.Open("sqlite", "file:"+path+"?"+values.Encode())
	if err != nil {
		return nil, fmt.Errorf("opening the file: %w", err)
	}
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	mode := ""
	if err == nil {
		err = conn.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode)
	}
	if err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("opening the file: %w", err)
	}
	return &sqliteDatabase{db: db, conn: conn, timeout: timeout, wal: mode == "wal"}, nil
}

func (d *sqliteDatabase) query(ctx context.Context, text string, args []any, row func([]Value) error) error {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	rows, err := d.conn.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	if len(d.cells) != len(columns) {
		d.cells, d.raw, d.scans = make([]Value, len(columns)), make([]any, len(columns)), make([]any, len(columns))
		for i := range d.raw {
			d.scans[i] = &d.raw[i]
		}
	}
	for rows.Next() {
		if err := rows.Scan(d.scans...); err != nil {
			return err
		}
		for i, v := range d.raw {
			d.cells[i] = valueOf(v)
		}
		if err := row(d.cells); err != nil {
			return err
		}
	}
	return rows.Err()
}

// valueOf takes what a database/sql driver gives.
func valueOf(v any) Value {
	switch x := v.(type) {
	case nil:
		return Value{}
	case int64:
		return integer(x)
	case string:
		return text(x)
	case []byte:
		return text(string(x))
	case float64:
		return Value{Kind: Float, Ref: x}
	case bool:
		return boolean(x)
	case time.Time:
		return instant(x)
	}
	return text(fmt.Sprint(v))
}

// quote uses backticks: SQLite takes a name in double quotes that no column has for a text.
func (d *sqliteDatabase) quote(name string) string { return quoteParts(name, "`") }

func (d *sqliteDatabase) placeholder(int) string { return "?" }

func (d *sqliteDatabase) rowValues() bool { return true }

func (d *sqliteDatabase) argument(_ string, v Value) any {
	switch v.Kind {
	case Integer:
		return v.N
	case Float:
		return v.Ref
	case Instant:
		return v.time()
	}
	return v.S
}

// begin holds a snapshot where that does not lock the source's own writers out.
func (d *sqliteDatabase) begin(ctx context.Context) error { return d.inWAL(ctx, "BEGIN") }

func (d *sqliteDatabase) end(ctx context.Context) error { return d.inWAL(ctx, "COMMIT") }

func (d *sqliteDatabase) inWAL(ctx context.Context, statement string) error {
	if !d.wal {
		return nil
	}
	_, err := d.conn.ExecContext(ctx, statement)
	return err
}

// now is zero: the file has no clock of its own.
func (d *sqliteDatabase) now(context.Context) (time.Time, error) { return time.Time{}, nil }

// retryable: a writer may hold the file longer than the busy time-out.
func (d *sqliteDatabase) retryable(err error) bool {
	return strings.Contains(err.Error(), "SQLITE_BUSY")
}

func (d *sqliteDatabase) why(err error) reason {
	said := err.Error()
	switch {
	case strings.Contains(said, "no such column"), strings.Contains(said, "no such table"):
		return reasonColumn
	case errors.Is(err, context.DeadlineExceeded), strings.Contains(said, "interrupted"):
		return reasonSlow
	}
	return reasonOther
}

func (d *sqliteDatabase) close(context.Context) error {
	return errors.Join(d.conn.Close(), d.db.Close())
}
