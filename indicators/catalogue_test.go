package indicators

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"khue"
	"khue/warehouse/warehousetest"
)

var update = flag.Bool("update", false, "write expected answers anew")

func TestMain(m *testing.M) { warehousetest.Main(m) }

func loaded(t testing.TB) *Catalogue {
	t.Helper()
	c, err := Load("")
	require.NoError(t, err)
	return c
}

// folder makes a definitions folder of a user's own.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	return dir
}

func TestTheResolutionHasExactlyItsThreeDatedTargets(t *testing.T) {
	p, err := loaded(t).Programme("nq09")
	require.NoError(t, err)
	var got [][2]float64
	for _, target := range p.Targets {
		got = append(got, [2]float64{float64(target.Year), target.Value})
		require.True(t, target.Approximate, target.ID)
		require.Equal(t, "verified", target.Mark)
		require.Equal(t, "grdp_share", target.Indicator)
		require.Equal(t, khue.Text{VI: "%", EN: "%"}, target.Unit)
		require.NotEmpty(t, target.Citation)
	}
	require.Equal(t, [][2]float64{{2025, 5}, {2030, 8}, {2045, 10}}, got)
	require.Contains(t, p.Targets[2].Note.EN, "2050")
}

func TestTheSixCommitmentsToUNESCOStandWithTheNextReport(t *testing.T) {
	p, err := loaded(t).Programme("unesco-uccn")
	require.NoError(t, err)
	var ids []string
	for _, c := range p.Commitments {
		ids = append(ids, c.ID)
		require.NotEmpty(t, c.Citation)
	}
	require.Equal(t, []string{"L1", "L2", "L3", "I1", "I2", "I3"}, ids)
	require.Equal(t, 2027, p.Milestones[len(p.Milestones)-1].Year)
	require.Equal(t, "inferred", p.Milestones[len(p.Milestones)-1].Mark)
}

func TestConflictingClaimsStandSideBySide(t *testing.T) {
	claims := loaded(t).Claims()
	require.Len(t, claims, 29)
	values := make(map[float64]string)
	for _, c := range claims {
		if c.Subject == "festival_visitors" && c.Period == "2023" {
			values[c.Value] = c.Publisher
		}
	}
	require.Equal(t, map[float64]string{200000: "kinhtedothi.vn; qdnd.vn", 30000: "kinhtedothi.vn; qdnd.vn", 60000: "nhadautu.vn"}, values)
}

func TestEveryTextOfTheDefinitionsIsInBothLanguagesAndNFC(t *testing.T) {
	c := loaded(t)
	texts := 0
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Slice:
			for i := range v.Len() {
				walk(path, v.Index(i))
			}
		case reflect.String:
			require.True(t, norm.NFC.IsNormalString(v.String()), path)
		case reflect.Struct:
			if text, ok := v.Interface().(khue.Text); ok && text != (khue.Text{}) {
				texts++
				require.NotEmpty(t, text.VI, path)
				require.NotEmpty(t, text.EN, path)
			}
			for i := range v.NumField() {
				if v.Type().Field(i).IsExported() {
					walk(path+"."+v.Type().Field(i).Name, v.Field(i))
				}
			}
		}
	}
	walk("measures", reflect.ValueOf(c.Measures()))
	walk("indicators", reflect.ValueOf(c.Indicators()))
	walk("programmes", reflect.ValueOf(c.Programmes()))
	walk("claims", reflect.ValueOf(c.Claims()))
	walk("dimensions", reflect.ValueOf(c.Dimensions()))
	require.Greater(t, texts, 200)
}

const museumVisits = `measures:
  - name: museum_visits
    label: {vi: Khách bảo tàng, en: Museum visits}
    description: {vi: Lượt khách bảo tàng., en: Visits to museums.}
    dataset: attendance
    aggregate: sum
    column: visitors
    kind: flow
    unit: visits
    decimals: 0
    direction: up
    source: {vi: Bảo tàng, en: Museums}
    method: {vi: Cộng lượt đếm., en: Sum of the counts.}
    where: {discipline: [heritage]}
`

func TestAUsersNewFileAddsToTheDefinitions(t *testing.T) {
	ours := loaded(t)
	c, err := Load(folder(t, map[string]string{"museums.yaml": museumVisits, "notes.txt": "not a definition", ".#museums.yaml": "{"}))
	require.NoError(t, err)
	m, err := c.Measure("museum_visits")
	require.NoError(t, err)
	require.Equal(t, map[string][]string{"discipline": {"heritage"}}, m.Where)
	require.Len(t, c.Measures(), len(ours.Measures())+1)
	require.NotEqual(t, ours.Version(), c.Version())
	require.Len(t, c.Version(), 12)
}

func TestAUsersFileOfTheSameNameReplacesOurs(t *testing.T) {
	programme, err := os.ReadFile("definitions/programmes/nq09.yaml")
	require.NoError(t, err)
	changed := strings.Replace(string(programme), "value: 5", "value: 4.5", 1)
	c, err := Load(folder(t, map[string]string{"programmes/nq09.yml": changed}))
	require.NoError(t, err)
	p, err := c.Programme("nq09")
	require.NoError(t, err)
	require.InDelta(t, 4.5, p.Targets[0].Value, 0)
	require.Len(t, c.Programmes(), len(loaded(t).Programmes()))
}

func TestTheVersionChangesOnlyWithTheDefinitions(t *testing.T) {
	require.Equal(t, loaded(t).Version(), loaded(t).Version())
	a, err := Load(folder(t, map[string]string{"museums.yaml": museumVisits}))
	require.NoError(t, err)
	b, err := Load(folder(t, map[string]string{"museums.yaml": museumVisits + "# a remark\n"}))
	require.NoError(t, err)
	require.NotEqual(t, a.Version(), b.Version())
}

func TestAReferenceThatAReplacementBreaksIsReportedWhereItStands(t *testing.T) {
	_, err := Load(folder(t, map[string]string{"measures.yaml": museumVisits}))
	var faults khue.Faults
	require.True(t, errors.As(err, &faults))
	require.Contains(t, err.Error(), `definitions/indicators.yaml:`)
	require.Contains(t, err.Error(), `there is no measure "certified_members"`)
	require.Greater(t, len(faults), 30, "every reference to a measure that is gone")
}

func TestAFolderThatIsNotThereIsAFault(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "missing"))
	require.ErrorContains(t, err, "reading definitions")
	require.Equal(t, khue.Invalid, khue.KindOf(err))
}

func TestAnUnknownNameNamesTheNearestKnownOnes(t *testing.T) {
	c := loaded(t)
	_, err := c.Measure("vistors")
	require.Equal(t, khue.NotFound, khue.KindOf(err))
	require.Equal(t, "there is no measure “vistors”; did you mean visitors?", khue.MessageOf(err).EN)
	require.Equal(t, "không có chỉ số “vistors”; có phải ý bạn là visitors?", khue.MessageOf(err).VI)
	_, err = c.Programme("quite different")
	require.Contains(t, khue.MessageOf(err).EN, "known are nq09, period-2026-2030, unesco-uccn")
	_, err = c.Indicator("grdp")
	require.Contains(t, khue.MessageOf(err).EN, "did you mean grdp_share, tourism_grdp_share?")
	_, err = c.Dimension("diciplines")
	require.Contains(t, khue.MessageOf(err).EN, "discipline")
}
