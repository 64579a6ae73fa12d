package warehouse_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/warehouse"
	"khue/warehouse/engine"
	"khue/warehouse/warehousetest"
)

// TestAnEngineKilledInTheMiddleOfPostingLosesAndDoublesNothing posts a batch of
// several chunks, kills the engine at a moment inside the posting, and lets the
// next load finish it, for a first load and for corrections of it.
func TestAnEngineKilledInTheMiddleOfPostingLosesAndDoublesNothing(t *testing.T) {
	const rows = 600_000
	dir := t.TempDir()
	w, err := warehouse.Open(t.Context(), warehouse.Options{DSN: "embedded://" + dir, Zone: warehousetest.Zone()})
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.Close() })
	_, err = w.Migrate(t.Context())
	require.NoError(t, err)
	load(t, w, eventsLoad, events(t, someEvents...))

	moments := rand.New(rand.NewPCG(7, 7))
	midPosting := 0
	for round := range 4 {
		b, err := w.Begin(t.Context(), visitsLoad)
		require.NoError(t, err)
		// Each round corrects every third row of the one before.
		require.NoError(t, b.Append(t.Context(), manyVisits(t, rows, round)))
		done := make(chan error, 1)
		go func() {
			_, err := b.Commit(context.WithoutCancel(t.Context()), fmt.Sprint("round ", round), rows)
			done <- err
		}()
		waitForPosting(t, w, done)
		time.Sleep(time.Duration(moments.IntN(600)) * time.Millisecond)
		killed := enginePID(t, dir)
		require.NoError(t, syscall.Kill(killed, syscall.SIGKILL))
		if err := <-done; err != nil {
			midPosting++
		}
		waitForAnotherEngine(t, w, dir, killed)
		if round%2 == 1 {
			// Finishing what was cut off is cut off as well.
			go func() {
				if b, err := w.Begin(t.Context(), eventsLoad); err == nil {
					_ = b.Abort(t.Context())
				}
				done <- nil
			}()
			time.Sleep(time.Duration(moments.IntN(600)) * time.Millisecond)
			killed = enginePID(t, dir)
			require.NoError(t, syscall.Kill(killed, syscall.SIGKILL))
			<-done
			waitForAnotherEngine(t, w, dir, killed)
		}

		// The next load of the source finishes what was cut off.
		load(t, w, eventsLoad, events(t, someEvents...))
		mark, err := w.Watermark(t.Context(), "db", "attendance")
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint("round ", round), mark, "a batch that was posting is finished, not dropped")
		require.Equal(t, map[string]float64{"[]": expectedVisitors(rows, round)}, visitorsBy(t, w, time.Time{}))
		requireBalanced(t, w)
	}
	require.NotZero(t, midPosting, "no kill hit a posting: the test proves nothing")
	t.Logf("%d of 4 kills hit the posting", midPosting)
}

func visitorsOf(i, round int) int64 {
	if i%3 == 0 {
		return int64(i%100 + round)
	}
	return int64(i % 100)
}

func expectedVisitors(rows, round int) float64 {
	sum := int64(0)
	for i := range rows {
		sum += visitorsOf(i, round)
	}
	return float64(sum)
}

func manyVisits(t *testing.T, n, round int) *warehouse.Rows {
	r := warehouse.NewRows(dataset(t, "attendance"), n)
	start := time.Date(2023, 1, 1, 3, 0, 0, 0, time.UTC)
	for i := range n {
		r.RecordID, r.Scope, r.Deleted = append(r.RecordID, fmt.Sprint("V", i)), append(r.Scope, ""), append(r.Deleted, false)
		for f := range r.Columns {
			c := &r.Columns[f]
			if c.Null != nil {
				c.Null = append(c.Null, true)
			}
			switch name := r.Dataset.Fields[f].Name; {
			case name == "event":
				c.Strings = append(c.Strings, fmt.Sprint("E", i%2+1))
			case c.Strings != nil:
				c.Strings = append(c.Strings, "")
			case c.Times != nil:
				c.Times = append(c.Times, start.Add(time.Duration(i)*3*time.Minute))
			case name == "visitors":
				c.Integers = append(c.Integers, visitorsOf(i, round))
			default:
				c.Integers = append(c.Integers, 0)
			}
		}
	}
	return r
}

func TestABatchWhoseStagedRowsAreGoneIsNotCommitted(t *testing.T) {
	dir := t.TempDir()
	w, err := warehouse.Open(t.Context(), warehouse.Options{DSN: "embedded://" + dir, Zone: warehousetest.Zone()})
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.Close() })
	_, err = w.Migrate(t.Context())
	require.NoError(t, err)
	b, err := w.Begin(t.Context(), visitsLoad)
	require.NoError(t, err)
	require.NoError(t, b.Append(t.Context(), visits(t, someVisits[0], someVisits[1])))
	killed := enginePID(t, dir)
	require.NoError(t, syscall.Kill(killed, syscall.SIGKILL))
	waitForAnotherEngine(t, w, dir, killed)
	require.NoError(t, b.Append(t.Context(), visits(t, someVisits[2]))) // as a pull that noticed nothing would
	_, err = b.Commit(t.Context(), "mark", 3)
	require.ErrorContains(t, err, "1 of 3 rows are left")
	mark, err := w.Watermark(t.Context(), "db", "attendance")
	require.NoError(t, err)
	require.Empty(t, mark)
	require.EqualValues(t, 3, load(t, w, visitsLoad, visits(t, someVisits...)).Added)
	requireBalanced(t, w)
}

// waitForPosting returns when the first rows of the batch are in the journal's
// way: the book says that it is posting.
func waitForPosting(t *testing.T, w *warehouse.Warehouse, done chan error) {
	t.Helper()
	for until := time.Now().Add(60 * time.Second); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		var n uint64
		if err := w.Conn().QueryRow(t.Context(), "SELECT count() FROM batches FINAL WHERE state = 'posting'").Scan(&n); err == nil && n > 0 {
			return
		}
		if len(done) > 0 {
			return
		}
	}
	t.Fatal("the batch never came to posting")
}

func enginePID(t *testing.T, dir string) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "engine.json"))
	require.NoError(t, err)
	var a engine.Address
	require.NoError(t, json.Unmarshal(b, &a))
	return a.PID
}

func waitForAnotherEngine(t *testing.T, w *warehouse.Warehouse, dir string, killed int) {
	t.Helper()
	for until := time.Now().Add(60 * time.Second); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if enginePID(t, dir) != killed && w.Ping(t.Context()) == nil {
			return
		}
	}
	t.Fatal("the engine was not restarted")
}
