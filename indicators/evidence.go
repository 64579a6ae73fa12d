package indicators

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"khue/warehouse"
)

// evidence gathers what an answer rests on. With several Selects their texts
// stand one after the other and a parameter carries the number of its Select.
// DataUntil is the day that the facts of all flow datasets reach: a stock
// changes seldom, so its last change says nothing about how fresh it is.
func (s *Service) evidence(ctx context.Context, a *inquiry, found *result) (Evidence, error) {
	traces := found.traces
	reach, err := s.settleReach(ctx, a)
	if err != nil {
		return Evidence{}, err
	}
	e := Evidence{
		DefinitionVersion: s.catalogue.Version(), AsOf: a.moment, Parameters: make(map[string]any),
		DataUntil: a.until(reach, a.measures), Reach: reach,
	}
	var statements, from []string
	for i, t := range traces {
		statements = append(statements, t.SQL)
		if !slices.Contains(from, t.From) {
			from = append(from, t.From)
		}
		for name, value := range t.Parameters {
			if len(traces) > 1 {
				name = fmt.Sprintf("%d.%s", i+1, name)
			}
			e.Parameters[name] = value
		}
		e.Elapsed += t.Elapsed
		e.RowsRead += t.RowsRead
	}
	e.SQL, e.From = strings.Join(statements, ";\n"), strings.Join(from, "; ")
	states := a.states
	if states == nil {
		states, err = s.facts.States(ctx)
	}
	if err != nil {
		return Evidence{}, fmt.Errorf("reading how far the facts reach: %w", err)
	}
	if e.LastBatch = lastBatch(states, a); (a.question.FromJournal || a.question.CiteJournal) && !a.question.AsOf.IsZero() {
		past, err := s.statesAt(ctx, a.question.AsOf)
		if err != nil {
			return Evidence{}, err
		}
		e.LastBatch = lastBatch(past, a)
	}
	return e, s.identify(a, found, states, &e)
}

func stateOf(states []warehouse.DatasetState, dataset string) warehouse.DatasetState {
	for _, s := range states {
		if s.Dataset == dataset {
			return s
		}
	}
	return warehouse.DatasetState{Dataset: dataset}
}

// lastBatch is the newest batch that the answer can hold; empty when the newest
// came after the moment asked about, because an older one is not at hand.
func lastBatch(states []warehouse.DatasetState, a *inquiry) string {
	var newest warehouse.DatasetState
	for _, m := range a.measures {
		if s := stateOf(states, m.Dataset); s.LastRecorded.After(newest.LastRecorded) {
			newest = s
		}
	}
	if newest.LastRecorded.After(a.moment) {
		return ""
	}
	return newest.LastBatch
}
