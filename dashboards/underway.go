package dashboards

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"khue"
)

// underway is work that a form began and that may outlast its request: it is done
// once, however often the form is sent, and its outcome is told to whoever looks.
type underway struct {
	ctx  context.Context //nolint:containedctx // of the site: work outlives the request that began it, not the site
	stop context.CancelFunc
	now  func() time.Time
	log  *slog.Logger
	room chan struct{} // each piece of work takes the machine for seconds

	mu    sync.Mutex
	tasks []*task
}

// task is one piece of such work.
type task struct {
	once   string // of the form, the same each time it is sent
	key    string // what it works on: no two work on the same at once
	about  khue.Text
	person string
	began  time.Time
	done   chan struct{}

	told   bool      // its outcome was shown
	ended  time.Time // zero while it goes on
	report int64     // that came of it
	err    error
}

const (
	mostWork   = 2               // pieces at once; others wait
	longWork   = 5 * time.Minute // after which it is given up
	toldFor    = time.Hour       // how long a failure is told of
	doneFor    = 5 * time.Minute // how long it is told that work is done
	longestKey = 100             // of a form's own mark
)

func newUnderway(now func() time.Time, log *slog.Logger) *underway {
	ctx, stop := context.WithCancel(context.Background())
	return &underway{ctx: ctx, stop: stop, now: now, log: log, room: make(chan struct{}, mostWork)}
}

// begin starts work, or finds what the same form has begun before. Other work on the
// same thing is a Conflict.
func (u *underway) begin(t task, work func(ctx context.Context) (int64, error)) (*task, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.forget()
	for _, other := range u.tasks {
		switch {
		case other.once == t.once && other.key == t.key && other.person == t.person:
			return other, nil
		case other.key == t.key && other.ended.IsZero():
			return nil, khue.Errorf(khue.Conflict, "%s đang thao tác trên báo cáo này; hãy chờ xong rồi xem lại", "%s is acting on this report just now; wait until it is done and look again", other.person)
		}
	}
	t.began, t.done = u.now(), make(chan struct{})
	one := &t
	u.tasks = append(u.tasks, one)
	go u.do(one, work)
	return one, nil
}

func (u *underway) do(t *task, work func(ctx context.Context) (int64, error)) {
	ctx, cancel := context.WithTimeout(u.ctx, longWork)
	defer cancel()
	report, err := u.inRoom(ctx, work)
	if err != nil {
		u.log.Warn("work that a form began came to nothing", "about", t.about.EN, "error", err)
	}
	u.mu.Lock()
	t.report, t.err, t.ended = report, err, u.now()
	u.mu.Unlock()
	close(t.done)
}

func (u *underway) inRoom(ctx context.Context, work func(ctx context.Context) (int64, error)) (report int64, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("work on a report panicked: %v\n%s", cause, debug.Stack())
		}
	}()
	select {
	case u.room <- struct{}{}:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	defer func() { <-u.room }()
	return work(ctx)
}

// forget drops outcomes that are old. A form that is sent once more within an hour
// still gets the answer of the first time.
func (u *underway) forget() {
	u.tasks = slices.DeleteFunc(u.tasks, func(t *task) bool { return !t.ended.IsZero() && u.now().Sub(t.ended) > toldFor })
}

// wait waits for the end of work for as long as two parts of a page may take; false
// when it goes on.
func (u *underway) wait(ctx context.Context, t *task, within time.Duration) bool {
	timer := time.NewTimer(2 * within)
	defer timer.Stop()
	select {
	case <-t.done:
		u.mu.Lock()
		t.told = true
		u.mu.Unlock()
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// open lists the work that a page is to tell of: what goes on, and what has ended
// and was told to nobody.
func (u *underway) open(of func(t task) bool) []task {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.forget()
	var out []task
	for _, t := range u.tasks {
		old := !t.ended.IsZero() && t.err == nil && u.now().Sub(t.ended) > doneFor
		if !t.told && !old && of(*t) {
			out = append(out, *t)
		}
	}
	return out
}
