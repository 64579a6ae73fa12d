package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/hashicorp/go-retryablehttp"

	"khue"
)

// statusError is an answer that says no.
type statusError struct {
	code int
	says string
}

func (e *statusError) Error() string {
	if e.says == "" {
		return "the source answers " + strconv.Itoa(e.code) + " " + http.StatusText(e.code)
	}
	return fmt.Sprintf("the source answers %d %s: %s", e.code, http.StatusText(e.code), e.says)
}

// fetch reads a page. A body that is cut or no JSON counts as a failed try, and
// nothing of it stays.
func (w *restWalk) fetch(ctx context.Context, address string) error {
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return &permanentError{err}
	}
	req.Header.Set("Accept", "application/json")
	if err := w.authorise(req, address); err != nil {
		return err
	}
	req.SetResponseHandler(func(resp *http.Response) error { return w.take(resp) })
	resp, err := w.client.Do(req)
	if resp != nil {
		_ = resp.Body.Close()
	}
	var status *statusError
	if errors.As(err, &status) && (status.code == http.StatusUnauthorized || status.code == http.StatusForbidden) {
		return khue.Errorf(khue.Forbidden, "nguồn từ chối thông tin truy cập (mã %d); hãy kiểm tra auth",
			"the source does not accept our credentials (status %d); check auth", status.code).Because(err)
	}
	if err != nil && ctx.Err() == nil {
		return khue.Errorf(khue.Unavailable, "nguồn không trả lời đúng cách", "the source does not answer as it should").Because(err)
	}
	return err
}

// authorise shows who we are, to the source's own host only.
func (w *restWalk) authorise(req *retryablehttp.Request, address string) error {
	own, err := url.Parse(w.config.URL)
	if err != nil {
		return fmt.Errorf("reading the address of the source: %w", err)
	}
	if there, err := url.Parse(address); err != nil || there.Host != own.Host || there.Scheme != own.Scheme {
		return khue.Errorf(khue.Invalid, "nguồn chỉ sang một máy chủ khác: %s", "the source points to another host: %s", address)
	}
	a := w.config.Auth
	switch {
	case a.Bearer != "" || a.BearerFile != "":
		token, err := a.Bearer.reveal(a.BearerFile)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
	case a.Username != "":
		password, err := a.Password.reveal(a.PasswordFile)
		if err != nil {
			return err
		}
		req.SetBasicAuth(a.Username, password)
	case a.Header != "":
		key, err := a.Key.reveal(a.KeyFile)
		if err != nil {
			return err
		}
		req.Header.Set(a.Header, key)
	}
	return nil
}

// take reads one answer into the page.
func (w *restWalk) take(resp *http.Response) error {
	w.page.reset()
	w.body.Reset()
	n, err := w.body.ReadFrom(io.LimitReader(resp.Body, w.config.MaxBody+1))
	if err != nil {
		return fmt.Errorf("reading the answer's body: %w", err)
	}
	if n > w.config.MaxBody {
		return &permanentError{fmt.Errorf("the answer is larger than %d bytes (max_body)", w.config.MaxBody)}
	}
	body := bytes.TrimSpace(w.body.Bytes())
	if resp.StatusCode != http.StatusOK {
		return &permanentError{&statusError{resp.StatusCode, excerpt(body)}}
	}
	if len(body) == 0 || body[0] != '{' && body[0] != '[' {
		return fmt.Errorf("expected JSON, the answer (%s) begins with %q", resp.Header.Get("Content-Type"), excerpt(body))
	}
	if w.answer, err = w.json.read(body, w.page); err != nil {
		return fmt.Errorf("reading the answer as JSON: %w", err)
	}
	if !w.answer.found {
		return &permanentError{fmt.Errorf("the answer has no list at %q (records)", w.set.Records)}
	}
	w.link = nextLink(resp)
	w.boundByServer(resp)
	return nil
}

// boundByServer keeps the mark from running ahead of the source's own clock.
func (w *restWalk) boundByServer(resp *http.Response) {
	t, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil || w.number > 0 {
		return
	}
	if t = t.Add(-w.set.Incremental.Lag); t.Before(w.until) {
		w.until = t
	}
}

func excerpt(body []byte) string {
	const most = 120
	s := strings.Join(strings.Fields(string(body[:min(len(body), most)])), " ")
	return strings.ToValidUTF8(s, "?")
}

// nextLink is the address that the Link header calls "next".
func nextLink(resp *http.Response) string {
	for _, header := range resp.Header.Values("Link") {
		for link := range strings.SplitSeq(header, ",") {
			target, params, ok := strings.Cut(strings.TrimSpace(link), ">")
			if !ok || !strings.HasPrefix(target, "<") || !strings.Contains(strings.ReplaceAll(params, `"`, ""), "rel=next") {
				continue
			}
			u, err := resp.Request.URL.Parse(target[1:])
			if err == nil {
				return u.String()
			}
		}
	}
	return ""
}
