package archive_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/demo/postgrestest"
	"khue/indicators"
	"khue/reports"
	"khue/reports/archive"
	"khue/state"
)

// silent is an observatory whose warehouse does not answer questions.
type silent struct{}

func (silent) fault() error {
	return khue.Errorf(khue.Unavailable, "kho dữ liệu không trả lời", "the warehouse does not answer")
}

func (s silent) Ask(context.Context, indicators.Question) (indicators.Answer, error) {
	return indicators.Answer{}, s.fault()
}

func (s silent) Compare(context.Context, indicators.Question) (indicators.Comparison, error) {
	return indicators.Comparison{}, s.fault()
}

func (s silent) Progress(context.Context, string, time.Time) ([]indicators.TargetProgress, error) {
	return nil, s.fault()
}

func (s silent) Initiatives(context.Context, string, time.Time) ([]indicators.Initiative, error) {
	return nil, s.fault()
}

func (s silent) ClaimsOf(context.Context, string, time.Time) ([]indicators.Claim, error) {
	return nil, s.fault()
}

func (silent) Freshness(context.Context) ([]indicators.Freshness, error) { return nil, nil }
func (s silent) FreshnessAt(context.Context, time.Time) ([]indicators.Freshness, error) {
	return nil, s.fault()
}

func (s silent) Restate(context.Context, indicators.Restatement) (indicators.Restated, error) {
	return indicators.Restated{}, s.fault()
}

var now = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

// onBoth runs a test on a SQLite file and on PostgreSQL; open gives one more
// process's archive on the same store.
func onBoth(t *testing.T, test func(t *testing.T, open func() (*archive.Archive, *state.Store))) {
	t.Helper()
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	for name, where := range map[string]func() string{
		"sqlite": func() string { return filepath.Join(t.TempDir(), "state.db") }, "postgres": func() string { return postgrestest.Start(t) },
	} {
		t.Run(name, func(t *testing.T) {
			at := where()
			test(t, func() (*archive.Archive, *state.Store) {
				s, err := state.Open(t.Context(), at)
				require.NoError(t, err)
				t.Cleanup(func() { _ = s.Close() })
				a, err := archive.New(archive.Options{Keeper: s, Program: "dev", Now: func() time.Time { return now }, Maker: func(context.Context, string, bool) (archive.Making, error) {
					r, err := reports.New(silent{}, reports.Options{Now: func() time.Time { return now }, Meaning: catalogue})
					return archive.Making{Reporter: r, Past: silent{}, Definitions: catalogue, Now: catalogue}, err
				}})
				require.NoError(t, err)
				return a, s
			})
		})
	}
}

func yearly(period string) archive.Order {
	return archive.Order{Definition: reports.ResolutionProgress, Period: khue.MustParsePeriod(period), Languages: []khue.Lang{khue.Vietnamese}}
}

func TestADraftThatCannotBeMadeStaysADraftAndSaysWhy(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() (*archive.Archive, *state.Store)) {
		a, _ := open()
		r, err := a.Draft(t.Context(), yearly("2025"), "Lan")
		require.NoError(t, err)
		require.Equal(t, state.ReportDraft, r.Status())
		require.Empty(t, r.Build.Files)
		lacks, err := archive.Lacks(r)
		require.NoError(t, err)
		require.Len(t, lacks, 1)
		require.Contains(t, lacks[0].VI, "không lập được: ")
		require.Contains(t, lacks[0].VI, "kho dữ liệu không trả lời")
		_, err = a.Submit(t.Context(), r.ID, "Lan", "")
		require.Equal(t, khue.Conflict, khue.KindOf(err))
		require.Contains(t, khue.ToldOf(err, khue.English), "stays a draft because it is not complete: it cannot be made: ")
		again, err := a.Draft(t.Context(), yearly("2025"), "Minh")
		require.NoError(t, err)
		require.Equal(t, r.ID, again.ID, "it is the same draft, made again")
		require.Equal(t, 2, again.Build.Build)
		require.Len(t, again.Steps, 2)
	})
}

func TestAnOrderThatMakesNoSenseLeavesNoDraft(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() (*archive.Archive, *state.Store)) {
		a, _ := open()
		unknown, month, twice, none := yearly("2025"), yearly("2025"), yearly("2025"), yearly("2025")
		unknown.Definition = "không-có"
		month.Period = khue.MustParsePeriod("2025-03")
		twice.Languages = []khue.Lang{khue.English, khue.English}
		none.Languages = nil
		for _, c := range []struct {
			order archive.Order
			by    string
			kind  khue.Kind
			told  string
		}{
			{unknown, "Lan", khue.NotFound, `there is no report "không-có"; use one of: `},
			{month, "Lan", khue.Invalid, "this report is made for a year"},
			{yearly("2030"), "Lan", khue.Invalid, "has not begun"},
			{twice, "Lan", khue.Invalid, "named twice"},
			{none, "Lan", khue.Invalid, "at least one language"},
			{yearly("2025"), "  ", khue.Invalid, "give the name of who acts"},
		} {
			_, err := a.Draft(t.Context(), c.order, c.by)
			require.Equal(t, c.kind, khue.KindOf(err), "%v", err)
			require.Contains(t, khue.ToldOf(err, khue.English), c.told)
		}
		all, err := a.List(t.Context(), false)
		require.NoError(t, err)
		require.Empty(t, all)
	})
}

// inReview is a report that waits for a yes.
func inReview(t *testing.T, s *state.Store) int64 {
	t.Helper()
	id, err := s.AddReport(t.Context(), state.Report{Subject: "x", Definition: reports.ResolutionProgress, Period: "2025", Parameters: `{"confidential":false}`}, state.ReportAct{
		Step:  state.ReportStep{Act: archive.Drafted, Status: state.ReportDraft, Person: "Lan"},
		Build: &state.ReportBuild{AsOf: now, Frozen: "{}", Languages: []string{"vi"}, DefinitionVersion: "1", Definitions: "abc", Program: "dev", Asked: "[]", Lacks: "[]", MadeBy: "Lan"},
	}, now)
	require.NoError(t, err)
	require.NoError(t, s.ActOnReport(t.Context(), id, 1, state.ReportAct{Step: state.ReportStep{Act: archive.Submitted, Status: state.ReportInReview, Person: "Lan"}}, now))
	return id
}

func TestOfTwoWhoApproveAtOnceOneWins(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() (*archive.Archive, *state.Store)) {
		first, s := open()
		id := inReview(t, s)
		faults := make([]error, 5)
		var all sync.WaitGroup
		for i, person := range []string{"Hoa", "Dũng", "Mai", "Sơn", "LAN"} {
			a, _ := open()
			all.Go(func() { _, faults[i] = a.Approve(t.Context(), id, person, "") })
		}
		all.Wait()
		won := 0
		for _, err := range faults[:4] {
			if err == nil {
				won++
				continue
			}
			require.Equal(t, khue.Conflict, khue.KindOf(err), "%v", err)
		}
		require.Equal(t, 1, won)
		require.Error(t, faults[4], "who made it never approves it")
		r, err := first.Report(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, state.ReportApproved, r.Status())
		require.Len(t, r.Steps, 3)
	})
}

func TestAReturnHasAReasonAndAnIssueANumber(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() (*archive.Archive, *state.Store)) {
		a, s := open()
		id := inReview(t, s)
		_, err := a.Return(t.Context(), id, "Hoa", " \u00a0")
		require.Equal(t, khue.Invalid, khue.KindOf(err))
		require.Contains(t, khue.ToldOf(err, khue.Vietnamese), "hãy ghi lý do trả lại")
		_, err = a.Issue(t.Context(), id, "Văn thư", "")
		require.Contains(t, khue.ToldOf(err, khue.Vietnamese), "hãy ghi số văn bản")
		_, err = a.Issue(t.Context(), id, "Văn thư", "12\u202e/BC")
		require.Equal(t, khue.Invalid, khue.KindOf(err))
		r, err := a.Return(t.Context(), id, "Hoa", "thiếu quý 4")
		require.NoError(t, err)
		require.Equal(t, state.ReportDraft, r.Status())
		require.Equal(t, "thiếu quý 4", r.Steps[2].Remark)
		_, err = a.Verify(t.Context(), id)
		require.Contains(t, khue.ToldOf(err, khue.English), "has not been issued")
	})
}

func TestWhoHasNotSeenTheLastStepDoesNotAct(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() (*archive.Archive, *state.Store)) {
		a, s := open()
		id := inReview(t, s)
		for _, act := range []string{archive.Approved, archive.Returned, archive.Redrafted, archive.Submitted, archive.Issued} {
			_, err := a.Seeing(1).Act(t.Context(), act, id, "Hoa", "x")
			require.Equal(t, khue.Conflict, khue.KindOf(err), act)
			require.Contains(t, khue.ToldOf(err, khue.English), "Lan has acted on report 1 since this page was opened", act)
		}
		_, err := a.Act(t.Context(), "burnt", id, "Hoa", "")
		require.Equal(t, khue.NotFound, khue.KindOf(err))
		r, err := a.Seeing(2).Act(t.Context(), archive.Approved, id, "Hoa", "")
		require.NoError(t, err)
		require.Equal(t, state.ReportApproved, r.Status())
		require.False(t, archive.Confidential(r))
		r.Parameters = "not JSON"
		require.True(t, archive.Confidential(r), "what cannot be read is taken for confidential")
	})
}
