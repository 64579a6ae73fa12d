package state_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/state"
)

// paper is a report as the archive hands it over.
func paper(period string) state.Report {
	return state.Report{Subject: "progress " + period, Definition: "progress", Period: period, Parameters: "{}"}
}

// built is a build of one file whose content is kept.
func built(t *testing.T, s *state.Store, content string) *state.ReportBuild {
	t.Helper()
	sums, err := s.KeepContents(t.Context(), t0, []byte(content))
	require.NoError(t, err)
	return &state.ReportBuild{
		AsOf: t0.UTC(), Frozen: `{"as_of":"x"}`, Languages: []string{"vi", "en"}, DefinitionVersion: "1", Definitions: "abc", Program: "dev", Asked: "{}", Lacks: "[]", MadeBy: "Lan",
		Files: []state.ReportFile{{Language: "vi", Format: "docx", Name: "bc.docx", MediaType: "text/plain", SHA256: sums[0], Size: int64(len(content))}},
	}
}

func step(act, status, person, remark string) state.ReportStep {
	return state.ReportStep{Act: act, Status: status, Person: person, Remark: remark}
}

// drafted adds a report and leads it to a status.
func drafted(t *testing.T, s *state.Store, r state.Report, to ...string) state.Report {
	t.Helper()
	id, err := s.AddReport(t.Context(), r, state.ReportAct{Step: step("drafted", state.ReportDraft, "Lan", ""), Build: built(t, s, "bản 1 "+r.Period)}, t0)
	require.NoError(t, err)
	for i, status := range to {
		require.NoError(t, s.ActOnReport(t.Context(), id, i+1, state.ReportAct{Step: step("moved", status, "Bình", "")}, t0.Add(time.Hour)))
	}
	got, err := s.Report(t.Context(), id)
	require.NoError(t, err)
	return got
}

func issue(t *testing.T, s *state.Store, r state.Report, number string, supersedes int64) error {
	t.Helper()
	return s.ActOnReport(t.Context(), r.ID, r.Seen(), state.ReportAct{
		Step: step("issued", state.ReportIssued, "Văn thư", number), Build: built(t, s, "ban hành "+number),
		Issue: &state.ReportIssue{Number: number, Year: 2026, Supersedes: supersedes},
	}, t0.Add(2*time.Hour))
}

func TestAReportKeepsEveryStepOfItsLife(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s, other := open(), open()
		r := drafted(t, s, paper("2025"), state.ReportInReview, state.ReportApproved)
		require.Equal(t, state.ReportApproved, r.Status())
		require.NoError(t, issue(t, s, r, "12/BC", 0))
		got, err := other.Report(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, []string{"draft", "in_review", "approved", "issued"}, statuses(got))
		require.Equal(t, 2, got.Build.Build, "what was issued is a build of its own")
		require.Equal(t, &state.ReportIssue{Version: 1, Build: 2, Number: "12/BC", Year: 2026, IssuedAt: t0.Add(2 * time.Hour).UTC()}, got.Issue)
		content, there, err := other.Content(t.Context(), got.Build.Files[0].SHA256)
		require.NoError(t, err)
		require.True(t, there)
		require.Equal(t, "ban hành 12/BC", string(content))

		second := drafted(t, s, paper("2025"), state.ReportInReview, state.ReportApproved)
		require.Equal(t, khue.Conflict, khue.KindOf(issue(t, s, second, "13/BC", 0)), "it was drafted before the first was issued")
		require.Equal(t, khue.Conflict, khue.KindOf(issue(t, s, second, "12/BC", r.ID)), "a number is given once a year")
		require.NoError(t, issue(t, other, second, "13/BC", r.ID))
		former, err := s.Report(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, state.ReportSuperseded, former.Status())
		require.Equal(t, "Văn thư", former.Steps[len(former.Steps)-1].Person)
		all, err := s.Reports(t.Context())
		require.NoError(t, err)
		require.Len(t, all, 2)
		require.Equal(t, 2, all[0].Issue.Version)
		require.Equal(t, r.ID, all[0].Issue.Supersedes)
		_, err = s.Report(t.Context(), 999)
		require.Equal(t, khue.NotFound, khue.KindOf(err))
		require.Equal(t, khue.NotFound, khue.KindOf(s.ActOnReport(t.Context(), 999, 1, state.ReportAct{}, t0)))
	})
}

func statuses(r state.Report) (out []string) {
	for _, p := range r.Steps {
		out = append(out, p.Status)
	}
	return out
}

func TestOfTwoWhoActOnAReportAtOnceOneIsTold(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s := open()
		r := drafted(t, s, paper("2025"), state.ReportInReview)
		people := []string{"Hoa", "Minh", "Dũng", "Mai", "Sơn", "Thu"}
		faults := make([]error, len(people))
		var all sync.WaitGroup
		for i, person := range people {
			other := open()
			all.Go(func() {
				faults[i] = other.ActOnReport(t.Context(), r.ID, r.Seen(), state.ReportAct{Step: step("approved", state.ReportApproved, person, "")}, t0.Add(2*time.Hour))
			})
		}
		all.Wait()
		got, err := s.Report(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, []string{"draft", "in_review", "approved"}, statuses(got))
		for i, err := range faults {
			if people[i] == got.Steps[2].Person {
				require.NoError(t, err)
				continue
			}
			require.Equal(t, khue.Conflict, khue.KindOf(err), "%v", err)
			require.Contains(t, khue.ToldOf(err, khue.Vietnamese), got.Steps[2].Person+" vừa thao tác")
		}
	})
}

func TestOfTwoWhoDraftTheSameReportAtOnceOneIsTold(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s := open()
		build := built(t, s, "bản 1")
		faults := make([]error, 4)
		var all sync.WaitGroup
		for i := range faults {
			other := open()
			all.Go(func() {
				_, faults[i] = other.AddReport(t.Context(), paper("2025"), state.ReportAct{Step: step("drafted", state.ReportDraft, "Lan", ""), Build: build}, t0)
			})
		}
		all.Wait()
		won := 0
		for _, err := range faults {
			if err == nil {
				won++
				continue
			}
			require.Equal(t, khue.Conflict, khue.KindOf(err), "%v", err)
		}
		require.Equal(t, 1, won)
		drafted(t, s, paper("2024")) // another period is another report
	})
}

func TestARowNeverNamesAFileThatIsNotKept(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s := open()
		r := drafted(t, s, paper("2025"))
		build := built(t, s, "nội dung")
		build.Files[0].SHA256 = strings.Repeat("0", 64)
		require.Error(t, s.ActOnReport(t.Context(), r.ID, r.Seen(), state.ReportAct{Step: step("redrafted", state.ReportDraft, "Lan", ""), Build: build}, t0))
		got, err := s.Report(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, r, got, "nothing of the act was kept")

		_, err = s.KeepContents(t.Context(), t0.Add(-48*time.Hour), []byte("bị bỏ lại"))
		require.NoError(t, err)
		n, err := s.DropLooseContents(t.Context(), t0.Add(-24*time.Hour))
		require.NoError(t, err)
		require.EqualValues(t, 1, n)
		n, err = s.DropLooseContents(t.Context(), t0.Add(24*time.Hour))
		require.NoError(t, err)
		require.EqualValues(t, 1, n, "that of the act that failed; not that of the draft")
		_, there, err := s.Content(t.Context(), r.Build.Files[0].SHA256)
		require.NoError(t, err)
		require.True(t, there)
	})
}

// killedVariable tells a child process at which store it is to be killed.
const killedVariable = "KHUE_TEST_KILLED_AT"

// TestAProcessKilledBetweenTheFilesAndTheRow is what the child of the next test does.
func TestAProcessKilledBetweenTheFilesAndTheRow(t *testing.T) {
	at := os.Getenv(killedVariable)
	if at == "" {
		return // its work is done in a process of its own, which the next test starts
	}
	s, err := state.Open(t.Context(), at)
	require.NoError(t, err)
	built(t, s, "ban hành dở dang")
	require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGKILL))
}

func TestAnIssueThatIsKilledAfterItsFilesLeavesTheReportAsItWas(t *testing.T) {
	at := filepath.Join(t.TempDir(), "state.db")
	s, err := state.Open(t.Context(), at)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	r := drafted(t, s, paper("2025"), state.ReportInReview, state.ReportApproved)
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestAProcessKilledBetweenTheFilesAndTheRow$")
	child.Env = append(os.Environ(), killedVariable+"="+at)
	var exit *exec.ExitError
	require.ErrorAs(t, child.Run(), &exit)
	require.Equal(t, syscall.SIGKILL, exit.Sys().(syscall.WaitStatus).Signal(), "the child was killed, and did not fail")

	got, err := s.Report(t.Context(), r.ID)
	require.NoError(t, err)
	require.Equal(t, r, got)
	require.NoError(t, issue(t, s, got, "12/BC", 0), "it is issued the next time")
	n, err := s.DropLooseContents(t.Context(), t0.Add(24*time.Hour))
	require.NoError(t, err)
	require.EqualValues(t, 1, n, "what the killed process left")
}

func TestAFileThatPeopleEditedIsKeptWithWhoAndWhenAndWhatItWasMadeFrom(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s, other := open(), open()
		r := drafted(t, s, paper("2025"), state.ReportInReview, state.ReportApproved)
		made := r.Build.Files[0]
		require.Nil(t, made.Edited)
		sums, err := s.KeepContents(t.Context(), t0, []byte("đã sửa"))
		require.NoError(t, err)
		build := r.Build
		file := state.ReportFile{Language: "vi", Format: "edited", Name: "bc-sua.docx", MediaType: "text/plain", SHA256: sums[0], Size: 8, Edited: &state.ReportEdit{Source: made.SHA256, Person: "Lê Minh"}}
		build.Files = append(build.Files, file)
		require.NoError(t, s.ActOnReport(t.Context(), r.ID, r.Seen(), state.ReportAct{Step: step("edited", state.ReportDraft, "Lê Minh", ""), Build: &build}, t0.Add(2*time.Hour)))
		got, err := other.Report(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, state.ReportDraft, got.Status(), "it has to be read and approved once more")
		file.Edited.At = t0.Add(2 * time.Hour).UTC()
		require.Equal(t, []state.ReportFile{made, file}, got.Build.Files)

		issued := got.Build
		require.NoError(t, s.ActOnReport(t.Context(), r.ID, got.Seen(), state.ReportAct{
			Step: step("issued", state.ReportIssued, "Văn thư", "9/BC"), Build: &issued, Issue: &state.ReportIssue{Number: "9/BC", Year: 2026},
		}, t0.Add(5*time.Hour)))
		left, err := other.Report(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, file, left.Build.Files[1], "what is issued still tells who edited it, and when")

		nowhere := left.Build
		nowhere.Files = []state.ReportFile{{Language: "vi", Format: "edited", SHA256: sums[0], Edited: &state.ReportEdit{Source: strings.Repeat("0", 64), Person: "Lê Minh"}}}
		require.Error(t, s.ActOnReport(t.Context(), r.ID, left.Seen(), state.ReportAct{Step: step("edited", state.ReportDraft, "Lê Minh", ""), Build: &nowhere}, t0), "what it was made from is not kept")
	})
}
