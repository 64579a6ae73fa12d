package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"khue"
)

// restSource reads a list from a REST interface that answers in JSON. It walks
// from page to page; what a page is asked with is made in restquestion.go, what
// comes back is read in restanswer.go, and all that may happen on the way (tries,
// rate limit, credentials, time-out, size) is put around the connection in
// restclient.go.
type restSource struct {
	name   string // of the dataset, for places
	config SourceConfig
	set    DatasetConfig
	client *restClient
	log    *slog.Logger
}

// restMark is what a REST source stores. Until stands for everything that changed
// up to it; Next, while a long reading is under way, is the page to go on with.
// ETag and Modified are those of a list that came whole in one answer, and Of tells
// how it was read: a list that did not change need not come again to the same mapping.
type restMark struct {
	Until    time.Time `json:"until,omitzero"`
	Since    time.Time `json:"since,omitzero"`
	Next     string    `json:"next,omitempty"`
	ETag     string    `json:"etag,omitempty"`
	Modified string    `json:"modified,omitempty"`
	Of       string    `json:"of,omitempty"`
}

const (
	defaultTimeout  = 60 * time.Second
	defaultMaxBody  = 64 << 20
	defaultMaxPages = 1_000_000
	maxEmptyPages   = 1_000
)

func newREST(name string, c SourceConfig, set DatasetConfig, link *restLink, log *slog.Logger) *restSource {
	return &restSource{name: name, config: c, set: set, client: newRESTClient(c, link), log: log}
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
	plain := q.Since.IsZero() && q.To.IsZero()
	resumed := mark.Next != "" && plain
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
	w.json = newJSONReader(q.Columns, r.set)
	token := ""
	if resumed {
		token = mark.Next
	} else if plain && mark.Of == r.form(q.Columns) {
		w.etag, w.modified = mark.ETag, mark.Modified
	}
	err := w.pages(ctx, token)
	if refused := (*statusError)(nil); resumed && w.number == 0 && errors.As(err, &refused) && refused.code >= 400 && refused.code < 500 {
		r.log.Info("the place to go on with is no longer known; reading from the start", "dataset", r.name)
		resumed = false
		err = w.pages(ctx, "")
	}
	if err != nil {
		return "", err
	}
	if !resumed && !w.unchanged {
		w.tell()
	}
	return w.mark(""), nil
}

// form stands for what is asked and how it is mapped: what came unchanged must
// come again all the same once one of these is another.
func (r *restSource) form(columns []string) string {
	h := fnv.New64a()
	b, _ := json.Marshal([]any{r.config.URL, r.set, columns}) //nolint:errchkjson // texts, numbers and maps always can be written
	_, _ = h.Write(b)
	return strconv.FormatUint(h.Sum64(), 36)
}

// whole tells whether each reading is of the whole list, so that its validators
// say whether anything changed.
func (r *restSource) whole() bool {
	return r.set.Incremental.Parameter == "" && (r.set.Conditional == nil || *r.set.Conditional)
}

// restWalk is one reading from the first page to the last.
type restWalk struct {
	*restSource
	request   Request
	yield     func(*Page) error
	since     time.Time
	until     time.Time
	page      *Page
	json      *jsonReader
	number    int // pages read
	empty     int // pages without records, one after the other
	answer    jsonAnswer
	link      string
	etag      string // of the list read last, or of this one once it has come
	modified  string
	unchanged bool
	total     [2]string // what the first and the last page say of the whole list
	size      int       // records of a page that is full
	probing   bool      // the page before was the first and not full: is there one after it?
	seen      map[uint64]int
}

func (w *restWalk) place(row, _ int) string {
	return fmt.Sprintf("%s page %d record %d", w.name, w.number, row+1)
}

func (w *restWalk) mark(next string) string {
	m := restMark{Until: w.until.UTC(), Next: next}
	if next != "" {
		m.Since = w.since.UTC()
	} else if w.whole() && w.number <= 1 && (w.etag != "" || w.modified != "") {
		m.ETag, m.Modified, m.Of = w.etag, w.modified, w.form(w.request.Columns)
	}
	b, _ := json.Marshal(m) //nolint:errchkjson // times and texts always can be written
	return string(b)
}

func (w *restWalk) pages(ctx context.Context, token string) error {
	tokens := map[string]bool{token: true}
	w.seen, w.size, w.probing = make(map[uint64]int), w.set.Paging.Size, false
	most := w.set.Paging.MaxPages
	if most == 0 {
		most = defaultMaxPages
	}
	for range most {
		req, err := w.question(ctx, token)
		if err != nil {
			return err
		}
		err = w.client.ask(req, w.take)
		if w.number > 0 && w.wasLast(err) {
			return nil
		}
		if err != nil {
			return khue.While(err, "đọc %s trang %d", "reading %s page %d", w.name, w.number+1)
		}
		w.number++
		if w.unchanged {
			w.log.Info("the source says that nothing changed", "dataset", w.name)
			return nil
		}
		next := w.next(token)
		if err := w.movesOn(tokens, next); err != nil {
			return err
		}
		if next != "" && !w.probing {
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
	return khue.Errorf(khue.Unavailable, "%s có hơn %d trang (paging.max_pages): danh sách không kết thúc",
		"%s has more than %d pages (paging.max_pages): the list does not end", w.name, most)
}

// tell passes on how long the source says the list is. A list that grew or shrank
// while it was read is held to nothing.
func (w *restWalk) tell() {
	by := w.set.Paging.Total
	if by == "" {
		by = w.set.Paging.TotalHeader
	}
	if by == "" || w.request.Told == nil {
		return
	}
	n, err := strconv.ParseInt(w.total[1], 10, 64)
	switch {
	case err != nil:
		w.log.Warn("the source gives no number of records where one was expected", "dataset", w.name, "at", by, "read", w.total[1])
	case w.total[0] != w.total[1]:
		w.log.Warn("the list changed its length while it was read; this reading is held to no count", "dataset", w.name, "first", w.total[0], "last", w.total[1])
	default:
		w.request.Told(Totals{Rows: n, By: by})
	}
}

// statusError is an answer that says no.
type statusError struct {
	code int
	says *khue.Error
}

func (e *statusError) Error() string { return e.says.Error() }

// Unwrap gives what a reader is told.
func (e *statusError) Unwrap() error { return e.says }

// refusal repeats the beginning of what the source says beside its status.
func refusal(code int, body []byte) *statusError {
	said := http.StatusText(code)
	if s := excerpt(body); s != "" {
		said += ": " + s
	}
	return &statusError{code, khue.Errorf(khue.Unavailable, "nguồn trả lời %d %s", "the source answers %d %s", code, said)}
}
