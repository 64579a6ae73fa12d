// Package servertest runs the program of a real server for as long as a test
// lasts: on a free port of loopback, as somebody who is not root, ended with the
// test however that ends.
package servertest

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Account is whom a server runs as: servers refuse root, so root lends them an
// account of that name; anybody else runs them themselves.
func Account(tb testing.TB, name string) *syscall.Credential {
	tb.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		tb.Fatalf("the server refuses to run as root, and there is no user %s to run it as: %v", name, err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	Must(tb, "reading the user id of "+name, err)
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	Must(tb, "reading the group id of "+name, err)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// Folder makes a folder that belongs to an account and goes with the test.
func Folder(tb testing.TB, as *syscall.Credential, pattern string) string {
	tb.Helper()
	dir, err := os.MkdirTemp("", pattern)
	Must(tb, "making a folder for the server", err)
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	if as != nil {
		Must(tb, "giving the folder away", os.Chown(dir, int(as.Uid), int(as.Gid)))
	}
	return dir
}

// Command prepares a program to run as an account, with hardly any environment.
func Command(as *syscall.Credential, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...) //nolint:noctx // Run ends it with the test
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as, Setpgid: true}
	endWithParent(cmd.SysProcAttr)
	return cmd
}

// Run starts a server and stops it with a signal when the test ends. What it said
// is printed if the test failed.
func Run(tb testing.TB, title string, cmd *exec.Cmd, stop syscall.Signal) {
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
	Must(tb, "starting "+title, <-started)
	tb.Cleanup(func() {
		_ = cmd.Process.Signal(stop)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		if tb.Failed() {
			tb.Logf("%s said:\n%s", title, log.String())
		}
	})
}

// Await asks until a server answers.
func Await(tb testing.TB, title string, ask func() error) {
	tb.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		err := ask()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			tb.Fatalf("%s did not answer within 30 seconds: %v", title, err)
		}
	}
}

// FreePort is a port of loopback that nobody uses.
func FreePort(tb testing.TB) int {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is closed at once
	Must(tb, "finding a free port", err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// Must fails the test with what was being done.
func Must(tb testing.TB, doing string, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatalf("%s: %v", doing, err)
	}
}
