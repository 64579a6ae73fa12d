package ingest

import (
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
)

// readSQL reads the attendance of a configuration straight from its source.
func readSQL(t *testing.T, c Config, mark string, between func()) (rows, visitors int64, told []Totals, next string) {
	t.Helper()
	set := c["db"].Datasets["attendance"]
	s, own := open("attendance", c["db"], set, hanoi(t), nil, discard)
	columns := []string{"khach"}
	for _, name := range own {
		if name != "" && name != "khach" {
			columns = append(columns, name)
		}
	}
	next, err := s.Read(t.Context(), Request{Columns: columns, Mark: mark, Until: noon, Told: func(x Totals) { told = append(told, x) }}, func(p *Page) error {
		for i := range p.Len() {
			rows++
			v := p.Row(i)[0]
			d, ok := exact(v)
			require.True(t, ok)
			visitors += d.IntPart()
		}
		if between != nil {
			between()
		}
		return nil
	})
	require.NoError(t, err)
	return rows, visitors, told, next
}

const summed = "        reconcile: {sum: [khach]}\n"

func TestADatabaseSaysHowManyRowsAndWhatSumsAReadingMustGive(t *testing.T) {
	onEverySystem(t, func(t *testing.T, e *eventsDB) {
		for i := 1; i <= 10; i++ {
			e.put(i, i, noon.Add(-time.Hour).Add(time.Duration(i/4)*time.Second), i == 4)
		}
		e.put(11, 1000, noon.Add(time.Hour), false) // beyond the bound: belongs to the next reading
		for _, size := range []int{3, 10, 11, 100} {
			t.Run(fmt.Sprintf("pages of %d", size), func(t *testing.T) {
				c := e.config(fmt.Sprintf("        cursor: doi\n        page_size: %d\n", size) + summed)
				rows, visitors, told, mark := readSQL(t, c, "", nil)
				require.EqualValues(t, 10, rows)
				require.EqualValues(t, 55, visitors)
				require.Len(t, told, 1)
				require.EqualValues(t, 10, told[0].Rows)
				require.True(t, decimal.NewFromInt(55).Equal(told[0].Sums["khach"]), told[0].Sums)
				require.Equal(t, "count(*)", told[0].By)

				rows, _, told, _ = readSQL(t, c, mark, nil)
				require.Zero(t, rows)
				require.Zero(t, told[0].Rows, "the next reading has bounds of its own")
				require.True(t, told[0].Sums["khach"].IsZero())
			})
		}
		rows, _, told, _ := readSQL(t, e.config("        page_size: 4\n"+summed), "", nil)
		require.EqualValues(t, 11, rows)
		require.EqualValues(t, 11, told[0].Rows, "a table read whole is counted whole")
	})
}

func TestARowThatCameLateIntoAReadingIsCountedAgainstIt(t *testing.T) {
	onEverySystem(t, func(t *testing.T, e *eventsDB) {
		for i := 10; i < 20; i++ {
			e.put(i, 1, noon.Add(-time.Hour), false)
		}
		once := false
		rows, _, told, _ := readSQL(t, e.config("        cursor: doi\n        page_size: 3\n"), "", func() {
			if !once {
				once = true
				e.put(1, 1, noon.Add(-2*time.Hour), false) // committed behind the place of reading
			}
		})
		require.EqualValues(t, 10, rows)
		require.EqualValues(t, 11, told[0].Rows, "what was missed shows")
	})
}

func TestARowThatLeavesAReadingIsNotHeldAgainstIt(t *testing.T) {
	onEverySystem(t, func(t *testing.T, e *eventsDB) {
		for i := 10; i < 20; i++ {
			e.put(i, 1, noon.Add(-time.Hour), false)
		}
		once := false
		rows, _, told, _ := readSQL(t, e.config("        cursor: doi\n        page_size: 3\n"), "", func() {
			if !once {
				once = true
				e.put(10, 2, noon.Add(time.Hour), false) // changed after it was read
			}
		})
		require.EqualValues(t, 10, rows)
		require.Empty(t, told)
	})
}

func TestRowsWithoutACursorAreReadAtEveryPull(t *testing.T) {
	onEverySystem(t, func(t *testing.T, e *eventsDB) {
		for i := 1; i <= 6; i++ {
			e.put(i, i, noon.Add(-time.Hour), false)
		}
		e.exec(`UPDATE lượt SET doi = NULL WHERE id IN (2, 4, 5, 6)`)
		c := e.config("        cursor: doi\n        page_size: 2\n" + summed)
		rows, visitors, told, mark := readSQL(t, c, "", nil)
		require.EqualValues(t, []int64{6, 21}, []int64{rows, visitors})
		require.EqualValues(t, 6, told[0].Rows)
		require.True(t, decimal.NewFromInt(21).Equal(told[0].Sums["khach"]))
		rows, _, told, _ = readSQL(t, c, mark, nil)
		require.EqualValues(t, 4, rows, "nothing tells when they changed")
		require.EqualValues(t, 4, told[0].Rows)

		e.exec(`UPDATE lượt SET doi = NULL`)
		rows, _, told, _ = readSQL(t, c, "", nil)
		require.EqualValues(t, 6, rows, "a table of which no row has a cursor is read whole")
		require.EqualValues(t, 6, told[0].Rows)

		_, err := puller(t, e.config("        cursor: doi\n        null_cursor: refuse\n"), newMemory(t), at(noon)).Pull(t.Context(), "db", PullOptions{})
		require.ErrorContains(t, err, "6 rows of lượt have no doi")
	})
}

func TestALongPullThatDiesAmongRowsWithoutACursorLosesNone(t *testing.T) {
	onEverySystem(t, func(t *testing.T, e *eventsDB) {
		for i := 1; i <= 9; i++ {
			e.put(i, i, noon.Add(-time.Hour), false)
		}
		e.exec(`UPDATE lượt SET doi = NULL WHERE id > 3`)
		m := newMemory(t)
		p := puller(t, e.config(byChange), m, at(noon))
		p.limits.batch = 3
		pullAll(t, p)
		for _, mark := range m.commits {
			again := newMemory(t)
			again.watermarks["db/attendance"] = mark
			for id, f := range m.facts["attendance"] {
				if id <= "3" {
					again.put("attendance", id, f)
				}
			}
			pullAll(t, puller(t, e.config(byChange), again, at(noon)))
			require.Len(t, again.ids("attendance"), 9, mark)
		}
	})
}
