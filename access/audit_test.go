package access_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/access"
	"khue/state"
)

// tampering is a house whose audit somebody changes who owns the database.
func tampering(t *testing.T) (h *house, run func(statement string)) {
	t.Helper()
	h = onSQLite(t)
	db, err := sql.Open("sqlite", "file:"+h.where)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	run = func(statement string) {
		t.Helper()
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	run("DROP TRIGGER audit_is_not_changed")
	run("DROP TRIGGER audit_is_not_deleted")
	h.did("one", "two", "three", "four", "five")
	return h, run
}

// did keeps things that somebody did.
func (h *house) did(objects ...string) {
	h.t.Helper()
	for _, object := range objects {
		require.NoError(h.t, h.Record(h.t.Context(), access.Caller{Login: "lan"}, access.Done{Act: "look", Object: object, Outcome: state.AuditDone}))
	}
}

func (h *house) look() access.AuditLook {
	h.t.Helper()
	l, err := h.LookAtAudit(h.t.Context())
	require.NoError(h.t, err)
	return l
}

func TestALookAtTheAuditReadsTheNewEntriesAndOnceADayAll(t *testing.T) {
	h, run := tampering(t)
	first := h.look()
	require.Zero(t, first.Broken)
	require.Equal(t, []int64{5, 5}, []int64{first.Entries, first.Then})
	h.now = h.now.Add(time.Hour)
	h.did("six", "seven")
	second := h.look()
	require.Equal(t, []int64{7, 5}, []int64{second.Entries, second.Then})
	require.Equal(t, []time.Time{first.At, h.now}, []time.Time{second.Whole, second.At})
	proof, err := h.VerifyAudit(t.Context())
	require.NoError(t, err)
	require.Equal(t, proof, second.AuditProof, "it comes to the same as all of it")

	run("UPDATE audit SET actor = 'minh' WHERE seq = 2")
	require.Zero(t, h.look().Broken, "it is further back than a look goes")
	proof, err = h.VerifyAudit(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(2), proof.Broken, "khue check finds it at once")
	h.now = h.now.Add(23 * time.Hour)
	found := h.look()
	require.Equal(t, int64(2), found.Broken, "a day after the last")
	require.Equal(t, h.now, found.Whole)
	run("UPDATE audit SET actor = 'lan' WHERE seq = 2")
	require.Zero(t, h.look().Broken, "what does not hold is looked at whole each time")
}

func TestALookAtTheAuditFindsWhatWasDoneToItsEnd(t *testing.T) {
	for name, one := range map[string]struct {
		then  []string // once five entries were found whole, and a sixth has come
		first int64
	}{
		"a new entry is forged":      {[]string{"UPDATE audit SET actor = 'minh' WHERE seq = 6"}, 6},
		"the last known is changed":  {[]string{"UPDATE audit SET actor = 'minh' WHERE seq = 5"}, 5},
		"one before is gone as well": {[]string{"DELETE FROM audit WHERE seq IN (3, 5)"}, 3},
		"the end is cut off":         {[]string{"DELETE FROM audit WHERE seq >= 5"}, 5},
		"all of it is gone":          {[]string{"DELETE FROM audit"}, 1},
		"the first new one is gone":  {[]string{"DELETE FROM audit WHERE seq = 6", "INSERT INTO audit SELECT 7, at, actor, act, object, outcome, address, detail, previous, hash FROM audit WHERE seq = 5"}, 6},
	} {
		t.Run(name, func(t *testing.T) {
			h, run := tampering(t)
			require.Zero(t, h.look().Broken)
			h.did("six")
			for _, statement := range one.then {
				run(statement)
			}
			require.Equal(t, one.first, h.look().Broken)
			require.Equal(t, one.first, h.look().Broken, "and again")
		})
	}
	h, run := tampering(t)
	h.look()
	run("DELETE FROM audit")
	h.did("a", "b", "c", "d", "e", "f") // whole in itself
	require.Equal(t, int64(5), h.look().Broken, "another chain in its place is not the one that was known")
}

func TestATokenInAnAddressIsNotKeptInTheAudit(t *testing.T) {
	h := onSQLite(t)
	secret := "khue_" + strings.Repeat("a-B_9", 8) + "xyz"
	h.did("/clickhouse/?user=x&password="+secret+"&query=SELECT+1", "/login/link/"+secret[5:])
	all, err := h.Audit(t.Context(), state.AuditFilter{Most: 2})
	require.NoError(t, err)
	require.Equal(t, []string{"/login/link/***", "/clickhouse/?user=x&password=khue_***&query=SELECT+1"}, []string{all[0].Object, all[1].Object})
}
