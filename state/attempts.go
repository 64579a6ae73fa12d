package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// AttemptSubject is whose attempts to sign in are counted together.
type AttemptSubject struct{ Kind, Subject string }

// Kinds of subjects.
const (
	AttemptsOfAccount = "account"
	AttemptsOfAddress = "address"
)

// attemptsFade is after how long without another one attempts are forgotten.
const attemptsFade = 24 * time.Hour

// BeginAttempt counts an attempt to sign in for each subject before it is looked at,
// so that many at once are counted too. When one of them has to wait, nothing is
// counted and the time is told until when. pause gives how long others have to wait
// after so many attempts.
func (s *Store) BeginAttempt(ctx context.Context, now time.Time, subjects []AttemptSubject, pause func(kind string, attempts int) time.Duration) (until time.Time, err error) {
	err = s.alone(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, s.in.sql("DELETE FROM signin_attempts WHERE last_at < "+s.in.moment("$1")), s.in.at(now.Add(-attemptsFade))); err != nil {
			return err
		}
		attempts := make([]int, len(subjects))
		for i, one := range subjects {
			var held time.Time
			err := tx.QueryRowContext(ctx, s.in.sql("SELECT attempts, until_at FROM signin_attempts WHERE kind = $1 AND subject = $2"), one.Kind, storable(one.Subject)).Scan(&attempts[i], moment{&held})
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			if held.After(now) && held.After(until) {
				until = held
			}
		}
		if !until.IsZero() {
			return nil
		}
		for i, one := range subjects {
			if _, err := tx.ExecContext(ctx, s.in.sql(`INSERT INTO signin_attempts (kind, subject, attempts, last_at, until_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (kind, subject) DO UPDATE SET attempts = excluded.attempts, last_at = excluded.last_at, until_at = excluded.until_at`),
				one.Kind, storable(one.Subject), attempts[i]+1, s.in.at(now), s.in.at(now.Add(pause(one.Kind, attempts[i]+1)))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("counting an attempt to sign in: %w", err)
	}
	return until, nil
}
