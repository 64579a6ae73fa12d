package main

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every route that the router knows, with its own method, with others, and with a slash
// too many, as a guest and as people who may together do nearly everything.
func TestEveryAnswerBindsTheBrowserThatGetsIt(t *testing.T) {
	f := openSQLOffice(t, func(c *Config) { c.PublicURL = "https://khue.example.vn" })
	type ask struct{ method, address string }
	asks := map[ask]bool{{"GET", "/no/such/page"}: true, {"GET", "/api/no/such"}: true, {"GET", "/static/..%2f..%2fetc/passwd"}: true, {"GET", "/../../etc/passwd"}: true, {"TRACE", "/"}: true, {"GET", "/members?nothing=1"}: true}
	for _, r := range f.engine().Routes() {
		address := exampleOf(r.Path)
		for _, one := range []ask{{r.Method, address}, {http.MethodPatch, address}, {http.MethodGet, address + "/"}} {
			asks[one] = true
		}
	}
	statuses := map[int]int{}
	for who, secret := range map[string]string{"guest": "", "administrator": f.session("administrator"), "staff": f.session("staff")} {
		b := f.browser()
		for one := range asks {
			got := f.begin(b, one.method, one.address, "Cookie", "__Host-khue="+secret)
			statuses[got.StatusCode]++
			requireBound(t, got, who+": "+one.method+" "+one.address+": "+got.Status)
		}
	}
	for _, status := range []int{200, 301, 303, 400, 401, 403, 404, 405} {
		require.NotZero(t, statuses[status], "some answer is a %d: %v", status, statuses)
	}
}

func TestAMethodThatAnAddressDoesNotTakeIsToldSo(t *testing.T) {
	f := openOffice(t, nil)
	program := f.do(f.in("leader"), http.MethodDelete, "/api/v1/measures", nil)
	require.Equal(t, http.StatusMethodNotAllowed, program.status)
	require.Equal(t, "method_not_allowed", f.problem(program).Code)
	require.Equal(t, "GET", program.header.Get("Allow"))
	page := f.do(f.in("leader"), http.MethodPut, "/members", nil)
	require.Equal(t, http.StatusMethodNotAllowed, page.status)
	require.Contains(t, page.body, "không nhận phương thức PUT")
	require.Contains(t, page.header.Get("Content-Security-Policy"), "script-src 'self'")
}

// begin sends a request and takes no more of the answer than its head.
func (f *office) begin(b *http.Client, method, address string, headers ...string) *http.Response {
	f.t.Helper()
	ctx, cancel := context.WithCancel(f.t.Context())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, f.http.URL+address, nil)
	require.NoError(f.t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := b.Do(request)
	require.NoError(f.t, err, "%s %s", method, address)
	require.NoError(f.t, response.Body.Close())
	return response
}

var (
	// What a policy may hold: nothing but ourselves, and styles written into reports,
	// which are shown in a sandbox.
	sourceOfPolicy = regexp.MustCompile(`^([a-z-]+)(?: ('none'|'self'|data:|allow-[a-z-]+))*$`)
	versionLike    = regexp.MustCompile(`\d+\.\d+|gin|Go-http|khue/`)
)

func requireBound(t *testing.T, got *http.Response, what string) {
	t.Helper()
	h := got.Header
	policy := strings.Split(h.Get("Content-Security-Policy"), "; ")
	require.Contains(t, policy, "default-src 'none'", what)
	framed := slices.Contains(policy, "frame-ancestors 'self'")
	require.True(t, framed || slices.Contains(policy, "frame-ancestors 'none'"), what)
	for _, one := range policy {
		require.Regexp(t, sourceOfPolicy, one, what)
	}
	require.Len(t, h.Values("Content-Security-Policy"), 1, what)
	require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), what)
	require.Equal(t, map[bool]string{true: "SAMEORIGIN", false: "DENY"}[framed], h.Get("X-Frame-Options"), what)
	require.Contains(t, []string{"same-origin", "no-referrer"}, h.Get("Referrer-Policy"), what)
	require.Equal(t, "same-origin", h.Get("Cross-Origin-Opener-Policy"), what)
	require.Equal(t, "same-origin", h.Get("Cross-Origin-Resource-Policy"), what)
	require.NotEmpty(t, h.Get("Permissions-Policy"), what)
	require.Contains(t, h.Get("Strict-Transport-Security"), "max-age=", what)
	require.Empty(t, h.Get("Access-Control-Allow-Origin"), what)
	if cache := h.Get("Cache-Control"); strings.HasPrefix(cache, "public") {
		require.True(t, strings.HasPrefix(got.Request.URL.Path, "/static/"), what)
	} else {
		require.Regexp(t, `(^|, )(private|no-store)(,|$)`, cache, what)
	}
	for _, name := range []string{"Server", "X-Powered-By", "Via", "X-AspNet-Version"} {
		require.NotRegexp(t, versionLike, h.Get(name), what)
	}
	if got.ContentLength > 0 && got.Request.Method != http.MethodHead {
		require.NotEmpty(t, h.Get("Content-Type"), what)
	}
}
