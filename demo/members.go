package demo

import (
	"slices"
	"time"
)

// member is a row of the registry as its JSON shows it. Days are YYYY-MM-DD.
type member struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Ownership string   `json:"ownership"`
	OrgType   string   `json:"org_type"`
	Fields    []string `json:"fields"`
	AreaCode  string   `json:"area_code"`
	Applied   *string  `json:"applied_on"`
	Accepted  *string  `json:"accepted_on"`
	Certified *string  `json:"certified_on"`
	Left      *string  `json:"left_on"`
	Status    string   `json:"status"`
	Startup   bool     `json:"is_startup"`
	Updated   stamp    `json:"updated_at"`
	Deleted   bool     `json:"deleted"`
}

// stamp is a moment in a registry's JSON: RFC 3339, UTC, milliseconds.
type stamp time.Time

const stampForm = `2006-01-02T15:04:05.000Z`

// MarshalJSON writes the moment with its milliseconds, zeros too.
func (s stamp) MarshalJSON() ([]byte, error) {
	return time.Time(s).UTC().AppendFormat(nil, `"`+stampForm+`"`), nil
}

func dateText(d day) *string {
	s := date(d).Format(time.DateOnly)
	return &s
}

// milestones are the days of a space's way through the network; a day that
// never comes is not valid.
type milestones struct {
	applied                            day
	accepted, certified, left, decided null[day]
	stays                              bool // no rejection
}

// The rounds of certification after the launch.
var laterRounds = []day{on(2026, 3, 20), on(2026, 6, 12), on(2026, 9, 18)}

func (m *model) milestonesOf(s *space) milestones {
	d := newDice(m.seed, memberStream, uint64(s.number))
	w := milestones{applied: on(2025, 5, 6) + d.between(0, 24), stays: true}
	accepted := some(on(2025, 6, 16) + d.between(0, 120))
	launch := dayOf(mustDay(launchDay))
	switch s.role {
	case founding:
		w.accepted, w.certified = accepted, some(launch)
	case leaver:
		w.accepted, w.certified, w.left = accepted, some(launch), some(on(2026, 2, 1)+d.between(0, 240))
	case later:
		w.accepted, w.certified = some(on(2025, 10, 20)+d.between(0, 60)), some(one(d, laterRounds))
	case waiting:
		w.accepted = some(on(2026, 1, 5) + d.between(0, 200))
	case turned:
		w.decided, w.stays = accepted, false
	case withdrawn:
		w.accepted, w.left = accepted, some(accepted.value+d.between(15, 40))
	case newcomer:
		w.applied = s.opened + d.between(5, 30)
		w.accepted = some(w.applied + d.between(30, 90))
		w.certified = some(w.accepted.value + d.between(60, 150))
	}
	return w
}

func mustDay(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// active is the last day on which a space reports to the registry.
func (w milestones) active() (until day, ends bool) {
	switch {
	case w.left.valid:
		return w.left.value, true
	case !w.stays:
		return w.decided.value, true
	}
	return 0, false
}

// change is something that befalls a member's record at a moment.
type change struct {
	at    time.Time
	apply func(*member)
}

// memberVersions tells the whole life of a space's record in the registry. The
// registry opened with the call for applications of May 2025: nothing is known
// of a space before it applied.
func (m *model) memberVersions(s *space) []member {
	d := newDice(m.seed, memberStream, uint64(s.number), 1)
	w := m.milestonesOf(s)
	home := m.wards[s.ward]
	row := member{
		ID: s.memberID(), Name: s.name, Ownership: s.ownership, OrgType: s.org, Fields: codesOf(s.trades),
		AreaCode: home.areaOn(w.applied), Applied: dateText(w.applied), Status: "applied", Startup: s.startup,
	}
	changes := []change{{m.office(d, w.applied), func(*member) {}}}
	step := func(on null[day], apply func(*member)) {
		if on.valid {
			changes = append(changes, change{m.office(d, on.value), apply})
		}
	}
	if home.areaOn(w.applied) != home.code { // the districts end
		changes = append(changes, change{m.at(on(2025, 7, 1), 3600+s.number*7), func(r *member) { r.AreaCode = home.code }})
	}
	step(w.accepted, func(r *member) { r.Accepted, r.Status = dateText(w.accepted.value), "accepted" })
	step(w.certified, func(r *member) { r.Certified, r.Status = dateText(w.certified.value), "certified" })
	step(w.left, func(r *member) { r.Left, r.Status = dateText(w.left.value), "left" })
	step(w.decided, func(r *member) { r.Status = "rejected" })
	if d.chance(0.08) { // its main field was entered wrongly
		fields := codesOf(m.otherTrades(d, s.trades))
		changes = append(changes, change{m.office(d, w.applied+d.between(20, 200)), func(r *member) { r.Fields = fields }})
	}
	slices.SortStableFunc(changes, func(a, b change) int { return a.at.Compare(b.at) })
	var out []member
	for i := range changes {
		c := &changes[i]
		if i > 0 && !c.at.After(changes[i-1].at) {
			c.at = changes[i-1].at.Add(time.Second)
		}
		c.apply(&row)
		row.Updated = stamp(c.at)
		out = append(out, row)
	}
	return out
}

// doubleVersions tells of spaces entered twice by mistake: the second record lives for some
// days and is then deleted.
func (m *model) doubleVersions(s *space) []member {
	d := newDice(m.seed, memberStream, uint64(s.number), 2)
	if s.role == newcomer || !d.chance(0.02) {
		return nil
	}
	first := m.memberVersions(s)[0]
	first.ID += "-B"
	first.Updated = stamp(time.Time(first.Updated).Add(lagHours(d, 1, 5)))
	second := first
	second.Deleted = true
	second.Updated = stamp(time.Time(first.Updated).Add(lagDays(d, 3, 20)))
	return []member{first, second}
}

// otherTrades is the same list with another main field.
func (m *model) otherTrades(d dice, list []int) []int {
	out := slices.Clone(list)
	if len(out) > 1 && d.chance(0.6) {
		out[0], out[1] = out[1], out[0]
		return out
	}
	for slices.Contains(list, out[0]) {
		out[0] = d.pick(tradeWeights)
	}
	return out
}
