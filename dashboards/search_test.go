package dashboards_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"khue/locale"
)

type proposals struct {
	Groups []struct {
		Label string
		Hits  []struct{ Label, Detail, Address string }
	}
}

func proposed(t *testing.T, h http.Handler, lang, sought string) proposals {
	t.Helper()
	w := get(h, "/search/suggest?lang="+lang+"&q="+url.QueryEscape(sought))
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	var p proposals
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
	return p
}

func (p proposals) labels(group string) []string {
	var out []string
	for _, g := range p.Groups {
		if g.Label == group {
			for _, h := range g.Hits {
				out = append(out, h.Label)
			}
		}
	}
	return out
}

// TestNamesAreFoundAsAPlainLookThroughTheRegisterFindsThem holds the engine's
// search against reading every record.
func TestNamesAreFoundAsAPlainLookThroughTheRegisterFindsThem(t *testing.T) {
	service, w := pulledCity(t)
	members, err := w.Records(t.Context(), "members", nil, time.Time{}, 100_000)
	require.NoError(t, err)
	events, err := w.Records(t.Context(), "events", nil, time.Time{}, 100_000)
	require.NoError(t, err)
	for _, sought := range []string{"khong gian", "NỘI thất", "noi", "Nét", "mo phong 007", "đ", "lễ hội", "le hoi thiet", "2025", "hoi le", "%", "'", `\`, "🙂", "không có ai tên thế này"} {
		words := locale.Words(sought)
		var want []string
		for _, m := range members {
			status := m["status"].(string)
			if status != "applied" && status != "rejected" && locale.Begin(locale.Words(m["name"].(string)), words) {
				want = append(want, m["record_id"].(string))
			}
		}
		found, err := service.FindMembers(t.Context(), sought, 100_000)
		require.NoError(t, err)
		var got []string
		for _, h := range found {
			got = append(got, h.ID)
		}
		require.ElementsMatch(t, want, got, sought)

		want, got = nil, nil
		for _, e := range events {
			if locale.Begin(locale.Words(e["title"].(string)), words) {
				want = append(want, e["record_id"].(string))
			}
		}
		hits, err := service.FindEvents(t.Context(), sought, 100_000)
		require.NoError(t, err)
		for _, h := range hits {
			got = append(got, h.ID)
		}
		require.ElementsMatch(t, want, got, sought)
	}
}

func TestMembersFoundAreInVietnameseOrder(t *testing.T) {
	service, _ := pulledCity(t)
	found, err := service.FindMembers(t.Context(), "n", 500)
	require.NoError(t, err)
	require.Greater(t, len(found), 3)
	collator := locale.Collator()
	for i := 1; i < len(found); i++ {
		a, b := found[i-1].Name, found[i].Name
		begins := func(s string) bool { return strings.HasPrefix(locale.Fold(s), "n") }
		require.False(t, !begins(a) && begins(b), "names that begin with it come first")
		if begins(a) == begins(b) {
			require.LessOrEqual(t, collator.CompareString(a, b), 0)
		}
	}
}

func TestASearchFindsThingsOfEveryKindWithoutTheirMarks(t *testing.T) {
	h := openPulled(t)
	require.Contains(t, proposed(t, h, "vi", "hoan kiem").labels("Địa bàn"), "Phường Hoàn Kiếm")
	require.Contains(t, proposed(t, h, "vi", "ĐỐNG đa").labels("Địa bàn"), "Phường Đống Đa")
	require.Contains(t, proposed(t, h, "vi", "dong da").labels("Địa bàn"), "Phường Đống Đa")
	require.Contains(t, proposed(t, h, "vi", "quan hoan").labels("Địa bàn"), "Quận Hoàn Kiếm", "former districts too")
	require.NotEmpty(t, proposed(t, h, "en", "visitors").labels("Indicators"))
	require.Contains(t, proposed(t, h, "vi", "tong quan").labels("Trang"), "Tổng quan")
	require.Empty(t, proposed(t, h, "vi", "oan kiem").Groups, "words are found by their beginnings")
	require.Empty(t, proposed(t, h, "vi", "").Groups)
	require.Empty(t, proposed(t, h, "vi", "…!").Groups)

	for _, g := range proposed(t, h, "vi", "quan hoan").Groups {
		for _, hit := range g.Hits {
			if strings.HasPrefix(hit.Address, "/?") {
				require.Equal(t, http.StatusOK, get(h, hit.Address).Code, "the address of %s opens", hit.Label)
			}
		}
	}
	page := get(h, "/search?lang=vi&q="+url.QueryEscape("khong gian noi"))
	require.Equal(t, http.StatusOK, page.Code)
	requireStrict(t, page)
	require.Contains(t, page.Body.String(), "kết quả cho “khong gian noi”")
	require.Contains(t, page.Body.String(), `href="/members/`)
}

func TestASearchOfNonsenseSaysWhatToDo(t *testing.T) {
	h := openPulled(t)
	for _, c := range []struct {
		address string
		status  int
		words   string
	}{
		{"/search", 200, "Gõ tên, hoặc phần đầu của các từ"},
		{"/search?q=zzzzqq", 200, "Không tìm thấy “zzzzqq”"},
		{"/search?q=" + url.QueryEscape("<script>alert(1)</script>"), 200, "&lt;script&gt;"},
		{"/search?q=" + url.QueryEscape("' OR 1=1 --"), 200, "Không tìm thấy"},
		{"/search?q=%FF%FE", 400, "không phải là chữ"},
		{"/search?q=a&q=b", 400, "có nhiều giá trị"},
		{"/search?q=" + strings.Repeat("a", 101), 400, "Chữ cần tìm quá dài"},
		{"/search?q=" + strings.Repeat("a", 10_000), 400, "Địa chỉ quá dài"},
		{"/search?what=x", 400, "Không có bộ lọc"},
	} {
		w := get(h, c.address, "Accept", "text/html")
		require.Equal(t, c.status, w.Code, short(c.address))
		require.True(t, strings.Contains(w.Body.String(), c.words), "%s: %s", short(c.address), c.words)
	}
}

func short(s string) string { return s[:min(len(s), 60)] }

func TestWithoutAWarehouseASearchStillFindsWhatIsKnownHere(t *testing.T) {
	c := lively(morning)
	c.down.Store(true)
	w := get(open(t, c), "/search?lang=vi&q=hoan+kiem")
	require.Equal(t, http.StatusOK, w.Code)
	require.Contains(t, w.Body.String(), "Phường Hoàn Kiếm")
	require.Contains(t, w.Body.String(), "Chưa tìm được trong thành viên và sự kiện.")
}

func TestTheBoxProposesWhileSomebodyTypesAndIsWorkedByKeys(t *testing.T) {
	server := httptest.NewServer(openPulled(t))
	t.Cleanup(server.Close)
	ctx := browser(t)
	heard := listen(t, ctx)
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(server.URL+"/?lang=vi")))
	waitForCharts(t, ctx)
	is := func(script string) bool {
		yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool](script))
		return err == nil && yes
	}
	require.NoError(t, chromedp.Do(ctx, chromedp.KeyEvent("/")))
	require.True(t, is(`document.activeElement.id === 'seek'`), "a slash leads to the box")
	require.True(t, is(`(document.getElementById('seek').value = '', true)`)) // the driver types the slash all the same
	require.NoError(t, chromedp.Do(ctx, chromedp.KeyEvent("hoan kiem")))
	require.Eventually(t, func() bool { return is(`document.querySelectorAll('.proposal').length > 1`) }, 5*time.Second, 30*time.Millisecond)
	keepPicture(t, ctx, "search-box")
	require.True(t, is(`document.getElementById('seek').getAttribute('aria-expanded') === 'true'`))
	require.NoError(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.ArrowDown)))
	require.True(t, is(`document.getElementById(document.getElementById('seek').getAttribute('aria-activedescendant')).getAttribute('aria-selected') === 'true'`))
	require.NoError(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.ArrowUp), chromedp.KeyEvent(kb.Escape)))
	require.True(t, is(`document.getElementById('proposals').hidden`), "Esc closes it")
	require.NoError(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.Enter)))
	require.Eventually(t, func() bool {
		return is(`location.pathname + location.search === '/search?q=hoan+kiem' && document.readyState === 'complete'`)
	}, 5*time.Second, 30*time.Millisecond)
	look(t, ctx, heard, "search-desktop", "Phường Hoàn Kiếm", false)
	for _, lang := range []string{"vi", "en"} {
		require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(390, 844, mobile(390)...), chromedp.Navigate(server.URL+"/search?q=noi+that&lang="+lang)))
		look(t, ctx, heard, "search-phone-"+lang, map[string]string{"vi": "Thành viên", "en": "Members"}[lang], false)
	}
}
