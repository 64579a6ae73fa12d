package dashboards

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/charts"
	"khue/indicators"
	"khue/locale"
)

const tableOnly = "table"

// Most that a chart shows; more is in the table alone, and the page says so.
const (
	mostCharts     = 4
	mostAcrossBars = 40
	mostColumns    = 60
	mostPeriods    = 800
)

// chartPlan says which charts an answer has.
type chartPlan struct {
	way     charts.Comparing
	columns []int // of the answer's values, a chart each
	keys    int   // how many columns of the answer are dimensions
	x, of   int   // keys along the axis, and of the series; of is -1 without
	along   []indicators.Key
	series  []indicators.Key
	reason  khue.Text // why there is no chart, or not of everything
}

func planChart(catalogue *indicators.Catalogue, e exploration, a indicators.Answer) chartPlan {
	p := chartPlan{keys: len(a.Question.By), of: -1}
	if e.chart == tableOnly || p.keys == 0 || len(a.Rows) == 0 {
		return p
	}
	if p.keys > 2 {
		p.reason = text("Biểu đồ vẽ được một hoặc hai chiều; câu hỏi này có nhiều hơn nên chỉ có bảng.", "A chart shows one or two dimensions; this question has more, so there is the table alone.")
		return p
	}
	time := grainAt(catalogue, a.Question.By)
	p.x = max(time, 0)
	if time < 0 && e.pivot != "" && p.keys == 2 && a.Question.By[0] == e.pivot {
		p.x = 1
	}
	if p.keys == 2 {
		p.of = 1 - p.x
		p.series = keysAt(catalogue, a, p.of)
	}
	p.along = keysAt(catalogue, a, p.x)
	p.way = charts.Comparing(e.chart)
	if e.chart == "" {
		switch {
		case time >= 0 && len(p.along) > 1:
			p.way = charts.AsLines
		case p.of < 0 && time < 0:
			p.way = charts.AsBars
		default:
			p.way = charts.AsColumns
		}
	}
	p.limit(a)
	return p
}

// limit leaves out what a chart cannot show so that it is read.
func (p *chartPlan) limit(a indicators.Answer) {
	most := map[charts.Comparing]int{charts.AsLines: mostPeriods, charts.AsColumns: mostColumns, charts.AsStack: mostColumns, charts.AsBars: mostAcrossBars}[p.way]
	switch {
	case len(p.series) > charts.Categories:
		p.reason = textf("Biểu đồ phân biệt được nhiều nhất %[1]d thứ, ở đây có %[2]d. Hãy chọn vài giá trị, hoặc giữ %[3]d giá trị lớn nhất (phần còn lại thành một).",
			"A chart tells at most %[1]d things apart, and here are %[2]d. Choose some values, or keep the %[3]d largest (the others become one).", charts.Categories, len(p.series), charts.Categories-1)
		return
	case len(p.along) > most:
		p.reason = textf("Biểu đồ này vẽ nhiều nhất %[1]d mục, ở đây có %[2]d. Hãy chọn vài giá trị, dùng kỳ dài hơn hoặc giữ vài giá trị lớn nhất.",
			"This chart shows at most %[1]d items, and here are %[2]d. Choose some values, use longer periods or keep the largest few.", most, len(p.along))
		return
	}
	for i, c := range a.Columns[p.keys:] {
		if p.way == charts.AsStack && c.Derived != "" {
			continue
		}
		if len(p.columns) == mostCharts {
			p.reason = textf("Có %[1]d biểu đồ đầu; các cột khác ở trong bảng.", "The first %[1]d charts are shown; the other columns are in the table.", mostCharts)
			break
		}
		p.columns = append(p.columns, i)
	}
}

// spec is one of the charts.
func (p chartPlan) spec(lang khue.Lang, a indicators.Answer, n int) charts.Compared {
	at := p.columns[n]
	column := a.Columns[p.keys+at]
	points := map[string]charts.Point{}
	for _, row := range a.Rows {
		id := row.Keys[p.x].Code
		if p.of >= 0 {
			id += "\x00" + row.Keys[p.of].Code
		}
		v := row.Values[at]
		points[id] = charts.Point{Value: v.Number, Known: v.Known, Partial: row.Partial}
	}
	along := slices.Clone(p.along)
	if p.of < 0 && p.way == charts.AsBars && along[0].Period.IsZero() { // the longest on top, what is no value last
		slices.SortStableFunc(along, func(x, y indicators.Key) int {
			if last := rankOfKey(x) - rankOfKey(y); last != 0 {
				return last
			}
			a, b := points[x.Code], points[y.Code]
			return compareLargest(a, b)
		})
	}
	spec := charts.Compared{Lang: lang, Way: p.way, Decimals: column.Decimals, FontFamily: screenFont}
	for _, k := range along {
		spec.Categories = append(spec.Categories, k.Name.In(lang))
	}
	of := p.series
	if p.of < 0 {
		of = []indicators.Key{{Name: column.Label}}
	}
	for _, one := range of {
		series := charts.Series{Name: one.Name.In(lang)}
		for _, k := range along {
			id := k.Code
			if p.of >= 0 {
				id += "\x00" + one.Code
			}
			series.Points = append(series.Points, points[id])
		}
		spec.Series = append(spec.Series, series)
	}
	return spec
}

// rankOfKey puts what is no value of a dimension behind its values.
func rankOfKey(k indicators.Key) int {
	switch k.Code {
	case "":
		return 2
	case indicators.OtherCode:
		return 1
	}
	return 0
}

func compareLargest(a, b charts.Point) int {
	switch {
	case a.Known != b.Known:
		return map[bool]int{true: -1, false: 1}[a.Known]
	case a.Value > b.Value:
		return -1
	case a.Value < b.Value:
		return 1
	}
	return 0
}

// exploreChartView is one chart of the page.
type exploreChartView struct {
	Card *card
	Size string // class for its height
}

func (s *Site) exploreCard(v *visit, lang khue.Lang, x explored, p chartPlan, n int) exploreChartView {
	column := x.answer.Columns[p.keys+p.columns[n]]
	spec := p.spec(lang, x.answer, n)
	q := x.e.kept().values()
	q.Set(languageName, string(lang))
	id := "explore-" + strconv.Itoa(n)
	alone := x.answer
	alone.Columns = append(slices.Clone(x.answer.Columns[:p.keys]), column)
	if column.Of != "" {
		alone.Columns[p.keys].Name = column.Of
	}
	c := card{
		ID: id, Title: column.Label.In(lang), Subtitle: column.Unit.In(lang), Summary: summaryOf(lang, p.way, column, spec),
		Chart: exploreAddress(explorePicture+strconv.Itoa(n), q), SVG: exploreAddress(explorePicture+strconv.Itoa(n)+"."+svgEnding, q),
		PNG:    "khue_" + column.Name + "_" + v.frame.today.Format(time.DateOnly) + ".png",
		Source: v.sourceLine(lang, alone), about: []string{alone.Columns[p.keys].Name},
	}
	if !p.along[0].Period.IsZero() {
		axis := make([]khue.Period, len(p.along))
		for i, k := range p.along {
			axis[i] = k.Period
		}
		c.axes = [][]khue.Period{axis}
		v.pin(lang, &c)
		c.AddNote = ""
	}
	if slices.ContainsFunc(x.answer.Rows, func(row indicators.Row) bool { return row.Partial }) {
		c.Notes = append(c.Notes, text("Chấm rỗng hoặc cột gạch chéo là kỳ chưa trọn; đường không nối với kỳ ấy.", "A hollow point or a hatched bar is a period that is not over; no line joins it to whole ones.").In(lang))
	}
	if x.answer.Withheld() {
		c.Notes = append(c.Notes, text("Chỗ trống có thể là số được giữ kín hoặc chưa biết; bảng nói rõ.", "A gap may be a figure that is withheld or not known; the table tells.").In(lang))
	}
	size := "rows-10"
	if p.way == charts.AsBars {
		size = "rows-" + strconv.Itoa(min((len(p.along)*max(len(p.series), 1)+9)/10*10, 120))
	}
	return exploreChartView{&c, size}
}

// summaryOf says a chart in words.
func summaryOf(lang khue.Lang, way charts.Comparing, column indicators.Column, spec charts.Compared) string {
	name := ""
	for _, w := range chartWays {
		if w.way == string(way) {
			name = w.long.In(lang)
		}
	}
	out := fmt.Sprintf("%s: %s. ", name, column.Label.In(lang))
	first, last := spec.Categories[0], spec.Categories[len(spec.Categories)-1]
	out += textf("%[1]d mục, từ %[3]s đến %[4]s.", "%[1]d %[2]s, from %[3]s to %[4]s.", len(spec.Categories), plural(len(spec.Categories), "item", "items"), first, last).In(lang)
	if len(spec.Series) > 1 {
		var names []string
		for _, one := range spec.Series {
			names = append(names, one.Name)
		}
		out += " " + textf("So sánh: %s.", "Compared: %s.", strings.Join(names, ", ")).In(lang)
	}
	for _, one := range spec.Series {
		most, least := -1, -1
		for i, p := range one.Points {
			if p.Known && (most < 0 || p.Value > one.Points[most].Value) {
				most = i
			}
			if p.Known && (least < 0 || p.Value < one.Points[least].Value) {
				least = i
			}
		}
		if most < 0 {
			continue
		}
		said := func(i int) string {
			return spec.Categories[i] + ", " + locale.Number(lang, one.Points[i].Value, column.Decimals)
		}
		prefix := ""
		if len(spec.Series) > 1 {
			prefix = one.Name + ": "
		}
		out += " " + prefix + textf("cao nhất %[1]s; thấp nhất %[2]s.", "highest %[1]s; lowest %[2]s.", said(most), said(least)).In(lang)
	}
	return out
}

// exploreChart gives a chart of the view to the page's script, or as a drawing.
func (s *Site) exploreChart(c *gin.Context) {
	lang := langOf(c)
	number, ending, _ := strings.Cut(c.Param("id"), ".")
	n, err := strconv.Atoi(number)
	e, bad := readExploration(c.Request.URL.RawQuery, s.isDimension)
	if err != nil || n < 0 || n >= mostCharts || ending != "" && ending != svgEnding {
		bad = noChart()
	}
	if bad != nil {
		_ = c.Error(bad)
		return
	}
	v := s.visit(c.Request.Context(), defaultFilter)
	x := s.explored(c, v, e, nil)
	if len(x.faults) > 0 {
		_ = c.Error(badView(x.faults[0]))
		return
	}
	p := planChart(s.service.Catalogue(), e, x.answer)
	if x.err != nil || n >= len(p.columns) {
		if x.err == nil {
			x.err = noChart()
		}
		_ = c.Error(x.err)
		return
	}
	view := s.exploreCard(v, lang, x, p, n)
	view.Card.Title = capital(s.explore.InWords(x.q).In(lang))
	view.Card.Subtitle = joined(x.answer.Columns[p.keys+p.columns[n]].Label.In(lang), view.Card.Subtitle)
	d := drawn{card: *view.Card, option: view.Card.marked(func() (json.RawMessage, error) { return charts.ComparedChart(p.spec(lang, x.answer, n)) })}
	foot := s.exploreFoot(lang, x, d.card)
	if ending == "" {
		if err := sendChartOf(c, d, foot); err != nil {
			_ = c.Error(err)
		}
		return
	}
	ctx, cancel := contextWithin(c, pictureTime)
	defer cancel()
	body, err := s.pictureOf(ctx, d, foot)
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("Content-Disposition", fmt.Sprintf("attachment; filename=%q", strings.TrimSuffix(d.card.PNG, "png")+svgEnding))
	send(c, http.StatusOK, "image/svg+xml; charset=utf-8", body)
}

// exploreFoot is what stands under a chart that has left the page.
func (s *Site) exploreFoot(lang khue.Lang, x explored, c card) []string {
	foot := append([]string{c.Source}, c.Notes...)
	for _, p := range c.Pinned {
		foot = append(foot, p.Line())
	}
	known := x.answer.Evidence.AsOf
	if known.IsZero() {
		known = s.now()
	}
	line := text("Khuê · số liệu biết đến ", "Khuê · as known at ").In(lang) + locale.Moment(lang, known.In(s.zone))
	if id := x.answer.Evidence.ID; id != "" {
		line += " · " + text("mã ", "id ").In(lang) + id
	}
	foot = append(foot, line)
	if s.simulated {
		foot = append(foot, simulatedNotice.In(lang))
	}
	return slices.DeleteFunc(foot, func(one string) bool { return one == "" })
}
