package state_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/state"
)

var byConsole = state.AuditEntry{At: t0, Actor: "console", Act: "person.change"}

// withToken gives somebody a token of the hash "secret".
func withToken(t *testing.T, s *state.Store) {
	t.Helper()
	everybody := func([]state.Person) error { return nil }
	require.NoError(t, s.AddPerson(t.Context(), state.Person{Login: "mai", Name: "0", Roles: []string{"clerk"}, Areas: []string{"VN-HN"}, CreatedAt: t0}, everybody, byConsole))
	require.NoError(t, s.AddToken(t.Context(), state.Token{ID: "one", Hash: "secret", Login: "mai", Name: "sổ", Rights: []string{"api"}, CreatedAt: t0, EndsAt: t0.AddDate(0, 1, 0)}, byConsole))
}

func rename(ctx context.Context, s *state.Store, name string) error {
	return s.ChangePerson(ctx, "mai", "", func(p *state.Person, _ []state.Person) error {
		p.Name = name
		return nil
	}, byConsole)
}

func useOf(t *testing.T, s *state.Store, address string) state.TokenUse {
	t.Helper()
	use, found, err := s.TokenUse(t.Context(), "secret", address)
	require.NoError(t, err)
	require.True(t, found)
	return use
}

func TestWhateverChangesOfATokenIsSeenByTheNextUse(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		asks, other := open(), open()
		_, found, err := asks.TokenUse(t.Context(), "secret", "10.0.0.1")
		require.NoError(t, err)
		require.False(t, found, "there is none yet")
		withToken(t, other)
		for _, changes := range []*state.Store{asks, other} { // by this process and by another
			for _, name := range []string{"Mai", "Lan"} {
				require.NoError(t, rename(t.Context(), changes, name))
				for range 3 {
					require.Equal(t, name, useOf(t, asks, "10.0.0.1").Person.Name)
				}
			}
			require.NoError(t, changes.UseToken(t.Context(), "one", "10.0.0.1", useOf(t, asks, "10.0.0.1").Token.UsedAt.Add(time.Hour).UTC(), byConsole))
			require.False(t, useOf(t, asks, "10.0.0.1").Token.UsedAt.IsZero())
			require.True(t, useOf(t, asks, "10.0.0.2").Token.UsedAt.IsZero(), "it was never used from there")
		}
		require.NoError(t, other.RevokeToken(t.Context(), "one", "", t0, byConsole))
		require.Equal(t, t0.UTC(), useOf(t, asks, "10.0.0.1").Token.RevokedAt.UTC())
		require.Equal(t, t0.UTC(), useOf(t, asks, "10.0.0.2").Token.RevokedAt.UTC())
	})
}

func TestWhoLooksATokenUpMayChangeWhatTheyGot(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s := open()
		withToken(t, s)
		for range 3 {
			use := useOf(t, s, "10.0.0.1")
			require.Equal(t, []string{"api"}, use.Token.Rights)
			require.Equal(t, []string{"clerk"}, use.Person.Roles)
			require.Equal(t, []string{"VN-HN"}, use.Person.Areas)
			use.Token.Rights[0], use.Person.Roles[0], use.Person.Areas[0] = "all", "administrator", ""
		}
	})
}

func TestManyWhoLookUpWhileOthersChangeNeverSeeWhatIsOver(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		asks, other := open(), open()
		withToken(t, other)
		var committed atomic.Int64
		var work, over sync.WaitGroup
		done := make(chan struct{})
		for i, changes := range []*state.Store{asks, other} {
			work.Go(func() {
				for n := int64(i + 1); n <= 120; n += 2 {
					for committed.Load() != n-1 { // they take turns
						time.Sleep(50 * time.Microsecond)
					}
					if err := rename(t.Context(), changes, strconv.FormatInt(n, 10)); err != nil {
						t.Error(err)
					}
					committed.Store(n)
				}
			})
		}
		for i := range 6 {
			over.Go(func() {
				for {
					least := committed.Load()
					use, found, err := asks.TokenUse(t.Context(), "secret", fmt.Sprint("10.0.0.", i%3))
					if seen, _ := strconv.ParseInt(use.Person.Name, 10, 64); err != nil || !found || seen < least {
						t.Errorf("%q, %v, %v; it was %d before", use.Person.Name, found, err, least)
						return
					}
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		work.Wait()
		close(done)
		over.Wait()
	})
}

func TestWhatAProcessOfItsOwnChangesIsSeenByTheNextUse(t *testing.T) {
	if file := os.Getenv("KHUE_TEST_RENAMES"); file != "" {
		s, err := state.Open(t.Context(), file)
		require.NoError(t, err)
		for n := 1; n <= 60; n++ {
			require.NoError(t, rename(t.Context(), s, strconv.Itoa(n)))
			fmt.Println("committed", n)
		}
		require.NoError(t, s.Close())
		return
	}
	file := filepath.Join(t.TempDir(), "state.db")
	s, err := state.Open(t.Context(), file)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	withToken(t, s)
	require.Equal(t, "0", useOf(t, s, "10.0.0.1").Person.Name)

	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestWhatAProcessOfItsOwnChangesIsSeenByTheNextUse$")
	child.Env, child.Stderr = append(os.Environ(), "KHUE_TEST_RENAMES="+file), os.Stderr
	said, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	seen := 0
	for lines := bufio.NewScanner(said); lines.Scan(); {
		number, ok := strings.CutPrefix(lines.Text(), "committed ")
		if !ok {
			continue
		}
		least, err := strconv.Atoi(number)
		require.NoError(t, err)
		name, err := strconv.Atoi(useOf(t, s, "10.0.0.1").Person.Name)
		require.NoError(t, err)
		require.GreaterOrEqual(t, name, least)
		seen++
	}
	require.NoError(t, child.Wait())
	require.Equal(t, 60, seen)
	require.Equal(t, "60", useOf(t, s, "10.0.0.1").Person.Name)
}
