// Package state keeps the small transactional things that are not statistics:
// the schedule ledger now, and in one SQLite file beside the warehouse.
package state

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"time"

	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"khue"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is the transactional store.
type Store struct {
	db *sql.DB
}

// Open opens the store in a file, making it and bringing its schema up to date.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, khue.Errorf(khue.Unavailable,
			"không tạo được thư mục cho sổ trạng thái %s", "the folder of the state file %s cannot be made", path).Because(err)
	}
	dsn := "file:" + path + "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_txlock=immediate"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("opening the state file %s: %w", path, err)
	}
	s := &Store{db: db}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(khue.Errorf(khue.Unavailable,
			"không mở được sổ trạng thái %s", "the state file %s cannot be opened", path).Because(err), db.Close())
	}
	return s, nil
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// Ping tells whether the store answers.
func (s *Store) Ping(ctx context.Context) error { return s.db.PingContext(ctx) }

// migrate runs each file that was not run yet, in its own transaction.
func (s *Store) migrate(ctx context.Context) error {
	if _, err := s.db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS schema_steps (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL)"); err != nil {
		return fmt.Errorf("making the book of schema steps: %w", err)
	}
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return fmt.Errorf("listing migrations: %w", err)
	}
	sort.Strings(names)
	for _, name := range names {
		if err := s.step(ctx, name); err != nil {
			return fmt.Errorf("taking schema step %s: %w", name, err)
		}
	}
	return nil
}

func (s *Store) step(ctx context.Context, name string) error {
	text, err := migrations.ReadFile(name)
	if err != nil {
		return err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	var taken int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM schema_steps WHERE name = ?", name).Scan(&taken); err != nil || taken > 0 {
		return err
	}
	if _, err := tx.ExecContext(ctx, string(text)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO schema_steps VALUES (?, ?)", name, time.Now().UTC().Format(time.RFC3339)); err != nil {
		return err
	}
	return tx.Commit()
}
