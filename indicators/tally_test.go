package indicators

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"khue/warehouse"
)

func TestReportsAreSummedByTheirKeysWhetherInATableOrNot(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5)) //nolint:gosec // any cells will do
	for n := range 200 {
		codes := []int{1 + r.IntN(40), 1 + r.IntN(40), 1 + r.IntN(40)} // of each key: 64,000 combinations at most
		found := &result{}
		for range r.IntN(300) {
			row := &Row{Completeness: make([]Completeness, 2)}
			for _, most := range codes {
				row.Keys = append(row.Keys, Key{Code: fmt.Sprint(r.IntN(most))})
			}
			found.rows = append(found.rows, row)
		}
		for key := range codes {
			found.columns = append(found.columns, columnOf(found.rows, key))
		}
		by := []int{0, 1, 2}[:r.IntN(4)] // what reporters do not have splits no cell
		counted := &tally{x: Expectation{Name: "events"}, keys: by, known: true}
		plain := make(map[string]Completeness)
		for range r.IntN(500) {
			cell := warehouse.Reports{Expected: int64(r.IntN(3)), Unexpected: int64(r.IntN(2))}
			cell.Reported = min(cell.Expected, int64(r.IntN(3)))
			for _, key := range by {
				cell.Keys = append(cell.Keys, fmt.Sprint(r.IntN(codes[key]+5))) // some that no row has
			}
			counted.add(cell)
			id := fmt.Sprint(cell.Keys)
			plain[id] = counted.x.with(plain[id], cell)
		}
		counted.fill(found, 1)
		for _, row := range found.rows {
			keys := []string{}
			for _, key := range by {
				keys = append(keys, row.Keys[key].Code)
			}
			want := plain[fmt.Sprint(keys)]
			want.Expectation = "events"
			require.Equal(t, want, row.Completeness[1], "%d: %v by %v", n, row.codes(), by)
			require.Equal(t, Completeness{}, row.Completeness[0], "of another measure")
		}
	}
}
