package dashboards_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"khue/dashboards"
)

func TestThePagesOnDataAreDrawnInARealBrowser(t *testing.T) {
	b := busy(morning)
	server := httptest.NewServer(openBooks(t, b, dashboards.DoorLocal))
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	for _, page := range []struct {
		name, address string
		words         map[string]string // what must be on the screen
	}{
		{"sources", "/data/sources", map[string]string{"vi": "Cửa soát vé", "en": "Ticket gates"}},
		{"runs", "/data/runs", map[string]string{"vi": "120 lần chạy", "en": "120 runs"}},
		{"run", "/data/runs/" + b.runs[7].Batch, map[string]string{"vi": "thêm 5, sửa 3, rút 0 bản ghi", "en": "5 records added, 3 corrected, 0 retracted"}},
		{"quarantine", "/data/quarantine", map[string]string{"vi": "60 dòng đang chờ sửa", "en": "60 rows wait to be mended"}},
		{"completeness", "/data/completeness?list=event_attendance", map[string]string{"vi": "sự kiện đã báo cáo", "en": "of events have reported"}},
		{"jobs", "/data/jobs", map[string]string{"vi": "1 trên 4 công việc hỏng ở lần chạy cuối; 1 đang tạm dừng", "en": "1 of 4 jobs failed at their last run; 1 paused"}},
		{"upload", "/data/upload", map[string]string{"vi": "kéo tệp thả vào đây", "en": "drop one here"}},
		{"data-fault", "/data/runs?outcome=x", map[string]string{"vi": "Về trang Lần chạy", "en": "Back to Runs"}},
	} {
		for _, lang := range []string{"vi", "en"} {
			for name, width := range map[string]int64{"desktop": 1440, "tablet": 820, "phone": 390} {
				t.Run(page.name+"-"+name+"-"+lang, func(t *testing.T) {
					separator := "?"
					if strings.Contains(page.address, "?") {
						separator = "&"
					}
					require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 900, mobile(width)...),
						chromedp.Navigate(server.URL+page.address+separator+"lang="+lang)))
					look(t, ctx, heard, page.name+"-"+name+"-"+lang, page.words[lang], page.name == "data-fault")
				})
			}
		}
	}
}

// faint lists texts whose contrast with what is behind them is below 4.5 (3 for
// large letters), which is what WCAG 2.2 asks at level AA.
const faint = `(() => {
	const parse = (c) => { const m = c.match(/rgba?\(([^)]+)\)/); if (!m) { return [0, 0, 0, 0] } const p = m[1].split(/[ ,\/]+/).map(Number); return [p[0], p[1], p[2], p.length > 3 ? p[3] : 1] };
	const light = (c) => { const [r, g, b] = c.map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 }); return 0.2126 * r + 0.7152 * g + 0.0722 * b };
	const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3]));
	const behind = (e) => { const stack = []; for (let p = e; p; p = p.parentElement) { const c = parse(getComputedStyle(p).backgroundColor); stack.push(c); if (c[3] === 1) { break } }
		return stack.reverse().reduce((under, c) => over(c, under), [255, 255, 255]) };
	const out = [];
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n = walk.nextNode(); n; n = walk.nextNode()) {
		const e = n.parentElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
		if (!n.data.trim() || box.width < 2 || box.height < 2 || style.visibility === 'hidden' || e.closest('svg, select, noscript, script, [data-chart]')) { continue }
		const back = behind(e), front = over(parse(style.color), back);
		const a = light(front), b = light(back), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.6 && Number(style.fontWeight) >= 700);
		if (ratio < (large ? 3 : 4.5)) { out.push(e.tagName + '.' + (e.getAttribute('class') || '') + ' ' + ratio.toFixed(2) + ' "' + n.data.trim().slice(0, 30) + '"') }
	}
	return [...new Set(out)].slice(0, 12);
})()`

func TestEveryPageCanBeReadInTheLightAndInTheDark(t *testing.T) {
	b := busy(morning)
	server := httptest.NewServer(openBooks(t, b, dashboards.DoorLocal))
	t.Cleanup(server.Close)
	ctx := browser(t)
	for _, scheme := range []string{"light", "dark"} {
		require.NoError(t, chromedp.Do(ctx, inScheme(scheme)))
		for name, address := range map[string]string{
			"overview": "/", "quality": "/data", "dictionary": "/indicators?programme=unesco-uccn", "entry": "/indicators/grdp_share", "sources": "/data/sources", "runs": "/data/runs", "run": "/data/runs/" + b.runs[7].Batch,
			"quarantine": "/data/quarantine?reason=minimum", "completeness": "/data/completeness", "jobs": "/data/jobs", "upload": "/data/upload", "fault": "/data/runs?outcome=x",
		} {
			t.Run(name+"-"+scheme, func(t *testing.T) {
				require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(server.URL+address)))
				if name == "overview" || name == "quality" {
					waitForCharts(t, ctx)
				}
				keepPicture(t, ctx, name+"-"+scheme)
				dark, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`getComputedStyle(document.body).backgroundColor === 'rgb(27, 26, 24)'`))
				require.NoError(t, err)
				require.Equal(t, scheme == "dark", dark)
				weak, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](faint))
				require.NoError(t, err)
				require.Empty(t, weak, "every text stands out from what is behind it")
			})
		}
	}
}
