package khue

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// AreaKind is the kind of an administrative unit.
type AreaKind string

// The kinds of unit in Hanoi. Districts of the three kinds ended on 30 June
// 2025; wards and communes follow them and do not nest in them.
const (
	City          AreaKind = "city"
	UrbanDistrict AreaKind = "urban_district"
	RuralDistrict AreaKind = "rural_district"
	Town          AreaKind = "town"
	Ward          AreaKind = "ward"
	Commune       AreaKind = "commune"
)

// AreaTree is a division of the city. Units of one do not nest in those of the other.
type AreaTree string

// The divisions of Hanoi.
const (
	CityTree     AreaTree = "city"      // the whole, in force throughout
	DistrictTree AreaTree = "districts" // 30 districts, to 30 June 2025
	WardTree     AreaTree = "wards"     // 126 wards and communes, since 1 July 2025
)

// Tree is the division that the unit belongs to.
func (a Area) Tree() AreaTree {
	switch a.Kind {
	case City:
		return CityTree
	case Ward, Commune:
		return WardTree
	}
	return DistrictTree
}

// CityCode is the code of the whole city.
const CityCode = "01"

// Area is an administrative unit with the days it was valid.
type Area struct {
	Code   string
	Parent string
	Kind   AreaKind
	Name   Text
	From   time.Time // first valid day; zero when before the data begin
	To     time.Time // first day no longer valid; zero while valid
	KM2    float64   // 0 when no official figure is at hand
	Lon    float64   // centre of its largest part, WGS 84; 0 when not at hand
	Lat    float64
}

// ValidOn tells whether the unit existed on a calendar day.
func (a Area) ValidOn(d time.Time) bool {
	return (a.From.IsZero() || !d.Before(a.From)) && (a.To.IsZero() || d.Before(a.To))
}

// DistrictEra ends when the 30 districts gave way to 126 wards and communes.
var DistrictEra = time.Date(2025, time.July, 1, 0, 0, 0, 0, time.UTC)

//go:embed areas.csv
var areasCSV string

var areas = sync.OnceValue(func() []Area {
	var out []Area
	for i, r := range mustReadCSV("areas.csv", areasCSV, 10) {
		a := Area{Code: r[0], Parent: r[1], Kind: AreaKind(r[2]), Name: Text{VI: r[3], EN: r[4]}}
		a.From, a.To = mustDate("areas.csv", i, r[5]), mustDate("areas.csv", i, r[6])
		a.KM2, a.Lon, a.Lat = mustFloat("areas.csv", i, r[7]), mustFloat("areas.csv", i, r[8]), mustFloat("areas.csv", i, r[9])
		out = append(out, a)
	}
	return out
})

var areaByCode = sync.OnceValue(func() map[string]Area {
	m := make(map[string]Area)
	for _, a := range areas() {
		m[a.Code] = a
	}
	return m
})

// Areas lists every unit: the city, the districts, then the wards and communes.
// The codes and names are those of Decision 19/2025/QĐ-TTg and the list before it.
func Areas() []Area { return areas() }

// AreaOf finds a unit by its official code.
func AreaOf(code string) (Area, bool) {
	a, ok := areaByCode()[code]
	return a, ok
}

// Discipline is a creative field. It is never conduct or punishment.
type Discipline struct {
	Code string
	Name Text
}

//go:embed disciplines.csv
var disciplinesCSV string

var disciplines = sync.OnceValue(func() []Discipline {
	var out []Discipline
	for _, r := range mustReadCSV("disciplines.csv", disciplinesCSV, 3) {
		out = append(out, Discipline{Code: r[0], Name: Text{VI: r[1], EN: r[2]}})
	}
	return out
})

// Disciplines lists the creative fields in the order they are shown.
func Disciplines() []Discipline { return disciplines() }

// DisciplineOf finds a creative field by its code.
func DisciplineOf(code string) (Discipline, bool) {
	for _, d := range disciplines() {
		if d.Code == code {
			return d, true
		}
	}
	return Discipline{}, false
}

func mustReadCSV(name, text string, fields int) [][]string {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = fields
	rows, err := r.ReadAll()
	if err != nil {
		panic(fmt.Sprintf("embedded %s: %v", name, err))
	}
	return rows[1:]
}

func mustDate(name string, row int, s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(fmt.Sprintf("embedded %s row %d: %v", name, row+2, err))
	}
	return t
}

func mustFloat(name string, row int, s string) float64 {
	if s == "" {
		return 0
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(fmt.Sprintf("embedded %s row %d: %v", name, row+2, err))
	}
	return f
}
