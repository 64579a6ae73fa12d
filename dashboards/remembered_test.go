package dashboards_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// from are the headers of a visit: none is an address typed, same-origin a way within the site.
func from(site string, cookie string) []string {
	return []string{"Sec-Fetch-Site", site, "Sec-Fetch-Mode", "navigate", "Cookie", cookie}
}

func cookieOf(w *httptest.ResponseRecorder, name string) *http.Cookie {
	for _, c := range w.Result().Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func TestTheFiltersUsedLastAreComeBackToFromOutsideAlone(t *testing.T) {
	h := open(t, lively(morning))
	used := cookieOf(get(h, "/?discipline=music&period=2025&lang=en"), "filters")
	require.NotNil(t, used)
	require.True(t, used.HttpOnly)
	require.Equal(t, http.SameSiteLaxMode, used.SameSite)
	kept := "filters=" + used.Value
	for _, c := range []struct{ name, address, site, cookie, to string }{
		{"typed", "/", "none", kept, "/?discipline=music&period=2025"},
		{"linked from elsewhere, in a language", "/?lang=en", "cross-site", kept, "/?discipline=music&lang=en&period=2025"},
		{"within the site", "/", "same-origin", kept, ""},
		{"with filters of its own", "/?discipline=design", "none", kept, ""},
		{"with the default written out", "/?period=2026", "none", kept, ""},
		{"without a cookie", "/", "none", "x=y", ""},
		{"with a cookie of nonsense", "/", "none", "filters=%25%25%3B", ""},
		{"with a value that is no more", "/", "none", "filters=discipline%3Dalchemy", ""},
		{"with a filter that does not exist", "/", "none", "filters=nothing%3Dx", ""},
		{"with a cookie that is far too long", "/", "none", "filters=" + strings.Repeat("a", 3000), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := get(h, c.address, from(c.site, c.cookie)...)
			if c.to == "" {
				require.Equal(t, http.StatusOK, w.Code)
				return
			}
			require.Equal(t, http.StatusFound, w.Code)
			require.Equal(t, c.to, w.Header().Get("Location"))
			require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
		})
	}
	require.Equal(t, http.StatusOK, get(h, "/").Code, "whoever does not say where they come from is left where they are")
	require.Nil(t, cookieOf(get(h, "/"), "filters"), "a page without filters changes nothing")
	require.Nil(t, cookieOf(get(h, "/?discipline=alchemy"), "filters"), "what is refused is not kept")

	cleared := get(h, "/?clear=1&lang=en", from("same-origin", kept)...)
	require.Equal(t, http.StatusFound, cleared.Code)
	require.Equal(t, "/?lang=en", cleared.Header().Get("Location"))
	require.Negative(t, cookieOf(cleared, "filters").MaxAge, "they are forgotten")
}

func TestTheWayBackStaysRightThoughFiltersAreRemembered(t *testing.T) {
	server := httptest.NewServer(open(t, lively(morning)))
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 1000), chromedp.Navigate(server.URL+"/")))
	waitForCharts(t, ctx)
	choose := func(name, value string) {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(() => { const s = document.querySelector('select[name=`+name+`]'); s.value = '`+value+`';
			s.dispatchEvent(new Event('change', { bubbles: true })); return true })()`))
		require.NoError(t, err)
	}
	choose("discipline", "music")
	arrive(t, ctx, server.URL+"/?discipline=music")
	history, err := chromedp.Call(ctx, page.GetNavigationHistory, cdp.Empty{})
	require.NoError(t, err)
	_, err = chromedp.Call(ctx, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: history.Entries[history.CurrentIndex-1].ID})
	require.NoError(t, err)
	arrive(t, ctx, server.URL+"/")
	require.NotContains(t, heading(t, ctx), "Âm nhạc", "back is where one was, by the browser's own button")

	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(server.URL+"/")))
	arrive(t, ctx, server.URL+"/?discipline=music")
	choose("discipline", "")
	arrive(t, ctx, server.URL+"/")
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(server.URL+"/")))
	arrive(t, ctx, server.URL+"/")
	require.Empty(t, heard.all())
}

func TestAPeriodIsComparedWithWhatOneAsksFor(t *testing.T) {
	c := lively(morning)
	h := open(t, c)
	sum := func(from, to int) (n float64) { // months of 2026
		for _, f := range c.facts["attendance"] {
			if f.day.Year() == 2026 && int(f.day.Month()) >= from && int(f.day.Month()) <= to {
				n += f.counts["visitors"]
			}
		}
		return n
	}
	quarter := get(h, "/?period=2026-Q3&compare=previous").Body.String()
	require.Contains(t, quarter, "so quý trước")
	moved := (sum(7, 9)/sum(4, 6) - 1) * 100
	require.Contains(t, h1(t, quarter), percent(moved), "the third quarter against the second")
	require.Contains(t, h1(t, quarter), "so với quý II năm 2026")
	require.Contains(t, quarter, "quý trước ở")
	english := get(h, "/?period=2026-Q3&compare=previous&lang=en").Body.String()
	require.Contains(t, english, "on a quarter before")
	month := get(h, "/?period=2026-05&compare=previous").Body.String()
	require.Contains(t, month, "so tháng trước")
	require.Contains(t, h1(t, month), percent((sum(5, 5)/sum(4, 4)-1)*100))

	alone := get(h, "/?compare=none").Body.String()
	for _, word := range []string{"cùng kỳ năm 2025", "so cùng kỳ", "năm trước ở", "không có kỳ tương ứng"} {
		require.False(t, strings.Contains(strings.ReplaceAll(alone, "cùng kỳ năm trước</option>", ""), word), word)
	}
	require.Equal(t, h1(t, get(h, "/").Body.String()), h1(t, get(h, "/?compare=previous").Body.String()), "the period before a year is the year before")
	long := get(h, "/?period=resolution&compare=previous").Body.String()
	require.Contains(t, long, "2024 (riêng 2025)")
	require.Contains(t, get(h, "/charts/visitors?period=2026-Q3&compare=previous").Body.String(), "Quý II")

	for _, address := range []string{"/?compare=x", "/?compare=previous&compare=none", "/?compare=" + strings.Repeat("y", 1500)} {
		require.Equal(t, http.StatusBadRequest, get(h, address).Code, address)
	}
}

// percent is a change as a Vietnamese sentence has it, without its sign.
func percent(v float64) string {
	if v < 0 {
		v = -v
	}
	return strings.ReplaceAll(trimFloat(v), ".", ",") + "%"
}
