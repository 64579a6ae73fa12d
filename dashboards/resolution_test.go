package dashboards_test

import (
	"encoding/csv"
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/dashboards"
	"khue/indicators"
)

func TestTheResolutionSaysOfEachTargetWhatIsKnownAndWhatIsNot(t *testing.T) {
	h := openPulled(t)
	for lang, words := range map[string][]string{
		"vi": {
			"3 chỉ tiêu có mốc thời gian", "chưa có số liệu chính thức, dù chỉ tiêu năm 2025 đã đến hạn", "khoảng 5% vào cuối năm 2025", "khoảng 10% vào cuối năm 2045", "Chưa có số liệu chính thức",
			"Nghị quyết 09-NQ/TU, mục tiêu cụ thể đến năm 2030", "nguoiduatin.vn a564812", "mekongasean.vn ghi mốc 2050", "Số liệu quá ít để dự báo", "Kế hoạch 217 · Các ngành có lợi thế",
			"Chương trình công nghiệp văn hóa giai đoạn 2026–2030 · chưa có chỉ tiêu", "Trung tâm công nghiệp văn hóa ven sông Hồng",
		},
		"en": {"3 dated targets", "no official figure although the target for 2025 is due", "about 8% at the end of 2030", "No official figure", "Too little data for a forecast", "Plan 217 · Sectors of advantage", "no targets yet"},
	} {
		w := get(h, "/resolution?lang="+lang)
		require.Equal(t, http.StatusOK, w.Code)
		page := html.UnescapeString(w.Body.String())
		for _, one := range words {
			require.Contains(t, page, one, lang)
		}
	}
	var chart struct {
		Option struct {
			Series []struct {
				Name string
				Data []any
			}
		}
	}
	require.NoError(t, json.Unmarshal(get(h, "/charts/course-1").Body.Bytes(), &chart))
	require.Len(t, chart.Option.Series, 2, "an official line without a point, and the targets")
	for _, point := range chart.Option.Series[0].Data {
		require.Equal(t, "-", point.(map[string]any)["value"], "what is not known is no zero")
	}
}

// table reads a part's file: rows by their first cell.
func csvOf(t *testing.T, h http.Handler, address string) (head []string, rows map[string][]string) {
	t.Helper()
	w := get(h, address)
	require.Equal(t, http.StatusOK, w.Code, address)
	all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\uFEFF"))).ReadAll()
	require.NoError(t, err)
	rows = map[string][]string{}
	for _, r := range all[1:] {
		rows[r[0]] = r
	}
	return all[0], rows
}

func TestTheFiguresOfSectorsAreThoseOfTheirDisciplines(t *testing.T) {
	service, _ := pulledCity(t)
	h := openPulled(t)
	_, rows := csvOf(t, h, "/charts/sectors.csv?lang=en&period=2025")
	from, to := civil(2025, 1, 1), civil(2026, 1, 1)
	a, err := service.Ask(t.Context(), indicators.Question{Measures: []string{"visitors", "events", "activities"}, By: []string{"discipline"}, From: from, To: to, Scope: khue.Public})
	require.NoError(t, err)
	w, err := service.Catalogue().Crosswalk("hanoi_list")
	require.NoError(t, err)
	edition := w.InForce(morning)
	type amounts struct {
		sum   [3]float64
		known [3]bool
	}
	sums := map[string]amounts{}
	for _, row := range a.Rows {
		name := "No counterpart"
		for _, s := range edition.Of(row.Keys[0].Code).Shares {
			at := slices.IndexFunc(edition.Codes, func(c indicators.Code) bool { return c.Code == s.Code })
			name = edition.Codes[at].Label.EN // every weight of this list is one
		}
		sum := sums[name]
		for i, v := range row.Values {
			sum.sum[i], sum.known[i] = sum.sum[i]+v.Number, sum.known[i] || v.Known
		}
		sums[name] = sum
	}
	require.Len(t, rows, len(sums))
	for name, want := range sums {
		for i, n := range want.sum {
			written := strconv.FormatFloat(n, 'f', 0, 64)
			if !want.known[i] {
				written = "" // what is not known is no zero
			}
			require.Equal(t, written, rows[name][i+1], "%s, column %d", name, i)
		}
	}
}

// A resolution made up for this test, on the scale of the test's city.
const madeUpResolution = `programme:
  id: nq09
  kind: resolution
  title: {vi: Nghị quyết giả định của kiểm thử, en: Made-up resolution of a test}
  description: {vi: Chỉ để kiểm thử., en: For a test only.}
  citation: "Không có văn bản nào"
  mark: general
  begins: 2021
  targets:
    - {id: visitors-2029, indicator: visitors, label: {vi: Khách năm 2029, en: Visitors in 2029}, year: 2029, value: 4000000, unit: visits, direction: up, clause: "1", citation: "x", mark: general, baseline: {year: 2020, value: 400000}}
    - {id: visitors-2027, indicator: visitors, label: {vi: Khách năm 2027, en: Visitors in 2027}, year: 2027, value: 2500000, upper: 3000000, unit: visits, direction: up, clause: "1", citation: "x", mark: general}
    - {id: active-2029, indicator: active_members, label: {vi: Thành viên hoạt động năm 2029, en: Active members in 2029}, year: 2029, value: 150, unit: members, direction: up, clause: "4", citation: "x", mark: general, baseline: {year: 2019, value: 60}}
    - {id: visitors-all, indicator: visitors, kind: cumulative, since: 2024, label: {vi: Khách 2024–2030, en: Visitors 2024–2030}, year: 2030, value: 9000000, unit: visits, direction: up, clause: "2", citation: "x", mark: general}
`

func resolvedCity(t *testing.T) (*city, http.Handler) {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "programmes"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "programmes", "nq09.yaml"), []byte(madeUpResolution), 0o600))
	catalogue, err := indicators.Load(folder)
	require.NoError(t, err)
	c := lively(morning)
	now := func() time.Time { return c.now }
	return c, openSite(t, dashboards.Options{Service: indicators.NewService(catalogue, c, indicators.Options{Now: now, Zone: hanoi(t)}), Now: now, Patience: time.Minute})
}

func TestAWayShowsTheSumsOfEachYearBesideWhatItAsksFor(t *testing.T) {
	c, h := resolvedCity(t)
	head, rows := csvOf(t, h, "/charts/course-1.csv?lang=en")
	require.Equal(t, []string{"Year", "Target", "Way", "Actual", ""}, head, "no method foretells these better than repeating the last, so there is no forecast")
	sums := map[int]float64{}
	for _, f := range c.facts["attendance"] {
		sums[f.day.Year()] += f.counts["visitors"]
	}
	for year := 2020; year <= 2026; year++ {
		require.Equal(t, strconv.FormatFloat(sums[year], 'f', 0, 64), rows[strconv.Itoa(year)][3], "%d", year)
	}
	require.Equal(t, "the year is not over", rows["2026"][4])
	require.Equal(t, "400000", rows["2020"][2], "the way begins at the baseline")
	require.Equal(t, "4000000", rows["2029"][2], "and ends at the target")
	require.Equal(t, []string{"2500000", "4000000"}, []string{rows["2027"][1], rows["2029"][1]})
	_, together := csvOf(t, h, "/charts/course-3.csv?lang=en")
	require.Equal(t, strconv.FormatFloat(sums[2024]+sums[2025], 'f', 0, 64), together["2025"][3], "a target that counts up holds its whole years together")
}

func TestAForecastStandsFromTheLastWholeYearToTheTarget(t *testing.T) {
	c, h := resolvedCity(t)
	head, rows := csvOf(t, h, "/charts/course-2.csv?lang=en")
	require.Equal(t, []string{"Year", "Target", "Way", "Actual", "Forecast", "80% range, low", "80% range, high", ""}, head)
	active := map[int]map[string]bool{}
	for _, f := range c.facts["activities"] {
		if active[f.day.Year()] == nil {
			active[f.day.Year()] = map[string]bool{}
		}
		active[f.day.Year()][f.dims["member"]] = true
	}
	for year, members := range active {
		require.Equal(t, strconv.Itoa(len(members)), rows[strconv.Itoa(year)][3], "%d", year)
	}
	require.Empty(t, rows["2025"][4])
	for year := 2026; year <= 2029; year++ {
		row := rows[strconv.Itoa(year)]
		var ahead [3]float64
		for i := range ahead {
			n, err := strconv.ParseFloat(row[4+i], 64)
			require.NoError(t, err, "%d", year)
			ahead[i] = n
		}
		require.LessOrEqual(t, ahead[1], ahead[0])
		require.LessOrEqual(t, ahead[0], ahead[2])
	}
	page := html.UnescapeString(get(h, "/resolution?lang=en").Body.String())
	require.Contains(t, page, "Forecast for 2029")
	require.Contains(t, page, "The pale band is the 80% range")
}

func TestWaysWithForecastsAreDrawnOnEveryWidth(t *testing.T) {
	_, h := resolvedCity(t)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	for name, width := range map[string]int64{"ways-desktop": 1440, "ways-phone": 390} {
		require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 1000, mobile(width)...), chromedp.Navigate(server.URL+"/resolution?lang=vi")))
		waitForCharts(t, ctx)
		state, err := chromedp.Run(ctx, chromedp.Evaluate[pageState](lookAround))
		require.NoError(t, err)
		keepPicture(t, ctx, name)
		require.Equal(t, 3, state.Charts)
		require.Equal(t, 3, state.Drawn)
		require.Empty(t, state.Wide)
		require.Empty(t, heard.all())
	}
}

func TestPagesOnPromisesRefuseWhatTheyCannotShow(t *testing.T) {
	h := open(t, lively(morning))
	for address, want := range map[string]struct {
		code  int
		words string
	}{
		"/resolution?period=2o25":                         {400, "There is no period"},
		"/resolution?period=2031":                         {400, "has not begun"},
		"/resolution?period=٢٠٢٥":                         {400, "There is no period"},
		"/resolution?discipline=design":                   {400, "There is no filter"},
		"/resolution?period=2025&period=2024":             {400, "more than once"},
		"/resolution?period=" + strings.Repeat("9", 9999): {400, "too long"},
		"/unesco?period=2025":                             {400, "This page has no filters"},
		"/charts/course-9":                                {404, "no chart"},
		"/charts/timeline":                                {404, "no chart"},
		"/resolution?period=2019":                         {200, "Resolution 09 has"},
	} {
		join := "&"
		if !strings.Contains(address, "?") {
			join = "?"
		}
		w := get(h, address+join+"lang=en")
		require.Equal(t, want.code, w.Code, address[:min(len(address), 60)])
		require.Contains(t, html.UnescapeString(w.Body.String()), want.words, address[:min(len(address), 60)])
	}
}
