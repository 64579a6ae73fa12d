// Package state keeps the small transactional things that are not statistics:
// the schedule ledger, what was told to owners, notes on figures. It lives in a SQLite file
// beside the warehouse, or in PostgreSQL when several processes share it.
package state

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
	_ "modernc.org/sqlite"             // registers the driver "sqlite"

	"khue"
)

// Store is the transactional store.
type Store struct {
	db     *sql.DB
	in     dialect
	holder string // names this process in claims
	hold   *holdFile

	prepared prepared
	version  version
	tokens   remembered[usedFrom, TokenUse]
}

// Open opens the store, making it and bringing its schema up to date. It is a
// SQLite file, or a PostgreSQL database named by a URL "postgres://…".
func Open(ctx context.Context, where string) (*Store, error) {
	host, _ := os.Hostname()
	s := &Store{holder: fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text()[:8])}
	name, err := s.connect(where)
	if err != nil {
		return nil, err
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(khue.Errorf(khue.Unavailable,
			"không mở được sổ trạng thái %s", "the state store %s cannot be opened", name).Because(err), s.Close())
	}
	return s, nil
}

// connect prepares the connections and gives a name without secrets.
func (s *Store) connect(where string) (name string, err error) {
	if u, err := url.Parse(where); err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql") {
		s.in = postgres
		if s.db, err = sql.Open("pgx", where); err != nil {
			return "", fmt.Errorf("opening the state database at %s: %w", u.Host, err)
		}
		s.db.SetMaxOpenConns(6)
		s.db.SetMaxIdleConns(2)
		return u.Host + u.Path, nil
	}
	if strings.Contains(where, "://") || strings.Contains(where, "password=") { // "host=… password=…" is no name of a file
		return "", khue.Errorf(khue.Invalid,
			"địa chỉ sổ trạng thái không hợp lệ; hãy viết postgres://… hoặc bỏ trống",
			"the address of the state store is not valid; write postgres://… or leave it out")
	}
	s.in = sqlite
	if err := os.MkdirAll(filepath.Dir(where), 0o700); err != nil {
		return "", khue.Errorf(khue.Unavailable,
			"không tạo được thư mục cho sổ trạng thái %s", "the folder of the state file %s cannot be made", where).Because(err)
	}
	if s.hold, err = newHoldFile(where+".holders", s.holder); err != nil {
		return "", err
	}
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: where}).EscapedPath()}).String() +
		"?_pragma=busy_timeout(15000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_txlock=immediate"
	if s.db, err = sql.Open("sqlite", dsn); err != nil {
		return "", errors.Join(fmt.Errorf("opening the state file %s: %w", where, err), s.hold.release())
	}
	s.db.SetMaxIdleConns(8) // to open one takes as long as many statements
	return where, nil
}

// Close closes the store; what this process claimed is no longer held by it.
func (s *Store) Close() error {
	return errors.Join(s.version.end(), s.db.Close(), s.hold.release())
}

// Ping tells whether the store answers.
func (s *Store) Ping(ctx context.Context) error { return s.db.PingContext(ctx) }

// Holder names this process, as claims in the ledger do.
func (s *Store) Holder() string { return s.holder }
