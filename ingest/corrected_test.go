package ingest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue/warehouse"
	"khue/warehouse/warehousetest"
)

const monthlyBook = `
sources:
  monthly:
    kind: files
    folder: ${DIR}
    pattern: "*.xlsx"
    datasets:
      discipline_statistics:
        key: [measure, discipline, area, period]
        %SCOPE%
        fields:
          measure: {constant: workers}
          unit: {constant: persons}
          discipline: {from: Lĩnh vực}
          area: {from: Địa bàn}
          period: {from: "@file", match: "(20[0-9-]+)"}
          value: {from: Lao động}
`

func TestACorrectedFileEmptiesTheQuarantineOfItsFaults(t *testing.T) {
	for name, scope := range map[string]string{
		"a file that replaces":    "scope: file\n        replace: true",
		"fields that replace":     "scope: [measure, period]\n        replace: true",
		"a file that only adds":   "",
		"a scope without replace": "scope: file",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			book := filepath.Join(dir, "2025-03.xlsx")
			head := []any{"Địa bàn", "Lĩnh vực", "Lao động"}
			workbook(t, book, map[string][][]any{"Biểu 1": {
				head, {"001", "Thiết kế", 12}, {"Quận Không Có", "Âm nhạc", 4}, {"001", "Nhạc cụ lạ", 5}, {"001", "Âm nhạc", -1},
			}})
			workbook(t, filepath.Join(dir, "2025-04.xlsx"), map[string][][]any{"Biểu 1": {head, {"Quận Lạ", "Thiết kế", 1}, {"003", "Thiết kế", 2}}})
			c := newClock(noon)
			w := warehousetest.OpenAt(t, c.now)
			p, a := archived(t, configure(t, strings.Replace(monthlyBook, "%SCOPE%", scope, 1), map[string]string{"DIR": dir}), w, c.now)
			pullAll(t, p)
			before := faultsOf(t, w)
			require.Contains(t, before, "2025-03.xlsx › Biểu 1!A3")
			require.Contains(t, before, "2025-04.xlsx › Biểu 1!A2")

			// One row is mended, one is gone, one moved down and is still wrong.
			c.advance(time.Hour)
			workbook(t, book, map[string][][]any{"Biểu 1": {
				head, {"001", "Thiết kế", 12}, {"002", "Âm nhạc", 4}, {"", "", ""}, {"003", "Âm nhạc", 9}, {"001", "Nhạc cụ lạ", 5},
			}})
			later := noon.Add(time.Hour)
			require.NoError(t, os.Chtimes(book, later, later))
			pullAll(t, p)
			require.ElementsMatch(t, []string{"2025-03.xlsx › Biểu 1!B6", "2025-04.xlsx › Biểu 1!A2"}, faultsOf(t, w))

			c.advance(time.Hour)
			workbook(t, book, map[string][][]any{"Biểu 1": {head, {"001", "Thiết kế", 12}, {"002", "Âm nhạc", 4}}})
			later = later.Add(time.Hour)
			require.NoError(t, os.Chtimes(book, later, later))
			pullAll(t, p)
			require.Equal(t, []string{"2025-04.xlsx › Biểu 1!A2"}, faultsOf(t, w), "the other file was not touched")
			requireBalanced(t, w)

			again := warehousetest.Open(t)
			q, err := New(p.config, Into(again), Options{Now: c.now, Zone: hanoi(t), Archive: a})
			require.NoError(t, err)
			_, err = q.Rebuild(t.Context(), RebuildOptions{})
			require.NoError(t, err)
			require.Equal(t, faultsOf(t, w), faultsOf(t, again), "a rebuilt warehouse has the same quarantine")
		})
	}
}

func faultsOf(t *testing.T, w *warehouse.Warehouse) []string {
	t.Helper()
	rows, err := w.Quarantine(t.Context(), warehouse.QuarantineFilter{})
	require.NoError(t, err)
	places := []string{}
	for _, r := range rows {
		places = append(places, r.Place)
	}
	return places
}
