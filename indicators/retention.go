package indicators

import (
	"context"
	"fmt"
	"slices"
	"time"

	"khue"
	"khue/warehouse"
)

// MembershipQuestion asks what members did while they were members.
type MembershipQuestion struct {
	Grain khue.Grain          // of the periods: month, quarter or year
	Where map[string][]string // kind, discipline and area of the member, as the register has them
	Scope khue.Scope
}

// MembershipAnswer is what members did, by quarter of acceptance and by period.
type MembershipAnswer struct {
	Grain    khue.Grain
	Cohorts  []Cohort                           // the oldest first
	Periods  map[khue.Period]MembershipActivity // of all members together
	Until    time.Time                          // calendar day to which the activities reach; zero when there are none
	Evidence MembershipEvidence
}

// Cohort is the members who came in one quarter. Those who left stay in it.
type Cohort struct {
	Quarter khue.Period
	Members int64
	Periods map[khue.Period]MembershipActivity
}

// MembershipActivity is what members did in one period, as members.
type MembershipActivity struct {
	Active, Activities int64 // members with at least one activity that began in it; their activities
	// The same of those still in at the end of the period.
	ActiveAtEnd, ActivitiesAtEnd int64
}

// MembershipEvidence says how an answer was made.
type MembershipEvidence struct {
	SQL        string
	Parameters map[string]any
	From       string
	RowsRead   uint64
	Elapsed    time.Duration
}

// membershipDims are what a question about members may be limited by.
var membershipDims = []string{"kind", "discipline", "area"}

// Membership counts active members by the quarter in which they were accepted and
// by the period of their activities. An activity counts when it begins between a
// member's acceptance and its leaving. How many members are active is not
// confidential; what they report about themselves is never read.
func (s *Service) Membership(ctx context.Context, q MembershipQuestion) (MembershipAnswer, error) {
	filters, err := q.filters()
	if err != nil {
		return MembershipAnswer{}, err
	}
	states, err := s.facts.States(ctx)
	if err != nil {
		return MembershipAnswer{}, fmt.Errorf("reading how far activities reach: %w", err)
	}
	members, err := s.register(ctx, filters, khue.Everything)
	if err != nil {
		return MembershipAnswer{}, err
	}
	today := s.Today()
	counted, trace, err := s.facts.MemberCohorts(ctx, warehouse.Membership{Grain: q.Grain, Where: filters, To: today.AddDate(0, 0, 1)})
	if err != nil {
		return MembershipAnswer{}, fmt.Errorf("counting active members: %w", err)
	}
	a := MembershipAnswer{
		Grain: q.Grain, Periods: make(map[khue.Period]MembershipActivity), Until: stateOf(states, "activities").DataUntil,
		Evidence: MembershipEvidence{SQL: trace.SQL, Parameters: trace.Parameters, From: trace.From, RowsRead: trace.RowsRead, Elapsed: trace.Elapsed},
	}
	a.addCohorts(members, today)
	for _, c := range counted {
		a.add(c)
	}
	return a, nil
}

// filters limits members to what is asked for and to what the caller may see.
func (q MembershipQuestion) filters() ([]warehouse.Filter, error) {
	var out []warehouse.Filter
	for _, dim := range sortedKeys(q.Where) {
		if !slices.Contains(membershipDims, dim) {
			return nil, khue.Errorf(khue.Invalid, "không lọc được thành viên theo %q", "members cannot be limited by %q", dim)
		}
		out = append(out, warehouse.Filter{Dim: dim, Values: q.Where[dim]})
	}
	if !q.Scope.All {
		out = append(out, warehouse.Filter{Dim: "area", Values: q.Scope.Areas})
	}
	return out, nil
}

// addCohorts puts every member into the quarter in which it came.
func (a *MembershipAnswer) addCohorts(members []Member, today time.Time) {
	for _, m := range members {
		joined := m.Joined()
		if joined.IsZero() || joined.After(today) {
			continue
		}
		quarter := khue.PeriodOf(joined, khue.Quarter)
		at := slices.IndexFunc(a.Cohorts, func(c Cohort) bool { return c.Quarter == quarter })
		if at < 0 {
			at = len(a.Cohorts)
			a.Cohorts = append(a.Cohorts, Cohort{Quarter: quarter, Periods: make(map[khue.Period]MembershipActivity)})
		}
		a.Cohorts[at].Members++
	}
	slices.SortFunc(a.Cohorts, func(x, y Cohort) int { return x.Quarter.Start().Compare(y.Quarter.Start()) })
}

func (a *MembershipAnswer) add(c warehouse.CohortActivity) {
	period := khue.PeriodOf(c.Period, a.Grain)
	one := MembershipActivity{c.Active, c.Activities, c.ActiveAtEnd, c.ActivitiesAtEnd}
	quarter := khue.PeriodOf(c.Cohort, khue.Quarter)
	if at := slices.IndexFunc(a.Cohorts, func(x Cohort) bool { return x.Quarter == quarter }); at >= 0 {
		a.Cohorts[at].Periods[period] = one
	}
	sum := a.Periods[period]
	sum.Active, sum.Activities = sum.Active+one.Active, sum.Activities+one.Activities
	sum.ActiveAtEnd, sum.ActivitiesAtEnd = sum.ActiveAtEnd+one.ActiveAtEnd, sum.ActivitiesAtEnd+one.ActivitiesAtEnd
	a.Periods[period] = sum
}
