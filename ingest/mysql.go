package ingest

import (
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// mysqlDatabase reads MySQL or MariaDB. The driver hands rows over as they come
// over the wire; what it gives is turned into cells in mysqlcell.go.
type mysqlDatabase struct {
	db     *sql.DB
	conn   *sql.Conn
	reader mysqlReader
}

// openMySQL takes mysql://user:password@host:3306/database. Of the query only tls
// is read: true, skip-verify or preferred.
func openMySQL(ctx context.Context, dsn string, timeout time.Duration, zone *time.Location) (*mysqlDatabase, error) {
	c, err := mysqlConfig(dsn)
	if err != nil {
		return nil, err
	}
	// The server ends a slow query itself; this is for a server that falls silent.
	c.ReadTimeout, c.WriteTimeout = patience(timeout), patience(timeout)
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, errors.New(mysqlForm)
	}
	db := sql.OpenDB(connector)
	conn, err := db.Conn(ctx)
	if err == nil {
		err = prepareMySQL(ctx, conn, timeout)
	}
	if err != nil {
		if conn != nil {
			_ = conn.Close()
		}
		_ = db.Close()
		return nil, err
	}
	return &mysqlDatabase{db: db, conn: conn, reader: mysqlReader{zone: zone, local: make(map[string]bool)}}, nil
}

const mysqlForm = "the DSN cannot be read; write mysql://user:password@host:3306/database"

// patience is how long a connection may bring nothing: a little longer than the
// source has for a query, so that its own word on the matter arrives.
func patience(timeout time.Duration) time.Duration { return timeout + timeout/10 + time.Second }

func mysqlConfig(dsn string) (*mysql.Config, error) {
	u, err := url.Parse(dsn)
	if err != nil || u.Host == "" {
		return nil, errors.New(mysqlForm) // the cause would hold the password
	}
	c := mysql.NewConfig()
	c.User, c.Net, c.Addr, c.DBName = u.User.Username(), "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	c.Passwd, _ = u.User.Password()
	if u.Port() == "" {
		c.Addr = net.JoinHostPort(u.Hostname(), "3306")
	}
	c.Timeout, c.Logger = 15*time.Second, &mysql.NopLogger{}
	if err := c.Apply(mysql.Charset("utf8mb4", "")); err != nil {
		return nil, errors.New(mysqlForm)
	}
	for key, values := range u.Query() {
		if key != "tls" {
			return nil, fmt.Errorf("the DSN has an unknown option %q; only tls is read", key)
		}
		c.TLSConfig = values[0]
	}
	if c.TLSConfig == "true" { // the name is checked against the certificate
		c.TLSConfig, c.TLS = "", &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	}
	return c, nil
}

// prepareMySQL makes a session read-only, its clock UTC and its queries bounded.
func prepareMySQL(ctx context.Context, conn *sql.Conn, timeout time.Duration) error {
	var version string
	if err := conn.QueryRowContext(ctx, "SELECT version()").Scan(&version); err != nil {
		return fmt.Errorf("asking for the version: %w", err)
	}
	limit := fmt.Sprintf("SET SESSION max_execution_time = %d", timeout.Milliseconds())
	if strings.Contains(version, "MariaDB") {
		limit = fmt.Sprintf("SET SESSION max_statement_time = %f", timeout.Seconds())
	}
	for _, statement := range []string{"SET SESSION TRANSACTION READ ONLY", "SET SESSION time_zone = '+00:00'", limit} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

func (d *mysqlDatabase) query(ctx context.Context, text string, args []any, row func([]Value) error) error {
	rows, err := d.conn.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	cells, targets := d.reader.prepare(types)
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		if err := row(cells); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (d *mysqlDatabase) quote(name string) string { return quoteParts(name, "`") }

func (d *mysqlDatabase) placeholder(int) string { return "?" }

// rowValues: they are understood, but no index serves them.
func (d *mysqlDatabase) rowValues() bool { return false }

func (d *mysqlDatabase) argument(column string, v Value) any { return d.reader.argument(column, v) }

func (d *mysqlDatabase) now(ctx context.Context) (time.Time, error) {
	var s string
	if err := d.conn.QueryRowContext(ctx, "SELECT date_format(utc_timestamp(6), '%Y-%m-%d %H:%i:%s.%f')").Scan(&s); err != nil {
		return time.Time{}, err
	}
	return time.ParseInLocation(mysqlMoment, s, time.UTC)
}

func (d *mysqlDatabase) begin(ctx context.Context) error {
	_, err := d.conn.ExecContext(ctx, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
	return err
}

func (d *mysqlDatabase) end(ctx context.Context) error {
	_, err := d.conn.ExecContext(ctx, "COMMIT")
	return err
}

// The error numbers that matter: see "Server Error Message Reference".
var mysqlReasons = map[uint16]reason{
	1054: reasonColumn, 1146: reasonColumn, 1049: reasonColumn,
	1142: reasonDenied, 1143: reasonDenied, 1044: reasonDenied, 1370: reasonDenied,
	1969: reasonSlow, 3024: reasonSlow,
	1053: reasonStopping, 1317: reasonStopping, 1927: reasonStopping, 1077: reasonStopping, 1079: reasonStopping,
}

func (d *mysqlDatabase) why(err error) reason {
	var refused *mysql.MySQLError
	if errors.As(err, &refused) {
		return mysqlReasons[refused.Number]
	}
	return reasonOther
}

// retryable: the connection broke, the server stops or is short of means.
func (d *mysqlDatabase) retryable(err error) bool {
	var refused *mysql.MySQLError
	if errors.As(err, &refused) {
		switch refused.Number {
		case 1040, 1205, 1213: // too many connections, a lock that was not to be had, a deadlock
			return true
		}
		return mysqlReasons[refused.Number] == reasonStopping
	}
	var network net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, mysql.ErrMalformPkt) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, sql.ErrConnDone) || errors.As(err, &network)
}

func (d *mysqlDatabase) close(context.Context) error {
	return errors.Join(d.conn.Close(), d.db.Close())
}

// mysqlRefusedForGood: wrong credentials, no such database.
func mysqlRefusedForGood(err error) bool {
	var refused *mysql.MySQLError
	return errors.As(err, &refused) && (refused.Number == 1044 || refused.Number == 1045 || refused.Number == 1049 || refused.Number == 1698)
}

// mysqlArgument writes a time the way the column's own are written.
func (r *mysqlReader) argument(column string, v Value) any {
	switch v.Kind {
	case Integer:
		return v.N
	case Float:
		return v.Ref
	case Day:
		return v.time().Format(time.DateOnly)
	case Instant:
		if r.local[column] {
			return v.time().In(r.zone).Format(mysqlMoment)
		}
		return v.time().Format(mysqlMoment)
	case Exact:
		s := (&mapping{}).textOf(&v)
		if n, err := strconv.ParseUint(s, 10, 64); err == nil { // compared as numbers, where a text would be a float
			return n
		}
		return s
	}
	return v.S
}
