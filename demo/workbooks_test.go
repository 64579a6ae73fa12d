package demo

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"khue"
)

func rowsOf(t testing.TB, c *City, month string) [][]string {
	t.Helper()
	book, err := excelize.OpenFile(filepath.Join(c.ReportsDir(), "bao-cao-"+month+".xlsx"))
	require.NoError(t, err)
	defer book.Close()
	rows, err := book.GetRows(sheetName)
	require.NoError(t, err)
	return rows
}

func TestAWorkbookHasTitleHeaderRowsAndTotal(t *testing.T) {
	c := onMonday(t)
	rows := rowsOf(t, c, "2025-03")
	require.Equal(t, "BÁO CÁO THÁNG 03/2025 (DỮ LIỆU MÔ PHỎNG)", rows[0][0])
	require.Equal(t, []string{"Địa bàn", "Lĩnh vực", "Số cơ sở", "Lao động", "Lượt học viên"}, rows[headerRow-1])
	require.Equal(t, "Tổng cộng", rows[len(rows)-1][0])
	require.Greater(t, len(rows), 100)
}

func TestAWorkbookIsThereForEveryMonthThatIsOver(t *testing.T) {
	c := onMonday(t)
	files, err := filepath.Glob(filepath.Join(c.ReportsDir(), "*"))
	require.NoError(t, err)
	require.Len(t, files, 7*12+10+1, "2019-01 to 2026-10, and the hidden mark")
	require.NoFileExists(t, filepath.Join(c.ReportsDir(), "bao-cao-2026-11.xlsx"))
}

// plain is a name without what reporters leave out or shorten.
func plain(name string) string {
	name = strings.ToLower(withoutMarks(name))
	for short, long := range map[string]string{"q. ": "quan ", "h. ": "huyen ", "tx. ": "thi xa ", "p. ": "phuong ", "x. ": "xa "} {
		if rest, ok := strings.CutPrefix(name, short); ok {
			name = long + rest
		}
	}
	return name
}

func TestEveryReporterIsAnAreaOfItsTimeHoweverItIsTyped(t *testing.T) {
	c := onMonday(t)
	official := func(day time.Time) map[string]string {
		names := make(map[string]string)
		for _, a := range khue.Areas() {
			if a.ValidOn(day) && a.Kind != khue.City {
				require.NotContains(t, names, plain(a.Name.VI), "two areas cannot be told apart")
				names[plain(a.Name.VI)] = a.Name.VI
			}
		}
		return names
	}
	for month, least := range map[string]int{"2025-06": 24, "2026-08": 100} {
		day := khue.MustParsePeriod(month).Start()
		names, seen, odd := official(day), map[string]bool{}, 0
		rows := rowsOf(t, c, month)
		for _, row := range rows[headerRow : len(rows)-1] {
			name, ok := names[plain(row[0])]
			require.True(t, ok, row[0])
			seen[name] = true
			if row[0] != name {
				odd++
			}
		}
		require.Positive(t, odd, "some reporters do not type the official name")
		require.Greater(t, len(seen), least)
		require.LessOrEqual(t, len(seen), len(names))
	}
}

func TestWorkbooksHoldDoublesGapsAndBadLines(t *testing.T) {
	c := onMonday(t)
	doubles, gaps, unknown, negative, total := 0, 0, 0, 0, 0
	reporters := map[string]int{}
	for month := origin; month.Before(civil(2025, 7, 1)); month = month.AddDate(0, 1, 0) {
		rows := rowsOf(t, c, month.Format("2006-01"))
		seen, present := map[string]bool{}, map[string]bool{}
		for _, row := range rows[headerRow : len(rows)-1] {
			total++
			present[row[0]] = true
			text := strings.Join(row, "|")
			if seen[text] {
				doubles++
			}
			seen[text] = true
			if len(row) < 5 {
				gaps++
			}
			if !slices.ContainsFunc(khue.Disciplines(), func(d khue.Discipline) bool { return d.Name.VI == row[1] }) {
				unknown++
			}
			if strings.HasPrefix(row[3], "-") {
				negative++
			}
		}
		for name := range present {
			reporters[name]++
		}
	}
	require.Positive(t, doubles)
	require.Positive(t, gaps)
	require.InDelta(t, 0.002, float64(unknown+negative)/float64(total), 0.0015)
	require.True(t, unknown > 0 && negative > 0)
	require.Len(t, reporters, 30)
	missed := 0
	for _, n := range reporters {
		missed += 78 - n
	}
	require.Greater(t, missed, 30, "some reporters miss some months")
}

func TestACorrectedWorkbookReplacesTheFirstWhenItIsDue(t *testing.T) {
	m := newModel(DefaultSeed, 1, hanoi(t))
	month, corrected := origin, null[time.Time]{}
	for ; !corrected.valid; month = month.AddDate(0, 1, 0) {
		_, corrected = m.dueOf(month)
	}
	month = month.AddDate(0, -1, 0)
	now := corrected.value.Add(-time.Second)
	c := start(t, Options{Now: func() time.Time { return now }})
	file := filepath.Join(c.ReportsDir(), workbookName(month))
	before, old := rowsOf(t, c, month.Format("2006-01")), modified(t, file)
	others := untouched(t, c, file)
	now = corrected.value
	require.NoError(t, c.Advance(t.Context()))
	after := rowsOf(t, c, month.Format("2006-01"))
	require.NotEqual(t, before, after)
	require.Contains(t, after[2][0], "bản đính chính")
	require.True(t, modified(t, file).After(old))
	require.Equal(t, others, untouched(t, c, file), "only the corrected file is written again")
}

func modified(t testing.TB, file string) time.Time {
	t.Helper()
	info, err := os.Stat(file)
	require.NoError(t, err)
	return info.ModTime()
}

// untouched identifies the files of all months but one.
func untouched(t testing.TB, c *City, but string) map[string]os.FileInfo {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(c.ReportsDir(), "*.xlsx"))
	require.NoError(t, err)
	out := make(map[string]os.FileInfo)
	for _, file := range files {
		if file != but {
			out[file], err = os.Stat(file)
			require.NoError(t, err)
		}
	}
	return out
}

func TestAWorkbookThatWasRemovedIsWrittenAgain(t *testing.T) {
	o := Options{Dir: t.TempDir(), Now: at(time.Date(2019, 6, 10, 0, 0, 0, 0, time.UTC))}
	first, err := Start(t.Context(), o)
	require.NoError(t, err)
	file := filepath.Join(first.ReportsDir(), "bao-cao-2019-03.xlsx")
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, first.Close())
	require.NoError(t, os.Remove(file))
	start(t, o)
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, want, got)
}
