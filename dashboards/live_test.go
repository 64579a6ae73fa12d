package dashboards_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"khue/dashboards"
	"khue/indicators"
)

// changing is a service whose facts are exchanged for others while pages are open.
type changing struct {
	dashboards.Service
	now atomic.Pointer[indicators.Service]
}

func (c *changing) Ask(ctx context.Context, q indicators.Question) (indicators.Answer, error) {
	return c.now.Load().Ask(ctx, q)
}

func (c *changing) Freshness(ctx context.Context) ([]indicators.Freshness, error) {
	return c.now.Load().Freshness(ctx)
}

// openChanging serves a city to which a great festival is added by the function
// returned.
func openChanging(t *testing.T) (*httptest.Server, *dashboards.Site, func()) {
	t.Helper()
	before, after := serviceOf(t, lively(morning)), lively(morning)
	after.facts["attendance"] = append(after.facts["attendance"], fact{
		day: civil(2026, 3, 8), dims: map[string]string{"discipline": "design", "area": "00070"}, counts: map[string]float64{"visitors": 200_000},
	})
	later := serviceOf(t, after)
	service := &changing{Service: before}
	service.now.Store(before)
	site, err := dashboards.New(dashboards.Options{
		Service: service, Now: func() time.Time { return morning }, Zone: hanoi(t), Logger: slog.New(slog.DiscardHandler),
		Patience: 4 * time.Second, LookEvery: 50 * time.Millisecond,
	})
	require.NoError(t, err)
	engine := gin.New()
	site.Register(engine)
	server := httptest.NewUnstartedServer(engine)
	server.Config.ReadTimeout, server.Config.WriteTimeout = 4*time.Second, 4*time.Second
	server.Start()
	t.Cleanup(func() { site.Close(); server.Close() })
	return server, site, func() { service.now.Store(later) }
}

// listenTo opens the stream and gives what is told, one state after another; the
// channel closes when the stream ends.
func listenTo(t *testing.T, server *httptest.Server) <-chan string {
	t.Helper()
	answer, err := server.Client().Get(server.URL + "/live")
	require.NoError(t, err)
	t.Cleanup(func() { answer.Body.Close() })
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Equal(t, "text/event-stream; charset=utf-8", answer.Header.Get("Content-Type"))
	told := make(chan string, 10)
	go func() {
		defer close(told)
		lines := bufio.NewScanner(answer.Body)
		for lines.Scan() {
			var news struct{ State, At string }
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && json.Unmarshal([]byte(data), &news) == nil {
				told <- news.State + " " + news.At
			}
		}
	}()
	return told
}

func within(t *testing.T, told <-chan string) (state string, going bool) {
	t.Helper()
	select {
	case state, going = <-told:
		return state, going
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was told")
		return "", false
	}
}

func TestAnOpenPageHearsThatTheFactsChangedAndTheStreamEndsWithTheServer(t *testing.T) {
	server, site, change := openChanging(t)
	told := listenTo(t, server)
	first, going := within(t, told)
	require.True(t, going)
	require.True(t, strings.HasSuffix(first, " 06:15"), "in the time of the observatory")
	answer, err := server.Client().Get(server.URL + "/")
	require.NoError(t, err)
	defer answer.Body.Close()
	var page strings.Builder
	_, err = bufio.NewReader(answer.Body).WriteTo(&page)
	require.NoError(t, err)
	require.Contains(t, page.String(), `data-live="`+strings.Fields(first)[0]+`"`, "the page carries the state that it shows")

	time.Sleep(5 * time.Second) // longer than the server lets ordinary answers take
	change()
	for {
		state, going := within(t, told)
		require.True(t, going, "the stream outlives the server's limits")
		if state != first {
			break
		}
	}
	site.Close()
	for going := true; going; {
		_, going = within(t, told)
	}
}

func TestThereIsALimitToOpenPagesAndTheOthersAsk(t *testing.T) {
	server, _, _ := openChanging(t)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	refused := 0
	for range 300 {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/live", nil)
		require.NoError(t, err)
		answer, err := server.Client().Do(r)
		require.NoError(t, err)
		if answer.StatusCode == http.StatusServiceUnavailable {
			require.NotEmpty(t, answer.Header.Get("Retry-After"))
			refused++
		}
		t.Cleanup(func() { answer.Body.Close() })
	}
	require.Equal(t, 300-256, refused)
	answer, err := server.Client().Get(server.URL + "/live/state")
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Equal(t, "no-store", answer.Header.Get("Cache-Control"))
}

func TestAnOpenPageTakesInNewFiguresWithoutMoving(t *testing.T) {
	server, _, change := openChanging(t)
	ctx := browser(t)
	heard := listen(t, ctx)
	for _, c := range []struct {
		lang  string
		width int64
		words string
	}{{"vi", 1440, "Đã cập nhật lúc 06:15"}} {
		require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(c.width, 800, mobile(c.width)...), chromedp.Navigate(server.URL+"/?lang="+c.lang)))
		waitForCharts(t, ctx)
		before := heading(t, ctx)
		const prepare = `(() => {
			document.querySelector('#visitors details').open = true;
			document.querySelector('#areas').scrollIntoView({ behavior: 'instant' });
			document.querySelector('#areas .ranking a').focus({ preventScroll: true });
			window.was = document.querySelector('#visitors [data-chart]');
			window.members = document.querySelector('#members');
			return document.querySelector('#areas').getBoundingClientRect().top;
		})()`
		top, err := chromedp.Run(ctx, chromedp.Evaluate[float64](prepare))
		require.NoError(t, err)
		change()
		require.Eventually(t, func() bool {
			words, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(document.querySelector('.updated') || {}).textContent || ''`))
			return err == nil && words == c.words
		}, 15*time.Second, 50*time.Millisecond, "the page says that it has been updated")
		require.NotEqual(t, before, heading(t, ctx), "the finding is that of the new figures")
		waitForCharts(t, ctx)
		type after struct {
			Top         float64
			Open, Focus bool
			SameChart   bool
			SameMembers bool
			March       float64
		}
		const state = `(() => { const box = document.querySelector('#visitors [data-chart]');
			return { Top: document.querySelector('#areas').getBoundingClientRect().top,
			Open: document.querySelector('#visitors details').open,
			Focus: document.querySelector('#areas .ranking').contains(document.activeElement),
			SameChart: box === window.was, SameMembers: document.querySelector('#members') === window.members,
			March: Math.max(...box.khueChart.getOption().series.flatMap(s => s.data).map(d => typeof d === 'number' ? d : d.value).filter(Number.isFinite)) } })()`
		var got after
		require.Eventually(t, func() bool {
			got, err = chromedp.Run(ctx, chromedp.Evaluate[after](state))
			return err == nil && got.March > 200_000
		}, 10*time.Second, 50*time.Millisecond, "the chart has the new figures")
		require.InDelta(t, top, got.Top, 1, "nothing moved under the reader's eyes")
		require.True(t, got.Open, "what was open stays open")
		require.True(t, got.Focus, "what had the focus has it")
		require.True(t, got.SameChart, "the chart was not drawn anew")
		require.True(t, got.SameMembers, "a part without new figures is left alone")
		keepPicture(t, ctx, fmt.Sprintf("live-%s-%d", c.lang, c.width))
		require.Empty(t, heard.all())
	}
}
