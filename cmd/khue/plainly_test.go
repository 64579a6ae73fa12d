package main

import (
	"fmt"
	"strings"
	"time"
)

// This file works measures and indicators out of the raw rows with plain loops and
// calendar arithmetic of its own. It shares nothing with the product's way.

// split says how a question divides its facts.
type split struct {
	grain            string // "" does not split by time
	discipline, area bool
	from, to         time.Time // the days it is about, to not included; zero is open
	// top keeps these codes of the dimension it is split by and calls all others "~other".
	top map[string]bool
}

// by names the dimensions in the order in which a cell's key has them.
func (s split) by() []string {
	var by []string
	if s.grain != "" {
		by = append(by, s.grain)
	}
	if s.discipline {
		by = append(by, "discipline")
	}
	if s.area {
		by = append(by, "area")
	}
	return by
}

// cell is where a fact falls; one without a day falls nowhere in time.
func (s split) cell(day time.Time, f *rawFact) (string, bool) {
	if s.grain != "" && day.IsZero() || day.Before(s.from) || !s.to.IsZero() && !day.Before(s.to) {
		return "", false
	}
	var parts []string
	if s.grain != "" {
		parts = append(parts, named(day, s.grain))
	}
	if s.discipline {
		parts = append(parts, s.called(f.discipline))
	}
	if s.area {
		parts = append(parts, s.called(f.area))
	}
	return strings.Join(parts, "|"), true
}

func (s split) called(code string) string {
	if s.top != nil && !s.top[code] {
		return "~other"
	}
	return code
}

// named is the name of the period that holds a day.
func named(day time.Time, grain string) string {
	y, m, _ := day.Date()
	switch grain {
	case "year":
		return fmt.Sprint(y)
	case "half":
		if m <= time.June {
			return fmt.Sprintf("%d-S1", y)
		}
		return fmt.Sprintf("%d-S2", y)
	case "quarter":
		return fmt.Sprintf("%d-Q%d", y, (int(m)+2)/3)
	case "month":
		return fmt.Sprintf("%d-%02d", y, int(m))
	case "week": // belongs to the year of its Thursday
		thursday := day
		for thursday.Weekday() != time.Thursday {
			if day.Weekday() == time.Sunday || thursday.Weekday() > time.Thursday {
				thursday = thursday.AddDate(0, 0, -1)
			} else {
				thursday = thursday.AddDate(0, 0, 1)
			}
		}
		return fmt.Sprintf("%d-W%02d", thursday.Year(), (thursday.YearDay()-1)/7+1)
	}
	return day.Format(time.DateOnly)
}

// figures are known numbers by cell; a cell that is not there is unknown.
type figures map[string]float64

// reckoning works a measure out of the raw rows, for a split, on a day.
type reckoning struct {
	dims  string   // dimensions beside time that its rows have, for the splits that make sense
	parts []string // of a ratio
	work  func(raw *rawCity, s split, today time.Time) figures
}

const placed = "discipline area"

// adding sums a number over rows; rows that do not say it leave it unknown.
func adding(rows func(*rawCity) []rawFact, number func(*rawFact) amount) reckoning {
	return reckoning{dims: placed, work: func(raw *rawCity, s split, _ time.Time) figures {
		sums := map[string]int64{}
		facts := rows(raw)
		for i := range facts {
			f := &facts[i]
			n := number(f)
			if at, ok := s.cell(f.day, f); ok && n.known {
				sums[at] += n.n
			}
		}
		out := figures{}
		for at, n := range sums {
			out[at] = float64(n)
		}
		return out
	}}
}

// oneEach counts rows.
func oneEach(*rawFact) amount { return amount{1, true} }

// each counts rows that are as told.
func each(as func(*rawFact) bool) func(*rawFact) amount {
	return func(f *rawFact) amount { return amount{1, as(f)} }
}

// training tells that an activity is one.
func training(f *rawFact) bool { return f.kind == "training" }

// tellingApart counts how many different names rows bear in a cell.
func tellingApart(rows func(*rawCity) []rawFact, name func(*rawFact) string) reckoning {
	return reckoning{dims: placed, work: func(raw *rawCity, s split, _ time.Time) figures {
		sets := map[string]map[string]bool{}
		facts := rows(raw)
		for i := range facts {
			f := &facts[i]
			at, ok := s.cell(f.day, f)
			if !ok || name(f) == "" {
				continue
			}
			if sets[at] == nil {
				sets[at] = map[string]bool{}
			}
			sets[at][name(f)] = true
		}
		out := figures{}
		for at, set := range sets {
			out[at] = float64(len(set))
		}
		return out
	}}
}

// present counts members who are there on the last day of each period, walking
// from day to day; the last day of a period that is not over is today. A group to
// which nobody has come yet is unknown.
func present(came func(*rawFact) time.Time) reckoning {
	return reckoning{dims: placed, work: func(raw *rawCity, s split, today time.Time) figures {
		first := today
		for i := range raw.members {
			if d := firstOf(raw.members[i].accepted, raw.members[i].certified); !d.IsZero() && d.Before(first) {
				first = d
			}
		}
		out := figures{}
		last := today
		if !s.to.IsZero() && !last.Before(s.to) {
			last = s.to.AddDate(0, 0, -1)
		}
		s.from, s.to = time.Time{}, time.Time{} // who came before is there still
		for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
			next := day.AddDate(0, 0, 1)
			if day.Before(last) && (s.grain == "" || named(day, s.grain) == named(next, s.grain)) {
				continue
			}
			for i := range raw.members {
				m := &raw.members[i]
				at, _ := s.cell(day, m)
				if any := firstOf(m.accepted, m.certified); any.IsZero() || any.After(day) {
					continue
				}
				d := came(m)
				there := !d.IsZero() && !d.After(day) && (m.left.IsZero() || m.left.After(day))
				out[at] += map[bool]float64{true: 1}[there]
			}
		}
		return out
	}}
}

func firstOf(days ...time.Time) time.Time {
	var first time.Time
	for _, d := range days {
		if !d.IsZero() && (first.IsZero() || d.Before(first)) {
			first = d
		}
	}
	return first
}

func attendanceOf(raw *rawCity) []rawFact { return raw.attendance }
func eventsOf(raw *rawCity) []rawFact     { return raw.events }
func activitiesOf(raw *rawCity) []rawFact { return raw.activities }
func membersOf(raw *rawCity) []rawFact    { return raw.members }

// plainMeasures holds every measure of the catalogue, worked out plainly. A
// measure that is not here fails the test: whoever adds one adds its plain count.
var plainMeasures = map[string]reckoning{
	"visitors":          adding(attendanceOf, func(f *rawFact) amount { return f.visitors }),
	"online_visitors":   adding(attendanceOf, func(f *rawFact) amount { return f.online }),
	"paid_tickets":      adding(attendanceOf, func(f *rawFact) amount { return f.tickets }),
	"revenue":           adding(attendanceOf, func(f *rawFact) amount { return f.revenue }),
	"events":            adding(eventsOf, oneEach),
	"activities":        adding(activitiesOf, oneEach),
	"participants":      adding(activitiesOf, func(f *rawFact) amount { return f.participants }),
	"active_members":    tellingApart(activitiesOf, func(f *rawFact) string { return f.member }),
	"members":           present(func(f *rawFact) time.Time { return firstOf(f.accepted, f.certified) }),
	"certified_members": present(func(f *rawFact) time.Time { return f.certified }),
	"member_records":    adding(membersOf, oneEach),
	"new_members": adding(membersOf, each(func(f *rawFact) bool {
		return f.status == "accepted" || f.status == "certified" || f.status == "left"
	})),
	"organisers":           tellingApart(eventsOf, func(f *rawFact) string { return f.organiser }),
	"events_with_visitors": tellingApart(attendanceOf, func(f *rawFact) string { return f.event }),
	"areas_with_events":    tellingApart(eventsOf, func(f *rawFact) string { return f.area }),
	"online_events":        adding(eventsOf, each(func(f *rawFact) bool { return f.format == "online" || f.format == "hybrid" })),
	"free_events":          adding(eventsOf, each(func(f *rawFact) bool { return f.access == "free" })),
	"international_events": adding(eventsOf, each(func(f *rawFact) bool { return f.international.n == 1 })),
	"trainings":            adding(activitiesOf, each(training)),
	"training_participants": adding(activitiesOf, func(f *rawFact) amount {
		return amount{f.participants.n, f.participants.known && training(f)}
	}),
	"funding":                  adding(activitiesOf, func(f *rawFact) amount { return f.funding }),
	"international_activities": adding(activitiesOf, each(func(f *rawFact) bool { return f.partners.n > 0 })),
	"international_partners":   adding(activitiesOf, func(f *rawFact) amount { return f.partners }),
}

// plainIndicators holds every indicator of the catalogue, worked out plainly; one
// that is not here fails the test.
var plainIndicators = map[string]reckoning{
	"members":                      plainMeasures["members"],
	"certified_members":            plainMeasures["certified_members"],
	"new_members":                  plainMeasures["new_members"],
	"new_member_share":             per(100, "new_members", "members", noneIsZero),
	"active_members":               plainMeasures["active_members"],
	"active_member_share":          per(100, "active_members", "members", noneIsUnknown),
	"activities":                   plainMeasures["activities"],
	"participants":                 plainMeasures["participants"],
	"participants_per_activity":    per(1, "participants", "activities", noneIsUnknown),
	"activities_per_active_member": per(1, "activities", "active_members", noneIsUnknown),
	"trainings":                    plainMeasures["trainings"],
	"training_participants":        plainMeasures["training_participants"],
	"events":                       plainMeasures["events"],
	"visitors":                     plainMeasures["visitors"],
	"online_visitors":              plainMeasures["online_visitors"],
	"visitors_per_event":           per(1, "visitors", "events", noneIsUnknown),
	"online_visits_per_100":        per(100, "online_visitors", "visitors", noneIsUnknown),
	"online_event_share":           per(100, "online_events", "events", noneIsZero),
	"free_event_share":             per(100, "free_events", "events", noneIsZero),
	"organisers":                   plainMeasures["organisers"],
	"areas_with_events":            plainMeasures["areas_with_events"],
	"revenue":                      plainMeasures["revenue"],
	"paid_tickets":                 plainMeasures["paid_tickets"],
	"revenue_per_ticket":           per(1, "revenue", "paid_tickets", noneIsUnknown),
	"funding":                      plainMeasures["funding"],
	"funding_per_activity":         per(1, "funding", "activities", noneIsUnknown),
	"international_activities":     plainMeasures["international_activities"],
	"international_activity_share": per(100, "international_activities", "activities", noneIsZero),
	"international_partners":       plainMeasures["international_partners"],
	"international_events":         plainMeasures["international_events"],
	// Published figures that somebody counted or measured, by year; estimates and
	// targets are no actual figures.
	"creative_spaces":                published(figures{"2023": 124}),
	"festival_visitors":              published(nil),
	"festival_activities":            published(nil),
	"grdp_share":                     published(nil),
	"cultural_industry_centres":      published(nil),
	"tourism_visitors":               published(nil),
	"tourism_international_visitors": published(nil),
	"tourism_value":                  published(nil),
	"tourism_grdp_share":             published(nil),
}

// What a numerator that no row supports means: where things were counted and none
// of them is such a one, that is a true zero; a number that nobody reported is unknown.
const (
	noneIsZero    = true
	noneIsUnknown = false
)

// per is a ratio of the sums of both parts in a cell.
func per(factor float64, above, below string, none bool) reckoning {
	return reckoning{dims: placed, parts: []string{above, below}, work: func(raw *rawCity, s split, today time.Time) figures {
		parts, wholes := plainMeasures[above].work(raw, s, today), plainMeasures[below].work(raw, s, today)
		out := figures{}
		for at, whole := range wholes {
			part, known := parts[at]
			if (known || none) && whole != 0 {
				out[at] = factor * part / whole
			}
		}
		return out
	}}
}

// published figures have years and nothing else.
func published(byYear figures) reckoning {
	return reckoning{work: func(*rawCity, split, time.Time) figures { return byYear }}
}
