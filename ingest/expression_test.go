package ingest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// visits is a source of attendance whose mapping a test fills in.
func visits(t *testing.T, dir, mapping string) (Config, error) {
	t.Helper()
	c, faults := Parse(filepath.Join(dir, "khue.yaml"), []byte(`
sources:
  visits:
    kind: files
    folder: `+filepath.Join(dir, "in")+`
    datasets:
      attendance:
`+strings.ReplaceAll("\n"+strings.TrimSpace(mapping), "\n", "\n        ")), lookup(nil))
	return c, faults.Err()
}

func tryVisits(t *testing.T, content, mapping string) Trial {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "in"), 0o700))
	write(t, filepath.Join(dir, "in"), "a.csv", content, noon)
	c, err := visits(t, dir, mapping)
	require.NoError(t, err)
	trial, err := puller(t, c, nil, at(noon)).Try(t.Context(), "visits", TryOptions{})
	require.NoError(t, err)
	return trial
}

func mappedOf(t Trial, field string) []string {
	var out []string
	for _, r := range t.Rows {
		if len(r.Faults) == 0 {
			out = append(out, r.Mapped[field].VI)
		}
	}
	return out
}

func TestAnExpressionWorksAValueOutOfColumnsNamedAsTheyStand(t *testing.T) {
	trial := tryVisits(t, "Mã,Ngày,Số lượt khách,Trực tuyến,Loại vé\nA,2025-03-01,\"1.200\",34,Miễn phí\nB,2025-03-02,7,,có vé\nC,2025-03-03,nhiều,1,có vé\n", `
key: [event, occurred_at]
fields:
  event: {expr: 'upper(row["Loại vé"]) + "-" + row["Mã"]'}
  occurred_at: Ngày
  visitors: {expr: 'number(row["Số lượt khách"], "vi") + (blank(row["Trực tuyến"]) ? 0 : number(row["Trực tuyến"]))'}
  paid_tickets: {expr: 'bare(row["Loại vé"]) == "mien phi" ? nil : 1'}`)
	require.Equal(t, []string{"1.234", "7"}, mappedOf(trial, "visitors"))
	require.Equal(t, []string{"MIỄN PHÍ-A", "CÓ VÉ-B"}, mappedOf(trial, "event"))
	require.Equal(t, []string{"", "1"}, mappedOf(trial, "paid_tickets"))
	f := trial.Rows[2].Faults[0]
	require.Equal(t, []string{"visitors", "expression", "nhiều; 1", "a.csv › row 4"}, []string{f.Field, f.Reason, f.Value, f.Place})
	require.Contains(t, f.Expected.EN, "nhiều is not a number such as 1.234,5")
}

func TestARowThatTheFilterLeavesOutIsNeitherReadNorRejected(t *testing.T) {
	trial := tryVisits(t, "e,d,n,Tình trạng\nA,2025-03-01,1,Đã diễn ra\nB,x,-3,Hủy\nC,2025-03-02,2,\n", `
key: [event]
where: row["Tình trạng"] != "Hủy"
fields: {event: e, occurred_at: d, visitors: n}`)
	require.Equal(t, []int64{2, 2, 0, 1}, []int64{trial.Read, trial.Accepted, trial.Rejected, trial.Skipped})
}

func TestAFilterThatCannotBeWorkedOutRejectsTheRowAndNotThePull(t *testing.T) {
	trial := tryVisits(t, "e,d,n\nA,2025-03-01,1\nB,2025-03-01,x\n", `
key: [event]
where: number(row.n) > 0
fields: {event: e, occurred_at: d, visitors: n}`)
	require.Equal(t, []int64{2, 1, 1}, []int64{trial.Read, trial.Accepted, trial.Rejected})
	require.Equal(t, "where", trial.Rows[1].Faults[0].Field)
	require.Empty(t, trial.Rows[1].Mapped)
}

func TestFaultsOfExpressionsAreToldWithTheirLineBeforeAnythingIsPulled(t *testing.T) {
	for expression, says := range map[string]string{
		`row["a"] +`:                         "unexpected token EOF",
		`rwo["a"]`:                           "unknown name rwo",
		`row[row["a"]]`:                      "a column is named in quotes",
		`len(row)`:                           "a column is named in quotes",
		`"a" + 1`:                            "invalid operation",
		`true`:                               "the expression gives a bool, not a value for the field visitors, of type integer",
		`now().Year()`:                       "unknown name now",
		`number(row["a"], 3)`:                "cannot use int as",
		`repeat("a", 1000000)`:               "unknown name repeat",
		`sum(1..100000000)`:                  "may not count through a range",
		`all(row["a"], any(row["b"], true))`: "may not loop within a loop",
		`open("/etc/passwd")`:                "unknown name open",
	} {
		_, err := visits(t, t.TempDir(), "key: [event]\nfields:\n  event: e\n  occurred_at: d\n  visitors: {expr: '"+expression+"'}")
		require.ErrorContains(t, err, says, expression)
		require.ErrorContains(t, err, "khue.yaml:13: sources/visits/datasets/attendance/fields/visitors", expression)
	}
	_, err := visits(t, t.TempDir(), "key: [event]\nwhere: row.a + 1\nfields: {event: e, occurred_at: d, visitors: {from: n, expr: '1'}}")
	require.ErrorContains(t, err, "a field needs one of")
	_, err = visits(t, t.TempDir(), "key: [event]\nwhere: '1 + 1'\nfields: {event: e, occurred_at: d, visitors: n}")
	require.ErrorContains(t, err, "the expression gives a int, not true or false")
}

func TestAnExpressionEndsSoonWhateverTheCellHolds(t *testing.T) {
	started := time.Now()
	trial := tryVisits(t, "e,d,n\n"+strings.Repeat("a ", 500_000)+",2025-03-01,1\n", `
key: [occurred_at]
fields: {event: {expr: 'string(len(filter(split(row.e, " "), # == "a")))'}, occurred_at: d, visitors: n}`)
	require.Less(t, time.Since(started), 5*time.Second)
	require.Len(t, trial.Rows, 1)
}

func TestValuesAreFoundWithoutRegardToCaseSpacesAndDiacriticsWhereThatIsClear(t *testing.T) {
	l := newValueList(map[string]string{"Công lập": "public", "Tư nhân": "private", "má": "1", "ma": "2", "18 24": "young", "C": "c", "C++": "cpp"})
	for value, want := range map[string]string{
		"Công lập": "public", "CÔNG  LẬP": "public", "cong lap": "public", "CôngLập": "public", "ma": "2", "MA": "2", "mả": "?",
		"18 24": "young", "1824": "?", "18  24": "young", "c++": "cpp", "c": "c", "C#": "?", "": "?", "tư nhân ": "private",
	} {
		got, ok := l.find(strings.TrimSpace(value))
		if !ok {
			got = "?"
		}
		require.Equal(t, want, got, value)
	}
}

func TestADictionaryInAFileMayBeMendedBetweenPulls(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "in"), 0o700))
	write(t, filepath.Join(dir, "in"), "a.csv", "e,d,n,s\nA,2025-03-01,1,Nữ\nB,2025-03-01,1,NAM\nC,2025-03-01,1,khác\n", noon)
	write(t, dir, "gioi.csv", "\uFEFFnguồn;mã\nnữ;female\nnam;male\n", noon)
	c, err := visits(t, dir, "key: [event]\nfields: {event: e, occurred_at: d, visitors: n, sex: {from: s, values_file: gioi.csv}}")
	require.NoError(t, err)
	p := puller(t, c, nil, at(noon))
	trial, err := p.Try(t.Context(), "visits", TryOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"female", "male"}, mappedOf(trial, "sex"))
	write(t, dir, "gioi.csv", "nguồn;mã\nnữ;female\nnam;male\nKhác;other\n", noon)
	trial, err = p.Try(t.Context(), "visits", TryOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"female", "male", "other"}, mappedOf(trial, "sex"))

	write(t, dir, "gioi.yaml", "nữ: woman\n", noon)
	_, err = visits(t, dir, "key: [event]\nfields: {event: e, occurred_at: d, visitors: n, sex: {from: s, values_file: gioi.yaml}}")
	require.ErrorContains(t, err, `"nữ" is to mean "woman", which the field sex does not allow`)
	_, err = visits(t, dir, "key: [event]\nfields: {event: e, occurred_at: d, visitors: n, sex: {from: s, values_file: none.csv}}")
	require.ErrorContains(t, err, "the file none.csv cannot be read")
	write(t, dir, "two.csv", "a,b\nx,male\nx,female\n", noon)
	_, err = visits(t, dir, "key: [event]\nfields: {event: e, occurred_at: d, visitors: n, sex: {from: s, values_file: two.csv}}")
	require.ErrorContains(t, err, `two.csv:3: "x" has two meanings`)
}
