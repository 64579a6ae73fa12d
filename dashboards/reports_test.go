package dashboards_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"khue/dashboards"
	"khue/reports/archive"
	"khue/state"
)

// said is what a page says between its head and its foot.
func said(w *httptest.ResponseRecorder) string {
	return between(w.Body.String(), `<main`, `</main>`)
}

func TestAReportGoesFromDraftToIssueOnItsPages(t *testing.T) {
	service := askedCity(t)
	s := newShelf(t, service)
	h := withReports(t, service, s, dashboards.DoorOpen, nil)
	require.Contains(t, get(h, "/reports").Body.String(), "Chưa có báo cáo nào")
	w := draftForm(t, h, ordering("Nguyễn Thị Lan"), nil)
	require.Equal(t, http.StatusSeeOther, w.Code, said(w))
	require.Equal(t, "/reports/1", w.Header().Get("Location"))
	r, err := s.Report(t.Context(), 1)
	require.NoError(t, err)
	lacks, err := s.Lacks(r)
	require.NoError(t, err)
	require.Empty(t, lacks)
	require.Len(t, r.Build.Files, 10)

	w = actForm(t, h, 1, "submit", "Nguyễn Thị Lan", "xin duyệt trước thứ Sáu", nil)
	require.Equal(t, http.StatusSeeOther, w.Code, said(w))
	require.Contains(t, get(h, "/reports/1").Body.String(), "xin duyệt trước thứ Sáu")
	w = actForm(t, h, 1, "approve", " nguyễn thị  LAN", "", nil)
	require.Equal(t, http.StatusForbidden, w.Code)
	require.Contains(t, w.Body.String(), "Nguyễn Thị Lan đã lập dự thảo báo cáo số 1 nên không được duyệt")
	english := actForm(t, h, 1, "approve", "Nguyễn Thị Lan", "", func(r *http.Request, _ url.Values) { r.Header.Set("Accept-Language", "en") })
	require.Contains(t, english.Body.String(), "may not approve it; somebody else has to")
	w = actForm(t, h, 1, "approve", "Phạm Hoa", "", nil)
	require.Equal(t, http.StatusSeeOther, w.Code, said(w))
	w = actForm(t, h, 1, "issue", "Văn thư", "12/BC-SVHTT", nil)
	require.Equal(t, http.StatusSeeOther, w.Code, said(w))
	list := get(h, "/reports?q=leader+brief&lang=en").Body.String()
	require.Contains(t, list, "version 1, number 12/BC-SVHTT")

	issued, err := s.Report(t.Context(), 1)
	require.NoError(t, err)
	for _, f := range issued.Build.Files {
		w := get(h, "/reports/1/files/"+f.Language+"/"+f.Format)
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, f.SHA256, sha256Of(w.Body.String()), "%s %s is the kept file", f.Language, f.Format)
		require.Equal(t, f.MediaType, w.Header().Get("Content-Type"))
		require.Equal(t, `"`+f.SHA256+`"`, w.Header().Get("ETag"))
	}
	require.Contains(t, get(h, "/reports/1").Body.String(), "10 lượt tải")

	w = actForm(t, h, 1, "draft", "Nguyễn Thị Lan", "", nil)
	require.Equal(t, "/reports/2", w.Header().Get("Location"), said(w))
	compared := get(h, "/reports/compare?a=1&b=2").Body.String()
	require.Contains(t, compared, "<del>Số: 12/BC-SVHTT</del>")
	require.Contains(t, compared, "Phụ lục căn cứ số liệu")
	require.NotContains(t, compared, "%!")
	require.Contains(t, get(h, "/reports/2").Body.String(), `href="/reports/compare?a=1&amp;b=2"`)
}

func TestADraftIsOrderedOnlyAsItShouldBe(t *testing.T) {
	service, _ := pulledCity(t)
	set := func(name string, values ...string) func(*http.Request, url.Values) {
		return func(_ *http.Request, v url.Values) { v[name] = values }
	}
	for _, c := range []struct {
		name   string
		door   dashboards.Door
		change func(*http.Request, url.Values)
		status int
		has    []string
	}{
		{"the door is shut", dashboards.DoorShut, nil, 403, []string{"không nhận lệnh từ mạng", "Về trang Báo cáo"}},
		{"through a proxy to a local door", dashboards.DoorLocal, func(r *http.Request, _ url.Values) { r.Header.Set("X-Forwarded-For", "10.0.0.9") }, 403, []string{"chỉ nhận lệnh từ chính máy chủ"}},
		{"no token", dashboards.DoorOpen, set("token"), 403, []string{"Biểu mẫu này đã cũ"}},
		{"from another site", dashboards.DoorOpen, func(r *http.Request, _ url.Values) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403, []string{"đến từ một trang khác"}},
		{"no mark of its own", dashboards.DoorOpen, set("once"), 403, []string{"Biểu mẫu này đã cũ"}},
		{"no name", dashboards.DoorOpen, set("person", "  "), 422, []string{"Hãy ghi tên người thao tác", "Chưa lập được"}},
		{"a name that cannot be seen", dashboards.DoorOpen, set("person", "a\u202eb"), 422, []string{"ký tự ẩn"}},
		{"an unknown kind", dashboards.DoorOpen, set("definition", "khong-co"), 404, []string{`Không có loại báo cáo`}},
		{"a period that cannot be read", dashboards.DoorOpen, set("period", "13/2026"), 422, []string{"Không đọc được kỳ", "Nguyễn Thị Lan"}},
		{"a period of another length", dashboards.DoorOpen, set("period", "2026-11-01"), 422, []string{"thì không phải"}},
		{"a period that has not begun", dashboards.DoorOpen, set("period", "2027-01"), 422, []string{"chưa bắt đầu"}},
		{"no language", dashboards.DoorOpen, set("languages"), 422, []string{"ít nhất một ngôn ngữ"}},
		{"an unknown language", dashboards.DoorOpen, set("languages", "fr"), 422, nil},
		{"a language twice", dashboards.DoorOpen, set("languages", "vi", "vi"), 422, []string{"hai lần"}},
		{"an area where none belongs", dashboards.DoorOpen, set("area", "00070"), 422, []string{"cho cả thành phố"}},
		{"for the office's own use", dashboards.DoorOpen, set("confidential", "1"), 403, []string{"Trang này không lập báo cáo dùng nội bộ"}},
		{"in English", dashboards.DoorOpen, func(r *http.Request, v url.Values) { r.Header.Set("Accept-Language", "en"); v.Set("person", "") }, 422, []string{"Nothing was drafted", "Give the name of who acts"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShelf(t, service)
			h := withReports(t, service, s, c.door, nil)
			w := draftForm(t, h, ordering("Nguyễn Thị Lan"), c.change)
			require.Equal(t, c.status, w.Code, said(w))
			for _, words := range c.has {
				require.Contains(t, strings.ToLower(w.Body.String()), strings.ToLower(words))
			}
			requireStrict(t, w)
			lines, err := s.Lines(t.Context())
			require.NoError(t, err)
			require.Empty(t, lines)
		})
	}
}

func TestActsOnAReportAreRefusedWithTheReasonAtTheForm(t *testing.T) {
	service := serviceOf(t, lively(morning))
	set := func(name, value string) func(*http.Request, url.Values) {
		return func(_ *http.Request, v url.Values) { v.Set(name, value) }
	}
	for _, c := range []struct {
		name           string
		to             []string // statuses that it is led through
		act            string
		person, remark string
		change         func(*http.Request, url.Values)
		status         int
		has            []string
	}{
		{"a draft that lacks something is not submitted", nil, "submit", "Lan", "", nil, 409, []string{"chưa đủ: kho dữ liệu không trả lời", "Lập lại theo số liệu mới nhất"}},
		{"a draft is not approved", nil, "approve", "Hoa", "", nil, 409, []string{"chỉ duyệt được báo cáo đang chờ duyệt"}},
		{"a draft is not issued", nil, "issue", "Văn thư", "1/BC", nil, 409, []string{"chỉ ban hành được báo cáo đã duyệt"}},
		{"its maker does not approve it", []string{state.ReportInReview}, "approve", "NGUYỄN thị lan", "", nil, 403, []string{"phải có người khác duyệt"}},
		{"nobody without a name approves it", []string{state.ReportInReview}, "approve", "", "", nil, 422, []string{"Hãy ghi tên người thao tác"}},
		{"another approves it", []string{state.ReportInReview}, "approve", "Phạm Hoa", "", nil, 303, nil},
		{"it is not returned without a reason", []string{state.ReportInReview}, "return", "Phạm Hoa", " ", nil, 422, []string{"Hãy ghi lý do trả lại"}},
		{"it is returned with one", []string{state.ReportInReview}, "return", "Phạm Hoa", "thiếu quý 4", nil, 303, nil},
		{"it is not issued without a number", []string{state.ReportInReview, state.ReportApproved}, "issue", "Văn thư", "", nil, 422, []string{"Hãy ghi số văn bản"}},
		{"somebody acted meanwhile", []string{state.ReportInReview}, "approve", "Phạm Hoa", "", set("seen", "1"), 409, []string{"đã thao tác trên báo cáo số 1 từ khi trang này được mở"}},
		{"an old form", []string{state.ReportInReview}, "approve", "Phạm Hoa", "", set("seen", "x"), 403, []string{"Biểu mẫu này đã cũ"}},
		{"no token", []string{state.ReportInReview}, "approve", "Phạm Hoa", "", set("token", ""), 403, []string{"Biểu mẫu này đã cũ"}},
		{"a remark without end", []string{state.ReportInReview}, "approve", "Phạm Hoa", strings.Repeat("ệ", 2001), nil, 422, []string{"nhiều nhất 2000"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShelf(t, service)
			h := withReports(t, service, s, dashboards.DoorOpen, nil)
			lacks := "[]"
			if c.to == nil {
				lacks = `[{"vi":"kho dữ liệu không trả lời","en":"the warehouse does not answer"}]`
			}
			id := kept(t, s, brief, "2026-10", openParameters, lacks, nil)
			for _, status := range c.to {
				moveTo(t, s, id, map[string]string{state.ReportInReview: archive.Submitted, state.ReportApproved: archive.Approved}[status], status, "Nguyễn Thị Lan", "")
			}
			w := actForm(t, h, int(id), c.act, c.person, c.remark, c.change)
			require.Equal(t, c.status, w.Code, said(w))
			for _, words := range c.has {
				require.Contains(t, w.Body.String(), words)
			}
			if c.status != http.StatusSeeOther {
				requireStrict(t, w)
				r, err := s.Report(t.Context(), id)
				require.NoError(t, err)
				require.Len(t, r.Steps, 1+len(c.to), "nothing was done")
			}
		})
	}
}

func TestEveryAddressOfTheLibraryAnswersAsItShould(t *testing.T) {
	service := serviceOf(t, lively(morning))
	s := newShelf(t, service)
	h := withReports(t, service, s, dashboards.DoorShut, nil)
	model := `{"lang":"vi","title":"x","blocks":[]}`
	kept(t, s, brief, "2026-10", openParameters, `[{"vi":"thiếu số liệu <tháng 10>","en":"no data of October"}]`, nil)
	second := kept(t, s, brief, "2026-09", openParameters, "[]", map[string]string{"html": webPaper, "pdf": "%PDF-1.7", "model": model})
	kept(t, s, "ward-sheet", "2026-Q3", `{"confidential":false,"area":"00070"}`, "[]", map[string]string{"model": model})
	kept(t, s, "da-bo", "2025", openParameters, "[]", nil)
	moveTo(t, s, second, archive.Submitted, state.ReportInReview, "Lan", "")
	for _, c := range []struct {
		address     string
		status      int
		has, hasNot []string
	}{
		{"/reports", 200, []string{"4 báo cáo, 1 đang chờ duyệt", "Chờ duyệt", "thiếu số liệu &lt;tháng 10&gt;", "còn thiếu 1 điều", "Phường Hoàn Kiếm", "da-bo", "không nhận lệnh từ mạng"}, []string{"/reports/new"}},
		{"/reports?lang=en", 200, []string{"4 reports, 1 in review", "no data of October", "1 thing missing", "Reports that can be made"}, nil},
		{"/reports?definition=" + brief, 200, []string{"Tìm thấy 2 báo cáo"}, []string{"da-bo"}},
		{"/reports?period=2026-Q3", 200, []string{"Tìm thấy 1 báo cáo", "Phường Hoàn Kiếm"}, nil},
		{"/reports?status=in_review", 200, []string{"Tìm thấy 1 báo cáo"}, nil},
		{"/reports?q=phuong+hoan+kiem", 200, []string{"Tìm thấy 1 báo cáo"}, nil},
		{"/reports?q=nguyen+thi+lan", 200, []string{"Tìm thấy 3 báo cáo"}, nil},
		{"/reports?q=zzz", 200, []string{"Không có báo cáo nào như vậy", "Hãy nới bộ lọc"}, nil},
		{"/reports?status=x", 400, []string{"Không có tình trạng", "Về trang Báo cáo"}, nil},
		{"/reports?period=2026-13", 400, []string{"Không có kỳ"}, nil},
		{"/reports?page=0", 400, []string{"trang số"}, nil},
		{"/reports?x=1", 400, []string{"Không có bộ lọc"}, nil},
		{"/reports?q=" + strings.Repeat("a", 101), 400, []string{"quá dài"}, nil},
		{"/reports/1", 200, []string{"thiếu số liệu &lt;tháng 10&gt;", "chưa lập được nên chưa có tệp", "không nhận lệnh từ mạng", "Chưa ai tải"}, []string{"<iframe", "/submit"}},
		{"/reports/2", 200, []string{"chờ duyệt", sha256Of(webPaper), `sandbox=""`, `src="/reports/2/preview/vi"`, "/reports/2/files/vi/pdf?view=1"}, []string{"/approve"}},
		{"/reports/3?lang=en", 200, []string{"What it was made from", "Definitions of figures"}, nil},
		{"/reports/4", 200, []string{"da-bo"}, nil},
		{"/reports/99", 404, []string{"không có báo cáo số 99", "Về trang Báo cáo"}, nil},
		{"/reports/0", 404, nil, nil},
		{"/reports/abc", 404, []string{"Không có báo cáo"}, nil},
		{"/reports/1?x=1", 400, nil, nil},
		{"/reports/2/files/vi/docx", 404, []string{"không có tệp"}, nil},
		{"/reports/2/files/en/pdf", 404, nil, nil},
		{"/reports/99/files/vi/pdf", 404, nil, nil},
		{"/reports/2/files/vi/pdf?x=1", 400, nil, nil},
		{"/reports/1/preview/vi", 404, nil, nil},
		{"/reports/new", 404, []string{"Không có loại báo cáo"}, nil},
		{"/reports/new?definition=" + brief, 200, []string{"không nhận lệnh từ mạng"}, []string{"report-form"}},
		{"/reports/compare?a=2&b=3", 400, []string{"không cùng loại"}, nil},
		{"/reports/compare?a=1&b=2", 409, []string{"không có bản nào cùng ngôn ngữ"}, nil},
		{"/reports/compare?a=2&b=2", 200, []string{"nội dung giống nhau", "Giống hệt nhau"}, nil},
		{"/reports/compare?a=2&b=99", 404, nil, nil},
		{"/reports/compare?a=2", 404, nil, nil},
	} {
		w := get(h, c.address)
		require.Equal(t, c.status, w.Code, "%s\n%s", c.address, said(w))
		for _, words := range c.has {
			require.Contains(t, strings.ToLower(w.Body.String()), strings.ToLower(words), c.address)
		}
		for _, words := range append(c.hasNot, "%!", "<nil>", "<tháng") {
			require.NotContains(t, w.Body.String(), words, c.address)
		}
		requireStrict(t, w)
	}
	for _, address := range []string{"/reports/2/submit", "/reports/2/files/vi/pdf", "/reports/2/approve"} {
		method := http.MethodGet
		if strings.Contains(address, "files") {
			method = http.MethodPost
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, address, nil))
		require.Equal(t, http.StatusNotFound, w.Code, address)
	}
}
