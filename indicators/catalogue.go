package indicators

import (
	"khue"
)

// Measure is something that can be counted or added up from the facts.
type Measure struct {
	Name        string
	Label       khue.Text
	Unit        khue.Text
	Description khue.Text
	Decimals    int
	Dataset     string
	Aggregate   string // sum, count, distinct or stock
	Column      string // of the dataset's contract; for a stock: accepted or certified
	Kind        string // flow: adds up over time; stock: holds at the end of a period
	Direction   string // which way is better: up, down or neutral
	Source      khue.Text
	Method      khue.Text
	Where       map[string][]string // dimension -> values the measure is limited to
	// Confidential says whose reports the measure must not give away and by which
	// rule; nil when it counts what anybody may see.
	Confidential *Confidential

	unit string
}

// Claim is a published figure, kept as published. Claims may contradict each other.
type Claim struct {
	Subject      string
	SubjectLabel khue.Text
	Period       string // written form of a khue.Period
	Value        float64
	Unit         khue.Text
	Publisher    string
	Citation     string
	Note         khue.Text
	Kind         string // actual, target or estimate; empty when nobody has said which

	unit    string
	aliases []string // other names of the publisher in imported tables
}

// Dimension is what a question may be split or filtered by.
type Dimension struct {
	Name     string
	Label    khue.Text
	Datasets []string // that have it; empty for a grain of time, which all have
	Grain    khue.Grain
	Values   []Code // named codes in the order they are shown; empty when the list is open
}

// Code is a value of a dimension with its name.
type Code struct {
	Code  string
	Label khue.Text
}

// Catalogue holds the definitions in force. It never changes once loaded.
type Catalogue struct {
	version    string
	units      []unit
	topics     []Code
	measures   []Measure
	indicators []Indicator
	dimensions []Dimension
	programmes []Programme
	subjects   []Code
	claims     []Claim
	crosswalks []Crosswalk

	correspondences []Correspondence

	monitoring []MonitoringReport

	files []definition // what it was read from, to be kept

	expectations []Expectation
}

// Version is a short SHA-256 of all definition files in force: two answers with
// the same version were made by the same definitions.
func (c *Catalogue) Version() string { return c.version }

// Measures lists the measures in the order of the definitions.
func (c *Catalogue) Measures() []Measure { return c.measures }

// Measure finds a measure; an unknown name is a NotFound that names near ones.
func (c *Catalogue) Measure(name string) (Measure, error) {
	return find(c.measures, name, "chỉ số", "measure", func(m Measure) string { return m.Name })
}

// Indicators lists the indicators in the order of the definitions.
func (c *Catalogue) Indicators() []Indicator { return c.indicators }

// Indicator finds an indicator by name.
func (c *Catalogue) Indicator(name string) (Indicator, error) {
	return find(c.indicators, name, "chỉ tiêu theo dõi", "indicator", func(i Indicator) string { return i.Name })
}

// HasFigure tells whether there is an indicator or a measure of this name.
func (c *Catalogue) HasFigure(name string) bool {
	_, indicator := c.Indicator(name)
	_, measure := c.Measure(name)
	return indicator == nil || measure == nil
}

// Topics lists the subjects that indicators are grouped by, in their order.
func (c *Catalogue) Topics() []Code { return c.topics }

// Subjects lists what published figures may be of.
func (c *Catalogue) Subjects() []Code { return c.subjects }

// Programmes lists the programmes by kind, resolutions first, then in the order
// of their files.
func (c *Catalogue) Programmes() []Programme { return c.programmes }

// Programme finds a programme by its identifier.
func (c *Catalogue) Programme(id string) (Programme, error) {
	return find(c.programmes, id, "chương trình", "programme", func(p Programme) string { return p.ID })
}

// Claims lists the published figures that the definitions hold.
func (c *Catalogue) Claims() []Claim { return c.claims }

// Dimensions lists the grains of time, then the dimensions of the definitions.
func (c *Catalogue) Dimensions() []Dimension { return c.dimensions }

// Dimension finds a dimension or a grain of time by name.
func (c *Catalogue) Dimension(name string) (Dimension, error) {
	return find(c.dimensions, name, "chiều phân tích", "dimension", func(d Dimension) string { return d.Name })
}

func find[T any](all []T, name, vi, en string, nameOf func(T) string) (T, error) {
	names := make([]string, len(all))
	for i, item := range all {
		names[i] = nameOf(item)
		if names[i] == name {
			return item, nil
		}
	}
	var none T
	return none, notFound(vi, en, name, names)
}

// grains are the dimensions of time, which every dataset has.
var grains = []Dimension{
	{Name: string(khue.Year), Label: khue.Text{VI: "Năm", EN: "Year"}, Grain: khue.Year},
	{Name: string(khue.HalfYear), Label: khue.Text{VI: "Nửa năm", EN: "Half-year"}, Grain: khue.HalfYear},
	{Name: string(khue.Quarter), Label: khue.Text{VI: "Quý", EN: "Quarter"}, Grain: khue.Quarter},
	{Name: string(khue.Month), Label: khue.Text{VI: "Tháng", EN: "Month"}, Grain: khue.Month},
	{Name: string(khue.Week), Label: khue.Text{VI: "Tuần", EN: "Week"}, Grain: khue.Week},
	{Name: string(khue.Day), Label: khue.Text{VI: "Ngày", EN: "Day"}, Grain: khue.Day},
}
