package state_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/state"
)

func tokenOfMai(t *testing.T, s *state.Store) {
	t.Helper()
	entry := state.AuditEntry{At: t0, Actor: "console", Act: "token.add"}
	require.NoError(t, s.AddPerson(t.Context(), state.Person{Login: "mai", Name: "Mai", Roles: []string{"analyst"}, CreatedAt: t0}, func([]state.Person) error { return nil }, entry))
	require.NoError(t, s.AddToken(t.Context(), state.Token{ID: "t1", Hash: "h1", Login: "mai", Name: "notebook", Rights: []string{"ask_api"}, CreatedAt: t0, EndsAt: t0.Add(time.Hour)}, entry))
}

func TestATokenIsSeenAsAnyProcessLeftItWhenItIsAskedFor(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		asks, changes := open(), open()
		tokenOfMai(t, changes)
		entry := state.AuditEntry{At: t0, Actor: "console", Act: "person.change"}
		for n := range 40 {
			name := strconv.Itoa(n)
			require.NoError(t, changes.ChangePerson(t.Context(), "mai", "", func(p *state.Person, _ []state.Person) error {
				p.Name = name
				return nil
			}, entry))
			var wait sync.WaitGroup
			for range 4 {
				wait.Go(func() {
					for range 3 {
						if use, found, err := asks.TokenUse(t.Context(), "h1", "10.0.0.1"); err != nil || !found || use.Person.Name != name {
							t.Errorf("%v %v, %q; it is %q by now", err, found, use.Person.Name, name)
						}
					}
				})
			}
			wait.Wait()
		}
		require.NoError(t, changes.RevokeToken(t.Context(), "t1", "mai", t0, entry))
		use, found, err := asks.TokenUse(t.Context(), "h1", "10.0.0.1")
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, t0.UTC(), use.Token.RevokedAt.UTC())
	})
}

func TestATokenOfAnotherAddressIsNotTakenForTheOneThatIsRemembered(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s := open()
		tokenOfMai(t, s)
		require.NoError(t, s.UseToken(t.Context(), "t1", "10.0.0.1", t0, state.AuditEntry{At: t0, Actor: "mai", Act: "token.use"}))
		for range 3 {
			for address, used := range map[string]bool{"10.0.0.1": true, "10.0.0.2": false} {
				use, found, err := s.TokenUse(t.Context(), "h1", address)
				require.NoError(t, err)
				require.True(t, found)
				require.Equal(t, used, !use.Token.UsedAt.IsZero(), address)
			}
			_, found, err := s.TokenUse(t.Context(), "h2", "10.0.0.1")
			require.NoError(t, err)
			require.False(t, found)
		}
	})
}

func TestWhileNothingIsWrittenATokenTakesNoStatement(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.db")
	s, err := state.Open(t.Context(), file)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	tokenOfMai(t, s)
	_, found, err := s.TokenUse(t.Context(), "h1", "10.0.0.1")
	require.NoError(t, err)
	require.True(t, found)
	ended, end := context.WithCancel(t.Context())
	end() // a statement would be refused
	_, found, err = s.TokenUse(ended, "h1", "10.0.0.1")
	require.NoError(t, err)
	require.True(t, found)

	// A checkpoint moves what was written and changes nothing of it; a new WAL begins.
	other, err := sql.Open("sqlite", file)
	require.NoError(t, err)
	defer func() { _ = other.Close() }()
	for range 3 {
		_, err = other.ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)")
		require.NoError(t, err)
		_, err = other.ExecContext(t.Context(), "UPDATE tokens SET name = name || '+'")
		require.NoError(t, err)
		_, _, err = s.TokenUse(ended, "h1", "10.0.0.1")
		require.ErrorIs(t, err, context.Canceled, "something was written")
		use, _, err := s.TokenUse(t.Context(), "h1", "10.0.0.1")
		require.NoError(t, err)
		require.Contains(t, use.Token.Name, "+")
	}
}
