package main

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"khue/access"
)

var (
	typedKey   = regexp.MustCompile(`<p><code>([A-Z2-7 ]+)</code></p>`)
	sealedHalf = regexp.MustCompile(`name="half" value="([^"]+)"`)
	oneCode    = regexp.MustCompile(`<li><code>([a-z2-7-]+)</code></li>`)
)

// turnOn has somebody turn the second step on, on the page of their account.
func turnOn(t *testing.T, f *office, b *http.Client) (secret string, recovery []string) {
	t.Helper()
	offered := f.do(b, http.MethodPost, "/account/second/offer", f.form(b, "/account"))
	require.Equal(t, http.StatusOK, offered.status, offered.body)
	require.Equal(t, "no-store", offered.header.Get("Cache-Control"))
	require.Contains(t, offered.body, `<svg class="scanned"`)
	secret = strings.ReplaceAll(typedKey.FindStringSubmatch(offered.body)[1], " ", "")
	wrong := f.do(b, http.MethodPost, "/account/second/confirm", f.form(b, "/account", "code", "000000"))
	require.Equal(t, http.StatusUnprocessableEntity, wrong.status)
	require.Equal(t, secret, strings.ReplaceAll(typedKey.FindStringSubmatch(wrong.body)[1], " ", ""), "the same key is shown again")
	code, err := totp.GenerateCode(secret, f.now)
	require.NoError(t, err)
	on := f.do(b, http.MethodPost, "/account/second/confirm", f.form(b, "/account", "code", code))
	require.Equal(t, http.StatusOK, on.status, on.body)
	for _, found := range oneCode.FindAllStringSubmatch(on.body, -1) {
		recovery = append(recovery, found[1])
	}
	require.Len(t, recovery, 10)
	require.NotContains(t, f.do(b, http.MethodGet, "/account", nil).body, recovery[0], "they are shown once")
	f.now = f.now.Add(time.Minute)
	return secret, recovery
}

func TestTheSecondStepIsTurnedOnAskedForAndTakenAwayOnThePages(t *testing.T) {
	f := openOffice(t, nil)
	secret, recovery := turnOn(t, f, f.in("leader"))
	b := f.browser()
	form := f.form(b, "/login?back=%2Fmembers&lang=en", "login", "leader", "password", officePassword, "back", "/members")
	asked := f.do(b, http.MethodPost, "/login", form)
	require.Equal(t, http.StatusForbidden, asked.status)
	require.Contains(t, asked.body, `autocomplete="one-time-code"`)
	require.NotContains(t, asked.body, officePassword)
	require.Equal(t, http.StatusSeeOther, f.do(b, http.MethodGet, "/members", nil).status, "nobody is signed in by half")
	require.Empty(t, asked.header.Get("Set-Cookie"))

	half := html.UnescapeString(sealedHalf.FindStringSubmatch(asked.body)[1])
	give := func(b *http.Client, code string) answer {
		return f.do(b, http.MethodPost, "/login/code", f.form(b, "/login", "half", half, "code", code, "back", "/members"))
	}
	wrong := give(b, "000000")
	require.Equal(t, http.StatusForbidden, wrong.status)
	require.Contains(t, wrong.body, `name="half"`, "the next code can be typed")
	code, err := totp.GenerateCode(secret, f.now)
	require.NoError(t, err)
	in := give(b, code)
	require.Equal(t, "/members", in.header.Get("Location"), in.body)
	require.Equal(t, http.StatusOK, f.do(b, http.MethodGet, "/members", nil).status)
	require.Equal(t, http.StatusForbidden, give(f.browser(), code).status, "a code counts once")
	require.Equal(t, http.StatusForbidden, f.do(f.browser(), http.MethodPost, "/login/code", url.Values{"half": {half}, "code": {code}}).status, "an order of another page")

	link, _, err := f.o.People.Link(t.Context(), access.AtConsole, "leader")
	require.NoError(t, err)
	b = f.browser()
	opened := f.do(b, http.MethodGet, "/login/link/"+link, nil)
	require.Equal(t, http.StatusForbidden, opened.status)
	require.Contains(t, opened.body, `action="/login/link/`+link+`"`)
	require.Contains(t, opened.body, `name="code"`)
	token := formToken.FindStringSubmatch(opened.body)[1]
	followed := f.do(b, http.MethodPost, "/login/link/"+link, url.Values{"token": {token}, "code": {recovery[2]}})
	require.Equal(t, "/", followed.header.Get("Location"), followed.body)

	admin := f.in("administrator")
	require.Contains(t, f.do(admin, http.MethodGet, "/people/leader", nil).body, "/people/leader/second")
	require.Equal(t, http.StatusSeeOther, f.do(admin, http.MethodPost, "/people/leader/second", f.form(admin, "/people/leader")).status)
	require.NotContains(t, f.do(admin, http.MethodGet, "/people/leader", nil).body, "/people/leader/second")
	f.in("leader")
	require.Equal(t, []string{"leader authenticator.on done", "leader authenticator.recover done", "administrator authenticator.off done"}, actsOf(f.acts(), "authenticator."))
}
