package dashboards_test

import (
	"html"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"khue/dashboards"
	"khue/indicators"
)

// A plan made up for this test, on the scale of the test's city.
const madeUpPlan = `programme:
  id: made-up
  kind: plan
  title: {vi: Kế hoạch giả định của kiểm thử, en: Made-up plan of a test}
  description: {vi: Chỉ để kiểm thử., en: For a test only.}
  citation: "Không có văn bản nào"
  mark: general
  begins: 2020
  targets:
    - {id: visitors-2029, indicator: visitors, label: {vi: Khách năm 2029, en: Visitors in 2029}, year: 2029, value: 4000000, unit: visits, direction: up, clause: "1", citation: "x", mark: general, baseline: {year: 2022, value: 900000}}
    - {id: visitors-all, indicator: visitors, kind: cumulative, since: 2024, label: {vi: Khách 2024–2030, en: Visitors 2024–2030}, year: 2030, value: 9000000, unit: visits, direction: up, clause: "2", citation: "x", mark: general}
    - {id: active-2029, indicator: active_members, label: {vi: Thành viên hoạt động năm 2029, en: Active members in 2029}, year: 2029, value: 150, unit: members, direction: up, clause: "4", citation: "x", mark: general, baseline: {year: 2019, value: 60}}
    - {id: members-2030, indicator: certified_members, label: {vi: Thành viên năm 2030, en: Members in 2030}, year: 2030, value: 200, unit: members, direction: up, clause: "3", citation: "x", mark: general}
`

func plannedCity(t *testing.T) *httptest.Server {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "programmes"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "programmes", "made-up.yaml"), []byte(madeUpPlan), 0o600))
	catalogue, err := indicators.Load(folder)
	require.NoError(t, err)
	c := lively(morning)
	now := func() time.Time { return c.now }
	server := httptest.NewServer(openSite(t, dashboards.Options{Service: indicators.NewService(catalogue, c, indicators.Options{Now: now, Zone: hanoi(t)}), Now: now, Patience: time.Minute}))
	t.Cleanup(server.Close)
	return server
}

func TestATargetShowsItsWayItsForecastAndWhatItRestsOn(t *testing.T) {
	server := plannedCity(t)
	for lang, words := range map[string][]string{
		"vi": {"Kế hoạch giả định của kiểm thử: ", "Thước đo tiến độ Open SDG", "Lộ trình đòi hỏi cuối năm 2026", "Dự báo cho năm 2029", "khoảng 80%: từ ", "Cơ sở của dự báo", "Phương pháp: ", "Tình trạng được xét thế nào?", "cộng dồn 2024–2030", "có 1 năm trọn vẹn, cần ít nhất 5", "Số liệu quá ít để dự báo: có 0 năm trọn vẹn", "không phương pháp nào sát hơn việc lặp lại số gần nhất"},
		"en": {"Made-up plan of a test: ", "Open SDG progress measure", "The way asks for, at the end of 2026", "Forecast for 2029", "80% range: ", "What the forecast rests on", "Method: ", "How is the status judged?", "in 2024–2030 together", "there is 1 whole year, at least 5 are needed", "Too little data for a forecast: there are 0 whole years", "no method came closer than repeating the latest figure"},
	} {
		answer := get(server.Config.Handler, "/?lang="+lang)
		require.Equal(t, 200, answer.Code)
		body := html.UnescapeString(answer.Body.String())
		for _, w := range words {
			require.True(t, strings.Contains(body, w), "%s: %s", lang, w)
		}
	}
}

func TestTargetsWithForecastsFitAPhone(t *testing.T) {
	server := plannedCity(t)
	ctx := browser(t)
	for name, width := range map[string]int64{"desktop": 1440, "phone": 390} {
		for _, lang := range []string{"vi", "en"} {
			require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 900, mobile(width)...), chromedp.Navigate(server.URL+"/?lang="+lang)))
			waitForCharts(t, ctx)
			wide, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`(() => {
				document.querySelectorAll('#targets details').forEach(d => { d.open = true });
				const width = document.documentElement.clientWidth;
				return [...document.querySelectorAll('#targets *')].filter(e => e.getBoundingClientRect().right > width + 1 && !e.closest('.table-wrap, .figures')).map(e => e.tagName + '.' + e.className);
			})()`))
			require.NoError(t, err)
			require.Empty(t, wide, "%s %s", name, lang)
			keepPicture(t, ctx, "targets-"+name+"-"+lang)
		}
	}
}
