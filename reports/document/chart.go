package document

// ChartKind is the form of a chart.
type ChartKind string

// The forms of chart.
const (
	Bar  ChartKind = "bar"
	Line ChartKind = "line"
)

// Tone is what a series means; writers give it the house's colour of that meaning.
type Tone string

// The tones of series.
const (
	Now    Tone = "now"
	Before Tone = "before"
	Older  Tone = "older"
	Good   Tone = "good"
)

// Chart draws columns of a table of the same document, so that a picture can
// never say something else than its figures. Totals are left out.
type Chart struct {
	Title      string
	Alt        string // what the chart shows, for those who cannot see it
	Kind       ChartKind
	Horizontal bool
	Table      *Table
	Series     []Series // the categories are the table's first column
	First      int      // only the first rows are drawn, such as those that have a name; 0 is all
	Unit       string
	Decimals   int
	Note       string // partial periods and the like
}

// Series is one column of the table.
type Series struct {
	Name   string
	Column int
	Tone   Tone
}

// Point is one value of a series.
type Point struct {
	Value   float64
	Known   bool
	Partial bool
}

// drawn are the rows of the table that the chart draws.
func (c *Chart) drawn() []Row {
	rows := c.Table.Figures()
	if c.First > 0 && c.First < len(rows) {
		return rows[:c.First]
	}
	return rows
}

// Categories are the texts of the table's first column.
func (c *Chart) Categories() []string {
	rows := c.drawn()
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.Cells[0].Words
	}
	return out
}

// Points are the values of a series, as many as there are categories.
func (c *Chart) Points(s Series) []Point {
	rows := c.drawn()
	out := make([]Point, len(rows))
	for i, r := range rows {
		cell := r.Cells[s.Column]
		out[i] = Point{Value: cell.Number, Known: cell.Kind == Number || cell.Kind == Percent, Partial: r.Partial && s.Tone == Now}
	}
	return out
}

// Most is the largest known value of the chart, 0 when there is none.
func (c *Chart) Most() float64 {
	most := 0.0
	for _, s := range c.Series {
		for _, p := range c.Points(s) {
			if p.Known {
				most = max(most, p.Value)
			}
		}
	}
	return most
}

// Empty tells that no value of the chart is known; such a chart is not drawn.
func (c *Chart) Empty() bool {
	for _, s := range c.Series {
		for _, p := range c.Points(s) {
			if p.Known {
				return false
			}
		}
	}
	return true
}
