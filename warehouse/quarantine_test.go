package warehouse_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

// refuse loads rows and rejects others in one batch, which has read these parts whole.
func refuse(t *testing.T, w *warehouse.Warehouse, l warehouse.Load, rows *warehouse.Rows, a warehouse.Account, rejected ...warehouse.Rejected) warehouse.Outcome {
	t.Helper()
	b, err := w.Begin(t.Context(), l)
	require.NoError(t, err)
	require.NoError(t, b.Append(t.Context(), rows))
	require.NoError(t, b.Reject(t.Context(), rejected))
	a.Rows = int64(rows.Len() + len(rejected))
	b.Prove(a)
	out, err := b.Commit(t.Context(), "", a.Rows)
	require.NoError(t, err)
	return out
}

// openFaults lists the places of the open faults.
func openFaults(t *testing.T, w *warehouse.Warehouse) []string {
	t.Helper()
	rows, err := w.Quarantine(t.Context(), warehouse.QuarantineFilter{})
	require.NoError(t, err)
	places := []string{}
	for _, r := range rows {
		places = append(places, r.Place)
	}
	return places
}

// scoped gives all rows a scope.
func scoped(r *warehouse.Rows, scope string) *warehouse.Rows {
	for i := range r.Scope {
		r.Scope[i] = scope
	}
	return r
}

func faultAt(place, scope, part string) warehouse.Rejected {
	return warehouse.Rejected{Place: place, Field: "area", Reason: "area", Scope: scope, Part: part}
}

func TestAReplacedScopeClosesItsOlderFaultsAndNoOthers(t *testing.T) {
	w := warehousetest.Open(t)
	replacing := eventsLoad
	replacing.Replace = true
	tricky := `tháng 3's "báo cáo"\.xlsx`
	refuse(t, w, replacing, events(t), warehouse.Account{},
		faultAt("mended", tricky, ""), faultAt("still wrong", tricky, ""), faultAt("other scope", "b", ""), faultAt("kept before", "", ""))
	elsewhere := visitsLoad
	elsewhere.Replace = true
	refuse(t, w, elsewhere, visits(t), warehouse.Account{}, faultAt("other dataset", tricky, ""))
	require.Len(t, openFaults(t, w), 5)

	refuse(t, w, replacing, scoped(events(t, someEvents...), tricky), warehouse.Account{}, faultAt("still wrong", tricky, ""))
	require.ElementsMatch(t, []string{"still wrong", "other scope", "kept before", "other dataset"}, openFaults(t, w))

	adding := eventsLoad // without replacing anything, the scope says nothing of the rest
	refuse(t, w, adding, scoped(events(t, someEvents...), "b"), warehouse.Account{})
	require.Contains(t, openFaults(t, w), "other scope")

	named := replacing
	named.Scopes = []string{"b", tricky} // they became empty
	refuse(t, w, named, events(t), warehouse.Account{})
	require.ElementsMatch(t, []string{"kept before", "other dataset"}, openFaults(t, w))
	requireBalanced(t, w)
}

func TestAPartThatIsReadWholeAgainClosesItsOlderFaults(t *testing.T) {
	w := warehousetest.Open(t)
	first := refuse(t, w, eventsLoad, events(t), warehouse.Account{}, faultAt("a 1", "", "a.csv"), faultAt("a 2", "", "a.csv"), faultAt("b 1", "", "b.csv"))
	// A reading of two batches: what its first one found stays open when the second ends the part.
	refuse(t, w, eventsLoad, events(t), warehouse.Account{Whole: []string{"a.csv"}, Earlier: []string{first.BatchID}}, faultAt("a 3", "", "a.csv"))
	require.ElementsMatch(t, []string{"a 1", "a 2", "a 3", "b 1"}, openFaults(t, w))

	refuse(t, w, eventsLoad, events(t), warehouse.Account{Whole: []string{"a.csv", "c.csv"}}, faultAt("a 2", "", "a.csv"))
	require.ElementsMatch(t, []string{"a 2", "b 1"}, openFaults(t, w))
	refuse(t, w, visitsLoad, visits(t), warehouse.Account{Whole: []string{"a.csv", "b.csv"}})
	require.Len(t, openFaults(t, w), 2, "the other dataset's part of the same name is another one")

	many := make([]string, 1_200)
	for i := range many {
		many[i] = fmt.Sprintf("%04d.csv", i)
	}
	refuse(t, w, eventsLoad, events(t), warehouse.Account{Whole: append(many, "b.csv", "a.csv")})
	require.Empty(t, openFaults(t, w))
}

func TestRowsClosedByHandKeepWhatTheyBelongTo(t *testing.T) {
	w := warehousetest.OpenAt(t, func() time.Time { return time.Date(2026, 8, 2, 20, 30, 0, 0, time.UTC) })
	refuse(t, w, eventsLoad, events(t), warehouse.Account{}, faultAt("x", "s", "p.csv"))
	rows, err := w.Quarantine(t.Context(), warehouse.QuarantineFilter{})
	require.NoError(t, err)
	require.Equal(t, []string{"s", "p.csv"}, []string{rows[0].Scope, rows[0].Part})
	require.NoError(t, w.CloseQuarantine(t.Context(), rows))
	require.Empty(t, openFaults(t, w))
	var scope, part string
	require.NoError(t, w.Conn().QueryRow(t.Context(), "SELECT scope, part FROM quarantine FINAL").Scan(&scope, &part))
	require.Equal(t, []string{"s", "p.csv"}, []string{scope, part})
}
