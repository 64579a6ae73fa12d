package dashboards_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"khue/dashboards"
)

func TestWithoutAWarehouseThePageSaysSoAndWhenToTryAgain(t *testing.T) {
	c := lively(morning)
	c.down.Store(true)
	h := open(t, c)
	for lang, words := range map[string]string{"vi": "Kho dữ liệu tạm thời chưa trả lời", "en": "The data warehouse does not answer now"} {
		w := get(h, "/?lang="+lang)
		require.Equal(t, 503, w.Code)
		require.NotEmpty(t, w.Header().Get("Retry-After"))
		require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
		require.True(t, strings.Contains(w.Body.String(), words))
		requireStrict(t, w)
	}
	require.Equal(t, 503, get(h, "/charts/visitors").Code)
}

func TestAPageThatWasGoodKeepsItsFiguresWithTheirAge(t *testing.T) {
	c := lively(morning)
	h := open(t, c)
	finding := h1(t, get(h, "/").Body.String())
	c.down.Store(true)
	c.now = c.now.Add(20 * time.Minute)
	w := get(h, "/")
	require.Equal(t, 200, w.Code)
	require.Equal(t, finding, h1(t, w.Body.String()))
	require.True(t, strings.Contains(w.Body.String(), "Đang hiện số liệu lấy lúc 06:15 ngày 23/11/2026."), "it says how old they are")
	require.True(t, strings.Contains(w.Body.String(), "Kho dữ liệu không trả lời."), "and why")
	require.Equal(t, 503, get(h, "/?period=2024").Code, "figures never shown before cannot be kept")
	c.down.Store(false)
	require.False(t, strings.Contains(get(h, "/").Body.String(), "Đang hiện số liệu"), "and all is well again")
}

func TestOnePartThatFailsLeavesTheOthers(t *testing.T) {
	c := lively(morning)
	c.failing = map[string]bool{"events": true}
	w := get(open(t, c), "/")
	require.Equal(t, 200, w.Code)
	page := w.Body.String()
	require.True(t, strings.Contains(page, "Chưa lấy được số liệu mới."))
	require.True(t, strings.Contains(page, "Ba phường, xã đông nhất"), "areas need no events dataset")
	require.True(t, strings.Contains(page, "thành viên đã được cấp chứng nhận"))
	require.True(t, strings.Contains(page, `id="disciplines-title"`), "the part keeps its place")
	requireStrict(t, w)
}

func TestAPartThatIsSlowDoesNotHoldThePage(t *testing.T) {
	c := lively(morning)
	c.slow = map[string]struct{}{"members": {}}
	h := open(t, c)
	started := time.Now()
	w := get(h, "/?lang=en")
	require.Less(t, time.Since(started), 12*time.Second)
	require.Equal(t, 200, w.Code)
	require.True(t, strings.Contains(w.Body.String(), "This part was not answered in time."))
	require.True(t, strings.Contains(w.Body.String(), "In the first ten months of 2026"))
}

func TestAPageOnWhichNothingWasThereInTimeKeepsItsPlacesAndAsksAgain(t *testing.T) {
	c := lively(morning)
	c.slow = map[string]struct{}{"members": {}, "attendance": {}, "events": {}, "activities": {}}
	h := open(t, c)
	w := get(h, "/events?lang=en")
	require.Equal(t, 503, w.Code)
	require.Equal(t, "4", w.Header().Get("Retry-After"))
	page := w.Body.String()
	require.True(t, strings.Contains(page, "This part was not answered in time."))
	require.True(t, strings.Contains(page, `data-live="`), "the page goes on asking")
	requireStrict(t, w)
	require.Equal(t, 200, get(h, "/members?lang=en").Code, "a part that needs no facts stands")
}

func TestTheSamePageIsNotAskedForTwiceUntilABatchComes(t *testing.T) {
	c := lively(morning)
	h := open(t, c)
	first := get(h, "/").Body.String()
	asked := c.asked.Load()
	require.Positive(t, asked)
	require.LessOrEqual(t, asked, int64(12), "a page asks few questions: three of them for totals, which months that are withheld do not add up to, and one for who contributed")
	require.Equal(t, 200, get(h, "/?lang=en").Code)
	require.Equal(t, 200, get(h, "/charts/visitors").Code)
	require.Equal(t, 200, get(h, "/charts/disciplines").Code)
	require.Equal(t, asked, c.asked.Load(), "another language and the charts share the answers")

	c.facts["attendance"] = append(c.facts["attendance"], fact{
		day: civil(2026, 3, 8), dims: map[string]string{"discipline": "design", "area": "00070"},
		counts: map[string]float64{"visitors": 200_000},
	})
	second := get(h, "/").Body.String()
	require.NotEqual(t, h1(t, first), h1(t, second), "a new batch shows at once")
	require.Greater(t, c.asked.Load(), asked)
}

func TestAPageThatHasNotChangedIsNotSentAgain(t *testing.T) {
	c := lively(morning)
	h := open(t, c)
	first := get(h, "/")
	tag := first.Header().Get("ETag")
	require.NotEmpty(t, tag)
	again := get(h, "/", "If-None-Match", tag)
	require.Equal(t, 304, again.Code)
	require.Empty(t, again.Body.Bytes())
	require.Equal(t, 200, get(h, "/?lang=en", "If-None-Match", tag).Code, "the other language is another page")
	c.now = c.now.AddDate(0, 0, 3)
	late := get(h, "/", "If-None-Match", tag)
	require.Equal(t, 200, late.Code)
	require.Equal(t, 200, get(h, "/?period=2025").Code)
}

func TestADayThatEndsChangesWhatIsPartial(t *testing.T) {
	c := lively(morning)
	c.now = time.Date(2026, 10, 31, 16, 59, 0, 0, time.UTC) // 23:59 on 31 October in Hanoi
	h := open(t, c)
	require.True(t, strings.HasPrefix(h1(t, get(h, "/").Body.String()), "Chín tháng đầu năm 2026"))
	c.now = c.now.Add(2 * time.Minute)
	require.True(t, strings.HasPrefix(h1(t, get(h, "/").Body.String()), "Mười tháng đầu năm 2026"), "the zone decides, not UTC")
}

// h1 is the text of the page's one heading.
func h1(t testing.TB, page string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, `<h1 class="finding">`)
	require.True(t, found, "the page has its finding")
	text, _, _ := strings.Cut(rest, "</h1>")
	return strings.NewReplacer("<em>", "", "</em>", "", "&#43;", "+").Replace(text)
}

func BenchmarkTheOverviewFromMemory(b *testing.B) {
	c := lively(morning)
	h := open(b, c)
	get(h, "/")
	for b.Loop() {
		if w := get(h, "/"); w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}

func TestRegisterTakesAnyRouter(t *testing.T) {
	site, err := dashboards.New(dashboards.Options{Service: serviceOf(t, lively(morning)), Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	engine := gin.New()
	engine.GET("/healthz", func(c *gin.Context) { c.Status(204) })
	site.Register(engine.Group("/"))
	require.Equal(t, 204, get(engine, "/healthz").Code)
	require.Equal(t, 200, get(engine, "/").Code)
}
