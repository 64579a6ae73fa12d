package indicators

import (
	"context"
	"fmt"
	"slices"
	"time"

	"khue"
	"khue/locale"
	"khue/warehouse"
)

// Member is a record of the membership register. Days are calendar days, midnight
// UTC; a zero day is not known or has not come.
type Member struct {
	ID, Source       string
	Name             string
	Kind             string // public, private or community
	OrganisationType string // as the register writes it; "" when it does not say
	Disciplines      []string
	Area             string // code; "" when the register does not say
	Applied          time.Time
	Accepted         time.Time
	Certified        time.Time
	Left             time.Time // first day on which it was no member any more
	Status           string
	// Shared tells that another source uses the same identifier for a record of its
	// own: activities do not tell which of the two they are of.
	Shared bool
}

// Joined is the day on which it became a member: that of acceptance, or of the
// certificate where no acceptance is recorded. Zero for one that never did.
func (m Member) Joined() time.Time {
	if m.Accepted.IsZero() {
		return m.Certified
	}
	return m.Accepted
}

// In tells whether it was a member when a day began.
func (m Member) In(day time.Time) bool {
	joined := m.Joined()
	return !joined.IsZero() && joined.Before(day) && (m.Left.IsZero() || !m.Left.Before(day))
}

// Main is its main discipline; "" when the register does not say.
func (m Member) Main() string {
	if len(m.Disciplines) == 0 {
		return ""
	}
	return m.Disciplines[0]
}

// Register lists those who are or were members, by name. Who only applied, or was
// turned down, is no member: their names are for callers with the right to what
// is confidential, and are left out for everybody else.
func (s *Service) Register(ctx context.Context, scope khue.Scope) ([]Member, error) {
	return s.register(ctx, nil, scope)
}

func (s *Service) register(ctx context.Context, where []warehouse.Filter, scope khue.Scope) ([]Member, error) {
	records, err := s.facts.Records(ctx, "members", where, time.Time{}, mostMembers)
	if err != nil {
		return nil, fmt.Errorf("reading the membership register: %w", err)
	}
	used := make(map[string]int)
	for _, r := range records {
		used[textOf(r, "record_id")]++
	}
	out := make([]Member, 0, len(records))
	for _, r := range records {
		m := memberOf(r)
		m.Shared = used[m.ID] > 1
		if scope.Reaches(m.Area) && (scope.Confidential || !m.Joined().IsZero()) {
			out = append(out, m)
		}
	}
	collator := locale.Collator()
	slices.SortStableFunc(out, func(a, b Member) int { return collator.CompareString(a.Name, b.Name) })
	return out, nil
}

func memberOf(r warehouse.Record) Member {
	m := Member{
		ID: textOf(r, "record_id"), Source: textOf(r, "source"), Name: textOf(r, "name"), Kind: textOf(r, "kind"),
		OrganisationType: textOf(r, "organisation_type"), Area: textOf(r, "area"), Status: textOf(r, "status"),
		Applied: dayIn(r, "applied_on"), Accepted: dayIn(r, "accepted_on"), Certified: dayIn(r, "certified_on"), Left: dayIn(r, "left_on"),
	}
	m.Disciplines, _ = r["disciplines"].([]string)
	return m
}

// MemberActivity is something a member did, without what it reported of itself in
// confidence: participants and funding are no part of it, whoever asks.
type MemberActivity struct {
	Kind       string
	Discipline string
	Area       string
	Starts     time.Time
	Ends       time.Time // last day; zero when not known
	Partners   *int64    // international partners; nil when not reported
}

// Profile is one member with what it did, the latest first, activities announced
// for days to come included.
type Profile struct {
	Member
	Activities []MemberActivity
}

// MemberProfile finds a member by the identifier of its register. One that does
// not exist or that the caller may not see is NotFound; so are records of two
// sources under one identifier, which cannot be told apart.
func (s *Service) MemberProfile(ctx context.Context, id string, scope khue.Scope) (Profile, error) {
	found, err := s.register(ctx, []warehouse.Filter{{Dim: "member", Values: []string{id}}}, scope)
	if err != nil {
		return Profile{}, err
	}
	if len(found) != 1 || found[0].Shared {
		return Profile{}, khue.Errorf(khue.NotFound, "không có thành viên nào mang mã %q", "there is no member with the id %q", shortened(id))
	}
	p := Profile{Member: found[0]}
	records, err := s.facts.Records(ctx, "activities", []warehouse.Filter{{Dim: "member", Values: []string{id}}}, time.Time{}, mostOfOne)
	if err != nil {
		return Profile{}, fmt.Errorf("reading the activities of a member: %w", err)
	}
	for _, r := range records {
		if !scope.Reaches(textOf(r, "area")) {
			continue
		}
		a := MemberActivity{
			Kind: textOf(r, "kind"), Discipline: textOf(r, "discipline"), Area: textOf(r, "area"),
			Starts: dayIn(r, "starts_on"), Ends: dayIn(r, "ends_on"),
		}
		if n, ok := r["international_partners"].(int64); ok {
			a.Partners = &n
		}
		p.Activities = append(p.Activities, a)
	}
	slices.SortStableFunc(p.Activities, func(a, b MemberActivity) int { return b.Starts.Compare(a.Starts) })
	return p, nil
}

// mostOfOne is more activities than one member can have in a lifetime.
const mostOfOne = 50_000

// shortened keeps an identifier from outside to a length fit for a sentence.
func shortened(id string) string {
	if r := []rune(id); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return id
}
