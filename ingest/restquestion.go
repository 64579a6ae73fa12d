package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/hashicorp/go-retryablehttp"
)

// momentForm is how moments are written in questions.
const momentForm = "2006-01-02T15:04:05.000Z"

// question is the request for a page. With POST, everything that would stand in
// the address is put into the body instead, at its dotted path.
func (w *restWalk) question(ctx context.Context, token string) (*retryablehttp.Request, error) {
	address := strings.TrimSuffix(w.config.URL, "/") + "/" + strings.TrimPrefix(w.set.Path, "/")
	if w.set.Paging.Kind == "link" && token != "" {
		address, token = token, ""
	} else if w.set.Method != http.MethodPost {
		u, err := url.Parse(address)
		if err != nil {
			return nil, fmt.Errorf("making the address of %s: %w", w.name, err)
		}
		q := u.Query()
		w.parameters(token, func(name string, value any) { q.Set(name, fmt.Sprint(value)) })
		u.RawQuery = q.Encode()
		address = u.String()
	}
	var body any
	if w.set.Method == http.MethodPost {
		b, err := w.body(token)
		if err != nil {
			return nil, err
		}
		body = b
	}
	method := w.set.Method
	if method == "" {
		method = http.MethodGet
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, fmt.Errorf("making the request for %s: %w", w.name, err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	if w.set.Lines {
		req.Header.Set("Accept", "application/x-ndjson, application/json")
	}
	req.Header.Set("User-Agent", "khue")
	if w.whole() && w.number == 0 {
		if w.etag != "" {
			req.Header.Set("If-None-Match", w.etag)
		}
		if w.modified != "" {
			req.Header.Set("If-Modified-Since", w.modified)
		}
	}
	return req, nil
}

// parameters gives all that a page is asked with.
func (w *restWalk) parameters(token string, set func(name string, value any)) {
	for _, name := range names(w.set.Parameters) {
		set(name, w.set.Parameters[name])
	}
	if inc := w.set.Incremental; inc.Parameter != "" {
		if !w.since.IsZero() {
			set(inc.Parameter, w.since.UTC().Format(momentForm))
		}
		to := w.until
		if !w.request.To.IsZero() {
			to = w.request.To
		}
		if inc.UntilParameter != "" {
			set(inc.UntilParameter, to.UTC().Format(momentForm))
		}
	}
	p := w.set.Paging
	if p.SizeParameter != "" {
		set(p.SizeParameter, p.Size)
	}
	counted := p.Kind == "page" || p.Kind == "offset"
	switch {
	case token != "" && counted:
		n, _ := strconv.Atoi(token) // our own writing
		set(p.Parameter, n)
	case token != "":
		set(p.Parameter, token)
	case counted:
		set(p.Parameter, w.first())
	}
}

// body is the configured body with the parameters put in.
func (w *restWalk) body(token string) ([]byte, error) {
	top, _ := copyOf(w.set.Body).(map[string]any)
	if top == nil {
		top = make(map[string]any)
	}
	var fault error
	w.parameters(token, func(name string, value any) {
		at, rest := top, strings.Split(name, ".")
		for ; len(rest) > 1; rest = rest[1:] {
			inner, ok := at[rest[0]].(map[string]any)
			if !ok {
				if at[rest[0]] != nil {
					fault = fmt.Errorf("the body of %s holds a value at %q, where %q needs an object", w.name, rest[0], name)
					return
				}
				inner = make(map[string]any)
				at[rest[0]] = inner
			}
			at = inner
		}
		at[rest[0]] = value
	})
	if fault != nil {
		return nil, fault
	}
	b, err := json.Marshal(top)
	if err != nil {
		return nil, fmt.Errorf("writing the body for %s: %w", w.name, err)
	}
	return b, nil
}

// copyOf copies the objects of a tree; a page's parameters must not stay in the next.
func copyOf(v any) any {
	m, ok := v.(map[string]any)
	if !ok || m == nil {
		return v
	}
	c := make(map[string]any, len(m))
	for k, x := range m {
		c[k] = copyOf(x)
	}
	return c
}
