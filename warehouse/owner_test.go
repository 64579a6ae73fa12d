package warehouse_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

func TestABatchOfAnotherMachineIsTakenUpWhenItsProcessNoLongerWorks(t *testing.T) {
	dsn := warehousetest.DSN(t)
	open := func(working func(context.Context, string) (bool, error)) *warehouse.Warehouse {
		w, err := warehouse.Open(t.Context(), warehouse.Options{DSN: dsn, Zone: warehousetest.Zone(), Working: working})
		require.NoError(t, err)
		t.Cleanup(func() { _ = w.Close() })
		return w
	}
	first := open(nil)
	_, err := first.Migrate(t.Context())
	require.NoError(t, err)
	b, err := first.Begin(t.Context(), visitsLoad)
	require.NoError(t, err)
	require.NoError(t, b.Append(t.Context(), visits(t, someVisits[0])))
	require.NoError(t, first.WriteByHand(t.Context(), `INSERT INTO batches
SELECT * REPLACE ('elsewhere/7' AS owner, updated_at + INTERVAL 1 SECOND AS updated_at) FROM batches FINAL WHERE batch_id = $1`, b.ID()))

	for _, working := range []func(context.Context, string) (bool, error){
		nil, // cannot know: two hours have not passed
		func(_ context.Context, owner string) (bool, error) {
			require.Equal(t, "elsewhere/7", owner)
			return true, nil
		},
	} {
		_, err := open(working).Begin(t.Context(), visitsLoad)
		require.Equal(t, khue.Conflict, khue.KindOf(err))
	}
	second := open(func(context.Context, string) (bool, error) { return false, nil })
	require.EqualValues(t, 3, load(t, second, visitsLoad, visits(t, someVisits...)).Added)
	requireBalanced(t, second)
}
