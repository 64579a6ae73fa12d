package dashboards

import (
	"context"
	"time"

	"khue/indicators"
)

// Kept keeps answers to programs until a batch changes the facts or the day changes,
// as the pages keep theirs: the state of the facts is looked at before each, which
// costs one small statement.
type Kept struct {
	memory *memory
	fresh  func(context.Context) ([]indicators.Freshness, error)
	today  func() time.Time
}

// mostKeptRows is the longest answer that is kept: long ones are seldom asked for
// twice, and a few hundred of them must not fill the machine.
const mostKeptRows = 1000

// NewKept keeps up to so many answers; one may take within at most.
func NewKept(most int, within time.Duration, fresh func(context.Context) ([]indicators.Freshness, error), today func() time.Time) *Kept {
	return &Kept{memory: &memory{replies: newRecent[*reply](most), within: within}, fresh: fresh, today: today}
}

// Answer gives what was answered to a question in this state of the facts, or asks.
// What was answered while a batch came in is not kept: it may hold a part of it.
func (k *Kept) Answer(ctx context.Context, q indicators.Question, ask func(context.Context, indicators.Question) (indicators.Answer, error)) (indicators.Answer, error) {
	fresh, err := k.fresh(ctx)
	if err != nil {
		return ask(ctx, q)
	}
	state, key := stateOf(fresh, k.today()), keyOf(q)
	answer, err := recall(ctx, k.memory, state, key, func(ctx context.Context) (indicators.Answer, error) { return ask(ctx, q) })
	if err == nil && (answer.Evidence.ID == "" || len(answer.Rows) > mostKeptRows) {
		k.memory.forget(state, key)
	}
	return answer, err
}
