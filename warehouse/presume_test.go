package warehouse_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// rowsOf is how many facts a dataset has, by the state that is asked for with a context.
func rowsOf(ctx context.Context, w *warehouse.Warehouse, dataset string) (int64, error) {
	states, err := w.States(ctx)
	for _, s := range states {
		if s.Dataset == dataset {
			return s.Rows, err
		}
	}
	return -1, err
}

// eachHome runs a test where lines of the book are known without a statement, and on a
// server, where they are read.
func eachHome(t *testing.T, test func(t *testing.T, l *ledger, april time.Time)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) {
		l, _, _, april := changingCity(t)
		test(t, l, april)
	})
	t.Run("server", func(t *testing.T) {
		l, _, _, april := changingCity(t)
		if os.Getenv(warehousetest.DSNVariable) == "" { // otherwise it is one already
			w, err := warehouse.Open(t.Context(), warehouse.Options{DSN: l.ServerDSN(), Zone: warehousetest.Zone(), Now: func() time.Time { return l.at }})
			require.NoError(t, err)
			t.Cleanup(func() { _ = w.Close() })
			l.Warehouse = w
		}
		test(t, l, april)
	})
}

func TestAnAnswerByAPresumedLineIsMadeAgainWhenABatchCameMeanwhile(t *testing.T) {
	eachHome(t, func(t *testing.T, l *ledger, april time.Time) {
		before, err := rowsOf(t.Context(), l.Warehouse, "attendance")
		require.NoError(t, err)

		var seen []int64
		err = l.Presume(t.Context(), func(ctx context.Context) error {
			n, err := rowsOf(ctx, l.Warehouse, "attendance")
			seen = append(seen, n)
			if len(seen) == 1 { // the answer is begun and a batch comes in
				l.at = april.AddDate(0, 0, 1)
				load(t, l.Warehouse, warehouse.Load{Source: "s", Dataset: "attendance"}, visits(t, visit{id: "between", event: "E1", at: "2026-04-07T09:00:00+07:00", visitors: 1, revenue: -1}))
				_, _, err := l.Select(ctx, warehouse.Select{Dataset: "attendance", Aggregates: []warehouse.Aggregate{{Func: "count"}}})
				require.NoError(t, err)
			}
			return err
		})
		require.NoError(t, err)
		require.Equal(t, []int64{before, before + 1}, seen)
	})
}

func TestAnAnswerByAPresumedLineIsMadeOnceWhileNothingComesIn(t *testing.T) {
	eachHome(t, func(t *testing.T, l *ledger, _ time.Time) {
		want, err := rowsOf(t.Context(), l.Warehouse, "attendance")
		require.NoError(t, err)
		var wait sync.WaitGroup
		for range 16 {
			wait.Go(func() {
				times := 0
				err := l.Presume(t.Context(), func(ctx context.Context) error {
					times++
					n, err := rowsOf(ctx, l.Warehouse, "attendance")
					if n != want {
						t.Errorf("%d rows, not %d", n, want)
					}
					return err
				})
				if err != nil || times != 1 {
					t.Errorf("made %d times: %v", times, err)
				}
			})
		}
		wait.Wait()
	})
}

func TestAFaultIsToldOnceUnlessAPresumedLineMayHaveCausedIt(t *testing.T) {
	eachHome(t, func(t *testing.T, l *ledger, _ time.Time) {
		_, err := l.States(t.Context())
		require.NoError(t, err)
		fault, times := errors.New("no such measure"), 0
		require.ErrorIs(t, l.Presume(t.Context(), func(context.Context) error { times++; return fault }), fault)
		require.Equal(t, 1, times, "the book was not asked")

		times = 0
		require.ErrorIs(t, l.Presume(t.Context(), func(ctx context.Context) error {
			times++
			_, err := l.States(ctx)
			require.NoError(t, err)
			return fault
		}), fault)
		require.Equal(t, 2, times, "once more by the line as it stands")
	})
}

func TestWhatOthersAreGivenDoesNotRestOnAPresumedLine(t *testing.T) {
	eachHome(t, func(t *testing.T, l *ledger, april time.Time) {
		before, err := rowsOf(t.Context(), l.Warehouse, "attendance")
		require.NoError(t, err)
		times := 0
		require.NoError(t, l.Presume(t.Context(), func(ctx context.Context) error {
			if times++; times > 1 {
				return nil
			}
			l.at = april.AddDate(0, 0, 1)
			load(t, l.Warehouse, warehouse.Load{Source: "s", Dataset: "attendance"}, visits(t, visit{id: "between", event: "E1", at: "2026-04-07T09:00:00+07:00", visitors: 1, revenue: -1}))
			own, err := rowsOf(warehouse.OwnLook(ctx), l.Warehouse, "attendance")
			require.NoError(t, err)
			require.Equal(t, before+1, own)
			_, err = l.States(ctx)
			require.Error(t, err, "others know a later line than the one presumed here")
			return err
		}))
		require.Equal(t, 2, times)
	})
}
