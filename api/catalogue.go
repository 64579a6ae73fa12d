package api

import (
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"khue"
	"khue/indicators"
)

// Measure is something that can be counted or added up.
type Measure struct {
	Name         string    `json:"name"`
	Label        khue.Text `json:"label"`
	Unit         khue.Text `json:"unit"`
	Description  khue.Text `json:"description"`
	Method       khue.Text `json:"method"`
	Source       khue.Text `json:"source"`
	Decimals     int       `json:"decimals"`
	Dataset      string    `json:"dataset"`
	Aggregate    string    `json:"aggregate"`
	Kind         string    `json:"kind" enum:"flow,stock" description:"A flow adds up over time; a stock holds at the end of a period."`
	Direction    string    `json:"direction" description:"Which way is better: up, down or neutral."`
	Confidential bool      `json:"confidential" description:"Cells that would tell what one contributor reported are withheld."`
	Dimensions   []string  `json:"dimensions" description:"What it can be split and limited by, beside time."`
}

// Dimension is what a question may be split or limited by.
type Dimension struct {
	Name     string    `json:"name"`
	Label    khue.Text `json:"label"`
	Time     bool      `json:"time" description:"A grain of time: to split by, not to limit by."`
	Datasets []string  `json:"datasets"`
	Values   []Code    `json:"values" description:"Named values in their order; empty where the list is open, or at /api/v1/areas and /api/v1/disciplines."`
}

// Code is a value with its name.
type Code struct {
	Code  string    `json:"code"`
	Label khue.Text `json:"label"`
}

// Indicator is what targets are set on.
type Indicator struct {
	Name        string    `json:"name"`
	Label       khue.Text `json:"label"`
	Unit        khue.Text `json:"unit"`
	Description khue.Text `json:"description"`
	Method      khue.Text `json:"method"`
	Source      khue.Text `json:"source"`
	Responsible khue.Text `json:"responsible"`
	Topic       string    `json:"topic"`
	Frequency   string    `json:"frequency"`
	Decimals    int       `json:"decimals"`
	Direction   string    `json:"direction"`
	Measure     string    `json:"measure,omitempty" description:"The measure that it is."`
	Numerator   string    `json:"numerator,omitempty"`
	Denominator string    `json:"denominator,omitempty"`
	Factor      float64   `json:"factor,omitempty"`
	Published   string    `json:"published,omitempty" description:"The subject whose published figures it is taken from."`
	Programmes  []string  `json:"programmes"`
}

// Programme is a resolution, an undertaking or a framework with what it promises.
type Programme struct {
	ID          string       `json:"id"`
	Kind        string       `json:"kind"`
	Title       khue.Text    `json:"title"`
	Description khue.Text    `json:"description"`
	Citation    string       `json:"citation"`
	Begins      int          `json:"begins,omitempty"`
	Ends        int          `json:"ends,omitempty"`
	Targets     []Target     `json:"targets"`
	Commitments []Commitment `json:"commitments"`
}

// Target is a value to be reached by the end of a year.
type Target struct {
	ID          string    `json:"id"`
	Indicator   string    `json:"indicator"`
	Label       khue.Text `json:"label"`
	Year        int       `json:"year"`
	Value       float64   `json:"value"`
	Upper       *float64  `json:"upper,omitempty" description:"The source gives a range from value to upper."`
	Approximate bool      `json:"approximate,omitempty"`
	Unit        khue.Text `json:"unit"`
	Direction   string    `json:"direction"`
	Clause      string    `json:"clause"`
}

// Commitment is a promise without a number.
type Commitment struct {
	ID    string    `json:"id"`
	Title khue.Text `json:"title"`
	Level string    `json:"level"`
	FedBy []string  `json:"fed_by" description:"Indicators that show something of it."`
}

// Area is an administrative unit with the days it was in force.
type Area struct {
	Code   string    `json:"code"`
	Parent string    `json:"parent,omitempty"`
	Kind   string    `json:"kind"`
	Tree   string    `json:"tree" description:"The division of the city: city, districts or wards; they do not nest."`
	Name   khue.Text `json:"name"`
	From   string    `json:"from,omitempty" description:"First day in force; absent when before the data begin."`
	To     string    `json:"to,omitempty" description:"Last day in force; absent while it is."`
	KM2    float64   `json:"km2,omitempty"`
	Lon    float64   `json:"lon,omitempty"`
	Lat    float64   `json:"lat,omitempty"`
}

func (a *API) catalogueRoutes() []route {
	if a.Service == nil {
		return nil
	}
	c := a.Service.Catalogue()
	return []route{
		list(a, "measures", khue.Text{VI: "Các chỉ số", EN: "Measures"}, func() []Measure { return measuresOf(c) }),
		list(a, "dimensions", khue.Text{VI: "Các chiều phân tích", EN: "Dimensions"}, func() []Dimension { return dimensionsOf(c) }),
		list(a, "indicators", khue.Text{VI: "Các chỉ tiêu theo dõi", EN: "Indicators"}, func() []Indicator { return indicatorsOf(c) }),
		list(a, "programmes", khue.Text{VI: "Chương trình, nghị quyết và cam kết", EN: "Programmes, resolutions and undertakings"}, func() []Programme { return programmesOf(c) }),
		list(a, "areas", khue.Text{VI: "Địa bàn hành chính", EN: "Administrative areas"}, areasOf),
		list(a, "disciplines", khue.Text{VI: "Lĩnh vực sáng tạo", EN: "Creative disciplines"}, disciplinesOf),
	}
}

// list is an end point that gives a part of the catalogue in pages.
func list[T any](a *API, name string, about khue.Text, all func() []T) route {
	return route{
		method: http.MethodGet, path: Prefix + "/" + name, tag: "catalogue", name: name, about: about, takes: slices.Clone(pagingParameters), gives: Page[T]{},
		handler: func(c *gin.Context) {
			page, err := pageOf(c, all(), a.Service.Catalogue().Version())
			if err != nil {
				_ = c.Error(err)
				return
			}
			a.givePage(c, page, page.Next)
		},
	}
}

func measuresOf(c *indicators.Catalogue) []Measure {
	out := []Measure{}
	for _, m := range c.Measures() {
		one := Measure{
			Name: m.Name, Label: m.Label, Unit: m.Unit, Description: m.Description, Method: m.Method, Source: m.Source, Decimals: m.Decimals,
			Dataset: m.Dataset, Aggregate: m.Aggregate, Kind: m.Kind, Direction: m.Direction, Confidential: m.Confidential != nil, Dimensions: []string{},
		}
		for _, d := range c.Dimensions() {
			if d.Grain == "" && slices.Contains(d.Datasets, m.Dataset) {
				one.Dimensions = append(one.Dimensions, d.Name)
			}
		}
		out = append(out, one)
	}
	return out
}

func dimensionsOf(c *indicators.Catalogue) []Dimension {
	out := []Dimension{}
	for _, d := range c.Dimensions() {
		one := Dimension{Name: d.Name, Label: d.Label, Time: d.Grain != "", Datasets: append([]string{}, d.Datasets...), Values: []Code{}}
		for _, v := range d.Values {
			one.Values = append(one.Values, Code(v))
		}
		out = append(out, one)
	}
	return out
}

func indicatorsOf(c *indicators.Catalogue) []Indicator {
	out := []Indicator{}
	for _, i := range c.Indicators() {
		one := Indicator{
			Name: i.Name, Label: i.Label, Unit: i.Unit, Description: i.Description, Method: i.Method, Source: i.Source, Responsible: i.Responsible,
			Topic: i.Topic, Frequency: string(i.Frequency), Decimals: i.Decimals, Direction: i.Direction,
			Measure: i.Measure, Numerator: i.Numerator, Denominator: i.Denominator, Published: i.Claims, Programmes: []string{},
		}
		if i.Denominator != "" {
			one.Factor = i.Factor
		}
		for _, s := range c.Serves(i.Name) {
			one.Programmes = append(one.Programmes, s.Programme.ID)
		}
		out = append(out, one)
	}
	return out
}

func programmesOf(c *indicators.Catalogue) []Programme {
	out := []Programme{}
	for _, p := range c.Programmes() {
		one := Programme{
			ID: p.ID, Kind: p.Kind, Title: p.Title, Description: p.Description, Citation: p.Citation, Begins: p.Begins, Ends: p.Ends,
			Targets: []Target{}, Commitments: []Commitment{},
		}
		for _, t := range p.Targets {
			one.Targets = append(one.Targets, Target{
				ID: t.ID, Indicator: t.Indicator, Label: t.Label, Year: t.Year, Value: t.Value, Upper: t.Upper, Approximate: t.Approximate,
				Unit: t.Unit, Direction: t.Direction, Clause: t.Clause,
			})
		}
		for _, x := range p.Commitments {
			one.Commitments = append(one.Commitments, Commitment{ID: x.ID, Title: x.Title, Level: x.Level, FedBy: append([]string{}, x.FedBy...)})
		}
		out = append(out, one)
	}
	return out
}

func areasOf() []Area {
	out := []Area{}
	for _, a := range khue.Areas() {
		one := Area{Code: a.Code, Parent: a.Parent, Kind: string(a.Kind), Tree: string(a.Tree()), Name: a.Name, From: day(a.From), KM2: a.KM2, Lon: a.Lon, Lat: a.Lat}
		if !a.To.IsZero() {
			one.To = a.To.AddDate(0, 0, -1).Format(time.DateOnly)
		}
		out = append(out, one)
	}
	return out
}

func disciplinesOf() []Code {
	out := []Code{}
	for _, d := range khue.Disciplines() {
		out = append(out, Code{Code: d.Code, Label: d.Name})
	}
	return out
}
