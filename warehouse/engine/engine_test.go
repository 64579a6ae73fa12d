package engine_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/warehouse/engine"
)

func TestMain(m *testing.M) {
	engine.RunIfChild()
	os.Exit(m.Run())
}

func start(t *testing.T, dir string) *engine.Engine {
	t.Helper()
	e, err := engine.Start(t.Context(), engine.Options{Dir: dir})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return e
}

// say sends a query over HTTP and gives the answer or the refusal.
func say(t *testing.T, e *engine.Engine, user, password, query string) (string, int) {
	t.Helper()
	a, err := e.Address()
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:"+strconv.Itoa(a.HTTP)+"/", strings.NewReader(query))
	require.NoError(t, err)
	request.Header.Set("X-ClickHouse-User", user)
	request.Header.Set("X-ClickHouse-Key", password)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	var b strings.Builder
	buffer := make([]byte, 4096)
	for {
		n, err := response.Body.Read(buffer)
		b.Write(buffer[:n])
		if err != nil {
			return strings.TrimSpace(b.String()), response.StatusCode
		}
	}
}

func TestAMissingLibraryIsNamedWithTheCommandThatGetsIt(t *testing.T) {
	_, err := engine.Start(t.Context(), engine.Options{Dir: t.TempDir(), Library: "/nowhere/libchdb.so"})
	require.Equal(t, khue.Unavailable, khue.KindOf(err))
	require.ErrorContains(t, err, "/nowhere/libchdb.so is missing")
	require.ErrorContains(t, err, "make setup")
	require.Contains(t, khue.MessageOf(err).VI, "thiếu thư viện")
}

func TestAFileThatIsNoLibraryIsSaidToBeNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "libchdb.so")
	require.NoError(t, os.WriteFile(path, []byte("not a library"), 0o600))
	_, err := engine.Start(t.Context(), engine.Options{Dir: t.TempDir(), Library: path})
	require.ErrorContains(t, err, "cannot be loaded")
}

func TestAFolderInUseIsRefused(t *testing.T) {
	dir := t.TempDir()
	start(t, dir)
	_, err := engine.Start(t.Context(), engine.Options{Dir: dir})
	require.Equal(t, khue.Conflict, khue.KindOf(err))
	require.ErrorContains(t, err, "is in use by another Khuê process")
}

func TestADiskWithTooLittleRoomIsRefused(t *testing.T) {
	_, err := engine.Start(t.Context(), engine.Options{Dir: t.TempDir(), LeastGiB: 1e9})
	require.ErrorContains(t, err, "GiB left")
}

func TestAFolderThatCannotBeMadeIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a-file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := engine.Start(t.Context(), engine.Options{Dir: filepath.Join(file, "data")})
	require.ErrorContains(t, err, "cannot be made")
}

func TestAnotherProcessFindsTheRunningEngine(t *testing.T) {
	dir := t.TempDir()
	first := start(t, dir)
	second, err := engine.Open(t.Context(), engine.Options{Dir: dir})
	require.NoError(t, err)
	require.False(t, second.Owned())
	answer, _ := say(t, second, engine.ServiceUser, second.Secrets().Service, "SELECT 1 + 1")
	require.Equal(t, "2", answer)
	require.NoError(t, second.Close()) // leaves the engine to its owner
	answer, _ = say(t, first, engine.ServiceUser, first.Secrets().Service, "SELECT 1 + 1")
	require.Equal(t, "2", answer)
}

func TestAKilledEngineComesBackWithItsData(t *testing.T) {
	e := start(t, t.TempDir())
	ask := func(q string) string {
		answer, status := say(t, e, engine.ServiceUser, e.Secrets().Service, q)
		require.Equal(t, http.StatusOK, status, answer)
		return answer
	}
	ask("CREATE DATABASE d")
	ask("CREATE TABLE d.t (n Int64) ENGINE = MergeTree ORDER BY n")
	ask("INSERT INTO d.t VALUES (42)")
	before, err := e.Address()
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(before.PID, syscall.SIGKILL))
	require.Eventually(t, func() bool {
		a, err := e.Address()
		return err == nil && a.PID != before.PID
	}, 30*time.Second, 20*time.Millisecond)
	require.Equal(t, "42", ask("SELECT sum(n) FROM d.t"))
}

// While an engine is being started again its folder belongs to its supervisor: a command
// that opens it just then waits, and neither takes it over nor changes its passwords.
func TestWhoOpensTheFolderWhileItsEngineIsStartedAgainWaitsForIt(t *testing.T) {
	dir := t.TempDir()
	e := start(t, dir)
	for range 3 {
		before, err := e.Address()
		require.NoError(t, err)
		require.NoError(t, syscall.Kill(before.PID, syscall.SIGKILL))
		require.Eventually(t, func() bool {
			_, err := e.Address()
			return err != nil
		}, 10*time.Second, time.Millisecond, "the supervisor sees that it is gone")
		other, err := engine.Open(t.Context(), engine.Options{Dir: dir})
		require.NoError(t, err)
		require.False(t, other.Owned())
		for _, one := range []*engine.Engine{e, other} {
			answer, status := say(t, one, engine.ServiceUser, one.Secrets().Service, "SELECT 1 + 1")
			require.Equal(t, http.StatusOK, status, answer)
		}
		require.NoError(t, other.Close())
	}
}

func TestTwoProgramsThatOpenAFolderAtTheSameMomentShareOneEngine(t *testing.T) {
	dir := t.TempDir()
	var engines [3]*engine.Engine
	var wait sync.WaitGroup
	for i := range engines {
		wait.Go(func() {
			e, err := engine.Open(t.Context(), engine.Options{Dir: dir})
			if err == nil {
				engines[i] = e
			}
		})
	}
	wait.Wait()
	var owner *engine.Engine
	for _, e := range engines {
		require.NotNil(t, e, "whoever comes second waits for the first one's engine")
		answer, status := say(t, e, engine.ServiceUser, e.Secrets().Service, "SELECT 1 + 1")
		require.Equal(t, http.StatusOK, status, answer)
		if !e.Owned() {
			require.NoError(t, e.Close())
			continue
		}
		require.Nil(t, owner, "one supervises")
		owner = e
	}
	require.NotNil(t, owner)
	require.NoError(t, owner.Close())
	start(t, dir) // the folder is free again
}

// A client that is killed resets its connection: the engine must outlive that.
func TestAClientThatIsCutOffDoesNotEndTheEngine(t *testing.T) {
	e := start(t, t.TempDir())
	before, err := e.Address()
	require.NoError(t, err)
	options := &clickhouse.Options{
		Addr: []string{"127.0.0.1:" + strconv.Itoa(before.TCP)},
		Auth: clickhouse.Auth{Database: "system", Username: engine.ServiceUser, Password: e.Secrets().Service},
		DialContext: func(ctx context.Context, addr string) (net.Conn, error) {
			var d net.Dialer
			conn, err := d.DialContext(ctx, "tcp", addr)
			if err == nil {
				err = conn.(*net.TCPConn).SetLinger(0) // closing resets, as a killed process does
			}
			return conn, err
		},
	}
	for range 5 {
		conn, err := clickhouse.Open(options)
		require.NoError(t, err)
		require.NoError(t, conn.Ping(t.Context()))
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		require.Error(t, conn.Exec(ctx, "SELECT count() FROM system.numbers WHERE NOT ignore(number)"))
		cancel()
		rows, err := conn.Query(t.Context(), "SELECT number FROM system.numbers LIMIT 50000000")
		require.NoError(t, err)
		require.True(t, rows.Next())
		require.NoError(t, conn.Close())
	}
	answer, status := say(t, e, engine.ServiceUser, e.Secrets().Service, "SELECT 1 + 1")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "2", answer)
	after, err := e.Address()
	require.NoError(t, err)
	require.Equal(t, before, after, "the engine was restarted")
}

func TestSecretsAreForTheOwnerAloneAndNewAtEachStart(t *testing.T) {
	dir := t.TempDir()
	first, err := engine.Start(t.Context(), engine.Options{Dir: dir})
	require.NoError(t, err)
	for _, name := range []string{"engine.json", "engine-users.xml", "engine-config.xml"} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
	require.NoError(t, first.Close())
	require.NoFileExists(t, filepath.Join(dir, "engine.json"))
	second := start(t, dir)
	require.NotEqual(t, first.Secrets(), second.Secrets())
}

func TestOnlyThoseWithAPasswordComeInAndTheAnalystOnlyReads(t *testing.T) {
	e := start(t, t.TempDir())
	_, status := say(t, e, engine.ServiceUser, "guessed", "SELECT 1")
	require.Equal(t, http.StatusForbidden, status)
	answer, status := say(t, e, "default", "", "SELECT * FROM file('/etc/passwd', 'LineAsString') LIMIT 1")
	require.NotEqual(t, http.StatusOK, status, answer)
	require.NotContains(t, answer, "root:")

	service := func(q string) {
		answer, status := say(t, e, engine.ServiceUser, e.Secrets().Service, q)
		require.Equal(t, http.StatusOK, status, answer)
	}
	service("CREATE DATABASE khue")
	service("CREATE TABLE khue.secret (n Int64) ENGINE = MergeTree ORDER BY n")
	service("CREATE DATABASE " + engine.PublicSchema)
	service("CREATE VIEW " + engine.PublicSchema + ".numbers SQL SECURITY DEFINER DEFINER = CURRENT_USER AS SELECT 7 AS n")
	for query, allowed := range map[string]bool{
		"SELECT n FROM pub.numbers":                                true,
		"SELECT * FROM khue.secret":                                false,
		"INSERT INTO khue.secret VALUES (1)":                       false,
		"CREATE TABLE pub.mine (n Int64) ENGINE = Memory":          false,
		"SELECT * FROM file('/etc/passwd', 'LineAsString')":        false,
		"SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')": false,
		"SET max_execution_time = 0":                               false,
	} {
		answer, status := say(t, e, engine.AnalystUser, e.Secrets().Analyst, query)
		require.Equal(t, allowed, status == http.StatusOK, "%s: %s", query, answer)
	}
}

func TestTwoStartsAtOnceLeaveTheCountOfWritesToTheOneThatHoldsTheFolder(t *testing.T) {
	dir := t.TempDir()
	var engines [2]*engine.Engine
	var refused atomic.Int32
	var wait sync.WaitGroup
	for i := range engines {
		wait.Go(func() {
			e, err := engine.Start(t.Context(), engine.Options{Dir: dir})
			if err != nil {
				refused.Add(1)
			}
			engines[i] = e
		})
	}
	wait.Wait()
	require.EqualValues(t, 1, refused.Load())
	e := engines[0]
	if e == nil {
		e = engines[1]
	}
	defer func() { require.NoError(t, e.Close()) }()
	require.NoError(t, e.Writes().Do(func() error { return nil }))
	other, err := engine.Open(t.Context(), engine.Options{Dir: dir})
	require.NoError(t, err)
	defer func() { require.NoError(t, other.Close()) }()
	require.False(t, other.Owned())
	require.NoError(t, other.Writes().Do(func() error { return nil }))
	for _, w := range []*engine.Writes{e.Writes(), other.Writes()} {
		begun, quiet, err := w.Quiet()
		require.NoError(t, err)
		require.True(t, quiet)
		require.EqualValues(t, 2, begun)
	}
}
