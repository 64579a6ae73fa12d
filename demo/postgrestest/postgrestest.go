// Package postgrestest starts a private PostgreSQL server for a test, from the
// binaries of the machine. A machine without them fails the test: what talks to
// PostgreSQL is only tested by PostgreSQL.
package postgrestest

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Env names a running server to use instead: a DSN in URL form of an account
// that may create databases.
const Env = "KHUE_TEST_POSTGRES"

// Start gives the DSN of an empty database that lasts as long as the test. The
// server listens on loopback with a password of its own and no safety for crashes.
func Start(tb testing.TB) (dsn string) {
	tb.Helper()
	if server := os.Getenv(Env); server != "" {
		return createDatabase(tb, server)
	}
	bin := binaries(tb)
	as := account(tb)
	dir, err := os.MkdirTemp("", "khue-postgres-")
	must(tb, "making a folder for PostgreSQL", err)
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	data, password := filepath.Join(dir, "data"), rand.Text()
	secret := filepath.Join(dir, "password")
	must(tb, "writing the password", os.WriteFile(secret, []byte(password+"\n"), 0o600))
	if as != nil {
		must(tb, "giving the folder away", os.Chown(dir, int(as.Uid), int(as.Gid)))
		must(tb, "giving the password away", os.Chown(secret, int(as.Uid), int(as.Gid)))
	}
	initdb := command(as, dir, filepath.Join(bin, "initdb"), "--pgdata", data, "--username", "khue", "--pwfile", secret,
		"--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		tb.Fatalf("initdb: %v\n%s", err, out)
	}
	port := freePort(tb)
	run(tb, command(as, dir, filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-p", strconv.Itoa(port),
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=40"))
	dsn = (&url.URL{Scheme: "postgres", User: url.UserPassword("khue", password), Host: fmt.Sprintf("127.0.0.1:%d", port), Path: "/postgres", RawQuery: "sslmode=disable"}).String()
	await(tb, dsn)
	return createDatabase(tb, dsn)
}

// binaries finds the folder with initdb and postgres.
func binaries(tb testing.TB) string {
	tb.Helper()
	if found, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(found)
	}
	folders, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	must(tb, "looking for PostgreSQL", err)
	if len(folders) == 0 {
		tb.Fatalf("no PostgreSQL on this machine: install the package postgresql, put initdb on PATH, or set %s to the DSN of a server", Env)
	}
	return folders[len(folders)-1]
}

// account is whom the server runs as: PostgreSQL refuses root, so root lends it
// the account postgres; anybody else runs it themselves.
func account(tb testing.TB) *syscall.Credential {
	tb.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		tb.Fatalf("PostgreSQL refuses to run as root, and there is no user postgres to run it as: %v", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	must(tb, "reading the user id of postgres", err)
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	must(tb, "reading the group id of postgres", err)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func command(as *syscall.Credential, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as, Setpgid: true}
	endWithParent(cmd.SysProcAttr)
	return cmd
}

// run starts the server and stops it when the test ends.
func run(tb testing.TB, cmd *exec.Cmd) {
	tb.Helper()
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	started, ended := make(chan error, 1), make(chan error, 1)
	go func() {
		// The system ties the server to the thread that started it, so keep that
		// thread for as long as the server runs.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	must(tb, "starting PostgreSQL", <-started)
	tb.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGINT) // fast shutdown
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		if tb.Failed() {
			tb.Logf("PostgreSQL said:\n%s", log.String())
		}
	})
}

func await(tb testing.TB, dsn string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, dsn)
		if err == nil {
			must(tb, "closing the first connection", conn.Close(ctx))
			return
		}
		select {
		case <-ctx.Done():
			tb.Fatalf("PostgreSQL did not answer within 30 seconds: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// createDatabase makes a database on a server and drops it when the test ends.
func createDatabase(tb testing.TB, server string) string {
	tb.Helper()
	u, err := url.Parse(server)
	must(tb, "reading the DSN in "+Env, err)
	name := "khue_test_" + strings.ToLower(rand.Text())
	execute := func(sql string) {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		conn, err := pgx.Connect(ctx, server)
		must(tb, "connecting to PostgreSQL", err)
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, sql)
		must(tb, sql, err)
	}
	execute("CREATE DATABASE " + name)
	tb.Cleanup(func() { execute("DROP DATABASE " + name + " WITH (FORCE)") })
	u.Path = "/" + name
	return u.String()
}

func freePort(tb testing.TB) int {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(tb, "finding a free port", err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func must(tb testing.TB, doing string, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatalf("%s: %v", doing, err)
	}
}
