// Package warehouse is the only one that knows ClickHouse. It keeps every fact
// as double entry: a change is a row that takes the old values back and a row
// that sets the new ones, both stamped with when we learned it and from which
// batch. Sums need no correction, and what was known at any moment stays known.
package warehouse

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"khue"
	"khue/warehouse/engine"
)

// Options say how to open a warehouse.
type Options struct {
	DSN     string // embedded://PATH or clickhouse://user:pass@host:9000,host2:9000/db?secure=true
	Library string // of the embedded engine; empty looks in the usual places
	Now     func() time.Time
	Zone    *time.Location
	Logger  *slog.Logger
	// Working, when set, tells whether a process of another machine, "host/pid",
	// still works on something; without it a batch of such a process is taken up
	// two hours after its last sign of life.
	Working func(ctx context.Context, owner string) (bool, error)
}

// Warehouse is a connection to ClickHouse, in one of its two homes.
type Warehouse struct {
	conn   driver.Conn
	engine *engine.Engine // nil for clickhouse://
	now    func() time.Time
	zone   *time.Location
	log    *slog.Logger
	name   string // of the database
	states remembered
	past   remembered // of StatesAt; its day is the moment asked about

	reporting indexKeeper  // who should have reported attendance, and who did
	members   memberNames  // the names of the register
	lines     lineReadings // of the batch book
	kept      atomic.Pointer[keptLine]
	settledAt atomic.Pointer[time.Time] // when writes were last settled, or tried to be

	writing  sync.Mutex // a line into the batch book
	loading  sync.Mutex
	sources  map[string]*sync.Mutex // one load at a time for each source
	active   map[string]bool        // batches this process works on
	lastLine time.Time              // moment of the newest line in the batch book
	working  func(ctx context.Context, owner string) (bool, error)
}

// Open connects to the warehouse that the DSN names, starting the embedded
// engine where it is not running yet. It does not change the schema.
func Open(ctx context.Context, o Options) (*Warehouse, error) {
	w := &Warehouse{working: o.Working, now: o.Now, zone: o.Zone, log: o.Logger, sources: map[string]*sync.Mutex{}}
	if w.now == nil {
		w.now = time.Now
	}
	if w.zone == nil {
		w.zone = time.UTC
	}
	if w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	options, err := w.connection(ctx, o)
	if err != nil {
		return nil, err
	}
	w.name = options.Auth.Database
	if err := w.connect(ctx, options); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// connection turns the DSN into the driver's options.
func (w *Warehouse) connection(ctx context.Context, o Options) (*clickhouse.Options, error) {
	scheme, rest, ok := strings.Cut(o.DSN, "://")
	switch {
	case ok && scheme == "embedded" && rest != "":
		path, query, _ := strings.Cut(rest, "?")
		e, err := engine.Open(ctx, engine.Options{Dir: path, Library: o.Library, Logger: w.log})
		if err != nil {
			return nil, err
		}
		w.engine = e
		database := "khue"
		if v, err := url.ParseQuery(query); err == nil && v.Get("database") != "" {
			database = v.Get("database")
		}
		return &clickhouse.Options{
			Addr: []string{"embedded:0"}, DialContext: e.DialContext,
			Auth: clickhouse.Auth{Database: database, Username: engine.ServiceUser, Password: e.Secrets().Service},
		}, nil
	case ok && scheme == "clickhouse":
		options, err := clickhouse.ParseDSN(o.DSN)
		if err != nil {
			return nil, badDSN(err)
		}
		if options.Auth.Database == "" {
			options.Auth.Database = "khue"
		}
		return options, nil
	}
	return nil, badDSN(nil)
}

// badDSN never repeats the DSN: it may hold a password.
func badDSN(cause error) error {
	if cause != nil {
		cause = errors.New("it cannot be parsed")
	}
	return khue.Errorf(khue.Invalid,
		"địa chỉ kho dữ liệu không hợp lệ; hãy viết embedded://THƯ_MỤC hoặc clickhouse://người_dùng:mật_khẩu@máy:9000/cơ_sở_dữ_liệu",
		"the warehouse address is not valid; write embedded://FOLDER or clickhouse://user:password@host:9000/database").Because(cause)
}

func (w *Warehouse) connect(ctx context.Context, options *clickhouse.Options) error {
	options.DialTimeout = 5 * time.Second
	options.MaxOpenConns, options.MaxIdleConns = 16, 8
	options.ConnMaxLifetime = 10 * time.Minute
	options.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
	options.ClientInfo = clickhouse.ClientInfo{Products: []struct{ Name, Version string }{{"khue", "1"}}}
	if err := ensureDatabase(ctx, *options); err != nil {
		return err
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		return badDSN(err)
	}
	err = conn.Ping(ctx)
	if err != nil {
		_ = conn.Close()
		return unreachable(err)
	}
	w.conn = conn
	return nil
}

// ensureDatabase makes the database before anybody opens a session on it: the
// embedded engine ends when a session names a database that is not there. A user
// without the right to make one goes on, and hears from the session what is wrong.
func ensureDatabase(ctx context.Context, options clickhouse.Options) error {
	name := options.Auth.Database
	options.Auth.Database = "system"
	conn, err := clickhouse.Open(&options)
	if err != nil {
		return badDSN(err)
	}
	defer func() { _ = conn.Close() }()
	var n uint64
	if err := conn.QueryRow(ctx, "SELECT count() FROM system.databases WHERE name = $1", name).Scan(&n); err != nil {
		if isCode(err, codeNoAccess) {
			return nil
		}
		return unreachable(err)
	}
	if n > 0 {
		return nil
	}
	if err := conn.Exec(ctx, "CREATE DATABASE IF NOT EXISTS "+quoted(name)); err != nil && !isCode(err, codeNoAccess) {
		return fmt.Errorf("creating the database %s: %w", name, err)
	}
	return nil
}

func unreachable(cause error) error {
	return khue.Errorf(khue.Unavailable,
		"không kết nối được tới kho dữ liệu ClickHouse", "the ClickHouse warehouse cannot be reached").Because(cause)
}

// Server error codes that we act upon.
const (
	codeUnknownTable = 60
	codeNoAccess     = 497
)

func isCode(err error, code int32) bool {
	var e *clickhouse.Exception
	return errors.As(err, &e) && e.Code == code
}

// quoted writes an identifier that is not ours to choose.
func quoted(name string) string {
	return "`" + strings.NewReplacer("`", "\\`", `\`, `\\`).Replace(name) + "`"
}

// Ping tells whether the warehouse answers.
func (w *Warehouse) Ping(ctx context.Context) error {
	if err := w.conn.Ping(ctx); err != nil {
		return unreachable(err)
	}
	return nil
}

// Owner tells whether this process is the one that keeps the engine, and so the
// one that cleans up after others that ended in the middle of a load.
func (w *Warehouse) Owner() bool { return w.engine == nil || w.engine.Owned() }

// Conn is the connection itself, for tests and benchmarks that measure against it.
func (w *Warehouse) Conn() driver.Conn { return w.conn }

// Close ends the connections and, when this process started it, the engine.
func (w *Warehouse) Close() error {
	var errs []error
	if w.conn != nil {
		errs = append(errs, w.conn.Close())
	}
	if w.engine != nil {
		errs = append(errs, w.engine.Close())
	}
	return errors.Join(errs...)
}

// lockSource lets one load at a time touch a source's records.
func (w *Warehouse) lockSource(source string) *sync.Mutex {
	w.loading.Lock()
	defer w.loading.Unlock()
	m, ok := w.sources[source]
	if !ok {
		m = &sync.Mutex{}
		w.sources[source] = m
	}
	return m
}
