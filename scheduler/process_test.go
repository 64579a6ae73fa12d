package scheduler_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/demo/postgrestest"
	"khue/scheduler"
	"khue/state"
)

// Tests run schedulers as processes of their own, which can be killed: the test
// binary behaves as one when these are set.
const (
	asProcess = "SCHEDULER_TEST_STORE" // the store's address
	itsEpoch  = "SCHEDULER_TEST_EPOCH" // Unix milliseconds at which its clock began to run fast
	itsSpeed  = "SCHEDULER_TEST_SPEED"
	itsLease  = "SCHEDULER_TEST_LEASE"
	itsBook   = "SCHEDULER_TEST_BOOK" // file that takes a line for each start of a run
	itsJobs   = "SCHEDULER_TEST_JOBS"
	itsStuck  = "SCHEDULER_TEST_STUCK" // when set, a first attempt never ends
)

func TestMain(m *testing.M) {
	if os.Getenv(asProcess) != "" {
		if err := process(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// process is a scheduler on a clock that all processes of a test share.
func process() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	ledger, err := state.Open(ctx, os.Getenv(asProcess))
	if err != nil {
		return err
	}
	defer ledger.Close()
	epoch, _ := strconv.ParseInt(os.Getenv(itsEpoch), 10, 64)
	speed, _ := strconv.Atoi(os.Getenv(itsSpeed))
	lease, err := time.ParseDuration(os.Getenv(itsLease))
	if err != nil {
		return err
	}
	book, err := os.OpenFile(os.Getenv(itsBook), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	began := time.UnixMilli(epoch)
	o := scheduler.Options{
		Zone: time.UTC, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)), Poll: 20 * time.Millisecond, Lease: lease,
		Now: func() time.Time { return began.Add(time.Since(began) * time.Duration(speed)) },
	}
	var jobs []scheduler.Job
	for _, name := range strings.Split(os.Getenv(itsJobs), ",") {
		jobs = append(jobs, scheduler.Job{Name: name, Spec: "@every 5s", CatchUp: scheduler.All, Cap: 10_000, Run: func(ctx context.Context) error {
			_, err := fmt.Fprintf(book, "%s %d %d\n", name, scheduler.DueAt(ctx).UnixMilli(), os.Getpid())
			if os.Getenv(itsStuck) != "" && firstLine(os.Getenv(itsBook)) {
				select {} // until it is killed
			}
			return err
		}})
	}
	s, err := scheduler.New(ledger, o, jobs...)
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

// firstLine tells whether a book has one line only.
func firstLine(path string) bool {
	b, err := os.ReadFile(path)
	return err == nil && bytes.Count(b, []byte("\n")) == 1
}

// start begins a process; stop ends it well.
func start(t *testing.T, environment ...string) (cmd *exec.Cmd, stop func()) {
	t.Helper()
	cmd = exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0])
	cmd.Env = append(os.Environ(), environment...)
	var log bytes.Buffer
	cmd.Stderr = &log
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		if t.Failed() {
			t.Logf("process %d said:\n%s", cmd.Process.Pid, log.String())
		}
	})
	return cmd, func() {
		t.Helper()
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		select {
		case err := <-ended:
			require.NoError(t, err, log.String())
		case <-time.After(30 * time.Second):
			t.Fatal("SIGTERM did not end a scheduler")
		}
	}
}

// lines reads a book: for each run that began its job and due time, and who ran it.
func lines(t *testing.T, book string) (runs []string, by map[string]bool) {
	t.Helper()
	b, err := os.ReadFile(book)
	require.NoError(t, err)
	by = map[string]bool{}
	for line := range strings.Lines(string(b)) {
		words := strings.Fields(line)
		require.Len(t, words, 3)
		runs = append(runs, words[0]+" "+words[1])
		by[words[2]] = true
	}
	return runs, by
}

func TestThreeProcessesOnOnePostgresRunEachDueTimeOnce(t *testing.T) {
	where, book := postgrestest.Start(t), t.TempDir()+"/book"
	const speed = 50
	environment := []string{
		asProcess + "=" + where, itsEpoch + "=" + strconv.FormatInt(time.Now().UnixMilli(), 10), itsSpeed + "=" + strconv.Itoa(speed),
		itsLease + "=10h", itsBook + "=" + book, itsJobs + "=a,b,c,d",
	}
	var stops []func()
	for range 3 {
		_, stop := start(t, environment...)
		stops = append(stops, stop)
	}
	time.Sleep(4 * time.Second)
	stops[0]() // one leaves and another one comes
	_, stop := start(t, environment...)
	stops = append(stops[1:], stop)
	time.Sleep(4 * time.Second)
	for _, stop := range stops {
		stop()
	}
	runs, by := lines(t, book)
	require.Greater(t, len(runs), 200, "8 seconds at 50 times the speed are 80 due times of each job")
	require.Greater(t, len(by), 1, "several processes ran them")
	seen := map[string]bool{}
	for _, r := range runs {
		require.False(t, seen[r], "%s ran twice", r)
		seen[r] = true
	}
	ledger := stores(t, where)()
	rows, err := ledger.Runs(t.Context(), state.RunFilter{Limit: 100_000})
	require.NoError(t, err)
	done := 0
	for _, r := range rows {
		require.Contains(t, []string{state.Done, state.Due}, r.Outcome, "%v", r)
		require.Equal(t, 1, r.Attempt)
		if r.Outcome == state.Done {
			done++
			require.True(t, seen[fmt.Sprintf("%s %d", r.Job, r.DueAt.UnixMilli())])
		}
	}
	require.Len(t, runs, done)
	t.Logf("%d due times by %d processes, none twice", done, len(by))
}

func TestARunWhoseProcessIsKilledIsTakenOverOnce(t *testing.T) {
	for name, where := range map[string]string{"postgres": postgrestest.Start(t), "sqlite": file(t)} {
		t.Run(name, func(t *testing.T) {
			book := t.TempDir() + "/book"
			environment := []string{
				asProcess + "=" + where, itsEpoch + "=" + strconv.FormatInt(time.Now().UnixMilli(), 10), itsSpeed + "=1",
				itsLease + "=2s", itsBook + "=" + book, itsJobs + "=slow", itsStuck + "=1",
			}
			victims := map[int]*exec.Cmd{}
			for range 3 {
				cmd, _ := start(t, environment...)
				victims[cmd.Process.Pid] = cmd
			}
			require.Eventually(t, func() bool { _, err := os.Stat(book); return err == nil && firstLine(book) }, 20*time.Second, 10*time.Millisecond)
			time.Sleep(2500 * time.Millisecond) // longer than the lease: it is renewed
			require.True(t, firstLine(book), "nobody takes over from a process that lives")
			first, by := lines(t, book)
			pid := 0
			for p := range by {
				pid, _ = strconv.Atoi(p)
			}
			require.NoError(t, victims[pid].Process.Kill())
			killed := time.Now()
			require.Eventually(t, func() bool { return !firstLine(book) }, 20*time.Second, 5*time.Millisecond)
			t.Logf("taken over after %s", time.Since(killed).Round(time.Millisecond))
			time.Sleep(time.Second)
			ledger := stores(t, where)()
			runs, err := ledger.Runs(t.Context(), state.RunFilter{Limit: 1000})
			require.NoError(t, err)
			var ofFirst []string
			for _, r := range runs {
				if fmt.Sprintf("%s %d", r.Job, r.DueAt.UnixMilli()) == first[0] {
					ofFirst = append(ofFirst, fmt.Sprintf("%d %s %s", r.Attempt, r.Outcome, r.Reason))
				}
			}
			require.Equal(t, []string{"2 done ", "1 failed cut off"}, ofFirst)
			all, _ := lines(t, book)
			n := 0
			for _, r := range all {
				if r == first[0] {
					n++
				}
			}
			require.Equal(t, 2, n, "once before the kill, once after it")
		})
	}
}
