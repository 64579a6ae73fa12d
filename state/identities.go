package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"khue"
)

// Identity is who a provider of sign-in knows a person as.
type Identity struct {
	Issuer, Subject string
	Login           string
	CreatedAt       time.Time
	SeenAt          time.Time // when the person last signed in by it
}

// Entrance is what becomes of somebody whom a provider vouches for.
type Entrance struct {
	Person  Person   // as they are from now on
	Session *Session // nil lets nobody in: what else changed holds all the same
	Former  string   // hash of the session that the new one takes the place of
	Audit   []AuditEntry
}

// Enter lets in whoever an issuer knows as a subject. decide is told the account that
// is bound to them, nil when none is yet, and everybody; it says what becomes of them.
// A new account is bound to them; of one whose roles, areas or lock change, the
// sessions end.
func (s *Store) Enter(ctx context.Context, issuer, subject string, now time.Time, decide func(bound *Person, all []Person) (Entrance, error)) error {
	err := s.alone(ctx, func(tx *sql.Tx) error {
		all, err := s.people(ctx, tx)
		if err != nil {
			return err
		}
		bound, err := s.bound(ctx, tx, issuer, subject, all)
		if err != nil {
			return err
		}
		e, err := decide(bound, all)
		if err != nil {
			return err
		}
		if err := s.take(ctx, tx, e.Person, bound, Identity{Issuer: issuer, Subject: subject, Login: e.Person.Login}, now); err != nil {
			return err
		}
		if err := s.addAudit(ctx, tx, e.Audit...); err != nil {
			return err
		}
		if e.Session == nil {
			return nil
		}
		return s.addSession(ctx, tx, *e.Session, e.Former)
	})
	if err != nil {
		return fmt.Errorf("letting somebody in by a provider: %w", err)
	}
	return nil
}

// bound is the account that is bound to a subject; nil when none is.
func (s *Store) bound(ctx context.Context, tx *sql.Tx, issuer, subject string, all []Person) (*Person, error) {
	var login string
	err := tx.QueryRowContext(ctx, s.in.sql("SELECT login FROM identities WHERE issuer = $1 AND subject = $2"), issuer, subject).Scan(&login)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // no account is no fault
	}
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(p Person) bool { return p.Login == login })
	if i < 0 {
		return nil, noPerson(login)
	}
	p := all[i]
	return &p, nil
}

// take keeps a person as they are from now on.
func (s *Store) take(ctx context.Context, tx *sql.Tx, p Person, bound *Person, id Identity, now time.Time) error {
	if bound == nil {
		if _, err := tx.ExecContext(ctx, s.in.sql("INSERT INTO people ("+personColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"), s.personValues(p)...); err != nil {
			return err
		}
		return s.bind(ctx, tx, id, now)
	}
	if _, err := tx.ExecContext(ctx, s.in.sql("UPDATE identities SET seen_at = $1 WHERE issuer = $2 AND subject = $3"), s.in.at(now), id.Issuer, id.Subject); err != nil {
		return err
	}
	if slices.Equal(p.Roles, bound.Roles) && slices.Equal(p.Areas, bound.Areas) {
		return nil
	}
	return s.change(ctx, tx, p, p.Login, "")
}

func (s *Store) bind(ctx context.Context, tx *sql.Tx, id Identity, now time.Time) error {
	_, err := tx.ExecContext(ctx, s.in.sql("INSERT INTO identities (issuer, subject, login, created_at, seen_at) VALUES ($1, $2, $3, $4, $5)"),
		id.Issuer, id.Subject, id.Login, s.in.at(now), s.in.at(now))
	if twice(err) {
		return khue.Errorf(khue.Conflict, "tài khoản hoặc danh tính này đã được gắn rồi", "this account or this subject is bound already")
	}
	return err
}

// Bind binds an account to whom an issuer knows as a subject, and keeps that it was
// done. The person's sessions end.
func (s *Store) Bind(ctx context.Context, id Identity, now time.Time, entry AuditEntry) error {
	err := s.alone(ctx, func(tx *sql.Tx) error {
		var there int
		if err := tx.QueryRowContext(ctx, s.in.sql("SELECT count(*) FROM people WHERE login = $1"), id.Login).Scan(&there); err != nil {
			return err
		}
		if there == 0 {
			return noPerson(id.Login)
		}
		if err := s.bind(ctx, tx, id, now); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, s.in.sql("DELETE FROM sessions WHERE login = $1"), id.Login); err != nil {
			return err
		}
		return s.addAudit(ctx, tx, entry)
	})
	if err != nil {
		return fmt.Errorf("binding %s: %w", id.Login, err)
	}
	return nil
}

// Identities lists who providers know people as; login "" is everybody.
func (s *Store) Identities(ctx context.Context, login string) ([]Identity, error) {
	var out []Identity
	err := s.each(ctx, func(row *sql.Rows) error {
		var id Identity
		err := row.Scan(&id.Issuer, &id.Subject, &id.Login, moment{&id.CreatedAt}, moment{&id.SeenAt})
		out = append(out, id)
		return err
	}, "SELECT issuer, subject, login, created_at, seen_at FROM identities WHERE "+s.in.text("$1")+" = '' OR login = $1 ORDER BY login, issuer", login)
	if err != nil {
		return nil, fmt.Errorf("listing identities: %w", err)
	}
	return out, nil
}

// UseState keeps that a way through the provider has come back; one that came back
// before is Forbidden.
func (s *Store) UseState(ctx context.Context, hash string, now, ends time.Time) error {
	err := s.alone(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, s.in.sql("DELETE FROM used_states WHERE ends_at <= "+s.in.moment("$1")), s.in.at(now)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, s.in.sql("INSERT INTO used_states (hash, ends_at) VALUES ($1, $2)"), hash, s.in.at(ends))
		if twice(err) {
			return khue.Errorf(khue.Forbidden, "lần đăng nhập này đã dùng rồi; hãy bắt đầu lại", "this way to sign in was used already; begin again")
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping that a sign-in came back: %w", err)
	}
	return nil
}
