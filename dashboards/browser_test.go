package dashboards_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// screenshotsVariable names a folder to keep pictures of the pages in.
const screenshotsVariable = "KHUE_SCREENSHOTS"

// browser is a real Chromium that talks to this machine alone.
func browser(t *testing.T) context.Context {
	t.Helper()
	return browserFor(t, 4*time.Minute)
}

// browserFor is a browser that a test may use so long.
func browserFor(t *testing.T, long time.Duration) context.Context {
	t.Helper()
	path := "/usr/bin/chromium"
	if _, err := os.Stat(path); err != nil {
		for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
			if found, err := exec.LookPath(name); err == nil {
				path = found
			}
		}
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal("no Chromium on this machine: install chromium, the pages are tested in a real browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path),
		chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"), chromedp.Flag("lang", "vi"),
	)
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(ctx)
	t.Cleanup(end)
	ctx, cancel := context.WithTimeout(ctx, long)
	t.Cleanup(cancel)
	return ctx
}

// complaints gathers what the browser's console has to say against a page.
type complaints struct {
	mu   sync.Mutex
	list []string
}

func listen(t *testing.T, ctx context.Context) *complaints {
	t.Helper()
	c := &complaints{}
	require.NoError(t, chromedp.Listen(ctx, func(event any) {
		c.mu.Lock()
		defer c.mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			c.list = append(c.list, "exception: "+e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
				var words []string
				for _, a := range e.Args {
					words = append(words, string(a.Value))
				}
				c.list = append(c.list, "console: "+strings.Join(words, " "))
			}
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
				c.list = append(c.list, fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
			}
		}
	}))
	return c
}

func (c *complaints) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.list...)
}

// chartsDone is true once every chart of the page is drawn or has failed. It does not
// wait for a reader to come near those further down.
const chartsDone = `(() => { const all = [...document.querySelectorAll('[data-chart]')];
	if (window.khue && khue.drawRest) { khue.drawRest(); }
	return all.length > 0 && all.every(b => b.dataset.state) })()`

// waitForChart waits until one chart of the page is drawn, also one whose part came
// late and was put into its place by the page itself.
func waitForChart(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	require.Eventually(t, func() bool {
		done, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(() => { if (window.khue && khue.drawRest) { khue.drawRest(); }
			const box = document.querySelector('.chart-`+name+`'); return Boolean(box && box.dataset.state === 'drawn') })()`))
		return err == nil && done
	}, time.Minute, 50*time.Millisecond, "%s is drawn in time", name)
	waitForCharts(t, ctx)
}

// pageState is what a test wants to know of a page as it is on the screen.
type pageState struct {
	Charts   int       `json:"charts"`
	Drawn    int       `json:"drawn"`
	Shapes   []int     `json:"shapes"`
	Filled   []float64 `json:"filled"` // share of a chart's width that is drawn on
	Overflow int       `json:"overflow"`
	Wide     []string  `json:"wide"`
	Font     bool      `json:"font"`
	H1       int       `json:"h1"`
}

const lookAround = `(() => {
	const boxes = [...document.querySelectorAll('[data-chart]')];
	const width = document.documentElement.clientWidth;
	const scrolled = (e) => { for (let p = e.parentElement; p; p = p.parentElement) { if (/auto|scroll/.test(getComputedStyle(p).overflowX)) return true } return false };
	const wide = [...document.querySelectorAll('body *')].filter(e => { const r = e.getBoundingClientRect();
		return r.width > 0 && r.right > width + 1 && !scrolled(e) }).slice(0, 8).map(e => e.tagName + '.' + (e.getAttribute('class') || ''));
	return { charts: boxes.length, drawn: boxes.filter(b => b.dataset.state === 'drawn').length,
		filled: boxes.map(b => { const r = b.getBoundingClientRect(), all = [...b.querySelectorAll('svg path, svg text')].map(p => p.getBoundingClientRect()).filter(q => q.width + q.height > 0);
			return all.length ? (Math.max(...all.map(q => q.right)) - Math.min(...all.map(q => q.left))) / r.width : 0 }),
		shapes: boxes.map(b => b.querySelectorAll('svg path').length), overflow: document.documentElement.scrollWidth - width, wide: wide,
		font: document.fonts.check('600 16px "Be Vietnam Pro"', document.documentElement.lang === 'vi' ? 'ệ' : 'e'), h1: document.querySelectorAll('h1').length };
})()`

func TestTheOverviewIsDrawnInARealBrowser(t *testing.T) {
	server := httptest.NewServer(open(t, lively(morning)))
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	for _, c := range []struct {
		name, address string
		width, height int64
	}{
		{"overview-desktop", "/?lang=vi", 1440, 1000},
		{"overview-phone", "/?lang=vi", 390, 844},
		{"overview-desktop-en", "/?lang=en&period=resolution", 1440, 1000},
		{"overview-phone-en", "/?lang=en&discipline=design&period=2026", 390, 844},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, chromedp.Do(ctx,
				chromedp.EmulateViewport(c.width, c.height, mobile(c.width)...),
				chromedp.Navigate(server.URL+c.address),
			))
			waitForCharts(t, ctx)
			state, err := chromedp.Run(ctx, chromedp.Evaluate[pageState](lookAround))
			require.NoError(t, err)
			keepPicture(t, ctx, c.name)
			require.Empty(t, heard.all(), "the console is silent")
			require.Equal(t, 3, state.Charts)
			require.Equal(t, state.Charts, state.Drawn, "every chart is drawn")
			for _, shapes := range state.Shapes {
				require.Greater(t, shapes, 4, "a drawn chart has shapes")
			}
			for _, share := range state.Filled {
				require.InDelta(t, 0.9, share, 0.12, "a chart fills its box and stays inside: %v", state.Filled)
			}
			require.Zero(t, state.Overflow, "nothing to scroll sideways: %v", state.Wide)
			require.Empty(t, state.Wide, "nothing is cut at the edge")
			require.True(t, state.Font, "the letters are ours")
			require.Equal(t, 1, state.H1)
		})
	}
}

// waitForCharts asks until they are done; the library's own polling would need
// the right to evaluate text, which our pages do not give.
func waitForCharts(t *testing.T, ctx context.Context) {
	t.Helper()
	require.Eventually(t, func() bool {
		done, err := chromedp.Run(ctx, chromedp.Evaluate[bool](chartsDone))
		return err == nil && done
	}, 20*time.Second, 50*time.Millisecond, "the charts are drawn in time")
	require.NoError(t, chromedp.Do(ctx, chromedp.Sleep(150*time.Millisecond))) // a frame for the last layout
}

// requireDrawn waits for the charts of a page and holds that there are so many (any
// number when negative), that each is drawn, and that each fills nine tenths of its
// box, give or take the slack.
func requireDrawn(t *testing.T, ctx context.Context, charts int, slack float64) {
	t.Helper()
	waitForCharts(t, ctx)
	state, err := chromedp.Run(ctx, chromedp.Evaluate[pageState](lookAround))
	require.NoError(t, err)
	if charts >= 0 {
		require.Equal(t, charts, state.Charts)
	}
	require.Equal(t, state.Charts, state.Drawn, "every chart is drawn")
	for i, shapes := range state.Shapes {
		require.Greater(t, shapes, 3, "chart %d has shapes", i)
	}
	for i, share := range state.Filled {
		require.InDelta(t, 0.9, share, slack, "chart %d fills its box and stays inside: %v", i, state.Filled)
	}
}

func mobile(width int64) []chromedp.EmulateViewportOption {
	if width > 600 {
		return nil
	}
	return []chromedp.EmulateViewportOption{chromedp.EmulateMobile, chromedp.EmulateScale(2)}
}

// keepPicture saves the whole page where the variable says, if it does.
func keepPicture(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv(screenshotsVariable)
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644))
}

func TestTheFiltersActAtOnceAndTheWayBackIsRight(t *testing.T) {
	server := httptest.NewServer(open(t, lively(morning)))
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 1000), chromedp.Navigate(server.URL+"/?lang=vi")))
	waitForCharts(t, ctx)
	const choose = `(() => { const s = document.querySelector('select[name=discipline]'); s.value = 'music';
		s.dispatchEvent(new Event('change', { bubbles: true })); return true })()`
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](choose))
	require.NoError(t, err)
	arrive(t, ctx, server.URL+"/?discipline=music") // what was chosen, and no more
	require.Contains(t, heading(t, ctx), "thuộc lĩnh vực Âm nhạc")
	_, err = chromedp.Run(ctx, chromedp.Evaluate[bool](`(history.back(), true)`))
	require.NoError(t, err)
	arrive(t, ctx, server.URL+"/?lang=vi")
	require.NotContains(t, heading(t, ctx), "Âm nhạc")
	chosen, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector('select[name=discipline]').value`))
	require.NoError(t, err)
	require.Empty(t, chosen, "the filter shows what the page shows")
	require.Empty(t, heard.all())
}

func TestAChartTellsItsFiguresUnderThePointer(t *testing.T) {
	server := httptest.NewServer(open(t, lively(morning)))
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 1000), chromedp.Navigate(server.URL+"/?lang=vi")))
	waitForCharts(t, ctx)
	const over = `(() => { const b = document.querySelector('.chart-visitors').getBoundingClientRect();
		return [b.left + b.width * 0.4, b.top + b.height * 0.5] })()`
	at, err := chromedp.Run(ctx, chromedp.Evaluate[[]float64](over))
	require.NoError(t, err)
	require.NoError(t, chromedp.Do(ctx, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at[0], at[1])))
	require.Eventually(t, func() bool {
		texts, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector('.chart-visitors').textContent`))
		return err == nil && regexp.MustCompile(`Th \d+\s*2024\s*[\d.]+`).MatchString(texts)
	}, 5*time.Second, 50*time.Millisecond, "the tooltip names the month and its figures")
	keepPicture(t, ctx, "tooltip")
	require.Empty(t, heard.all(), "a tooltip breaks no rule of the page")
}

func TestErrorPagesAndOpenDetailsFitEveryWidth(t *testing.T) {
	c := lively(morning)
	server := httptest.NewServer(open(t, c))
	t.Cleanup(server.Close)
	ctx := browser(t)
	for _, one := range []struct {
		name, address string
		width         int64
	}{
		{"fault-desktop", "/?discipline=x&lang=vi", 1440},
		{"fault-phone", "/?discipline=x&lang=en", 390},
		{"details-desktop", "/?lang=vi", 1440},
		{"details-tablet", "/?lang=en", 820},
		{"details-phone", "/?lang=vi", 390},
		{"details-narrow", "/?lang=en", 320},
	} {
		t.Run(one.name, func(t *testing.T) {
			require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(one.width, 900, mobile(one.width)...), chromedp.Navigate(server.URL+one.address)))
			if strings.HasPrefix(one.name, "details") {
				waitForCharts(t, ctx)
				require.NoError(t, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](
					`document.querySelectorAll('details').forEach(d => { d.removeAttribute('name'); d.open = true })`)))
			}
			state, err := chromedp.Run(ctx, chromedp.Evaluate[pageState](lookAround))
			require.NoError(t, err)
			keepPicture(t, ctx, one.name)
			require.Zero(t, state.Overflow, "nothing to scroll sideways: %v", state.Wide)
			require.Empty(t, state.Wide)
		})
	}
}

// arrive waits until the browser stands at an address with its charts drawn.
func arrive(t *testing.T, ctx context.Context, address string) {
	t.Helper()
	require.Eventually(t, func() bool {
		at, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.readyState === 'complete' ? location.href : ''`))
		return err == nil && at == address
	}, 15*time.Second, 50*time.Millisecond, "the browser comes to %s", address)
	waitForCharts(t, ctx)
}

func heading(t *testing.T, ctx context.Context) string {
	t.Helper()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector('h1').textContent`))
	require.NoError(t, err)
	return text
}

// look holds a page on the screen against what every page must be: one heading,
// these words, our letters, nothing cut, a silent console.
func look(t *testing.T, ctx context.Context, heard *complaints, name, words string, fault bool) {
	t.Helper()
	keepPicture(t, ctx, name)
	state, err := chromedp.Run(ctx, chromedp.Evaluate[pageState](lookAround))
	require.NoError(t, err)
	require.Zero(t, state.Overflow, "nothing to scroll sideways: %v", state.Wide)
	require.Empty(t, state.Wide, "nothing is cut at the edge")
	require.True(t, state.Font, "the letters are ours")
	require.Equal(t, 1, state.H1)
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	require.NoError(t, err)
	require.Contains(t, text, words)
	outside, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](
		`performance.getEntriesByType('resource').map(r => r.name).filter(n => !n.startsWith(location.origin) && !n.startsWith('data:'))`))
	require.NoError(t, err)
	require.Empty(t, outside, "nothing is asked for elsewhere")
	if !fault { // a browser notes an answer of 400 in its console
		require.Empty(t, heard.all(), "the console is silent")
	}
	heard.forget()
}

func (c *complaints) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = nil
}
