package state_test

import (
	"database/sql"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"khue/state"
)

func TestWhatAnotherProcessChangesIsSeenAtOnceByStatementsKeptReady(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		asks, changes := open(), open()
		_, err := asks.Person(t.Context(), "mai")
		require.Error(t, err)
		require.NoError(t, changes.AddPerson(t.Context(), state.Person{Login: "mai", Name: "Mai", Roles: []string{"analyst"}, CreatedAt: t0}, func([]state.Person) error { return nil }, state.AuditEntry{At: t0, Actor: "console", Act: "person.add"}))
		for _, name := range []string{"Mai Anh", "Mai Lan", "Mai"} {
			require.NoError(t, changes.ChangePerson(t.Context(), "mai", "", func(p *state.Person, _ []state.Person) error {
				p.Name = name
				return nil
			}, state.AuditEntry{At: t0, Actor: "console", Act: "person.change"}))
			var wait sync.WaitGroup
			for range 12 { // more than there are connections at rest
				wait.Go(func() {
					if p, err := asks.Person(t.Context(), "mai"); err != nil || p.Name != name {
						t.Errorf("%q, %v; it is %q by now", p.Name, err, name)
					}
				})
			}
			wait.Wait()
		}
	})
}

func TestAStatementKeptReadyLastsThroughAChangeOfTheSchema(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.db")
	s, err := state.Open(t.Context(), file)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	_, known, err := s.TokenUse(t.Context(), "none", "10.0.0.1")
	require.NoError(t, err)
	require.False(t, known)

	newer, err := sql.Open("sqlite", file)
	require.NoError(t, err)
	defer func() { _ = newer.Close() }()
	_, err = newer.ExecContext(t.Context(), "ALTER TABLE tokens ADD COLUMN colour TEXT")
	require.NoError(t, err)
	_, known, err = s.TokenUse(t.Context(), "none", "10.0.0.1")
	require.NoError(t, err)
	require.False(t, known)
}
