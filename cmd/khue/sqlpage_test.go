package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"khue/access"
)

// In a real browser, under the pages' policy: the editor is there, Ctrl+Enter runs, of a
// large result the first rows are shown with how many there are, and an example is run
// with its parameter. The console has to stay silent.
func TestAnAnalystTypesAndRunsSQLInABrowser(t *testing.T) {
	f := openSQLOffice(t, nil)
	link, _, err := f.o.People.Link(t.Context(), access.AtConsole, "analyst")
	require.NoError(t, err)
	ctx := chromium(t)
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 1000), chromedp.Navigate(f.http.URL+"/login/link/"+link), chromedp.Navigate(f.http.URL+"/sql?lang=vi")))
	shows(t, ctx, f.http.URL+"/sql", "Truy vấn SQL", "Bạn chưa chạy câu lệnh nào.")
	const content = `document.querySelector('.sql-editor > div').shadowRoot.querySelector('.cm-content')`
	require.Contains(t, evaluate[string](t, ctx, content+`.innerText`), "FROM attendance")
	require.Equal(t, "Câu lệnh SQL", evaluate[string](t, ctx, content+`.getAttribute('aria-label')`))
	require.NotEqual(t, "0px", evaluate[string](t, ctx, `getComputedStyle(`+content+`).paddingTop`), "its styles are in force under the policy")

	evaluate[bool](t, ctx, `(() => { `+content+`.focus(); return true })()`)
	require.NoError(t, chromedp.Do(ctx, chromedp.KeyEvent("a", chromedp.KeyModifiers(2)), chromedp.KeyEvent(kb.Backspace)))
	require.NoError(t, chromedp.Do(ctx, chromedp.KeyEvent("SELECT number AS n FROM numbers(1234)"), chromedp.KeyEvent(kb.Escape), chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(2))))
	shows(t, ctx, f.http.URL+"/sql", "Hiện 500 trên 1.234 dòng", "xong · 1.234 dòng")
	require.Equal(t, 500, evaluate[int](t, ctx, `document.querySelectorAll('.sql-result tbody tr').length`))

	evaluate[bool](t, ctx, `(() => { const b = [...document.querySelectorAll('[data-example]')].find(e => e.closest('li').textContent.includes('{from:Date}')); b.closest('details').open = true; b.click(); return true })()`)
	require.Equal(t, "from", evaluate[string](t, ctx, `document.querySelector('.sql-parameters label').dataset.name`))
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(390, 844)))
	evaluate[bool](t, ctx, `(() => { document.querySelector('[data-run]').click(); return true })()`)
	shows(t, ctx, f.http.URL+"/sql", "Không có dòng nào.")
	fits(t, ctx)
	picture(t, ctx, "sql-390")
	axeFindsNothingForAnalysts(t, ctx, f)
}

// violations runs axe-core over the page on the screen: WCAG 2.2 up to level AA.
const violations = `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'] })
	.then(r => r.violations.flatMap(v => v.nodes.slice(0, 3).map(n => v.id + ': ' + n.target.join(' ') + ' – ' + n.failureSummary.replace(/\s+/g, ' ').slice(0, 220))))`

// tried opens the first address of the API's page and asks by it.
const tried = `(async () => {
	const has = async (find) => { for (let i = 0; i < 200; i++) { const e = find(); if (e) return e; await new Promise(r => setTimeout(r, 50)); } throw new Error('it never came: ' + find); };
	(await has(() => document.querySelector('.opblock-get .opblock-summary-control'))).click();
	(await has(() => document.querySelector('.try-out__btn'))).click();
	(await has(() => document.querySelector('.execute'))).click();
	await has(() => document.querySelector('.live-responses-table .microlight'));
	await new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)));
	return document.querySelector('.live-responses-table tbody .response-col_status').innerText;
})()`

// axeFindsNothingForAnalysts looks at the pages that the big list of package dashboards
// cannot open, for they take an API and an engine: in both languages and colours, at
// both widths, and with what is shown once something was asked.
func axeFindsNothingForAnalysts(t *testing.T, ctx context.Context, f *office) {
	axe, err := os.ReadFile("../../tools/pages/node_modules/axe-core/axe.min.js")
	require.NoError(t, err, "axe-core is missing: run `make test`, which fetches it")
	clean := func(where string) {
		require.NoError(t, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](string(axe)+";void 0")))
		found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](violations, chromedp.EvalAwaitPromise))
		require.NoError(t, err)
		require.Empty(t, found, where)
		fits(t, ctx)
	}
	for _, look := range []struct {
		scheme, lang string
		width        int64
	}{{"light", "vi", 1440}, {"dark", "en", 390}, {"dark", "vi", 1440}} {
		where := fmt.Sprint(look)
		require.NoError(t, chromedp.Do(ctx, inScheme(look.scheme)))
		require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(look.width, 900), chromedp.Navigate(f.http.URL+"/api?lang="+look.lang)))
		asked, err := chromedp.Run(ctx, chromedp.Evaluate[string](tried, chromedp.EvalAwaitPromise))
		require.NoError(t, err)
		require.Equal(t, "200", strings.TrimSpace(asked), "the page asks with the rights of whoever looks at it")
		clean("/api " + where)
		same := evaluate[bool](t, ctx, `getComputedStyle(document.querySelector('.api-explorer')).color === getComputedStyle(document.body).color && getComputedStyle(document.querySelector('.opblock-summary-description')).color === getComputedStyle(document.body).color`)
		require.True(t, same, "its letters are those of the page, in "+look.scheme)
		require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(f.http.URL+"/sql?lang="+look.lang)))
		evaluate[bool](t, ctx, `(() => { document.querySelector('[data-run]').click(); return true })()`)
		require.Eventually(t, func() bool {
			return evaluate[bool](t, ctx, `!!document.querySelector('.sql-result:not([hidden]) table')`)
		}, 10*time.Second, 50*time.Millisecond)
		clean("/sql " + where)
	}
}

// inScheme has the browser prefer light or dark colours.
func inScheme(scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	})
}
