package dashboards_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"khue"
	"khue/dashboards"
	"khue/locale"
)

func residentsFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "residents.csv")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestAFileOfResidentsIsReadWholeOrNotAtAll(t *testing.T) {
	_, err := dashboards.ReadResidents(residentsFile(t, "\ufeffresidents,area,day,source\n65023,00004,2025-07-01,\"Cục Thống kê, 2025\"\n64000,00004,2024-07-01,x\n"))
	require.NoError(t, err, "columns come in any order, with a mark of UTF-8 before them")
	for content, want := range map[string][]string{
		"":                               {":1: the file has no heading"},
		"area,day,people\n":              {`:1: column "residents" is missing`, `:1: column "source" is missing`},
		"area,day,residents,source\n":    {":2: the file has no row"},
		"area,day,residents,source\n1,2": {":2: wrong number of fields"},
		"area,day,residents,source\n9,1/7/2025,65.023,\n00004,2025-07-01,1,x\n00004,2025-07-01,2,x\n": {
			`:2: area is "9"`, `:2: day is "1/7/2025"; expected YYYY-MM-DD`, `:2: residents is "65.023"`, ":2: source is empty",
			":4: area 00004 has a count of 2025-07-01 already on line 3",
		},
		"area,day,residents,source\n00004,2025-07-01,0,x\n00004,2025-07-02,\"1":  {`:2: residents is "0"`, ":3: "},
		"area,day,residents,source\n" + strings.Repeat("9,2025-07-01,5,x\n", 50): {"and 30 faults more"},
	} {
		_, err := dashboards.ReadResidents(residentsFile(t, content))
		require.Error(t, err, content)
		for _, one := range want {
			require.Contains(t, err.Error(), one)
		}
	}
	_, err = dashboards.ReadResidents(filepath.Join(t.TempDir(), "none.csv"))
	require.ErrorContains(t, err, "there is no file of residents")
}

// openPeopled serves the pages of the pulled city with residents.
func openPeopled(t testing.TB, content string) http.Handler {
	t.Helper()
	service, _ := pulledCity(t)
	path := filepath.Join(t.TempDir(), "residents.csv")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	residents, err := dashboards.ReadResidents(path)
	require.NoError(t, err)
	return openSite(t, dashboards.Options{Service: service, Residents: residents, Patience: 20 * time.Second})
}

func TestFiguresPerResidentAreThoseOfTheAreasDividedByTheirNewestCount(t *testing.T) {
	file, people := "area,day,residents,source\n", map[string]float64{}
	for i, a := range khue.Areas() {
		if !strings.HasPrefix(a.Code, "0") || len(a.Code) != 5 || a.Code == "00070" {
			continue
		}
		n := 8_000 + 137*i
		people[a.Name.VI] = float64(n)
		file += fmt.Sprintf("%s,2025-07-01,%d,Cục Thống kê thử\n%s,2024-07-01,1,cũ\n%s,2027-01-01,2,chưa đến\n", a.Code, n, a.Code, a.Code)
	}
	h := openPeopled(t, file)
	divided := 0
	for _, row := range chartTable(t, h, "/charts/area-map.csv?lang=vi&measure=events&per=residents")[1:] {
		last := len(row) - 1
		if n, known := people[row[0]]; known {
			events, err := strconv.ParseFloat(row[1], 64)
			require.NoError(t, err)
			require.Equal(t, fmt.Sprintf("%.0f", n), row[last-1])
			per, err := strconv.ParseFloat(row[last], 64)
			require.NoError(t, err)
			require.InDelta(t, events*10_000/n, per, 0.006, row[0])
			divided++
			continue
		}
		require.Empty(t, row[last], "%s has no count, so no figure", row[0])
	}
	require.Greater(t, divided, 50)
	page := get(h, "/areas?lang=vi&measure=events&per=residents").Body.String()
	require.Contains(t, page, "Dân số: Cục Thống kê thử (01/07/2025).")
	require.Contains(t, page, "trên 10.000 dân")
	require.NotContains(t, page, "chưa đến")
	one := khue.Areas()[slices.IndexFunc(khue.Areas(), func(a khue.Area) bool { return people[a.Name.VI] > 0 })]
	require.Contains(t, get(h, "/areas?lang=en&area="+one.Code).Body.String(), locale.Number(khue.English, people[one.Name.VI], 0)+"</", "one area by itself says how many live there")
	require.Contains(t, get(h, "/areas?lang=en&area="+one.Code).Body.String(), "Cục Thống kê thử, 1 Jul 2025")
	require.Contains(t, get(h, "/areas?lang=en&area=00070").Body.String(), "No official figure", "the ward that the file does not name")
	require.Contains(t, get(h, "/areas?lang=en&per=residents&period=2023").Body.String(), "The file of residents has no count of these areas by the end of the period.")
	without := openPulled(t)
	require.Contains(t, get(without, "/areas?lang=en&per=residents").Body.String(), "No official figure of residents by area is at hand")
	require.NotContains(t, get(without, "/areas?lang=en").Body.String(), "per 10,000 residents", "what cannot be shown is not offered")
	require.Contains(t, get(h, "/areas?lang=en").Body.String(), "per 10,000 residents")
}
