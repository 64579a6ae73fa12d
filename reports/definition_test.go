package reports_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/indicators"
	"khue/reports"
	"khue/reports/document"
)

func definitionsIn(t *testing.T, files map[string]string) (reports.Definitions, string, error) {
	t.Helper()
	meaning, err := indicators.Load("")
	require.NoError(t, err)
	dir := t.TempDir()
	for name, content := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	all, err := reports.Load(dir, meaning)
	return all, dir, err
}

// ours are the reports that come with the product.
func ours(t *testing.T) reports.Definitions {
	t.Helper()
	all, _, err := definitionsIn(t, nil)
	require.NoError(t, err)
	return all
}

const wantMark = "# want: "

// Each file of testdata/bad breaks one rule. Its first lines, "# want: …", are the
// faults that laying it over our definitions must give, all of them.
func TestEveryBadReportIsToldWithItsLine(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	require.NoError(t, err)
	require.Greater(t, len(files), 10)
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(strings.TrimSuffix(name, ".yaml"), func(t *testing.T) {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			_, dir, err := definitionsIn(t, map[string]string{name: string(content)})
			var faults khue.Faults
			require.True(t, errors.As(err, &faults), "loading gave %v", err)
			var got, want []string
			for _, f := range faults {
				got = append(got, strings.ReplaceAll(f.String(), dir+string(filepath.Separator), ""))
			}
			for lines := bufio.NewScanner(strings.NewReader(string(content))); lines.Scan(); {
				if line, ok := strings.CutPrefix(lines.Text(), wantMark); ok {
					want = append(want, line)
				}
			}
			if *update {
				body := string(content)
				for strings.HasPrefix(body, wantMark) {
					_, body, _ = strings.Cut(body, "\n")
				}
				require.NoError(t, os.WriteFile(file, []byte(wantMark+strings.Join(got, "\n"+wantMark)+"\n"+body), 0o600))
				return
			}
			require.Equal(t, want, got)
		})
	}
}

const ownReport = `report:
  id: ward-note
  title: {vi: Ghi nhanh, en: Quick note}
  about: {vi: "Ghi nhanh {period}", en: "Quick note, {period}"}
  periods: [month]
  layout: {vi: plain, en: plain}
  kind: {vi: GHI NHANH, en: NOTE}
  opening: {vi: Vài con số., en: A few figures.}
  sections:
    - {section: headlines, measures: [visitors, events, certified_members]}
    - section: text
      title: {vi: Nhận xét, en: Remarks}
      text:
        vi: "{period} có {visitors} lượt khách, {visitors.change}; trước đó {visitors.before}. Có {certified_members} thành viên đã được cấp chứng nhận."
        en: "{period} saw {visitors} visits, {visitors.change}; before {visitors.before}. There were {certified_members} certified members."
`

func TestAReportOfOnesOwnHasItsSectionsAndNumbersInItsWords(t *testing.T) {
	all, _, err := definitionsIn(t, map[string]string{"office/ward-note.yaml": ownReport})
	require.NoError(t, err)
	own, err := all.Of("ward-note")
	require.NoError(t, err)
	require.False(t, own.Ours)
	require.Len(t, all, len(ours(t))+1)
	catalogue, err := indicators.Load("")
	require.NoError(t, err)
	x := newCity(catalogue, date(2026, 11, 23))
	r, err := reports.New(x, reports.Options{Now: moment(2026, 11, 23), Meaning: x, Charts: sketch{}, Definitions: all})
	require.NoError(t, err)
	d, err := r.Build(context.Background(), reports.Order{ID: "ward-note", Period: khue.MustParsePeriod("2026-10"), Lang: khue.Vietnamese})
	require.NoError(t, err)
	require.Equal(t, document.Plain, d.Layout)
	require.Equal(t, "GHI NHANH", d.Kind)
	require.Len(t, tableOf(t, d, "headlines").Rows, 3)
	now, before := 0.0, 0.0
	for _, f := range x.facts {
		switch {
		case f.kind != "attendance":
		case f.day.Year() == 2026 && f.day.Month() == 10:
			now += f.visits
		case f.day.Year() == 2025 && f.day.Month() == 10:
			before += f.visits
		}
	}
	require.Equal(t, 37478.0, now)
	require.Equal(t, 34067.0, before)
	require.Contains(t, outline(d), "# Nhận xét\nTháng 10 năm 2026 có 37.478")
	require.Contains(t, outline(d), " lượt khách, tăng 10,0% so với tháng 10 năm 2025; trước đó 34.067. Có 82 thành viên đã được cấp chứng nhận.")
}

func TestAUsersReportReplacesOursOfTheSameID(t *testing.T) {
	all, _, err := definitionsIn(t, map[string]string{"b.yaml": strings.Replace(ownReport, "ward-note", reports.MonthlyBulletin, 1), "measures.yaml": "measures: []\n"})
	require.NoError(t, err)
	require.Len(t, all, len(ours(t)))
	mine, err := all.Of(reports.MonthlyBulletin)
	require.NoError(t, err)
	require.Equal(t, "Quick note", mine.Title.EN)
	require.False(t, mine.Ours)
}

func TestTwoReportsOfOneIDAreAFault(t *testing.T) {
	_, _, err := definitionsIn(t, map[string]string{"a.yaml": ownReport, "b.yaml": ownReport})
	require.ErrorContains(t, err, "b.yaml:2: report \"ward-note\" is already defined at")
}

func TestFilesThatDefineOtherThingsAreLeftToOthers(t *testing.T) {
	all, _, err := definitionsIn(t, map[string]string{"a.yaml": "measures: [", "b.yaml": "", "c.txt": ownReport, ".hidden.yaml": ownReport})
	require.NoError(t, err)
	require.Len(t, all, len(ours(t)))
	_, err = indicators.Load(filepath.Dir(writeReport(t)))
	require.NoError(t, err, "a report in the folder of definitions is none of the measures' business")
}

func writeReport(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "note.yaml")
	require.NoError(t, os.WriteFile(path, []byte(ownReport), 0o600))
	return path
}
