package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Evidence is a question whose answer left the product.
type Evidence struct {
	ID           string
	Question     string    // canonical JSON
	AsOf         time.Time // the moment of knowledge it was answered by
	Version      string    // of the definitions it was answered by
	FirstAskedAt time.Time
}

// KeepEvidence notes questions under their ids; one that is noted stays as it is.
func (s *Store) KeepEvidence(ctx context.Context, all ...Evidence) error {
	if len(all) == 0 {
		return nil
	}
	err := s.inTransaction(ctx, func(tx *sql.Tx) error {
		for _, e := range all {
			_, err := tx.ExecContext(ctx, s.in.sql(`INSERT INTO evidence (id, question, as_of, version, first_asked_at)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING`), e.ID, e.Question, s.in.at(e.AsOf), e.Version, s.in.at(e.FirstAskedAt))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("noting evidence: %w", err)
	}
	return nil
}

// Evidence finds the question under an id; false when there is none.
func (s *Store) Evidence(ctx context.Context, id string) (Evidence, bool, error) {
	e := Evidence{ID: id}
	err := s.db.QueryRowContext(ctx, s.in.sql("SELECT question, as_of, version, first_asked_at FROM evidence WHERE id = $1"), id).
		Scan(&e.Question, moment{&e.AsOf}, &e.Version, moment{&e.FirstAskedAt})
	if errors.Is(err, sql.ErrNoRows) {
		return Evidence{}, false, nil
	}
	if err != nil {
		return Evidence{}, false, fmt.Errorf("looking for the evidence %s: %w", id, err)
	}
	return e, true, nil
}
