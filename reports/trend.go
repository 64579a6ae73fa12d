package reports

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"khue"
	"khue/indicators"
	"khue/indicators/definitionfile"
	"khue/locale"
	"khue/reports/document"
)

// mostTrends is how many measures fit beside each other on an upright page.
const mostTrends = 4

// linedFrom is how many periods are drawn as a line, where fewer are bars.
const linedFrom = 13

// readTrend reads what a trend is of: measures and the length of its periods.
func (r *reader) readTrend(e definitionfile.Entry, s *Section) {
	s.By = e.Choice("by", string(khue.Month), string(khue.Quarter), string(khue.HalfYear), string(khue.Year))
	if e.Need("measures") != nil && (len(s.Measures) == 0 || len(s.Measures) > mostTrends) {
		e.Wrong("measures", "a section of trend is of one to %d measures", mostTrends)
	}
	for _, name := range s.Measures {
		if m, ok := r.measureNamed(e, name); ok && m.Confidential != nil {
			e.Wrong("measures", "%s is confidential for each contributor and has no trend; headlines and years tell it", name)
		}
	}
}

// trend tells measures period by period, over all the days that the report tells of.
func (p *paper) trend(ctx context.Context, s Section) error {
	from, to := p.definition.begins(p.period), p.window.to
	a, err := p.reporter.ask.Ask(ctx, p.question(from, to, s.By, s.Measures...))
	if err != nil {
		return fmt.Errorf("asking for %v by %s: %w", s.Measures, s.By, err)
	}
	mark := p.ledger.add(fmt.Sprintf(p.say("Diễn biến %s, ", "By %s, "), byGrain[khue.Grain(s.By)].In(p.lang))+p.span(from, to), a.Evidence)
	title := fmt.Sprintf(p.say("Diễn biến %s, %s", "By %s, %s"), byGrain[khue.Grain(s.By)].In(p.lang), p.definition.spanText(p.lang, p.period))
	t := &document.Table{
		ID: "trend-" + s.By + "-" + s.Measures[0], Title: title, Sheet: p.sheet(fmt.Sprintf(p.say("%s %s", "%s by %s"), p.measures[s.Measures[0]].Label.In(p.lang), byGrain[khue.Grain(s.By)].In(p.lang))),
		Columns: []document.Column{{Title: upperFirst(grainHeads[khue.Grain(s.By)].In(p.lang)), Width: 1.6}},
	}
	for _, name := range s.Measures {
		m := p.measures[name]
		head, unit := m.Label.In(p.lang), m.Unit.In(p.lang)
		if !strings.Contains(strings.ToLower(head), strings.ToLower(unit)) {
			head += " (" + unit + ")"
		}
		t.Columns = append(t.Columns, document.Column{Title: head, Kind: document.Number, Width: 2})
	}
	partial := p.trendRows(t, a.Rows, s)
	note, hatched := "", ""
	if partial {
		note = fmt.Sprintf(p.say("* Kỳ chưa trọn vẹn: tính đến hết ngày %s.", "* Not a whole period: until the end of %s."), locale.Date(p.lang, p.window.last()))
		hatched = p.say("gạch chéo: kỳ chưa trọn vẹn", "hatched: not a whole period")
	}
	t.Source = p.source(mark, p.complete(a), note)
	p.part(title, title)
	p.add(t)
	kind := document.Bar
	if len(a.Rows) >= linedFrom {
		kind, hatched = document.Line, ""
	}
	for i, name := range s.Measures {
		m := p.measures[name]
		heading := fmt.Sprintf(p.say("%s %s", "%s by %s"), upperFirst(m.Label.In(p.lang)), byGrain[khue.Grain(s.By)].In(p.lang))
		p.add(&document.Chart{
			Title: heading, Kind: kind, Table: t, Unit: m.Unit.In(p.lang), Decimals: m.Decimals, Note: hatched,
			Alt:    fmt.Sprintf(p.say("Biểu đồ %s, từ %s đến %s.", "Chart of %s, from %s to %s."), lowerFirst(heading), locale.Date(p.lang, from), locale.Date(p.lang, p.window.last())),
			Series: []document.Series{{Name: m.Label.In(p.lang), Column: 1 + i, Tone: document.Now}},
		})
	}
	return nil
}

// trendRows writes a row for each period and tells whether one is not whole.
func (p *paper) trendRows(t *document.Table, rows []indicators.Row, s Section) (partial bool) {
	for _, row := range rows {
		period := row.Keys[0].Period
		one := document.Row{Partial: row.Partial || period.End().After(p.window.to)}
		label := locale.PeriodLabel(p.lang, period)
		if one.Partial {
			partial, label = true, label+" *"
		}
		one.Cells = []document.Cell{document.W(label)}
		for i, name := range s.Measures {
			one.Cells = append(one.Cells, cell(row.Values[i], p.measures[name].Decimals))
		}
		t.Rows = append(t.Rows, one)
	}
	return partial
}

// repeats tells that a section stands in a report already. Texts and narratives may
// come again, and so may breakdowns and trends of something else.
func (s Section) repeats(others []Section) bool {
	if s.Kind == "text" || s.Kind == "narrative" {
		return false
	}
	return slices.ContainsFunc(others, func(o Section) bool {
		if o.Kind != s.Kind || o.Level != s.Level {
			return false
		}
		return s.By == "" || o.By == s.By && slices.Equal(o.Measures[:1], s.Measures[:1])
	})
}

// byGrain are "by month" inside a title, grainHeads the head of the column.
var (
	byGrain = map[khue.Grain]khue.Text{
		khue.Month: {VI: "theo tháng", EN: "month"}, khue.Quarter: {VI: "theo quý", EN: "quarter"},
		khue.HalfYear: {VI: "theo nửa năm", EN: "half-year"}, khue.Year: {VI: "theo năm", EN: "year"},
	}
	grainHeads = map[khue.Grain]khue.Text{
		khue.Month: {VI: "tháng", EN: "month"}, khue.Quarter: {VI: "quý", EN: "quarter"},
		khue.HalfYear: {VI: "nửa năm", EN: "half-year"}, khue.Year: {VI: "năm", EN: "year"},
	}
)
