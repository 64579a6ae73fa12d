package dashboards_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
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
	return openSite(t, dashboards.Options{Service: service, Boundaries: boundaries, Patience: 20 * time.Second})
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

func TestFiguresByAreaAreThoseOfTheRecordsCountedOneByOne(t *testing.T) {
	_, w := pulledCity(t)
	areaOf, events, visitors := map[string]string{}, map[string]float64{}, map[string]float64{}
	within := func(day time.Time) bool { return !day.Before(civil(2026, 1, 1)) && day.Before(civil(2026, 11, 1)) }
	for _, r := range recordsOf(t, w, "events") {
		area, _ := r["area"].(string)
		areaOf[r["record_id"].(string)] = area
		if within(dayIn(t, r, "starts_at")) {
			events[area]++
		}
	}
	for _, r := range recordsOf(t, w, "attendance") {
		if n, ok := r["visitors"].(int64); ok && within(dayIn(t, r, "occurred_at")) {
			visitors[areaOf[r["event"].(string)]] += float64(n)
		}
	}
	h := openPulled(t)
	for measure, want := range map[string]map[string]float64{"visitors": visitors, "events": events} {
		rows := chartTable(t, h, "/charts/area-map.csv?lang=vi&measure="+measure)[1:]
		require.Len(t, rows, len(want), measure)
		for _, row := range rows {
			a := areaNamed(t, row[0])
			require.Equal(t, fmt.Sprintf("%.0f", want[a.Code]), row[1], "%s: %v", measure, row)
			require.Equal(t, fmt.Sprintf("%.4f", want[a.Code]/sumOf(want)), row[2], "%s: %v", measure, row)
			require.Equal(t, fmt.Sprintf("%.2f", a.KM2), row[3], "%s: %v", measure, row)
			decimals := 2
			if measure == "visitors" {
				decimals = 1
			}
			require.Equal(t, fmt.Sprintf("%.*f", decimals, want[a.Code]/a.KM2), row[4], "%s: %v", measure, row)
		}
	}
	var none []string
	for _, a := range khue.Areas() {
		if a.Tree() == khue.WardTree && events[a.Code] == 0 {
			none = append(none, a.Code)
		}
	}
	var named []string
	for _, row := range chartTable(t, h, "/charts/areas-empty.csv?lang=vi")[1:] {
		named = append(named, row[0])
	}
	require.ElementsMatch(t, none, named, "every area without an event is named")
}

func areaNamed(t *testing.T, name string) khue.Area {
	t.Helper()
	for _, a := range khue.Areas() {
		if a.Name.VI == name {
			return a
		}
	}
	t.Fatalf("no area is named %q", name)
	return khue.Area{}
}

func TestOnlyMonthsOfTheSameAreasAreCompared(t *testing.T) {
	h := openPulled(t)
	page := get(h, "/areas?lang=en").Body.String()
	require.Contains(t, page, "from July 2026 to October 2026, against July 2025 to October 2025")
	require.NotContains(t, page, "the upright mark is the same months of 2025", "January to June of 2025 had districts")
	page = get(h, "/areas?lang=en&period=2024").Body.String()
	require.Contains(t, page, "in 2024, against 2023")
	require.Contains(t, page, "the upright mark is 2023")
	page = get(h, "/areas?lang=en&period=2025").Body.String()
	require.Contains(t, page, "On-site visitors, from July 2025 to December 2025", "the larger part, of districts or wards, is shown alone")
}

func TestAClickOnAnAreaLeadsToItsPageAndBack(t *testing.T) {
	h := openPulled(t)
	require.Contains(t, get(h, "/?lang=vi").Body.String(), `href="/areas?area=00070"`)
	page := get(h, "/areas?area=00070&measure=events&lang=vi").Body.String()
	require.Contains(t, page, `href="/areas?measure=events" aria-current="true"`, "of the chosen area, the way back to all")
	require.Contains(t, page, `<h2 id="area-profile-title">Phường Hoàn Kiếm</h2>`)
}

func TestOutlinesTakeThePlaceOfTilesAndStaySmall(t *testing.T) {
	h := openMapped(t, squares(t, nil))
	for _, address := range []string{"/?lang=vi", "/areas?lang=vi"} {
		page := get(h, address).Body.String()
		require.Contains(t, page, `class="map map-drawn"`, address)
		require.NotContains(t, page, "Mỗi ô là một phường", address)
		require.Less(t, len(page), 700_000, address)
	}
	require.Contains(t, get(openPulled(t), "/areas?lang=vi").Body.String(), "Mỗi ô là một phường")
}

func TestAWrongBoundariesFileNamesItsFeatures(t *testing.T) {
	replaced := func(code, from, to string) string {
		return squares(t, func(c string, feature *string) bool {
			if c == code {
				*feature = strings.Replace(*feature, from, to, 1)
			}
			return true
		})
	}
	written := func(content string) string {
		path := filepath.Join(t.TempDir(), "wrong.geojson")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
		return path
	}
	for name, c := range map[string]struct {
		path  string
		words []string
	}{
		"no file":                {filepath.Join(t.TempDir(), "none.geojson"), []string{"no boundaries file", "none.geojson"}},
		"a folder":               {t.TempDir(), []string{"is no boundaries file"}},
		"not JSON":               {written("a,b\n1,2"), []string{"wrong.geojson", "not GeoJSON"}},
		"no collection":          {written(`{"type":"Feature"}`), []string{"not a FeatureCollection"}},
		"an empty collection":    {written(`{"type":"FeatureCollection","features":[]}`), []string{"not a FeatureCollection with features"}},
		"no code":                {replaced("00004", `"code"`, `"id"`), []string{"feature 1: it has no property"}},
		"a number for a code":    {replaced("00004", `"00004"`, `4`), []string{"feature 1: its code is 4; codes are texts"}},
		"an unknown code":        {replaced("00008", `"00008"`, `"99999"`), []string{"feature 2", `"99999"`}},
		"an area twice":          {replaced("00008", `"00008"`, `"00004"`), []string{"feature 2: area 00004 is already drawn by feature 1"}},
		"a point":                {replaced("00004", `"Polygon"`, `"Point"`), []string{"feature 1 (00004, Phường Ba Đình)", "Point"}},
		"metres":                 {replaced("00004", "[[[105.", "[[[585105."), []string{"feature 1", "not near the city", "WGS 84"}},
		"an open ring":           {replaced("00004", "[[[105.8", "[[[105.9"), []string{"feature 1", "not closed"}},
		"coordinates of letters": {replaced("00004", "[[[105.", `[[["x",105.`), []string{"feature 1", "cannot be read"}},
		"an area left out":       {squares(t, func(c string, _ *string) bool { return c != "00070" }), []string{"1 areas of this division have no feature", "00070 Phường Hoàn Kiếm"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := dashboards.ReadBoundaries(c.path)
			require.Error(t, err)
			for _, word := range c.words {
				require.Contains(t, err.Error(), word)
			}
		})
	}
}
