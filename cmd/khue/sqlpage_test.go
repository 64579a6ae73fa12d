package main

import (
	"testing"

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
}
