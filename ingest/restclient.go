package ingest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/time/rate"

	"khue"
)

// restLink is what all readings of one REST source share, also those that run side
// by side: its connections, its rate limit and the token that was got for it.
type restLink struct {
	base    http.RoundTripper
	limiter *rate.Limiter // nil where there is no limit
	secret  credential
	err     error // why there is none
}

func newRESTLink(c SourceConfig) *restLink {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxIdleConnsPerHost = 4
	l := &restLink{base: base}
	if c.CAFile != "" {
		base.TLSClientConfig, l.err = trusting(c.CAFile)
	}
	if c.RateLimit != "" {
		limit, err := parseRate(c.RateLimit)
		if err != nil {
			l.err = err
		}
		l.limiter = rate.NewLimiter(limit, 1)
	}
	l.secret = c.Auth.credential(&http.Client{Transport: base, Timeout: c.requestTimeout(), CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // a secret is not carried on to somewhere else
	}})
	return l
}

// trusting adds the authorities in a file to those that the system trusts.
func trusting(file string) (*tls.Config, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading ca_file: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, khue.Errorf(khue.Invalid, "ca_file %s không có chứng chỉ nào ở dạng PEM", "ca_file %s holds no certificate in PEM form", file)
	}
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, nil
}

func (c SourceConfig) requestTimeout() time.Duration {
	if c.Timeout == 0 {
		return defaultTimeout
	}
	return c.Timeout
}

// restClient asks questions of one source for one reading. Around the connection
// stand, from the inside out: the whole answer within its time and size
// (wholeAnswer), the source's own host and our credentials (authorised), the rate
// limit (rateLimited), and the tries (retryablehttp).
type restClient struct {
	http    *retryablehttp.Client
	timeout time.Duration
	err     error
}

func newRESTClient(c SourceConfig, link *restLink) *restClient {
	if link == nil {
		link = newRESTLink(c)
	}
	own, err := url.Parse(c.URL)
	if err != nil {
		own, link = &url.URL{}, &restLink{base: link.base, err: fmt.Errorf("reading the address of the source: %w", err)}
	}
	most := c.MaxBody
	if most == 0 {
		most = defaultMaxBody
	}
	var way http.RoundTripper = &wholeAnswer{next: link.base, timeout: c.requestTimeout(), most: most}
	way = &authorised{next: way, own: own, secret: link.secret}
	if link.limiter != nil {
		way = &rateLimited{next: way, limiter: link.limiter}
	}
	retry := c.Retry.complete()
	client := retryablehttp.NewClient()
	client.Logger = nil
	client.HTTPClient = &http.Client{Transport: way, CheckRedirect: redirectWithin(own)}
	client.RetryMax, client.RetryWaitMin, client.RetryWaitMax = retry.Max, retry.Wait, retry.MaxWait
	client.CheckRetry, client.Backoff, client.ErrorHandler = retryUnlessPermanent, backoffWithJitter, lastWord
	return &restClient{http: client, timeout: c.requestTimeout(), err: link.err}
}

// ask gets the answer to a question and has it read; an answer that cannot be read
// counts as a failed try like any other.
func (c *restClient) ask(req *retryablehttp.Request, take func(*http.Response, []byte) error) error {
	if c.err != nil {
		return c.err
	}
	req.SetResponseHandler(func(resp *http.Response) error {
		body, err := bodyOf(resp)
		if err != nil {
			return err
		}
		return take(resp, body)
	})
	resp, err := c.http.Do(req)
	if resp != nil {
		_ = resp.Body.Close()
	}
	if err == nil || req.Context().Err() != nil {
		return err
	}
	return c.explain(err)
}

// explain says what a person can do about a source that does not answer.
func (c *restClient) explain(err error) error {
	var status *statusError
	if errors.As(err, &status) && (status.code == http.StatusUnauthorized || status.code == http.StatusForbidden) {
		return khue.Errorf(khue.Forbidden, "nguồn từ chối thông tin truy cập (mã %d); hãy kiểm tra auth",
			"the source does not accept our credentials (status %d); check auth", status.code).Because(err)
	}
	var said *khue.Error
	if errors.As(err, &said) {
		return err
	}
	var unknown x509.UnknownAuthorityError
	var named x509.HostnameError
	var invalid x509.CertificateInvalidError
	if errors.As(err, &unknown) || errors.As(err, &named) || errors.As(err, &invalid) {
		return khue.Errorf(khue.Unavailable, "chứng chỉ của nguồn không được tin cậy; nếu là chứng chỉ nội bộ, hãy đặt ca_file",
			"the source's certificate is not trusted; if it is of an authority of your own, give ca_file").Because(err)
	}
	var network net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout() {
		return khue.Errorf(khue.Unavailable, "nguồn không trả lời trọn vẹn trong %s (timeout)", "the source did not answer in full within %s (timeout)", c.timeout).Because(err)
	}
	return khue.Errorf(khue.Unavailable, "nguồn không trả lời đúng cách", "the source does not answer as it should").Because(err)
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

// lastWord is the error after the last try: what the source said, without the
// address, which may hold a key.
func lastWord(resp *http.Response, err error, tries int) (*http.Response, error) {
	if resp != nil {
		defer func() { _ = resp.Body.Close() }()
	}
	var address *url.Error
	switch {
	case errors.As(err, &address):
		err = address.Err
	case resp != nil && resp.StatusCode != http.StatusOK:
		body, _ := bodyOf(resp)
		err = refusal(resp.StatusCode, body)
	}
	if tries > 1 {
		err = khue.While(err, "sau %d lần thử", "after %d tries", tries)
	}
	return nil, err
}

// longestRetryAfter bounds what a source can make us wait.
const longestRetryAfter = 2 * time.Minute

// backoffWithJitter keeps to Retry-After where the server names one, up to two
// minutes; else it waits longer each time, by a random part, so that several
// pulls do not come back at once.
func backoffWithJitter(least, most time.Duration, attempt int, resp *http.Response) time.Duration {
	wait := retryablehttp.DefaultBackoff(least, most, attempt, resp)
	if resp != nil && resp.Header.Get("Retry-After") != "" {
		return min(wait, longestRetryAfter)
	}
	return wait/2 + rand.N(wait/2+1)
}
