package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const wardConfig = `sources:
  wards:
    kind: files
    folder: "${FOLDER}"
    pattern: "*.csv"
    datasets:
      activities:
        id: id
        fields:
          starts_on: ngay
          kind: {from: loai VALUES}
          discipline: linh_vuc
          area: dia_ban
          participants: nguoi
          member: don_vi
`

func TestQuarantinedRowsAreSummedExportedAndTriedAgainFromTheCommandLine(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "=thang 3.csv"), []byte(`id,ngay,loai,linh_vuc,dia_ban,nguoi,don_vi
1,2025-03-01,workshop,design,001,10,M-1
2,2025-03-02,workshop,Hát xẩm,001,20,M-1
3,2025-03-03,workshop,Hát xẩm,Bờ Hồ,30,M-1
4,2025-03-04,workshop,music,Bờ Hồ,40,M-2
-5,2025-03-05,"=HYPERLINK(""http://x"",""Tập huấn"")",music,002,50,M-2
6,hôm qua,workshop,music,002,60,M-2
`), 0o600))
	config := strings.Replace(wardConfig, " VALUES", ", values: {hội thảo: workshop}", 1)
	o := newObservatory(t, []byte(config), map[string]string{"FOLDER": folder})
	o.must("migrate")
	pulled := o.results("pull")[0]
	require.EqualValues(t, []int64{6, 1, 5}, []int64{pulled.Read, pulled.Accepted, pulled.Rejected})

	sum := o.must("quarantine", "--summary")
	for _, line := range []string{`wards .*activities .*discipline .*unknown discipline .* 2 `, `activities .*area .*unknown area .* 1 `, `activities .*kind .* 1 `, `activities .*starts_on .* 1 `} {
		require.Regexp(t, line, sum)
	}

	export := filepath.Join(t.TempDir(), "loi.csv")
	require.Contains(t, o.must("quarantine", "--export", export), "5 rows written to "+export)
	content, err := os.ReadFile(export)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(content), "\ufeff"), "spreadsheets know the encoding by its mark")
	info, err := os.Stat(export)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(content), "\ufeff"))).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 6)
	found := 0
	for _, line := range lines[1:] {
		require.Equal(t, "'=thang 3.csv", line[2][:len("'=thang 3.csv")], "a place is no formula either")
		for _, cell := range line {
			require.NotContains(t, "=+-@\t\r", (cell + " ")[:1], "a spreadsheet would run %q", cell)
		}
		if line[3] == "kind" {
			found++
			require.Equal(t, []string{`'=HYPERLINK("http://x","Tập huấn")`, "'-5"}, []string{line[4], line[8]})
		}
	}
	require.Equal(t, 1, found)
	_, said, code := o.khue("quarantine", "--export", filepath.Join(folder, "nowhere", "x.csv"))
	require.Equal(t, 1, code)
	require.Contains(t, said, "exporting the quarantine")

	// The city says what its names mean: four rows pass, the day that is none does not.
	config = "aliases:\n  areas: {Bờ Hồ: \"002\"}\n  disciplines: {Hát xẩm: music}\n" +
		strings.Replace(wardConfig, " VALUES", `, values: {'=HYPERLINK("http://x","Tập huấn")': training}`, 1)
	require.NoError(t, os.WriteFile(o.config, []byte(config), 0o600))
	require.Regexp(t, `wards .*activities .* 1 .* 1 .* 0 .* 0 .* 0 `, o.must("quarantine", "retry", "--field", "area"))
	require.Equal(t, map[string]int64{"001": 1, "002": 1}, o.ask("activities", "area"), "only what was asked for is tried")
	require.Regexp(t, `wards .*activities .* 4 .* 3 .* 1 .* 0 .* 0 `, o.must("quarantine", "retry"))
	require.Equal(t, map[string]int64{"001": 2, "002": 3}, o.ask("activities", "area"))
	left := o.must("quarantine")
	require.Contains(t, left, "hôm qua")
	require.NotContains(t, left, "Bờ Hồ")
	require.Regexp(t, ` 1 `, o.must("quarantine", "--summary"))

	// A corrected file of the same name empties the rest.
	require.NoError(t, os.WriteFile(filepath.Join(folder, "=thang 3.csv"), []byte("id,ngay,loai,linh_vuc,dia_ban,nguoi,don_vi\n7,2025-03-06,workshop,music,002,60,M-2\n"), 0o600))
	require.EqualValues(t, 1, o.results("pull")[0].Added)
	require.NotContains(t, o.must("quarantine"), "hôm qua")
	require.Contains(t, o.must("check", "--deep"), "SHA-256")
}
