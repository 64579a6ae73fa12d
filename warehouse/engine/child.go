package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"
	"golang.org/x/sys/unix"
)

// childVariable marks a process as the engine's: its value is the data folder.
// The library's path travels beside it. A variable rather than flags lets any
// binary that holds this package, test binaries included, become the child.
const (
	childVariable   = "KHUE_ENGINE_CHILD"
	libraryVariable = "KHUE_ENGINE_CHILD_LIBRARY"
)

// Exit codes of the child that the supervisor understands.
const (
	exitLocked  = 75
	exitLibrary = 76
)

// RunIfChild turns the process into the engine when a supervisor started it as
// such, and then never returns. Every main that may start an engine calls it first.
func RunIfChild() {
	dir := os.Getenv(childVariable)
	if dir == "" {
		return
	}
	os.Exit(runChild(dir, os.Getenv(libraryVariable)))
}

// runChild locks the data folder, loads the library and runs ClickHouse until
// standard input ends: the supervisor holds the other end of that pipe, so the
// engine stops cleanly however the supervisor ends.
func runChild(dir, library string) int {
	runtime.LockOSThread()
	lock, err := lockFolder(dir, engineLock)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitLocked
	}
	defer func() { _ = lock.Close() }()
	handle, err := purego.Dlopen(library, purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitLibrary
	}
	if _, err := purego.Dlsym(handle, "chdb_query_cmdline"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitLibrary
	}
	var commandLine func(argc int32, argv unsafe.Pointer) unsafe.Pointer
	purego.RegisterLibFunc(&commandLine, handle, "chdb_query_cmdline")

	args := []string{
		"clickhouse-local",
		"--config-file=" + filepath.Join(dir, configFile),
		"--path=" + filepath.Join(dir, storeFolder),
		"--tcp_port=0", "--http_port=0", "--listen_host=127.0.0.1",
		"--log-level=warning",
		"--query", listenQuery,
	}
	argv := make([]*byte, len(args)+1) // the extra nil ends the list, as C expects
	for i, a := range args {
		argv[i] = &append([]byte(a), 0)[0]
	}
	commandLine(int32(len(args)), unsafe.Pointer(&argv[0]))
	runtime.KeepAlive(argv)
	return 0
}

// listenQuery opens the two ports, tells them on standard output, and then reads
// standard input to its end, which keeps the session, and so the engine, alive.
const listenQuery = `SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; ` +
	`SELECT 'khue-engine', getServerPort('tcp_port'), getServerPort('http_port') INTO OUTFILE '/dev/fd/1' APPEND FORMAT TSV; ` +
	`SELECT count() FROM file(stdin, 'LineAsString')`

// Locks of a data folder. The engine's is held by the process that reads and writes the
// data. The supervisor's is held by whoever started that, also while the engine is down:
// the configuration with the engine's passwords is the supervisor's until it ends, and a
// second one would leave the first with passwords that the engine ends itself over.
const (
	engineLock     = "lock"
	supervisorLock = "supervisor.lock"
)

var errHeld = errors.New("it is in use by another process")

// lockFolder takes a lock of the folder for this process alone. It ends with the
// process, so a kill leaves nothing to clean up.
func lockFolder(dir, name string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock of %s: %w", dir, err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = errHeld
		}
		return nil, fmt.Errorf("locking the folder %s: %w", dir, err)
	}
	return f, nil
}
