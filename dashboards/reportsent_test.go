package dashboards_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/dashboards"
	"khue/reports/archive"
	"khue/state"
)

func TestThePageOfAReportTellsWhomItReachedAndWhyNot(t *testing.T) {
	service := serviceOf(t, lively(morning))
	s := newShelf(t, service)
	h := withReports(t, service, s, dashboards.DoorShut, nil)
	id := kept(t, s, brief, "2026-10", openParameters, "[]", map[string]string{"pdf": "%PDF-1.7 x"})
	require.NotContains(t, get(h, "/reports/1").Body.String(), `id="sent"`, "a draft goes to nobody")
	r, err := s.store.Report(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, s.store.ActOnReport(t.Context(), id, r.Seen(), state.ReportAct{
		Step: state.ReportStep{Act: archive.Issued, Status: state.ReportIssued, Person: "Văn thư"}, Build: &r.Build,
		Issue: &state.ReportIssue{Number: "12/BC", Year: 2026}, To: []string{"Ban lãnh đạo", "Kho lưu <trữ>", "Văn phòng"},
	}, morning))
	for _, outcome := range []string{state.DeliveryDone, state.DeliveryFailed} {
		one, ok, err := s.store.ClaimDelivery(t.Context(), id, morning, morning.Add(time.Hour))
		require.NoError(t, err)
		require.True(t, ok)
		_, err = s.store.EndDelivery(t.Context(), one, outcome, morning, morning, khue.Text{VI: "hộp thư đã đầy", EN: "the mailbox is full"})
		require.NoError(t, err)
	}
	w := get(h, "/reports/1")
	require.Equal(t, http.StatusOK, w.Code)
	told := between(w.Body.String(), `id="sent"`, "</section>")
	require.Contains(t, told, "Ban lãnh đạo")
	require.Contains(t, told, "Kho lưu &lt;trữ&gt;")
	require.Contains(t, told, "đã gửi")
	require.Contains(t, told, "chờ gửi")
	require.Contains(t, told, "không gửi được")
	require.Contains(t, told, "Hộp thư đã đầy", "what failed is named")
	require.Contains(t, between(get(h, "/reports/1?lang=en").Body.String(), `id="sent"`, "</section>"), "The mailbox is full")
}
