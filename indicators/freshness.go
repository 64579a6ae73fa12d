package indicators

import (
	"context"
	"fmt"
	"slices"
	"time"

	"khue"
	"khue/warehouse"
)

// Freshness tells how far and how clean a dataset is.
type Freshness struct {
	Dataset     string
	Label       khue.Text
	DataUntil   time.Time // calendar day of its latest fact; zero when it has none
	LastPulled  time.Time // in the observatory's zone; zero when never
	Rows        int64
	Quarantined int64 // rejected rows that are not settled
}

// Freshness lists every dataset in the order of the contracts.
func (s *Service) Freshness(ctx context.Context) ([]Freshness, error) {
	states, err := s.facts.States(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading how far the facts reach: %w", err)
	}
	return s.freshnessOf(states), nil
}

func (s *Service) freshnessOf(states []warehouse.DatasetState) []Freshness {
	var out []Freshness
	for _, d := range khue.Datasets() {
		state := stateOf(states, d.Name)
		f := Freshness{Dataset: d.Name, Label: d.Label, DataUntil: state.DataUntil, Rows: state.Rows, Quarantined: state.Quarantined}
		if !state.LastRecorded.IsZero() {
			f.LastPulled = state.LastRecorded.In(s.zone)
		}
		out = append(out, f)
	}
	return out
}

// Initiative is a promised action. Days are calendar days, midnight UTC; a zero
// day is not known.
type Initiative struct {
	ID           string
	Programme    string
	Commitment   string
	Title        string
	Owner        string
	PlannedFrom  time.Time
	PlannedTo    time.Time
	ActualFrom   time.Time
	ActualTo     time.Time
	BudgetVND    *int64 // nil when no budget was set or reported
	Status       string // as its owner reported: planned, under_way, done, late or dropped
	StatusLabel  khue.Text
	Evidence     []string
	Source       string
	PastPlan     bool // neither done nor dropped although its planned end is over
	DaysPastPlan int  // days since that end; 0 unless PastPlan
	DaysLate     int  // days by which it was done after its planned end; 0 when in time or not done
}

var initiativeStatus = map[string]khue.Text{
	"planned":   {VI: "Trong kế hoạch", EN: "Planned"},
	"under_way": {VI: "Đang thực hiện", EN: "Under way"},
	"done":      {VI: "Hoàn thành", EN: "Done"},
	"late":      {VI: "Chậm", EN: "Late"},
	"dropped":   {VI: "Không thực hiện", EN: "Dropped"},
}

// Initiatives lists the actions promised in a programme as known at asOf (zero
// is now), by the order of its commitments, then by planned start. An unknown
// programme is a NotFound; an empty programme means all.
func (s *Service) Initiatives(ctx context.Context, programme string, asOf time.Time) ([]Initiative, error) {
	var where []warehouse.Filter
	if programme != "" {
		if _, err := s.catalogue.Programme(programme); err != nil {
			return nil, err
		}
		where = []warehouse.Filter{{Dim: "programme", Values: []string{programme}}}
	}
	records, err := s.facts.Records(ctx, "initiatives", where, asOf, mostRecords)
	if err != nil {
		return nil, fmt.Errorf("listing initiatives: %w", err)
	}
	today := s.Today()
	if !asOf.IsZero() {
		today = s.dayOf(asOf)
	}
	out := make([]Initiative, 0, len(records))
	for _, r := range records {
		out = append(out, initiativeOf(r, today))
	}
	rank := s.commitmentRank()
	slices.SortStableFunc(out, func(a, b Initiative) int {
		x, knownX := rank[a.Programme+"/"+a.Commitment]
		y, knownY := rank[b.Programme+"/"+b.Commitment]
		if knownX != knownY {
			return order(knownX, knownY)
		}
		if x != y {
			return x - y
		}
		return a.PlannedFrom.Compare(b.PlannedFrom)
	})
	return out, nil
}

func (s *Service) commitmentRank() map[string]int {
	rank := make(map[string]int)
	for _, p := range s.catalogue.programmes {
		for _, c := range p.Commitments {
			rank[p.ID+"/"+c.ID] = len(rank)
		}
	}
	return rank
}

func initiativeOf(r warehouse.Record, today time.Time) Initiative {
	i := Initiative{
		ID: textOf(r, "record_id"), Source: textOf(r, "source"), Programme: textOf(r, "programme"),
		Commitment: textOf(r, "commitment"), Title: textOf(r, "title"), Owner: textOf(r, "owner"),
		PlannedFrom: dayIn(r, "planned_from"), PlannedTo: dayIn(r, "planned_to"),
		ActualFrom: dayIn(r, "actual_from"), ActualTo: dayIn(r, "actual_to"), Status: textOf(r, "status"),
	}
	if budget, ok := r["budget_vnd"].(int64); ok {
		i.BudgetVND = &budget
	}
	i.Evidence, _ = r["evidence"].([]string)
	i.StatusLabel = initiativeStatus[i.Status]
	if i.StatusLabel.VI == "" {
		i.StatusLabel = khue.Text{VI: i.Status, EN: i.Status}
	}
	if open := i.Status != "done" && i.Status != "dropped"; open && !i.PlannedTo.IsZero() && i.PlannedTo.Before(today) {
		i.PastPlan = true
		i.DaysPastPlan = int(today.Sub(i.PlannedTo).Hours() / 24)
	}
	if i.Status == "done" && !i.PlannedTo.IsZero() && i.ActualTo.After(i.PlannedTo) {
		i.DaysLate = int(i.ActualTo.Sub(i.PlannedTo).Hours() / 24)
	}
	return i
}
