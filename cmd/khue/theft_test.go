package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/access"
)

// thief is a browser with a cookie that belongs to somebody else's.
func (f *office) thief(secret string) *http.Client {
	b := f.browser()
	f.keep(b, secret)
	return b
}

// One server, and every way in which what signs somebody in could be used again.
func TestWhatSignsSomebodyInIsOfNoUseOnceItsTimeIsOver(t *testing.T) {
	f := openOffice(t, nil)
	account := func(secret string) int { return f.do(f.thief(secret), http.MethodGet, "/account", nil).status }
	in := func(login string) (string, *http.Client) {
		secret := f.session(login)
		return secret, f.thief(secret)
	}
	t.Run("a session after signing out", func(t *testing.T) {
		secret, b := in("staff")
		require.Equal(t, http.StatusOK, account(secret))
		out := f.do(b, http.MethodPost, "/logout", f.form(b, "/account"))
		require.Equal(t, http.StatusSeeOther, out.status)
		require.Contains(t, out.header.Get("Clear-Site-Data"), "cache")
		require.Equal(t, http.StatusSeeOther, account(secret))
	})
	t.Run("a session after the password was changed elsewhere", func(t *testing.T) {
		secret, _ := in("leader")
		_, owner := in("leader")
		const next = "một câu khác còn dài hơn nữa"
		got := f.do(owner, http.MethodPost, "/account/password", f.form(owner, "/account", "old", officePassword, "password", next, "again", next))
		require.Equal(t, http.StatusOK, got.status, got.body)
		require.Equal(t, http.StatusSeeOther, account(secret))
		require.NoError(t, f.o.People.SetPassword(t.Context(), access.AtConsole, "leader", officePassword))
	})
	t.Run("a session that its owner ended from another browser", func(t *testing.T) {
		secret, _ := in("analyst")
		require.Equal(t, http.StatusOK, account(secret))
		_, owner := in("analyst")
		got := f.do(owner, http.MethodPost, "/account/sessions/end", f.form(owner, "/account", "session", f.nameOfOther(owner)))
		require.Equal(t, http.StatusSeeOther, got.status, got.body)
		require.Equal(t, http.StatusSeeOther, account(secret))
	})
	t.Run("an idle session, and one that is a day old", func(t *testing.T) {
		secret, _ := in("staff")
		f.now = f.now.Add(4*time.Hour + time.Minute)
		require.Equal(t, http.StatusSeeOther, account(secret))
		secret, _ = in("staff")
		for range 5 {
			f.now = f.now.Add(3 * time.Hour)
			require.Equal(t, http.StatusOK, account(secret))
		}
		f.now = f.now.Add(2 * time.Hour)
		require.Equal(t, http.StatusSeeOther, account(secret))
	})
	t.Run("a form of another session, browser or person", func(t *testing.T) {
		_, mine := in("analyst")
		form := f.form(mine, "/account", "name", "R", "rights", "api", "days", "7")
		_, theirs := in("staff")
		f.form(theirs, "/account") // it has a form cookie of its own
		require.Equal(t, http.StatusForbidden, f.do(theirs, http.MethodPost, "/account/tokens", form).status)
		require.Equal(t, http.StatusForbidden, f.do(f.thief(f.session("staff")), http.MethodPost, "/account/tokens", form).status)
		changed := url.Values{}
		for k, v := range form {
			changed[k] = v
		}
		changed.Set("token", strings.Repeat("A", len(form.Get("token"))))
		require.Equal(t, http.StatusForbidden, f.do(mine, http.MethodPost, "/account/tokens", changed).status)
		require.Equal(t, http.StatusOK, f.do(mine, http.MethodPost, "/account/tokens", form).status)
	})
	t.Run("a planted session is not kept at signing in, nor the form's", func(t *testing.T) {
		b := f.browser()
		f.keep(b, strings.Repeat("A", 43))
		got := f.do(b, http.MethodPost, "/login", f.form(b, "/login", "login", "staff", "password", officePassword))
		require.Equal(t, http.StatusSeeOther, got.status)
		require.Contains(t, got.header.Get("Set-Cookie"), "khue_session=")
		require.NotContains(t, got.header.Get("Set-Cookie"), strings.Repeat("A", 43))
		require.Equal(t, http.StatusSeeOther, account(strings.Repeat("A", 43)))
	})
	t.Run("two cookies of one name", func(t *testing.T) {
		secret, _ := in("staff")
		got := f.do(f.browser(), http.MethodGet, "/account", nil, "Cookie", "khue_session=x; khue_session="+secret)
		require.Equal(t, http.StatusSeeOther, got.status, "one that a neighbour planted before ours shuts us out, and lets nobody in")
	})
	t.Run("a token by its hash, in other letters, or as a cookie", func(t *testing.T) {
		_, secret, err := f.o.People.MakeToken(t.Context(), access.AtConsole, "analyst", "R", []string{"api"}, time.Hour)
		require.NoError(t, err)
		ask := func(secret string) int {
			return f.do(f.browser(), http.MethodGet, "/api/v1/measures", nil, "Authorization", "Bearer "+secret).status
		}
		require.Equal(t, http.StatusOK, ask(secret))
		for _, other := range []string{strings.ToUpper(secret), strings.TrimPrefix(secret, "khue_"), secret + "A", secret[:len(secret)-1], "khue_" + strings.Repeat("A", 43), ""} {
			require.Equal(t, http.StatusUnauthorized, ask(other), other)
		}
		require.Equal(t, http.StatusSeeOther, account(strings.TrimPrefix(secret, "khue_")))
		require.Equal(t, http.StatusSeeOther, f.do(f.browser(), http.MethodGet, "/?token="+secret+"&access_token="+secret, nil).status, "an address signs nobody in")
		require.NoError(t, f.o.People.SetRoles(t.Context(), access.AtConsole, "analyst", []string{"administrator"}, nil))
		require.Equal(t, http.StatusForbidden, f.do(f.browser(), http.MethodGet, "/api/v1/measures", nil, "Authorization", "Bearer "+secret).status, "what the person lost, the token lost")
		require.NoError(t, f.o.People.SetRoles(t.Context(), access.AtConsole, "analyst", []string{"analyst"}, nil))
		f.now = f.now.Add(2 * time.Hour)
		require.Equal(t, http.StatusUnauthorized, ask(secret))
	})
	t.Run("a cursor of another question or another reach", func(t *testing.T) {
		_, leader := in("leader")
		next := func(b *http.Client, address string) (int, string) {
			got := f.do(b, http.MethodGet, address, nil)
			var page struct {
				Next string `json:"next"`
				Code string `json:"code"`
			}
			require.NoError(t, json.Unmarshal([]byte(got.body), &page), got.body)
			return got.status, page.Next + page.Code
		}
		const ask = "/api/v1/query?measure=visitors&by=month&from=2025&to=2025&page_size=2"
		status, cursor := next(leader, ask)
		require.Equal(t, http.StatusOK, status)
		if cursor == "" {
			cursor = "e30"
		}
		for _, address := range []string{strings.Replace(ask, "month", "discipline", 1) + "&cursor=" + url.QueryEscape(cursor), ask + "&cursor=" + url.QueryEscape(cursor[:len(cursor)-1]+"A") + "x", ask + "&cursor=%00"} {
			status, code := next(leader, address)
			require.Equal(t, http.StatusBadRequest, status, address)
			require.Contains(t, code, "cursor")
		}
	})
}

// nameOfOther is how the list of sessions names the one that is not this browser's.
func (f *office) nameOfOther(b *http.Client) string {
	f.t.Helper()
	_, after, found := strings.Cut(f.do(b, http.MethodGet, "/account", nil).body, `name="session" value="`)
	require.True(f.t, found, "there is another session")
	name, _, _ := strings.Cut(after, `"`)
	return name
}

// Wherever a form says where to go back to, and whatever a file is called.
func TestNoFormLeadsElsewhereAndNoAnswerHasAHeadTooMany(t *testing.T) {
	f := openOffice(t, nil)
	b := f.in("staff")
	elsewhere := []string{
		"https://example.org/", "//example.org", `/\example.org`, `\\example.org`, "javascript:alert(1)", "/x\r\nSet-Cookie: a=1", "http:example.org", "///example.org", "/\t/example.org", "/%0d%0aSet-Cookie:a=1", "/%5cexample.org", "/%2f/example.org", " //example.org", "/\u2028x", "data:text/html,x", "@example.org",
	}
	for _, back := range elsewhere {
		for _, address := range []string{"/reports/name", "/notes/new", "/login"} {
			pairs := []string{"back", back, "person", "Họ tên staff", "login", "staff", "password", officePassword, "indicator", "visitors", "period", "2025", "text_vi", "Ghi chú", "text_en", "Note", "reason", "other"}
			page := map[string]string{"/reports/name": "/account", "/notes/new": "/account", "/login": "/login"}[address]
			got := f.do(b, http.MethodPost, address, f.form(b, page, pairs...))
			require.Less(t, got.status, 500, "%s with %q", address, back)
			requireOwn(t, got, address+" with "+back)
		}
		for _, address := range []string{"/login?back=", "/login/provider?back=", "/notes/new?back=", "/members/?x="} {
			requireOwn(t, f.do(b, http.MethodGet, address+url.QueryEscape(back), nil), address+back)
		}
	}
	for _, path := range []string{"//example.org/", "//example.org/members/", "/%2fexample.org/", `/\example.org/`, "/members//example.org/", "/static//example.org/"} {
		requireOwn(t, f.do(b, http.MethodGet, path, nil, "X-Forwarded-Prefix", "//example.org", "X-Forwarded-Host", "example.org"), path)
	}
	for _, path := range []string{"/static/../../../etc/passwd", "/static/..%2f..%2fetc%2fpasswd", "/static/%2e%2e/%2e%2e/etc/passwd", "/static/....//etc/passwd", "/static/app.css%00.png", "/charts/..%2f..%2fetc%2fpasswd.csv", "/members/..%2f..%2fetc%2fpasswd", "/reports/..%2f1/files/vi/pdf", "/data/upload/..%2f..%2fstate.db"} {
		got := f.do(b, http.MethodGet, path, nil)
		require.Less(t, got.status, 500, path)
		require.NotEqual(t, http.StatusOK, got.status, path)
		require.NotContains(t, got.body, "root:", path)
	}
	for _, name := range []string{"x\r\nSet-Cookie: a=1", "\"; filename=\"evil.exe", "\u202egnp.exe", "=1+1"} {
		for _, address := range []string{"/data/quarantine.csv?source=", "/api/v1/query?measure=visitors&format=csv&discipline=", "/events/list.csv?q=", "/charts/visitors.csv?area="} {
			got := f.do(b, http.MethodGet, address+url.QueryEscape(name), nil)
			require.Less(t, got.status, 500, address+name)
			require.Empty(t, got.header.Get("Set-Cookie"), address+name)
			if said := got.header.Get("Content-Disposition"); said != "" {
				require.Regexp(t, `^attachment; filename="[A-Za-z0-9._ -]+"(; filename\*=UTF-8''[A-Za-z0-9._~%-]+)?$`, said)
			}
		}
	}
}

// requireOwn holds that an answer leads to this site alone and sets no cookie of others.
func requireOwn(t *testing.T, got answer, what string) {
	t.Helper()
	for _, line := range got.header.Values("Set-Cookie") {
		require.Regexp(t, `^khue_`, line, what)
	}
	to := got.header.Get("Location")
	if to == "" {
		return
	}
	u, err := url.Parse(to)
	require.NoError(t, err, "%q of %s", to, what)
	require.Empty(t, u.Host, "%q of %s", to, what)
	require.Empty(t, u.Scheme, "%q of %s", to, what)
	require.Regexp(t, `^/([^/\\]|$)`, to, what)
}

func TestCookiesOfAnOfficeBehindTLSAreItsOwn(t *testing.T) {
	f := openOffice(t, func(c *Config) { c.PublicURL = "https://khue.example.vn" })
	page := f.do(f.browser(), http.MethodGet, "/login", nil)
	for _, line := range page.header.Values("Set-Cookie") {
		require.Regexp(t, `^__Host-[a-z_-]+=[A-Za-z0-9_-]+; Path=/;( Max-Age=\d+;)? HttpOnly; Secure; SameSite=(Lax|Strict)$`, line)
	}
	require.NotEmpty(t, page.header.Values("Set-Cookie"))
}
