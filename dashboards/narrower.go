package dashboards

import (
	"encoding/json"
	"slices"
	"time"

	"khue"
	"khue/charts"
)

// narrower is the page on which a part stands, with the filters as a change leaves
// them: where a click on one item of its chart leads. It is "" when that is the page
// as it is, or a page that cannot be.
func (v *visit) narrower(id string, change func(*filter)) string {
	at := v.site.standingOf(id)
	to := v.leading(at.path, at.takes, change)
	if to == v.leading(at.path, at.takes, func(*filter) {}) {
		return ""
	}
	return to
}

// leading is another page with the filters as a change leaves them, as far as that
// page takes them.
func (v *visit) leading(path string, takes []string, change func(*filter)) string {
	f := v.frame.filter
	f.list = listing{} // a page of a list does not outlast what it lists
	change(&f)
	if !slices.Contains(takes, areaName) {
		f.area = ""
	}
	if f.agrees(v.frame.today) != nil || f.picks.agrees(f.area) != nil {
		return ""
	}
	return address(path, keep(f.query(), withCompare(takes)...), "")
}

// during limits a page to a period.
func (v *visit) during(p khue.Period) func(*filter) {
	return func(f *filter) { _ = f.setPeriod(p.String(), v.frame.today) } // callers see to it that it has begun
}

// begun tells that there is something of a period to look at.
func (v *visit) begun(p khue.Period) bool { return !p.Start().After(v.frame.today) }

// inMonth is where a month of a chart leads: the page of the part, in that month.
func (v *visit) inMonth(id string, p khue.Period) string {
	if !v.begun(p) {
		return ""
	}
	return v.narrower(id, v.during(p))
}

// toMembers is the page on members in a period.
func (v *visit) toMembers(p khue.Period) string {
	if !v.begun(p) {
		return ""
	}
	return v.leading(membersPath, memberFilters, v.during(p))
}

// eventsIn is the list of the events that began in a month.
func (v *visit) eventsIn(p khue.Period) string {
	if !v.begun(p) {
		return ""
	}
	return v.leading(eventListPath, eventsFilters, v.during(p))
}

// eventsOn is the list of the events that began on a day.
func (v *visit) eventsOn(day time.Time) string {
	f := eventListFilter{filter: v.frame.filter, day: day}
	f.list, f.picks, f.series, f.kind = listing{}, picks{}, "", ""
	if f.setPeriod(khue.PeriodOf(day, khue.Month).String(), v.frame.today) != nil || f.agrees(v.frame.today) != nil {
		return ""
	}
	return address(eventListPath, f.values(1), "")
}

// toArea is the page on areas about one of them, by a measure.
func (v *visit) toArea(measure string) func(code string) string {
	return func(code string) string {
		if _, known := khue.AreaOf(code); !known {
			return ""
		}
		return v.leading(areasPath, v.site.takesOf(areasPath), func(f *filter) { f.area, f.picks.measure = code, measure })
	}
}

// takesOf are the filters that a page takes.
func (s *Site) takesOf(path string) []string {
	for _, p := range s.figurePages {
		if p.path == path {
			return p.takes
		}
	}
	return nil
}

// oneOf is where a value of a dimension leads: the page of the part, limited to it.
func (v *visit) oneOf(id, dimension string) func(code string) string {
	return func(code string) string {
		if code == "" {
			return ""
		}
		return v.narrower(id, func(f *filter) {
			switch dimension {
			case disciplineName:
				f.discipline = code
			case kindFilter:
				f.kind = code
			case areaName:
				f.area = code
			}
		})
	}
}

// leadOn notes of each part where it leads.
func leadOn(parts []portion, way func(code string) string) []portion {
	for i, p := range parts {
		if p.now.Known && !p.now.Suppressed {
			parts[i].way = way(p.key.Code)
		}
	}
	return parts
}

// waysOfParts are the addresses of bars in their order.
func waysOfParts(parts []portion) []string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = p.way
	}
	return out
}

// led adds to a chart where its items lead.
func led(option json.RawMessage, err error, ways charts.Ways) (json.RawMessage, error) {
	if err != nil {
		return nil, err
	}
	return charts.Leading(option, ways)
}
