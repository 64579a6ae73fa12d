package main

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/state"
	"khue/warehouse"
)

func TestADownloadThatIsCutOffOnItsWayIsInTheAudit(t *testing.T) {
	f := openOffice(t, nil)
	b := f.in("analyst")
	visits, err := f.o.Warehouse.Begin(t.Context(), warehouse.Load{Source: "gates", Dataset: "attendance"})
	require.NoError(t, err)
	_, err = visits.Commit(t.Context(), "", 0)
	require.NoError(t, err)
	const address = "/api/v1/query?measure=visitors&by=day&from=1970-01-01&to=2140-12-31&limit=200000&format=csv"
	ctx, leave := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.http.URL+address, nil)
	require.NoError(t, err)
	request.Header.Set("Accept-Encoding", "identity")
	response, err := b.Do(request)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Greater(t, response.ContentLength, int64(500_000))
	leave()
	_ = response.Body.Close()
	require.Eventually(t, func() bool {
		list, err := f.o.People.Audit(t.Context(), state.AuditFilter{Act: "figures.download", Most: 10})
		require.NoError(t, err)
		return len(list) == 1 && list[0].Actor == "analyst" && strings.Contains(list[0].Object, "limit=200000")
	}, 20*time.Second, 50*time.Millisecond)
	whole := f.do(b, http.MethodGet, address, nil, "Accept-Encoding", "identity")
	require.EqualValues(t, response.ContentLength, len(whole.body))
	require.Equal(t, "figures.download done", f.acts()[len(f.acts())-1][len("analyst "):])
}
