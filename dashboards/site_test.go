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

// openSite serves the pages of a site. What is not given is that of the simulated
// city on the morning of the tests.
func openSite(t testing.TB, o dashboards.Options) http.Handler {
	t.Helper()
	o.Zone, o.Simulated, o.Version, o.Logger = hanoi(t), true, "thử", slog.New(slog.NewTextHandler(t.Output(), nil))
	if o.Now == nil {
		o.Now = func() time.Time { return morning }
	}
	if o.Patience == 0 {
		o.Patience = 8 * time.Second
	}
	site, err := dashboards.New(o)
	require.NoError(t, err)
	engine := gin.New()
	site.Register(engine)
	engine.NoRoute(site.NotFound()...)
	return engine
}

func openService(t testing.TB, service dashboards.Service, now func() time.Time) http.Handler {
	t.Helper()
	return openSite(t, dashboards.Options{Service: service, Now: now, Spreadsheet: sheetAsJSON})
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
