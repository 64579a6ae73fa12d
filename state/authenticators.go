package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Authenticator is what a person has beside their password: a secret that their phone
// makes codes from (RFC 6238).
type Authenticator struct {
	Login       string
	Secret      string // sealed
	MadeAt      time.Time
	ConfirmedAt time.Time // zero while its first code has not been typed
	LastStep    int64     // of the newest code that was taken
}

// Authenticator finds somebody's; found is false when there is none.
func (s *Store) Authenticator(ctx context.Context, login string) (a Authenticator, found bool, err error) {
	row := s.db.QueryRowContext(ctx, s.in.sql("SELECT login, secret, made_at, confirmed_at, last_step FROM authenticators WHERE login = $1"), login)
	err = row.Scan(&a.Login, &a.Secret, moment{&a.MadeAt}, moment{&a.ConfirmedAt}, &a.LastStep)
	if errors.Is(err, sql.ErrNoRows) {
		return Authenticator{}, false, nil
	}
	if err != nil {
		return Authenticator{}, false, fmt.Errorf("looking up the authenticator of %s: %w", login, err)
	}
	return a, true, nil
}

// OfferAuthenticator keeps a fresh one in the place of another that was never
// confirmed; false is that there is one that is in use.
func (s *Store) OfferAuthenticator(ctx context.Context, a Authenticator) (bool, error) {
	n, err := s.exec(ctx, `INSERT INTO authenticators (login, secret, made_at, confirmed_at, last_step) VALUES ($1, $2, $3, NULL, 0)
		ON CONFLICT (login) DO UPDATE SET secret = excluded.secret, made_at = excluded.made_at, last_step = 0 WHERE authenticators.confirmed_at IS NULL`,
		a.Login, a.Secret, s.in.at(a.MadeAt))
	if err != nil {
		return false, fmt.Errorf("keeping a new authenticator of %s: %w", a.Login, err)
	}
	return n > 0, nil
}

// ConfirmAuthenticator has one asked for from now on: step is that of the code that was
// typed, recovery are the hashes of the codes that stand in for it. false is that
// another took its place meanwhile, or that it is in use already.
func (s *Store) ConfirmAuthenticator(ctx context.Context, a Authenticator, step int64, at time.Time, recovery []string, entry AuditEntry) (done bool, err error) {
	err = s.alone(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, s.in.sql("UPDATE authenticators SET confirmed_at = $1, last_step = $2 WHERE login = $3 AND secret = $4 AND confirmed_at IS NULL"), s.in.at(at), step, a.Login, a.Secret)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if _, err := tx.ExecContext(ctx, s.in.sql("DELETE FROM recovery_codes WHERE login = $1"), a.Login); err != nil {
			return err
		}
		for _, hash := range recovery {
			if _, err := tx.ExecContext(ctx, s.in.sql("INSERT INTO recovery_codes (login, hash, used_at) VALUES ($1, $2, NULL)"), a.Login, hash); err != nil {
				return err
			}
		}
		done = true
		return s.addAudit(ctx, tx, entry)
	})
	if err != nil {
		return false, fmt.Errorf("confirming the authenticator of %s: %w", a.Login, err)
	}
	return done, nil
}

// TakeStep has a code count, by its step; false is that it, or a newer one, counted before.
func (s *Store) TakeStep(ctx context.Context, login string, step int64) (bool, error) {
	n, err := s.exec(ctx, "UPDATE authenticators SET last_step = $1 WHERE login = $2 AND last_step < $1", step, login)
	if err != nil {
		return false, fmt.Errorf("taking a code of %s: %w", login, err)
	}
	return n > 0, nil
}

// TakeRecovery has a recovery code count, by its hash; false is that there is none such,
// or that it counted before.
func (s *Store) TakeRecovery(ctx context.Context, login, hash string, at time.Time, entry AuditEntry) (taken bool, err error) {
	err = s.alone(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, s.in.sql("UPDATE recovery_codes SET used_at = $1 WHERE login = $2 AND hash = $3 AND used_at IS NULL"), s.in.at(at), login, hash)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return err
		}
		taken = true
		return s.addAudit(ctx, tx, entry)
	})
	if err != nil {
		return false, fmt.Errorf("taking a recovery code of %s: %w", login, err)
	}
	return taken, nil
}

// RecoveryLeft counts the recovery codes that have not been used.
func (s *Store) RecoveryLeft(ctx context.Context, login string) (n int, err error) {
	if err := s.db.QueryRowContext(ctx, s.in.sql("SELECT count(*) FROM recovery_codes WHERE login = $1 AND used_at IS NULL"), login).Scan(&n); err != nil {
		return 0, fmt.Errorf("counting the recovery codes of %s: %w", login, err)
	}
	return n, nil
}

// DropAuthenticator has somebody sign in without one again; false is that they had none.
func (s *Store) DropAuthenticator(ctx context.Context, login string, entry AuditEntry) (dropped bool, err error) {
	err = s.alone(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, s.in.sql("DELETE FROM authenticators WHERE login = $1"), login)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if _, err := tx.ExecContext(ctx, s.in.sql("DELETE FROM recovery_codes WHERE login = $1"), login); err != nil {
			return err
		}
		dropped = true
		return s.addAudit(ctx, tx, entry)
	})
	if err != nil {
		return false, fmt.Errorf("taking the authenticator of %s away: %w", login, err)
	}
	return dropped, nil
}

// LinkOf is whose one-time link has a hash; "" when there is none that holds.
func (s *Store) LinkOf(ctx context.Context, hash string, now time.Time) (login string, err error) {
	err = s.db.QueryRowContext(ctx, s.in.sql("SELECT login FROM signin_links WHERE hash = $1 AND ends_at > "+s.in.moment("$2")), hash, s.in.at(now)).Scan(&login)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("looking up a link: %w", err)
	}
	return login, nil
}
