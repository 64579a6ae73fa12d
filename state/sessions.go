package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"khue"
)

// Session is a browser that is signed in. Of its secret the SHA-256 alone is kept.
type Session struct {
	Hash    string
	Login   string
	Way     string // how the person signed in
	BeganAt time.Time
	SeenAt  time.Time
	EndsAt  time.Time // whatever the person does
	Address string    // from where it began
	Browser string    // what the browser said it is
	Hint    string    // what the provider is shown at signing out; "" for other ways
}

const sessionColumns = "hash, login, way, began_at, seen_at, ends_at, address, browser, hint"

// AddSession keeps a session in the place of a former one ("" is none), and that it
// began. Attempts that led to it are forgotten, and so are sessions that are over.
func (s *Store) AddSession(ctx context.Context, n Session, former string, entry AuditEntry) error {
	err := s.alone(ctx, func(tx *sql.Tx) error {
		if err := s.addSession(ctx, tx, n, former); err != nil {
			return err
		}
		return s.addAudit(ctx, tx, entry)
	})
	if err != nil {
		return fmt.Errorf("signing %s in: %w", n.Login, err)
	}
	return nil
}

func (s *Store) addSession(ctx context.Context, tx *sql.Tx, n Session, former string) error {
	if _, err := tx.ExecContext(ctx, s.in.sql("DELETE FROM sessions WHERE hash = $1 OR ends_at <= "+s.in.moment("$2")), former, s.in.at(n.BeganAt)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, s.in.sql("DELETE FROM signin_attempts WHERE (kind = 'account' AND subject = $1) OR (kind = 'address' AND subject = $2)"), n.Login, n.Address); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, s.in.sql("INSERT INTO sessions ("+sessionColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"),
		n.Hash, n.Login, n.Way, s.in.at(n.BeganAt), s.in.at(n.SeenAt), s.in.at(n.EndsAt), storable(n.Address), storable(n.Browser), n.Hint)
	return err
}

// Session finds a session by the hash of its secret; found is false when there is none.
func (s *Store) Session(ctx context.Context, hash string) (n Session, found bool, err error) {
	n, err = scanSession(s.one(ctx, "SELECT "+sessionColumns+" FROM sessions WHERE hash = $1", hash))
	if errors.Is(err, sql.ErrNoRows) {
		return Session{}, false, nil
	}
	if err != nil {
		return Session{}, false, fmt.Errorf("looking up a session: %w", err)
	}
	return n, true, nil
}

func scanSession(row interface{ Scan(...any) error }) (Session, error) {
	var n Session
	err := row.Scan(&n.Hash, &n.Login, &n.Way, moment{&n.BeganAt}, moment{&n.SeenAt}, moment{&n.EndsAt}, &n.Address, &n.Browser, &n.Hint)
	return n, err
}

// SessionsOf lists a person's sessions, the one seen last first.
func (s *Store) SessionsOf(ctx context.Context, login string) ([]Session, error) {
	var out []Session
	err := s.each(ctx, func(row *sql.Rows) error {
		n, err := scanSession(row)
		out = append(out, n)
		return err
	}, "SELECT "+sessionColumns+" FROM sessions WHERE login = $1 ORDER BY seen_at DESC, hash", login)
	if err != nil {
		return nil, fmt.Errorf("listing the sessions of %s: %w", login, err)
	}
	return out, nil
}

// SeeSession keeps when a session was used last.
func (s *Store) SeeSession(ctx context.Context, hash string, now time.Time) error {
	if _, err := s.exec(ctx, "UPDATE sessions SET seen_at = $1 WHERE hash = $2", s.in.at(now), hash); err != nil {
		return fmt.Errorf("keeping that a session was used: %w", err)
	}
	return nil
}

// EndSession ends a person's session, and keeps that it did; one that is not there is
// a NotFound.
func (s *Store) EndSession(ctx context.Context, login, hash string, entry AuditEntry) error {
	err := s.alone(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, s.in.sql("DELETE FROM sessions WHERE login = $1 AND hash = $2"), login, hash)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, khue.Errorf(khue.NotFound, "lần đăng nhập này đã kết thúc", "this sign-in has ended"))
		}
		return s.addAudit(ctx, tx, entry)
	})
	if err != nil {
		return fmt.Errorf("ending a session of %s: %w", login, err)
	}
	return nil
}

// AddLink keeps the hash of a one-time link for a person, in the place of those made
// before, and that it was made.
func (s *Store) AddLink(ctx context.Context, hash, login string, ends time.Time, entry AuditEntry) error {
	err := s.alone(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, s.in.sql("DELETE FROM signin_links WHERE login = $1"), login); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, s.in.sql("INSERT INTO signin_links (hash, login, ends_at) VALUES ($1, $2, $3)"), hash, login, s.in.at(ends)); err != nil {
			return err
		}
		return s.addAudit(ctx, tx, entry)
	})
	if err != nil {
		return fmt.Errorf("making a link for %s: %w", login, err)
	}
	return nil
}

// UseLink takes a link back and begins a session with it, both or neither; a link
// that is used, over or never was is Forbidden. begin sees whose link it is.
func (s *Store) UseLink(ctx context.Context, hash string, now time.Time, former string, begin func(Person) (Session, AuditEntry, error)) error {
	return s.alone(ctx, func(tx *sql.Tx) error {
		var login string
		var ends time.Time
		err := tx.QueryRowContext(ctx, s.in.sql("DELETE FROM signin_links WHERE hash = $1 RETURNING login, ends_at"), hash).Scan(&login, moment{&ends})
		if errors.Is(err, sql.ErrNoRows) || err == nil && !now.Before(ends) {
			return khue.Errorf(khue.Forbidden, "liên kết đăng nhập này đã dùng hoặc đã hết hạn", "this sign-in link was used or is over")
		}
		if err != nil {
			return fmt.Errorf("looking up a link: %w", err)
		}
		p, err := scanPerson(tx.QueryRowContext(ctx, s.in.sql("SELECT "+personColumns+" FROM people WHERE login = $1"), login))
		if err != nil {
			return fmt.Errorf("looking up %s: %w", login, err)
		}
		n, entry, err := begin(p)
		if err != nil {
			return err
		}
		if err := s.addSession(ctx, tx, n, former); err != nil {
			return err
		}
		return s.addAudit(ctx, tx, entry)
	})
}
