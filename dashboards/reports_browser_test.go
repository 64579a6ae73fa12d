package dashboards_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"khue/dashboards"
	"khue/state"
)

// come waits until the browser stands on a page that holds something.
func come(t *testing.T, ctx context.Context, selector string) {
	t.Helper()
	require.Eventually(t, func() bool {
		there, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.readyState === 'complete' && !!document.querySelector(`+"`"+selector+"`"+`)`))
		return err == nil && there
	}, 90*time.Second, 100*time.Millisecond, "the browser comes to a page with %s", selector)
}

// fillIn writes into the form that goes to an address and sends it, as a person would.
func fillIn(t *testing.T, ctx context.Context, action string, fields map[string]string) {
	t.Helper()
	script := `(() => { const f = document.querySelector('form[action$="` + action + `"]'); f.closest('details') && (f.closest('details').open = true);`
	for name, value := range fields {
		script += `f.querySelector('[name=` + name + `]').value = ` + "`" + value + "`" + `;`
	}
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](script+` window.khueSent = true; f.querySelector('button[type=submit]').click(); return true })()`))
	require.NoError(t, err)
	require.Eventually(t, func() bool { // the page it was sent from is gone
		sent, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`window.khueSent === true`))
		return err == nil && !sent
	}, 90*time.Second, 100*time.Millisecond)
}

func TestAReportIsLedFromDraftToIssueInABrowser(t *testing.T) {
	service := askedCity(t)
	s := newShelf(t, service)
	h := withReports(t, service, s, dashboards.DoorLocal, nil)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	ctx := browserFor(t, 6*time.Minute)
	heard := listen(t, ctx)
	at := func(address string, width, height int64) {
		require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, height, mobile(width)...), chromedp.Navigate(server.URL+address)))
		come(t, ctx, "main")
	}
	at("/reports?lang=vi", 1440, 1000)
	look(t, ctx, heard, "reports-empty", "Chưa có báo cáo nào", false)
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(document.querySelector('.makable-list a[href*="leader-brief"]').click(), true)`))
	require.NoError(t, err)
	come(t, ctx, "form[action='/reports/new']")
	look(t, ctx, heard, "reports-order-desktop", "Lập dự thảo: Tóm tắt một trang cho lãnh đạo", false)
	fillIn(t, ctx, "/reports/new", map[string]string{"period": "2026-10", "person": "Nguyễn Thị Lan"})
	come(t, ctx, "form[action$='/submit']")
	look(t, ctx, heard, "reports-draft-desktop", "dự thảo", false)
	remembered, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector('#person-submit').value`))
	require.NoError(t, err)
	require.Equal(t, "Nguyễn Thị Lan", remembered, "the browser remembers who acts")

	fillIn(t, ctx, "/submit", map[string]string{"remark": "Xin duyệt trước thứ Sáu"})
	come(t, ctx, "form[action$='/approve']")
	for _, c := range []struct{ lang, words string }{{"vi", "phải có người khác duyệt"}, {"en", "somebody else has to"}} {
		at("/reports/1?lang="+c.lang, 1440, 1000)
		heard.forget()
		fillIn(t, ctx, "/approve", map[string]string{"person": " nguyễn thị LAN"})
		come(t, ctx, ".why-bad")
		look(t, ctx, heard, "reports-refused-"+c.lang, c.words, true)
	}
	at("/reports/1?lang=vi", 390, 844)
	fillIn(t, ctx, "/approve", map[string]string{"person": "Phạm Hoa", "remark": "Đồng ý"})
	come(t, ctx, "form[action$='/issue']")
	look(t, ctx, heard, "reports-approved-phone", "Ban hành", false)
	fillIn(t, ctx, "/issue", map[string]string{"person": "Đỗ Minh", "remark": "12/BC-SVHTT"})
	come(t, ctx, "form[action$='/draft']")
	r, err := s.Report(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, state.ReportIssued, r.Status())
	for _, c := range []struct {
		name, address, words string
		width, height        int64
	}{
		{"reports-issued-desktop", "/reports/1?lang=vi", "đã ban hành, bản 1, số 12/BC-SVHTT", 1440, 1000},
		{"reports-issued-desktop-en", "/reports/1?lang=en", "issued, version 1, number 12/BC-SVHTT", 1440, 1000},
		{"reports-issued-phone", "/reports/1?lang=vi", "Ai đã tải", 390, 844},
		{"reports-issued-phone-en", "/reports/1?lang=en", "Who downloaded", 390, 844},
	} {
		at(c.address, c.width, c.height)
		require.NoError(t, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector('iframe').scrollIntoView();void 0`), chromedp.Sleep(700*time.Millisecond), chromedp.Evaluate[chromedp.Void](`scrollTo(0, 0);void 0`)))
		look(t, ctx, heard, c.name, c.words, false)
	}
	taken, err := chromedp.Run(ctx, chromedp.Evaluate[string](`fetch(document.querySelector('.file-list a').href).then(r => r.headers.get('ETag') + ' ' + r.headers.get('Content-Type'))`, chromedp.EvalAwaitPromise))
	require.NoError(t, err)
	require.Contains(t, taken, " application/pdf")
	at("/reports/1?lang=en", 390, 844)
	told, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector('.taken-list').innerText`))
	require.NoError(t, err)
	require.Contains(t, told, "Đỗ Minh")
	require.True(t, strings.Contains(taken, r.Build.Files[0].SHA256) || len(r.Build.Files) > 1)

	fillIn(t, ctx, "/draft", map[string]string{"person": "Nguyễn Thị Lan"})
	come(t, ctx, "form[action='/reports/2/submit']")
	for _, c := range []struct {
		name, address, words string
		width, height        int64
	}{
		{"reports-list-desktop", "/reports?lang=vi", "2 báo cáo", 1440, 1000},
		{"reports-list-phone", "/reports?lang=vi", "2 báo cáo", 390, 844},
		{"reports-list-phone-en", "/reports?lang=en", "2 reports", 390, 844},
		{"reports-compare-desktop", "/reports/compare?a=1&b=2&lang=vi", "Số văn bản", 1440, 1000},
		{"reports-compare-phone-en", "/reports/compare?a=1&b=2&lang=en", "Changes since the former version", 390, 844},
		{"reports-order-phone-en", "/reports/new?definition=ward-sheet&lang=en", "Area", 390, 844},
	} {
		at(c.address, c.width, c.height)
		look(t, ctx, heard, c.name, c.words, false)
	}
}

// A report's paper in the frame cannot reach the page around it, nor run anything.
func TestAPaperInItsFrameRunsNothing(t *testing.T) {
	service := serviceOf(t, lively(morning))
	s := newShelf(t, service)
	server := httptest.NewServer(withReports(t, service, s, dashboards.DoorLocal, nil))
	t.Cleanup(server.Close)
	evil := strings.Replace(webPaper, "</body>", `<script>top.document.title='taken'</script><img src="x" onerror="top.document.title='taken'"><style>p{color:rgb(1,2,3)}</style></body>`, 1)
	kept(t, s, brief, "2026-10", openParameters, "[]", map[string]string{"html": evil})
	ctx := browser(t)
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 1000), chromedp.Navigate(server.URL+"/reports/1")))
	come(t, ctx, "iframe")
	require.NoError(t, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector('iframe').scrollIntoView();void 0`), chromedp.Sleep(time.Second)))
	title, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.title`))
	require.NoError(t, err)
	require.NotContains(t, title, "taken")
	reached, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector('iframe').contentDocument !== null`))
	require.NoError(t, err)
	require.False(t, reached, "it is of no site")
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(server.URL+"/reports/1/preview/vi")))
	come(t, ctx, "p")
	title, err = chromedp.Run(ctx, chromedp.Evaluate[string](`document.title + ' ' + location.origin + ' ' + window.origin`))
	require.NoError(t, err)
	require.Contains(t, title, "null", "also when it is opened by itself")
	require.NotContains(t, title, "taken")
}

func TestTheLibraryFitsEveryWidthInBothLanguages(t *testing.T) {
	server := httptest.NewServer(openLibrary(t))
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	for i, path := range libraryPages {
		for _, lang := range []string{"vi", "en"} {
			for name, width := range map[string]int64{"desktop": 1440, "tablet": 820, "phone": 390, "narrow": 320} {
				join := "?"
				if strings.Contains(path, "?") {
					join = "&"
				}
				require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 900, mobile(width)...), chromedp.Navigate(server.URL+path+join+"lang="+lang),
					chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach(d => { d.open = true });void 0`)))
				words := map[string]string{"vi": "Báo cáo", "en": "Reports"}[lang]
				look(t, ctx, heard, fmt.Sprintf("library-%d-%s-%s", i, name, lang), words, false)
			}
		}
	}
}
