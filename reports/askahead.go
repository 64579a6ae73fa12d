package reports

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"khue/indicators"
)

// sectionsAtOnce is how many sections ask for their numbers at the same time.
const sectionsAtOnce = 4

// askAhead lets the sections after the first ask for their numbers together, on
// papers that are thrown away; what they are told is remembered, and given again when
// they are written one after the other. What goes wrong here goes wrong there again,
// in its place.
func (p *paper) askAhead(ctx context.Context) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(sectionsAtOnce)
	for _, s := range p.definition.sections[1:] {
		scratch := p.scratch()
		group.Go(func() error {
			defer func() { _ = recover() }() // it panics again in its place, where the request's own care catches it
			_ = sectionKinds[s.Kind].write(scratch, ctx, s)
			return nil
		})
	}
	_ = group.Wait()
}

// scratch is a paper of the same order, period and days with nothing on it.
func (p *paper) scratch() *paper {
	reporter := *p.reporter
	if w, ok := reporter.ask.(*pinned); ok {
		unseen := *w
		unseen.asked, unseen.lacks = nil, nil
		reporter.ask = &unseen
	}
	out := *p
	out.reporter, out.ledger, out.findings, out.cited, out.aimedAt = &reporter, ledger{}, nil, map[string]bool{}, nil
	out.doc.Blocks = nil
	return &out
}

// remembering asks each thing once while a report is made.
type remembering struct {
	Asker
	sync.Mutex
	told map[string]*telling
}

// telling is one thing that is asked for; others who want it wait for it.
type telling struct {
	sync.Mutex
	known bool
	value any
}

func remember(ask Asker) *remembering {
	return &remembering{Asker: ask, told: map[string]*telling{}}
}

// once gives what was told before, else asks. An error is not remembered.
func once[T any](r *remembering, key string, ask func() (T, error)) (T, error) {
	r.Lock()
	t, ok := r.told[key]
	if !ok {
		t = &telling{}
		r.told[key] = t
	}
	r.Unlock()
	t.Lock()
	defer t.Unlock()
	if t.known {
		return t.value.(T), nil
	}
	value, err := ask()
	if err == nil {
		t.known, t.value = true, value
	}
	return value, err
}

// keyOf is a question as one text, with what its JSON leaves out.
func keyOf(kind string, q indicators.Question) (string, error) {
	text, err := json.Marshal(q)
	if err != nil {
		return "", fmt.Errorf("writing a question down: %w", err)
	}
	return fmt.Sprint(kind, q.FromJournal, q.CiteJournal, " ", string(text)), nil
}

// Ask asks a question once.
func (r *remembering) Ask(ctx context.Context, q indicators.Question) (indicators.Answer, error) {
	key, err := keyOf("ask", q)
	if err != nil {
		return indicators.Answer{}, err
	}
	return once(r, key, func() (indicators.Answer, error) { return r.Asker.Ask(ctx, q) })
}

// Compare asks for both sides of a comparison once.
func (r *remembering) Compare(ctx context.Context, q indicators.Question) (indicators.Comparison, error) {
	key, err := keyOf("compare", q)
	if err != nil {
		return indicators.Comparison{}, err
	}
	return once(r, key, func() (indicators.Comparison, error) { return r.Asker.Compare(ctx, q) })
}

// Progress asks once how far targets are.
func (r *remembering) Progress(ctx context.Context, programme string, asOf time.Time) ([]indicators.TargetProgress, error) {
	return once(r, fmt.Sprint("progress ", programme, " ", asOf), func() ([]indicators.TargetProgress, error) {
		return r.Asker.Progress(ctx, programme, asOf)
	})
}

// Initiatives asks once how far promised actions are.
func (r *remembering) Initiatives(ctx context.Context, programme string, asOf time.Time) ([]indicators.Initiative, error) {
	return once(r, fmt.Sprint("initiatives ", programme, " ", asOf), func() ([]indicators.Initiative, error) {
		return r.Asker.Initiatives(ctx, programme, asOf)
	})
}
