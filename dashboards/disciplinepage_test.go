package dashboards_test

import (
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

func TestTheDisciplinesPageIsDrawnInARealBrowser(t *testing.T) {
	server := httptest.NewServer(openPulled(t))
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	for _, c := range []struct {
		name, address string
		width, height int64
	}{
		{"disciplines-desktop", "/disciplines?lang=vi", 1440, 1000},
		{"disciplines-phone", "/disciplines?lang=vi", 390, 844},
		{"disciplines-desktop-en", "/disciplines?lang=en&period=resolution&classification=vsic_2025&counting=fractional&measure=visitors&discipline=film", 1440, 1000},
		{"disciplines-phone-en", "/disciplines?lang=en&grain=quarter&measure=activities&classification=fcs_domain", 390, 844},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(c.width, c.height, mobile(c.width)...), chromedp.Navigate(server.URL+c.address)))
			waitForCharts(t, ctx)
			state, err := chromedp.Run(ctx, chromedp.Evaluate[pageState](lookAround))
			require.NoError(t, err)
			keepPicture(t, ctx, c.name)
			require.Empty(t, heard.all(), "the console is silent")
			require.Equal(t, 5, state.Charts)
			require.Equal(t, state.Charts, state.Drawn, "every chart is drawn")
			for _, shapes := range state.Shapes {
				require.Greater(t, shapes, 4, "a drawn chart has shapes")
			}
			for _, share := range state.Filled {
				require.InDelta(t, 0.92, share, 0.12, "a chart fills its box and stays inside: %v", state.Filled)
			}
			require.Zero(t, state.Overflow, "nothing to scroll sideways: %v", state.Wide)
			require.Empty(t, state.Wide, "nothing is cut at the edge")
			require.Equal(t, 1, state.H1)
		})
	}
}
