package engine

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"khue"
)

// startPatience is how long an engine may take to open its ports; a folder
// with many parts to load after a crash takes longest.
const startPatience = 60 * time.Second

// child is one life of the engine's process.
type child struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stderr *tail
	exited chan struct{}
	err    error // set before exited closes
}

// spawn starts a child and waits until it tells its ports.
func (e *Engine) spawn(ctx context.Context) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding our own program: %w", err)
	}
	cmd := exec.Command(self, "engine") // the word only makes the process list readable
	cmd.Dir = e.options.Dir
	cmd.Env = append(os.Environ(), childVariable+"="+e.options.Dir, libraryVariable+"="+e.options.Library)
	detach(cmd)
	c := &child{cmd: cmd, stderr: &tail{}, exited: make(chan struct{})}
	cmd.Stderr = c.stderr
	if c.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("starting the engine: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the engine: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the engine: %w", err)
	}
	ports := make(chan [2]int, 1)
	go func() {
		readPorts(stdout, ports)
		c.err = cmd.Wait()
		close(c.exited)
	}()
	select {
	case p := <-ports:
		a := Address{HTTP: p[1], PID: cmd.Process.Pid, Service: e.secrets.Service, Analyst: e.secrets.Analyst}
		if err := e.setUp(p[0], a); err != nil {
			c.end()
			return nil, err
		}
		return c, nil
	case <-c.exited:
		return nil, e.explain(c)
	case <-ctx.Done():
		c.end()
		return nil, ctx.Err()
	case <-time.After(startPatience):
		c.end()
		return nil, khue.Errorf(khue.Unavailable,
			"kho dữ liệu không trả lời sau %s; xem %s", "the engine gave no answer within %s; see %s",
			startPatience, filepath.Join(e.options.Dir, "engine.err.log"))
	}
}

func readPorts(r io.Reader, ports chan<- [2]int) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		f := strings.Split(lines.Text(), "\t")
		if len(f) != 3 || f[0] != "khue-engine" {
			continue
		}
		tcp, err1 := strconv.Atoi(f[1])
		http, err2 := strconv.Atoi(f[2])
		if err1 == nil && err2 == nil {
			ports <- [2]int{tcp, http}
		}
	}
}

// explain turns the end of a child that never answered into one clear sentence.
func (e *Engine) explain(c *child) error {
	var exit *exec.ExitError
	if errors.As(c.err, &exit) {
		switch exit.ExitCode() {
		case exitLocked:
			return lockedError(e.options.Dir)
		case exitLibrary:
			return khue.Errorf(khue.Unavailable,
				"không nạp được thư viện kho dữ liệu %s", "the engine library %s cannot be loaded", e.options.Library).
				Because(errors.New(c.stderr.last()))
		}
	}
	said := c.stderr.last()
	if strings.Contains(said, "No space left") || strings.Contains(said, "NOT_ENOUGH_SPACE") {
		return khue.Errorf(khue.Unavailable, "đĩa chứa %s đã đầy", "the disk of %s is full", e.options.Dir).
			Because(errors.New(said))
	}
	return khue.Errorf(khue.Unavailable,
		"kho dữ liệu không khởi động được; xem %s", "the engine did not start; see %s",
		filepath.Join(e.options.Dir, "engine.err.log")).Because(fmt.Errorf("%w: %s", c.failure(), said))
}

// end closes the pipe, which lets the engine finish its writes, and kills it
// only when it does not go.
func (c *child) end() {
	_ = c.stdin.Close()
	select {
	case <-c.exited:
	case <-time.After(20 * time.Second):
		_ = c.cmd.Process.Kill()
		<-c.exited
	}
}

func (c *child) failure() error {
	if c.err == nil {
		return errors.New("it closed by itself")
	}
	return c.err
}

// tail keeps the end of what the engine says on standard error.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if over := len(t.b) - 4096; over > 0 {
		t.b = t.b[over:]
	}
	return len(p), nil
}

func (t *tail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.b))
}

// packages names the npm package that carries the library for this machine.
var packages = map[string]string{
	"linux/amd64": "@chdb/lib-linux-x64-gnu", "linux/arm64": "@chdb/lib-linux-arm64-gnu",
	"darwin/amd64": "@chdb/lib-darwin-x64", "darwin/arm64": "@chdb/lib-darwin-arm64",
}

// findLibrary looks for libchdb where it was named, beside the program, and in
// node_modules of the working folder and its parents.
func findLibrary(named string) (string, error) {
	if named == "" {
		named = os.Getenv("KHUE_ENGINE_LIBRARY")
	}
	if named != "" {
		if _, err := os.Stat(named); err != nil {
			return "", missingLibrary(named)
		}
		return filepath.Abs(named)
	}
	for _, candidate := range libraryPlaces() {
		if _, err := os.Stat(candidate); err == nil {
			return candidate, nil
		}
	}
	return "", missingLibrary("libchdb.so")
}

func libraryPlaces() []string {
	inPackage := filepath.Join("node_modules", packages[runtime.GOOS+"/"+runtime.GOARCH], "libchdb.so")
	var places []string
	if self, err := os.Executable(); err == nil {
		dir := filepath.Dir(self)
		places = append(places, filepath.Join(dir, "libchdb.so"), filepath.Join(dir, "..", inPackage))
	}
	if dir, err := os.Getwd(); err == nil {
		for {
			places = append(places, filepath.Join(dir, inPackage))
			parent := filepath.Dir(dir)
			if parent == dir {
				break
			}
			dir = parent
		}
	}
	return append(places, "/usr/local/lib/khue/libchdb.so", "/usr/lib/khue/libchdb.so")
}

func missingLibrary(name string) error {
	return khue.Errorf(khue.Unavailable,
		"thiếu thư viện kho dữ liệu %s; hãy chạy `make setup` (hoặc `npm ci`) trong thư mục nguồn, hoặc chỉ đường dẫn bằng KHUE_ENGINE_LIBRARY",
		"the engine library %s is missing; run `make setup` (or `npm ci`) in the source folder, or name its path in KHUE_ENGINE_LIBRARY", name)
}
