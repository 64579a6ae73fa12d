package dashboards_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"khue/dashboards"
	"khue/warehouse/warehousetest"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	warehousetest.Main(m)
}

// open serves the pages of a city.
func open(t testing.TB, c *city) http.Handler {
	t.Helper()
	return openService(t, serviceOf(t, c), func() time.Time { return c.now })
}

func openService(t testing.TB, service dashboards.Service, now func() time.Time) http.Handler {
	t.Helper()
	site, err := dashboards.New(dashboards.Options{
		Service: service, Now: now, Zone: hanoi(t), Simulated: true, Version: "thử", Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Patience: 8 * time.Second, Spreadsheet: sheetAsJSON,
	})
	require.NoError(t, err)
	engine := gin.New()
	site.Register(engine)
	engine.NoRoute(site.NotFound()...)
	return engine
}

func get(h http.Handler, address string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, address, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestTheOverviewIsThere(t *testing.T) {
	h := open(t, lively(morning))
	w := get(h, "/")
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
}
