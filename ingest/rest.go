package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"khue"
)

// restSource reads a list from a REST interface that answers in JSON.
type restSource struct {
	name   string // of the dataset, for places
	config SourceConfig
	set    DatasetConfig
	client *retryablehttp.Client
	log    *slog.Logger
}

// restMark is what a REST source stores. Until stands for everything that changed
// up to it; Next, while a long reading is under way, is the page to go on with.
type restMark struct {
	Until time.Time `json:"until,omitzero"`
	Since time.Time `json:"since,omitzero"`
	Next  string    `json:"next,omitempty"`
}

const (
	defaultTimeout = 60 * time.Second
	defaultMaxBody = 64 << 20
	maxPages       = 1_000_000
)

func newREST(name string, c SourceConfig, set DatasetConfig, log *slog.Logger) *restSource {
	r := &restSource{name: name, config: c, set: set, log: log, client: retryablehttp.NewClient()}
	retry := c.Retry.complete()
	r.client.Logger = nil
	r.client.RetryMax, r.client.RetryWaitMin, r.client.RetryWaitMax = retry.Max, retry.Wait, retry.MaxWait
	r.client.HTTPClient.Timeout = c.Timeout
	if c.Timeout == 0 {
		r.client.HTTPClient.Timeout = defaultTimeout
	}
	r.client.CheckRetry = retryUnlessPermanent
	r.client.Backoff = backoffWithJitter
	if r.config.MaxBody == 0 {
		r.config.MaxBody = defaultMaxBody
	}
	return r
}

// complete fills in what the configuration left out.
func (r Retry) complete() Retry {
	switch {
	case r.Max == 0:
		r.Max = 5
	case r.Max < 0:
		r.Max = 0
	}
	if r.Wait == 0 {
		r.Wait = 500 * time.Millisecond
	}
	if r.MaxWait == 0 {
		r.MaxWait = 30 * time.Second
	}
	return r
}

// permanentError is a failure that asking again will not mend.
type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

func retryUnlessPermanent(ctx context.Context, resp *http.Response, err error) (bool, error) {
	var permanent *permanentError
	if errors.As(err, &permanent) {
		return false, err
	}
	return retryablehttp.ErrorPropagatedRetryPolicy(ctx, resp, err)
}

// backoffWithJitter keeps to Retry-After where the server names one, up to two
// minutes; else it waits longer each time, by a random part, so that several
// pulls do not come back at once.
func backoffWithJitter(least, most time.Duration, attempt int, resp *http.Response) time.Duration {
	wait := retryablehttp.DefaultBackoff(least, most, attempt, resp)
	if resp != nil && resp.Header.Get("Retry-After") != "" {
		return min(wait, 2*time.Minute)
	}
	return wait/2 + rand.N(wait/2+1)
}

// Read implements Source. What an answer's page holds is given out as one page.
func (r *restSource) Read(ctx context.Context, q Request, yield func(*Page) error) (string, error) {
	var mark restMark
	if q.Mark != "" {
		if err := json.Unmarshal([]byte(q.Mark), &mark); err != nil {
			return "", fmt.Errorf("reading the mark of %s: %w", r.name, err)
		}
	}
	inc := r.set.Incremental
	resumed := mark.Next != "" && q.Since.IsZero() && q.To.IsZero()
	until := q.Until.Add(-inc.Lag)
	since := mark.Since
	switch {
	case !q.Since.IsZero():
		since = q.Since
	case resumed:
		until = mark.Until
	case !mark.Until.IsZero():
		since = mark.Until.Add(-inc.LookBack)
	}
	w := &restWalk{restSource: r, request: q, yield: yield, since: since, until: until, page: &Page{Columns: q.Columns}}
	w.page.Place = w.place
	w.json = newJSONReader(q.Columns, r.set.Records, r.set.Paging.Next)
	token := ""
	if resumed {
		token = mark.Next
	}
	err := w.pages(ctx, token)
	if refused := (*statusError)(nil); resumed && w.number == 0 && errors.As(err, &refused) && refused.code >= 400 && refused.code < 500 {
		r.log.Info("the place to go on with is no longer known; reading from the start", "dataset", r.name)
		err = w.pages(ctx, "")
	}
	if err != nil {
		return "", err
	}
	return w.mark(""), nil
}

// restWalk is one reading from the first page to the last.
type restWalk struct {
	*restSource
	request Request
	yield   func(*Page) error
	since   time.Time
	until   time.Time
	page    *Page
	json    *jsonReader
	number  int // pages read
	body    bytes.Buffer
	answer  jsonAnswer
	link    string
}

func (w *restWalk) place(row, _ int) string {
	return fmt.Sprintf("%s page %d record %d", w.name, w.number, row+1)
}

func (w *restWalk) mark(next string) string {
	m := restMark{Until: w.until.UTC(), Next: next}
	if next != "" {
		m.Since = w.since.UTC()
	}
	b, _ := json.Marshal(m) //nolint:errchkjson // times and a text always can be written
	return string(b)
}

func (w *restWalk) pages(ctx context.Context, token string) error {
	seen := map[string]bool{token: true}
	for range maxPages {
		address, err := w.address(token)
		if err != nil {
			return err
		}
		if err := w.fetch(ctx, address); err != nil {
			return fmt.Errorf("reading %s page %d: %w", w.name, w.number+1, err)
		}
		w.number++
		next := w.next(token)
		if next != "" {
			if seen[next] {
				return khue.Errorf(khue.Unavailable, "nguồn trả lại trang cũ của %s sau trang %d: con trỏ không tiến",
					"the source gives the same page of %s again after page %d: its cursor does not move on", w.name, w.number)
			}
			seen[next] = true
			w.page.Mark = func() string { return w.mark(next) }
		}
		if err := w.yield(w.page); err != nil {
			return err
		}
		if next == "" {
			return nil
		}
		token = next
	}
	return fmt.Errorf("reading %s: more than %d pages", w.name, maxPages)
}

// next is the token of the page after the one just read; "" after the last.
func (w *restWalk) next(token string) string {
	p := w.set.Paging
	switch p.Kind {
	case "cursor":
		return w.answer.next
	case "link":
		return w.link
	case "page", "offset":
		if w.answer.records < p.Size {
			return ""
		}
		n, step := w.first(), 1
		if token != "" {
			n, _ = strconv.Atoi(token)
		}
		if p.Kind == "offset" {
			step = p.Size
		}
		return strconv.Itoa(n + step)
	}
	return ""
}

func (w *restWalk) first() int {
	switch {
	case w.set.Paging.First != nil:
		return *w.set.Paging.First
	case w.set.Paging.Kind == "page":
		return 1
	}
	return 0
}

const momentForm = "2006-01-02T15:04:05.000Z"

// address is that of a page.
func (w *restWalk) address(token string) (string, error) {
	p := w.set.Paging
	if p.Kind == "link" && token != "" {
		return token, nil
	}
	u, err := url.Parse(strings.TrimSuffix(w.config.URL, "/") + "/" + strings.TrimPrefix(w.set.Path, "/"))
	if err != nil {
		return "", fmt.Errorf("making the address of %s: %w", w.name, err)
	}
	q := u.Query()
	for k, v := range w.set.Parameters {
		q.Set(k, v)
	}
	if inc := w.set.Incremental; inc.Parameter != "" {
		if !w.since.IsZero() {
			q.Set(inc.Parameter, w.since.UTC().Format(momentForm))
		}
		to := w.until
		if !w.request.To.IsZero() {
			to = w.request.To
		}
		if inc.UntilParameter != "" {
			q.Set(inc.UntilParameter, to.UTC().Format(momentForm))
		}
	}
	if p.SizeParameter != "" {
		q.Set(p.SizeParameter, strconv.Itoa(p.Size))
	}
	switch {
	case token != "":
		q.Set(p.Parameter, token)
	case p.Kind == "page" || p.Kind == "offset":
		q.Set(p.Parameter, strconv.Itoa(w.first()))
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}
