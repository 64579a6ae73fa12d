package warehouse_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"khue"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// amounts are a measure's steps as whole numbers.
func amounts(t *testing.T, d warehouse.RunDetail, measure string) map[string]int64 {
	t.Helper()
	for _, line := range d.Proof {
		if line.Measure != measure {
			continue
		}
		out := map[string]int64{}
		for step, v := range line.Steps {
			if v.Known {
				out[step] = v.Amount.IntPart()
			}
		}
		return out
	}
	t.Fatalf("no proof of %s", measure)
	return nil
}

func TestARunIsProvenInRowsAndInSumsOfEachNumber(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, eventsLoad, events(t, someEvents...))
	const at = "2025-03-01T01:00:00+07:00" // the small hours, when the day in UTC is another
	load(t, w, visitsLoad, visits(t,
		visit{id: "kept", event: "E1", at: at, visitors: 5, revenue: -1}, visit{id: "changed", event: "E1", at: at, visitors: 10, revenue: 100},
		visit{id: "gone", event: "E1", at: at, visitors: 40, revenue: 7}))

	b, err := w.Begin(t.Context(), visitsLoad)
	require.NoError(t, err)
	require.NoError(t, b.Append(t.Context(), visits(t,
		visit{id: "kept", event: "E1", at: at, visitors: 5, revenue: -1},
		visit{id: "changed", event: "E1", at: at, visitors: 999, revenue: 1}, // said twice: the last counts
		visit{id: "changed", event: "E1", at: at, visitors: 13, revenue: 90},
		visit{id: "new", event: "E1", at: at, visitors: 1000, revenue: 3},
		visit{id: "gone", deleted: true})))
	require.NoError(t, b.Reject(t.Context(), []warehouse.Rejected{{RecordID: "bad", Place: "row 9", Field: "event", Reason: "required"}}))
	b.Prove(warehouse.Account{
		Rows: 6, Columns: warehouse.Sums{"khach": decimal.NewFromInt(2024)}, Rejected: warehouse.Sums{"visitors": decimal.NewFromInt(7)},
		Told: &warehouse.Told{Rows: 6, Sums: warehouse.Sums{"khach": decimal.NewFromInt(2024)}},
	})
	out, err := b.Commit(t.Context(), "mark", 6)
	require.NoError(t, err)

	d, err := w.Run(t.Context(), out.BatchID)
	require.NoError(t, err)
	require.Equal(t, map[string]int64{
		"told": 6, "read": 6, "accepted": 5, "rejected": 1, "duplicates": 1, "unchanged": 1,
		"added": 1, "corrected": 1, "corrected_from": 1, "retracted": 1,
	}, amounts(t, d, warehouse.ProofRows))
	require.Equal(t, map[string]int64{
		"accepted": 5 + 999 + 13 + 1000, "rejected": 7, "duplicates": 999, "unchanged": 5,
		"added": 1000, "corrected": 13, "corrected_from": 10, "retracted": 40,
	}, amounts(t, d, "visitors"))
	require.Equal(t, map[string]int64{
		"accepted": 94, "rejected": 0, "duplicates": 1, "unchanged": 0, "added": 3, "corrected": 90, "corrected_from": 100, "retracted": 7,
	}, amounts(t, d, "revenue_vnd"))
	require.Equal(t, map[string]int64{"told": 2024, "read": 2024}, amounts(t, d, "khach"))
	requireBalanced(t, w)

	_, err = w.Run(t.Context(), "no such batch")
	require.Equal(t, khue.NotFound, khue.KindOf(err))
}

func TestARecordMadeAndDeletedInOneBatchLeavesNothing(t *testing.T) {
	w := warehousetest.Open(t)
	out := load(t, w, eventsLoad, events(t,
		event{id: "A", discipline: "music", area: "00001", starts: "2025-01-01T00:30:00+07:00"}, event{id: "A", deleted: true}))
	require.Zero(t, out.Added)
	requireBalanced(t, w)
}

func TestRunsAreFoundByWhatTheyDidAndAFailedOneSaysWhy(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, eventsLoad, events(t, someEvents...))
	load(t, w, eventsLoad, events(t))
	again := eventsLoad
	again.Cause = warehouse.CauseBackfill
	load(t, w, again, events(t, someEvents...))
	b, err := w.Begin(t.Context(), visitsLoad)
	require.NoError(t, err)
	b.Failed(khue.Errorf(khue.Conflict, "nguồn nói khác", "the source says otherwise"))
	require.NoError(t, b.Abort(t.Context()))

	for _, c := range []struct {
		filter warehouse.RunFilter
		want   int
	}{
		{warehouse.RunFilter{}, 4},
		{warehouse.RunFilter{Dataset: "events"}, 3},
		{warehouse.RunFilter{Dataset: "events", Changed: true}, 2},
		{warehouse.RunFilter{Cause: "backfill"}, 1},
		{warehouse.RunFilter{State: "aborted"}, 1},
		{warehouse.RunFilter{Source: "nobody"}, 0},
		{warehouse.RunFilter{Since: time.Now().Add(time.Hour)}, 0},
		{warehouse.RunFilter{Limit: 1, Offset: 1}, 1},
	} {
		runs, err := w.Runs(t.Context(), c.filter)
		require.NoError(t, err)
		require.Len(t, runs, c.want, "%+v", c.filter)
		if c.filter.Limit == 0 {
			n, err := w.RunCount(t.Context(), c.filter)
			require.NoError(t, err)
			require.EqualValues(t, c.want, n)
		}
	}
	runs, err := w.Runs(t.Context(), warehouse.RunFilter{State: "aborted"})
	require.NoError(t, err)
	require.Equal(t, khue.Text{VI: "nguồn nói khác", EN: "the source says otherwise"}, runs[0].Error)

	rehearsal := eventsLoad
	rehearsal.DryRun = true
	b, err = w.Begin(t.Context(), rehearsal)
	require.NoError(t, err)
	require.NoError(t, b.Abort(t.Context()))
	runs, err = w.Runs(t.Context(), warehouse.RunFilter{Cause: warehouse.CauseDryRun, Done: true})
	require.NoError(t, err)
	require.Len(t, runs, 1, "a rehearsal that came to its end did not fail")
	require.True(t, runs[0].Rehearsed())
	for filter, want := range map[warehouse.RunFilter]int64{{Done: true}: 4, {Failed: true}: 1, {Open: true}: 0} {
		n, err := w.RunCount(t.Context(), filter)
		require.NoError(t, err)
		require.Equal(t, want, n, "%+v", filter)
	}
}

func TestTheQuarantineIsSearchedWhateverTheDiacritics(t *testing.T) {
	now := time.Date(2026, 8, 2, 20, 30, 0, 0, time.UTC)
	w := warehousetest.OpenAt(t, func() time.Time { return now })
	reject := func(l warehouse.Load, r ...warehouse.Rejected) {
		b, err := w.Begin(t.Context(), l)
		require.NoError(t, err)
		require.NoError(t, b.Reject(t.Context(), r))
		_, err = b.Commit(t.Context(), "", int64(len(r)))
		require.NoError(t, err)
		now = now.Add(time.Hour)
	}
	reject(eventsLoad, warehouse.Rejected{RecordID: "E1", Place: "Đống Đa.xlsx › Biểu 1!C7", Field: "area", Value: "Hoàn Kiếm cũ", Reason: "area", Raw: `{"x":1}`},
		warehouse.Rejected{Place: "Ba Đình.xlsx › Biểu 1!C7", Field: "area", Value: "?", Reason: "area"})
	reject(visitsLoad, warehouse.Rejected{RecordID: "V1", Place: "luot_khach id=1", Field: "visitors", Value: "-4", Reason: "minimum"})

	for _, c := range []struct {
		filter warehouse.QuarantineFilter
		want   []string
	}{
		{warehouse.QuarantineFilter{}, []string{"-4", "?", "Hoàn Kiếm cũ"}},
		{warehouse.QuarantineFilter{Text: "dong da"}, []string{"Hoàn Kiếm cũ"}},
		{warehouse.QuarantineFilter{Text: "ĐỐNG ĐA"}, []string{"Hoàn Kiếm cũ"}},
		{warehouse.QuarantineFilter{Text: "hoan kiem"}, []string{"Hoàn Kiếm cũ"}},
		{warehouse.QuarantineFilter{Text: "v1"}, []string{"-4"}},
		{warehouse.QuarantineFilter{Text: "100%"}, nil},
		{warehouse.QuarantineFilter{Reason: "minimum"}, []string{"-4"}},
		{warehouse.QuarantineFilter{Field: "area", Limit: 1}, []string{"?"}},
		{warehouse.QuarantineFilter{Field: "area", Limit: 1, Offset: 1}, []string{"Hoàn Kiếm cũ"}},
		{warehouse.QuarantineFilter{Since: now.Add(-time.Hour)}, []string{"-4"}},
		{warehouse.QuarantineFilter{Source: `d'b"\`}, nil},
	} {
		rows, err := w.Quarantine(t.Context(), c.filter)
		require.NoError(t, err)
		var values []string
		for _, r := range rows {
			values = append(values, r.Value)
		}
		require.Equal(t, c.want, values, "%+v", c.filter)
	}
	n, err := w.QuarantineCount(t.Context(), warehouse.QuarantineFilter{Field: "area", Limit: 1})
	require.NoError(t, err)
	require.EqualValues(t, 2, n)
	totals, err := w.QuarantineTotals(t.Context(), warehouse.QuarantineFilter{})
	require.NoError(t, err)
	require.Len(t, totals, 2)
	require.Equal(t, []any{"db", "events", "area", "area", int64(2)}, []any{totals[0].Source, totals[0].Dataset, totals[0].Field, totals[0].Reason, totals[0].Rows})

	rows, err := w.Quarantine(t.Context(), warehouse.QuarantineFilter{Text: "dong da"})
	require.NoError(t, err)
	one, err := w.QuarantineFault(t.Context(), rows[0].ID)
	require.NoError(t, err)
	require.Equal(t, `{"x":1}`, one.Raw)
	_, err = w.QuarantineFault(t.Context(), "0000000000000000")
	require.Equal(t, khue.NotFound, khue.KindOf(err))
}
