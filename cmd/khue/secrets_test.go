package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// secretKinds are secrets of every kind that a configuration or a person has. Each has
// letters that are written otherwise in addresses.
var secretKinds = []string{
	"warehouse", "state", "state words", "bearer", "basic", "header", "oauth", "postgres", "postgres words", "mysql", "s3 key", "s3 secret", "mail", "hook path", "hook", "recipient hook", "recipient hook path", "recipient bucket", "oidc", "sql",
}

func secretOf(kind string) string { return "S3cr+t/of~" + strings.ReplaceAll(kind, " ", ".") + "=q7" }

// kept is a secret of a kind as a URL has it.
func inURL(kind string) string { return url.QueryEscape(secretOf(kind)) }

// guises are the ways in which a secret could come out.
func guises(secret string) []string {
	out := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), hex.EncodeToString([]byte(secret)), strings.ReplaceAll(secret, "/", `\/`)}
	for pad := range 3 { // base64 of it after any other letters, but for its ends
		coded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", pad) + secret))
		out = append(out, coded[4:len(coded)-4])
		coded = base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("x", pad) + secret))
		out = append(out, coded[4:len(coded)-4])
	}
	return out
}

// parrot is a server that fails and repeats all that it was sent, and how often it was asked.
func parrot(t *testing.T) (address string, heard func() string) {
	t.Helper()
	var all printed
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		said := fmt.Sprintf("not this: %v %q %s", r.Header["Authorization"], r.Header.Get("X-Key"), body)
		_, _ = fmt.Fprintln(&all, r.URL.Path, r.Header, string(body))
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, said)
	}))
	t.Cleanup(s.Close)
	return s.URL, all.String
}

// mailParrot is a mail server that refuses whoever signs in, and repeats what they sent.
func mailParrot(t *testing.T) (port, caFile string, heard func() string) {
	t.Helper()
	var all printed
	certified := httptest.NewTLSServer(nil) // for its certificate
	certified.Close()
	caFile = filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certified.Certificate().Raw}), 0o600))
	listener, err := tls.Listen("tcp", "127.0.0.1:0", certified.TLS)
	require.NoError(t, err)
	var talks sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); talks.Wait() })
	talk := func(conn net.Conn) {
		defer talks.Done()
		defer func() { _ = conn.Close() }()
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		_, _ = io.WriteString(conn, "220 here\r\n")
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			_, _ = fmt.Fprintln(&all, lines.Text())
			switch verb, _, _ := strings.Cut(strings.ToUpper(lines.Text()), " "); verb {
			case "EHLO":
				_, _ = io.WriteString(conn, "250-here\r\n250 AUTH PLAIN LOGIN\r\n")
			case "QUIT":
				return
			default:
				_, _ = fmt.Fprintf(conn, "535 not this: %s\r\n", lines.Text())
			}
		}
	}
	talks.Add(1)
	go func() {
		defer talks.Done()
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			talks.Add(1)
			go talk(conn)
		}
	}()
	_, port, err = net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port, caFile, all.String
}

const leakyConfig = `
language: en
log: {level: debug, format: json}
public_url: PARROT
oidc: {issuer: "PARROT", client_id: khue, client_secret: "{oidc}", roles: {g: staff}}
alerts:
  email: {host: 127.0.0.1, port: MAILPORT, security: tls, ca_file: "CAFILE", username: khue, password: "{mail}", from: khue@example.vn, to: [a@example.vn]}
  webhook: {url: "PARROT/hook/{hook path}", secret: "{hook}"}
delivery:
  recipients:
    hooked: {webhook: {url: "PARROT/in/{recipient hook path}", secret: "{recipient hook}"}}
    store: {s3: {url: "s3://b/p", endpoint: "PARROT", region: x, access_key: k, secret_key: "{recipient bucket}"}}
sources:
  bearer: {kind: rest, schedule: "0 0 1 1 *", url: "PARROT", auth: {bearer: "{bearer}"}, retry: {max: -1}, datasets: REST}
  basic: {kind: rest, schedule: "0 0 1 1 *", url: "PARROT", auth: {username: u, password: "{basic}"}, retry: {max: -1}, datasets: REST}
  keyed: {kind: rest, schedule: "0 0 1 1 *", url: "PARROT", auth: {header: X-Key, key: "{header}"}, retry: {max: -1}, datasets: REST}
  oauth: {kind: rest, schedule: "0 0 1 1 *", url: "PARROT", auth: {oauth2: {token_url: "PARROT/token", client_id: c, client_secret: "{oauth}"}}, retry: {max: -1}, datasets: REST}
  pg: {kind: sql, schedule: "0 0 1 1 *", dsn: "postgres://u:{url postgres}@127.0.0.1:1/x", retry: {max: -1}, datasets: SQL}
  pgwords: {kind: sql, schedule: "0 0 1 1 *", dsn: "host=127.0.0.1 port=1 user=u password={postgres words}", retry: {max: -1}, datasets: SQL}
  my: {kind: sql, schedule: "0 0 1 1 *", dsn: "mysql://u:{url mysql}@127.0.0.1:1/x", retry: {max: -1}, datasets: SQL}
  bucket: {kind: files, schedule: "0 0 1 1 *", folder: "s3://b/p", pattern: "*.csv", s3: {endpoint: "PARROT", region: x, access_key: "{s3 key}", secret_key: "{s3 secret}"}, retry: {max: -1}, datasets: {events: {id: a, fields: {title: b, starts_at: c, disciplines: d, format: f}}}}
`

func TestNoSecretComesOutOfTheProgramWhateverFails(t *testing.T) {
	at, heard := parrot(t)
	port, caFile, mailed := mailParrot(t)
	text := strings.NewReplacer("PARROT", at, "MAILPORT", port, "CAFILE", caFile, "REST", "{members: {path: /v1, records: data, id: id, fields: {name: n, kind: k, disciplines: d, status: s}}}", "SQL", "{members: {table: m, id: id, fields: {name: n, kind: k, disciplines: d, status: s}}}").Replace(leakyConfig)
	text = regexp.MustCompile(`\{(url )?([a-z][a-z0-9 ]+)\}`).ReplaceAllStringFunc(text, func(found string) string {
		kind, escaped := strings.CutPrefix(strings.Trim(found, "{}"), "url ")
		if escaped {
			return inURL(kind)
		}
		return secretOf(kind)
	})
	o := newObservatory(t, []byte(text), nil)
	var all bytes.Buffer
	keep := func(what, said string) { _, _ = fmt.Fprintf(&all, "\n--- %s\n%s", what, said) }
	run := func(args ...string) {
		out, errs, _ := o.khue(args...)
		keep("khue "+args[0], out+errs)
	}
	run("check")
	if t.Failed() || strings.Contains(all.String(), "khue.yaml:") {
		require.Fail(t, "the configuration of the test holds", all.String())
	}
	r := start(t, o)
	r.waitFor("/readyz", time.Minute, ok)
	for _, source := range []string{"bearer", "basic", "keyed", "oauth", "pg", "pgwords", "my", "bucket"} {
		run("pull", source)
		run("source", "try", source)
		run("jobs", "run", "pull "+source)
	}
	secrets := spill(t, r, keep)
	for _, wrong := range []string{
		"clickhouse://u:" + inURL("warehouse") + "@127.0.0.1:1/x", "clickhouse://u:" + secretOf("warehouse") + "%zz@127.0.0.1:1/x", "http://u:" + secretOf("warehouse") + "@h", "u:" + secretOf("warehouse") + "@h",
	} {
		run("check", "--dsn", wrong)
	}
	for _, wrong := range []string{"postgres://u:" + inURL("state") + "@127.0.0.1:1/x", "postgres://u:" + secretOf("state") + "%zz@127.0.0.1:1/x", "host=127.0.0.1 port=1 user=u password=" + secretOf("state words"), "mysql://u:" + secretOf("state") + "@h"} {
		o.variables = []string{"KHUE_STATE_DSN=" + wrong}
		run("user", "list")
	}
	o.variables = []string{"KHUE_SQL_URL=http://u:" + inURL("sql") + "@127.0.0.1:1/"}
	run("check")
	o.variables = nil
	for _, args := range [][]string{{"source", "list"}, {"runs"}, {"jobs"}, {"jobs", "history"}, {"quarantine"}, {"audit", "list", "--limit", "1000"}, {"user", "list"}, {"token", "list"}, {"check"}} {
		run(args...)
	}
	require.Eventually(t, func() bool { return strings.Contains(heard(), "/hook/") && strings.Contains(mailed(), "AUTH") }, 40*time.Second, 100*time.Millisecond, "alerts were tried")
	r.terminate()
	keep("log", r.log.String())
	files, err := filepath.Glob(filepath.Join(o.data, "*"))
	require.NoError(t, err)
	here, err := filepath.Glob("*")
	require.NoError(t, err)
	keep("names of files", strings.Join(append(files, here...), "\n"))
	if leak := os.Getenv("KHUE_TEST_SHOW"); leak != "" {
		require.NoError(t, os.WriteFile(leak, all.Bytes(), 0o600))
	}
	for _, kind := range secretKinds {
		secrets[kind] = secretOf(kind)
	}
	for kind, secret := range secrets {
		for _, guise := range guises(secret) {
			if i := strings.Index(all.String(), guise); i >= 0 {
				t.Errorf("the secret %q came out as %q: …%s…", kind, guise, all.String()[max(0, i-600):min(all.Len(), i+200)])
				break
			}
		}
	}
	require.Greater(t, strings.Count(all.String(), "not this"), 3, "what refused us was told")
}

// spill does what people do with secrets of theirs, rightly and wrongly, and gives these.
func spill(t *testing.T, r *running, keep func(what, said string)) map[string]string {
	t.Helper()
	link := r.link()
	secrets := map[string]string{"link": link[strings.LastIndex(link, "/")+1:]}
	status, _ := r.ask(r.base + "/login/link/" + secrets["link"])
	require.Equal(t, http.StatusOK, status)
	r.entered = true
	get := func(path string, headers ...string) string {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.base+path, nil)
		require.NoError(t, err)
		for i := 0; i+1 < len(headers); i += 2 {
			request.Header.Set(headers[i], headers[i+1])
		}
		response, err := r.browser.Do(request)
		require.NoError(t, err)
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return string(body)
	}
	token := func(page string) string {
		found := formToken.FindStringSubmatch(get(page))
		require.NotNil(t, found, page)
		return found[1]
	}
	post := func(page, path string, pairs ...string) string {
		form := url.Values{"token": {token(page)}}
		for i := 0; i+1 < len(pairs); i += 2 {
			form.Add(pairs[i], pairs[i+1])
		}
		response, err := r.browser.PostForm(r.base+path, form)
		require.NoError(t, err)
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return string(body)
	}
	const password = "một mật khẩu+dài/lắm q7"
	secrets["password"] = password
	post("/account", "/account/password", "password", password, "again", password)
	made := post("/account", "/account/tokens", "name", "R", "rights", "api", "days", "3")
	secrets["token"] = regexp.MustCompile(`khue_[A-Za-z0-9_-]{43}`).FindString(made)
	require.NotEmpty(t, secrets["token"], made)
	offered := post("/account", "/account/second/offer")
	seed := regexp.MustCompile(`<code>((?:[A-Z2-7]{4} ?){8})</code>`).FindStringSubmatch(offered)
	require.NotNil(t, seed)
	secrets["seed as shown"], secrets["seed"], secrets["form"] = seed[1], strings.ReplaceAll(seed[1], " ", ""), token("/account")
	at, err := url.Parse(r.base)
	require.NoError(t, err)
	for _, c := range r.browser.Jar.Cookies(at) {
		secrets["cookie "+c.Name] = c.Value
	}
	require.Len(t, secrets, 8)
	post("/account", "/account/second/confirm", "code", "000000")
	post("/account", "/account/password", "old", "x", "password", password+"2", "again", "y")
	for _, path := range []string{
		"/clickhouse/?user=u&password=" + secrets["token"], "/clickhouse/?query=" + url.QueryEscape("SELECT '"+secrets["token"]+"' FROM no_such"), "/people/" + secrets["token"], "/login/link/" + secrets["link"], "/login/link/" + secrets["link"],
		"/no/such?password=" + url.QueryEscape(password) + "&token=" + secrets["token"], "/explore/file/csv?x=" + secrets["token"], "/login/provider", "/login/provider/return?state=x&code=" + secrets["token"], "/charts/x",
	} {
		get(path)
		get(path, "Authorization", "Bearer "+secrets["token"])
		get(path, "Authorization", "Bearer "+secrets["token"]+"x")
	}
	for _, path := range []string{"/audit", "/audit.csv", "/data/runs", "/data/jobs", "/data/sources", "/api/v1/runs", "/api/v1/sources", "/people", "/people/admin", "/readyz", "/api/openapi.json"} {
		keep(path, strings.ReplaceAll(get(path), secrets["form"], "")) // the page's own form
	}
	_, metrics := r.get("/metrics")
	keep("metrics", metrics)
	for _, path := range []string{"cmdline", "goroutine?debug=2"} {
		_, profile := r.ask(r.private + "/debug/pprof/" + path)
		keep("pprof "+path, profile)
	}
	return secrets
}
