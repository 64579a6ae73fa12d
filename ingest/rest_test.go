package ingest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
)

// scripted answers requests one after the other as a test says; the last answer repeats.
type scripted struct {
	*httptest.Server
	mu      sync.Mutex
	answers []http.HandlerFunc
	asked   []string
	headers []http.Header
}

func serve(t *testing.T, answers ...http.HandlerFunc) *scripted {
	t.Helper()
	s := &scripted{answers: answers}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		answer := s.answers[min(len(s.asked), len(s.answers)-1)]
		s.asked = append(s.asked, r.URL.RequestURI())
		s.headers = append(s.headers, r.Header)
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func body(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, text) }
}

func status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
	}
}

const oneInitiative = `{"id": %q, "programme": "p", "commitment": "L1", "title": "Không gian sáng tạo", "status": "planned", "budget": 12.0, "secret": {"phone": "0900"}, "evidence": ["a", "b"]}`

func record(id string) string { return fmt.Sprintf(oneInitiative, id) }

func list(next string, ids ...string) string {
	records := make([]string, len(ids))
	for i, id := range ids {
		records[i] = record(id)
	}
	return fmt.Sprintf(`{"meta": {"next": %s}, "data": {"items": [%s]}}`, next, strings.Join(records, ","))
}

const restSourceText = `
sources:
  r:
    kind: rest
    url: ${URL}
    auth: {bearer: "let me in"}
    retry: {max: 3, wait: 1ms, max_wait: 5ms}
    timeout: 2s
    max_body: 100000
    datasets:
      initiatives:
        path: /i
        id: id
        fields: {programme: programme, commitment: commitment, title: title, status: status, budget_vnd: budget, evidence: evidence}
        records: data.items
`

func restConfig(t *testing.T, url, extra string) Config {
	t.Helper()
	return configure(t, restSourceText+extra, map[string]string{"URL": url})
}

const byCursor = `        paging: {kind: cursor, parameter: cursor, next: meta.next, size_parameter: limit, size: 2}
        incremental: {parameter: since, field: updated_at, lag: 5s, look_back: 1h}
`

var noon = time.Date(2026, 3, 1, 5, 0, 0, 0, time.UTC)

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

func TestAPagedListIsReadToItsEndAndOnlyNamedFieldsEnter(t *testing.T) {
	s := serve(t, body(list(`"c2"`, "a", "b")), body(list("null", "c")))
	m := newMemory(t)
	results, err := puller(t, restConfig(t, s.URL, byCursor), m, at(noon)).Pull(t.Context(), "r", PullOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b", "c"}, m.ids("initiatives"))
	require.Equal(t, []string{"/i?limit=2", "/i?cursor=c2&limit=2"}, s.asked)
	require.Equal(t, "Bearer let me in", s.headers[0].Get("Authorization"))
	require.Equal(t, map[string]any{
		"programme": "p", "commitment": "L1", "title": "Không gian sáng tạo", "owner": "", "planned_from": nil, "planned_to": nil,
		"actual_from": nil, "actual_to": nil, "budget_vnd": int64(12), "status": "planned", "evidence": []string{"a", "b"},
	}, m.facts["initiatives"]["a"].values)
	require.EqualValues(t, 3, results[0].Added)
}

func TestTheNextPullAsksForChangesSinceTheLastWithLagAndLookBack(t *testing.T) {
	s := serve(t, body(list("null", "a")))
	m := newMemory(t)
	p := puller(t, restConfig(t, s.URL, byCursor), m, at(noon))
	for range 2 {
		_, err := p.Pull(t.Context(), "r", PullOptions{})
		require.NoError(t, err)
	}
	require.Equal(t, "/i?limit=2&since=2026-03-01T03%3A59%3A55.000Z", s.asked[1])
}

func TestPassingFaultsOfASourceAreRiddenOut(t *testing.T) {
	whole := list("null", "a", "b")
	cut := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "9999")
		_, _ = fmt.Fprint(w, whole[:len(whole)/2])
	}
	slow := func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(3 * time.Second):
		}
	}
	for name, fault := range map[string]http.HandlerFunc{
		"500": status(500), "503": status(503), "429 with Retry-After": status(429, "Retry-After", "0"),
		"cut in the middle": cut, "half a JSON": body(whole[:len(whole)/2]), "HTML": body("<html>please wait</html>"),
		"empty": body(""), "slower than the time-out": slow,
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, fault, body(whole))
			m := newMemory(t)
			_, err := puller(t, restConfig(t, s.URL, byCursor), m, at(noon)).Pull(t.Context(), "r", PullOptions{})
			require.NoError(t, err)
			require.Equal(t, []string{"a", "b"}, m.ids("initiatives"), "each record once, though half of them came twice")
			require.Len(t, s.asked, 2)
		})
	}
}

func TestASourceThatStaysBrokenFailsThePullAndLeavesTheWatermark(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		says   string
		tries  int
	}{
		"always 500":       {status(500), "500", 4},
		"HTML":             {body("<html>"), `begins with "<html>"`, 4},
		"wrong token":      {status(401), "check auth", 1},
		"gone":             {status(404), "404 Not Found", 1},
		"no list":          {body(`{"other": []}`), `no list at "data.items"`, 1},
		"not an object":    {body(`{"data": {"items": ["a"]}}`), "record 1 of the answer is not an object", 1},
		"far too large":    {body(`{"data": {"items": [` + strings.Repeat(" ", 200_000) + `]}}`), "larger than 100000 bytes", 1},
		"cursor in a ring": {body(list(`"c1"`, "a")), "its cursor does not move on", 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.answer)
			m := newMemory(t)
			m.watermarks["r/initiatives"] = `{"until":"2026-01-01T00:00:00Z"}`
			results, err := puller(t, restConfig(t, s.URL, byCursor), m, at(noon)).Pull(t.Context(), "r", PullOptions{})
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, "pulling initiatives of r")
			require.NotContains(t, err.Error(), "let me in")
			require.ErrorIs(t, err, results[0].Err)
			require.Empty(t, m.facts)
			require.Equal(t, `{"until":"2026-01-01T00:00:00Z"}`, m.watermarks["r/initiatives"])
			require.Equal(t, c.tries, len(s.asked))
		})
	}
}

func TestRetryAfterIsKept(t *testing.T) {
	s := serve(t, status(429, "Retry-After", "1"), body(list("null", "a")))
	started := time.Now()
	_, err := puller(t, restConfig(t, s.URL, byCursor), newMemory(t), at(noon)).Pull(t.Context(), "r", PullOptions{})
	require.NoError(t, err)
	require.GreaterOrEqual(t, time.Since(started), time.Second)
}

func TestOtherWaysOfPaging(t *testing.T) {
	for name, c := range map[string]struct {
		paging string
		asked  []string
	}{
		"page":   {"{kind: page, parameter: page, size_parameter: per, size: 2}", []string{"/i?page=1&per=2", "/i?page=2&per=2"}},
		"offset": {"{kind: offset, parameter: from, size_parameter: n, size: 2}", []string{"/i?from=0&n=2", "/i?from=2&n=2"}},
		"link":   {"{kind: link}", []string{"/i", "/next?of=2"}},
	} {
		t.Run(name, func(t *testing.T) {
			first := func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Link", `</prev>; rel="prev", </next?of=2>; rel="next"`)
				_, _ = fmt.Fprint(w, list("null", "a", "b"))
			}
			s := serve(t, first, body(list("null", "c")))
			m := newMemory(t)
			_, err := puller(t, restConfig(t, s.URL, "        paging: "+c.paging+"\n"), m, at(noon)).Pull(t.Context(), "r", PullOptions{})
			require.NoError(t, err)
			require.Equal(t, []string{"a", "b", "c"}, m.ids("initiatives"))
			require.Equal(t, c.asked, s.asked)
		})
	}
}

func TestCredentialsAreNotSentToAnotherHost(t *testing.T) {
	other := serve(t, body(list("null", "stolen")))
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "<"+other.URL+`/x>; rel="next"`)
		_, _ = fmt.Fprint(w, list("null", "a"))
	})
	_, err := puller(t, restConfig(t, s.URL, "        paging: {kind: link}\n"), newMemory(t), at(noon)).Pull(t.Context(), "r", PullOptions{})
	require.ErrorContains(t, err, "points to another host")
	require.Empty(t, other.asked)
}

func TestALongPullThatDiesGoesOnFromItsLastBatch(t *testing.T) {
	s := serve(t, body(list(`"c2"`, "a", "b")), body(list(`"c3"`, "c", "d")), status(500), status(500), status(500), status(500),
		body(list("null", "e")))
	m := newMemory(t)
	p := puller(t, restConfig(t, s.URL, byCursor), m, at(noon))
	p.limits.batch = 2
	_, err := p.Pull(t.Context(), "r", PullOptions{})
	require.Error(t, err)
	require.Equal(t, []string{"a", "b", "c", "d"}, m.ids("initiatives"), "what was committed stays")
	_, err = p.Pull(t.Context(), "r", PullOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b", "c", "d", "e"}, m.ids("initiatives"))
	require.Equal(t, "/i?cursor=c3&limit=2", s.asked[6])
	require.JSONEq(t, `{"until":"2026-03-01T04:59:55Z"}`, m.watermarks["r/initiatives"])
}

func TestAPlaceToGoOnWithThatTheSourceForgotIsReadFromTheStart(t *testing.T) {
	s := serve(t, status(410), body(list("null", "a")))
	m := newMemory(t)
	m.watermarks["r/initiatives"] = `{"until":"2026-03-01T04:00:00Z","since":"2026-02-01T00:00:00Z","next":"old"}`
	_, err := puller(t, restConfig(t, s.URL, byCursor), m, at(noon)).Pull(t.Context(), "r", PullOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"/i?cursor=old&limit=2&since=2026-02-01T00%3A00%3A00.000Z", "/i?limit=2&since=2026-02-01T00%3A00%3A00.000Z"}, s.asked)
}

func TestARejectedRecordNamesItsPlaceAndAllItsFaults(t *testing.T) {
	bad := `{"id": "x", "programme": "p", "commitment": "", "title": "t", "status": "asleep", "budget": -3, "phone": "0900"}`
	s := serve(t, body(`{"data": {"items": [`+record("a")+`,`+bad+`]}}`))
	m := newMemory(t)
	results, err := puller(t, restConfig(t, s.URL, byCursor), m, at(noon)).Pull(t.Context(), "r", PullOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, m.ids("initiatives"))
	require.Len(t, m.rejected, 1)
	r := m.rejected[0]
	require.Equal(t, []string{"x", "initiatives page 1 record 2", "commitment", "", "required"}, []string{r.RecordID, r.Place, r.Field, r.Value, r.Reason})
	require.Equal(t, `commitment must not be empty; also budget_vnd (read "-3"): a number not below 0; `+
		`also status (read "asleep"): one of planned, under_way, done, late, dropped`, r.Expected)
	require.JSONEq(t, `{"id":"x","programme":"p","commitment":"","title":"t","status":"asleep","budget":-3,"evidence":null}`, r.Raw)
	require.EqualValues(t, 2, results[0].Read)
	require.EqualValues(t, 1, results[0].Rejected)
}

func TestOneFailingDatasetDoesNotStopTheOthers(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/activities" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = fmt.Fprint(w, "["+record("a")+"]")
	}))
	t.Cleanup(s.Close)
	c := configure(t, `
sources:
  r:
    kind: rest
    url: ${URL}
    datasets:
      initiatives:
        path: /i
        id: id
        fields: {programme: programme, commitment: commitment, title: title, status: status}
      activities:
        path: /activities
        id: id
        fields: {member: m, kind: {constant: talk}, discipline: {constant: music}, starts_on: s}
`, map[string]string{"URL": s.URL})
	m := newMemory(t)
	results, err := puller(t, c, m, at(noon)).Pull(t.Context(), "r", PullOptions{})
	require.ErrorContains(t, err, "pulling activities of r")
	require.Equal(t, []string{"activities", "initiatives"}, []string{results[0].Dataset, results[1].Dataset}, "in the order they depend on each other")
	require.Error(t, results[0].Err)
	require.NoError(t, results[1].Err)
	require.Equal(t, []string{"a"}, m.ids("initiatives"))
}

func TestAStoreThatFailsLeavesTheWatermark(t *testing.T) {
	s := serve(t, body(list("null", "a")))
	m := newMemory(t)
	m.failCommit = errors.New("disk full")
	_, err := puller(t, restConfig(t, s.URL, byCursor), m, at(noon)).Pull(t.Context(), "r", PullOptions{})
	require.ErrorContains(t, err, "disk full")
	require.Empty(t, m.watermarks)
}

func TestADryRunHandsNothingOver(t *testing.T) {
	s := serve(t, body(list("null", "a", "b")))
	m := newMemory(t)
	results, err := puller(t, restConfig(t, s.URL, byCursor), m, at(noon)).Pull(t.Context(), "r", PullOptions{DryRun: true})
	require.NoError(t, err)
	require.EqualValues(t, 2, results[0].Accepted)
	require.Zero(t, m.batches)
	require.Empty(t, m.watermarks)
}

func TestACancelledPullThrowsItsBatchAway(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, body(list(`"c2"`, "a")), func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	m := newMemory(t)
	_, err := puller(t, restConfig(t, s.URL, byCursor), m, at(noon)).Pull(ctx, "r", PullOptions{})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 1, m.aborted)
	require.Empty(t, m.facts)
}

func TestAnUnknownSourceIsNamedWithThoseThatExist(t *testing.T) {
	_, err := puller(t, Config{"r": {}}, newMemory(t), at(noon)).Pull(t.Context(), "q", PullOptions{})
	require.Equal(t, khue.NotFound, khue.KindOf(err))
	require.Contains(t, khue.MessageOf(err).VI, `không có nguồn "q"; có r`)
}
