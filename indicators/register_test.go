package indicators

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/warehouse"
)

// MemberCohorts counts by plain loops over members and activities.
func (m *memory) MemberCohorts(_ context.Context, q warehouse.Membership) ([]warehouse.CohortActivity, warehouse.Trace, error) {
	var out []warehouse.CohortActivity
	members, activities := m.known("members", time.Time{}), m.known("activities", time.Time{})
	ids := map[string]int{}
	for _, r := range members {
		ids[textOf(r, "record_id")]++
	}
	for c := range cells(q.Grain, civilDay(2024, 1, 1), q.To) {
		one := warehouse.CohortActivity{Cohort: c.quarter.Start(), Period: c.period.Start()}
		for _, r := range members {
			joined, left := stockDay(r, "accepted"), dayIn(r, "left_on")
			if joined.IsZero() || !c.quarter.Contains(joined) || ids[textOf(r, "record_id")] > 1 || !passes(r, "members", q.Where) {
				continue
			}
			n := int64(0)
			for _, a := range activities {
				day := dayIn(a, "starts_on")
				if textOf(a, "member") == textOf(r, "record_id") && c.period.Contains(day) && day.Before(q.To) && !day.Before(joined) && (left.IsZero() || day.Before(left)) {
					n++
				}
			}
			if n > 0 {
				one.Active, one.Activities = one.Active+1, one.Activities+n
			}
			if n > 0 && (left.IsZero() || !left.Before(c.period.End())) {
				one.ActiveAtEnd, one.ActivitiesAtEnd = one.ActiveAtEnd+1, one.ActivitiesAtEnd+n
			}
		}
		if one.Active > 0 {
			out = append(out, one)
		}
	}
	return out, warehouse.Trace{}, nil
}

type cohortCell struct{ quarter, period khue.Period }

// cells goes through every quarter of acceptance and every period.
func cells(g khue.Grain, from, to time.Time) func(func(cohortCell) bool) {
	return func(yield func(cohortCell) bool) {
		for _, quarter := range khue.Periods(khue.Quarter, from, to) {
			for _, period := range khue.Periods(g, from, to) {
				if !yield(cohortCell{quarter, period}) {
					return
				}
			}
		}
	}
}

func civilDay(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

var registerNow = time.Date(2026, 5, 13, 0, 30, 0, 0, defaultZone())

// registered makes members who come, are certified, leave or never come, and what
// they do before, during and after: two of them under one identifier.
func registered(dice *rand.Rand) []load {
	on := func(from time.Time, within int) time.Time { return from.AddDate(0, 0, dice.IntN(within)) }
	maybe := func(d time.Time, chance float64) any {
		if dice.Float64() < chance {
			return d
		}
		return nil
	}
	kinds, fields, areas := []string{"public", "private", "community"}, []string{"design", "music", "crafts"}, []string{"00070", "00190", ""}
	var members, others, activities []map[string]any
	for i := range 40 {
		applied := on(civilDay(2024, 3, 1), 600)
		accepted, certified := applied.AddDate(0, 0, 40), applied.AddDate(0, 0, 100)
		row := map[string]any{
			"id": fmt.Sprintf("M%02d", i), "name": fmt.Sprintf("Xưởng %02d", i), "kind": kinds[dice.IntN(3)], "status": "certified",
			"disciplines": []any{fields[dice.IntN(3)], "heritage"}, "area": areas[dice.IntN(3)], "applied_on": applied,
			"accepted_on": maybe(accepted, 0.8), "certified_on": maybe(certified, 0.6), "left_on": nil,
		}
		if i == 3 {
			row["accepted_on"], row["certified_on"], row["status"] = nil, nil, "rejected"
		}
		if row["accepted_on"] != nil || row["certified_on"] != nil {
			row["left_on"] = maybe(on(certified, 300), 0.3)
		}
		members = append(members, row)
		if i == 7 {
			others = append(others, row)
		}
		for j := range dice.IntN(30) {
			activities = append(activities, map[string]any{
				"id": fmt.Sprintf("A%02d-%d", i, j), "member": row["id"], "kind": "talk", "discipline": "design", "area": "00070",
				"starts_on": on(civilDay(2024, 2, 1), 900), "participants": dice.IntN(90), "funding_vnd": 1_000_000, "international_partners": dice.IntN(3),
			})
		}
	}
	at := registerNow.Add(-time.Hour)
	return []load{
		{At: at, Source: "registry", Dataset: "members", Rows: members},
		{At: at.Add(time.Minute), Source: "other", Dataset: "members", Rows: others},
		{At: at.Add(2 * time.Minute), Source: "registry", Dataset: "activities", Rows: activities},
	}
}

func registerServices(t *testing.T, loads []load) (warehoused, plain *Service) {
	t.Helper()
	now := func() time.Time { return registerNow }
	o := Options{Now: now}
	return NewService(loaded(t), inWarehouse(t, loads, registerNow), o), NewService(loaded(t), &memory{loads: loads, now: now}, o)
}

func TestWhatMembersDidIsCountedAsByPlainLoops(t *testing.T) {
	for seed := range uint64(4) {
		loads := registered(rand.New(rand.NewPCG(seed, 7)))
		warehoused, plain := registerServices(t, loads)
		for _, grain := range []khue.Grain{khue.Month, khue.Quarter, khue.Year} {
			for _, where := range []map[string][]string{nil, {"kind": {"private"}}, {"discipline": {"design", "music"}}, {"area": {"00070"}, "kind": {"public"}}} {
				q := MembershipQuestion{Grain: grain, Where: where, Scope: khue.Public}
				want, err := plain.Membership(t.Context(), q)
				require.NoError(t, err)
				got, err := warehoused.Membership(t.Context(), q)
				require.NoError(t, err)
				require.NotEmpty(t, got.Evidence.SQL)
				got.Until, want.Until = got.Until.UTC(), want.Until.UTC()
				got.Evidence, want.Evidence = MembershipEvidence{}, MembershipEvidence{}
				require.True(t, reflect.DeepEqual(want, got), "seed %d, %s, %v", seed, grain, where)
				require.NotEmpty(t, got.Cohorts)
			}
		}
		reached, err := warehoused.Membership(t.Context(), MembershipQuestion{Grain: khue.Quarter, Scope: khue.Scope{Areas: []string{"00190"}}})
		require.NoError(t, err)
		limited, err := plain.Membership(t.Context(), MembershipQuestion{Grain: khue.Quarter, Where: map[string][]string{"area": {"00190"}}, Scope: khue.Public})
		require.NoError(t, err)
		require.Equal(t, limited.Cohorts, reached.Cohorts, "a caller sees the members of their areas alone")
	}
}

func TestTheRegisterNamesMembersAndNotThoseTurnedDown(t *testing.T) {
	loads := registered(rand.New(rand.NewPCG(1, 7)))
	for _, s := range func() []*Service { a, b := registerServices(t, loads); return []*Service{a, b} }() {
		public, err := s.Register(t.Context(), khue.Public)
		require.NoError(t, err)
		all, err := s.Register(t.Context(), khue.Everything)
		require.NoError(t, err)
		require.Len(t, all, 41)
		require.Less(t, len(public), len(all))
		for _, m := range all {
			profile, err := s.MemberProfile(t.Context(), m.ID, khue.Public)
			if m.Joined().IsZero() || m.Shared {
				require.Equal(t, khue.NotFound, khue.KindOf(err), m.ID)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, m.Name, profile.Name)
			for i, a := range profile.Activities {
				require.False(t, i > 0 && a.Starts.After(profile.Activities[i-1].Starts), "the latest first")
			}
		}
		_, err = s.MemberProfile(t.Context(), "no such", khue.Everything)
		require.Equal(t, khue.NotFound, khue.KindOf(err))
		_, err = s.MemberProfile(t.Context(), public[0].ID, khue.Scope{})
		require.Equal(t, khue.NotFound, khue.KindOf(err), "who may see no area sees no member")
	}
}

func TestMembershipRefusesWhatItCannotBeAsked(t *testing.T) {
	s, _ := registerServices(t, registered(rand.New(rand.NewPCG(1, 7))))
	for _, q := range []MembershipQuestion{
		{Grain: khue.Week, Scope: khue.Public},
		{Grain: "", Scope: khue.Public},
		{Grain: khue.Month, Where: map[string][]string{"name": {"x"}}, Scope: khue.Public},
	} {
		_, err := s.Membership(t.Context(), q)
		require.Equal(t, khue.Invalid, khue.KindOf(err), "%+v", q)
	}
}
