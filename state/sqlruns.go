package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"khue"
)

// Outcomes of a statement.
const (
	SQLRunning   = "running"
	SQLDone      = "done"
	SQLFailed    = "failed"
	SQLCancelled = "cancelled"
)

// SQLRun is one statement that an analyst ran.
type SQLRun struct {
	Login, ID string // ID is one of the person's own
	Statement string
	Format    string
	StartedAt time.Time
	EndedAt   time.Time // zero while it runs, or when its server ended with it
	Outcome   string
	Code      string // of the fault
	Rows      int64  // of the result
	RowsRead  int64
	Took      time.Duration
}

// What is kept of the statements of one person: so many, and none older than this.
const (
	MostSQLRuns   = 200
	LongestSQLRun = 90 * 24 * time.Hour
)

const sqlRunColumns = "login, id, statement, format, started_at, ended_at, outcome, code, row_count, rows_read, took_ms"

// AddSQLRun keeps that a statement began; a name that the person used already is a
// Conflict. What has grown old or too much is forgotten.
func (s *Store) AddSQLRun(ctx context.Context, r SQLRun) error {
	err := s.inTransaction(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, s.in.sql("INSERT INTO sql_runs ("+sqlRunColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"),
			r.Login, r.ID, storableWhole(r.Statement), r.Format, s.in.at(r.StartedAt), s.in.at(r.EndedAt), r.Outcome, r.Code, r.Rows, r.RowsRead, r.Took.Milliseconds())
		if twice(err) {
			return khue.Errorf(khue.Conflict, "đã có một câu lệnh mang mã %q", "there is a statement named %q already", r.ID).Coded("sql_id_taken", "id")
		}
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, s.in.sql("DELETE FROM sql_runs WHERE started_at < "+s.in.moment("$1")), s.in.at(r.StartedAt.Add(-LongestSQLRun))); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, s.in.sql("DELETE FROM sql_runs WHERE login = $1 AND id NOT IN (SELECT id FROM sql_runs WHERE login = $1 ORDER BY started_at DESC, id LIMIT $2)"), r.Login, MostSQLRuns)
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping a statement of %s: %w", r.Login, err)
	}
	return nil
}

// EndSQLRun keeps how a statement ended.
func (s *Store) EndSQLRun(ctx context.Context, r SQLRun) error {
	_, err := s.exec(ctx, "UPDATE sql_runs SET ended_at = $1, outcome = $2, code = $3, row_count = $4, rows_read = $5, took_ms = $6 WHERE login = $7 AND id = $8",
		s.in.at(r.EndedAt), r.Outcome, r.Code, r.Rows, r.RowsRead, r.Took.Milliseconds(), r.Login, r.ID)
	if err != nil {
		return fmt.Errorf("keeping how a statement of %s ended: %w", r.Login, err)
	}
	return nil
}

// SQLRun finds a person's statement; one that is not theirs is a NotFound.
func (s *Store) SQLRun(ctx context.Context, login, id string) (SQLRun, error) {
	r, err := scanSQLRun(s.db.QueryRowContext(ctx, s.in.sql("SELECT "+sqlRunColumns+" FROM sql_runs WHERE login = $1 AND id = $2"), login, id))
	if errors.Is(err, sql.ErrNoRows) {
		return SQLRun{}, khue.Errorf(khue.NotFound, "bạn không có câu lệnh nào mang mã %q", "you have no statement named %q", id).Coded("unknown_statement", "")
	}
	if err != nil {
		return SQLRun{}, fmt.Errorf("looking up a statement: %w", err)
	}
	return r, nil
}

// SQLRuns lists a person's statements, the newest first.
func (s *Store) SQLRuns(ctx context.Context, login string, most int) ([]SQLRun, error) {
	var out []SQLRun
	err := s.each(ctx, func(row *sql.Rows) error {
		r, err := scanSQLRun(row)
		out = append(out, r)
		return err
	}, "SELECT "+sqlRunColumns+" FROM sql_runs WHERE login = $1 ORDER BY started_at DESC, id LIMIT $2", login, most)
	if err != nil {
		return nil, fmt.Errorf("listing the statements of %s: %w", login, err)
	}
	return out, nil
}

func scanSQLRun(row interface{ Scan(...any) error }) (SQLRun, error) {
	var r SQLRun
	var took int64
	err := row.Scan(&r.Login, &r.ID, &r.Statement, &r.Format, moment{&r.StartedAt}, moment{&r.EndedAt}, &r.Outcome, &r.Code, &r.Rows, &r.RowsRead, &took)
	r.Took = time.Duration(took) * time.Millisecond
	return r, err
}
