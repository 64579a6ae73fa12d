package dashboards

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/indicators"
	"khue/locale"
	"khue/notes"
)

// Service answers what the pages show. *indicators.Service is one.
type Service interface {
	Ask(ctx context.Context, q indicators.Question) (indicators.Answer, error)
	Progress(ctx context.Context, programme string, asOf time.Time) ([]indicators.TargetProgress, error)
	Initiatives(ctx context.Context, programme string, asOf time.Time) ([]indicators.Initiative, error)
	Readiness(ctx context.Context, report string, asOf time.Time, scope khue.Scope) (indicators.Readiness, error)
	Reporting(ctx context.Context, q indicators.ReportingQuestion) (indicators.Reporting, error)
	Freshness(ctx context.Context) ([]indicators.Freshness, error)
	YearlyFigures(ctx context.Context, name string, years int, asOf time.Time, scope khue.Scope) ([]indicators.YearFigure, error)
	Register(ctx context.Context, scope khue.Scope) ([]indicators.Member, error)
	MemberProfile(ctx context.Context, id string, scope khue.Scope) (indicators.Profile, error)
	Membership(ctx context.Context, q indicators.MembershipQuestion) (indicators.MembershipAnswer, error)
	ClaimsOf(ctx context.Context, subject string, asOf time.Time) ([]indicators.Claim, error)
	// Events, EventFiles and Editions list and open single events.
	Events(ctx context.Context, q indicators.EventSearch) (indicators.EventList, error)
	EventFiles(ctx context.Context, id string, scope khue.Scope) ([]indicators.EventFile, error)
	Editions(ctx context.Context, series string, scope khue.Scope) ([]indicators.EventEdition, error)
	// Corrections tells what came late, was corrected and retracted, by month recorded.
	Corrections(ctx context.Context, from, to time.Time) ([]indicators.Corrections, error)
	// Explain opens the id of a number.
	Explain(ctx context.Context, id string, look indicators.Look) (indicators.Explained, error)
	// FindMembers and FindEvents find by the beginnings of the words of a name.
	FindMembers(ctx context.Context, words string, limit int) ([]indicators.Hit, error)
	FindEvents(ctx context.Context, words string, limit int) ([]indicators.Hit, error)
	Catalogue() *indicators.Catalogue
}

// visit is one reader's look at the page: which days, which state of the facts.
type visit struct {
	site   *Site
	reader reader
	frame  frame
	path   string // of the page
	fresh  []indicators.Freshness
	state  string
	notes  notes.Standing
	// freshErr is why fresh is not of this moment; fresh then is the last known.
	freshErr error
}

// ask is the service's Ask, remembered.
func (v *visit) ask(ctx context.Context, q indicators.Question) (indicators.Answer, error) {
	return recall(ctx, v.site.memory, v.state, keyOf(q), func(ctx context.Context) (indicators.Answer, error) {
		return v.site.service.Ask(ctx, q)
	})
}

// askAll asks several questions side by side; an error of one is an error of all.
func (v *visit) askAll(ctx context.Context, questions ...indicators.Question) ([]indicators.Answer, error) {
	answers, faults := make([]indicators.Answer, len(questions)), make([]error, len(questions))
	var wait sync.WaitGroup
	for i, q := range questions {
		wait.Go(func() { answers[i], faults[i] = v.ask(ctx, q) })
	}
	wait.Wait()
	return answers, errors.Join(faults...)
}

// box is one part of the page: what it shows, or why it cannot.
type box[T any] struct {
	Data  T
	Ready bool      // Data is there, fresh or kept
	Since time.Time // when kept Data was fresh; zero for fresh Data
	Err   error     // why there is no fresh Data
}

// lastGood is what a part showed when it last could.
type lastGood struct {
	at   time.Time
	data any
}

// mostGood bounds how many parts are kept for the day the warehouse is away.
const mostGood = 400

// fill gathers the data of one part within its own time. When that fails the
// part shows what it last could, with its age, and the rest of the page stands.
func fill[T any](ctx context.Context, v *visit, name string, gather func(context.Context) (T, error)) box[T] {
	ctx, cancel := context.WithTimeout(ctx, v.site.patience)
	defer cancel()
	type outcome struct {
		data T
		err  error
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		defer func() {
			if cause := recover(); cause != nil {
				o.err = fmt.Errorf("gathering %s: panic: %v", name, cause)
			}
			done <- o
		}()
		o.data, o.err = gather(ctx)
	}()
	var o outcome
	select {
	case o = <-done:
	case <-ctx.Done():
		o.err = ctx.Err()
	}
	key := name + address("", v.frame.filter.query(), "")
	if o.err == nil {
		v.site.good.put(key, lastGood{v.site.now(), o.data})
		return box[T]{Data: o.data, Ready: true}
	}
	v.site.log.Warn("a part of the page has no fresh figures", "part", name, "error", o.err)
	b := box[T]{Err: slow(o.err)}
	if kept, ok := v.site.good.get(key); ok {
		if data, ok := kept.data.(T); ok {
			b.Data, b.Ready, b.Since = data, true, kept.at
		}
	}
	return b
}

// slow says in words that a part ran out of time.
func slow(err error) error {
	if errors.Is(err, context.DeadlineExceeded) && khue.KindOf(err) == khue.Internal {
		return khue.Errorf(khue.Unavailable,
			"Phần này chưa có trả lời trong thời gian cho phép.", "This part was not answered in time.").Because(err)
	}
	return err
}

// late tells that an answer was only not there in time: it is still being worked
// out, and asking again soon may find it.
func late(err error) bool { return errors.Is(err, context.DeadlineExceeded) }

// sendLate gives a page on which nothing was there in time. It keeps its places,
// and the browser asks again by itself.
func sendLate(c *gin.Context, body []byte) {
	c.Header("Retry-After", "4")
	c.Header("Cache-Control", "no-store")
	send(c, http.StatusServiceUnavailable, "text/html; charset=utf-8", body)
}

// boxFault is what a reader is told of a part without fresh figures.
type boxFault struct {
	Message string
	Kept    string // says how old the figures shown are; empty when none are
}

func (b box[T]) fault(lang khue.Lang, zone *time.Location) *boxFault {
	if b.Err == nil {
		return nil
	}
	f := &boxFault{Message: sentence(khue.MessageOf(b.Err).In(lang))}
	if b.Ready {
		at := b.Since.In(zone)
		f.Kept = khue.Text{
			VI: "Đang hiện số liệu lấy lúc " + locale.Moment(khue.Vietnamese, at) + ".",
			EN: "Showing the figures taken at " + locale.Moment(khue.English, at) + ".",
		}.In(lang)
	}
	return f
}
