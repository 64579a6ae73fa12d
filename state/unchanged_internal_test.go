package state

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func aFile(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func TestTheDataVersionIsAnotherAfterACommitAlone(t *testing.T) {
	s := aFile(t)
	before, err := s.version.read(s.db)
	require.NoError(t, err)
	for range 3 {
		_, err = s.db.ExecContext(t.Context(), "SELECT * FROM tokens")
		require.NoError(t, err)
		again, err := s.version.read(s.db)
		require.NoError(t, err)
		require.Equal(t, before, again)
	}
	_, err = s.db.ExecContext(t.Context(), "UPDATE people SET name = name")
	require.NoError(t, err)
	_, err = s.db.ExecContext(t.Context(), "DELETE FROM tokens WHERE id = 'none'")
	require.NoError(t, err)
	_, err = s.db.ExecContext(t.Context(), "CREATE TABLE more (n INTEGER)")
	require.NoError(t, err)
	after, err := s.version.read(s.db)
	require.NoError(t, err)
	require.NotEqual(t, before, after)
}

func TestWhatIsRememberedDoesNotOutliveTheConnectionThatTellsTheVersion(t *testing.T) {
	s := aFile(t)
	before, err := s.version.read(s.db)
	require.NoError(t, err)
	s.tokens.keep(before, usedFrom{"a", "b"}, TokenUse{})
	_, known := s.tokens.get(before, usedFrom{"a", "b"})
	require.True(t, known)

	require.NoError(t, s.version.conn.Close()) // as a fault ends it
	_, err = s.version.read(s.db)
	require.Error(t, err)
	_, found, err := s.TokenUse(t.Context(), "a", "b")
	require.NoError(t, err, "a token is looked up all the same")
	require.False(t, found)
	after, err := s.version.read(s.db)
	require.NoError(t, err)
	require.Equal(t, before.number, after.number, "each connection begins anew")
	_, known = s.tokens.get(after, usedFrom{"a", "b"})
	require.False(t, known)
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	var r remembered[usedFrom, TokenUse]
	at := dataVersion{1, 2}
	for n := range 3 * most {
		r.keep(at, usedFrom{hash: fmt.Sprint(n)}, TokenUse{})
		require.LessOrEqual(t, len(r.answers), most)
		_, known := r.get(at, usedFrom{hash: fmt.Sprint(n)})
		require.True(t, known)
	}
}

func TestTheDataVersionKeepsNobodyFromWritingTheLogBack(t *testing.T) {
	s := aFile(t)
	_, err := s.version.read(s.db)
	require.NoError(t, err)
	for range 3 {
		_, err := s.db.ExecContext(t.Context(), "CREATE TABLE IF NOT EXISTS more (n INTEGER)")
		require.NoError(t, err)
		_, err = s.db.ExecContext(t.Context(), "INSERT INTO more VALUES (1)")
		require.NoError(t, err)
		_, err = s.version.read(s.db)
		require.NoError(t, err)
		var busy, log, written int
		require.NoError(t, s.db.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &written))
		require.Zero(t, busy, "a reader holds the log")
	}
}
