package state

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
)

// version reads the data version of the SQLite file: a number that is another as soon as
// anybody, in this process or another, has committed to the file
// (https://sqlite.org/pragma.html#pragma_data_version). It tells so on a connection that
// writes nothing itself, which is why there is one for it alone. SQLite is asked by its
// driver, without the layers of database/sql: the answer is what a lookup saves.
type version struct {
	sync.Mutex
	connections int // opened so far
	conn        *sql.Conn
	statement   driver.StmtQueryContext
	into        [1]driver.Value
}

// dataVersion is a version as one connection numbers it: another connection's numbers
// say nothing about it. The zero dataVersion is none.
type dataVersion struct {
	connection int
	number     int64
}

// read is the data version of now; after a fault the next read begins with a new connection.
func (v *version) read(db *sql.DB) (now dataVersion, err error) {
	v.Lock()
	defer v.Unlock()
	// It waits for nobody but the disk, for as long as SQLite waits for a lock: a caller
	// who goes away must not cost the others the connection.
	ctx := context.Background()
	if v.conn == nil {
		if v.conn, err = db.Conn(ctx); err != nil {
			return dataVersion{}, fmt.Errorf("opening a connection for the data version: %w", err)
		}
		v.connections++
	}
	now.connection = v.connections
	err = v.conn.Raw(func(c any) (err error) {
		now.number, err = v.ask(ctx, c)
		return err
	})
	if err != nil {
		_ = v.close() // of a connection that has failed
		return dataVersion{}, fmt.Errorf("reading the data version: %w", err)
	}
	return now, nil
}

var errNoVersion = errors.New("the driver gives no data version")

func (v *version) ask(ctx context.Context, conn any) (int64, error) {
	if v.statement == nil {
		prepares, ok := conn.(driver.ConnPrepareContext)
		if !ok {
			return 0, errNoVersion
		}
		statement, err := prepares.PrepareContext(ctx, "PRAGMA data_version")
		if err != nil {
			return 0, err
		}
		if v.statement, ok = statement.(driver.StmtQueryContext); !ok {
			return 0, errors.Join(errNoVersion, statement.Close())
		}
	}
	rows, err := v.statement.QueryContext(ctx, nil)
	if err != nil {
		return 0, err
	}
	err = rows.Next(v.into[:])
	if err = errors.Join(err, rows.Close()); err != nil {
		return 0, err
	}
	now, ok := v.into[0].(int64)
	if !ok {
		return 0, errNoVersion
	}
	return now, nil
}

// end lets go of the connection.
func (v *version) end() error {
	v.Lock()
	defer v.Unlock()
	return v.close()
}

func (v *version) close() (err error) {
	if statement, ok := v.statement.(driver.Stmt); ok {
		err = v.conn.Raw(func(any) error { return statement.Close() })
	}
	if v.conn != nil {
		err = errors.Join(err, v.conn.Close())
	}
	v.conn, v.statement = nil, nil
	return err
}

// remembered are answers to lookups that hold for as long as nothing is committed to the
// state file: what is changed anywhere is seen by the next lookup, as without it.
type remembered[K comparable, V any] struct {
	sync.Mutex
	at      dataVersion // that the answers are of
	answers map[K]V
}

// most is how many answers are kept of one version.
const most = 1000

func (r *remembered[K, V]) get(now dataVersion, key K) (answer V, known bool) {
	r.Lock()
	defer r.Unlock()
	if now != r.at {
		return answer, false
	}
	answer, known = r.answers[key]
	return answer, known
}

// keep keeps an answer that was looked up after a version was read: had anything been
// committed in between, the next version will be another.
func (r *remembered[K, V]) keep(before dataVersion, key K, answer V) {
	r.Lock()
	defer r.Unlock()
	if before != r.at || r.answers == nil || len(r.answers) >= most {
		r.at, r.answers = before, make(map[K]V)
	}
	r.answers[key] = answer
}
