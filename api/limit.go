package api

import (
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"khue"
)

// Allowance is how much one caller may ask.
type Allowance struct {
	PerSecond float64 // requests, over time; 0 does not limit
	Burst     int     // requests at once; at least 1 where there is a limit
}

// mostCallers bounds what is remembered of callers; those whose allowance is whole
// again are forgotten first, which changes nothing for them.
const mostCallers = 10_000

// allowances are what is left to each caller.
type allowances struct {
	limit   Allowance
	now     func() time.Time
	mu      sync.Mutex
	callers map[string]*rate.Limiter
}

func newAllowances(limit Allowance, now func() time.Time) *allowances {
	limit.Burst = max(limit.Burst, 1)
	return &allowances{limit: limit, now: now, callers: map[string]*rate.Limiter{}}
}

// take takes one request of a caller's allowance and tells how many are left, how long
// it takes until all are there again, and how long to wait when there was none.
func (a *allowances) take(caller string) (left int, whole, wait time.Duration, allowed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	l, known := a.callers[caller]
	if !known {
		if len(a.callers) >= mostCallers {
			a.forget(now)
		}
		l = rate.NewLimiter(rate.Limit(a.limit.PerSecond), a.limit.Burst)
		a.callers[caller] = l
	}
	allowed = l.AllowN(now, 1)
	tokens := l.TokensAt(now)
	if !allowed {
		wait = seconds((1 - tokens) / a.limit.PerSecond)
	}
	return max(int(tokens), 0), seconds((float64(a.limit.Burst) - tokens) / a.limit.PerSecond), wait, allowed
}

func (a *allowances) forget(now time.Time) {
	for caller, l := range a.callers {
		if l.TokensAt(now) >= float64(a.limit.Burst) {
			delete(a.callers, caller)
		}
	}
	for caller := range a.callers { // all of them ask at once: some begin anew
		if len(a.callers) < mostCallers {
			return
		}
		delete(a.callers, caller)
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// limited tells each caller what is left to them, and refuses what goes beyond it.
func (a *API) limited(c *gin.Context) {
	if a.Limit.PerSecond <= 0 {
		return
	}
	left, whole, wait, allowed := a.allowed.take(a.Caller(c))
	window := math.Ceil(float64(a.allowed.limit.Burst) / a.Limit.PerSecond)
	c.Header("RateLimit-Policy", fmt.Sprintf(`"api";q=%d;w=%d`, a.allowed.limit.Burst, int(window)))
	c.Header("RateLimit", fmt.Sprintf(`"api";r=%d;t=%d`, left, int(math.Ceil(whole.Seconds()))))
	if allowed {
		return
	}
	after := max(int(math.Ceil(wait.Seconds())), 1)
	c.Header("Retry-After", strconv.Itoa(after))
	_ = c.Error(khue.Errorf(khue.Unavailable, "hỏi quá nhiều trong thời gian ngắn; hãy đợi %d giây", "too much was asked in a short time; wait %d s", after).Coded("too_many_requests", ""))
	c.Abort()
}
