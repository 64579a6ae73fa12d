package demo

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"khue"
)

// The 2023 inventory counted 124 creative spaces; the simulation has as many,
// and newcomers after the network opened.
const (
	inventory  = 124
	launchDay  = "2025-12-10" // the network was launched with 82 certified members
	atLaunch   = 82
	newcomersN = 60 // one about every month from 2026
)

// ward is a ward or commune of today, with the district that held its code
// before July 2025 and how many creative spaces it draws.
type ward struct {
	code, district, name, districtName string
	weight                             float64
}

//go:embed wards.csv
var wardsCSV string

// readWards reads the table beside this file. Which wards draw many spaces is
// made up; codes and districts are official.
var readWards = sync.OnceValue(func() []ward {
	var out []ward
	for i, line := range strings.Split(strings.TrimSpace(wardsCSV), "\n")[1:] {
		cells := strings.Split(line, ",")
		w, err := strconv.ParseFloat(cells[2], 64)
		area, known := khue.AreaOf(cells[0])
		district, knownToo := khue.AreaOf(cells[1])
		if err != nil || !known || !knownToo {
			panic(fmt.Sprintf("embedded wards.csv row %d: %q", i+2, line))
		}
		out = append(out, ward{cells[0], cells[1], area.Name.VI, district.Name.VI, w})
	}
	return out
})

// areaOn is the code of the unit valid on a day: district to June 2025, ward since.
func (w ward) areaOn(d day) string {
	if date(d).Before(khue.DistrictEra) {
		return w.district
	}
	return w.code
}

func (w ward) areaNameOn(d day) string {
	if date(d).Before(khue.DistrictEra) {
		return w.districtName
	}
	return w.name
}

// space is a creative space of the simulated city.
type space struct {
	number    int
	name      string
	ownership string
	org       string
	trades    []int // indices of trades, the main one first
	ward      int
	opened    day
	startup   bool
	weight    float64 // how busy it is beside the others
	role      role
}

// role is the way of a space through the network.
type role int

const (
	founding  role = iota // certified at the launch
	leaver                // certified at the launch, left in 2026
	later                 // certified in 2026
	waiting               // accepted, not certified yet
	applicant             // applied, not decided yet
	turned                // rejected
	withdrawn             // left before being certified
	newcomer              // opened or came forward after the launch
)

var roleCounts = []struct {
	role role
	n    int
}{
	{founding, atLaunch - 4}, {leaver, 4}, {later, 18}, {waiting, 10}, {applicant, 7}, {turned, 5}, {withdrawn, 2},
}

// makeSpaces lays out the spaces of the inventory and the newcomers to come.
func (m *model) makeSpaces() []space {
	roles := make([]role, 0, inventory)
	for _, c := range roleCounts {
		roles = append(roles, slices.Repeat([]role{c.role}, c.n)...)
	}
	d := newDice(m.seed, roleStream)
	d.Shuffle(len(roles), func(i, j int) { roles[i], roles[j] = roles[j], roles[i] })
	spaces := make([]space, 0, inventory+newcomersN)
	for n := 1; n <= inventory; n++ {
		s := m.makeSpace(n)
		s.role = roles[n-1]
		spaces = append(spaces, s)
	}
	slices.SortStableFunc(spaces, func(a, b space) int { return a.opened - b.opened })
	when := newDice(m.seed, newcomerStream)
	opened := on(2026, 1, 12)
	for n := inventory + 1; n <= inventory+newcomersN; n++ {
		s := m.makeSpace(n)
		s.role, s.opened = newcomer, opened
		opened += when.between(12, 48)
		spaces = append(spaces, s)
	}
	return spaces
}

func (m *model) makeSpace(n int) space {
	d := newDice(m.seed, spaceStream, uint64(n))
	main := d.pick(tradeWeights)
	s := space{number: n, trades: []int{main}, org: one(d, trades[main].orgs), weight: d.around(1, 0.8)}
	for range d.pick([]float64{45, 38, 17}) {
		if t := d.pick(tradeWeights); !slices.Contains(s.trades, t) {
			s.trades = append(s.trades, t)
		}
	}
	s.name = fmt.Sprintf("Không gian mô phỏng %03d · %s", n, one(d, trades[main].motifs))
	s.ownership = []string{"public", "private", "community"}[d.pick([]float64{27, 64, 9})]
	if s.org == "museum" || s.org == "library" || s.org == "heritage_site" {
		s.ownership = []string{"public", "private", "community"}[d.pick([]float64{80, 12, 8})]
	}
	s.startup = s.ownership == "private" && d.chance(0.28)
	weights := make([]float64, len(m.wards))
	for i, w := range m.wards {
		weights[i] = w.weight
	}
	s.ward = d.pick(weights)
	s.opened = d.between(on(2016, 1, 1), on(2019, 3, 1)) // half are there from the start
	if d.chance(0.5) {
		s.opened = d.between(on(2019, 3, 2), on(2023, 9, 30))
	}
	return s
}

// spaceOn draws a space that is open on a day, the busy ones more often.
func (m *model) spaceOn(d dice, on day) *space {
	open, _ := slices.BinarySearchFunc(m.spaces, on+1, func(s space, d day) int { return s.opened - d })
	x := d.Float64() * m.reach[open-1]
	i, _ := slices.BinarySearch(m.reach[:open], x)
	return &m.spaces[min(i, open-1)]
}

func (s space) memberID() string { return fmt.Sprintf("M-%04d", s.number) }

// codes lists the observatory's codes of the space's creative fields.
func codesOf(list []int) []string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = trades[t].code
	}
	return out
}
