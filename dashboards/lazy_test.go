package dashboards_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// chartStates are the states of a page's charts from top to bottom, "-" for one that
// is not drawn yet, after whether the charting library is there.
const chartStates = `[typeof echarts, ...[...document.querySelectorAll('[data-chart]')].map(b => b.dataset.state || '-')].join(' ')`

func TestAPhoneDrawsAChartWhenItsReaderComesNear(t *testing.T) {
	server := httptest.NewServer(openPulled(t))
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(390, 740, mobile(390)...), chromedp.Navigate(server.URL+"/?lang=en")))
	state, err := chromedp.Run(ctx, chromedp.Evaluate[string](chartStates))
	require.NoError(t, err)
	require.Regexp(t, `^undefined( -)+$`, state, "the first screen needs no charting library")
	_, err = chromedp.Run(ctx, chromedp.Evaluate[bool](`(document.querySelector('[data-chart]').scrollIntoView({block: 'center', behavior: 'instant'}), true)`))
	require.NoError(t, err)
	require.Equal(t, "object drawn", strings.Join(strings.Fields(waitFor(t, ctx, chartStates, "object drawn"))[:2], " "))
	require.Eventually(t, func() bool {
		state, err = chromedp.Run(ctx, chromedp.Evaluate[string](chartStates))
		return err == nil && !strings.Contains(state, "-")
	}, 30*time.Second, 100*time.Millisecond, "the rest is drawn in the quiet afterwards: %s", state)
	require.NotContains(t, state, "failed")
	require.Empty(t, heard.all())
}

// slowFirst keeps the figures of the first chart asked for back for a while.
const slowFirst = `(() => { const real = window.fetch; let first = true;
	window.fetch = (...a) => { if (!String(a[0]).includes('/charts/') || !first) { return real(...a); }
		first = false; return new Promise(done => setTimeout(done, 20000)).then(() => real(...a)); } })()`

func TestAChartWhoseFiguresAreSlowHoldsUpNoOther(t *testing.T) {
	server := httptest.NewServer(openPulled(t))
	t.Cleanup(server.Close)
	ctx := browser(t)
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 900), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: slowFirst})
		return err
	}), chromedp.Navigate(server.URL+"/?lang=en")))
	state := ""
	require.Eventually(t, func() bool {
		var err error
		state, err = chromedp.Run(ctx, chromedp.Evaluate[string](chartStates))
		return err == nil && strings.HasPrefix(state, "object -") && !strings.Contains(strings.TrimPrefix(state, "object -"), "-")
	}, 15*time.Second, 100*time.Millisecond, "all but the slow one are drawn: %s", state)
	require.True(t, strings.HasPrefix(waitForLong(t, ctx, chartStates, "object drawn"), "object drawn"), "and the slow one when it comes")
}

// waitForLong is waitFor with half a minute.
func waitForLong(t *testing.T, ctx context.Context, expression, begins string) string {
	t.Helper()
	last := ""
	for range 5 {
		if last = waitFor(t, ctx, expression, begins); strings.HasPrefix(last, begins) {
			break
		}
	}
	return last
}

func TestPaperHasTheChartsThatNobodyCameNear(t *testing.T) {
	server := httptest.NewServer(openPulled(t))
	t.Cleanup(server.Close)
	ctx := browser(t)
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(server.URL+"/events?lang=en")))
	waitFor(t, ctx, chartStates, "object drawn") // the one at the top
	drawn, err := chromedp.Run(ctx, chromedp.Evaluate[[]bool](`(() => { const boxes = [...document.querySelectorAll('[data-chart]')];
		return Promise.all(boxes.map(b => b.khueAsked)).then(() => { window.dispatchEvent(new Event('beforeprint'));
			return boxes.map(b => b.dataset.state === 'drawn' && (!b.querySelector('svg') || b.querySelector('svg').hasAttribute('viewBox'))) }) })()`, chromedp.EvalAwaitPromise))
	require.NoError(t, err)
	require.Greater(t, len(drawn), 2)
	require.NotContains(t, drawn, false, "each is there before the paper is laid out, and fits it")
}
