// Package warehousetest gives each test a warehouse of its own on one shared
// engine: the embedded one, or the server that KHUE_TEST_DSN names. A database
// is dropped when its test passes and kept, with its name printed, when it fails.
package warehousetest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"khue"
	"khue/warehouse"
	"khue/warehouse/engine"
)

// DSNVariable names a server to test against instead of the embedded engine.
const DSNVariable = "KHUE_TEST_DSN"

var shared struct {
	sync.Mutex
	dir     string
	keeper  *warehouse.Warehouse
	lasting []func() // drops of databases that outlive their tests
}

// Main runs a package's tests and stops the shared engine after them. Every
// package that uses Open calls it from TestMain: the test binary is also the
// program that becomes the engine's process.
func Main(m *testing.M) {
	engine.RunIfChild()
	code := m.Run()
	for _, drop := range shared.lasting {
		drop()
	}
	shared.Lock()
	if shared.keeper != nil {
		if err := shared.keeper.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "closing the test engine:", err)
			code = 1
		}
	}
	if shared.dir != "" && code == 0 {
		_ = os.RemoveAll(shared.dir)
	}
	shared.Unlock()
	os.Exit(code)
}

// Alone gives a migrated warehouse on an engine of its own, for what there is one of in
// an engine: the schema of analysts. It lasts until all tests of the package have run.
func Alone() (*warehouse.Warehouse, error) {
	dir, err := os.MkdirTemp("", "khue-test-engine-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for an engine: %w", err)
	}
	w, err := warehouse.Open(context.Background(), warehouse.Options{DSN: "embedded://" + dir, Zone: Zone()})
	if err != nil {
		return nil, err
	}
	shared.Lock()
	shared.lasting = append(shared.lasting, func() {
		_ = w.Close()
		_ = os.RemoveAll(dir)
	})
	shared.Unlock()
	_, err = w.Migrate(context.Background())
	return w, err
}

// Zone is the zone of every test warehouse.
func Zone() *time.Location {
	zone, err := time.LoadLocation(khue.DefaultZone)
	if err != nil {
		panic(err)
	}
	return zone
}

// Open gives a migrated warehouse in a fresh database, with the real clock.
func Open(tb testing.TB) *warehouse.Warehouse {
	tb.Helper()
	return OpenAt(tb, time.Now)
}

// OpenAt is Open with a clock.
func OpenAt(tb testing.TB, now func() time.Time) *warehouse.Warehouse {
	tb.Helper()
	dsn := DSN(tb)
	w, err := warehouse.Open(tb.Context(), warehouse.Options{DSN: dsn, Now: now, Zone: Zone()})
	if err != nil {
		tb.Fatalf("opening a test warehouse: %v", err)
	}
	tb.Cleanup(func() { _ = w.Close() })
	if _, err := w.Migrate(tb.Context()); err != nil {
		tb.Fatalf("migrating a test warehouse: %v", err)
	}
	return w
}

// DSN names a fresh database on the shared engine, for tests that start a
// process of their own. The database does not exist until somebody opens it.
func DSN(tb testing.TB) string {
	tb.Helper()
	dsn, database := name(tb)
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("the test database %s is kept (%s)", database, keptAt())
			return
		}
		if err := drop(dsn, database); err != nil {
			tb.Logf("dropping the test database %s: %v", database, err)
		}
	})
	return dsn
}

// LastingDSN names a fresh database that several tests of a package read; it is
// dropped after all of them.
func LastingDSN(tb testing.TB) string {
	tb.Helper()
	dsn, database := name(tb)
	shared.Lock()
	defer shared.Unlock()
	shared.lasting = append(shared.lasting, func() {
		if err := drop(dsn, database); err != nil {
			fmt.Fprintf(os.Stderr, "dropping the test database %s: %v\n", database, err)
		}
	})
	return dsn
}

func name(tb testing.TB) (dsn, database string) {
	tb.Helper()
	b := make([]byte, 6)
	_, _ = rand.Read(b)
	database = "khue_test_" + hex.EncodeToString(b)
	base := os.Getenv(DSNVariable)
	if base == "" {
		base = "embedded://" + startShared(tb)
	}
	u, err := url.Parse(base)
	if err != nil {
		tb.Fatalf("%s cannot be parsed", DSNVariable)
	}
	dsn = base + "?database=" + database
	if u.Scheme != "embedded" {
		u.Path = "/" + database
		dsn = u.String()
	}
	return dsn, database
}

func startShared(tb testing.TB) string {
	shared.Lock()
	defer shared.Unlock()
	if shared.keeper != nil {
		return shared.dir
	}
	dir, err := os.MkdirTemp("", "khue-test-engine-")
	if err != nil {
		tb.Fatalf("making a folder for the test engine: %v", err)
	}
	keeper, err := warehouse.Open(context.Background(), warehouse.Options{DSN: "embedded://" + dir + "?database=system", Zone: time.UTC})
	if err != nil {
		tb.Fatalf("starting the test engine: %v", err)
	}
	shared.dir, shared.keeper = dir, keeper
	return dir
}

// keptAt says where a database that is kept can be looked at.
func keptAt() string {
	where := os.Getenv(DSNVariable)
	if where == "" {
		return filepath.Join(shared.dir, "engine.json")
	}
	return where[strings.LastIndex(where, "@")+1:] // never the password
}

func drop(dsn, database string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	w, err := warehouse.Open(ctx, warehouse.Options{DSN: dsn})
	if err != nil {
		return nil //nolint:nilerr // the test never made it, or stopped the engine itself
	}
	defer func() { _ = w.Close() }()
	return w.Conn().Exec(ctx, "DROP DATABASE IF EXISTS "+database+" SYNC")
}
