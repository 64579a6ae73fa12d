package indicators

import (
	"slices"
	"time"

	"khue"
	"khue/locale"
)

// AreaView chooses under which areas facts are shown.
type AreaView string

// The views of areas.
const (
	// AreasAsWere keeps each fact under the area it was reported in.
	AreasAsWere AreaView = "as_was"
	// AreasAsNow shows facts under the areas in force at the question's moment. Areas
	// that ended are led on by the configured correspondences and by nothing else;
	// what they do not cover stands in the row Unconverted.
	AreasAsNow AreaView = "as_now"
)

// ParseAreaView reads "as_was" or "as_now"; an empty text is as_was.
func ParseAreaView(s string) (AreaView, error) {
	switch v := AreaView(s); v {
	case "":
		return AreasAsWere, nil
	case AreasAsWere, AreasAsNow:
		return v, nil
	}
	return "", khue.Errorf(khue.Invalid,
		"không có cách xem địa bàn %q; hãy dùng as_was (lúc phát sinh) hoặc as_now (hiện nay)",
		"there is no view of areas %q; use as_was or as_now", s).Coded("unknown_area_view", "area_view")
}

// settleAreas turns the filter on areas, under the view of today, from areas of
// the facts into areas of the answer. The caller's own limits stay on the facts:
// who may see a district may see where its figures went, and no others.
func (a *inquiry) settleAreas() error {
	if a.question.AreaView != AreasAsNow || !a.usesArea() {
		return nil
	}
	for _, code := range a.areasAsked {
		if area, ok := khue.AreaOf(code); ok && !area.ValidOn(a.today) {
			return &khue.Error{Kind: khue.Invalid, Code: "area_not_in_force", Path: "where/area", Message: khue.Text{
				VI: area.Name.VI + " không có hiệu lực ngày " + locale.Date(khue.Vietnamese, a.today) +
					" nên không lọc được khi xem theo địa bàn hiện nay (as_now); hãy hỏi các địa bàn hiện nay hoặc xem theo lúc phát sinh (as_was)",
				EN: area.Name.EN + " is not in force on " + locale.Date(khue.English, a.today) +
					" and cannot be a filter in the view of today (as_now); ask for present areas, or by areas as they were (as_was)",
			}}
		}
	}
	delete(a.where, "area")
	if !a.question.Scope.All {
		a.where["area"] = distinct(a.question.Scope.Areas)
	}
	return nil
}

// usesArea tells that the question splits or filters by area.
func (a *inquiry) usesArea() bool {
	return len(a.areasAsked) > 0 || a.byArea()
}

func (a *inquiry) byArea() bool { return slices.Contains(a.question.By, "area") }

// areaLens looks at areas as the question's view has them. In either view the
// days before and since the districts' end are told apart, so that codes which
// were not valid on their day can be counted.
func (s *Service) areaLens(a *inquiry, p *part) (lens, error) {
	l := lens{dim: "area", label: labelOf("area"), from: a.question.From}
	now := a.question.AreaView == AreasAsNow && a.usesArea()
	if p.additive() && a.byArea() && a.crossesEras() {
		l.breaks = []time.Time{khue.DistrictEra}
	}
	if !now && l.breaks == nil {
		return lens{}, nil
	}
	v := view{name: "area", at: slices.Index(p.ask.By, "area")}
	if now {
		present := s.catalogue.presentAreas(a.today)
		v.read = func(_ time.Time, code string) []Share { return present.shares(code) }
		v.known, v.rest, v.split = present.codes, Unconverted, present.split
		v.only = a.areasAsked
	}
	l.views = []view{v}
	return l, nil
}

// crossesEras tells that the question's days lie on both sides of the districts'
// end and that its periods do not keep them apart.
func (a *inquiry) crossesEras() bool {
	from, to := a.question.From, a.question.To
	if !from.IsZero() && !from.Before(khue.DistrictEra) || !to.IsZero() && !to.After(khue.DistrictEra) {
		return false
	}
	switch a.grain {
	case khue.HalfYear, khue.Quarter, khue.Month, khue.Day:
		return false // 1 July begins one of each
	}
	return true
}

// present tells where the facts of every area go in the view of today.
type present struct {
	codes []string
	to    map[string][]Share
	split bool
}

func (p present) shares(code string) []Share {
	if code == "" {
		return []Share{{Weight: whole}}
	}
	if to, ok := p.to[code]; ok {
		return to
	}
	return []Share{{Unconverted, whole}}
}

// presentAreas leads every area of the official list to those in force on a day.
func (c *Catalogue) presentAreas(day time.Time) present {
	led := make(map[string][]Share)
	for _, correspondence := range c.correspondences {
		for _, e := range correspondence.Entries {
			if to, ok := khue.AreaOf(e.To); ok && to.ValidOn(day) {
				led[e.From] = append(led[e.From], Share{e.To, e.Weight})
			}
		}
	}
	p := present{to: make(map[string][]Share)}
	for _, area := range khue.Areas() {
		shares := []Share{{area.Code, whole}}
		if !area.ValidOn(day) {
			shares = withRest(led[area.Code], Unconverted)
		}
		p.codes, p.to[area.Code] = append(p.codes, area.Code), shares
		p.split = p.split || len(shares) > 1
	}
	return p
}
