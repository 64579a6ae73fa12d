package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
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

const (
	tokenFields  = `t.id, t.hash, t.login, t.name, t.rights, t.created_at, t.ends_at, t.revoked_at`
	tokenColumns = tokenFields + `, (SELECT max(u.last_at) FROM token_uses u WHERE u.token = t.id)`
)

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

// TokenUse is a token that a program asks with.
type TokenUse struct {
	Token  Token // UsedAt is of the address that it is asked from; zero when it never was
	Person Person
}

var tokenUse = "SELECT " + tokenFields + ", (SELECT u.last_at FROM token_uses u WHERE u.token = t.id AND u.address = $2), p." + strings.ReplaceAll(personColumns, ", ", ", p.") +
	" FROM tokens t JOIN people p ON p.login = t.login WHERE t.hash = $1"

// usedFrom is what a token is looked up by.
type usedFrom struct{ hash, address string }

// TokenUse finds a token by the hash of its secret, its person, and when it was last used
// from an address; found is false when there is none. Programs ask often and tokens change
// seldom: in a SQLite file it is looked up anew when anything was committed there since.
func (s *Store) TokenUse(ctx context.Context, hash, address string) (use TokenUse, found bool, err error) {
	if s.in == postgres {
		return s.lookUpToken(ctx, hash, address)
	}
	now, err := s.version.read(s.db)
	if err != nil { // the lookup tells what is wrong with the file
		return s.lookUpToken(ctx, hash, address)
	}
	key := usedFrom{hash, address}
	if use, found = s.tokens.get(now, key); !found {
		if use, found, err = s.lookUpToken(ctx, hash, address); err == nil && found {
			s.tokens.keep(now, key, use)
		}
	}
	return use.copied(), found, err
}

// copied shares no list with what is remembered.
func (u TokenUse) copied() TokenUse {
	u.Token.Rights, u.Person.Roles, u.Person.Areas = slices.Clone(u.Token.Rights), slices.Clone(u.Person.Roles), slices.Clone(u.Person.Areas)
	return u
}

func (s *Store) lookUpToken(ctx context.Context, hash, address string) (use TokenUse, found bool, err error) {
	var rights string
	var p personRow
	t := &use.Token
	err = s.one(ctx, tokenUse, hash, storable(address)).Scan(append(t.targets(&rights), p.targets()...)...)
	if errors.Is(err, sql.ErrNoRows) {
		return TokenUse{}, false, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(rights), &t.Rights)
	}
	if err == nil {
		use.Person, err = p.person()
	}
	if err != nil {
		return TokenUse{}, false, fmt.Errorf("looking up a token: %w", err)
	}
	return use, true, nil
}

func (t *Token) targets(rights *string) []any {
	return []any{&t.ID, &t.Hash, &t.Login, &t.Name, rights, moment{&t.CreatedAt}, moment{&t.EndsAt}, moment{&t.RevokedAt}, moment{&t.UsedAt}}
}

func scanToken(row interface{ Scan(...any) error }) (Token, error) {
	var t Token
	var rights string
	if err := row.Scan(t.targets(&rights)...); err != nil {
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
	err := s.db.QueryRowContext(ctx, s.in.sql("SELECT last_at FROM token_uses WHERE token = $1 AND address = $2"), id, storable(address)).Scan(moment{&last})
	switch {
	case err == nil && !now.After(last):
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
