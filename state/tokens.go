package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"khue"
)

// Token is a secret by which a program asks in a person's name. Of it the SHA-256
// alone is kept.
type Token struct {
	ID        string // names it in lists
	Hash      string
	Login     string
	Name      string   // what it is for
	Rights    []string // codes: no more than these
	CreatedAt time.Time
	EndsAt    time.Time
	RevokedAt time.Time // zero while it holds
	UsedAt    time.Time // last use; zero while there was none
}

const tokenColumns = `t.id, t.hash, t.login, t.name, t.rights, t.created_at, t.ends_at, t.revoked_at, (SELECT max(u.last_at) FROM token_uses u WHERE u.token = t.id)`

// AddToken keeps a token, and that it was made.
func (s *Store) AddToken(ctx context.Context, t Token, entry AuditEntry) error {
	err := s.alone(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, s.in.sql("INSERT INTO tokens (id, hash, login, name, rights, created_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"),
			t.ID, t.Hash, t.Login, t.Name, listText(t.Rights), s.in.at(t.CreatedAt), s.in.at(t.EndsAt)); err != nil {
			return err
		}
		return s.addAudit(ctx, tx, entry)
	})
	if err != nil {
		return fmt.Errorf("keeping a token of %s: %w", t.Login, err)
	}
	return nil
}

// Token finds a token by the hash of its secret; found is false when there is none.
func (s *Store) Token(ctx context.Context, hash string) (t Token, found bool, err error) {
	t, err = scanToken(s.one(ctx, "SELECT "+tokenColumns+" FROM tokens t WHERE t.hash = $1", hash))
	if errors.Is(err, sql.ErrNoRows) {
		return Token{}, false, nil
	}
	if err != nil {
		return Token{}, false, fmt.Errorf("looking up a token: %w", err)
	}
	return t, true, nil
}

func scanToken(row interface{ Scan(...any) error }) (Token, error) {
	var t Token
	var rights string
	if err := row.Scan(&t.ID, &t.Hash, &t.Login, &t.Name, &rights, moment{&t.CreatedAt}, moment{&t.EndsAt}, moment{&t.RevokedAt}, moment{&t.UsedAt}); err != nil {
		return Token{}, err
	}
	return t, json.Unmarshal([]byte(rights), &t.Rights)
}

// Tokens lists the tokens of a person ("" is everybody's), the newest first.
func (s *Store) Tokens(ctx context.Context, login string) ([]Token, error) {
	var out []Token
	err := s.each(ctx, func(row *sql.Rows) error {
		t, err := scanToken(row)
		out = append(out, t)
		return err
	}, "SELECT "+tokenColumns+" FROM tokens t WHERE t.login = $1 OR "+s.in.text("$1")+" = '' ORDER BY t.created_at DESC, t.id", login)
	if err != nil {
		return nil, fmt.Errorf("listing tokens: %w", err)
	}
	return out, nil
}

// RevokeToken ends a token of a person ("" is whoever has it), and keeps that it did;
// one that is not there or has ended is a NotFound.
func (s *Store) RevokeToken(ctx context.Context, id, login string, now time.Time, entry AuditEntry) error {
	err := s.alone(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, s.in.sql("UPDATE tokens SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL AND (login = $3 OR "+s.in.text("$3")+" = '')"),
			s.in.at(now), id, login)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, khue.Errorf(khue.NotFound, "không có khóa %q còn dùng được", "there is no token %q that holds", id))
		}
		return s.addAudit(ctx, tx, entry)
	})
	if err != nil {
		return fmt.Errorf("revoking a token: %w", err)
	}
	return nil
}

// UseToken keeps that a token was used from an address. The first use from there is
// told in the audit.
func (s *Store) UseToken(ctx context.Context, id, address string, now time.Time, entry AuditEntry) error {
	var last time.Time
	err := s.one(ctx, "SELECT last_at FROM token_uses WHERE token = $1 AND address = $2", id, storable(address)).Scan(moment{&last})
	switch {
	case err == nil && !now.After(last): // most uses change nothing
		return nil
	case err == nil:
		_, err = s.exec(ctx, "UPDATE token_uses SET last_at = $1 WHERE token = $2 AND address = $3", s.in.at(now), id, storable(address))
		return err
	case !errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("looking up from where a token was used: %w", err)
	}
	err = s.alone(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, s.in.sql("INSERT INTO token_uses (token, address, first_at, last_at) VALUES ($1, $2, $3, $3)"), id, storable(address), s.in.at(now))
		if err != nil {
			return err
		}
		return s.addAudit(ctx, tx, entry)
	})
	if err != nil && !twice(err) { // two requests at once: the other has kept it
		return fmt.Errorf("keeping that a token was used: %w", err)
	}
	return nil
}
