// Package postgrestest starts a private PostgreSQL server for a test, from the
// binaries of the machine. A machine without them fails the test: what talks to
// PostgreSQL is only tested by PostgreSQL.
package postgrestest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"khue/demo/servertest"
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
	as := servertest.Account(tb, "postgres")
	dir := servertest.Folder(tb, as, "khue-postgres-")
	data, password := filepath.Join(dir, "data"), rand.Text()
	secret := filepath.Join(dir, "password")
	must(tb, "writing the password", os.WriteFile(secret, []byte(password+"\n"), 0o600))
	if as != nil {
		must(tb, "giving the password away", os.Chown(secret, int(as.Uid), int(as.Gid)))
	}
	initdb := servertest.Command(as, dir, filepath.Join(bin, "initdb"), "--pgdata", data, "--username", "khue", "--pwfile", secret,
		"--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		tb.Fatalf("initdb: %v\n%s", err, out)
	}
	port := servertest.FreePort(tb)
	servertest.Run(tb, "PostgreSQL", servertest.Command(as, dir, filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-p", strconv.Itoa(port),
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=40"), syscall.SIGINT) // fast shutdown
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

func await(tb testing.TB, dsn string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	servertest.Await(tb, "PostgreSQL", func() error {
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	})
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

func must(tb testing.TB, doing string, err error) {
	tb.Helper()
	servertest.Must(tb, doing, err)
}
