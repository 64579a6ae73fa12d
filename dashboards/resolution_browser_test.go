package dashboards_test

import (
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

func TestTheResolutionIsDrawnInARealBrowser(t *testing.T) {
	whole := httptest.NewServer(openPulled(t))
	t.Cleanup(whole.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	for _, c := range []struct {
		name, address string
		width         int64
	}{
		{"resolution-desktop-vi", "/resolution?lang=vi", 1440},
		{"resolution-phone-vi", "/resolution?lang=vi", 390},
		{"resolution-desktop-en", "/resolution?lang=en&period=2025", 1440},
		{"resolution-phone-en", "/resolution?lang=en&period=uccn", 390},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(c.width, 1000, mobile(c.width)...), chromedp.Navigate(whole.URL+c.address)))
			waitForCharts(t, ctx)
			keepPicture(t, ctx, c.name)
			require.NoError(t, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach(d => { d.removeAttribute('name'); d.open = true })`)))
			state, err := chromedp.Run(ctx, chromedp.Evaluate[pageState](lookAround))
			require.NoError(t, err)
			keepPicture(t, ctx, c.name+"-open")
			require.Empty(t, heard.all(), "the console is silent")
			require.Equal(t, 1, state.Charts)
			require.Equal(t, state.Charts, state.Drawn)
			require.InDelta(t, 0.93, state.Filled[0], 0.1, "the chart fills its box")
			require.Zero(t, state.Overflow, "nothing to scroll sideways: %v", state.Wide)
			require.Empty(t, state.Wide, "nothing is cut at the edge")
			require.Equal(t, 1, state.H1)
		})
	}
}
