package dashboards_test

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/access"
	"khue/dashboards"
	"khue/state"
)

// keepers is a site on which people keep views.
type keepers struct {
	explorer
	store *state.Store
	book  *access.Book
}

func openKeepers(t testing.TB) keepers {
	t.Helper()
	store, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	book, err := access.Open(access.Options{Store: store, Now: func() time.Time { return morning }})
	require.NoError(t, err)
	for login, roles := range map[string][]string{"lan": {"analyst"}, "minh": {"leader"}, "quan": {"administrator"}} {
		_, err := book.Add(t.Context(), access.AtConsole, login, "Họ tên "+login, roles, nil)
		require.NoError(t, err)
	}
	x := openExplorer(t, pulledService(t), func(o *dashboards.Options) { o.People, o.Explore.Views = book, store })
	return keepers{x, store, book}
}

func (k keepers) who(login string, roles ...access.Role) http.Handler {
	c := access.Caller{Login: login, Name: "Họ tên " + login, Roles: roles}
	for _, r := range roles {
		c.Rights = append(c.Rights, r.Rights()...)
	}
	return as(k.pages, c)
}

// sendForm posts a form of a page as a browser does, with its token and its cookie.
func sendForm(t testing.TB, h http.Handler, page, action string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	drawn := get(h, page)
	token := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(drawn.Body.String())
	require.NotNil(t, token, "%s has a form: %d", page, drawn.Code)
	form := url.Values{"token": {token[1]}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, action, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range drawn.Result().Cookies() {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const viewQuery = "measure=visitors&by=month&from=2025&to=2025"

func TestAViewIsKeptSharedRenamedAndDeletedByItsOwner(t *testing.T) {
	k := openKeepers(t)
	lan, minh, quan := k.who("lan", access.Analyst), k.who("minh", access.Leader), k.who("quan", access.Administrator)
	const decomposed = "Kha\u0301ch   theo tha\u0301ng" // NFD, and too many spaces
	kept := sendForm(t, lan, "/explore?"+viewQuery, "/explore/saved", "query", viewQuery, "view", decomposed, "about", "cho <b>họp</b> giao ban")
	require.Equal(t, http.StatusSeeOther, kept.Code, kept.Body)
	require.Equal(t, "/explore?by=month&from=2025&measure=visitors&saved=1&to=2025", kept.Header().Get("Location"))
	page := get(lan, kept.Header().Get("Location")+"&lang=vi").Body.String()
	require.Contains(t, page, "<strong>Khách theo tháng</strong>", "NFC, one space")
	require.Contains(t, page, "cho &lt;b&gt;họp&lt;/b&gt; giao ban")
	require.NotContains(t, page, "Lưu đè")
	require.Contains(t, get(lan, "/explore?measure=visitors&by=year&from=2025&to=2025&saved=1&lang=vi").Body.String(), "Lưu đè", "another question can be kept in its place")

	require.Contains(t, get(minh, "/explore/saved?lang=vi").Body.String(), "Chưa có chế độ xem nào")
	require.Equal(t, http.StatusNotFound, get(minh, "/explore/saved/1").Code)
	require.Equal(t, http.StatusNotFound, sendForm(t, minh, "/explore?"+viewQuery, "/explore/saved/1/change", "view", "x").Code)

	shared := sendForm(t, lan, "/explore/saved", "/explore/saved/1/change", "view", "Giao ban đầu tuần", "shared", "1")
	require.Equal(t, http.StatusSeeOther, shared.Code, shared.Body)
	list := get(minh, "/explore/saved?q=giao+ban+dau&lang=vi").Body.String()
	require.Contains(t, list, "Giao ban đầu tuần", "found without its marks")
	require.Contains(t, list, "Họ tên lan")
	require.NotContains(t, list, "/explore/saved/1/delete", "it is not theirs to delete")
	require.Contains(t, get(minh, "/explore/saved?q=khong").Body.String(), "Không có chế độ xem nào như vậy")
	opened := get(minh, "/explore/saved/1")
	require.Equal(t, http.StatusSeeOther, opened.Code)
	require.Equal(t, http.StatusOK, get(minh, opened.Header().Get("Location")).Code)
	require.Equal(t, http.StatusForbidden, sendForm(t, minh, "/explore?"+viewQuery, "/explore/saved/1/change", "view", "Của tôi").Code)
	require.Equal(t, http.StatusNotFound, sendForm(t, minh, "/explore?"+viewQuery, "/explore/saved/1/delete").Code)
	require.Equal(t, http.StatusSeeOther, sendForm(t, quan, "/explore/saved", "/explore/saved/1/delete").Code, "an administrator may delete any")
	require.Equal(t, http.StatusNotFound, get(lan, "/explore/saved/1").Code)
}

func TestWhatIsWrongWithAKeptViewsNameIsToldAtOnce(t *testing.T) {
	k := openKeepers(t)
	lan := k.who("lan", access.Analyst)
	long := sendForm(t, lan, "/explore?"+viewQuery, "/explore/saved?lang=en", "query", viewQuery, "view", strings.Repeat("ă", 121), "about", strings.Repeat("b", 1001))
	require.Equal(t, http.StatusUnprocessableEntity, long.Code)
	for _, said := range []string{"The name has 121 characters; at most 120.", "The description has 1001 characters; at most 1000."} {
		require.Contains(t, long.Body.String(), said)
	}
	require.Contains(t, sendForm(t, lan, "/explore?"+viewQuery, "/explore/saved?lang=en", "query", viewQuery, "view", " \u00a0 ").Body.String(), "Give it a name.")
	require.Contains(t, sendForm(t, lan, "/explore?"+viewQuery, "/explore/saved?lang=en", "query", viewQuery, "view", "a\u202eb").Body.String(), "characters that are no text")
	for _, name := range []string{"Khách", "KHÁCH"} {
		kept := sendForm(t, lan, "/explore?"+viewQuery, "/explore/saved?lang=en", "query", viewQuery, "view", name)
		if name == "KHÁCH" {
			require.Equal(t, http.StatusUnprocessableEntity, kept.Code)
			require.Contains(t, kept.Body.String(), "You have a view of that name already.")
		}
	}
	require.Equal(t, http.StatusForbidden, func() int {
		r := httptest.NewRequest(http.MethodPost, "/explore/saved", strings.NewReader("view=x&query=measure%3Dvisitors"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		lan.ServeHTTP(w, r)
		return w.Code
	}(), "a form without its token is not taken")
	evil := `<script>alert(1)</script>"'&`
	require.Equal(t, http.StatusSeeOther, sendForm(t, lan, "/explore?"+viewQuery, "/explore/saved", "query", viewQuery, "view", evil, "about", evil).Code)
	for _, path := range []string{"/explore/saved", "/explore?" + viewQuery + "&saved=2", "/explore?" + viewQuery + "&saved=3"} {
		require.NotContains(t, get(lan, path).Body.String(), "<script>alert")
	}
}

func TestAPinnedViewShowsTheFiguresOfItsMoment(t *testing.T) {
	k := openKeepers(t)
	lan := k.who("lan", access.Analyst)
	const moving = "measure=visitors&by=month&period=last-year"
	kept := sendForm(t, lan, "/explore?"+moving, "/explore/saved", "query", moving, "view", "Năm ngoái, ghim", "pin", "1")
	require.Equal(t, http.StatusSeeOther, kept.Code, kept.Body)
	at, err := url.QueryUnescape(kept.Header().Get("Location"))
	require.NoError(t, err)
	require.Contains(t, at, "as_of=2026-11-23T06:15:00+07:00")
	require.Contains(t, at, "from=2025&measure=visitors", "the days stay, too")
	require.NotContains(t, at, "period=")
	require.Contains(t, html.UnescapeString(get(lan, kept.Header().Get("Location")+"&lang=en").Body.String()), "As known at 06:15 on 23 Nov 2026")
	live := sendForm(t, lan, "/explore?"+moving, "/explore/saved", "query", moving, "view", "Năm ngoái")
	require.Contains(t, live.Header().Get("Location"), "period=last-year", "a view that is not pinned moves with the days")
}

// A measure and a dimension that an office takes out of its definitions.
func TestAKeptViewSaysByNameWhatIsDefinedNoMore(t *testing.T) {
	k := openKeepers(t)
	lan := k.who("lan", access.Analyst)
	keep := func(name, query string) string {
		v, err := k.store.AddSavedView(t.Context(), state.SavedView{
			Owner: "lan", Name: name, Key: name, Query: query, CreatedAt: morning,
			Labels: map[string]khue.Text{"ticket_price": {VI: "Giá vé bình quân", EN: "Mean ticket price"}, "by genre": {VI: "Thể loại", EN: "Genre"}, "visitors": {VI: "Khách tại chỗ", EN: "On-site visitors"}},
		}, 100)
		require.NoError(t, err)
		at := get(lan, fmt.Sprint("/explore/saved/", v.ID)).Header().Get("Location")
		return at + "&lang=en"
	}
	page := get(lan, keep("chỉ số", "measure=visitors,ticket_price&by=year&from=2024&to=2025"))
	require.Equal(t, http.StatusOK, page.Code)
	body := html.UnescapeString(page.Body.String())
	require.Contains(t, body, "The measure “Mean ticket price” (ticket_price) is no more.")
	require.Contains(t, body, "What is left is shown below.")
	require.Equal(t, []string{"Year", "On-site visitors (visits)"}, figuresIn(t, page.Body.String())[0])

	page = get(lan, keep("chiều", "measure=visitors&by=year,genre&genre=rock&from=2024&to=2025&pivot=genre"))
	body = html.UnescapeString(page.Body.String())
	require.Contains(t, body, "The dimension “Genre” (genre) is no more.")
	require.NotContains(t, body, "explore-figures", "without the filter figures would mean something else")
	left := regexp.MustCompile(`href="([^"]+)">Open what is left`).FindStringSubmatch(body)
	require.NotNil(t, left)
	require.Equal(t, "/explore?by=year&from=2024&measure=visitors&to=2025", left[1])
	require.Equal(t, http.StatusOK, get(lan, left[1]).Code)

	body = html.UnescapeString(get(lan, keep("cả", "measure=ticket_price&by=year")).Body.String())
	require.Contains(t, body, "The measure “Mean ticket price” (ticket_price) is no more.")
	require.Contains(t, body, "no measure “ticket_price”", "nothing is left, and the fault is told")
}
