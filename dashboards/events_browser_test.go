package dashboards_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/dashboards"
	"khue/indicators"
)

func TestThePagesOfEventsAreDrawnInARealBrowser(t *testing.T) {
	h, service := openPatient(t)
	server := httptest.NewServer(h)
	several := severalDays(t, service)
	t.Cleanup(server.Close)
	for _, c := range []struct {
		name, address, words string
		width, height        int64
		charts               int
	}{
		{"events-desktop", "/events?lang=vi", "Sự kiện gần đây", 1440, 1000, 4},
		{"events-phone", "/events?lang=vi", "Sự kiện gần đây", 390, 844, 4},
		{"events-desktop-en", "/events?lang=en&period=2025", "Latest events", 1440, 1000, 4},
		{"events-phone-en", "/events?lang=en&format=hybrid", "Latest events", 390, 844, 4},
		{"events-long", "/events?lang=vi&period=resolution", "một năm cuối", 1440, 1000, 4},
		{"events-month-phone", "/events?lang=vi&period=2026-10", "Thứ Hai", 390, 844, 4},
		{"festival-desktop", "/events/series/festival-design?lang=vi", "nhadautu.vn", 1440, 1000, 1},
		{"festival-phone-en", "/events/series/festival-design?lang=en", "Gia Lam", 390, 844, 1},
		{"series-desktop", "/events/series/dem-cuoi-thang?lang=vi", "dem-cuoi-thang", 1440, 1000, 1},
		{"eventlist-desktop", "/events/list?lang=vi&q=trien+lam+gom", "khớp với", 1440, 1000, 0},
		{"event-desktop", "/events/" + several + "?lang=vi", "Lượt khách theo ngày", 1440, 1000, 0},
		{"event-phone-en", "/events/" + several + "?lang=en", "Visitors by day", 390, 844, 0},
		{"event-unknown", "/events/khong-co?lang=vi", "Không có sự kiện nào", 390, 844, 0},
		{"eventlist-phone-en", "/events/list?lang=en&series=festival-design", "latest first", 390, 844, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer, err := http.Get(server.URL + c.address) // the first look asks; the browser's is about drawing
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
			fault := answer.StatusCode != http.StatusOK
			require.Equal(t, c.name == "event-unknown", fault)
			ctx := browser(t)
			heard := listen(t, ctx)
			require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(c.width, c.height, mobile(c.width)...), chromedp.Navigate(server.URL+c.address)))
			if c.charts > 0 {
				requireDrawn(t, ctx, c.charts, 0.13)
			}
			look(t, ctx, heard, c.name, c.words, fault)
		})
	}
}

// openPatient serves the pages of the pulled city to tests that would rather wait
// than see a part without figures on a machine that is busy.
func openPatient(t testing.TB) (http.Handler, *indicators.Service) {
	t.Helper()
	service, _ := pulledCity(t)
	return openSite(t, dashboards.Options{Service: service, Patience: time.Minute}), service
}

// severalDays is an event of the festival that went on for days.
func severalDays(t testing.TB, s *indicators.Service) string {
	t.Helper()
	list, err := s.Events(t.Context(), indicators.EventSearch{Where: map[string][]string{"series": {"festival-design"}, "access": {"ticketed"}}, Scope: khue.Public})
	require.NoError(t, err)
	for _, e := range list.Events {
		if e.LastDay.Sub(e.On) > 3*24*time.Hour && e.LastDay.Before(civil(2026, 11, 20)) {
			return url.PathEscape(e.ID)
		}
	}
	t.Fatal("no event of the festival lasts for days")
	return ""
}
