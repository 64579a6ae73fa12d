package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/access"
	"khue/state"
)

// provided is an office whose people sign in at a real provider, which runs beside it.
type provided struct {
	*office
	issuer string
	people string // file of those whom the provider knows
}

var clientSecret = "a-secret-of-the-test-alone"

func openProvided(t *testing.T, change func(*Config)) *provided {
	t.Helper()
	script, err := filepath.Abs("../../tools/oidc/provider.mjs")
	require.NoError(t, err)
	require.DirExists(t, filepath.Join(filepath.Dir(script), "node_modules"), "the provider is missing: make test installs it (cd tools/oidc && npm ci)")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	site := "http://" + listener.Addr().String()
	p := &provided{people: filepath.Join(t.TempDir(), "people.json")}
	p.know(t, map[string]any{})
	command := exec.CommandContext(t.Context(), "node", script, p.people, site+"/login/provider/return", site+"/login")
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	in, err := command.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = in.Close(); _ = command.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err, "the provider starts")
	go func() { _, _ = io.Copy(io.Discard, out) }()
	p.issuer = strings.TrimSpace(line)
	p.office = openOffice(t, func(c *Config) {
		c.PublicURL = site
		c.OIDC = OIDC{
			Issuer: p.issuer, ClientID: "khue", ClientSecret: Secret(clientSecret),
			Roles: map[string]string{"bao-cao": "staff", "lanh-dao": "leader", "phuong": "clerk"}, Wards: map[string]string{"hoan-kiem": "00070"},
		}
		if change != nil {
			change(c)
		}
	})
	p.http.Close()
	p.http = httptest.NewUnstartedServer(p.http.Config.Handler)
	_ = p.http.Listener.Close()
	p.http.Listener = listener
	p.http.Start()
	t.Cleanup(p.http.Close)
	p.now = time.Now() // the provider's clock is the real one
	require.Eventually(t, func() bool {
		return p.do(p.browser(), http.MethodGet, "/login/provider", nil).status == http.StatusSeeOther
	}, 20*time.Second, 50*time.Millisecond, "the provider is found")
	return p
}

func (p *provided) know(t *testing.T, people map[string]any) {
	t.Helper()
	text, err := json.Marshal(people)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(p.people, text, 0o600))
}

// walker follows the provider's pages as a browser does.
func walker(t *testing.T) *http.Client {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &http.Client{Jar: jar, Timeout: 30 * time.Second}
}

var providerForm = regexp.MustCompile(`action="([^"]+)"`)

// walk goes from the sign-in page through the provider's forms until it is sent back,
// and gives the address to which it was; it is not opened.
func (p *provided) walk(b *http.Client, login, back string) string {
	p.t.Helper()
	sent := ""
	b.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/login/provider/return" {
			sent = r.URL.String()
			return http.ErrUseLastResponse
		}
		return nil
	}
	at := p.http.URL + "/login/provider?back=" + url.QueryEscape(back)
	var form url.Values
	for range 5 {
		var answer *http.Response
		var err error
		if form == nil {
			answer, err = b.Get(at)
		} else {
			answer, err = b.PostForm(at, form)
		}
		require.NoError(p.t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(p.t, err)
		_ = answer.Body.Close()
		if sent != "" {
			return sent
		}
		found := providerForm.FindStringSubmatch(string(body))
		require.NotNil(p.t, found, "the provider shows a form: %s", body)
		action, err := answer.Request.URL.Parse(strings.ReplaceAll(found[1], "&amp;", "&"))
		require.NoError(p.t, err)
		at, form = action.String(), url.Values{"prompt": {"consent"}}
		if strings.Contains(string(body), `value="login"`) {
			form = url.Values{"prompt": {"login"}, "login": {login}, "password": {"any"}}
		}
	}
	require.Fail(p.t, "the provider never sent the browser back")
	return ""
}

// returned opens the address to which the provider sent a browser.
func (p *provided) returned(b *http.Client, sent string) answer {
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return p.do(b, http.MethodGet, strings.TrimPrefix(sent, p.http.URL), nil)
}

func TestSomebodyOfTheOfficeSignsInAtTheProviderAndRolesFollowTheirGroups(t *testing.T) {
	p := openProvided(t, nil)
	p.know(t, map[string]any{"u-1": map[string]any{"name": "Nguyễn Thị Lan", "preferred_username": "lan", "groups": []string{"bao-cao", "other"}}})
	require.Contains(t, p.do(p.browser(), http.MethodGet, "/login", nil).body, "Đăng nhập bằng tài khoản của cơ quan")
	b := walker(t)
	in := p.returned(b, p.walk(b, "u-1", "/reports?status=draft"))
	require.Equal(t, http.StatusSeeOther, in.status, in.body)
	require.Equal(t, "/reports?status=draft", in.header.Get("Location"))
	require.Contains(t, in.header.Values("Set-Cookie")[1], "HttpOnly; SameSite=Lax")
	account := p.do(b, http.MethodGet, "/account", nil)
	require.Contains(t, account.body, "Nguyễn Thị Lan")
	require.Contains(t, account.body, "chuyên viên báo cáo")

	p.know(t, map[string]any{"u-1": map[string]any{"name": "Another Name", "preferred_username": "admin", "groups": []string{"lanh-dao"}}})
	other := walker(t)
	require.Equal(t, http.StatusSeeOther, p.returned(other, p.walk(other, "u-1", "/")).status)
	require.Equal(t, http.StatusSeeOther, p.do(b, http.MethodGet, "/account", nil).status, "other roles end the sessions of before")
	lan, err := p.o.People.Person(t.Context(), "lan")
	require.NoError(t, err)
	require.Equal(t, []access.Role{access.Leader}, lan.Roles)
	require.Equal(t, "Nguyễn Thị Lan", lan.Name, "a name is never changed")

	p.know(t, map[string]any{"u-1": map[string]any{"name": "Nguyễn Thị Lan", "groups": []string{}}})
	third := walker(t)
	out := p.returned(third, p.walk(third, "u-1", "/"))
	require.Equal(t, http.StatusForbidden, out.status)
	require.Contains(t, out.body, "hãy hỏi quản trị viên")
	require.Equal(t, http.StatusSeeOther, p.do(other, http.MethodGet, "/account", nil).status, "who has lost all roles is out")
	acts := strings.Join(p.acts()[10:], "\n")
	require.Equal(t, "lan person.add done\nlan sign_in done\nlan person.roles done\nlan sign_in done\nlan person.roles done\nlan sign_in failed", acts)
}

func TestWhoIsCalledLikeAnAccountOfBeforeDoesNotGetIt(t *testing.T) {
	p := openProvided(t, nil)
	p.know(t, map[string]any{
		"x": map[string]any{"name": "Họ tên leader", "preferred_username": "leader", "groups": "lanh-dao"},
		"y": map[string]any{"name": "Trần Văn Đức", "preferred_username": "Đức Trần", "groups": []string{"phuong", "hoan-kiem"}},
		"z": map[string]any{"name": "Không Vai Trò", "groups": []string{"phuong"}},
	})
	b := walker(t)
	require.Equal(t, http.StatusSeeOther, p.returned(b, p.walk(b, "x", "/")).status)
	x, err := p.o.People.Person(t.Context(), "leader-2")
	require.NoError(t, err)
	require.Equal(t, "Họ tên leader (leader-2)", x.Name)
	clerk := walker(t)
	require.Equal(t, http.StatusSeeOther, p.returned(clerk, p.walk(clerk, "y", "/")).status)
	y, err := p.o.People.Person(t.Context(), "duc-tran")
	require.NoError(t, err)
	require.Equal(t, []string{"00070"}, y.Areas)
	none := walker(t)
	require.Equal(t, http.StatusForbidden, p.returned(none, p.walk(none, "z", "/")).status, "a clerk of no ward has no role")
	people, err := p.o.People.People(t.Context())
	require.NoError(t, err)
	require.Len(t, people, 7, "and no account was made")

	require.NoError(t, p.o.People.SetDisabled(t.Context(), access.AtConsole, "leader-2", true))
	again := walker(t)
	locked := p.returned(again, p.walk(again, "x", "/"))
	require.Equal(t, http.StatusForbidden, locked.status, "who an administrator locked stays out")
	require.Contains(t, locked.body, "đang bị khóa")
}

func TestAWayThroughTheProviderHoldsOnceInItsOwnBrowserOnly(t *testing.T) {
	p := openProvided(t, nil)
	p.know(t, map[string]any{"u": map[string]any{"name": "Lê Văn Minh", "preferred_username": "minh", "groups": []string{"bao-cao"}}})
	mallory, victim := walker(t), walker(t)
	sent := p.walk(mallory, "u", "/")
	p.walk(victim, "u", "/")
	planted := p.returned(victim, sent)
	require.Equal(t, http.StatusForbidden, planted.status, "another browser's way signs nobody in")
	require.NotContains(t, strings.Join(planted.header.Values("Set-Cookie"), ";"), "khue_session=")
	require.Equal(t, http.StatusForbidden, p.returned(walker(t), sent).status, "nor a browser that never began")

	at, err := url.Parse(p.http.URL)
	require.NoError(t, err)
	var kept []*http.Cookie
	for _, c := range mallory.Jar.Cookies(at) {
		kept = append(kept, &http.Cookie{Name: c.Name, Value: c.Value, Path: "/"})
	}
	require.Equal(t, http.StatusSeeOther, p.returned(mallory, sent).status)
	replay := walker(t)
	replay.Jar.SetCookies(at, kept)
	twice := p.returned(replay, sent)
	require.Equal(t, http.StatusForbidden, twice.status)
	require.Contains(t, twice.body, "đã dùng rồi", "the state and the code hold once, whoever has the cookie")

	late := walker(t)
	sent = p.walk(late, "u", "/")
	p.now = p.now.Add(11 * time.Minute)
	require.Equal(t, http.StatusForbidden, p.returned(late, sent).status, "ten minutes are over")
	p.now = time.Now()
	for _, change := range []func(url.Values){
		func(q url.Values) { q.Set("iss", "https://login.example.org") },
		func(q url.Values) { q.Del("iss") },
		func(q url.Values) { q.Set("code", "another") },
		func(q url.Values) { q.Del("state") },
	} {
		b := walker(t)
		u, err := url.Parse(p.walk(b, "u", "/"))
		require.NoError(t, err)
		q := u.Query()
		change(q)
		u.RawQuery = q.Encode()
		require.Equal(t, http.StatusForbidden, p.returned(b, u.String()).status, u.String())
	}
	for _, back := range []string{"https://example.org/", "//example.org", `/\example.org`, "/login/provider"} {
		b := walker(t)
		require.Equal(t, "/", p.returned(b, p.walk(b, "u", back)).header.Get("Location"), "%q", back)
	}
}

func TestSigningOutLeadsToTheProvidersOwn(t *testing.T) {
	p := openProvided(t, nil)
	p.know(t, map[string]any{"u": map[string]any{"name": "Lê Văn Minh", "preferred_username": "minh", "groups": []string{"bao-cao"}}})
	b := walker(t)
	p.returned(b, p.walk(b, "u", "/"))
	out := p.do(b, http.MethodPost, "/logout", p.form(b, "/account"))
	require.Equal(t, http.StatusOK, out.status)
	there := regexp.MustCompile(`href="(` + regexp.QuoteMeta(p.issuer) + `/session/end[^"]+)"`).FindStringSubmatch(out.body)
	require.NotNil(t, there, out.body)
	page, err := b.Get(strings.ReplaceAll(there[1], "&amp;", "&"))
	require.NoError(t, err)
	defer func() { _ = page.Body.Close() }()
	require.Equal(t, http.StatusOK, page.StatusCode, "the provider takes the order")
	require.Equal(t, http.StatusSeeOther, p.do(b, http.MethodGet, "/account", nil).status)
}

func TestWithTheProviderAloneNoPasswordIsTakenAndTheCommandLineStaysAWayIn(t *testing.T) {
	p := openProvided(t, func(c *Config) { c.OIDC.Only = true })
	page := p.do(p.browser(), http.MethodGet, "/login", nil)
	require.NotContains(t, page.body, `name="password"`)
	_, err := p.o.People.SignIn(t.Context(), "leader", officePassword, access.Visit{})
	require.ErrorContains(t, err, "office's accounts alone")
	_, _, err = p.o.People.Link(t.Context(), access.Actor{Login: "administrator"}, "leader")
	require.Error(t, err, "an administrator at a page makes no link either")
	secret, _, err := p.o.People.Link(t.Context(), access.AtConsole, "administrator")
	require.NoError(t, err)
	require.Equal(t, http.StatusSeeOther, p.do(p.browser(), http.MethodGet, "/login/link/"+secret, nil).status)
}

func TestAProviderThatIsAwayLeavesTheServerRunning(t *testing.T) {
	f := openOffice(t, func(c *Config) {
		c.PublicURL = "http://127.0.0.1:1"
		c.OIDC = OIDC{Issuer: "http://127.0.0.1:1", ClientID: "khue", Roles: map[string]string{"g": "staff"}}
	})
	b := f.browser()
	got := f.do(b, http.MethodGet, "/login/provider", nil)
	require.Equal(t, http.StatusServiceUnavailable, got.status)
	require.Contains(t, got.body, "tạm thời chưa trả lời")
	require.Contains(t, got.body, `name="password"`, "other ways in are still there")
	require.Equal(t, http.StatusSeeOther, f.do(b, http.MethodPost, "/login", f.form(b, "/login", "login", "staff", "password", officePassword)).status)
}

func TestFaultsOfTheProvidersSettingsAreToldAtOnce(t *testing.T) {
	text := "oidc:\n  issuer: http://login.example.vn\n  roles: {a: boss, b: clerk}\n  wards: {c: '99'}\n"
	c, err := parseConfig(defaults(), "khue.yaml", []byte(text), func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	err = c.Validate()
	for _, words := range []string{"khue.yaml:2: oidc.issuer", "public_url is needed", "oidc.client_id", `oidc.roles.a: there is no role "boss"`, `oidc.wards.c: there is no area "99"`} {
		require.ErrorContains(t, err, words)
	}
}

func TestAnAccountOfBeforeIsBoundToASubject(t *testing.T) {
	p := openProvided(t, nil)
	p.know(t, map[string]any{"u-9": map[string]any{"name": "X", "preferred_username": "x", "groups": []string{"lanh-dao"}}})
	require.NoError(t, p.o.People.Bind(t.Context(), access.AtConsole, "analyst", p.issuer, "u-9"))
	require.Error(t, p.o.People.Bind(t.Context(), access.AtConsole, "staff", p.issuer, "u-9"), "a subject is one account")
	b := walker(t)
	require.Equal(t, http.StatusSeeOther, p.returned(b, p.walk(b, "u-9", "/")).status)
	who, err := p.o.People.Person(t.Context(), "analyst")
	require.NoError(t, err)
	require.Equal(t, []access.Role{access.Leader}, who.Roles)
	all, err := p.o.People.Audit(t.Context(), state.AuditFilter{Act: "person.bind", Most: 5})
	require.NoError(t, err)
	require.Len(t, all, 1)
	proof, err := p.o.People.VerifyAudit(t.Context())
	require.NoError(t, err)
	require.Zero(t, proof.Broken)
}
