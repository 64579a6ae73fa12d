package indicators

import (
	"context"
	"time"

	"khue"
	"khue/warehouse"
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
	ctx = warehouse.OneLook(ctx)
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
	if err := s.rankTop(ctx, asked); err != nil { // which values are the largest: the table is limited to them
		return Answer{}, err
	}
	found, err := s.table(ctx, asked) // the table, by the steps below
	if err != nil {
		return Answer{}, err
	}
	if err := s.addOthers(ctx, found); err != nil { // all other values in one row
		return Answer{}, err
	}
	if err := s.nameKeys(ctx, found); err != nil { // codes get the names people read
		return Answer{}, err
	}
	complete, err := s.completeness(ctx, found) // how many of those who should have reported did
	if err != nil {
		return Answer{}, err
	}
	found.sort()
	if err := s.derive(ctx, found); err != nil { // shares, changes, moving years
		return Answer{}, err
	}
	evidence, err := s.evidence(ctx, asked, found)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Question: q, Columns: asked.columns(), Rows: found.list(), Completeness: asked.byColumn(complete), Evidence: evidence, Notes: s.notes(asked, found)}, nil
}

// cells works out the table of an inquiry. The steps that need figures of other
// days or other values (top, derive) come back here for them, so that every
// figure of an answer has passed the same steps.
func (s *Service) cells(ctx context.Context, asked *inquiry) (*result, error) {
	parts := asked.plan()
	if err := s.recast(asked, parts); err != nil { // other classifications, areas of today, every discipline
		return nil, err
	}
	found, err := s.gather(ctx, asked, parts) // one Select a dataset, merged on their keys
	if err != nil {
		return nil, err
	}
	if err := s.addClaims(ctx, found); err != nil { // published figures, by year
		return nil, err
	}
	if err := found.fillPeriods(); err != nil { // periods without facts, as unknown
		return nil, err
	}
	if err := s.markPartial(ctx, found); err != nil { // periods that are not over, or not reached
		return nil, err
	}
	if err := s.protect(ctx, found); err != nil { // disclosure control
		return nil, err
	}
	return found, nil
}

// inquiry is a question whose names have been looked up.
type inquiry struct {
	question Question
	measures []Measure // what is gathered: the measures asked for and the parts of ratios
	wanted   []wanted  // what the question names, worked out of them
	by       []Dimension
	where    map[string][]string // the question's filters, later narrowed by the caller's scope
	grain    khue.Grain          // "" when the question does not split by time
	timeKey  int                 // index of the grain in by, -1 when there is none
	moment   time.Time           // whose knowledge is asked for, in the observatory's zone
	today    time.Time           // calendar day of moment
	started  time.Time           // by the real clock, as the batch book's lines are
	limit    int
	reach    []Reach                  // how far the facts of its datasets go
	states   []warehouse.DatasetState // read after the facts, when protect needed them

	areasAsked []string    // the filter on areas, as areas of the answer
	crosswalks []string    // the classifications that keys, filters and measures read disciplines by
	divided    []string    // the keys whose weights divide facts
	decimals   map[int]int // by measure, where facts are divided and need more than its own
	strays     strays      // flows under areas that were not in force on their day

	top     top                  // what rankTop found
	windows []warehouse.Window   // spans that the dimension "window" numbers
	gathers func(m Measure) bool // which measures this inquiry is about; nil is all
}

func (a *inquiry) columns() []Column {
	out := make([]Column, 0, len(a.by)+len(a.wanted)*(1+len(a.question.Derive)))
	for _, d := range a.by {
		out = append(out, Column{Name: d.Name, Label: d.Label})
	}
	for _, w := range a.wanted {
		shown := w.column
		if w.below < 0 {
			shown.Decimals = max(shown.Decimals, a.decimalsOf(w.slot)) // finer where facts are divided
		}
		out = append(out, shown)
		for _, d := range a.question.Derive {
			out = append(out, d.column(shown, a.by))
		}
	}
	return out
}
