package dashboards_test

import (
	"context"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"khue/access"
)

// explored waits until the page's script has put n answers into their places.
func explored(t *testing.T, ctx context.Context, n string) {
	t.Helper()
	require.Eventually(t, func() bool {
		now, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.documentElement.dataset.explored || ''`))
		return err == nil && now == n
	}, 20*time.Second, 50*time.Millisecond, "answer %s", n)
}

func saysTrue(t *testing.T, ctx context.Context, script, words string) {
	t.Helper()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[bool](script))
	require.NoError(t, err)
	require.True(t, got, words)
}

func clicks(t *testing.T, ctx context.Context, script string) {
	t.Helper()
	require.NoError(t, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](script+";void 0")))
}

func TestSomebodyClicksAQuestionTogetherKeepsItAndAnotherOpensIt(t *testing.T) {
	k := openKeepers(t)
	lan := httptest.NewServer(k.who("lan", access.Analyst))
	t.Cleanup(lan.Close)
	minh := httptest.NewServer(k.who("minh", access.Leader))
	t.Cleanup(minh.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(lan.URL+"/explore?lang=en")))
	clicks(t, ctx, `document.querySelector('input[name=measure][value=visitors]').click()`)
	explored(t, ctx, "1")
	choose := func(id, value string) string {
		return `(() => { const f = document.getElementById('` + id + `'); f.focus(); f.value = '` + value + `'; f.dispatchEvent(new Event('change', {bubbles: true})) })()`
	}
	clicks(t, ctx, choose("by-1", "year"))
	explored(t, ctx, "2")
	saysTrue(t, ctx, `document.activeElement.id === 'by-1'`, "the field keeps the focus while the answer comes")
	clicks(t, ctx, choose("by-2", "discipline"))
	explored(t, ctx, "3")
	clicks(t, ctx, choose("open", "discipline"))
	explored(t, ctx, "4")
	clicks(t, ctx, `(() => { const f = document.getElementById('narrow-discipline'); f.value = 'music'; f.dispatchEvent(new Event('input', {bubbles: true})) })()`)
	saysTrue(t, ctx, `[...document.querySelectorAll('#list-discipline .tick')].filter(x => !x.hidden).length === 1`, "the list is narrowed while typing")
	clicks(t, ctx, `document.querySelector('#list-discipline input[value="discipline=music"]').click()`)
	explored(t, ctx, "5")
	clicks(t, ctx, `document.querySelector('#list-discipline input[value="discipline=design"]').click()`)
	explored(t, ctx, "6")
	clicks(t, ctx, choose("pivot", "year"))
	explored(t, ctx, "7")
	saysTrue(t, ctx, `document.querySelectorAll('.explore-figures tbody tr').length === 2`, "two disciplines, the years on the columns")
	saysTrue(t, ctx, `location.search.includes('discipline=design,music') && location.search.includes('pivot=year') && !location.search.includes('form=')`, "the address is that of the view")
	waitForCharts(t, ctx)

	clicks(t, ctx, `(() => { navigator.clipboard.writeText = words => { window.copiedWords = words; return Promise.resolve() };
		document.querySelector('[data-copy=code-curl]').click() })()`)
	saysTrue(t, ctx, `window.copiedWords.includes('KHUE_TOKEN') && window.copiedWords.includes("'discipline=design,music'")`, "the code is copied whole")

	clicks(t, ctx, `(() => { document.querySelector('#save details').open = true; document.getElementById('save-view').value = 'Hai lĩnh vực';
		document.getElementById('save-shared').checked = true; document.querySelector('.save-form button').click() })()`)
	require.Eventually(t, func() bool {
		there, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`Boolean(document.querySelector('.explore-kept')) && location.search.includes('saved=1')`))
		return err == nil && there
	}, 20*time.Second, 50*time.Millisecond)
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(minh.URL+"/explore/saved?q=hai+linh+vuc&lang=en")))
	clicks(t, ctx, `document.querySelector('.kept-name a').click()`)
	require.Eventually(t, func() bool {
		there, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`Boolean(document.querySelector('.explore-kept')) && document.querySelectorAll('.explore-figures tbody tr').length === 2`))
		return err == nil && there
	}, 20*time.Second, 50*time.Millisecond)
	waitForCharts(t, ctx)
	clicks(t, ctx, `history.back()`)
	require.Empty(t, heard.all(), "the console is silent")
}

// viewsLooked are views of the explore page, whole and wrong.
var viewsLooked = []string{
	"/explore", "/explore?measure=visitors&by=month&from=2025&to=2026", "/explore?measure=visitors,events&by=year,discipline&top=4:discipline&from=2022&to=2026&pivot=year&totals=1&chart=stacked",
	"/explore?measure=visitors&by=area&from=2026&open=organiser&saved=1", "/explore?measure=visitorz&by=colour&chart=line&discipline=x&from=q", "/explore/saved",
}

func TestTheExplorePagesFitAndAxeFindsNothing(t *testing.T) {
	axe, err := os.ReadFile(axeFile)
	require.NoError(t, err, "axe-core is missing: run `make test`, which fetches it")
	k := openKeepers(t)
	lan := k.who("lan", access.Analyst)
	sendForm(t, lan, "/explore?"+viewQuery, "/explore/saved", "query", viewQuery, "view", "Một tên rất dài không có chỗ nào để ngắt_"+"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", "about", "mô tả")
	server := httptest.NewServer(lan)
	t.Cleanup(server.Close)
	ctx := browserFor(t, 6*time.Minute)
	classes := map[string]bool{}
	for _, scheme := range []string{"light", "dark"} {
		require.NoError(t, chromedp.Do(ctx, inScheme(scheme)))
		for w, width := range []int64{1440, 390} {
			for i, path := range viewsLooked {
				lang := []string{"vi", "en"}[(i+w+len(scheme))%2]
				join := "?"
				if len(path) > len("/explore/saved") {
					join = "&"
				}
				require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(server.URL+path+join+"lang="+lang)))
				clicks(t, ctx, `document.querySelectorAll('main details:not([name])').forEach(d => { d.open = true })`)
				settled(t, ctx)
				require.NoError(t, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](string(axe)+";void 0")))
				found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](violations, chromedp.EvalAwaitPromise))
				require.NoError(t, err)
				require.Empty(t, found, "%s %s %s %d", path, lang, scheme, width)
				page, err := chromedp.Run(ctx, chromedp.Evaluate[pageState](lookAround))
				require.NoError(t, err)
				require.LessOrEqual(t, page.Overflow, 0, "%s at %d: %v", path, width, page.Wide)
				require.Equal(t, 1, page.H1)
				require.Equal(t, page.Charts, page.Drawn)
				worn, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll('[class]')].flatMap(e => [...e.classList])`))
				require.NoError(t, err)
				for _, class := range worn {
					classes[class] = true
				}
			}
		}
	}
	requireRulesFor(t, classes)
}
