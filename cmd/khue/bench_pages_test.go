package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/access"
	"khue/indicators"
	"khue/notes"
	"khue/state"
	"khue/warehouse/warehousetest"
)

// percentile takes the p-th of n timings.
func percentile(n int, p float64, once func() time.Duration) time.Duration {
	took := make([]time.Duration, n)
	for i := range took {
		took[i] = once()
	}
	return percentileOf(took, p)
}

func percentileOf(took []time.Duration, p float64) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[int(p*float64(len(sorted)-1)+0.5)]
}

func inMilliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000)
}

// BenchmarkPages measures every page on figures over facts of each size, as a
// leader's browser gets it over the network of this machine. "cold" is a site
// that remembers nothing, "warm" one that has shown the page before; "drawn" is
// from the click until all charts stand in Chromium, at the first visit (nothing
// cached, cold site) and at the second. "x-of-one-question" is the overview's
// cold time in units of one question asked of the engine by hand in the same run.
func BenchmarkPages(b *testing.B) {
	for _, rows := range warehousetest.BenchSizes(b) {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			p := newPagesBench(b, rows)
			for b.Loop() {
				one := p.oneQuestion()
				t := table.NewWriter()
				t.AppendHeader(table.Row{"page", "cold p50", "p95", "warm p50", "p95", "kB sent", "of it the page", "charts", "drawn first", "drawn again", "questions' worth"})
				for _, address := range p.pages() {
					t.AppendRow(p.measure(address, one))
				}
				fmt.Printf("\nmilliseconds over %d rows of attendance; one question by hand takes %s\n%s\n", rows, inMilliseconds(one), t.RenderMarkdown())
				p.leaders()
			}
		})
	}
}

// pagesBench is an observatory over many facts.
type pagesBench struct {
	*testing.B
	o *Observatory
}

func newPagesBench(b *testing.B, rows int) pagesBench {
	now := func() time.Time { return time.Date(2026, 11, 18, 2, 0, 0, 0, time.UTC) }
	w := warehousetest.OpenAt(b, now)
	warehousetest.FillCity(b, w, rows)
	store, err := state.Open(b.Context(), filepath.Join(b.TempDir(), "state.db"))
	require.NoError(b, err)
	b.Cleanup(func() { _ = store.Close() })
	catalogue, err := indicators.Load("")
	require.NoError(b, err)
	log := slog.New(slog.NewTextHandler(b.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	book := newLedger(store, catalogue, now, log)
	b.Cleanup(func() { require.NoError(b, book.close()) })
	o := &Observatory{
		Config: defaults(), Log: log, Zone: warehousetest.Zone(), Now: now, Warehouse: w, State: store, Ledger: book, Notes: notes.NewBook(store, now),
		Catalogue: catalogue, Service: indicators.NewService(catalogue, w, indicators.Options{Now: now, Zone: warehousetest.Zone(), Ledger: book}),
	}
	o.People, err = access.Open(access.Options{Store: store, Now: now})
	require.NoError(b, err)
	o.Texts, err = o.textBook()
	require.NoError(b, err)
	return pagesBench{b, o}
}

// site is a server that remembers nothing yet.
func (p pagesBench) site() *httptest.Server {
	p.Helper()
	server, err := p.o.server(p.Context())
	require.NoError(p, err)
	_, link, err := p.o.People.First(p.Context())
	require.NoError(p, err)
	session, err := p.o.People.FollowLink(p.Context(), link, access.Visit{})
	require.NoError(p, err)
	cookie := httptest.NewRecorder()
	p.o.Config.cookies().Set(cookie, session)
	out := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // a browser that is signed in
		r.AddCookie(cookie.Result().Cookies()[0])
		server.Handler.ServeHTTP(w, r)
	}))
	p.Cleanup(out.Close)
	return out
}

// oneQuestion is what the engine takes for one question on a rollup, asked by hand.
func (p pagesBench) oneQuestion() time.Duration {
	return percentile(60, 0.5, func() time.Duration {
		started := time.Now()
		rows, err := p.o.Warehouse.Conn().Query(p.Context(), `SELECT toString(month), discipline, sum(visitors) FROM attendance_monthly
			WHERE month >= '2026-01-01' AND month < '2027-01-01' GROUP BY month, discipline`)
		require.NoError(p, err)
		for rows.Next() {
			var month, discipline string
			var visitors int64
			require.NoError(p, rows.Scan(&month, &discipline, &visitors))
		}
		require.NoError(p, rows.Close())
		return time.Since(started)
	})
}

var navigation = regexp.MustCompile(`(?s)<nav class="sections".*?</nav>`)

// pages are those of the navigation, in its order.
func (p pagesBench) pages() []string {
	_, body := p.fetch(p.site().URL + "/")
	var out []string
	for _, m := range regexp.MustCompile(`href="([^"]+)"`).FindAllStringSubmatch(navigation.FindString(body), -1) {
		out = append(out, strings.ReplaceAll(m[1], "&amp;", "&"))
	}
	require.NotEmpty(p, out, "the pages of the navigation")
	return out
}

// fetch gets an address as a browser does, packed, and gives how long it took.
func (p pagesBench) fetch(address string) (time.Duration, string) {
	took, body, status := p.ask(address)
	require.Equal(p, http.StatusOK, status, address)
	return took, body
}

func (p pagesBench) ask(address string) (took time.Duration, page string, status int) {
	started := time.Now()
	answer, err := http.Get(address) //nolint:noctx // bounded by the server's own limits
	require.NoError(p, err)
	body, err := io.ReadAll(answer.Body)
	took = time.Since(started)
	require.NoError(p, err)
	_ = answer.Body.Close()
	return took, string(body), answer.StatusCode
}

func (p pagesBench) measure(address string, one time.Duration) table.Row {
	var cold, warm []time.Duration
	for range 10 {
		s := p.site()
		took, _ := p.fetch(s.URL + address)
		cold = append(cold, took)
		s.Close()
	}
	s := p.site()
	for i := range 41 {
		if took, _ := p.fetch(s.URL + address); i > 0 {
			warm = append(warm, took)
		}
	}
	first, again, seen := p.drawn(address)
	p.ReportMetric(float64(percentileOf(warm, 0.95).Microseconds())/1000, "ms-warm-p95"+strings.ReplaceAll(address, "/", "-"))
	if address == "/" {
		p.ReportMetric(float64(percentileOf(cold, 0.5))/float64(one), "x-of-one-question")
	}
	return table.Row{
		address, inMilliseconds(percentileOf(cold, 0.5)), inMilliseconds(percentileOf(cold, 0.95)), inMilliseconds(percentileOf(warm, 0.5)), inMilliseconds(percentileOf(warm, 0.95)),
		fmt.Sprintf("%.0f", seen.Sent/1000), fmt.Sprintf("%.0f", seen.Page/1000), seen.Charts, fmt.Sprintf("%.0f", first), fmt.Sprintf("%.0f", again), fmt.Sprintf("%.1f", float64(percentileOf(cold, 0.5))/float64(one)),
	}
}

// whenDrawn notes when the last chart of a page stands, in milliseconds since the
// browser set out for it, with a reader who goes down to the end at once.
const whenDrawn = `(() => { const look = () => {
	const all = [...document.querySelectorAll('[data-chart]')];
	if (document.readyState !== 'loading' && all.every(b => b.dataset.state)) window.khueDrawn ??= performance.now(); };
	new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] });
	document.addEventListener('DOMContentLoaded', look);
	const hurry = setInterval(() => { if (window.khue && khue.drawRest) khue.drawRest(); if (window.khueDrawn) clearInterval(hurry); }, 10) })()`

// visited is what a browser tells of a page.
type visited struct {
	Drawn  float64 `json:"drawn"` // ms
	Charts int     `json:"charts"`
	Sent   float64 `json:"sent"` // bytes over the network, with all files
	Page   float64 `json:"page"` // bytes of the page alone
}

const whatItTook = `(() => { const all = [...document.querySelectorAll('[data-chart]')];
	const page = performance.getEntriesByType('navigation')[0], rest = performance.getEntriesByType('resource');
	return { drawn: all.every(b => b.dataset.state === 'drawn') && window.khueDrawn || 0, charts: all.length,
		page: page.transferSize, sent: rest.reduce((n, r) => n + r.transferSize, page.transferSize) } })()`

// drawn visits a page twice with a browser that has seen nothing yet.
func (p pagesBench) drawn(address string) (first, again float64, seen visited) {
	s := p.site()
	defer s.Close()
	ctx := chromium(p.B)
	defer func() { require.NoError(p, chromedp.Do(ctx, chromedp.Navigate("about:blank"))) }() // a page listens for news until it is left
	require.NoError(p, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 1000), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: whenDrawn})
		return err
	})))
	visit := func() visited {
		require.NoError(p, chromedp.Do(ctx, chromedp.Navigate(s.URL+address)))
		var v visited
		require.Eventually(p, func() bool {
			var err error
			v, err = chromedp.Run(ctx, chromedp.Evaluate[visited](whatItTook))
			return err == nil && v.Drawn > 0
		}, 30*time.Second, 20*time.Millisecond, "the charts of %s are drawn", address)
		return v
	}
	seen = visit()
	return seen.Drawn, visit().Drawn, seen
}

// leaders opens pages from many browsers at once: everybody's first look is at the
// same views minutes before a meeting, then at views of their own.
func (p pagesBench) leaders() {
	pages := p.pages()
	t := table.NewWriter()
	t.AppendHeader(table.Row{"leaders at once", "views", "pages", "p50", "p95", "pages/s", "not shown in time"})
	for _, n := range []int{8, 32} {
		for _, views := range []string{"the same, cold", "the same, warm", "their own, cold", "their own, warm"} {
			s := p.site()
			var late atomic.Int64
			visit := func(leader int) []time.Duration {
				return p.walk(s.URL, pages, leader, strings.HasPrefix(views, "their"), &late)
			}
			if strings.HasSuffix(views, "warm") {
				together(n, visit)
				late.Store(0)
			}
			started := time.Now()
			took := together(n, visit)
			t.AppendRow(table.Row{
				n, views, len(took), inMilliseconds(percentileOf(took, 0.5)), inMilliseconds(percentileOf(took, 0.95)),
				fmt.Sprintf("%.0f", float64(len(took))/time.Since(started).Seconds()), late.Load(),
			})
			s.Close()
		}
	}
	fmt.Printf("\nmilliseconds a page, pages asked for by many at once\n%s\n\n", t.RenderMarkdown())
}

// walk opens all pages in an order of the leader's own.
func (p pagesBench) walk(base string, pages []string, leader int, own bool, late *atomic.Int64) []time.Duration {
	order := rand.New(rand.NewPCG(uint64(leader), 1)).Perm(len(pages)) //nolint:gosec // an order, no secret
	var took []time.Duration
	for _, i := range order {
		address, err := url.Parse(base + pages[i])
		if err != nil {
			p.Error(err)
			return nil
		}
		if own && takesDiscipline(pages[i]) {
			q := address.Query()
			q.Set("discipline", khue.Disciplines()[leader%len(khue.Disciplines())].Code)
			q.Set("period", []string{"2025", "2024", "2026"}[leader/len(khue.Disciplines())%3])
			address.RawQuery = q.Encode()
		}
		one, _, status := p.ask(address.String())
		if status != http.StatusOK {
			late.Add(1)
		}
		took = append(took, one)
	}
	return took
}

// takesDiscipline tells the pages that the filters of walk act on.
func takesDiscipline(path string) bool {
	return slices.Contains([]string{"/", "/members", "/events", "/areas"}, path)
}

// together lets n leaders go at once and gathers what they waited.
func together(n int, visit func(leader int) []time.Duration) []time.Duration {
	var all []time.Duration
	var mu sync.Mutex
	var wait sync.WaitGroup
	for leader := range n {
		wait.Go(func() {
			took := visit(leader)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
		})
	}
	wait.Wait()
	return all
}
