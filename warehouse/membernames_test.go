package warehouse_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"khue/warehouse/warehousetest"
)

func TestNamesOfMembersAreThoseOfTheNewestBatch(t *testing.T) {
	w := warehousetest.Open(t)
	names := func() map[string]string {
		out, err := w.MemberNames(t.Context())
		require.NoError(t, err)
		return out
	}
	require.Empty(t, names())
	add := func(source, id, name, batch string) {
		require.NoError(t, w.Conn().Exec(t.Context(), `INSERT INTO members_journal (source, record_id, happened_on, name, row_hash, sign, recorded_at, batch_id)
			VALUES ($1, $2, today(), $3, cityHash64($3), 1, now64(3), $4)`, source, id, name, batch))
	}
	book := func(batch string) {
		require.NoError(t, w.WriteByHand(t.Context(), `INSERT INTO batches (batch_id, source, dataset, state, recorded_at, updated_at) VALUES ($1, 'register', 'members', 'complete', now64(3), now64(6))`, batch))
	}
	add("register", "M1", "Xưởng gốm", "b1")
	add("register", "M2", "Nhà hát nhỏ", "b1")
	add("other", "M2", "Một nhóm khác", "b1")
	book("b1")
	require.Equal(t, map[string]string{"M1": "Xưởng gốm", "M2": "M2"}, names(), "one identifier of two members is its own name")
	add("other", "M3", "Vườn sách", "b2")
	book("b2")
	require.Equal(t, "Vườn sách", names()["M3"])
}
