package dashboards

import (
	"slices"
	"strings"

	"khue"
	"khue/charts"
	"khue/indicators"
)

// chartWays are the charts of the page, in the order in which they are offered.
var chartWays = []struct {
	way   string
	label khue.Text
	long  khue.Text
}{
	{"", text("tự chọn theo câu hỏi", "as fits the question"), khue.Text{}},
	{string(charts.AsLines), text("đường", "line"), text("Biểu đồ đường", "Line chart")},
	{string(charts.AsColumns), text("cột", "column"), text("Biểu đồ cột", "Column chart")},
	{string(charts.AsStack), text("cột chồng", "stacked column"), text("Biểu đồ cột chồng", "Stacked column chart")},
	{string(charts.AsBars), text("thanh ngang", "bar"), text("Biểu đồ thanh ngang", "Bar chart")},
	{tableOnly, text("chỉ bảng", "table only"), khue.Text{}},
}

// grainAt is the place of the grain of time among dimensions; -1 when there is none.
func grainAt(catalogue *indicators.Catalogue, by []string) int {
	return slices.IndexFunc(by, func(name string) bool {
		d, err := catalogue.Dimension(name)
		return err == nil && d.Grain != ""
	})
}

// refuseChart says why a chart would not be honest for a question; nil when it would.
func refuseChart(catalogue *indicators.Catalogue, way string, q indicators.Question) error {
	bad := func(vi, en string, args ...any) error {
		return khue.Errorf(khue.Invalid, vi, en, args...).Coded("chart_not_possible", chartName)
	}
	switch {
	case way == "" || way == tableOnly:
		return nil
	case len(q.By) == 0 || len(q.By) > 2:
		return bad("biểu đồ cần câu hỏi chia theo một hoặc hai chiều; với %d chiều hãy xem bảng", "a chart needs a question split by one or two dimensions; with %d see the table", len(q.By))
	case way == string(charts.AsLines) && grainAt(catalogue, q.By) < 0:
		return bad("đường nối các kỳ; câu hỏi này không chia theo thời gian nên hãy dùng cột hoặc thanh ngang", "a line joins periods; this question is not split by time, so use columns or bars")
	case way != string(charts.AsStack):
		return nil
	case len(q.By) != 2:
		return bad("cột chồng cần chia theo hai chiều: các cột, và các phần của mỗi cột", "stacked columns need two dimensions: the columns, and the parts of each")
	}
	for _, name := range q.Measures {
		if !adds(catalogue, name) {
			return bad("“%[1]s” không cộng được (tỷ lệ, hoặc đếm không trùng) nên không xếp chồng được; hãy dùng đường hoặc cột", "“%[2]s” does not add up (a ratio, or a count without repeats), so it cannot be stacked; use lines or columns",
				figureLabel(khue.Vietnamese, catalogue, name), figureLabel(khue.English, catalogue, name))
		}
	}
	if q.Counting == indicators.CountEach {
		return bad("tính vào mọi lĩnh vực thì một việc được tính nhiều lần nên không xếp chồng được", "counted under every discipline a thing is counted several times, so it cannot be stacked")
	}
	return nil
}

// adds tells that the parts of a figure add up to the whole.
func adds(catalogue *indicators.Catalogue, name string) bool {
	m, err := catalogue.Measure(name)
	if err != nil {
		i, err := catalogue.Indicator(name)
		if err != nil || i.Measure == "" {
			return false
		}
		if m, err = catalogue.Measure(i.Measure); err != nil {
			return false
		}
	}
	return m.Aggregate != "distinct"
}

func chartChoices(lang khue.Lang, catalogue *indicators.Catalogue, e exploration, q indicators.Question) []chartChoice {
	var out []chartChoice
	listed := false
	for _, w := range chartWays {
		c := chartChoice{choice: choice{w.way, w.label.In(lang), w.way == e.chart}}
		listed = listed || w.way == e.chart
		if err := refuseChart(catalogue, w.way, q); err != nil && len(q.Measures) > 0 {
			c.Why = khue.MessageOf(err).In(lang)
		}
		out = append(out, c)
	}
	if !listed {
		out = append(out, chartChoice{choice: choice{e.chart, short(e.chart), true}})
	}
	return out
}

// check finds what is wrong with the page's own parameters.
func (e exploration) check(catalogue *indicators.Catalogue, q indicators.Question, understood bool) []error {
	var out []error
	wrong := func(code, path, vi, en string, args ...any) {
		out = append(out, khue.Errorf(khue.Invalid, vi, en, args...).Coded(code, path))
	}
	if e.period != "" && !slices.ContainsFunc(movingPeriods, func(p movingPeriod) bool { return p.code == e.period }) {
		var known []string
		for _, p := range movingPeriods {
			known = append(known, p.code)
		}
		wrong("unknown_period", periodName, "không có khoảng thời gian %q; có: %s", "there is no period %q; there are: %s", short(e.period), strings.Join(known, ", "))
	} else if e.period != "" && (e.from != "" || e.to != "") {
		wrong("two_periods", periodName, "hãy chọn một khoảng thời gian, hoặc nêu kỳ đầu và kỳ cuối, không cả hai", "choose a period or name the first and last one, not both")
	}
	if e.pivot != "" && !slices.Contains(e.by, e.pivot) {
		wrong("pivot_not_split", pivotName, "muốn xoay %q lên cột thì phải chia theo chiều đó", "to have %q on the columns, split by it", short(e.pivot))
	}
	known := false
	for _, w := range chartWays {
		known = known || w.way == e.chart
	}
	if !known {
		wrong("unknown_chart", chartName, "không có kiểu biểu đồ %q", "there is no chart %q", short(e.chart))
	} else if all := e.known(catalogue); understood || all {
		if !understood {
			q = indicators.Question{Measures: e.measures, By: e.by, Counting: indicators.Counting(e.counting)}
		}
		if err := refuseChart(catalogue, e.chart, q); err != nil {
			out = append(out, err)
		}
	}
	return out
}

// known tells that figures and dimensions are in the catalogue, whatever else is wrong.
func (e exploration) known(catalogue *indicators.Catalogue) bool {
	unknown := func(name string) bool {
		_, err := catalogue.Dimension(name)
		return err != nil
	}
	return len(e.measures) > 0 && !slices.ContainsFunc(e.measures, func(name string) bool { return !catalogue.HasFigure(name) }) && !slices.ContainsFunc(e.by, unknown)
}
