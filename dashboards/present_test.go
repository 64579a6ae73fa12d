package dashboards_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

func trimFloat(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

func TestAPageIsShownOnePartAfterAnotherByKeys(t *testing.T) {
	server := httptest.NewServer(open(t, lively(morning)))
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	is := func(script string) bool {
		yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool](script))
		return err == nil && yes
	}
	place := func() string {
		words, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector('.slide-place').textContent`))
		return words
	}
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1920, 1080), chromedp.Navigate(server.URL+"/?lang=vi&present=1")))
	waitForCharts(t, ctx)
	require.Equal(t, "Trang 1 trên 8", place())
	keepPicture(t, ctx, "present-1")
	require.NoError(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.PageDown)))
	require.Equal(t, "Trang 2 trên 8", place())
	require.NoError(t, chromedp.Do(ctx, chromedp.Sleep(400*time.Millisecond)))
	keepPicture(t, ctx, "present-2")
	require.True(t, is(`(() => { const shown = [...document.querySelectorAll('main section[id]')].filter(s => s.offsetParent); return shown.length === 1 && shown[0].id === 'visitors' })()`), "one part at a time")
	require.True(t, is(`parseFloat(getComputedStyle(document.querySelector('#visitors svg text')).fontSize) > 20`), "the letters of charts grow too")
	require.True(t, is(`document.documentElement.scrollWidth <= innerWidth`))
	require.NoError(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight), chromedp.Sleep(300*time.Millisecond)))
	keepPicture(t, ctx, "present-4")
	require.NoError(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.End)))
	require.Equal(t, "Trang 8 trên 8", place())
	require.NoError(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.PageDown), chromedp.KeyEvent(kb.PageUp)))
	require.Equal(t, "Trang 7 trên 8", place())
	require.NoError(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.Escape)))
	require.True(t, is(`!document.documentElement.classList.contains('presenting') && !location.search.includes('present')`), "Esc leaves")
	require.True(t, is(`document.querySelectorAll('main section[id]').length === [...document.querySelectorAll('main section[id]')].filter(s => s.offsetParent).length`))
	require.Empty(t, heard.all())
}

func TestTheLightOfThePagesIsChosenAndKept(t *testing.T) {
	server := httptest.NewServer(open(t, lively(morning)))
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	background := func() string {
		colour, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`getComputedStyle(document.body).backgroundColor`))
		return colour
	}
	press := func() {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(document.querySelector('[data-theme-switch]').click(), true)`))
		require.NoError(t, err)
	}
	const light, dark = "rgb(250, 248, 244)", "rgb(27, 26, 24)"
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 1000), chromedp.Navigate(server.URL+"/?lang=en")))
	waitForCharts(t, ctx)
	require.Equal(t, light, background())
	press()
	press()
	require.Equal(t, dark, background(), "auto, light, dark")
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(server.URL+"/?lang=vi")))
	waitForCharts(t, ctx)
	require.Equal(t, dark, background(), "and it is kept")
	ink, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector('.chart-visitors').innerHTML.includes('#e08377')`))
	require.NoError(t, err)
	require.True(t, ink, "charts are drawn in the lighter inks")
	keepPicture(t, ctx, "dark-chosen")

	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1040, 720)))
	_, err = chromedp.Run(ctx, chromedp.Evaluate[bool](`(window.dispatchEvent(new Event('beforeprint')), document.querySelector('#disciplines details').open = true, true)`))
	require.NoError(t, err)
	_, err = chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	require.NoError(t, err)
	require.Equal(t, "rgb(255, 255, 255)", background(), "paper is light")
	drawn, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`[...document.querySelectorAll('.chart svg')].every(s => { const r = s.getBoundingClientRect(), c = s.closest('.card').getBoundingClientRect();
		return r.height > 100 && r.right <= c.right + 1 && r.bottom <= c.bottom + 1 })`))
	require.NoError(t, err)
	require.True(t, drawn, "charts lie whole within their cards")
	keepPicture(t, ctx, "paper")
	paper, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true), PrintBackground: new(true)})
	require.NoError(t, err)
	require.NotEmpty(t, paper.Data)
	if dir := os.Getenv(screenshotsVariable); dir != "" {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "overview.pdf"), paper.Data, 0o644))
	}
	_, err = chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	require.NoError(t, err)
	_, err = chromedp.Run(ctx, chromedp.Evaluate[bool](`(window.dispatchEvent(new Event('afterprint')), true)`))
	require.NoError(t, err)
	press()
	require.Equal(t, light, background(), "and back to the machine's own")
	require.Empty(t, heard.all())
}
