// Package mariadbtest starts a private MariaDB server for a test, from the
// binaries of the machine. A machine without them fails the test: what talks to
// MariaDB is only tested by MariaDB.
package mariadbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"khue/demo/servertest"
)

// Env names a running server to use instead: a DSN in URL form of an account
// that may create databases.
const Env = "KHUE_TEST_MARIADB"

// Start gives the DSN, in URL form, of an empty database that lasts as long as the
// test. The server listens on loopback with a password of its own and no safety for crashes.
func Start(tb testing.TB) (dsn string) {
	tb.Helper()
	if server := os.Getenv(Env); server != "" {
		return createDatabase(tb, server)
	}
	server := binary(tb)
	as := servertest.Account(tb, "nobody")
	dir := servertest.Folder(tb, as, "khue-mariadb-")
	data, password := filepath.Join(dir, "data"), rand.Text()
	makeFolder := servertest.Command(as, dir, "mkdir", data)
	servertest.Must(tb, "making the folder of data", makeFolder.Run())
	// A folder of its own for temporary tables: a server that starts clears those of
	// everybody who shares one.
	small := []string{"--no-defaults", "--datadir=" + data, "--tmpdir=" + dir, "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M", "--innodb-flush-log-at-trx-commit=0"}
	bootstrap := servertest.Command(as, dir, server, append(small, "--bootstrap", "--log-warnings=0")...)
	bootstrap.Stdin = strings.NewReader(systemTables(tb, password))
	if out, err := bootstrap.CombinedOutput(); err != nil {
		tb.Fatalf("making MariaDB's system tables: %v\n%s", err, out)
	}
	port := servertest.FreePort(tb)
	servertest.Run(tb, "MariaDB", servertest.Command(as, dir, server, append(small, fmt.Sprintf("--port=%d", port), "--bind-address=127.0.0.1",
		"--socket="+filepath.Join(dir, "s"), "--pid-file="+filepath.Join(dir, "pid"), "--skip-name-resolve", "--skip-log-bin", "--max-connections=40")...), syscall.SIGTERM)
	dsn = (&url.URL{Scheme: "mysql", User: url.UserPassword("khue", password), Host: fmt.Sprintf("127.0.0.1:%d", port), Path: "/mysql"}).String()
	servertest.Await(tb, "MariaDB", func() error { return execute(dsn, "DO 1") })
	return createDatabase(tb, dsn)
}

// Open connects to a DSN that Start gave; texts with several statements are taken.
func Open(tb testing.TB, dsn string) *sql.DB {
	tb.Helper()
	db, err := open(dsn)
	servertest.Must(tb, "opening MariaDB", err)
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

func open(dsn string) (*sql.DB, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, fmt.Errorf("reading the DSN: %w", err)
	}
	c := mysql.NewConfig()
	c.User, c.Net, c.Addr, c.DBName = u.User.Username(), "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	c.Passwd, _ = u.User.Password()
	c.MultiStatements, c.Logger, c.Timeout = true, &mysql.NopLogger{}, 5*time.Second
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, fmt.Errorf("reading the DSN: %w", err)
	}
	return sql.OpenDB(connector), nil
}

// binary finds the server.
func binary(tb testing.TB) string {
	tb.Helper()
	for _, name := range []string{"mariadbd", "/usr/sbin/mariadbd"} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	tb.Fatalf("no MariaDB on this machine: install the package mariadb-server-core, put mariadbd on PATH, or set %s to the DSN of a server", Env)
	return ""
}

// systemTables is what a new server is told first: its own tables, and our account.
func systemTables(tb testing.TB, password string) string {
	tb.Helper()
	var b strings.Builder
	b.WriteString("create database mysql;\nuse mysql;\nset @auth_root_socket=NULL;\nset @skip_auth_anonymous=1;\n")
	for _, name := range []string{"tables", "tables_data"} {
		found := ""
		for _, share := range []string{"/usr/share/mysql", "/usr/share/mariadb"} {
			if path := filepath.Join(share, "mysql_system_"+name+".sql"); found == "" {
				if _, err := os.Stat(path); err == nil {
					found = path
				}
			}
		}
		text, err := os.ReadFile(found)
		servertest.Must(tb, "reading MariaDB's system "+name, err)
		b.Write(text)
	}
	fmt.Fprintf(&b, "\nFLUSH PRIVILEGES;\nCREATE USER khue@'127.0.0.1' IDENTIFIED BY '%s';\nGRANT ALL ON *.* TO khue@'127.0.0.1' WITH GRANT OPTION;\n", password)
	return b.String()
}

// createDatabase makes a database on a server and drops it when the test ends.
func createDatabase(tb testing.TB, server string) string {
	tb.Helper()
	u, err := url.Parse(server)
	servertest.Must(tb, "reading the DSN in "+Env, err)
	name := "khue_test_" + strings.ToLower(rand.Text())
	servertest.Must(tb, "making a database", execute(server, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4"))
	tb.Cleanup(func() { servertest.Must(tb, "dropping the database", execute(server, "DROP DATABASE "+name)) })
	u.Path = "/" + name
	return u.String()
}

func execute(dsn, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	db, err := open(dsn)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(ctx, statement)
	return err
}
