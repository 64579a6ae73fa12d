package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"khue"
)

// Person may use the observatory.
type Person struct {
	Login      string
	Name       string   // as reports and notes print it
	Roles      []string // codes
	Areas      []string // area codes that a clerk is of
	Disabled   bool
	Password   string    // hash with its parameters; "" while none was set
	PasswordAt time.Time // when it was set; zero while none was
	CreatedAt  time.Time
}

const personColumns = "login, name, roles, areas, disabled, password, password_at, created_at"

// AddPerson keeps a new person, and that they were added; a login that was ever given
// is a Conflict. check sees everybody and may refuse.
func (s *Store) AddPerson(ctx context.Context, p Person, check func(all []Person) error, entry AuditEntry) error {
	err := s.alone(ctx, func(tx *sql.Tx) error {
		all, err := s.people(ctx, tx)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(other Person) bool { return other.Login == p.Login }) {
			return khue.Errorf(khue.Conflict, "đã có tài khoản %q", "there is an account %q already", p.Login)
		}
		if err := check(all); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, s.in.sql("INSERT INTO people ("+personColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"), s.personValues(p)...)
		if err != nil {
			return err
		}
		return s.addAudit(ctx, tx, entry)
	})
	if err != nil {
		return fmt.Errorf("adding %s: %w", p.Login, err)
	}
	return nil
}

func (s *Store) personValues(p Person) []any {
	return []any{p.Login, p.Name, listText(p.Roles), listText(p.Areas), flag(p.Disabled), p.Password, s.in.at(p.PasswordAt), s.in.at(p.CreatedAt)}
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// listText is a list as a column keeps it.
func listText(list []string) string {
	if list == nil {
		list = []string{}
	}
	b, _ := json.Marshal(list) // texts always encode
	return string(b)
}

// Person finds a person by login; one that never was is a NotFound.
func (s *Store) Person(ctx context.Context, login string) (Person, error) {
	p, err := scanPerson(s.one(ctx, "SELECT "+personColumns+" FROM people WHERE login = $1", login))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Person{}, noPerson(login)
	case err != nil:
		return Person{}, fmt.Errorf("looking up %s: %w", login, err)
	}
	return p, nil
}

func noPerson(login string) error {
	return khue.Errorf(khue.NotFound, "không có tài khoản %q", "there is no account %q", login)
}

// People lists everybody by login.
func (s *Store) People(ctx context.Context) ([]Person, error) {
	out, err := s.people(ctx, s.db)
	if err != nil {
		return nil, fmt.Errorf("listing people: %w", err)
	}
	return out, nil
}

func (s *Store) people(ctx context.Context, from interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
},
) ([]Person, error) {
	rows, err := from.QueryContext(ctx, "SELECT "+personColumns+" FROM people ORDER BY login")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []Person
	for rows.Next() {
		p, err := scanPerson(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// personRow is a person as the columns of personColumns hold one.
type personRow struct {
	Person
	roles, areas string
	disabled     int
}

func (r *personRow) targets() []any {
	return []any{&r.Login, &r.Name, &r.roles, &r.areas, &r.disabled, &r.Password, moment{&r.PasswordAt}, moment{&r.CreatedAt}}
}

func (r *personRow) person() (Person, error) {
	p := r.Person
	p.Disabled = r.disabled != 0
	return p, errors.Join(json.Unmarshal([]byte(r.roles), &p.Roles), json.Unmarshal([]byte(r.areas), &p.Areas))
}

func scanPerson(row interface{ Scan(...any) error }) (Person, error) {
	var r personRow
	if err := row.Scan(r.targets()...); err != nil {
		return Person{}, err
	}
	return r.person()
}

// ChangePerson changes a person, and keeps that it was done; change sees everybody
// and may refuse. The person's sessions end, but for the one of the hash kept, and so
// do their unused links.
func (s *Store) ChangePerson(ctx context.Context, login string, keep string, change func(p *Person, all []Person) error, entry AuditEntry) error {
	err := s.alone(ctx, func(tx *sql.Tx) error {
		all, err := s.people(ctx, tx)
		if err != nil {
			return err
		}
		for _, p := range all {
			if p.Login != login {
				continue
			}
			if err := change(&p, all); err != nil {
				return err
			}
			if err := s.change(ctx, tx, p, login, keep); err != nil {
				return err
			}
			return s.addAudit(ctx, tx, entry)
		}
		return noPerson(login)
	})
	if err != nil {
		return fmt.Errorf("changing %s: %w", login, err)
	}
	return nil
}

// change keeps a person as they are from now on; their sessions, but for the one of
// the hash kept, and their unused links end.
func (s *Store) change(ctx context.Context, tx *sql.Tx, p Person, login, keep string) error {
	values := append(s.personValues(p), login)
	if _, err := tx.ExecContext(ctx, s.in.sql(`UPDATE people SET login = $1, name = $2, roles = $3, areas = $4, disabled = $5, password = $6, password_at = $7, created_at = $8
WHERE login = $9`), values...); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, s.in.sql("DELETE FROM sessions WHERE login = $1 AND hash <> $2"), login, keep); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, s.in.sql("DELETE FROM signin_links WHERE login = $1"), login)
	return err
}
