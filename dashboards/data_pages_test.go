package dashboards_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/dashboards"
)

const local = "http://127.0.0.1:8080"

func TestThePagesOnDataAnswerAsAsked(t *testing.T) {
	b := busy(morning)
	h := openBooks(t, b, dashboards.DoorLocal)
	for _, c := range []struct {
		name, address string
		status        int
		has, hasNot   []string
	}{
		{
			"sources", "/data/sources", 200,
			[]string{"1 trên 4 nguồn đang hỏng, 1 nguồn trễ hạn", "Trễ hạn", "26 giờ", "connection refused", "58 dòng đang chờ sửa", "mô phỏng", "7 lần gần nhất: từ 1,9 giây", `aria-current="page"`},
			[]string{"%!", "<nil>", "rows wait"},
		},
		{"sources in English", "/data/sources?lang=en", 200, []string{"1 of 4 sources failing, 1 late", "58 rows wait to be mended", "Last 7: from 1.9 s"}, []string{"Trễ hạn", "nguồn"}},
		{"runs", "/data/runs", 200, []string{"120 lần chạy, 7 lần hỏng", "Trang 1 trên 3", "Đang chạy", "unexpected EOF", `rel="next"`}, []string{`rel="prev"`}},
		{"the last page of runs", "/data/runs?page=3&lang=en", 200, []string{"Page 3 of 3", `rel="prev"`}, []string{`rel="next"`}},
		{"a page beyond the last", "/data/runs?page=9", 200, []string{"Trang 9 trên 3", "page=3"}, nil},
		{"runs of a source", "/data/runs?source=monthly", 200, []string{"5 lần chạy, không lần nào hỏng", "Bỏ bộ lọc"}, []string{"Sổ đăng ký thành viên ›"}},
		{"failed runs", "/data/runs?outcome=failed&lang=en", 200, []string{"7 runs: Failed"}, nil},
		{"faulty runs", "/data/runs?outcome=faulty", 200, []string{"5 lần chạy: Xong, có lỗi"}, nil},
		{"today's runs begin at midnight in Hanoi", "/data/runs?period=today", 200, []string{"26 lần chạy"}, nil},
		{"the day before", "/data/runs?period=2026-11-22", 200, []string{"94 lần chạy", "22/11/2026"}, nil},
		{"runs of no day", "/data/runs?period=2024-02&lang=en", 200, []string{"There is no such run", "Widen the filters"}, nil},
		{"a source that is gone keeps its name", "/data/runs?source=xua", 200, []string{`<option value="xua" selected>`}, nil},
		{"one run", "/data/runs/" + b.runs[7].Batch, 200, []string{"thêm 5, sửa 3, rút 0 bản ghi", "Khớp với con số của nguồn", strings.Repeat("9f", 32), "tổng giá trị", "120.431,5", "source=monthly"}, nil},
		{"a failed run", "/data/runs/" + b.runs[5].Batch + "?lang=en", 200, []string{"the run failed, earlier data are whole", "unexpected EOF"}, nil},
		{"a run that goes on", "/data/runs/" + b.runs[0].Batch + "?lang=en", 200, []string{"running"}, []string{"Ended"}},
		{"no such run", "/data/runs/0123?lang=en", 404, []string{"There is no run", "Back to Runs"}, nil},
		{"no such run in Vietnamese", "/data/runs/%3Cscript%3E", 404, []string{"Không có lần chạy", "&lt;script&gt;", "Về trang Lần chạy"}, []string{"<script>e"}},
		{"an unknown outcome", "/data/runs?outcome=x", 400, []string{"Không có kết quả", "Về trang Lần chạy"}, nil},
		{"an unknown dataset", "/data/runs?dataset=punishment&lang=en", 400, []string{"There is no dataset"}, nil},
		{"an unknown period", "/data/runs?period=2026-13", 400, []string{"Không có kỳ"}, nil},
		{"page nought", "/data/runs?page=0", 400, []string{"Không có trang số"}, nil},
		{"an unknown filter", "/data/runs?area=001", 400, []string{"Không có bộ lọc", "source, dataset, outcome, period, page"}, nil},
		{"a control character in a name", "/data/runs?source=a%00b", 400, []string{"không hợp lệ"}, nil},
		{"a filter where there is none", "/data/sources?source=x", 400, []string{"Trang này không có bộ lọc"}, nil},
		{
			"the quarantine", "/data/quarantine", 200,
			[]string{"60 dòng đang chờ sửa, nhiều nhất ở nguồn Báo cáo tháng", "bao-cao-2026-10.xlsx › Biểu 1!B5", "không rõ địa bàn", "Mã chính thức hoặc tên của một địa bàn", "Bản ghi gốc", "1.204", "Trang 1 trên 2", ".csv?lang=vi"},
			[]string{"the official code of an area", "%!"},
		},
		{"the quarantine in English", "/data/quarantine?lang=en", 200, []string{"60 rows wait to be mended", "The official code of an area", "unknown area"}, []string{"chờ sửa"}},
		{"text without its marks", "/data/quarantine?q=dong+da+(cu)&lang=en", 200, []string{"58 rows wait"}, []string{"su_kien page 8 record 1"}},
		{"one reason", "/data/quarantine?reason=minimum", 200, []string{"1 dòng đang chờ sửa", "Một số không nhỏ hơn 0", "-3"}, []string{"Đống Đa"}},
		{"an empty value", "/data/quarantine?reason=required", 200, []string{"để trống", "Tên gọi không được để trống", "su_kien trang 8, bản ghi 1"}, []string{"su_kien page"}},
		{"nothing found", "/data/quarantine?q=zzz", 200, []string{"Không có dòng nào như vậy đang chờ sửa"}, nil},
		{"markup that is looked for", "/data/quarantine?q=%22%3E%3Cscript%3E", 200, []string{"&#34;&gt;&lt;script&gt;"}, []string{`"><script>`}},
		{"an unknown reason", "/data/quarantine?reason=x", 400, []string{"Không có lý do", "Về trang Cách ly"}, nil},
		{"a text far too long", "/data/quarantine?q=" + strings.Repeat("a", 200), 400, []string{"quá dài"}, nil},
		{"the upload form", "/data/upload", 200, []string{`name="token"`, `enctype="multipart/form-data"`, "bao-cao-*.*", "1 MB"}, nil},
		{"no waiting file", "/data/upload/" + strings.Repeat("a", 32), 404, []string{"Không còn tệp này", "Về trang Tải lên"}, nil},
		{"a path instead of a waiting file", "/data/upload/..%2f..%2fkhue.yaml", 404, nil, nil},
		{"jobs", "/data/jobs", 200, []string{"1 trên 4 công việc hỏng", "cứ 10 phút một lần (*/10 * * * *)", "hằng ngày lúc 06:15 (15 6 * * *)", "Chạy sau", "Chạy ngay", "Chạy tiếp theo lịch", "bằng tay", "công việc báo lỗi"}, nil},
		{"jobs in English", "/data/jobs?lang=en", 200, []string{"1 of 4 jobs failed at their last run; 1 paused", "every 15 min (@every 15m)", "Run now", "they all run"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := get(h, local+c.address)
			require.Equal(t, c.status, w.Code, w.Body.String())
			page := w.Body.String()
			for _, s := range c.has {
				require.True(t, strings.Contains(page, s), "the page lacks %q", s)
			}
			for _, s := range c.hasNot {
				require.False(t, strings.Contains(page, s), "the page has %q", s)
			}
			requireStrict(t, w)
		})
	}
	b.away = errAway
	for _, address := range []string{"/data/sources", "/data/runs", "/data/runs/x", "/data/quarantine", "/data/quarantine.csv"} {
		w := get(h, local+address)
		require.Equal(t, 503, w.Code, address)
		require.NotEmpty(t, w.Header().Get("Retry-After"))
		requireStrict(t, w)
	}
}

func TestASiteWithoutDataHasNoneOfItsPages(t *testing.T) {
	h := open(t, lively(morning))
	require.Equal(t, 404, get(h, "/data/sources").Code)
	require.NotContains(t, get(h, "/").Body.String(), "/data/")
	require.Contains(t, get(openBooks(t, busy(morning), dashboards.DoorShut), "/").Body.String(), `href="/data"`, "else the overview leads there")
}

func TestTheQuarantineAsAFileHoldsNoFormula(t *testing.T) {
	h := openBooks(t, busy(morning), dashboards.DoorShut)
	records := chartTable(t, h, "/data/quarantine.csv?lang=en")
	require.Len(t, records, 61, "all pages are in it")
	require.Equal(t, []string{"Source", "Dataset", "Place", "Field"}, records[0][:4])
	last := records[60]
	require.Equal(t, `'=cmd|' /C calc'!A0`, last[10], "a record that is a formula is not one here")
	require.Equal(t, "'-3", records[59][4])
	require.Equal(t, "2026-11-23 03:15:00", last[8], "in Hanoi's time")
	require.Len(t, chartTable(t, h, "/data/quarantine.csv?reason=minimum"), 2)
}

// browserOf keeps cookies as a browser does.
type browserOf struct {
	t       *testing.T
	h       http.Handler
	cookies map[string]*http.Cookie
}

func (b *browserOf) do(r *http.Request) *httptest.ResponseRecorder {
	b.t.Helper()
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		b.cookies[c.Name] = c
	}
	return w
}

func visitor(t *testing.T, h http.Handler) *browserOf {
	return &browserOf{t, h, map[string]*http.Cookie{}}
}

func (b *browserOf) get(address string) *httptest.ResponseRecorder {
	return b.do(httptest.NewRequest(http.MethodGet, local+address, nil))
}

var tokenForm = regexp.MustCompile(`name="token" value="([^"]+)"`)

func (b *browserOf) token(address string) string {
	b.t.Helper()
	page := b.get(address)
	found := tokenForm.FindStringSubmatch(page.Body.String())
	require.NotNil(b.t, found, "the page has a form with a token")
	return found[1]
}

// post sends a form; headers are pairs.
func (b *browserOf) post(address string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, local+address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	setPairs(r, headers)
	return b.do(r)
}

func setPairs(r *http.Request, headers []string) {
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
}

// hand hands a file in.
func (b *browserOf) hand(token, target, name string, content []byte, headers ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if token != "" {
		require.NoError(b.t, w.WriteField("token", token))
	}
	require.NoError(b.t, w.WriteField("target", target))
	if name != "" {
		part, err := w.CreateFormFile("file", name)
		require.NoError(b.t, err)
		_, err = part.Write(content)
		require.NoError(b.t, err)
	}
	require.NoError(b.t, w.Close())
	r := httptest.NewRequest(http.MethodPost, local+"/data/upload", &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	setPairs(r, headers)
	return b.do(r)
}

const reports = "monthly/discipline_statistics"

var csvFile = []byte("Lĩnh vực;Địa bàn\nThiết kế;Phường Ba Đình\n")

func TestAFileIsTakenFromOurOwnFormAlone(t *testing.T) {
	b := busy(morning)
	h := openBooks(t, b, dashboards.DoorLocal)
	me := visitor(t, h)
	token := me.token("/data/upload")
	cookie := me.cookies["khue_form"]
	require.True(t, cookie.HttpOnly)
	require.Equal(t, http.SameSiteStrictMode, cookie.SameSite)
	other := visitor(t, h)
	stranger := other.token("/data/upload")
	require.NotEqual(t, token, me.token("/data/upload"), "a token is masked afresh each time")
	large := bytes.Repeat([]byte("a;b\n"), 300_000)
	for _, c := range []struct {
		name, token, target, file string
		content                   []byte
		headers                   []string
		status                    int
		says                      string
	}{
		{"a good file", token, reports, "bao-cao-2026-11.csv", csvFile, nil, 303, ""},
		{"no token", "", reports, "bao-cao-2026-11.csv", csvFile, nil, 403, "Biểu mẫu này đã cũ"},
		{"somebody else's token", stranger, reports, "bao-cao-2026-11.csv", csvFile, nil, 403, "Biểu mẫu này đã cũ"},
		{"a token that is none", "abc", reports, "bao-cao-2026-11.csv", csvFile, nil, 403, "Biểu mẫu này đã cũ"},
		{"another site's form", token, reports, "bao-cao-2026-11.csv", csvFile, []string{"Sec-Fetch-Site", "cross-site"}, 403, "đến từ một trang khác"},
		{"another site's origin", token, reports, "bao-cao-2026-11.csv", csvFile, []string{"Origin", "http://evil.example"}, 403, "đến từ một trang khác"},
		{"our own origin", token, reports, "bao-cao-2026-11.csv", csvFile, []string{"Origin", local, "Sec-Fetch-Site", "same-origin"}, 303, ""},
		{"through a proxy", token, reports, "bao-cao-2026-11.csv", csvFile, []string{"X-Forwarded-For", "203.0.113.9"}, 403, "không nhận lệnh từ đây"},
		{"by another name of ours", token, reports, "bao-cao-2026-11.csv", csvFile, []string{"Host", "khue.example.vn"}, 403, "không nhận lệnh từ đây"},
		{"no file", token, reports, "", nil, nil, 400, "Chưa chọn tệp"},
		{"an empty file", token, reports, "bao-cao-2026-11.csv", nil, nil, 415, "trống"},
		{"no such source", token, "gates/events", "bao-cao-2026-11.csv", csvFile, nil, 400, "Không có nguồn"},
		{"a name the source never looks at", token, reports, "thang-11.csv", csvFile, nil, 415, "bao-cao-*.*"},
		{"a program", token, reports, "bao-cao-x.exe", []byte("MZ\x00"), nil, 415, "Không nhận tệp"},
		{"a picture that calls itself a workbook", token, reports, "bao-cao-x.xlsx", []byte("\x89PNG\r\n\x1a\n0000"), nil, 415, "không phải là bảng tính"},
		{"an old or locked workbook", token, reports, "bao-cao-x.xlsx", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), nil, 415, "có mật khẩu"},
		{"a zip that is no workbook", token, reports, "bao-cao-x.xlsx", []byte("PK\x05\x06" + strings.Repeat("\x00", 18)), nil, 415, "không phải là bảng tính"},
		{"binary that calls itself CSV", token, reports, "bao-cao-x.csv", []byte("a;b\x00\x01"), nil, 415, "không phải là văn bản"},
		{"a file too large", token, reports, "bao-cao-x.csv", large, nil, 413, "nhiều nhất 1 MB"},
		{"a file far too large", token, reports, "bao-cao-x.csv", bytes.Repeat(large, 5), nil, 413, "nhiều nhất 1 MB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := me.hand(c.token, c.target, c.file, c.content, c.headers...)
			require.Equal(t, c.status, w.Code, w.Body.String())
			require.Contains(t, w.Body.String(), c.says)
			requireStrict(t, w)
		})
	}
	w := me.post("/data/upload", url.Values{"token": {token}})
	require.Equal(t, 415, w.Code, "a form without a file part")
}

func TestAPreviewMarksEveryFaultyCell(t *testing.T) {
	b := busy(morning)
	h := openBooks(t, b, dashboards.DoorLocal)
	me := visitor(t, h)
	w := me.hand(me.token("/data/upload"), reports, "bao-cao-loi.csv", csvFile)
	require.Equal(t, 303, w.Code)
	address := w.Header().Get("Location")
	page := me.get(address)
	require.Equal(t, 200, page.Code)
	requireStrict(t, page)
	text := page.Body.String()
	require.Contains(t, text, "bản ghi dùng được, 125 bản ghi có lỗi sẽ bị giữ lại")
	require.Contains(t, text, "Biểu 1!C7", "where")
	require.Contains(t, text, "-3", "what was read")
	require.Contains(t, text, "Một số không nhỏ hơn 0", "what was expected")
	require.Equal(t, 250, strings.Count(text, `class="bad-cell"`), "every faulty cell is marked, in rows far down as well")
	require.Contains(t, text, "Hiện 100 trên 250 lỗi")
	require.Contains(t, text, "… 137 dòng không lỗi …")
	require.Contains(t, me.get(address+"?lang=en").Body.String(), "a number not below 0")

	file := me.get(address + "/faults.csv?lang=vi")
	require.Equal(t, 200, file.Code)
	require.Equal(t, 251, strings.Count(file.Body.String(), "\r\n"), "the file has them all")
	require.Contains(t, file.Body.String(), "'-3")

	require.Equal(t, 404, visitor(t, h).get(address).Code, "a waiting file is its sender's alone")
	require.Equal(t, 403, me.post(address+"/accept", url.Values{}).Code, "no token, no order")
	require.Equal(t, 403, me.post(address+"/accept", url.Values{"token": {me.token(address)}}, "Sec-Fetch-Site", "cross-site").Code)
	require.Equal(t, 404, me.get(address+"/accept").Code, "a link cannot accept")
	require.Zero(t, b.pulls)
}

func TestAcceptPutsTheFileInItsFolderAndCancelDeletesIt(t *testing.T) {
	b := busy(morning)
	h := openBooks(t, b, dashboards.DoorLocal)
	me := visitor(t, h)
	hand := func(name string, content []byte) string {
		w := me.hand(me.token("/data/upload"), reports, name, content)
		require.Equal(t, 303, w.Code, w.Body.String())
		return w.Header().Get("Location")
	}
	address := hand(`C:\báo cáo\..\bao-cao-tháng "11".csv`, csvFile)
	require.Contains(t, me.get(address).Body.String(), "bao-cao-tháng -11-.csv")
	w := me.post(address+"/accept", url.Values{"token": {me.token(address)}})
	require.Equal(t, 303, w.Code, w.Body.String())
	require.Equal(t, "/data/runs/"+b.runs[1].Batch, w.Header().Get("Location"), "it shows the run")
	require.Equal(t, 1, b.pulls)
	content, err := os.ReadFile(b.folder + "/bao-cao-tháng -11-.csv")
	require.NoError(t, err)
	require.Equal(t, csvFile, content)
	require.Equal(t, 404, me.get(address).Code, "it waits no longer")
	require.Equal(t, 403, me.post(address+"/accept", url.Values{"token": {"x"}}).Code)

	again := hand("bao-cao-tháng -11-.csv", append(csvFile, "Âm nhạc;Phường Hoàn Kiếm\n"...))
	page := me.get(again).Body.String()
	require.Contains(t, page, "đã có tệp bao-cao-tháng -11-.csv với nội dung khác")
	require.Equal(t, 303, me.post(again+"/accept", url.Values{"token": {me.token(again)}}).Code)
	entries, err := os.ReadDir(b.folder)
	require.NoError(t, err)
	require.Len(t, entries, 2)
	require.True(t, strings.HasPrefix(entries[0].Name(), ".bao-cao-tháng -11-.csv."), "what was replaced is kept, hidden")

	gone := hand("bao-cao-bo.csv", csvFile)
	require.Equal(t, 303, me.post(gone+"/cancel", url.Values{"token": {me.token(gone)}}).Code)
	require.Equal(t, 404, me.get(gone).Code)
	entries, err = os.ReadDir(b.folder)
	require.NoError(t, err)
	require.Len(t, entries, 2, "nothing of it came into the folder")

	broken := hand("bao-cao-hong.csv", csvFile)
	page = me.get(broken + "?lang=en").Body.String()
	require.Contains(t, page, "The required column &#34;Địa bàn&#34; is missing")
	require.NotContains(t, page, "/accept", "what cannot be read cannot be accepted")
}

func TestOrdersNeedAnOpenDoor(t *testing.T) {
	for door, want := range map[dashboards.Door]int{dashboards.DoorShut: 403, dashboards.DoorOpen: 200} {
		h := openBooks(t, busy(morning), door)
		for lang, words := range map[string]string{"vi": "Trang này không có tài khoản", "en": "This site has no accounts"} {
			w := get(h, "http://khue.example.vn/data/upload?lang="+lang, "X-Forwarded-For", "203.0.113.9")
			require.Equal(t, want, w.Code)
			require.Equal(t, want == 403, strings.Contains(w.Body.String(), words))
			requireStrict(t, w)
		}
		jobs := get(h, "http://khue.example.vn/data/jobs").Body.String()
		require.Equal(t, want == 200, strings.Contains(jobs, "Chạy ngay"), "the page has no button that would be refused")
		require.Equal(t, want == 403, strings.Contains(jobs, "Trang này không có tài khoản"))
	}
	local := openBooks(t, busy(morning), dashboards.DoorLocal)
	require.Equal(t, 200, get(local, "http://localhost:8080/data/upload").Code)
	require.Equal(t, 200, get(local, "http://[::1]:8080/data/upload").Code)
	require.Equal(t, 403, get(local, "http://10.0.0.8:8080/data/upload").Code)
	require.Equal(t, 403, get(local, "http://rebound.example/data/upload").Code, "a foreign name that points here is not us")
}

func TestJobsAreRunPausedAndResumedByForms(t *testing.T) {
	b := busy(morning)
	h := openBooks(t, b, dashboards.DoorLocal)
	me := visitor(t, h)
	token := me.token("/data/jobs")
	order := func(what, job string) *httptest.ResponseRecorder {
		return me.post("/data/jobs/"+what, url.Values{"token": {token}, "job": {job}})
	}
	require.Equal(t, 303, order("run", "pull gates").Code)
	require.Equal(t, []string{"pull gates"}, b.ran)
	require.Equal(t, 409, order("run", "pull monthly").Code)
	require.Equal(t, 404, order("run", "rm -rf").Code)
	require.Equal(t, 403, me.post("/data/jobs/run", url.Values{"job": {"pull gates"}}).Code, "no token, no order")
	require.Equal(t, 403, me.post("/data/jobs/run", url.Values{"token": {token}, "job": {"pull gates"}}, "Origin", "null").Code)
	require.Equal(t, []string{"pull gates"}, b.ran)

	require.Equal(t, 303, order("pause", "pull gates").Code)
	require.Equal(t, 303, order("resume", "pull monthly").Code)
	for name, paused := range map[string]bool{"pull gates": true, "pull monthly": false} {
		j, err := b.store.Job(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, paused, j.Paused(), name)
	}
}

func TestRefusedRowsAreTriedAgainByAForm(t *testing.T) {
	b := busy(morning)
	me := visitor(t, openBooks(t, b, dashboards.DoorLocal))
	token := me.token("/data/quarantine?source=monthly&q=dong+da")
	require.Contains(t, me.get("/data/quarantine?source=monthly&q=dong+da").Body.String(), `name="q" value="dong da"`)
	w := me.post("/data/quarantine/retry", url.Values{"token": {token}, "source": {"monthly"}, "q": {"dong da"}})
	require.Equal(t, 303, w.Code, w.Body.String())
	require.Equal(t, "/data/runs/"+b.runs[1].Batch, w.Header().Get("Location"))
	require.Equal(t, []dashboards.QuarantineQuery{{Source: "monthly", Text: "dong da"}}, b.retried, "only the rows that were shown")
	require.Equal(t, 403, me.post("/data/quarantine/retry", url.Values{"source": {"monthly"}}).Code, "no token, no order")
	require.Equal(t, 400, me.post("/data/quarantine/retry", url.Values{"token": {token}, "reason": {"x"}}).Code)
	require.Len(t, b.retried, 1)
	shut := get(openBooks(t, busy(morning), dashboards.DoorShut), "/data/quarantine").Body.String()
	require.NotContains(t, shut, "/data/quarantine/retry")
}

func TestAWaitingFileExpires(t *testing.T) {
	b := busy(morning)
	now := morning
	h := openBooksAt(t, b, dashboards.DoorLocal, func() time.Time { return now })
	me := visitor(t, h)
	address := me.hand(me.token("/data/upload"), reports, "bao-cao-x.csv", csvFile).Header().Get("Location")
	now = now.Add(59 * time.Minute)
	require.Equal(t, 200, me.get(address).Code)
	now = now.Add(time.Minute)
	require.Equal(t, 404, me.get(address).Code)
}
