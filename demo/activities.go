package demo

import (
	"fmt"
	"math"
	"time"
)

// activity is something a member did, as the registry's JSON shows it.
type activity struct {
	ID           string  `json:"id"`
	Member       string  `json:"member_id"`
	Type         string  `json:"type"`
	Field        string  `json:"field"`
	AreaCode     string  `json:"area_code"`
	Start        *string `json:"start_date"`
	End          *string `json:"end_date"`
	Participants *int64  `json:"participants"`
	Partners     *int64  `json:"intl_partners"`
	Funding      *int64  `json:"funding_vnd"`
	Initiative   *string `json:"initiative_id"`
	Updated      stamp   `json:"updated_at"`
	Deleted      bool    `json:"deleted"`
}

// activitiesAMonth is what an average space did in an average month of 2024.
const activitiesAMonth = 2.48

// activityVersions tells the life of every activity that a space began in a
// month, given by its first day. What it did before it applied to the network it
// entered together with its application.
func (m *model) activityVersions(s *space, month time.Time, visit func([]activity)) {
	first := dayOf(month)
	d := newDice(m.seed, activityStream, uint64(s.number), uint64(month.Year()*12+int(month.Month())))
	w := m.milestonesOf(s)
	if d.chance(0.03) {
		return // this member missed its report of the month, and never made up for it
	}
	days := dayOf(month.AddDate(0, 1, 0)) - first
	mean := 0.0
	for n := range days {
		mean += rhythm(first+n) / float64(days)
	}
	mean *= activitiesAMonth * growthOf(month.Year()).activities * math.Pow(s.weight, 0.8)
	for n := range d.poisson(mean) {
		start := first + d.between(0, days-1)
		v := m.activityLife(d, s, w, start, fmt.Sprintf("A-%s-%04d-%02d", month.Format("200601"), s.number, n+1))
		if until, ends := w.active(); start < s.opened || ends && start > until {
			continue
		}
		visit(v)
	}
}

func (m *model) activityLife(d dice, s *space, w milestones, start day, id string) []activity {
	kind := activityKinds[d.pick(activityWeights)]
	length := d.between(0, 2)
	if kind.code == "exhibition" || kind.code == "residency" {
		length = d.between(4, 30)
	}
	row := activity{
		ID: id, Member: s.memberID(), Type: kind.code, Field: trades[s.trades[d.pick([]float64{70, 20, 10}[:len(s.trades)])]].code,
		AreaCode: m.wards[s.ward].areaOn(start), Start: dateText(start), End: dateText(start + length),
		Initiative: m.initiativeOf(d, start).ptr(),
	}
	if kind.participants.hi > 0 {
		n := int64(d.around(float64(kind.participants.draw(d))*closureOn(start).crowd, 0.3)) + 1
		row.Participants = &n
	}
	if d.chance(0.85) {
		n := int64(d.pick([]float64{80, 12, 5, 2, 1}))
		row.Partners = &n
	}
	if d.chance(0.7) {
		n := int64(d.around(24, 0.9)*10) * 100_000
		row.Funding = &n
	}
	row.Updated = stamp(m.activityEntered(d, w, start+length))
	if d.chance(0.002) {
		return []activity{spoilActivity(d, row)}
	}
	return m.laterActivity(d, row, s)
}

// activityEntered is when the record first shows at the registry.
func (m *model) activityEntered(d dice, w milestones, end day) time.Time {
	lag := d.between(1, 10)
	if d.chance(0.08) {
		lag = d.between(20, 60)
	}
	history := w.applied + d.between(0, 45)
	return m.office(d, max(end+lag, history))
}

// spoilActivity makes a record that no careful loader takes.
func spoilActivity(d dice, row activity) activity {
	switch d.IntN(3) {
	case 0:
		row.Field = "khong_ro"
	case 1:
		n := int64(-d.between(1, 50))
		row.Participants = &n
	default:
		row.Start = nil
	}
	return row
}

// laterActivity adds what became of a record after it was entered.
func (m *model) laterActivity(d dice, row activity, s *space) []activity {
	versions := []activity{row}
	next := func(lo, hi int, apply func(*activity)) {
		row.Updated = stamp(time.Time(row.Updated).Add(lagDays(d, lo, hi)))
		apply(&row)
		versions = append(versions, row)
	}
	if row.Participants != nil && d.chance(0.04) {
		n := int64(float64(*row.Participants)*(0.6+0.9*d.Float64())) + 1
		next(2, 40, func(a *activity) { a.Participants = &n })
	}
	if d.chance(0.02) {
		field := trades[m.otherTrades(d, s.trades[:1])[0]].code
		next(5, 60, func(a *activity) { a.Field = field })
	}
	if d.chance(0.007) {
		next(1, 25, func(a *activity) { a.Deleted = true })
	}
	return versions
}
