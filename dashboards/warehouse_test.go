package dashboards_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
	"khue/locale"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// TestThePageShowsWhatTheWarehouseHolds goes the whole way: records into the
// journal of a real engine, questions by the real service, figures on the page.
func TestThePageShowsWhatTheWarehouseHolds(t *testing.T) {
	now := func() time.Time { return morning }
	w := warehousetest.OpenAt(t, now)
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	service := indicators.NewService(catalogue, w, indicators.Options{Now: now, Zone: warehousetest.Zone()})
	h := openService(t, service, now)

	empty := get(h, "/")
	require.Equal(t, 200, empty.Code)
	require.Equal(t, "Mười tháng đầu năm 2026 chưa có số liệu chính thức về lượt khách.", h1(t, empty.Body.String()))

	var visitors, before int64
	dice := rand.New(rand.NewPCG(3, 5))
	events, visits := newRows(t, "events"), newRows(t, "attendance")
	for i := range 900 {
		day := civil(2024, 1, 1).AddDate(0, 0, i*1055/900)
		id, n := fmt.Sprint("E", i), int64(50+dice.IntN(400))
		area := "002"
		if !day.Before(khue.DistrictEra) {
			area = "00070"
		}
		at := time.Date(day.Year(), day.Month(), day.Day(), 0, 30, 0, 0, warehousetest.Zone()) // the day before in UTC
		events.add(id, map[string]any{"title": id, "disciplines": []string{"design"}, "area": area, "starts_at": at, "format": "onsite"})
		visits.add("V"+id, map[string]any{"event": id, "occurred_at": at, "visitors": n})
		switch {
		case day.Year() == 2026 && day.Month() <= 10:
			visitors += n
		case day.Year() == 2025 && day.Month() <= 10:
			before += n
		}
	}
	post(t, w, "events", events)
	post(t, w, "attendance", visits)
	page := get(h, "/").Body.String()
	require.True(t, strings.HasPrefix(h1(t, page), "Mười tháng đầu năm 2026, "+locale.Compact(khue.Vietnamese, float64(visitors), 0)+" lượt khách"), h1(t, page))
	require.True(t, strings.Contains(h1(t, page), locale.Percent(khue.Vietnamese, max(float64(visitors)/float64(before)-1, 1-float64(visitors)/float64(before)), 1)), h1(t, page))
	require.True(t, strings.Contains(page, "rollup attendance"), "answered from a rollup")
	requireStrict(t, get(h, "/"))

	correction := newRows(t, "attendance")
	correction.add("VE880", map[string]any{"event": "E880", "occurred_at": morning.AddDate(0, -1, -15), "visitors": int64(50_000)})
	post(t, w, "attendance", correction)
	require.NotEqual(t, h1(t, page), h1(t, get(h, "/").Body.String()), "a correction shows on the next look")
}

// BenchmarkTheOverviewFromTheWarehouse is the server's time for a page that
// nobody has asked for yet.
func BenchmarkTheOverviewFromTheWarehouse(b *testing.B) {
	now := func() time.Time { return morning }
	w := warehousetest.OpenAt(b, now)
	catalogue, err := indicators.Load("")
	require.NoError(b, err)
	service := indicators.NewService(catalogue, w, indicators.Options{Now: now, Zone: warehousetest.Zone()})
	events, visits := newRows(b, "events"), newRows(b, "attendance")
	for i := range 20_000 {
		at := time.Date(2024, 1, 1+i*1055/20_000, 10, 0, 0, 0, warehousetest.Zone())
		events.add(fmt.Sprint("E", i), map[string]any{
			"title": "x", "disciplines": []string{khue.Disciplines()[i%15].Code},
			"area": "00070", "starts_at": at, "format": "onsite",
		})
		visits.add(fmt.Sprint("V", i), map[string]any{"event": fmt.Sprint("E", i), "occurred_at": at, "visitors": int64(i % 700)})
	}
	post(b, w, "events", events)
	post(b, w, "attendance", visits)
	for b.Loop() {
		b.StopTimer()
		h := openService(b, service, now) // remembers nothing
		b.StartTimer()
		if w := get(h, "/"); w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}

// rows are records of one dataset on their way into a warehouse.
type rows struct {
	t    testing.TB
	rows *warehouse.Rows
}

func newRows(t testing.TB, name string) rows {
	t.Helper()
	d, ok := khue.DatasetOf(name)
	require.True(t, ok)
	return rows{t, warehouse.NewRows(d, 1000)}
}

func (r rows) add(id string, values map[string]any) {
	r.rows.RecordID, r.rows.Scope, r.rows.Deleted = append(r.rows.RecordID, id), append(r.rows.Scope, ""), append(r.rows.Deleted, false)
	for i, f := range r.rows.Dataset.Fields {
		c, v := &r.rows.Columns[i], values[f.Name]
		if c.Null != nil {
			c.Null = append(c.Null, v == nil)
		}
		switch {
		case c.Integers != nil:
			n, _ := v.(int64)
			c.Integers = append(c.Integers, n)
		case c.Times != nil:
			at, ok := v.(time.Time)
			if !ok {
				at = time.Unix(0, 0)
			}
			c.Times = append(c.Times, at.UTC())
		case c.Booleans != nil:
			b, _ := v.(bool)
			c.Booleans = append(c.Booleans, b)
		case c.Lists != nil:
			l, _ := v.([]string)
			c.Lists = append(c.Lists, l)
		default:
			s, _ := v.(string)
			c.Strings = append(c.Strings, s)
		}
	}
}

func post(t testing.TB, w *warehouse.Warehouse, dataset string, r rows) {
	t.Helper()
	b, err := w.Begin(t.Context(), warehouse.Load{Source: "mau", Dataset: dataset})
	require.NoError(t, err)
	require.NoError(t, b.Append(t.Context(), r.rows))
	_, err = b.Commit(t.Context(), "", int64(r.rows.Len()))
	require.NoError(t, err)
}
