package dashboards_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/dashboards"
	"khue/reports/archive"
	"khue/state"
)

// withCookie asks for an address with a cookie of a name that a browser remembers.
func withCookie(h http.Handler, address string, cookies []*http.Cookie, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, address, nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestWhoTakesAFileAlongIsKeptWithTheNameThatTheBrowserRemembers(t *testing.T) {
	service := serviceOf(t, lively(morning))
	s := newShelf(t, service)
	h := withReports(t, service, s, dashboards.DoorShut, nil)
	id := kept(t, s, brief, "2026-10", openParameters, "[]", map[string]string{"html": webPaper, "pdf": "%PDF-1.7 x"})
	w := get(h, "/reports/1/files/vi/pdf")
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "%PDF-1.7 x", w.Body.String())
	require.Equal(t, "application/pdf", w.Header().Get("Content-Type"))
	require.Equal(t, `"`+sha256Of("%PDF-1.7 x")+`"`, w.Header().Get("ETag"))
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	require.Equal(t, `attachment; filename="bao-cao_2026-10_vi.pdf"; filename*=UTF-8''T%C3%B3m%20t%E1%BA%AFt%20m%E1%BB%99t%20trang%20cho%20l%C3%A3nh%20%C4%91%E1%BA%A1o%2C%20th%C3%A1ng%2010%20n%C4%83m%202026%2C%20d%E1%BB%B1%20th%E1%BA%A3o.pdf`,
		w.Header().Get("Content-Disposition"))
	require.NotContains(t, w.Header().Get("Content-Security-Policy"), "script-src")
	require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'")

	named := noteForm(t, h, "/reports/1", "/reports/name", url.Values{"person": {" Trần  Văn Sơn "}, "back": {"/reports/1"}}, nil)
	require.Equal(t, http.StatusSeeOther, named.Code, "a name is no order: the door is shut, and it is remembered")
	require.Equal(t, "/reports/1", named.Header().Get("Location"))
	cookies := named.Result().Cookies()
	require.True(t, cookies[0].HttpOnly)
	require.Equal(t, http.SameSiteStrictMode, cookies[0].SameSite)
	opened := withCookie(h, "/reports/1/files/vi/pdf?view=1", cookies)
	require.Contains(t, opened.Header().Get("Content-Disposition"), "inline; ")
	again := withCookie(h, "/reports/1/files/vi/pdf", cookies, "If-None-Match", w.Header().Get("ETag"))
	require.Equal(t, http.StatusNotModified, again.Code)
	require.Empty(t, again.Body.String())
	head := httptest.NewRecorder()
	h.ServeHTTP(head, httptest.NewRequest(http.MethodHead, "/reports/1/files/vi/pdf", nil))
	require.Equal(t, http.StatusOK, head.Code)
	require.Equal(t, http.StatusOK, get(h, "/reports/1/preview/vi").Code)

	list, all, err := s.Downloads(t.Context(), id, 10)
	require.NoError(t, err)
	require.Equal(t, 3, all, "looking is no taking along")
	require.Equal(t, []string{"Trần Văn Sơn", "Trần Văn Sơn", ""}, []string{list[0].Person, list[1].Person, list[2].Person})
	told := get(h, "/reports/1").Body.String()
	require.Contains(t, between(told, `id="taken"`, "</section>"), "Trần Văn Sơn")
	require.Contains(t, between(told, `id="taken"`, "</section>"), "không ghi tên")

	for _, away := range []string{"https://example.org/", "//example.org/reports", "/data", "javascript:alert(1)"} {
		w := noteForm(t, h, "/reports/1", "/reports/name", url.Values{"person": {"Lan"}, "back": {away}}, nil)
		require.Equal(t, "/reports", w.Header().Get("Location"), away)
	}
	forged := noteForm(t, h, "/reports/1", "/reports/name", url.Values{"person": {"Lan"}}, func(_ *http.Request, v url.Values) { v.Del("token") })
	require.Equal(t, http.StatusForbidden, forged.Code)
	forgotten := noteForm(t, h, "/reports/1", "/reports/name", url.Values{"person": {""}}, nil)
	require.Negative(t, forgotten.Result().Cookies()[0].MaxAge)
	broken := withCookie(h, "/reports/1", []*http.Cookie{{Name: "khue_person", Value: "!!"}})
	require.Equal(t, http.StatusOK, broken.Code)
}

func TestAFileThatWasAlteredIsNotHandedOut(t *testing.T) {
	service := serviceOf(t, lively(morning))
	s := newShelf(t, service)
	h := withReports(t, service, s, dashboards.DoorShut, nil)
	id := kept(t, s, brief, "2026-10", openParameters, "[]", map[string]string{"pdf": "%PDF-1.7 x"})
	s.alter(t, "UPDATE report_contents SET content = 'another'")
	w := get(h, "/reports/1/files/vi/pdf")
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.NotContains(t, w.Body.String(), "another")
	_, all, err := s.Downloads(t.Context(), id, 1)
	require.NoError(t, err)
	require.Zero(t, all)
}

func TestWhatCannotBeNotedIsNotHandedOut(t *testing.T) {
	service := serviceOf(t, lively(morning))
	s := newShelf(t, service)
	h := withReports(t, service, s, dashboards.DoorShut, nil)
	kept(t, s, brief, "2026-10", openParameters, "[]", map[string]string{"pdf": "%PDF-1.7 x"})
	s.alter(t, "DROP TABLE report_downloads")
	w := get(h, "/reports/1/files/vi/pdf")
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.NotContains(t, w.Body.String(), "%PDF")
}

func TestAPreviewRunsNothingAndStandsInOurPagesAlone(t *testing.T) {
	service := serviceOf(t, lively(morning))
	s := newShelf(t, service)
	h := withReports(t, service, s, dashboards.DoorShut, nil)
	kept(t, s, brief, "2026-10", openParameters, "[]", map[string]string{"html": webPaper})
	w := get(h, "/reports/1/preview/vi")
	policy := w.Header().Get("Content-Security-Policy")
	require.Regexp(t, `; sandbox$`, policy, "without a right to anything")
	require.Contains(t, policy, "default-src 'none'")
	require.Contains(t, policy, "frame-ancestors 'self'")
	require.NotContains(t, policy, "script-src")
	require.Equal(t, "SAMEORIGIN", w.Header().Get("X-Frame-Options"))
	require.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
	require.Equal(t, webPaper, w.Body.String())
	framing := get(h, "/reports/1")
	requireStrict(t, framing)
	require.Contains(t, framing.Header().Get("Content-Security-Policy"), "; frame-src 'self'")
	for _, address := range []string{"/", "/reports", "/reports/compare?a=1&b=1", "/reports/1/files/vi/html"} {
		require.NotContains(t, get(h, address).Header().Get("Content-Security-Policy"), "frame-src", address)
		require.Equal(t, "DENY", get(h, address).Header().Get("X-Frame-Options"), address)
	}
}

func TestAReportForTheOfficesOwnUseIsShownToNobodyUnlessTheSiteIsToldTo(t *testing.T) {
	service := serviceOf(t, lively(morning))
	s := newShelf(t, service)
	kept(t, s, brief, "2026-10", openParameters, "[]", map[string]string{"pdf": "%PDF open", "model": "{}"})
	kept(t, s, brief, "2026-10", `{"confidential":true}`, "[]", map[string]string{"html": webPaper, "pdf": "%PDF secret", "model": "{}"})
	unread := kept(t, s, brief, "2026-09", `not JSON`, "[]", map[string]string{"pdf": "%PDF unread"})
	moveTo(t, s, unread, archive.Submitted, state.ReportInReview, "Lan", "")
	for _, told := range []bool{false, true} {
		h := withReports(t, service, s, dashboards.DoorOpen, func(o *dashboards.Options) { o.ConfidentialReports = told })
		list := get(h, "/reports").Body.String()
		require.Equal(t, told, strings.Contains(list, `href="/reports/2"`))
		require.Equal(t, !told, strings.Contains(list, "2 báo cáo dùng nội bộ không hiện ở đây"))
		require.Equal(t, told, strings.Contains(get(h, "/reports/1").Body.String(), "/reports/2"))
		for _, address := range []string{"/reports/2", "/reports/2/files/vi/pdf", "/reports/2/preview/vi", "/reports/compare?a=1&b=2", "/reports/3/files/vi/pdf"} {
			w := get(h, address)
			if told {
				require.Equal(t, http.StatusOK, w.Code, "%s %s", address, said(w))
				continue
			}
			require.Equal(t, http.StatusForbidden, w.Code, address)
			require.Contains(t, w.Body.String(), "chỉ mở cho người có quyền xem số liệu ấy")
			require.NotContains(t, w.Body.String(), "secret")
		}
		w := actForm(t, h, 2, "submit", "Lan", "", nil)
		require.Equal(t, told, w.Code != http.StatusForbidden)
		require.Equal(t, told, strings.Contains(get(h, "/reports/new?definition="+brief).Body.String(), `name="confidential"`))
	}
}

func TestAFormThatIsSentTwiceDoesItsWorkOnce(t *testing.T) {
	service := serviceOf(t, lively(morning))
	s := newShelf(t, service)
	var made atomic.Int32
	s.hold = func() { made.Add(1); time.Sleep(300 * time.Millisecond) }
	h := withReports(t, service, s, dashboards.DoorOpen, nil)
	var answers [3]*httptest.ResponseRecorder
	var all sync.WaitGroup
	for i := range 2 {
		all.Go(func() { answers[i] = draftForm(t, h, ordering("Nguyễn Thị Lan"), nil) })
	}
	all.Wait()
	answers[2] = draftForm(t, h, ordering("Nguyễn Thị Lan"), nil)
	for _, w := range answers {
		require.Equal(t, http.StatusSeeOther, w.Code, said(w))
		require.Equal(t, "/reports/1", w.Header().Get("Location"))
	}
	require.EqualValues(t, 1, made.Load())
	r, err := s.Report(t.Context(), 1)
	require.NoError(t, err)
	require.Len(t, r.Steps, 1)
}

func TestWorkThatTakesLongIsToldOfUntilItIsDone(t *testing.T) {
	service := serviceOf(t, lively(morning))
	s := newShelf(t, service)
	release := make(chan struct{})
	s.hold = func() { <-release }
	h := withReports(t, service, s, dashboards.DoorOpen, func(o *dashboards.Options) { o.Patience = 400 * time.Millisecond })
	w := draftForm(t, h, ordering("Nguyễn Thị Lan"), nil)
	require.Equal(t, http.StatusSeeOther, w.Code, said(w))
	require.Equal(t, "/reports", w.Header().Get("Location"))
	during := get(h, "/reports").Body.String()
	require.Contains(t, during, "data-underway")
	require.Contains(t, during, "Lập dự thảo: Tóm tắt một trang cho lãnh đạo, tháng 10 năm 2026")
	other := draftForm(t, h, ordering("Phạm Hoa"), func(_ *http.Request, v url.Values) { v.Set("once", "another form") })
	require.Equal(t, http.StatusConflict, other.Code)
	require.Contains(t, other.Body.String(), "Nguyễn Thị Lan đang thao tác")
	close(release)
	require.Eventually(t, func() bool { return strings.Contains(get(h, "/reports").Body.String(), "Đã xong, mở báo cáo") }, time.Minute, 50*time.Millisecond)
	require.NotContains(t, get(h, "/reports").Body.String(), "data-underway")
}
