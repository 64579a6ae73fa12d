package dashboards_test

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// leadingItem is an item of a chart that leads on.
type leadingItem struct {
	series, category, name, link string
	value                        float64
}

var chartOf = regexp.MustCompile(`data-chart="([^"]+)"`)

// sectionOf is the card of a part as the page has it.
func sectionOf(page, id string) string {
	_, rest, _ := strings.Cut(page, ` id="`+id+`"`)
	section, _, _ := strings.Cut(rest, "</section>")
	return section
}

// leadingItems lists what leads on in a chart.
func leadingItems(t *testing.T, h http.Handler, address string) (id string, out []leadingItem) {
	t.Helper()
	w := get(h, address)
	require.Equal(t, http.StatusOK, w.Code, address)
	var answer struct {
		ID     string
		Option struct {
			XAxis, YAxis json.RawMessage
			Series       []struct {
				Name string
				Data []any
			}
		}
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer), address)
	var categories []string
	for _, raw := range []json.RawMessage{answer.Option.XAxis, answer.Option.YAxis} {
		var axes []struct {
			Type string
			Data []string
		}
		if json.Unmarshal(raw, &axes) != nil {
			axes = axes[:0]
			axes = append(axes, struct {
				Type string
				Data []string
			}{})
			_ = json.Unmarshal(raw, &axes[0])
		}
		if len(axes) > 0 && axes[0].Type == "category" && len(categories) == 0 {
			categories = axes[0].Data
		}
	}
	for _, s := range answer.Option.Series {
		for i, one := range s.Data {
			item, _ := one.(map[string]any)
			link, _ := item["link"].(string)
			if link == "" {
				continue
			}
			require.Regexp(t, `^/[^/\\]?`, link)
			found := leadingItem{series: s.Name, link: link}
			found.name, _ = item["name"].(string)
			found.value, _ = item["value"].(float64)
			if i < len(categories) {
				found.category = categories[i]
			}
			out = append(out, found)
		}
	}
	return answer.ID, out
}

// opened keeps what was opened, since many items of a page lead to one.
type opened struct {
	h     http.Handler
	pages map[string]string
}

func (o *opened) open(t *testing.T, address string) string {
	t.Helper()
	address, _, _ = strings.Cut(address, "#")
	if page, known := o.pages[address]; known {
		return page
	}
	w := get(o.h, address)
	require.Equal(t, http.StatusOK, w.Code, address)
	o.pages[address] = w.Body.String()
	return o.pages[address]
}

func TestEveryItemThatLeadsOnLeadsToAPageThatSaysWhatItSays(t *testing.T) {
	h := openLived(t, busy(morning))
	o := &opened{h, map[string]string{}}
	var leading []string
	for _, address := range []string{
		"/?lang=en", "/?lang=en&period=2025&area=00004", "/members?lang=en", "/events?lang=en", "/events?lang=en&period=2026-10&format=onsite",
		"/events/series/festival-design?lang=en", "/disciplines?lang=en", "/areas?lang=en", "/data?lang=en",
	} {
		page := get(h, address)
		require.Equal(t, http.StatusOK, page.Code, address)
		for _, found := range chartOf.FindAllStringSubmatch(page.Body.String(), -1) {
			id, items := leadingItems(t, h, html.UnescapeString(found[1]))
			if len(items) > 0 {
				leading = append(leading, id)
			}
			section := html.UnescapeString(sectionOf(page.Body.String(), id))
			for _, item := range items {
				require.Contains(t, section, `href="`+item.link+`"`, "%s of %s: the table leads where the chart does", id, address)
				to := o.open(t, item.link)
				u, err := url.Parse(item.link)
				require.NoError(t, err)
				for name, values := range u.Query() { // every filter of the address is one that the page shows as chosen
					if name == "period" || name == "discipline" || name == "kind" || name == "area" || name == "format" {
						require.Contains(t, to, `<option value="`+values[0]+`" selected>`, "%s: %s", id, item.link)
					}
				}
				for _, kept := range []string{"area", "format", "measure"} { // and those of the page are kept
					from, err := url.Parse(address)
					require.NoError(t, err)
					if v := from.Query().Get(kept); v != "" && u.Path == from.Path {
						require.Equal(t, v, u.Query().Get(kept), item.link)
					}
				}
			}
		}
	}
	slices.Sort(leading)
	require.Equal(t, []string{
		"crosswalk", "discipline-shares", "disciplines", "diversity", "editions", "event-calendar", "event-months", "event-visits", "members", "network-activity", "network-areas",
		"network-disciplines", "network-growth", "network-kinds", "network-places", "quality-corrections", "quality-runs", "visitors",
	}, slices.Compact(leading))
}

func TestAMonthOfEventsLeadsToAsManyEventsAsItsColumnSays(t *testing.T) {
	h := openLived(t, busy(morning))
	_, items := leadingItems(t, h, "/charts/event-months?lang=en")
	require.Len(t, items, 12, "eleven months and the way from the last whole one to this one")
	for _, item := range items[:11] {
		if !strings.HasSuffix(item.link, "2026-11") { // the list of this month holds what is still to come
			require.Contains(t, get(h, item.link+"&lang=en").Body.String(), fmt.Sprintf(`<h1 class="finding">%.0f events, the latest first`, item.value), item.link)
		}
	}
	_, items = leadingItems(t, h, "/charts/event-calendar?lang=en&period=2026-10")
	require.Greater(t, len(items), 20)
	for _, item := range items {
		began := regexp.MustCompile(`· (\d+) events? began`).FindStringSubmatch(item.name)
		require.NotNil(t, began, item.name)
		require.Regexp(t, `<h1 class="finding">`+began[1]+` events?, the latest first`, get(h, item.link+"&lang=en").Body.String(), item.link)
	}
}

func TestItemsLeadToTheFilterThatTheyAreNamedAfter(t *testing.T) {
	h := openLived(t, busy(morning))
	for _, c := range []struct{ chart, series, category, link string }{
		{"visitors?lang=en", "2026", "Mar", "/?period=2026-03"},
		{"visitors?lang=en&discipline=design", "2026", "Mar", "/?discipline=design&period=2026-03"},
		{"disciplines?lang=en", "", "Design", "/?discipline=design"},
		{"disciplines?lang=en&discipline=design", "", "Design", ""}, // it is that page already
		{"members?lang=en", "Certified members", "2026-03", "/members?period=2026-03"},
		{"network-kinds?lang=en&discipline=design", "", "Community", "/members?discipline=design&kind=community"},
		{"network-growth?lang=en", "Accepted", "2026-03", "/members?period=2026-03"},
		{"event-visits?lang=en&format=onsite", "2026", "Mar", "/events?format=onsite&period=2026-03"},
		{"event-months?lang=en&format=onsite", "2026", "Mar", "/events/list?format=onsite&period=2026-03"},
		{"discipline-shares?lang=en", "Design", "2025", "/disciplines?discipline=design&period=2025"},
		{"diversity?lang=en", "Simpson's index", "2025", "/disciplines?period=2025"},
		{"quality-runs?lang=en", "Done", "22 Nov", "/data/runs?period=2026-11-22"},
		{"quality-corrections?lang=en", "Came late", "2026-10", "/data/runs?period=2026-10"},
	} {
		_, items := leadingItems(t, h, "/charts/"+c.chart)
		var links []string
		for _, item := range items {
			if (c.series == "" || item.series == c.series) && (item.category == c.category || item.category == monthNamed(c.category)) {
				links = append(links, item.link)
			}
		}
		if c.link == "" {
			require.Empty(t, links, c.chart)
			continue
		}
		require.Equal(t, []string{c.link}, slices.Compact(links), "%s, %s: %v", c.chart, c.category, items[:min(3, len(items))])
	}
}

// monthNamed is a month as axes write it.
func monthNamed(month string) string {
	at, err := time.Parse("2006-01", month)
	if err != nil {
		return month
	}
	return at.Format("Jan 2006")
}

func TestADayOfTheListLiesInItsPeriod(t *testing.T) {
	h := openLived(t, nil)
	for address, want := range map[string]struct {
		status int
		said   string
	}{
		"/events/list?day=2026-11-14&period=2026-11&lang=en": {200, "Begins on: <strong>14 Nov 2026</strong>"},
		"/events/list?day=2026-11-14&lang=en":                {200, "Begins on"},
		"/events/list?day=2025-11-14&lang=en":                {400, "not in the chosen period"},
		"/events/list?day=2025-11-14":                        {400, "không nằm trong kỳ đã chọn"},
		"/events/list?day=14/11/2026&lang=en":                {400, "There is no day"},
		"/events/list?day=2026-02-30&lang=en":                {400, "There is no day"},
		"/events/list?day=" + strings.Repeat("9", 1900):      {400, "Không có ngày"},
		"/events/list?day=2026-11-14&day=2026-11-15&lang=en": {400, "more than once"},
		"/events/list.csv?day=2026-11-14&period=2026-11":     {200, ""},
	} {
		w := get(h, address)
		require.Equal(t, want.status, w.Code, address)
		require.Contains(t, w.Body.String(), want.said, address)
	}
	require.NotContains(t, get(h, "/events/list?day=2026-11-14").Body.String(), `type="hidden" name="day"`, "another period does not have to hold the day")
}

// clickAt is a click with the left button.
func clickAt(t *testing.T, ctx context.Context, x, y float64) {
	t.Helper()
	require.NoError(t, chromedp.Do(ctx, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y)))
	time.Sleep(100 * time.Millisecond)
	require.NoError(t, chromedp.Do(ctx, chromedp.MouseClickXY(x, y)))
}

func TestAClickOnAChartLeadsToTheNarrowerPageAndBack(t *testing.T) {
	server := httptest.NewServer(openLived(t, busy(morning)))
	t.Cleanup(server.Close)
	ctx := browserFor(t, 8*time.Minute)
	heard := listen(t, ctx)
	for name, c := range map[string]struct {
		page, chart string
		at          string // the point in the chart's own coordinates, as [x, y]
		lands       string
	}{
		"a bar":                           {"/?lang=en&period=this-year", "disciplines", `[c.getModel().getComponent('xAxis').axis.scale.getExtent()[1] / 20, 1]`, "/?discipline="},
		"the column of a month":           {"/?lang=en&discipline=design", "visitors", `[2, c.getModel().getComponent('yAxis').axis.scale.getExtent()[1] * 0.9]`, "/?discipline=design&period=2026-03"},
		"a month of events":               {"/events?lang=en&period=this-year", "event-months", `[4, c.getModel().getComponent('yAxis').axis.scale.getExtent()[1] * 0.3]`, "/events/list?period=2026-05"},
		"the share of one of disciplines": {"/disciplines?lang=en&period=this-year", "discipline-shares", `[1, 0.05]`, "/disciplines?discipline="},
		"a day of runs":                   {"/data?lang=en", "quality-runs", `[28, 5]`, "/data/runs?period=2026-11-22"},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(server.URL+c.page)))
			waitForChart(t, ctx, c.chart)
			point, err := chromedp.Run(ctx, chromedp.Evaluate[[]float64](`(() => {
				const box = document.querySelector('.chart-`+c.chart+`'); box.scrollIntoView({block: 'center', behavior: 'instant'});
				const c = box.khueChart, r = box.getBoundingClientRect(), at = `+c.at+`;
				const p = c.convertToPixel({gridIndex: 0}, at); return [r.left + p[0], r.top + p[1]];
			})()`))
			require.NoError(t, err)
			require.NoError(t, chromedp.Do(ctx, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, point[0]-2, point[1]), chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, point[0], point[1])))
			require.Equal(t, "pointer", waitFor(t, ctx, `getComputedStyle(document.querySelector('.chart-`+c.chart+` > div')).cursor`, "pointer"), "%v", point)
			keepPicture(t, ctx, "drill-"+c.chart)
			clickAt(t, ctx, point[0], point[1])
			landed := waitFor(t, ctx, `location.pathname + location.search`, c.lands)
			require.True(t, strings.HasPrefix(landed, c.lands), landed)
			require.NoError(t, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`history.back()`)))
			require.Equal(t, c.page, waitFor(t, ctx, `location.pathname + location.search`, c.page))
		})
	}
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(server.URL+"/members?lang=en&period=this-year"))) // names its filter, so that none of those clicked before is recalled
	waitForChart(t, ctx, "network-types")
	point, err := chromedp.Run(ctx, chromedp.Evaluate[[]float64](`(() => { const box = document.querySelector('.chart-network-types'); box.scrollIntoView({block: 'center', behavior: 'instant'});
		const r = box.getBoundingClientRect(), p = box.khueChart.convertToPixel({gridIndex: 0}, [1, 0]); return [r.left + p[0], r.top + p[1]] })()`))
	require.NoError(t, err)
	clickAt(t, ctx, point[0], point[1])
	cursor, err := chromedp.Run(ctx, chromedp.Evaluate[string](`getComputedStyle(document.querySelector('.chart-network-types > div')).cursor + ' ' + location.pathname`))
	require.NoError(t, err)
	require.Equal(t, "default /members", cursor, "where there is no narrower page there is no pointer, and a click does nothing")
	require.Empty(t, heard.all())
}

// waitFor is the value of an expression once it begins as it should, or the last one.
func waitFor(t *testing.T, ctx context.Context, expression, begins string) string {
	t.Helper()
	last := ""
	for range 60 {
		now, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression))
		if err == nil {
			if last = now; strings.HasPrefix(now, begins) {
				return now
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	return last
}
