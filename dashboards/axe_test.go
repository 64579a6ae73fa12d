package dashboards_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"khue/dashboards"
	"khue/reports/narrative"
)

// axeFile is axe-core as `make test` fetches it.
const axeFile = "../tools/pages/node_modules/axe-core/axe.min.js"

// violations runs axe-core over the page on the screen: WCAG 2.2 up to level AA.
const violations = `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'] })
	.then(r => r.violations.flatMap(v => v.nodes.slice(0, 3).map(n => v.id + ' (' + v.impact + '): ' + n.target.join(' ') + ' – ' + n.failureSummary.replace(/\s+/g, ' ').slice(0, 220))))`

// inScheme has the browser prefer light or dark colours.
func inScheme(scheme string) chromedp.Action[chromedp.Void] {
	return preferring("prefers-color-scheme", scheme)
}

// preferring has the browser tell pages of a preference of its user.
func preferring(name, value string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: name, Value: value}},
		})
		return err
	})
}

func TestAxeFindsNothingOnAnyPageInBothLanguagesAndColours(t *testing.T) {
	axe, err := os.ReadFile(axeFile)
	require.NoError(t, err, "axe-core is missing: run `make test`, which fetches it")
	service, _ := pulledCity(t)
	noted, book := openNoted(t, service, dashboards.DoorLocal)
	noteOn(t, book, "visitors", "", "2026-10", "Lễ hội dời sang tháng 12", "")
	noteOn(t, book, "events", "2935012", "2026-12", "Dời sang tháng 12", "Moved to December")
	noteOn(t, book, "", "", "2026-Q2", "Ba phường nộp số muộn", "Three wards reported late")
	figures := httptest.NewServer(noted)
	t.Cleanup(figures.Close)
	b := busy(morning)
	data := httptest.NewServer(openBooks(t, b, dashboards.DoorLocal))
	t.Cleanup(data.Close)
	written, told, _ := openTold(t, service, dashboards.DoorLocal)
	outline, err := told.Outline(narrative.Choice{Definition: "city-story", Period: "2026"})
	require.NoError(t, err)
	for seen, words := range []string{"Bản đầu.", "Bản sau có liên kết."} {
		_, err = told.Save(t.Context(), outline, narrative.Draft{Section: "overview", Language: "vi", Seen: seen, Person: []string{"Lan", "Minh"}[seen], Text: paragraphs(words)})
		require.NoError(t, err)
	}
	texts := httptest.NewServer(written)
	t.Cleanup(texts.Close)
	var pages []string
	for _, address := range linksOf(get(openPulled(t), "/?lang=vi").Body.String(), `<nav class="sections"`, "</nav>") {
		pages = append(pages, figures.URL+address)
	}
	pages = append(pages, figures.URL+"/indicators/visitors", figures.URL+"/indicators/grdp_share", figures.URL+"/?area=00004", figures.URL+"/?discipline=x", figures.URL+"/khong-co", figures.URL+"/events/list", figures.URL+"/events/series/festival-design", figures.URL+"/events/2935012", figures.URL+"/notes", figures.URL+"/notes/1", figures.URL+"/notes/new?indicator=visitors&period=2026", figures.URL+"/notes/99")
	for _, path := range []string{"/data", "/data/sources", "/data/runs", "/data/runs/" + b.runs[7].Batch, "/data/jobs", "/data/quarantine", "/data/completeness", "/data/upload"} {
		pages = append(pages, data.URL+path)
	}
	library := httptest.NewServer(openLibrary(t))
	t.Cleanup(library.Close)
	for _, path := range append(libraryPages, "/reports/99") {
		pages = append(pages, library.URL+path)
	}
	for _, path := range []string{"/reports/texts", storyPage, "/reports/texts/history?definition=city-story&period=2026&section=overview&language=vi"} {
		pages = append(pages, texts.URL+path)
	}
	ctx := browserFor(t, 15*time.Minute)
	classes := map[string]bool{}
	for _, scheme := range []string{"light", "dark"} {
		require.NoError(t, chromedp.Do(ctx, inScheme(scheme)))
		for _, address := range pages {
			for _, lang := range []string{"vi", "en"} {
				join := "?"
				if strings.Contains(address, "?") {
					join = "&"
				}
				t.Run(fmt.Sprintf("%s-%s-%s", strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(address, figures.URL), data.URL), library.URL), texts.URL), lang, scheme), func(t *testing.T) {
					require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(address+join+"lang="+lang)))
					settled(t, ctx)
					require.NoError(t, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](string(axe)+";void 0")))
					found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](violations, chromedp.EvalAwaitPromise))
					require.NoError(t, err)
					require.Empty(t, found)
					worn, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll('[class]')].flatMap(e => [...e.classList])`))
					require.NoError(t, err)
					for _, class := range worn {
						classes[class] = true
					}
				})
			}
		}
	}
	requireRulesFor(t, classes)
}

// settled waits until the charts of a page, if it has any, are drawn.
func settled(t *testing.T, ctx context.Context) {
	t.Helper()
	charts, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.querySelectorAll('[data-chart]').length`))
	require.NoError(t, err)
	if charts > 0 {
		waitForCharts(t, ctx)
	}
}
