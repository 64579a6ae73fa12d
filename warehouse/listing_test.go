package warehouse_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// rejecting posts an empty batch that refuses these rows.
func rejecting(t *testing.T, w *warehouse.Warehouse, source, dataset string, rejected ...warehouse.Rejected) string {
	t.Helper()
	b, err := w.Begin(t.Context(), warehouse.Load{Source: source, Dataset: dataset})
	require.NoError(t, err)
	require.NoError(t, b.Reject(t.Context(), rejected))
	o, err := b.Commit(t.Context(), "", int64(len(rejected)))
	require.NoError(t, err)
	return o.BatchID
}

func TestRunsAreFoundBySourceDatasetOutcomeAndTime(t *testing.T) {
	now := time.Date(2026, 11, 1, 17, 30, 0, 0, time.UTC)
	w := warehousetest.OpenAt(t, func() time.Time { return now })
	clean := rejecting(t, w, "monthly", "claims")
	now = now.Add(24 * time.Hour)
	faulty := rejecting(t, w, "monthly", "events", warehouse.Rejected{Place: "a", Reason: "type"}, warehouse.Rejected{Place: "b", Reason: "type"})
	b, err := w.Begin(t.Context(), warehouse.Load{Source: "gates", Dataset: "events"})
	require.NoError(t, err)
	running := b.ID()

	found := func(q warehouse.RunQuery) []string {
		q.Limit = 10
		runs, total, err := w.FindRuns(t.Context(), q)
		require.NoError(t, err)
		require.Len(t, runs, int(total))
		ids := []string{}
		for _, r := range runs {
			ids = append(ids, r.BatchID)
		}
		return ids
	}
	require.Equal(t, []string{running, faulty, clean}, found(warehouse.RunQuery{}), "the newest first")
	require.Equal(t, []string{faulty, clean}, found(warehouse.RunQuery{Source: "monthly"}))
	require.Equal(t, []string{running, faulty}, found(warehouse.RunQuery{Dataset: "events"}))
	require.Equal(t, []string{faulty, clean}, found(warehouse.RunQuery{Outcome: warehouse.RunDone}))
	require.Equal(t, []string{faulty}, found(warehouse.RunQuery{Outcome: warehouse.RunFaulty}))
	require.Equal(t, []string{running}, found(warehouse.RunQuery{Outcome: warehouse.RunRunning}))
	require.Empty(t, found(warehouse.RunQuery{Outcome: warehouse.RunFailed}))
	require.Equal(t, []string{clean}, found(warehouse.RunQuery{To: now}))
	require.Equal(t, []string{running, faulty}, found(warehouse.RunQuery{From: now}), "a run belongs to the moment it began")
	require.NoError(t, b.Abort(t.Context()))
	require.Equal(t, []string{running}, found(warehouse.RunQuery{Outcome: warehouse.RunFailed}))

	page, total, err := w.FindRuns(t.Context(), warehouse.RunQuery{Limit: 1, Offset: 1})
	require.NoError(t, err)
	require.EqualValues(t, 3, total)
	require.Equal(t, faulty, page[0].BatchID)
	require.EqualValues(t, 2, page[0].Rejected)

	one, err := w.RunOf(t.Context(), clean)
	require.NoError(t, err)
	require.Equal(t, "claims", one.Dataset)
	_, err = w.RunOf(t.Context(), "' OR 1 = 1 --")
	require.Equal(t, khue.NotFound, khue.KindOf(err))
}

func TestTheQuarantineIsSearchedWithoutMarks(t *testing.T) {
	w := warehousetest.Open(t)
	rejecting(t, w, "monthly", "events",
		warehouse.Rejected{RecordID: "1", Place: "báo-cáo.xlsx › Biểu 1!C7", Field: "area", Value: "Phường Đống Đa cũ", Reason: "area", Raw: `{"Địa bàn":"Phường Đống Đa cũ"}`},
		warehouse.Rejected{RecordID: "2", Place: "báo-cáo.xlsx › Biểu 1!D9", Field: "capacity", Value: "-3", Reason: "minimum", Raw: `{}`})
	rejecting(t, w, "gates", "events", warehouse.Rejected{RecordID: "3", Place: "events page 1 record 2", Field: "capacity", Value: "x'y", Reason: "type"})

	found := func(q warehouse.QuarantineQuery) []string {
		q.Limit = 10
		rows, err := w.FindQuarantined(t.Context(), q)
		require.NoError(t, err)
		ids := []string{}
		for _, r := range rows {
			ids = append(ids, r.RecordID)
		}
		return ids
	}
	require.ElementsMatch(t, []string{"1", "2", "3"}, found(warehouse.QuarantineQuery{}))
	require.Equal(t, []string{"1"}, found(warehouse.QuarantineQuery{Text: "dong da"}))
	require.Equal(t, []string{"1"}, found(warehouse.QuarantineQuery{Text: "ĐỐNG ĐA"}))
	require.ElementsMatch(t, []string{"1", "2"}, found(warehouse.QuarantineQuery{Text: "bieu 1!"}))
	require.Equal(t, []string{"3"}, found(warehouse.QuarantineQuery{Text: "x'y"}))
	require.Empty(t, found(warehouse.QuarantineQuery{Text: "%"}), "a pattern is only text")
	require.Equal(t, []string{"2"}, found(warehouse.QuarantineQuery{Source: "monthly", Reason: "minimum"}))

	counts, err := w.CountQuarantined(t.Context(), warehouse.QuarantineQuery{Source: "monthly"})
	require.NoError(t, err)
	require.Len(t, counts, 2)
	require.EqualValues(t, 1, counts[0].Rows)
	require.Equal(t, "area", counts[0].Reason)
}
