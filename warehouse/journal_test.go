package warehouse_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

func TestMain(m *testing.M) { warehousetest.Main(m) }

// event and visit are records in the short form the tests write them in.
type event struct {
	id, discipline, area string
	starts               string // RFC 3339
	deleted              bool
}

type visit struct {
	id, event, at string
	visitors      int64
	revenue       int64 // negative: unknown
	deleted       bool
}

func dataset(t testing.TB, name string) khue.Dataset {
	d, ok := khue.DatasetOf(name)
	require.True(t, ok)
	return d
}

func instant(t testing.TB, s string) time.Time {
	at, err := time.Parse(time.RFC3339, s)
	require.NoError(t, err)
	return at.UTC()
}

// fill sets one row's columns from a map; fields not named stay empty.
func fill(t testing.TB, r *warehouse.Rows, id string, deleted bool, values map[string]any) {
	r.RecordID, r.Scope, r.Deleted = append(r.RecordID, id), append(r.Scope, fmt.Sprint(orEmpty(values["scope"]))), append(r.Deleted, deleted)
	for i, f := range r.Dataset.Fields {
		c, v := &r.Columns[i], values[f.Name]
		if c.Null != nil {
			c.Null = append(c.Null, v == nil)
		}
		switch {
		case c.Integers != nil:
			n, _ := v.(int64)
			c.Integers = append(c.Integers, n)
		case c.Times != nil:
			at, _ := v.(time.Time)
			if v == nil {
				at = time.Unix(0, 0).UTC()
			}
			c.Times = append(c.Times, at)
		case c.Booleans != nil:
			b, _ := v.(bool)
			c.Booleans = append(c.Booleans, b)
		case c.Lists != nil:
			l, _ := v.([]string)
			c.Lists = append(c.Lists, l)
		case c.Decimals != nil:
			t.Fatal("decimals are not used here")
		default:
			s, _ := v.(string)
			c.Strings = append(c.Strings, s)
		}
	}
}

func orEmpty(v any) any {
	if v == nil {
		return ""
	}
	return v
}

func events(t testing.TB, list ...event) *warehouse.Rows {
	r := warehouse.NewRows(dataset(t, "events"), len(list))
	for _, e := range list {
		if e.deleted {
			fill(t, r, e.id, true, nil)
			continue
		}
		fill(t, r, e.id, false, map[string]any{
			"title": "Sự kiện " + e.id, "area": e.area, "disciplines": []string{e.discipline, "music"},
			"starts_at": instant(t, e.starts), "format": "onsite", "organiser": "M-1",
		})
	}
	return r
}

func visits(t testing.TB, list ...visit) *warehouse.Rows {
	r := warehouse.NewRows(dataset(t, "attendance"), len(list))
	for _, v := range list {
		if v.deleted {
			fill(t, r, v.id, true, nil)
			continue
		}
		values := map[string]any{"event": v.event, "occurred_at": instant(t, v.at), "visitors": v.visitors}
		if v.revenue >= 0 {
			values["revenue_vnd"] = v.revenue
		}
		fill(t, r, v.id, false, values)
	}
	return r
}

func load(t testing.TB, w *warehouse.Warehouse, l warehouse.Load, rows *warehouse.Rows) warehouse.Outcome {
	t.Helper()
	b, err := w.Begin(t.Context(), l)
	require.NoError(t, err)
	require.NoError(t, b.Append(t.Context(), rows))
	out, err := b.Commit(t.Context(), "mark", int64(rows.Len()))
	require.NoError(t, err)
	return out
}

func requireBalanced(t testing.TB, w *warehouse.Warehouse) {
	t.Helper()
	faults, err := w.Check(t.Context())
	require.NoError(t, err)
	require.Empty(t, faults)
}

func visitorsBy(t testing.TB, w *warehouse.Warehouse, asOf time.Time, by ...string) map[string]float64 {
	t.Helper()
	rows, _, err := w.Select(context.Background(), warehouse.Select{
		Dataset: "attendance", Aggregates: []warehouse.Aggregate{{Name: "visitors", Func: "sum", Column: "visitors"}}, By: by, AsOf: asOf,
	})
	require.NoError(t, err)
	out := map[string]float64{}
	for _, r := range rows {
		out[fmt.Sprint(r.Keys)] = r.Values[0]
	}
	return out
}

var (
	someEvents = []event{
		{id: "E1", discipline: "design", area: "001", starts: "2025-03-01T09:00:00+07:00"},
		{id: "E2", discipline: "crafts", area: "002", starts: "2025-12-31T22:00:00+07:00"},
	}
	someVisits = []visit{
		{id: "A1", event: "E1", at: "2025-03-01T10:00:00+07:00", visitors: 100, revenue: 5_000},
		{id: "A2", event: "E1", at: "2025-03-02T10:00:00+07:00", visitors: 50, revenue: -1},
		{id: "A3", event: "E2", at: "2026-01-01T00:30:00+07:00", visitors: 300, revenue: 0}, // 17:30 UTC the day before
	}
	eventsLoad = warehouse.Load{Source: "db", Dataset: "events"}
	visitsLoad = warehouse.Load{Source: "db", Dataset: "attendance"}
)

func TestTheSameBatchTwiceChangesNothing(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, eventsLoad, events(t, someEvents...))
	first := load(t, w, visitsLoad, visits(t, someVisits...))
	require.EqualValues(t, 3, first.Added)
	again := load(t, w, visitsLoad, visits(t, someVisits...))
	require.EqualValues(t, 3, again.Unchanged)
	require.Zero(t, again.Added+again.Corrected+again.Retracted)
	require.Equal(t, map[string]float64{"[]": 450}, visitorsBy(t, w, time.Time{}))
	requireBalanced(t, w)
}

func TestAFactBelongsToItsLocalDay(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, eventsLoad, events(t, someEvents...))
	load(t, w, visitsLoad, visits(t, someVisits...))
	require.Equal(t, map[string]float64{"[2025-01-01]": 150, "[2026-01-01]": 300}, visitorsBy(t, w, time.Time{}, "year"))
}

func TestACorrectionMovesSumsAndTheOldMomentStaysKnown(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, eventsLoad, events(t, someEvents...))
	before := load(t, w, visitsLoad, visits(t, someVisits...))
	out := load(t, w, visitsLoad, visits(t,
		visit{id: "A1", event: "E1", at: "2025-03-01T10:00:00+07:00", visitors: 120, revenue: 5_000},
		visit{id: "A2", deleted: true},
		visit{id: "A9", deleted: true}, // never seen
		visit{id: "A4", event: "E2", at: "2026-02-01T10:00:00+07:00", visitors: 7, revenue: -1}))
	require.EqualValues(t, []int64{1, 1, 1, 0}, []int64{out.Added, out.Corrected, out.Retracted, out.Unchanged})
	require.Equal(t, map[string]float64{"[design]": 120, "[crafts]": 307}, visitorsBy(t, w, time.Time{}, "discipline"))
	require.Equal(t, map[string]float64{"[design]": 150, "[crafts]": 300}, visitorsBy(t, w, before.RecordedAt, "discipline"))
	requireBalanced(t, w)
}

func TestAttendanceFollowsItsEventToAnotherDiscipline(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, visitsLoad, visits(t, someVisits...)) // before its events: belongs to no discipline yet
	require.Equal(t, map[string]float64{"[]": 450}, visitorsBy(t, w, time.Time{}, "discipline"))
	load(t, w, eventsLoad, events(t, someEvents...))
	require.Equal(t, map[string]float64{"[design]": 150, "[crafts]": 300}, visitorsBy(t, w, time.Time{}, "discipline"))
	moved := someEvents[0]
	moved.discipline, moved.area = "music", "003"
	load(t, w, eventsLoad, events(t, moved))
	require.Equal(t, map[string]float64{"[music 003]": 150, "[crafts 002]": 300}, visitorsBy(t, w, time.Time{}, "discipline", "area"))
	load(t, w, eventsLoad, events(t, event{id: "E2", deleted: true}))
	require.Equal(t, map[string]float64{"[music]": 150, "[]": 300}, visitorsBy(t, w, time.Time{}, "discipline"))
	requireBalanced(t, w)
}

func TestAReplacedScopeRetractsWhatItNoLongerSays(t *testing.T) {
	w := warehousetest.Open(t)
	rows := func(ids ...string) *warehouse.Rows {
		r := warehouse.NewRows(dataset(t, "activities"), len(ids))
		for _, id := range ids {
			fill(t, r, id, false, map[string]any{"scope": "tháng 3", "member": "M-1", "kind": "talk", "discipline": "design", "starts_on": instant(t, "2025-03-05T00:00:00Z")})
		}
		return r
	}
	l := warehouse.Load{Source: "sheets", Dataset: "activities", Replace: true}
	load(t, w, l, rows("a", "b", "c"))
	out := load(t, w, l, rows("b", "d"))
	require.EqualValues(t, []int64{1, 0, 2, 1}, []int64{out.Added, out.Corrected, out.Retracted, out.Unchanged})
	l.Scopes = []string{"tháng 3"}
	out = load(t, w, l, rows())
	require.EqualValues(t, 2, out.Retracted)
	requireBalanced(t, w)
}

func TestARepeatedRecordWithinABatchCountsOnceWithItsLastValues(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, eventsLoad, events(t, someEvents...))
	again := someVisits[0]
	again.visitors = 111
	out := load(t, w, visitsLoad, visits(t, append(append([]visit{}, someVisits...), again)...))
	require.EqualValues(t, 1, out.Duplicates)
	require.Equal(t, map[string]float64{"[]": 461}, visitorsBy(t, w, time.Time{}))
	requireBalanced(t, w)
}

func TestTheWatermarkMovesOnlyWhenABatchIsComplete(t *testing.T) {
	w := warehousetest.Open(t)
	b, err := w.Begin(t.Context(), eventsLoad)
	require.NoError(t, err)
	require.NoError(t, b.Append(t.Context(), events(t, someEvents...)))
	_, err = w.Begin(t.Context(), eventsLoad)
	require.Equal(t, khue.Conflict, khue.KindOf(err), "two loads of one source must not overlap")
	require.NoError(t, b.Abort(t.Context()))
	mark, err := w.Watermark(t.Context(), "db", "events")
	require.NoError(t, err)
	require.Empty(t, mark)
	load(t, w, eventsLoad, events(t, someEvents...))
	mark, err = w.Watermark(t.Context(), "db", "events")
	require.NoError(t, err)
	require.Equal(t, "mark", mark)
}

func TestARejectedRowStaysUntilItsRecordIsAccepted(t *testing.T) {
	w := warehousetest.Open(t)
	for range 2 { // read again by the next pull, it is still one fault
		b, err := w.Begin(t.Context(), eventsLoad)
		require.NoError(t, err)
		require.NoError(t, b.Reject(t.Context(), []warehouse.Rejected{{RecordID: "E1", Place: "page 1", Field: "disciplines", Value: "xxx", Reason: "unknown_discipline"}}))
		_, err = b.Commit(t.Context(), "", 1)
		require.NoError(t, err)
	}
	rows, err := w.Quarantine(t.Context(), warehouse.QuarantineFilter{})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	load(t, w, eventsLoad, events(t, someEvents...))
	rows, err = w.Quarantine(t.Context(), warehouse.QuarantineFilter{Source: "db", Dataset: "events"})
	require.NoError(t, err)
	require.Empty(t, rows)
}
