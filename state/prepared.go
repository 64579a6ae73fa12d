package state

import (
	"context"
	"database/sql"
	"sync"
)

// prepared are statements that come with every request of a page or a program. SQLite
// takes longer to read such a statement than to answer it; the driver for PostgreSQL
// keeps what it has read by itself.
type prepared struct {
	sync.Mutex
	statements map[string]*sql.Stmt
}

// one asks for one row by a statement that is kept ready; queries must be few.
func (s *Store) one(ctx context.Context, query string, args ...any) *sql.Row {
	if s.in == postgres {
		return s.db.QueryRowContext(ctx, query, args...)
	}
	statement, err := s.ready(ctx, query) //nolint:sqlclosecheck // it is kept until the store ends
	if err != nil {
		return s.db.QueryRowContext(ctx, s.in.sql(query), args...) // and has the fault told
	}
	return statement.QueryRowContext(ctx, args...)
}

func (s *Store) ready(ctx context.Context, query string) (*sql.Stmt, error) {
	s.prepared.Lock()
	defer s.prepared.Unlock()
	if kept := s.prepared.statements[query]; kept != nil {
		return kept, nil
	}
	statement, err := s.db.PrepareContext(ctx, s.in.sql(query)) //nolint:sqlclosecheck // it ends with the store
	if err != nil {
		return nil, err
	}
	if s.prepared.statements == nil {
		s.prepared.statements = map[string]*sql.Stmt{}
	}
	s.prepared.statements[query] = statement
	return statement, nil
}
