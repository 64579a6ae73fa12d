package ingest

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
)

// oauthServer is a token service and the interface that asks for its tokens.
type oauthServer struct {
	*httptest.Server
	mu      sync.Mutex
	asked   []url.Values // of the token service
	valid   string
	served  int
	expires int
	broken  int // the next so many token requests get this answer:
	answer  http.HandlerFunc
}

func startOAuth(t *testing.T) *oauthServer {
	t.Helper()
	s := &oauthServer{expires: 3600}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if r.URL.Path == "/token" {
			s.token(w, r)
			return
		}
		if r.Header.Get("Authorization") != "Bearer "+s.valid || s.valid == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		s.served++
		if s.served%2 == 1 {
			_, _ = fmt.Fprint(w, list(`"c2"`, "a", "b"))
			s.valid = "" // turned down from now on, long before it ends
		} else {
			_, _ = fmt.Fprint(w, list("null", "c"))
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *oauthServer) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	if id, secret, ok := r.BasicAuth(); ok {
		r.Form.Set("basic", id+":"+secret)
	}
	s.asked = append(s.asked, r.Form)
	if s.broken > 0 {
		s.broken--
		s.answer(w, r)
		return
	}
	s.valid = fmt.Sprintf("t%d", len(s.asked))
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"access_token": %q, "token_type": "bearer", "expires_in": %d}`, s.valid, s.expires)
}

func oauthConfig(t *testing.T, url string) Config {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("hush-hush\n"), 0o600))
	return restConfigWith(t, url, byCursor, `auth: {bearer: "let me in"}`,
		`auth: {oauth2: {token_url: "${URL}/token", client_id: khue, client_secret_file: `+secret+`, scopes: [doc, thong_ke], parameters: {audience: registry}, style: header}}`)
}

func TestATokenIsGotOnceKeptAndGotAgainWhenTurnedDown(t *testing.T) {
	s := startOAuth(t)
	m := newMemory(t)
	p := puller(t, oauthConfig(t, s.URL), m, at(noon))
	pullOf(t, p, "r")
	require.Equal(t, []string{"a", "b", "c"}, m.ids("initiatives"))
	require.Len(t, s.asked, 2, "one to begin with, one when the first was turned down in the middle")
	require.Equal(t, url.Values{"grant_type": {"client_credentials"}, "scope": {"doc thong_ke"}, "audience": {"registry"}, "basic": {"khue:hush-hush"}}, s.asked[0])
	pullOf(t, p, "r")
	require.Len(t, s.asked, 3, "the next pull begins with the token it has")

	s.expires = 5 // ends within the margin: not used twice
	s.mu.Lock()
	s.valid = ""
	s.mu.Unlock()
	pullOf(t, p, "r")
	require.GreaterOrEqual(t, len(s.asked), 5)
}

func TestATokenServiceThatRefusesOrIsDownIsSaidSo(t *testing.T) {
	refuse := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprintf(w, `{"error": "invalid_client", "error_description": "%s"}`, r.Form.Get("basic"))
	}
	s := startOAuth(t)
	s.broken, s.answer = 1, refuse
	m := newMemory(t)
	_, err := puller(t, oauthConfig(t, s.URL), m, at(noon)).Pull(t.Context(), "r", PullOptions{})
	require.ErrorContains(t, err, "refuses (status 401, invalid_client); check auth.oauth2")
	require.NotContains(t, err.Error(), "hush-hush")
	require.Equal(t, khue.Forbidden, khue.KindOf(err))
	require.Len(t, s.asked, 1, "asking again may lock the account")

	s.broken, s.answer = 2, status(503)
	pullOf(t, puller(t, oauthConfig(t, s.URL), m, at(noon)), "r")
	require.Equal(t, []string{"a", "b", "c"}, m.ids("initiatives"), "a service that is down for a moment is asked again")

	s.broken, s.answer = 1, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://elsewhere.invalid/token", http.StatusTemporaryRedirect)
	}
	_, err = puller(t, oauthConfig(t, s.URL), m, at(noon)).Pull(t.Context(), "r", PullOptions{})
	require.ErrorContains(t, err, "status 307", "the secret is not carried on")
}

func TestCredentialsThatEndInTheMiddleAreSaidWithTheirPage(t *testing.T) {
	s := serve(t, body(list(`"c2"`, "a")), status(401))
	m := newMemory(t)
	_, err := puller(t, restConfig(t, s.URL, byCursor), m, at(noon)).Pull(t.Context(), "r", PullOptions{})
	require.ErrorContains(t, err, "reading initiatives page 2: the source does not accept our credentials (status 401); check auth")
	require.Len(t, s.asked, 2, "what stands in the configuration does not change by asking again")
	require.Empty(t, m.facts)
}

func TestASecretThatWasChangedInItsFileIsTakenUp(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(key, []byte("old"), 0o600))
	s := serve(t, body(list(`"c2"`, "a")), func(w http.ResponseWriter, _ *http.Request) {
		_ = os.WriteFile(key, []byte("new"), 0o600)
		w.WriteHeader(http.StatusUnauthorized)
	}, body(list("null", "b")))
	m := newMemory(t)
	c := restConfigWith(t, s.URL, byCursor, `auth: {bearer: "let me in"}`, "auth: {header: X-Key, key_file: "+key+"}")
	pullOf(t, puller(t, c, m, at(noon)), "r")
	require.Equal(t, []string{"a", "b"}, m.ids("initiatives"))
	require.Equal(t, []string{"old", "old", "new"}, []string{s.headers[0].Get("X-Key"), s.headers[1].Get("X-Key"), s.headers[2].Get("X-Key")})
}

func TestAKeyDoesNotFollowARedirectToAnotherHost(t *testing.T) {
	other := serve(t, body(list("null", "stolen")))
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) })
	_, err := puller(t, restConfigWith(t, s.URL, byCursor, `bearer: "let me in"`, "header: X-Key, key: hush-hush"), newMemory(t), at(noon)).Pull(t.Context(), "r", PullOptions{})
	require.ErrorContains(t, err, "points to another host: "+other.URL)
	require.Empty(t, other.asked)
	require.Len(t, s.asked, 1)
}

func TestAListThatDidNotChangeIsNotReadAgain(t *testing.T) {
	for _, validator := range []string{"ETag", "Last-Modified"} {
		t.Run(validator, func(t *testing.T) {
			value := map[string]string{"ETag": `W/"v1"`, "Last-Modified": "Sun, 01 Mar 2026 00:00:00 GMT"}[validator]
			ask := map[string]string{"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}[validator]
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get(ask) == value {
					w.WriteHeader(http.StatusNotModified)
					return
				}
				w.Header().Set(validator, value)
				_, _ = fmt.Fprint(w, list("null", "a", "b"))
			})
			m := newMemory(t)
			c := restConfig(t, s.URL, "        replace: true\n        scope: [programme]\n")
			read := func(c Config) Result { return pullOf(t, puller(t, c, m, at(noon)), "r") }
			require.EqualValues(t, 2, read(c).Read)
			r := read(c)
			require.Zero(t, r.Read)
			require.Len(t, r.Batches, 1, "an empty batch says that the source was asked")
			require.Zero(t, read(c).Read, "and the mark keeps what the list was")
			require.Equal(t, []string{"a", "b"}, m.ids("initiatives"), "nothing is taken back")

			changed := restConfigWith(t, s.URL, "        replace: true\n        scope: [programme]\n", "title: title", "title: {from: title, split: '|'}")
			require.EqualValues(t, 2, read(changed).Read, "another mapping needs the list again")
			require.EqualValues(t, 2, read(restConfig(t, s.URL, "        conditional: false\n")).Read)
		})
	}
}

func TestOnlyAListInOneAnswerIsTakenAsUnchanged(t *testing.T) {
	tagged := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			require.Empty(t, r.Header.Get("If-None-Match"))
			w.Header().Set("ETag", `"page"`)
			_, _ = fmt.Fprint(w, text)
		}
	}
	m := newMemory(t)
	for range 2 { // the first page may be the same while the second is not
		s := serve(t, tagged(list(`"c2"`, "a")), tagged(list("null", "b")))
		pullOf(t, puller(t, restConfig(t, s.URL, "        paging: {kind: cursor, parameter: cursor, next: meta.next}\n"), m, at(noon)), "r")
		require.Len(t, s.asked, 2)
	}
}

func TestAListIsAskedForByPostWithItsParametersInTheBody(t *testing.T) {
	var bodies []string
	answer := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			bodies = append(bodies, r.Method+" "+r.Header.Get("Content-Type")+" "+string(b))
			if len(bodies) == 2 {
				w.WriteHeader(http.StatusBadGateway) // the body is sent again with the next try
				return
			}
			_, _ = fmt.Fprint(w, text)
		}
	}
	s := serve(t, answer(list(`"x"`, "a", "b")), answer(""), answer(list("null", "c")))
	m := newMemory(t)
	pullOf(t, puller(t, restConfig(t, s.URL, `        method: POST
        body: {query: {kind: [a, b], open: true}, page: {sort: id}}
        parameters: {query.city: "01"}
        paging: {kind: offset, parameter: page.from, size_parameter: page.size, size: 2}
        incremental: {parameter: query.since, field: updated_at}
`), m, at(noon)), "r")
	require.Equal(t, []string{"a", "b", "c"}, m.ids("initiatives"))
	require.Equal(t, "/i", s.asked[0])
	require.Equal(t, []string{
		`POST application/json {"page":{"from":0,"size":2,"sort":"id"},"query":{"city":"01","kind":["a","b"],"open":true}}`,
		`POST application/json {"page":{"from":2,"size":2,"sort":"id"},"query":{"city":"01","kind":["a","b"],"open":true}}`,
		`POST application/json {"page":{"from":2,"size":2,"sort":"id"},"query":{"city":"01","kind":["a","b"],"open":true}}`,
	}, bodies)
}

func TestAllReadingsOfASourceTogetherKeepToItsRate(t *testing.T) {
	var running, most atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		most.Store(max(most.Load(), running.Add(1)))
		defer running.Add(-1)
		next := map[string]string{"": `"2"`, "2": `"3"`, "3": `"4"`, "4": "null"}[r.URL.Query().Get("cursor")]
		_, _ = fmt.Fprint(w, list(next, "r"+r.URL.Query().Get("cursor")))
	}))
	t.Cleanup(s.Close)
	c := restConfigWith(t, s.URL, byCursor, "timeout: 2s", "timeout: 100ms\n    rate_limit: 20/s")
	p := puller(t, c, newMemory(t), at(noon))
	p.store = &counting{}
	started := time.Now()
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			_, err := p.Pull(t.Context(), "r", PullOptions{})
			require.NoError(t, err, "waiting for a turn is not waiting for an answer")
		})
	}
	both.Wait()
	require.GreaterOrEqual(t, time.Since(started), 340*time.Millisecond, "eight requests, one every 50 ms")
}

func TestAServerThatDripsIsGivenUp(t *testing.T) {
	drip := func(w http.ResponseWriter, r *http.Request) {
		for _, b := range []byte(list("null", "a")) {
			_, _ = w.Write([]byte{b})
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(time.Second):
			}
		}
	}
	s := serve(t, drip)
	started := time.Now()
	m := newMemory(t)
	c := restConfigWith(t, s.URL, byCursor, "timeout: 2s", "timeout: 150ms")
	_, err := puller(t, c, m, at(noon)).Pull(t.Context(), "r", PullOptions{})
	require.ErrorContains(t, err, "did not answer in full within 150ms (timeout)")
	require.Less(t, time.Since(started), 5*time.Second)
	require.Len(t, s.asked, 4)
	require.Empty(t, m.watermarks)
}

func TestAReadingThatNeverEndsIsEnded(t *testing.T) {
	n := 0
	endless := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n++
		time.Sleep(5 * time.Millisecond)
		_, _ = fmt.Fprint(w, list(fmt.Sprintf(`"c%d"`, n), fmt.Sprintf("r%d", n)))
	})
	empty := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n++
		_, _ = fmt.Fprint(w, list(fmt.Sprintf(`"c%d"`, n)))
	})
	for name, c := range map[string]struct {
		config Config
		says   string
	}{
		"by time":        {restConfigWith(t, endless.URL, byCursor, "timeout: 2s", "max_time: 200ms"), "reading the source took longer than 200ms (max_time)"},
		"by pages":       {restConfigWith(t, endless.URL, byCursor, "size: 2}", "size: 2, max_pages: 7}"), "initiatives has more than 7 pages (paging.max_pages)"},
		"by empty pages": {restConfig(t, empty.URL, byCursor), "1000 pages of initiatives in a row hold nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory(t)
			m.put("initiatives", "earlier", fact{})
			_, err := puller(t, c.config, m, at(noon)).Pull(t.Context(), "r", PullOptions{})
			require.ErrorContains(t, err, c.says)
			require.Equal(t, []string{"earlier"}, m.ids("initiatives"))
		})
	}
}

func TestRetryAfterMayBeADateAndABurstOfFaultsPasses(t *testing.T) {
	inASecond := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", time.Now().Add(1500*time.Millisecond).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusTooManyRequests)
	}
	s := serve(t, inASecond, status(500), status(502), body(list("null", "a")))
	started := time.Now()
	m := newMemory(t)
	pullOf(t, puller(t, restConfig(t, s.URL, byCursor), m, at(noon)), "r")
	require.Equal(t, []string{"a"}, m.ids("initiatives"))
	require.GreaterOrEqual(t, time.Since(started), 400*time.Millisecond)

	always := serve(t, status(429, "Retry-After", "0"))
	_, err := puller(t, restConfig(t, always.URL, byCursor), m, at(noon)).Pull(t.Context(), "r", PullOptions{})
	require.ErrorContains(t, err, "after 4 tries: the source answers 429 Too Many Requests")
}

func TestACertificateNobodyVouchesForIsRefusedUnlessItsAuthorityIsGiven(t *testing.T) {
	s := httptest.NewTLSServer(body(list("null", "a")))
	t.Cleanup(s.Close)
	s.Config.ErrorLog = nil
	_, err := puller(t, restConfig(t, s.URL, byCursor), newMemory(t), at(noon)).Pull(t.Context(), "r", PullOptions{})
	require.ErrorContains(t, err, "the source's certificate is not trusted; if it is of an authority of your own, give ca_file")
	var unknown x509.UnknownAuthorityError
	require.ErrorAs(t, err, &unknown)

	file := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600))
	m := newMemory(t)
	pullOf(t, puller(t, restConfigWith(t, s.URL, byCursor, "timeout: 2s", "ca_file: "+file), m, at(noon)), "r")
	require.Equal(t, []string{"a"}, m.ids("initiatives"))

	require.NoError(t, os.WriteFile(file, []byte("no certificate"), 0o600))
	_, err = puller(t, restConfigWith(t, s.URL, byCursor, "timeout: 2s", "ca_file: "+file), m, at(noon)).Pull(t.Context(), "r", PullOptions{})
	require.ErrorContains(t, err, "holds no certificate in PEM form")
}

func TestASourceThatIsNotThereIsSaidSoWithoutItsKeys(t *testing.T) {
	c := restConfig(t, "http://127.0.0.1:1", byCursor+"        parameters: {api_key: hush-hush}\n")
	_, err := puller(t, c, newMemory(t), at(noon)).Pull(t.Context(), "r", PullOptions{})
	require.ErrorContains(t, err, "the source does not answer as it should: after 4 tries: dial tcp 127.0.0.1:1")
	require.NotContains(t, err.Error(), "hush-hush")
}

func TestAMarkIsReadBackAsItWasWritten(t *testing.T) {
	var m restMark
	require.NoError(t, json.Unmarshal([]byte(`{"until":"2026-03-01T04:59:55Z"}`), &m), "as earlier versions wrote it")
	require.Equal(t, noon.Add(-5*time.Second), m.Until)
}

func pullOf(t *testing.T, p *Puller, source string) Result {
	t.Helper()
	results, err := p.Pull(t.Context(), source, PullOptions{})
	require.NoError(t, err)
	return results[0]
}

// restConfigWith writes something else in place of a part of the configuration.
func restConfigWith(t *testing.T, url, extra, from, to string) Config {
	t.Helper()
	text := strings.ReplaceAll(restSourceText+extra, from, to)
	require.NotEqual(t, restSourceText+extra, text, "nothing was replaced")
	return configure(t, text, map[string]string{"URL": url})
}
