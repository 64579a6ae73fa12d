package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/demo/postgrestest"
	"khue/state"
	"khue/warehouse/warehousetest"
)

func TestFaultsOfSchedulesStateAndAlertsAreToldTogetherWithTheirLines(t *testing.T) {
	o := newObservatory(t, []byte(`state: {dsn_file: /nowhere/dsn}
alerts:
  language: fr
  email:
    host: ""
    from: khue
    to: [nobody]
    security: ssl
  webhook: {url: "ftp://x"}
sources:
  a:
    kind: files
    folder: /reports
    owner: lan
    schedule:
      cron: every morning
      catch_up: some
      cap: 5
      jitter: -1s
      after: [b, nobody]
    datasets: {attendance: {id: id, fields: {event: a, occurred_at: b, visitors: c}}}
  b:
    kind: files
    folder: /reports
    schedule:
      after: [a]
      cut_off: maybe
      patience: 4
    datasets: {attendance: {id: id, fields: {event: a, occurred_at: b, visitors: c}}}
  c:
    kind: files
    folder: /reports
    schedule: {wait: 2h}
    datasets: {attendance: {id: id, fields: {event: a, occurred_at: b, visitors: c}}}
`), nil)
	said := refused(t, o, "check")
	for _, want := range []string{
		"khue.yaml:1: state.dsn_file", "khue.yaml:14: sources/a/owner", "khue.yaml:16: sources.a.schedule", "khue.yaml:17: sources/a/schedule/catch_up",
		"khue.yaml:18: sources/a/schedule/cap", "khue.yaml:19: sources/a/schedule/jitter",
		`khue.yaml:20: sources.a.schedule.after: there is no job "nobody"`, "khue.yaml:20: sources.a.schedule.after: it waits for itself: pull a after pull b after pull a",
		"khue.yaml:27: sources/b/schedule/cut_off", `khue.yaml:28: sources/b/schedule/patience: there is no key "patience"`,
		"khue.yaml:33: sources/c/schedule: a schedule needs cron",
	} {
		require.Contains(t, said, want)
	}
	o = newObservatory(t, []byte("alerts:\n  language: fr\n  email:\n    from: khue\n    to: [nobody]\n    security: ssl\n  webhook: {url: \"ftp://x\"}\n"), nil)
	said = refused(t, o, "check")
	for _, want := range []string{
		"khue.yaml:2: alerts.language", "khue.yaml:3: alerts.email.host", "khue.yaml:4: alerts.email.from", "khue.yaml:5: alerts.email.to",
		"khue.yaml:6: alerts.email.security", "khue.yaml:7: alerts.webhook.url",
	} {
		require.Contains(t, said, want)
	}
}

// counted is a source of one CSV file.
func counted(t *testing.T, schedule string) (config []byte, folder string) {
	folder = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "visits.csv"), []byte("id,event,at,n\n1,E1,2025-03-01 00:30,10\n"), 0o600))
	return []byte(`sources:
  counts:
    kind: files
    label: {vi: Số đếm, en: Counts}
    folder: ` + folder + `
    pattern: "*.csv"
    schedule: ` + schedule + `
    datasets:
      attendance: {id: id, fields: {event: event, occurred_at: at, visitors: n}}
`), folder
}

func TestJobsAreListedRunPausedAndResumedFromTheCommandLine(t *testing.T) {
	config, folder := counted(t, `{cron: "15 6 * * *", catch_up: all, cap: 3, jitter: 30s}`)
	o := newObservatory(t, config, nil)
	o.must("migrate")
	require.Regexp(t, `pull counts.*15 6 \* \* \*.*\d{4}-\d\d-\d\d 06:15:00.*–`, o.must("jobs"))
	o.must("jobs", "run", "pull counts")
	o.must("jobs", "pause", "pull counts")
	list := o.must("jobs")
	require.Regexp(t, `pull counts.*paused.*done`, list)
	require.NoError(t, os.RemoveAll(folder))
	require.Contains(t, refused(t, o, "jobs", "run", "pull counts"), folder)
	o.must("jobs", "resume", "pull counts")
	require.Regexp(t, `06:15:00.*failed.*the source folder`, o.must("jobs"))
	history := o.must("jobs", "history", "pull counts")
	require.Regexp(t, `(?s)by hand.*failed.*by hand.*done`, history)
	require.Contains(t, refused(t, o, "jobs", "history", "nothing"), "there is no job")
	require.Contains(t, refused(t, o, "jobs", "pause", "nothing"), "there is no job")
	cmd, out, _ := o.command(t.Context(), "jobs", "history")
	cmd.Args = append(cmd.Args, "--lang", "vi") // the last one counts
	require.NoError(t, cmd.Run())
	require.Regexp(t, `(?s)bằng tay.*không thành công.*thư mục.*bằng tay.*xong`, out.String())
}

func TestAJobThatRunsElsewhereIsNotRunByHandAsWell(t *testing.T) {
	config, _ := counted(t, `"@daily"`)
	o := newObservatory(t, config, nil)
	o.must("migrate")
	ledger, err := state.Open(t.Context(), filepath.Join(o.data, "state.db"))
	require.NoError(t, err)
	defer ledger.Close()
	id, err := ledger.Begin(t.Context(), "pull counts", state.BySchedule, time.Now(), time.Now().Add(time.Minute))
	require.NoError(t, err)
	require.Contains(t, refused(t, o, "jobs", "run", "pull counts"), "already running since")
	require.Contains(t, refused(t, o, "pull", "counts"), "already running since")
	o.must("pull", "counts", "--dry-run")
	_, err = ledger.End(t.Context(), id, time.Now(), state.Ending{Outcome: state.Done})
	require.NoError(t, err)
	o.must("pull", "counts")
	runs, err := ledger.JobRuns(t.Context(), "pull counts", 10)
	require.NoError(t, err)
	require.Len(t, runs, 2, "a dry run is no run of the job")
}

// TestTwoWorkersShareOnePostgresStateAndOneWarehouse runs two `khue work` and a
// `khue serve`, kills a worker, and has a source fail and recover.
func TestTwoWorkersShareOnePostgresStateAndOneWarehouse(t *testing.T) {
	var mu sync.Mutex
	var told []string
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var d struct{ Event, Kind, Job string }
		if err := json.Unmarshal(body, &d); err != nil {
			t.Errorf("reading a delivery: %v", err)
		}
		mu.Lock()
		defer mu.Unlock()
		told = append(told, d.Event+" "+d.Kind+" "+d.Job)
	}))
	defer receiver.Close()
	config, folder := counted(t, `{cron: "@every 1s", catch_up: none}`)
	config = append([]byte("alerts: {webhook: {url: \""+receiver.URL+"\", secret: khóa}}\n"), config...)
	dsn := postgrestest.Start(t)
	o := newObservatory(t, config, map[string]string{"KHUE_STATE_DSN": dsn})
	o.raced = true
	o.dsn = warehousetest.DSN(t)
	o.must("migrate")
	work := func() *exec.Cmd {
		cmd, _, errs := o.command(context.WithoutCancel(t.Context()), "work", "--json")
		require.NoError(t, cmd.Start())
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			if t.Failed() {
				t.Logf("a worker said:\n%s", errs.String())
			}
		})
		return cmd
	}
	first, second := work(), work()
	ledger, err := state.Open(t.Context(), dsn)
	require.NoError(t, err)
	defer ledger.Close()
	rows := func(outcome string) []state.JobRun {
		runs, err := ledger.Runs(t.Context(), state.RunFilter{Outcomes: []string{outcome}, Limit: 10_000})
		require.NoError(t, err)
		return runs
	}
	by := func() map[string]bool {
		who := map[string]bool{}
		for _, r := range rows(state.Done) {
			who[r.ClaimedBy] = true
		}
		return who
	}
	require.Eventually(t, func() bool { return len(rows(state.Done)) >= 6 && len(by()) == 2 }, 90*time.Second, 200*time.Millisecond, "both take their share")
	require.Equal(t, map[string]int64{"": 10}, o.ask("visitors", ""))
	require.NoError(t, os.Rename(folder, folder+".away"))
	heard := func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), told...)
	}
	require.Eventually(t, func() bool { return len(heard()) == 1 }, 60*time.Second, 50*time.Millisecond)
	before := len(rows(state.Failed))
	require.Eventually(t, func() bool { return len(rows(state.Failed)) >= before+2 }, 60*time.Second, 100*time.Millisecond)
	require.NoError(t, first.Process.Kill())
	require.NoError(t, os.Rename(folder+".away", folder))
	require.Eventually(t, func() bool { return len(heard()) == 2 }, 120*time.Second, 100*time.Millisecond)
	require.NoError(t, second.Process.Signal(syscall.SIGTERM))
	_ = second.Wait()
	require.Equal(t, []string{"raised failing pull counts", "recovered failing pull counts"}, heard())
	seen := map[string]bool{}
	for _, r := range rows(state.Done) {
		key := r.Job + r.DueAt.String()
		require.False(t, seen[key], "a due time ran twice")
		seen[key] = true
	}
	require.Equal(t, map[string]int64{"": 10}, o.ask("visitors", ""))
	list := o.must("jobs")
	require.NotContains(t, list, strings.TrimPrefix(dsn, "postgres://"))
}
