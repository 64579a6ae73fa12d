package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"khue/access"
	"khue/indicators"
	"khue/reports"
	"khue/state"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// office is a whole server, on an empty warehouse, with people of every role.
type office struct {
	t    *testing.T
	o    *Observatory
	http *httptest.Server
	now  time.Time
}

const officePassword = "mùa thu Hà Nội năm ấy"

func openOffice(t *testing.T, change func(*Config)) *office {
	t.Helper()
	return openOfficeOn(t, nil, change)
}

// openOfficeOn is openOffice on a warehouse that is there already; nil makes one.
func openOfficeOn(t *testing.T, w *warehouse.Warehouse, change func(*Config)) *office {
	t.Helper()
	f := &office{t: t, now: time.Date(2026, 11, 29, 0, 30, 0, 0, warehousetest.Zone())}
	now := func() time.Time { return f.now }
	config := defaults()
	config.Data = t.TempDir()
	text := strings.Replace(gatesConfig, "${GATES_DIR}", t.TempDir(), 1)
	config, err := parseConfig(config, "khue.yaml", []byte(text), func(string) (string, bool) { return t.TempDir(), true })
	require.NoError(t, err)
	if change != nil {
		change(&config)
	}
	require.NoError(t, config.Validate())
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	f.o = &Observatory{Config: config, Log: log, Zone: warehousetest.Zone(), Now: now, Warehouse: w}
	if w == nil {
		f.o.Warehouse = warehousetest.OpenAt(t, now)
	}
	f.o.State, err = state.Open(t.Context(), filepath.Join(config.Data, "state.db"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.o.State.Close() })
	f.o.Catalogue, err = indicators.Load("")
	require.NoError(t, err)
	f.o.Reports, err = reports.Load("", f.o.Catalogue)
	require.NoError(t, err)
	require.NoError(t, f.o.wire())
	t.Cleanup(func() { _ = f.o.Ledger.close() })
	server, err := f.o.server(t.Context())
	require.NoError(t, err)
	f.http = httptest.NewServer(server.Handler)
	t.Cleanup(f.http.Close)
	for role, areas := range map[access.Role][]string{access.Leader: nil, access.Staff: nil, access.Analyst: nil, access.Administrator: nil, access.Clerk: {"00070"}} {
		_, err := f.o.People.Add(t.Context(), access.AtConsole, string(role), "Họ tên "+string(role), []string{string(role)}, areas)
		require.NoError(t, err)
		require.NoError(t, f.o.People.SetPassword(t.Context(), access.AtConsole, string(role), officePassword))
	}
	return f
}

// browser is somebody at a browser, which follows nothing by itself.
func (f *office) browser() *http.Client {
	f.t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(f.t, err)
	return &http.Client{Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// in is somebody who is signed in.
func (f *office) in(login string) *http.Client {
	f.t.Helper()
	b := f.browser()
	f.keep(b, f.session(login))
	return b
}

func (f *office) session(login string) string {
	f.t.Helper()
	secret, err := f.o.People.SignIn(f.t.Context(), login, officePassword, access.Visit{Address: "127.0.0.1"})
	require.NoError(f.t, err)
	return secret
}

func (f *office) keep(b *http.Client, secret string) {
	at, err := url.Parse(f.http.URL)
	require.NoError(f.t, err)
	b.Jar.SetCookies(at, []*http.Cookie{{Name: "khue_session", Value: secret, Path: "/"}})
}

type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request; a form is sent as one, with headers in pairs.
func (f *office) do(b *http.Client, method, address string, form url.Values, headers ...string) answer {
	f.t.Helper()
	request, err := http.NewRequestWithContext(f.t.Context(), method, f.http.URL+address, strings.NewReader(form.Encode()))
	require.NoError(f.t, err)
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := b.Do(request)
	require.NoError(f.t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<22))
	require.NoError(f.t, err)
	return answer{response.StatusCode, response.Header, string(body)}
}

var formToken = regexp.MustCompile(`name="token" value="([^"]+)"`)

// form is a form of a page with its token.
func (f *office) form(b *http.Client, page string, pairs ...string) url.Values {
	f.t.Helper()
	found := formToken.FindStringSubmatch(f.do(b, http.MethodGet, page, nil).body)
	require.NotNil(f.t, found, "the page %s has a form", page)
	out := url.Values{"token": {found[1]}}
	for i := 0; i+1 < len(pairs); i += 2 {
		out.Add(pairs[i], pairs[i+1])
	}
	return out
}

func (f *office) acts() []string {
	all, err := f.o.People.Audit(f.t.Context(), state.AuditFilter{Most: 1000})
	require.NoError(f.t, err)
	var out []string
	for _, e := range all {
		out = append([]string{strings.Join([]string{e.Actor, e.Act, e.Outcome}, " ")}, out...)
	}
	return out
}

func (f *office) engine() *gin.Engine {
	r, _, err := f.o.router(f.t.Context())
	require.NoError(f.t, err)
	return r
}

func TestEveryRouteHasARowInTheTableOfRights(t *testing.T) {
	f := openOffice(t, nil)
	registered, missing := map[string]bool{}, []string(nil)
	for _, r := range f.engine().Routes() {
		if r.Method == http.MethodHead {
			continue // it is GET without an answer
		}
		registered[r.Method+" "+r.Path] = true
		if _, known := routes[r.Method+" "+r.Path]; !known {
			missing = append(missing, r.Method+" "+r.Path)
		}
	}
	require.Empty(t, missing, "nobody has said who may ask for these")
	for key, row := range routes {
		require.True(t, registered[key], "the table has a row for %s, which is no route", key)
		if row.act != "" {
			require.Contains(t, access.Acts(), row.act)
			require.NotEqual(t, row.act, access.ActText(row.act).VI, "an act has words")
		}
		if words := []need{nobody, anyone, someone, signedIn}; !slices.Contains(words, row.needs) {
			_, err := access.ParseRight(row.needs)
			require.NoError(t, err)
		}
	}
}

// exampleOf is an address that a route's pattern takes.
func exampleOf(pattern string) string {
	return strings.NewReplacer(":id", "1", ":batch", "x", ":lang", "vi", ":format", "pdf", ":login", "leader", ":secret", strings.Repeat("A", 43), "*name", "none.css", "*rest", "1", "*id", "1", ":name", "visitors").Replace(pattern)
}

// Each route as each kind of caller: what comes of it is that they are let through to
// the page, or that they are not.
func TestEachRouteAnswersEachCallerByTheirRights(t *testing.T) {
	f := openOffice(t, nil)
	expired := f.session("leader")
	f.now = f.now.Add(17 * time.Hour)
	_, overToken, err := f.o.People.MakeToken(t.Context(), access.AtConsole, "analyst", "over", []string{"api", "look"}, time.Hour)
	require.NoError(t, err)
	f.now = f.now.Add(2 * time.Hour)
	_, token, err := f.o.People.MakeToken(t.Context(), access.AtConsole, "analyst", "holds", []string{"api"}, time.Hour)
	require.NoError(t, err)
	stale := f.browser()
	f.keep(stale, expired)
	people := map[string]*http.Client{}
	for _, role := range access.Roles() {
		people[string(role)] = f.in(string(role))
	}
	for key, row := range routes {
		method, pattern, _ := strings.Cut(key, " ")
		if pattern == "/live" { // a stream without end
			continue
		}
		address := exampleOf(pattern)
		guest := f.do(f.browser(), method, address, nil)
		late := f.do(stale, method, address, nil)
		require.Equal(t, guest.status, late.status, "%s: a session that is over is that of a guest", key)
		if row.needs == nobody || row.needs == anyone {
			require.NotEqual(t, http.StatusUnauthorized, guest.status, key)
			require.NotContains(t, guest.header.Get("Location"), "back=", key)
			continue
		}
		switch {
		case strings.HasPrefix(pattern, "/api/"), strings.HasPrefix(pattern, "/clickhouse"):
			require.Equal(t, http.StatusUnauthorized, guest.status, key)
			require.Contains(t, guest.header.Get("Content-Type"), "application/problem+json")
			require.Contains(t, guest.header.Get("WWW-Authenticate"), "Bearer")
		case method == http.MethodGet:
			require.Equal(t, http.StatusSeeOther, guest.status, key)
			require.True(t, strings.HasPrefix(guest.header.Get("Location"), "/login"), key)
		default:
			require.Equal(t, http.StatusUnauthorized, guest.status, key)
			require.Contains(t, guest.body, "Phiên đăng nhập đã kết thúc")
		}
		over := f.do(f.browser(), method, address, nil, "Authorization", "Bearer "+overToken)
		require.Equal(t, http.StatusUnauthorized, over.status, "%s with a token that is over", key)
		byToken := f.do(f.browser(), method, address, nil, "Authorization", "Bearer "+token)
		require.Equal(t, row.needs != need(access.AskAPI) && row.needs != someone, byToken.status == http.StatusForbidden, "%s with a token for the API: %d", key, byToken.status)
		for role, b := range people {
			got := f.do(b, method, address, nil)
			who := access.Role(role)
			refused := strings.Contains(got.body, "Bạn không có quyền này") && strings.Contains(got.body, "Tài khoản của bạn không có quyền") || strings.Contains(got.body, "This takes the right to")
			allowed := row.needs == signedIn || row.needs == someone || slices.Contains(who.Rights(), access.Right(row.needs))
			own := row.own != "" && slices.Contains(who.Rights(), row.own)
			allowed = allowed || own
			require.Equal(t, !allowed, refused, "%s as %s: %d %s", key, role, got.status, got.body[:min(len(got.body), 300)])
			if own { // for their wards: what comes of it is a test of its own
				require.NotContains(t, got.body, "chỉ xem được địa bàn của mình", key)
				continue
			}
			if role == string(access.Clerk) && allowed && row.needs != signedIn && row.needs != someone {
				elsewhere := got.status == http.StatusForbidden || strings.HasPrefix(got.header.Get("Location"), address+"?area=00070")
				require.True(t, elsewhere, "%s as a clerk, without a ward of theirs: %d %s", key, got.status, got.header.Get("Location"))
			}
		}
	}
	require.Equal(t, http.StatusSeeOther, f.do(f.browser(), http.MethodGet, "/no/such/page", nil).status, "a guest is not told what is there")
	require.Equal(t, http.StatusNotFound, f.do(people["leader"], http.MethodGet, "/no/such/page", nil).status)
	require.Equal(t, http.StatusNotFound, f.do(people["leader"], http.MethodGet, "/metrics", nil).status, "metrics are on an address of their own")
}

func TestAClerkSeesTheirWardAndNoOther(t *testing.T) {
	f := openOffice(t, nil)
	b := f.in("clerk")
	require.Equal(t, "/?area=00070&period=2025", f.do(b, http.MethodGet, "/?period=2025", nil).header.Get("Location"))
	require.Equal(t, "/?area=00070", f.do(b, http.MethodGet, "/?area=00166", nil).header.Get("Location"))
	require.Equal(t, http.StatusOK, f.do(b, http.MethodGet, "/?area=00070", nil).status)
	require.Equal(t, http.StatusForbidden, f.do(b, http.MethodGet, "/charts/visitors?area=00166", nil, "Sec-Fetch-Dest", "empty").status)
	require.Equal(t, http.StatusForbidden, f.do(b, http.MethodGet, "/resolution", nil).status)
	require.Equal(t, http.StatusForbidden, f.do(b, http.MethodGet, "/members/1", nil).status)
}

func TestAPublicObservatoryShowsGuestsFiguresAndNothingElse(t *testing.T) {
	f := openOffice(t, func(c *Config) { c.Public = true })
	b := f.browser()
	require.Equal(t, http.StatusOK, f.do(b, http.MethodGet, "/", nil).status)
	require.Equal(t, http.StatusOK, f.do(b, http.MethodGet, "/indicators", nil).status)
	for _, address := range []string{"/data/quarantine", "/reports", "/audit", "/account", "/notes/new", "/people"} {
		require.Equal(t, "/login?back="+url.QueryEscape(address), f.do(b, http.MethodGet, address, nil).header.Get("Location"))
	}
	require.Equal(t, http.StatusUnauthorized, f.do(b, http.MethodGet, "/api/v1/notes", nil).status)
	require.Equal(t, http.StatusUnauthorized, f.do(b, http.MethodGet, "/", nil, "Authorization", "Bearer khue_"+strings.Repeat("A", 43)).status, "a wrong key is no guest")
}

func TestSomebodySignsInAtTheFormAndOutAgain(t *testing.T) {
	f := openOffice(t, nil)
	b := f.browser()
	guest := f.do(b, http.MethodGet, "/reports?status=draft", nil)
	require.Equal(t, "/login?back=%2Freports%3Fstatus%3Ddraft", guest.header.Get("Location"))
	page := f.do(b, http.MethodGet, guest.header.Get("Location"), nil)
	require.Contains(t, page.body, `<html lang="vi">`)
	require.Equal(t, "no-store", page.header.Get("Cache-Control"))
	form := f.form(b, guest.header.Get("Location"), "login", "Staff", "password", officePassword, "back", "/reports?status=draft")
	in := f.do(b, http.MethodPost, "/login", form)
	require.Equal(t, http.StatusSeeOther, in.status)
	require.Equal(t, "/reports?status=draft", in.header.Get("Location"))
	cookie := in.header.Get("Set-Cookie")
	for _, want := range []string{"khue_session=", "HttpOnly", "SameSite=Lax", "Path=/"} {
		require.Contains(t, cookie, want)
	}
	require.NotContains(t, cookie, "Domain")
	account := f.do(b, http.MethodGet, "/account?lang=en", nil)
	require.Contains(t, account.body, "Họ tên staff")
	out := f.do(b, http.MethodPost, "/logout", f.form(b, "/account"))
	require.Equal(t, "/login", out.header.Get("Location"))
	require.Equal(t, http.StatusSeeOther, f.do(b, http.MethodGet, "/account", nil).status)
	require.Equal(t, []string{"staff sign_in done", "staff sign_out done"}, f.acts()[10:])
}

func TestOverTLSTheCookieCannotBePlantedByANeighbour(t *testing.T) {
	f := openOffice(t, func(c *Config) { c.PublicURL = "https://khue.example.vn" })
	b := f.browser()
	r := httptest.NewRecorder()
	f.o.Config.cookies().Set(r, strings.Repeat("A", 43))
	require.Regexp(t, `^__Host-khue=A+; Path=/; HttpOnly; Secure; SameSite=Lax$`, r.Header().Get("Set-Cookie"))
	planted := f.do(b, http.MethodGet, "/account", nil, "Cookie", "khue_session="+f.session("leader"))
	require.Equal(t, http.StatusSeeOther, planted.status, "the name without its guard is not read")
	require.Equal(t, http.StatusOK, f.do(b, http.MethodGet, "/account", nil, "Cookie", "__Host-khue="+f.session("leader")).status)
	require.Contains(t, planted.header.Get("Strict-Transport-Security"), "max-age=")
}

func TestASessionThatSomebodyPlantedIsNotTakenOver(t *testing.T) {
	f := openOffice(t, nil)
	b := f.browser()
	planted := f.session("analyst")
	f.keep(b, planted)
	form := f.form(b, "/login", "login", "staff", "password", officePassword)
	in := f.do(b, http.MethodPost, "/login", form)
	require.Equal(t, http.StatusSeeOther, in.status)
	require.NotContains(t, in.header.Get("Set-Cookie"), planted)
	other := f.browser()
	f.keep(other, planted)
	require.Equal(t, http.StatusSeeOther, f.do(other, http.MethodGet, "/account", nil).status, "the planted one has ended")
}

func TestSigningInLeadsNowhereElse(t *testing.T) {
	f := openOffice(t, nil)
	for _, back := range []string{
		"https://example.org/", "//example.org", "/\\example.org", "\\\\example.org", "javascript:alert(1)", "/x\r\nSet-Cookie: a=1", "/login?back=/login", "/logout", "http:example.org", "///example.org", "/\t/example.org",
	} {
		b := f.browser()
		in := f.do(b, http.MethodPost, "/login", f.form(b, "/login", "login", "staff", "password", officePassword, "back", back))
		require.Equal(t, http.StatusSeeOther, in.status)
		require.Equal(t, "/", in.header.Get("Location"), "%q", back)
		page := f.do(f.browser(), http.MethodGet, "/login?back="+url.QueryEscape(back), nil)
		require.NotContains(t, page.body, "example.org", "%q", back)
	}
}

func TestAWrongSignInIsToldTheSameWhateverIsWrong(t *testing.T) {
	f := openOffice(t, nil)
	for _, login := range []string{"staff", "nobody", "staff\r\nX: y", "<script>alert(1)</script>", strings.Repeat("a", 5000), "' OR 1=1 --", "st\x00aff"} {
		b := f.browser()
		got := f.do(b, http.MethodPost, "/login", f.form(b, "/login", "login", login, "password", "sai mật khẩu rồi"))
		require.Equal(t, http.StatusForbidden, got.status, "%q", login)
		require.Contains(t, got.body, "Tên đăng nhập hoặc mật khẩu không đúng.")
		require.NotContains(t, got.body, "<script>alert")
		require.Empty(t, got.header.Get("X"))
		require.NotContains(t, got.header.Get("Set-Cookie"), "khue_session")
	}
	var last answer
	for range 6 {
		b := f.browser()
		last = f.do(b, http.MethodPost, "/login", f.form(b, "/login", "login", "analyst", "password", "sai mật khẩu rồi"))
	}
	require.Equal(t, http.StatusTooManyRequests, last.status)
	require.Contains(t, last.body, "hãy chờ ít phút")
}

func TestOrdersNeedATokenOfTheirOwnFormAndTheirOwnSite(t *testing.T) {
	f := openOffice(t, nil)
	b := f.in("administrator")
	form := f.form(b, "/people", "login", "hoa", "name", "Phạm Hoa", "roles", "analyst")
	without := url.Values{"login": {"hoa"}, "name": {"Phạm Hoa"}, "roles": {"analyst"}}
	require.Equal(t, http.StatusForbidden, f.do(b, http.MethodPost, "/people", without).status, "no token")
	require.Equal(t, http.StatusForbidden, f.do(b, http.MethodPost, "/people", form, "Sec-Fetch-Site", "cross-site").status)
	require.Equal(t, http.StatusForbidden, f.do(b, http.MethodPost, "/people", form, "Origin", "https://example.org").status)
	f.keep(b, f.session("leader")) // the same browser, another person
	require.Equal(t, http.StatusForbidden, f.do(b, http.MethodPost, "/account/tokens", form).status, "the form was drawn for somebody else")
	f.keep(b, f.session("administrator"))
	require.Equal(t, http.StatusSeeOther, f.do(b, http.MethodPost, "/people", form).status)
	people, err := f.o.People.People(t.Context())
	require.NoError(t, err)
	require.Len(t, people, 6)
	guest := f.browser()
	require.Equal(t, http.StatusForbidden, f.do(guest, http.MethodPost, "/login", url.Values{"login": {"staff"}, "password": {officePassword}}).status, "nobody is signed in by another site's form")
}

func TestAOneTimeLinkOpensTheOverviewOnceAndNotForALookAhead(t *testing.T) {
	f := openOffice(t, nil)
	link := func() string {
		secret, _, err := f.o.People.Link(t.Context(), access.AtConsole, "staff")
		require.NoError(t, err)
		return "/login/link/" + secret
	}
	at, b := link(), f.browser()
	for _, ahead := range [][]string{{"Sec-Purpose", "prefetch"}, {"Sec-Fetch-Site", "cross-site"}} {
		got := f.do(f.browser(), http.MethodGet, at, nil, ahead...)
		require.Equal(t, http.StatusOK, got.status)
		require.Contains(t, got.body, "Đăng nhập bằng liên kết")
	}
	require.Equal(t, http.StatusOK, f.do(f.browser(), http.MethodHead, at, nil).status)
	in := f.do(b, http.MethodGet, at, nil)
	require.Equal(t, http.StatusSeeOther, in.status)
	require.Equal(t, "/", in.header.Get("Location"))
	require.Equal(t, http.StatusOK, f.do(b, http.MethodGet, "/", nil).status)
	again := f.do(f.browser(), http.MethodGet, at, nil)
	require.Equal(t, http.StatusForbidden, again.status)
	require.Contains(t, again.body, "đã dùng hoặc đã hết hạn")
	by, b := link(), f.browser()
	require.Equal(t, http.StatusSeeOther, f.do(b, http.MethodPost, by, f.form2(b, by, "Sec-Fetch-Site", "cross-site")).status, "the button")
}

// form2 is a form of a page that is opened with headers.
func (f *office) form2(b *http.Client, page string, headers ...string) url.Values {
	found := formToken.FindStringSubmatch(f.do(b, http.MethodGet, page, nil, headers...).body)
	require.NotNil(f.t, found)
	return url.Values{"token": {found[1]}}
}

func TestAnAdministratorAddsSomebodyWhoSetsAPassword(t *testing.T) {
	f := openOffice(t, nil)
	boss := f.in("administrator")
	made := f.do(boss, http.MethodPost, "/people", f.form(boss, "/people", "login", "hoa", "name", "Phạm Thị Hoa", "roles", "leader"))
	require.Equal(t, "/people/hoa", made.header.Get("Location"))
	twice := f.do(boss, http.MethodPost, "/people", f.form(boss, "/people", "login", "hoa2", "name", "phạm thị hoa", "roles", "leader"))
	require.Equal(t, http.StatusConflict, twice.status)
	require.Contains(t, twice.body, "hãy ghi thêm đơn vị")
	page := f.do(boss, http.MethodPost, "/people/hoa/link", f.form(boss, "/people/hoa"))
	link := regexp.MustCompile(`/login/link/[A-Za-z0-9_-]{43}`).FindString(page.body)
	require.NotEmpty(t, link, page.body)
	hoa := f.browser()
	require.Equal(t, http.StatusSeeOther, f.do(hoa, http.MethodGet, link, nil).status)
	set := f.do(hoa, http.MethodPost, "/account/password", f.form(hoa, "/account", "password", officePassword, "again", officePassword))
	require.Equal(t, http.StatusOK, set.status, set.body)
	require.Equal(t, http.StatusForbidden, f.do(hoa, http.MethodGet, "/people", nil).status)
	require.Equal(t, http.StatusSeeOther, f.do(boss, http.MethodPost, "/people/hoa/roles", f.form(boss, "/people/hoa", "roles", "analyst")).status)
	require.Equal(t, http.StatusSeeOther, f.do(hoa, http.MethodGet, "/account", nil).status, "other roles end sessions")
	own := f.do(boss, http.MethodPost, "/people/administrator/lock", f.form(boss, "/people/hoa"))
	require.Equal(t, http.StatusConflict, own.status, "somebody has to manage accounts")
	f.do(boss, http.MethodPost, "/people/hoa/lock", f.form(boss, "/people/hoa"))
	b := f.browser()
	require.Equal(t, http.StatusForbidden, f.do(b, http.MethodPost, "/login", f.form(b, "/login", "login", "hoa", "password", officePassword)).status)
	audit := f.do(boss, http.MethodGet, "/audit", nil)
	for _, words := range []string{"Nhật ký nguyên vẹn", "thêm tài khoản", "đổi vai trò", "khóa tài khoản"} {
		require.Contains(t, audit.body, words)
	}
	file := f.do(boss, http.MethodGet, "/audit.csv?actor=administrator", nil)
	require.Equal(t, "text/csv; charset=utf-8", file.header.Get("Content-Type"))
	require.Contains(t, file.body, "person.roles")
}

func TestATokenMadeOnThePageAsksTheAPIUntilItIsRevoked(t *testing.T) {
	f := openOffice(t, nil)
	b := f.in("analyst")
	page := f.do(b, http.MethodPost, "/account/tokens", f.form(b, "/account", "name", "R", "rights", "api", "days", "30"))
	secret := regexp.MustCompile(`khue_[A-Za-z0-9_-]{43}`).FindString(page.body)
	require.NotEmpty(t, secret, page.body)
	require.Equal(t, "no-store", page.header.Get("Cache-Control"))
	require.NotContains(t, f.do(b, http.MethodGet, "/account", nil).body, secret, "it is shown once")
	program := f.browser()
	ask := func() answer {
		return f.do(program, http.MethodGet, "/api/v1/notes", nil, "Authorization", "Bearer "+secret)
	}
	require.Equal(t, http.StatusOK, ask().status)
	tokens, err := f.o.People.Tokens(t.Context(), "analyst")
	require.NoError(t, err)
	require.Equal(t, http.StatusSeeOther, f.do(b, http.MethodPost, "/account/tokens/revoke", f.form(b, "/account", "id", tokens[0].ID)).status)
	require.Equal(t, http.StatusUnauthorized, ask().status)
	require.Contains(t, f.acts(), "analyst token.use done")
	require.Contains(t, f.acts(), "analyst token.use refused")
}

func TestDownloadsAndRefusalsAreInTheAudit(t *testing.T) {
	f := openOffice(t, nil)
	leader, analyst := f.in("leader"), f.in("analyst")
	before := len(f.acts())
	require.Equal(t, http.StatusOK, f.do(leader, http.MethodGet, "/data/quarantine.csv", nil).status)
	f.do(leader, http.MethodGet, "/charts/visitors", nil)
	f.do(analyst, http.MethodPost, "/reports/1/approve", url.Values{})
	f.do(analyst, http.MethodGet, "/people", nil)
	require.Equal(t, []string{"leader quarantine.download done", "analyst report.approve refused", "analyst look refused"}, f.acts()[before:])
}

func TestWhoComesThroughATrustedProxyIsKnownByTheirOwnAddress(t *testing.T) {
	for trusted, want := range map[string]string{"": "127.0.0.1", "127.0.0.0/8": "203.0.113.9"} {
		f := openOffice(t, func(c *Config) {
			if trusted != "" {
				c.TrustedProxies = []string{trusted}
			}
		})
		b := f.browser()
		form := f.form(b, "/login", "login", "staff", "password", "sai mật khẩu rồi")
		f.do(b, http.MethodPost, "/login", form, "X-Forwarded-For", "203.0.113.9")
		all, err := f.o.People.Audit(t.Context(), state.AuditFilter{Most: 1})
		require.NoError(t, err)
		require.Equal(t, want, all[0].Address, fmt.Sprintf("trusted: %q", trusted))
	}
}

func TestATokenReachesWhatItIsForAndRefusalsHaveCodes(t *testing.T) {
	f := openOffice(t, nil)
	ask := func(address string, header ...string) answer {
		return f.do(f.browser(), http.MethodGet, address, nil, header...)
	}
	guest := ask("/api/v1/measures", "Accept-Language", "vi")
	require.Equal(t, http.StatusUnauthorized, guest.status)
	require.Contains(t, guest.body, `"code":"not_signed_in"`)
	require.Contains(t, guest.body, "Cần đăng nhập")
	_, secret, err := f.o.People.MakeToken(t.Context(), access.AtConsole, "analyst", "papers", []string{"read_reports"}, time.Hour)
	require.NoError(t, err)
	bearer := []string{"Authorization", "Bearer " + secret}
	require.Equal(t, http.StatusOK, ask("/api/v1/reports", bearer...).status)
	refused := ask("/api/v1/query?measure=visitors", bearer...)
	require.Equal(t, http.StatusForbidden, refused.status)
	require.Contains(t, refused.body, `"code":"right_missing"`)
	require.Contains(t, refused.body, "This takes the right to")
	_, secret, err = f.o.People.MakeToken(t.Context(), access.AtConsole, "leader", "figures", []string{"api", "confidential"}, time.Hour)
	require.NoError(t, err)
	figures := ask("/api/v1/query?measure=visitors&format=csv-raw", "Authorization", "Bearer "+secret)
	require.Equal(t, http.StatusOK, figures.status, figures.body)
	require.Equal(t, http.StatusOK, ask("/api/v1/query?measure=visitors", "Authorization", "Bearer "+secret).status)
	all, err := f.o.People.Audit(t.Context(), state.AuditFilter{Act: "figures.download", Outcome: state.AuditDone, Most: 10})
	require.NoError(t, err)
	require.Len(t, all, 1, "a file that was taken is kept, a look by a program is not")
	require.Equal(t, "leader", all[0].Actor)
	require.Contains(t, all[0].Detail, "evidence="+figures.header.Get("Khue-Evidence"))
}
