package format

import (
	"slices"
	"strconv"

	"khue/indicators"
	"khue/reports/document"
)

const (
	mostDrawn      = 4  // series of a chart, as many as can be told apart in print
	mostCategories = 60 // more are a wall of bars
)

var tones = []document.Tone{document.Now, document.Before, document.Good, document.Older}

// chart draws an answer: measures of one unit by its only dimension, or its first
// measure by time with a line for each value of the other dimension. What cannot be
// read as a picture has none; nil is no chart.
func (s Sheet) chart() *document.Chart {
	var p picture
	switch s.keys() {
	case 1:
		p = s.byOne()
	case 2:
		p = s.byTwo()
	}
	if len(p.categories) == 0 || len(p.categories) > mostCategories || len(p.series) == 0 || p.negative() {
		return nil
	}
	t := &document.Table{ID: "chart", Columns: []document.Column{{Kind: document.Words}}}
	c := &document.Chart{Title: s.title(), Alt: s.title(), Kind: document.Bar, Table: t, Unit: p.unit, Note: p.note, Horizontal: !p.timed}
	if p.timed && len(p.series) > 1 {
		c.Kind = document.Line
	}
	for i, one := range p.series {
		t.Columns = append(t.Columns, document.Column{Title: one.name, Kind: document.Number})
		c.Series = append(c.Series, document.Series{Name: one.name, Column: i + 1, Tone: tones[i]})
	}
	for at, name := range p.categories {
		row := document.Row{Cells: []document.Cell{document.W(name)}, Partial: p.partial[at]}
		for _, one := range p.series {
			row.Cells = append(row.Cells, one.cells[at])
		}
		t.Rows = append(t.Rows, row)
	}
	return c
}

// picture is what a chart is drawn from.
type picture struct {
	categories []string
	partial    []bool
	series     []line
	unit, note string
	timed      bool // the categories are periods
}

type line struct {
	name  string
	cells []document.Cell
	sum   float64
}

// negative tells that some value lies below zero, where the house's charts do not reach.
func (p picture) negative() bool {
	return slices.ContainsFunc(p.series, func(l line) bool {
		return slices.ContainsFunc(l.cells, func(c document.Cell) bool { return c.Kind == document.Number && c.Number < 0 })
	})
}

func drawnCell(v indicators.Value, decimals int) document.Cell {
	if StatusOf(v) != Known {
		return document.Missing()
	}
	return document.N(v.Number, decimals)
}

func (s Sheet) byOne() picture {
	var p picture
	for i, c := range s.measures() {
		if c.Derived != "" || len(p.series) == mostDrawn || (len(p.series) > 0 && c.Unit.In(s.Lang) != p.unit) {
			continue
		}
		p.unit = c.Unit.In(s.Lang)
		one := line{name: c.Label.In(s.Lang)}
		for _, r := range s.Answer.Rows {
			one.cells = append(one.cells, drawnCell(r.Values[i], c.Decimals))
		}
		p.series = append(p.series, one)
	}
	for _, r := range s.Answer.Rows {
		p.timed = !r.Keys[0].Period.IsZero()
		p.categories, p.partial = append(p.categories, keyCell(r.Keys[0], s.Lang).Text(s.Lang)), append(p.partial, r.Partial)
	}
	return p
}

// byTwo draws the first measure over time, a line for each value of the other
// dimension; of many values the largest.
func (s Sheet) byTwo() picture {
	rows := s.Answer.Rows
	if len(rows) == 0 {
		return picture{}
	}
	t := slices.IndexFunc(rows[0].Keys, func(k indicators.Key) bool { return !k.Period.IsZero() })
	if t < 0 {
		return picture{}
	}
	measure := s.measures()[0]
	p := picture{timed: true, unit: measure.Unit.In(s.Lang)}
	place, lines := map[string]int{}, map[string]int{}
	for _, r := range slices.SortedStableFunc(slices.Values(rows), func(a, b indicators.Row) int {
		return a.Keys[t].Period.Start().Compare(b.Keys[t].Period.Start())
	}) {
		period := keyCell(r.Keys[t], s.Lang).Text(s.Lang)
		if _, seen := place[period]; !seen {
			place[period] = len(p.categories)
			p.categories, p.partial = append(p.categories, period), append(p.partial, r.Partial)
		}
	}
	for _, r := range rows {
		key := r.Keys[1-t]
		at, seen := lines[key.Code]
		if !seen {
			at = len(p.series)
			lines[key.Code] = at
			p.series = append(p.series, line{name: key.Name.In(s.Lang), cells: slices.Repeat([]document.Cell{document.Missing()}, len(p.categories))})
		}
		p.series[at].cells[place[keyCell(r.Keys[t], s.Lang).Text(s.Lang)]] = drawnCell(r.Values[0], measure.Decimals)
		if v := r.Values[0]; v.Known {
			p.series[at].sum += v.Number
		}
	}
	if of := len(p.series); of > mostDrawn {
		slices.SortStableFunc(p.series, func(a, b line) int { return int(min(max(b.sum-a.sum, -1), 1)) })
		p.series = p.series[:mostDrawn]
		p.note = s.say("Vẽ "+strconv.Itoa(mostDrawn)+" giá trị lớn nhất trong "+strconv.Itoa(of)+"; bảng số liệu có đủ.",
			"Drawn are the "+strconv.Itoa(mostDrawn)+" largest of "+strconv.Itoa(of)+"; the sheet of figures has them all.")
	}
	return p
}
