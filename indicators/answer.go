package indicators

import (
	"context"
	"time"

	"khue"
)

// Ask answers a question. What is wrong with the question comes back as a
// khue.Error: NotFound for a name that does not exist, Invalid for a question
// that cannot be answered or has too many rows, Forbidden for what lies outside
// the caller's scope. Nothing is ever cut silently.
//
// A number that no fact supports has Known false. A row is Partial when its
// period is not over at the question's moment, when the facts do not reach its
// end yet, or when From or To cut it.
func (s *Service) Ask(ctx context.Context, q Question) (Answer, error) {
	asked, err := s.understand(q) // names, filters and days, held against the catalogue
	if err != nil {
		return Answer{}, err
	}
	if err := asked.limitToScope(q.Scope); err != nil { // rights, before any fact is read
		return Answer{}, err
	}
	if err := s.limitToPublication(asked); err != nil { // confidential measures: only what was judged
		return Answer{}, err
	}
	if err := asked.settleAreas(); err != nil { // which areas of the answer, which of the facts
		return Answer{}, err
	}
	parts := asked.plan()
	if err := s.recast(asked, parts); err != nil { // other classifications, areas of today, every discipline
		return Answer{}, err
	}
	found, err := s.gather(ctx, asked, parts) // one Select a dataset, merged on their keys
	if err != nil {
		return Answer{}, err
	}
	if err := found.fillPeriods(); err != nil { // periods without facts, as unknown
		return Answer{}, err
	}
	if err := s.nameKeys(ctx, found); err != nil { // codes get the names people read
		return Answer{}, err
	}
	reach, err := s.reachOf(ctx, asked) // how far the facts of each dataset go, as known at the moment
	if err != nil {
		return Answer{}, err
	}
	found.markPartial(reach)
	complete, err := s.completeness(ctx, found) // how many of those who should have reported did
	if err != nil {
		return Answer{}, err
	}
	if err := s.protect(ctx, found); err != nil { // disclosure control
		return Answer{}, err
	}
	found.sort()
	evidence, err := s.evidence(ctx, asked, found, reach)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Question: q, Columns: asked.columns(), Rows: found.list(), Completeness: complete, Evidence: evidence, Notes: s.notes(asked, found)}, nil
}

// inquiry is a question whose names have been looked up.
type inquiry struct {
	question Question
	measures []Measure
	by       []Dimension
	where    map[string][]string // the question's filters, later narrowed by the caller's scope
	grain    khue.Grain          // "" when the question does not split by time
	timeKey  int                 // index of the grain in by, -1 when there is none
	moment   time.Time           // whose knowledge is asked for, in the observatory's zone
	today    time.Time           // calendar day of moment
	started  time.Time           // by the real clock, as the batch book's lines are
	limit    int

	areasAsked []string    // the filter on areas, as areas of the answer
	crosswalks []string    // the classifications that keys, filters and measures read disciplines by
	divided    []string    // the keys whose weights divide facts
	decimals   map[int]int // by measure, where facts are divided and need more than its own
	strays     strays      // flows under areas that were not in force on their day
}

func (a *inquiry) columns() []Column {
	out := make([]Column, 0, len(a.by)+len(a.measures))
	for _, d := range a.by {
		out = append(out, Column{Name: d.Name, Label: d.Label})
	}
	for i, m := range a.measures {
		out = append(out, Column{Name: m.Name, Measure: true, Label: m.Label, Unit: m.Unit, Decimals: a.decimalsOf(i)})
	}
	return out
}
