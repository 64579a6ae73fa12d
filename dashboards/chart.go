package dashboards

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"khue"
)

// chartAnswer is one chart for the page's script: what the charting library
// draws, and the same figures as a table.
type chartAnswer struct {
	ID      string          `json:"id"`
	Title   string          `json:"title"`
	Summary string          `json:"summary"`
	Measure string          `json:"measure"`
	Foot    []string        `json:"foot"` // under a picture that has left the page
	Option  json.RawMessage `json:"option"`
	Table   *tableJSON      `json:"table,omitempty"`
}

type tableJSON struct {
	Caption string     `json:"caption"`
	Head    []string   `json:"head"`
	Rows    [][]string `json:"rows"`
}

// overviewParts are the parts of the overview that have a chart or a file.
var overviewParts = []part{
	partOf("visitors", 8, text("Lượt khách theo tháng", "Visitors by month"), (*visit).gatherHeadline, func(v *visit, lang khue.Lang, h headline) drawn {
		return drawn{card: v.visitorsCard(lang, h), option: func() (json.RawMessage, error) { return v.visitorsByMonth(lang, h).option(lang, v.frame.today) }}
	}),
	partOf("disciplines", 5, text("Sự kiện theo lĩnh vực", "Events by discipline"), (*visit).gatherMixture, func(v *visit, lang khue.Lang, m mixture) drawn {
		return drawn{card: v.disciplinesCard(lang, m), option: func() (json.RawMessage, error) { return v.disciplinesOption(lang, m) }}
	}),
	partOf("members", 5, text("Thành viên Mạng lưới", "Members of the Network"), (*visit).gatherMembers, func(v *visit, lang khue.Lang, m membership) drawn {
		return drawn{card: v.membersCard(lang, m), option: func() (json.RawMessage, error) { return v.membersOption(lang, m) }}
	}),
	partOf("areas", 7, text("Lượt khách theo địa bàn", "Visitors by area"), (*visit).gatherPlaces, func(v *visit, lang khue.Lang, p places) drawn {
		view := v.areasView(lang, p)
		d := drawn{card: view.card}
		if view.Map != nil {
			d.drawing = view.Map.drawing
		}
		return d
	}),
}

// chart answers with a part's chart as JSON or, under a name with an ending, with
// the part as a file.
func (s *Site) chart(c *gin.Context) {
	lang := langOf(c)
	id, ending, _ := strings.Cut(c.Param("id"), ".")
	draw := s.drawerOf(id)
	if draw == nil || (ending != "" && ending != csvEnding && ending != xlsxEnding && ending != svgEnding) {
		_ = c.Error(khue.Errorf(khue.NotFound, "Không có biểu đồ %q.", "There is no chart %q.", short(c.Param("id"))))
		return
	}
	f, err := parseFilter(c.Request.URL.RawQuery, s.today(), allFilters...)
	if err != nil {
		_ = c.Error(err)
		return
	}
	v := s.visit(c.Request.Context(), f)
	d, err := draw(c.Request.Context(), v, lang)
	if err != nil {
		_ = c.Error(err)
		return
	}
	if ending != "" {
		err = s.sendFile(c, v, lang, d, ending)
	} else {
		err = v.sendChart(c, lang, d)
	}
	if err != nil {
		_ = c.Error(err)
	}
}

func (v *visit) sendChart(c *gin.Context, lang khue.Lang, d drawn) error {
	return sendChartOf(c, d, v.footOf(lang, d.card))
}

// sendChartOf gives a chart with what stands under it when it leaves its page.
func sendChartOf(c *gin.Context, d drawn, foot []string) error {
	if d.option == nil || d.card.Chart == "" {
		return noChart()
	}
	option, err := d.option()
	if err != nil {
		return fmt.Errorf("drawing chart %s: %w", d.card.ID, err)
	}
	answer := chartAnswer{ID: d.card.ID, Title: d.card.Title, Summary: d.card.Summary, Option: option, Measure: d.card.Subtitle, Foot: foot}
	if t := d.card.Table; t != nil {
		answer.Table = &tableJSON{Caption: t.Caption, Head: t.Head}
		for _, r := range t.Rows {
			var line []string
			for _, one := range r.Cells {
				line = append(line, one.Text)
			}
			answer.Table.Rows = append(answer.Table.Rows, line)
		}
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("writing chart %s: %w", d.card.ID, err)
	}
	send(c, http.StatusOK, "application/json; charset=utf-8", body)
	return nil
}
