package ingest

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"khue"
)

// wholeAnswer is a http.RoundTripper that gives answers complete: a try has a time
// for all of it, down to the last byte, and a size that it may have unpacked. Its
// memory is used again for the next answer.
type wholeAnswer struct {
	next    http.RoundTripper
	timeout time.Duration
	most    int64
	buffer  bytes.Buffer
}

// wholeBody is a body that is all there.
type wholeBody struct {
	*bytes.Reader
	all []byte
}

func (wholeBody) Close() error { return nil }

// bodyOf is all of an answer's body, without copying it where it is there already.
func bodyOf(resp *http.Response) ([]byte, error) {
	if b, ok := resp.Body.(wholeBody); ok {
		return b.all, nil
	}
	return io.ReadAll(resp.Body)
}

// RoundTrip implements http.RoundTripper.
func (t *wholeAnswer) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(r.Context(), t.timeout)
	defer cancel()
	resp, err := t.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	t.buffer.Reset()
	if err := t.fill(resp.Body); err != nil {
		return nil, err
	}
	if b := t.buffer.Bytes(); len(b) > 2 && b[0] == 0x1f && b[1] == 0x8b { // packed, and nobody had said so
		packed := bytes.Clone(b)
		t.buffer.Reset()
		unpacked, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, khue.Errorf(khue.Unavailable, "không giải nén được câu trả lời", "the answer cannot be unpacked").Because(err)
		}
		if err := t.fill(unpacked); err != nil {
			return nil, err
		}
	}
	all := t.buffer.Bytes()
	resp.Request = r
	resp.Body = wholeBody{bytes.NewReader(all), all}
	return resp, nil
}

// fill reads a body to its end. What the transport unpacks is counted unpacked.
func (t *wholeAnswer) fill(body io.Reader) error {
	n, err := t.buffer.ReadFrom(io.LimitReader(body, t.most+1))
	if err != nil {
		return khue.While(err, "đọc nội dung câu trả lời", "reading the answer's body")
	}
	if n > t.most {
		return &permanentError{khue.Errorf(khue.Invalid, "câu trả lời sau khi giải nén lớn hơn %d byte (max_body)",
			"the answer, unpacked, is larger than %d bytes (max_body)", t.most)}
	}
	return nil
}

// rateLimited is a http.RoundTripper that keeps all requests to a source apart.
type rateLimited struct {
	next    http.RoundTripper
	limiter *rate.Limiter
}

// RoundTrip implements http.RoundTripper.
func (t *rateLimited) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := t.limiter.Wait(r.Context()); err != nil {
		return nil, fmt.Errorf("waiting for the rate limit: %w", err)
	}
	return t.next.RoundTrip(r)
}

// parseRate reads "5/s", "100/m" or "1000/h".
func parseRate(s string) (rate.Limit, error) {
	count, per, _ := strings.Cut(s, "/")
	n, err := strconv.ParseFloat(strings.TrimSpace(count), 64)
	unit := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}[strings.TrimSpace(per)]
	if err != nil || n <= 0 || unit == 0 {
		return 0, khue.Errorf(khue.Invalid, "rate_limit viết như 5/s, 100/m hoặc 1000/h, không phải %q", "rate_limit is written like 5/s, 100/m or 1000/h, not %q", s)
	}
	return rate.Limit(n / unit.Seconds()), nil
}

// authorised is a http.RoundTripper that shows who we are, to the source's own host
// only. A token that was refused is got anew once.
type authorised struct {
	next   http.RoundTripper
	own    *url.URL
	secret credential
}

// RoundTrip implements http.RoundTripper.
func (t *authorised) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := within(t.own, r.URL); err != nil {
		return nil, err
	}
	if t.secret == nil {
		return t.next.RoundTrip(r)
	}
	shown, err := t.secret.header(r.Context(), "")
	if err != nil {
		return nil, err
	}
	resp, err := t.ask(r, shown)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	other, err := t.secret.header(r.Context(), shown.value)
	if err != nil {
		return nil, err
	}
	if other == shown || r.Body != nil && r.GetBody == nil {
		return resp, nil
	}
	r = r.Clone(r.Context())
	if r.GetBody != nil {
		if r.Body, err = r.GetBody(); err != nil {
			return nil, fmt.Errorf("sending the request again: %w", err)
		}
	}
	return t.ask(r, other)
}

// ask shows a credential, and takes it out of what the source says when it gives no
// data: some repeat what they refuse, and what they say is told and kept.
func (t *authorised) ask(r *http.Request, shown headerLine) (*http.Response, error) {
	resp, err := t.next.RoundTrip(t.with(r, shown))
	if err != nil {
		return nil, err
	}
	body, whole := resp.Body.(wholeBody)
	if !whole || resp.StatusCode == http.StatusOK && bytes.ContainsAny(bytes.TrimSpace(body.all[:min(len(body.all), 10)]), "{[") {
		return resp, nil
	}
	all := []byte(shown.hiddenIn(string(body.all)))
	resp.Body = wholeBody{bytes.NewReader(all), all}
	return resp, nil
}

// hiddenIn is a text without the secret that a header shows.
func (h headerLine) hiddenIn(text string) string {
	_, secret, found := strings.Cut(h.value, " ")
	if !found {
		secret = h.value
	}
	secrets := []string{h.value, secret}
	if decoded, err := base64.StdEncoding.DecodeString(secret); err == nil {
		_, password, _ := strings.Cut(string(decoded), ":")
		secrets = append(secrets, string(decoded), password)
	}
	for _, s := range secrets {
		for _, guise := range []string{s, url.QueryEscape(s), base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s))} {
			if len(guise) > 3 { // shorter ones hide nothing and are in every text
				text = strings.ReplaceAll(text, guise, redacted)
			}
		}
	}
	return text
}

func (t *authorised) with(r *http.Request, h headerLine) *http.Request {
	c := r.Clone(r.Context())
	c.Header.Set(h.name, h.value)
	return c
}

func within(own, there *url.URL) error {
	if there.Host == own.Host && there.Scheme == own.Scheme {
		return nil
	}
	return &permanentError{khue.Errorf(khue.Invalid, "nguồn chỉ sang một máy chủ khác: %s", "the source points to another host: %s", there.Scheme+"://"+there.Host)}
}

// redirectWithin follows a few redirects on the source's own host.
func redirectWithin(own *url.URL) func(*http.Request, []*http.Request) error {
	return func(r *http.Request, via []*http.Request) error {
		if len(via) >= 5 {
			return &permanentError{khue.Errorf(khue.Unavailable, "nguồn chuyển hướng hơn %d lần", "the source redirects more than %d times", len(via))}
		}
		return within(own, r.URL)
	}
}
