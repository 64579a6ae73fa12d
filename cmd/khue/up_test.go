package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// running is `khue up --demo` as a process of its own.
type running struct {
	t       *testing.T
	o       *observatory
	base    string
	private string // where metrics are
	cmd     *exec.Cmd
	printed *printed
	log     interface{ String() string }
	done    chan error
	browser *http.Client // with the cookies of whoever is signed in
	entered bool
}

// printed is what a program writes, to be read while it runs.
type printed struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

func runUp(t *testing.T, o *observatory) *running {
	t.Helper()
	return start(t, o, "--demo")
}

// start is `khue up` with these flags, as a process of its own.
func start(t *testing.T, o *observatory, flags ...string) *running {
	t.Helper()
	addr, private := freeAddress(t), freeAddress(t)
	cmd, _, errs := o.command(context.WithoutCancel(t.Context()), append([]string{"up", "--addr", addr, "--json"}, flags...)...)
	cmd.Env = append(cmd.Env, "KHUE_PRIVATE_ADDR="+private)
	out := &printed{}
	cmd.Stdout = out
	require.NoError(t, cmd.Start())
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	r := &running{
		t: t, o: o, base: "http://" + addr, private: "http://" + private, cmd: cmd, printed: out, log: errs, done: make(chan error, 1),
		browser: &http.Client{Jar: jar, Timeout: 2 * time.Minute},
	}
	go func() { r.done <- cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return r
}

func freeAddress(t *testing.T) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, free.Close()) }()
	return free.Addr().String()
}

// invitation is the one-time link that the program prints for its first administrator.
var invitation = regexp.MustCompile(`http://\S+/login/link/\S+`)

// get asks for a page, signed in; status 0 means that nobody answers yet.
func (r *running) get(path string) (int, string) {
	switch {
	case path == "/metrics":
		return r.ask(r.private + path)
	case path != "/healthz" && path != "/readyz" && !r.entered:
		link := invitation.FindString(r.printed.String())
		if link == "" {
			return 0, ""
		}
		status, _ := r.ask(link)
		r.entered = status == http.StatusOK
	}
	return r.ask(r.base + path)
}

func (r *running) ask(address string) (int, string) {
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, address, nil)
	require.NoError(r.t, err)
	response, err := r.browser.Do(request)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = response.Body.Close() }()
	b, err := io.ReadAll(response.Body)
	require.NoError(r.t, err)
	return response.StatusCode, string(b)
}

// link is a one-time link for the administrator, as the command line makes it.
func (r *running) link() string {
	r.t.Helper()
	return strings.TrimSpace(r.o.must("user", "link", "admin", "--addr", strings.TrimPrefix(r.base, "http://")))
}

func (r *running) waitFor(path string, patience time.Duration, good func(status int, body string) bool) time.Duration {
	r.t.Helper()
	started := time.Now()
	for time.Since(started) < patience {
		select {
		case err := <-r.done:
			r.t.Fatalf("khue up ended: %v\n%s", err, r.log.String())
		default:
		}
		if status, body := r.get(path); good(status, body) {
			return time.Since(started)
		}
		time.Sleep(20 * time.Millisecond)
	}
	r.t.Fatalf("%s did not come to what was expected", path)
	return 0
}

func (r *running) terminate() {
	r.t.Helper()
	require.NoError(r.t, r.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-r.done:
		require.NoError(r.t, err, "a terminated observatory ends well:\n%s", r.log.String())
	case <-time.After(60 * time.Second):
		r.t.Fatal("SIGTERM did not end the program")
	}
}

func ok(status int, _ string) bool { return status == http.StatusOK }

func TestOneCommandGivesAWorkingObservatoryThatStopsAndStartsAgain(t *testing.T) {
	o := newObservatory(t, nil, nil)
	o.raced = true
	r := runUp(t, o)
	r.waitFor("/readyz", 3*time.Minute, ok)
	r.waitFor("/metrics", 5*time.Minute, func(_ int, body string) bool {
		return strings.Contains(body, `khue_job_last_success{job="pull events"} 1`) &&
			strings.Contains(body, `khue_job_last_success{job="pull registry"} 1`) &&
			strings.Contains(body, `khue_job_last_success{job="pull monthly"} 1`) &&
			strings.Count(body, "khue_job_lag_seconds{") == 3
	})
	_, metrics := r.get("/metrics")
	for _, want := range []string{
		`khue_job_paused{job="pull events"} 0`, `khue_job_due_not_done{job="pull monthly"}`, `khue_job_pending{job="pull monthly"}`,
		`khue_job_last_duration_seconds{job="pull registry"}`, "khue_alerts_open 0", `khue_alert_messages_unsent{state="waiting"} 0`,
	} {
		require.Contains(t, metrics, want)
	}
	for path, want := range map[string]string{"/healthz": "ok", "/": "mô phỏng", "/?lang=en": "simulated"} {
		status, body := r.get(path)
		require.Equal(t, http.StatusOK, status, path)
		require.Contains(t, strings.ToLower(body), want, path)
	}
	require.NotEmpty(t, o.ask("visitors", "year"), "a command asks the engine that is running")
	r.terminate()
	require.NotContains(t, r.log.String(), "panic")

	again := runUp(t, o)
	t.Logf("second start: first page after %s", again.waitFor("/", time.Minute, ok))
	again.terminate()
}
