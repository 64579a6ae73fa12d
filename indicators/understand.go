package indicators

import (
	"slices"
	"strings"
	"time"

	"khue"
)

// understand looks up every name of a question and reports what cannot be.
func (s *Service) understand(q Question) (*inquiry, error) {
	a := &inquiry{question: q, where: make(map[string][]string), timeKey: -1, limit: q.Limit, strays: strays{}}
	if err := s.setMoment(a); err != nil {
		return nil, err
	}
	for _, step := range []func(*inquiry) error{s.lookUpMeasures, s.lookUpDimensions, s.lookUpViews, s.lookUpFilters, checkDays, s.checkLimit, checkClaims, checkTop, checkDerive} {
		if err := step(a); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// clockSkew is how far ahead of ours a caller's clock may run.
const clockSkew = time.Minute

func (s *Service) setMoment(a *inquiry) error {
	now := s.now()
	a.moment = now.In(s.zone)
	if asOf := a.question.AsOf; !asOf.IsZero() {
		if asOf.After(now.Add(clockSkew)) {
			return khue.Errorf(khue.Invalid,
				"thời điểm %s ở tương lai; chỉ hỏi được điều đã biết", "%s lies in the future; only what is known can be asked",
				asOf.In(s.zone).Format(time.RFC3339)).Coded("moment_in_future", "as_of")
		}
		a.moment = asOf.In(s.zone)
	}
	a.today, a.started = s.dayOf(a.moment), time.Now()
	if again := a.question.again; again != nil && !again.day.IsZero() {
		a.today = again.day
	}
	return nil
}

func (s *Service) lookUpMeasures(a *inquiry) error {
	if len(a.question.Measures) == 0 {
		return khue.Errorf(khue.Invalid, "câu hỏi cần ít nhất một chỉ số", "a question needs at least one measure").Coded("no_measure", "measure")
	}
	for i, name := range a.question.Measures {
		if slices.Contains(a.question.Measures[:i], name) {
			return khue.Errorf(khue.Invalid, "chỉ số %q được hỏi hai lần", "measure %q is asked for twice", name).Coded("repeated", item("measure", i))
		}
		if err := s.want(a, name); err != nil {
			return lies(err, "unknown_measure", item("measure", i))
		}
	}
	return nil
}

func (s *Service) lookUpDimensions(a *inquiry) error {
	for i, name := range a.question.By {
		d, err := s.catalogue.Dimension(name)
		if err != nil {
			return lies(err, "unknown_dimension", item("by", i))
		}
		if slices.Contains(a.question.By[:i], name) {
			return khue.Errorf(khue.Invalid, "chiều %q được nêu hai lần", "dimension %q is given twice", name).Coded("repeated", item("by", i))
		}
		if d.Grain != "" && a.grain != "" {
			return khue.Errorf(khue.Invalid,
				"chỉ chia theo một độ dài kỳ, không thể cùng lúc %s và %s", "split by one grain of time, not by %s and %s at once", a.grain, name).Coded("two_grains", item("by", i))
		}
		if d.Grain != "" {
			a.grain, a.timeKey = d.Grain, i
		}
		if err := s.shared(a, d); err != nil {
			return lies(err, "dimension_not_shared", item("by", i))
		}
		a.by = append(a.by, d)
	}
	return nil
}

// shared tells whether every measure's dataset has a dimension.
func (s *Service) shared(a *inquiry, d Dimension) error {
	if d.Grain != "" {
		return nil
	}
	for _, m := range a.measures {
		if slices.Contains(d.Datasets, m.Dataset) {
			continue
		}
		var known []string
		for _, other := range s.catalogue.dimensions {
			if slices.Contains(other.Datasets, m.Dataset) {
				known = append(known, other.Name)
			}
		}
		names := strings.Join(known, ", ")
		return &khue.Error{Kind: khue.Invalid, Message: khue.Text{
			VI: "chỉ số " + m.Name + " không có chiều " + d.Name + "; hiện có: " + names,
			EN: "measure " + m.Name + " has no dimension " + d.Name + "; it has " + names,
		}}
	}
	return nil
}

func (s *Service) lookUpFilters(a *inquiry) error {
	names := make([]string, 0, len(a.question.Where))
	for name := range a.question.Where {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		values, path := a.question.Where[name], "where/"+step(name)
		d, err := s.catalogue.Dimension(name)
		if err != nil {
			return lies(err, "unknown_dimension", path)
		}
		if d.Grain != "" {
			return khue.Errorf(khue.Invalid,
				"không lọc theo %s; hãy dùng ngày đầu và ngày cuối", "%s is no filter; use the first and last day", name).Coded("time_as_filter", path)
		}
		if err := s.shared(a, d); err != nil {
			return lies(err, "dimension_not_shared", path)
		}
		if len(values) == 0 {
			return khue.Errorf(khue.Invalid, "bộ lọc %s chưa có giá trị nào", "the filter on %s names no value", name).Coded("empty_filter", path)
		}
		for i, v := range values {
			if name == "area" && v == Unconverted && a.question.AreaView == AreasAsNow {
				continue
			}
			if err := d.checkValue(v); err != nil {
				return lies(err, "unknown_value", item(path, i))
			}
		}
		if name == "area" && slices.Contains(values, khue.CityCode) {
			continue // the whole city is no limit
		}
		a.where[name] = distinct(values)
		if name == "area" {
			a.areasAsked = a.where[name]
		}
	}
	return nil
}

func distinct(values []string) []string {
	out := slices.Clone(values)
	slices.Sort(out)
	return slices.Compact(out)
}

// checkValue refuses a code that a closed list does not hold; "" is the unknown
// value, which any dimension may have.
func (d Dimension) checkValue(code string) error {
	if code == "" {
		return nil
	}
	var known []string
	switch {
	case d.Name == "area":
		if _, ok := khue.AreaOf(code); ok {
			return nil
		}
		for _, a := range khue.Areas() {
			known = append(known, a.Code)
		}
	case d.Name == "discipline":
		for _, x := range khue.Disciplines() {
			known = append(known, x.Code)
		}
	default:
		for _, v := range d.Values {
			known = append(known, v.Code)
		}
	}
	if len(known) == 0 || slices.Contains(known, code) {
		return nil
	}
	return notFound("giá trị "+d.Name, d.Name, code, known)
}

func checkDays(a *inquiry) error {
	from, to := a.question.From, a.question.To
	for i, d := range []time.Time{from, to} {
		// The offset, not the location: drivers give UTC under a location of their own.
		if _, offset := d.Zone(); offset != 0 || !d.Equal(d.Truncate(24*time.Hour)) {
			return khue.Errorf(khue.Invalid,
				"%s không phải là ngày; hãy dùng nửa đêm UTC của ngày đó", "%s is not a calendar day; use midnight UTC of that day", d.Format(time.RFC3339)).Coded("bad_day", []string{"from", "to"}[i])
		}
	}
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return khue.Errorf(khue.Invalid,
			"ngày đầu %s phải trước ngày cuối %s", "the first day %s must come before the end %s",
			from.Format(time.DateOnly), to.Format(time.DateOnly)).Coded("days_reversed", "to")
	}
	return nil
}

func (s *Service) checkLimit(a *inquiry) error {
	if a.limit < 0 {
		return khue.Errorf(khue.Invalid, "giới hạn số dòng %d là số âm", "the row limit %d is negative", a.limit).Coded("bad_limit", "limit")
	}
	if a.limit == 0 {
		a.limit = s.limit
	}
	return nil
}

// limitToScope narrows the filters to the areas that the caller may see. An
// area asked for by name outside them is refused, never left out silently.
func (a *inquiry) limitToScope(scope khue.Scope) error {
	if scope.All {
		return nil
	}
	if len(scope.Areas) == 0 {
		return khue.Errorf(khue.Forbidden, "tài khoản chưa được giao địa bàn nào", "this account has no area to see").Coded("outside_scope", "")
	}
	asked, limited := a.where["area"]
	if !limited {
		a.where["area"] = distinct(scope.Areas)
		return nil
	}
	for _, code := range asked {
		if code != Unconverted && !scope.Reaches(code) {
			return khue.Errorf(khue.Forbidden,
				"địa bàn %q nằm ngoài phạm vi được giao", "area %q lies outside what this account may see", code).Coded("outside_scope", "where/area")
		}
	}
	return nil
}
