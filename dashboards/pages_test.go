package dashboards_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/dashboards"
	"khue/indicators"
	"khue/locale"
)

func TestPagesAnswerAsAsked(t *testing.T) {
	h := open(t, lively(morning))
	long := strings.Repeat("x", 3000)
	for _, c := range []struct {
		name, address string
		status        int
		has, hasNot   []string
	}{
		{
			"the overview in Vietnamese", "/", 200,
			[]string{
				`<html lang="vi">`, "Mười tháng đầu năm 2026", "Dữ liệu mô phỏng", "Khách tại chỗ", "Nghị quyết 09: ", "Chưa có số liệu chính thức",
				"3 số đã công bố", "Trung tâm Thiết kế sáng tạo Hà Nội", "Bảng số liệu", "Vì sao có số này?", "SELECT … FROM attendance_monthly",
				"rollup attendance_monthly", "Số liệu đến", "3 dòng đang chờ sửa", "chưa trọn tháng", "việc quá hạn", "So với cùng kỳ năm 2025",
			},
			[]string{"Unknown", "No official figure", "On-site visitors", "%!", "<nil>", "NaN"},
		},
		{
			"the overview in English", "/?lang=en", 200,
			[]string{
				`<html lang="en">`, "In the first ten months of 2026", "Simulated data", "On-site visitors", "Resolution 09: ", "No official figure",
				"3 published figures", "Hanoi Creative Design Centre", "Table of figures", "Why this figure?", "not a whole month", "1 overdue",
			},
			[]string{"Khách tại chỗ", "Chưa có số liệu", "%!", "<nil>", "NaN"},
		},
		{"a past year", "/?period=2025", 200, []string{"Năm 2025, ", "so với năm 2024"}, []string{"chưa trọn tháng"}},
		{"a quarter", "/?period=2025-Q3&lang=en", 200, []string{"In Q3 2025, "}, nil},
		{"the years of the resolution", "/?period=resolution", 200, []string{"Giai đoạn 2021–2025", "riêng năm 2025", "Quận, huyện đông khách nhất"}, nil},
		{"since the designation", "/?period=uccn&lang=en", 200, []string{"From 30 Oct 2019 to 31 Oct 2026"}, nil},
		{"twelve months", "/?period=last-12-months", 200, []string{"Từ tháng 11/2025 đến hết tháng 10/2026", "cùng kỳ một năm trước"}, nil},
		{"a discipline", "/?discipline=design", 200, []string{"thuộc lĩnh vực Thiết kế", "Bỏ bộ lọc"}, nil},
		{"a ward has no year before", "/?area=00004", 200, []string{"tại Phường Ba Đình", "chưa có cùng kỳ để so sánh", "không có kỳ tương ứng"}, []string{"so với cùng kỳ"}},
		{"a district to its end", "/?area=001&period=2025", 200, []string{"Sáu tháng đầu năm 2025", "Quận Ba Đình chỉ có đến hết ngày 30/06/2025", "cùng kỳ năm 2024"}, nil},
		{"empty values are no filter", "/?period=&discipline=&area=", 200, []string{"Mười tháng đầu năm 2026"}, nil},
		{"years without facts", "/?period=1999", 200, []string{"chưa có số liệu chính thức về lượt khách", "Kỳ và bộ lọc này chưa có"}, []string{"0 lượt khách"}},
		{"an unknown discipline", "/?discipline=punishment", 400, []string{"Không có lĩnh vực", "hãy chọn một lĩnh vực", "<select"}, nil},
		{"an unknown discipline in English", "/?discipline=punishment&lang=en", 400, []string{"There is no discipline", "Choose the filters again"}, nil},
		{"an unknown area", "/?area=99999", 400, []string{"Không có địa bàn mang mã"}, nil},
		{"an unknown period", "/?period=2025-13", 400, []string{"Không có kỳ", "2025-Q3"}, nil},
		{"a week is no period here", "/?period=2025-W07", 400, []string{"Không có kỳ"}, nil},
		{"a period to come", "/?period=2031", 400, []string{"chưa bắt đầu"}, nil},
		{"an unknown filter", "/?disciplin=design", 400, []string{"Không có bộ lọc", "period, discipline, area"}, nil},
		{"a filter given twice", "/?period=2024&period=2025", 400, []string{"có nhiều giá trị"}, nil},
		{"a ward before its time", "/?area=00004&period=2024", 400, []string{"Phường Ba Đình có từ ngày 01/07/2025"}, nil},
		{"a district after its time", "/?area=001&lang=en", 400, []string{"Ba Dinh District existed until 30 Jun 2025"}, nil},
		{"a value far too long", "/?discipline=" + strings.Repeat("y", 1500), 400, []string{"Không có lĩnh vực", "…"}, []string{strings.Repeat("y", 60)}},
		{"an address far too long", "/?discipline=" + long, 400, []string{"Địa chỉ quá dài"}, []string{long[:100]}},
		{"markup in a filter", "/?area=%3Cscript%3Ealert(1)%3C/script%3E", 400, []string{"&lt;script&gt;"}, []string{"<script>alert"}},
		{"broken escapes", "/?area=%zz", 400, []string{"Không đọc được"}, nil},
		{"an unknown language", "/?lang=fr", 400, []string{"Không có ngôn ngữ", "vi hoặc en"}, nil},
		{"no such page", "/khong-co", 404, []string{"Không có trang", "Về trang tổng quan", "Dữ liệu mô phỏng"}, nil},
		{"no such page in English", "/nowhere?lang=en", 404, []string{"There is no page", "Back to the overview"}, nil},
		{"no such file", "/static/nothing.js", 404, []string{"Không có tệp"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := get(h, c.address)
			require.Equal(t, c.status, w.Code)
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
}

var (
	inlineScript = regexp.MustCompile(`<script(?:\s[^>]*)?>`)
	inlineStyle  = regexp.MustCompile(`(?i)\sstyle\s*=|<style`)
	inlineEvent  = regexp.MustCompile(`(?i)<[a-z][^>]*\son[a-z]+\s*=`)
	outside      = regexp.MustCompile(`(?i)(?:src|href|action)="(?:https?:)?//`)
)

// requireStrict holds an answer against the content policy, which it must also carry.
func requireStrict(t testing.TB, w *httptest.ResponseRecorder) {
	t.Helper()
	policy := w.Header().Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'; script-src 'self'; style-src 'self';")
	require.Contains(t, policy, "frame-ancestors 'none'")
	require.NotContains(t, policy, "unsafe")
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	require.NotEmpty(t, w.Header().Get("Referrer-Policy"))
	if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		return
	}
	page := w.Body.String()
	for _, tag := range inlineScript.FindAllString(page, -1) {
		require.Contains(t, tag, ` src="/static/`, "every script is a file of ours")
	}
	require.Empty(t, inlineStyle.FindAllString(page, -1))
	require.Empty(t, inlineEvent.FindAllString(page, -1))
	require.Empty(t, outside.FindAllString(page, -1), "nothing is loaded from elsewhere")
}

func TestTheHeadlineIsTheSumOfTheFacts(t *testing.T) {
	c := lively(morning)
	var now, before float64
	for _, f := range c.facts["attendance"] {
		switch {
		case f.day.Year() == 2026 && f.day.Month() <= 10:
			now += f.counts["visitors"]
		case f.day.Year() == 2025 && f.day.Month() <= 10:
			before += f.counts["visitors"]
		}
	}
	page := get(open(t, c), "/").Body.String()
	require.Contains(t, page, `title="`+locale.Number(khue.Vietnamese, now, 0)+` lượt khách"`)
	require.Contains(t, page, "tăng "+locale.Percent(khue.Vietnamese, now/before-1, 1)+" so với cùng kỳ năm 2025")
}

func TestAMonthThatIsNotOverIsShownButNeverCompared(t *testing.T) {
	records := chartTable(t, open(t, lively(morning)), "/charts/visitors.csv?lang=en")
	november := records[11]
	require.Equal(t, "Nov", november[0])
	require.NotEmpty(t, november[1], "what there is of it is shown")
	require.Empty(t, november[2], "it has no change")
	require.NotEmpty(t, november[3], "the year before is whole")
	require.Equal(t, "not a whole month", november[6])
	require.NotEmpty(t, records[10][2], "October is compared")
	require.Empty(t, records[12][1], "December is not a zero")
}

func chartTable(t testing.TB, h http.Handler, address string) [][]string {
	t.Helper()
	w := get(h, address)
	require.Equal(t, 200, w.Code, w.Body.String())
	require.Contains(t, w.Header().Get("Content-Type"), "text/csv")
	require.Contains(t, w.Header().Get("Content-Disposition"), "attachment")
	body, found := bytes.CutPrefix(w.Body.Bytes(), []byte("\uFEFF"))
	require.True(t, found, "spreadsheets need the mark to read Vietnamese")
	records, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	require.NoError(t, err)
	return records
}

func TestATableAddsUpToTheHeadline(t *testing.T) {
	h := open(t, lively(morning))
	sum := func(address string, last int) (total float64) {
		for _, r := range chartTable(t, h, address)[1 : last+1] {
			n, err := strconv.ParseFloat(r[1], 64)
			require.NoError(t, err)
			total += n
		}
		return total
	}
	months := sum("/charts/visitors.csv", 10)
	areas := chartTable(t, h, "/charts/areas.csv")
	require.Equal(t, months, sum("/charts/areas.csv", len(areas)-1), "by month and by area alike")
	require.Contains(t, get(h, "/").Body.String(), locale.Number(khue.Vietnamese, months, 0)+" lượt khách")
}

func TestAChartComesAsAnOptionWithItsTable(t *testing.T) {
	h := open(t, lively(morning))
	for _, id := range []string{"visitors", "disciplines", "members"} {
		w := get(h, "/charts/"+id+"?lang=en&period=2025")
		require.Equal(t, 200, w.Code, id)
		requireStrict(t, w)
		var answer struct {
			ID, Title, Summary string
			Option             map[string]any
			Table              struct{ Rows [][]string }
		}
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
		require.Equal(t, id, answer.ID)
		require.NotEmpty(t, answer.Option["series"])
		require.NotEmpty(t, answer.Table.Rows)
		require.NotContains(t, w.Body.String(), "function", "formatters go by name, never as code")
		require.Equal(t, "richText", answer.Option["tooltip"].(map[string]any)["renderMode"], "a tooltip writes no markup")
	}
	for address, status := range map[string]int{"/charts/nothing": 404, "/charts/areas": 404, "/charts/visitors?period=x": 400, "/charts/visitors?period=1999": 404} {
		w := get(h, address)
		require.Equal(t, status, w.Code, address)
		require.Contains(t, w.Header().Get("Content-Type"), "application/problem+json")
		requireStrict(t, w)
	}
}

func TestTheLanguageIsTheReadersOwn(t *testing.T) {
	h := open(t, lively(morning))
	for _, c := range []struct{ name, address, accept, cookie, want string }{
		{"Vietnamese by default", "/", "", "", "vi"},
		{"what the browser prefers", "/", "en-GB,en;q=0.9,vi;q=0.5", "", "en"},
		{"Vietnamese before English", "/", "vi-VN,vi;q=0.9,en;q=0.8", "", "vi"},
		{"a language we lack", "/", "ja", "", "vi"},
		{"nonsense", "/", ";;;q=,", "", "vi"},
		{"what was chosen before", "/", "vi", "lang=en", "en"},
		{"the address before all", "/?lang=vi", "en", "lang=en", "vi"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := get(h, c.address, "Accept-Language", c.accept, "Cookie", c.cookie)
			require.Contains(t, w.Body.String(), `<html lang="`+c.want+`">`)
			require.Contains(t, strings.Join(w.Header().Values("Vary"), ","), "Accept-Language")
		})
	}
	cookie := get(h, "/?lang=en").Result().Cookies()[0]
	require.Equal(t, "en", cookie.Value)
	require.True(t, cookie.HttpOnly)
	require.Equal(t, http.SameSiteLaxMode, cookie.SameSite)
}

func TestFilesAreKeptForGoodUnderTheirHash(t *testing.T) {
	h := open(t, lively(morning))
	page := get(h, "/").Body.String()
	links := regexp.MustCompile(`/static/[^"]+`).FindAllString(page, -1)
	require.GreaterOrEqual(t, len(links), 7)
	for _, link := range links {
		w := get(h, link, "Accept-Encoding", "gzip, br")
		require.Equal(t, 200, w.Code, link)
		require.Contains(t, w.Header().Get("Cache-Control"), "immutable")
		if !strings.HasSuffix(link, ".woff2") { // packed as they are
			require.Contains(t, []string{"br", "gzip"}, w.Header().Get("Content-Encoding"), link)
		}
		require.Equal(t, 304, get(h, link, "If-None-Match", w.Header().Get("ETag")).Code)
	}
	script := regexp.MustCompile(`/static/echarts[^"]+`).FindString(page)
	plain, packed := get(h, script), get(h, script, "Accept-Encoding", "gzip;q=1, br;q=0")
	unpacked, err := gzip.NewReader(packed.Body)
	require.NoError(t, err)
	got, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	require.Equal(t, plain.Body.Bytes(), got, "packed or not, the same file")

	fonts := get(h, regexp.MustCompile(`/static/fonts[^"]+`).FindString(page)).Body.String()
	for _, match := range regexp.MustCompile(`url\(([^)]+)\)`).FindAllStringSubmatch(fonts, -1) {
		w := get(h, match[1])
		require.Equal(t, 200, w.Code, match[1])
		require.Equal(t, "font/woff2", w.Header().Get("Content-Type"))
	}
	require.Contains(t, get(h, "/static/app.css").Header().Get("Cache-Control"), "no-cache", "a bare name may change")
}

func TestMissingThirdPartyFilesAreNamedWithTheCommandThatGetsThem(t *testing.T) {
	_, err := dashboards.New(dashboards.Options{Service: serviceOf(t, lively(morning)), Static: fstest.MapFS{"tabler.min.css": {Data: []byte("a{}")}}})
	require.ErrorContains(t, err, "echarts.min.js")
	require.ErrorContains(t, err, "be-vietnam-pro-vietnamese-700-normal.woff2")
	require.ErrorContains(t, err, "make setup")
	require.NotContains(t, err.Error(), "tabler.min.css")
	require.Equal(t, khue.Unavailable, khue.KindOf(err))
}

func TestAPanicIsAPageInTheReadersLanguage(t *testing.T) {
	c := lively(morning)
	b := &broken{Service: serviceOf(t, c)}
	h := openService(t, b, func() time.Time { return c.now })
	b.opened = true
	w := get(h, "/?lang=en")
	require.Equal(t, 500, w.Code)
	require.Contains(t, w.Body.String(), "Something unexpected went wrong")
	require.NotContains(t, w.Body.String(), "secret detail")
	requireStrict(t, w)
}

// broken is a service whose catalogue is gone once the pages are open.
type broken struct {
	dashboards.Service
	opened bool
}

func (b *broken) Catalogue() *indicators.Catalogue {
	if b.opened {
		panic(errors.New("secret detail"))
	}
	return b.Service.Catalogue()
}
