package state

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"time"
)

//go:embed migrations/*/*.sql
var migrations embed.FS

// loneLock is the number by which processes on one PostgreSQL database wait for
// each other while one migrates it or notes its jobs.
const loneLock = 0x6b687565 // "khue"

// migrate takes each step that was not taken yet, in its own transaction. Two
// processes that start together take each step once.
func (s *Store) migrate(ctx context.Context) error {
	when := "TEXT"
	if s.in == postgres {
		when = "TIMESTAMPTZ"
	}
	err := s.alone(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS schema_steps (name TEXT PRIMARY KEY, applied_at "+when+" NOT NULL)")
		return err
	})
	if err != nil {
		return fmt.Errorf("making the book of schema steps: %w", err)
	}
	files, err := fs.Glob(migrations, map[dialect]string{sqlite: "migrations/sqlite/*.sql", postgres: "migrations/postgres/*.sql"}[s.in])
	if err != nil {
		return fmt.Errorf("listing migrations: %w", err)
	}
	sort.Strings(files)
	for _, file := range files {
		if err := s.alone(ctx, func(tx *sql.Tx) error { return s.step(ctx, tx, file) }); err != nil {
			return fmt.Errorf("taking schema step %s: %w", file, err)
		}
	}
	return nil
}

func (s *Store) step(ctx context.Context, tx *sql.Tx, file string) error {
	text, err := migrations.ReadFile(file)
	if err != nil {
		return err
	}
	name := "migrations/" + path.Base(file)
	var taken int
	if err := tx.QueryRowContext(ctx, s.in.sql("SELECT count(*) FROM schema_steps WHERE name = $1"), name).Scan(&taken); err != nil || taken > 0 {
		return err
	}
	if _, err := tx.ExecContext(ctx, string(text)); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, s.in.sql("INSERT INTO schema_steps VALUES ($1, $2)"), name, s.in.at(time.Now()))
	return err
}

// alone is a transaction that no other of its kind runs beside.
func (s *Store) alone(ctx context.Context, work func(tx *sql.Tx) error) error {
	return s.inTransaction(ctx, func(tx *sql.Tx) error {
		if s.in == postgres {
			if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", loneLock); err != nil {
				return err
			}
		}
		return work(tx)
	})
}
