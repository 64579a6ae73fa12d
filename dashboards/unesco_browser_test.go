package dashboards_test

import (
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// laidOut tells whether every action's drawing has its bars inside its width.
const laidOut = `(() => { const all = [...document.querySelectorAll('.when-row .when')];
	return all.length > 0 && all.every(s => { const r = s.getBoundingClientRect(); return r.width > 200 && r.height >= 30 &&
		[...s.querySelectorAll('rect')].every(b => { const q = b.getBoundingClientRect(); return q.width > 0 && q.left >= r.left - 1 && q.right <= r.right + 2 }) }) })()`

func TestThePageOnUNESCOIsDrawnInARealBrowser(t *testing.T) {
	server := httptest.NewServer(openPulled(t))
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	for _, c := range []struct {
		name, address string
		width         int64
	}{
		{"unesco-desktop-vi", "/unesco?lang=vi", 1440},
		{"unesco-phone-vi", "/unesco?lang=vi", 390},
		{"unesco-desktop-en", "/unesco?lang=en", 1440},
		{"unesco-phone-en", "/unesco?lang=en", 390},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(c.width, 1000, mobile(c.width)...), chromedp.Navigate(server.URL+c.address)))
			keepPicture(t, ctx, c.name)
			whole, err := chromedp.Run(ctx, chromedp.Evaluate[bool](laidOut))
			require.NoError(t, err)
			require.True(t, whole, "every action has its bars, inside their drawing")
			require.NoError(t, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach(d => { d.removeAttribute('name'); d.open = true })`)))
			state, err := chromedp.Run(ctx, chromedp.Evaluate[pageState](lookAround))
			require.NoError(t, err)
			require.Empty(t, heard.all(), "the console is silent")
			require.Zero(t, state.Overflow, "nothing to scroll sideways: %v", state.Wide)
			require.Empty(t, state.Wide, "nothing is cut at the edge")
			require.True(t, state.Font)
			require.Equal(t, 1, state.H1)
		})
	}
}
