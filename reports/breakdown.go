package reports

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"khue"
	"khue/indicators"
	"khue/indicators/definitionfile"
	"khue/reports/document"
)

// topValues is how many values of a dimension a breakdown names unless it says
// otherwise; the rest is one row.
const topValues = 10

// addable are the aggregates whose parts add up to the whole. Distinct counts do not:
// a member may be active in two kinds of activity.
var addable = []string{"sum", "count", "stock"}

// readBreakdown reads what a breakdown is of: one measure whose parts add up, and a
// dimension that its facts have.
func (r *reader) readBreakdown(e definitionfile.Entry, s *Section) {
	s.By, s.Top = e.Word("by"), topValues
	if e.Keys["top"] != nil {
		if s.Top = e.Whole("top"); s.Top < 1 || s.Top > 50 {
			e.Wrong("top", "top is the number of values to name, from 1 to 50")
		}
	}
	m, ok := r.oneMeasure(e, s)
	if !ok {
		return
	}
	switch {
	case !slices.Contains(addable, m.Aggregate):
		e.Wrong("measures", "the parts of %s do not add up to it, so it has no breakdown", m.Name)
	case m.Confidential != nil:
		e.Wrong("measures", "%s is confidential for each contributor and has no breakdown; headlines and years tell it", m.Name)
	}
	if s.By == areaParameter {
		e.Wrong("by", "a section of areas tells of areas: districts and wards do not nest")
		return
	}
	d, err := r.meaning.Dimension(s.By)
	switch {
	case s.By == "":
	case err != nil:
		e.Wrong("by", "there is no dimension %q; the facts of %s have: %s", s.By, m.Name, strings.Join(r.dimensionsOf(m), ", "))
	case !slices.Contains(d.Datasets, m.Dataset):
		e.Wrong("by", "the facts of %s have no %s; they have: %s", m.Name, s.By, strings.Join(r.dimensionsOf(m), ", "))
	}
}

// oneMeasure reads the only measure of a section.
func (r *reader) oneMeasure(e definitionfile.Entry, s *Section) (indicators.Measure, bool) {
	n := e.Need("measures")
	if n == nil {
		return indicators.Measure{}, false
	}
	if n.Kind == yaml.SequenceNode && len(s.Measures) != 1 {
		e.Wrong("measures", "a section of %s is of one measure", s.Kind)
		return indicators.Measure{}, false
	}
	return r.measureNamed(e, s.Measures[0])
}

func (r *reader) measureNamed(e definitionfile.Entry, name string) (indicators.Measure, bool) {
	for _, m := range r.meaning.Measures() {
		if m.Name == name {
			return m, true
		}
	}
	e.Wrong("measures", "there is no measure %q", name)
	return indicators.Measure{}, false
}

// dimensionsOf names what the facts of a measure can be split by.
func (r *reader) dimensionsOf(m indicators.Measure) []string {
	var out []string
	for _, d := range r.meaning.Dimensions() {
		if d.Grain == "" && d.Name != areaParameter && slices.Contains(d.Datasets, m.Dataset) {
			out = append(out, d.Name)
		}
	}
	return out
}

// breakdown tells a measure by the values of a dimension, beside the year before.
func (p *paper) breakdown(ctx context.Context, s Section) error {
	m := p.measures[s.Measures[0]]
	d, err := p.reporter.options.Meaning.Dimension(s.By)
	if err != nil {
		return err
	}
	title := fmt.Sprintf(p.say("%s theo %s", "%s by %s"), upperFirst(m.Label.In(p.lang)), lowerFirst(d.Label.In(p.lang)))
	parts, mark, answer, err := p.splits(ctx, title, s.By, p.window.from, p.window.to, m.Name)
	if err != nil {
		return err
	}
	if p.window.comparable {
		before, _, _, err := p.splits(ctx, title, s.By, p.window.beforeFrom, p.window.beforeTo, m.Name)
		if err != nil {
			return err
		}
		parts = paired(parts, before)
	}
	p.part(title, title)
	if len(parts) == 0 {
		p.add(document.Text("%s", p.say("Chưa có số liệu chính thức.", "There is no official figure.")))
		return nil
	}
	t, shares, total := p.breakdownTable(s, title, d, parts)
	t.Source = p.source(mark, p.complete(answer))
	sentence := leaders(p.lang, shares, total, 3, m.Unit, khue.Text{VI: "nhóm", EN: "groups"})
	if sentence != "" {
		p.add(document.Text("%s", sentence))
	}
	p.add(t, &document.Chart{
		Title: title, Kind: document.Bar, Horizontal: true, Table: t, First: min(s.Top, len(parts)), Unit: m.Unit.In(p.lang), Decimals: m.Decimals,
		Alt: fmt.Sprintf(p.say("Thanh ngang: %s, cạnh năm trước. ", "Bars: %s, beside the year before. "), lowerFirst(title)) + sentence,
		Series: []document.Series{
			{Name: p.window.head(p.lang, false), Column: 1, Tone: document.Now},
			{Name: p.window.head(p.lang, true), Column: 3, Tone: document.Before},
		},
	})
	return nil
}

// breakdownTable lists the largest values, all others as one row, and their sum.
func (p *paper) breakdownTable(s Section, title string, d indicators.Dimension, parts []split) (t *document.Table, shares []share, total float64) {
	m := p.measures[s.Measures[0]]
	t = &document.Table{
		ID: "by-" + m.Name + "-" + d.Name, Title: title, Sheet: p.sheet(title), Unit: m.Unit.In(p.lang),
		Columns: []document.Column{
			{Title: d.Label.In(p.lang), Width: 3.2},
			{Title: p.window.head(p.lang, false), Kind: document.Number, Width: 1.9},
			{Title: p.say("Tỷ trọng", "Share"), Kind: document.Percent, Width: 1.2},
			{Title: p.window.head(p.lang, true), Kind: document.Number, Width: 1.9},
			{Title: p.say("Thay đổi", "Change"), Kind: document.Percent, Width: 1.3},
		},
	}
	var all, allBefore, rest, restBefore sum
	for _, one := range parts {
		all.add(one.now[0])
		allBefore.add(valueAt(one.before, 0))
	}
	row := func(name string, now, before indicators.Value, isTotal bool) {
		t.Rows = append(t.Rows, document.Row{Total: isTotal, Cells: []document.Cell{
			document.W(name), cell(now, m.Decimals), portion(now, all.n), p.beforeCell(before, m.Decimals), p.changeCell(now, before, p.window.comparable),
		}})
	}
	for i, one := range parts {
		if i >= s.Top {
			rest.add(one.now[0])
			restBefore.add(valueAt(one.before, 0))
			continue
		}
		row(one.key.Name.In(p.lang), one.now[0], valueAt(one.before, 0), false)
	}
	for _, one := range parts {
		if one.now[0].Known && one.key.Code != "" {
			shares = append(shares, share{one.key.Name.In(p.lang), one.now[0].Number})
		}
	}
	if others := len(parts) - s.Top; others > 0 {
		row(fmt.Sprintf(p.say("%d nhóm khác", "%d others"), others), rest.value(), restBefore.value(), false)
	}
	row(p.say("Cộng", "Total"), all.value(), allBefore.value(), true)
	return t, shares, all.n
}

// sheet is a title as the name of a worksheet, which has 31 characters at most and is
// the only one of its name.
func (p *paper) sheet(title string) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) {
			return '-'
		}
		return r
	}, title)
	cut := func(name string, most int) string {
		if letters := []rune(name); len(letters) > most {
			return string(letters[:most-1]) + "…"
		}
		return name
	}
	for n := 1; ; n++ {
		one := cut(name, 31)
		if n > 1 {
			end := fmt.Sprintf(" (%d)", n)
			one = cut(name, 31-len(end)) + end
		}
		if !slices.ContainsFunc(p.doc.Tables(), func(t *document.Table) bool { return t.Sheet == one }) {
			return one
		}
	}
}
