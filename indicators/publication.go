package indicators

import (
	"context"
	"crypto/sha256"
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
	sync.Mutex // held while it is worked out
	state      string
	at         time.Time // when it was judged
	judged     *publication
}

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
// now. It is worked out anew when a batch has come, or when the caller says so.
func (s *Service) publication(ctx context.Context, m Measure, asOf time.Time, anew bool) (*publication, error) {
	states, err := s.facts.States(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading how far the facts reach: %w", err)
	}
	now := stateOf(states, m.Dataset)
	state := now.LastBatch + " " + strconv.FormatInt(now.LastRecorded.UnixMilli(), 10) + " " + strconv.FormatInt(now.Rows, 10)
	kept := s.kept.of(m.Name + " " + asOf.UTC().Format(time.RFC3339Nano))
	kept.Lock()
	defer kept.Unlock()
	if anew = anew && s.now().Sub(kept.at) > rejudgeAfter; kept.judged != nil && kept.state == state && !anew {
		return kept.judged, nil
	}
	judged, err := s.judge(ctx, m, asOf, kept.judged)
	if err != nil {
		return nil, err
	}
	kept.state, kept.at, kept.judged = state, s.now(), judged
	return judged, nil
}

// judge reads who contributed what to every month, discipline and area and
// decides on every cell. Years are judged apart: no total joins them. A year
// whose facts are those of before keeps its judgement.
func (s *Service) judge(ctx context.Context, m Measure, asOf time.Time, before *publication) (*publication, error) {
	rows, _, err := s.facts.Select(ctx, warehouse.Select{
		Dataset: m.Dataset, By: []string{string(khue.Month), "discipline", "area", m.Confidential.Contributor}, AsOf: asOf,
		Where:      filters(nil, m.Where),
		Aggregates: []warehouse.Aggregate{{Name: m.Name, Func: m.Aggregate, Column: m.Column}},
	})
	if err != nil {
		return nil, fmt.Errorf("asking who contributed to %s: %w", m.Name, err)
	}
	out := &publication{years: make(map[int]*judgedYear)}
	facts := make(map[int][]disclosure.Contribution)
	for _, row := range rows {
		if !row.Known[0] {
			continue // nobody reported
		}
		day, err := time.Parse(time.DateOnly, row.Keys[0])
		if err != nil {
			return nil, fmt.Errorf("reading the month that begins on %q: %w", row.Keys[0], err)
		}
		if out.first.IsZero() || day.Before(out.first) {
			out.first = day
		}
		if day.After(out.last) {
			out.last = day
		}
		facts[day.Year()] = append(facts[day.Year()], disclosure.Contribution{
			Codes: []string{khue.PeriodOf(day, khue.Month).String(), row.Keys[1], row.Keys[2]}, Contributor: row.Keys[3], Value: row.Values[0],
		})
	}
	return out, out.judgeYears(facts, m, before)
}

func (p *publication) judgeYears(facts map[int][]disclosure.Contribution, m Measure, before *publication) error {
	var work sync.WaitGroup
	var lock sync.Mutex
	var failed error
	places := make(chan struct{}, runtime.GOMAXPROCS(0))
	for year, of := range facts {
		hash := hashOf(of)
		if before != nil && before.years[year] != nil && before.years[year].hash == hash {
			lock.Lock()
			p.years[year] = before.years[year]
			lock.Unlock()
			continue
		}
		work.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			pattern, err := disclosure.Protect([]disclosure.Dimension{judgedPeriods(), disclosure.Flat("discipline"), disclosure.Flat("area")},
				of, m.Confidential.Rule)
			lock.Lock()
			defer lock.Unlock()
			if err != nil {
				failed = fmt.Errorf("judging %s of %d: %w", m.Name, year, err)
				return
			}
			p.years[year] = &judgedYear{hash: hash, pattern: pattern}
		})
	}
	work.Wait()
	return failed
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

// hashOf tells two years of facts apart, whatever their order.
func hashOf(facts []disclosure.Contribution) [32]byte {
	lines := make([]string, len(facts))
	for i, f := range facts {
		lines[i] = fmt.Sprintf("%q %q %v", f.Codes, f.Contributor, f.Value)
	}
	slices.Sort(lines)
	h := sha256.New()
	for _, line := range lines {
		h.Write([]byte(line + "\n"))
	}
	return [32]byte(h.Sum(nil))
}
