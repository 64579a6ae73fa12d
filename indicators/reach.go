package indicators

import (
	"context"
	"fmt"
	"slices"
	"time"

	"khue/warehouse"
)

// settleReach reads how far the facts of an inquiry go, once. It is done after its
// facts were read, since what is put together of them needs the same line of the batch
// book, and that must be newer than they are.
func (s *Service) settleReach(ctx context.Context, a *inquiry) ([]Reach, error) {
	if a.reach != nil {
		return a.reach, nil
	}
	var err error
	a.reach, err = s.reachOf(ctx, a)
	return a.reach, err
}

// reachOf tells how far the facts of each of a question's datasets go, in the
// order of its measures, by what was known at its moment.
func (s *Service) reachOf(ctx context.Context, a *inquiry) ([]Reach, error) {
	var out []Reach
	var states []warehouse.DatasetState
	for _, m := range a.measures {
		if slices.ContainsFunc(out, func(r Reach) bool { return r.Dataset == m.Dataset }) {
			continue
		}
		one := Reach{Dataset: m.Dataset}
		var err error
		switch {
		case !a.question.AsOf.IsZero():
			one.Until, err = s.facts.Until(ctx, m.Dataset, a.question.AsOf, a.today)
		case states == nil:
			if states, err = s.facts.States(ctx); err == nil {
				one.Until = stateOf(states, m.Dataset).DataUntil
			}
		default:
			one.Until = stateOf(states, m.Dataset).DataUntil
		}
		if err != nil {
			return nil, fmt.Errorf("reading how far the facts of %s reach: %w", m.Dataset, err)
		}
		out = append(out, one)
	}
	return out, nil
}

// registers are datasets that say nothing on days when nothing changes: their last
// fact does not tell how far they have been kept.
var registers = []string{"members", "initiatives", "claims"}

// datedByReach tells that periods after a dataset's last fact are not in yet.
func (a *inquiry) datedByReach(r Reach) bool {
	return !r.Until.IsZero() && !slices.Contains(registers, r.Dataset)
}

// until is the day that the facts of all flow measures reach; the latest change
// when there are only stocks, whose last change says nothing about how fresh they
// are; zero when one of the datasets is empty.
func (a *inquiry) until(reach []Reach, measures []Measure) time.Time {
	var flows, stocks time.Time
	for _, m := range measures {
		i := slices.IndexFunc(reach, func(r Reach) bool { return r.Dataset == m.Dataset })
		if i < 0 || m.Aggregate == fromClaims { // published figures do not flow in: their days say nothing of freshness
			continue
		}
		until := reach[i].Until
		if m.Kind == "stock" {
			if until.After(stocks) {
				stocks = until
			}
			continue
		}
		if until.IsZero() {
			return time.Time{}
		}
		if flows.IsZero() || until.Before(flows) {
			flows = until
		}
	}
	if flows.IsZero() {
		return stocks
	}
	return flows
}
