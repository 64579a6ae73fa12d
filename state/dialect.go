package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	sqlite3 "modernc.org/sqlite"
	sqlite3lib "modernc.org/sqlite/lib"
)

// dialect is one of the two databases; statements are written for PostgreSQL
// in a form that SQLite reads too, but for the marks of parameters.
type dialect int

const (
	sqlite dialect = iota
	postgres
)

// instant is how SQLite keeps a moment: text that sorts as time does.
const instant = "2006-01-02T15:04:05.000Z"

// sql turns the parameters $1, $2 into ?1, ?2 for SQLite.
func (d dialect) sql(statement string) string {
	if d == sqlite {
		return strings.ReplaceAll(statement, "$", "?")
	}
	return statement
}

// locked ends a SELECT whose rows are about to be changed. SQLite has no need
// of it: its transactions here write one at a time.
func (d dialect) locked() string {
	if d == postgres {
		return " FOR UPDATE"
	}
	return ""
}

// unclaimed is locked, but passes over rows that another process works on.
func (d dialect) unclaimed() string {
	if d == postgres {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// at gives a moment as the database keeps it, to the millisecond; the zero time is NULL.
func (d dialect) at(t time.Time) any {
	switch {
	case t.IsZero():
		return nil
	case d == sqlite:
		return t.UTC().Format(instant)
	}
	return t.UTC().Truncate(time.Millisecond)
}

// text and moment say what a parameter is where PostgreSQL cannot tell.
func (d dialect) text(parameter string) string { return "CAST(" + parameter + " AS TEXT)" }

func (d dialect) moment(parameter string) string {
	if d == postgres {
		return "CAST(" + parameter + " AS TIMESTAMPTZ)"
	}
	return parameter
}

// moment reads what at wrote.
type moment struct{ to *time.Time }

// Scan takes NULL as the zero time.
func (m moment) Scan(value any) error {
	var err error
	switch v := value.(type) {
	case nil:
		*m.to = time.Time{}
	case time.Time:
		*m.to = v.UTC()
	case string:
		*m.to, err = time.Parse(instant, v)
	case []byte:
		*m.to, err = time.Parse(instant, string(v))
	default:
		err = fmt.Errorf("a moment kept as %T", value)
	}
	return err
}

// twice tells whether a statement would have broken a rule "only one of these".
func twice(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505"
	}
	var lite *sqlite3.Error
	return errors.As(err, &lite) && (lite.Code() == sqlite3lib.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3lib.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// exec runs a statement and gives the number of rows it changed.
func (s *Store) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	r, err := s.db.ExecContext(ctx, s.in.sql(statement), args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// inTransaction does work that holds wholly or not at all.
func (s *Store) inTransaction(ctx context.Context, work func(tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := work(tx); err != nil {
		return err
	}
	return tx.Commit()
}
