package warehouse_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// TestAPostingCutOffAnywhereIsFinishedOnce makes by hand every state that an
// insert can leave behind: each of the journal, the current state and the rollups
// got none, a part or all of a correction. The next load must complete all of them.
func TestAPostingCutOffAnywhereIsFinishedOnce(t *testing.T) {
	const rows = 300
	w := warehousetest.Open(t)
	load(t, w, eventsLoad, events(t, someEvents...))
	load(t, w, visitsLoad, manyVisits(t, rows, 0))
	parts := []struct{ name, condition string }{
		{"none", "0"}, {"a part", "cityHash64(record_id, sign) % 3 = 1"}, {"all", "1"},
	}
	round := 0
	for _, inJournal := range parts {
		for _, inCurrent := range parts {
			for _, inRollup := range parts {
				round++
				leavePosting(t, w, manyVisits(t, rows, round), fmt.Sprint("round ", round))
				arrive(t, w, "attendance_journal", inJournal.condition)
				arrive(t, w, "attendance_current", inCurrent.condition)
				arrive(t, w, "attendance_monthly", inRollup.condition)
				arrive(t, w, "attendance_daily", parts[round%3].condition)

				load(t, w, eventsLoad, events(t, someEvents...))
				state := fmt.Sprintf("journal got %s, current %s, months %s, days %s", inJournal.name, inCurrent.name, inRollup.name, parts[round%3].name)
				mark, err := w.Watermark(t.Context(), "db", "attendance")
				require.NoError(t, err)
				require.Equal(t, fmt.Sprint("round ", round), mark, state)
				require.Equal(t, map[string]float64{"[]": expectedVisitors(rows, round)}, visitorsBy(t, w, time.Time{}), state)
				faults, err := w.Check(t.Context())
				require.NoError(t, err)
				require.Empty(t, faults, state)
			}
		}
	}
	var leftovers uint64
	require.NoError(t, w.Conn().QueryRow(t.Context(),
		"SELECT count() FROM system.tables WHERE database = currentDatabase() AND (startsWith(name, 'diff_') OR startsWith(name, 'stage_') OR startsWith(name, 'fresh_'))").Scan(&leftovers))
	require.Zero(t, leftovers)
}

// leavePosting brings a batch to the state posting and no further: the journal
// refuses its rows.
func leavePosting(t *testing.T, w *warehouse.Warehouse, r *warehouse.Rows, mark string) {
	t.Helper()
	exec(t, w, "ALTER TABLE attendance_journal ADD CONSTRAINT shut CHECK 0")
	b, err := w.Begin(t.Context(), visitsLoad)
	require.NoError(t, err)
	require.NoError(t, b.Append(t.Context(), r))
	_, err = b.Commit(t.Context(), mark, int64(r.Len()))
	require.ErrorContains(t, err, "shut")
	exec(t, w, "ALTER TABLE attendance_journal DROP CONSTRAINT shut")
}

// arrive lets a part of the open batch's difference arrive in one of the tables,
// and in that one alone.
func arrive(t *testing.T, w *warehouse.Warehouse, table, condition string) {
	t.Helper()
	var batch string
	var moment time.Time
	require.NoError(t, w.Conn().QueryRow(t.Context(), "SELECT batch_id, recorded_at FROM batches FINAL WHERE state = 'posting'").Scan(&batch, &moment))
	from := fmt.Sprintf("(SELECT *, toDateTime64('%s', 3, 'UTC') AS recorded_at, '%s' AS batch_id FROM diff_%s_attendance WHERE %s)",
		moment.UTC().Format("2006-01-02 15:04:05.000"), batch, batch, condition)
	switch table {
	case "attendance_journal":
		exec(t, w, "DETACH TABLE attendance_to_current SYNC")
		exec(t, w, "DETACH TABLE attendance_to_monthly SYNC")
		exec(t, w, "DETACH TABLE attendance_to_daily SYNC")
		exec(t, w, "INSERT INTO attendance_journal SELECT * FROM "+from)
		exec(t, w, "ATTACH TABLE attendance_to_current")
		exec(t, w, "ATTACH TABLE attendance_to_monthly")
		exec(t, w, "ATTACH TABLE attendance_to_daily")
	case "attendance_current":
		exec(t, w, "INSERT INTO attendance_current SELECT * EXCEPT (sign, recorded_at, batch_id), toUInt64(toUnixTimestamp64Milli(recorded_at)) * 2 + (sign > 0), sign < 0 FROM "+from)
	case "attendance_monthly":
		exec(t, w, `INSERT INTO attendance_monthly (month, discipline, area, source, visitors, facts)
SELECT toStartOfMonth(happened_on), discipline, area, source, sum(sign * visitors), sum(sign) FROM `+from+" GROUP BY ALL")
	case "attendance_daily":
		exec(t, w, `INSERT INTO attendance_daily (day, discipline, area, format, series, organiser, event, source, visitors, facts)
SELECT happened_on, discipline, area, format, series, organiser, event, source, sum(sign * visitors), sum(sign) FROM `+from+" GROUP BY ALL")
	}
}

func exec(t *testing.T, w *warehouse.Warehouse, sql string) {
	t.Helper()
	require.NoError(t, w.Conn().Exec(t.Context(), sql))
}
