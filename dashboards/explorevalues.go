package dashboards

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/indicators"
	"khue/locale"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// valueGroup is values of a dimension under a heading.
type valueGroup struct {
	Label  string
	Values []valueOf
}

// valueOf is a value of a dimension: its code, and its name as people read it.
type valueOf struct {
	Code  string `json:"code"`
	Label string `json:"label"`
}

// valuesOf are the values that a dimension may be limited to: of a closed list all of
// them, of an open one those that facts of the view's first figure have.
func (s *Site) valuesOf(c *gin.Context, v *visit, lang khue.Lang, e exploration, name string) ([]valueGroup, error) {
	d, err := s.service.Catalogue().Dimension(name)
	if err != nil || d.Grain != "" {
		return nil, nil //nolint:nilerr // the fault is told with those of the view
	}
	unknown := valueOf{"", text("Chưa rõ", "Unknown").In(lang)}
	switch {
	case name == areaName:
		return areaValues(lang, e.areaView == string(indicators.AreasAsNow)), nil
	case name == disciplineName:
		var g valueGroup
		for _, x := range khue.Disciplines() {
			g.Values = append(g.Values, valueOf{x.Code, x.Name.In(lang)})
		}
		g.Values = append(g.Values, unknown)
		return []valueGroup{g}, nil
	case len(d.Values) > 0:
		var g valueGroup
		for _, x := range d.Values {
			g.Values = append(g.Values, valueOf{x.Code, x.Label.In(lang)})
		}
		g.Values = append(g.Values, unknown)
		return []valueGroup{g}, nil
	}
	return s.openValues(c, v, lang, e, name)
}

func areaValues(lang khue.Lang, ofToday bool) []valueGroup {
	groups := areaChoices(lang, filter{})[1:]
	if ofToday {
		groups = groups[:1]
	}
	var out []valueGroup
	for _, g := range groups {
		one := valueGroup{Label: g.Label}
		for _, c := range g.Choices {
			one.Values = append(one.Values, valueOf{c.Value, c.Label})
		}
		out = append(out, one)
	}
	out[len(out)-1].Values = append(out[len(out)-1].Values, valueOf{"", text("Chưa rõ địa bàn", "Area not known").In(lang)})
	return out
}

// mostValues bounds the values of an open list that are looked at.
const mostValues = 50_000

func (s *Site) openValues(c *gin.Context, v *visit, lang khue.Lang, e exploration, name string) ([]valueGroup, error) {
	if len(e.measures) == 0 {
		return nil, khue.Errorf(khue.Invalid, "hãy chọn chỉ số trước", "choose a measure first")
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), 4*s.patience)
	defer cancel()
	figure := e.measures[0]
	if parts := measuresIn(s.service.Catalogue(), figure); len(parts) > 0 {
		figure = parts[0]
	}
	a, err := v.ask(ctx, indicators.Question{Measures: []string{figure}, By: []string{name}, Limit: mostValues, Scope: exploreScope(c)})
	if err != nil {
		return nil, err
	}
	var g valueGroup
	for _, row := range a.Rows {
		g.Values = append(g.Values, valueOf{row.Keys[0].Code, row.Keys[0].Name.In(lang)})
	}
	collator := locale.Collator()
	slices.SortStableFunc(g.Values, func(x, y valueOf) int {
		if (x.Code == "") != (y.Code == "") {
			return map[bool]int{true: 1, false: -1}[x.Code == ""]
		}
		return collator.CompareString(x.Label, y.Label)
	})
	return []valueGroup{g}, nil
}

// Parameters of the address at which values are looked for.
const (
	valuesDim  = "dimension"
	valuesText = "q"
)

func valuesQuery(e exploration, dim string, lang khue.Lang) url.Values {
	q := url.Values{valuesDim: {dim}, languageName: {string(lang)}}
	if len(e.measures) > 0 {
		q.Set(measureFilter, e.measures[0])
	}
	put(q, areaViewName, e.areaView)
	return q
}

// exploreValues finds values by the beginnings of the words of their names, whatever
// their marks, for the page's script.
func (s *Site) exploreValues(c *gin.Context) {
	lang := langOf(c)
	values, err := readQuery(c.Request.URL.RawQuery, valuesDim, valuesText, measureFilter, areaViewName, areaName)
	if err != nil {
		_ = c.Error(err)
		return
	}
	e := exploration{measures: listOf(values[measureFilter]), areaView: values.Get(areaViewName)}
	if !s.isDimension(values.Get(valuesDim)) {
		_ = c.Error(khue.Errorf(khue.NotFound, "không có chiều %q", "there is no dimension %q", short(values.Get(valuesDim))))
		return
	}
	for _, name := range e.measures {
		if !s.service.Catalogue().HasFigure(name) {
			_ = c.Error(khue.Errorf(khue.NotFound, "không có chỉ số %q", "there is no measure %q", short(name)))
			return
		}
	}
	v := s.visit(c.Request.Context(), defaultFilter)
	groups, err := s.valuesOf(c, v, lang, e, values.Get(valuesDim))
	if err != nil {
		_ = c.Error(slow(err))
		return
	}
	answer := struct {
		Values []limitFound `json:"values"`
		More   bool         `json:"more"`
	}{Values: []limitFound{}}
	wanted := locale.Words(values.Get(valuesText))
	for _, g := range groups {
		for _, one := range g.Values {
			if len(wanted) > 0 && !locale.Begin(locale.Words(one.Label), wanted) {
				continue
			}
			if len(answer.Values) == mostOfLong {
				answer.More = true
				break
			}
			answer.Values = append(answer.Values, limitFound{values.Get(valuesDim) + "=" + indicators.WriteValues(one.Code), one.Label})
		}
	}
	body, err := json.Marshal(answer)
	if err != nil {
		_ = c.Error(err)
		return
	}
	send(c, http.StatusOK, "application/json; charset=utf-8", body)
}

// limitFound is a value as the form sends it.
type limitFound struct {
	Value string `json:"value"`
	Label string `json:"label"`
}
