package dashboards

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
)

// Where open pages hear that the facts have changed: a stream of events, and the
// same for those who ask now and then instead.
const (
	livePath      = "/live"
	liveStatePath = livePath + "/state"
)

const (
	mostListeners = 256 // open pages that hear of changes; others ask
	lookEvery     = 15 * time.Second
	heartbeat     = 20 * time.Second // keeps what stands between from closing a quiet stream
	writeWithin   = 10 * time.Second
)

// news is the state of the facts as pages compare it.
type news struct {
	State string `json:"state"`
	At    string `json:"at"` // when it was looked at, in the observatory's zone: "10:42"
}

// live tells open pages that the facts have changed. It looks at them only while
// somebody listens.
type live struct {
	look  func(context.Context) (string, error)
	every time.Duration
	done  chan struct{} // closed when the server ends
	end   sync.Once

	mu        sync.Mutex
	listeners map[chan string]struct{}
	stop      context.CancelFunc // of the watch; nil while nobody listens
}

func newLive(look func(context.Context) (string, error), every time.Duration) *live {
	if every <= 0 {
		every = lookEvery
	}
	return &live{look: look, every: every, done: make(chan struct{}), listeners: map[chan string]struct{}{}}
}

// join adds a listener; false when there are too many. The channel holds the
// latest state that the listener has not taken yet.
func (l *live) join() (heard chan string, leave func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.listeners) >= mostListeners {
		return nil, nil, false
	}
	heard = make(chan string, 1)
	l.listeners[heard] = struct{}{}
	if l.stop == nil {
		var ctx context.Context
		ctx, l.stop = context.WithCancel(context.Background())
		go l.watch(ctx)
	}
	return heard, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.listeners, heard)
		if len(l.listeners) == 0 && l.stop != nil {
			l.stop()
			l.stop = nil
		}
	}, true
}

// watch looks at the facts and tells all listeners of each state it finds; they
// know which one their page shows. A look that fails is tried again.
func (l *live) watch(ctx context.Context) {
	tick := time.NewTicker(l.every)
	defer tick.Stop()
	last := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.done:
			return
		case <-tick.C:
		}
		state, err := l.look(ctx)
		if err != nil || state == last {
			continue
		}
		last = state
		l.tell(state)
	}
}

func (l *live) tell(state string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for heard := range l.listeners {
		select {
		case <-heard: // an older one that was not taken
		default:
		}
		heard <- state
	}
}

// Close ends the streams and the work that forms began, so that the server can end;
// no page is told more.
func (s *Site) Close() {
	s.live.end.Do(func() { close(s.live.done) })
	s.underway.stop()
}

// stateTag is a state as pages carry it.
func stateTag(state string) string {
	sum := sha256.Sum256([]byte(state))
	return hex.EncodeToString(sum[:8])
}

// lookAtFacts is the tag of the present state.
func (s *Site) lookAtFacts(ctx context.Context) (string, error) {
	fresh, err := withTimeout(ctx, s.patience, s.service.Freshness)
	if err != nil {
		return "", err
	}
	return tagOf(stateOf(fresh, s.today()), s.standing(ctx)), nil
}

func (s *Site) newsOf(state string) news {
	return news{State: state, At: s.now().In(s.zone).Format("15:04")}
}

func (s *Site) registerLive(r *gin.RouterGroup) {
	r.GET(livePath, s.stream)
	r.GET(liveStatePath, s.liveState)
}

// liveState answers those who ask now and then.
func (s *Site) liveState(c *gin.Context) {
	state, err := s.lookAtFacts(c.Request.Context())
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("Cache-Control", "no-store")
	c.JSON(http.StatusOK, s.newsOf(state))
}

// stream tells of every change until the reader leaves or the server ends.
func (s *Site) stream(c *gin.Context) {
	heard, leave, ok := s.live.join()
	if !ok {
		_ = c.Error(khue.Errorf(khue.Unavailable, "Có quá nhiều trang đang mở; trang này sẽ tự hỏi lại sau.",
			"Too many pages are open; this one will ask again later."))
		return
	}
	defer leave()
	out := http.NewResponseController(c.Writer)
	// The server's limits are for ordinary answers; each write here has its own.
	_ = out.SetReadDeadline(time.Time{})
	h := c.Writer.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	c.Status(http.StatusOK)
	write := func(words string) bool {
		_ = out.SetWriteDeadline(time.Now().Add(writeWithin))
		if _, err := io.WriteString(c.Writer, words); err != nil {
			return false
		}
		err := out.Flush()
		return err == nil || errors.Is(err, http.ErrNotSupported)
	}
	say := func(state string) bool {
		body, err := json.Marshal(s.newsOf(state))
		return err == nil && write("event: state\ndata: "+string(body)+"\n\n")
	}
	if !write("retry: 5000\n\n") {
		return
	}
	if state, err := s.lookAtFacts(c.Request.Context()); err == nil && !say(state) {
		return
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for going := true; going; {
		select {
		case <-c.Request.Context().Done():
			return
		case <-s.live.done:
			return
		case state := <-heard:
			going = say(state)
		case <-beat.C:
			going = write(": \n\n")
		}
	}
}
