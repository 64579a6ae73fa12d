package dashboards_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/dashboards"
	"khue/indicators"
	"khue/notes"
	"khue/state"
)

// openNoted serves a service's pages with notes in a state of their own.
func openNoted(t testing.TB, service dashboards.Service, door dashboards.Door) (http.Handler, *notes.Book) {
	t.Helper()
	store, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	now := func() time.Time { return morning }
	book := notes.NewBook(store, now)
	return openSite(t, dashboards.Options{Service: service, Now: now, Patience: time.Minute, Spreadsheet: sheetAsJSON, Notes: book, ActionDoor: door}), book
}

func noteOn(t testing.TB, book *notes.Book, figure, event, period, vi, en string) notes.Note {
	t.Helper()
	p := khue.MustParsePeriod(period)
	n, err := book.Add(t.Context(), notes.Note{
		Indicator: figure, Event: event, EventTitle: event, From: p.Start(), To: p.End(), Text: khue.Text{VI: vi, EN: en}, Office: "Phòng Quản lý văn hóa",
	})
	require.NoError(t, err)
	return n
}

var tokenOf = regexp.MustCompile(`name="token" value="([^"]+)"`)

// noteForm sends a form as a browser that opened the page of it would.
func noteForm(t *testing.T, h http.Handler, page, to string, fields url.Values, change func(*http.Request, url.Values)) *httptest.ResponseRecorder {
	t.Helper()
	opened := get(h, page)
	sent := url.Values{}
	for name, values := range fields {
		sent[name] = values
	}
	if m := tokenOf.FindStringSubmatch(opened.Body.String()); m != nil {
		sent.Set("token", m[1])
	}
	r := httptest.NewRequest(http.MethodPost, to, nil)
	for _, cookie := range opened.Result().Cookies() {
		r.AddCookie(cookie)
	}
	r.Host = "127.0.0.1:8080"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if change != nil {
		change(r, sent)
	}
	r.Body = http.NoBody
	body := strings.NewReader(sent.Encode())
	r2, err := http.NewRequestWithContext(r.Context(), http.MethodPost, to, body)
	require.NoError(t, err)
	r2.Header, r2.Host, r2.RequestURI = r.Header, r.Host, to
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r2)
	return w
}

// moved is a form with nothing wrong in it.
func moved() url.Values {
	return url.Values{"indicator": {"visitors"}, "period": {"10/2026"}, "text_vi": {"Lễ hội dời sang tháng 12"}, "text_en": {"Festival moved to December"}, "office": {"Phòng Quản lý văn hóa"}}
}

func TestANoteIsTakenOnlyAsItShouldBe(t *testing.T) {
	service := serviceOf(t, lively(morning))
	set := func(name, value string) func(*http.Request, url.Values) {
		return func(_ *http.Request, v url.Values) { v.Set(name, value) }
	}
	for _, c := range []struct {
		name   string
		door   dashboards.Door
		change func(*http.Request, url.Values)
		status int
		has    []string
		kept   int
	}{
		{"a good one", dashboards.DoorOpen, nil, 303, nil, 1},
		{"without English", dashboards.DoorOpen, set("text_en", ""), 303, nil, 1},
		{"the door is shut", dashboards.DoorShut, nil, 403, []string{"không nhận lệnh từ mạng", "Về trang Ghi chú"}, 0},
		{"through a proxy to a local door", dashboards.DoorLocal, func(r *http.Request, _ url.Values) { r.Header.Set("X-Forwarded-For", "10.0.0.9") }, 403, []string{"chỉ nhận lệnh từ chính máy chủ"}, 0},
		{"no token", dashboards.DoorOpen, func(_ *http.Request, v url.Values) { v.Del("token") }, 403, []string{"Biểu mẫu này đã cũ"}, 0},
		{"another's token", dashboards.DoorOpen, set("token", strings.Repeat("A", 86)), 403, []string{"Biểu mẫu này đã cũ"}, 0},
		{"no cookie", dashboards.DoorOpen, func(r *http.Request, _ url.Values) { r.Header.Del("Cookie") }, 403, []string{"Biểu mẫu này đã cũ"}, 0},
		{"from another site", dashboards.DoorOpen, func(r *http.Request, _ url.Values) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403, []string{"đến từ một trang khác"}, 0},
		{"from another origin", dashboards.DoorOpen, func(r *http.Request, _ url.Values) { r.Header.Set("Origin", "https://example.org") }, 403, []string{"đến từ một trang khác"}, 0},
		{
			"all faults at once", dashboards.DoorOpen, func(_ *http.Request, v url.Values) {
				v.Set("indicator", "khong-co")
				v.Set("period", "13/2026")
				v.Set("text_vi", "")
				v.Set("office", "a\x07b")
				v.Set("text_en", "stays here")
			}, 422,
			[]string{`Không có chỉ số &#34;khong-co&#34;`, "Không đọc được kỳ", "Hãy viết nội dung bằng tiếng Việt", "Có ký tự điều khiển", `href="#office"`, `aria-invalid="true"`, "stays here"},
			0,
		},
		{"10,000 characters", dashboards.DoorOpen, set("text_vi", strings.Repeat("ệ", 10_000)), 422, []string{"Dài 10000 ký tự; nhiều nhất 500", strings.Repeat("ệ", 1000)}, 0},
		{"a form without end", dashboards.DoorOpen, set("text_vi", strings.Repeat("a", 300_000)), 413, []string{"Biểu mẫu dài hơn 256 kB"}, 0},
		{"in English", dashboards.DoorOpen, func(r *http.Request, v url.Values) { r.Header.Set("Accept-Language", "en"); v.Set("text_vi", " ") }, 422, []string{"Write the note in Vietnamese", "The note was not kept"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, book := openNoted(t, service, c.door)
			w := noteForm(t, h, "http://127.0.0.1:8080/notes/new", "/notes/new", moved(), c.change)
			require.Equal(t, c.status, w.Code, w.Body.String())
			for _, s := range c.has {
				require.Contains(t, strings.ToLower(w.Body.String()), strings.ToLower(s))
			}
			if c.status != 303 {
				requireStrict(t, w)
			}
			all, err := book.Standing(t.Context())
			require.NoError(t, err)
			require.Len(t, all.Notes, c.kept)
		})
	}
}

func TestWhoWroteANoteComesBackToTheChart(t *testing.T) {
	h, _ := openNoted(t, serviceOf(t, lively(morning)), dashboards.DoorOpen)
	for _, back := range []string{"/?period=2025#visitors", "", "https://example.org/", "//example.org/", `/\example.org`, "javascript:alert(1)"} {
		f := moved()
		f.Set("back", back)
		f.Set("text_vi", "Ghi chú "+back)
		w := noteForm(t, h, "/notes/new", "/notes/new", f, nil)
		require.Equal(t, http.StatusSeeOther, w.Code, w.Body.String())
		if strings.HasPrefix(back, "/?") {
			require.Equal(t, back, w.Header().Get("Location"))
		} else {
			require.Regexp(t, `^/notes/\d+$`, w.Header().Get("Location"), back)
		}
	}
	page := get(h, "/?lang=vi").Body.String()
	require.Contains(t, page, `href="/notes/new?back=%2F%23visitors&amp;indicator=visitors&amp;period=2026"`, "the card leads to the form, and the form back")
	form := get(h, "/notes/new?back=%2F%23visitors&indicator=visitors&period=2026").Body.String()
	require.Contains(t, form, `value="visitors" selected`)
	require.Contains(t, form, `name="period" value="2026"`)
}

func TestANoteShowsAtOnceOnItsChartAndBelowIt(t *testing.T) {
	h, book := openNoted(t, serviceOf(t, lively(morning)), dashboards.DoorShut)
	require.NotContains(t, get(h, "/").Body.String(), `class="pinned"`)
	before := drawnChart(t, h, "/charts/visitors?lang=vi")
	noteOn(t, book, "visitors", "", "2026-10", "Lễ hội <b>dời</b> sang tháng 12", "")
	noteOn(t, book, "", "", "2026-03", "Nhiều nơi đóng cửa vì bão", "Many venues closed by a storm")
	noteOn(t, book, "visitors", "", "2025-10", "Năm trước có lễ hội lớn", "A large festival the year before")
	noteOn(t, book, "events", "", "2026-10", "Không phải lượt khách", "Not visitors")

	page := get(h, "/").Body.String()
	list := between(page, `<section class="col-12 col-lg-8" id="visitors"`, "</section>")
	require.Regexp(t, `(?s)class="pin">1<.*tháng 3 năm 2026.*Nhiều nơi đóng cửa.*class="pin">2<.*tháng 10 năm 2026.*class="pin">3<.*tháng 10 năm 2025.*Năm trước`, list)
	require.Contains(t, list, "Lễ hội &lt;b&gt;dời&lt;/b&gt; sang tháng 12")
	require.NotContains(t, page, "<b>dời")
	require.NotContains(t, list, "Không phải lượt khách")
	english := get(h, "/?lang=en").Body.String()
	require.Contains(t, english, `<span lang="vi">Lễ hội &lt;b&gt;dời&lt;/b&gt; sang tháng 12 (tiếng Việt)</span>`)
	require.Contains(t, english, "Many venues closed by a storm")

	after := drawnChart(t, h, "/charts/visitors?lang=vi")
	require.Equal(t, len(before)+1, len(after))
	marks := after[len(after)-1].(map[string]any)["markPoint"].(map[string]any)["data"].([]any)
	require.Len(t, marks, 2, "this October and the one before stand over the same month")
	require.Equal(t, map[string]any{"name": "1", "xAxis": 2.0, "y": 13.0, "symbolSize": []any{18.0, 18.0}}, marks[0])
	require.Equal(t, "2–3", marks[1].(map[string]any)["name"])
	require.Contains(t, get(h, "/charts/visitors?lang=vi").Body.String(), "2. tháng 10 năm 2026: Lễ hội", "under the picture too")
	require.Contains(t, get(h, "/charts/visitors?lang=vi&period=2025").Body.String(), "Năm trước có lễ hội lớn")
	require.NotContains(t, get(h, "/charts/visitors?lang=vi&period=2023").Body.String(), "markPoint\":{\"animation\":false,\"data\":[{\"name\"")
}

// chartOf is the series that a chart draws.
func drawnChart(t *testing.T, h http.Handler, address string) []any {
	t.Helper()
	var answer struct {
		Option struct {
			Series []any `json:"series"`
		} `json:"option"`
	}
	w := get(h, address)
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
	return answer.Option.Series
}

func between(page, from, to string) string {
	_, rest, _ := strings.Cut(page, from)
	out, _, _ := strings.Cut(rest, to)
	return out
}

func TestNotesOnAllFiguresAreToldOnceWhereNoChartShowsThem(t *testing.T) {
	service, _ := pulledCity(t)
	h, book := openNoted(t, service, dashboards.DoorShut)
	noteOn(t, book, "", "", "2026-03", "Nhiều nơi đóng cửa vì bão", "Many venues closed by a storm")
	overview := get(h, "/").Body.String()
	require.Equal(t, 1, strings.Count(overview, "Nhiều nơi đóng cửa"), "its chart tells it")
	areas := get(h, "/areas").Body.String()
	require.Equal(t, 1, strings.Count(areas, "Nhiều nơi đóng cửa"), "no chart of days there, so the head of the page does")
	require.Contains(t, between(areas, `<div class="span-notes">`, "</div>"), "Nhiều nơi đóng cửa")
	for _, address := range []string{"/events", "/disciplines", "/members"} {
		require.Contains(t, get(h, address).Body.String(), "Nhiều nơi đóng cửa", address)
	}
}

func TestChartsOfTargetsAndEventsBearTheirNotes(t *testing.T) {
	service, _ := pulledCity(t)
	h, book := openNoted(t, service, dashboards.DoorShut)
	var target indicators.Target
	for _, p := range service.Catalogue().Programmes() {
		for _, one := range p.Targets {
			if p.ID == "nq09" && target.ID == "" {
				target = one
			}
		}
	}
	noteOn(t, book, target.Indicator, "", "2023", "Đổi cách thống kê", "Counted in another way")
	noteOn(t, book, "events", "", "2026-05", "Trùng kỳ nghỉ", "During the holidays")
	resolution := get(h, "/resolution").Body.String()
	require.Contains(t, resolution, "Đổi cách thống kê")
	address := regexp.MustCompile(`data-chart="([^"]+)"`).FindStringSubmatch(resolution)
	require.NotNil(t, address)
	found := false
	for _, m := range regexp.MustCompile(`data-chart="([^"]+)"`).FindAllStringSubmatch(resolution, -1) {
		found = found || strings.Contains(get(h, strings.ReplaceAll(m[1], "&amp;", "&")).Body.String(), "Đổi cách thống kê")
	}
	require.True(t, found)
	events := get(h, "/events").Body.String()
	require.Contains(t, events, "Trùng kỳ nghỉ")
}

func TestAnEventBearsItsNotes(t *testing.T) {
	service, _ := pulledCity(t)
	h, book := openNoted(t, service, dashboards.DoorOpen)
	page := get(h, "/events/2935012").Body.String()
	require.Contains(t, page, "Chưa có ghi chú nào về sự kiện này")
	add := between(page, `<a href="/notes/new?`, `"`)
	require.Contains(t, add, "event=2935012")
	form := get(h, "/notes/new?"+strings.ReplaceAll(add, "&amp;", "&"))
	require.Equal(t, http.StatusOK, form.Code)
	require.Contains(t, form.Body.String(), `name="event" value="2935012"`)
	unknown := url.Values{"event": {"E-none"}, "period": {"2026-12"}, "text_vi": {"Dời"}, "office": {"Ban tổ chức"}}
	refused := noteForm(t, h, "/notes/new", "/notes/new", unknown, nil)
	require.Equal(t, http.StatusUnprocessableEntity, refused.Code)
	require.Contains(t, refused.Body.String(), "Không có sự kiện nào mang mã")
	fields := url.Values{"event": {"2935012"}, "period": {"2026-12"}, "text_vi": {"Dời sang tháng 12"}, "office": {"Ban tổ chức"}}
	w := noteForm(t, h, "/notes/new", "/notes/new", fields, nil)
	require.Equal(t, http.StatusSeeOther, w.Code, w.Body.String())
	require.Contains(t, get(h, "/events/2935012").Body.String(), "Dời sang tháng 12")
	all, err := book.Standing(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, all.Notes[0].EventTitle)
	require.Contains(t, get(h, "/notes").Body.String(), "Sự kiện: "+all.Notes[0].EventTitle)
	require.NotContains(t, get(h, "/").Body.String(), "Dời sang tháng 12", "it is about that event alone")
}

func TestTheListOfNotesIsFilteredAndSearchedWithoutMarks(t *testing.T) {
	h, book := openNoted(t, serviceOf(t, lively(morning)), dashboards.DoorShut)
	require.Contains(t, get(h, "/notes").Body.String(), "Chưa có ghi chú nào")
	noteOn(t, book, "visitors", "", "2026-10", "Lễ hội dời sang tháng 12", "Festival moved")
	noteOn(t, book, "events", "", "2025", "Đổi cách đếm", "Counted in another way")
	gone := noteOn(t, book, "events", "", "2024", "Ghi nhầm", "By mistake")
	_, err := book.TakeDown(t.Context(), gone)
	require.NoError(t, err)
	for _, c := range []struct {
		address     string
		status      int
		has, hasNot []string
	}{
		{"/notes", 200, []string{"2 ghi chú bên các số liệu", "Lễ hội dời", "Đổi cách đếm", "Phòng Quản lý văn hóa"}, []string{"Ghi nhầm"}},
		{"/notes?indicator=events", 200, []string{"Tìm thấy 1 ghi chú", "Đổi cách đếm"}, []string{"Lễ hội dời"}},
		{"/notes?period=2026-Q4", 200, []string{"Lễ hội dời"}, []string{"Đổi cách đếm"}},
		{"/notes?period=10/2026", 200, []string{"Lễ hội dời"}, []string{"Đổi cách đếm"}},
		{"/notes?q=doi+cach+dem", 200, []string{"Đổi cách đếm"}, []string{"Lễ hội dời"}},
		{"/notes?q=khach", 200, []string{"Lễ hội dời"}, []string{"Đổi cách đếm"}},
		{"/notes?q=zzz&lang=en", 200, []string{"There is no such note", "Widen the filters"}, nil},
		{"/notes?lang=en", 200, []string{"2 notes beside figures", "Festival moved", "October 2026"}, nil},
		{"/notes?indicator=khong-con", 200, []string{"Không có ghi chú nào như vậy", `value="khong-con" selected`}, nil},
		{"/notes?period=2026-13", 400, []string{"Không đọc được kỳ", "Về trang Ghi chú"}, nil},
		{"/notes?q=" + strings.Repeat("a", 101), 400, []string{"quá dài"}, nil},
		{"/notes?indicator=" + strings.Repeat("a", 10_000), 400, []string{"Địa chỉ quá dài"}, nil},
		{"/notes?page=0", 400, []string{"trang số"}, nil},
		{"/notes?x=1", 400, []string{"Không có bộ lọc"}, nil},
		{"/notes/99", 404, []string{"không có ghi chú số 99"}, nil},
		{"/notes/abc", 404, []string{"Không có ghi chú"}, nil},
		{"/notes/3", 200, []string{"đã được gỡ", "Ghi nhầm", "Các bản trước"}, []string{"Sửa ghi chú này"}},
		{"/notes/1", 200, []string{"Festival moved", "không nhận lệnh từ mạng"}, []string{"<form class=\"card note-form\""}},
		{"/notes/new", 200, []string{"không nhận lệnh từ mạng"}, []string{"note-form"}},
		{"/notes/new?period=2026&from=<script>", 200, nil, []string{"<script>alert", "from=<script>"}},
	} {
		w := get(h, c.address)
		require.Equal(t, c.status, w.Code, c.address)
		for _, s := range c.has {
			require.Contains(t, strings.ToLower(w.Body.String()), strings.ToLower(s), c.address)
		}
		for _, s := range c.hasNot {
			require.NotContains(t, w.Body.String(), s, c.address)
		}
		for _, wrong := range []string{"%!", "<nil>"} {
			require.NotContains(t, w.Body.String(), wrong, c.address)
		}
		requireStrict(t, w)
	}
}

func TestANoteIsChangedAndTakenDownOnItsPage(t *testing.T) {
	h, book := openNoted(t, serviceOf(t, lively(morning)), dashboards.DoorOpen)
	noteOn(t, book, "visitors", "", "2026-10", "Lễ hội dời sang tháng 12", "Festival moved")
	fields := moved()
	fields.Set("revision", "1")
	fields.Set("text_vi", "Lễ hội dời sang ngày 12 tháng 12")
	w := noteForm(t, h, "/notes/1", "/notes/1/change", fields, nil)
	require.Equal(t, http.StatusSeeOther, w.Code, w.Body.String())
	page := get(h, "/notes/1").Body.String()
	require.Contains(t, page, "Lễ hội dời sang ngày 12 tháng 12")
	require.Contains(t, between(page, `id="past"`, "</section>"), "Lễ hội dời sang tháng 12")
	require.Contains(t, get(h, "/").Body.String(), "ngày 12 tháng 12")

	w = noteForm(t, h, "/notes/1", "/notes/1/change", fields, nil)
	require.Equal(t, http.StatusConflict, w.Code, "an old form does not undo what came since")
	require.Contains(t, w.Body.String(), "vừa được sửa")
	fields.Set("text_vi", "")
	fields.Set("revision", "2")
	w = noteForm(t, h, "/notes/1", "/notes/1/change", fields, nil)
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.Contains(t, w.Body.String(), "<details class=\"note-change\" open>")
	w = noteForm(t, h, "/notes/1", "/notes/1/change", url.Values{"revision": {"x"}}, nil)
	require.Equal(t, http.StatusForbidden, w.Code)

	w = noteForm(t, h, "/notes/1", "/notes/1/down", url.Values{"revision": {"2"}}, nil)
	require.Equal(t, http.StatusSeeOther, w.Code, w.Body.String())
	require.NotContains(t, get(h, "/").Body.String(), "ngày 12 tháng 12")
	require.Contains(t, get(h, "/notes/1").Body.String(), "Ghi chú này đã được gỡ")
	w = noteForm(t, h, "/notes/new", "/notes/7/down", url.Values{"revision": {"1"}}, nil)
	require.Equal(t, http.StatusNotFound, w.Code)
}

func TestTheDictionaryTellsTheNotesOnAnIndicator(t *testing.T) {
	h, book := openNoted(t, serviceOf(t, lively(morning)), dashboards.DoorShut)
	noteOn(t, book, "grdp_share", "", "2024", "Đổi cách thống kê", "")
	page := get(h, "/indicators/grdp_share").Body.String()
	require.Contains(t, page, "Đổi cách thống kê")
	require.Contains(t, page, "/notes/new?back=%2Findicators%2Fgrdp_share&amp;indicator=grdp_share")
	require.NotContains(t, get(h, "/indicators/visitors").Body.String(), "Đổi cách thống kê")
}

func TestOpenPagesHearOfANewNote(t *testing.T) {
	h, book := openNoted(t, serviceOf(t, lively(morning)), dashboards.DoorShut)
	tag := func() string { return between(get(h, "/").Body.String(), `data-live="`, `"`) }
	before := tag()
	require.Contains(t, get(h, "/live/state").Body.String(), before)
	noteOn(t, book, "visitors", "", "2026-10", "Lễ hội dời sang tháng 12", "")
	require.NotEqual(t, before, tag())
	require.Contains(t, get(h, "/live/state").Body.String(), tag())
}

func TestFilesOfAChartBearItsNotes(t *testing.T) {
	h, book := openNoted(t, serviceOf(t, lively(morning)), dashboards.DoorShut)
	noteOn(t, book, "visitors", "", "2026-10", "Lễ hội <dời> sang tháng 12", "Festival moved")
	svg := get(h, "/charts/visitors.svg?lang=vi")
	require.Equal(t, http.StatusOK, svg.Code, svg.Body.String())
	require.Contains(t, svg.Body.String(), "1. tháng 10 năm 2026: Lễ hội &lt;dời&gt; sang tháng 12")
	require.Regexp(t, `<text[^>]*>1</text>`, svg.Body.String(), "the number stands on the drawing")
	if dir := os.Getenv(screenshotsVariable); dir != "" {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "notes-visitors.svg"), svg.Body.Bytes(), 0o644))
	}
	workbook := get(h, "/charts/visitors.xlsx?lang=en").Body.String()
	require.Contains(t, workbook, "1. October 2026: Festival moved")
	for _, lang := range []string{"vi", "en"} {
		w := get(h, "/charts/visitors.csv?lang="+lang)
		require.Equal(t, http.StatusOK, w.Code)
		require.NotContains(t, w.Body.String(), "Festival", "figures alone")
	}
}
