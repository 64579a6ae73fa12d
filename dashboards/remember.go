package dashboards

import (
	"container/list"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"khue/indicators"
)

// recent keeps the values used last, up to a number of them.
type recent[V any] struct {
	mu    sync.Mutex
	most  int
	order *list.List // of kept[V], the latest first
	byKey map[string]*list.Element
}

type kept[V any] struct {
	key   string
	value V
}

func newRecent[V any](most int) *recent[V] {
	return &recent[V]{most: most, order: list.New(), byKey: map[string]*list.Element{}}
}

func (r *recent[V]) get(key string) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.byKey[key]; ok {
		r.order.MoveToFront(e)
		return e.Value.(kept[V]).value, true
	}
	var none V
	return none, false
}

// getOr gives the value kept under key, or keeps and gives a new one.
func (r *recent[V]) getOr(key string, fresh func() V) (value V, made bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.byKey[key]; ok {
		r.order.MoveToFront(e)
		return e.Value.(kept[V]).value, false
	}
	value = fresh()
	r.keep(key, value)
	return value, true
}

func (r *recent[V]) put(key string, value V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.byKey[key]; ok {
		r.order.Remove(e)
	}
	r.keep(key, value)
}

func (r *recent[V]) keep(key string, value V) {
	r.byKey[key] = r.order.PushFront(kept[V]{key, value})
	for r.order.Len() > r.most {
		oldest := r.order.Back()
		delete(r.byKey, oldest.Value.(kept[V]).key)
		r.order.Remove(oldest)
	}
}

func (r *recent[V]) drop(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.byKey[key]; ok {
		delete(r.byKey, key)
		r.order.Remove(e)
	}
}

// reply is an answer on its way or here.
type reply struct {
	here  chan struct{} // closed when value and err are set
	value any
	err   error
}

// memory keeps what the service answered until a batch changes the facts, so
// that pages that ask the same share one answer. Its keys hold the state of the
// facts: an answer is never given for a state later than the one it was made from.
type memory struct {
	replies *recent[*reply]
	within  time.Duration // longest that one answer may take
}

// mostReplies bounds the memory; a page needs about a dozen.
const mostReplies = 3000

// stateOf writes the state of the facts and the day, by which rows are partial or not.
func stateOf(fresh []indicators.Freshness, today time.Time) string {
	state := today.Format(time.DateOnly)
	for _, f := range fresh {
		state += fmt.Sprintf("|%d,%d,%d,%d", f.LastPulled.UnixNano(), f.Rows, f.Quarantined, f.DataUntil.Unix())
	}
	return state
}

// recall gives what was answered for key in this state of the facts, or asks.
// Callers that ask at once share one question; it goes on when the first of them
// leaves.
func recall[T any](ctx context.Context, m *memory, state, key string, ask func(context.Context) (T, error)) (T, error) {
	var none T
	id := state + "\n" + key
	r, made := m.replies.getOr(id, func() *reply { return &reply{here: make(chan struct{})} })
	if made {
		go func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), m.within)
			defer cancel()
			defer close(r.here)
			defer func() {
				if cause := recover(); cause != nil {
					r.err = fmt.Errorf("asking %s: panic: %v", key, cause)
				}
				if r.err != nil {
					m.replies.drop(id)
				}
			}()
			r.value, r.err = ask(ctx)
		}()
	}
	select {
	case <-r.here:
	case <-ctx.Done():
		return none, ctx.Err()
	}
	if r.err != nil {
		return none, r.err
	}
	value, ok := r.value.(T)
	if !ok {
		return none, fmt.Errorf("recalling %s: it holds a %T", key, r.value)
	}
	return value, nil
}

func (m *memory) forget(state, key string) { m.replies.drop(state + "\n" + key) }

// key writes a question so that equal questions are equal texts.
func keyOf(q indicators.Question) string {
	b, err := json.Marshal(q)
	if err != nil {
		return fmt.Sprintf("%#v", q) // a question holds nothing that cannot be written
	}
	return string(b)
}
