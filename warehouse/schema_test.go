package warehouse_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

func TestEveryContractHasItsColumnsInJournalAndCurrentState(t *testing.T) {
	w := warehousetest.Open(t)
	for _, d := range khue.Datasets() {
		for _, table := range []string{d.Name + "_journal", d.Name + "_current"} {
			types := map[string]string{}
			rows, err := w.Conn().Query(t.Context(), "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = $1", table)
			require.NoError(t, err)
			for rows.Next() {
				var name, kind string
				require.NoError(t, rows.Scan(&name, &kind))
				types[name] = kind
			}
			require.NoError(t, rows.Err())
			for _, f := range d.Fields {
				kind, ok := types[f.Name]
				require.True(t, ok, "%s lacks %s", table, f.Name)
				switch f.Type {
				case khue.IntegerField, khue.DecimalField, khue.DateField, khue.InstantField, khue.BooleanField:
					require.Equal(t, !f.Required, strings.HasPrefix(kind, "Nullable("),
						"%s.%s is %s: an optional number or date can be unknown, a required one cannot", table, f.Name, kind)
				}
			}
		}
	}
}

func TestMigratingTwiceTakesNoStepTwice(t *testing.T) {
	w := warehousetest.Open(t)
	require.NoError(t, w.SchemaCurrent(t.Context()))
	steps, err := w.Migrate(t.Context())
	require.NoError(t, err)
	require.Zero(t, steps)
}

func TestAnOldSchemaIsRefused(t *testing.T) {
	w := warehousetest.Open(t)
	require.NoError(t, w.Conn().Exec(t.Context(), "DELETE FROM schema_steps WHERE name LIKE '0003%'"))
	err := w.SchemaCurrent(t.Context())
	require.Equal(t, khue.Conflict, khue.KindOf(err))
	require.ErrorContains(t, err, "run `khue migrate`")
	// Its steps are safe to take again.
	_, err = w.Migrate(t.Context())
	require.NoError(t, err)
	require.NoError(t, w.SchemaCurrent(t.Context()))
}

func TestAWarehouseOfAnotherZoneIsRefused(t *testing.T) {
	dsn := warehousetest.DSN(t)
	open := func(zone string) error {
		w, err := warehouse.Open(t.Context(), warehouse.Options{DSN: dsn, Zone: mustZone(t, zone)})
		require.NoError(t, err)
		defer func() { _ = w.Close() }()
		_, err = w.Migrate(t.Context())
		return err
	}
	require.NoError(t, open("Asia/Ho_Chi_Minh"))
	require.ErrorContains(t, open("Europe/Paris"), "made in time zone Asia/Ho_Chi_Minh")
}

func TestDatasetsColumnsAndDimensionsThatAreNotThereAreNamed(t *testing.T) {
	w := warehousetest.Open(t)
	for want, s := range map[string]warehouse.Select{
		`there is no dataset "visits"`:     {Dataset: "visits"},
		`has no dimension "colour"`:        {Dataset: "events", By: []string{"colour"}},
		`has no dimension "1); DROP"`:      {Dataset: "events", Where: []warehouse.Filter{{Dim: "1); DROP", Values: []string{"x"}}}},
		`sum(title) cannot be worked out`:  {Dataset: "events", Aggregates: []warehouse.Aggregate{{Func: "sum", Column: "title"}}},
		`median(capacity) cannot be`:       {Dataset: "events", Aggregates: []warehouse.Aggregate{{Func: "median", Column: "capacity"}}},
		`stock(accepted) cannot be worked`: {Dataset: "events", Aggregates: []warehouse.Aggregate{{Func: "stock", Column: "accepted"}}},
	} {
		_, _, err := w.Select(t.Context(), s)
		require.ErrorContains(t, err, want)
		require.NotEqual(t, khue.Internal, khue.KindOf(err))
	}
}

func TestAFilterValueIsOnlyEverAValue(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, eventsLoad, events(t, someEvents...))
	for _, value := range []string{"' OR 1 = 1 --", `\`, "{f0_0:String}", "design' --"} {
		rows, _, err := w.Select(t.Context(), warehouse.Select{
			Dataset: "events", Aggregates: []warehouse.Aggregate{{Func: "count"}},
			Where: []warehouse.Filter{{Dim: "discipline", Values: []string{value}}},
		})
		require.NoError(t, err, value)
		require.Empty(t, rows, value)
	}
}

func mustZone(t *testing.T, name string) *time.Location {
	zone, err := time.LoadLocation(name)
	require.NoError(t, err)
	return zone
}
