package dashboards_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/dashboards"
)

// boundariesVariable names a real boundaries file to look at the map with; the
// tests themselves draw one of squares.
const boundariesVariable = "KHUE_TEST_BOUNDARIES"

// squares writes a boundaries file in which every ward and commune is a square
// about its centre.
func squares(t testing.TB, change func(code string, feature *string) bool) string {
	t.Helper()
	var features []string
	for _, a := range khue.Areas() {
		if a.Kind != khue.Ward && a.Kind != khue.Commune {
			continue
		}
		const half = 0.012
		ring := ""
		for _, corner := range [][2]float64{{-half, -half}, {half, -half}, {half, half}, {-half, half}, {-half, -half}} {
			ring += fmt.Sprintf(",[%.5f,%.5f]", a.Lon+corner[0], a.Lat+corner[1])
		}
		feature := fmt.Sprintf(`{"type":"Feature","properties":{"code":%q},"geometry":{"type":"Polygon","coordinates":[[%s]]}}`, a.Code, ring[1:])
		if change == nil || change(a.Code, &feature) {
			features = append(features, feature)
		}
	}
	path := filepath.Join(t.TempDir(), "squares.geojson")
	require.NoError(t, os.WriteFile(path, []byte(`{"type":"FeatureCollection","features":[`+strings.Join(features, ",")+`]}`), 0o644))
	return path
}

// openMapped serves the pages of the pulled city with boundaries.
func openMapped(t testing.TB, path string) http.Handler {
	t.Helper()
	service, _ := pulledCity(t)
	boundaries, err := dashboards.ReadBoundaries(path)
	require.NoError(t, err)
	site, err := dashboards.New(dashboards.Options{
		Service: service, Now: func() time.Time { return morning }, Zone: hanoi(t), Simulated: true, Boundaries: boundaries,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)), Patience: 4 * time.Second,
	})
	require.NoError(t, err)
	engine := gin.New()
	site.Register(engine)
	engine.NoRoute(site.NotFound()...)
	return engine
}

func TestTheAreasPageIsDrawnInARealBrowser(t *testing.T) {
	file := os.Getenv(boundariesVariable)
	if file == "" {
		file = squares(t, nil)
	}
	tiles, outlines := httptest.NewServer(openPulled(t)), httptest.NewServer(openMapped(t, file))
	t.Cleanup(tiles.Close)
	t.Cleanup(outlines.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	for _, c := range []struct {
		name, address string
		width, height int64
	}{
		{"areas-desktop", outlines.URL + "/areas?lang=vi", 1440, 1000},
		{"areas-phone", outlines.URL + "/areas?lang=vi&area=00070", 390, 844},
		{"areas-desktop-en", outlines.URL + "/areas?lang=en&measure=events&per=km2&area=00070", 1440, 1000},
		{"areas-phone-en", tiles.URL + "/areas?lang=en&measure=members", 390, 844},
		{"areas-tiles", tiles.URL + "/areas?lang=vi&measure=activities", 1440, 1000},
		{"areas-districts", outlines.URL + "/areas?lang=vi&period=2024", 1440, 1000},
		{"areas-as-now", outlines.URL + "/areas?lang=en&period=2025&view=as_now", 1440, 1000},
		{"overview-outlines", outlines.URL + "/?lang=vi", 1440, 1000},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(c.width, c.height, mobile(c.width)...), chromedp.Navigate(c.address)))
			settled(t, ctx)
			state, err := chromedp.Run(ctx, chromedp.Evaluate[pageState](lookAround))
			require.NoError(t, err)
			keepPicture(t, ctx, c.name)
			require.Empty(t, heard.all(), "the console is silent")
			require.Zero(t, state.Overflow, "nothing to scroll sideways: %v", state.Wide)
			require.Empty(t, slices.DeleteFunc(state.Wide, func(e string) bool { return e == "use." || e == "a." }), "nothing is cut at the edge but the enlarged core")
			require.Equal(t, 1, state.H1)
			shapes, err := chromedp.Run(ctx, chromedp.Evaluate[int](`[...document.querySelectorAll('.map a path')].filter(p => p.getBoundingClientRect().width > 2).length`))
			require.NoError(t, err)
			if !strings.Contains(c.address, "2024") {
				require.Equal(t, 126, shapes, "every area can be seen")
			}
		})
	}
}

// settled waits for the page and a frame of its layout; it may have no charts.
func settled(t *testing.T, ctx context.Context) {
	t.Helper()
	require.Eventually(t, func() bool {
		done, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.readyState === 'complete' && [...document.querySelectorAll('[data-chart]')].every(b => b.dataset.state)`))
		return err == nil && done
	}, 20*time.Second, 50*time.Millisecond)
	require.NoError(t, chromedp.Do(ctx, chromedp.Sleep(200*time.Millisecond)))
}
