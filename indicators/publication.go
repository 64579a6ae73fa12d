package indicators

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"khue"
	"khue/indicators/disclosure"
	"khue/warehouse"
)

// mostPublications is how many are kept: each measure as it is now, and a few
// earlier moments.
const mostPublications = 16

// publications keeps what was judged, by measure and moment, for as long as the
// facts are the same. It holds no number that is withheld out of the process.
type publications struct {
	sync.Mutex
	kept  map[string]*keptPublication
	order []string // oldest first
}

type keptPublication struct {
	sync.Mutex
	state   string
	at      time.Time // when it was judged
	judged  *publication
	running *judging // nil when nothing is being worked out
}

// judging is a judgement being worked out. It goes on when the one who asked
// first has gone: others wait for it.
type judging struct {
	state  string
	done   chan struct{}
	judged *publication
	err    error
}

// waitForNew is how long a question waits for a new judgement when there is an
// older one: by that, a figure is shown only where it has not changed since.
const waitForNew = time.Second

// longestJudging bounds the work for facts that no longer answer.
const longestJudging = 2 * time.Minute

// rejudgeAfter is how often figures that are not those judged, because a batch is
// being posted, may have everything judged again.
const rejudgeAfter = 30 * time.Second

func newPublications() *publications { return &publications{kept: make(map[string]*keptPublication)} }

func (p *publications) of(key string) *keptPublication {
	p.Lock()
	defer p.Unlock()
	k, ok := p.kept[key]
	if !ok {
		if len(p.order) >= mostPublications {
			delete(p.kept, p.order[0])
			p.order = p.order[1:]
		}
		k = &keptPublication{}
		p.kept[key], p.order = k, append(p.order, key)
	}
	return k
}

// publication gives what may be shown of a measure as known at a moment; zero is
// now, which is the state given. It is worked out anew when a batch has come, or
// when the caller says so.
func (s *Service) publication(ctx context.Context, now warehouse.DatasetState, m Measure, asOf time.Time, anew bool) (*publication, error) {
	state := now.LastBatch + " " + strconv.FormatInt(now.LastRecorded.UnixMilli(), 10) + " " + strconv.FormatInt(now.Rows, 10)
	kept := s.kept.of(s.catalogue.version + " " + m.Name + " " + asOf.UTC().Format(time.RFC3339Nano))
	kept.Lock()
	if anew = anew && s.now().Sub(kept.at) > rejudgeAfter; kept.judged != nil && kept.state == state && !anew {
		defer kept.Unlock()
		return kept.judged, nil
	}
	work, before := kept.running, kept.judged
	if work == nil || work.state != state {
		work = &judging{state: state, done: make(chan struct{})}
		kept.running = work
		go s.work(context.WithoutCancel(ctx), kept, work, m, asOf, before)
	}
	kept.Unlock()
	var enough <-chan time.Time
	if before != nil {
		timer := time.NewTimer(waitForNew)
		defer timer.Stop()
		enough = timer.C
	}
	select {
	case <-work.done:
		return work.judged, work.err
	case <-enough:
		return before, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// work judges and keeps the result, unless something newer is under way.
func (s *Service) work(ctx context.Context, kept *keptPublication, work *judging, m Measure, asOf time.Time, before *publication) {
	ctx, cancel := context.WithTimeout(ctx, longestJudging)
	defer cancel()
	work.judged, work.err = s.judge(ctx, m, asOf, before)
	kept.Lock()
	defer kept.Unlock()
	if kept.running == work {
		kept.running = nil
		if work.err == nil {
			kept.state, kept.at, kept.judged = work.state, s.now(), work.judged
		}
	}
	close(work.done)
}

// Prepare judges what may be shown of the confidential measures in the last years,
// so that the first who ask do not wait for it.
func (s *Service) Prepare(ctx context.Context) error {
	states, err := s.facts.States(ctx)
	if err != nil {
		return fmt.Errorf("reading how far the facts reach: %w", err)
	}
	year := khue.PeriodOf(s.Today(), khue.Year)
	lately := region{from: year.Shift(-2).Start(), to: year.End()}
	for _, m := range s.catalogue.measures {
		if m.Confidential == nil {
			continue
		}
		p, err := s.publication(ctx, stateOf(states, m.Dataset), m, time.Time{}, false)
		if err == nil {
			err = p.prepare([]region{lately})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// judge reads who contributed what to every month, discipline and area. Years are
// judged apart, since no total joins them, and when they are first asked for. A
// year whose facts are those of before keeps its judgement.
func (s *Service) judge(ctx context.Context, m Measure, asOf time.Time, before *publication) (*publication, error) {
	rows, _, err := s.facts.Select(ctx, warehouse.Select{
		Dataset: m.Dataset, By: []string{string(khue.Month), "discipline", "area", m.Confidential.Contributor}, AsOf: asOf,
		Where:      filters(map[string][]string{}, m.Where),
		Aggregates: []warehouse.Aggregate{{Name: m.Name, Func: m.Aggregate, Column: m.Column}},
	})
	if err != nil {
		return nil, fmt.Errorf("asking who contributed to %s: %w", m.Name, err)
	}
	out := &publication{years: make(map[int]*judgedYear)}
	months := make(map[string]khue.Period)
	for _, row := range rows {
		if !row.Known[0] {
			continue // nobody reported
		}
		month, ok := months[row.Keys[0]]
		if !ok {
			day, err := time.Parse(time.DateOnly, row.Keys[0])
			if err != nil {
				return nil, fmt.Errorf("reading the month that begins on %q: %w", row.Keys[0], err)
			}
			month = khue.PeriodOf(day, khue.Month)
			months[row.Keys[0]] = month
			out.extend(month.Start(), m.Confidential.Rule)
		}
		year := out.years[month.Start().Year()]
		year.facts = append(year.facts, disclosure.Contribution{
			Codes: []string{month.String(), row.Keys[1], row.Keys[2]}, Contributor: row.Keys[3], Value: row.Values[0],
		})
	}
	if before != nil {
		for n, year := range out.years {
			if old := before.years[n]; old != nil && slices.EqualFunc(old.facts, year.facts, sameContribution) {
				out.years[n] = old
			}
		}
	}
	return out, nil
}

// extend makes room for a month that has facts.
func (p *publication) extend(month time.Time, rule disclosure.Rule) {
	if p.first.IsZero() || month.Before(p.first) {
		p.first = month
	}
	if month.After(p.last) {
		p.last = month
	}
	if p.years[month.Year()] == nil {
		p.years[month.Year()] = &judgedYear{rule: rule}
	}
}

func sameContribution(a, b disclosure.Contribution) bool {
	return a.Contributor == b.Contributor && a.Value == b.Value && slices.Equal(a.Codes, b.Codes)
}

// judgedYear is a year of a publication; its pattern is worked out once, when it
// is first needed.
type judgedYear struct {
	rule    disclosure.Rule
	facts   []disclosure.Contribution
	once    sync.Once
	pattern *disclosure.Pattern
	err     error
}

func (y *judgedYear) judge() error {
	y.once.Do(func() {
		y.pattern, y.err = disclosure.Protect(
			[]disclosure.Dimension{judgedPeriods(), disclosure.Flat("discipline"), disclosure.Flat("area")}, y.facts, y.rule)
	})
	return y.err
}

// prepare judges the years that some regions touch, side by side.
func (p *publication) prepare(regions []region) error {
	var work sync.WaitGroup
	places := make(chan struct{}, runtime.GOMAXPROCS(0))
	var needed []*judgedYear
	for n, year := range p.years {
		begin := time.Date(n, time.January, 1, 0, 0, 0, 0, time.UTC)
		touches := func(r region) bool {
			return (r.to.IsZero() || begin.Before(r.to)) && r.from.Before(begin.AddDate(1, 0, 0))
		}
		if slices.ContainsFunc(regions, touches) {
			needed = append(needed, year)
			work.Go(func() {
				places <- struct{}{}
				defer func() { <-places }()
				_ = year.judge() // told below
			})
		}
	}
	work.Wait()
	for _, year := range needed {
		if err := year.judge(); err != nil {
			return fmt.Errorf("judging what may be shown: %w", err)
		}
	}
	return nil
}

// judgedPeriods is the tree of months, quarters and years.
func judgedPeriods() disclosure.Dimension {
	return disclosure.Dimension{Name: "period", Parent: func(code string) (string, bool) {
		p, err := khue.ParsePeriod(code)
		if err != nil {
			return "", false
		}
		switch p.Grain() {
		case khue.Month:
			return khue.PeriodOf(p.Start(), khue.Quarter).String(), true
		case khue.Quarter:
			return khue.PeriodOf(p.Start(), khue.Year).String(), true
		}
		return "", false
	}}
}
