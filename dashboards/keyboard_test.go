package dashboards_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// stop is where the keyboard stands.
type stop struct {
	Number  int    `json:"number"` // of the things that can be reached, in the order of the page; -1 is none
	What    string `json:"what"`
	Seen    bool   `json:"seen"`    // on the screen and of some size
	Marked  bool   `json:"marked"`  // drawn otherwise than without the focus
	Covered bool   `json:"covered"` // something else lies over it
}

// reachable lists what a keyboard must come to; the first script, run once, keeps it.
const reachable = `(() => { const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')].filter(e =>
	e.tabIndex >= 0 && !e.disabled && e.type !== 'hidden' && e.checkVisibility({ visibilityProperty: true }) &&
	!(e.type === 'radio' && !e.checked && [...document.getElementsByName(e.name)].some(r => r.checked)));
	window.khueStops = all; return all.length })()`

const standing = `(() => { const e = document.activeElement;
	if (!e || e === document.body) return { number: -1, what: '' };
	const r = e.getBoundingClientRect(), s = getComputedStyle(e);
	const x = Math.min(Math.max(r.left + r.width / 2, 1), innerWidth - 2), y = Math.min(Math.max(r.top + r.height / 2, 1), innerHeight - 2);
	const over = document.elementFromPoint(x, y);
	return { number: khueStops.indexOf(e), what: e.tagName + ' ' + (e.getAttribute('aria-label') || e.textContent || e.name || '').trim().replace(/\s+/g, ' ').slice(0, 60) + ' at ' + Math.round(r.left) + ',' + Math.round(r.top),
		seen: r.width > 0 && r.height > 0 && r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth,
		covered: !!over && over !== e && !e.contains(over) && !over.contains(e) && !(e.labels && [...e.labels].some(l => l.contains(over))),
		marked: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none' ||
			[...e.querySelectorAll('path')].some(p => parseFloat(getComputedStyle(p).strokeWidth) >= 3) } })()`

// press sends one key and tells where the keyboard stands after it.
func press(t *testing.T, ctx context.Context, key string) stop {
	t.Helper()
	require.NoError(t, chromedp.Do(ctx, chromedp.KeyEvent(key)))
	at, err := chromedp.Run(ctx, chromedp.Evaluate[stop](standing))
	require.NoError(t, err)
	return at
}

// A keyboard alone reaches everything on a page, in the order it is read, sees where
// it stands, and comes out at the end.
func TestAKeyboardWalksThroughEveryPageInItsOrder(t *testing.T) {
	h := openPulled(t)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	ctx := browserFor(t, 15*time.Minute)
	heard := listen(t, ctx)
	require.NoError(t, chromedp.Do(ctx, preferring("prefers-reduced-motion", "reduce"))) // no page slides to where the keyboard is
	pages := linksOf(get(h, "/?lang=vi").Body.String(), `<nav class="sections"`, "</nav>")
	library := httptest.NewServer(openLibrary(t))
	t.Cleanup(library.Close)
	pages = append(pages, "/events/list", "/search?q=le+hoi")
	for i := range pages {
		pages[i] = server.URL + pages[i]
	}
	for _, path := range libraryPages {
		if path != framedReport { // its paper has stops of its own
			pages = append(pages, library.URL+path)
		}
	}
	for _, address := range pages {
		for _, lang := range []string{"vi", "en"} {
			t.Run(strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(address, server.URL), library.URL), "/")+"-"+lang, func(t *testing.T) {
				join := "?"
				if strings.Contains(address, "?") {
					join = "&"
				}
				require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(address+join+"lang="+lang)))
				settled(t, ctx)
				all, err := chromedp.Run(ctx, chromedp.Evaluate[int](reachable))
				require.NoError(t, err)
				require.Greater(t, all, 20)
				last := -1
				for range all {
					at := press(t, ctx, kb.Tab)
					for wait := 0; !at.Seen && wait < 60; wait++ { // the page may still be on its way there
						require.NoError(t, chromedp.Do(ctx, chromedp.Sleep(50*time.Millisecond)))
						at, err = chromedp.Run(ctx, chromedp.Evaluate[stop](standing))
						require.NoError(t, err)
					}
					require.Equal(t, last+1, at.Number, "after stop %d comes %q", last, at.What)
					require.True(t, at.Seen, "%q is on the screen", at.What)
					require.False(t, at.Covered, "%q is not covered", at.What)
					require.True(t, at.Marked, "%q shows that it has the focus", at.What)
					last = at.Number
				}
			})
		}
	}
	require.Empty(t, heard.all())
}

func TestTheFirstStopLeadsPastTheNavigationAndAClosedTableOpensWithAKey(t *testing.T) {
	server := httptest.NewServer(openPulled(t))
	t.Cleanup(server.Close)
	ctx := browser(t)
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/members?lang=en")))
	settled(t, ctx)
	_, err := chromedp.Run(ctx, chromedp.Evaluate[int](reachable))
	require.NoError(t, err)
	require.Contains(t, press(t, ctx, kb.Tab).What, "Skip")
	press(t, ctx, kb.Enter)
	focus, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.activeElement.id`))
	require.NoError(t, err)
	require.Equal(t, "content", focus)
	const onSummary = `(() => { const s = document.querySelector('#network-growth summary'); s.focus(); return s.parentElement.open })()`
	open, err := chromedp.Run(ctx, chromedp.Evaluate[bool](onSummary))
	require.NoError(t, err)
	require.False(t, open)
	press(t, ctx, kb.Enter)
	open, err = chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector('#network-growth summary').parentElement.open`))
	require.NoError(t, err)
	require.True(t, open, "the table behind the chart is there")
	press(t, ctx, kb.Tab)
	inside, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector('#network-growth details').contains(document.activeElement)`))
	require.NoError(t, err)
	require.True(t, inside, "and the keyboard goes on inside it")
}
