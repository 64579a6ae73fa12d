package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// InForce is a set of definitions and when it came into force.
type InForce struct {
	Version string
	Since   time.Time
	Content []byte // as it was handed over
}

// KeepDefinitions notes the definitions in force from now on and keeps their
// content. What is in force already is noted once.
func (s *Store) KeepDefinitions(ctx context.Context, version string, content []byte, now time.Time) error {
	err := s.alone(ctx, func(tx *sql.Tx) error {
		if err := s.keepVersion(ctx, tx, version, content, now); err != nil {
			return err
		}
		var newest string
		var since time.Time
		err := tx.QueryRowContext(ctx, "SELECT version, since FROM definitions_in_force ORDER BY since DESC LIMIT 1").Scan(&newest, moment{&since})
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if newest == version {
			return nil
		}
		if !now.Truncate(time.Millisecond).After(since) {
			now = since.Add(time.Millisecond) // a clock set back does not reorder what happened
		}
		_, err = tx.ExecContext(ctx, s.in.sql("INSERT INTO definitions_in_force (since, version) VALUES ($1, $2)"), s.in.at(now), version)
		return err
	})
	if err != nil {
		return fmt.Errorf("noting the definitions %s: %w", version, err)
	}
	return nil
}

// KeepVersion keeps the content of definitions that answers were made by, without
// saying that they are in force: somebody may ask by definitions of their own.
func (s *Store) KeepVersion(ctx context.Context, version string, content []byte, now time.Time) error {
	err := s.inTransaction(ctx, func(tx *sql.Tx) error { return s.keepVersion(ctx, tx, version, content, now) })
	if err != nil {
		return fmt.Errorf("keeping the definitions %s: %w", version, err)
	}
	return nil
}

func (s *Store) keepVersion(ctx context.Context, tx *sql.Tx, version string, content []byte, now time.Time) error {
	_, err := tx.ExecContext(ctx, s.in.sql("INSERT INTO definition_versions (version, content, seen_at) VALUES ($1, $2, $3) ON CONFLICT (version) DO NOTHING"),
		version, content, s.in.at(now))
	return err
}

// DefinitionsAt gives the definitions in force at a moment; false when none were
// noted by then.
func (s *Store) DefinitionsAt(ctx context.Context, at time.Time) (InForce, bool, error) {
	return s.inForce(ctx, `SELECT f.version, f.since, v.content FROM definitions_in_force f JOIN definition_versions v ON v.version = f.version
WHERE f.since <= $1 ORDER BY f.since DESC LIMIT 1`, s.in.at(at))
}

// Definitions gives a version of the definitions and when it was first seen; false
// when it was never kept.
func (s *Store) Definitions(ctx context.Context, version string) (InForce, bool, error) {
	return s.inForce(ctx, "SELECT version, seen_at, content FROM definition_versions WHERE version = $1", version)
}

func (s *Store) inForce(ctx context.Context, query string, argument any) (InForce, bool, error) {
	var f InForce
	err := s.db.QueryRowContext(ctx, s.in.sql(query), argument).Scan(&f.Version, moment{&f.Since}, &f.Content)
	if errors.Is(err, sql.ErrNoRows) {
		return InForce{}, false, nil
	}
	if err != nil {
		return InForce{}, false, fmt.Errorf("reading the definitions in force: %w", err)
	}
	return f, true, nil
}
