package demo

import (
	"bytes"
	"compress/gzip"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"khue"
)

const (
	defaultLimit = 200
	greatLimit   = 1000
)

// server answers for the registry over HTTP.
type server struct {
	registry *registry
	token    string
	seed     uint64
	faults   bool

	mu     sync.Mutex
	asked  uint64          // authorised requests so far
	failed map[string]bool // paths whose last answer was a simulated failure
}

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	for _, resource := range []string{"members", "activities", "initiatives"} {
		mux.HandleFunc("GET /v1/"+resource, func(w http.ResponseWriter, r *http.Request) { s.list(w, r, resource) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "not_found", khue.Text{VI: "không có địa chỉ này", EN: "there is no such address"})
	})
	return mux
}

func (s *server) list(w http.ResponseWriter, r *http.Request, resource string) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || subtle.ConstantTimeCompare([]byte(token), []byte(s.token)) != 1 {
		w.Header().Set("WWW-Authenticate", `Bearer realm="registry"`)
		refuse(w, http.StatusUnauthorized, "unauthorized", khue.Text{VI: "thiếu mã truy cập hoặc mã không đúng", EN: "the access token is missing or wrong"})
		return
	}
	q, fault := readQuery(r, resource)
	if fault.EN != "" {
		refuse(w, http.StatusBadRequest, "invalid_parameter", fault)
		return
	}
	switch s.stumble(r.URL.Path) {
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusTooManyRequests, "too_many_requests", khue.Text{VI: "quá nhiều yêu cầu, hãy thử lại sau 1 giây", EN: "too many requests, try again in 1 second"})
	case http.StatusInternalServerError:
		refuse(w, http.StatusInternalServerError, "internal", khue.Text{VI: "máy chủ gặp lỗi tạm thời (mô phỏng)", EN: "the server had a passing fault (simulated)"})
	default:
		s.answer(w, r, resource, q)
	}
}

// stumble decides whether to fail on purpose: about one request in fifteen, the
// same ones after every start, and never twice in a row for one path.
func (s *server) stumble(path string) int {
	if !s.faults {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	d := newDice(s.seed, faultStream, s.asked)
	if s.failed[path] || !d.chance(1.0/14) {
		s.failed[path] = false
		return 0
	}
	s.failed[path] = true
	return one(d, []int{http.StatusTooManyRequests, http.StatusInternalServerError})
}

// query is what a caller asked of a collection.
type query struct {
	limit  int
	at     time.Time // from here on
	id     string
	cursor bool
}

// readQuery reads the parameters; a fault says what is wrong with them.
func readQuery(r *http.Request, resource string) (q query, fault khue.Text) {
	form := r.URL.Query()
	q.limit = defaultLimit
	if v := form.Get("limit"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > greatLimit {
			return q, khue.Text{VI: "limit phải là số từ 1 đến 1000", EN: "limit must be a number from 1 to 1000"}
		}
		q.limit = n
	}
	if v := form.Get("updated_since"); v != "" {
		t, err := time.Parse(time.RFC3339Nano, v)
		if err != nil {
			return q, khue.Text{VI: "updated_since phải theo dạng RFC 3339, ví dụ 2026-01-31T00:00:00Z", EN: "updated_since must be in RFC 3339 form, such as 2026-01-31T00:00:00Z"}
		}
		q.at = t
	}
	if v := form.Get("cursor"); v != "" {
		at, id, ok := readCursor(v, resource)
		if !ok {
			return q, khue.Text{VI: "cursor không hợp lệ; hãy dùng nguyên next_cursor đã nhận", EN: "the cursor is not valid; use next_cursor as it was received"}
		}
		if !at.Before(q.at) {
			q.at, q.id, q.cursor = at, id, true
		}
	}
	return q, khue.Text{}
}

// A cursor names the last entry of a page and the collection it belongs to.
func writeCursor(resource string, e entry) string {
	return base64.RawURLEncoding.EncodeToString([]byte(resource + "|" + e.at.UTC().Format(stampForm) + "|" + e.id))
}

func readCursor(text, resource string) (at time.Time, id string, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	parts := strings.Split(string(raw), "|")
	if err != nil || len(parts) != 3 || parts[0] != resource || parts[2] == "" {
		return time.Time{}, "", false
	}
	at, err = time.Parse(stampForm, parts[1])
	return at, parts[2], err == nil
}

// answer sends a page. One page in four begins with the last record of the page
// before it once more, as systems do whose pages overlap.
func (s *server) answer(w http.ResponseWriter, r *http.Request, resource string, q query) {
	var entries []entry
	var more bool
	repeat := q.cursor && q.limit > 1 && scramble(s.seed^uint64(q.at.UnixNano()))%4 == 0
	if last, found := s.registry.entryAt(resource, q.at, q.id); repeat && found {
		entries, more = s.registry.page(resource, q.at, q.id, q.limit-1)
		entries = append([]entry{last}, entries...)
	} else {
		entries, more = s.registry.page(resource, q.at, q.id, q.limit)
	}
	body := struct {
		Data []json.RawMessage `json:"data"`
		Next *string           `json:"next_cursor"`
	}{Data: make([]json.RawMessage, len(entries))}
	for i, e := range entries {
		body.Data[i] = e.body
	}
	if more {
		next := writeCursor(resource, entries[len(entries)-1])
		body.Next = &next
	}
	send(w, http.StatusOK, body, strings.Contains(r.Header.Get("Accept-Encoding"), "gzip"))
}

func refuse(w http.ResponseWriter, status int, code string, message khue.Text) {
	send(w, status, map[string]any{"error": map[string]any{"code": code, "message": message}}, false)
}

func send(w http.ResponseWriter, status int, body any, zip bool) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		http.Error(w, `{"error":{"code":"internal"}}`, http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Data-Notice", "simulated data")
	if !zip {
		w.WriteHeader(status)
		_, _ = w.Write(b.Bytes()) // a caller that went away is no fault of ours
		return
	}
	h.Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	gz := gzip.NewWriter(w)
	_, _ = gz.Write(b.Bytes())
	_ = gz.Close()
}
