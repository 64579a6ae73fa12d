package dashboards_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"khue/dashboards"
)

func TestTheDictionaryAnswersAsAsked(t *testing.T) {
	h := open(t, lively(morning))
	for _, c := range []struct {
		name, address string
		status        int
		has, hasNot   []string
	}{
		{
			"all of it", "/indicators", 200,
			[]string{"Từ điển chỉ số: ", "chỉ số trong 7 nhóm", "Mạng lưới và thành viên", `href="/indicators/grdp_share"`, "Phục vụ", `aria-current="page"`, "Phiên bản định nghĩa"},
			[]string{"%!", "<nil>", "Vì sao không có chỉ tiêu"},
		},
		{"in English", "/indicators?lang=en", 200, []string{"Indicator dictionary: ", "indicators in 7 groups", "Network and members"}, []string{"Mạng lưới", "Thành viên"}},
		{"words without marks", "/indicators?q=dao+tao", 200, []string{"Tìm thấy 2 chỉ số", "Hoạt động đào tạo", `value="dao tao"`}, []string{`href="/indicators/visitors"`}},
		{"words with marks", "/indicators?q=%C4%90%C3%80O+T%E1%BA%A0O&lang=en", 200, []string{"2 indicators found", "Trainings"}, nil},
		{"one indicator", "/indicators?q=nominal+grdp&lang=en", 200, []string{"There is no such indicator", "Try another word"}, nil},
		{"a programme", "/indicators?programme=nq09", 200, []string{"Tìm thấy 1 chỉ số", "09-NQ/TU", "217/KH-UBND", "báo chí đưa tin ngày 15/08/2022", "chưa rõ ngày", "Chưa rõ", "Có nguồn công bố"}, nil},
		{"commitments with their plans and the slip", "/indicators?programme=unesco-uccn&lang=en", 200, []string{"134/KH-UBND", "dated 11 Jun 2019", "looks like a slip", "Creativity of communities", "without numeric targets"}, nil},
		{"a framework", "/indicators?programme=culture-2030", 200, []string{"1. Chi cho di sản", "22. Quá trình có sự tham gia", "Chưa có số liệu chính thức", "16.10", "Tiếp cận văn hóa", "không đặt chỉ tiêu"}, nil},
		{"a period without a text", "/indicators?programme=period-2026-2030", 200, []string{"Không có chỉ số nào như vậy", "2026–2030", "Chưa có văn bản của giai đoạn này trong tay", "Chưa có chỉ số nào phục vụ chương trình này"}, nil},
		{"an outlook is no promise", "/indicators?programme=tourism-outlook-2023&lang=en", 200, []string{"Published outlook", "no commitment of the culture programme", "VND 5.2 trillion"}, nil},
		{"an unknown programme", "/indicators?programme=nq9", 400, []string{"Không có chương trình", "Về Từ điển chỉ số"}, nil},
		{"an unknown filter", "/indicators?topic=x", 400, []string{"Không có bộ lọc", "q, programme"}, nil},
		{"a text far too long", "/indicators?q=" + strings.Repeat("a", 200), 400, []string{"quá dài"}, nil},
		{"markup that is looked for", "/indicators?q=%22%3E%3Cscript%3E", 200, []string{"&#34;&gt;&lt;script&gt;"}, []string{`"><script>`}},
		{
			"a ratio", "/indicators/visitors_per_event", 200,
			[]string{"“Khách tại chỗ” chia cho “Sự kiện”.", "visitors = sum(attendance.visitors)", "Gộp tử số và mẫu số rồi mới chia", "lượt khách mỗi sự kiện", "Hằng quý", "Sở Văn hóa và Thể thao Hà Nội", "01/07/2025 · số theo địa bàn", "1656/NQ-UBTVQH15", "Năm chưa hết", "Không có chiều tốt xấu"},
			[]string{"%!", "<nil>"},
		},
		{
			"a target without a figure", "/indicators/grdp_share", 200,
			[]string{"khoảng 5% vào cuối năm 2025", "khoảng 8% vào cuối năm 2030", "khoảng 10% vào cuối năm 2045", "Nghị quyết 09-NQ/TU, mục tiêu cụ thể đến năm 2025", "Chưa có số liệu chính thức", "Gần đúng với chỉ số 6. Văn hóa trong GDP", "Số đã công bố", "mekongasean.vn"},
			nil,
		},
		{"the same in English", "/indicators/grdp_share?lang=en", 200, []string{"about 5% at the end of 2025", "No official figure", "Comes near indicator 6. Culture in GDP", "Not known: the published documents name no office", "Published source"}, []string{"khoảng", "Chưa"}},
		{"a range", "/indicators/cultural_industry_centres", 200, []string{"1–2 trung tâm vào cuối năm 2025", "2–3 trung tâm vào cuối năm 2026"}, nil},
		{"published figures that are estimates", "/indicators/festival_visitors?lang=en", 200, []string{"60,000 visits", "200,000 visits", "No official figure", "estimate", "Commitment I1"}, nil},
		{"a limit of its own", "/indicators/free_event_share?lang=en", 200, []string{"100 × free_events ÷ events", "free_events = count(events | access = free)", "Comes near indicator 20. Access to culture"}, nil},
		{"no such entry", "/indicators/grdp", 404, []string{"Từ điển không có chỉ số", "Về Từ điển chỉ số"}, nil},
		{"markup as an entry", "/indicators/%3Cscript%3E", 404, []string{"&lt;script&gt;"}, []string{"<script>e"}},
		{"a filter where there is none", "/indicators/visitors?q=x", 400, []string{"Trang này không có bộ lọc"}, nil},
		{"the overview leads there", "/", 200, []string{`href="/indicators"`}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := get(h, c.address)
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
}

func TestTheMeaningStandsWhileTheWarehouseIsAway(t *testing.T) {
	c := lively(morning)
	h := open(t, c)
	c.down.Store(true)
	for _, address := range []string{"/indicators", "/indicators/visitors", "/indicators?programme=nq09"} {
		require.Equal(t, 200, get(h, address).Code, address)
	}
	page := get(h, "/indicators/visitors").Body.String()
	require.Contains(t, page, "visitors = sum(attendance.visitors)")
	require.Contains(t, page, "Chưa lấy được số liệu mới.")
	require.NotContains(t, page, "Chưa có số liệu chính thức</td>", "what cannot be had is not said to be unknown")
}

func TestTheDictionaryIsDrawnInARealBrowser(t *testing.T) {
	server := httptest.NewServer(openBooks(t, busy(morning), dashboards.DoorLocal))
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	for _, page := range []struct {
		name, address string
		words         map[string]string
	}{
		{"dictionary", "/indicators?", map[string]string{"vi": "chỉ số trong 7 nhóm", "en": "indicators in 7 groups"}},
		{"dictionary-programme", "/indicators?programme=unesco-uccn&", map[string]string{"vi": "97/KH-UBND", "en": "97/KH-UBND"}},
		{"dictionary-framework", "/indicators?programme=culture-2030&", map[string]string{"vi": "không đặt chỉ tiêu", "en": "sets no targets"}},
		{"entry-ratio", "/indicators/active_member_share?", map[string]string{"vi": "100 × active_members ÷ members", "en": "100 × active_members ÷ members"}},
		{"entry-target", "/indicators/grdp_share?", map[string]string{"vi": "Chưa có số liệu chính thức", "en": "No official figure"}},
	} {
		for _, lang := range []string{"vi", "en"} {
			for name, width := range map[string]int64{"desktop": 1440, "phone": 390} {
				t.Run(page.name+"-"+name+"-"+lang, func(t *testing.T) {
					require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 900, mobile(width)...),
						chromedp.Navigate(server.URL+page.address+"lang="+lang)))
					look(t, ctx, heard, page.name+"-"+name+"-"+lang, page.words[lang], false)
				})
			}
		}
	}
}
