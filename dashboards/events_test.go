package dashboards_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
	"khue/locale"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// plainCity is the events and counts of the pulled city as single records, and
// what plain loops make of them.
type plainCity struct {
	events   []warehouse.Record
	counts   []warehouse.Record
	byEvent  map[string]int64
	byDay    map[string]int64
	editions map[string]int64
}

func loopOver(t *testing.T, w *warehouse.Warehouse) plainCity {
	t.Helper()
	p := plainCity{byEvent: map[string]int64{}, byDay: map[string]int64{}, editions: map[string]int64{}}
	var err error
	p.events, err = w.Records(t.Context(), "events", nil, time.Time{}, 1_000_000)
	require.NoError(t, err)
	p.counts, err = w.Records(t.Context(), "attendance", nil, time.Time{}, 1_000_000)
	require.NoError(t, err)
	edition := map[string]string{}
	for _, e := range p.events {
		if e["series"] == "festival-design" {
			edition[e["record_id"].(string)] = e["edition"].(string)
		}
	}
	for _, c := range p.counts {
		n, event := c["visitors"].(int64), c["event"].(string)
		p.byEvent[event] += n
		p.byDay[c["occurred_at"].(time.Time).In(hanoi(t)).Format(time.DateOnly)] += n
		p.editions[edition[event]] += n
	}
	return p
}

// tableOf reads the table behind a part.
func tableOf(t *testing.T, h http.Handler, address string) (head []string, rows [][]string) {
	t.Helper()
	w := get(h, address)
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	var answer struct {
		Table struct {
			Head []string
			Rows [][]string
		}
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
	return answer.Table.Head, answer.Table.Rows
}

func TestTheFiguresOnEventsAreThoseOfPlainLoops(t *testing.T) {
	h, _ := openPatient(t)
	_, w := pulledCity(t)
	p := loopOver(t, w)
	held := map[string]int{}
	begun := 0
	for _, e := range p.events {
		on := e["starts_at"].(time.Time).In(hanoi(t))
		if on.Year() == 2026 && on.Month() <= 10 {
			begun++
			held[e["format"].(string)]++
		}
	}
	front := get(h, "/events?lang=vi").Body.String()
	require.Contains(t, h1(t, front), locale.Number(khue.Vietnamese, float64(begun), 0)+" sự kiện")
	hybrid := get(h, "/events?lang=en&format=hybrid").Body.String()
	require.Contains(t, h1(t, hybrid), fmt.Sprintf("%d events", held["hybrid"]), "the filter by format limits the finding")

	_, days := tableOf(t, h, "/charts/event-calendar?lang=en&period=2025")
	require.Len(t, days, 365)
	for _, row := range days {
		on, err := time.Parse("Monday 2 Jan 2006", row[0])
		require.NoError(t, err)
		n, reported := p.byDay[on.Format(time.DateOnly)]
		if !reported {
			require.Equal(t, "–", row[1], row[0])
			continue
		}
		require.Equal(t, locale.Number(khue.English, float64(n), 0), row[1], row[0])
	}

	head, course := tableOf(t, h, "/charts/editions?lang=en")
	require.Equal(t, []string{"Day", "2026", "2024", "2023", "2022", "2021"}, head)
	for i, edition := range head[1:] {
		var sum float64
		for _, row := range course {
			var n float64
			if row[i+1] != "" && row[i+1] != "–" {
				_, err := fmt.Sscan(strings.ReplaceAll(row[i+1], ",", ""), &n)
				require.NoError(t, err)
			}
			sum += n
		}
		require.EqualValues(t, p.editions[edition], sum, "the days of edition %s are all its visits", edition)
		require.Contains(t, front, locale.Number(khue.Vietnamese, sum, 0), "and stand in the table of editions")
	}
}

func TestTheOthersOfARankingAreWhatIsMissingToTheWhole(t *testing.T) {
	h, _ := openPatient(t)
	_, w := pulledCity(t)
	p := loopOver(t, w)
	organiser := map[string]string{}
	for _, e := range p.events {
		organiser[e["record_id"].(string)] = e["organiser"].(string)
	}
	sums, total := map[string]int64{}, int64(0)
	for _, c := range p.counts {
		if on := c["occurred_at"].(time.Time).In(hanoi(t)); on.Year() == 2026 && on.Month() <= 10 {
			sums[organiser[c["event"].(string)]] += c["visitors"].(int64)
			total += c["visitors"].(int64)
		}
	}
	body := get(h, "/charts/event-organisers.csv?lang=en").Body.String()
	lines := strings.Split(strings.TrimSpace(body), "\r\n")[1:]
	require.Len(t, lines, 11, "ten by name and the others in one row")
	var named int64
	for i, line := range lines {
		cells := strings.Split(line, ",")
		if i == 10 {
			require.Equal(t, fmt.Sprint(total-named), cells[1], line)
			continue
		}
		require.Equal(t, fmt.Sprint(sums[cells[0]]), cells[1], line)
		named += sums[cells[0]]
	}
}

func TestThePageOfOneEventTellsWhatWasCountedAndNoTakings(t *testing.T) {
	h, service := openPatient(t)
	_, w := pulledCity(t)
	p := loopOver(t, w)
	id := severalDays(t, service)
	page := get(h, "/events/"+id+"?lang=vi").Body.String()
	require.Contains(t, h1(t, page), locale.Number(khue.Vietnamese, float64(p.byEvent[id]), 0)+" lượt khách")
	require.Contains(t, page, "c, giữ kín", "takings are withheld and said to be")
	takings := int64(0)
	for _, c := range p.counts {
		if n, ok := c["revenue_vnd"].(int64); ok && c["event"] == id {
			takings += n
			require.NotContains(t, page, locale.Number(khue.Vietnamese, float64(n), 0), "a single report stays withheld")
		}
	}
	require.Positive(t, takings)
	require.NotContains(t, page, locale.Number(khue.Vietnamese, float64(takings), 0))
	require.Regexp(t, regexp.MustCompile(`href="/evidence/[^"]+"`), page, "its days lead to their evidence")
}

func TestPublishedFiguresStandAsTheyWereWrittenBesideOurCounts(t *testing.T) {
	h, service := openPatient(t)
	page := get(h, "/events/series/festival-design?lang=en").Body.String()
	for _, subject := range []string{"festival_visitors", "festival_activities"} {
		claims, err := service.ClaimsOf(t.Context(), subject, time.Time{})
		require.NoError(t, err)
		require.NotEmpty(t, claims)
		for _, c := range claims {
			require.Contains(t, page, locale.Number(khue.English, c.Value, 0))
			require.Contains(t, page, c.Publisher)
			require.Contains(t, page, c.Note.EN, "with its scope note")
		}
	}
}

func TestAddressesOfEventsThatMakeNoSenseAreExplained(t *testing.T) {
	h, _ := openPatient(t)
	long := strings.Repeat("ă", 10_000)
	for _, c := range []struct {
		address string
		status  int
		says    string
	}{
		{"/events?format=phone", http.StatusBadRequest, "onsite, online hoặc hybrid"},
		{"/events?format=onsite&format=online", http.StatusBadRequest, "nhiều giá trị"},
		{"/events?format=", http.StatusOK, "Sự kiện"},
		{"/?format=onsite", http.StatusBadRequest, "Không có bộ lọc"},
		{"/events?q=x", http.StatusBadRequest, "Không có bộ lọc"},
		{"/events?period=2019-01&discipline=advertising&format=hybrid", http.StatusOK, "chưa có"},
		{"/events?area=001&period=2026", http.StatusBadRequest, "đến hết ngày"},
		{"/events/list?q=" + url.QueryEscape(strings.Repeat("a", 101)), http.StatusBadRequest, "quá dài"},
		{"/events/list?q=" + long, http.StatusBadRequest, "quá dài"},
		{"/events/list?page=0", http.StatusBadRequest, "trang"},
		{"/events/list?page=" + url.QueryEscape("٣"), http.StatusBadRequest, "trang"},
		{"/events/list?page=1999", http.StatusOK, "Hãy thử từ khác"},
		{"/events/list?access=gratis", http.StatusBadRequest, "free hoặc ticketed"},
		{"/events/list?series=khong-co", http.StatusOK, "Không tìm thấy sự kiện nào"},
		{"/events/list?q=" + url.QueryEscape("' OR 1=1 --"), http.StatusOK, "Không tìm thấy sự kiện nào"},
		{"/events/list?organiser=" + url.QueryEscape(strings.Repeat("x", 301)), http.StatusBadRequest, "quá dài"},
		{"/events/nobody", http.StatusNotFound, "Không có sự kiện nào"},
		{"/events/" + strings.Repeat("x", 2000), http.StatusNotFound, "Không có sự kiện nào"},
		{"/events/%3Cscript%3E", http.StatusNotFound, "&lt;script&gt;"},
		{"/events/a%2Fb", http.StatusNotFound, "Không có sự kiện nào"},
		{"/events/series/nobody", http.StatusNotFound, "Không có chuỗi"},
		{"/events/series/", http.StatusNotFound, "Không có chuỗi"},
		{"/events/series/a%00b", http.StatusNotFound, "Không có chuỗi"},
		{"/charts/editions?series=nobody", http.StatusNotFound, "không có biểu đồ"},
		{"/charts/event-calendar?format=phone", http.StatusBadRequest, ""},
	} {
		w := get(h, c.address, "Accept-Language", "vi")
		require.Equal(t, c.status, w.Code, short80(c.address))
		require.Contains(t, w.Body.String(), c.says, short80(c.address))
		require.NotContains(t, w.Body.String(), "goroutine")
		require.NotContains(t, w.Body.String(), "<script>alert")
	}
}

func short80(s string) string { return s[:min(len(s), 80)] }

func TestWhatSourcesWriteOfEventsIsShownAsTextCutAndComposed(t *testing.T) {
	now := func() time.Time { return morning }
	w := warehousetest.OpenAt(t, now)
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	h := openService(t, indicators.NewService(catalogue, w, indicators.Options{Now: now, Zone: warehousetest.Zone()}), now)
	require.Equal(t, http.StatusOK, get(h, "/events").Code, "an empty warehouse has a page of events")
	require.Contains(t, get(h, "/events").Body.String(), "chưa có sự kiện nào được ghi nhận")

	long := "Rất dài " + strings.Repeat("đêm ", 200)
	events := newRows(t, "events")
	for i, e := range []struct{ id, title string }{
		{"a/b ?#%", `<script>alert("x")</script>`}, {"dai", long}, {"nfd", "Đe\u0302m hội"}, {"dong", "Dòng một\nDòng\t hai\x01"}, {"trong", ""}, {"thuc", "=HYPERLINK(1)"},
	} {
		events.add(e.id, map[string]any{
			"title": e.title, "organiser": e.title, "venue": "", "disciplines": []string{"design"}, "format": "onsite", "series": "s/1 é", "edition": "<b>1</b>",
			"starts_at": time.Date(2026, 10, 1+i, 0, 30, 0, 0, warehousetest.Zone()),
		})
	}
	post(t, w, "events", events)
	list := get(h, "/events/list?period=2026").Body.String()
	require.NotContains(t, list, "<script>alert")
	require.Contains(t, list, "&lt;script&gt;alert")
	require.Contains(t, list, "Đêm hội", "composed")
	require.Contains(t, list, "Dòng một Dòng hai", "on one line")
	require.Contains(t, list, `title="`+strings.TrimSpace(long)+`"`, "all of it in the title attribute")
	require.Contains(t, list, "…</span>", "and cut visibly")
	require.Contains(t, list, ">trong<", "an event without a title is told by its id")
	for _, address := range linksOf(list, `<ol class="event-lines">`, "</ol>") {
		page := get(h, address)
		require.Equal(t, http.StatusOK, page.Code, address)
		require.NotContains(t, page.Body.String(), "<script>alert")
		require.Contains(t, page.Body.String(), "chưa có báo cáo lượt khách", "nothing counted is not zero")
	}
	series := get(h, "/events/series/"+url.PathEscape("s/1 é"))
	require.Equal(t, http.StatusOK, series.Code)
	require.NotContains(t, series.Body.String(), "<b>1</b>")
	require.Contains(t, get(h, "/events/list.csv?period=2026").Body.String(), "'=HYPERLINK", "no cell is a formula")
	requireStrict(t, get(h, "/events?period=2026"))
}
