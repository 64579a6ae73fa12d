package dashboards_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/demo"
	"khue/indicators"
	"khue/ingest"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// pulled is the simulated city, pulled once for all tests that look at it.
var pulled struct {
	sync.Mutex
	dsn string
}

// pulledCity answers from a real engine that holds the simulated city as its
// sources gave it, as of the morning of the tests. Nobody changes it.
func pulledCity(t testing.TB) (*indicators.Service, *warehouse.Warehouse) {
	t.Helper()
	pulled.Lock()
	defer pulled.Unlock()
	if pulled.dsn == "" {
		dsn := warehousetest.LastingDSN(t)
		pullCity(t, dsn, func() time.Time { return morning })
		pulled.dsn = dsn
	}
	return serviceAt(t, pulled.dsn)
}

// serviceAt answers from a warehouse that is there, on the morning of the tests.
func serviceAt(t testing.TB, dsn string) (*indicators.Service, *warehouse.Warehouse) {
	t.Helper()
	now := func() time.Time { return morning }
	w, err := warehouse.Open(t.Context(), warehouse.Options{DSN: dsn, Now: now, Zone: hanoi(t)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.Close() })
	return indicators.NewService(mustLoad(t), w, indicators.Options{Now: now, Zone: hanoi(t)}), w
}

// pullCity fills a warehouse from the city's own sources.
func pullCity(t testing.TB, dsn string, now func() time.Time) {
	t.Helper()
	folder, err := os.MkdirTemp("", "khue-test-city-")
	require.NoError(t, err)
	defer func() { _ = os.RemoveAll(folder) }()
	city, err := demo.Start(t.Context(), demo.Options{Dir: folder, Now: now, Zone: hanoi(t), Faults: false})
	require.NoError(t, err)
	defer func() { require.NoError(t, city.Close()) }()
	variables := city.Variables()
	config, faults := ingest.Parse("demo/khue.yaml", demo.Configuration(), func(name string) (string, bool) { v, ok := variables[name]; return v, ok })
	require.NoError(t, faults.Err())
	w, err := warehouse.Open(t.Context(), warehouse.Options{DSN: dsn, Now: now, Zone: hanoi(t)})
	require.NoError(t, err)
	defer func() { _ = w.Close() }()
	_, err = w.Migrate(t.Context())
	require.NoError(t, err)
	puller, err := ingest.New(config, ingest.Into(w), ingest.Options{Now: now, Zone: hanoi(t)})
	require.NoError(t, err)
	for name := range config {
		require.NoError(t, w.MarkSource(t.Context(), name, true))
		_, err := puller.Pull(context.WithoutCancel(t.Context()), name, ingest.PullOptions{})
		require.NoError(t, err, name)
	}
}

// openPulled serves the pages of the pulled city.
func openPulled(t testing.TB) http.Handler {
	t.Helper()
	service, _ := pulledCity(t)
	return openService(t, service, func() time.Time { return morning })
}

func TestEveryPageOnFiguresOpensInBothLanguages(t *testing.T) {
	h := openPulled(t)
	for _, lang := range []string{"vi", "en"} {
		front := get(h, "/?lang="+lang).Body.String()
		pages := linksOf(front, `<nav class="sections"`, "</nav>")
		require.NotEmpty(t, pages)
		for _, address := range pages {
			join := "?"
			if strings.Contains(address, "?") {
				join = "&"
			}
			w := get(h, address+join+"lang="+lang)
			require.Equal(t, http.StatusOK, w.Code, address)
			requireStrict(t, w)
			page := w.Body.String()
			for _, wrong := range []string{"%!", "<nil>", "NaN", "boxfault\""} {
				require.NotContains(t, page, wrong, address)
			}
		}
	}
}

// linksOf lists the addresses in a stretch of a page.
func linksOf(page, from, to string) []string {
	_, rest, _ := strings.Cut(page, from)
	stretch, _, _ := strings.Cut(rest, to)
	var out []string
	for _, piece := range strings.Split(stretch, `href="`)[1:] {
		address, _, _ := strings.Cut(piece, `"`)
		out = append(out, strings.ReplaceAll(address, "&amp;", "&"))
	}
	return out
}
