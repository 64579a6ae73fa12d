package ingest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

func aliasesOf(t *testing.T, text string) (Aliases, error) {
	t.Helper()
	var n yaml.Node
	require.NoError(t, yaml.Unmarshal([]byte(text), &n))
	a, faults := DecodeAliases("khue.yaml", n.Content[0])
	return a, faults.Err()
}

func TestNamesOfTheCitysOwnMeanTheUnitOfTheirTime(t *testing.T) {
	a, err := aliasesOf(t, "areas: {Khu phố cổ: ['002', '00070'], Bờ Hồ: '002'}\ndisciplines: {Hát xẩm: music}\n")
	require.NoError(t, err)
	d := newDictionaries(a)
	before, after := time.Date(2025, 6, 30, 0, 0, 0, 0, time.UTC), time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC)
	for name, want := range map[string][2]string{"Khu phố cổ": {"002", "00070"}, "khu pho co": {"002", "00070"}, "BỜ HỒ": {"002", ""}} {
		for i, day := range []time.Time{before, after} {
			code, _, _ := d.area(name, day)
			require.Equal(t, want[i], code, "%s on %s", name, day.Format(time.DateOnly))
		}
	}
	code, ok := d.discipline("hat xam")
	require.True(t, ok)
	require.Equal(t, "music", code)
}

func TestFaultsOfAliasesComeAtOnceWithTheirLines(t *testing.T) {
	_, err := aliasesOf(t, "areas:\n  Ba Đình: '002'\n  Chốn xa: '999'\ndisciplines:\n  Âm nhạc: film\n  Xẩm: xam\nplaces: {}\n")
	require.ErrorContains(t, err, `khue.yaml:2: aliases/areas/Ba Đình: it is an official name already, of 001`)
	require.ErrorContains(t, err, `khue.yaml:3: aliases/areas/Chốn xa: there is no area with the code "999"`)
	require.ErrorContains(t, err, `khue.yaml:5: aliases/disciplines/Âm nhạc: the official name of music cannot mean another discipline`)
	require.ErrorContains(t, err, `khue.yaml:6: aliases/disciplines/Xẩm: there is no discipline "xam"`)
	require.ErrorContains(t, err, `khue.yaml:7: aliases: there is no key "places" here`)
}

func TestAnAreaMayBeWrittenWithTheUnitsItLiesIn(t *testing.T) {
	d := newDictionaries(Aliases{})
	after := time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC)
	before := after.AddDate(0, 0, -1)
	for _, c := range []struct {
		name string
		day  time.Time
		want string
	}{
		{"Phường Cửa Nam (Hoàn Kiếm)", after, "00082"},
		{"P. Cửa Nam, TP. Hà Nội", after, "00082"},
		{"P.Cửa Nam, quận Hoàn Kiếm cũ, Hà Nội, Việt Nam", after, "00082"},
		{"Phường Cửa Nam (Nghệ An)", after, ""},
		{"Q. Ba Đình, Hà Nội", before, "001"},
		{"Ba Dinh Dist., Hanoi", before, "001"},
		{"TX. Sơn Tây", before, "269"},
		{"Sơn Tây", after, "09574"},
		{"Quận Ba Ðình", before, "001"},
		{"T.P Hà Nội", after, "01"},
	} {
		code, _, _ := d.area(c.name, c.day)
		require.Equal(t, c.want, code, c.name)
	}
}
