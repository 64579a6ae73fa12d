package indicators

import (
	"slices"
	"strings"

	"khue"
	"khue/locale"
)

// InWords says in a phrase what a question asks.
func (s *Service) InWords(q Question) khue.Text { return s.words(q, nil, "") }

// words says in a phrase what a question asks, or what one of its numbers is.
func (s *Service) words(q Question, keys []Key, measure string) khue.Text {
	return khue.Text{VI: s.phrase(khue.Vietnamese, q, keys, measure), EN: s.phrase(khue.English, q, keys, measure)}
}

func (s *Service) phrase(lang khue.Lang, q Question, keys []Key, measure string) string {
	measures := q.Measures
	if measure != "" {
		measures = []string{measure}
	}
	var labels []string
	for _, name := range measures {
		labels = append(labels, s.labelOf(name).In(lang))
	}
	parts := []string{strings.Join(labels, ", ")}
	if measure == "" && len(q.By) > 0 {
		var by []string
		for _, name := range q.By {
			if d, err := s.catalogue.Dimension(name); err == nil {
				by = append(by, strings.ToLower(d.Label.In(lang)))
			}
		}
		parts[0] += khue.Text{VI: " theo ", EN: " by "}.In(lang) + strings.Join(by, ", ")
	}
	timed := false
	for i, k := range keys {
		name := k.Name.In(lang)
		if k.Period.IsZero() {
			if d, err := s.catalogue.Dimension(q.By[i]); err == nil {
				name = strings.ToLower(d.Label.In(lang)) + " " + name
			}
		} else {
			name, timed = locale.PeriodName(lang, k.Period), true
		}
		parts = append(parts, name)
	}
	var dims []string
	for dim := range q.Where {
		dims = append(dims, dim)
	}
	slices.Sort(dims)
	for _, dim := range dims {
		parts = append(parts, s.limitWords(lang, dim, q.Where[dim]))
	}
	if days := spanWords(lang, q); days != "" && !timed {
		parts = append(parts, days)
	}
	return strings.Join(parts, "; ")
}

func (s *Service) labelOf(name string) khue.Text {
	if m, err := s.catalogue.Measure(name); err == nil {
		return m.Label
	}
	if i, err := s.catalogue.Indicator(name); err == nil {
		return i.Label
	}
	return khue.Text{VI: name, EN: name}
}

func (s *Service) limitWords(lang khue.Lang, dim string, codes []string) string {
	d, err := s.catalogue.Dimension(dim)
	if err != nil {
		return dim + ": " + strings.Join(codes, ", ")
	}
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = d.nameOf(code).In(lang)
	}
	return strings.ToLower(d.Label.In(lang)) + ": " + strings.Join(names, ", ")
}

// nameOf is the name of a code as far as the catalogue and the reference data know it.
func (d Dimension) nameOf(code string) khue.Text {
	switch {
	case code == "":
		return unknownName
	case d.Name == "area":
		if a, ok := khue.AreaOf(code); ok {
			return a.Name
		}
	case d.Name == "discipline":
		for _, x := range khue.Disciplines() {
			if x.Code == code {
				return x.Name
			}
		}
	}
	for _, v := range d.Values {
		if v.Code == code {
			return v.Label
		}
	}
	return khue.Text{VI: code, EN: code}
}

func spanWords(lang khue.Lang, q Question) string {
	from, to := locale.Date(lang, q.From), locale.Date(lang, q.To.AddDate(0, 0, -1))
	switch {
	case q.From.IsZero() && q.To.IsZero():
		return khue.Text{VI: "mọi thời gian", EN: "all of time"}.In(lang)
	case q.From.IsZero():
		return khue.Text{VI: "đến hết ngày ", EN: "until "}.In(lang) + to
	case q.To.IsZero():
		return khue.Text{VI: "từ ngày ", EN: "from "}.In(lang) + from
	}
	return khue.Text{VI: "từ ngày ", EN: "from "}.In(lang) + from + khue.Text{VI: " đến hết ngày ", EN: " to "}.In(lang) + to
}
