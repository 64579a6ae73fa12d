package state_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/state"
)

func TestWhoTookAFileAlongIsKeptAndListedNewestFirst(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s, other := open(), open()
		r := drafted(t, s, paper("2025"))
		for i, person := range []string{"Lan", "", "Nguyễn Thị Hoa"} {
			require.NoError(t, s.AddReportDownload(t.Context(), state.ReportDownload{Report: r.ID, Build: 1, Language: "vi", Format: "docx", Person: person, At: t0.Add(time.Duration(i) * time.Minute)}))
		}
		list, all, err := other.ReportDownloads(t.Context(), r.ID, 2)
		require.NoError(t, err)
		require.Equal(t, 3, all)
		require.Len(t, list, 2)
		require.Equal(t, state.ReportDownload{
			Report: r.ID, Build: 1, Language: "vi", Format: "docx", Name: "bc.docx", SHA256: r.Build.Files[0].SHA256, Person: "Nguyễn Thị Hoa", At: t0.Add(2 * time.Minute).UTC(),
		}, list[0])
		require.Empty(t, list[1].Person)
		require.Error(t, s.AddReportDownload(t.Context(), state.ReportDownload{Report: r.ID, Build: 1, Language: "vi", Format: "pdf", At: t0}), "there is no such file")
		require.Error(t, s.AddReportDownload(t.Context(), state.ReportDownload{Report: 99, Build: 1, Language: "vi", Format: "docx", At: t0}))
	})
}

func TestAListOfReportsSaysWhereEachStands(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *state.Store) {
		s := open()
		none, err := s.ReportLines(t.Context())
		require.NoError(t, err)
		require.Empty(t, none)
		first := drafted(t, s, paper("2025"), state.ReportInReview, state.ReportApproved)
		require.NoError(t, issue(t, s, first, "12/BC", 0))
		second := drafted(t, s, paper("2024"))
		lines, err := s.ReportLines(t.Context())
		require.NoError(t, err)
		require.Equal(t, []state.ReportLine{
			{ID: second.ID, Subject: "progress 2024", Definition: "progress", Period: "2024", Parameters: "{}", Languages: []string{"vi", "en"}, Lacks: "[]", Act: "drafted", Status: state.ReportDraft, Person: "Lan", At: t0.UTC()},
			{
				ID: first.ID, Subject: "progress 2025", Definition: "progress", Period: "2025", Parameters: "{}", Languages: []string{"vi", "en"}, Lacks: "[]", Act: "issued", Status: state.ReportIssued, Person: "Văn thư",
				At: t0.Add(2 * time.Hour).UTC(), Version: 1, Number: "12/BC", IssuedAt: t0.Add(2 * time.Hour).UTC(),
			},
		}, lines)
	})
}
