package dashboards

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/indicators"
)

// ExploreAddress is where the explore page asks a question, below the address of the site.
func ExploreAddress(q indicators.Question, zone *time.Location) string {
	return exploreAddress(explorePath, explorationOf(q, zone).values())
}

// exploreOf is where a question is asked on the explore page; "" where the site has none,
// or where the page cannot ask it: of parts of the catalogue that questions of pages alone
// use, or beyond what anybody may see.
func (s *Site) exploreOf(q indicators.Question) string {
	if s.explore == nil || len(q.Measures) == 0 {
		return ""
	}
	for _, name := range q.By {
		if !s.isDimension(name) {
			return ""
		}
	}
	address := ExploreAddress(q, s.zone)
	if !q.AsOf.IsZero() || len(address) > longestQuery {
		return "" // pages ask of now; a moment here is that of a page's own sake
	}
	return address
}

// exploreStarts are views to begin with.
func (s *Site) exploreStarts(lang khue.Lang) []navLink {
	var out []navLink
	for _, one := range []struct {
		label khue.Text
		query string
	}{
		{text("Lượt khách theo tháng, năm nay", "Visitors by month, this year"), "measure=visitors&by=month&period=" + thisYear},
		{text("Sự kiện theo lĩnh vực, năm ngoái", "Events by discipline, last year"), "measure=events&by=discipline&period=last-year"},
		{text("Năm địa bàn đông khách nhất, theo năm", "The five areas with most visitors, by year"), "measure=visitors&by=year,area&top=5:area&period=last-5-years&pivot=year&area_view=as_now"},
	} {
		e, err := readExploration(one.query, s.isDimension)
		if err != nil {
			continue
		}
		if _, faults := s.explore.Understand(e.question(s.today()), reach()); len(faults) == 0 { // an office may have other measures
			out = append(out, navLink{Address: explorePath + "?" + one.query, Label: one.label.In(lang)})
		}
	}
	return out
}

// badView is a fault of a view that has no form beside it. What a question names and
// nobody knows is a fault of the question, not an address that does not exist.
func badView(err error) error {
	return withStatus(http.StatusBadRequest, faultTitles[khue.Invalid], err)
}

// exploreFile gives an answer as a file.
func (s *Site) exploreFile(c *gin.Context) {
	e, err := readExploration(c.Request.URL.RawQuery, s.isDimension)
	name := c.Param("format")
	switch {
	case err != nil:
	case len(e.faults) > 0:
		err = badView(e.faults[0])
	case !slices.ContainsFunc(s.explore.Formats, func(f ExploreFormat) bool { return f.Name == name }):
		err = khue.Errorf(khue.NotFound, "không có định dạng %q", "there is no format %q", short(name))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	values := e.question(s.today())
	for name, unknown := range e.unknown {
		values[name] = unknown
	}
	if _, faults := s.explore.Understand(values, exploreScope(c)); len(faults) > 0 {
		_ = c.Error(badView(faults[0]))
		return
	}
	values.Set("format", name)
	values.Set("limit", strconv.Itoa(mostExplored))
	values.Set(languageName, string(langOf(c)))
	s.explore.Give(c, values)
}
