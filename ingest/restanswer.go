package ingest

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"khue"
)

// take reads one answer into the page; what it returns as permanent is not asked again.
func (w *restWalk) take(resp *http.Response, body []byte) error {
	w.page.reset()
	body = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(body), []byte("\uFEFF")))
	switch {
	case resp.StatusCode == http.StatusNotModified && resp.Request.Header.Get("If-None-Match")+resp.Request.Header.Get("If-Modified-Since") != "":
		w.unchanged = true
		return nil
	case resp.StatusCode != http.StatusOK:
		return &permanentError{refusal(resp.StatusCode, body)}
	}
	lines := w.set.Lines || isLines(resp)
	if len(body) == 0 && !lines || len(body) > 0 && body[0] != '{' && body[0] != '[' {
		return w.noJSON(resp, body)
	}
	var err error
	if w.answer, err = w.json.read(body, w.page, lines); err != nil {
		return khue.While(notJSON(err), "đọc câu trả lời như JSON", "reading the answer as JSON")
	}
	if !w.answer.found {
		return &permanentError{noRecords(w.json.shape, w.set.Records)}
	}
	w.link = nextLink(resp)
	total := w.answer.total
	if h := w.set.Paging.TotalHeader; h != "" {
		total = strings.TrimSpace(resp.Header.Get(h))
	}
	if w.number == 0 {
		w.total[0] = total
		w.etag, w.modified = resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
		w.boundByServer(resp)
	}
	w.total[1] = total
	return nil
}

// notJSON tells an answer that was cut off from one that was never JSON.
func notJSON(err error) error {
	var said *khue.Error
	switch {
	case errors.As(err, &said):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return khue.Errorf(khue.Unavailable, "câu trả lời bị cắt giữa chừng", "the answer is cut off").Because(err)
	}
	return khue.Errorf(khue.Unavailable, "câu trả lời không đúng cú pháp JSON", "the answer is no valid JSON").Because(err)
}

// noRecordsError is an answer in JSON that holds no records where they were expected.
type noRecordsError struct{ says *khue.Error }

func (e *noRecordsError) Error() string { return e.says.Error() }

// Unwrap gives what a reader is told.
func (e *noRecordsError) Unwrap() error { return e.says }

func noRecords(shape, path string) error {
	what := map[string]khue.Text{
		shapeList: {VI: "danh sách", EN: "list"}, shapeMap: {VI: "đối tượng gồm các bản ghi", EN: "map"}, shapeObject: {VI: "đối tượng", EN: "object"},
	}[shape]
	return &noRecordsError{khue.Errorf(khue.Invalid, "câu trả lời không có %[1]s tại %[3]q (records)", "the answer has no %[2]s at %[3]q (records)", what.VI, what.EN, path)}
}

// noJSON says what came instead. A page after a redirect is one to log in at; any
// other may be a notice that passes.
func (w *restWalk) noJSON(resp *http.Response, body []byte) error {
	kind := resp.Header.Get("Content-Type")
	err := khue.Errorf(khue.Unavailable, "cần JSON, nhưng câu trả lời (%s) bắt đầu bằng %q", "expected JSON, the answer (%s) begins with %q", kind, excerpt(body))
	if at := resp.Request.URL; resp.Request.Response != nil && isHTML(kind, body) {
		return &permanentError{khue.Errorf(khue.Forbidden, "nguồn chuyển sang một trang web (%s), có lẽ là trang đăng nhập; hãy kiểm tra auth và path",
			"the source redirects to a web page (%s), a page to log in at perhaps; check auth and path", at.Path).Because(err)}
	}
	return err
}

func isHTML(kind string, body []byte) bool {
	return strings.Contains(kind, "html") || bytes.HasPrefix(body, []byte("<"))
}

// isLines tells an answer that holds a record a line.
func isLines(resp *http.Response) bool {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch kind {
	case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/jsonlines":
		return true
	}
	return false
}

// boundByServer keeps the mark from running ahead of the source's own clock.
func (w *restWalk) boundByServer(resp *http.Response) {
	t, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
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

// A link as RFC 8288 writes it: an address, which may hold commas, and its
// parameters, whose values may be quoted.
var (
	linkForm = regexp.MustCompile(`<([^>]*)>((?:\s*;\s*[^,;="\s]+(?:\s*=\s*(?:"[^"]*"|[^",;\s]*))?)*)`)
	relForm  = regexp.MustCompile(`(?i);\s*rel\s*=\s*(?:"([^"]*)"|([^",;\s]*))`)
)

// nextLink is the address that the Link header calls "next".
func nextLink(resp *http.Response) string {
	for _, h := range resp.Header.Values("Link") {
		for _, link := range linkForm.FindAllStringSubmatch(h, -1) {
			rel := relForm.FindStringSubmatch(link[2])
			if rel == nil || !slices.Contains(strings.Fields(strings.ToLower(rel[1]+rel[2])), "next") {
				continue
			}
			if u, err := resp.Request.URL.Parse(link[1]); err == nil {
				return u.String()
			}
		}
	}
	return ""
}
