package dashboards_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/dashboards"
	"khue/reports/archive"
	"khue/reports/document"
	"khue/reports/docx"
	"khue/reports/edited"
	"khue/reports/edited/editedtest"
	"khue/state"
)

// handBack sends the form that takes an edited Word file, as a browser that opened the
// report's page would. nil sends no file.
func handBack(t testing.TB, h http.Handler, id int, person string, content []byte, change func(*http.Request, url.Values)) *httptest.ResponseRecorder {
	t.Helper()
	page := fmt.Sprintf("/reports/%d", id)
	opened := get(h, page)
	fields := url.Values{"person": {person}, "remark": {"theo biên bản"}, "once": {"mark of " + person}, "token": {"none"}, "seen": {"1"}}
	if m := tokenOf.FindStringSubmatch(opened.Body.String()); m != nil {
		fields.Set("token", m[1])
	}
	if m := seenOf.FindStringSubmatch(opened.Body.String()); m != nil {
		fields.Set("seen", m[1])
	}
	r := httptest.NewRequest(http.MethodPost, page+"/edited", nil)
	r.Host = "127.0.0.1:8080"
	for _, cookie := range opened.Result().Cookies() {
		r.AddCookie(cookie)
	}
	if change != nil {
		change(r, fields)
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, name := range []string{"token", "once", "seen", "person", "remark"} {
		require.NoError(t, w.WriteField(name, fields.Get(name)))
	}
	if content != nil {
		part, err := w.CreateFormFile("file", "bao-cao.docx")
		require.NoError(t, err)
		_, err = part.Write(content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	sent, err := http.NewRequestWithContext(t.Context(), http.MethodPost, page+"/edited", &body)
	require.NoError(t, err)
	sent.Header, sent.Host, sent.RequestURI = r.Header, r.Host, page+"/edited"
	sent.Header.Set("Content-Type", w.FormDataContentType())
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, sent)
	return answer
}

// grouped is a number of thousands as Vietnamese reports print it, in a cell of its own.
var grouped = regexp.MustCompile(`<w:t[^>]*>(\d{1,3}\.\d{3})</w:t>`)

// editedBrief is the Word file of a drafted report after people changed one number of it.
func editedBrief(t testing.TB, s *shelf, id int64) (content []byte, was string) {
	t.Helper()
	r, err := s.Report(t.Context(), id)
	require.NoError(t, err)
	for _, f := range r.Build.Files {
		if f.Language != "vi" || f.Format != "docx" {
			continue
		}
		made, err := s.File(t.Context(), f)
		require.NoError(t, err)
		m := grouped.FindStringSubmatch(string(editedtest.Part(t, made, editedtest.Body)))
		require.NotNil(t, m, "the brief prints a number of thousands")
		return editedtest.Replaced(t, made, editedtest.Body, m[0], strings.Replace(m[0], m[1], "987.654", 1)), m[1]
	}
	t.Fatal("there is no Word file")
	return nil, ""
}

func TestAnEditedWordFileIsReadComparedApprovedAndIssued(t *testing.T) {
	service := askedCity(t)
	s := newShelf(t, service)
	h := withReports(t, service, s, dashboards.DoorOpen, nil)
	w := draftForm(t, h, ordering("Nguyễn Thị Lan"), nil)
	require.Equal(t, http.StatusSeeOther, w.Code, said(w))
	require.Equal(t, http.StatusSeeOther, actForm(t, h, 1, "submit", "Nguyễn Thị Lan", "", nil).Code)
	require.Equal(t, http.StatusSeeOther, actForm(t, h, 1, "approve", "Phạm Hoa", "", nil).Code)

	content, was := editedBrief(t, s, 1)
	w = handBack(t, h, 1, "Lê Minh", content, nil)
	require.Equal(t, http.StatusSeeOther, w.Code, said(w))
	page := get(h, "/reports/1").Body.String()
	require.Contains(t, page, "dự thảo", "what was approved is not what would be issued")
	require.Contains(t, page, "1 con số và 1 trong")
	require.Contains(t, page, "<del>"+was+"</del>")
	require.Contains(t, page, "<ins>987.654</ins>")
	require.Contains(t, page, "Đây là bản phần mềm lập, trước khi có người sửa")
	english := get(h, "/reports/1?lang=en").Body.String()
	require.Contains(t, english, "1 number and 1 of")
	require.Contains(t, english, "edited by Lê Minh")
	require.NotContains(t, page+english, "%!")

	require.Equal(t, http.StatusSeeOther, actForm(t, h, 1, "submit", "Nguyễn Thị Lan", "lần hai", func(_ *http.Request, v url.Values) { v.Set("once", "a second form") }).Code)
	require.Contains(t, get(h, "/reports/1").Body.String(), "hãy xem những chỗ sửa trước khi duyệt")
	w = actForm(t, h, 1, "approve", "lê MINH", "", nil)
	require.Equal(t, http.StatusForbidden, w.Code)
	require.Contains(t, w.Body.String(), "Lê Minh đã sửa tệp Word báo cáo số 1 nên không được duyệt")
	require.Equal(t, http.StatusSeeOther, actForm(t, h, 1, "approve", "Phạm Hoa", "lần hai", func(_ *http.Request, v url.Values) { v.Set("once", "another form") }).Code)
	require.Equal(t, http.StatusSeeOther, actForm(t, h, 1, "issue", "Văn thư", "12/BC-SVHTT", nil).Code)

	r, err := s.Report(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, state.ReportIssued, r.Status())
	formats := map[string]string{}
	for _, f := range r.Build.Files {
		formats[f.Language] += f.Format + " "
	}
	require.Equal(t, map[string]string{"vi": "docx edited model xlsx ", "en": "docx html model pdf xlsx "}, formats, "the paper and the web page that no longer match are left out")
	w = get(h, "/reports/1/files/vi/edited")
	require.Equal(t, content, w.Body.Bytes(), "it leaves as it was approved")
	require.Equal(t, docx.MediaType, w.Header().Get("Content-Type"))
	require.Contains(t, get(h, "/reports/1/files/vi/docx").Header().Get("Content-Disposition"), "b%E1%BA%A3n%20ph%E1%BA%A7n%20m%E1%BB%81m%20l%E1%BA%ADp", "the file as it was made is told from it")
	require.Equal(t, http.StatusNotFound, get(h, "/reports/1/files/vi/pdf").Code)
	page = get(h, "/reports/1").Body.String()
	require.Contains(t, page, "bản PDF và trang web tiếng Việt không được ban hành")
	require.Contains(t, page, `/files/vi/edited" download`)

	v, err := s.Archive.Verify(t.Context(), 1)
	require.NoError(t, err)
	require.True(t, v.OK(), "%+v", v)
	require.Len(t, v.Edited(), 1)
	require.Equal(t, "Lê Minh", v.Edited()[0].File.Edited.Person)
	require.Empty(t, v.Edited()[0].Recreated, "nothing claims that the journal makes it")
	for _, f := range v.Files {
		require.True(t, f.Same() || f.File.Edited != nil, f.File.Name)
	}
	require.Contains(t, handBack(t, h, 1, "Lê Minh", content, func(_ *http.Request, v url.Values) { v.Set("once", "late") }).Body.String(), "chỉ nhận tệp Word đã sửa khi báo cáo chưa ban hành")

	w = actForm(t, h, 1, "draft", "Nguyễn Thị Lan", "", nil)
	require.Equal(t, "/reports/2", w.Header().Get("Location"), said(w))
	w = handBack(t, h, 2, "Lê Minh", content, nil)
	require.Equal(t, http.StatusConflict, w.Code)
	require.Contains(t, w.Body.String(), "Tệp Word là của báo cáo hoặc bản dự thảo khác")
	compared := get(h, "/reports/compare?a=1&b=2").Body.String()
	require.Contains(t, compared, "Tệp Word của báo cáo số 1 đã có người sửa")
	require.Contains(t, compared, "<del>Số: 12/BC-SVHTT</del>")

	s.alter(t, `UPDATE report_contents SET content = content || x'00' WHERE sha256 = '`+sha256Of(string(content))+`'`)
	v, err = s.Archive.Verify(t.Context(), 1)
	require.NoError(t, err)
	require.False(t, v.OK())
	require.Equal(t, archive.Altered, v.Edited()[0].Kept)
	page = get(h, "/reports/1").Body.String()
	require.Contains(t, page, "Không nêu được người ta đã sửa gì")
	require.Contains(t, page, "đã bị sửa: không còn đúng SHA-256 đã ghi")
	require.NotEqual(t, http.StatusOK, get(h, "/reports/1/files/vi/edited").Code)
}

// editable adds a draft whose Word file can be edited, without the seconds that making
// a report takes.
func editable(t *testing.T, s *shelf) (id int64, made []byte) {
	t.Helper()
	d := document.Document{
		ID: brief, Lang: khue.Vietnamese, Layout: document.Plain, Kind: "BÁO CÁO", Title: "Tóm tắt", Period: khue.MustParsePeriod("2026-10"), AsOf: morning, Mark: "abc",
		Blocks: []document.Block{document.Heading{Level: 1, Text: "Mở đầu"}, document.Text("Có 1.234 lượt khách trong tháng."), document.Text("Kết luận.")},
	}
	var out bytes.Buffer
	require.NoError(t, docx.Write(&out, d, nil))
	id = kept(t, s, brief, "2026-10", openParameters, "[]", map[string]string{"docx": out.String(), "html": webPaper, "pdf": "%PDF-1.7", "model": "{}"})
	s.alter(t, `UPDATE report_builds SET frozen = '{"mark":"abc"}'`)
	return id, out.Bytes()
}

func TestAnEditedWordFileIsTakenOnlyAsItShouldBe(t *testing.T) {
	service := serviceOf(t, lively(morning))
	set := func(name, value string) func(*http.Request, url.Values) {
		return func(_ *http.Request, v url.Values) { v.Set(name, value) }
	}
	for _, c := range []struct {
		name    string
		door    dashboards.Door
		content func(good []byte) []byte
		change  func(*http.Request, url.Values)
		status  int
		has     string
	}{
		{"as it should be", dashboards.DoorOpen, nil, nil, 303, ""},
		{"the door is shut", dashboards.DoorShut, nil, nil, 403, "không nhận lệnh từ mạng"},
		{"through a proxy to a local door", dashboards.DoorLocal, nil, func(r *http.Request, _ url.Values) { r.Header.Set("X-Forwarded-For", "10.0.0.9") }, 403, "chỉ nhận lệnh từ chính máy chủ"},
		{"from another site", dashboards.DoorOpen, nil, func(r *http.Request, _ url.Values) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403, "đến từ một trang khác"},
		{"without the token", dashboards.DoorOpen, nil, set("token", "x"), 403, "Biểu mẫu này đã cũ"},
		{"without a mark of the form", dashboards.DoorOpen, nil, set("once", ""), 403, "Biểu mẫu này đã cũ"},
		{"by who has seen nothing", dashboards.DoorOpen, nil, set("seen", "x"), 403, "Biểu mẫu này đã cũ"},
		{"from a page that is old", dashboards.DoorOpen, nil, set("seen", "9"), 409, "từ khi trang này được mở"},
		{"without a name", dashboards.DoorOpen, nil, set("person", " "), 422, "Hãy ghi tên người thao tác"},
		{"without a file", dashboards.DoorOpen, func([]byte) []byte { return nil }, nil, 422, "Hãy chọn tệp Word đã sửa"},
		{"with a file that is empty", dashboards.DoorOpen, func([]byte) []byte { return []byte{} }, nil, 422, "Tệp rỗng"},
		{"with a file that is too large", dashboards.DoorOpen, func([]byte) []byte { return make([]byte, edited.MaxBytes+1) }, nil, 422, "Tệp quá lớn; nhiều nhất 20 MB"},
		{"with a file far too large", dashboards.DoorOpen, func([]byte) []byte { return make([]byte, 4*edited.MaxBytes+1) }, nil, 413, "Tệp quá lớn; nhiều nhất 20 MB"},
		{"with a PDF", dashboards.DoorOpen, func([]byte) []byte { return []byte("%PDF-1.7") }, nil, 422, "Đây là tệp PDF, không phải tệp Word"},
		{"in English", dashboards.DoorOpen, func([]byte) []byte { return []byte("%PDF-1.7") }, func(r *http.Request, _ url.Values) { r.Header.Set("Accept-Language", "en") }, 422, "This is a PDF file and not a Word file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShelf(t, service)
			h := withReports(t, service, s, c.door, nil)
			id, made := editable(t, s)
			content := editedtest.Replaced(t, made, editedtest.Body, "1.234", "1.334")
			if c.content != nil {
				content = c.content(content)
			}
			w := handBack(t, h, int(id), "Lê Minh", content, c.change)
			require.Equal(t, c.status, w.Code, said(w))
			require.Contains(t, w.Body.String(), c.has)
			r, err := s.Report(t.Context(), id)
			require.NoError(t, err)
			if c.status == http.StatusSeeOther {
				require.Len(t, r.Steps, 2)
				return
			}
			requireStrict(t, w)
			require.Len(t, r.Steps, 1)
		})
	}
}

func TestAnEditedWordFileIsHandedBackInABrowser(t *testing.T) {
	service := serviceOf(t, lively(morning))
	s := newShelf(t, service)
	server := httptest.NewServer(withReports(t, service, s, dashboards.DoorLocal, nil))
	t.Cleanup(server.Close)
	id, made := editable(t, s)
	ctx := browser(t)
	heard := listen(t, ctx)
	folder := t.TempDir()
	hand := func(name string, content []byte) {
		t.Helper()
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		require.NoError(t, chromedp.Do(ctx, chromedp.SetUploadFiles("#file-edited", []string{path})))
		fillIn(t, ctx, "/edited", map[string]string{"person": "Lê Minh", "remark": "Sửa theo biên bản"})
		come(t, ctx, "main")
	}
	at := fmt.Sprintf("%s/reports/%d", server.URL, id)
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 1000), chromedp.Navigate(at+"?lang=vi")))
	come(t, ctx, "#file-edited")
	heard.forget()
	hand("bao-cao.pdf", []byte("%PDF-1.7"))
	look(t, ctx, heard, "reports-edited-refused", "Đây là tệp PDF, không phải tệp Word", true)
	hand("bao-cao.docx", editedtest.Replaced(t, made, editedtest.Body, "1.234", "1.334"))
	look(t, ctx, heard, "reports-edited-desktop", "1 con số và 1 trong", false)
	told, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector('.edit-numbers tbody').innerText.replace(/\s+/g, ' ')`))
	require.NoError(t, err)
	require.Equal(t, "Mở đầu 1.234 1.334", strings.TrimSpace(told))
	for _, c := range []struct {
		name, lang, words string
		width             int64
	}{{"reports-edited-phone", "vi", "Con số do người sửa", 390}, {"reports-edited-phone-en", "en", "Numbers edited by people", 390}, {"reports-edited-narrow", "en", "Words edited by people", 320}} {
		require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(c.width, 844, mobile(c.width)...), chromedp.Navigate(at+"?lang="+c.lang),
			chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach(d => { d.open = true });void 0`)))
		look(t, ctx, heard, c.name, c.words, false)
	}
}
