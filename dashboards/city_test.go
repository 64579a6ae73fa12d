package dashboards_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
	"khue/warehouse"
)

// fact is a row of a test's city: its day, what it is of, what it counts.
type fact struct {
	day    time.Time
	dims   map[string]string
	counts map[string]float64
}

// city keeps facts in memory and adds them up row by row, for the real service
// to answer from.
type city struct {
	facts       map[string][]fact
	members     []member
	initiatives []warehouse.Record
	now         time.Time
	quarantined int64

	down    atomic.Bool         // nothing answers
	failing map[string]bool     // datasets that do not answer
	slow    map[string]struct{} // datasets that never answer in time
	asked   atomic.Int64        // how many selections were made
}

type member struct {
	accepted, certified, left time.Time
	dims                      map[string]string
}

var errAway = khue.Errorf(khue.Unavailable, "Kho dữ liệu không trả lời.", "The warehouse does not answer.")

func (c *city) Select(ctx context.Context, s warehouse.Select) ([]warehouse.Row, warehouse.Trace, error) {
	c.asked.Add(1)
	trace := warehouse.Trace{
		SQL: "SELECT … FROM " + s.Dataset + "_monthly", From: "rollup " + s.Dataset + "_monthly",
		Parameters: map[string]any{"from": s.From.Format(time.DateOnly)}, Elapsed: 3 * time.Millisecond, RowsRead: 1200,
	}
	if _, slow := c.slow[s.Dataset]; slow {
		<-ctx.Done()
		return nil, trace, ctx.Err()
	}
	if c.down.Load() || c.failing[s.Dataset] {
		return nil, trace, errAway
	}
	if s.Dataset == "members" {
		return c.stock(s), trace, nil
	}
	groups := map[string][]fact{}
	for _, f := range c.facts[s.Dataset] {
		if f.day.Before(s.From) || (!s.To.IsZero() && !f.day.Before(s.To)) || !passes(f, s.Where) {
			continue
		}
		var keys []string
		for _, dim := range s.By {
			if g, err := khue.ParseGrain(dim); err == nil {
				keys = append(keys, khue.PeriodOf(f.day, g).Start().Format(time.DateOnly))
			} else {
				keys = append(keys, f.dims[dim])
			}
		}
		id := strings.Join(keys, "\x00")
		groups[id] = append(groups[id], f)
	}
	var rows []warehouse.Row
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		row := warehouse.Row{}
		if len(s.By) > 0 {
			row.Keys = strings.Split(id, "\x00")
		}
		for _, a := range s.Aggregates {
			v, known := add(a, groups[id])
			row.Values, row.Known = append(row.Values, v), append(row.Known, known)
		}
		rows = append(rows, row)
	}
	return rows, trace, nil
}

func passes(f fact, where []warehouse.Filter) bool {
	for _, w := range where {
		if !slices.Contains(w.Values, f.dims[w.Dim]) {
			return false
		}
	}
	return true
}

func add(a warehouse.Aggregate, facts []fact) (v float64, known bool) {
	seen := map[string]bool{}
	for _, f := range facts {
		switch n, ok := f.counts[a.Column]; {
		case a.Func == "count":
			v, known = v+1, true
		case a.Func == "sum" && ok:
			v, known = v+n, true
		case a.Func == "distinct" && !seen[f.dims[a.Column]]:
			seen[f.dims[a.Column]] = true
			v, known = v+1, true
		}
	}
	return v, known
}

func (c *city) stock(s warehouse.Select) []warehouse.Row {
	count := func(end time.Time) warehouse.Row {
		var row warehouse.Row
		for _, a := range s.Aggregates {
			n := 0.0
			for _, m := range c.members {
				from := m.accepted
				if a.Column == "certified" {
					from = m.certified
				}
				if !from.IsZero() && from.Before(end) && (m.left.IsZero() || !m.left.Before(end)) && passes(fact{dims: m.dims}, s.Where) {
					n++
				}
			}
			row.Values, row.Known = append(row.Values, n), append(row.Known, true)
		}
		return row
	}
	if len(s.By) == 0 {
		return []warehouse.Row{count(s.To)}
	}
	var rows []warehouse.Row
	for _, p := range khue.Periods(khue.Grain(s.By[0]), s.From, s.To) {
		row := count(p.End())
		row.Keys = []string{p.Start().Format(time.DateOnly)}
		rows = append(rows, row)
	}
	return rows
}

// MemberCohorts finds nobody: this city has no register with names.
func (c *city) MemberCohorts(context.Context, warehouse.Membership) ([]warehouse.CohortActivity, warehouse.Trace, error) {
	if c.down.Load() || c.failing["activities"] {
		return nil, warehouse.Trace{}, errAway
	}
	return nil, warehouse.Trace{}, nil
}

func (c *city) Records(_ context.Context, dataset string, _ []warehouse.Filter, _ time.Time, _ int) ([]warehouse.Record, error) {
	if c.down.Load() || c.failing[dataset] {
		return nil, errAway
	}
	if dataset == "initiatives" {
		return c.initiatives, nil
	}
	return nil, nil
}

func (c *city) FindNames(context.Context, warehouse.NameSearch) ([]warehouse.Named, error) {
	if c.down.Load() {
		return nil, errAway
	}
	return nil, nil
}

func (c *city) States(context.Context) ([]warehouse.DatasetState, error) {
	if c.down.Load() {
		return nil, errAway
	}
	var out []warehouse.DatasetState
	for _, d := range khue.Datasets() {
		s := warehouse.DatasetState{Dataset: d.Name, Rows: int64(len(c.facts[d.Name]))}
		for _, f := range c.facts[d.Name] {
			if f.day.After(s.DataUntil) && !f.day.After(dayOf(c.now)) {
				s.DataUntil = f.day
			}
		}
		switch d.Name {
		case "members":
			s.Rows, s.DataUntil = int64(len(c.members)), civil(2026, 11, 2)
		case "attendance":
			s.Quarantined = c.quarantined
		}
		if s.Rows > 0 {
			s.LastRecorded, s.LastBatch = c.now.Add(-15*time.Minute), "lo-"+d.Name+"-0412"
		}
		out = append(out, s)
	}
	return out, nil
}

func civil(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// dayOf is the calendar day of a moment in Hanoi.
func dayOf(t time.Time) time.Time {
	y, m, d := t.Add(7 * time.Hour).Date()
	return civil(y, m, d)
}

// morning is the moment of the tests: 06:15 on 23 November 2026 in Hanoi.
var morning = time.Date(2026, 11, 22, 23, 15, 0, 0, time.UTC)

// built keeps the cities that were built once; tests change copies.
var built sync.Map

// lively is a city with the rhythm of life since 2019.
func lively(now time.Time) *city {
	kept, ok := built.Load(now)
	if !ok {
		kept, _ = built.LoadOrStore(now, build(now))
	}
	whole := kept.(*city)
	c := &city{facts: map[string][]fact{}, members: whole.members, initiatives: whole.initiatives, now: now, quarantined: 3}
	for name, facts := range whole.facts {
		c.facts[name] = slices.Clip(facts)
	}
	return c
}

func build(now time.Time) *city {
	c := &city{facts: map[string][]fact{}, now: now}
	dice := rand.New(rand.NewPCG(7, 11))
	season := [12]float64{.9, .7, 1, 1, .95, .85, .85, .9, 1.1, 1.35, 1.7, 1.05}
	growth := map[int]float64{2019: .6, 2020: .35, 2021: .22, 2022: .7, 2023: .85, 2024: .95, 2025: 1.02, 2026: 1.18, 2027: 1.3}
	weights := []float64{26, 20, 9, 14, 11, 6, 4, 5, 4, 8, 3, 2, 2, 6, 7}
	last := dayOf(now).AddDate(0, 0, -1)
	for d := civil(2019, 1, 1); !d.After(last); d = d.AddDate(0, 0, 1) {
		mean := 6.4 * growth[d.Year()] * season[d.Month()-1]
		for n := range int(mean) + bit(dice, mean) {
			discipline := khue.Disciplines()[pick(dice, weights)].Code
			dims := map[string]string{"discipline": discipline, "area": placeOn(dice, d), "format": "onsite", "event": fmt.Sprint(d.Format("E-20060102-"), n), "organiser": fmt.Sprint("tv", n)}
			if silent(dims["event"]) {
				dims["silent"] = "1"
			}
			c.facts["events"] = append(c.facts["events"], fact{day: d, dims: dims})
			visitors := float64(40 + dice.IntN(950))
			counts := map[string]float64{"visitors": visitors, "online_visitors": float64(dice.IntN(300))}
			if dice.IntN(3) > 0 {
				counts["revenue_vnd"] = visitors * float64(20_000+dice.IntN(60_000)) / 2
			}
			c.facts["attendance"] = append(c.facts["attendance"], fact{day: d, dims: dims, counts: counts})
		}
		for range int(mean*1.7) + bit(dice, mean*1.7) {
			c.facts["activities"] = append(c.facts["activities"], fact{day: d, dims: map[string]string{
				"member": fmt.Sprint("tv", dice.IntN(60+5*(d.Year()-2019))), "discipline": khue.Disciplines()[pick(dice, weights)].Code, "area": placeOn(dice, d),
			}})
		}
	}
	for i := range 118 {
		m := member{accepted: civil(2025, 8, 1).AddDate(0, 0, i*3), dims: map[string]string{
			"discipline": khue.Disciplines()[pick(dice, weights)].Code, "area": placeOn(dice, civil(2026, 1, 1)),
		}}
		if i < 82 {
			m.accepted, m.certified = civil(2025, 5, 20).AddDate(0, 0, i*2), civil(2025, 12, 10)
		} else if i < 104 {
			m.certified = civil(2026, 2, 1).AddDate(0, 0, (i-82)*11)
		}
		c.members = append(c.members, m)
	}
	c.initiatives = promised()
	return c
}

func bit(dice *rand.Rand, mean float64) int {
	if dice.Float64() < mean-float64(int(mean)) {
		return 1
	}
	return 0
}

func pick(dice *rand.Rand, weights []float64) int {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	x := dice.Float64() * sum
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// placeOn picks an area that exists on a day, the old town most often; some
// sources do not say.
func placeOn(dice *rand.Rand, d time.Time) string {
	if dice.IntN(40) == 0 {
		return ""
	}
	var there []khue.Area
	for _, a := range khue.Areas() {
		if a.Kind != khue.City && a.ValidOn(d) {
			there = append(there, a)
		}
	}
	i := int(float64(len(there)) * dice.Float64() * dice.Float64() * dice.Float64() * .92)
	return there[i].Code
}

func promised() []warehouse.Record {
	var out []warehouse.Record
	put := func(commitment, title, status string, from, to time.Time) {
		out = append(out, warehouse.Record{
			"source": "mau", "record_id": fmt.Sprint("sk", len(out)), "programme": "unesco-uccn",
			"commitment": commitment, "title": title, "owner": "Phòng mẫu", "planned_from": from, "planned_to": to, "status": status,
		})
	}
	for _, id := range []string{"L1", "L2", "L3", "I1", "I2"} {
		put(id, "Việc thứ nhất của "+id, "done", civil(2022, 3, 1), civil(2023, 6, 30))
		put(id, "Việc thứ hai của "+id, "under_way", civil(2026, 1, 5), civil(2027, 6, 30))
	}
	put("L2", "Việc quá hạn của L2", "under_way", civil(2025, 1, 5), civil(2026, 6, 30))
	return out
}

func serviceOf(t testing.TB, c *city) *indicators.Service {
	t.Helper()
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	return indicators.NewService(catalogue, c, indicators.Options{Now: func() time.Time { return c.now }, Zone: hanoi(t)})
}

func hanoi(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(khue.DefaultZone)
	require.NoError(t, err)
	return zone
}
