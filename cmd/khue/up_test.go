package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// running is `khue up --demo` as a process of its own.
type running struct {
	t    *testing.T
	base string
	cmd  *exec.Cmd
	log  interface{ String() string }
	done chan error
}

func runUp(t *testing.T, o *observatory) *running {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := free.Addr().String()
	require.NoError(t, free.Close())
	cmd, _, errs := o.command(context.WithoutCancel(t.Context()), "up", "--demo", "--addr", addr, "--json")
	require.NoError(t, cmd.Start())
	r := &running{t: t, base: "http://" + addr, cmd: cmd, log: errs, done: make(chan error, 1)}
	go func() { r.done <- cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return r
}

// get asks for a page; status 0 means that nobody answers yet.
func (r *running) get(path string) (int, string) {
	client := http.Client{Timeout: 10 * time.Second}
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.base+path, nil)
	require.NoError(r.t, err)
	response, err := client.Do(request)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = response.Body.Close() }()
	b, err := io.ReadAll(response.Body)
	require.NoError(r.t, err)
	return response.StatusCode, string(b)
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
