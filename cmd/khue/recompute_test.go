package main

import (
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/api/format"
	"khue/demo"
	"khue/indicators"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// recomputeScales says at which scales the city is recomputed; a campaign names
// more, such as "1,3,12".
const recomputeScales = "KHUE_RECOMPUTE_SCALES"

// mostDifferences is how many of them a failing recomputation prints.
const mostDifferences = 20

// service asks the pulled observatory from inside the test, at a fixed moment.
func (o *observatory) service(now time.Time) (*indicators.Service, *warehouse.Warehouse) {
	o.t.Helper()
	config := Config{Data: o.data, DSN: Secret(o.dsn)}
	clock := func() time.Time { return now }
	w, err := warehouse.Open(o.t.Context(), warehouse.Options{DSN: config.WarehouseDSN(), Now: clock, Zone: warehousetest.Zone(), Logger: slog.New(slog.DiscardHandler)})
	require.NoError(o.t, err)
	o.t.Cleanup(func() { _ = w.Close() })
	catalogue, err := indicators.Load("")
	require.NoError(o.t, err)
	return indicators.NewService(catalogue, w, indicators.Options{Now: clock, Zone: warehousetest.Zone(), Limit: 1_000_000}), w
}

// comparison holds the observatory's answers against the plain count.
type comparison struct {
	t           *testing.T
	service     *indicators.Service
	raw         *rawCity
	now, asOf   time.Time
	cells       int
	differences []string
}

func (c *comparison) today() time.Time {
	at := c.now
	if !c.asOf.IsZero() {
		at = c.asOf
	}
	y, m, d := at.In(hanoi).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// splits are the ways in which every measure is recomputed.
func splits(months bool) []split {
	out := []split{
		{},
		{grain: "year"},
		{grain: "half"},
		{grain: "quarter"},
		{discipline: true},
		{area: true},
		{grain: "year", discipline: true},
		{grain: "quarter", area: true},
	}
	if months {
		out = append(out, split{grain: "month"}, split{grain: "week"}, split{grain: "day"}, split{grain: "month", discipline: true})
	}
	return out
}

// measures asks for every measure of the catalogue, together with those of its
// dataset, and compares each cell.
func (c *comparison) measures(s split) {
	c.t.Helper()
	asked := map[string][]string{}
	for _, m := range c.service.Catalogue().Measures() {
		if _, there := plainMeasures[m.Name]; !there {
			c.t.Fatalf("measure %s has no plain count: add it to plainMeasures", m.Name)
		}
		if s.suits(plainMeasures[m.Name]) {
			asked[m.Dataset] = append(asked[m.Dataset], m.Name)
		}
	}
	for _, dataset := range slices.Sorted(maps.Keys(asked)) {
		got := c.ask(asked[dataset], s)
		for i, name := range asked[dataset] {
			c.compare(name, s, plainMeasures[name].work(c.raw, s, c.today()), got[i])
		}
	}
}

// years asks for the years of every indicator, as dashboards and targets do.
func (c *comparison) years() {
	c.t.Helper()
	yearly := split{grain: "year"}
	for _, i := range c.service.Catalogue().Indicators() {
		plain, there := plainIndicators[i.Name]
		if !there {
			c.t.Fatalf("indicator %s has no plain calculation: add it to plainIndicators", i.Name)
		}
		years, err := c.service.YearlyFigures(c.t.Context(), i.Name, c.today().Year()-2018, c.asOf, khue.Everything)
		require.NoError(c.t, err)
		got, want, all := figures{}, figures{}, plain.work(c.raw, yearly, c.today())
		for _, y := range years {
			if y.Value.Known {
				got[y.Year.String()] = y.Value.Number
			}
			if n, known := all[y.Year.String()]; known {
				want[y.Year.String()] = n
			}
		}
		c.compare(i.Name, yearly, want, got)
	}
}

// suits tells that rows have every dimension of the split.
func (s split) suits(r reckoning) bool {
	return (!s.discipline || strings.Contains(r.dims, "discipline")) && (!s.area || strings.Contains(r.dims, "area"))
}

func (c *comparison) ask(names []string, s split) []figures {
	c.t.Helper()
	a, err := c.service.Ask(c.t.Context(), indicators.Question{Measures: names, By: s.by(), AsOf: c.asOf, Scope: khue.Everything})
	require.NoError(c.t, err, "%v by %v", names, s.by())
	out := make([]figures, len(names))
	for i := range names {
		out[i] = figures{}
	}
	for _, row := range a.Rows {
		keys := make([]string, len(row.Keys))
		for i, k := range row.Keys {
			keys[i] = format.KeyCode(k)
		}
		for i, v := range row.Values {
			if v.Known {
				out[i][strings.Join(keys, "|")] = v.Number
			}
		}
	}
	return out
}

// compare notes each cell in which two calculations differ, also where only one of
// them knows a number.
func (c *comparison) compare(name string, s split, want, got figures) {
	all := maps.Clone(want)
	maps.Copy(all, got)
	for _, at := range slices.Sorted(maps.Keys(all)) {
		c.cells++
		w, wanted := want[at]
		g, given := got[at]
		if wanted == given && near(w, g) {
			continue
		}
		c.differences = append(c.differences, fmt.Sprintf("%s by %v at %q: the observatory answers %s, the source rows give %s",
			name, s.by(), at, written(g, given), written(w, wanted)))
	}
}

func written(n float64, known bool) string {
	if !known {
		return "unknown"
	}
	return fmt.Sprintf("%.10g", n)
}

// agree fails with the first differences.
func (c *comparison) agree(least int) {
	c.t.Helper()
	if n := len(c.differences); n > 0 {
		c.t.Fatalf("%d of %d cells differ:\n%s", n, c.cells, strings.Join(c.differences[:min(n, mostDifferences)], "\n"))
	}
	require.Greater(c.t, c.cells, least, "too few cells were compared to mean anything")
	c.t.Logf("%d cells are equal", c.cells)
}

// scalesAsked reads the scales that the environment names.
func scalesAsked(t *testing.T) (scales []int) {
	list := os.Getenv(recomputeScales)
	if list == "" {
		list = "3"
	}
	for _, word := range strings.Split(list, ",") {
		var n int
		_, err := fmt.Sscan(word, &n)
		require.NoError(t, err, "%s", recomputeScales)
		scales = append(scales, n)
	}
	return scales
}

// Every measure of the catalogue, split in every usual way, equals what plain loops
// over the rows of the sources give.
func TestEveryMeasureEqualsAPlainCountOfTheSourceRows(t *testing.T) {
	for _, scale := range scalesAsked(t) {
		t.Run(fmt.Sprint("scale ", scale), func(t *testing.T) {
			city := newStandingCity(t, scale)
			city.stand(time.Now())
			o := newObservatory(t, demo.Configuration(), city.variables)
			o.must("migrate")
			o.must("pull")
			now := time.Now()
			service, w := o.service(now)
			c := &comparison{t: t, service: service, raw: readCity(t, city), now: now}
			for _, s := range splits(false) {
				c.measures(s)
				c.indicatorsBy(s)
			}
			c.years()
			c.severalFields()
			c.otherViews()
			c.derivations(split{})
			c.derivations(split{discipline: true})
			c.shares()
			c.largest()
			c.statistics(w)
			c.completeness()
			c.agree(10_000)
		})
	}
}

// After corrections, late rows and deletions the answers are those of the rows as
// they are now; asked as of the first moment they are still those of the rows then.
func TestAfterASecondRoundAnswersEqualThePlainCountOfNowAndOfThen(t *testing.T) {
	end := time.Now()
	begin := end.AddDate(0, -3, 0)
	city := newStandingCity(t, 1)
	city.stand(begin)
	o := newObservatory(t, demo.Configuration(), city.variables)
	o.must("migrate")
	o.must("pull")
	then := time.Now().Truncate(time.Millisecond)
	before := readCity(t, city)

	city.stand(end)
	o.variables = variablesOf(city.variables)
	corrected, retracted := int64(0), int64(0)
	for _, r := range o.results("pull", "--since", begin.Format(time.DateOnly)) {
		corrected, retracted = corrected+r.Corrected, retracted+r.Retracted
	}
	require.Positive(t, corrected, "the city must correct something, or the test proves little")
	require.Positive(t, retracted, "the city must delete something, or the test proves little")
	now := time.Now()
	after := readCity(t, city)
	service, w := o.service(now)
	require.NotEqual(t, len(before.attendance), len(after.attendance))

	c := &comparison{t: t, service: service, raw: after, now: now}
	for _, s := range splits(true) {
		c.measures(s)
		c.indicatorsBy(s)
	}
	c.years()
	c.statistics(w)
	c.completeness()
	c.agree(20_000)

	c = &comparison{t: t, service: service, raw: before, now: now, asOf: then}
	for _, s := range splits(false) {
		c.measures(s)
		c.indicatorsBy(s)
	}
	c.years()
	c.otherViews()
	c.derivations(split{area: true})
	c.statistics(w)
	c.completeness()
	c.agree(10_000)
}

func TestACityStandsStillOnlyAtAMoment(t *testing.T) {
	o := newObservatory(t, nil, nil)
	_, said, code := o.khue("demo-city", "--at", "2026-13-01")
	require.NotZero(t, code)
	require.Contains(t, said, "--at must be a day 2026-03-01")
}

// statistics compares the workbooks' cells with what the warehouse holds of them.
func (c *comparison) statistics(w *warehouse.Warehouse) {
	c.t.Helper()
	want := figures{}
	for i := range c.raw.statistics {
		f := &c.raw.statistics[i]
		want[strings.Join([]string{f.measure, f.unit, f.day.Format(time.DateOnly), f.discipline, f.area}, "|")] += float64(f.value)
	}
	rows, _, err := w.Select(c.t.Context(), warehouse.Select{
		Dataset: "discipline_statistics", By: []string{"measure", "unit", "month", "discipline", "area"}, AsOf: c.asOf,
		Aggregates: []warehouse.Aggregate{{Name: "value", Func: "sum", Column: "value"}},
	})
	require.NoError(c.t, err)
	got := figures{}
	for _, r := range rows {
		got[strings.Join(r.Keys, "|")] = r.Values[0]
	}
	c.compare("statistics", split{}, want, got)
}
