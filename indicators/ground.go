package indicators

import (
	"slices"
	"time"

	"khue"
	"khue/warehouse"
)

var otherGround = khue.Text{
	VI: "địa bàn không có hiệu lực suốt các ngày được so sánh",
	EN: "the area was not in force on all days compared",
}

// sameGround tells that a row speaks of one part of the city on all days of some
// spans. A district of 2025 was there for half of the year, and what is called
// all others holds districts on one side of 1 July 2025 and wards on the other:
// set against a whole year, the change of either would be one of the map.
//
// In the view of today an area stands for the days before it where a
// correspondence leads to it.
func (s *Service) sameGround(a *inquiry, keys []Key, spans ...warehouse.Window) bool {
	codes := a.areasAsked
	if a.top.dim == "area" {
		codes = a.top.areas
	}
	if len(codes) == 0 {
		codes = a.wholeWhere()["area"] // the caller's own
	}
	if at := slices.IndexFunc(a.by, func(d Dimension) bool { return d.Name == "area" }); at >= 0 {
		codes = []string{keys[at].Code}
	}
	if len(codes) == 0 || slices.Contains(codes, "") {
		return true // the whole city, or nobody knows where
	}
	if a.areasOfToday() {
		present := s.catalogue.presentAreas(a.today)
		if present.wholly() || slices.ContainsFunc(codes, present.inherits) {
			return true
		}
	}
	if slices.Contains(codes, OtherCode) || slices.Contains(codes, Unconverted) {
		from, to := hull(spans)
		return !(from.Before(khue.DistrictEra) && to.After(khue.DistrictEra))
	}
	return !slices.ContainsFunc(spans, func(w warehouse.Window) bool { return !inForce(codes, w) })
}

// inForce tells that one of the areas at least existed on every day of a window.
func inForce(codes []string, w warehouse.Window) bool {
	turns := []time.Time{w.From} // days on which an area begins or ends
	var all []khue.Area
	for _, code := range codes {
		area, known := khue.AreaOf(code)
		if !known {
			return true // not of the official list: nothing is known of its days
		}
		all = append(all, area)
		for _, day := range []time.Time{area.From, area.To} {
			if day.After(w.From) && day.Before(w.To) {
				turns = append(turns, day)
			}
		}
	}
	return !slices.ContainsFunc(turns, func(day time.Time) bool {
		return !slices.ContainsFunc(all, func(area khue.Area) bool { return area.ValidOn(day) })
	})
}

// wholly tells that every area leads to those of the day, with nothing left over.
func (p present) wholly() bool {
	for _, shares := range p.to {
		if slices.ContainsFunc(shares, func(s Share) bool { return s.Code == Unconverted }) {
			return false
		}
	}
	return true
}

// inherits tells that another area leads to one.
func (p present) inherits(code string) bool {
	for from, shares := range p.to {
		if from != code && slices.ContainsFunc(shares, func(s Share) bool { return s.Code == code }) {
			return true
		}
	}
	return false
}
